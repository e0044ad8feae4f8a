//! A card as HTML: the elements that our cards are made of, for people who look at cards in a browser. Every text is escaped, no
//! style stands in the markup, and pictures are shown only where they stand in the card itself: nothing is fetched from anybody.

use std::fmt::Write as _;

use serde_json::Value;

/// What becomes of a card's buttons and inputs.
pub trait Hands {
    /// A button that sends something to the bot, as HTML; `title` is escaped already.
    fn button(&self, action: &Value, title: &str, class: &str) -> String;
    /// Whether inputs can be filled.
    fn fills(&self) -> bool;
}

/// The card is looked at alone.
#[derive(Debug, Clone, Copy)]
pub struct Looked;

impl Hands for Looked {
    fn button(&self, _: &Value, title: &str, class: &str) -> String {
        format!("<span class=\"{class}\">{title}</span>")
    }

    fn fills(&self) -> bool {
        false
    }
}

/// Draws the content of a card.
pub fn draw(card: &Value, hands: &dyn Hands) -> String {
    let mut out = String::with_capacity(2_048);
    let direction = if card["rtl"] == true { "rtl" } else { "auto" };
    let language = card["lang"].as_str().unwrap_or("en");
    push(
        &mut out,
        format_args!(
            "<div class=\"ac\" dir=\"{direction}\" lang=\"{}\">",
            escaped(language)
        ),
    );
    Pen { out: &mut out, hands }.inside(card);
    out.push_str("</div>");
    out
}

struct Pen<'a> {
    out: &'a mut String,
    hands: &'a dyn Hands,
}

