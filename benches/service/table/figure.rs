//! Figures of the speed table, each with what it should be.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

/// One thing measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What it is.
    pub(crate) what: String,
    pub(crate) value: f64,
    /// Of `value`; empty for ratios.
    pub(crate) unit: String,
    /// What it should be; `None` where it is only what others are compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Bound>,
}

impl Figure {
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &str) -> Self {
        Self {
            what: what.into(),
            value,
            unit: unit.to_owned(),
            target: None,
        }
    }

    /// A time in milliseconds.
    pub(crate) fn ms(what: impl Into<String>, time: Duration) -> Self {
        Self::new(what, time.as_secs_f64() * 1_000.0, "ms")
    }

    /// How many times one is the other.
    pub(crate) fn ratio(what: impl Into<String>, value: f64, other: f64) -> Self {
        Self::new(what, if other > 0.0 { value / other } else { f64::NAN }, "")
    }

    pub(crate) fn at_least(mut self, target: f64) -> Self {
        self.target = Some(Bound::AtLeast(target));
        self
    }

    pub(crate) fn at_most(mut self, target: f64) -> Self {
        self.target = Some(Bound::AtMost(target));
        self
    }

    /// Whether it is what it should be; `None` where nothing is asked of it.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.target.map(|target| match target {
            Bound::AtLeast(least) => self.value >= least,
            Bound::AtMost(most) => self.value <= most,
        })
    }

    /// The value as it is read.
    pub(crate) fn shown(&self) -> String {
        with_unit(self.value, &self.unit)
    }

    /// What it should be, as it is read.
    pub(crate) fn wanted(&self) -> String {
        match self.target {
            None => String::new(),
            Some(Bound::AtLeast(least)) => format!("at least {}", with_unit(least, &self.unit)),
            Some(Bound::AtMost(most)) => format!("at most {}", with_unit(most, &self.unit)),
        }
    }
}

/// A number with as many digits as are worth reading.
fn with_unit(value: f64, unit: &str) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 3,
    };
    let number = format!("{value:.digits$}");
    let number = if digits == 0 { thousands(&number) } else { number };
    if unit.is_empty() {
        number
    } else {
        format!("{number} {unit}")
    }
}

fn thousands(number: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in number.chars().enumerate() {
        if index > 0
            && (number.len() - index).is_multiple_of(3)
            && digit.is_ascii_digit()
            && !grouped.ends_with('-')
        {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A row of the table: what is compared, and the circumstances.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) number: u8,
    pub(crate) work: String,
    pub(crate) figures: Vec<Figure>,
    /// Sizes, and what could not be measured.
    pub(crate) conditions: String,
    /// When, in UTC, and under what load of the machine it began and ended.
    pub(crate) measured: String,
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
