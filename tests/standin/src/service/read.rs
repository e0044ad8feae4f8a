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
use crate::log::Record;
use crate::wire::{
    self, CaughtUp, Checkpoint, Confirmation, LogPosition, ReadResp, all_options, filter_options, keys,
    read_event, read_options, read_resp, stream_options, uuid_option,
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
}

pub(super) async fn read(
    call: Call,
    request: tonic::Request<wire::ReadReq>,
) -> Result<tonic::Response<Messages<ReadResp>>, Status> {
    call.demand_leader(request.metadata()).await?;
    let options = request.into_inner().options.unwrap_or_default();
    let Some(uuid_option) = options.uuid_option else {
        return Err(Status::invalid_argument("'uuidOption' is a required argument"));
    };
    let wanted = Wanted {
        filter: match options.filter {
            Some(read_options::Filter::Filter(filter)) => Some(filter),
            Some(read_options::Filter::None(_)) => None,
            None => return Err(Status::invalid_argument("The combination is invalid.")),
        },
        text_ids: matches!(uuid_option.form, Some(uuid_option::Form::Text(_))),
    };
    let backwards = options.direction == 1;
    let (tell, answers) = mpsc::channel(32);
    match (options.from, options.count) {
        (Some(read_options::From::Stream(from)), Some(read_options::Count::Count(count))) => {
            let messages = stream_once(&call, &from, backwards, count, &wanted)?;
            tokio::spawn(async move { tell_all(tell, messages).await });
        }
        (Some(read_options::From::All(from)), Some(read_options::Count::Count(count))) => {
            let start = start(&call, from.place, backwards)?;
            tokio::spawn(async move { all_once(&call, start, backwards, count, &wanted, &tell).await });
        }
        (Some(read_options::From::All(from)), Some(read_options::Count::Subscription(_))) if !backwards => {
            let next = match from.place {
                Some(all_options::Place::End(_)) => *call.node.log.length().borrow(),
                Some(all_options::Place::At(at)) => after(&call, at.commit)?,
                _ => 0,
            };
            tokio::spawn(async move { subscribe(call, None, next, wanted, tell).await });
        }
        (Some(read_options::From::Stream(from)), Some(read_options::Count::Subscription(_)))
            if !backwards =>
        {
            let name = stream_name(from.stream.as_ref())?;
            let next = match from.revision {
                Some(stream_options::Revision::End(_)) => *call.node.log.length().borrow(),
                Some(stream_options::Revision::At(revision)) => call
                    .node
                    .log
                    .stream(&name)
                    .map_err(|_| deleted(&name))?
                    .and_then(|records| records.into_iter().find(|record| record.revision == revision))
                    .map_or(0, |record| after(&call, record.position).unwrap_or(0)),
                _ => 0,
            };
            tokio::spawn(async move { subscribe(call, Some(name), next, wanted, tell).await });
        }
        _ => return Err(Status::invalid_argument("The combination is invalid.")),
    }
    let answers = futures_util::stream::unfold(answers, |mut answers| async move {
        answers.recv().await.map(|answer| (answer, answers))
    });
    Ok(tonic::Response::new(Box::pin(answers)))
}

fn stream_once(
    call: &Call,
    from: &wire::StreamOptions,
    backwards: bool,
    count: u64,
    wanted: &Wanted,
) -> Result<Vec<ReadResp>, Status> {
    let name = stream_name(from.stream.as_ref())?;
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
    records.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    Ok(records.iter().map(|record| event(record, wanted)).collect())
}

async fn tell_all(tell: Answers, messages: Vec<ReadResp>) {
    for message in messages {
        if tell.send(Ok(message)).await.is_err() {
            return;
        }
    }
}

/// The index to begin with: of the record at the place, or backwards one more than the first to be told.
fn start(call: &Call, place: Option<all_options::Place>, backwards: bool) -> Result<usize, Status> {
    let length = *call.node.log.length().borrow();
    Ok(match (place, backwards) {
        (Some(all_options::Place::At(at)), _) => match call.node.log.index_of(at.commit) {
            Ok(index) => index + usize::from(backwards),
            Err(_) if at.commit > call.node.log.last_position().unwrap_or(0) && !backwards => length,
            Err(_) => return Err(invalid_position()),
        },
        (Some(all_options::Place::End(_)), _) => length,
        _ => 0,
    })
}

fn after(call: &Call, position: u64) -> Result<usize, Status> {
    match call.node.log.index_of(position) {
        Ok(index) => Ok(index + 1),
        Err(_) => Err(invalid_position()),
    }
}

fn invalid_position() -> Status {
    Status::invalid_argument("Trying to read from an invalid position.")
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
        if wanted.filter.is_some() {
            tokio::time::sleep(stretch(&record)).await;
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
async fn subscribe(call: Call, stream: Option<String>, from: usize, wanted: Wanted, tell: Answers) {
    let mut signals = call.node.signals();
    let mut length = call.node.log.length();
    let subscription_id = format!("subscription-{}", SUBSCRIPTIONS.fetch_add(1, Ordering::Relaxed));
    let confirmation = message(read_resp::Content::Confirmation(Confirmation { subscription_id }));
    if tell.send(Ok(confirmation)).await.is_err() {
        return;
    }
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
            if here && wanted.takes(&record) {
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
            let position = next
                .checked_sub(1)
                .and_then(|last| call.node.log.get(last))
                .map(|last| LogPosition {
                    commit: last.position,
                    prepare: last.position,
                });
            let caught_up = message(read_resp::Content::CaughtUp(CaughtUp {
                timestamp: None,
                stream_revision: None,
                position: position.filter(|_| stream.is_none()),
            }));
            if tell.send(Ok(caught_up)).await.is_err() {
                return;
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
