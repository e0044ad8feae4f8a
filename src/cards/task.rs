//! A task: what, until when, and that it is done.

use actors::action::verb;
use actors::card::AnswerView;
use events::organization::{CardKind, SubjectState};

use super::buttons::{execute, primary};
use super::content::task::Task;
use super::elements::{Drawing, close};
use super::scene::{Scene, standing, title};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let task = Task::read(&scene.content);
    let nudge = scene.card.kind == CardKind::TaskReminder;
    let mut card = Drawing::new(if nudge {
        text.toast_task_reminder()
    } else {
        text.toast_task()
    });
    card.show(close(title(&scene.content.headline(text))));
    if let Some(description) = &task.description {
        card.show_all(scene.folded(description));
    }
    let due = task.due_at.map(|at| scene.reader.deadline(at));
    let here = matches!(scene.card.answer, Some(AnswerView::Completed));
    if here || scene.is(SubjectState::Completed) {
        card.toast = text.toast_task_done();
        card.show(standing(
            &text.task_done(&if here { scene.answered_at() } else { scene.at() }),
            None,
        ));
    } else if scene.card.state.is_final() {
        card.toast = text.toast_ended();
        card.show(standing(&text.task_withdrawn(&scene.at()), None));
    } else if scene.card.open {
        let due = due.map(|due| text.waits_due(&due));
        match (nudge, due) {
            (true, due) => card.show(standing(&text.task_due_soon(), due.as_deref())),
            (false, Some(due)) => card.show(standing(&due, None)),
            (false, None) => card.show_all(scene.waits(None)),
        }
        card.press(primary(execute(
            &text.press_complete(),
            verb::COMPLETE_TASK,
            scene.place,
        )));
    }
    if let Some(link) = scene.content.web() {
        card.link(text, &text.press_open(), &link);
    }
    card
}
