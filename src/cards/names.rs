//! Words for what the domain names: kinds of cards, commands, states, topics.

use actors::card::RecentState;
use events::organization::{CardKind, Topic};
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
        Command::Connect => text.help_connect(),
        Command::Disconnect => text.help_disconnect(),
        Command::Accept | Command::Decline => text.help_accept(),
    }
}

/// A kind of card in a word or two.
pub(super) fn kind_name(text: Texts, kind: CardKind) -> String {
    match kind {
        CardKind::MentoringRequest | CardKind::RequestReminder | CardKind::RequestOutcome => {
            text.kind_request()
        }
        CardKind::Connection | CardKind::ConnectionNotice => text.kind_connection(),
        CardKind::RecommendedMatch => text.kind_match(),
        CardKind::Meeting
        | CardKind::MeetingReminder
        | CardKind::MeetingNotice
        | CardKind::MeetingFollowUp => text.kind_meeting(),
        CardKind::ErgEvent | CardKind::ErgEventReminder | CardKind::ErgEventNotice => text.kind_event(),
        CardKind::Announcement => text.kind_announcement(),
        CardKind::Survey | CardKind::SurveyReminder => text.kind_survey(),
        CardKind::Message | CardKind::MessageNotice => text.kind_message(),
        CardKind::Task | CardKind::TaskReminder => text.kind_task(),
        CardKind::Plain => text.kind_news(),
        CardKind::Welcome | CardKind::WelcomeBack => text.kind_welcome(),
        CardKind::Digest | CardKind::CatchUp => text.kind_digest(),
        _ => text.kind_reply(),
    }
}

/// Why a person gets a card of this kind.
pub(super) fn why(text: Texts, kind: CardKind) -> String {
    match kind {
        CardKind::MentoringRequest | CardKind::RequestReminder => text.why_request(),
        CardKind::RequestOutcome => text.why_asker(),
        CardKind::Connection | CardKind::ConnectionNotice => text.why_connection(),
        CardKind::RecommendedMatch => text.why_match(),
        CardKind::Meeting
        | CardKind::MeetingReminder
        | CardKind::MeetingNotice
        | CardKind::MeetingFollowUp => text.why_meeting(),
        CardKind::ErgEvent | CardKind::ErgEventReminder | CardKind::ErgEventNotice => text.why_event(),
        CardKind::Announcement => text.why_announcement(),
        CardKind::Survey | CardKind::SurveyReminder => text.why_survey(),
        CardKind::Message => text.why_message(),
        CardKind::MessageNotice => text.why_writer(),
        CardKind::Task | CardKind::TaskReminder => text.why_task(),
        _ => text.why_plain(),
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
