//! Presence: leases for this node's connections, and announcements of users who come or go.

mod occupancy;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

pub(crate) use occupancy::Occupancies;

use super::Config;
use super::access::Access;
use super::background::every;
use super::cluster::Cluster;
use super::config::ms;
use super::fanout::Fanout;
use super::foundation::Foundation;
use super::rooms::{Link, Visibility};
use super::tasks::Tasks;
use super::users::{Hub, Settings};
use crate::backend::{Lease, PresenceStore, RoomStore};
use crate::model::Presence as UserPresence;
use crate::protocol::Event;
use crate::time::Clock;
use crate::{Timestamp, UserId};

/// Pending presence changes per worker. More are dropped, since presence is best effort.
const EDGE_QUEUE: usize = 4_096;
/// The number of concurrent announcements, bounded so that presence does not crowd out messages.
/// Each user has a fixed worker, which keeps their changes in order.
const EDGE_WORKERS: usize = 4;
/// The maximum announcements of an edge whose state flips meanwhile.
const TURNS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);
const REFRESH_BATCH: usize = 500;
const EXPIRED_BATCH: usize = 200;
const REAP_MAX: Duration = Duration::from_secs(4);
/// The remaining lifetime of leases after a graceful shutdown, beyond the grace period.
const LEASE_REST: Duration = Duration::from_secs(5);

/// The presence of users with connections on this node.
#[derive(Debug)]
pub(crate) struct Presence {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    cluster: Arc<Cluster>,
    store: Arc<dyn PresenceStore>,
    rooms: Arc<dyn RoomStore>,
    settings: Arc<Settings>,
    hub: Arc<Hub>,
    access: Arc<Access>,
    fanout: Arc<Fanout>,
    tasks: Tasks,
    edges: Vec<mpsc::Sender<UserPresence>>,
}

impl Presence {
    /// Creates the part, and the queues of its [announcements](Self::tell_edges).
    pub(crate) fn new(
        base: &Foundation,
        settings: &Arc<Settings>,
        hub: &Arc<Hub>,
        access: &Arc<Access>,
        fanout: &Arc<Fanout>,
    ) -> (Arc<Self>, Vec<mpsc::Receiver<UserPresence>>) {
        let (edges, queues) = (0..EDGE_WORKERS).map(|_| mpsc::channel(EDGE_QUEUE)).unzip();
        let presence = Self {
            config: Arc::clone(&base.config),
            clock: Arc::clone(&base.clock),
            cluster: Arc::clone(&base.cluster),
            store: Arc::clone(&base.presence),
            rooms: Arc::clone(&base.rooms),
            settings: Arc::clone(settings),
            hub: Arc::clone(hub),
            access: Arc::clone(access),
            fanout: Arc::clone(fanout),
            tasks: base.tasks.clone(),
            edges,
        };
        (Arc::new(presence), queues)
    }

    /// Checks that the store responds.
    pub(crate) async fn ready(&self) -> crate::Result<()> {
        self.store.presence(&[]).await.map(drop)
    }

    /// Shortens the leases of connections that a shutdown closes. Users who do not reconnect to
    /// another node by then are reported as offline by one.
    pub(crate) async fn shorten(&self, leases: &[Lease]) {
        let ttl = ms(self.config.presence_grace_ms) + LEASE_REST;
        if let Err(error) = self.store.refresh(leases, ttl, self.clock.now()).await {
            tracing::debug!(%error, "cannot shorten presence leases");
        }
    }

    /// Returns the leases of these connections. Invisible users have none.
    pub(crate) fn leases(&self, links: &[Arc<Link>]) -> Vec<Lease> {
        let visible = links.iter().filter(|l| l.is_seen());
        visible.map(|l| l.lease(self.cluster.node_id())).collect()
    }

    pub(crate) fn connected(self: &Arc<Self>, link: &Arc<Link>) {
        let (presence, link) = (Arc::clone(self), Arc::clone(link));
        tokio::spawn(async move {
            // On failure, the next refresh tries again.
            if let Ok(settings) = presence.settings.of(&link.user_id).await {
                presence.show(&link, !settings.invisible).await;
            }
        });
    }

    /// Shows or hides a connection in its user's presence.
    pub(crate) async fn show(self: &Arc<Self>, link: &Arc<Link>, visible: bool) {
        let (to, lease) = (Visibility::of(visible), link.lease(self.cluster.node_id()));
        let before = link.set_visibility(to);
        if before == to {
            return;
        }
        link.all_joined().iter().for_each(|room| room.count_again());
        if !visible {
            if before == Visibility::Visible {
                self.release(lease, self.clock.now()).await;
            }
            return;
        }
        let ttl = ms(self.config.presence_ttl_ms);
        match self.store.acquire(&lease, ttl, self.clock.now()).await {
            Ok(true) => self.note_edge(online(lease.user_id.clone())),
            Ok(false) => {}
            // Report the edge: the next refresh does not if only the answer was lost.
            Err(error) => {
                tracing::warn!(%error, "cannot acquire a presence lease");
                self.note_edge(online(lease.user_id.clone()));
            }
        }
        // The connection may have closed or been hidden meanwhile.
        let found = self.hub.find(&lease.user_id, lease.connection_id);
        if found.is_none() {
            Arc::clone(self).release_later(lease).await;
        } else if link.visibility() == Visibility::Invisible {
            self.release(lease, self.clock.now()).await;
        }
    }

