//! Laws of the folds over made-up logs: the past does not change, rows add up, and few people are never shown.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use events::organization::{CardKind, Class, DomainEventAccepted, Recipient, Recipients};
use events::outbound::{NotificationUnroutable, UnroutableReason};
use events::sealing::Sealed;
use events::tenant::OrganizationLinked;
use events::user::{
    DeliveryAttempted, Disconnected, NotificationDelivered, NotificationQueued, NotificationRefused,
    NotificationSeen, NotificationSuppressed, RefusalClass, RequestAccepted, SeenEvidence, Source,
    SuppressedReason, UnknownPolicy,
};
use events::{
    ConversationId, EventId, Expected, MemberId, Metadata, NewEvent, NotificationId, OrganizationEvent,
    OrganizationId, OutboundEvent, Position, Recorded, StoredEvent, StreamId, StreamWrite, SubjectRef,
    TenantEvent, TenantId, UserEvent, UserKey, Version,
};
use proptest::prelude::*;

use super::buckets::Span;
use super::catalogue;
use super::definition::Definition;
use super::fold::Fold;
use super::ledger::Filter;
use super::rows;
use super::tally::{self, By, Figures, Question, Table};

mod checkpointed;

fn organization() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn user(person: u8) -> UserKey {
    UserKey::parse(format!("t-1/p-{person}")).unwrap()
}

fn start() -> DateTime<Utc> {
    "2026-03-27T22:00:00Z".parse().unwrap()
}

/// A log that grows.
#[derive(Debug, Default)]
struct Log(Vec<Recorded>, Vec<StreamWrite>);

impl Log {
    fn new() -> Self {
        let mut log = Self::default();
        let tenant = StreamId::tenant(&TenantId::parse("t-1").unwrap());
        let linked = OrganizationLinked {
            organization_id: organization(),
        };
        log.append(tenant, TenantEvent::from(linked));
        log
    }

    fn append(&mut self, stream: StreamId, event: impl StoredEvent) {
        let position = self.0.len() as u64 + 1;
        let id = EventId::derive(["metrics", &position.to_string()]);
        let hours = i64::try_from(position).unwrap();
        let metadata = Metadata {
            time: start() + TimeDelta::hours(hours),
            correlation_id: id.0,
            causation_id: id.0,
        };
        self.1.push(StreamWrite {
            stream: stream.clone(),
            expected: Expected::Any,
            events: vec![NewEvent::encode(id, &event, metadata)],
        });
        self.0.push(Recorded {
            stream,
            version: Version(position),
            position: Position(position),
            id,
            event_type: event.type_name().into(),
            schema_version: event.schema_version(),
            payload: event.to_json().into(),
            metadata,
        });
    }

    fn person(&mut self, person: u8, event: impl Into<UserEvent>) {
        self.append(StreamId::user(&user(person)), event.into());
    }

    /// A request to each of `people`; its cards' ids.
    fn ask(&mut self, number: usize, program: Option<&str>, people: &[u8]) -> Vec<NotificationId> {
        let recipients = people.iter().map(|person| Recipient {
            notification_id: card(number, *person),
            member_id: Some(MemberId::parse(format!("m-{person}")).unwrap()),
            email: None,
            lookup: None,
            former_lookup: None,
            aad_object_id: None,
            object_id_withdrawn: false,
            timezone: None,
            locale: None,
        });
        let event = DomainEventAccepted {
            source: "/test".into(),
            id: number.to_string(),
            event_type: "com.chronus.mentoring_request.sent".into(),
            subject: Some(SubjectRef::parse(format!("mentoring_request/{number}")).unwrap()),
            time: None,
            recipients: Recipients::Listed(recipients.collect()),
            actor: None,
            program: program.map(ToOwned::to_owned),
            class: None,
            expires_at: None,
            facts: None,
            organizers: Vec::new(),
            send_at: None,
            erg: None,
            superseded: false,
            trace: None,
            content: serde_json::from_value::<Sealed>(sealed()).unwrap(),
        };
        self.append(
            StreamId::organization(&organization()),
            OrganizationEvent::from(event),
        );
        people.iter().map(|person| card(number, *person)).collect()
    }

