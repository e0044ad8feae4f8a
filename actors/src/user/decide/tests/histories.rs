//! What holds for any history of everything that a person, Chronus and the clock can do.

use std::collections::{BTreeMap, HashMap, HashSet};

use events::StoredEvent as _;
use events::organization::{Question, QuestionKind, ReminderKind, Slot, Topic};
use events::user::{Answer, Chat, Delivery, DigestEvery, Queue, QuietDays, Rsvp, TopicWay};
use proptest::prelude::*;

use super::messages::words;
use super::*;
use crate::action::{PauseTime, QuietChange, SettingsForm};

mod two_nodes;

/// Everything that can be queued: kind, subject, facts by the hour of now.
const THINGS: [(CardKind, &str); 18] = [
    (CardKind::MentoringRequest, "mentoring_request/1"),
    (CardKind::MentoringRequest, "mentoring_request/2"),
    (CardKind::RequestOutcome, "mentoring_request/2"),
    (CardKind::Meeting, "meeting/9"),
    (CardKind::MeetingReminder, "meeting/9"),
    (CardKind::MeetingFollowUp, "meeting/9"),
    (CardKind::ErgEvent, "erg_event/7"),
    (CardKind::ErgEventReminder, "erg_event/7"),
    (CardKind::Announcement, "announcement/1"),
    (CardKind::Announcement, "announcement/2"),
    (CardKind::Survey, "survey/4"),
    (CardKind::Message, "thread/55"),
    (CardKind::Message, "thread/55"),
    (CardKind::Message, "thread/56"),
    (CardKind::Task, "task/6"),
    (CardKind::Connection, "connection/3"),
    (CardKind::RecommendedMatch, "recommended_match/1"),
    (CardKind::Plain, "news/1"),
];

const CHANGES: [(CardKind, SubjectState, &str); 14] = [
    (
        CardKind::RequestReminder,
        SubjectState::Open,
        "mentoring_request/1",
    ),
    (
        CardKind::RequestOutcome,
        SubjectState::Withdrawn,
        "mentoring_request/1",
    ),
    (
        CardKind::RequestOutcome,
        SubjectState::Accepted,
        "mentoring_request/2",
    ),
    (CardKind::Meeting, SubjectState::Scheduled, "meeting/9"),
    (CardKind::Meeting, SubjectState::Moved, "meeting/9"),
    (CardKind::Meeting, SubjectState::Cancelled, "meeting/9"),
    (CardKind::ErgEvent, SubjectState::Updated, "erg_event/7"),
    (CardKind::ErgEvent, SubjectState::Cancelled, "erg_event/7"),
    (CardKind::SurveyReminder, SubjectState::Open, "survey/4"),
    (CardKind::Message, SubjectState::Edited, "thread/55"),
    (CardKind::Message, SubjectState::Deleted, "thread/55"),
    (CardKind::TaskReminder, SubjectState::Open, "task/6"),
    (CardKind::Connection, SubjectState::Ending, "connection/3"),
    (CardKind::Announcement, SubjectState::Withdrawn, "announcement/2"),
];

