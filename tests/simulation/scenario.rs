//! Stories that are always the same and short, so that the process can be killed at each of their points in turn.

use serde::{Deserialize, Serialize};

use crate::story::Deed;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scenario {
    /// Somebody adds the app and gets the card that waited for them.
    FirstCard,
    /// A request is sent and accepted, and Chronus is told.
    Accepted,
    /// A meeting is scheduled, moved and cancelled.
    Meeting,
    /// Somebody removes the app, misses two cards, and comes back.
    Return,
    /// Two people swap their addresses while a card is under way.
    Swap,
}

impl Scenario {
    pub(crate) const ALL: [Self; 5] = [
        Self::FirstCard,
        Self::Accepted,
        Self::Meeting,
        Self::Return,
        Self::Swap,
    ];

    pub(super) fn deeds(self) -> Vec<Deed> {
        let (one, other) = (0, 1);
        let told = [
            Deed::Told { who: one },
            Deed::Told { who: other },
            Deed::Jump { minutes: 4_400 },
        ];
        let card = |who| Deed::Card {
            who,
            addressed: true,
            holds: false,
        };
        let installed = [
            Deed::Installs { who: one },
            Deed::Installs { who: one },
            Deed::Rest,
        ];
        let then: Vec<Deed> = match self {
            Self::FirstCard => vec![
                card(one),
                Deed::Wait { millis: 900 },
                Deed::Installs { who: one },
                Deed::Rest,
            ],
            Self::Accepted => vec![
                card(one),
                Deed::Wait { millis: 1_500 },
                Deed::Presses {
                    who: 0,
                    pick: 0,
                    accepts: true,
                },
                Deed::Rest,
            ],
            Self::Meeting => vec![
                Deed::Meeting {
                    who: one,
                    revisions: 3,
                    cancelled: true,
                },
                Deed::Jump { minutes: 2_200 },
                Deed::Rest,
            ],
            Self::Return => vec![
                Deed::Removes { who: one },
                Deed::Wait { millis: 500 },
                card(one),
                card(one),
                Deed::Wait { millis: 1_000 },
                Deed::Installs { who: one },
                Deed::Rest,
            ],
            Self::Swap => vec![
                card(one),
                card(other),
                Deed::Rest,
                Deed::Swap { one, other },
                card(one),
                Deed::Wait { millis: 500 },
                card(other),
                Deed::Rest,
            ],
        };
        let begins: &[Deed] = if self == Self::FirstCard { &[] } else { &installed };
        [&told[..], begins, &then].concat()
    }
}
