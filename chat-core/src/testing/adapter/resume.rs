//! Resuming: nothing is lost and nothing is duplicated.

use serde_json::{Value, json};

use super::client::Client;
use super::mount::Adapter;
use crate::engine::CreateRoom;
use crate::model::RoomKind;
use crate::testing::ids::room;
use crate::{Actor, Epoch};

fn resume(epoch: &Value, after: u64) -> Value {
    json!({"type": "JOIN_ROOM", "roomId": "general", "epoch": epoch, "after": after})
}

/// Resumes and returns the `rev`s in the order they arrive.
async fn revs(client: &mut Client, after: u64) -> Vec<u64> {
    let (mut through, mut revs) = (after, Vec::new());
    loop {
        let sync = client.next_of("ROOM_SYNC").await;
        assert_eq!(sync["roomId"], "general");
        let changes = sync["changes"].as_array().unwrap();
        assert!(changes.len() <= 100);
        let batch: Vec<_> = changes.iter().map(|m| m["rev"].as_u64().unwrap()).collect();
        assert!(batch.first().is_none_or(|rev| *rev > through));
        through = sync["through"].as_u64().unwrap();
        assert!(batch.last().is_none_or(|rev| *rev <= through));
        revs.extend(batch);
        if sync["done"] == true {
            return revs;
        }
    }
}

pub(super) async fn a_resume_gives_what_was_missed_in_batches_and_then_what_happens(
    adapter: Adapter,
) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let epoch = alice.join("general").await["epoch"].clone();
    for n in 1..=250 {
        alice.say("general", &n.to_string(), "x").await;
    }
    for after in [0, 17, 150, 249, 250] {
        let mut bob = server.connect("bob").await;
        let joined = bob.ask(resume(&epoch, after)).await;
        assert_eq!(joined["type"], "ROOM_JOINED");
        assert_eq!(joined["recovered"], true);
        assert_eq!(joined["head"], 250);
        assert_eq!(joined["epoch"], epoch);
        assert!(joined.get("messages").is_none());
        let missed = revs(&mut bob, after).await;
        assert_eq!(missed, (after + 1..=250).collect::<Vec<_>>());
        let more = bob.settle().await;
        assert!(more.iter().all(|e| e.get("rev").is_none()), "{more:?}");
    }
    let mut bob = server.connect("bob").await;
    bob.ask(resume(&epoch, 250)).await;
    assert!(revs(&mut bob, 250).await.is_empty());
    alice.say("general", "live", "x").await;
    assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], 251);
}

pub(super) async fn a_resume_gives_edits_and_deletions_once_in_their_latest_state(
    adapter: Adapter,
) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let epoch = alice.join("general").await["epoch"].clone();
    let mut ids = Vec::new();
    for n in 1..=4 {
        ids.push(alice.say("general", &n.to_string(), "x").await["messageId"].clone());
    }
    let change =
        |kind: &str, n: usize| json!({"type": kind, "roomId": "general", "messageId": ids[n]});
    for (n, text) in [(0, "one"), (2, "two"), (0, "three")] {
        let mut edit = change("EDIT_MESSAGE", n);
        edit["text"] = json!(text);
        alice.ask(edit).await;
    }
    alice.ask(change("DELETE_MESSAGE", 1)).await;
    let mut bob = server.connect("bob").await;
    bob.ask(resume(&epoch, 3)).await;
    let sync = bob.next_of("ROOM_SYNC").await;
    assert_eq!((&sync["through"], &sync["done"]), (&json!(8), &json!(true)));
    let changes = sync["changes"].as_array().unwrap();
    let seen: Vec<_> = changes
        .iter()
        .map(|m| json!([m["rev"], m["seq"], m["text"]]))
        .collect();
    let expected = [(4, 4, "x"), (6, 3, "two"), (7, 1, "three"), (8, 2, "")];
    assert_eq!(seen, expected.map(|e| json!(e)));
    assert!(changes[3]["deletedAt"].is_string());
}

pub(super) async fn a_position_that_means_nothing_here_is_a_fresh_join(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let epoch = alice.join("general").await["epoch"].clone();
    for n in 1..=3 {
        alice.say("general", &n.to_string(), "x").await;
    }
    let most = (1_u64 << 53) - 1;
    let unknown = json!(Epoch::random());
    for command in [resume(&unknown, 1), resume(&epoch, 4), resume(&epoch, most)] {
        let mut bob = server.connect("bob").await;
        let joined = bob.ask(command).await;
        assert_eq!(joined["recovered"], false);
        assert_eq!(joined["epoch"], epoch);
        assert_eq!(joined["messages"].as_array().unwrap().len(), 3);
        assert!(bob.settle().await.iter().all(|e| e["type"] != "ROOM_SYNC"));
    }
}

pub(super) async fn a_room_made_anew_has_another_epoch(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let epoch = alice.join("general").await["epoch"].clone();
    alice.say("general", "1", "x").await;
    let deleted = room("general");
    server
        .engine
        .delete_room(&Actor::App, &deleted)
        .await
        .unwrap();
    alice.next_of("ROOM_REMOVED").await;
    let anew = CreateRoom::new(RoomKind::Public).id(deleted);
    server.create(anew).await;
    let joined = alice.ask(resume(&epoch, 1)).await;
    assert_eq!(joined["recovered"], false, "{joined}");
    assert_ne!(joined["epoch"], epoch);
    assert_eq!(joined["messages"], json!([]));
}
