//! Which chat is the person's own, and in which order news of it count.

use events::user::{Identity, Presence, Queue};
use proptest::prelude::*;

use super::*;

fn chat(id: &str, region: &str) -> ConversationRef {
    ConversationRef {
        conversation_id: ConversationId::parse(id).unwrap(),
        service_url: format!("https://smba.trafficmanager.net/{region}"),
        ..conversation()
    }
}

impl User {
    /// An activity of this place and time; seconds count from now.
    fn told(&mut self, what: What, place: ActivityChat, seconds: Option<i64>) -> Vec<UserEvent> {
        let at = seconds.map(|seconds| self.now + TimeDelta::seconds(seconds));
        let command = self.activity(what);
        let UserCommand::Receive(inbound) = command else {
            panic!("not an activity")
        };
        self.when_events(&UserCommand::Receive(Box::new(Inbound {
            chat: place,
            at,
            ..*inbound
        })))
    }

    fn own(&mut self, what: What, seconds: i64) -> Vec<UserEvent> {
        self.told(what, ActivityChat::Own(conversation()), Some(seconds))
    }

    fn url(&self) -> &str {
        &self.state.conversation.as_ref().unwrap().service_url
    }
}

const ADDED: What = What::Installed(InstallEvidence::InstallationUpdate);
const REMOVED: What = What::Uninstalled(UninstallEvidence::InstallationUpdate);

fn names(events: &[UserEvent]) -> Vec<&'static str> {
    events.iter().map(events::StoredEvent::type_name).collect()
}

#[test]
fn a_press_in_another_place_has_its_effect_and_moves_no_address() {
    let mut user = User::with_delivered_request(1);
    let before = user.state.conversation.clone();
    let press = What::Pressed {
        press: ACCEPT(1),
        on: None,
    };
    let facts = user.told(press, ActivityChat::Another, Some(0));
    assert_eq!(
        names(&facts),
        ["NotificationSeen", "RequestAccepted", "CardUpdateQueued"]
    );
    assert_eq!(user.state.conversation, before);
}

#[test]
fn what_happens_to_the_app_in_another_place_says_nothing_of_the_persons_chat() {
    let mut user = User::installed();
    user.now += TimeDelta::hours(1);
    for what in [REMOVED, ADDED, What::Upgraded, What::Contact] {
        assert!(user.told(what, ActivityChat::Another, Some(0)).is_empty());
    }
    let elsewhere = chat("a:elsewhere", "emea");
    for what in [REMOVED, ADDED, What::Upgraded, What::Contact] {
        assert!(
            user.told(what, ActivityChat::Unproven(elsewhere.clone()), Some(0))
                .is_empty()
        );
    }
    let mut stranger = User::new();
    for place in [ActivityChat::Another, ActivityChat::Unproven(elsewhere)] {
        assert!(stranger.told(ADDED, place, Some(0)).is_empty());
    }
    assert_eq!(stranger.state, UserState::default());
}

#[test]
fn a_chat_that_is_known_needs_no_proof_any_more() {
    let mut user = User::installed();
    let moved = chat("a:chat", "emea");
    user.told(What::Contact, ActivityChat::Unproven(moved), Some(1));
    assert_eq!(user.url(), "https://smba.trafficmanager.net/emea");
    user.told(REMOVED, ActivityChat::Unproven(chat("a:chat", "emea")), Some(2));
    assert!(!user.state.installed);
}

#[test]
fn a_removal_that_arrives_late_undoes_nothing_newer() {
    let newer: [fn() -> What; 6] = [
        || ADDED,
        || What::Upgraded,
        || typed(Command::Help),
        || What::Contact,
        || What::Reacted(ActivityId::parse("1700").unwrap()),
        || What::Installed(InstallEvidence::ConversationUpdate),
    ];
    for newer in newer {
        let mut user = User::new();
        user.own(ADDED, -60);
        user.own(newer(), 0);
        assert!(user.own(REMOVED, -30).is_empty());
        assert!(user.state.installed);
        assert_eq!(user.state.reachability, Reachability::Reachable);
        user.now += TimeDelta::seconds(1);
        assert!(!user.own(REMOVED, 0).is_empty(), "a removal after it counts");
    }
}

