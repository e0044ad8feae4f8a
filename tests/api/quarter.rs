//! A quarter in the life of an organization, and somebody who knows the truth.
//!
//! People are hired, install the app by themselves or by policy, change their names, move to another domain, leave, and
//! their addresses are given to others. Chronus hears of it days later, in any order and twice. All the while it sends private
//! cards, each with a token of the human it is meant for, and moves meetings about. After each day the checker looks at
//! every chat: nobody may ever see another human's token, and no meeting's card may show an older state than Chronus told
//! last by its own time. At the end, when everybody was told everything, whoever can be reached must be reached.
//!
//! `CHRONUS_QUARTER_PEOPLE`, `_DAYS` and `_SEED` play another quarter.

mod seeded;
mod story;
mod truth;
mod verdict;

use crate::support::World;
use story::Story;
use truth::Truth;

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(format!("CHRONUS_QUARTER_{name}"));
    given.map_or(otherwise, |given| given.parse().unwrap())
}

#[actix_web::test]
async fn nobody_sees_what_is_meant_for_somebody_else_and_nobody_who_can_be_reached_is_lost() {
    let (people, days, seed) = (number("PEOPLE", 12), number("DAYS", 20), number("SEED", 1));
    let truth = Truth::new(usize::try_from(people).unwrap());
    let world = World::start_for(truth.directory(), "chat_limits = [{ count = 1000, seconds = 1 }]").await;
    let mut story = Story::new(&world, truth, seed);
    story.begins().await;
    for day in 1..=days {
        story.day(day, days).await;
        verdict::nobody_reads_what_is_not_theirs(&world, &story.truth);
        verdict::meetings_are_as_told_last(&world, &story.truth);
    }
    story.everybody_is_told_everything().await;
    verdict::nobody_reads_what_is_not_theirs(&world, &story.truth);
    verdict::meetings_are_as_told_last(&world, &story.truth);
    verdict::whoever_can_be_reached_is(&world, &mut story).await;
    verdict::nobody_reads_what_is_not_theirs(&world, &story.truth);
    println!("{}", story.told);
}
