//! A black-box test suite for web framework adapters. It drives real sockets with third-party HTTP
//! and WebSocket clients (feature `adapter-testing`).
//!
//! Write a function that starts a server with an engine mounted under `/chat`; the macro turns each
//! check into a test. This is the adapter's whole test:
//!
//! ```
//! use chat_core::testing::adapter::Mount;
//! # use std::convert::Infallible;
//! # struct EndOnDrop(tokio::task::AbortHandle);
//! # impl Drop for EndOnDrop { fn drop(&mut self) { self.0.abort() } }
//! # mod your_framework {
//! #     pub async fn serve(_: tokio::net::TcpListener, _: chat_core::Engine) {}
//! # }
//!
//! async fn mounted(mount: Mount) -> EndOnDrop {
//!     let listener = tokio::net::TcpListener::from_std(mount.listener).unwrap();
//!     let server = tokio::spawn(your_framework::serve(listener, mount.engine));
//!     EndOnDrop(server.abort_handle())
//! }
//!
//! mod over_your_framework {
//!     chat_core::adapter_suite!(super::mounted);
//! }
//! # fn main() {}
//! ```
//!
//! # What an adapter must do
//! 1. **Upgrade.** Answer `GET /chat/ws` with the response of [`Upgrade`](crate::ws::Upgrade) or
//!    its [`Refusal`](crate::ws::Refusal), and enforce the allowed origins.
//! 2. **Who asks.** Pass the token, headers and peer address of sockets and requests to the engine.
//! 3. **Bytes.** Deliver everything a client sends, including bytes right after the upgrade
//!    request.
//! 4. **Frames.** Enforce the size and time limits, and close connections that violate the
//!    WebSocket protocol.
//! 5. **Pace.** A client that stops reading delays nobody else and is closed.
//! 6. **Closing.** Flush pending events, then send the close code and reason.
//! 7. **REST.** Pass everything else below the prefix to the
//!    [`RestService`](crate::rest::RestService) with its path, query and headers unchanged, and
//!    with the body once the service asks for it. Return its response unchanged. Close a connection
//!    whose request was not read to the end.
//! 8. **The wire.** Leave the `chat.v1` protocol intact: commands, events, calls and error codes.
//!    The engine implements it; these checks prove that the adapter does not interfere.
//!
//! The suite also checks every response against the OpenAPI document, and every event against the
//! JSON Schema.

mod bodies;
mod check;
mod client;
mod closing;
mod commands;
mod contract;
mod discussion;
mod errors;
mod events;
mod frames;
mod history;
mod http;
mod load;
mod malformed;
mod members;
mod moderation;
mod mount;
mod privacy;
mod raw;
mod reading;
mod rest;
mod resume;
mod rooms;
mod server;
mod token;
mod upgrade;

pub use check::{AdapterCheck, run_adapter_check};
pub use contract::DocumentedCall;
pub use mount::{Adapter, Mount};

use super::Point;
use check::suite;

const NAME: &str = "adapter";
const UPGRADE: Point = Point::contract(NAME, 1, "upgrade");
const WHO: Point = Point::contract(NAME, 2, "who asks");
const BYTES: Point = Point::contract(NAME, 3, "bytes");
const FRAMES: Point = Point::contract(NAME, 4, "frames");
const PACE: Point = Point::contract(NAME, 5, "pace");
const CLOSING: Point = Point::contract(NAME, 6, "closing");
const REST: Point = Point::contract(NAME, 7, "rest");
const WIRE: Point = Point::contract(NAME, 8, "the wire");