    fn queue(&mut self, number: usize, person: u8) {
        let queued = NotificationQueued {
            notification_id: card(number, person),
            source: Source::DomainEvent {
                organization_id: organization(),
                event_id: EventId::derive(["some"]),
                position: Position(1),
            },
            card: CardKind::MentoringRequest,
            subject: Some(SubjectRef::parse(format!("mentoring_request/{number}")).unwrap()),
            class: Class::Direct,
            expires_at: start() + TimeDelta::days(30),
            unknown_policy: UnknownPolicy::Retry,
            state: None,
            facts: None,
            prompt: None,
            awaited: false,
            happened_at: None,
            most_a_day: None,
            member_id: Some(MemberId::parse(format!("m-{person}")).unwrap()),
        };
        self.person(person, queued);
    }

    /// One of the things that may happen to a card, whether it makes sense or not.
    fn happens(&mut self, what: u8, number: usize, person: u8) {
        let notification_id = card(number, person);
        match what {
            0 => self.queue(number, person),
            1 => self.person(
                person,
                DeliveryAttempted {
                    notification_id,
                    attempt: 1,
                },
            ),
            2 => self.person(
                person,
                NotificationDelivered {
                    notification_id,
                    attempt: 1,
                    activity_id: None,
                    conversation_id: ConversationId::parse("a:1").unwrap(),
                    revision: 1,
                },
            ),
            3 => self.person(
                person,
                NotificationSeen {
                    notification_id,
                    evidence: SeenEvidence::Pressed,
                    activity_id: None,
                },
            ),
            4 => self.person(
                person,
                RequestAccepted {
                    organization_id: organization(),
                    notification_id,
                    subject: SubjectRef::parse(format!("mentoring_request/{number}")).unwrap(),
                    domain_event: EventId::derive(["some"]),
                    member_id: None,
                    platform: None,
                },
            ),
            5 => self.person(
                person,
                NotificationSuppressed {
                    notification_id,
                    reason: SuppressedReason::Disconnected,
                },
            ),
            6 => self.person(
                person,
                NotificationRefused {
                    notification_id,
                    attempt: 1,
                    class: RefusalClass::Permanent,
                    status: Some(413),
                    code: "MessageSizeTooBig".into(),
                    shows: None,
                },
            ),
            7 => self.person(person, Disconnected { at: None }),
            _ => {
                let given_up = NotificationUnroutable {
                    notification_id,
                    domain_event: EventId::derive(["some"]),
                    reason: UnroutableReason::NoMapping,
                };
                self.append(StreamId::routing(&organization()), OutboundEvent::from(given_up));
            }
        }
    }

    fn fold(&self, definition: &'static Definition, upto: usize) -> Fold {
        let mut fold = Fold::new(definition, Filter::default()).unwrap();
        for recorded in &self.0[..upto] {
            fold.see(recorded).unwrap();
        }
        fold
    }
}

fn sealed() -> serde_json::Value {
    let vault = events::Vault::new(std::sync::Arc::new(
        events::sealing::memory::MemoryKeyTable::default(),
    ));
    let person = events::PersonId::organization(&organization());
    let sealing = vault.seal(&person, "x");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    serde_json::to_value(runtime.block_on(sealing).unwrap()).unwrap()
}

fn card(number: usize, person: u8) -> NotificationId {
    NotificationId::derive([number.to_string().as_str(), person.to_string().as_str()])
}

fn question(upto: usize, by: Option<By>) -> Question {
    Question {
        by,
        zone: Tz::Europe__Berlin,
        upto: Position(upto as u64),
        filter: Filter::default(),
        small_groups: true,
    }
}

fn tables(fold: &Fold, definition: &'static Definition, asked: &Question) -> Vec<Table> {
    tally::tables(definition, fold.ledger(), asked).unwrap()
}

/// What a line counts, by the names of its place.
fn counts(tables: &[Table]) -> BTreeMap<(String, String, String), i64> {
    let mut counts = BTreeMap::new();
    for table in tables {
        for (group, line) in table
            .groups
            .iter()
            .flat_map(|group| group.lines.iter().map(move |line| (group, line)))
        {
            let (Figures::Count { count, .. } | Figures::Spread { count, .. }) = line.figures else {
                continue;
            };
            let place = (
                table.section.name.to_owned(),
                group.name.clone(),
                line.labels.join("|"),
            );
            assert_eq!(counts.insert(place, count), None, "two lines with one name");
        }
    }
    counts
}

