//! The conformance suite for [`RoomStore`].

mod bans;
mod count;
mod create;
mod direct;
mod lists;
mod make;
mod not_found;
mod transfer;
mod visible;

use super::Point;
use super::check::suite;
use crate::backend::RoomStore;

const NAME: &str = "RoomStore";
const CREATE: Point = Point::contract(NAME, 1, "creation");
const DIRECT: Point = Point::contract(NAME, 2, "direct rooms");
const ADD: Point = Point::contract(NAME, 3, "joining");
const BAN: Point = Point::contract(NAME, 4, "bans");
const VISIBLE: Point = Point::contract(NAME, 5, "visibility");
const COUNT: Point = Point::contract(NAME, 6, "member count");
const NOT_FOUND: Point = Point::contract(NAME, 7, "not found");
const LISTS: Point = Point::contract(NAME, 8, "lists");
const TRANSFER: Point = Point::contract(NAME, 9, "ownership");
const UPDATE_ROOM: Point = Point::method(NAME, "update_room");
const DELETE_ROOM: Point = Point::method(NAME, "delete_room");
const UPDATE_MEMBER: Point = Point::method(NAME, "update_member");

suite! {
    ($)
    /// Generates one test per check of a room store; see [`testing`](crate::testing).
    room_store_suite, rooms, dyn RoomStore;
    create {
        one_of_many_creations_at_once_succeeds: CREATE,
        a_taken_id_stays_as_it_was: CREATE,
        a_room_comes_back_as_it_was: CREATE,
        rooms_do_not_mix: CREATE,
        a_deleted_room_leaves_nothing: DELETE_ROOM,
    }
    direct {
        two_users_have_one_direct_room: DIRECT,
        a_second_creation_returns_the_first_room: DIRECT,
        pairs_do_not_mix: DIRECT,
    }
    bans {
        joining_twice_changes_nothing: ADD,
        a_ban_keeps_out_until_it_ends: ADD,
        a_ban_removes_in_the_same_step: BAN,
        joins_and_bans_at_once_end_banned: BAN,
    }
    visible {
        a_write_is_seen_on_every_handle: VISIBLE,
        no_patch_of_a_room_is_lost: UPDATE_ROOM,
        no_setting_is_lost: UPDATE_ROOM,
        no_patch_of_a_member_is_lost: UPDATE_MEMBER,
    }
    count {
        the_count_is_right_after_joins_and_leaves_at_once: COUNT,
        a_join_beside_a_deletion_leaves_no_trace: COUNT,
    }
    not_found {
        what_names_no_room_says_so: NOT_FOUND,
        who_is_no_member_is_said_so: NOT_FOUND,
    }
    lists {
        members_are_listed_by_user: LISTS,
        bans_are_listed_by_user: LISTS,
        rooms_are_listed_by_room: LISTS,
        lists_miss_nobody_while_others_come_and_go: LISTS,
    }
    transfer {
        of_many_transfers_at_once_one_succeeds: TRANSFER,
        a_transfer_is_seen_in_whole_or_not_at_all: TRANSFER,
        a_transfer_that_is_refused_changes_nothing: TRANSFER,
    }
}