suite! {
    ($)
    /// Generates one test per check of an adapter; see [`adapter`](crate::testing::adapter). It
    /// takes an async function from a [`Mount`](crate::testing::adapter::Mount) to a guard.
    adapter_suite;
    upgrade {
        it_talks: UPGRADE,
        what_comes_with_the_request_is_not_lost: BYTES,
        the_token_comes_by_any_of_three_ways: WHO,
        the_engine_learns_headers_and_address: WHO,
        other_origins_are_refused: UPGRADE,
        what_is_no_upgrade_is_told_what_would_be_one: UPGRADE,
        a_connection_may_be_used_before_it_is_upgraded: UPGRADE,
    }
    frames {
        a_message_may_come_in_fragments_with_pings_between_them: BYTES,
        many_messages_may_come_at_once_and_right_behind_the_request: BYTES,
        fragments_without_end_are_too_large: FRAMES,
        half_a_frame_and_then_silence_is_closed: FRAMES,
        what_is_no_websocket_is_closed: FRAMES,
        a_heartbeat_finds_who_is_gone: PACE,
    }
    closing {
        without_a_valid_token_1008_at_once: CLOSING,
        too_many_violations_1008: CLOSING,
        above_the_limit_1009: CLOSING,
        a_restart_is_announced_and_closes_with_1012: CLOSING,
        an_overloaded_node_1013: CLOSING,
        a_token_that_runs_out_4001: CLOSING,
        a_token_that_will_run_out_is_announced: WIRE,
        a_fresh_token_keeps_the_connection: CLOSING,
        whom_the_app_ends_4003: CLOSING,
        one_connection_too_many_4029: CLOSING,
        a_client_that_closes_is_answered_with_its_own_code: CLOSING,
    }
    load {
        who_stops_reading_is_closed_with_1013_and_resumes_without_loss: PACE,
        sockets_that_stall_delay_nobody_else: PACE,
        ten_thousand_messages_reach_readers_that_come_and_go: WIRE,
    }
    rest {
        calls_go_through_under_the_prefix: REST,
        a_path_and_a_query_come_as_they_were_sent: REST,
        the_service_learns_who_and_from_where: WHO,
        the_documents_are_served_to_everybody: REST,
        what_is_no_call_is_a_problem_document: REST,
        who_asks_too_often_is_told_for_how_long: REST,
        head_is_get_without_a_body: REST,
        one_byte_too_many_is_too_large: REST,
        a_body_without_end_is_cut_off: REST,
        a_connection_goes_on_after_an_error: REST,
        a_body_that_breaks_off_is_nothing: REST,
        a_node_that_stops_changes_nothing_more: REST,
    }
    bodies {
        a_refusal_does_not_wait_for_the_body: REST,
        a_body_that_does_not_come_is_waited_for_so_long: REST,
        requests_in_flight_are_bounded: REST,
    }
    commands {
        hello_says_who_one_is_and_what_holds: WIRE,
        a_ref_comes_back_and_its_lack_too: WIRE,
        a_join_answers_with_the_newest_messages: WIRE,
        who_leaves_a_room_hears_nothing_more_but_stays_a_member: WIRE,
        a_sent_message_is_acknowledged_and_comes_whole: WIRE,
        the_same_message_twice_is_one: WIRE,
        changes_of_a_message_are_acknowledged_with_their_rev: WIRE,
        a_tombstone_has_lost_what_it_said: WIRE,
        a_read_marker_never_moves_back: WIRE,
        typing_has_no_answer: WIRE,
    }
    events {
        a_message_comes_once_to_every_connection_that_joined: WIRE,
        typing_is_told_to_others_alone: WIRE,
        a_receipt_is_told_once_per_move: WIRE,
        activity_is_told_to_members_who_have_not_joined: WIRE,
        members_come_and_go_with_a_rev_in_a_group: WIRE,
        a_room_that_is_handed_over_is_told_of_with_both_roles: WIRE,
        members_of_a_public_room_come_and_go_without_a_rev: WIRE,
        a_room_that_goes_is_told_to_all_its_members: WIRE,
        who_is_banned_is_out_until_the_ban_is_lifted: WIRE,
        presence_is_told_once_whatever_the_number_of_devices: WIRE,
        a_large_room_tells_how_many_are_there_in_place_of_who: WIRE,
    }
    errors {
        not_a_member: WIRE,
        not_joined: WIRE,
        room_not_found: WIRE,
        a_room_of_others_is_not_there: WIRE,
        message_not_found: WIRE,
        too_large: WIRE,
        rate_limited: WIRE,
        rejected_rewritten_and_internal: WIRE,
        forbidden: WIRE,
        conflict: WIRE,
        unavailable: WIRE,
    }
    malformed {
        what_is_no_command_is_answered_and_the_connection_stays: WIRE,
        a_ref_that_can_be_read_comes_back: WIRE,
        odd_but_right_commands_are_understood: WIRE,
    }
    resume {
        a_resume_gives_what_was_missed_in_batches_and_then_what_happens: WIRE,
        a_resume_gives_edits_and_deletions_once_in_their_latest_state: WIRE,
        a_position_that_means_nothing_here_is_a_fresh_join: WIRE,
        a_room_made_anew_has_another_epoch: WIRE,
    }
    rooms {
        a_room_is_found_where_it_is_said_to_be_until_it_is_deleted: WIRE,
        two_users_have_one_direct_room_also_when_both_open_it_at_once: WIRE,
        a_creation_with_a_key_happens_once: WIRE,
        the_list_of_rooms_is_by_latest_activity_in_pages: WIRE,
        slow_mode_holds_up_members_and_says_for_how_long: WIRE,
        a_room_keeps_as_many_messages_as_it_says: WIRE,
        what_a_room_holds_is_bounded: WIRE,
        a_public_room_is_joined_and_left_over_rest: WIRE,
    }
    privacy {
        a_private_room_is_for_others_as_one_that_is_not_there: WIRE,
    }
    members {
        members_are_added_raised_and_removed: WIRE,
        the_list_of_members_in_pages: WIRE,
        a_room_is_handed_over_before_its_owner_leaves: WIRE,
        a_ban_is_listed_and_ends_when_it_says: WIRE,
        a_mute_ends_when_it_says: WIRE,
        who_leaves_or_is_removed_hears_nothing_more: WIRE,
    }
    discussion {
        a_thread_counts_its_replies_and_has_pages: WIRE,
        a_thread_is_read_apart_from_its_room: WIRE,
        mentions_are_of_members_and_are_counted: WIRE,
        moderators_pin_what_everybody_finds: WIRE,
        attachments_and_metadata_come_back_as_they_were_sent: WIRE,
        reactions_are_told_with_who_reacted: WIRE,
        many_reactions_are_counted_and_listed_in_pages: WIRE,
        a_message_expires_when_it_says: WIRE,
        edits_and_deletions_end_with_their_windows: WIRE,
        what_one_deletes_for_oneself_others_see: WIRE,
    }
    history {
        pages_lead_to_every_message_once_from_either_end: WIRE,
        a_page_starts_at_a_time_or_around_a_message: WIRE,
        changes_give_each_message_once_up_to_the_head: WIRE,
        system_messages_say_what_happened: WIRE,
        search_finds_by_words_sender_room_and_time: WIRE,
        search_finds_only_what_one_may_read: WIRE,
    }
    reading {
        a_message_tells_who_has_read_it: WIRE,
        a_large_room_tells_how_many_have_read: WIRE,
        what_is_unread_adds_up_over_rooms: WIRE,
        presence_is_for_those_who_share_a_room: WIRE,
        who_is_invisible_appears_offline: WIRE,
        who_is_away_is_notified_of_what_they_want: WIRE,
        the_app_hears_who_comes_and_goes_and_says_who_may: WHO,
    }
    moderation {
        whom_one_blocks_one_hears_no_more: WIRE,
        who_is_blocked_does_not_reach_the_one_who_blocked: WIRE,
        who_is_shadow_muted_does_not_notice: WIRE,
        a_report_is_decided_about_once: WIRE,
        what_moderators_do_is_written_down: WIRE,
    }
}
