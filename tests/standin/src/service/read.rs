//! Read: a stream or everything, forwards or backwards, once or as a subscription.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tonic::Status;

use super::append::stream_name;
use super::{Call, Messages, deleted};
use crate::brain::Signal;
use crate::log::{Place, Record};
use crate::wire::{
    self, CaughtUp, Checkpoint, Confirmation, ReadResp, all_options, filter_options, keys, read_event,
    read_options, read_resp, stream_options, uuid_option,
};

/// Subscriptions so far, by which they are called.
static SUBSCRIPTIONS: AtomicU64 = AtomicU64::new(1);

/// An event of this type stands for a long stretch of others: looking past it takes as many milliseconds as its payload
/// says. A read is silent meanwhile; a subscription tells where it is.
const STRETCH: &str = "standin-stretch";
/// How often a subscription tells where it is within such a stretch.
const STEP: Duration = Duration::from_millis(50);

type Answers = mpsc::Sender<Result<ReadResp, Status>>;

/// Which events are wanted, and how they are shown.
#[derive(Debug, Clone)]
struct Wanted {
    filter: Option<wire::FilterOptions>,
    text_ids: bool,
    /// Whether a read of a stream tells where the stream ends.
    ends: bool,
}

/// Where a subscription begins.
#[derive(Debug, Clone, Copy)]
enum Begin {
    /// With the record of this index.
    Index(usize),
    /// With the first record behind this position, which the log has not reached.
    Behind(u64),
    /// Nowhere: the place is in the middle of a record.
    Nowhere,
}

pub(super) async fn read(
    call: Call,
    request: tonic::Request<wire::ReadReq>,
) -> Result<tonic::Response<Messages<ReadResp>>, Status> {
    let subscribing = matches!(
        request
            .get_ref()
            .options
            .as_ref()
            .and_then(|options| options.count),
        Some(read_options::Count::Subscription(_))
    );
    // As the real one: a subscription is served by every node, whatever its caller asks for.
    if !subscribing {
        call.demand_leader(request.metadata()).await?;
    }
    let options = request.into_inner().options.unwrap_or_default();
    call.demand(crate::users::read(options.from.as_ref()))?;
    let Some(uuid_option) = options.uuid_option else {
        return Err(Status::invalid_argument("'uuidOption' is a required argument"));
    };
    let wanted = Wanted {
        filter: match &options.filter {
            Some(read_options::Filter::Filter(filter)) => Some(filter.clone()),
            Some(read_options::Filter::None(_)) => None,
            None => return Err(combination(&options)),
        },
        text_ids: matches!(uuid_option.form, Some(uuid_option::Form::Text(_))),
        ends: options
            .control_option
            .is_some_and(|control| control.compatibility >= 1),
    };
    let backwards = options.direction == 1;
    let (tell, answers) = mpsc::channel(32);
    match (&options.from, options.count) {
        (Some(read_options::From::Stream(from)), Some(read_options::Count::Count(count))) => {
            let messages = stream_once(&call, from, backwards, count, &wanted)?;
            tokio::spawn(async move { tell_all(tell, messages).await });
        }
        (Some(read_options::From::All(from)), Some(read_options::Count::Count(count))) => {
            match start(&call, from.place, backwards, wanted.filter.is_some())? {
                Some(start) if wanted.looks() => {
                    tokio::spawn(
                        async move { all_once(&call, start, backwards, count, &wanted, &tell).await },
                    );
                }
                // A window of nothing is never looked through.
                Some(_) => {
                    tokio::spawn(async move { tell.closed().await });
                }
                None => drop(tell),
            }
        }
        (Some(read_options::From::All(from)), Some(read_options::Count::Subscription(_))) if !backwards => {
            let next = match from.place {
                Some(all_options::Place::End(_)) => Begin::Index(*call.node.log.length().borrow()),
                Some(all_options::Place::At(at)) => after(&call, at.commit),
                _ => Begin::Index(0),
            };
            tokio::spawn(async move { subscribe(call, None, next, wanted, tell).await });
        }
        (Some(read_options::From::Stream(from)), Some(read_options::Count::Subscription(_)))
            if !backwards =>
        {
            let name = stream_name(from.stream.as_ref())?;
            let there = call.node.log.stream(&name).map_err(|_| deleted(&name))?;
            let next = match from.revision {
                Some(stream_options::Revision::End(_)) => Begin::Index(*call.node.log.length().borrow()),
                Some(stream_options::Revision::At(revision)) => there
                    .and_then(|records| records.into_iter().find(|record| record.revision == revision))
                    .map_or(Begin::Index(0), |record| after(&call, record.position)),
                _ => Begin::Index(0),
            };
            tokio::spawn(async move { subscribe(call, Some(name), next, wanted, tell).await });
        }
        _ => return Err(combination(&options)),
    }
    let answers = futures_util::stream::unfold(answers, |mut answers| async move {
        answers.recv().await.map(|answer| (answer, answers))
    });
    Ok(tonic::Response::new(Box::pin(answers)))
}

