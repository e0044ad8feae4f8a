//! The health page: plain HTML, light and dark, as wide as a phone or wider, without scripts; it asks for itself
//! again every ten seconds.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use events::Position;
use events::store::Condition;
use projections::Health;

use crate::metrics::counting::class_name;
use crate::metrics::sampling::Sample;
use crate::metrics::troubles::Trouble;
use crate::teams::token::TokenError;

/// Queues shown; the longest waiting come first.
const QUEUES: usize = 20;
/// Events that the read models may lag behind and still count as following.
const LAG: u64 = 10_000;
/// From when on what is overdue is complained of. Throttling and retries stay below it.
const LATE: TimeDelta = TimeDelta::minutes(5);

const STYLE: &str = "
:root{color-scheme:light dark;--line:#d0d7de;--dim:#57606a;--good:#1a7f37;--bad:#b42318;--back:#fff;--text:#1f2328}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--dim:#9198a1;--good:#3fb950;--bad:#ff7b72;--back:#0d1117;--text:#e6edf3}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;font:16px/1.45 system-ui,sans-serif;background:var(--back);color:var(--text)}
h1{font-size:1.3rem;margin:.2rem 0}h2{font-size:1rem;margin:1.6rem 0 .4rem}
p{margin:.3rem 0}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem;margin:.8rem 0}
dl div{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .7rem}
dt{color:var(--dim);font-size:.85rem}dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{text-align:left;padding:.35rem .5rem .35rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{color:var(--dim);font-weight:500}.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
";

/// What the page shows.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) now: DateTime<Utc>,
    /// Where the keys are that activities are checked with, while there are none.
    pub(super) missing_keys: Option<String>,
    /// Why the bot has no new token.
    pub(super) no_token: Option<TokenError>,
    pub(super) head: Position,
    pub(super) condition: Condition,
    pub(super) folded: Position,
    pub(super) following: Health,
    pub(super) sample: Sample,
    pub(super) troubles: Vec<Trouble>,
    /// Tenants that no organization has, whose people showed up since the start: how many, and how often.
    pub(super) unlinked: (usize, u64),
}

impl Seen {
    fn lag(&self) -> u64 {
        self.head.0.saturating_sub(self.folded.0)
    }

    /// What is not as it should be, in words.
    fn complaints(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(hosts) = &self.missing_keys {
            found.push(format!(
                "Nothing from Teams can be checked: there are no signing keys yet; let this machine reach {hosts}"
            ));
        }
        match &self.no_token {
            None => {}
            Some(TokenError::Configuration { code, advice }) => {
                found.push(format!(
                    "Microsoft's login refuses this service ({code}): {advice}"
                ));
            }
            Some(TokenError::Retryable { reason, .. }) => found.push(format!(
                "Microsoft's login gives no token ({reason}); cards wait until it does"
            )),
        }
        match &self.condition {
            Condition::Usable => {}
            Condition::Away { since, reason } => found.push(format!(
                "nothing can be stored in the event store for {} s: {reason}",
                since.elapsed().as_secs()
            )),
            Condition::WentBack { seen } => found.push(format!(
                "the event log does not hold position {seen} any more, which was seen of it: it was restored from an older copy or \
                 made anew, and nothing is stored in it"
            )),
        }
        match &self.following {
            Health::Following => {}
            Health::Retrying { reason } => found.push(format!("the read models do not follow now: {reason}")),
            Health::Stopped { position, reason } => {
                found.push(format!(
                    "the read models stopped at position {position}: {reason}"
                ));
            }
        }
        if self.lag() > LAG {
            found.push(format!("the read models are {} events behind", self.lag()));
        }
        // Why the login is waited for is told above.
        for host in self.sample.waited_for.iter().filter(|host| *host != "login") {
            found.push(format!("{host} does not answer; cards wait until it does"));
        }
        for webhook in &self.sample.backlog.webhooks_off {
            let Some(off) = &webhook.off else { continue };
            let organization = &webhook.organization_id;
            let why = off.reason.as_str();
            let since = ago(self.now - off.since);
            found.push(format!(
                "the webhook of {organization} has been off for {since} ({why}, by {}); its answers wait and stand in the feed",
                off.by
            ));
        }
        let overdue = self.sample.backlog.overdue_since(self.now);
        if let Some(since) = overdue.filter(|since| self.now - *since > LATE) {
            found.push(format!(
                "something should have been sent {} ago",
                ago(self.now - since)
            ));
        }
        found
    }
}

