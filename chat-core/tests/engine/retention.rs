use chat_core::backend::MessageLog;
use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, RoomKind, RoomPatch, RoomSettingsPatch};
use chat_core::{Actor, Engine};
use tokio::task::JoinSet;

use crate::support::{Shared, config, room};

const KEEP: u64 = 1_000;

async fn say(engine: &Engine, messages: u64) {
    let mut sends = JoinSet::new();
    for _ in 0..messages {
        let engine = engine.clone();
        sends.spawn(async move {
            let news = room("news");
            engine
                .send(&Actor::App, &news, Draft::text("hi"))
                .await
                .unwrap();
        });
    }
    sends.join_all().await;
}

async fn keep(engine: &Engine, messages: Option<u64>) {
    let patch = RoomPatch {
        settings: RoomSettingsPatch {
            retention_messages: Some(messages),
            ..RoomSettingsPatch::default()
        },
        ..RoomPatch::default()
    };
    let patched = engine.update_room(&Actor::App, &room("news"), &patch).await;
    patched.unwrap();
}

/// The `seq`s of the remaining messages, once all tasks are idle.
async fn left(shared: &Shared) -> Vec<u64> {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let (mut left, mut after) = (Vec::new(), 0);
    loop {
        let changes = shared.messages.changes(&room("news"), after, 100).await;
        let changes = changes.unwrap();
        left.extend(changes.messages.iter().map(|m| m.seq));
        after = changes.through;
        if after == changes.head {
            return left;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_keeps_the_newest_messages_and_few_more() {
    let shared = Shared::default();
    let (engine, _) = shared.node(config());
    let new = CreateRoom::new(RoomKind::Public).id(room("news"));
    engine.create_room(&Actor::App, new).await.unwrap();
    say(&engine, 1_500).await;
    assert_eq!(
        left(&shared).await,
        Vec::from_iter(1..=1_500),
        "all messages are kept"
    );

    keep(&engine, Some(KEEP)).await;
    assert_eq!(
        left(&shared).await,
        Vec::from_iter(501..=1_500),
        "trimmed at once"
    );

    for sent in 1..=40 {
        say(&engine, 10).await;
        let left = left(&shared).await;
        let head = 1_500 + 10 * sent;
        let first = left[0];
        assert_eq!(left, Vec::from_iter(first..=head));
        let kept = left.len() as u64;
        assert!(
            (KEEP..=KEEP + KEEP / 16 + 10).contains(&kept),
            "{kept} messages are kept"
        );
    }

    keep(&engine, None).await;
    let before = left(&shared).await.len();
    say(&engine, 200).await;
    assert_eq!(
        left(&shared).await.len(),
        before + 200,
        "all messages are kept again"
    );
}
