//! The conformance suite for [`UserStore`].

mod block;
mod make;
mod settings;

use super::Point;
use super::check::suite;
use crate::backend::UserStore;

const NAME: &str = "UserStore";
const DEFAULT: Point = Point::contract(NAME, 1, "defaults");
const WRITE: Point = Point::contract(NAME, 2, "writes");
const MAX: Point = Point::contract(NAME, 3, "maximum");
const VISIBLE: Point = Point::contract(NAME, 4, "visibility");
const BLOCKED: Point = Point::contract(NAME, 5, "blocked");
const SETTINGS: Point = Point::method(NAME, "settings");

suite! {
    ($)
    /// Generates one test per check of a user store; see [`testing`](crate::testing).
    user_store_suite, users, dyn UserStore;
    settings {
        unknown_users_have_the_default_settings: DEFAULT,
        what_was_undone_is_the_default_again: DEFAULT,
        settings_come_in_the_order_asked: SETTINGS,
        a_write_says_whether_it_changed_anything: WRITE,
        no_write_is_lost: WRITE,
        a_write_is_seen_on_every_handle: VISIBLE,
    }
    block {
        one_of_many_equal_writes_at_once_changes_something: WRITE,
        a_user_blocks_so_many_and_no_more: MAX,
        the_maximum_holds_at_once: MAX,
        blocked_users_are_listed_by_id: BLOCKED,
        users_do_not_mix: BLOCKED,
    }
}
