//! Given what happened before, when this happens, then these events: each file in `stories/` is a person's life. What happens
//! stands on a line with its time, in the words of `command`; below it, further in, stands every event that it
//! leads to, with its thread and its cause (`way-2` is the way of the second card).
//!
//! Names and times are those of the tests of the state; `reply-3` is the card that answers the third thing that happens. With
//! `somebody new` another life begins, with `somebody linked` that of a person who was greeted and is known to be the member m-1;
//! who `shows-up Europe/Berlin` tells where they are.

use std::time::Duration;

use events::StoredEvent as _;
use serde_json::{Value, json};

use super::messages::words;
use super::*;
use crate::action::{Action, parse_command};
use crate::ports::{LinkRoute, SubjectRoute};
use crate::user::state::tests::{Names, story_holds};

/// What happens to a person: something in Teams, something that Chronus or an operator wants, or a step of a lane.
fn command(user: &User, happens: &str, number: u128) -> UserCommand {
    let (verb, rest) = happens.split_once(' ').unwrap_or((happens, ""));
    // The same, said to have happened at a time of its own: `late @09:10 types …`.
    let (at, verb, rest) = match (verb, rest.split_once(' ')) {
        ("late", Some((at, happens))) => {
            let (verb, rest) = happens.split_once(' ').unwrap_or((happens, ""));
            (Some(at.parse().unwrap()), verb, rest)
        }
        _ => (None, verb, rest),
    };
    if let Some(what) = in_teams(user, verb, rest) {
        return UserCommand::Receive(Box::new(Inbound {
            tenant_off: user.tenant_off,
            activity_key: Uuid::from_u128(number),
            at,
            chat: ActivityChat::Own(conversation()),
            client: ClientObserved {
                timezone: (verb == "shows-up" && !rest.is_empty()).then(|| rest.to_owned()),
                ..ClientObserved::default()
            },
            app_version: None,
            client_defaults: ClientDefaultsChanged::default(),
            what,
        }));
    }
    let wanted = is_wanted(user, verb, rest).or_else(|| looked_up_or_linked(verb, rest));
    wanted
        .or_else(|| of_lane(user, verb, rest))
        .unwrap_or_else(|| panic!("{verb:?} is nothing that happens"))
}

/// What the person does in Teams.
fn in_teams(user: &User, verb: &str, rest: &str) -> Option<What> {
    Some(match verb {
        "installs" => What::Installed(InstallEvidence::InstallationUpdate),
        "upgrades" => What::Upgraded,
        "removes" => What::Uninstalled(UninstallEvidence::InstallationUpdate),
        "shows-up" => What::Contact,
        "reacts-to" => What::Reacted(ActivityId::parse(rest).unwrap()),
        "reads-up-to" => What::ReadUpTo(ActivityId::parse(rest).unwrap()),
        "types" => {
            let typed = parse_command(rest);
            let argument = typed.argument.as_deref().map(words);
            What::Typed(typed.with_argument(argument))
        }
        "presses" => What::Pressed {
            press: press(card_of(user, rest), rest),
            on: None,
        },
        _ => return None,
    })
}

/// What Chronus tells, and what an operator wants.
fn is_wanted(user: &User, verb: &str, rest: &str) -> Option<UserCommand> {
    Some(match verb {
        "hears" => UserCommand::Queue(Box::new(heard(user, rest))),
        "learns" => UserCommand::ChangeSubject(Box::new(learnt(user, &serde_json::from_str(rest).unwrap()))),
        "requeues" => UserCommand::Requeue {
            notification_id: card_of(user, rest),
            replay_id: rest.split(' ').nth(1).unwrap().parse().unwrap(),
            by: "ops".into(),
        },
        "erases" => UserCommand::Erase {
            erasure_id: rest.parse().unwrap(),
            by: "ops".into(),
        },
        "lost" => UserCommand::HandOverFailed {
            reply_id: match rest {
                "newest" => written(user),
                id => id.parse().unwrap(),
            },
            correlation_id: Uuid::nil(),
        },
        _ => return None,
    })
}