    /// Releases the lease after the grace period: a quick reconnect is never reported as offline.
    pub(crate) fn disconnected(self: &Arc<Self>, link: &Link) {
        if self.tasks.is_stopping() {
            // Clients reconnect to other nodes. The leases of the others expire.
            return;
        }
        let presence = Arc::clone(self);
        tokio::spawn(presence.release_later(link.lease(self.cluster.node_id())));
    }

    async fn release_later(self: Arc<Self>, lease: Lease) {
        let last_seen = self.clock.now();
        tokio::time::sleep(ms(self.config.presence_grace_ms)).await;
        self.release(lease, last_seen).await;
    }

    async fn release(&self, lease: Lease, last_seen: Timestamp) {
        match self.store.release(&lease, last_seen).await {
            Ok(true) => {}
            Ok(false) => return,
            // Report the edge: if only the answer was lost, no lease is left to expire.
            Err(error) => tracing::warn!(%error, "cannot release a presence lease"),
        }
        self.note_edge(UserPresence {
            user_id: lease.user_id,
            online: false,
            last_seen_at: Some(last_seen),
        });
    }

    fn note_edge(&self, edge: UserPresence) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a worker needs the low bits only"
        )]
        let worker = self.hub.hash(&edge.user_id) as usize % EDGE_WORKERS;
        if self.edges[worker].try_send(edge).is_err() {
            metrics::counter!("chat_presence_dropped_total").increment(1);
        }
    }

    /// Renews leases in batches, three times per lifetime.
    pub(crate) async fn refresh_leases(self: Arc<Self>) {
        let third = ms(self.config.presence_ttl_ms) / 3;
        every(|| third, || self.refresh_all(third)).await;
    }

    async fn refresh_all(self: &Arc<Self>, within: Duration) {
        let ttl = ms(self.config.presence_ttl_ms);
        let mut links = Vec::new();
        self.hub.for_each(|link| links.push(Arc::clone(link)));
        let batches = links.len().div_ceil(REFRESH_BATCH).max(1);
        let pause = within / 2 / u32::try_from(batches).unwrap_or(u32::MAX);
        for batch in links.chunks(REFRESH_BATCH) {
            self.reread_settings(batch).await;
            // Refreshing a closed connection would revive its lease.
            let is_alive =
                |l: &&Arc<Link>| l.is_seen() && self.hub.find(&l.user_id, l.id).is_some();
            let alive = batch.iter().filter(is_alive);
            let alive: Vec<_> = alive.map(|l| l.lease(self.cluster.node_id())).collect();
            match self.store.refresh(&alive, ttl, self.clock.now()).await {
                Ok(came) => came.into_iter().for_each(|u| self.note_edge(online(u))),
                Err(error) => tracing::warn!(%error, "cannot refresh presence leases"),
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Reads the settings of connected users again: a hint of a change may have been lost.
    async fn reread_settings(self: &Arc<Self>, links: &[Arc<Link>]) {
        let users: BTreeSet<_> = links.iter().map(|l| l.user_id.clone()).collect();
        let users: Vec<_> = users.into_iter().collect();
        let settings = match self.settings.stored(&users).await {
            Ok(settings) if settings.len() == users.len() => settings,
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot read user settings");
                return;
            }
        };
        for link in links {
            if let Ok(at) = users.binary_search(&link.user_id) {
                self.show(link, !settings[at].invisible).await;
            }
        }
        for (user, settings) in users.iter().zip(settings) {
            if self.settings.renew(user, &settings) {
                self.settings_changed(user).await;
            }
        }
    }

    /// Announces users whose node died.
    pub(crate) async fn reap_leases(self: Arc<Self>) {
        let pause = ms(self.config.presence_ttl_ms).min(REAP_MAX);
        // Jitter spreads the nodes over time.
        let jittered = || pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        every(jittered, || self.reap()).await;
    }

    async fn reap(&self) {
        loop {
            match self.store.expired(EXPIRED_BATCH, self.clock.now()).await {
                Ok(gone) => {
                    let last = gone.len() < EXPIRED_BATCH;
                    gone.into_iter().for_each(|p| self.note_edge(p));
                    if last {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "cannot read expired presence leases");
                    return;
                }
            }
        }
    }

    /// Announces presence changes. A temporary failure blocks the queue, since later changes would
    /// fail, too.
    pub(crate) async fn tell_edges(self: Arc<Self>, mut edges: mpsc::Receiver<UserPresence>) {
        while let Some(edge) = edges.recv().await {
            let mut wait = BACKOFF;
            loop {
                match self.tell_edge(&edge).await {
                    Ok(()) => break,
                    Err(error) if error.is_temporary() && !self.tasks.is_stopping() => {
                        tracing::debug!(%error, "presence change delayed");
                    }
                    Err(error) => {
                        tracing::warn!(%error, "presence change dropped");
                        metrics::counter!("chat_presence_dropped_total").increment(1);
                        break;
                    }
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(BACKOFF_MAX);
            }
        }
    }

    /// Announces an edge if it still holds. Two nodes may announce opposite edges at once, so each
    /// checks again afterwards, and announces the new state itself.
    async fn tell_edge(&self, edge: &UserPresence) -> crate::Result<()> {
        let mut audience = None;
        let mut told = !edge.online;
        for _ in 0..TURNS {
            let users = std::slice::from_ref(&edge.user_id);
            let is = self.of(users).await?.pop();
            let Some(is) = is.filter(|is| is.online != told) else {
                break;
            };
            let audience = match &audience {
                Some(audience) => audience,
                None => audience.insert(self.acquaintances(&edge.user_id).await?),
            };
            metrics::counter!("chat_presence_changes_total").increment(1);
            let event = if is.online {
                Event::UserOnline {
                    user_id: &edge.user_id,
                }
            } else {
                Event::UserOffline {
                    user_id: &edge.user_id,
                    last_seen_at: is.last_seen_at.or(edge.last_seen_at),
                }
            };
            self.fanout.send_direct(audience, &event, true);
            told = is.online;
        }
        Ok(())
    }

    /// Presence as others may see it: an invisible user is offline, even if a dead node left a
    /// lease.
    pub(crate) async fn of(&self, users: &[UserId]) -> crate::Result<Vec<UserPresence>> {
        let (mut presence, settings) =
            futures::try_join!(self.store.presence(users), self.settings.stored(users))?;
        for (presence, settings) in presence.iter_mut().zip(settings) {
            presence.online &= !settings.invisible;
        }
        Ok(presence)
    }

    /// Users who share a presence-broadcasting room with `user`, up to `presence_audience_max`.
    async fn acquaintances(&self, user: &UserId) -> crate::Result<Vec<UserId>> {
        let most = self.config.presence_audience_max;
        let rooms = self
            .rooms
            .rooms_of(user, None, self.config.presence_rooms_max)
            .await?;
        let mut audience = BTreeSet::new();
        for (room, _) in rooms {
            if !self.config.broadcasts_presence(&room) {
                continue;
            }
            let members = self
                .rooms
                .members(&room.id, None, self.config.presence_max)
                .await?;
            for member in members {
                if audience.len() >= most {
                    return Ok(audience.into_iter().collect());
                }
                if member.user_id != *user {
                    audience.insert(member.user_id);
                }
            }
        }
        Ok(audience.into_iter().collect())
    }

    /// Applies changed settings to a user's presence and to their view of the rooms joined here.
    pub(crate) async fn settings_changed(self: &Arc<Self>, user: &UserId) {
        self.settings.forget(user);
        let links = self.hub.links(user);
        if links.is_empty() {
            return;
        }
        // On failure, the next lease refresh tries again.
        if let Ok(settings) = self.settings.of(user).await {
            for link in &links {
                self.show(link, !settings.invisible).await;
            }
        }
        let mut rooms: Vec<_> = links.iter().flat_map(|l| l.all_joined()).collect();
        rooms.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        rooms.dedup_by(|a, b| a.id == b.id);
        for room in &rooms {
            self.access.refresh_view(room, user).await;
        }
    }

    /// Returns `me` and those of `users` who share a room with them.
    pub(crate) async fn known_to(
        &self,
        me: &UserId,
        users: &[UserId],
    ) -> crate::Result<Vec<UserId>> {
        let mut known = vec![false; users.len()];
        for (user, known) in users.iter().zip(&mut known) {
            *known = user == me;
        }
        let mut after = None;
        let mut left = self.config.presence_rooms_max;
        while left > 0 && known.iter().any(|k| !k) {
            let page = self
                .rooms
                .rooms_of(me, after.as_ref(), left.min(100))
                .await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = Some(last.id.clone());
            left -= page.len();
            for (room, _) in &page {
                let unknown: Vec<_> = (0..users.len()).filter(|i| !known[*i]).collect();
                if unknown.is_empty() {
                    break;
                }
                let asked: Vec<_> = unknown.iter().map(|i| users[*i].clone()).collect();
                let found = self.rooms.memberships(&room.id, &asked).await?;
                for (i, membership) in unknown.into_iter().zip(found) {
                    known[i] = membership.is_some_and(|m| m.member().is_some());
                }
            }
        }
        let both = users.iter().zip(known);
        Ok(both.filter(|(_, k)| *k).map(|(u, _)| u.clone()).collect())
    }
}

const fn online(user_id: UserId) -> UserPresence {
    UserPresence {
        user_id,
        online: true,
        last_seen_at: None,
    }
}
