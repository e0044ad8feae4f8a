//! Withdrawing an announcement in the service's own name, and how an announcement is told of, in the same words over HTTP and on
//! the command line.
//!
//! The withdrawal is a domain event like one of Chronus': whoever has the card sees it change, and what waits is dropped. Its id
//! follows from what it withdraws, so that it stands once however often it is asked for.

use chrono::{DateTime, TimeDelta, Utc};
use events::OrganizationId;
use projections::announcements::{Announcement, Figures, Seer};
use serde_json::{Value, json};

use super::domain_event::{self, Checked, Invalid};

/// The type of the domain event.
const WITHDRAWN: &str = "com.chronus.announcement.withdrawn";

/// The domain event that withdraws an announcement. Of one that was a `mistake` nothing is shown any more, not even its title.
pub fn withdrawal(
    organization: &OrganizationId,
    announced: &Announcement,
    mistake: bool,
    now: DateTime<Utc>,
) -> Result<Checked, Invalid> {
    // It comes after what it withdraws also where Chronus' clock is ahead of ours.
    let time = now.max(announced.happened_at + TimeDelta::milliseconds(1));
    let event = json!({
        "specversion": "1.0",
        "type": WITHDRAWN,
        "source": format!("/chronus-teams/{organization}"),
        "id": format!("withdrawn/{}", announced.event_id),
        "subject": announced.subject,
        "time": time,
        "data": { "mistake": mistake },
    });
    let event = serde_json::from_value(event).map_err(|error| Invalid {
        pointer: String::new(),
        detail: error.to_string(),
        all: Vec::new(),
    })?;
    domain_event::check(organization, event)
}

/// An announcement without its figures, as of `now`.
pub(crate) fn announcement(of: &Announcement, now: DateTime<Utc>) -> Value {
    let state = match (of.withdrawn, of.send_at) {
        (Some(_), _) => "withdrawn",
        (None, Some(send_at)) if send_at > now => "scheduled",
        (None, _) => "sent",
    };
    let mut told = json!({
        "subject": of.subject,
        "state": state,
        "handed_over_at": of.handed_over_at,
        "send_at": of.send_at,
        "withdrawn_at": of.withdrawn.map(|word| word.handed_over_at),
    });
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    told
}

/// The same with how its cards stand.
pub(crate) fn with_figures(of: &Announcement, figures: &Figures, now: DateTime<Utc>) -> Value {
    let mut told = announcement(of, now);
    told["cards"] = json!({
        "all": figures.cards,
        "scheduled": figures.scheduled,
        "looking_for_person": figures.looking,
        "under_way": figures.under_way,
        "in_chat": figures.in_chat,
        "in_lists": figures.in_lists,
        "unknown": figures.unknown,
        "not_sent": figures.not_sent,
        "dropped": figures.dropped,
        "replaced": figures.replaced,
        "replaced_later": figures.replaced_later,
        "not_replaced": figures.not_replaced,
    });
    told["seen"] = figures.seen.into();
    told
}

/// Somebody who saw an announcement.
pub(crate) fn seer(seer: &Seer) -> Value {
    let mut told = json!({
        "notification_id": seer.notification_id,
        "member_id": seer.member_id,
        "aad_object_id": seer.person,
        "seen_at": seer.seen_at,
    });
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    told
}

#[cfg(test)]
mod tests {
    use events::{EventId, Position, SubjectRef};
    use projections::announcements::Withdrawal;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn announced() -> Announcement {
        Announcement {
            subject: SubjectRef::parse("announcement/31").unwrap(),
            event_id: EventId::derive(["announced"]),
            position: Position(7),
            handed_over_at: at(0),
            happened_at: at(3),
            send_at: None,
            withdrawn: None,
        }
    }

    #[test]
    fn a_withdrawal_fits_its_schema_and_comes_after_what_it_withdraws_whatever_the_clocks_say() {
        let acme = OrganizationId::parse("acme").unwrap();
        for (now, comes) in [(at(1), at(3) + TimeDelta::milliseconds(1)), (at(9), at(9))] {
            let event = withdrawal(&acme, &announced(), true, now).unwrap();
            assert_eq!(event.time(), Some(comes), "{now}");
        }
    }

    #[test]
    fn an_announcement_is_scheduled_until_its_time_and_withdrawn_whenever_it_was() {
        let state = |of: &Announcement| announcement(of, at(60))["state"].clone();
        assert_eq!(state(&announced()), "sent");
        let later = |minutes| Announcement {
            send_at: Some(at(minutes)),
            ..announced()
        };
        assert_eq!(
            (state(&later(60)), state(&later(61))),
            ("sent".into(), "scheduled".into())
        );
        let withdrawn = Announcement {
            withdrawn: Some(Withdrawal {
                position: Position(9),
                handed_over_at: at(5),
            }),
            ..later(61)
        };
        assert_eq!(state(&withdrawn), "withdrawn");
    }
}
