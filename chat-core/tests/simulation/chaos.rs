use std::sync::Arc;
use std::time::Duration;

use chat_core::model::{Metadata, Role};
use chat_core::{Actor, MessageId, RoomId};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::plan::Plan;
use crate::run::Counts;
use crate::world::{NODES, World, all_rooms, team, team_room};

/// The trouble, and what the app does meanwhile.
pub(crate) struct Chaos {
    world: Arc<World>,
    plan: Plan,
    random: fastrand::Rng,
    pub(crate) counts: Counts,
    /// What the app said, and was acknowledged.
    pub(crate) notices: Vec<(RoomId, MessageId, u64)>,
    under_way: JoinSet<()>,
}

#[derive(Debug, Clone, Copy)]
enum Trouble {
    CutBroker,
    CutStores,
    StopNode,
    KillNode,
    RemoveMember,
    SaySomething,
}

impl Chaos {
    pub(crate) fn new(world: Arc<World>, plan: Plan, random: fastrand::Rng) -> Self {
        Self {
            world,
            plan,
            random,
            counts: Counts::default(),
            notices: Vec::new(),
            under_way: JoinSet::new(),
        }
    }

    pub(crate) async fn rage(&mut self, length: Duration) {
        let plan = self.plan;
        let often = [
            (Trouble::CutBroker, plan.cut_broker),
            (Trouble::CutStores, plan.cut_stores),
            (Trouble::StopNode, plan.stop_node),
            (Trouble::KillNode, plan.kill_node),
            (Trouble::RemoveMember, plan.remove_member),
            (Trouble::SaySomething, plan.say_something),
        ];
        let often = often.into_iter();
        let all: Vec<Trouble> = often
            .flat_map(|(trouble, times)| std::iter::repeat_n(trouble, times as usize))
            .collect();
        let end = Instant::now() + length;
        while Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(self.random.u64(20..600))).await;
            let trouble = all[self.random.usize(..all.len())];
            self.make(trouble).await;
        }
    }

    async fn make(&mut self, trouble: Trouble) {
        let n = self.random.usize(..NODES);
        let node = self.world.node(n);
        let while_ = Duration::from_millis(self.random.u64(20..2_500));
        match trouble {
            Trouble::CutBroker => {
                self.counts.cuts += 1;
                node.broker.cut();
                self.under_way.spawn(async move {
                    tokio::time::sleep(while_).await;
                    node.broker.heal();
                });
            }
            Trouble::CutStores => {
                self.counts.cuts += 1;
                node.stores.cut();
                self.under_way.spawn(async move {
                    tokio::time::sleep(while_ / 2).await;
                    node.stores.heal();
                });
            }
            Trouble::StopNode => {
                self.counts.stops += 1;
                self.under_way.spawn(self.world.stop(n));
            }
            Trouble::KillNode => {
                self.counts.kills += 1;
                self.world.kill(n);
            }
            Trouble::RemoveMember => {
                let who = team().nth(self.random.usize(..team().count())).unwrap();
                let (app, room) = (Actor::App, team_room());
                let _ = match self.random.u8(..5) {
                    0 | 1 => node.engine.remove_member(&app, &room, &who).await,
                    2 => {
                        let banned = node.engine.ban(&app, &room, &who, None, None).await;
                        let _ = node.engine.unban(&app, &room, &who).await;
                        banned.map(|()| true)
                    }
                    _ => {
                        node.engine
                            .add_member(&app, &room, &who, Role::Member)
                            .await
                    }
                };
            }
            Trouble::SaySomething => {
                let rooms = all_rooms();
                let room = &rooms[self.random.usize(..rooms.len())];
                let said = node.engine.send_notice(room, "notice", Metadata::new());
                if let Ok(said) = said.await {
                    let message = &said.message;
                    self.notices.push((room.clone(), message.id, message.seq));
                }
            }
        }
    }

    /// Undoes all of it.
    pub(crate) async fn end(&mut self) {
        while self.under_way.join_next().await.is_some() {}
        for node in self.world.nodes() {
            node.heal();
        }
        let (engine, room) = (self.world.node(0).engine, team_room());
        for who in team() {
            // An unban may have failed.
            engine.unban(&Actor::App, &room, &who).await.unwrap();
            let added = engine.add_member(&Actor::App, &room, &who, Role::Member);
            added.await.unwrap();
        }
        (self.counts.broker_faults, self.counts.store_faults) = self.world.injected();
    }
}
