//! Ids that follow from what an event says are computed again. Two domain events with one id, or a card whose id is not
//! its recipient's, would be taken for one another for ever.

use events::Event;
use events::organization::{DomainEventAccepted, Recipient};
use events::{OrganizationEvent, Recorded};

/// What is wrong with the ids of an event, in words.
pub(super) fn fault(recorded: &Recorded, event: &Event) -> Option<String> {
    let Event::Organization(OrganizationEvent::DomainEventAccepted(accepted)) = event else {
        return None;
    };
    let organization = recorded.stream.organization_id()?;
    let id = DomainEventAccepted::event_id(&organization, &accepted.source, &accepted.id);
    if recorded.id != id {
        return Some("the id is not the one that source and id of the domain event give".to_owned());
    }
    let recipients = accepted.recipients.listed().iter().enumerate();
    let mut wrong = recipients.filter(|(_, recipient)| {
        let (member, lookup) = (recipient.member_id.as_ref(), recipient.lookup.as_ref());
        let person = recipient.aad_object_id.as_ref();
        recipient.notification_id != Recipient::card_id(id, member, lookup, person)
    });
    let (index, _) = wrong.next()?;
    Some(format!(
        "the card's id of recipient {index} is not the one that the recipient gives"
    ))
}
