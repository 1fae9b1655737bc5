use std::sync::Arc;

use chat_core::testing::Cluster;
use chat_core::testing::faulty::{FaultRates, Faults};
use chat_core::testing::messages::MessageBackend;

use crate::mutants;
use crate::textbook::{Bug, textbook};

/// Without a bug the textbook store passes, so each mutant fails because of its bug.
mod right {
    use super::{Bug, textbook};

    chat_core::message_store_suite!(|nodes| textbook(nodes, Bug::None));
}

/// Handles that fail at random, each with its own seed.
async fn failing(nodes: usize, rates: FaultRates) -> Cluster<dyn MessageBackend> {
    let right = textbook(nodes, Bug::None).await;
    let nodes = right.nodes().iter().zip(0..);
    let nodes = nodes.map(|(n, seed)| Arc::new(Faults::new(seed, rates).wrap(n.clone())) as _);
    Cluster::new(nodes.collect())
}

mutants! {
    messages;
    textbook {
        skips_positions: Bug::SkipsPositions,
            "positions_are_exactly_one_to_n", "MessageLog contract 1 (order)";
        shares_positions: Bug::SharesPositions,
            "positions_are_exactly_one_to_n", "MessageLog contract 1 (order)";
        appends_to_any_epoch: Bug::AppendsToAnyEpoch,
            "a_write_to_a_replaced_log_stores_nothing", "MessageLog contract 17 (epoch)";
        changes_any_epoch: Bug::ChangesAnyEpoch,
            "a_write_to_a_replaced_log_stores_nothing", "MessageLog contract 17 (epoch)";
        mixes_rooms: Bug::MixesRooms,
            "rooms_do_not_mix", "MessageLog contract 1 (order)";
        allocates_before_it_inserts: Bug::AllocatesFirst,
            "no_reader_sees_a_position_before_those_below_it", "MessageLog contract 2 (prefix)";
        tells_a_head_before_it_inserts: Bug::AllocatesFirst,
            "a_head_is_never_ahead_of_what_can_be_read", "MessageLog contract 2 (prefix)";
        loses_acknowledged_messages: Bug::LosesAcknowledged,
            "an_acknowledged_message_is_there_on_every_handle", "MessageLog contract 3 (durable)";
        drops_a_field: Bug::DropsMetadata,
            "a_message_comes_back_as_it_was", "MessageLog contract 3 (durable)";
        forgets_client_message_ids: Bug::ForgetsClientIds,
            "concurrent_retries_store_one_message", "MessageLog contract 4 (idempotent)";
        looks_duplicates_up_before_it_inserts: Bug::LooksUpFirst,
            "concurrent_retries_store_one_message", "MessageLog contract 4 (idempotent)";
        sees_no_duplicates_within_a_batch: Bug::BlindInBatch,
            "retries_within_a_batch_store_one_message", "MessageLog contract 4 (idempotent)";
        answers_duplicates_with_the_first_state: Bug::StaleDuplicates,
            "a_duplicate_has_the_latest_state", "MessageLog contract 4 (idempotent)";
        takes_another_sender_for_a_duplicate: Bug::AnySender,
            "only_room_sender_and_client_id_make_a_duplicate", "MessageLog contract 4 (idempotent)";
        joins_sender_and_client_id: Bug::JoinsKeys,
            "only_room_sender_and_client_id_make_a_duplicate", "MessageLog contract 4 (idempotent)";
        answers_with_a_message_that_expired: Bug::OutlivedDuplicates,
            "what_expired_is_gone_from_all_reads", "MessageLog contract 4 (idempotent)";
        trusts_clocks: Bug::TrustsClocks,
            "a_late_clock_is_raised_to_the_newest_message", "MessageLog contract 5 (time)";
        trusts_clocks_at_once: Bug::TrustsClocks,
            "skewed_clocks_at_once_never_make_time_go_back", "MessageLog contract 5 (time)";
        finds_what_another_sent: Bug::SentByAnyone,
            "what_was_sent_is_found_by_its_name", "MessageLog contract 4 (idempotent)";
        stops_at_an_entry_that_fails: Bug::StopsAtFailure,
            "each_entry_has_its_answer", "MessageLog contract 7 (partial success)";
        forgets_a_head: Bug::ForgetsHeads,
            "heads_of_many_rooms", "MessageLog::heads";
        takes_the_newest_message_for_the_head: Bug::HeadFromNewest,
            "the_head_survives_expiry", "MessageLog contract 8 (head)";
        loses_changes: Bug::LosesChanges,
            "no_change_is_lost", "MessageLog contract 9 (change)";
        lets_reactions_past_the_limit: Bug::LosesChanges,
            "reaction_limits_hold_at_once", "MessageLog contract 9 (change)";
        takes_positions_for_nothing: Bug::CountsNothings,
            "a_change_of_nothing_takes_no_position", "MessageLog contract 9 (change)";
        deletes_twice: Bug::DeletesTwice,
            "a_tombstone_stays_one", "MessageLog contract 9 (change)";
        is_through_before_it_is: Bug::ThroughHead,
            "catch_up_at_rest_gives_what_changed", "MessageLog contract 10 (catch-up)";
        catches_up_by_seq: Bug::ChangesBySeq,
            "catch_up_at_rest_gives_what_changed", "MessageLog contract 10 (catch-up)";
        skips_some_changes: Bug::SkipsSuperseded,
            "catch_up_misses_nothing_while_others_write", "MessageLog contract 10 (catch-up)";
        reads_the_head_after_the_changes: Bug::HeadReadLast,
            "catch_up_misses_nothing_while_others_write", "MessageLog contract 10 (catch-up)";
        skips_equal_timestamps: Bug::PagesByTime,
            "pages_are_those_asked_for", "MessageLog contract 11 (pages)";
        skips_equal_timestamps_after_a_page_by_time: Bug::PagesByTime,
            "pages_by_time_follow_on_by_position", "MessageLog contract 11 (pages)";
        skips_equal_timestamps_while_messages_arrive: Bug::PagesByTime,
            "pages_miss_nothing_while_messages_arrive", "MessageLog contract 11 (pages)";
        guesses_whether_there_is_more: Bug::GuessesMore,
            "pages_are_those_asked_for", "MessageLog contract 11 (pages)";
        expires_from_pages_alone: Bug::ExpiresInPages,
            "what_expired_is_gone_from_all_reads", "MessageLog contract 12 (expiry)";
        moves_markers_back: Bug::MarkersGoBack,
            "markers_never_move_back", "ReadStore contract 1 (markers)";
        moves_markers_beyond_the_head: Bug::MarkersBeyond,
            "markers_never_move_back", "ReadStore contract 1 (markers)";
        moves_markers_back_at_once: Bug::MarkersRace,
            "markers_move_once_at_once", "ReadStore contract 1 (markers)";
        lists_markers_as_they_came: Bug::MarkersUnsorted,
            "markers_are_listed_by_user", "ReadStore contract 1 (markers)";
        stores_in_parts: Bug::StoresInParts,
            "a_dropped_append_is_stored_in_whole_or_not_at_all",
            "MessageLog contract 13 (cancellation)";
        counts_deleted_messages: Bug::CountsDeleted,
            "unread_counts_what_others_sent", "ReadStore::unread";
        counts_own_messages: Bug::CountsOwn,
            "unread_counts_what_others_sent", "ReadStore::unread";
        counts_without_a_limit: Bug::CountsAll,
            "unread_counts_up_to_its_limit", "ReadStore::unread";
        deletes_a_log_of_another_epoch: Bug::DeletesAnyEpoch,
            "a_deleted_log_starts_anew", "MessageLog::delete_log";
        gives_a_new_log_the_old_epoch: Bug::KeepsEpoch,
            "a_deleted_log_starts_anew", "MessageLog::delete_log";
        gives_a_new_log_the_old_markers: Bug::KeepsMarkers,
            "a_deleted_log_starts_anew", "MessageLog::delete_log";
        shares_positions_between_appends_and_changes: Bug::SharesPositions,
            "appends_and_changes_share_one_sequence", "MessageLog contract 1 (order)";
        guesses_in_an_empty_room: Bug::GuessesMore,
            "an_empty_room_has_empty_pages", "MessageLog contract 11 (pages)";
        counts_a_mention_of_oneself: Bug::CountsOwnMentions,
            "mentions_are_counted", "ReadStore contract 2 (counts)";
        counts_who_is_mentioned_twice_twice: Bug::CountsMentionsTwice,
            "mentions_are_counted", "ReadStore contract 2 (counts)";
        counts_what_is_to_be_left_out: Bug::CountsBlocked,
            "mentions_are_counted", "ReadStore contract 2 (counts)";
        counts_shadowed_messages: Bug::CountsShadowed,
            "shadowed_messages_count_nowhere", "ReadStore contract 2 (counts)";
        counts_shadowed_replies: Bug::CountsShadowedReplies,
            "shadowed_messages_count_nowhere", "ReadStore contract 2 (counts)";
        shows_what_is_shadowed: Bug::DropsShadowed,
            "shadowed_messages_count_nowhere", "ReadStore contract 2 (counts)";
        counts_system_messages: Bug::CountsSystem,
            "system_messages_count_nowhere", "ReadStore contract 2 (counts)";
        counts_hidden_messages: Bug::CountsHidden,
            "hidden_messages_do_not_count", "ReadStore contract 2 (counts)";
        hides_from_everybody: Bug::HidesForAll,
            "hidden_messages_do_not_count", "ReadStore contract 2 (counts)";
        hides_without_a_limit: Bug::HidesWithoutLimit,
            "hidden_messages_do_not_count", "ReadStore contract 2 (counts)";
        hides_what_is_not_there: Bug::HidesUnknown,
            "hidden_messages_do_not_count", "ReadStore contract 2 (counts)";
        counts_what_is_hidden_already_as_one_more: Bug::RefusesToHideTwice,
            "hidden_messages_do_not_count", "ReadStore contract 2 (counts)";
        counts_hidden_replies: Bug::CountsHiddenReplies,
            "hidden_replies_do_not_count", "ReadStore contract 2 (counts)";
        counts_deleted_replies: Bug::CountsDeletedReplies,
            "threads_are_summed_up", "MessageLog contract 14 (replies)";
        keeps_a_last_reply_that_was_deleted: Bug::KeepsLastReply,
            "threads_are_summed_up", "MessageLog contract 14 (replies)";
        counts_own_replies: Bug::CountsOwnReplies,
            "threads_have_markers_of_their_own", "ReadStore contract 1 (markers)";
        moves_markers_of_threads_back: Bug::ThreadMarkersGoBack,
            "threads_have_markers_of_their_own", "ReadStore contract 1 (markers)";
        moves_markers_of_threads_beyond_the_head: Bug::ThreadMarkersBeyond,
            "threads_have_markers_of_their_own", "ReadStore contract 1 (markers)";
        has_one_marker_for_all_threads: Bug::OneMarkerForThreads,
            "threads_have_markers_of_their_own", "ReadStore contract 1 (markers)";
        moves_the_marker_of_the_room_with_that_of_a_thread: Bug::ThreadMarksRoom,
            "threads_have_markers_of_their_own", "ReadStore contract 1 (markers)";
        moves_markers_of_threads_back_at_once: Bug::ThreadMarkersRace,
            "thread_markers_move_once_at_once", "ReadStore contract 1 (markers)";
        has_the_sender_among_the_readers: Bug::ReadersWithExcept,
            "readers_are_those_whose_marker_is_there", "ReadStore contract 2 (counts)";
        leaves_out_who_read_just_that_far: Bug::ReadersBefore,
            "readers_are_those_whose_marker_is_there", "ReadStore contract 2 (counts)";
        lists_readers_as_they_came: Bug::ReadersUnsorted,
            "readers_are_those_whose_marker_is_there", "ReadStore contract 2 (counts)";
        counts_the_readers_of_the_page: Bug::ReadersOfPage,
            "readers_are_those_whose_marker_is_there", "ReadStore contract 2 (counts)";
        trims_by_position: Bug::TrimsByPosition,
            "the_newest_are_left_of_a_trim", "MessageLog contract 16 (trim)";
        trims_the_newest: Bug::TrimsNewest,
            "the_newest_are_left_of_a_trim", "MessageLog contract 16 (trim)";
        trims_what_is_being_written: Bug::TrimsNewest,
            "a_trim_meets_writers", "MessageLog contract 16 (trim)";
        takes_the_head_back_by_a_trim: Bug::HeadFromTrim,
            "the_newest_are_left_of_a_trim", "MessageLog contract 16 (trim)";
        counts_replies_that_were_trimmed: Bug::CountsExpiredReplies,
            "the_newest_are_left_of_a_trim", "MessageLog contract 16 (trim)";
        lists_pins_oldest_first: Bug::PinsOldestFirst,
            "pins_are_listed_by_when_they_were_pinned", "MessageLog::pins";
        lists_pins_by_position: Bug::PinsByPosition,
            "pins_are_listed_by_when_they_were_pinned", "MessageLog::pins";
        keeps_pins_of_what_was_deleted: Bug::PinsForever,
            "pins_are_listed_by_when_they_were_pinned", "MessageLog::pins";
        forgets_who_pinned: Bug::LosesWhoPinned,
            "pins_are_listed_by_when_they_were_pinned", "MessageLog::pins";
        pages_the_room_instead_of_the_thread: Bug::IgnoresThreads,
            "threads_have_pages_of_their_own", "MessageLog contract 11 (pages)";
        filters_pages_of_the_room: Bug::FiltersPages,
            "threads_have_pages_of_their_own", "MessageLog contract 11 (pages)";
        looks_for_more_in_the_room: Bug::FlagsOfRoom,
            "threads_have_pages_of_their_own", "MessageLog contract 11 (pages)";
        leaves_tombstones_out_of_threads: Bug::ThreadsWithoutTombstones,
            "threads_have_pages_of_their_own", "MessageLog contract 11 (pages)";
        counts_expired_replies: Bug::CountsExpiredReplies,
            "what_expired_counts_nowhere", "MessageLog contract 12 (expiry)";
        counts_expired_mentions: Bug::CountsExpiredMentions,
            "what_expired_counts_nowhere", "MessageLog contract 12 (expiry)";
        keeps_pins_of_what_expired: Bug::PinsExpired,
            "what_expired_counts_nowhere", "MessageLog contract 12 (expiry)";
        finds_what_expired: Bug::FindsExpired,
            "what_expired_counts_nowhere", "MessageLog contract 12 (expiry)";
        pushes_what_expired: Bug::PushesGone,
            "what_expired_counts_nowhere", "MessageLog contract 12 (expiry)";
        pushes_what_a_deleted_log_had: Bug::PushesGone,
            "a_deleted_log_takes_all_with_it", "MessageLog::delete_log";
        hides_by_position_in_a_new_log: Bug::KeepsHidden,
            "a_deleted_log_takes_all_with_it", "MessageLog::delete_log";
        gives_a_new_log_the_old_markers_of_threads: Bug::KeepsThreadMarkers,
            "a_deleted_log_takes_all_with_it", "MessageLog::delete_log";
        searches_for_any_of_the_words: Bug::SearchesAnyWord,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        searches_for_the_words_in_their_order: Bug::SearchesPhrases,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        tells_cases_apart: Bug::SearchesCase,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        searches_other_rooms: Bug::SearchesEverywhere,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        finds_tombstones: Bug::FindsTombstones,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        finds_system_messages: Bug::FindsSystem,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        leaves_shadowed_messages_out_of_a_search: Bug::LeavesOutShadowed,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        searches_a_room_named_twice_twice: Bug::SearchesRoomsTwice,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        searches_for_any_sender: Bug::IgnoresSender,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        searches_from_the_beginning: Bug::IgnoresSince,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        searches_to_the_end: Bug::IgnoresUntil,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        finds_what_was_sent_at_the_end_of_the_time: Bug::IncludesUntil,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        finds_the_oldest_first: Bug::FindsOldestFirst,
            "what_matches_is_found", "MessageLog contract 15 (search)";
        searches_what_was_said_at_first: Bug::SearchesFirstText,
            "the_latest_state_is_searched", "MessageLog contract 15 (search)";
        takes_a_word_for_an_operator: Bug::TakesOperators,
            "no_text_is_a_pattern", "MessageLog contract 15 (search)";
        takes_a_text_for_a_pattern: Bug::TakesPatterns,
            "no_text_is_a_pattern", "MessageLog contract 15 (search)";
        finds_more_than_asked_for: Bug::FindsMore,
            "results_have_pages", "MessageLog contract 15 (search)";
        skips_equal_times_between_pages_of_results: Bug::SkipsEqualTimes,
            "results_have_pages", "MessageLog contract 15 (search)";
        repeats_equal_times_between_pages_of_results: Bug::RepeatsEqualTimes,
            "results_have_pages", "MessageLog contract 15 (search)";
        ends_with_the_first_page_of_results: Bug::EndsWithFirstPage,
            "results_have_pages", "MessageLog contract 15 (search)";
        goes_on_from_a_message_that_is_there_no_longer: Bug::LooksForAnchor,
            "results_miss_nothing_meanwhile", "MessageLog contract 15 (search)";
        pushes_before_it_is_due: Bug::PushesEarly,
            "pushes_are_given_out_until_they_are_done", "PushQueue contract 1 (pushes)";
        pushes_what_nobody_asked_to_push: Bug::PushesAll,
            "pushes_are_given_out_until_they_are_done", "PushQueue contract 1 (pushes)";
        pushes_what_was_deleted: Bug::PushesDeleted,
            "pushes_are_given_out_until_they_are_done", "PushQueue contract 1 (pushes)";
        gives_a_push_to_two: Bug::PushesTwice,
            "pushes_are_given_out_until_they_are_done", "PushQueue contract 1 (pushes)";
        forgets_a_push_whose_lease_ran_out: Bug::ForgetsLeases,
            "pushes_are_given_out_until_they_are_done", "PushQueue contract 1 (pushes)";
        pushes_a_duplicate_anew: Bug::RearmsDuplicates,
            "pushes_are_given_out_until_they_are_done", "PushQueue contract 1 (pushes)";
        pushes_what_is_done: Bug::IgnoresPushed,
            "pushes_are_given_out_until_they_are_done", "PushQueue contract 1 (pushes)";
        gives_a_push_to_two_at_once: Bug::PushesRace,
            "pushes_are_given_out_once_at_once", "PushQueue contract 1 (pushes)";
        gives_out_more_pushes_than_asked_for: Bug::PushesMore,
            "pushes_are_given_out_once_at_once", "PushQueue contract 1 (pushes)";
    }
    failing {
        fails_after_storing: FaultRates { fail_after: 0.2, ..FaultRates::default() },
            "a_failed_append_is_not_there", "MessageLog contract 6 (unknown outcome)";
    }
}
