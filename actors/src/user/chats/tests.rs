//! A chat that is another person's is nobody else's address.

use std::sync::Arc;

use chrono::DateTime;
use events::store::memory::MemoryStore;
use events::user::{ClientDefaultsChanged, ClientObserved, InstallEvidence, UninstallEvidence};
use events::{ActivityId, ManualClock};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::*;
use crate::action::{Act, Typed};
use crate::settings::{ActorSettings, Rules};
use crate::user::asking::Asked;
use crate::user::command::{Inbound, Press, PressInput};

/// The chat `a:taken` is Bob's.
#[derive(Debug)]
struct Known;

impl KnownChats for Known {
    fn others(&self, _: UserKey, chat: ConversationId) -> BoxFuture<'_, Result<Option<UserKey>, PortError>> {
        let taken = chat.as_str().ends_with("taken");
        Box::pin(std::future::ready(Ok(taken.then(|| user("bob")))))
    }
}

fn user(name: &str) -> UserKey {
    UserKey::parse(format!("t/{name}")).unwrap()
}

fn chat(id: &str) -> ConversationRef {
    ConversationRef {
        conversation_id: ConversationId::parse(id).unwrap(),
        service_url: "https://smba.trafficmanager.net/amer".into(),
        teams_user_id: "29:ada".into(),
        bot_id: "28:bot".into(),
    }
}

fn activity(chat: ActivityChat, what: What) -> UserCommand {
    UserCommand::Receive(Box::new(Inbound {
        activity_key: Uuid::nil(),
        at: None,
        chat,
        client: ClientObserved::default(),
        app_version: None,
        client_defaults: ClientDefaultsChanged::default(),
        tenant_off: false,
        what,
    }))
}

/// The commands as they are obeyed.
fn obeyed(state: &UserState, commands: &[UserCommand]) -> Vec<UserCommand> {
    let deps = Deps {
        store: Arc::new(MemoryStore::new()),
        clock: Arc::new(ManualClock::at(DateTime::UNIX_EPOCH)),
        rules: Arc::new(Rules::default()),
        settings: Arc::new(ActorSettings::default()),
        chats: Arc::new(Known),
    };
    let requests = [Request {
        commands: commands.to_vec().into(),
        asker: Arc::new(Asked::new(commands[0].clone())),
        span: tracing::Span::none(),
    }];
    let ada = user("ada");
    let asked = without_others(&ada, &deps, state, &requests);
    let changed = asked.now_or_never().unwrap().unwrap();
    changed.map_or_else(|| commands.to_vec(), |changed| changed[0].commands.to_vec())
}

#[test]
fn whose_chat_it_is_is_asked_where_its_id_does_not_name_the_person() {
    let is_anothers = |id: &str| {
        let id = ConversationId::parse(id).unwrap();
        let (ada, known) = (user("ada"), Known);
        is_anothers(&known, &ada, &id).now_or_never().unwrap().unwrap()
    };
    assert!(is_anothers("a:taken"));
    assert!(!is_anothers("a:own"));
    assert!(!is_anothers("19:ada_taken"), "such an id names the person");
}

#[test]
fn an_activity_in_another_persons_chat_counts_as_one_from_another_place() {
    let state = UserState::default();
    let own = || ActivityChat::Own(chat("a:own"));
    let taken = || ActivityChat::Own(chat("a:taken"));
    let pressed = || What::Pressed {
        press: Press {
            on: None,
            revision: None,
            subject: None,
            line: None,
            act: Act::Refresh,
            input: PressInput::default(),
        },
        on: None,
    };
    let message = || ActivityId::parse("1700").unwrap();
    let words = || What::Typed(Typed::plain(events::user::Command::Help));
    for (what, left) in [
        (pressed(), pressed()),
        (What::Contact, What::Contact),
        (
            What::Installed(InstallEvidence::InstallationUpdate),
            What::Contact,
        ),
        (What::Upgraded, What::Contact),
        (
            What::Uninstalled(UninstallEvidence::InstallationUpdate),
            What::Contact,
        ),
        (words(), What::Contact),
        (What::Reacted(message()), What::Contact),
        (What::ReadUpTo(message()), What::Contact),
    ] {
        let given = [activity(own(), what.clone()), activity(taken(), what.clone())];
        let obeyed = obeyed(&state, &given);
        assert_eq!(obeyed[0], given[0], "{what:?}");
        assert_eq!(obeyed[1], activity(ActivityChat::Another, left), "{what:?}");
    }
}

#[test]
fn the_chat_that_is_known_is_not_asked_about_again_while_the_app_is_there() {
    let mut state = UserState {
        conversation: Some(chat("a:taken")),
        installed: true,
        ..UserState::default()
    };
    let given = [activity(ActivityChat::Own(chat("a:taken")), What::Contact)];
    assert_eq!(obeyed(&state, &given), given);
    state.installed = false;
    assert_eq!(
        obeyed(&state, &given),
        [activity(ActivityChat::Another, What::Contact)]
    );
    state.installed = true;
    state.conversation = Some(chat("a:own"));
    assert_eq!(
        obeyed(&state, &given),
        [activity(ActivityChat::Another, What::Contact)]
    );
    let unproven = [activity(ActivityChat::Unproven(chat("a:taken")), What::Contact)];
    assert_eq!(
        obeyed(&state, &unproven),
        unproven,
        "it would not become the address"
    );
}
