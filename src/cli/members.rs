//! `members`: of whom the evidence disagrees who they are in Teams, and an administrator's word that settles it.
//!
//! `conflicts` and `show` only read and work beside a running service; addresses stay closed. What settles something
//! writes the log itself and so needs the service stopped; while it runs, `POST /v1/members/{id}/link`, `/unlink` and
//! `/automatic` do the same.

use std::io::{self, Write as _};

use actors::tenant::TenantCommand;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use events::tenant::LinkDecision;
use events::{AadObjectId, MemberId, OrganizationId, SystemClock, UserKey};
use projections::ReadModels;
use projections::conflicts::{Conflict, MemberStanding};
use serde_json::Value;

use super::{acts, models};
use crate::audit;
use crate::chronus::identity::{self, LINK_HINT};
use crate::config::Config;

/// Conflicts read at a time.
const PAGE: usize = 200;

/// Show who members are in Teams, and settle what disagrees.
#[derive(Debug, Args)]
pub(super) struct Members {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print of whom the evidence disagrees, with what went to nobody because of it
    Conflicts {
        /// The organization's id, as in the configuration
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print what is known of one member
    Show(One),
    /// Say that a member is this person, whatever addresses say
    Link {
        #[command(flatten)]
        one: One,
        /// The person's object id in Entra
        #[arg(value_name = "OBJECT_ID")]
        person: AadObjectId,
        #[command(flatten)]
        why: Why,
    },
    /// Say that a member is nobody in the tenant, whatever addresses say
    Unlink {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        why: Why,
    },
    /// Take such a word back: the evidence decides again
    Automatic {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, Args)]
struct One {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// The member's id in Chronus
    #[arg(value_name = "MEMBER")]
    member: MemberId,
}

#[derive(Debug, Args)]
struct Why {
    /// Why; kept in the log, so without personal data
    #[arg(long)]
    reason: String,
}

impl Members {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        super::block_on(async {
            match self.command {
                What::Conflicts { organization, json } => list(config, organization, json).await,
                What::Show(one) => show(config, &one).await,
                What::Link { one, person, why } => {
                    let aad_object_id = person;
                    decide(config, &one, LinkDecision::Linked { aad_object_id }, why.reason).await
                }
                What::Unlink { one, why } => decide(config, &one, LinkDecision::Unlinked, why.reason).await,
                What::Automatic { one, why } => {
                    decide(config, &one, LinkDecision::Automatic, why.reason).await
                }
            }
        })
    }
}

async fn list(config: &Config, organization: OrganizationId, as_json: bool) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    models::demand_organization(config, &models.models, &organization).await?;
    let mut out = io::stdout().lock();
    let mut after = String::new();
    loop {
        let (conflicts, next) = models.models.conflicts(organization.clone(), after, PAGE).await?;
        for conflict in &conflicts {
            if as_json {
                writeln!(out, "{}", identity::conflict(conflict))?;
            } else {
                write_conflict(&mut out, conflict)?;
            }
        }
        match next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

fn write_conflict(out: &mut impl io::Write, conflict: &Conflict) -> io::Result<()> {
    let kind = serde_json::to_value(conflict.kind).unwrap_or_default();
    writeln!(out, "{}", kind.as_str().unwrap_or_default())?;
    for member in &conflict.members {
        writeln!(out, "  member {}", line(&identity::member(member)))?;
    }
    let told = identity::conflict(conflict);
    for (name, list) in [("person", &told["people"]), ("card", &told["cards"])] {
        for one in list.as_array().into_iter().flatten() {
            writeln!(out, "  {name} {}", line(one))?;
        }
    }
    Ok(())
}

/// A fact after the other on one line.
fn line(value: &Value) -> String {
    let fields = value.as_object().into_iter().flatten();
    let mut fields: Vec<_> = fields.filter(|(_, value)| !value.is_null()).collect();
    // Who or what it is comes first.
    fields
        .sort_by_key(|(name, _)| !matches!(name.as_str(), "member_id" | "aad_object_id" | "notification_id"));
    let fields = fields.into_iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={text}")
    });
    fields.collect::<Vec<_>>().join("  ")
}

async fn show(config: &Config, one: &One) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    let standing = standing(&models.models, one).await?;
    let mut told = identity::member(&standing.evidence);
    told["linked_to"] = standing
        .linked_to
        .map(|user| user.aad_object_id.to_string())
        .into();
    told["decided"] = identity::decided(standing.decided.as_ref());
    writeln!(io::stdout().lock(), "{}", identity::without_nulls(told))?;
    Ok(())
}

async fn standing(models: &ReadModels, one: &One) -> anyhow::Result<MemberStanding> {
    let (organization, member) = (one.organization.clone(), one.member.clone());
    let standing = models.member_standing(organization, member).await?;
    standing.with_context(|| format!("organization {} has no member {}", one.organization, one.member))
}

async fn decide(config: &Config, one: &One, decision: LinkDecision, reason: String) -> anyhow::Result<()> {
    identity::check_reason(&reason).map_err(anyhow::Error::msg)?;
    let models = models::open(config).await?;
    let standing = standing(&models.models, one).await?;
    let tenant = models.models.tenant_of(one.organization.clone()).await?;
    let tenant = tenant.with_context(|| format!("organization {} has no tenant", one.organization))?;
    let given = standing.evidence.member.object_id.as_ref();
    match &decision {
        LinkDecision::Linked { aad_object_id } => {
            anyhow::ensure!(given.is_none_or(|given| given == aad_object_id), LINK_HINT);
            anyhow::ensure!(
                !standing.evidence.member.removed,
                "Chronus removed the member; a member event brings it back"
            );
            let user = UserKey::new(tenant.clone(), aad_object_id.clone());
            let known = models.models.person(user).await?.filter(|person| !person.erased);
            anyhow::ensure!(known.is_some(), "nobody with this object id has the app");
        }
        LinkDecision::Unlinked => anyhow::ensure!(given.is_none(), LINK_HINT),
        LinkDecision::Automatic => {}
    }
    let store = crate::lineage::open_for_tool(config).await.context(
        "stop the service first, or use POST /v1/members/{id}/link, /unlink and /automatic while it runs",
    )?;
    let act = match &decision {
        LinkDecision::Linked { .. } => audit::acts::MEMBER_LINK,
        LinkDecision::Unlinked => audit::acts::MEMBER_UNLINK,
        LinkDecision::Automatic => audit::acts::MEMBER_AUTOMATIC,
    };
    let about = Some(format!("member/{}", one.member));
    let recorded = acts::about_to(&*store, Some(&one.organization), act, about, Some(&reason)).await;
    if let Err(error) = recorded {
        store.close().await;
        return Err(error);
    }
    let command = TenantCommand::DecideLink {
        organization_id: one.organization.clone(),
        member_id: one.member.clone(),
        decision,
        reason,
    };
    let changed = actors::tenant::execute(&*store, &SystemClock, &tenant, &command, "cli").await;
    store.close().await;
    let what = if changed? { "changed" } else { "nothing to change" };
    writeln!(io::stdout().lock(), "{}: {what}", one.member)?;
    Ok(())
}