/// The whole page.
pub(super) fn page(seen: &Seen) -> String {
    let mut html = String::with_capacity(8_192);
    let written = write_page(&mut html, seen);
    debug_assert!(written.is_ok(), "a string takes everything");
    html
}

fn write_page(html: &mut String, seen: &Seen) -> std::fmt::Result {
    let complaints = seen.complaints();
    let title = if complaints.is_empty() {
        "all is well"
    } else {
        "needs a look"
    };
    write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"refresh\" content=\"10\"><title>chronus-teams: {title}</title>\
         <style>{STYLE}</style></head><body><h1>chronus-teams</h1>"
    )?;
    if complaints.is_empty() {
        write!(html, "<p class=\"good\">All is well.</p>")?;
    }
    for complaint in &complaints {
        write!(html, "<p class=\"bad\">{}</p>", escaped(complaint))?;
    }
    write!(
        html,
        "<p class=\"dim\">Version {}, seen at {}.</p>",
        env!("CARGO_PKG_VERSION"),
        seen.now.to_rfc3339_opts(SecondsFormat::Secs, true)
    )?;
    write_unlinked(html, seen)?;
    write_figures(html, seen)?;
    write_queues(html, seen)?;
    write_troubles(html, seen)?;
    html.write_str("</body></html>\n")
}

/// Tenants that no organization has are no fault: somebody is about to be linked, or tries the app in a tenant of their own.
fn write_unlinked(html: &mut String, seen: &Seen) -> std::fmt::Result {
    let (tenants, activities) = seen.unlinked;
    let whose = match tenants {
        0 => return Ok(()),
        1 => "a tenant".to_owned(),
        tenants => format!("{tenants} tenants"),
    };
    let times = match activities {
        1 => "once".to_owned(),
        activities => format!("{activities} times"),
    };
    write!(
        html,
        "<p>People of {whose} that no organization has showed up {times} since the start; \
         GET /v1/unlinked-tenants lists them.</p>"
    )
}

fn write_figures(html: &mut String, seen: &Seen) -> std::fmt::Result {
    let backlog = &seen.sample.backlog;
    let since =
        |since: Option<DateTime<Utc>>| since.map_or_else(|| "none".to_owned(), |since| ago(seen.now - since));
    let sum = |counts: &[(events::OrganizationId, u64)]| {
        counts.iter().map(|(_, count)| count).sum::<u64>().to_string()
    };
    let waiting: u64 = backlog.outbox.iter().map(|waiting| waiting.count).sum();
    html.write_str("<dl>")?;
    for (name, value) in [
        ("Log position", seen.head.to_string()),
        ("Read models behind", seen.lag().to_string()),
        ("Waiting to be sent", waiting.to_string()),
        ("Overdue", since(backlog.overdue_since(seen.now))),
        ("Oldest, put off included", since(backlog.oldest_unsettled())),
        ("Waiting for a person", sum(&backlog.unresolved)),
        ("Longest wait for a person", since(backlog.oldest_unresolved)),
        ("Answers to hand over", sum(&backlog.responses)),
        ("Oldest answer", since(backlog.oldest_response)),
        ("Actors in memory", seen.sample.actors.to_string()),
    ] {
        write!(html, "<div><dt>{name}</dt><dd>{}</dd></div>", escaped(&value))?;
    }
    html.write_str("</dl>")
}

fn write_queues(html: &mut String, seen: &Seen) -> std::fmt::Result {
    html.write_str("<h2>Queues</h2>")?;
    let mut queues: Vec<_> = seen
        .sample
        .backlog
        .outbox
        .iter()
        .filter(|waiting| waiting.count > 0)
        .collect();
    if queues.is_empty() {
        return html.write_str("<p class=\"dim\">Nothing waits to be sent.</p>");
    }
    queues.sort_by_key(|waiting| waiting.oldest);
    html.write_str(
        "<table><tr><th>Tenant</th><th>Class</th><th class=\"number\">Waiting</th><th class=\"number\">Oldest</th></tr>",
    )?;
    for waiting in queues.iter().take(QUEUES) {
        write!(
            html,
            "<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escaped(waiting.tenant_id.as_str()),
            class_name(waiting.class),
            waiting.count,
            waiting
                .oldest
                .map_or_else(String::new, |since| ago(seen.now - since)),
        )?;
    }
    html.write_str("</table>")?;
    if queues.len() > QUEUES {
        write!(html, "<p class=\"dim\">and {} more</p>", queues.len() - QUEUES)?;
    }
    Ok(())
}

