//! The conformance suite for [`ModerationStore`].

mod lists;
mod make;
mod reports;
mod resolve;
mod stored;

use super::Point;
use super::check::suite;
use crate::backend::ModerationStore;

const NAME: &str = "ModerationStore";
const REPORT: Point = Point::contract(NAME, 1, "one report");
const RESOLVE: Point = Point::contract(NAME, 2, "one decision");
const LISTS: Point = Point::contract(NAME, 3, "lists");
const VISIBLE: Point = Point::contract(NAME, 4, "visibility");
const FORGET: Point = Point::contract(NAME, 5, "forgetting");
const STORED: Point = Point::method(NAME, "report");
const RECORD: Point = Point::method(NAME, "record");

suite! {
    ($)
    /// Generates one test per check of a moderation store; see [`testing`](crate::testing).
    moderation_store_suite, moderation, dyn ModerationStore;
    reports {
        a_second_report_returns_the_first: REPORT,
        of_many_reports_at_once_one_is_stored: REPORT,
        reports_do_not_mix: REPORT,
    }
    resolve {
        a_decision_is_made_once: RESOLVE,
        of_many_decisions_at_once_one_is_made: RESOLVE,
        what_is_not_there_is_not_decided_about: RESOLVE,
    }
    lists {
        reports_are_listed_newest_first: LISTS,
        audit_logs_are_listed_newest_first: LISTS,
        lists_miss_nothing_while_they_change: LISTS,
    }
    stored {
        a_report_comes_back_as_it_was: STORED,
        an_entry_comes_back_as_it_was: RECORD,
        a_write_is_seen_on_every_handle: VISIBLE,
        a_forgotten_room_leaves_nothing: FORGET,
    }
}
