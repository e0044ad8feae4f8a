//! The document as one page for people: no script, nothing from anybody else.

use serde_json::Value;

use super::routes::{Body, Parameter, ROUTES, Route};
use super::shapes;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;\
background:#fff}h2{margin-top:2.5rem}details{border:1px solid #c8c8c8;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}\
summary{cursor:pointer}code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f4f4f4;padding:.6rem;overflow:auto;border-radius:4px}\
.m{display:inline-block;min-width:3.2rem;font-weight:600}.r{color:#555}table{border-collapse:collapse}td,th{text-align:left;\
padding:.2rem .8rem .2rem 0;vertical-align:top}@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}pre{background:#262626}\
details{border-color:#444}.r{color:#aaa}a{color:#8ab4ff}}";

/// The page.
pub(super) fn page() -> String {
    let head = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>The API of chronus-teams</title><style>{STYLE}</style></head><body><main><h1>The API of chronus-teams</h1>\
         <p>Send a key as <code>Authorization: Bearer …</code>. Refusals are problem details (RFC 9457). Lists go on by <code>after</code>, with \
         <code>next</code> of the page before. A change that is sent again with the same <code>Idempotency-Key</code> is made once. The same for machines: <a href=\"/v1/openapi.json\">openapi.json</a>.</p>"
    );
    let mut parts = vec![head];
    let mut group = "";
    for one in ROUTES {
        if one.group != group {
            group = one.group;
            parts.push(format!("<h2>{}</h2>", escaped(group)));
        }
        parts.push(route(one));
    }
    parts.push("</main></body></html>\n".to_owned());
    parts.concat()
}

fn route(one: &Route) -> String {
    let role = one.role.map_or_else(
        || "for everybody".to_owned(),
        |role| format!("role {}", role.as_str()),
    );
    let (method, path, says) = (one.method.to_uppercase(), escaped(one.path), escaped(one.says));
    let parameters = parameters(one.parameters);
    let sent = body("Sent", one.takes);
    let answered = body(&format!("Answered ({})", one.status), one.gives);
    format!(
        "<details><summary><span class=\"m\">{method}</span> <code>{path}</code> <span class=\"r\">{role}</span></summary>\
         <p>{says}</p>{parameters}{sent}{answered}</details>"
    )
}

fn parameters(all: &[Parameter]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let rows = all.iter().map(|one| {
        let needed = if one.is_needed { " (needed)" } else { "" };
        let (name, says) = (escaped(one.name), escaped(one.says));
        format!("<tr><td><code>{name}</code>{needed}</td><td>{says}</td></tr>")
    });
    let rows: String = rows.collect();
    format!("<table><tr><th>parameter</th><th></th></tr>{rows}</table>")
}

fn body(what: &str, body: Body) -> String {
    let (shape, media): (fn() -> Value, &[&str]) = match body {
        Body::Nothing => return String::new(),
        Body::Json(shape) => (shape, &[]),
        Body::Also(shape, media) => (shape, media),
    };
    let also = if media.is_empty() {
        String::new()
    } else {
        format!(", also as {}", escaped(&media.join(", ")))
    };
    let told = serde_json::to_string_pretty(&resolved(&shape())).unwrap_or_default();
    format!("<p>{what}{also}:</p><pre>{}</pre>", escaped(&told))
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
