### English. Every language has the same messages with the same variables; a test compares them.
### Markdown works where a sentence stands as a text block: bold is for what can be typed and for short labels.

## Words that can be typed

word_help = help
word_status = status
word_pending = pending
word_meetings = meetings
word_events = events
word_connections = connections
word_message = message
word_pause = pause
word_resume = resume
word_notifications = notifications
word_quiet = quiet
word_privacy = privacy
word_more = more
word_connect = connect
word_disconnect = disconnect
word_accept = accept
word_decline = decline

## Times

weekday = { $day ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
}
month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
date = { $weekday } { $day } { $month } { $year }
date_short = { $weekday } { $day } { $month }
date_time = { $date }, { $time }
zone_time = { $place } time
zone_place = { $place ->
    [Sao_Paulo] São Paulo
    [Bogota] Bogotá
    [Kiev] Kyiv
    [Calcutta] Kolkata
   *[other] { $place }
}
day_today = Today, { $date }
day_tomorrow = Tomorrow, { $date }
span = { $from } – { $to }
age_days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
age_hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}

## What a card is about

kind_request = Mentoring request
kind_connection = Mentoring connection
kind_match = Recommended match
kind_meeting = Meeting
kind_event = Event
kind_announcement = Announcement
kind_survey = Survey
kind_message = Message
kind_task = Task
kind_news = News
kind_welcome = Welcome
kind_digest = Summary
kind_reply = Reply
fallback_headline = News from Chronus
somebody = Somebody
your_partner = your partner
role_mentor = mentor
role_mentee = mentee

## Toasts: shown on lock screens, so they name nobody

toast_request = New mentoring request
toast_request_reminder = A mentoring request waits for your answer
toast_request_accepted = Mentoring request accepted
toast_request_declined = Mentoring request declined
toast_request_withdrawn = Mentoring request withdrawn
toast_request_expired = Mentoring request expired
toast_connection = News about your mentoring connection
toast_match = New recommended match
toast_meeting = New meeting request
toast_meeting_scheduled = Meeting confirmed
toast_meeting_moved = Meeting moved
toast_meeting_cancelled = Meeting cancelled
toast_meeting_reminder = Your meeting is coming up
toast_meeting_soon = Your meeting starts soon
toast_meeting_follow_up = Did your meeting take place?
toast_event = Invitation to an event
toast_event_updated = Event changed
toast_event_cancelled = Event cancelled
toast_event_reminder = Your event is coming up
toast_event_figures = How your invitation fares
toast_announcement = New announcement
toast_survey = New survey
toast_survey_reminder = A survey waits for you
toast_survey_closed = Survey closed
toast_message = New message
toast_message_failed = Your message was not delivered
toast_task = New task
toast_task_reminder = A task is due
toast_task_done = Task done
toast_ended = Nothing to do any more
toast_paused = Notifications are paused
toast_news = New notification from Chronus
toast_news_request = News about a mentoring request
toast_news_meeting = News about a meeting
toast_news_event = News about an event
toast_news_task = News about a task

## Said without a card

note_done = Done.
note_erased = What this card showed was erased.
note_not_drawn = The card cannot be drawn at the moment. If your press counted, the card shows it soon.
note_personal_chat_only = I work in a personal chat only. Open a chat with me and type { $help }.
note_unnamed = Teams did not tell who you are.
note_not_linked = Your organization is not connected to Chronus in Teams yet. An administrator who has a code from Chronus types it here after the word link.
note_linked = Your organization is connected to Chronus in Teams now.
note_link_wrong = This code is not right or no longer valid. Ask Chronus for a new one.
note_link_others = Your organization is connected already, to another customer of Chronus. Nothing was changed.
note_link_too_often = Too many codes were tried. Try again in ten minutes.

## Why a card came, and how to get fewer

why_request = You get this because you are asked.
why_asker = You get this because you asked.
why_connection = You get this because you two are connected.
why_match = You get this because you look for a partner.
why_meeting = You get this because you take part.
why_event = You get this because you are invited.
why_organizer = You get this because you organize it.
why_announcement = You get this from your programme.
why_survey = You get this because your view counts.
why_message = You get this because it is written to you.
why_writer = You get this because you wrote it.
why_task = You get this because it is your task.
why_plain = You get this from Chronus.
fewer = Fewer like this: type { word_notifications }.
press_fewer = Fewer like this