/// What the server says to options that do not fit together.
fn combination(options: &wire::ReadOptions) -> Status {
    let from = match options.from {
        Some(read_options::From::Stream(_)) => "Stream",
        Some(read_options::From::All(_)) => "All",
        None => "None",
    };
    let count = match options.count {
        Some(read_options::Count::Count(_)) => "Count",
        Some(read_options::Count::Subscription(_)) => "Subscription",
        None => "None",
    };
    let filter = match options.filter {
        Some(read_options::Filter::Filter(_)) => "Filter",
        Some(read_options::Filter::None(_)) => "NoFilter",
        None => "None",
    };
    let direction = if options.direction == 1 {
        "Backwards"
    } else {
        "Forwards"
    };
    Status::invalid_argument(format!(
        "The combination of ({from}, {count}, {direction}, {filter}) is invalid."
    ))
}

fn stream_once(
    call: &Call,
    from: &wire::StreamOptions,
    backwards: bool,
    count: u64,
    wanted: &Wanted,
) -> Result<Vec<ReadResp>, Status> {
    let name = stream_name(from.stream.as_ref())?;
    if count == 0 {
        return Err(Status::unknown("Unexpected ReadStreamResult: Error"));
    }
    let Some(mut records) = call.node.log.stream(&name).map_err(|_| deleted(&name))? else {
        let stream = from.stream.clone();
        return Ok(vec![message(read_resp::Content::StreamNotFound(
            wire::StreamNotFound { stream },
        ))]);
    };
    match from.revision {
        Some(stream_options::Revision::At(revision)) if backwards => {
            records.retain(|record| record.revision <= revision);
        }
        Some(stream_options::Revision::At(revision)) => records.retain(|record| record.revision >= revision),
        Some(stream_options::Revision::End(_)) if !backwards => records.clear(),
        Some(stream_options::Revision::Start(_)) if backwards => records.truncate(1),
        _ => {}
    }
    if backwards {
        records.reverse();
    }
    let whole = records.len() as u64 <= count;
    records.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    let mut told: Vec<_> = records.iter().map(|record| event(record, wanted)).collect();
    if let Some(last) = call
        .node
        .log
        .last_revision(&name)
        .filter(|_| wanted.ends && whole)
    {
        if told.is_empty() && !backwards {
            told.push(message(read_resp::Content::FirstStreamPosition(last + 1)));
        }
        told.push(message(read_resp::Content::LastStreamPosition(last)));
    }
    Ok(told)
}

async fn tell_all(tell: Answers, messages: Vec<ReadResp>) {
    for message in messages {
        if tell.send(Ok(message)).await.is_err() {
            return;
        }
    }
}

