//! Plants mutants into a file's text: each is active when the process runs with its number.

use std::ops::Range;

use crate::find::{Edit, Mutant};

/// A file with mutants in it.
pub struct Planted {
    pub text: String,
    /// Of each mutant that was planted: its number, the text that is its own, and all that it encloses.
    places: Vec<Place>,
}

struct Place {
    number: usize,
    own: Range<usize>,
    whole: Range<usize>,
}

/// A piece of text that goes in at a place of the source.
struct Insertion {
    at: usize,
    /// At one place what ends comes first, the innermost before the others; what begins comes after, the outermost first.
    order: isize,
    text: String,
    slot: usize,
    ends: bool,
}

/// Plants these mutants, each under its number.
pub fn plant<'a>(source: &str, mutants: impl Iterator<Item = (usize, &'a Mutant)>) -> Planted {
    let mut insertions = Vec::new();
    let mut places = Vec::new();
    for (slot, (number, mutant)) in mutants.enumerate() {
        let order = isize::try_from(slot).unwrap_or(isize::MAX) + 1;
        let mut put = |at: usize, ends: bool, text: String| {
            let order = if ends { -order } else { order };
            insertions.push(Insertion {
                at,
                order,
                text,
                slot,
                ends,
            });
        };
        let on = format!("crate::planted_mutants::on({number})");
        match &mutant.edit {
            Edit::Replace { at, text } => {
                put(at.start, false, format!("(if {on} {{ {text} }} else {{ "));
                put(at.end, true, " })".into());
            }
            Edit::ReplaceBody { at, text } => {
                put(at.start, false, format!("{{ if {on} {{ {text} }} else {{ "));
                put(at.end, true, " } }".into());
            }
            Edit::Return { at, value } => put(*at, false, format!(" if {on} {{ return {value}; }} ")),
            Edit::Skip { at } => {
                put(at.start, false, format!("if !{on} {{ "));
                put(at.end, true, " }".into());
            }
            Edit::SkipArm {
                pattern_end,
                guard: None,
            } => put(*pattern_end, false, format!(" if !{on}")),
            Edit::SkipArm {
                guard: Some(guard), ..
            } => {
                put(guard.start, false, format!("!{on} && ("));
                put(guard.end, true, ")".into());
            }
            Edit::OpenGuard { guard } => {
                put(guard.start, false, format!("({on} || ("));
                put(guard.end, true, "))".into());
            }
        }
        places.push(Place {
            number,
            own: 0..0,
            whole: 0..0,
        });
    }
    insertions.sort_by_key(|insertion| (insertion.at, insertion.order));
    let text = insert(source, &insertions, &mut places);
    Planted { text, places }
}

fn insert(source: &str, insertions: &[Insertion], places: &mut [Place]) -> String {
    let mut text = String::with_capacity(source.len() * 2);
    let mut copied = 0;
    for insertion in insertions {
        text.push_str(&source[copied..insertion.at]);
        copied = insertion.at;
        let start = text.len();
        text.push_str(&insertion.text);
        let place = &mut places[insertion.slot];
        if insertion.ends {
            place.whole.end = text.len();
        } else {
            place.own = start..text.len();
            place.whole = start..text.len();
        }
    }
    text.push_str(&source[copied..]);
    text
}

impl Planted {
    /// The mutants that a compiler's error at these places is about; the first place is the main one.
    pub fn blamed(&self, spans: &[Range<usize>]) -> Vec<usize> {
        let within =
            |outer: &Range<usize>, inner: &Range<usize>| outer.start <= inner.start && inner.end <= outer.end;
        for span in spans {
            let own = self.places.iter().filter(|place| within(&place.own, span));
            let numbers: Vec<usize> = own.map(|place| place.number).collect();
            if !numbers.is_empty() {
                return numbers;
            }
        }
        let around = |span: &Range<usize>| {
            let enclosing = self.places.iter().filter(|place| within(&place.whole, span));
            enclosing
                .min_by_key(|place| place.whole.len())
                .map(|place| place.number)
        };
        if let Some(number) = spans.iter().find_map(around) {
            return vec![number];
        }
        let inside = |span: &Range<usize>| {
            let inner = self.places.iter().filter(|place| within(span, &place.own));
            inner.map(|place| place.number).collect::<Vec<_>>()
        };
        if let Some(numbers) = spans.iter().map(inside).find(|numbers| !numbers.is_empty()) {
            return numbers;
        }
        let near = spans.iter().filter_map(|span| {
            let before = self.places.iter().filter(|place| place.own.start <= span.start);
            before
                .max_by_key(|place| place.own.start)
                .map(|place| place.number)
        });
        near.take(1).collect()
    }
}