#[test]
fn what_happened_before_a_removal_brings_the_app_not_back() {
    for older in [ADDED, What::Upgraded, typed(Command::Unknown), What::Contact] {
        let mut user = User::installed();
        user.now += TimeDelta::hours(1);
        user.own(REMOVED, 0);
        let facts = names(&user.own(older, -30));
        assert!(!facts.contains(&"AppInstalled"), "{facts:?}");
        assert!(!facts.contains(&"ReachabilityChanged"), "{facts:?}");
        assert!(!user.state.installed);
        user.now += TimeDelta::seconds(1);
        user.own(ADDED, 0);
        assert!(user.state.installed);
    }
}

#[test]
fn a_command_that_arrives_late_is_obeyed_all_the_same() {
    let mut user = User::installed();
    user.own(What::Contact, 0);
    let facts = names(&user.own(typed(Command::Pause), -30));
    assert!(
        facts.contains(&"CommandReceived") && facts.contains(&"NotificationQueued"),
        "{facts:?}"
    );
}

#[test]
fn address_and_client_follow_the_newest_activity_and_late_words_fill_only_gaps() {
    let mut user = User::installed();
    user.now += TimeDelta::hours(1);
    let tell = |user: &mut User, region: &str, seconds, client: ClientObserved| {
        let at = user.now + TimeDelta::seconds(seconds);
        let UserCommand::Receive(inbound) = user.activity(What::Contact) else {
            panic!("not an activity")
        };
        user.when_events(&UserCommand::Receive(Box::new(Inbound {
            chat: ActivityChat::Own(chat("a:chat", region)),
            at: Some(at),
            client,
            ..*inbound
        })))
    };
    let in_zone = |zone: &str| ClientObserved {
        timezone: Some(zone.to_owned()),
        ..ClientObserved::default()
    };
    tell(&mut user, "emea", 0, in_zone("Europe/Lisbon"));
    let late = ClientObserved {
        locale: Some("pt-PT".to_owned()),
        ..in_zone("Asia/Tokyo")
    };
    tell(&mut user, "apac", -30, late);
    assert_eq!(user.url(), "https://smba.trafficmanager.net/emea");
    assert_eq!(user.state.client.timezone.as_deref(), Some("Europe/Lisbon"));
    assert_eq!(
        user.state.client.locale.as_deref(),
        Some("pt-PT"),
        "nobody told it yet"
    );
    user.now += TimeDelta::minutes(1);
    tell(&mut user, "apac", 0, in_zone("Asia/Tokyo"));
    assert_eq!(user.url(), "https://smba.trafficmanager.net/apac");
    assert_eq!(user.state.client.timezone.as_deref(), Some("Asia/Tokyo"));
}

#[test]
fn a_zone_that_nobody_knows_wipes_none_that_is_known_and_is_recorded_once() {
    let mut user = User::installed();
    let mut tell = |zone: Option<&str>| {
        user.now += TimeDelta::minutes(1);
        let UserCommand::Receive(inbound) = user.activity(What::Contact) else {
            panic!("not an activity")
        };
        let client = ClientObserved {
            timezone: zone.map(str::to_owned),
            ..ClientObserved::default()
        };
        let facts = user.when_events(&UserCommand::Receive(Box::new(Inbound { client, ..*inbound })));
        let observed = names(&facts).contains(&"ClientObserved");
        let state = &user.state;
        let unknown = state.client.unknown_timezone.clone();
        (
            observed,
            crate::user::quiet::zone(state).map(chrono_tz::Tz::name),
            unknown,
        )
    };
    let mars = || Some("Mars/X".to_owned());
    assert_eq!(tell(Some("Mars/X")), (true, None, None), "it is all there is");
    assert_eq!(
        tell(Some("America/New_York")),
        (true, Some("America/New_York"), None)
    );
    assert_eq!(tell(Some("Mars/X")), (true, Some("America/New_York"), mars()));
    assert_eq!(tell(Some("Mars/X")), (false, Some("America/New_York"), mars()));
    assert_eq!(tell(None), (false, Some("America/New_York"), mars()));
    assert_eq!(tell(Some("Asia/Tokyo")), (true, Some("Asia/Tokyo"), None));
}

