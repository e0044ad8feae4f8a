//! The worked questions of `docs/analytics.md`, as they stand there.

use crate::log::sample;
use crate::world::{stderr, stdout};

#[tokio::test]
async fn every_question_of_the_page_is_answered_by_its_commands() {
    let world = sample().await;
    let page = include_str!("../../docs/analytics.md");
    let questions = page.split("## Worked questions").nth(1).unwrap();
    let mut asked = 0;
    for block in questions.split("```sh\n").skip(1) {
        let commands: Vec<&str> = block.split("```").next().unwrap().lines().collect();
        assert!(commands.len() <= 2, "{commands:?}");
        for command in commands {
            let words = command.strip_prefix("chronus-teams ").unwrap();
            let arguments: Vec<&str> = words.split('#').next().unwrap().split_whitespace().collect();
            let output = world.run(&arguments);
            assert_eq!(output.status.code(), Some(0), "{command}: {}", stderr(&output));
            assert!(
                !stdout(&output).is_empty() || arguments.contains(&"--out"),
                "{command}"
            );
        }
        asked += 1;
    }
    assert!(asked >= 10, "{asked}");
}