/// What the directory tells, and what follows for who the person is.
fn looked_up_or_linked(verb: &str, rest: &str) -> Option<UserCommand> {
    let mut parts = rest.split(' ');
    let (first, second) = (parts.next(), parts.next());
    Some(match verb {
        "links" => UserCommand::Link(Box::new(linked(rest, second))),
        "unlinks" => UserCommand::Link(Box::new(linked(rest, None))),
        "is-to-be-looked-up" => UserCommand::RequestProfile {
            because: serde_json::from_value(json!(rest)).unwrap(),
            cause: EventId::derive([rest]),
        },
        "is-looked-up" => UserCommand::ProfileFound(Box::new(ProfileResolved {
            upn: second.map(words),
            upn_lookup: second.map(Lookup::from_stored),
            ..told(first.filter(|address| *address != "-"))
        })),
        "is-guest" => UserCommand::ProfileFound(Box::new(ProfileResolved {
            role: MemberRole::Guest,
            ..told(Some(rest))
        })),
        "look-up-fails" => look_up_fails(rest.parse().unwrap()),
        _ => return None,
    })
}

/// What a lane asks and tells of a card.
fn of_lane(user: &User, verb: &str, rest: &str) -> Option<UserCommand> {
    let notification_id = card_of(user, rest);
    let second = rest.split(' ').nth(1);
    let card = user.state.notification(notification_id);
    let (attempt, revision) = card.map_or((1, 1), |card| (card.attempts, card.wanted));
    Some(match verb {
        "begins" => UserCommand::BeginSend { notification_id },
        "begins-at-once" => UserCommand::BeginSendAtOnce { notification_id },
        "begins-while-off" => UserCommand::BeginSendWhileOff { notification_id },
        "tenant-off" => UserCommand::TenantOff { notification_id },
        "was-held" => UserCommand::WasHeld { notification_id },
        "is-cut" => UserCommand::Interrupted { notification_id },
        "content-gone" => UserCommand::ContentGone {
            notification_id,
            attempt: second.unwrap().parse().unwrap(),
        },
        "opens" => UserCommand::ReferenceOpened {
            notification_id,
            attempt: second.map_or(attempt, |attempt| attempt.parse().unwrap()),
            conversation: elsewhere(),
        },
        "sent" => UserCommand::FinishSend {
            notification_id,
            attempt,
            revision,
            result: result(rest),
        },
        "begins-update" => UserCommand::BeginUpdate { notification_id },
        "updated" => UserCommand::FinishUpdate {
            notification_id,
            revision,
            abandoned: second.map(ToOwned::to_owned),
        },
        "updated-to" => UserCommand::FinishUpdate {
            notification_id,
            revision: second.unwrap().parse().unwrap(),
            abandoned: None,
        },
        "update-failed" => UserCommand::UpdateFailed {
            notification_id,
            revision,
            result: result(rest),
        },
        "opens-for-update" => UserCommand::UpdateReferenceOpened {
            notification_id,
            revision,
            conversation: elsewhere(),
        },
        _ => return None,
    })
}

/// The card that the text begins with: an id, `newest`, or `newest-digest` for the newest of that kind.
fn card_of(user: &User, text: &str) -> NotificationId {
    match text.split(' ').next().unwrap().split_once("newest") {
        Some((_, kind)) => newest(user, kind.trim_start_matches('-')),
        None => text.split(' ').next().unwrap().parse().unwrap(),
    }
}

/// `card-1 request.decline {"reason":"timing"}`: the card, the verb, what else the button and its inputs give.
fn press(card: NotificationId, text: &str) -> Press {
    let mut parts = text.splitn(3, ' ').skip(1);
    let verb = parts.next().unwrap();
    let mut data: Value = serde_json::from_str(parts.next().unwrap_or("{}")).unwrap();
    data["notification_id"] = json!(card);
    let action = Action::parse(Some(verb), &data);
    let text = action.act.text().map(String::as_str).map(words);
    let fingerprint = action.act.given().map(|text| EventId::derive([text.as_str()]).0);
    Press::sealed(action, text, fingerprint)
}

/// The newest card, of this kind where one is named; where there is none, one that nobody knows.
fn newest(user: &User, kind: &str) -> NotificationId {
    let mut cards = user.state.notifications.iter().rev();
    cards
        .find(|card| kind.is_empty() || card.card.as_str() == kind)
        .map_or_else(|| NotificationId::derive(["none"]), |card| card.id)
}

