//! Every English sentence that a card shows, in one place, so that another language is another file.
//!
//! What is inserted into a sentence is plain text; whoever builds the card knows whether the place reads Markdown.

use actors::card::RecentState;
use events::organization::{CardKind, SubjectState};

/// Headline where neither a title nor a type gives one.
pub(super) const FALLBACK_HEADLINE: &str = "News from Chronus";

pub(super) const HELP: &str = "Help";
pub(super) const STATUS: &str = "Status";
pub(super) const CONNECT: &str = "Connect";

// ------------------------------------------------------------------ the chat's own cards

pub(super) const WELCOME: &str = "Welcome to Chronus in Teams";
pub(super) const WELCOME_WHY: &str = "You get this because you, or an administrator of your organization, added the Chronus app to your Teams.";
pub(super) const WELCOME_WHAT: [&str; 3] = [
    "Mentoring requests and programme news reach you here, as cards.",
    "Answer a request with one press, without leaving Teams.",
    "Cards stay current: when something changes, the card shows it.",
];
pub(super) const WELCOME_SEES: &str =
    "**What it can see:** your name, your email address and this chat. Nothing else.";
pub(super) const WELCOME_BACK: &str = "Welcome back";
pub(super) const HOW_TO_STOP: &str = "You can stop at any time: type **disconnect**.";

pub(super) const HELP_TITLE: &str = "What you can type here";
pub(super) const HELP_INTRO: &str = "Chronus sends you mentoring requests and programme news in this chat. You can answer on the cards, or type one of these:";
/// Command and effect, for the commands there are.
pub(super) const COMMANDS: [(&str, &str); 4] = [
    ("help", "Shows this list"),
    (
        "status",
        "Shows how you are connected, what waits for you and what was sent",
    ),
    ("connect", "Turns notifications on"),
    (
        "disconnect",
        "Turns notifications off; *connect* turns them on again",
    ),
];

pub(super) const STATUS_TITLE: &str = "How things stand";
pub(super) const NO_RECENT: &str = "No notifications so far.";

pub(super) const CONNECTED: &str = "You are connected";
pub(super) const CONNECTED_WHAT: &str = "Notifications from Chronus reach you here from now on.";

pub(super) const DISCONNECTED: &str = "You are disconnected";
pub(super) const DISCONNECTED_STOPS: &str =
    "**What stops:** Chronus sends no more notifications to this chat, and those that waited are not sent.";
pub(super) const DISCONNECTED_STAYS: &str =
    "**What stays:** the cards above, your answers, and everything in Chronus itself, its emails included.";
pub(super) const DISCONNECTED_BACK: &str =
    "**To come back:** press Connect, or type **connect** at any time.";

pub(super) const NOT_UNDERSTOOD: &str = "Here is what I can do";
pub(super) const NOT_UNDERSTOOD_WHAT: &str = "I only know a few commands, and what you wrote is none of them. I did not keep your message. Try one of these:";

pub(super) const STALE: &str = "This button no longer works";
pub(super) const STALE_WHAT: &str = "The card has changed since, or it belongs to another chat. Nothing was changed by your press. Your open requests are under Status.";

/// Notifications that were left out while the person was away. `None` where nothing was.
pub(super) fn missed(count: u32) -> Option<String> {
    match count {
        0 => None,
        1 => {
            Some("One notification was not sent while you were away. You can find it in Chronus.".to_owned())
        }
        n => Some(format!(
            "{n} notifications were not sent while you were away. You can find them in Chronus."
        )),
    }
}

// ------------------------------------------------------------------ how the person is matched

pub(super) fn hello(name: &str) -> String {
    format!("Hello {name}.")
}

pub(super) const CONNECTED_AS: &str = "Connected as ";
pub(super) const CONNECTED_PLAIN: &str = "Connected to Chronus";
pub(super) const NOTIFICATIONS_OFF: &str = "Notifications are off. Type **connect** to turn them on.";
pub(super) const NOT_MATCHED: &str = "Ready: Chronus has not written to this address yet";
pub(super) const NOT_MATCHED_FIX: &str = "Your first notification connects you. If you expect one and none comes, check that your profile in \
    Chronus has this address, or ask your programme's administrator to add it.";
pub(super) const PENDING: &str = "Connecting";
pub(super) const PENDING_FIX: &str = "We are finding your profile in Chronus. You need do nothing.";
pub(super) const GUEST: &str = "Not connected: you are a guest here";
pub(super) const GUEST_FIX: &str = "Guests of an organization are not matched to Chronus. Use the Chronus app in your own organization's Teams, or Chronus on the web.";
pub(super) const NO_ADDRESS: &str = "Not connected: Teams did not tell us your address";
pub(super) const NO_ADDRESS_FIX: &str = "Ask your Microsoft 365 administrator whether your account has an email address, then type **status** here.";

// ------------------------------------------------------------------ status

pub(super) const CONNECTED_SINCE: &str = "Connected since";
pub(super) const OFF_SINCE: &str = "Off since";
pub(super) const LABEL_OPEN: &str = "Waiting for you";

/// How many requests wait, and for how long the oldest.
pub(super) fn open_requests(count: u32, oldest: Option<&str>) -> String {
    let requests = match count {
        0 => return "No open mentoring requests".to_owned(),
        1 => "1 mentoring request".to_owned(),
        n => format!("{n} mentoring requests"),
    };
    match (oldest, count) {
        (None, _) => requests,
        (Some(age), 1) => format!("{requests}, for {age}"),
        (Some(age), _) => format!("{requests}, the oldest for {age}"),
    }
}

/// Above the newest notifications, whose times follow without a zone.
pub(super) fn recent_title(zone: &str) -> String {
    format!("Latest notifications (times in {zone})")
}

