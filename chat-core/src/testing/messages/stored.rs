use std::time::Duration;

use serde_json::json;

use super::log::{append, append_one, ensure_run, named, now, open, read_all, seqs, text};
use super::store::Stores;
use super::{DURABLE, UNKNOWN};
use crate::model::{Attachment, Draft, Metadata, NewMessage, Role, SystemEvent};
use crate::testing::check::{Must, ensure, eventually};
use crate::testing::ids::{a_room, client_id, user};
use crate::testing::tasks::{Done, Tasks};
use crate::{MessageId, RoomId};

pub(super) async fn an_acknowledged_message_is_there_on_every_handle(cluster: Stores) {
    let room = a_room();
    open(&cluster.node(0), &room, DURABLE).await;
    let mut writers = Tasks::new();
    for writer in 0..24 {
        let (here, there) = (cluster.node(writer), cluster.node(writer + 1));
        let room = room.clone();
        writers.spawn(async move {
            for n in 0..5 {
                let sent = text(&user(format!("writer-{writer}")), format!("{n}"));
                let sent = append_one(&here, &room, sent, DURABLE).await.message;
                let found = there
                    .message(&room, &sent.id)
                    .await
                    .must(DURABLE, "message");
                ensure!(
                    DURABLE,
                    found.as_ref() == Some(&*sent),
                    "position {} was acknowledged, but another handle finds {found:?}",
                    sent.seq
                );
            }
        });
    }
    writers.join().await;
}

/// A message with every field set to values that a database might misinterpret.
fn full(sender: &str) -> NewMessage {
    let Ok(metadata) = serde_json::from_value::<Metadata>(json!({
        "$set": {"a.b": [1, -2, 2.5, true, null, "$where"]},
        "a.b": {"": "", "_id": "x", "🦀": [{}, [], [[]]]},
        "large": 9_007_199_254_740_991_i64,
        "null": null,
    })) else {
        return text(&user(sender), "unreachable: the literal is an object");
    };
    let draft = Draft {
        client_message_id: Some(client_id("$where:{1}")),
        text: "zero\u{0}width\u{200d}, 🦀, \"quoted\" \\ and\r\nlines $set a.b".into(),
        reply_to: Some(MessageId::random()),
        thread_id: Some(MessageId::random()),
        mentions: vec![user("$ne"), user("a.b"), user("🦀")],
        attachments: vec![
            Attachment {
                url: "https://example.org/a?b=$c&d={e}".into(),
                mime_type: "image/png".into(),
                name: Some("ä \"b\".png".into()),
                size: Some(5_000_000_000),
            },
            Attachment {
                url: "https://example.org/b".into(),
                mime_type: "text/plain".into(),
                name: None,
                size: None,
            },
        ],
        metadata,
        expires_at: None,
    };
    let mut message = NewMessage::user(user(sender), draft, now());
    message.expires_at = Some(now().after(Duration::from_secs(86_400 * 30)));
    message
}

pub(super) async fn a_message_comes_back_as_it_was(cluster: Stores) {
    let room = a_room();
    open(&cluster.node(0), &room, DURABLE).await;
    let joined = SystemEvent::MemberJoined {
        user_id: user("$ne"),
        role: Role::Guest,
    };
    let renamed = SystemEvent::RoomRenamed { name: None };
    let batch = vec![
        full("a.b"),
        NewMessage::system(joined, "", now()),
        NewMessage::system(renamed, "renamed", now()),
        NewMessage::system(SystemEvent::Notice {}, "notice", now()),
        text(&user("a"), "plain"),
    ];
    let answers = append(&cluster.node(0), &room, batch.clone(), DURABLE).await;
    let stored = read_all(&cluster.node(1), &room, DURABLE).await;
    ensure!(
        DURABLE,
        stored.len() == 5,
        "{} of 5 messages are stored",
        stored.len()
    );
    for ((new, answer), stored) in batch.into_iter().zip(&answers).zip(&stored) {
        let sent = new.at(room.clone(), stored.seq, stored.created_at);
        ensure!(DURABLE, *stored == sent, "sent {sent:?}, stored {stored:?}");
        ensure!(
            DURABLE,
            *answer.message == sent,
            "sent {sent:?}, append returned {:?}",
            answer.message
        );
        let found = cluster.node(2).message(&room, &sent.id).await;
        let found = found.must(DURABLE, "message");
        ensure!(
            DURABLE,
            found.as_ref() == Some(&sent),
            "sent {sent:?}, found {found:?}"
        );
    }
}

/// If the cluster has a link, it is cut and healed during the appends.
pub(super) async fn a_failed_append_is_not_there(cluster: Stores) {
    let room = a_room();
    let epoch = open(&cluster.node(0), &room, UNKNOWN).await.epoch;
    let done = Done::default();
    let mut cuts = Tasks::new();
    if let Some(link) = cluster.link() {
        let (seen, count) = (done.clone(), cluster.nodes().len());
        cuts.spawn(async move {
            for n in 0.. {
                link.cut(n % count).await;
                tokio::time::sleep(Duration::from_millis(30)).await;
                link.heal(n % count).await;
                tokio::time::sleep(Duration::from_millis(70)).await;
                if seen.get() {
                    break;
                }
            }
        });
    }
    let mut writers = Tasks::new();
    for writer in 0..12 {
        let (room, store) = (room.clone(), cluster.node(writer));
        writers.spawn(async move {
            let sender = user(format!("writer-{writer}"));
            let mut outcomes = Vec::new();
            for n in 0..20 {
                let client = format!("{n}");
                let batch = vec![named(&sender, &client, "named"), text(&sender, "unnamed")];
                let ids = [batch[0].id, batch[1].id];
                let answers = store.append(&room, epoch, batch).await;
                let stored = answers
                    .iter()
                    .map(|a| a.as_ref().ok().map(|a| a.message.seq));
                outcomes.extend(ids.into_iter().zip(stored));
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            outcomes
        });
    }
    let outcomes = writers.join().await.concat();
    done.set();
    cuts.join().await;
    // Check at once, and again after late writes have had time to arrive.
    for wait in [0, 500] {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        for n in 0..cluster.nodes().len() {
            ensure_outcomes(&cluster, n, &room, &outcomes).await;
        }
    }
}

async fn ensure_outcomes(
    cluster: &Stores,
    n: usize,
    room: &RoomId,
    outcomes: &[(MessageId, Option<u64>)],
) {
    let store = cluster.node(n);
    // A handle that was cut off may take a while to recover.
    let read = eventually(cluster.patience(), || async { store.open(room).await.ok() });
    let head = read.await.map_or(0, |h| h.head);
    let stored = read_all(&store, room, UNKNOWN).await;
    ensure_run(
        UNKNOWN,
        &seqs(&stored),
        1,
        head,
        "positions next to failed appends",
    );
    for (id, outcome) in outcomes {
        let found = stored.iter().find(|m| m.id == *id).map(|m| m.seq);
        ensure!(
            UNKNOWN,
            found == *outcome,
            "an append returned position {outcome:?}, but the message is stored at {found:?}"
        );
    }
}