## Labels and buttons of many cards

label_goals = Goals
label_time = Expected time
label_answer_by = Please answer by
waits_answer = ⏳ Waits for your answer
waits_answer_by = ⏳ Please answer by { $at }
waits_due = ⏳ Due { $at }
label_waiting = Waiting for you
label_next_meeting = Next meeting
label_paused = Paused until
label_quiet = Quiet until
label_why_matched = Why you two
label_places = Your places
label_role = Your role
label_their_role = Role
label_from = From
label_until = Until
label_next_step = Next step
label_when = When
label_before = Before
label_now = Now
label_where = Where
label_with = With
label_topic = Topic
label_host = Host
label_group = Group
label_seats = Places left
label_invited = Invited
label_told = Told
label_seen = Seen
label_answered = Answered
label_on_its_way = On its way
label_not_reached = Not reached
label_reason = Reason
label_due = Due
label_changed_by = Changed by
label_cancelled_by = Cancelled by
label_new_date = New date
label_for = For
label_context = Earlier in this conversation
label_attachments = Attachments

press_help = Help
press_status = Status
press_settings = Settings
press_connect = Connect
press_pending = Show what waits
press_accept = Accept
press_decline = Decline…
press_decline_now = Decline request
press_view_profile = View profile
press_open = Open
press_open_in_chronus = Open in Chronus
press_show_more = Show all
press_show_less = Show less
press_join = Join
press_calendar = Add to calendar
press_say_hello = Say hello
shortened = This text was shortened. The whole of it is in Chronus.
open_at = { $label } ({ $host })
opens = Opens { $host } in the browser
note_optional = Note (optional)
input_required = Please fill this in.
fault_missing = ⚠ Something is missing here. Nothing was recorded.
fault_not_offered = ⚠ That is not among what this card offers. Nothing was recorded.
fault_too_long = ⚠ This text is too long. Nothing was recorded; please shorten it.
fault_bad_time = ⚠ Please give a day and a time that are still to come. Nothing was recorded.
fault_asked_anew = ⚠ This was asked anew since. Nothing was recorded.
fault_past = ⚠ This is over. Nothing was recorded.
fault_over = ⚠ This has ended meanwhile. What you wrote was not sent.
fault_answered = ⚠ You answered this already. This answer was not recorded.
fault_ended = ⚠ This has ended meanwhile. Nothing was recorded.
fault_changed = ⚠ This card has changed since. Nothing was recorded.
words_returned = You wrote:
newer_below = There is a newer card about this below.
used_of = { $used } of { $total } taken
image_of = Picture for “{ $title }”

## Welcome and connection with Chronus

welcome = Welcome to Chronus in Teams
welcome_why = You get this because you, or an administrator of your organization, added the Chronus app to your Teams.
welcome_requests = Mentoring requests, meetings, events, surveys and messages reach you here, as cards.
welcome_answer = Answer with one press, without leaving Teams.
welcome_current = Cards stay current: when something changes, the card shows it.
welcome_sees = **What it can see:** your name, your email address, your language and time zone, and this chat. No other chats, no channels.
welcome_waits = Waits for you: { $list }
welcome_back = Welcome back
how_to_stop = You can stop at any time: type **{ word_disconnect }**.
hello = Hello { $name }.
connected_as = Connected as { $address }
connected_plain = Connected to Chronus
notifications_off = Notifications are off. Type **{ word_connect }** to turn them on.
not_matched = We could not match your address
not_matched_fix = Check that your profile in Chronus has this address, or ask your programme's administrator to add it. You are connected as soon as it matches.
connecting = Connecting
connecting_fix = We are finding your profile in Chronus. You need do nothing.
guest = Guest accounts cannot be connected
guest_fix = Guests of an organization are not matched to Chronus. Use the Chronus app in your own organization's Teams, or Chronus on the web.
no_address = Not connected: Teams did not tell us your address
no_address_fix = Ask your Microsoft 365 administrator whether your account has an email address, then type **{ word_status }** here.
connected = You are connected
connected_what = Notifications from Chronus reach you here from now on.
connected_wish = Notifications are on
connected_wish_what = They reach you here as soon as your address is matched.
disconnected = You are disconnected
switched_off = Chronus is switched off for your organization: until it is on again, nothing you type here has an effect.
disconnected_stops = **What stops:** Chronus sends no more notifications to this chat. What waits is kept back; when you connect again, one card lists what is still open.
disconnected_stays = **What stays:** the cards above, your answers, and everything in Chronus itself. Its emails are chosen there.
disconnected_back = **To come back:** press Connect, or type **{ word_connect }** at any time.
disconnect_ask = Disconnect from Chronus?
disconnect_stops = **What stops:** requests, meetings, events, surveys and messages no longer reach you in this chat.
disconnect_stays = **What stays:** the cards above, your answers, and everything in Chronus itself. Its emails are chosen there.
disconnect_instead = Only need some quiet? A pause ends by itself, and nothing that still matters is lost.
press_disconnect = Disconnect
press_pause_instead = Pause instead…