/// A card in a word or two.
pub(super) fn card_name(card: CardKind) -> &'static str {
    match card {
        CardKind::MentoringRequest => "Mentoring request",
        CardKind::Welcome | CardKind::WelcomeBack => "Welcome",
        CardKind::Help
        | CardKind::Status
        | CardKind::Connected
        | CardKind::Disconnected
        | CardKind::NotUnderstood
        | CardKind::StaleAction => "Reply",
        _ => "News",
    }
}

/// A notification's state in a word.
pub(super) fn state_name(state: RecentState) -> &'static str {
    match state {
        RecentState::Waiting => "Waiting",
        RecentState::Sent => "Sent",
        RecentState::Seen => "Seen",
        RecentState::Answered => "Answered",
        RecentState::NotSent => "Not sent",
        RecentState::Unknown => "Perhaps sent",
    }
}

// ------------------------------------------------------------------ mentoring request

pub(super) const REQUEST: &str = "Mentoring request";
pub(super) const REQUEST_TOAST: &str = "New mentoring request";
pub(super) const SOMEBODY: &str = "Somebody";
pub(super) const DEFAULT_ROLE: &str = "mentor";
pub(super) const LABEL_GOALS: &str = "Goals";
pub(super) const LABEL_TIME: &str = "Expected time";
pub(super) const LABEL_ANSWER_BY: &str = "Please answer by";
pub(super) const SHOW_MORE: &str = "Show all";
pub(super) const SHOW_LESS: &str = "Show less";
pub(super) const ACCEPT: &str = "Accept";
pub(super) const DECLINE: &str = "Decline…";
pub(super) const DECLINE_NOW: &str = "Decline request";
pub(super) const DECLINE_REASON: &str = "Reason (optional)";
pub(super) const DECLINE_NOTE: &str = "Note (optional)";
pub(super) const DECLINE_HINT: &str = "Your reason and note are handed to Chronus with your answer.";
pub(super) const VIEW_PROFILE: &str = "View profile";
pub(super) const OPEN_IN_CHRONUS: &str = "Open in Chronus";
pub(super) const REQUEST_WHY: &str =
    "You get this because the request is addressed to you. Type **disconnect** to stop.";
pub(super) const SHORTENED: &str = "This text was shortened. The whole of it is in Chronus.";

/// The headline of an open request.
pub(super) fn asks(name: &str, role: &str) -> String {
    format!("{name} asks you to be their {role}")
}

/// The headline of a request that ended.
pub(super) fn request_ended(name: &str) -> String {
    format!("Request from {name}")
}

/// Toast of a request that ended.
pub(super) fn ended_toast(state: SubjectState) -> &'static str {
    match state {
        SubjectState::Accepted => "Mentoring request accepted",
        SubjectState::Declined => "Mentoring request declined",
        SubjectState::Withdrawn => "Mentoring request withdrawn",
        SubjectState::Expired => "Mentoring request expired",
        _ => REQUEST_TOAST,
    }
}

/// How a subject ended, with a sign that needs no colour.
pub(super) fn ended(state: SubjectState, here: bool, at: &str) -> String {
    match (state, here) {
        (SubjectState::Accepted, true) => format!("✓ You accepted this here · {at}"),
        (SubjectState::Accepted, false) => format!("✓ Accepted in Chronus · {at}"),
        (SubjectState::Declined, true) => format!("✕ You declined this here · {at}"),
        (SubjectState::Declined, false) => format!("✕ Declined in Chronus · {at}"),
        (SubjectState::Withdrawn, _) => format!("Withdrawn · {at}"),
        (SubjectState::Expired, _) => format!("Expired · {at}"),
        _ => format!("Changed · {at}"),
    }
}

/// What comes after a request that ended.
pub(super) fn next_step(state: SubjectState, name: Option<&str>) -> String {
    let whom = name.unwrap_or("the person who asked");
    match state {
        SubjectState::Accepted => {
            format!("Chronus tells {whom}. Next: say hello and agree on a first meeting in Chronus.")
        }
        SubjectState::Declined => format!("Chronus tells {whom}. There is nothing more to do."),
        SubjectState::Withdrawn => {
            "The request was taken back, so there is nothing to answer any more.".to_owned()
        }
        SubjectState::Expired => {
            "The time to answer is over. If you still want to help, look for the request in Chronus."
                .to_owned()
        }
        _ => String::new(),
    }
}

// ------------------------------------------------------------------ plain card

pub(super) const PLAIN_WHY: &str =
    "You get this because you are connected to Chronus. Type disconnect to stop.";

/// What a toast says of a plain card: the kind of thing, never its title, which may name people.
pub(super) fn plain_toast(event_type: &str) -> &'static str {
    let subject = event_type
        .strip_prefix("com.chronus.")
        .and_then(|rest| rest.split('.').next());
    match subject.unwrap_or_default() {
        "announcement" => "New announcement",
        "connection" => "News about your mentoring connection",
        "erg_event" => "News about an event",
        "meeting" => "News about a meeting",
        "mentoring_request" => "News about a mentoring request",
        "message" => "New message",
        "recommended_match" => "New recommended match",
        "survey" => "New survey",
        "task" => "News about a task",
        _ => "New notification from Chronus",
    }
}

/// A button that leaves Teams: what it opens and where.
pub(super) fn open_at(label: Option<&str>, host: &str) -> String {
    format!("{} ({host})", label.unwrap_or("Open"))
}

/// Where the link behind a button leads, for phones, which show no tooltip.
pub(super) fn leads_to(button: &str, host: &str) -> String {
    format!("{button}: {host}")
}

/// What a pointer over a link shows.
pub(super) fn opens(host: &str) -> String {
    format!("Opens {host} in the browser")
}
