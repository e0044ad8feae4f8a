//! What is asked of a report, with one written form: a path such as `/v1/reports/delivery?by=week&zone=Europe/Berlin`. It
//! stands in every output, so that whoever has a file can ask again.

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;
use events::organization::CardKind;
use events::{LogId, OrganizationId, Position, SubjectRef};
use projections::metrics::catalogue;
use projections::metrics::definition::Definition;
use projections::metrics::ledger::Filter;
use projections::metrics::tally::By;

use super::names;
use crate::periods::{Bound, NotAMoment};

/// As of when a report answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The log's end.
    End,
    /// This position; of this log, where the log is named.
    Position(Position, Option<LogId>),
    /// The last event that was recorded at this moment or before.
    Time(Bound),
}

/// The text names no place of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a position such as 1200, a position of a log such as <log id>@1200, or a time; {NotAMoment}")]
pub struct NotAPlace;

impl FromStr for AsOf {
    type Err = NotAPlace;
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok().map(Position)).flatten()
        };
        if let Some(position) = number(text) {
            return Ok(Self::Position(position, None));
        }
        if let Some((log, position)) = text.split_once('@') {
            let log: LogId = log.parse().map_err(|_| NotAPlace)?;
            return Ok(Self::Position(number(position).ok_or(NotAPlace)?, Some(log)));
        }
        text.parse().map(Self::Time).map_err(|_| NotAPlace)
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One line a figure, with a heading; safe to open in a spreadsheet
    Csv,
    /// One JSON object
    Json,
    /// One page with charts, for a browser
    Html,
    /// The columns of CSV with their types, for pandas or a warehouse
    Parquet,
}

impl Format {
    /// Every one, with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("table", Self::Table),
        ("csv", Self::Csv),
        ("json", Self::Json),
        ("html", Self::Html),
        ("parquet", Self::Parquet),
    ];
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct ReportQuery {
    /// Which report.
    pub definition: &'static Definition,
    /// Only this organization.
    pub organization: Option<OrganizationId>,
    /// Only this programme.
    pub program: Option<String>,
    /// Only this card.
    pub kind: Option<CardKind>,
    /// Only domain events of this type.
    pub event_type: Option<String>,
    /// From then on.
    pub from: Option<Bound>,
    /// Before then.
    pub to: Option<Bound>,
    /// Grouped by this.
    pub by: Option<By>,
    /// Whose days and hours.
    pub zone: Tz,
    /// As of when.
    pub as_of: AsOf,
    /// The chat's own cards too.
    pub chat: bool,
    /// Groups of few people too.
    pub small_groups: bool,
    /// The rows behind the figures, in their place.
    pub rows: bool,
}

/// What is wrong with a question, whatever the log holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryFault {
    /// There is no such report.
    #[error("there is no report {name:?}{advice}; `chronus-teams report definitions` lists them")]
    UnknownReport {
        /// What was asked for.
        name: String,
        /// The nearest.
        advice: String,
    },
    /// A parameter's value is none.
    #[error("{name}={value:?}: {fault}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is wrong and what to write.
        fault: String,
    },
    /// No time lies between the two.
    #[error("the period is empty: from ({from}) must be before to ({to}), which is not part of it")]
    EmptyPeriod {
        /// Its beginning.
        from: Bound,
        /// Its end.
        to: Bound,
    },
    /// The report is not of cards.
    #[error("{name} counts people and not cards, so {parameter} picks nothing of it; leave it out")]
    NotOfCards {
        /// The report.
        name: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// The report has no such version.
    #[error("{name} has no definition {version}; known: {known}")]
    UnknownDefinition {
        /// The report.
        name: &'static str,
        /// What was asked for.
        version: String,
        /// What there is.
        known: u32,
    },
}

/// The names of parameters, in the order in which they are written.
pub const PARAMETERS: [&str; 13] = [
    "organization",
    "program",
    "kind",
    "type",
    "from",
    "to",
    "by",
    "zone",
    "as_of",
    "chat",
    "small_groups",
    "rows",
    "format",
];

impl ReportQuery {
    /// All of a report, as of the log's end, in UTC.
    pub fn of(definition: &'static Definition) -> Self {
        Self {
            definition,
            organization: None,
            program: None,
            kind: None,
            event_type: None,
            from: None,
            to: None,
            by: None,
            zone: Tz::UTC,
            as_of: AsOf::End,
            chat: false,
            small_groups: false,
            rows: false,
        }
    }

    /// Of the report with this name.
    pub fn named(name: &str) -> Result<Self, QueryFault> {
        let found = catalogue::find(name).ok_or_else(|| QueryFault::UnknownReport {
            name: name.chars().take(40).collect(),
            advice: names::did_you_mean(name, catalogue::ALL.iter().map(|one| one.name)),
        });
        found.map(Self::of)
    }