#[derive(Debug, Clone)]
enum Step {
    Install,
    Uninstall,
    Contact,
    Types(usize, Option<u32>, u8),
    Presses(usize, Option<usize>, usize, Option<u32>),
    Hears(usize, u32),
    Learns(usize, u32),
    Sends(usize),
    Answers(usize, u8),
    Cut(usize),
    Puts(usize),
    Lost(usize),
    Replays(usize, u8),
    Hours(i64),
    Travels(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let any_card = 0_usize..40;
    prop_oneof![
        1 => Just(Step::Install),
        1 => Just(Step::Uninstall),
        1 => Just(Step::Contact),
        3 => (0_usize..17, proptest::option::of(1_u32..4), any::<u8>()).prop_map(|(c, n, x)| Step::Types(c, n, x)),
        6 => (any_card.clone(), proptest::option::of(0_usize..18), 0_usize..24, proptest::option::of(1_u32..4))
            .prop_map(|(card, subject, act, revision)| Step::Presses(card, subject, act, revision)),
        5 => (0_usize..18, 0_u32..6).prop_map(|(thing, number)| Step::Hears(thing, number)),
        3 => (0_usize..14, 0_u32..6).prop_map(|(change, number)| Step::Learns(change, number)),
        8 => any_card.clone().prop_map(Step::Sends),
        7 => (any_card.clone(), any::<u8>()).prop_map(|(card, result)| Step::Answers(card, result)),
        1 => any_card.clone().prop_map(Step::Cut),
        2 => any_card.clone().prop_map(Step::Puts),
        1 => any_card.clone().prop_map(Step::Lost),
        2 => (any_card, any::<u8>()).prop_map(|(card, replay)| Step::Replays(card, replay)),
        3 => (0_i64..30).prop_map(Step::Hours),
        1 => (0_usize..3).prop_map(Step::Travels),
    ]
}

/// How often Chronus asked about a subject, and ended it.
#[derive(Debug, Clone, Copy, Default)]
struct Asking {
    asked: u32,
    ended: u32,
}

impl Asking {
    /// Answers that there may be: one, and one more for each time that it was asked for anew after an end.
    fn answers(self) -> u32 {
        1 + self.ended.min(self.asked.saturating_sub(1))
    }
}

/// A life, with what is to be checked of it.
struct Life {
    user: User,
    position: u64,
    stored: Vec<(&'static str, u16, String, Metadata)>,
    ids: HashSet<EventId>,
    /// By notification: how often it was settled without being sent.
    unsent: HashMap<NotificationId, u32>,
    answers: HashMap<(String, SubjectRef), u32>,
    asking: HashMap<SubjectRef, Asking>,
    /// Tries of which a lane told the outcome: it does so once.
    told: HashSet<(NotificationId, u32)>,
}

impl Life {
    fn new() -> Self {
        let mut user = User::new();
        user.now = "2026-03-02T11:00:00Z".parse().unwrap();
        Self {
            user,
            position: 0,
            stored: Vec::new(),
            ids: HashSet::new(),
            unsent: HashMap::new(),
            answers: HashMap::new(),
            asking: HashMap::new(),
            told: HashSet::new(),
        }
    }

    fn card(&self, index: usize) -> Option<NotificationId> {
        let cards = &self.user.state.notifications;
        (!cards.is_empty()).then(|| cards.iter().nth(index % cards.len()).unwrap().id)
    }

    fn facts(&self, number: u32) -> SubjectFacts {
        let hours = |hours: u32| Some(self.user.now + TimeDelta::hours(i64::from(hours)));
        SubjectFacts {
            starts_at: hours(number * 20 + 1),
            slots: (1..=number)
                .map(|slot| Slot {
                    id: slot.to_string(),
                    starts_at: hours(slot * 30).unwrap(),
                    ends_at: None,
                })
                .collect(),
            questions: (0..number)
                .map(|question| Question {
                    id: format!("q{question}"),
                    kind: QuestionKind::Text,
                    options: Vec::new(),
                    required: question == 0,
                    scale: None,
                })
                .collect(),
            acknowledge: true,
            message_id: Some(format!("m{number}")),
            reminder: Some(if number.is_multiple_of(2) {
                ReminderKind::Day
            } else {
                ReminderKind::Soon
            }),
            urgent: number == 5,
            ..SubjectFacts::default()
        }
    }