/// The index to begin with: of the record at the place, or backwards one more than the first to be told, since a read
/// backwards from a place tells what ends there. `None` where there is nothing to tell.
fn start(
    call: &Call,
    place: Option<all_options::Place>,
    backwards: bool,
    filtered: bool,
) -> Result<Option<usize>, Status> {
    let length = *call.node.log.length().borrow();
    let result = if filtered {
        "FilteredReadAllResult"
    } else {
        "ReadAllResult"
    };
    Ok(match place {
        Some(all_options::Place::At(at)) if at.commit < at.prepare => {
            return Err(Status::unknown("Exception was thrown by handler."));
        }
        Some(all_options::Place::At(at)) => match call.node.log.locate(at.commit) {
            Place::Record(index) => Some(index),
            Place::End => Some(length),
            Place::Beyond if !backwards => None,
            Place::Beyond => return Err(Status::unknown(format!("Unexpected {result}: Error"))),
            Place::Inside => return Err(Status::unknown(format!("Unexpected {result}: InvalidPosition"))),
        },
        Some(all_options::Place::End(_)) => Some(length),
        _ => Some(0),
    })
}

fn after(call: &Call, position: u64) -> Begin {
    match call.node.log.locate(position) {
        Place::Record(index) => Begin::Index(index + 1),
        Place::End | Place::Beyond => Begin::Behind(position),
        Place::Inside => Begin::Nowhere,
    }
}

async fn all_once(call: &Call, start: usize, backwards: bool, count: u64, wanted: &Wanted, tell: &Answers) {
    let (mut index, mut left) = (start, count);
    let length = *call.node.log.length().borrow();
    while left > 0 {
        let record = if backwards {
            let Some(before) = index.checked_sub(1) else {
                return;
            };
            index = before;
            call.node.log.get(index)
        } else {
            index += 1;
            (index <= length).then(|| call.node.log.get(index - 1)).flatten()
        };
        let Some(record) = record else { return };
        let ahead = stretch(&record);
        // No time at all is a millisecond for a timer.
        if wanted.filter.is_some() && !ahead.is_zero() {
            tokio::time::sleep(ahead).await;
        }
        if wanted.takes(&record) {
            left -= 1;
            if tell.send(Ok(event(&record, wanted))).await.is_err() {
                return;
            }
        }
    }
}

/// Confirms, tells history, says that it caught up, and goes on live until something ends it.
async fn subscribe(call: Call, stream: Option<String>, from: Begin, wanted: Wanted, tell: Answers) {
    let mut signals = call.node.signals();
    let mut length = call.node.log.length();
    let subscription_id = format!("subscription-{}", SUBSCRIPTIONS.fetch_add(1, Ordering::Relaxed));
    let confirmation = message(read_resp::Content::Confirmation(Confirmation { subscription_id }));
    if tell.send(Ok(confirmation)).await.is_err() {
        return;
    }
    let (from, behind) = match from {
        Begin::Index(index) => (index, 0),
        Begin::Behind(position) => (*length.borrow(), position),
        Begin::Nowhere => {
            let refused = Status::invalid_argument("Trying to read from an invalid position.");
            drop(tell.send(Err(refused)).await);
            return;
        }
    };
    let window = wanted.window();
    let (mut next, mut looked, mut live, mut times) = (from, 0, false, 1);
    loop {
        let until = *length.borrow_and_update();
        while next < until {
            let Some(record) = call.node.log.get(next) else {
                break;
            };
            let mut ahead = if wanted.filter.is_some() && !live {
                stretch(&record)
            } else {
                Duration::ZERO
            };
            while !ahead.is_zero() {
                tokio::time::sleep(STEP).await;
                ahead = ahead.saturating_sub(STEP);
                let before = next.checked_sub(1).and_then(|last| call.node.log.get(last));
                if let Some(before) = before
                    && tell.send(Ok(checkpoint(before.position))).await.is_err()
                {
                    return;
                }
            }
            next += 1;
            looked += 1;
            let here = stream.as_ref().is_none_or(|stream| *stream == record.stream);
            let mut said = Vec::new();
            if here && record.position >= behind && wanted.takes(&record) {
                said.extend(std::iter::repeat_n(event(&record, &wanted), times));
            }
            if stream.is_none() && wanted.filter.is_some() && looked % window == 0 {
                said.push(checkpoint(record.position));
            }
            for said in said {
                if tell.send(Ok(said)).await.is_err() {
                    return;
                }
            }
        }
        if !live {
            live = true;
            let last = next.checked_sub(1).filter(|_| next > from);
            let last = last.and_then(|last| call.node.log.get(last));
            // Servers before 24.10 tell no place when a subscription has caught up.
            let caught_up = message(read_resp::Content::CaughtUp(CaughtUp::default()));
            let place = last.filter(|_| stream.is_none() && wanted.filter.is_some());
            let told = place.map(|last| checkpoint(last.position));
            for told in told.into_iter().chain([caught_up]) {
                if tell.send(Ok(told)).await.is_err() {
                    return;
                }
            }
        }
        tokio::select! {
            changed = length.changed() => if changed.is_err() { return },
            () = tell.closed() => return,
            signal = signals.recv() => match signal {
                Ok(Signal::EndWithSuccess) | Err(RecvError::Closed) => return,
                Ok(Signal::Reset) => {
                    drop(tell.send(Err(Status::internal("reset"))).await);
                    return;
                }
                Ok(Signal::Silence) => {
                    tell.closed().await;
                    return;
                }
                Ok(Signal::Duplicate) => times = 2,
                Err(RecvError::Lagged(_)) => {}
            }
        }
    }
}

