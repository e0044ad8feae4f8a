//! Which organizations, programmes and types of domain events the log names, and where first.

use std::collections::BTreeMap;

use events::{Event, OrganizationEvent, OrganizationId, Position, Recorded, TenantEvent};

use super::state_file::StateFile;

/// The names that the log holds so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Each with where it was named first.
    programs: BTreeMap<(OrganizationId, String), Position>,
    organizations: BTreeMap<OrganizationId, Position>,
    types: BTreeMap<String, Position>,
}

const PROGRAMS: (&str, &str) = ("names", "programs");
const ORGANIZATIONS: (&str, &str) = ("names", "organizations");
const TYPES: (&str, &str) = ("names", "types");

impl Names {
    pub(super) fn learn(&mut self, recorded: &Recorded, event: &Event) {
        match event {
            Event::Organization(OrganizationEvent::DomainEventAccepted(e)) => {
                let Some(organization) = recorded.stream.organization_id() else {
                    return;
                };
                if let Some(program) = &e.program {
                    let named = (organization.clone(), program.clone());
                    self.programs.entry(named).or_insert(recorded.position);
                }
                if !self.types.contains_key(&e.event_type) {
                    self.types.insert(e.event_type.clone(), recorded.position);
                }
                self.organizations
                    .entry(organization)
                    .or_insert(recorded.position);
            }
            Event::Tenant(TenantEvent::OrganizationLinked(e)) => {
                let named = self.organizations.entry(e.organization_id.clone());
                named.or_insert(recorded.position);
            }
            Event::User(_) | Event::Tenant(_) | Event::Outbound(_) | Event::Lease(_) | Event::Log(_) => {}
        }
    }

    /// The organizations that the log named up to a position.
    pub fn organizations(&self, upto: Position) -> impl Iterator<Item = &OrganizationId> {
        let named = self.organizations.iter();
        named
            .filter(move |(_, first)| **first <= upto)
            .map(|(organization, _)| organization)
    }

    /// The programmes that events of an organization, or of any, named up to a position.
    pub fn programs<'a>(
        &'a self,
        of: Option<&'a OrganizationId>,
        upto: Position,
    ) -> impl Iterator<Item = &'a str> {
        self.programs
            .iter()
            .filter(move |((organization, _), first)| {
                of.is_none_or(|of| of == organization) && **first <= upto
            })
            .map(|((_, program), _)| program.as_str())
    }

    /// The types of domain events that came up to a position.
    pub fn types(&self, upto: Position) -> impl Iterator<Item = &str> {
        let named = self.types.iter();
        named
            .filter(move |(_, first)| **first <= upto)
            .map(|(event_type, _)| event_type.as_str())
    }

    pub(super) fn read(file: &StateFile) -> Self {
        let programs: Option<Vec<(OrganizationId, String, Position)>> = file.read(PROGRAMS.0, &PROGRAMS.1);
        let organizations: Option<Vec<(OrganizationId, Position)>> =
            file.read(ORGANIZATIONS.0, &ORGANIZATIONS.1);
        let types: Option<Vec<(String, Position)>> = file.read(TYPES.0, &TYPES.1);
        let programs = programs.unwrap_or_default().into_iter();
        Self {
            programs: programs
                .map(|(organization, program, first)| ((organization, program), first))
                .collect(),
            organizations: organizations.unwrap_or_default().into_iter().collect(),
            types: types.unwrap_or_default().into_iter().collect(),
        }
    }

    pub(super) fn write(&self, file: &StateFile) {
        let programs = self.programs.iter();
        let programs: Vec<_> = programs
            .map(|((organization, program), first)| (organization, program, first))
            .collect();
        file.write(PROGRAMS.0, &PROGRAMS.1, Some(&programs));
        let organizations: Vec<_> = self.organizations.iter().collect();
        file.write(ORGANIZATIONS.0, &ORGANIZATIONS.1, Some(&organizations));
        let types: Vec<_> = self.types.iter().collect();
        file.write(TYPES.0, &TYPES.1, Some(&types));
    }
}