    fn command(&mut self, step: &Step) -> Option<UserCommand> {
        Some(match step {
            Step::Install => self
                .user
                .activity(What::Installed(InstallEvidence::InstallationUpdate)),
            Step::Uninstall => self
                .user
                .activity(What::Uninstalled(UninstallEvidence::InstallationUpdate)),
            Step::Contact => self.user.activity(What::Contact),
            Step::Types(command, number, x) => {
                let command = Command::ALL.get(*command).copied().unwrap_or(Command::Unknown);
                let typed = Typed {
                    number: *number,
                    pause: (x % 3 > 0).then(|| PauseTime::For(TimeDelta::hours(i64::from(*x) + 1))),
                    quiet: (x % 2 > 0).then(|| QuietChange {
                        days: Some(if x % 5 == 0 {
                            QuietDays::Weekends
                        } else {
                            QuietDays::All
                        }),
                        off: Some(x % 7 == 0),
                        ..QuietChange::default()
                    }),
                    ..Typed::plain(command)
                };
                self.user.activity(What::Typed(typed))
            }
            Step::Presses(card, subject, act, revision) => {
                let press = Press {
                    input: PressInput::default(),
                    on: self.card(*card),
                    revision: *revision,
                    subject: subject.map(|subject| SubjectRef::parse(THINGS[subject].1).unwrap()),
                    line: None,
                    act: an_act(*act),
                };
                self.user.activity(What::Pressed { press, on: None })
            }
            Step::Hears(thing, number) => {
                let (kind, name) = THINGS[*thing];
                let id = u32::try_from(*thing).unwrap() * 10 + number;
                self.position += 1;
                let source = Source::DomainEvent {
                    organization_id: OrganizationId::parse("acme").unwrap(),
                    event_id: EventId::derive([id.to_string().as_str()]),
                    position: Position(self.position),
                };
                UserCommand::Queue(Box::new(Route {
                    source,
                    accepted_at: self.user.now,
                    class: if number.is_multiple_of(3) {
                        Class::Broadcast
                    } else {
                        Class::Direct
                    },
                    ..about(id, kind, name, self.facts(*number))
                }))
            }
            Step::Learns(index, number) => {
                let (card, state, name) = CHANGES[*index];
                self.position += 1;
                let id = format!("{index}/{number}");
                UserCommand::ChangeSubject(Box::new(SubjectRoute {
                    facts: Some(self.facts(*number)),
                    accepted_at: self.user.now,
                    ..change(SubjectRef::parse(name).unwrap(), card, state, &id, self.position)
                }))
            }
            Step::Sends(card) => UserCommand::BeginSend {
                notification_id: self.card(*card)?,
            },
            Step::Answers(card, result) => self.outcome(self.card(*card)?, *result)?,
            Step::Cut(card) => self.cut(self.card(*card)?)?,
            Step::Puts(card) => {
                let notification_id = self.card(*card)?;
                let revision = self.user.state.notification(notification_id)?.wanted;
                UserCommand::FinishUpdate {
                    notification_id,
                    revision,
                    abandoned: None,
                }
            }
            Step::Lost(card) => {
                let card = self.user.state.notification(self.card(*card)?)?;
                let reply_id = card.written.last()?.id;
                UserCommand::HandOverFailed {
                    reply_id,
                    correlation_id: Uuid::nil(),
                }
            }
            Step::Replays(card, replay) => UserCommand::Requeue {
                notification_id: self.card(*card)?,
                replay_id: Uuid::from_u128(u128::from(*replay)),
                by: "cli".into(),
            },
            Step::Hours(_) | Step::Travels(_) => return None,
        })
    }

    fn cut(&mut self, notification_id: NotificationId) -> Option<UserCommand> {
        let card = self.user.state.notification(notification_id)?;
        let is_cut = card.phase == Phase::Attempted && self.told.insert((notification_id, card.attempts));
        is_cut.then_some(UserCommand::Interrupted { notification_id })
    }

    fn outcome(&mut self, notification_id: NotificationId, result: u8) -> Option<UserCommand> {
        let card = self.user.state.notification(notification_id)?;
        if card.attempts == 0 || !self.told.insert((notification_id, card.attempts)) {
            return None;
        }
        let result = match result % 8 {
            0 => refused(429, "Throttled"),
            1 => SendResult::NoAnswer {
                reason: "timeout".into(),
            },
            2 => refused(403, "MessageWritesBlocked"),
            _ => SendResult::Accepted {
                activity_id: Some(ActivityId::parse(notification_id.to_string()).unwrap()),
            },
        };
        let (attempt, revision) = (card.attempts, card.wanted);
        Some(UserCommand::FinishSend {
            notification_id,
            attempt,
            revision,
            result,
        })
    }

    fn lives(&mut self, step: &Step) {
        match step {
            Step::Hours(hours) => self.user.now += TimeDelta::hours(*hours),
            Step::Travels(zone) => {
                let zone = ["Europe/Berlin", "America/New_York", "Asia/Tokyo"][*zone];
                let mut contact = self.user.activity(What::Contact);
                if let UserCommand::Receive(inbound) = &mut contact {
                    inbound.client.timezone = Some(zone.into());
                }
                self.does(&contact);
            }
            step => {
                if let Some(command) = self.command(step) {
                    self.does(&command);
                }
            }
        }
    }