## Help

help_title = What you can do here
help_intro = Chronus sends you mentoring requests, meetings, events, surveys and messages in this chat. Answer on the cards, or type one of these:
help_help = Shows this list
help_status = Shows how you are connected and what was sent
help_pending = Lists what waits for you, with buttons to answer
help_meetings = Lists your next meetings
help_events = Lists the events you are invited to
help_connections = Lists the people you are connected with
help_message = Writes to one of them; a name may follow
help_accept = Answers a request by its number in the list
help_pause = Stops notifications for a while
help_resume = Ends the pause
help_notifications = Chooses what you get, and when
help_quiet = Sets the hours without notifications
help_privacy = Tells what this app knows about you
help_more = Shows the next lines of a list
help_connect = Turns notifications on
help_disconnect = Turns notifications off
help_message_example = { word_message }
help_accept_example = { word_accept } 2 · { word_decline } 2
help_pause_example = { word_pause } 2 weeks
help_quiet_example = { word_quiet } 18:00-08:00
not_understood = Here is what I can do
not_understood_near = I do not know that command, and I did not keep your message. These I know:
stale = This button no longer works
stale_what = The card has changed since, or it belongs to another chat. Nothing was changed by your press. What waits for you is one press away.
not_theirs = This card was meant for somebody else
not_theirs_what = In Chronus you are not, or no longer, the person it was sent to. Nothing was changed by your press.
in_doubt = We are finding out whose card this is
in_doubt_what = Your address and your profile in Chronus do not agree at present. What stood here is kept back until they do, and nothing pressed here counts before.

## Status

status = How things stand
connected_since = Connected since
off_since = Off since
count_of = { $what }: { $count }
count_of_oldest = { $what }: { $count }, the oldest for { $age }
nothing_waits = Nothing
recent_title = Latest notifications
no_recent = No notifications so far.
state_waiting = Waiting
state_sent = Sent
state_seen = Seen
state_answered = Answered
state_not_sent = Not sent
state_unknown = Perhaps sent

## Mentoring request

request_asks = { $name } asks you to be their { $role }
request_from = Request from { $name }
request_reminder = { $name } is still waiting for your answer
request_reminder_what = The request is still open. A kind no is also an answer.
decline_reason = Reason (optional)
decline_hint = Your reason and note are handed to Chronus with your answer.
decline_no_capacity = I have no capacity at the moment
decline_not_a_fit = I am not the right person for these goals
decline_timing = The timing does not suit me
decline_other = Another reason
decline_ask = Decline without a note?
accepted_here = ✓ You accepted this here · { $at }
accepted_elsewhere = ✓ Accepted in Chronus · { $at }
declined_here = ✕ You declined this here · { $at }
declined_elsewhere = ✕ Declined in Chronus · { $at }
withdrawn = Withdrawn · { $at }
expired = Expired · { $at }
ended = Ended · { $at }
request_next_accepted = Your answer goes to Chronus. Next: say hello and agree on a first meeting.
request_next_accepted_wait = Your answer goes to Chronus. Once Chronus has connected you with { $name }, you can write to each other here.
request_next_declined = Your answer goes to Chronus. There is nothing more to do.
request_next_withdrawn = The request was taken back, so there is nothing to answer any more.
request_next_withdrawn_late = You had accepted, but the request was taken back in the meantime. There is nothing more to do.
request_next_expired = The time to answer is over. If you still want to help, look for the request in Chronus.
the_asker = the person who asked
outcome_accepted = { $name } accepted your request
outcome_accepted_next = Wonderful! Say hello and agree on a first meeting.
outcome_accepted_wait = Wonderful! Once Chronus has connected you, you can write to each other here.
outcome_declined = { $name } cannot take on your request this time
outcome_declined_next = That happens, and it says nothing about you. You can look for somebody else in Chronus.
outcome_withdrawn = Your request to { $name } was withdrawn
outcome_withdrawn_next = There is nothing more to do.
outcome_expired = { $name } did not answer your request in time
outcome_expired_next = You can ask again in Chronus, or look for somebody else.
their_words = Their note

