//! Where and how a disk fails.

use super::faulty::Faulty;
use crate::serve::Serve;

const FILES: [&str; 6] = [
    "events.db-wal",
    "events.db",
    "keys.db-wal",
    "keys.db",
    "projections.db-wal",
    "projections.db",
];

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Error,
    NoSpace,
    Short,
    Flipped,
    Unsynced,
}

impl How {
    const ALL: [Self; 5] = [
        Self::Error,
        Self::NoSpace,
        Self::Short,
        Self::Flipped,
        Self::Unsynced,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "eio",
            Self::NoSpace => "enospc",
            Self::Short => "short",
            Self::Flipped => "flip",
            Self::Unsynced => "sync",
        }
    }
}

/// One place where the disk fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) file: &'static str,
    pub(crate) how: How,
    /// Which write, or which wait, counted from 0; nothing fails where none is named.
    pub(crate) at: Option<u64>,
    pub(crate) ever: bool,
}

/// Every place of an undisturbed run.
pub(crate) async fn places(faulty: &Faulty) -> Vec<Place> {
    let mut places = Vec::new();
    for file in FILES {
        let nowhere = |how| Place {
            file,
            how,
            at: None,
            ever: false,
        };
        let written = faulty.run(&Serve::new(), nowhere(How::Error)).await.counted;
        let waited = faulty.run(&Serve::new(), nowhere(How::Unsynced)).await.counted;
        for how in How::ALL {
            let counted = if how == How::Unsynced { waited } else { written };
            // A bit that turns over each time is a disk that holds nothing.
            let lasts: &[bool] = if how == How::Flipped {
                &[false]
            } else {
                &[false, true]
            };
            for at in 0..counted {
                places.extend(lasts.iter().map(|ever| Place {
                    at: Some(at),
                    ever: *ever,
                    ..nowhere(how)
                }));
            }
        }
    }
    places
}