/// What the person wrote last.
fn written(user: &User) -> Uuid {
    let written = user.state.notifications.iter().flat_map(|card| &card.written);
    written.max_by_key(|written| written.at).unwrap().id
}

/// A chat that was asked for anew.
fn elsewhere() -> ConversationRef {
    ConversationRef {
        service_url: "https://smba.trafficmanager.net/emea".into(),
        ..conversation()
    }
}

fn field<T: serde::de::DeserializeOwned>(of: &Value, name: &str) -> Option<T> {
    of.get(name)
        .map(|value| serde_json::from_value(value.clone()).unwrap())
}

/// A route to a card: what is not said is as in most.
fn heard(user: &User, text: &str) -> Route {
    let told: Value = serde_json::from_str(text).unwrap();
    let kind: CardKind = field(&told, "card").unwrap();
    let event: EventId = field(&told, "event").unwrap();
    let acme = || OrganizationId::parse("acme").unwrap();
    let organization = field(&told, "organization").unwrap_or_else(acme);
    let changes = told
        .get("changes")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    Route {
        notification_id: field(&told, "id").unwrap(),
        source: Source::DomainEvent {
            organization_id: organization.clone(),
            event_id: event,
            position: Position(field(&told, "position").unwrap_or(1)),
        },
        correlation_id: event.0,
        card: kind,
        subject: field(&told, "subject"),
        class: field(&told, "class").unwrap_or(Class::Direct),
        event_type: field(&told, "type").unwrap_or_else(|| "com.chronus.mentoring_request.sent".into()),
        expires_at: field(&told, "expires_at"),
        accepted_at: field(&told, "accepted_at").unwrap_or(user.now),
        state: Some(field(&told, "state").unwrap_or(SubjectState::Open)),
        facts: field(&told, "facts"),
        link: Some(RouteLink {
            organization_id: organization,
            member_id: field(&told, "member"),
            matched_by: MatchedBy::Email,
        }),
        happened_at: field(&told, "happened_at"),
        client_defaults: field(&told, "defaults").unwrap_or_default(),
        changes: changes.iter().map(|change| learnt(user, change)).collect(),
        held_until: None,
        most_a_day: None,
        was_held: field(&told, "was_held").unwrap_or(false),
        ..route(1, kind)
    }
}

fn learnt(user: &User, told: &Value) -> SubjectRoute {
    let domain_event: EventId = field(told, "event").unwrap();
    let position = Position(field(told, "position").unwrap_or(100));
    SubjectRoute {
        user: UserKey::parse("t/ada").unwrap(),
        subject: field(told, "subject").unwrap(),
        state: field(told, "state").unwrap(),
        card: field(told, "card"),
        domain_event,
        source: Some(Source::DomainEvent {
            organization_id: OrganizationId::parse("acme").unwrap(),
            event_id: domain_event,
            position,
        }),
        facts: field(told, "facts"),
        addressed: field(told, "addressed").unwrap_or(true),
        accepted_at: user.now,
        expires_at: field(told, "expires_at"),
        correlation_id: domain_event.0,
        happened_at: field(told, "happened_at"),
    }
}

/// `m-1 email`, or why the link ends.
fn linked(text: &str, matched_by: Option<&str>) -> LinkRoute {
    let word = text.split(' ').next().unwrap();
    let to = matched_by.map(|by| {
        let by = serde_json::from_value(json!(by)).unwrap();
        (events::MemberId::parse(word).unwrap(), by)
    });
    LinkRoute {
        user: UserKey::parse("t/ada").unwrap(),
        organization_id: OrganizationId::parse("acme").unwrap(),
        why: to.is_none().then(|| serde_json::from_value(json!(word)).unwrap()),
        to,
        cause: EventId::derive(["link", text]),
        correlation_id: Uuid::nil(),
    }
}