## Connection

connection_started = You and { $name } are connected
connection_started_next = A good start is a short hello and a date for the first meeting.
connection_ending = Your connection with { $name } ends soon
connection_ending_next = A last meeting to look back and say thank you is time well spent.
connection_ended = Your connection with { $name } has ended
connection_ended_next = Thank you for the time you gave each other.
press_feedback = Give feedback

## Recommended match

match_title = { $name } could be a good match for you
match_reasons = Why { $name }
press_match_request = Send a request…
press_match_send = Send request
match_message = Your words to { $name }
match_message_hint = Say what you would like to learn. It becomes your mentoring request.
press_match_dismiss = Not for me
press_match_aside = Not for me…
match_dismiss_ask = Set this suggestion aside? Chronus is told that it does not suit you.
match_requested = ✓ You sent a request · { $at }
match_requested_next = Your request goes to Chronus. If an answer comes, it reaches you here.
match_dismissed = You set this suggestion aside · { $at }
match_dismissed_next = Chronus is told that it does not suit you.
match_withdrawn = No longer available · { $at }
match_withdrawn_next = This suggestion is no longer open.

## Meeting

meeting_asks = { $name } would like to meet you
meeting_with = Meeting with { $name }
meeting_slots = Which time suits you?
slot_both_free = { $time } · both free
press_slot_accept = Confirm this time
press_slot_propose = Another time…
press_slot_propose_now = Propose this time
press_meeting_decline = Can't make it…
press_meeting_decline_now = Decline meeting
press_reschedule = Reschedule…
press_meeting_cancel = Cancel…
press_meeting_cancel_now = Cancel meeting
meeting_cancel_hint = Cancel this meeting? Chronus is told that you cannot make it.
propose_date = Date
propose_time = Time ({ $zone })
propose_hint = Your proposal goes to Chronus.
meeting_accepted = ✓ You accepted · { $at }
meeting_slot_chosen = ✓ You chose { $time }
meeting_accepted_next = Your answer goes to Chronus. This card shows the meeting once it is confirmed.
meeting_declined = ✕ You declined · { $at }
meeting_declined_next = Your answer goes to Chronus. You get no reminders for this meeting.
meeting_proposed = You proposed { $time }
meeting_proposed_next = Your proposal goes to Chronus. This card shows the meeting once it is confirmed.
meeting_confirmed = ✓ Confirmed
meeting_moved = ↻ Moved to a new time
meeting_cancelled = ✕ Cancelled · { $at }
meeting_cancelled_next = You can remove it from your calendar.
meeting_expired_next = The time for this meeting has passed.
meeting_notice_scheduled = Confirmed: { $title }
meeting_notice_moved = Moved: { $title }
meeting_notice_cancelled = Cancelled: { $title }
meeting_reminder_day = Coming up: { $title }
meeting_reminder_soon = Starts soon: { $title }
meeting_follow_up = Did you meet?
meeting_follow_up_what = Your answer goes to Chronus.
press_held_yes = Yes, we met
press_held_no = No, we did not
meeting_held = ✓ You said that you met · { $at }
meeting_held_next = Good! Agree on the next date while it is fresh.
meeting_not_held = You said that you did not meet · { $at }
meeting_not_held_next = No worry. Send a short message to find a new date.
meeting_not_held_elsewhere = No worry. You can look for a new date in Chronus.

