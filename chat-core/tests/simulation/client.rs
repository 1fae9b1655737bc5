use std::sync::Arc;
use std::time::Duration;

use chat_core::testing::Outbound;
use chat_core::{ClientMessageId, Clock, MessageId};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::log::{Closed, Log, Sent};
use crate::payload;
use crate::plan::Plan;
use crate::run::Phase;
use crate::seen::Seen;
use crate::session::{Asked, Session};
use crate::world::{NODES, World};

/// The usual maximum time that a client stays away.
const AWAY: Duration = Duration::from_millis(400);

enum End {
    Stopped,
    Gone,
}

pub(crate) struct Client {
    world: Arc<World>,
    plan: Plan,
    log: Arc<Mutex<Log>>,
    phase: watch::Receiver<Phase>,
    random: fastrand::Rng,
    names: u64,
    connections: u64,
}

impl Client {
    pub(crate) fn new(
        world: Arc<World>,
        plan: Plan,
        log: Log,
        phase: watch::Receiver<Phase>,
        random: fastrand::Rng,
    ) -> Self {
        Self {
            world,
            plan,
            log: Arc::new(Mutex::new(log)),
            phase,
            random,
            names: 0,
            connections: 0,
        }
    }

    pub(crate) fn log(&self) -> Arc<Mutex<Log>> {
        Arc::clone(&self.log)
    }

    /// Connects repeatedly, each time to some node.
    pub(crate) async fn live(mut self) {
        loop {
            let user = self.log.lock().user.clone();
            let node = self.world.node(self.random.usize(..NODES));
            self.connections += 1;
            let peer = node.connect(&user);
            let session = Session::new(peer, self.world.clock, self.connections);
            drop(node);
            let end = self.connection(session).await;
            self.log.lock().disconnected();
            if matches!(end, End::Stopped) {
                return;
            }
            let (often, longest) = self.plan.away;
            let long = *self.phase.borrow() == Phase::Trouble && self.random.f64() < often;
            let most = if long { longest } else { AWAY };
            let away = most.mul_f64(self.random.f64());
            tokio::time::sleep(away).await;
        }
    }

    async fn connection(&mut self, mut session: Session) -> End {
        let mut next_act = Instant::now();
        let mut phase = self.phase.clone();
        loop {
            let next = tokio::select! {
                biased;
                _ = phase.wait_for(|p| *p == Phase::Stop) => return End::Stopped,
                next = session.peer.recv() => Some(next),
                () = tokio::time::sleep_until(next_act) => None,
            };
            let Some(next) = next else {
                if !self.act(&mut session) {
                    return End::Gone;
                }
                if session.trickles {
                    session.peer.stall(false);
                    tokio::task::yield_now().await;
                    session.peer.stall(true);
                }
                next_act = Instant::now() + Duration::from_millis(self.random.u64(1..120));
                continue;
            };
            if let Some(frame) = &next {
                let by = self.log.lock().user.clone();
                self.world.received(&by, frame);
            }
            match next {
                Some(Outbound::Text(text)) => {
                    let event = serde_json::from_slice(&text).unwrap();
                    session.heard(&mut self.log.lock(), &event);
                }
                Some(Outbound::Closed(code)) => {
                    let mut log = self.log.lock();
                    let reason = session.peer.close_reason().unwrap_or_default().to_owned();
                    let prompt = session.prompt;
                    log.counts.overflows += u64::from(reason == "too slow");
                    log.closed.push(Closed { reason, prompt });
                    // 1000 confirms a close by the client.
                    if ![1000, 1012, 1013].contains(&code) {
                        log.violations.push(format!("closed with {code}"));
                    }
                    return End::Gone;
                }
                None => return End::Gone,
            }
        }
    }