impl Pen<'_> {
    /// Body and buttons of a card.
    fn inside(&mut self, card: &Value) {
        self.all(&card["body"]);
        self.actions(&card["actions"]);
    }

    fn all(&mut self, elements: &Value) {
        for element in elements.as_array().into_iter().flatten() {
            self.element(element);
        }
    }

    fn element(&mut self, element: &Value) {
        // What a button shows instead is there to be opened.
        let hidden = element["isVisible"] == false;
        if hidden && element["type"] == "ActionSet" {
            return;
        }
        if hidden {
            self.out
                .push_str("<details class=\"ac-more\"><summary>…</summary>");
        }
        let separator = if element["separator"] == true {
            " ac-line"
        } else {
            ""
        };
        match element["type"].as_str().unwrap_or_default() {
            "TextBlock" => self.text_block(element, separator),
            "RichTextBlock" => self.rich(element, separator),
            "Container" => self.container(element, separator),
            "ColumnSet" => self.columns(element, separator),
            "FactSet" => self.facts(element),
            "Image" => self.image(element),
            "ActionSet" => self.actions(&element["actions"]),
            kind if kind.starts_with("Input.") => self.input(element, kind),
            _ => {}
        }
        if hidden {
            self.out.push_str("</details>");
        }
    }

    fn text_block(&mut self, element: &Value, more: &str) {
        let text = markdown(element["text"].as_str().unwrap_or_default());
        let class = tones(element);
        let tag = if element["style"] == "heading" { "h3" } else { "p" };
        push(
            self.out,
            format_args!("<{tag} class=\"ac-text{class}{more}\" dir=\"auto\">{text}</{tag}>"),
        );
    }

    fn rich(&mut self, element: &Value, more: &str) {
        push(self.out, format_args!("<p class=\"ac-text{more}\" dir=\"auto\">"));
        for run in element["inlines"].as_array().into_iter().flatten() {
            let text = run.as_str().or_else(|| run["text"].as_str()).unwrap_or_default();
            let struck = if run["strikethrough"] == true {
                " ac-struck"
            } else {
                ""
            };
            push(
                self.out,
                format_args!(
                    "<span class=\"ac-run{}{struck}\">{}</span>",
                    tones(run),
                    escaped(text)
                ),
            );
        }
        self.out.push_str("</p>");
    }

    fn container(&mut self, element: &Value, more: &str) {
        let style = match element["style"].as_str() {
            Some("emphasis") => " ac-emphasis",
            Some("attention") => " ac-attention",
            Some("good") => " ac-good",
            Some("warning") => " ac-warning",
            Some("accent") => " ac-accent",
            Some(_) | None => "",
        };
        push(self.out, format_args!("<div class=\"ac-box{style}{more}\">"));
        self.all(&element["items"]);
        self.out.push_str("</div>");
    }

    fn columns(&mut self, element: &Value, more: &str) {
        push(self.out, format_args!("<div class=\"ac-columns{more}\">"));
        for column in element["columns"].as_array().into_iter().flatten() {
            let width = match column["width"].as_str() {
                Some("stretch") | None => "ac-stretch",
                Some("auto") => "ac-auto",
                Some(_) => "ac-label",
            };
            push(self.out, format_args!("<div class=\"{width}\">"));
            self.all(&column["items"]);
            self.out.push_str("</div>");
        }
        self.out.push_str("</div>");
    }

    fn facts(&mut self, element: &Value) {
        self.out.push_str("<dl class=\"ac-facts\">");
        for fact in element["facts"].as_array().into_iter().flatten() {
            let text = |name: &str| markdown(fact[name].as_str().unwrap_or_default());
            push(
                self.out,
                format_args!(
                    "<dt dir=\"auto\">{}</dt><dd dir=\"auto\">{}</dd>",
                    text("title"),
                    text("value")
                ),
            );
        }
        self.out.push_str("</dl>");
    }

    fn image(&mut self, element: &Value) {
        let (url, alt) = (
            element["url"].as_str().unwrap_or_default(),
            escaped(element["altText"].as_str().unwrap_or_default()),
        );
        let width = element["width"]
            .as_str()
            .and_then(|width| width.strip_suffix("px")?.parse::<u16>().ok());
        let width = width
            .map(|width| format!(" width=\"{}\"", width.min(400)))
            .unwrap_or_default();
        // Whoever looks is not told to the picture's host.
        if url.starts_with("data:image/png;base64,") || url.starts_with("data:image/svg+xml;base64,") {
            push(
                self.out,
                format_args!(
                    "<img class=\"ac-image\" src=\"{}\" alt=\"{alt}\"{width}>",
                    escaped(url)
                ),
            );
        } else {
            push(
                self.out,
                format_args!("<span class=\"ac-elsewhere\" dir=\"auto\">{alt}</span>"),
            );
        }
    }

    fn actions(&mut self, actions: &Value) {
        let Some(actions) = actions.as_array().filter(|actions| !actions.is_empty()) else {
            return;
        };
        self.out.push_str("<div class=\"ac-actions\">");
        for action in actions {
            self.action(action);
        }
        self.out.push_str("</div>");
    }

    fn action(&mut self, action: &Value) {
        let title = escaped(action["title"].as_str().unwrap_or_default());
        let class = match action["style"].as_str() {
            Some("positive") => "ac-button ac-positive",
            Some("destructive") => "ac-button ac-destructive",
            Some(_) | None => "ac-button",
        };
        match action["type"].as_str().unwrap_or_default() {
            "Action.Execute" | "Action.Submit" => {
                let button = self.hands.button(action, &title, class);
                self.out.push_str(&button);
            }
            "Action.OpenUrl" => {
                let url = action["url"].as_str().unwrap_or_default();
                if url.starts_with("https://") {
                    push(
                        self.out,
                        format_args!(
                            "<a class=\"{class}\" href=\"{}\" rel=\"noreferrer noopener\">{title}</a>",
                            escaped(url)
                        ),
                    );
                }
            }
            "Action.ShowCard" => {
                push(
                    self.out,
                    format_args!("<details class=\"ac-show\"><summary class=\"{class}\">{title}</summary>"),
                );
                self.inside(&action["card"]);
                self.out.push_str("</details>");
            }
            // What it opens stands there, closed.
            _ => {}
        }
    }

    fn input(&mut self, element: &Value, kind: &str) {
        let text = |name: &str| escaped(element[name].as_str().unwrap_or_default());
        let (label, id, hint) = (text("label"), text("id"), text("placeholder"));
        let value = match &element["value"] {
            Value::String(value) => escaped(value),
            Value::Number(value) => value.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        let off = if self.hands.fills() { "" } else { " disabled" };
        push(
            self.out,
            format_args!("<label class=\"ac-input\"><span dir=\"auto\">{label}</span>"),
        );
        match kind {
            "Input.ChoiceSet" => self.choice(element, &id, off),
            "Input.Text" if element["isMultiline"] == true => push(
                self.out,
                format_args!(
                    "<textarea name=\"input:{id}\" rows=\"3\" placeholder=\"{hint}\" dir=\"auto\"{off}>{value}</textarea>"
                ),
            ),
            _ => {
                let kind = match kind {
                    "Input.Date" => "date",
                    "Input.Time" => "time",
                    "Input.Number" => "number",
                    _ => "text",
                };
                push(
                    self.out,
                    format_args!(
                        "<input name=\"input:{id}\" type=\"{kind}\" value=\"{value}\" placeholder=\"{hint}\" dir=\"auto\"{off}>"
                    ),
                );
            }
        }
        self.out.push_str("</label>");
    }

    fn choice(&mut self, element: &Value, id: &str, off: &str) {
        let chosen = element["value"].as_str().unwrap_or_default();
        push(self.out, format_args!("<select name=\"input:{id}\"{off}>"));
        if chosen.is_empty() {
            self.out.push_str("<option value=\"\"></option>");
        }
        for choice in element["choices"].as_array().into_iter().flatten() {
            let (value, title) = (
                choice["value"].as_str().unwrap_or_default(),
                choice["title"].as_str().unwrap_or_default(),
            );
            let selected = if value == chosen { " selected" } else { "" };
            push(
                self.out,
                format_args!(
                    "<option value=\"{}\"{selected}>{}</option>",
                    escaped(value),
                    escaped(title)
                ),
            );
        }
        self.out.push_str("</select>");
    }
}

