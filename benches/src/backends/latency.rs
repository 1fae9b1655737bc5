use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_core::model::Draft;
use chat_core::testing::{MemoryPeer, Outbound, memory_socket};
use chat_core::{Actor, Handshake, RoomId};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, user};
use crate::figures::Figures;
use crate::{Bench, Result};

const RATE: u32 = 1_000;
/// The time limit for each message, after which it counts as lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// The deliveries at one node of messages sent at another.
pub(crate) struct Heard {
    pub(crate) figures: Figures,
    /// The requests per message.
    pub(crate) publications: f64,
    pub(crate) redis_bytes: f64,
    pub(crate) mongo_commands: f64,
}

/// Measures the time from a message's due time at one node to its delivery to a member at another, at
/// 1,000 messages per second over `rooms` rooms of `members` members.
pub(crate) async fn between_nodes(bench: &Bench, rooms: usize, members: usize) -> Result<Heard> {
    let cluster = Cluster::start(bench, 2).await?;
    let total = usize::try_from(u64::from(RATE) * bench.each.as_secs())?;
    let mut ids = Vec::new();
    for n in 0..rooms {
        ids.push(cluster.room(&format!("room-{n}"), members).await?);
    }
    let peer = connect(&cluster, &ids).await?;
    let began = Instant::now();
    let before = cluster.asked()?;
    let listener = tokio::spawn(listen(peer, began, total));
    send(&cluster, &ids, began, total).await?;
    let figures = listener.await??;
    let after = cluster.asked()?;
    cluster.end().await;
    let each = |before: usize, after: usize| (after - before) as f64 / total as f64;
    Ok(Heard {
        figures: figures.within(bench.each),
        publications: each(before.publications, after.publications),
        redis_bytes: each(before.redis_bytes, after.redis_bytes),
        mongo_commands: each(before.mongo_commands, after.mongo_commands),
    })
}

/// Connects member 1 to the receiving node.
async fn connect(cluster: &Cluster, rooms: &[Arc<RoomId>]) -> Result<MemoryPeer> {
    let (socket, mut peer) = memory_socket();
    let handshake = Handshake::new(Some(user(1)?.to_string()));
    tokio::spawn(cluster.nodes[1].serve(socket, handshake));
    for room in rooms {
        peer.send_text(format!(r#"{{"type":"JOIN_ROOM","roomId":"{room}"}}"#));
        while !text(&mut peer).await?.contains("ROOM_JOINED") {}
    }
    Ok(peer)
}

async fn send(
    cluster: &Cluster,
    rooms: &[Arc<RoomId>],
    began: Instant,
    total: usize,
) -> Result<()> {
    let mut sends = JoinSet::new();
    for n in 0..total {
        tokio::time::sleep_until((began + due(n)).into()).await;
        let engine = cluster.nodes[0].clone();
        let room = rooms[n % rooms.len()].clone();
        sends.spawn(async move {
            let draft = Draft::text(format!("#{n}#{}", "x".repeat(150)));
            engine.send(&Actor::User(user(0)?), &room, draft).await?;
            Ok::<_, crate::BoxError>(())
        });
    }
    while let Some(sent) = sends.join_next().await {
        sent??;
    }
    Ok(())
}

fn due(n: usize) -> Duration {
    Duration::from_secs(1) * u32::try_from(n).unwrap_or(u32::MAX) / RATE
}

async fn listen(mut peer: MemoryPeer, began: Instant, expected: usize) -> Result<Figures> {
    let (mut figures, mut heard) = (Figures::new()?, 0);
    while heard < expected {
        let event = text(&mut peer).await?;
        if !event.contains("MESSAGE_CREATED") {
            continue;
        }
        let n = event
            .split('#')
            .nth(1)
            .ok_or("a message without a number")?;
        figures.add((began + due(n.parse()?)).elapsed());
        heard += 1;
    }
    Ok(figures)
}

async fn text(peer: &mut MemoryPeer) -> Result<String> {
    match tokio::time::timeout(PATIENCE, peer.recv()).await? {
        Some(Outbound::Text(text)) => Ok(String::from_utf8(text.to_vec())?),
        other => Err(format!("expected an event, got {other:?}").into()),
    }
}