fn write_troubles(html: &mut String, seen: &Seen) -> std::fmt::Result {
    html.write_str("<h2>Failures since the start</h2>")?;
    if seen.troubles.is_empty() {
        return html.write_str("<p class=\"dim\">None.</p>");
    }
    html.write_str(
        "<table><tr><th>Kind</th><th>Code</th><th class=\"number\">Times</th><th class=\"number\">Last</th></tr>",
    )?;
    for trouble in &seen.troubles {
        write!(
            html,
            "<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{} ago</td></tr>",
            trouble.class,
            escaped(&trouble.code),
            trouble.count,
            ago(seen.now - trouble.last),
        )?;
    }
    html.write_str("</table>")
}

/// A span in the two largest units that matter.
fn ago(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use projections::backlog::Waiting;

    use super::*;

    fn seen() -> Seen {
        Seen {
            now: DateTime::UNIX_EPOCH + TimeDelta::days(1),
            missing_keys: None,
            no_token: None,
            head: Position(10),
            condition: Condition::Usable,
            folded: Position(10),
            following: Health::Following,
            sample: Sample::default(),
            troubles: Vec::new(),
            unlinked: (0, 0),
        }
    }

    #[test]
    fn tenants_that_nobody_has_are_told_and_no_complaint() {
        let mut seen = seen();
        assert!(!page(&seen).contains("no organization has"));
        seen.unlinked = (2, 31);
        let shown = page(&seen);
        assert!(shown.contains("People of 2 tenants that no organization has showed up 31 times"));
        assert!(shown.contains("All is well."));
        seen.unlinked = (1, 1);
        assert!(page(&seen).contains("People of a tenant that no organization has showed up once since"));
    }

    #[test]
    fn a_quiet_service_is_well() {
        let html = page(&seen());
        assert!(html.contains("All is well."), "{html}");
        assert!(html.contains("Nothing waits to be sent."), "{html}");
    }

    #[test]
    fn what_waits_too_long_is_said_and_what_comes_from_outside_is_escaped() {
        let mut seen = seen();
        seen.sample.backlog.outbox.push(Waiting {
            tenant_id: events::TenantId::parse("t-1").unwrap(),
            class: None,
            count: 3,
            oldest: Some(seen.now - TimeDelta::hours(9)),
            owed_since: Some(seen.now - TimeDelta::minutes(6)),
        });
        seen.sample.backlog.outbox.push(Waiting {
            tenant_id: events::TenantId::parse("t-2").unwrap(),
            class: None,
            count: 1,
            oldest: Some(seen.now - TimeDelta::days(20)),
            owed_since: Some(seen.now + TimeDelta::days(10)),
        });
        seen.troubles.push(Trouble {
            class: "refused",
            code: "<b>".into(),
            count: 2,
            last: seen.now,
        });
        let html = page(&seen);
        assert!(html.contains("should have been sent 6 min 0 s ago"), "{html}");
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"), "{html}");
        assert!(!html.contains("All is well."), "{html}");
    }

    #[test]
    fn without_keys_or_a_token_the_headline_says_why_and_what_to_do() {
        let mut seen = seen();
        seen.missing_keys = Some("login.botframework.com".to_owned());
        seen.sample.waited_for = vec!["login".to_owned()];
        seen.no_token = Some(TokenError::Configuration {
            code: "AADSTS7000215".to_owned(),
            advice: "the client secret is wrong; write it anew",
        });
        let html = page(&seen);
        let first = html.find("Nothing from Teams can be checked: there are no signing keys yet; let this machine reach login.botframework.com");
        let second = html.find("Microsoft's login refuses this service (AADSTS7000215): the client secret is wrong; write it anew");
        assert!(first.is_some() && first < second, "{html}");
        assert!(
            !html.contains("All is well.") && !html.contains("does not answer"),
            "{html}"
        );
        seen.no_token = Some(TokenError::Retryable {
            reason: "timeout".to_owned(),
            retry_after: None,
        });
        assert!(page(&seen).contains("Microsoft's login gives no token (timeout); cards wait until it does"));
    }

    #[test]
    fn a_log_that_went_back_is_said() {
        let mut seen = seen();
        seen.condition = Condition::WentBack { seen: Position(9) };
        let html = page(&seen);
        assert!(html.contains("does not hold position 9 any more"), "{html}");
        assert!(!html.contains("All is well."), "{html}");
    }

    #[test]
    fn a_fold_that_stopped_is_said() {
        let mut seen = seen();
        seen.following = Health::Stopped {
            position: Position(4),
            reason: "no JSON".into(),
        };
        assert!(page(&seen).contains("stopped at position 4: no JSON"));
    }
}