fn tones(element: &Value) -> String {
    let mut class = String::new();
    if element["weight"] == "Bolder" {
        class.push_str(" ac-strong");
    }
    if element["isSubtle"] == true {
        class.push_str(" ac-quiet");
    }
    match element["size"].as_str() {
        Some("Large" | "ExtraLarge" | "Medium") => class.push_str(" ac-large"),
        Some("Small") => class.push_str(" ac-small"),
        Some(_) | None => {}
    }
    class
}

/// Our own words as Markdown: bold, and what a backslash keeps from being read.
fn markdown(text: &str) -> String {
    let (mut out, mut bold, mut rest) = (String::with_capacity(text.len()), false, text);
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**") {
            out.push_str(if bold { "</strong>" } else { "<strong>" });
            (bold, rest) = (!bold, after);
            continue;
        }
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        let kept = rest
            .chars()
            .next()
            .filter(|next| letter == '\\' && next.is_ascii_punctuation());
        let shown = kept.unwrap_or(letter);
        if kept.is_some() {
            rest = rest.get(1..).unwrap_or_default();
        }
        match shown {
            '\n' => out.push_str("<br>"),
            shown => out.push_str(&escaped(shown.encode_utf8(&mut [0; 4]))),
        }
    }
    if bold {
        out.push_str("</strong>");
    }
    out
}

/// Writing into a string does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).unwrap_or_default();
}

/// Text that is nothing but text.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hostile_texts_stay_texts_wherever_they_stand() {
        let evil = "<img src=x onerror=alert(1)>\"'";
        let card = json!({ "type": "AdaptiveCard", "lang": evil, "body": [
            { "type": "TextBlock", "text": evil, "style": "heading" },
            { "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": evil }, evil] },
            { "type": "FactSet", "facts": [{ "title": evil, "value": evil }] },
            { "type": "Image", "url": evil, "altText": evil },
            { "type": "Image", "url": format!("data:image/png;base64,{evil}"), "altText": evil, "width": evil },
            { "type": "Input.Text", "id": evil, "label": evil, "placeholder": evil, "value": evil, "isMultiline": true },
            { "type": "Input.ChoiceSet", "id": evil, "label": evil, "choices": [{ "title": evil, "value": evil }] },
            { "type": "Whatever", "text": evil },
        ], "actions": [
            { "type": "Action.Execute", "title": evil },
            { "type": "Action.OpenUrl", "title": evil, "url": "javascript:alert(1)" },
            { "type": "Action.OpenUrl", "title": evil, "url": format!("https://acme.example/{evil}") },
            { "type": "Action.ShowCard", "title": evil, "card": { "body": [{ "type": "TextBlock", "text": evil }] } },
        ] });
        let html = draw(&card, &Looked);
        assert!(
            !html.contains("<img src=x") && !html.contains("javascript:"),
            "{html}"
        );
        assert!(!html.contains("style="), "{html}");
    }

    #[test]
    fn markdown_of_ours_is_bold_and_escapes_are_read() {
        assert_eq!(
            markdown("**Read** \\*this\\* <b>\nnow"),
            "<strong>Read</strong> *this* &lt;b&gt;<br>now"
        );
        assert_eq!(markdown("**open"), "<strong>open</strong>");
    }

    #[test]
    fn pictures_from_elsewhere_are_named_and_not_fetched() {
        let card =
            json!({ "body": [{ "type": "Image", "url": "https://acme.example/a.png", "altText": "Priya" }] });
        let html = draw(&card, &Looked);
        assert!(html.contains("Priya") && !html.contains("acme.example"), "{html}");
    }
}
