//! What must be so, by somebody who knows the truth and looks at nothing but the chats and the API.

use super::story::Story;
use super::truth::Truth;
use crate::support::World;

/// No chat shows a token of another human than the one whose chat it is.
pub(super) fn nobody_reads_what_is_not_theirs(world: &World, truth: &Truth) {
    for human in &truth.humans {
        let own = human.token();
        let chat = world.sandbox.client(&human.key()).unwrap().chat();
        for message in chat.messages.iter().filter(|message| message.from_bot) {
            let shown = message.shown().join("\n") + message.summary.as_deref().unwrap_or_default();
            let mut others = shown
                .match_indices("token-h")
                .filter(|(at, _)| !shown[*at..].starts_with(&own));
            if let Some((at, _)) = others.next() {
                let other = &shown[at..at + own.len()];
                let story = truth.story_of(&[&own, other, &human.mail]);
                panic!("{own} reads what is meant for {other}: {shown}\n{story}");
            }
        }
    }
}

/// A meeting's card shows the revision that is newest by Chronus' own time.
pub(super) fn meetings_are_as_told_last(world: &World, truth: &Truth) {
    for (number, meeting) in &truth.meetings {
        let (Some((_, revision, cancelled)), Some(card)) = (meeting.newest, &meeting.card) else {
            continue;
        };
        let human = &truth.humans[meeting.human];
        let chat = world.sandbox.client(&human.key()).unwrap().chat();
        // Whoever removed the app keeps cards that nobody can change. While directory and Chronus name different addresses nobody
        // can tell that the person is still that member, so nothing more of the meeting is shown to them until they agree.
        let is_known = human.installed && human.employed && human.mail == human.told_mail;
        let Some(message) = chat.card_of(card).filter(|_| is_known) else {
            continue;
        };
        let shown = message.shown().join("\n");
        if cancelled {
            assert!(
                shown.contains("ancelled"),
                "meeting {number} was cancelled: {shown}"
            );
        } else {
            let newest = format!("room-{number}-r{revision}.");
            let stale = (0..revision).map(|older| format!("room-{number}-r{older}."));
            assert!(
                !stale.clone().any(|older| shown.contains(&older)),
                "meeting {number} is at {newest}: {shown}\n{}",
                truth.story_of(&[&human.token(), &human.mail, &format!("meeting-{number}.")])
            );
        }
    }
}

/// Once everybody was told everything: whoever is employed, has the app and is a member gets the next card, and nobody
/// else gets it.
pub(super) async fn whoever_can_be_reached_is(world: &World, story: &mut Story<'_>) {
    let members = story.truth.those(|human| human.told && human.employed);
    let mut sent = Vec::new();
    for human in members {
        sent.push((human, story.private_card(human, human % 2 == 0).await.unwrap()));
    }
    world.at_rest_within_the_hour().await;
    for (human, card) in sent {
        let who = story.truth.humans[human].clone();
        let status = world.status_of(&card).await;
        let arrived = matches!(status["state"].as_str(), Some("delivered" | "seen" | "answered"));
        let story = story.truth.story_of(&[&who.token(), &who.mail]);
        assert_eq!(arrived, who.installed, "{who:?} {status:#}\n{story}");
    }
}