#[test]
fn what_chronus_gives_replaces_what_it_names_and_an_unknown_zone_replaces_none_that_is_known() {
    let defaults = |locale: &str, zone: &str| ClientDefaultsChanged {
        locale: Some(locale.to_owned()).filter(|locale| !locale.is_empty()),
        timezone: Some(zone.to_owned()).filter(|zone| !zone.is_empty()),
        unknown_timezone: None,
    };
    let mut user = User::installed();
    let mut give = |number, given: ClientDefaultsChanged| {
        let mut route = route(number, CardKind::MentoringRequest);
        route.client_defaults = given;
        let changed = user.hears(route).contains(&"ClientDefaultsChanged");
        let known = &user.state.client_defaults;
        (changed, known.locale.clone(), known.timezone.clone())
    };
    let (de, fr, berlin) = (
        Some("de".to_owned()),
        Some("fr".to_owned()),
        Some("Europe/Berlin".to_owned()),
    );
    assert_eq!(
        give(1, defaults("de", "Europe/Berlin")),
        (true, de.clone(), berlin.clone())
    );
    assert_eq!(give(2, defaults("", "Mars/Olympus")), (true, de, berlin.clone()));
    assert_eq!(give(3, defaults("fr", "")), (true, fr.clone(), berlin.clone()));
    assert_eq!(give(4, ClientDefaultsChanged::default()), (false, fr, berlin));
}

#[test]
fn a_time_that_is_missing_or_has_not_come_is_the_time_of_receipt() {
    // A time in the future must not make everything that follows old news.
    let mut user = User::installed();
    user.own(What::Contact, 3_600 * 24 * 365);
    assert_eq!(user.state.chat_as_of, Some(user.now));
    user.now += TimeDelta::seconds(1);
    user.own(REMOVED, 0);
    assert!(!user.state.installed);

    let mut user = User::installed();
    user.now += TimeDelta::minutes(5);
    user.told(typed(Command::Help), ActivityChat::Own(conversation()), None);
    assert!(
        user.own(REMOVED, -30).is_empty(),
        "it is older than what came without a time"
    );
    user.told(REMOVED, ActivityChat::Own(conversation()), None);
    assert!(!user.state.installed);
}

#[test]
fn what_happened_at_the_same_moment_counts_in_the_order_of_arrival() {
    let mut user = User::installed();
    user.now += TimeDelta::minutes(5);
    user.own(What::Contact, 0);
    user.own(REMOVED, 0);
    assert!(!user.state.installed);
}

#[test]
fn a_late_install_is_no_second_return() {
    let mut user = User::installed();
    user.is_greeted();
    user.now += TimeDelta::days(1);
    user.own(REMOVED, -20);
    assert_eq!(names(&user.own(ADDED, -10)).last(), Some(&"NotificationQueued"));
    user.now += TimeDelta::minutes(10);
    assert!(user.own(ADDED, -650).is_empty(), "it was before the newest one");
    assert!(user.own(ADDED, -610).is_empty(), "it is told twice");
}

#[test]
fn whoever_is_first_met_by_an_upgrade_is_welcomed_and_nobody_twice() {
    let mut user = User::new();
    let greeted = |facts: &[UserEvent]| {
        facts.iter().find_map(|event| match event {
            UserEvent::Queue(Queue::Queued(card)) => Some(card.card),
            _ => None,
        })
    };
    assert_eq!(greeted(&user.own(What::Upgraded, 0)), Some(CardKind::Welcome));
    user.is_greeted();
    user.now += TimeDelta::days(1);
    assert_eq!(greeted(&user.own(What::Upgraded, 0)), None);
    user.own(REMOVED, 1);
    user.now += TimeDelta::days(1);
    assert_eq!(greeted(&user.own(What::Upgraded, 0)), Some(CardKind::WelcomeBack));

    let mut user = User::new();
    user.own(typed(Command::Help), 0);
    user.now += TimeDelta::days(1);
    assert_eq!(
        greeted(&user.own(What::Upgraded, 0)),
        Some(CardKind::Welcome),
        "never welcomed before"
    );
}