    /// Takes a parameter by its name; `false` where none is called so.
    pub fn set(&mut self, name: &str, value: &str) -> Result<bool, QueryFault> {
        match name {
            "organization" => self.organization = Some(parsed("organization", value)?),
            "program" => self.program = Some(value.to_owned()),
            "kind" => self.kind = Some(kind(value).map_err(|fault| wrong("kind", value, fault))?),
            "type" => self.event_type = Some(value.to_owned()),
            "from" => self.from = Some(parsed("from", value)?),
            "to" => self.to = Some(parsed("to", value)?),
            "by" => self.by = Some(by(value).map_err(|fault| wrong("by", value, fault))?),
            "zone" => self.zone = zone(value).map_err(|fault| wrong("zone", value, fault))?,
            "as_of" => self.as_of = parsed("as_of", value)?,
            "chat" => self.chat = yes("chat", value)?,
            "small_groups" => self.small_groups = yes("small_groups", value)?,
            "rows" => self.rows = yes("rows", value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Refuses what cannot be answered whatever the log holds.
    pub fn check(&self) -> Result<(), QueryFault> {
        if let Some(parameter) = self.picks_cards().filter(|_| !self.definition.of_cards) {
            let name = self.definition.name;
            return Err(QueryFault::NotOfCards { name, parameter });
        }
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return Ok(());
        };
        if from.resolve(self.zone) < to.resolve(self.zone) {
            return Ok(());
        }
        Err(QueryFault::EmptyPeriod { from, to })
    }

    /// What of the question is about cards alone.
    fn picks_cards(&self) -> Option<&'static str> {
        let by_card = matches!(self.by, Some(By::Kind | By::Program | By::Class));
        [
            ("program", self.program.is_some()),
            ("kind", self.kind.is_some()),
            ("type", self.event_type.is_some()),
            ("by", by_card),
        ]
        .into_iter()
        .find_map(|(name, asked)| asked.then_some(name))
    }

    /// Refuses a version that the report does not have.
    pub fn demand_version(&self, version: &str) -> Result<(), QueryFault> {
        let known = self.definition.version;
        let plain = version.trim_start_matches('v');
        let name = self.definition.name;
        if plain == known.to_string() || plain == self.definition.id() {
            return Ok(());
        }
        Err(QueryFault::UnknownDefinition {
            name,
            version: version.to_owned(),
            known,
        })
    }

    /// Which rows count.
    pub fn filter(&self) -> Filter {
        Filter {
            organization: self.organization.clone(),
            program: self.program.clone(),
            kind: self.kind,
            event_type: self.event_type.clone(),
            from: self.from.map(|from| from.resolve(self.zone)),
            to: self.to.map(|to| to.resolve(self.zone)),
            chat: self.chat,
        }
    }

    /// The written form, as of this position. What is not asked for is left out.
    pub fn path(&self, position: Position) -> String {
        let flag = |set: bool| set.then(|| "true".to_owned());
        let values = [
            (
                "organization",
                self.organization.as_ref().map(ToString::to_string),
            ),
            ("program", self.program.clone()),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("type", self.event_type.clone()),
            ("from", self.from.map(|from| from.to_string())),
            ("to", self.to.map(|to| to.to_string())),
            ("by", self.by.map(|by| by.as_str().to_owned())),
            ("zone", Some(self.zone.name().to_owned())),
            ("as_of", Some(position.to_string())),
            ("chat", flag(self.chat)),
            ("small_groups", flag(self.small_groups)),
            ("rows", flag(self.rows)),
        ];
        let given = values
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(given);
        format!("/v1/reports/{}?{}", self.definition.name, query.finish())
    }

    /// Reads the written form.
    pub fn parse(path: &str) -> Result<Self, QueryFault> {
        let rest = path.strip_prefix("/v1/reports/").unwrap_or(path);
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut read = Self::named(name)?;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            read.set(&name, &value)?;
        }
        read.check()?;
        Ok(read)
    }
}

fn wrong(name: &'static str, value: &str, fault: impl fmt::Display) -> QueryFault {
    QueryFault::Value {
        name,
        value: value.chars().take(60).collect(),
        fault: fault.to_string(),
    }
}

fn parsed<T: FromStr<Err: fmt::Display>>(name: &'static str, value: &str) -> Result<T, QueryFault> {
    value.parse().map_err(|fault: T::Err| wrong(name, value, fault))
}

fn yes(name: &'static str, value: &str) -> Result<bool, QueryFault> {
    match value {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(wrong(name, value, "write true or false")),
    }
}

