use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chat_core::{RoomId, UserId};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::audit::Auditor;
use crate::checker::{Account, assert_clean};
use crate::client::{Client, Orders};
use crate::{Cluster, Record, eventually};

/// The size of a crowd.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// The number of users.
    pub users: usize,
    /// The number of users with a second device.
    pub second_devices: usize,
    /// The number of group rooms. Each user is in one.
    pub groups: usize,
    /// The number of users who are also in one public room.
    pub plaza: usize,
    /// The interval between messages of each client.
    pub every: Duration,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            users: 240,
            second_devices: 20,
            groups: 6,
            // Above the size up to which the engine publishes to each member's topic.
            plaza: 150,
            every: Duration::from_secs(4),
        }
    }
}

/// All clients and rooms of a test.
#[derive(Debug)]
pub struct Crowd {
    rooms: Vec<RoomId>,
    clients: Vec<Arc<Client>>,
    orders: watch::Sender<Orders>,
    tasks: JoinSet<()>,
    auditor: Auditor,
}

/// Users who disconnect for good.
#[derive(Debug)]
pub struct Departed {
    /// The users.
    pub users: BTreeSet<UserId>,
    /// The time from which they can disconnect.
    pub since: Instant,
}

impl Crowd {
    /// Creates the rooms, connects all clients, and waits until each has joined its rooms.
    pub async fn gather(cluster: &Cluster, size: Size) -> Self {
        let nodes = cluster.addresses();
        let auditor = Auditor::new();
        let name = |n: usize| UserId::new(format!("u{n:03}")).unwrap();
        let group = |n: usize| RoomId::new(format!("group-{n}")).unwrap();
        let plaza = RoomId::new("plaza").unwrap();
        let mut rooms = vec![plaza.clone()];
        let make = json!({ "id": plaza, "kind": "public", "name": "Plaza" });
        auditor.create_room(nodes[0], &make).await;
        for n in 0..size.groups {
            let members = (0..size.users).filter(|user| user % size.groups == n);
            let members: Vec<UserId> = members.map(name).collect();
            let make =
                json!({ "id": group(n), "kind": "group", "name": "Group", "members": members });
            auditor.create_room(nodes[n % nodes.len()], &make).await;
            rooms.push(group(n));
        }
        let (orders, told) = watch::channel(Orders {
            talk: false,
            hops: 0,
            stay: true,
        });
        let mut crowd = Self {
            rooms,
            clients: Vec::new(),
            orders,
            tasks: JoinSet::new(),
            auditor,
        };
        let second = 0..size.second_devices;
        for (index, n) in (0..size.users).chain(second).enumerate() {
            let device = if index < size.users { 1 } else { 2 };
            let in_plaza = (n < size.plaza).then(|| plaza.clone());
            let rooms = in_plaza.into_iter().chain([group(n % size.groups)]);
            let record = Record::new(format!("{}.{device}", name(n)), name(n), rooms);
            let client = Arc::new(Client::new(index, record, nodes.clone(), size.every));
            crowd.clients.push(Arc::clone(&client));
            crowd.tasks.spawn(client.run(told.clone()));
        }
        crowd.settle(nodes[0]).await;
        crowd
    }

    /// Starts or stops sending new messages.
    pub fn talk(&self, talk: bool) {
        self.orders.send_modify(|orders| orders.talk = talk);
    }

    /// Drops the connections of every third client and of all departing users. The others reconnect to
    /// other nodes.
    pub fn hop(&self) {
        self.orders.send_modify(|orders| orders.hops += 1);
    }

    /// The number of acknowledged messages.
    #[must_use]
    pub fn acks(&self) -> usize {
        self.clients.iter().map(|c| c.record.lock().acks).sum()
    }

    /// Waits for this many further acknowledgements.
    pub async fn hear_acks(&self, more: usize) {
        let target = self.acks() + more;
        eventually("messages are acknowledged", async || {
            let acks = self.acks();
            let missing = || format!("{acks} of {target}");
            (acks >= target).then_some(()).ok_or_else(missing)
        })
        .await;
    }