    /// Performs a random action. Returns `false` if it drops the connection.
    fn act(&mut self, session: &mut Session) -> bool {
        let now = Instant::now();
        let settling = *self.phase.borrow() != Phase::Trouble;
        if session
            .stalled_until
            .is_some_and(|until| settling || until <= now)
        {
            session.peer.stall(false);
            session.stalled_until = None;
            session.trickles = false;
            self.log.lock().stalled = false;
        }
        let log = Arc::clone(&self.log);
        let mut log = log.lock();
        let log = &mut *log;
        let time = self.world.clock.now();
        // Give up on messages that expired before they were acknowledged.
        log.sent.retain(|_, s| {
            s.ack.is_some() || s.due.is_none() || s.expires_at.is_none_or(|at| at > time)
        });
        for (name, sent) in &mut log.sent {
            if sent.due.is_some_and(|due| due <= now) {
                sent.due = None;
                log.waiting += 1;
                session.ask(sent.command.clone(), Asked::Send(name.clone()));
            }
        }
        for seen in log.rooms.values_mut().filter(|s| !s.joined) {
            let due = session.rejoin.get(&seen.room).is_none_or(|at| *at <= now);
            // Concurrent joins would both deliver the missed changes.
            let due = due && !session.is_joining(&seen.room);
            if due && (settling || self.random.u8(..4) == 0) {
                log.waiting += 1;
                let reference = session.ask(join(seen), Asked::Join(seen.room.clone()));
                session.joins.insert(seen.room.clone(), reference);
                seen.asked = true;
                let slow = self.plan.slow_clients && !settling && seen.epoch.is_some();
                if slow && self.random.u8(..4) == 0 {
                    let until = now + Duration::from_millis(self.random.u64(300..4_000));
                    session.stall(until, self.random.bool());
                    log.stalled = true;
                }
            }
        }
        if settling {
            return true;
        }
        let rooms = log.rooms.values().filter(|s| s.joined);
        let Some(seen) = self.random.choice(rooms.collect::<Vec<_>>()) else {
            return true;
        };
        let room = seen.room.clone();
        // Sort by `seq`, because ids are not reproducible from the seed.
        let mut shown: Vec<_> = seen.shown.iter().map(|(id, m)| (m.seq, *id)).collect();
        shown.sort_unstable();
        let some = self.random.choice(shown);
        let own = log.sent.values().filter(|s| s.room == room);
        let own = self
            .random
            .choice(own.filter_map(|s| s.ack).collect::<Vec<_>>());
        let action = self.random.u8(..100);
        let command = |kind: &str, fields: Value| {
            let mut command = fields;
            command["type"] = json!(kind);
            command["roomId"] = json!(room);
            command
        };
        let change = |id: MessageId| Asked::Change(room.clone(), id);
        match action {
            0..45 => {
                self.names += 1;
                let name = ClientMessageId::new(format!("n-{}", self.names)).unwrap();
                let mut send = command("SEND_MESSAGE", json!({"clientMessageId": name}));
                let words = format!("{} of {}", self.names, log.user);
                payload::fill(&mut send, &words, self.plan.long, &mut self.random);
                log.counts.long += u64::from(send.to_string().len() > 10_000);
                let expires = self.random.f64() < self.plan.expire;
                let seconds = Duration::from_millis(self.random.u64(500..5_000));
                let expires_at = expires.then(|| time.after(seconds));
                if let Some(at) = expires_at {
                    log.counts.expiring += 1;
                    send["expiresAt"] = json!(at);
                }
                log.waiting += 1;
                session.ask(send.clone(), Asked::Send(name.clone()));
                let sent = Sent {
                    command: send,
                    room,
                    ack: None,
                    due: None,
                    expires_at,
                };
                log.sent.insert(name, sent);
            }
            45..60 if let Some(own) = own => {
                let text = format!("edited {}", self.random.u32(..1000));
                let edit = command("EDIT_MESSAGE", json!({"messageId": own.id, "text": text}));
                log.waiting += 1;
                session.ask(edit, change(own.id));
            }
            60..66 if let Some(own) = own => {
                let delete = command("DELETE_MESSAGE", json!({"messageId": own.id}));
                log.waiting += 1;
                session.ask(delete, change(own.id));
            }
            66..78 if let Some((_, id)) = some => {
                let kind = ["ADD_REACTION", "REMOVE_REACTION"][usize::from(action > 74)];
                let emoji = ["👍", "🦀"][self.random.usize(..2)];
                let react = command(kind, json!({"messageId": id, "emoji": emoji}));
                log.waiting += 1;
                session.ask(react, change(id));
            }
            78..81 => {
                let read = command("MARK_READ", json!({"seq": seen.through}));
                log.waiting += 1;
                session.ask(read, Asked::Read(room.clone(), seen.through));
            }
            81..84 => {
                let typing = command("TYPING", json!({"typing": true}));
                session.peer.send_text(typing.to_string());
            }
            84..88 => {
                log.waiting += 1;
                session.ask(command("LEAVE_ROOM", json!({})), Asked::Leave);
            }
            88..91 => return false,
            91..93 => session.peer.close(),
            93..96 if self.plan.slow_clients => {
                let until = now + Duration::from_millis(self.random.u64(100..4_000));
                session.stall(until, self.random.bool());
                log.stalled = true;
            }
            _ => {}
        }
        true
    }
}

fn join(seen: &Seen) -> Value {
    match &seen.epoch {
        None => json!({"type": "JOIN_ROOM", "roomId": seen.room, "history": 20}),
        Some(epoch) => json!({
            "type": "JOIN_ROOM",
            "roomId": seen.room,
            "epoch": epoch,
            "after": seen.through,
        }),
    }
}
