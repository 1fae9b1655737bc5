#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::model::{
    AuditAction, Draft, NewMessage, NotificationLevel, ReportStatus, Role, SystemEvent,
    ThreadSummary,
};
use crate::{AuditId, MessageId, ReportId, RoomId, Timestamp, UserId};

fn user() -> impl Strategy<Value = UserId> {
    "[^\\s\\p{C}]{1,32}".prop_map(|id| UserId::new(id).unwrap())
}

fn attachment() -> impl Strategy<Value = Attachment> {
    (
        any::<String>(),
        any::<String>(),
        option::of(any::<String>()),
    )
        .prop_map(|(url, mime_type, name)| Attachment {
            url,
            mime_type,
            name,
            size: Some(u64::MAX),
        })
}

prop_compose! {
    fn message()(
        text in prop_oneof![any::<String>(), "\\PC{0,40}", "\u{1}{0,60}"],
        users in vec(user(), 0..4),
        attachments in vec(attachment(), 0..3),
        reactions in btree_map("\\PC{1,4}", vec(user(), 1..4), 0..3),
        metadata in btree_map(any::<String>(), any::<String>(), 0..3),
        renamed in option::of(any::<String>()),
    ) -> Message {
        let time = Timestamp::from_millis(i64::MAX);
        let mut draft = Draft::text(text);
        draft.mentions.clone_from(&users);
        draft.attachments = attachments;
        draft.client_message_id = Some("\"".repeat(64).parse().unwrap());
        let metadata = metadata.into_iter().map(|(k, v)| (k, json!({ "": [v, 1.5e-300] })));
        draft.metadata = metadata.collect::<Map<String, Value>>();
        let room = RoomId::new("\"".repeat(128)).unwrap();
        let by = users.first().cloned();
        let system = renamed.map(|name| SystemEvent::RoomRenamed { name: Some(name) });
        let new = NewMessage::system(system.unwrap_or(SystemEvent::Notice {}), "", time);
        let new = NewMessage { draft, sender_id: by.clone(), expires_at: Some(time), ..new };
        Message {
            rev: u64::MAX,
            edited_at: Some(time),
            edited_by: by.clone(),
            deleted_at: Some(time),
            deleted_by: by.clone(),
            pinned_at: Some(time),
            pinned_by: by,
            reply_to: Some(MessageId::random()),
            thread_id: Some(MessageId::random()),
            reactions: reactions.into_iter().collect::<BTreeMap<_, _>>(),
            thread: Some(ThreadSummary {
                reply_count: u64::MAX,
                last_reply_id: MessageId::random(),
                last_reply_seq: u64::MAX,
                last_reply_at: time,
            }),
            ..new.at(room, u64::MAX, time)
        }
    }
}

proptest! {
    #[test]
    fn no_message_exceeds_its_bound(message in message()) {
        let exact = serde_json::to_vec(&message).unwrap().len();
        prop_assert_eq!(json_bytes(&message), exact);
        prop_assert!(exact <= message.json_bound());
    }

    #[test]
    fn as_many_fit_as_the_budget_holds(
        messages in vec(message(), 0..8),
        max_bytes in 0_usize..40_000,
    ) {
        let count = fitting(&messages, max_bytes);
        let taken = |count: usize| {
            let encoded = messages[..count].iter().map(|m| serde_json::to_vec(m).unwrap().len() + 1);
            encoded.sum::<usize>()
        };
        prop_assert!(count <= messages.len());
        prop_assert!(count >= messages.len().min(1));
        prop_assert!(count <= 1 || taken(count) <= max_bytes);
        prop_assert!(count == messages.len() || taken(count + 1) > max_bytes);
    }

    #[test]
    fn the_middle_is_among_those_around_it(
        messages in vec(message(), 1..8),
        middle in any::<prop::sample::Index>(),
        max_bytes in 0_usize..40_000,
    ) {
        let middle = middle.index(messages.len());
        let range = fitting_around(&messages, middle, max_bytes);
        prop_assert!(range.contains(&middle));
        prop_assert!(range.end <= messages.len());
        let taken: usize = messages[range.clone()].iter().map(|m| json_bytes(m) + 1).sum();
        prop_assert!(range.len() == 1 || taken <= max_bytes);
    }
}

#[test]
fn indices_come_by_their_distance() {
    let outward = |len, middle| outward(len, middle).collect::<Vec<_>>();
    assert_eq!(outward(5, 1), [1, 0, 2, 3, 4]);
    assert_eq!(outward(3, 2), [2, 1, 0]);
    assert_eq!(outward(1, 0), [0]);
}

#[test]
fn no_other_entry_exceeds_its_bound() {
    fn check(entry: &impl JsonBound) {
        let exact = serde_json::to_string(entry).unwrap();
        assert!(exact.len() <= entry.json_bound(), "{exact}");
    }
    let user = UserId::new("\"".repeat(128)).unwrap();
    let room_id = RoomId::new("\"".repeat(128)).unwrap();
    let at = Timestamp::from_millis(i64::MAX);
    let text = "\u{1}".repeat(500);
    let mut member = Member::new(user.clone(), Role::Moderator, at);
    member.muted_until = Some(at);
    member.notifications = NotificationLevel::Mentions;
    member.shadow_muted = true;
    check(&member);
    check(&Ban {
        user_id: user.clone(),
        by: Some(user.clone()),
        at,
        until: Some(at),
        reason: Some(text.clone()),
    });
    check(&ReadMarker {
        user_id: user.clone(),
        seq: u64::MAX,
        at,
    });
    check(&Report {
        id: ReportId::random(),
        room_id: room_id.clone(),
        message_id: MessageId::random(),
        sender_id: Some(user.clone()),
        text: text.clone(),
        reporter_id: user.clone(),
        reason: text.clone(),
        created_at: at,
        status: ReportStatus::Dismissed,
        resolved_by: Some(user.clone()),
        resolved_at: Some(at),
    });
    check(&AuditEntry {
        id: AuditId::random(),
        room_id,
        at,
        actor_id: Some(user.clone()),
        action: AuditAction::TransferOwnership,
        user_id: Some(user),
        message_id: Some(MessageId::random()),
        detail: Some(text),
    });
}