/// Reads a card's name.
pub fn kind(name: &str) -> Result<CardKind, String> {
    let found = CardKind::ALL.iter().copied().find(|kind| kind.as_str() == name);
    found.ok_or_else(|| {
        let advice = names::did_you_mean(name, CardKind::ALL.iter().map(|kind| kind.as_str()));
        format!("no card is called so{advice}; mentoring_request, meeting and survey are some")
    })
}

/// Reads a subject.
pub fn subject(text: &str) -> Result<SubjectRef, String> {
    SubjectRef::parse(text).map_err(|error| error.to_string())
}

/// Reads by what to group.
pub fn by(name: &str) -> Result<By, String> {
    let found = By::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, by)| by).ok_or_else(|| {
        let known: Vec<&str> = By::ALL.iter().map(|(name, _)| *name).collect();
        format!("write one of {}", known.join(", "))
    })
}

/// Reads a zone's name.
pub fn zone(name: &str) -> Result<Tz, String> {
    actors::zone::zone(name).ok_or_else(|| {
        let zones = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let city = |zone: &&str| {
            zone.rsplit_once('/')
                .is_some_and(|(_, city)| city.eq_ignore_ascii_case(name))
        };
        let advice = match zones().find(city) {
            Some(zone) => format!("; did you mean {zone}?"),
            None => names::did_you_mean(name, zones()),
        };
        format!("no time zone is called so{advice}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_read_back() {
        let mut asked = ReportQuery::named("delivery").unwrap();
        for (name, value) in [
            ("organization", "acme"),
            ("program", "Women's \"A\" & <b>, =1+1\n50%"),
            ("kind", "mentoring_request"),
            ("from", "2026-03"),
            ("to", "2026-W30"),
            ("by", "week"),
            ("zone", "Asia/Kathmandu"),
            ("rows", "true"),
        ] {
            assert!(asked.set(name, value).unwrap(), "{name}");
        }
        let path = asked.path(Position(7));
        assert!(!path.contains(['"', '<', ',', '\n', ' ', '\'']), "{path}");
        let again = ReportQuery::parse(&path).unwrap();
        assert_eq!(again.path(Position(7)), path);
        assert_eq!(again.program, asked.program);
        assert_eq!(again.as_of, AsOf::Position(Position(7), None));
    }

    #[test]
    fn what_makes_no_sense_is_told_with_what_would() {
        let fault = |name: &str, value: &str| {
            let mut asked = ReportQuery::named("delivery").unwrap();
            asked.set(name, value).unwrap_err().to_string()
        };
        assert!(
            ReportQuery::named("delivry")
                .unwrap_err()
                .to_string()
                .contains("did you mean delivery")
        );
        assert!(fault("kind", "mentoring_requst").contains("did you mean mentoring_request"));
        assert!(fault("zone", "Europe/Berlinn").contains("did you mean Europe/Berlin"));
        assert!(fault("zone", "Berlin").contains("did you mean Europe/Berlin?"));
        assert!(fault("by", "fortnight").contains("one of day, week"));
        assert!(fault("as_of", "tomorrow").contains("write a position"));
        assert!(fault("from", "03/01/2026").contains("2026-03-01"));
        let mut asked = ReportQuery::named("delivery").unwrap();
        asked.set("from", "2026-04").unwrap();
        asked.set("to", "2026-04-01").unwrap();
        assert!(asked.check().unwrap_err().to_string().contains("empty"));
        assert!(
            asked
                .demand_version("v2")
                .unwrap_err()
                .to_string()
                .contains("known: 1")
        );
        assert_eq!(asked.demand_version("v1"), Ok(()));
        for (name, value) in [
            ("program", "x"),
            ("kind", "meeting"),
            ("type", "x"),
            ("by", "kind"),
        ] {
            let mut asked = ReportQuery::named("reach").unwrap();
            asked.set(name, value).unwrap();
            assert!(asked.check().unwrap_err().to_string().contains(name), "{name}");
        }
    }

    #[test]
    fn a_place_is_a_position_a_position_of_a_log_or_a_time() {
        assert_eq!("12".parse(), Ok(AsOf::Position(Position(12), None)));
        let log = LogId::derive(["one"]);
        assert_eq!(
            format!("{log}@12").parse(),
            Ok(AsOf::Position(Position(12), Some(log)))
        );
        assert!(matches!("2026-03-01".parse(), Ok(AsOf::Time(_))));
        for text in ["", "-1", "12x", "99999999999999999999", "@4", "x@4"] {
            assert_eq!(text.parse::<AsOf>(), Err(NotAPlace), "{text}");
        }
    }
}
