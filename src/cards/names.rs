//! Words for what the domain names: kinds of cards, commands, states, topics.

use actors::card::RecentState;
use events::organization::{CardKind, Family, Role, Topic};
use events::user::{Command, TopicWay};

use super::text::Texts;

/// What a person types for a command, in their language.
pub(super) fn typed(text: Texts, command: Command) -> String {
    match command {
        Command::Help | Command::Unknown => text.word_help(),
        Command::Status => text.word_status(),
        Command::Pending => text.word_pending(),
        Command::Meetings => text.word_meetings(),
        Command::Events => text.word_events(),
        Command::Connections => text.word_connections(),
        Command::Message => text.word_message(),
        Command::Pause => text.word_pause(),
        Command::Resume => text.word_resume(),
        Command::Notifications => text.word_notifications(),
        Command::Quiet => text.word_quiet(),
        Command::Privacy => text.word_privacy(),
        Command::More => text.word_more(),
        Command::Connect => text.word_connect(),
        Command::Disconnect => text.word_disconnect(),
        Command::Accept => text.word_accept(),
        Command::Decline => text.word_decline(),
    }
}

/// What a command does.
pub(super) fn effect(text: Texts, command: Command) -> String {
    match command {
        Command::Help | Command::Unknown => text.help_help(),
        Command::Status => text.help_status(),
        Command::Pending => text.help_pending(),
        Command::Meetings => text.help_meetings(),
        Command::Events => text.help_events(),
        Command::Connections => text.help_connections(),
        Command::Message => text.help_message(),
        Command::Pause => text.help_pause(),
        Command::Resume => text.help_resume(),
        Command::Notifications => text.help_notifications(),
        Command::Quiet => text.help_quiet(),
        Command::Privacy => text.help_privacy(),
        Command::More => text.help_more(),
        Command::Connect => text.help_connect(),
        Command::Disconnect => text.help_disconnect(),
        Command::Accept | Command::Decline => text.help_accept(),
    }
}

/// A kind of card in a word or two.
pub(super) fn kind_name(text: Texts, kind: CardKind) -> String {
    match kind.family() {
        Family::Request => text.kind_request(),
        Family::Connection => text.kind_connection(),
        Family::Match => text.kind_match(),
        Family::Meeting => text.kind_meeting(),
        Family::ErgEvent => text.kind_event(),
        Family::Announcement => text.kind_announcement(),
        Family::Survey => text.kind_survey(),
        Family::Message => text.kind_message(),
        Family::Task => text.kind_task(),
        Family::News => text.kind_news(),
        Family::Greeting => text.kind_welcome(),
        Family::Summary => text.kind_digest(),
        Family::Reply => text.kind_reply(),
    }
}

/// Why a person gets a card of this kind.
pub(super) fn why(text: Texts, kind: CardKind) -> String {
    match kind.family() {
        Family::Request if kind.role() == Role::Outcome => text.why_asker(),
        Family::Request => text.why_request(),
        Family::Connection => text.why_connection(),
        Family::Match => text.why_match(),
        Family::Meeting => text.why_meeting(),
        Family::ErgEvent if kind.role() == Role::Outcome => text.why_organizer(),
        Family::ErgEvent => text.why_event(),
        Family::Announcement => text.why_announcement(),
        Family::Survey => text.why_survey(),
        Family::Message if kind.role() == Role::Notice => text.why_writer(),
        Family::Message => text.why_message(),
        Family::Task => text.why_task(),
        Family::News | Family::Greeting | Family::Summary | Family::Reply => text.why_plain(),
    }
}

/// A notification's state in a word.
pub(super) fn state_name(text: Texts, state: RecentState) -> String {
    match state {
        RecentState::Waiting => text.state_waiting(),
        RecentState::Sent => text.state_sent(),
        RecentState::Seen => text.state_seen(),
        RecentState::Answered => text.state_answered(),
        RecentState::NotSent => text.state_not_sent(),
        RecentState::Unknown => text.state_unknown(),
    }
}

/// What a person can switch; `None` for what is never switched.
pub(super) fn topic_name(text: Texts, topic: Topic) -> Option<String> {
    Some(match topic {
        Topic::Requests => text.topic_requests(),
        Topic::Meetings => text.topic_meetings(),
        Topic::Events => text.topic_events(),
        Topic::Announcements => text.topic_announcements(),
        Topic::Surveys => text.topic_surveys(),
        Topic::Messages => text.topic_messages(),
        Topic::Tasks => text.topic_tasks(),
        Topic::Connections => text.topic_connections(),
        Topic::Recommendations => text.topic_recommendations(),
        Topic::Chat => return None,
    })
}

/// How a topic's cards come.
pub(super) fn delivery_name(text: Texts, delivery: TopicWay) -> String {
    match delivery {
        TopicWay::On => text.delivery_on(),
        TopicWay::Digest => text.delivery_digest(),
        TopicWay::Off => text.delivery_off(),
    }
}
