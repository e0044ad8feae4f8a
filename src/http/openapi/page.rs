//! The document as one page for people: no script, nothing from anybody else.

use std::fmt::Write as _;

use serde_json::Value;

use super::routes::{Body, ROUTES, Route};
use super::shapes;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;\
background:#fff}h2{margin-top:2.5rem}details{border:1px solid #c8c8c8;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}\
summary{cursor:pointer}code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f4f4f4;padding:.6rem;overflow:auto;border-radius:4px}\
.m{display:inline-block;min-width:3.2rem;font-weight:600}.r{color:#555}table{border-collapse:collapse}td,th{text-align:left;\
padding:.2rem .8rem .2rem 0;vertical-align:top}@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}pre{background:#262626}\
details{border-color:#444}.r{color:#aaa}a{color:#8ab4ff}}";

/// The page.
pub(super) fn page() -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>The API of chronus-teams</title><style>{STYLE}</style></head><body><main><h1>The API of chronus-teams</h1>\
         <p>Send a key as <code>Authorization: Bearer …</code>. Refusals are problem details (RFC 9457). Lists go on by <code>after</code>, with \
         <code>next</code> of the page before. The same for machines: <a href=\"/v1/openapi.json\">openapi.json</a>.</p>"
    );
    let mut group = "";
    for route in ROUTES {
        if route.group != group {
            group = route.group;
            page += &format!("<h2>{}</h2>", escaped(group));
        }
        write_route(&mut page, route);
    }
    page + "</main></body></html>\n"
}

fn write_route(page: &mut String, route: &Route) {
    let role = route.role.map_or("for everybody".to_owned(), |role| {
        format!("role {}", role.as_str())
    });
    // Writing to a string never fails.
    let _ = write!(
        page,
        "<details><summary><span class=\"m\">{}</span> <code>{}</code> <span class=\"r\">{role}</span></summary><p>{}</p>",
        route.method.to_uppercase(),
        escaped(route.path),
        escaped(route.says),
    );
    if !route.parameters.is_empty() {
        *page += "<table><tr><th>parameter</th><th></th></tr>";
        for one in route.parameters {
            let needed = if one.is_needed { " (needed)" } else { "" };
            let _ = write!(
                page,
                "<tr><td><code>{}</code>{needed}</td><td>{}</td></tr>",
                escaped(one.name),
                escaped(one.says)
            );
        }
        *page += "</table>";
    }
    write_body(page, "Sent", route.takes);
    write_body(page, &format!("Answered ({})", route.status), route.gives);
    *page += "</details>";
}

fn write_body(page: &mut String, what: &str, body: Body) {
    let (shape, media): (fn() -> Value, &[&str]) = match body {
        Body::Nothing => return,
        Body::Json(shape) => (shape, &[]),
        Body::Also(shape, media) => (shape, media),
    };
    let _ = write!(page, "<p>{what}");
    if !media.is_empty() {
        let _ = write!(page, ", also as {}", escaped(&media.join(", ")));
    }
    let told = serde_json::to_string_pretty(&resolved(&shape())).unwrap_or_default();
    let _ = write!(page, ":</p><pre>{}</pre>", escaped(&told));
}

/// A shape that is named, in full: whoever reads a page does not follow references.
fn resolved(shape: &Value) -> Value {
    let name = shape["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    name.map_or_else(|| shape.clone(), |name| shapes::shared()[name].clone())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