/// After the card: `accepted 1700`, `rejected 429 Throttled 60`, `unsent reason`, `unanswered timeout`.
fn result(text: &str) -> SendResult {
    let words: Vec<&str> = text.split(' ').skip(1).collect();
    match words[..] {
        ["accepted"] => SendResult::Accepted { activity_id: None },
        ["accepted", id] => SendResult::Accepted {
            activity_id: Some(ActivityId::parse(id).unwrap()),
        },
        ["rejected", status, ref rest @ ..] => SendResult::Rejected(Rejection {
            status: status.parse().unwrap(),
            code: rest.first().map(|code| (*code).to_owned()),
            retry_after: rest
                .get(1)
                .map(|seconds| Duration::from_secs(seconds.parse().unwrap())),
        }),
        ["unsent", reason] => SendResult::NotSent {
            reason: reason.into(),
            configuration: false,
        },
        ["misconfigured", reason] => SendResult::NotSent {
            reason: reason.into(),
            configuration: true,
        },
        ["unanswered", reason] => SendResult::NoAnswer {
            reason: reason.into(),
        },
        ref other => panic!("{other:?} is no result"),
    }
}

/// The events that a command leads to: each with the thread that it belongs to and its direct cause.
fn then(user: &mut User, command: &UserCommand) -> Vec<String> {
    let decision = decide(&user.state, command, user.now, &user.rules);
    let mut lines = Vec::new();
    for fact in &decision.facts {
        let (name, json) = (fact.event.type_name(), fact.event.to_json());
        lines.push(format!(
            "    {name} {} by {} {json}",
            fact.correlation_id, fact.causation_id
        ));
        let meta = Metadata {
            time: user.now,
            correlation_id: fact.correlation_id,
            causation_id: fact.causation_id,
        };
        user.state.apply(&fact.event, &meta);
    }
    lines
}

/// Somebody who added the app at half past eight, was greeted, and is known to be the member m-1.
fn somebody_linked(number: &mut u128) -> User {
    let mut user = User::new();
    user.now = "2026-03-02T08:30:00Z".parse().unwrap();
    for happens in [
        "installs",
        "begins newest",
        "sent newest accepted 1800",
        "is-looked-up ada@acme.example",
        "links m-1 email",
    ] {
        *number += 1;
        let command = command(&user, happens, *number);
        then(&mut user, &command);
    }
    user
}

/// The story as it is now.
fn told_anew(story: &str) -> String {
    let names = Names::default();
    let written: Vec<&str> = story.lines().filter(|line| !line.starts_with(' ')).collect();
    let read = names.written_out(&written.join("\n"));
    let (mut user, mut number) = (User::new(), 0);
    let mut lines = Vec::new();
    for (line, read) in written.iter().zip(read.lines()) {
        lines.push((*line).to_owned());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (time, happens) = read.split_once(' ').unwrap();
        if time == "somebody" {
            number = 0;
            user = match happens {
                "new" => User::new(),
                "linked" => somebody_linked(&mut number),
                other => panic!("{other:?} is nobody"),
            };
            continue;
        }
        user.now = time.parse().unwrap();
        match happens {
            "the tenant is off" => user.tenant_off = true,
            "the tenant is on" => user.tenant_off = false,
            _ => {
                number += 1;
                let command = command(&user, happens, number);
                lines.extend(then(&mut user, &command));
            }
        }
    }
    names.abbreviated(&(lines.join("\n") + "\n"))
}

#[track_caller]
fn holds(name: &str) {
    story_holds(&format!("src/user/decide/tests/stories/{name}.txt"), told_anew);
}

#[test]
fn a_person_arrives_writes_leaves_and_comes_back() {
    holds("arriving");
}

#[test]
fn cards_are_sent_and_updated_whatever_the_connector_answers() {
    holds("sending");
}

#[test]
fn everything_that_can_be_answered_is_answered_once() {
    holds("answering");
}

#[test]
fn what_chronus_tells_becomes_cards_and_changes() {
    holds("routing");
}

#[test]
fn what_is_unknown_put_off_or_missed_comes_to_an_end() {
    holds("recovering");
}

#[test]
fn what_is_on_the_edge_falls_on_one_side() {
    holds("edges");
}

#[test]
fn what_comes_late_again_or_at_the_end_has_its_own_outcome() {
    holds("corners");
}

#[test]
fn lists_number_what_they_show_and_show_what_becomes_of_it() {
    holds("lists");
}

#[test]
fn what_the_chat_shows_follows_what_is_so() {
    holds("forms");
}
