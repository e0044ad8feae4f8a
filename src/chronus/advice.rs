//! What an administrator can tell somebody whom the service cannot reach.

use projections::reachability::Reach;

/// A text to pass on, or what to do; `None` where nothing is amiss.
pub fn advice(reach: Reach) -> Option<&'static str> {
    match reach {
        Reach::Reachable => None,
        Reach::NeverInstalled => Some(
            "Ask the person to add the Chronus app: Teams > Apps > Built for your org > Chronus > Add. In the Teams admin \
             center, Manage apps > Chronus > Users and groups > Installs, you install it for everybody.",
        ),
        Reach::Blocked => Some(
            "The person blocked the bot. Ask them to open the Chronus chat in Teams, choose the three dots beside its \
             name > Unblock (or Manage notifications > On), and to type \"status\". Cards come again after that message.",
        ),
        Reach::Uninstalled => Some(
            "The person removed the app. Ask them to add it again: Teams > Apps > Built for your org > Chronus > Add. \
             Where you install it for everybody, it comes back within a day.",
        ),
        Reach::DisabledByAdmin => Some(
            "The app is blocked for this person. In the Teams admin center: Teams apps > Manage apps > Chronus must be \
             Allowed, and the person's permission policy must include it. Then ask the person to type \"status\".",
        ),
        Reach::Disconnected => Some(
            "The person turned notifications off. They turn them on again by typing \"connect\" in the Chronus chat.",
        ),
        Reach::Paused => Some(
            "The person paused notifications. They come again at the time the person chose, or after \"resume\".",
        ),
        Reach::Guest => Some(
            "The address belongs to a guest of the tenant. Guests are not served in Teams; they get mail.",
        ),
        Reach::NoMapping => Some(
            "Chronus has told no email address for this member. Complete the member's profile in Chronus.",
        ),
        Reach::Conflict => Some(
            "It is not certain who this is: two people or two members have the address, or it changed hands. \"members \
             conflicts\" shows the evidence; correct the address in Entra or Chronus, or link the member by hand.",
        ),
        Reach::Removed => Some("Chronus removed this member. A member event brings the member back."),
        Reach::Unlinked => Some(
            "An administrator said that this member is nobody in the tenant. \"members link\" or \"members automatic\" \
             changes that.",
        ),
    }
}
