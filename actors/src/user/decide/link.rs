//! Who the person is in Chronus: the link follows the evidence, which the read models weigh.

use events::user::{MemberLinked, MemberUnlinked, UnlinkReason};

use super::Decision;
use crate::ports::LinkRoute;
use crate::user::state::UserState;

pub(super) fn follow(state: &UserState, route: &LinkRoute) -> Decision {
    let linked = state
        .link
        .as_ref()
        .filter(|link| link.organization_id == route.organization_id);
    let mut decision = Decision::new(format!("link/{}", route.cause));
    let (thread, cause) = (route.correlation_id, route.cause.0);
    let mut end = |reason: Option<UnlinkReason>| {
        let Some(link) = linked else { return };
        let event = MemberUnlinked {
            organization_id: link.organization_id.clone(),
            member_id: link.member_id.clone(),
            reason,
        };
        decision.record(thread, cause, event);
    };
    let Some((member, matched_by)) = &route.to else {
        end(route.why);
        return decision;
    };
    let is_there = linked.is_some_and(|link| link.member_id.as_ref() == Some(member));
    if state.erased || is_there {
        return Decision::nothing();
    }
    if linked.is_some_and(|link| link.member_id.is_some()) {
        end(route.why.or(Some(UnlinkReason::OtherMember)));
    }
    let event = MemberLinked {
        organization_id: route.organization_id.clone(),
        member_id: Some(member.clone()),
        matched_by: *matched_by,
    };
    decision.record(thread, cause, event);
    decision
}