#[test]
fn a_refusal_is_no_activity_and_the_persons_next_word_is_newer() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    user.now += TimeDelta::minutes(5);
    for _ in 0..2 {
        user.is_sent(1, refused(403, "BotNotInConversationRoster"));
    }
    assert!(!user.state.installed);
    user.now += TimeDelta::seconds(1);
    let facts = names(&user.own(ADDED, -3));
    assert!(facts.contains(&"AppInstalled"), "{facts:?}");
}

proptest! {
    /// In whatever order Teams delivers, the newest activity decides whether the app is there, and where the chat is.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        kinds in proptest::collection::vec((0_u8..4, 0_u8..3), 1..8),
        order in Just(()).prop_perturb(|(), mut rng| std::iter::repeat_with(move || rng.next_u32()).take(8).collect::<Vec<_>>()),
    ) {
        let count = i64::try_from(kinds.len()).unwrap();
        let mut activities: Vec<(i64, u8, u8)> = (0_i64..).zip(&kinds).map(|(index, (kind, region))| (10 * (index - count), *kind, *region)).collect();
        let newest = *activities.last().unwrap();
        let mut keyed: Vec<_> = activities.drain(..).zip(order).collect();
        keyed.sort_by_key(|(_, key)| *key);
        let mut user = User::installed();
        user.now += TimeDelta::days(1);
        for ((seconds, kind, region), _) in keyed {
            let what = match kind {
                0 => ADDED,
                1 => REMOVED,
                2 => typed(Command::Help),
                _ => What::Contact,
            };
            let place = ActivityChat::Own(chat("a:chat", ["amer", "emea", "apac"][usize::from(region)]));
            user.told(what, place, Some(seconds));
        }
        let (_, kind, region) = newest;
        prop_assert_eq!(user.state.installed, kind != 1);
        if kind != 1 {
            prop_assert!(user.url().ends_with(["amer", "emea", "apac"][usize::from(region)]));
        }
    }
}

#[test]
fn an_install_that_is_heard_of_after_a_later_removal_is_old_news() {
    let mut user = User::new();
    let removed = user.own(REMOVED, -10);
    assert!(
        matches!(removed[..], [UserEvent::Presence(Presence::ActivityObserved(_))]),
        "{removed:?}"
    );
    let added = user.own(ADDED, -20);
    assert!(added.is_empty(), "{added:?}");
    assert!(!user.state.installed);
    let again = user.own(ADDED, 0);
    assert!(
        matches!(again[0], UserEvent::Presence(Presence::AppInstalled(_))),
        "{again:?}"
    );
}

#[test]
fn words_from_before_a_removal_have_nobody_looked_up_who_was_never_met() {
    let mut user = User::new();
    user.own(REMOVED, -10);
    let said = user.own(typed(Command::Status), -20);
    let looks_up = |event: &UserEvent| matches!(event, UserEvent::Identity(Identity::ProfileRequested(_)));
    assert!(!said.is_empty() && !said.iter().any(looks_up), "{said:?}");
}

#[test]
fn nothing_is_sent_to_a_chat_that_somebody_else_has_too() {
    let shared = || UserCommand::RequestProfile {
        because: events::user::ProfileCause::ChatShared,
        cause: EventId::derive(["shared"]),
    };
    let mut user = User::installed();
    user.is_greeted();
    assert_eq!(user.when(&shared()), ["AppUninstalled", "ReachabilityChanged"]);
    assert!(user.when(&shared()).is_empty(), "once");
    user.hears(route(1, CardKind::MentoringRequest));
    assert_eq!(user.begins(card(1)), ["NotificationSuppressed"]);
}

const A_MOMENT: TimeDelta = TimeDelta::milliseconds(1);

/// An activity with what the client and the organization say of the person.
fn with_client(
    user: &mut User,
    client: ClientObserved,
    defaults: ClientDefaultsChanged,
) -> Vec<&'static str> {
    let mut command = user.activity(typed(Command::Help));
    if let UserCommand::Receive(inbound) = &mut command {
        inbound.client = client;
        inbound.client_defaults = defaults;
    }
    user.when(&command)
}