impl Wanted {
    /// Whether anything is looked at, ever.
    fn looks(&self) -> bool {
        let window = self.filter.as_ref().and_then(|filter| filter.window);
        window != Some(filter_options::Window::Max(0))
    }

    fn takes(&self, record: &Record) -> bool {
        let (expression, text) = match self.filter.as_ref().and_then(|filter| filter.on.as_ref()) {
            None => return true,
            Some(filter_options::On::Stream(expression)) => (expression, &record.stream),
            Some(filter_options::On::EventType(expression)) => (expression, &record.event.event_type),
        };
        match expression.regex.as_str() {
            "" => expression.prefix.iter().any(|prefix| text.starts_with(prefix)),
            // The one that clients use to leave the server's own events out.
            r"^[^\$].*" | r"^[^$].*" => !text.starts_with('$'),
            _ => true,
        }
    }

    fn window(&self) -> usize {
        let Some(filter) = &self.filter else {
            return usize::MAX;
        };
        let window = match filter.window {
            Some(filter_options::Window::Max(max)) => max,
            _ => 32,
        };
        let window = window.saturating_mul(filter.checkpoint_interval_multiplier.max(1));
        usize::try_from(window).unwrap_or(usize::MAX).max(1)
    }
}

fn stretch(record: &Record) -> Duration {
    if record.event.event_type != STRETCH {
        return Duration::ZERO;
    }
    let millis = std::str::from_utf8(&record.event.data).ok();
    Duration::from_millis(millis.and_then(|millis| millis.parse().ok()).unwrap_or(0))
}

fn checkpoint(position: u64) -> ReadResp {
    message(read_resp::Content::Checkpoint(Checkpoint {
        commit: position,
        prepare: position,
        timestamp: None,
    }))
}

fn message(content: read_resp::Content) -> ReadResp {
    ReadResp {
        content: Some(content),
    }
}

fn event(record: &Arc<Record>, wanted: &Wanted) -> ReadResp {
    let (most, least) = record.event.id.as_u64_pair();
    let id = if wanted.text_ids {
        wire::uuid::Value::Text(record.event.id.to_string())
    } else {
        wire::uuid::Value::Structured(wire::StructuredUuid {
            most: most.cast_signed(),
            least: least.cast_signed(),
        })
    };
    let metadata: HashMap<String, String> = [
        (keys::TYPE, record.event.event_type.clone()),
        (keys::CONTENT_TYPE, record.event.content_type.clone()),
        ("created", record.created.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    message(read_resp::Content::Event(Box::new(wire::ReadEvent {
        event: Some(wire::RecordedEvent {
            id: Some(wire::Uuid { value: Some(id) }),
            stream: Some(wire::StreamIdentifier {
                name: record.stream.clone().into_bytes(),
            }),
            revision: record.revision,
            prepare: record.position,
            commit: record.position,
            metadata,
            custom_metadata: record.event.custom.clone(),
            data: record.event.data.clone(),
        }),
        link: None,
        position: Some(read_event::Position::Commit(record.position)),
    })))
}
