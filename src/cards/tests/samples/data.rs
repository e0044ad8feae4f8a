//! What Chronus sends in the samples.

use serde_json::{Value, json};

use super::at;
use crate::cards::content::Content;

/// A domain event with this data, that happened a few hours ago.
pub(in crate::cards::tests) fn content(event_type: &str, data: Value) -> Content {
    Content {
        time: Some(at("2026-11-23T09:12:00Z")),
        ..Content::read(event_type, &data.to_string())
    }
}

/// One of a programme.
pub(super) fn of_program(event_type: &str, data: Value) -> Content {
    Content {
        program: Some("Spring Mentoring 2027".into()),
        ..content(event_type, data)
    }
}

pub(super) const LONG_MESSAGE: &str = "Hello Sam,\nI saw your talk on service design at the spring meeting and kept thinking about \
it. I have been a product designer for six years and was asked to lead a small team from January.\n\nI would like to \
learn how you made that step: how you give feedback to people who were your peers a month ago, how you keep some time for your \
own work, and what you would do differently today. Forty-five minutes every two weeks would already help me a lot.\n\n\
Thank you for reading this,\nPriya";

pub(in crate::cards::tests) fn request_data(message: &str) -> Value {
    json!({
        "mentee": { "name": "Priya Nair", "title": "Senior Product Designer", "location": "Lisbon" },
        "message": message,
        "goals": ["Lead a team", "Give feedback to former peers", "Plan a career path"],
        "why_matched": ["Both came from design", "You led a team of six"],
        "capacity": { "used": 1, "total": 2 },
        "role": "mentor",
        "time_commitment": "2 × 45 minutes a month, 6 months",
        "respond_by": "2026-12-04T17:00:00Z",
        "links": {
            "profile": "https://acme.chronus.example/members/p-17",
            "web": "https://acme.chronus.example/mentoring_requests/123",
        },
    })
}

pub(super) fn request() -> Content {
    of_program("com.chronus.mentoring_request.sent", request_data(LONG_MESSAGE))
}

pub(super) fn hostile() -> Value {
    json!({
        "mentee": { "name": "<at>Sam Okafor</at> **Boss** [x](https://evil.example)", "title": "# CEO `rm`" },
        "actor": { "name": "<at>Sam Okafor</at> **Boss** [x](https://evil.example)" },
        "organizer": { "name": "1. [x](https://evil.example)" },
        "partner": { "name": "> **Boss** <at>x</at>" },
        "mentor": { "name": "`rm` [x](https://evil.example)" },
        "title": "- [x](https://evil.example) **now** <at>all</at> {{DATE(2026-12-01T10:00:00Z, SHORT)}}",
        "message": "<at>everybody</at> *click* [here](https://evil.example)\n- one\n1. two\n<script>alert(1)</script>\u{202e} {{TIME(2026-12-01T10:00:00Z)}} ${name}\u{e0041}",
        "text": "<at>everybody</at> *click* [here](https://evil.example)",
        "body": "[here](https://evil.example)",
        "description": "[here](https://evil.example)",
        "erg": "**[x](https://evil.example)**",
        "goals": ["~~none~~", "a | b"],
        "role": "_boss_",
        "url": "http://evil.example",
        "image": { "url": "http://evil.example/x.png" },
        "links": { "profile": "javascript:alert(1)", "web": "https://acme.example@evil.example/" },
    })
}

pub(super) fn meeting() -> Content {
    of_program(
        "com.chronus.meeting.requested",
        json!({
            "title": "First meeting",
            "agenda": "Get to know each other, agree on goals and on how often to meet.",
            "location": "Room 4.12, or online",
            "organizer": { "name": "Priya Nair" },
            "participants": [{ "name": "Sam Okafor" }],
            "slots": [
                { "id": "s1", "starts_at": "2026-12-01T10:00:00Z", "ends_at": "2026-12-01T10:45:00Z" },
                { "id": "s2", "starts_at": "2026-12-02T15:30:00Z", "ends_at": "2026-12-02T16:15:00Z", "both_free": true },
                { "id": "s3", "starts_at": "2026-12-04T09:00:00Z", "ends_at": "2026-12-04T09:45:00Z" },
            ],
            "url": "https://acme.chronus.example/meetings/9",
        }),
    )
}

/// What a meeting's later event says: time, and whom to thank for it.
pub(super) fn meeting_at(event_type: &str, starts_at: &str, ends_at: &str) -> Content {
    content(
        event_type,
        json!({
            "actor": { "name": "Priya Nair" },
            "starts_at": starts_at,
            "ends_at": ends_at,
            "join_url": "https://teams.microsoft.com/l/meetup-join/9",
            "calendar_url": "https://acme.chronus.example/meetings/9.ics",
            "reason": "The team offsite moved to Wednesday.",
        }),
    )
}

pub(super) fn event() -> Content {
    content(
        "com.chronus.erg_event.invited",
        json!({
            "title": "Women in Tech: winter circle",
            "erg": "Women in Tech",
            "host": { "name": "Ana Duarte" },
            "description": "Three short talks on going back to work after a leave, then small tables to exchange. Bring a colleague.",
            "image": { "url": "https://acme.chronus.example/images/winter.png", "alt": "Colleagues around a table with candles" },
            "starts_at": "2026-12-10T17:00:00Z",
            "ends_at": "2026-12-10T19:00:00Z",
            "location": "Lisbon office, ground floor",
            "online_url": "https://teams.microsoft.com/l/meetup-join/7",
            "seats_left": 12,
            "going_count": 23,
            "url": "https://acme.chronus.example/events/7",
        }),
    )
}