#[test]
fn an_install_within_a_minute_of_the_known_one_is_the_same_and_a_later_one_is_another() {
    let again = |after: TimeDelta, evidence| {
        let mut user = User::installed();
        user.is_greeted();
        user.now += after;
        user.receives(What::Installed(evidence))
    };
    let minute = TimeDelta::minutes(1);
    let update = InstallEvidence::InstallationUpdate;
    assert!(again(minute - A_MOMENT, update).is_empty());
    assert_eq!(again(minute, update), ["AppInstalled", "NotificationQueued"]);
    assert!(again(minute, InstallEvidence::ConversationUpdate).is_empty());
}

#[test]
fn whoever_removes_the_app_cannot_be_reached() {
    let mut user = User::installed();
    let removed = What::Uninstalled(UninstallEvidence::InstallationUpdate);
    assert_eq!(user.receives(removed), ["AppUninstalled", "ReachabilityChanged"]);
    assert_eq!(user.state.reachability, Reachability::Uninstalled);
}

#[test]
fn whoever_shows_up_hastens_only_what_waits_for_their_chat() {
    let mut user = User::installed();
    user.is_greeted();
    user.hears(route(1, CardKind::Plain));
    let not_sent = SendResult::NotSent {
        reason: SendResult::NO_CONNECTION.into(),
        configuration: false,
    };
    user.is_sent(1, not_sent);
    assert!(user.receives(What::Contact).is_empty());

    let mut user = User::installed();
    user.is_greeted();
    user.hears(route(1, CardKind::Plain));
    user.is_sent(1, refused(404, "ConversationNotFound"));
    let Phase::Retry(at) = user.phase(1) else {
        panic!("{:?}", user.phase(1))
    };
    user.now = at;
    assert!(user.receives(What::Contact).is_empty(), "it is due by itself");
}

#[test]
fn what_the_organization_says_of_its_people_holds_as_long_as_the_client_tells_less() {
    let said = || ClientDefaultsChanged {
        locale: Some("de-DE".into()),
        timezone: Some("Europe/Berlin".into()),
        unknown_timezone: None,
    };
    let client = |locale: Option<&str>, timezone: Option<&str>| ClientObserved {
        locale: locale.map(str::to_owned),
        timezone: timezone.map(str::to_owned),
        ..ClientObserved::default()
    };
    for (known, assumed) in [
        (client(None, None), true),
        (client(Some("en-US"), None), true),
        (client(None, Some("America/New_York")), true),
        (client(Some("en-US"), Some("America/New_York")), false),
    ] {
        let mut user = User::installed();
        let events = with_client(&mut user, known.clone(), said());
        assert_eq!(
            events.contains(&"ClientDefaultsChanged"),
            assumed,
            "{known:?}: {events:?}"
        );
        let events = with_client(&mut user, known, said());
        assert!(!events.contains(&"ClientDefaultsChanged"), "once");
    }
}

#[test]
fn of_activities_that_ask_for_nothing_one_a_second_is_noted_and_of_others_each() {
    let noted = |what: fn() -> What, after: TimeDelta| {
        let mut user = User::installed();
        user.receives(typed(Command::Help));
        user.now += after;
        let command = user.activity(what());
        let events = user.when_events(&command);
        events
            .iter()
            .any(|event| events::StoredEvent::type_name(event) == "ActivityObserved")
    };
    let second = TimeDelta::seconds(1);
    assert!(!noted(|| What::Contact, second));
    assert!(noted(|| What::Contact, second + A_MOMENT));
    assert!(noted(|| typed(Command::Help), A_MOMENT));
}

#[test]
fn who_shows_up_with_an_incomplete_profile_is_looked_up_again_after_a_minute() {
    let asked = |after: TimeDelta| {
        let mut user = User::installed();
        user.when(&looked_up(None));
        user.now += after;
        user.receives(What::Contact).contains(&"ProfileRequested")
    };
    let minute = TimeDelta::minutes(1);
    assert!(!asked(minute - A_MOMENT));
    assert!(asked(minute));
}

