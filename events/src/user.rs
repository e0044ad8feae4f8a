//! What a Teams user's stream holds: the person's install, identity, notifications, deliveries and answers.

use crate::codec::stored_events;

mod answer;
mod delivery;
mod presence;
mod reply;
mod settings;

pub use answer::*;
pub use delivery::*;
pub use presence::*;
pub use reply::*;
pub use settings::*;

stored_events! {
    /// A fact in a Teams user's stream.
    pub enum UserEvent ("user") {
        /// The app is in the person's personal scope, by whatever evidence.
        AppInstalled = 1,
        /// The app is gone from the person's personal scope.
        AppUninstalled = 1,
        /// The chat's address changed.
        ReferenceRefreshed = 1,
        /// The person's language, zone or device class changed.
        ClientObserved = 1,
        /// The newest activity of the person's own chat so far: what happened before it is old news of that chat.
        ActivityObserved = 1,
        /// What Chronus or the organization says of the person's language and zone. It counts until the person's own
        /// client tells.
        ClientDefaultsChanged = 1,
        /// The person's name and addresses are to be looked up.
        ProfileRequested = 1,
        /// Teams told the person's name and addresses.
        ProfileResolved = 1,
        /// Teams told the same of the person as before.
        ProfileConfirmed = 1,
        /// Teams could not tell who the person is.
        ProfileUnavailable = 1,
        /// The person is a member of an organization in Chronus.
        MemberLinked = 1,
        /// The person is that member no longer.
        MemberUnlinked = 1,
        /// The person wants notifications.
        Connected = 1,
        /// The person wants no notifications.
        Disconnected = 1,
        /// The person typed something to the bot.
        CommandReceived = 1,
        /// The person pressed a button that had no effect any more.
        ActionIgnored = 1,
        /// A card is to be sent.
        NotificationQueued = 1,
        /// A queued card will not be sent, by decision.
        NotificationSuppressed = 1,
        /// A queued card's subject ended before it was sent.
        NotificationWithdrawn = 1,
        /// A queued card's time ran out before it was sent.
        NotificationExpired = 1,
        /// A card is about to be posted: stored before the POST.
        DeliveryAttempted = 1,
        /// An attempt certainly created nothing and is made again later.
        DeliveryRetryScheduled = 1,
        /// A card in the chat shows another one that was not sent by itself.
        NotificationShown = 1,
        /// The connector took the card.
        NotificationDelivered = 1,
        /// The connector refused the card.
        NotificationRefused = 1,
        /// Nobody knows whether the card arrived.
        DeliveryOutcomeUnknown = 1,
        /// A card that ended without arriving is to be sent after all.
        NotificationRequeued = 1,
        /// The person certainly saw the card.
        NotificationSeen = 1,
        /// The subject of cards in this chat entered a state.
        SubjectChanged = 1,
        /// A card in the chat no longer shows what is so.
        CardUpdateQueued = 1,
        /// A card in the chat was updated in place.
        CardUpdated = 1,
        /// A card in the chat could not be updated, and is tried again.
        CardUpdateRetryScheduled = 1,
        /// A card in the chat cannot be updated.
        CardUpdateAbandoned = 1,
        /// The person accepted a mentoring request.
        RequestAccepted = 1,
        /// The person declined a mentoring request.
        RequestDeclined = 1,
        /// A card is not sent before a certain time.
        NotificationDeferred = 1,
        /// A card is not sent by itself: another one shows it.
        NotificationMerged = 1,
        /// The person accepted a meeting.
        MeetingAccepted = 1,
        /// The person declined a meeting.
        MeetingDeclined = 1,
        /// The person proposed another time for a meeting.
        MeetingProposed = 1,
        /// The person told whether a meeting took place.
        MeetingHeld = 1,
        /// The person told whether they come to an ERG event.
        EventRsvpGiven = 1,
        /// The person answered a question of a survey that is not submitted yet.
        SurveyStepSaved = 1,
        /// The person went to another question of a survey without answering.
        SurveyStepShown = 1,
        /// The person submitted a survey.
        SurveyAnswered = 1,
        /// The person confirmed having read an announcement.
        AnnouncementAcknowledged = 1,
        /// The person asked a suggested match to be their mentor.
        MatchRequested = 1,
        /// The person does not want a suggested match.
        MatchDismissed = 1,
        /// The person answered a message.
        MessageReplied = 1,
        /// The person wrote to a connection.
        MessageSent = 1,
        /// The person did a task.
        TaskCompleted = 1,
        /// What the person wrote could not be handed to Chronus.
        MessageHandOverFailed = 1,
        /// The person wants nothing until a certain time.
        Paused = 1,
        /// A pause ended.
        Resumed = 1,
        /// The person's settings are these now.
        PreferencesChanged = 1,
        /// What is known of reaching the person changed.
        ReachabilityChanged = 1,
        /// The person was erased: their keys are destroyed.
        UserErased = 1,
    }
}