pub(super) fn event_updated() -> Content {
    content(
        "com.chronus.erg_event.updated",
        json!({
            "actor": { "name": "Ana Duarte" },
            "starts_at": "2026-12-11T17:00:00Z",
            "ends_at": "2026-12-11T19:00:00Z",
            "location": "Porto office, roof",
            "reason": "The ground floor is being repaired.",
        }),
    )
}

pub(super) fn event_cancelled() -> Content {
    content(
        "com.chronus.erg_event.cancelled",
        json!({
            "actor": { "name": "Ana Duarte" },
            "reason": "Two of the speakers are ill.",
            "replacement": {
                "title": "Winter circle, second try",
                "starts_at": "2027-01-14T17:00:00Z",
                "url": "https://acme.chronus.example/events/8",
            },
        }),
    )
}

pub(super) fn announcement(acknowledge: bool) -> Content {
    of_program(
        "com.chronus.announcement.published",
        json!({
            "title": "Mentoring circles *open* for sign-up",
            "body": "Four circles start in January: leadership, data, writing & speaking, and returning from leave.\n\n\
                     1. Look at the topics\n2. Sign up until 15 December\n\nPlaces are limited to 12 a circle.",
            "author": { "name": "Ana Duarte", "title": "Programme lead" },
            "audience": "All mentors in Spring Mentoring 2027",
            "image": { "url": "https://acme.chronus.example/images/circles.png" },
            "url": "https://acme.chronus.example/circles?program=spring",
            "url_label": "See the circles",
            "acknowledge": acknowledge,
        }),
    )
}

pub(super) fn survey() -> Content {
    of_program(
        "com.chronus.survey.requested",
        json!({
            "title": "Half-way check",
            "purpose": "Tell the programme team how the first three months went. They read the answers and decide what to change.",
            "minutes": 2,
            "due_at": "2026-12-06",
            "anonymous": true,
            "questions": [
                { "id": "q1", "kind": "rating", "text": "How useful are your meetings?", "required": true,
                  "scale": { "min": 1, "max": 5, "min_label": "Not at all", "max_label": "Very" } },
                { "id": "q2", "kind": "choice", "text": "What would help you most?",
                  "options": [{ "id": "time", "text": "More time" }, { "id": "topics", "text": "Suggested topics" }, { "id": "none", "text": "Nothing, all is well" }] },
                { "id": "q3", "kind": "text", "text": "Anything else?" },
            ],
            "url": "https://acme.chronus.example/surveys/4",
        }),
    )
}

pub(super) fn message(text: &str) -> Content {
    of_program(
        "com.chronus.message.sent",
        json!({
            "actor": { "name": "Priya Nair" },
            "connection": "Priya and Sam",
            "text": text,
            "message_id": "m-1",
            "context": [{ "name": "Sam Okafor", "text": "Shall we look at your plan on Friday?" }],
            "attachments": [{ "title": "Plan for January", "url": "https://acme.chronus.example/files/31" }],
            "url": "https://acme.chronus.example/threads/55",
        }),
    )
}

pub(super) fn group_message(text: &str) -> Content {
    content(
        "com.chronus.message.posted",
        json!({ "actor": { "name": "Ana Duarte" }, "erg": { "name": "Women in Tech" }, "text": text, "message_id": "m-9" }),
    )
}

pub(super) fn task() -> Content {
    of_program(
        "com.chronus.task.assigned",
        json!({
            "title": "Write down three goals",
            "description": "Short and concrete. Share them with your mentor before the first meeting.",
            "due_at": "2026-12-01",
            "url": "https://acme.chronus.example/tasks/12",
        }),
    )
}

pub(super) fn connection() -> Content {
    of_program(
        "com.chronus.connection.started",
        json!({
            "partner": { "member_id": "m-117", "name": "Priya Nair", "title": "Senior Product Designer", "location": "Lisbon" },
            "role": "mentor",
            "starts_at": "2026-12-01",
            "ends_at": "2027-05-31",
            "next_step": "Fill in the mentoring agreement together.",
            "feedback_url": "https://acme.chronus.example/surveys/8",
            "url": "https://acme.chronus.example/connections/3",
        }),
    )
}

pub(super) fn recommended() -> Content {
    of_program(
        "com.chronus.recommended_match.suggested",
        json!({
            "mentor": { "member_id": "m-9", "name": "Amélie Laurent", "title": "Head of Design", "location": "Paris" },
            "reasons": ["Led her first team at your age", "Speaks on feedback among peers", "Works in your time zone"],
            "goals": ["Lead a team", "Give feedback"],
            "role": "mentor",
            "links": { "profile": "https://acme.chronus.example/members/m-9" },
        }),
    )
}

/// How an invitation fares.
pub(super) fn event_figures(invited: u64, told: u64, unreachable: u64) -> Content {
    content(
        "com.chronus.erg_event.figures",
        json!({
            "title": "Women in Tech: winter circle",
            "erg": "Women in Tech",
            "links": { "web": "https://acme.chronus.example/events/7" },
            "figures": {
                "invited": invited, "told": told, "seen": 23, "answered": 12,
                "waiting": invited - told - unreachable, "unreachable": unreachable,
            },
            "counted_at": "2026-11-23T14:00:00Z",
        }),
    )
}
