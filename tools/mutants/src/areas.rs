//! What is mutated: the parts of the product that are pure, by area.

/// An area: its name, and the files that belong to it (a path ending in `/` means all below it).
pub struct Area {
    pub name: &'static str,
    paths: &'static [&'static str],
}

const AREAS: [Area; 8] = [
    Area {
        name: "decide",
        paths: &["actors/src/user/decide.rs", "actors/src/user/decide/"],
    },
    Area {
        name: "apply",
        paths: &[
            "actors/src/user/state.rs",
            "actors/src/user/state/",
            "actors/src/user/chats.rs",
            "actors/src/user/early.rs",
            "actors/src/user/keys.rs",
            "actors/src/user/membership.rs",
            "actors/src/user/notification.rs",
            "actors/src/user/notifications.rs",
            "actors/src/user/profile.rs",
            "actors/src/user/quiet.rs",
            "actors/src/user/recent.rs",
            "actors/src/user/revisions.rs",
            "actors/src/user/standing.rs",
            "actors/src/user/subject.rs",
            "actors/src/user/subject/",
            "actors/src/user/wished.rs",
        ],
    },
    Area {
        name: "what cards say",
        paths: &["actors/src/user/view.rs", "actors/src/user/view/"],
    },
    Area {
        name: "delivery plan",
        paths: &["actors/src/delivery/"],
    },
    Area {
        name: "who is meant",
        paths: &[
            "projections/src/audience.rs",
            "projections/src/conflicts.rs",
            "projections/src/email_mapping.rs",
            "projections/src/former_lookups.rs",
            "projections/src/identity.rs",
            "projections/src/links.rs",
            "projections/src/members.rs",
            "projections/src/people.rs",
            "projections/src/people/",
            "projections/src/reconsidering.rs",
            "projections/src/tenants.rs",
        ],
    },
    Area {
        name: "notifications",
        paths: &[
            "projections/src/accepted.rs",
            "projections/src/client_defaults.rs",
            "projections/src/dead_letters.rs",
            "projections/src/delivery_report.rs",
            "projections/src/erasure.rs",
            "projections/src/invitations.rs",
            "projections/src/notifications.rs",
            "projections/src/notifications/",
            "projections/src/reachability.rs",
            "projections/src/responses.rs",
            "projections/src/responses/",
            "projections/src/subject_changes.rs",
            "projections/src/webhooks.rs",
        ],
    },
    Area {
        name: "work",
        paths: &[
            "projections/src/backlog.rs",
            "projections/src/later.rs",
            "projections/src/outbox.rs",
            "projections/src/outbox/",
            "projections/src/work.rs",
            "projections/src/work/",
        ],
    },
    Area {
        name: "metrics",
        paths: &["projections/src/metrics/"],
    },
];

/// The area of a file, if it is mutated at all.
pub fn of(file: &str) -> Option<&'static str> {
    let is_left = !file.ends_with(".rs") || file.ends_with("/tests.rs") || file.contains("/tests/");
    let belongs = |path: &&str| match path.strip_suffix('/') {
        Some(folder) => file
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/')),
        None => file == *path,
    };
    AREAS
        .iter()
        .find(|area| !is_left && area.paths.iter().any(belongs))
        .map(|area| area.name)
}

/// The areas' names, in the order of the report.
pub fn names() -> impl Iterator<Item = &'static str> {
    AREAS.iter().map(|area| area.name)
}
