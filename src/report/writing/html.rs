//! A report as one page: charts as inline SVG, each beside the table of its numbers. No script, nothing fetched, and
//! nothing told by colour alone.

use std::fmt::Write as _;

use projections::metrics::tally::Table;

use super::super::document::{Document, Figure, Written, figures, moment};
use super::table::empty;

/// Bars in one chart, at most; what has more has its table.
const MOST_BARS: usize = 60;
/// Charts for one table that is grouped, at most.
const MOST_CHARTS: usize = 12;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#111;background:#fff}\
table{border-collapse:collapse;margin:0 0 1rem}th,td{border-bottom:1px solid #888;padding:.2rem .8rem .2rem 0;text-align:left;\
vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}section{display:flex;flex-wrap:wrap;gap:2rem;\
align-items:flex-start}figure{margin:0 0 1rem}figcaption{font-weight:600}dt{font-weight:600}dd{margin:0 0 .4rem;\
overflow-wrap:anywhere}.wide{overflow-x:auto}@media print{body{margin:0;max-width:none}}";

/// The text.
pub(in super::super) fn write(document: &Document) -> String {
    let head = &document.head;
    let mut out = String::new();
    let title = escaped(&head.definition);
    push(
        &mut out,
        format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} as of position {}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{}</h1>\n<p>{}.</p>\n",
            head.position,
            title,
            escaped(head.about),
        ),
    );
    inside(&mut out, document);
    out.push_str("</body>\n</html>\n");
    out
}

/// The part of the page that is the report, for a page that has a style of its own.
pub(in super::super) fn part(document: &Document) -> String {
    let mut out = String::new();
    inside(&mut out, document);
    out
}

fn inside(out: &mut String, document: &Document) {
    for table in &document.tables {
        section(out, table);
    }
    if document.rows.is_some() {
        rows(out, document);
    }
    about(out, document);
}

/// Writing into a string does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).unwrap_or_default();
}

fn about(out: &mut String, document: &Document) {
    let head = &document.head;
    let recorded = head.recorded();
    let position = format!("position {} of log {}", head.position, head.log);
    let sha256 = document.sha256();
    let facts = [
        ("Definition", head.text),
        ("As of", &position),
        ("Recorded", &recorded),
        ("Zone", head.zone),
        ("Rules", &head.rules),
        ("Program", head.binary),
        ("Query", &head.query),
        ("SHA-256 of the content", &sha256),
    ];
    out.push_str("<h2>What this is</h2>\n<dl>\n");
    for (name, value) in facts {
        push(out, format_args!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value)));
    }
    out.push_str("</dl>\n");
}

fn section(out: &mut String, table: &Table) {
    push(
        out,
        format_args!("<h2>{}</h2>\n<section>\n", escaped(table.section.title)),
    );
    numbers(out, table);
    out.push_str("<div>\n");
    for chart in charts(table) {
        draw(out, &chart);
    }
    out.push_str("</div>\n</section>\n");
}

