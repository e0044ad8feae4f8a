//! What holds for any history.

use events::StoredEvent as _;
use events::user::Answer;
use proptest::prelude::*;

use super::*;

fn any_command() -> impl Strategy<Value = UserCommand> {
    let number = 1_u32..5;
    prop_oneof![
        (any::<u8>(), what()).prop_map(|(key, what)| UserCommand::Receive(Box::new(Inbound {
            tenant_off: false,
            activity_key: Uuid::from_u128(u128::from(key)),
            at: None,
            chat: ActivityChat::Own(conversation()),
            client: ClientObserved::default(),
            app_version: None,
            client_defaults: ClientDefaultsChanged::default(),
            what,
        }))),
        number
            .clone()
            .prop_map(|n| UserCommand::Queue(Box::new(route(n, CardKind::MentoringRequest)))),
        number.clone().prop_map(|n| UserCommand::BeginSend {
            notification_id: card(n)
        }),
        number.clone().prop_map(|n| UserCommand::Interrupted {
            notification_id: card(n)
        }),
        (number.clone(), 1_u32..4, result()).prop_map(|(n, attempt, result)| UserCommand::FinishSend {
            notification_id: card(n),
            attempt,
            revision: 1,
            result
        }),
        (number, 1_u32..4).prop_map(|(n, revision)| UserCommand::FinishUpdate {
            notification_id: card(n),
            revision,
            abandoned: None
        }),
    ]
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        Just(What::Installed(InstallEvidence::InstallationUpdate)),
        Just(What::Uninstalled(UninstallEvidence::InstallationUpdate)),
        Just(typed(Command::Disconnect)),
        Just(typed(Command::Connect)),
        (1_u32..5).prop_map(|n| What::Pressed {
            press: ACCEPT(n),
            on: None
        }),
        (1_u32..5).prop_map(|n| What::Pressed {
            press: DECLINE(n),
            on: None
        }),
    ]
}

fn result() -> impl Strategy<Value = SendResult> {
    prop_oneof![
        Just(accepted()),
        Just(refused(429, "Throttled")),
        Just(refused(403, "BotNotInConversationRoster")),
        Just(SendResult::NoAnswer {
            reason: "timeout".into()
        }),
    ]
}

proptest! {
    /// A command that was just carried out decides to nothing when it comes again, a subject is answered at most
    /// once, and a replay of the stored form gives the live state.
    #[test]
    fn commands_are_idempotent_and_replay_equals_live(commands in proptest::collection::vec(any_command(), 1..60)) {
        let mut user = User::new();
        let mut stored = Vec::new();
        let mut answers = 0;
        for command in commands {
            user.now += TimeDelta::seconds(7);
            let decision = decide(&user.state, &command, user.now, &user.rules);
            for fact in decision.facts {
                let (time, correlation_id, causation_id) = (user.now, fact.correlation_id, fact.causation_id);
                let meta = Metadata { time, correlation_id, causation_id };
                user.state.apply(&fact.event, &meta);
                answers += usize::from(matches!(fact.event,
                    UserEvent::Answer(Answer::RequestAccepted(_) | Answer::RequestDeclined(_))));
                stored.push((fact.event.type_name(), fact.event.schema_version(), fact.event.to_json(), meta));
            }
            if !matches!(command, UserCommand::BeginSend { .. }) {
                let again = decide(&user.state, &command, user.now, &user.rules);
                prop_assert!(again.facts.is_empty(), "{command:?} had a second effect: {again:?}");
            }
        }
        prop_assert!(answers <= 1);
        let mut replayed = UserState::default();
        for (event_type, version, payload, meta) in stored {
            replayed.apply(&UserEvent::decode(event_type, version, &payload).unwrap(), &meta);
        }
        prop_assert_eq!(&replayed, &user.state);
        let snapshot: UserState = serde_json::from_slice(&serde_json::to_vec(&user.state).unwrap()).unwrap();
        prop_assert_eq!(snapshot, user.state);
    }
}