## ERG event

event_invited = ⏳ You are invited
event_updated = ↻ Changed
event_cancelled = ✕ This event is cancelled
event_cancelled_next = You can remove it from your calendar.
event_going_count = { $count ->
    [one] { $count } colleague is going
   *[other] { $count } colleagues are going
}
event_full = No places left
event_figures_title = Who heard of “{ $title }”
event_figures_told = ✓ Everybody was told
event_figures_waiting = ⏳ Not everybody was told yet
event_figures_unreachable = ⚠ Not everybody can be reached
event_figures_unreachable_next = Chronus was told who they are.
event_figures_seen = Seen counts what is certain: a press, a reaction or a read receipt.
event_figures_counted = Counted { $at }
press_going = Going
press_maybe = Maybe
press_not_going = Can't go
press_other_events = See other events
press_change_answer = Change my answer
press_new_date = Go to the new date
event_answer_going = ✓ You are going
event_answer_maybe = ? You answered maybe
event_answer_not_going = ✕ You are not going
event_notice_updated = “{ $title }” has changed
event_notice_cancelled = “{ $title }” is cancelled
event_reminder = Coming up: { $title }
event_online = Online event

## Announcement

press_acknowledge = I have read this
announcement_confirm = ⏳ Please confirm that you read this
announcement_acknowledged = ✓ You confirmed that you read this · { $at }
announcement_withdrawn = This announcement was taken back · { $at }

## Survey

survey_title = A few questions for you
survey_minutes = { $count ->
    [one] Takes about { $count } minute
   *[other] Takes about { $count } minutes
}
survey_anonymous = Your answers are anonymous.
survey_named = Your answers are shown with your name.
survey_progress = Question { $current } of { $total }
survey_resumed = { $count ->
    [one] One answer is saved. You can go on here or on another device.
   *[other] { $count } answers are saved. You can go on here or on another device.
}
survey_rating_end = { $number } – { $label }
survey_rating_of = { $number } of { $max }
press_next = Next
press_back = Back
press_skip = Skip
press_submit = Submit answers
survey_review = That was the last question
survey_review_what = { $count ->
    [0] You answered none of { $total } questions. Go back, or submit as it is.
    [one] You answered { $count } of { $total } questions. Submit, or go back to change something.
   *[other] You answered { $count } of { $total } questions. Submit, or go back to change something.
}
survey_thanks = ✓ Thank you, your answers are in · { $at }
survey_thanks_what = They go to Chronus.
survey_closed = This survey is closed · { $at }
survey_closed_what = No more answers are taken.
survey_reminder = ⏳ Your answers are still welcome
survey_long = This survey is longer and opens in your browser.
survey_elsewhere = This survey is answered in Chronus.
press_survey = Open survey

## Message

message_from = { $name } wrote to you
message_in_group = { $name } wrote in { $group }
message_several = { $count } messages from { $name }
message_group_several = { $count } messages in { $group }
message_reply = Your reply
message_reply_hint = Goes to { $name } only
message_reply_group_hint = Goes to everybody in { $group }
press_reply = Send reply
message_edited = edited
message_deleted = This message was deleted.
message_replied = ✓ You replied · { $at }
message_replied_more = { $count ->
    [one] ✓ You replied once, last · { $at }
   *[other] ✓ You replied { $count } times, last · { $at }
}
message_reply_failed = ✕ Your reply was not delivered · { $at }
message_reply_failed_what = Chronus could not take it. Try again here or write in Chronus.
message_failed = Your message to { $name } was not delivered
message_failed_what = It did not reach { $name }. You can write in Chronus instead.

## Task

task_due_soon = ⏳ A task of yours is due
press_complete = Mark as done
task_done = ✓ Done · { $at }
task_withdrawn = No longer needed · { $at }

## Lists

