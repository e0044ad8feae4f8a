//! Asking who a person is.

use events::user::ProfileResolved;
use events::{PersonId, UserKey, VaultError};

use super::calls::Calls;
use super::done::Done;
use crate::delivery::circuit::Sign;
use crate::lane::LaneDeps;
use crate::ports::{MemberProfile, ProfileResult};
use crate::user::Answer;
use crate::user::command::{Reply, UserCommand};

pub(super) async fn profile(calls: &Calls<'_>, user: UserKey) -> Done {
    let deps = calls.deps;
    let conversation = match deps.directory.ask(&user, UserCommand::BeginProfile).await {
        Ok(Answer {
            reply: Reply::Profile(conversation),
            ..
        }) => conversation,
        Ok(answer) => return Done::at(user, answer.position),
        Err(error) => return Done::resting(user, &error),
    };
    let asked = calls.profile(&user, &conversation).await;
    let sign = asked.as_ref().map_or(Sign::HostDown, Sign::of_profile);
    let failed = |status, code: &str| UserCommand::ProfileFailed {
        status,
        code: code.to_owned(),
    };
    let finish = match asked {
        Some(ProfileResult::Found(profile)) => match seal(deps, &user, profile).await {
            Ok(sealed) => UserCommand::ProfileFound(Box::new(sealed)),
            Err(error) => {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "a profile could not be sealed");
                return Done::resting_briefly(user).called(&conversation, sign);
            }
        },
        Some(ProfileResult::Rejected(rejection)) => failed(
            Some(rejection.status),
            rejection.code.as_deref().unwrap_or("no_code"),
        ),
        Some(ProfileResult::Failed { reason }) => failed(None, &reason),
        None => failed(None, "timeout"),
    };
    let position = calls.record(&user, finish).await;
    Done::at(user, position).called(&conversation, sign)
}

/// The profile with its personal fields sealed under the person's key.
async fn seal(
    deps: &LaneDeps,
    user: &UserKey,
    profile: MemberProfile,
) -> Result<ProfileResolved, VaultError> {
    let person = PersonId::user(user);
    let MemberProfile {
        name,
        email,
        upn,
        role,
    } = profile;
    let (email_lookup, upn_lookup) = (
        email.as_deref().map(|a| deps.vault.lookup(a)),
        upn.as_deref().map(|a| deps.vault.lookup(a)),
    );
    let fields = [name, email, upn];
    let plain = fields
        .iter()
        .flatten()
        .map(|text| (person.clone(), text.clone()))
        .collect();
    let mut sealed = deps.vault.seal_all(plain).await?.into_iter();
    let [name, email, upn] = fields.map(|field| field.and_then(|_| sealed.next()));
    Ok(ProfileResolved {
        name,
        email,
        email_lookup,
        upn,
        upn_lookup,
        role,
    })
}