fn logs() -> impl Strategy<Value = Log> {
    let steps = prop::collection::vec((0..9_u8, 0..4_usize, 0..7_u8), 0..60);
    steps.prop_map(|steps| {
        let mut log = Log::new();
        for number in 0..4 {
            log.ask(
                number,
                Some(if number % 2 == 0 { "Spring" } else { "Autumn" }),
                &[0, 1, 2, 3, 4, 5, 6],
            );
        }
        for (what, number, person) in steps {
            log.happens(what, number, person);
        }
        log
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_past_is_the_same_whatever_came_later(log in logs(), cut in 0..200_usize) {
        let upto = cut.min(log.0.len());
        for definition in catalogue::ALL {
            for by in [None, Some(By::Span(Span::Day)), Some(By::Program)] {
                let asked = question(upto, by);
                let (then, now) = (log.fold(definition, upto), log.fold(definition, log.0.len()));
                prop_assert_eq!(tables(&then, definition, &asked), tables(&now, definition, &asked), "{}", definition.name);
            }
        }
    }

    #[test]
    fn rows_add_up_to_their_figures(log in logs()) {
        for definition in catalogue::ALL {
            for by in [None, Some(By::Span(Span::Week)), Some(By::Kind), Some(By::Hour)] {
                let asked = question(log.0.len(), by);
                let fold = log.fold(definition, log.0.len());
                let mut sums: BTreeMap<(String, String, String), i64> = BTreeMap::new();
                for row in rows::rows(definition, fold.ledger(), &asked).unwrap() {
                    *sums.entry((row.section.to_owned(), row.group, row.labels.join("|"))).or_default() += row.count;
                }
                let mut figures = counts(&tables(&fold, definition, &asked));
                figures.retain(|_, count| *count != 0);
                prop_assert_eq!(sums, figures, "{}", definition.name);
            }
        }
    }

    #[test]
    fn every_card_is_in_the_chat_or_stands_somewhere_with_a_state(log in logs()) {
        let definition = catalogue::find("delivery").unwrap();
        let fold = log.fold(definition, log.0.len());
        let counts = counts(&tables(&fold, definition, &question(log.0.len(), None)));
        let of = |line: &str| counts[&("funnel".to_owned(), String::new(), line.to_owned())];
        let elsewhere: i64 = counts.iter().filter(|(place, _)| place.0 == "standing").map(|(_, count)| count).sum();
        prop_assert_eq!(of("accepted"), of("delivered") + elsewhere);
        let stages = ["accepted", "queued", "attempted", "delivered", "seen", "acted"];
        for pair in stages.windows(2) {
            prop_assert!(of(pair[0]) >= of(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn each_change_of_a_figure_is_explained_by_the_events_between(log in logs(), cut in 0..200_usize) {
        let before = cut.min(log.0.len());
        let definition = catalogue::find("delivery").unwrap();
        let fold = log.fold(definition, log.0.len());
        let (then, now) = (question(before, None), question(log.0.len(), None));
        let (was, is) = (tables(&fold, definition, &then), tables(&fold, definition, &now));
        for (table, earlier) in is.iter().zip(&was) {
            for line in &table.groups[0].lines {
                let count = |lines: &[tally::Line]| lines.iter().find(|one| one.labels == line.labels).map_or(0, |one| {
                    match one.figures { Figures::Count { count, .. } => count, Figures::Hidden | Figures::Spread { .. } => 0 }
                });
                let changes = rows::changes_of(table.section, "", &line.labels, fold.ledger(), &now, Position(before as u64));
                let sum: i64 = changes.iter().map(|change| change.delta).sum();
                prop_assert_eq!(count(&table.groups[0].lines) - count(&earlier.groups[0].lines), sum);
            }
        }
    }
}

#[test]
fn groups_of_few_people_are_hidden_and_cannot_be_found_by_subtraction() {
    let mut log = Log::new();
    log.ask(0, Some("Large"), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    log.ask(1, Some("Middle"), &[10, 11, 12, 13, 14, 15]);
    log.ask(2, Some("Small"), &[16, 17]);
    let definition = catalogue::find("delivery").unwrap();
    let fold = log.fold(definition, log.0.len());
    let guarded = Question {
        small_groups: false,
        ..question(log.0.len(), Some(By::Program))
    };
    let funnel = &tables(&fold, definition, &guarded)[0];
    let hidden: Vec<(&str, bool)> = funnel
        .groups
        .iter()
        .map(|group| (&*group.name, group.hidden))
        .collect();
    // Two people would be the whole less the two others, so the next smallest is hidden with them.
    assert_eq!(hidden, [("Large", false), ("Middle", true), ("Small", true)]);
    let rows = rows::rows(definition, fold.ledger(), &guarded).unwrap();
    assert!(rows.iter().all(|row| row.group == "Large"));
    let programmes = catalogue::find("programmes").unwrap();
    let fold = log.fold(programmes, log.0.len());
    let whole = Question { by: None, ..guarded };
    let lines = &tables(&fold, programmes, &whole)[0].groups[0].lines;
    let shown: Vec<&str> = lines
        .iter()
        .filter(|line| line.figures != Figures::Hidden)
        .map(|line| &*line.labels[0])
        .collect();
    assert_eq!(shown, ["Large"]);
}

#[test]
fn a_person_whom_the_log_names_in_several_ways_is_one_of_few_people() {
    let mut log = Log::new();
    log.ask(0, Some("Large"), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    log.ask(1, Some("Small"), &[10, 11, 12]);
    for person in 10..13 {
        // From here on each of the three goes by a Teams user's key, and no longer by the member's id.
        log.happens(0, 1, person);
    }
    let definition = catalogue::find("delivery").unwrap();
    let fold = log.fold(definition, log.0.len());
    let guarded = Question {
        small_groups: false,
        ..question(log.0.len(), Some(By::Program))
    };
    for table in &tables(&fold, definition, &guarded) {
        let small = table.groups.iter().find(|group| group.name == "Small").unwrap();
        assert!(small.hidden, "{}: {small:?}", table.section.name);
    }
}

#[test]
fn empty_days_have_figures_and_the_day_without_an_hour_is_one_day() {
    let mut log = Log::new();
    // The first event is recorded an hour after the start: 2026-03-28 00:00 in Berlin.
    log.ask(0, None, &[0]);
    for _ in 0..70 {
        log.person(1, Disconnected { at: None });
    }
    log.ask(1, None, &[2]);
    let definition = catalogue::find("delivery").unwrap();
    let fold = log.fold(definition, log.0.len());
    let funnel = &tables(
        &fold,
        definition,
        &question(log.0.len(), Some(By::Span(Span::Day))),
    )[0];
    let accepted: Vec<(&str, Figures)> = funnel
        .groups
        .iter()
        .map(|group| (&*group.name, group.lines[0].figures.clone()))
        .collect();
    let count = |count| Figures::Count {
        count,
        of: Some(count),
    };
    assert_eq!(
        accepted,
        [
            ("2026-03-28", count(1)),
            ("2026-03-29", count(0)),
            ("2026-03-30", count(0)),
            ("2026-03-31", count(1)),
        ]
    );
}

#[test]
fn what_is_so_at_the_end_of_a_day_counts_what_came_before() {
    let mut log = Log::new();
    for person in 0..3 {
        log.happens(0, 0, person);
    }
    log.person(0, Disconnected { at: None });
    let definition = catalogue::find("reach").unwrap();
    let fold = log.fold(definition, log.0.len());
    let standing = &tables(&fold, definition, &question(log.0.len(), None))[0];
    // Nobody has the app, so nobody is connected or disconnected.
    assert!(
        standing.groups[0]
            .lines
            .iter()
            .all(|line| line.figures == Figures::Count { count: 0, of: None })
    );
}

#[test]
fn every_report_has_its_family_and_names_its_sections_once() {
    for definition in catalogue::ALL {
        assert!(
            Fold::new(definition, Filter::default()).is_some(),
            "{}",
            definition.name
        );
        assert!(
            definition.text.contains("rased"),
            "{} says nothing of erased people",
            definition.name
        );
        let names: std::collections::BTreeSet<&str> =
            definition.sections.iter().map(|section| section.name).collect();
        assert_eq!(names.len(), definition.sections.len());
    }
}

/// Every state that a card can be in, with each of its reasons.
fn every_state() -> Vec<super::card_state::CardState> {
    use super::card_state::CardState as State;
    use UnroutableReason as Nobody;
    use events::organization::SubjectState as Subject;
    use events::user::{DeferReason as Defer, MergeReason as Merge, SuppressedReason as Suppressed};

    let nobody = [
        Nobody::NoMapping,
        Nobody::Conflict,
        Nobody::Guest,
        Nobody::UnknownMember,
        Nobody::NoTenant,
        Nobody::Checking,
        Nobody::MemberRemoved,
        Nobody::Unlinked,
        Nobody::AppMissing,
    ];
    let deferred = [
        Defer::Paused,
        Defer::QuietHours,
        Defer::Digest,
        Defer::Scheduled,
        Defer::Profile,
        Defer::Conflict,
    ];
    let suppressed = [
        Suppressed::Disconnected,
        Suppressed::Uninstalled,
        Suppressed::Blocked,
        Suppressed::DisabledByAdmin,
        Suppressed::Duplicate,
        Suppressed::Erased,
        Suppressed::ContentErased,
        Suppressed::Paused,
        Suppressed::TopicOff,
        Suppressed::NotGoing,
        Suppressed::AlreadyAnswered,
        Suppressed::NothingLeft,
        Suppressed::Superseded,
        Suppressed::TenantOff,
        Suppressed::Unlinked,
    ];
    let subjects = [
        Subject::Accepted,
        Subject::Declined,
        Subject::Withdrawn,
        Subject::Expired,
        Subject::Open,
        Subject::Scheduled,
        Subject::Moved,
        Subject::Cancelled,
        Subject::Updated,
        Subject::Closed,
        Subject::Completed,
        Subject::Ending,
        Subject::Ended,
        Subject::Edited,
        Subject::Deleted,
        Subject::Failed,
    ];
    let seen = [
        SeenEvidence::Pressed,
        SeenEvidence::Reaction,
        SeenEvidence::ReadReceipt,
    ];
    let mut all = vec![
        State::Looking(None),
        State::Waiting,
        State::UnderWay,
        State::Delivered,
        State::Expired,
        State::SameSubject,
        State::Retrying("throttled".into()),
        State::Acted(super::card_state::AnswerWord("accepted")),
    ];
    all.extend(
        nobody
            .into_iter()
            .flat_map(|one| [State::Looking(Some(one)), State::Unroutable(one)]),
    );
    all.extend(deferred.into_iter().map(State::Deferred));
    all.extend(suppressed.into_iter().map(State::Suppressed));
    all.extend(subjects.into_iter().map(State::Withdrawn));
    all.extend(seen.into_iter().map(State::Seen));
    all.extend(
        [Merge::Thread, Merge::Digest, Merge::CatchUp]
            .into_iter()
            .map(State::Merged),
    );
    all.extend([true, false].map(|again| State::Unknown {
        reason: "timeout".into(),
        again,
    }));
    all.extend(every_refusal());
    all
}

fn every_refusal() -> [super::card_state::CardState; 3] {
    [
        RefusalClass::Permanent,
        RefusalClass::RecipientState,
        RefusalClass::Configuration,
    ]
    .map(|class| super::card_state::CardState::Refused {
        class,
        code: "X".into(),
    })
}

#[test]
fn every_state_has_a_sentence_of_its_own_and_a_rule() {
    use super::card_state::Outcome as O;

    let states = every_state();
    let mut told: Vec<&str> = Vec::new();
    for state in &states {
        let words = super::why::words(state);
        assert!(words.told.len() > 20 && words.rule.len() > 20, "{state:?}");
        let says = |begin: &str| words.told.starts_with(begin);
        let outcome = state.outcome();
        let right = match outcome {
            O::Delivered => says("Sent"),
            O::ShownElsewhere => says("Not sent by itself: "),
            O::Waiting => says("Waiting: "),
            O::UnderWay => says("Being sent: "),
            O::Unknown => says("Unknown: nobody knows"),
            O::Refused | O::NotSent => says("Not sent: "),
        };
        assert!(right, "{state:?}: {}", words.told);
        told.push(words.told);
    }
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), states.len(), "two states with one sentence");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_card_of_a_log_is_explained_by_what_came_before(log in logs()) {
        let mut reasons = super::why::Reasons::default();
        for recorded in &log.0 {
            reasons.see(recorded).unwrap();
        }
        for number in 0..4 {
            for person in 0..7 {
                let because = reasons.of(card(number, person)).unwrap();
                prop_assert!(!because.words.told.is_empty());
                prop_assert!(because.card.since.position.0 <= log.0.len() as u64);
                if let Some(shown) = because.shown_by {
                    prop_assert!(shown.position <= because.card.since.position);
                }
                let subject = SubjectRef::parse(format!("mentoring_request/{number}")).unwrap();
                let found = reasons.about(Some(&organization()), &format!("m-{person}"), &subject);
                prop_assert!(found.iter().any(|one| one.id == card(number, person)));
            }
        }
    }
}