    /// The number of errors by code, and of lost connections by reason.
    #[must_use]
    pub fn troubles(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for client in &self.clients {
            for (why, times) in &client.record.lock().troubles {
                *all.entry(why.clone()).or_default() += times;
            }
        }
        all
    }

    /// The number of clients that wait for an answer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let waits = |c: &&Arc<Client>| c.record.lock().oldest_question().is_some();
        self.clients.iter().filter(waits).count()
    }

    /// The number of clients that are connected to a node.
    #[must_use]
    pub fn connected_to(&self, node: SocketAddr) -> usize {
        let there = |c: &&Arc<Client>| *c.node.lock() == Some(node);
        self.clients.iter().filter(there).count()
    }

    /// Selects users whose only device is connected to this node. They do not reconnect once they lose
    /// the connection, through the node or through [`hop`](Self::hop).
    #[must_use]
    pub fn depart_from(&self, node: SocketAddr, count: usize) -> Departed {
        let mut devices: BTreeMap<UserId, Vec<&Arc<Client>>> = BTreeMap::new();
        for client in &self.clients {
            let user = client.record.lock().user.clone();
            devices.entry(user).or_default().push(client);
        }
        let mut users = BTreeSet::new();
        for (user, devices) in devices {
            if let [only] = devices[..]
                && users.len() < count
                && *only.node.lock() == Some(node)
            {
                only.leaves.store(true, Ordering::Relaxed);
                users.insert(user);
            }
        }
        assert_eq!(users.len(), count, "too few users are on that node");
        Departed {
            users,
            since: Instant::now(),
        }
    }

    fn staying(&self) -> impl Iterator<Item = &Arc<Client>> {
        let stays = |c: &&Arc<Client>| !c.leaves.load(Ordering::Relaxed);
        self.clients.iter().filter(stays)
    }

    /// Stops sending, and waits until all messages are acknowledged, then until every remaining client
    /// has the whole log of its rooms. Returns the time of the second wait.
    pub async fn settle(&self, ask: SocketAddr) -> Duration {
        self.talk(false);
        let nothing = BTreeMap::new();
        eventually("all is acknowledged", async || {
            let mut unsettled = self.staying().map(|c| c.record.lock().unsettled(&nothing));
            unsettled.find_map(|u| u).map_or(Ok(()), Err)
        })
        .await;
        let acknowledged = Instant::now();
        eventually("all have seen all", async || {
            let heads = self.auditor.heads(ask).await?;
            let mut unsettled = self.staying().map(|c| c.record.lock().unsettled(&heads));
            unsettled.find_map(|u| u).map_or(Ok(()), Err)
        })
        .await;
        acknowledged.elapsed()
    }

    /// Asserts that these nodes return the same history, that it contains each acknowledged message
    /// exactly once, that each client received all of it exactly once in order, and that there was no
    /// protocol violation.
    pub async fn assert_whole(&self, nodes: &[SocketAddr]) {
        let records: Vec<Record> = self
            .clients
            .iter()
            .map(|c| c.record.lock().clone())
            .collect();
        for room in &self.rooms {
            let log = self.auditor.log(nodes[0], room).await.unwrap();
            for node in &nodes[1..] {
                let other = self.auditor.log(*node, room).await.unwrap();
                assert!(log.messages == other.messages, "nodes differ in {room}");
            }
            let accounts = records
                .iter()
                .zip(&self.clients)
                .filter_map(|(record, client)| {
                    account(record, room, client.leaves.load(Ordering::Relaxed))
                });
            assert_clean(room, &log, &accounts.collect::<Vec<_>>());
        }
        for record in &records {
            let first = record.violations.first();
            let count = record.violations.len();
            assert_eq!(first, None, "{count} of {}", record.client);
        }
    }

    /// The longest time between a send and its answer.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        let slowest = self.clients.iter().map(|c| c.record.lock().slowest);
        slowest.max().unwrap_or_default()
    }

    /// Waits until each node reports the correct presence of every user.
    pub async fn assert_presence(&self, nodes: &[SocketAddr], departed: &BTreeSet<UserId>) {
        let users: BTreeSet<UserId> = self
            .clients
            .iter()
            .map(|c| c.record.lock().user.clone())
            .collect();
        let users: Vec<UserId> = users.into_iter().collect();
        for node in nodes {
            eventually("presence is correct", async || {
                for part in users.chunks(50) {
                    let told = self.auditor.presence(*node, part).await?;
                    for (user, online) in part.iter().zip(told) {
                        if online == departed.contains(user) {
                            return Err(format!("{user}: {online}"));
                        }
                    }
                }
                Ok(())
            })
            .await;
        }
    }

    /// Waits until the last presence event that each client received for each user, on its current
    /// connection, is correct.
    pub async fn assert_told(&self, departed: &BTreeSet<UserId>) {
        eventually("clients know the correct presence", async || {
            for client in self.staying() {
                let record = client.record.lock();
                for (user, told) in &record.presence {
                    let last = told
                        .last()
                        .filter(|(at, _)| record.since.is_some_and(|s| *at >= s));
                    let last = last.map(|(_, online)| *online);
                    if last == Some(departed.contains(user)) {
                        return Err(format!("{} of {user}: {last:?}", record.client));
                    }
                }
            }
            Ok(())
        })
        .await;
    }

    /// Counts the offline events for departed users, at the clients that share a room with them and are
    /// connected to the `kept` nodes. Returns the distinct counts per client and user, and the delay of
    /// the latest event.
    #[must_use]
    pub fn farewells(
        &self,
        departed: &Departed,
        kept: &[SocketAddr],
    ) -> (BTreeSet<usize>, Duration) {
        let mut times = BTreeSet::new();
        let mut latest = Duration::ZERO;
        let rooms_of = |user: &UserId| -> BTreeSet<RoomId> {
            let of = self.clients.iter().find(|c| c.record.lock().user == *user);
            of.map(|c| c.record.lock().rooms.keys().cloned().collect())
                .unwrap_or_default()
        };
        for gone in &departed.users {
            let rooms = rooms_of(gone);
            for client in self.staying() {
                if client.node.lock().is_none_or(|node| !kept.contains(&node)) {
                    continue;
                }
                let record = client.record.lock();
                if !record.rooms.keys().any(|room| rooms.contains(room)) {
                    continue;
                }
                let told = record.presence.get(gone).map_or(&[][..], Vec::as_slice);
                let farewells = told
                    .iter()
                    .filter(|(at, online)| !online && *at >= departed.since);
                let farewells: Vec<_> = farewells.collect();
                times.insert(farewells.len());
                if let Some((at, _)) = farewells.last() {
                    latest = latest.max(*at - departed.since);
                }
            }
        }
        (times, latest)
    }

    /// Disconnects all clients.
    pub async fn disperse(mut self) {
        self.orders.send_modify(|orders| orders.stay = false);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("a client panicked");
        }
    }
}

fn account(record: &Record, room: &RoomId, gone: bool) -> Option<Account> {
    let seen = record.rooms.get(room)?;
    let mut observed = seen.observed(&record.client);
    if gone {
        // Events after it left are not lost.
        observed.until = Some(seen.through);
    }
    let here = record.sent.iter().filter(|(_, sent)| sent.room == *room);
    let changed = record.edits.iter().filter(|edit| edit.room == *room);
    Some(Account {
        user: record.user.clone(),
        observed,
        sent: here.map(|(id, sent)| (id.clone(), sent.ack)).collect(),
        changed: changed
            .filter_map(|edit| Some((edit.message, edit.rev?)))
            .collect(),
    })
}
