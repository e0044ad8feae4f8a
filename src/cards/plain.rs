//! The card for any domain event without a card of its own: headline, text, one link.

use chrono_tz::Tz;

use super::buttons::open;
use super::content::Content;
use super::elements::{Drawing, Tone, after_line, close, fixed, heading, panel, paragraphs, words};
use super::escape::{self, shorten};
use super::{Resolution, text, time};

/// The card. At most `max` characters of the text are shown.
pub(super) fn plain(content: &Content, resolution: Option<&Resolution>, zone: Tz, max: usize) -> Drawing {
    let mut body = vec![heading(escape::heading(&content.headline()))];
    if let Some(whole) = content.body.as_deref().or(content.message.as_deref()) {
        let shown = shorten(whole, max);
        body.extend(paragraphs(&shown));
        if shown.len() < whole.len() {
            body.push(close(fixed(text::SHORTENED, Tone::Small)));
        }
    }
    if let Some(end) = resolution {
        let at = time::moment(end.at, zone);
        body.push(panel(&[fixed(
            text::ended(end.state, end.here, &at),
            Tone::Strong,
        )]));
    }
    body.push(after_line(words(&footer(content), Tone::Small)));
    let link = content.web.as_ref().or(content.profile.as_ref());
    let title = |host: &str| text::open_at(content.label.as_deref(), host);
    Drawing {
        toast: text::plain_toast(&content.event_type).to_owned(),
        body,
        actions: link
            .map(|link| open(&title(link.host()), link))
            .into_iter()
            .collect(),
    }
}

/// Programme, and why the person gets this.
fn footer(content: &Content) -> String {
    match &content.program {
        Some(program) => format!("{program} · {}", text::PLAIN_WHY),
        None => text::PLAIN_WHY.to_owned(),
    }
}