fn numbers(out: &mut String, table: &Table) {
    out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for name in table
        .by
        .iter()
        .map(|by| by.as_str())
        .chain(table.section.labels.iter().copied())
    {
        push(out, format_args!("<th scope=\"col\">{}</th>", escaped(name)));
    }
    for figure in figures(table.section.measure, &empty(table.section.measure)) {
        push(
            out,
            format_args!("<th scope=\"col\" class=\"n\">{}</th>", figure.heading),
        );
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for group in &table.groups {
        let name = || {
            table
                .by
                .map(|_| format!("<th scope=\"row\">{}</th>", escaped(&group.name)))
        };
        if group.hidden {
            let name = name().unwrap_or_default();
            let columns = table.section.labels.len()
                + figures(table.section.measure, &empty(table.section.measure)).len();
            push(
                out,
                format_args!("<tr>{name}<td colspan=\"{columns}\">hidden: few people</td></tr>\n"),
            );
        }
        for line in &group.lines {
            push(out, format_args!("<tr>{}", name().unwrap_or_default()));
            for label in &line.labels {
                push(out, format_args!("<td>{}</td>", escaped(label)));
            }
            for figure in figures(table.section.measure, &line.figures) {
                push(
                    out,
                    format_args!("<td class=\"n\">{}</td>", escaped(&figure.told())),
                );
            }
            out.push_str("</tr>\n");
        }
    }
    out.push_str("</tbody>\n</table></div>\n");
}

struct Chart {
    title: String,
    bars: Vec<(String, Figure)>,
}

/// One chart of the lines where there is one group; else one chart a line, of the groups.
fn charts(table: &Table) -> Vec<Chart> {
    let of = |labels: &[std::borrow::Cow<'static, str>]| {
        let shown: Vec<&str> = labels
            .iter()
            .map(AsRef::as_ref)
            .filter(|label| !label.is_empty())
            .collect();
        shown.join(", ")
    };
    let figure = |figures: Vec<Figure>| match figures.as_slice() {
        // The median says more than how many there are.
        [_, median, _] => Some(median.clone()),
        [count, ..] => Some(count.clone()),
        [] => None,
    };
    let mut charts: Vec<Chart> = Vec::new();
    for group in &table.groups {
        for line in &group.lines {
            let Some(value) = figure(figures(table.section.measure, &line.figures)) else {
                continue;
            };
            let (title, bar) = match table.by {
                None => (table.section.title.to_owned(), of(&line.labels)),
                Some(_) => (of(&line.labels), group.name.clone()),
            };
            match charts.iter_mut().find(|chart| chart.title == title) {
                Some(chart) => chart.bars.push((bar, value)),
                None => charts.push(Chart {
                    title,
                    bars: vec![(bar, value)],
                }),
            }
        }
    }
    charts
        .retain(|chart| chart.bars.len() <= MOST_BARS && chart.bars.iter().any(|(_, value)| size(value) > 0));
    charts.truncate(MOST_CHARTS);
    charts
}

fn size(figure: &Figure) -> i64 {
    match figure.value {
        Written::Whole(value) | Written::Millis(value) | Written::Permille(value) => value.max(0),
        Written::Nothing | Written::Hidden => 0,
    }
}

/// Horizontal bars, each with its name before and its number behind it.
fn draw(out: &mut String, chart: &Chart) {
    const ROW: usize = 24;
    const BAR: i64 = 260;
    let longest = chart
        .bars
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    // About as wide as text of this size is; longer names are cut, and stand whole in the table.
    let names = longest.min(40) * 8 + 12;
    let (width, height) = (names + 260 + 110, chart.bars.len() * ROW + 8);
    let most = chart
        .bars
        .iter()
        .map(|(_, value)| size(value))
        .max()
        .unwrap_or(1)
        .max(1);
    push(
        out,
        format_args!(
            "<figure><figcaption>{}</figcaption>\n<svg role=\"img\" aria-label=\"{0}; the numbers are in the table\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui,sans-serif\" \
         font-size=\"13\">\n",
            escaped(&chart.title),
        ),
    );
    for (index, (name, value)) in chart.bars.iter().enumerate() {
        let (top, text) = (index * ROW + 4, index * ROW + 20);
        let long = i128::from(size(value)) * i128::from(BAR) / i128::from(most);
        let cut: String = name.chars().take(40).collect();
        push(
            out,
            format_args!(
                "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text><rect x=\"{names}\" y=\"{top}\" width=\"{long}\" height=\"18\" \
             fill=\"#333\"/><text x=\"{}\" y=\"{text}\">{}</text>\n",
                names - 8,
                escaped(&cut),
                names as i128 + long + 6,
                escaped(&value.told()),
            ),
        );
    }
    out.push_str("</svg></figure>\n");
}

fn rows(out: &mut String, document: &Document) {
    out.push_str(
        "<h2>Rows behind the figures</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">table</th><th scope=\"col\">group</th>\
         <th scope=\"col\">line</th><th scope=\"col\" class=\"n\">count</th><th scope=\"col\" class=\"n\">value</th>\
         <th scope=\"col\">row</th><th scope=\"col\">person</th><th scope=\"col\">happened</th>\
         <th scope=\"col\" class=\"n\">position</th></tr></thead>\n<tbody>\n",
    );
    for row in document.rows.iter().flatten() {
        let known = row.row.as_ref();
        let labels: Vec<&str> = row
            .labels
            .iter()
            .map(AsRef::as_ref)
            .filter(|label| !label.is_empty())
            .collect();
        push(
            out,
            format_args!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{}</td>\
             <td class=\"n\">{}</td></tr>\n",
                row.section,
                escaped(&row.group),
                escaped(&labels.join(", ")),
                row.count,
                row.value,
                escaped(known.map_or("(anonymous)", |known| &known.id)),
                escaped(known.map_or("", |known| &known.person)),
                row.at.map(moment).unwrap_or_default(),
                row.position
                    .map(|position| position.to_string())
                    .unwrap_or_default(),
            ),
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// Text that is nothing but text in a page.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
