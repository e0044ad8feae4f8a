//! Asking who a person is.

use chrono::TimeDelta;
use events::user::ProfileResolved;
use events::{PersonId, Sealed, UserKey, Vault, VaultError};

use super::calls::{Calls, hold_off};
use super::done::Done;
use crate::delivery::circuit::Sign;
use crate::ports::{MemberProfile, ProfileResult, Rejection};
use crate::user::asking::BeginProfile;
use crate::user::command::{LookUp, LookUpFailure, UserCommand};

pub(super) async fn profile(calls: &Calls<'_>, user: UserKey) -> Done {
    let answer = match calls.deps.directory.ask(&user, BeginProfile).await {
        Ok(answer) => answer,
        Err(error) => return Done::resting(user, &error),
    };
    match answer.reply {
        Some(wanted) => look_up(calls, user, &wanted).await,
        None => Done::at(user, answer.position),
    }
}

/// Asks the directory and records what it says.
pub(super) async fn look_up(calls: &Calls<'_>, user: UserKey, wanted: &LookUp) -> Done {
    let LookUp { conversation, known } = wanted;
    let asked = calls.profile(&user, conversation).await;
    let sign = asked.as_ref().map_or(Sign::None, Sign::of_look_up);
    let mut throttled = None;
    let finish = match asked {
        Some(ProfileResult::Found(profile)) => {
            match seal(&calls.deps.vault, &user, profile, known.as_ref()).await {
                Ok(sealed) => UserCommand::ProfileFound(Box::new(sealed)),
                Err(error) => {
                    tracing::warn!(%user, error = &error as &dyn std::error::Error, "a profile could not be sealed");
                    return Done::resting_briefly(user).called(conversation, sign);
                }
            }
        }
        Some(ProfileResult::Rejected(rejection)) => {
            throttled = hold_off(&rejection);
            UserCommand::ProfileFailed(rejected(rejection))
        }
        Some(ProfileResult::Unusable { reason }) => failed(reason, false),
        Some(ProfileResult::Failed { reason }) => failed(reason, true),
        None => failed("timeout".to_owned(), true),
    };
    let found = matches!(finish, UserCommand::ProfileFound(_));
    let position = calls.record(&user, finish).await;
    Done {
        throttled,
        looked_up: Some(!found),
        ..Done::at(user, position)
    }
    .called(conversation, sign)
}

fn failed(code: String, is_outage: bool) -> UserCommand {
    UserCommand::ProfileFailed(LookUpFailure {
        code,
        is_outage,
        ..LookUpFailure::default()
    })
}

fn rejected(rejection: Rejection) -> LookUpFailure {
    LookUpFailure {
        status: Some(rejection.status),
        is_outage: matches!(rejection.status, 408 | 429 | 500..),
        code: rejection.code.unwrap_or_else(|| "no_code".to_owned()),
        retry_after: rejection
            .retry_after
            .and_then(|wait| TimeDelta::from_std(wait).ok()),
    }
}

/// The profile with its personal fields sealed under the person's key. What the directory told before in the same words
/// keeps its seal, so that the same profile again is known for the same.
async fn seal(
    vault: &Vault,
    user: &UserKey,
    profile: MemberProfile,
    known: Option<&ProfileResolved>,
) -> Result<ProfileResolved, VaultError> {
    let MemberProfile {
        name,
        email,
        upn,
        role,
    } = profile;
    let (email_lookup, upn_lookup) = (
        email.as_deref().map(|a| vault.lookup(a)),
        upn.as_deref().map(|a| vault.lookup(a)),
    );
    let (email_former_lookup, upn_former_lookup) = (
        email.as_deref().and_then(|a| vault.former_lookup(a)),
        upn.as_deref().and_then(|a| vault.former_lookup(a)),
    );
    let person = PersonId::user(user);
    let of = |field: fn(&ProfileResolved) -> Option<&Sealed>| known.and_then(field);
    Ok(ProfileResolved {
        name: kept_or_sealed(
            vault,
            &person,
            "ProfileResolved.name",
            name,
            of(|known| known.name.as_ref()),
        )
        .await?,
        email: kept_or_sealed(
            vault,
            &person,
            "ProfileResolved.email",
            email,
            of(|known| known.email.as_ref()),
        )
        .await?,
        email_lookup,
        upn: kept_or_sealed(
            vault,
            &person,
            "ProfileResolved.upn",
            upn,
            of(|known| known.upn.as_ref()),
        )
        .await?,
        upn_lookup,
        email_former_lookup,
        upn_former_lookup,
        role,
    })
}

async fn kept_or_sealed(
    vault: &Vault,
    person: &PersonId,
    place: &'static str,
    text: Option<String>,
    known: Option<&Sealed>,
) -> Result<Option<Sealed>, VaultError> {
    let Some(text) = text else { return Ok(None) };
    // What does not open any more is sealed anew.
    if let Some(known) = known
        && let Ok(opened) = vault.open(known).await
        && opened.as_deref() == Some(text.as_str())
    {
        return Ok(Some(known.clone()));
    }
    vault.seal_at(person, place, &text).await.map(Some)
}
