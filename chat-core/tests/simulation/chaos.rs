use std::sync::Arc;
use std::time::Duration;

use chat_core::model::{Anchor, Draft, HistoryQuery, Metadata, Role};
use chat_core::protocol::Limits;
use chat_core::{Actor, Clock, ErrorKind, MessageId, Result, RoomId, Timestamp, UserId};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::facts::Fact;
use crate::heard::{Heard, shortened};
use crate::log::Log;
use crate::plan::Plan;
use crate::recorder::Bug;
use crate::run::Counts;
use crate::world::{
    CLIENTS, NODES, Node, World, all_rooms, blocks, client, doomed, lobby, rooms_of, team,
    team_room,
};

/// More messages than fit on one page of a resume.
const SEVERAL_PAGES: usize = 130;

pub(crate) struct Chaos {
    world: Arc<World>,
    plan: Plan,
    random: fastrand::Rng,
    logs: Vec<Arc<Mutex<Log>>>,
    pub(crate) counts: Counts,
    /// The app's acknowledged notices.
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
    RemoveResuming,
    DeleteRoom,
    Flood,
    Block,
    HidePresence,
    Look,
    SaySomething,
}

impl Chaos {
    pub(crate) fn new(
        world: Arc<World>,
        plan: Plan,
        random: fastrand::Rng,
        logs: Vec<Arc<Mutex<Log>>>,
    ) -> Self {
        Self {
            world,
            plan,
            random,
            logs,
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
            (Trouble::RemoveResuming, plan.remove_resuming),
            (Trouble::DeleteRoom, plan.delete_room),
            (Trouble::Flood, plan.flood),
            (Trouble::Block, plan.block),
            (Trouble::HidePresence, plan.hide_presence),
            (Trouble::Look, plan.look),
            (Trouble::SaySomething, plan.say_something),
        ];
        let often = often.into_iter();
        let all: Vec<Trouble> = often
            .flat_map(|(trouble, times)| std::iter::repeat_n(trouble, times as usize))
            .collect();
        let end = Instant::now() + length;
        while Instant::now() < end {
            self.pause(20..600).await;
            let trouble = all[self.random.usize(..all.len())];
            self.make(trouble).await;
        }
    }