    /// Decides, checks and applies.
    fn does(&mut self, command: &UserCommand) {
        self.user.now += TimeDelta::seconds(7);
        let decision = decide(&self.user.state, command, self.user.now, &self.user.rules);
        for (index, fact) in decision.facts.iter().enumerate() {
            let id = decision.event_id("user", index);
            assert!(
                self.ids.insert(id),
                "two facts have one id: {} {command:?}",
                decision.key
            );
            let meta = Metadata {
                time: self.user.now,
                correlation_id: fact.correlation_id,
                causation_id: fact.causation_id,
            };
            self.look_at(&fact.event);
            self.user.state.apply(&fact.event, &meta);
            let event = &fact.event;
            self.stored
                .push((event.type_name(), event.schema_version(), event.to_json(), meta));
        }
        let again = decide(&self.user.state, command, self.user.now, &self.user.rules);
        assert!(
            again.facts.is_empty(),
            "{command:?} had a second effect: {again:?}"
        );
    }

    fn look_at(&mut self, event: &UserEvent) {
        let settled = match event {
            // What was missed may turn out to be somebody else's.
            UserEvent::Queue(Queue::Suppressed(e))
                if e.reason == events::user::SuppressedReason::Unlinked
                    && self.unsent.contains_key(&e.notification_id) =>
            {
                None
            }
            UserEvent::Queue(
                event @ (Queue::Suppressed(_) | Queue::Withdrawn(_) | Queue::Expired(_) | Queue::Merged(_)),
            ) => Some(event.notification_id()),
            // Whoever comes back gets it listed.
            UserEvent::Delivery(Delivery::Refused(e)) if e.shows.is_some() => Some(e.notification_id),
            _ => None,
        };
        if let Some(id) = settled {
            *self.unsent.entry(id).or_default() += 1;
        }
        if let UserEvent::Queue(Queue::Requeued(e)) = event {
            self.unsent.remove(&e.notification_id);
        }
        if let UserEvent::Delivery(Delivery::Attempted(e)) = event {
            assert!(
                !self.unsent.contains_key(&e.notification_id),
                "sent after it was not to be sent"
            );
        }
        self.looks_for_asking(event);
        if let Some(answer) = event.answer().filter(|answer| !may_change(answer)) {
            let on = answer.answered_on();
            let decision = match answer {
                Answer::MeetingHeld(_) => "held",
                _ => "answer",
            };
            let asking = self.asking.get(&on.subject).copied().unwrap_or_default();
            let answers = self.answers.entry((decision.to_owned(), on.subject)).or_default();
            *answers += 1;
            assert!(*answers <= asking.answers(), "answered twice: {event:?}");
        }
    }

    fn looks_for_asking(&mut self, event: &UserEvent) {
        match event {
            UserEvent::Queue(Queue::Queued(e)) if e.state == Some(SubjectState::Open) => {
                if let Some(subject) = &e.subject {
                    self.asking.entry(subject.clone()).or_default().asked += 1;
                }
            }
            UserEvent::Chat(Chat::SubjectChanged(e)) if e.state.is_final() => {
                self.asking.entry(e.subject.clone()).or_default().ended += 1;
            }
            _ => {}
        }
    }

