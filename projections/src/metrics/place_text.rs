//! Places as text in a checkpoint's file.

use std::borrow::Cow;

use events::OrganizationId;
use events::organization::{CardKind, Class};
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use super::ledger::Cell;
use super::summing::Place;

#[derive(Serialize, Deserialize)]
struct Text {
    section: String,
    labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<OrganizationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<CardKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event_type: Option<String>,
}

pub(super) fn write(place: &Place) -> Result<String, serde_json::Error> {
    let labels = place.cell.labels.iter().map(ToString::to_string);
    serde_json::to_string(&Text {
        section: place.cell.section.to_owned(),
        labels: labels.collect(),
        organization: place.organization.clone(),
        program: place.program.clone(),
        kind: place.kind,
        class: place.class,
        event_type: place.event_type.clone(),
    })
}

/// `None` where it is no place of the report.
pub(super) fn read(definition: &'static Definition, text: &str) -> Option<Place> {
    let text: Text = serde_json::from_str(text).ok()?;
    let section = definition.section(&text.section)?;
    Some(Place {
        cell: Cell {
            section: section.name,
            labels: text.labels.into_iter().map(Cow::Owned).collect(),
        },
        organization: text.organization,
        program: text.program,
        kind: text.kind,
        class: text.class,
        event_type: text.event_type,
    })
}
