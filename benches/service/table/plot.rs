//! Plots as SVG, drawn with what is at hand.

use std::fmt::Write as _;

use super::figure::{Bound, Row};
use super::growth::Stage;

const WIDTH: f64 = 720.0;
const BAR: f64 = 22.0;
const LABEL: f64 = 400.0;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn sheet(height: f64, title: &str, inner: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\" role=\"img\">\n<title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"10\" y=\"18\" font-size=\"14\">{title}</text>\n\
         {inner}</svg>\n"
    )
}

/// How far each figure that has a target is from it, as a bar up to 1 (met).
pub(crate) fn ratios(rows: &[Row]) -> String {
    let (mut inner, mut y) = (String::new(), 34.0);
    for row in rows {
        for figure in &row.figures {
            let Some(target) = figure.target else { continue };
            let reached = match target {
                Bound::AtLeast(least) => figure.value / least,
                Bound::AtMost(most) => most / figure.value,
            };
            let part = reached.clamp(0.0, 1.0);
            let color = if reached >= 1.0 { "#2e7d32" } else { "#b26a00" };
            let (long, text) = ((WIDTH - LABEL - 60.0) * part, y + 12.0);
            let what = escaped(&format!("{} {}: {}", row.number, figure.what, figure.shown()));
            // Writing to a string cannot fail.
            let _ignored = write!(
                inner,
                "<text x=\"10\" y=\"{text}\">{what}</text>\n<rect x=\"{LABEL}\" y=\"{y}\" width=\"{long:.0}\" \
                 height=\"14\" fill=\"{color}\"/>\n<text x=\"{:.0}\" y=\"{text}\">{reached:.2}</text>\n",
                LABEL + long + 6.0
            );
            y += BAR;
        }
    }
    sheet(y + 10.0, "How much of each target is reached (1 is met)", &inner)
}

/// Each thing at each size of the log, relative to the smallest.
pub(crate) fn growth(stages: &[Stage]) -> String {
    const COLORS: [&str; 5] = ["#1565c0", "#2e7d32", "#b26a00", "#6a1b9a", "#c62828"];
    let Some(first) = stages.first() else {
        return sheet(40.0, "Nothing was measured", "");
    };
    let x = |events: u64| 60.0 + ((events.max(1) as f64).log10() - 4.0) / 3.0 * 400.0;
    let y = |times: f64| 300.0 - times.clamp(0.0, 2.5) / 2.5 * 260.0;
    let mut inner = String::new();
    for (times, dash) in [(0.0, ""), (1.0, ""), (1.25, " stroke-dasharray=\"5 4\"")] {
        let at = y(times);
        let _ignored = writeln!(
            inner,
            "<line x1=\"60\" x2=\"460\" y1=\"{at:.0}\" y2=\"{at:.0}\" stroke=\"#999\"{dash}/><text x=\"20\" y=\"{at:.0}\">{times}</text>"
        );
    }
    for power in 4..=7_u32 {
        let at = x(10_u64.pow(power));
        let _ignored = writeln!(
            inner,
            "<text x=\"{at:.0}\" y=\"318\" text-anchor=\"middle\">10^{power}</text>"
        );
    }
    for (index, (what, unit, base, more)) in first.values.iter().enumerate() {
        let color = COLORS[index % COLORS.len()];
        let points = stages.iter().filter_map(|stage| {
            let value = stage.values.get(index)?.2;
            let times = if *more { base / value } else { value / base };
            Some(format!("{:.1},{:.1}", x(stage.events), y(times)))
        });
        let points: Vec<String> = points.collect();
        let last = stages
            .last()
            .and_then(|stage| stage.values.get(index))
            .map_or(0.0, |value| value.2);
        let _ignored = writeln!(
            inner,
            "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" points=\"{}\"/>\n\
             <text x=\"475\" y=\"{}\" fill=\"{color}\">{what}: {base:.2} to {last:.2} {unit}</text>",
            points.join(" "),
            60 + index * 20
        );
    }
    sheet(
        335.0,
        "Cost by events in the log, against the smallest log (dashed: 1.25)",
        &inner,
    )
}