list_pending = What waits for you
list_pending_none = Nothing waits for you. Enjoy the quiet.
list_meetings = Your meetings
list_meetings_none = No meetings are planned.
list_events = Your events
list_events_none = No invitations at the moment.
list_connections = Your connections
list_connections_none = You have no connections yet. They appear here once Chronus has connected you with somebody.
list_catch_up = What is still open
list_catch_up_what = While you were away:
list_catch_up_none = You missed nothing that still needs you.
list_digest = Your summary
list_digest_what = What came in since the last one:
list_digest_none = Nothing new that still matters.
list_more = { $count ->
    [one] and one more
   *[other] and { $count } more
}
list_gone = { $count ->
    [one] One notification has become void in the meantime and is left out.
   *[other] { $count } notifications have become void in the meantime and are left out.
}
list_item = { $number }. { $title }
press_list_message = Write
press_list_reply = Reply
press_answer_here = Answer here
press_show_card = Show the card

## Writing

compose_to = Write to { $name }
compose_whom = To whom?
compose_which = Which conversation is this for?
compose_which_one = Is this for { $name }?
compose_which_one_what = I do not guess, and I did not keep what you typed. If it is an answer, please write it here.
compose_which_what = You have several open conversations, and I do not guess. I did not keep what you typed: please write it here and press where it belongs.
compose_send_to = Send this to { $name }?
compose_draft_what = This is what you typed. Nothing was sent yet: change it if you like, then press where it goes.
compose_text = Your message
press_compose_to = Send to { $name }
compose_none = I found nobody to write to
compose_none_query = I found no connection called “{ $query }”
compose_none_what = You can write to people whom Chronus has connected you with, and answer messages that reached you here.
compose_sent = ✓ Sent to { $name }
compose_sent_what = If an answer comes, it reaches you here.
compose_closed = You wrote something else after this. The newer question is the one to answer.
compose_over = This conversation has ended, so nothing more can be sent from here. What you were just writing was not sent.
press_more = Show { $count } more
overtaken = Something you asked for reached us late. What you chose after it holds.
compose_not_sent = ✕ Not delivered to { $name }

## Settings

settings = Your notifications
settings_intro = Choose for each kind whether it comes at once, in a summary, or not at all.
settings_saved = ✓ Saved
topic_requests = Mentoring requests
topic_meetings = Meetings
topic_events = Events
topic_announcements = Announcements
topic_surveys = Surveys
topic_messages = Messages
topic_tasks = Tasks
topic_connections = Connections
topic_recommendations = Recommended matches
delivery_on = At once
delivery_digest = In the summary
delivery_off = Off
settings_quiet = Quiet hours
settings_quiet_what = Cards wait until the quiet hours are over; a meeting that starts soon still reaches you ({ $zone }).
quiet_from = From
quiet_to = Until
quiet_days = On
quiet_all = Every day
quiet_weekdays = Monday to Friday
quiet_weekends = Every day, and all weekend
quiet_off = No quiet hours
settings_digest = Summary
digest_every = How often
digest_daily = Daily
digest_weekly = Weekly
press_save = Save
press_all_off = All off…
press_all_off_now = Turn all off
settings_all_off_ask = Turn every kind off? Nothing from Chronus reaches you here until you choose again.
settings_paused = Everything is paused until { $time }.

## Pause

pause_until = Paused until { $time }
pause_what = Nothing is sent until then. Afterwards one card shows what still matters.
press_resume = Resume now
press_pause = Pause…
press_pause_now = Pause
pause_how_long = For how long?
resumed = Notifications are on again
resumed_what = New cards reach you here from now on.

## Privacy

privacy = What this app knows about you
privacy_sees = **It sees** your name, your email address, your language, time zone and kind of device, and this chat with it. No other chats, no channels, no files, no calendar.
privacy_keeps = **It keeps** that, the cards it sent you, your answers and settings, and which commands you used. Other text that you type here is not kept.
privacy_shares = **It hands** your answers to Chronus, and tells it whether cards reached you; nobody else gets anything. Personal data is encrypted with a key of your own.
privacy_erase = **To have your data erased,** press the button below, or ask your programme's administrator.
press_erase = Erase my data
erase_ask = Erase your data?
erase_what = Your name, your address, your settings and what you wrote here are erased, and cards no longer come. What is in this chat stays. This cannot be undone.
press_erase_now = Erase now
erasing = Your data is being erased
erasing_what = This takes a moment, and nothing more is sent to you. To come back, add the app again.
