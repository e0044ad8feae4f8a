//! Reach and adoption: how many people have the app, are linked, and want notifications; and who came and went.

use super::cards::Moment;
use super::definition::{Definition, Measure, Section};
use super::ledger::{Ledger, Origin, cell};
use super::people::PersonStep;

pub(super) static DEFINITION: Definition = Definition {
    name: "reach",
    version: 1,
    about: "how many people have the app, are linked, connected, paused, disconnected or blocked, and who came and went",
    text: "One row is one Teams user of the organization's tenant of whom the log holds anything. standing: what was so of \
           them at the end of each bucket, or of the log where there are none; several may be so of one person. installed: the \
           app is there. linked: they are a member in Chronus. connected: installed, and they want notifications. paused: \
           installed and paused; a pause that ends by its time ends with the event that says so. disconnected: installed, and \
           they want none. blocked, disabled_by_admin: installed, and Teams said so. uninstalled: they had the app. came, went: \
           how often that became true or untrue of somebody; who goes and comes back counts each time. Members of \
           whom nothing is known in Teams are not in it. Time: when the event was recorded. Erased people count as erased and as \
           nothing else from then on.",
    sections: &[
        Section {
            name: "standing",
            title: "What is so of people",
            labels: &["standing"],
            measure: Measure::Standing,
            lines: &[
                &["installed"],
                &["linked"],
                &["connected"],
                &["paused"],
                &["disconnected"],
                &["blocked"],
            ],
            group_labels: 0,
            moves: true,
        },
        Section {
            name: "came",
            title: "How often it became so",
            labels: &["standing"],
            measure: Measure::Count(None),
            lines: &[],
            group_labels: 0,
            moves: false,
        },
        Section {
            name: "went",
            title: "How often it ceased to be so",
            labels: &["standing"],
            measure: Measure::Count(None),
            lines: &[],
            group_labels: 0,
            moves: false,
        },
    ],
    guarded: false,
    of_cards: false,
};

pub(super) fn see(at: Moment, steps: &[PersonStep], ledger: &mut Ledger) {
    let origin = Origin {
        position: at.position,
        at: at.time,
    };
    for step in steps {
        let moved = step.before.organization != step.row.organization;
        for standing in &step.were {
            if moved || !step.are.contains(standing) {
                let place = cell("standing", [standing.as_str()]);
                ledger.note(origin, place, &step.before, 1, -1);
            }
            if !step.are.contains(standing) {
                ledger.count(origin, cell("went", [standing.as_str()]), &step.row);
            }
        }
        for standing in &step.are {
            if moved || !step.were.contains(standing) {
                ledger.count(origin, cell("standing", [standing.as_str()]), &step.row);
            }
            if !step.were.contains(standing) {
                ledger.count(origin, cell("came", [standing.as_str()]), &step.row);
            }
        }
    }
}
