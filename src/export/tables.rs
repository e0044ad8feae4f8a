//! The tables and their columns. They are stable: a column keeps its name and meaning, and new ones come at the end.

use events::sealing::found;
use events::{OrganizationId, Recorded, StreamKind};
use projections::metrics::definition::Definition;
use projections::metrics::ledger::{Cell, Change};
use serde_json::json;

use super::columns::{Column, Kind, Value};

/// A table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The name of its folder.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, about }
}

/// The events of the log.
pub const EVENTS: Table = Table {
    name: "events",
    columns: &[
        column("position", Kind::Whole, "where it stands in the log"),
        column("time", Kind::Moment, "when it was recorded"),
        column("type", Kind::Text, "its stored name"),
        column("schema_version", Kind::Whole, "the version of its shape"),
        column("stream", Kind::Text, "the stream that it belongs to"),
        column("version", Kind::Whole, "its number in the stream, from 1"),
        column("id", Kind::Id, "its id"),
        column("correlation_id", Kind::Id, "the thread that it belongs to"),
        column("causation_id", Kind::Id, "what caused it"),
        column(
            "organization",
            Kind::OptionalText,
            "the organization, in its own stream",
        ),
        column(
            "tenant",
            Kind::OptionalText,
            "the tenant, in its stream and its people's",
        ),
        column(
            "person",
            Kind::OptionalText,
            "the Teams user, `tenant/object id`, in their stream",
        ),
        column(
            "data",
            Kind::Text,
            "what it says, as JSON; in the place of a sealed value stands {\"sealed\": for whom}",
        ),
    ],
};

/// The changes that reports are sums of.
pub const CHANGES: Table = Table {
    name: "changes",
    columns: &[
        column(
            "position",
            Kind::Whole,
            "the event by which the row counts from here on, or no longer",
        ),
        column("time", Kind::Moment, "when that event was recorded"),
        column(
            "happened",
            Kind::Moment,
            "when what is counted happened; --from, --to and --by go by it",
        ),
        column("report", Kind::Text, "which report"),
        column("version", Kind::Whole, "the version of its definition"),
        column("section", Kind::Text, "which table of the report"),
        column("label1", Kind::Text, "the line: its first label"),
        column("label2", Kind::OptionalText, "its second label, where it has one"),
        column("label3", Kind::OptionalText, "its third"),
        column("label4", Kind::OptionalText, "its fourth"),
        column(
            "organization",
            Kind::OptionalText,
            "whose it is; none for cards of the chat itself",
        ),
        column("tenant", Kind::OptionalText, "the tenant, once known"),
        column("program", Kind::OptionalText, "the programme that Chronus named"),
        column("kind", Kind::OptionalText, "which card; none for people"),
        column("class", Kind::OptionalText, "direct or broadcast"),
        column("event_type", Kind::OptionalText, "the domain event's type"),
        column("subject", Kind::OptionalText, "the Chronus thing"),
        column(
            "row",
            Kind::OptionalText,
            "what counts: a card's, a person's, an event's id; none for anonymous surveys",
        ),
        column(
            "person",
            Kind::OptionalText,
            "whom it concerns; none for anonymous surveys",
        ),
        column(
            "value",
            Kind::Whole,
            "what it measures: milliseconds, a place in a queue; 1 where it is only counted",
        ),
        column("delta", Kind::Whole, "1: it counts from here on; -1: no longer"),
    ],
};

/// Every table.
pub const ALL: [Table; 2] = [EVENTS, CHANGES];

/// Whether an event is the organization's; of all where none is named.
pub fn is_of(event: &Recorded, wanted: Option<&OrganizationId>, tenants: &[events::TenantId]) -> bool {
    let Some(wanted) = wanted else {
        return true;
    };
    let stream = &event.stream;
    let tenant = stream
        .tenant_id()
        .or_else(|| stream.user_key().map(|user| user.tenant_id));
    tenant.map_or_else(
        || stream.organization_id().as_ref() == Some(wanted),
        |tenant| tenants.contains(&tenant),
    )
}

/// An event as a row; `None` for what nodes say of themselves.
pub fn event(event: &Recorded) -> Result<Option<Vec<Value>>, serde_json::Error> {
    if event.stream.kind() == StreamKind::Lease {
        return Ok(None);
    }
    let mut data: serde_json::Value = serde_json::from_str(&event.payload)?;
    for (place, sealed) in found::in_value(&data) {
        if let Some(value) = data.pointer_mut(&place) {
            *value = json!({ "sealed": sealed.person });
        }
    }
    let user = event.stream.user_key();
    let tenant = event
        .stream
        .tenant_id()
        .or_else(|| user.as_ref().map(|user| user.tenant_id.clone()));
    Ok(Some(vec![
        whole(event.position.0),
        Value::Whole(event.metadata.time.timestamp_micros()),
        Value::Text(event.event_type.to_string()),
        Value::Whole(i64::from(event.schema_version)),
        Value::Text(event.stream.as_str().to_owned()),
        whole(event.version.0),
        Value::Id(event.id.0),
        Value::Id(event.metadata.correlation_id),
        Value::Id(event.metadata.causation_id),
        text(event.stream.organization_id()),
        text(tenant),
        text(user),
        Value::Text(data.to_string()),
    ]))
}

/// A change as a row.
pub fn change(definition: &Definition, cell: &Cell, change: &Change, event: &Recorded) -> Vec<Value> {
    let row = &change.row;
    let label = |index: usize| text(cell.labels.get(index));
    vec![
        whole(change.position.0),
        Value::Whole(event.metadata.time.timestamp_micros()),
        Value::Whole(change.at.timestamp_micros()),
        Value::Text(definition.name.to_owned()),
        Value::Whole(i64::from(definition.version)),
        Value::Text(cell.section.to_owned()),
        Value::Text(cell.labels.first().map(ToString::to_string).unwrap_or_default()),
        label(1),
        label(2),
        label(3),
        text(row.organization.as_ref()),
        text(row.tenant.as_ref()),
        Value::Optional(row.program.clone()),
        Value::Optional(row.kind.map(|kind| kind.as_str().to_owned())),
        Value::Optional(row.class.map(class)),
        Value::Optional(row.event_type.clone()),
        text(row.subject.as_ref()),
        Value::Optional((!row.anonymous).then(|| row.id.clone())),
        Value::Optional((!row.anonymous).then(|| row.person.clone())),
        Value::Whole(change.value),
        Value::Whole(change.delta),
    ]
}

fn class(class: events::organization::Class) -> String {
    match class {
        events::organization::Class::Reply => "reply".to_owned(),
        events::organization::Class::Direct => "direct".to_owned(),
        events::organization::Class::Broadcast => "broadcast".to_owned(),
    }
}

fn text(value: Option<impl ToString>) -> Value {
    Value::Optional(value.map(|value| value.to_string()))
}

fn whole(value: u64) -> Value {
    Value::Whole(value.cast_signed())
}
