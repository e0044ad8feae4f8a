//! The page for Grafana asks what a real service answers: each query of `deploy/grafana` is run against what one exports
//! after a day with everything in it. Where Prometheus' promtool is there it runs the queries; names and labels are held
//! against the export in any case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use serde_json::Value;

use crate::insight::{shown, value};
use crate::support::{ADA, BEN, World, mentoring_request, plain, press};

const PAGE: &str = include_str!("../../deploy/grafana/chronus-teams.json");
const RULES: &str = include_str!("../../deploy/alerts.yml");

/// Minutes of made-up history, long enough for every range of the page but the day's.
const MINUTES: usize = 20;

/// A query with what its legend says.
struct Query {
    panel: String,
    expr: String,
    legend: String,
}

/// Every query, with Grafana's variables filled in.
fn queries() -> Vec<Query> {
    let page: Value = serde_json::from_str(PAGE).unwrap();
    let panels = page["panels"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    panels
        .flat_map(|panel| {
            let targets = panel["targets"].as_array().cloned().unwrap_or_default();
            targets.into_iter().map(move |target| Query {
                panel: text(&panel["title"]),
                expr: text(&target["expr"])
                    .replace("$instance", ".*")
                    .replace("$__rate_interval", "5m"),
                legend: text(&target["legendFormat"]),
            })
        })
        .collect()
}

/// What a service exports after something of everything happened.
async fn export() -> String {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let order = |effect, count| {
        let fault = Fault::next(effect, count).on(Operation::Send);
        world.sandbox.order(fault.for_user(&ADA.key()));
    };
    order(Effect::Throttle { retry_after: Some(1) }, 1);
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    assert!(ada.press(press(&card, "Accept")).await.unwrap().taken());
    world.webhook_got(1).await;
    let refusal = Effect::Refuse {
        status: 403,
        code: "NotEnoughPermissions".to_owned(),
        delivered: false,
    };
    order(refusal, 1);
    let card = world.send(&[plain("2", ADA.email, "Refused")]).await.card(0);
    world.reaches(&card, "refused").await;
    assert!(ada.say("pause 3 days").await.unwrap().taken());
    world.at_rest().await;
    let card = world.send(&[plain("3", ADA.email, "Not now")]).await.card(0);
    world.reaches(&card, "suppressed").await;
    world.send(&[plain("4", BEN.email, "Nobody yet")]).await;
    world.get_as("ctk_acme_of-nobody", "/v1/responses").await;
    shown(&world, |metrics| {
        let counted = |series| value(metrics, series).is_some_and(|count| count >= 1.0);
        counted("chronus_teams_answering_seconds_count")
            && counted("chronus_teams_unresolved_waiting")
            && counted("chronus_teams_not_sent_total")
            && counted("chronus_teams_alerts_total")
            && metrics.contains("chronus_teams_webhooks_off")
    })
    .await
}

/// Each metric with the labels that its series have.
fn labels(metrics: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let series = line.rsplit_once(' ').map_or(line, |(series, _)| series);
        let (name, inside) = series.split_once('{').unwrap_or((series, ""));
        let of = known.entry(name).or_default();
        of.insert("instance");
        of.extend(
            inside
                .split("\",")
                .filter_map(|label| label.split_once('='))
                .map(|(name, _)| name),
        );
    }
    known
}

/// The names of an expression that begin so.
fn names<'e>(expr: &'e str, prefix: &str) -> BTreeSet<&'e str> {
    let whole = |at: usize| {
        let rest = &expr[at..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    };
    expr.match_indices(prefix).map(|(at, _)| whole(at)).collect()
}

/// The labels that an expression is grouped by.
fn grouped(expr: &str) -> BTreeSet<&str> {
    let groups = expr.split("by (").skip(1);
    groups
        .flat_map(|rest| rest.split(')').next().unwrap().split(','))
        .map(str::trim)
        .collect()
}

/// What promtool makes of the queries over a history that ends in the export; nothing where it is not installed.
fn run_by_promtool(metrics: &str, queries: &[Query]) -> Option<()> {
    let mut text = format!(
        "evaluation_interval: 1m\ntests:\n- interval: 1m\n  input_series:\n  - series: 'up{{job=\"chronus-teams\",instance=\"a\"}}'\n    values: '1+0x{MINUTES}'\n"
    );
    for line in metrics
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, inside) = series
            .split_once('{')
            .map_or((series, ""), |(name, rest)| (name, rest.trim_end_matches('}')));
        let comma = if inside.is_empty() { "" } else { "," };
        let inside = inside.replace('\'', "''");
        let counts = ["_total", "_bucket", "_count", "_sum"]
            .iter()
            .any(|end| name.ends_with(end));
        let history = if counts {
            format!("0+{value}x{MINUTES}")
        } else {
            format!("{value}+0x{MINUTES}")
        };
        writeln!(
            text,
            "  - series: '{name}{{{inside}{comma}instance=\"a\"}}'\n    values: '{history}'"
        )
        .unwrap();
    }
    text.push_str("  promql_expr_test:\n");
    for query in queries {
        // Nothing is expected, so that every query that finds something says what it got.
        let expr = query.expr.replace('\'', "''");
        writeln!(
            text,
            "  - expr: '{expr}'\n    eval_time: {MINUTES}m\n    exp_samples: []"
        )
        .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("test.yml"), text).unwrap();
    let run = std::process::Command::new("promtool")
        .args(["test", "rules", "test.yml"])
        .current_dir(folder.path())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    let found = said.matches("got:").count();
    assert_eq!(
        found,
        queries.len(),
        "a query cannot be run, or finds nothing: {said}"
    );
    Some(())
}

#[actix_web::test]
async fn every_query_of_the_dashboard_finds_something_in_what_a_real_service_exports() {
    let (metrics, queries) = (export().await, queries());
    assert!(queries.len() > 30, "{}", queries.len());
    let known = labels(&metrics);
    for Query { panel, expr, legend } in &queries {
        let asked = names(expr, "chronus_teams_");
        assert!(!asked.is_empty() || expr.contains("up{"), "{panel}: {expr}");
        let mut of_them = BTreeSet::from(["le"]);
        for metric in asked {
            let labels = known.get(metric);
            of_them.extend(labels.unwrap_or_else(|| panic!("{panel}: nothing exports {metric}:\n{metrics}")));
        }
        let by = grouped(expr);
        assert!(by.is_subset(&of_them), "{panel}: {by:?} is not among {of_them:?}");
        for label in legend
            .split("{{")
            .skip(1)
            .map(|rest| rest.split("}}").next().unwrap())
        {
            assert!(
                by.contains(label),
                "{panel}: the legend's {label} is lost in {expr}"
            );
        }
    }
    // Whoever has promtool hears more of it.
    run_by_promtool(&metrics, &queries).unwrap_or_default();
}

#[test]
fn the_dashboard_leads_to_alerts_that_exist() {
    let mut led = 0;
    for named in PAGE.split("Runbook: ").skip(1) {
        let alert: String = named.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(RULES.contains(&format!("- alert: {alert}\n")), "no rule {alert}");
        led += 1;
    }
    assert!(led > 5, "{led}");
}
