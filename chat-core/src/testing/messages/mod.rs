//! The conformance suite for [`MessageLog`], [`ReadStore`] and [`PushQueue`], three views of one
//! store.

mod cancellation;
mod catch_up;
mod change;
mod counts;
mod epoch;
mod expiry;
mod gone;
mod idempotence;
mod log;
mod markers;
mod order;
mod pages;
mod pages_live;
mod pins;
mod prefix;
mod pushes;
mod search;
mod search_pages;
mod store;
mod stored;
mod threads;
mod time;
mod trim;

use super::Point;
use super::check::suite;
use crate::backend::{MessageLog, PushQueue, ReadStore};

/// A store that the suite checks.
pub trait MessageBackend: MessageLog + ReadStore + PushQueue {}

impl<S: MessageLog + ReadStore + PushQueue + ?Sized> MessageBackend for S {}

const LOG: &str = "MessageLog";
const READS: &str = "ReadStore";
const QUEUE: &str = "PushQueue";
const ORDER: Point = Point::contract(LOG, 1, "order");
const PREFIX: Point = Point::contract(LOG, 2, "prefix");
const DURABLE: Point = Point::contract(LOG, 3, "durable");
const IDEMPOTENT: Point = Point::contract(LOG, 4, "idempotent");
const TIME: Point = Point::contract(LOG, 5, "time");
const UNKNOWN: Point = Point::contract(LOG, 6, "unknown outcome");
const PARTIAL: Point = Point::contract(LOG, 7, "partial success");
const HEAD: Point = Point::contract(LOG, 8, "head");
const CHANGE: Point = Point::contract(LOG, 9, "change");
const CATCH_UP: Point = Point::contract(LOG, 10, "catch-up");
const PAGES: Point = Point::contract(LOG, 11, "pages");
const EXPIRY: Point = Point::contract(LOG, 12, "expiry");
const CANCELLED: Point = Point::contract(LOG, 13, "cancellation");
const REPLIES: Point = Point::contract(LOG, 14, "replies");
const SEARCH: Point = Point::contract(LOG, 15, "search");
const TRIM: Point = Point::contract(LOG, 16, "trim");
const EPOCH: Point = Point::contract(LOG, 17, "epoch");
const PINS: Point = Point::method(LOG, "pins");
const HEADS: Point = Point::method(LOG, "heads");
const DELETE_LOG: Point = Point::method(LOG, "delete_log");
const MARKERS: Point = Point::contract(READS, 1, "markers");
const COUNTS: Point = Point::contract(READS, 2, "counts");
const UNREAD: Point = Point::method(READS, "unread");
const PUSHES: Point = Point::contract(QUEUE, 1, "pushes");

suite! {
    ($)
    /// Generates one test per check of a message store; see [`testing`](crate::testing).
    message_store_suite, messages, dyn MessageBackend;
    order {
        positions_are_exactly_one_to_n: ORDER,
        appends_and_changes_share_one_sequence: ORDER,
        rooms_do_not_mix: ORDER,
        each_entry_has_its_answer: PARTIAL,
        heads_of_many_rooms: HEADS,
    }
    prefix {
        no_reader_sees_a_position_before_those_below_it: PREFIX,
        a_head_is_never_ahead_of_what_can_be_read: PREFIX,
    }
    stored {
        an_acknowledged_message_is_there_on_every_handle: DURABLE,
        a_message_comes_back_as_it_was: DURABLE,
        a_failed_append_is_not_there: UNKNOWN,
    }
    cancellation {
        a_dropped_append_is_stored_in_whole_or_not_at_all: CANCELLED,
    }
    idempotence {
        concurrent_retries_store_one_message: IDEMPOTENT,
        retries_within_a_batch_store_one_message: IDEMPOTENT,
        a_duplicate_has_the_latest_state: IDEMPOTENT,
        only_room_sender_and_client_id_make_a_duplicate: IDEMPOTENT,
        what_was_sent_is_found_by_its_name: IDEMPOTENT,
    }
    time {
        a_late_clock_is_raised_to_the_newest_message: TIME,
        skewed_clocks_at_once_never_make_time_go_back: TIME,
    }
    change {
        no_change_is_lost: CHANGE,
        reaction_limits_hold_at_once: CHANGE,
        a_change_of_nothing_takes_no_position: CHANGE,
        a_tombstone_stays_one: CHANGE,
    }
    catch_up {
        catch_up_at_rest_gives_what_changed: CATCH_UP,
        catch_up_misses_nothing_while_others_write: CATCH_UP,
    }
    pages {
        pages_are_those_asked_for: PAGES,
        pages_by_time_follow_on_by_position: PAGES,
        an_empty_room_has_empty_pages: PAGES,
    }
    pages_live {
        pages_miss_nothing_while_messages_arrive: PAGES,
    }
    expiry {
        the_head_survives_expiry: HEAD,
        what_expired_is_gone_from_all_reads: EXPIRY,
        a_deleted_log_starts_anew: DELETE_LOG,
    }
    epoch {
        a_write_to_a_replaced_log_stores_nothing: EPOCH,
    }
    gone {
        what_expired_counts_nowhere: EXPIRY,
        a_deleted_log_takes_all_with_it: DELETE_LOG,
    }
    trim {
        the_newest_are_left_of_a_trim: TRIM,
        a_trim_meets_writers: TRIM,
    }
    markers {
        markers_never_move_back: MARKERS,
        markers_move_once_at_once: MARKERS,
        markers_are_listed_by_user: MARKERS,
        unread_counts_what_others_sent: UNREAD,
        unread_counts_up_to_its_limit: UNREAD,
    }
    counts {
        mentions_are_counted: COUNTS,
        shadowed_messages_count_nowhere: COUNTS,
        system_messages_count_nowhere: COUNTS,
        hidden_messages_do_not_count: COUNTS,
        hidden_replies_do_not_count: COUNTS,
        readers_are_those_whose_marker_is_there: COUNTS,
    }
    threads {
        threads_are_summed_up: REPLIES,
        threads_have_markers_of_their_own: MARKERS,
        thread_markers_move_once_at_once: MARKERS,
        threads_have_pages_of_their_own: PAGES,
    }
    pins {
        pins_are_listed_by_when_they_were_pinned: PINS,
    }
    search {
        what_matches_is_found: SEARCH,
        the_latest_state_is_searched: SEARCH,
        no_text_is_a_pattern: SEARCH,
    }
    search_pages {
        results_have_pages: SEARCH,
        results_miss_nothing_meanwhile: SEARCH,
    }
    pushes {
        pushes_are_given_out_until_they_are_done: PUSHES,
        pushes_are_given_out_once_at_once: PUSHES,
    }
}
