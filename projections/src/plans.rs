//! The questions that are asked all the time find their rows by index, however many rows wait.

use rusqlite::Connection;

use crate::listed::LISTED;
use crate::notifications::card::Card;
use crate::notifications::{UNROUTABLE, unreached, waiting};
use crate::{announcements, backlog, database, invitations, outbox, people, responses, work};

fn plan(sql: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut db: Connection = database::open_for_folding(&folder.path().join("plans.db")).unwrap();
    database::reset(&mut db, 0).unwrap();
    work::mark_what_is_touched(&db).unwrap();
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = statement.parameter_count();
    let lines: Vec<String> = statement
        .query_map(rusqlite::params_from_iter(vec![1; parameters]), |row| {
            row.get("detail")
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    lines.join("\n")
}

#[test]
fn work_lists_are_read_by_index_and_in_order_without_sorting() {
    for (sql, index) in [
        (UNROUTABLE, "notifications_waiting_by_expiry"),
        (unreached::UNREACHED, "notifications_unreached"),
        (responses::AFTER, "responses_by_organization"),
        (people::profile::AGED, "people_by_profile_age"),
        (people::profile::OLDEST, "people_by_profile_age (tenant=?"),
        (backlog::OLDEST_UNRESOLVED, "notifications_waiting_by_age"),
        (backlog::OLDEST_RESOLVED, "notifications_resolved"),
        (backlog::FIRST_SCHEDULED, "notifications_scheduled"),
        (
            responses::GIVEN_UP,
            "responses_given_up (organization=? AND position>?)",
        ),
        (
            responses::SETTLED,
            "responses_by_organization (organization=? AND position>?)",
        ),
    ] {
        let plan = plan(sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

#[test]
fn invitations_are_found_without_looking_through_all_domain_events() {
    let plan = plan(invitations::INVITED);
    assert!(
        plan.contains("domain_events_with_organizers (accepted_ms>?)"),
        "{plan}"
    );
}

#[test]
fn announcements_are_found_without_looking_through_all_domain_events_and_in_order() {
    let plan = plan(announcements::LISTED);
    let index = "domain_events_of_announcements (organization=? AND position<?)";
    assert!(plan.contains(index), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn dead_letters_are_read_by_their_own_index() {
    let plan = plan(&crate::dead_letters::sql());
    assert!(
        plan.contains("notifications_dead (organization=? AND state_position>?)"),
        "{plan}"
    );
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn looking_for_those_concerned_reads_only_them() {
    for (sql, index) in [
        (
            waiting::BY_LOOKUP,
            "notifications_waiting_by_lookup (organization=? AND lookup=?)",
        ),
        (
            waiting::BY_MEMBER,
            "notifications_waiting_by_member (organization=? AND member=?)",
        ),
    ] {
        let plan = plan(sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
    }
}

#[test]
fn organizations_with_answers_are_found_by_their_first_answer_alone() {
    // What is sorted is the organizations, not their answers.
    let plan = plan(backlog::OLDEST_RESPONSES);
    assert!(plan.contains("responses_waiting (organization=?"), "{plan}");
    assert!(!plan.contains("SCAN responses"), "{plan}");
}

#[test]
fn a_start_reads_what_is_to_be_done_and_nothing_that_is_done() {
    for (sql, index) in [
        (Card::select("", outbox::TO_SEND), "notifications_to_send"),
        (Card::select("", outbox::TO_UPDATE), "notifications_to_update"),
        (outbox::TO_LOOK_UP.to_owned(), "people_to_look_up"),
        (LISTED.to_owned(), "notifications_unreached"),
    ] {
        let plan = plan(&sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
    for (sql, index) in work::TO_DO.iter().zip([
        "notifications_resolved",
        "notifications_scheduled",
        "subject_changes_to_tell",
        "link_changes",
        "link_look_ups",
        "responses_waiting",
        "webhooks",
        "tenants",
    ]) {
        let plan = plan(sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN responses\n"), "{sql}\n{plan}");
    }
}
