//! `GET /v1/notifications`: cards, newest first, narrowed by how they stand, what they are about and whom they are for.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use events::{AadObjectId, MemberId, SubjectRef, UserKey};
use projections::notifications::{CardFilter, NotificationState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::config::{Principal, Role};
use crate::report::query::kind;
use crate::told;

/// Cards in one page, where the caller does not say, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 500;

/// What a card is that its reader did something with.
const READERS_PART: [NotificationState; 2] = [NotificationState::Seen, NotificationState::Answered];

/// Which cards.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationQuery {
    state: Option<String>,
    kind: Option<String>,
    subject: Option<String>,
    person: Option<String>,
    member: Option<String>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    after: Option<u64>,
    limit: Option<usize>,
}

/// The handler.
pub async fn list(
    request: HttpRequest,
    query: Result<web::Query<NotificationQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let query = query
        .map_err(|_| {
            Problem::malformed(
                "take state, kind, subject, person, member, since and until (RFC 3339), after and limit, and nothing else",
            )
        })?
        .into_inner();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let wanted = states(query.state.as_deref())?;
    let filter = state.filter(&principal, &query, &wanted).await?;
    let found = state
        .models
        .card_page(principal.organization, filter, query.after, limit)
        .await;
    let found = found.map_err(|error| unreadable(&error))?;
    let mut cards = Vec::with_capacity(found.cards.len());
    // Cards of a person's chat itself, such as a welcome, are no organization's.
    let of_organization = found
        .cards
        .into_iter()
        .filter(|card| card.organization_id.is_some());
    for card in of_organization {
        // What an anonymous reader did is not to be found out by asking for it.
        let card = state.without_reader(card).await?;
        if wanted.is_empty() || wanted.contains(&card.state) {
            cards.push(told::card(&card));
        }
    }
    let mut page = json!({ "notifications": cards, "more": found.next.is_some() });
    if let Some(next) = found.next {
        page["next"] = next.into();
    }
    Ok(problem::json(StatusCode::OK, &page))
}

/// The states that are named, separated by commas.
fn states(text: Option<&str>) -> Result<Vec<NotificationState>, Problem> {
    let names = text.into_iter().flat_map(|text| text.split(','));
    names
        .map(|name| {
            let state = serde_json::from_value(Value::from(name.trim()));
            state.map_err(|_| {
                Problem::malformed(
                    "state must be one or several of those that cards have, such as queued,delivered; the document of the API names all",
                )
            })
        })
        .collect()
}

/// What has to be looked at for cards that are told to be in these states: an anonymous card that was seen is told as delivered.
pub(crate) fn looked_at(wanted: &[NotificationState]) -> Vec<NotificationState> {
    let mut states = wanted.to_vec();
    if wanted.contains(&NotificationState::Delivered) {
        states.extend(READERS_PART.into_iter().filter(|state| !wanted.contains(state)));
    }
    states
}

impl ApiState {
    async fn filter(
        &self,
        principal: &Principal,
        query: &NotificationQuery,
        wanted: &[NotificationState],
    ) -> Result<CardFilter, Problem> {
        let text = |name: &str, wrong: &dyn std::fmt::Display| Problem::malformed(format!("{name}: {wrong}"));
        let subject = query.subject.as_deref().map(SubjectRef::parse).transpose();
        let member = query.member.as_deref().map(MemberId::parse).transpose();
        Ok(CardFilter {
            user: match query.person.as_deref() {
                Some(person) => Some(self.user(principal, person).await?),
                None => None,
            },
            subject: subject.map_err(|error| text("subject", &error))?,
            states: looked_at(wanted),
            card: query
                .kind
                .as_deref()
                .map(kind)
                .transpose()
                .map_err(Problem::malformed)?,
            member: member.map_err(|error| text("member", &error))?,
            since: query.since,
            until: query.until,
        })
    }

    /// The person with this object id in the organization's tenant, whether anything is known of them or not.
    pub(super) async fn user(&self, principal: &Principal, person: &str) -> Result<UserKey, Problem> {
        let missing = || Problem::not_found("person");
        let person = AadObjectId::parse(person).map_err(|_| missing())?;
        let tenant = self.models.tenant_of(principal.organization.clone()).await;
        let tenant = tenant.map_err(|error| unreadable(&error))?.ok_or_else(missing)?;
        Ok(UserKey::new(tenant, person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_delivered_cards_is_told_of_anonymous_ones_that_were_answered_and_of_no_others() {
        use NotificationState::{Answered, Delivered, Queued, Seen};
        assert_eq!(looked_at(&[Delivered]), [Delivered, Seen, Answered]);
        assert_eq!(looked_at(&[Delivered, Seen]), [Delivered, Seen, Answered]);
        assert_eq!(looked_at(&[Answered]), [Answered]);
        assert_eq!(states(Some("queued, answered")).unwrap(), [Queued, Answered]);
        assert_eq!(states(None).unwrap(), []);
        assert!(states(Some("sent")).is_err() && states(Some("")).is_err());
    }
}
