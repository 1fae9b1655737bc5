use std::time::Instant;

use chat_core::Actor;
use chat_core::model::Draft;
use tokio::task::JoinSet;

use crate::append::{BYTES, SENDERS, sum};
use crate::cluster::{Cluster, user};
use crate::figures::Figures;
use crate::{Bench, Result};

/// Measures sends to a hot room through whole engines, with members, rate limits and hints.
pub(crate) async fn hot_room(bench: &Bench, nodes: usize, members: usize) -> Result<Figures> {
    let cluster = Cluster::start(bench, nodes).await?;
    let room = cluster.room("hot", members).await?;
    let (start, mut senders) = (Instant::now(), JoinSet::new());
    for n in 0..SENDERS {
        let engine = cluster.nodes[n % nodes].clone();
        let (room, each) = (room.clone(), bench.each);
        senders.spawn(async move {
            let actor = Actor::User(user(n)?);
            let mut figures = Figures::new()?;
            while start.elapsed() < each {
                let sent = Instant::now();
                let draft = Draft::text("x".repeat(BYTES));
                engine.send(&actor, &room, draft).await?;
                figures.add(sent.elapsed());
            }
            Ok(figures)
        });
    }
    let figures = sum(senders, start).await?;
    cluster.end().await;
    Ok(figures)
}