#[test]
fn nobody_is_looked_up_who_was_never_met_or_is_forgotten() {
    let request = |user: &mut User| {
        user.when(&UserCommand::RequestProfile {
            because: events::user::ProfileCause::Linked,
            cause: EventId::derive(["cause"]),
        })
    };
    assert_eq!(request(&mut User::installed()), ["ProfileRequested"]);
    assert!(request(&mut User::new()).is_empty());
    let mut user = User::installed();
    user.when(&UserCommand::Erase {
        erasure_id: Uuid::from_u128(7),
        by: "admin".into(),
    });
    assert!(request(&mut user).is_empty());
    // Nor does anything but a new install bring them back.
    assert!(user.receives(What::Contact).is_empty());
    assert!(user.receives(typed(Command::Help)).is_empty());
    let added = What::Installed(InstallEvidence::InstallationUpdate);
    assert!(user.receives(added).contains(&"AppInstalled"));
}

#[test]
fn what_was_missed_comes_to_whoever_is_back_in_their_own_chat_and_was_away() {
    let missing = || {
        let mut user = User::installed();
        user.is_greeted();
        for number in [1, 2] {
            user.hears(route(number, CardKind::Plain));
        }
        user.is_sent(1, refused(403, "MessageWritesBlocked"));
        assert_eq!(user.begins(card(2)), ["NotificationSuppressed"]);
        user
    };
    let mut user = missing();
    let mut elsewhere = user.activity(What::Contact);
    if let UserCommand::Receive(inbound) = &mut elsewhere {
        inbound.chat = ActivityChat::Another;
    }
    assert!(user.when(&elsewhere).is_empty());
    let mut user = missing();
    assert!(user.receives(What::Contact).contains(&"NotificationQueued"));
    let mut user = missing();
    user.state.reachability = Reachability::Reachable;
    assert!(user.receives(What::Contact).is_empty());
}

#[test]
fn a_button_that_runs_a_command_is_answered_as_typed_while_the_tenant_is_off() {
    let mut user = User::installed();
    user.tenant_off = true;
    user.presses(press(1, Act::Run(Typed::plain(Command::Help))));
    assert_eq!(user.newest().card, CardKind::SwitchedOff);
}

#[test]
fn somebody_is_forgotten_once_and_only_who_was_met() {
    let erase = |user: &mut User, number| {
        user.when(&UserCommand::Erase {
            erasure_id: Uuid::from_u128(number),
            by: "admin".into(),
        })
    };
    assert!(erase(&mut User::new(), 1).is_empty());
    let mut user = User::installed();
    assert_eq!(erase(&mut user, 1), ["UserErased"]);
    assert!(erase(&mut user, 2).is_empty());
}

#[test]
fn that_somebody_can_be_reached_says_whether_an_install_or_an_activity_shows_it() {
    let evidence = |what: What| {
        let mut user = User::new();
        let command = user.activity(what);
        let events = user.when_events(&command);
        events.iter().find_map(|event| match event {
            UserEvent::Presence(Presence::ReachabilityChanged(event)) => Some(event.evidence.clone()),
            _ => None,
        })
    };
    assert_eq!(evidence(ADDED).as_deref(), Some("installation"));
    assert_eq!(evidence(What::Contact).as_deref(), Some("activity"));
}

#[test]
fn who_comes_back_after_an_erasure_is_greeted_as_somebody_new_and_nothing_of_before_is_touched() {
    let mut user = User::with_delivered_request(1);
    // A greeting that never left is of the time before.
    user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
    user.now += TimeDelta::hours(1);
    user.receives(What::Installed(InstallEvidence::InstallationUpdate));
    assert_eq!(
        user.when(&UserCommand::Erase {
            erasure_id: Uuid::from_u128(77),
            by: "ops".into()
        }),
        ["UserErased"]
    );
    user.now += TimeDelta::hours(1);
    assert!(
        user.receives(typed(Command::Help)).is_empty(),
        "words bring nobody back"
    );
    let command = user.activity(What::Installed(InstallEvidence::InstallationUpdate));
    let events = user.when_events(&command);
    let cards = events.iter().filter_map(|event| match event {
        UserEvent::Queue(Queue::Queued(queued)) => Some(queued.card),
        _ => None,
    });
    assert_eq!(cards.collect::<Vec<_>>(), [CardKind::Welcome]);
    let of_before = |event: &&UserEvent| matches!(event, UserEvent::Update(_) | UserEvent::Delivery(_));
    assert_eq!(events.iter().find(of_before), None);
    assert!(user.when(&command).is_empty(), "the same activity again");
}