    /// The person is there and everything that waits is sent, however long that takes.
    fn settles(&mut self) {
        for what in [
            What::Installed(InstallEvidence::InstallationUpdate),
            typed(Command::Connect),
            typed(Command::Resume),
        ] {
            let command = self.user.activity(what);
            self.does(&command);
        }
        for _ in 0..40 {
            self.user.now += TimeDelta::hours(9);
            let open: Vec<NotificationId> = self
                .user
                .state
                .notifications
                .iter()
                .filter(|card| !card.phase.is_settled())
                .map(|card| card.id)
                .collect();
            for notification_id in open {
                if let Some(cut) = self.cut(notification_id) {
                    self.does(&cut);
                }
                self.does(&UserCommand::BeginSend { notification_id });
                if let Some(outcome) = self.outcome(notification_id, 7) {
                    self.does(&outcome);
                }
            }
        }
    }
}

fn an_act(index: usize) -> Act<Sealed> {
    let form = |topic, how| {
        Act::SaveSettings(SettingsForm {
            topics: BTreeMap::from([(topic, how)]),
            ..SettingsForm::default()
        })
    };
    let question = |number: usize| format!("q{number}");
    match index {
        0 => Act::AcceptRequest,
        1 => Act::DeclineRequest {
            reason: None,
            note: None,
        },
        2 => Act::Refresh,
        3 => Act::AcceptMeeting { slot: None },
        4 => Act::AcceptMeeting {
            slot: Some("1".into()),
        },
        5 => Act::DeclineMeeting { note: None },
        6 => Act::ProposeMeeting {
            at: Some("2026-12-01T10:00:00".parse().unwrap()),
            note: None,
        },
        7 => Act::TellMeetingHeld { held: true },
        8 => Act::Rsvp(Rsvp::Going),
        9 => Act::Rsvp(Rsvp::NotGoing),
        10 => Act::AnswerSurvey {
            question: question(0),
            value: Some(words("aa")),
        },
        11 => Act::AnswerSurvey {
            question: question(1),
            value: Some(words("bb")),
        },
        12 => Act::BackInSurvey,
        13 => Act::SkipInSurvey,
        14 => Act::SubmitSurvey {
            question: None,
            value: None,
        },
        15 => Act::Acknowledge,
        16 => Act::RequestMatch {
            message: Some(words("dd")),
        },
        17 => Act::Reply {
            text: Some(words("cc")),
        },
        18 => Act::CompleteTask,
        19 => form(Topic::Announcements, TopicWay::Digest),
        20 => form(Topic::Messages, TopicWay::Digest),
        21 => Act::SaveSettings(SettingsForm {
            digest: Some(DigestEvery::Weekly),
            ..SettingsForm::default()
        }),
        22 => form(Topic::Meetings, TopicWay::Off),
        _ => Act::EndPause,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// A repeated command has no effect, no two facts share an id, a decision is answered once, what was settled is
    /// never sent, and a replay, of the stored form or from a snapshot, gives the live state.
    #[test]
    fn any_history_keeps_the_rules_and_is_replayed_as_it_was_lived(
        steps in proptest::collection::vec(step(), 1..120),
        snapshot_at in 0_usize..200,
    ) {
        let mut life = Life::new();
        life.lives(&Step::Install);
        for step in &steps {
            life.lives(step);
        }
        prop_assert!(life.unsent.values().all(|times| *times == 1), "settled twice: {:?}", life.unsent);
        let mut replayed = UserState::default();
        for (index, (event_type, version, payload, meta)) in life.stored.iter().enumerate() {
            if index == snapshot_at {
                replayed = serde_json::from_slice(&serde_json::to_vec(&replayed).unwrap()).unwrap();
            }
            replayed.apply(&UserEvent::decode(event_type, *version, payload).unwrap(), meta);
        }
        prop_assert_eq!(&replayed, &life.user.state);
        for card in &life.user.state.notifications {
            life.user.content(card.id);
        }
    }

    /// Whatever was queued comes to an end by itself: delivered, not sent for a reason, or shown by exactly one other
    /// card. What a digest gathered is shown by it, or void, or was handed on.
    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(steps in proptest::collection::vec(step(), 1..120)) {
        let mut life = Life::new();
        life.lives(&Step::Install);
        for step in &steps {
            life.lives(step);
        }
        life.settles();
        let state = &life.user.state;
        let mut shown: HashMap<NotificationId, Vec<CardKind>> = HashMap::new();
        for card in &state.notifications {
            prop_assert!(card.phase.is_settled(), "{:?} of {:?} never ends", card.phase, card.card);
            if matches!(card.card, CardKind::Digest | CardKind::Message)
                || crate::user::state::delivery::tells_missed(card.card)
             {
                for item in &card.of {
                    shown.entry(*item).or_default().push(card.card);
                }
            }
        }
        for (item, by) in &shown {
            let item = state.notification(*item);
            // Whatever an operator sends again may be listed again.
            let most = 1 + item.map_or(0, |card| card.replays.len());
            prop_assert!(by.len() <= most, "{:?} is shown by {:?}", item.map(|card| card.card), by);
        }
        for card in &state.notifications {
            if let Phase::Merged(into) = card.phase {
                let gathered = state.notification(into).unwrap();
                let ended = gathered.phase.is_settled();
                prop_assert!(ended && life.unsent.get(&card.id) == Some(&1));
            }
        }
    }
}

/// Whether a later answer takes the place of an earlier one.
fn may_change(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::EventRsvpGiven(_)
            | Answer::MeetingAccepted(_)
            | Answer::MeetingDeclined(_)
            | Answer::MeetingProposed(_)
            | Answer::MessageReplied(_)
            | Answer::MessageSent(_)
    )
}
