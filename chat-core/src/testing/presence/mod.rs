//! The conformance suite for [`PresenceStore`].

mod device;
mod edges;
mod expired;
mod leases;
mod seen;

use super::Point;
use super::check::suite;
use crate::backend::PresenceStore;

const NAME: &str = "PresenceStore";
const UP: Point = Point::contract(NAME, 1, "first lease");
const DOWN: Point = Point::contract(NAME, 2, "last lease");
const TTL: Point = Point::contract(NAME, 3, "leases run out");
const EXPIRED: Point = Point::contract(NAME, 4, "told once");
const REFRESH: Point = Point::contract(NAME, 5, "refresh");
const LAST_SEEN: Point = Point::contract(NAME, 6, "last seen");
const NO_OVERLAP: Point = Point::contract(NAME, 7, "no overlap");
const PRESENCE: Point = Point::method(NAME, "presence");

suite! {
    ($)
    /// Generates one test per check of a presence store; see [`testing`](crate::testing).
    presence_store_suite, presence, dyn PresenceStore;
    edges {
        one_of_many_devices_is_the_first: UP,
        one_of_many_devices_is_the_last: DOWN,
        a_release_of_no_lease_is_no_edge: DOWN,
        edges_never_overlap: NO_OVERLAP,
    }
    leases {
        a_lease_runs_out: TTL,
        a_refresh_keeps_a_lease: REFRESH,
        a_refresh_brings_back_what_is_missing: REFRESH,
        one_of_many_refreshes_brings_a_user_back: REFRESH,
    }
    expired {
        whose_leases_ran_out_is_told_once: EXPIRED,
        who_came_back_in_time_is_not_told_of: EXPIRED,
        whoever_was_told_of_may_come_again: EXPIRED,
        a_release_of_a_lease_that_ran_out_is_told_once: EXPIRED,
        edges_never_overlap_when_leases_run_out: NO_OVERLAP,
    }
    seen {
        last_seen_is_the_last_release: LAST_SEEN,
        last_seen_is_about_the_last_refresh: LAST_SEEN,
        presence_is_in_the_order_asked: PRESENCE,
    }
}
