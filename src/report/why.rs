//! `why`: one sentence about a card with its evidence, for the command line and the API alike.

use events::{EventStore, NotificationId, OrganizationId, Position, SubjectRef};
use projections::metrics::card_state::CardState;
use projections::metrics::cards::Moment;
use projections::metrics::why::{Because, Reasons};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::compute::{BATCH, ReportError};

/// Which cards are asked about.
#[derive(Debug, Clone)]
pub enum Asked {
    /// This one.
    Card(NotificationId),
    /// Those for a person about a subject.
    PersonAndSubject(String, SubjectRef),
}

/// An event of the log that shows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its stored name.
    pub event: String,
    /// Its id.
    pub id: String,
    /// Where it stands, and when it was recorded.
    pub at: Moment,
}

/// The answer about one card.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The card.
    pub id: NotificationId,
    /// The sentence.
    pub sentence: String,
    /// The rule behind it.
    pub rule: &'static str,
    /// The state's word in reports, and its reason.
    pub state: (String, String),
    /// What shows it, what decided it, and what told Chronus, as far as there is any.
    pub evidence: Vec<(&'static str, Evidence)>,
}

/// The answers, the oldest card first; none where the log has no such card for this organization.
pub async fn why(
    store: &dyn EventStore,
    organization: Option<&OrganizationId>,
    asked: &Asked,
    at: &watch::Sender<Position>,
) -> Result<Vec<Explained>, ReportError> {
    let reasons = reasons(store, at).await?;
    let found = match asked {
        Asked::Card(id) => reasons.of(*id).into_iter().collect(),
        Asked::PersonAndSubject(person, subject) => reasons.about(organization, person, subject),
    };
    let mut explained = Vec::new();
    for because in found {
        let theirs = organization.is_none_or(|one| because.card.row.organization.as_ref() == Some(one));
        if theirs {
            explained.push(explain(store, because).await?);
        }
    }
    Ok(explained)
}

async fn reasons(store: &dyn EventStore, at: &watch::Sender<Position>) -> Result<Reasons, ReportError> {
    let head = *store.head().borrow();
    let (mut reasons, mut after) = (Reasons::default(), Position::START);
    while after < head {
        let page = store.read_log(after, BATCH).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in &page {
            let position = recorded.position;
            let unreadable = |source| ReportError::Unreadable { position, source };
            reasons.see(recorded).map_err(unreadable)?;
        }
        at.send_replace(after);
    }
    Ok(reasons)
}

async fn explain(store: &dyn EventStore, because: Because) -> Result<Explained, ReportError> {
    let mut evidence = Vec::new();
    // When the reader of an anonymous survey did something would lead from the answers back to them.
    let quiet =
        because.card.row.anonymous && matches!(because.card.state, CardState::Seen(_) | CardState::Acted(_));
    let since = if quiet {
        let before = because.card.delivered.or(because.card.queued);
        before.unwrap_or(because.card.since)
    } else {
        because.card.since
    };
    let told = because.told.filter(|_| !quiet);
    let moments = [
        ("shown_by", because.shown_by),
        ("decided_by", Some(since)),
        ("told_by", told),
    ];
    for (role, at) in moments {
        let Some(at) = at else { continue };
        if let Some(event) = store.event_at(at.position).await? {
            let (id, event) = (event.id.to_string(), event.event_type.to_string());
            evidence.push((role, Evidence { event, id, at }));
        }
    }
    let state = if quiet {
        CardState::Delivered
    } else {
        because.card.state.clone()
    };
    let words = projections::metrics::why::words(&state);
    let mut told = words.told.to_owned();
    let detail = match &state {
        CardState::Retrying(reason) | CardState::Unknown { reason, .. } => reason,
        CardState::Refused { code, .. } => code,
        CardState::Acted(word) => word.0,
        CardState::Looking(_)
        | CardState::Waiting
        | CardState::Deferred(_)
        | CardState::UnderWay
        | CardState::Delivered
        | CardState::Seen(_)
        | CardState::Suppressed(_)
        | CardState::Withdrawn(_)
        | CardState::Expired
        | CardState::Unroutable(_)
        | CardState::Merged(_)
        | CardState::SameSubject => "",
    };
    if !detail.is_empty() {
        told.extend([" (", detail, ")"]);
    }
    Ok(Explained {
        id: because.id,
        sentence: sentence(&told, &evidence),
        rule: words.rule,
        state: (state.as_str().to_owned(), state.reason().into_owned()),
        evidence,
    })
}

/// "Not sent: the person disconnected on 3 March 2026 at 14:02:11 (Disconnected, event …); Chronus was told at 14:02:12."
fn sentence(told: &str, evidence: &[(&'static str, Evidence)]) -> String {
    let of = |role: &str| {
        evidence
            .iter()
            .find(|(one, _)| *one == role)
            .map(|(_, evidence)| evidence)
    };
    let mut parts = vec![told.to_owned()];
    if let Some(first) = of("shown_by").or_else(|| of("decided_by")) {
        parts.push(format!(
            ", since {} UTC ({}, event {})",
            first.at.time.format("%-d %B %Y %H:%M:%S"),
            first.event,
            first.id
        ));
    }
    if let (Some(_), Some(decided)) = (of("shown_by"), of("decided_by")) {
        parts.push(format!(
            "; decided on {} UTC ({}, event {})",
            decided.at.time.format("%-d %B %Y %H:%M:%S"),
            decided.event,
            decided.id
        ));
    }
    if let Some(told) = of("told_by") {
        parts.push(format!(
            "; Chronus was told on {} UTC",
            told.at.time.format("%-d %B %Y %H:%M:%S")
        ));
    }
    parts.push(".".to_owned());
    parts.concat()
}

impl Explained {
    /// For machines.
    pub fn json(&self) -> Value {
        let evidence = self.evidence.iter().map(|(role, evidence)| {
            json!({
                "role": role, "event": evidence.event, "id": evidence.id, "position": evidence.at.position,
                "time": super::document::moment(evidence.at.time),
            })
        });
        json!({
            "notification_id": self.id, "sentence": self.sentence, "rule": self.rule, "state": self.state.0,
            "reason": self.state.1, "evidence": evidence.collect::<Vec<_>>(),
        })
    }
}
