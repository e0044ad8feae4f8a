//! A story: what people, Chronus and time do, as a list that is drawn from a seed before it is played. Who exactly it
//! happens to is found while it is played, so that a story still makes sense when parts of it are left out.

use serde::{Deserialize, Serialize};

use crate::draw::Draw;
use crate::plants::Plant;
use crate::scenario::Scenario;

/// What is played.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) people: usize,
    pub(crate) deeds: usize,
    /// Of a hundred calls outside, how many fail.
    pub(crate) faults: u64,
    /// The points at which the process is killed.
    pub(crate) kills: Vec<u64>,
    /// Deeds that are left out.
    pub(crate) without: Vec<usize>,
    /// Whether to tell all of it.
    pub(crate) tells: bool,
    /// What is planted.
    #[serde(default)]
    pub(crate) plant: Option<Plant>,
    /// A story that is always the same, in place of a drawn one.
    #[serde(default)]
    pub(crate) scenario: Option<Scenario>,
}

/// Points between two kills, at most, where they are drawn.
const APART: u64 = 300;

impl Plan {
    /// What this seed stands for.
    pub(crate) fn of(seed: u64) -> Self {
        let mut draw = Draw::new(seed, "plan");
        let people = usize::try_from(3 + draw.below(6)).unwrap();
        let deeds = usize::try_from(20 + draw.below(60)).unwrap();
        let faults = draw.one_of(&[0, 3, 10, 25]).unwrap();
        let mut kills = Vec::new();
        let mut at = 0;
        for _ in 0..draw.below(6) {
            at += 1 + draw.below(APART);
            kills.push(at);
        }
        Self {
            seed,
            people,
            deeds,
            faults,
            kills,
            without: Vec::new(),
            tells: false,
            plant: None,
            scenario: None,
        }
    }

    /// A shorter story of the seed: fewer people, deeds and kills.
    pub(crate) fn short(seed: u64) -> Self {
        let whole = Self::of(seed);
        Self {
            people: 2 + whole.people / 3,
            deeds: whole.deeds / 3,
            kills: whole.kills.into_iter().take(1).collect(),
            ..whole
        }
    }

    /// A standard scenario that nothing disturbs.
    pub(crate) fn standard(scenario: Scenario) -> Self {
        Self {
            people: 2,
            deeds: 0,
            faults: 0,
            kills: Vec::new(),
            scenario: Some(scenario),
            ..Self::of(0)
        }
    }

    /// Half days that pass in the end in which nothing new happens.
    pub(crate) fn quiet_half_days(&self) -> u32 {
        if self.scenario.is_some() { 1 } else { 8 }
    }

    /// The same story without its numbers told.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (self.deeds, self.faults, &self.kills, &self.without)
            == (other.deeds, other.faults, &other.kills, &other.without)
    }

    /// What happens in it.
    pub(crate) fn story(&self) -> Vec<(usize, Deed)> {
        if let Some(scenario) = self.scenario {
            return scenario.deeds().into_iter().enumerate().collect();
        }
        let mut draw = Draw::new(self.seed, "story");
        let begin = (0..self.people).flat_map(|who| {
            let who = who as u64;
            [Deed::Told { who }, Deed::Arrives { who }]
        });
        let all: Vec<Deed> = begin
            .chain((0..self.deeds).map(|_| Deed::drawn(&mut draw)))
            .collect();
        let numbered = all.into_iter().enumerate();
        numbered
            .filter(|(number, _)| !self.without.contains(number))
            .collect()
    }
}

/// One thing that happens. Numbers stand for somebody among those to whom it can happen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    /// Chronus tells of a member, now or later.
    Told {
        who: u64,
    },
    /// Somebody adds the app at the beginning, most do.
    Arrives {
        who: u64,
    },
    /// Chronus sends a private card; of the kind that is left where its arrival is unknown, or not.
    Card {
        who: u64,
        addressed: bool,
        holds: bool,
    },
    /// Chronus tells several people the same, named by their number, whether they have the app or not.
    Several {
        who: u64,
        count: u64,
        holds: bool,
    },
    /// A meeting is scheduled, moved and perhaps cancelled, told in any order.
    Meeting {
        who: u64,
        revisions: u32,
        cancelled: bool,
    },
    /// Chronus sends something a second time.
    Again {
        pick: u64,
    },
    Installs {
        who: u64,
    },
    Removes {
        who: u64,
    },
    Blocks {
        who: u64,
    },
    /// Somebody unblocks the bot and writes to it.
    Unblocks {
        who: u64,
    },
    Says {
        who: u64,
        word: u64,
    },
    Presses {
        who: u64,
        pick: u64,
        accepts: bool,
    },
    /// Somebody is hired, perhaps with the address of somebody who left.
    Hired {
        reused: Option<u64>,
    },
    Leaves {
        who: u64,
    },
    /// Somebody gets another address.
    Moves {
        who: u64,
    },
    /// Two people swap their addresses.
    Swap {
        one: u64,
        other: u64,
    },
    /// Somebody has another name.
    Renames {
        who: u64,
    },
    /// Somebody goes on with another client: on a phone, in another zone.
    Client {
        who: u64,
        client: u64,
    },
    Wait {
        millis: u64,
    },
    Jump {
        minutes: u64,
    },
    /// Everything settles.
    Rest,
}

impl Deed {
    fn drawn(draw: &mut Draw) -> Self {
        let who = draw.below(1 << 20);
        match draw.below(100) {
            0..6 => Self::Several {
                who,
                count: 2 + draw.below(4),
                holds: draw.percent(70),
            },
            6..25 => Self::Card {
                who,
                addressed: draw.percent(60),
                holds: draw.percent(30),
            },
            25..33 => Self::Meeting {
                who,
                revisions: 2 + u32::try_from(draw.below(3)).unwrap(),
                cancelled: draw.percent(30),
            },
            33..37 => Self::Again { pick: who },
            37..41 => Self::Installs { who },
            41..44 => Self::Removes { who },
            44..46 => Self::Blocks { who },
            46..48 => Self::Unblocks { who },
            48..53 => Self::Says {
                who,
                word: draw.below(8),
            },
            53..65 => Self::Presses {
                who,
                pick: draw.below(1 << 20),
                accepts: draw.percent(60),
            },
            65..68 => Self::Hired {
                reused: draw.percent(60).then_some(who),
            },
            68..70 => Self::Leaves { who },
            70..73 => Self::Moves { who },
            73..74 => Self::Swap {
                one: who,
                other: draw.below(1 << 20),
            },
            74..75 => Self::Renames { who },
            75..77 => Self::Client {
                who,
                client: draw.below(4),
            },
            77..88 => Self::Wait {
                millis: draw.below(5_000),
            },
            88..95 => Self::Jump {
                minutes: draw.below(600),
            },
            _ => Self::Rest,
        }
    }
}