    async fn pause(&mut self, millis: std::ops::Range<u64>) {
        tokio::time::sleep(Duration::from_millis(self.random.u64(millis))).await;
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
                match self.random.u8(..5) {
                    0..3 => self.remove(&node, &who).await,
                    _ => self.add(&node, &who).await,
                }
            }
            Trouble::RemoveResuming => self.remove_resuming(&node).await,
            Trouble::DeleteRoom => self.delete_room(&node).await,
            Trouble::Flood => self.flood(&node).await,
            Trouble::Block => self.block(&node).await,
            Trouble::HidePresence => self.hide_presence(&node).await,
            Trouble::Look => self.look(&node).await,
            Trouble::SaySomething => {
                let rooms = all_rooms();
                let room = &rooms[self.random.usize(..rooms.len())];
                self.say(&node, room).await;
            }
        }
    }

    async fn say(&mut self, node: &Node, room: &RoomId) {
        let said = node.engine.send_notice(room, "notice", Metadata::new());
        if let Ok(said) = said.await {
            let message = &said.message;
            self.notices.push((room.clone(), message.id, message.seq));
        }
    }

    fn forgets(&self, bug: Bug) -> bool {
        self.world.bug == Some(bug)
    }

    /// Removes a member of the group, or bans them briefly.
    async fn remove(&mut self, node: &Node, who: &UserId) {
        let (app, room, engine) = (Actor::App, team_room(), &node.engine);
        let removed = if self.forgets(Bug::ForgetsRemovals) {
            Ok(true)
        } else if self.random.u8(..3) == 0 {
            let banned = engine.ban(&app, &room, who, None, None).await;
            let _ = engine.unban(&app, &room, who).await;
            banned.map(|()| true)
        } else {
            engine.remove_member(&app, &room, who).await
        };
        if matches!(removed, Ok(true)) {
            self.world.begin(Fact::Removed(room, who.clone()));
        }
    }

    async fn add(&self, node: &Node, who: &UserId) {
        let room = team_room();
        self.world.end(&Fact::Removed(room.clone(), who.clone()));
        let added = node
            .engine
            .add_member(&Actor::App, &room, who, Role::Member);
        let _ = added.await;
    }

    /// Sends so many messages to the group that catching up takes several pages, waits for a client
    /// that is doing so, and removes it.
    async fn remove_resuming(&mut self, node: &Node) {
        let room = team_room();
        let said =
            (0..SEVERAL_PAGES).map(|_| node.engine.send_notice(&room, "notice", Metadata::new()));
        futures::future::join_all(said).await;
        let (world, logs) = (Arc::clone(&self.world), self.logs.clone());
        let resuming = |log: &Arc<Mutex<Log>>, far: bool| {
            let log = log.lock();
            let seen = log.rooms.get(&room).filter(|seen| seen.is_resuming())?;
            let head = world.log.record(&room).taken.len() as u64;
            let is_far = log.stalled && seen.through + 100 < head;
            (is_far == far).then(|| log.user.clone())
        };
        for n in 0..200 {
            let of = |far| logs.iter().find_map(|log| resuming(log, far));
            // Prefer a client that is far behind. After a while, take any that is resuming.
            if let Some(who) = of(true).or_else(|| of(false).filter(|_| n > 150)) {
                self.counts.removed_in_resume += 1;
                self.remove(node, &who).await;
                for _ in 0..4 {
                    self.pause(100..800).await;
                    self.say(node, &room).await;
                }
                self.pause(100..2_500).await;
                self.add(node, &who).await;
                return;
            }
            self.pause(3..20).await;
        }
    }

    /// Two users alternate in sending long messages, more than a page of them.
    async fn flood(&mut self, node: &Node) {
        self.counts.floods += 1;
        for n in 0..SEVERAL_PAGES {
            let draft = Draft::text("語".repeat(Limits::default().max_text_chars));
            let by = Actor::User(client(n % 2));
            let _ = node.engine.send(&by, &lobby(), draft).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn delete_room(&mut self, node: &Node) {
        let (app, room) = (Actor::App, doomed());
        let removed = |who| Fact::Removed(doomed(), who);
        if node.engine.delete_room(&app, &room).await.is_ok() {
            self.counts.deletions += 1;
            team().for_each(|who| self.world.begin(removed(who)));
        }
        self.pause(50..800).await;
        team().for_each(|who| self.world.end(&removed(who)));
        let _ = self.create_room(node).await;
        let n = self.random.usize(..team().count());
        self.read(node, n, &doomed()).await;
    }

    async fn create_room(&self, node: &Node) -> Result<()> {
        let time = self.world.clock.now();
        let new = self.world.doomed_room();
        node.engine.create_room(&Actor::App, new).await?;
        self.world.facts.lock().reborn(doomed(), time);
        Ok(())
    }

    async fn block(&mut self, node: &Node) {
        let pairs = (0..CLIENTS).filter_map(|n| Some((client(n), blocks(n)?)));
        let Some((by, other)) = self.random.choice(pairs.collect::<Vec<_>>()) else {
            return;
        };
        let fact = Fact::Blocked(by.clone(), other.clone());
        let now = self.world.clock.elapsed();
        let is_blocked = self.world.facts.lock().since(&fact, now).is_some();
        if is_blocked {
            self.world.end(&fact);
            let _ = node.engine.unblock(&by, &other).await;
            return;
        }
        let forgets = self.forgets(Bug::ForgetsBlocks);
        if forgets || node.engine.block(&by, &other).await.is_ok() {
            self.counts.blocks += 1;
            self.world.begin(fact);
        }
    }

    async fn hide_presence(&mut self, node: &Node) {
        let user = client(self.random.usize(..CLIENTS));
        let fact = Fact::Invisible(user.clone());
        let now = self.world.clock.elapsed();
        let is_invisible = self.world.facts.lock().since(&fact, now).is_some();
        if is_invisible {
            self.world.end(&fact);
            let _ = node.engine.set_invisible(&user, false).await;
            return;
        }
        let forgets = self.forgets(Bug::ForgetsInvisibility);
        if forgets || node.engine.set_invisible(&user, true).await.is_ok() {
            self.counts.hides += 1;
            self.world.begin(fact);
        }
    }

    /// A user reads presence and a room's history over REST.
    async fn look(&mut self, node: &Node) {
        let n = self.random.usize(..CLIENTS);
        let users: Vec<UserId> = (0..CLIENTS).map(client).collect();
        let asked = (self.world.clock.elapsed(), self.world.clock.now());
        let presence = node.engine.presence(&Actor::User(client(n)), &users).await;
        if let Ok(presence) = presence {
            self.note(n, asked, &json!({"type": "PRESENCE", "users": presence}));
        }
        let rooms = rooms_of(n);
        let room = &rooms[self.random.usize(..rooms.len())];
        self.read(node, n, room).await;
    }

    async fn read(&mut self, node: &Node, n: usize, room: &RoomId) {
        let asked = (self.world.clock.elapsed(), self.world.clock.now());
        let newest = HistoryQuery::new(Anchor::Newest, 50);
        let page = node
            .engine
            .history(&Actor::User(client(n)), room, &newest)
            .await;
        if let Ok(page) = page {
            let messages = page.messages;
            let page = json!({"type": "HISTORY", "roomId": room, "messages": messages});
            self.note(n, asked, &page);
        }
    }

    fn note(&mut self, n: usize, asked: (Duration, Timestamp), answer: &Value) {
        self.counts.looks += 1;
        self.logs[n].lock().heard.push(Heard {
            at: asked.0,
            asked_at: Some(asked.0),
            asked_time: Some(asked.1),
            connection: u64::MAX,
            prompt: true,
            event: shortened(answer),
        });
    }

    /// Undoes all faults and actions.
    pub(crate) async fn end(&mut self) {
        while self.under_way.join_next().await.is_some() {}
        for node in self.world.nodes() {
            node.heal();
        }
        let node = self.world.node(0);
        match self.create_room(&node).await {
            Err(e) if e.kind() != ErrorKind::Conflict => panic!("{e}"),
            _ => {}
        }
        for who in team() {
            for room in [team_room(), doomed()] {
                // An unban may have failed.
                node.engine.unban(&Actor::App, &room, &who).await.unwrap();
                self.world.end(&Fact::Removed(room.clone(), who.clone()));
                let added = node
                    .engine
                    .add_member(&Actor::App, &room, &who, Role::Member);
                added.await.unwrap();
            }
        }
        for by in 0..CLIENTS {
            if let Some(other) = blocks(by) {
                self.world.end(&Fact::Blocked(client(by), other.clone()));
                node.engine.unblock(&client(by), &other).await.unwrap();
            }
        }
        (self.counts.broker_faults, self.counts.store_faults) = self.world.injected();
    }

    /// Sends a message to every room, so that clients that missed the newest positions learn of
    /// them.
    pub(crate) async fn say_everywhere(&mut self) {
        let node = self.world.node(0);
        for room in all_rooms() {
            self.say(&node, &room).await;
        }
    }
}
