//! Every sentence that a card shows, in the reader's language. The sentences stand in `src/cards/locales`; here is one
//! method for each, so that a wrong name or argument does not compile. Tests compare this list with the files.

mod catalogue;

use self::catalogue::Arg;
use super::language::Language;

/// The texts of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Texts {
    language: Language,
    markdown: bool,
}

impl Texts {
    /// Texts for places that show them as they are: text runs, buttons, labels, toasts.
    pub(super) fn of(language: Language) -> Self {
        Self {
            language,
            markdown: false,
        }
    }

    /// The same texts for places that read Markdown: what is inserted into them is escaped.
    pub(super) fn markdown(self) -> Self {
        Self {
            markdown: true,
            ..self
        }
    }

    /// Which language it is.
    pub(super) fn language(self) -> Language {
        self.language
    }
}

macro_rules! kind_of {
    (words) => {
        &str
    };
    (ours) => {
        &str
    };
    (count) => {
        u32
    };
}

macro_rules! given {
    (words, $value:expr) => {
        Arg::Words($value)
    };
    (ours, $value:expr) => {
        Arg::Ours($value)
    };
    (count, $value:expr) => {
        Arg::Count($value)
    };
}

/// One method for each message: its name is the key, its parameters are the message's variables. `words` come from
/// outside, `ours` are texts of this list or of [`super::time`], `count` is a number that may choose a plural form.
macro_rules! messages {
    ($($key:ident $(( $($variable:ident : $kind:ident),+ ))? ;)+) => {
        impl Texts {
            $(
                pub(super) fn $key(self $($(, $variable: kind_of!($kind))+)?) -> String {
                    let args: &[(&'static str, Arg<'_>)] = &[$($((stringify!($variable), given!($kind, $variable))),+)?];
                    catalogue::format(self.language, self.markdown, stringify!($key), args)
                }
            )+
        }

        /// Every message: its key and its variables.
        #[cfg(test)]
        const MESSAGES: &[(&str, &[(&str, Arg<'static>)])] = &[
            $((stringify!($key), &[$($((stringify!($variable), sample!($kind))),+)?])),+
        ];
    };
}

#[cfg(test)]
macro_rules! sample {
    (words) => {
        Arg::Words("Priya")
    };
    (ours) => {
        Arg::Ours("Fri 4 Dec")
    };
    (count) => {
        Arg::Count(3)
    };
}

messages! {
    // Words that can be typed.
    word_help;
    word_status;
    word_pending;
    word_meetings;
    word_events;
    word_connections;
    word_message;
    word_pause;
    word_resume;
    word_notifications;
    word_quiet;
    word_privacy;
    word_connect;
    word_disconnect;
    word_accept;
    word_decline;
    // Times.
    weekday(day: count);
    month(month: count);
    date(weekday: ours, day: count, month: ours, year: count);
    date_short(weekday: ours, day: count, month: ours);
    date_time(date: ours, time: ours);
    in_zone(time: ours, zone: words);
    span(from: ours, to: ours);
    age_days(count: count);
    age_hours(count: count);
    // What a card is about.
    kind_request;
    kind_connection;
    kind_match;
    kind_meeting;
    kind_event;
    kind_announcement;
    kind_survey;
    kind_message;
    kind_task;
    kind_news;
    kind_welcome;
    kind_digest;
    kind_reply;
    fallback_headline;
    somebody;
    your_partner;
    role_mentor;
    role_mentee;
    // Toasts: shown on lock screens, so they name nobody.
    toast_request;
    toast_request_reminder;
    toast_request_accepted;
    toast_request_declined;
    toast_request_withdrawn;
    toast_request_expired;
    toast_connection;
    toast_match;
    toast_meeting;
    toast_meeting_scheduled;
    toast_meeting_moved;
    toast_meeting_cancelled;
    toast_meeting_reminder;
    toast_meeting_soon;
    toast_meeting_follow_up;
    toast_event;
    toast_event_updated;
    toast_event_cancelled;
    toast_event_reminder;
    toast_announcement;
    toast_survey;
    toast_survey_reminder;
    toast_survey_closed;
    toast_message;
    toast_message_failed;
    toast_task;
    toast_task_reminder;
    toast_task_done;
    toast_ended;
    toast_paused;
    toast_news;
    toast_news_request;
    toast_news_meeting;
    toast_news_event;
    toast_news_task;
    // Why a card came, and how to get fewer.
    why_request;
    why_asker;
    why_connection;
    why_match;
    why_meeting;
    why_event;
    why_announcement;
    why_survey;
    why_message;
    why_writer;
    why_task;
    why_plain;
    fewer;
    press_fewer;
    // Labels and buttons of many cards.
    label_goals;
    label_time;
    label_answer_by;
    label_waiting;
    label_next_meeting;
    label_paused;
    label_quiet;
    label_why_matched;
    label_places;
    label_role;
    label_their_role;
    label_from;
    label_until;
    label_next_step;
    label_when;
    label_before;
    label_now;
    label_where;
    label_with;
    label_topic;
    label_host;
    label_group;
    label_seats;
    label_reason;
    label_due;
    label_changed_by;
    label_cancelled_by;
    label_new_date;
    label_for;
    label_context;
    label_attachments;
    press_help;
    press_status;
    press_settings;
    press_connect;
    press_pending;
    press_accept;
    press_decline;
    press_decline_now;
    press_view_profile;
    press_open;
    press_open_in_chronus;
    press_show_more;
    press_show_less;
    press_join;
    press_calendar;
    press_say_hello;
    shortened;
    open_at(label: words, host: words);
    leads_to(label: words, host: words);
    opens(host: words);
    note_optional;
    input_required;
    used_of(used: count, total: count);
    image_of(title: words);
    // Welcome and connection with Chronus.
    welcome;
    welcome_why;
    welcome_requests;
    welcome_answer;
    welcome_current;
    welcome_sees;
    welcome_back;
    how_to_stop;
    hello(name: words);
    missed(count: count);
    connected_as(address: words);
    connected_plain;
    notifications_off;
    not_matched;
    not_matched_fix;
    connecting;
    connecting_fix;
    guest;
    guest_fix;
    no_address;
    no_address_fix;
    connected;
    connected_what;
    disconnected;
    disconnected_stops;
    disconnected_stays;
    disconnected_back;
    disconnect_ask;
    disconnect_stops;
    disconnect_stays;
    disconnect_instead;
    press_disconnect;
    press_pause_instead;
    // Help.
    help_title;
    help_intro;
    help_help;
    help_status;
    help_pending;
    help_meetings;
    help_events;
    help_connections;
    help_message;
    help_accept;
    help_pause;
    help_resume;
    help_notifications;
    help_quiet;
    help_privacy;
    help_connect;
    help_disconnect;
    help_message_example;
    help_accept_example;
    help_pause_example;
    help_quiet_example;
    not_understood;
    not_understood_near;
    stale;
    stale_what;
    // Status.
    status;
    connected_since;
    off_since;
    open_requests(count: count);
    open_requests_one_for(age: ours);
    open_requests_oldest(requests: ours, age: ours);
    pending_others(count: count);
    pending_with_others(requests: ours, others: ours);
    recent_title(zone: words);
    no_recent;
    state_waiting;
    state_sent;
    state_seen;
    state_answered;
    state_not_sent;
    state_unknown;
    // Mentoring request.
    request_asks(name: words, role: words);
    request_from(name: words);
    request_reminder(name: words);
    request_reminder_what;
    decline_reason;
    decline_hint;
    decline_no_capacity;
    decline_not_a_fit;
    decline_timing;
    decline_other;
    decline_ask;
    accepted_here(at: ours);
    accepted_elsewhere(at: ours);
    declined_here(at: ours);
    declined_elsewhere(at: ours);
    withdrawn(at: ours);
    expired(at: ours);
    ended(at: ours);
    request_next_accepted(name: words);
    request_next_declined(name: words);
    request_next_withdrawn;
    request_next_withdrawn_late;
    request_next_expired;
    the_asker;
    outcome_accepted(name: words);
    outcome_accepted_next;
    outcome_declined(name: words);
    outcome_declined_next;
    outcome_withdrawn(name: words);
    outcome_withdrawn_next;
    outcome_expired(name: words);
    outcome_expired_next;
    their_words;
    // Connection.
    connection_started(name: words);
    connection_started_next;
    connection_ending(name: words);
    connection_ending_next;
    connection_ended(name: words);
    connection_ended_next;
    press_feedback;
    // Recommended match.
    match_title(name: words);
    match_reasons(name: words);
    press_match_request;
    press_match_send;
    match_message(name: words);
    match_message_hint;
    press_match_dismiss;
    match_requested(at: ours);
    match_requested_next(name: words);
    match_dismissed(at: ours);
    match_dismissed_next;
    match_withdrawn(at: ours);
    match_withdrawn_next;
    // Meeting.
    meeting_asks(name: words);
    meeting_with(name: words);
    meeting_slots(zone: words);
    slot_both_free(time: ours);
    press_slot_accept;
    press_slot_propose;
    press_slot_propose_now;
    press_meeting_decline;
    press_meeting_decline_now;
    propose_date;
    propose_time(zone: words);
    propose_hint(name: words);
    meeting_accepted(at: ours);
    meeting_slot_chosen(time: ours);
    meeting_accepted_next(name: words);
    meeting_declined(at: ours);
    meeting_declined_next(name: words);
    meeting_proposed(time: ours);
    meeting_proposed_next(name: words);
    meeting_confirmed;
    meeting_moved;
    meeting_cancelled(at: ours);
    meeting_cancelled_next;
    meeting_expired_next;
    meeting_notice_moved(title: words);
    meeting_notice_cancelled(title: words);
    meeting_reminder_day(title: words);
    meeting_reminder_soon(title: words);
    meeting_follow_up;
    meeting_follow_up_what;
    press_held_yes;
    press_held_no;
    meeting_held(at: ours);
    meeting_held_next;
    meeting_not_held(at: ours);
    meeting_not_held_next;
    // ERG event.
    event_invited;
    event_updated;
    event_cancelled;
    event_cancelled_next;
    event_going_count(count: count);
    event_full;
    press_going;
    press_maybe;
    press_not_going;
    press_other_events;
    press_change_answer;
    press_new_date;
    event_answer_going;
    event_answer_maybe;
    event_answer_not_going;
    event_notice_updated(title: words);
    event_notice_cancelled(title: words);
    event_reminder(title: words);
    event_online;
    // Announcement.
    press_acknowledge;
    announcement_acknowledged(at: ours);
    announcement_withdrawn(at: ours);
    // Survey.
    survey_title;
    survey_minutes(count: count);
    survey_anonymous;
    survey_named;
    survey_progress(current: count, total: count);
    survey_resumed(count: count);
    survey_rating_end(number: count, label: words);
    press_next;
    press_back;
    press_skip;
    press_submit;
    survey_review;
    survey_review_what(count: count, total: count);
    survey_thanks(at: ours);
    survey_thanks_what;
    survey_closed(at: ours);
    survey_closed_what;
    survey_reminder;
    survey_long;
    press_survey;
    // Message.
    message_from(name: words);
    message_in_group(name: words, group: words);
    message_several(count: count, name: words);
    message_group_several(count: count, group: words);
    message_reply;
    message_reply_hint(name: words);
    message_reply_group_hint(group: words);
    press_reply;
    message_edited;
    message_deleted;
    message_replied(at: ours);
    message_replied_more(count: count, at: ours);
    message_reply_failed(at: ours);
    message_reply_failed_what;
    message_failed(name: words);
    message_failed_what(name: words);
    // Task.
    task_due_soon;
    press_complete;
    task_done(at: ours);
    task_withdrawn(at: ours);
    // Lists.
    list_pending;
    list_pending_none;
    list_meetings;
    list_meetings_none;
    list_events;
    list_events_none;
    list_connections;
    list_connections_none;
    list_catch_up;
    list_catch_up_what;
    list_catch_up_none;
    list_digest;
    list_digest_what;
    list_digest_none;
    list_times(zone: words);
    list_more(count: count);
    list_gone(count: count);
    list_item(number: count, title: words);
    press_list_message;
    press_list_reply;
    // Writing.
    compose_to(name: words);
    compose_whom;
    compose_which;
    compose_which_what;
    compose_text;
    press_compose_to(name: words);
    compose_none;
    compose_none_query(query: words);
    compose_none_what;
    compose_sent(name: words);
    compose_sent_what;
    compose_not_sent(name: words);
    // Settings.
    settings;
    settings_intro;
    settings_saved;
    topic_requests;
    topic_meetings;
    topic_events;
    topic_announcements;
    topic_surveys;
    topic_messages;
    topic_tasks;
    topic_connections;
    topic_recommendations;
    delivery_on;
    delivery_digest;
    delivery_off;
    settings_quiet;
    settings_quiet_what(zone: words);
    quiet_from;
    quiet_to;
    quiet_days;
    quiet_all;
    quiet_weekdays;
    quiet_weekends;
    quiet_off;
    settings_digest;
    digest_every;
    digest_daily;
    digest_weekly;
    press_save;
    settings_paused(time: ours);
    // Pause.
    pause_until(time: ours);
    pause_what;
    press_resume;
    press_pause;
    press_pause_now;
    pause_how_long;
    resumed;
    resumed_what;
    // Privacy.
    privacy;
    privacy_sees;
    privacy_keeps;
    privacy_shares;
    privacy_erase;
}

#[cfg(test)]
mod tests;
