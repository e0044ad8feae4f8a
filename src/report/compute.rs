//! The log folded up to a position, and the report made of it.

use chrono::{DateTime, Utc};
use events::lineage::Standing;
use events::organization::DomainKind;
use events::{
    DecodeError, Direction, EventStore, Lineage, LogEvent, LogId, OrganizationId, Position, ReadError,
    StreamId, Version,
};
use projections::metrics::checkpoints::{Answer, CheckpointError, Checkpoints, Until};
use projections::metrics::definition::FEWEST;
use projections::metrics::fold::Fold;
use projections::metrics::names::Names;
use projections::metrics::rows;
use projections::metrics::tally::{self, Question, TallyError};
use tokio::sync::watch;

use super::document::{Document, Head};
use super::names;
use super::query::{AsOf, QueryFault, ReportQuery};

/// Events read at a time.
pub(super) const BATCH: usize = 2_000;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The question makes no sense.
    #[error(transparent)]
    Query(#[from] QueryFault),
    /// The position is not there yet.
    #[error("position {asked} is not in this log yet, which ends at {head}")]
    Future {
        /// What was asked for.
        asked: Position,
        /// Where the log ends.
        head: Position,
    },
    /// Nothing was recorded by then.
    #[error("nothing was recorded by {0}: the log begins later")]
    BeforeTheLog(DateTime<Utc>),
    /// The position is another log's.
    #[error("position {position} belongs to the log {theirs}, and this one is {ours}")]
    OtherLog {
        /// The position.
        position: Position,
        /// The log that was named.
        theirs: LogId,
        /// This log, as text.
        ours: String,
    },
    /// Nobody knows the organization.
    #[error("neither the configuration nor the log knows an organization {organization}{advice}")]
    UnknownOrganization {
        /// What was asked for.
        organization: OrganizationId,
        /// The nearest.
        advice: String,
    },
    /// No event names the programme.
    #[error("no event names the programme {program:?}{advice}")]
    UnknownProgram {
        /// What was asked for.
        program: String,
        /// The nearest, or which there are.
        advice: String,
    },
    /// Chronus sends no such type, and no event in the log has it.
    #[error("Chronus sends no events of the type {event_type:?}, and none has come{advice}")]
    UnknownType {
        /// What was asked for.
        event_type: String,
        /// The nearest.
        advice: String,
    },
    /// The report would be too long.
    #[error(transparent)]
    Tally(#[from] TallyError),
    /// An event cannot be read.
    #[error("the event at position {position} cannot be read; `check` tells what is damaged")]
    Unreadable {
        /// Where it stands.
        position: Position,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no such family, which a test rules out.
    #[error("the report {0} cannot be made by this release")]
    NoFamily(&'static str),
}

impl ReportError {
    /// Whether the question is to blame, and not the log.
    pub fn is_askers(&self) -> bool {
        match self {
            Self::Query(_)
            | Self::Future { .. }
            | Self::BeforeTheLog(_)
            | Self::OtherLog { .. }
            | Self::UnknownOrganization { .. }
            | Self::UnknownProgram { .. }
            | Self::UnknownType { .. }
            | Self::Tally(_) => true,
            Self::Unreadable { .. } | Self::Read(_) | Self::NoFamily(_) => false,
        }
    }
}

/// The log folded as far as a question needs it.
#[derive(Debug)]
pub struct Folded {
    /// The changes.
    pub fold: Fold,
    /// As of which position the question is answered.
    pub position: Position,
    /// When the last event up to there was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
    /// What the log said of itself by then.
    pub lineage: Lineage,
}

/// Folds the log for `query` up to where it asks. `at` is told how far it is.
pub async fn fold(
    store: &dyn EventStore,
    query: &ReportQuery,
    at: &watch::Sender<Position>,
) -> Result<Folded, ReportError> {
    query.check()?;
    let head = *store.head().borrow();
    let end = end_of(store, query.as_of, head).await?;
    let no_family = || ReportError::NoFamily(query.definition.name);
    let mut fold = Fold::new(query.definition, query.filter()).ok_or_else(no_family)?;
    let (mut position, mut recorded_at) = (Position::START, None);
    let by_time = match query.as_of {
        AsOf::Time(bound) => Some(bound.resolve(query.zone)),
        AsOf::End | AsOf::Position(..) => None,
    };
    let mut after = Position::START;
    'reading: loop {
        let page = store.read_log(after, BATCH).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in &page {
            if recorded.position > end {
                break 'reading;
            }
            let place = recorded.position;
            let unreadable = |source| ReportError::Unreadable {
                position: place,
                source,
            };
            fold.see(recorded).map_err(unreadable)?;
            if by_time.is_none_or(|time| recorded.metadata.time <= time) {
                (position, recorded_at) = (place, Some(recorded.metadata.time));
            }
        }
        at.send_replace(after);
    }
    if let Some(time) = by_time.filter(|_| position == Position::START) {
        return Err(ReportError::BeforeTheLog(time));
    }
    if let AsOf::Position(asked, _) = query.as_of {
        position = asked;
    }
    let lineage = lineage(store, position).await?;
    Ok(Folded {
        fold,
        position,
        recorded_at,
        lineage,
    })
}

/// The last position that is read.
async fn end_of(store: &dyn EventStore, as_of: AsOf, head: Position) -> Result<Position, ReportError> {
    let AsOf::Position(asked, log) = as_of else {
        return Ok(head);
    };
    if let Some(theirs) = log {
        let lineage = lineage(store, head).await?;
        let here =
            lineage.log_id == Some(theirs) || matches!(lineage.standing(theirs, asked), Standing::Here);
        if !here {
            let ours = lineage
                .log_id
                .map_or_else(|| "one without an id".to_owned(), |id| id.to_string());
            return Err(ReportError::OtherLog {
                position: asked,
                theirs,
                ours,
            });
        }
    }
    if asked > head {
        return Err(ReportError::Future { asked, head });
    }
    Ok(asked)
}

/// As of which position a question is answered.
pub(super) async fn position(
    store: &dyn EventStore,
    query: &ReportQuery,
    at: &watch::Sender<Position>,
) -> Result<Position, ReportError> {
    let head = *store.head().borrow();
    match query.as_of {
        AsOf::End => Ok(head),
        AsOf::Position(..) => end_of(store, query.as_of, head).await,
        AsOf::Time(_) => fold(store, query, at).await.map(|folded| folded.position),
    }
}

/// What the log said of itself up to `upto`.
async fn lineage(store: &dyn EventStore, upto: Position) -> Result<Lineage, ReportError> {
    let mut lineage = Lineage::default();
    let mut from = Version::NONE.plus(1);
    loop {
        let page = store
            .read_stream(StreamId::log(), from, Direction::Forwards, BATCH)
            .await?;
        if page.is_empty() {
            return Ok(lineage);
        }
        from = from.plus(page.len());
        for recorded in page.iter().filter(|recorded| recorded.position <= upto) {
            let position = recorded.position;
            let event: LogEvent = recorded
                .decode()
                .map_err(|source| ReportError::Unreadable { position, source })?;
            lineage.apply(&event);
        }
    }
}

/// Refuses names that nothing is known of: about them there would be nothing to tell, which looks like good news.
pub fn demand_names<'c>(
    names: &Names,
    position: Position,
    query: &ReportQuery,
    configured: impl Iterator<Item = &'c OrganizationId>,
) -> Result<(), ReportError> {
    if let Some(asked) = &query.organization {
        let logged = names.organizations(position).cloned();
        let known: std::collections::BTreeSet<OrganizationId> = configured.cloned().chain(logged).collect();
        if !known.contains(asked) {
            let advice = names::did_you_mean(asked.as_str(), known.iter().map(OrganizationId::as_str));
            return Err(ReportError::UnknownOrganization {
                organization: asked.clone(),
                advice,
            });
        }
    }
    if let Some(asked) = &query.program {
        let programs = names.programs(query.organization.as_ref(), position);
        let known: std::collections::BTreeSet<&str> = programs.collect();
        if !known.contains(asked.as_str()) {
            let advice = names::did_you_mean(asked, known);
            return Err(ReportError::UnknownProgram {
                program: asked.chars().take(60).collect(),
                advice,
            });
        }
    }
    if let Some(asked) = &query.event_type {
        let logged = names.types(position).map(ToOwned::to_owned);
        let known: std::collections::BTreeSet<String> = DomainKind::types().chain(logged).collect();
        if !known.contains(asked) {
            return Err(ReportError::UnknownType {
                event_type: asked.chars().take(80).collect(),
                advice: names::did_you_mean(asked, known.iter().map(String::as_str)),
            });
        }
    }
    Ok(())
}

/// How rows become figures, raised whenever that changes.
const RULES: &str = "rules 2: percentiles by the nearest rank, shares to a tenth rounded half up, people counted once however \
                     they are named, groups in which nothing counts left out";

/// As of where a report answers.
#[derive(Debug, Clone)]
struct Basis {
    position: Position,
    recorded_at: Option<DateTime<Utc>>,
    lineage: Lineage,
}

/// What the report says of itself.
fn head(basis: &Basis, query: &ReportQuery) -> Head {
    let small = if query.small_groups {
        "small groups are shown".to_owned()
    } else {
        format!("groups of fewer than {FEWEST} people are hidden")
    };
    let log = basis.lineage.log_id;
    Head {
        definition: query.definition.id(),
        about: query.definition.about,
        text: query.definition.text,
        position: basis.position.0,
        recorded_at: basis.recorded_at,
        log: log.map_or_else(|| "(without an id)".to_owned(), |log| log.to_string()),
        zone: query.zone.name(),
        rules: format!("{RULES}; {small}"),
        binary: concat!("chronus-teams ", env!("CARGO_PKG_VERSION")),
        query: query.path(basis.position),
    }
}

/// The question that a query asks of the changes.
pub fn question(position: Position, query: &ReportQuery) -> Question {
    Question {
        by: query.by,
        zone: query.zone,
        upto: position,
        filter: query.filter(),
        small_groups: query.small_groups,
    }
}

/// The report. Figures of a long log come from its checkpoints where there may be some.
pub async fn compute<'c>(
    store: &dyn EventStore,
    checkpoints: Option<&Checkpoints>,
    query: &ReportQuery,
    configured: impl Iterator<Item = &'c OrganizationId>,
    at: &watch::Sender<Position>,
) -> Result<Document, ReportError> {
    query.check()?;
    if let Some(checkpoints) = checkpoints.filter(|_| !query.rows)
        && let Some(answer) = answer(store, checkpoints, query, at).await?
    {
        demand_names(&answer.names, answer.position, query, configured)?;
        let basis = Basis {
            position: answer.position,
            recorded_at: answer.recorded_at,
            lineage: lineage(store, answer.position).await?,
        };
        return Ok(Document {
            head: head(&basis, query),
            tables: answer.tables,
            rows: None,
        });
    }
    let folded = fold(store, query, at).await?;
    demand_names(folded.fold.names(), folded.position, query, configured)?;
    let asked = question(folded.position, query);
    let (definition, ledger) = (query.definition, folded.fold.ledger());
    let tables = tally::tables(definition, ledger, &asked)?;
    let rows = query
        .rows
        .then(|| rows::rows(definition, ledger, &asked))
        .transpose()?;
    let basis = Basis {
        position: folded.position,
        recorded_at: folded.recorded_at,
        lineage: folded.lineage,
    };
    Ok(Document {
        head: head(&basis, query),
        tables,
        rows,
    })
}

/// The answer from checkpoints; `None` where there is none to be had, and the log is read from its beginning instead.
async fn answer(
    store: &dyn EventStore,
    checkpoints: &Checkpoints,
    query: &ReportQuery,
    at: &watch::Sender<Position>,
) -> Result<Option<Answer>, ReportError> {
    let head = *store.head().borrow();
    let until = match query.as_of {
        AsOf::End | AsOf::Position(..) => Until::Position(end_of(store, query.as_of, head).await?),
        AsOf::Time(bound) => Until::Time(bound.resolve(query.zone)),
    };
    let asked = question(head, query);
    match checkpoints
        .answer(store, query.definition, &asked, until, at)
        .await
    {
        Ok(answer) => Ok(answer),
        Err(CheckpointError::Tally(error)) => Err(error.into()),
        Err(CheckpointError::Read(error)) => Err(error.into()),
        // The log says the rest in its own words.
        Err(
            error @ (CheckpointError::File(_)
            | CheckpointError::Damaged
            | CheckpointError::Decode(_)
            | CheckpointError::BeforeTheLog),
        ) => {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a report is made without checkpoints"
            );
            Ok(None)
        }
    }
}
