//! Presence: leases for this node's connections, and announcements of users who come or go.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::mpsc;

use super::Inner;
use super::config::ms;
use super::link::{Link, Visibility};
use crate::backend::Lease;
use crate::model::Presence;
use crate::protocol::Event;
use crate::{Timestamp, UserId};

/// Pending presence changes per worker. More are dropped, since presence is best effort.
pub(crate) const EDGE_QUEUE: usize = 4_096;
/// The number of concurrent announcements, bounded so that presence does not crowd out messages.
/// Each user has a fixed worker, which keeps their changes in order.
pub(crate) const EDGE_WORKERS: usize = 4;
/// The maximum announcements of an edge whose state flips meanwhile.
const TURNS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);
const REFRESH_BATCH: usize = 500;
const EXPIRED_BATCH: usize = 200;

impl Inner {
    pub(crate) fn presence_connected(self: &Arc<Self>, link: &Arc<Link>) {
        let (engine, link) = (Arc::clone(self), Arc::clone(link));
        tokio::spawn(async move {
            // On failure, the next refresh tries again.
            if let Ok(settings) = engine.settings(&link.user_id).await {
                engine.show(&link, !settings.invisible).await;
            }
        });
    }

    /// Shows or hides a connection in its user's presence.
    pub(crate) async fn show(self: &Arc<Self>, link: &Arc<Link>, visible: bool) {
        let (to, lease) = (Visibility::of(visible), link.lease(self.node_id));
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
        match self.presence.acquire(&lease, ttl, self.clock.now()).await {
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
    pub(crate) fn presence_disconnected(self: &Arc<Self>, link: &Link) {
        if self.is_stopped() {
            // Clients reconnect to other nodes. The leases of the others expire.
            return;
        }
        let engine = Arc::clone(self);
        tokio::spawn(engine.release_later(link.lease(self.node_id)));
    }

    async fn release_later(self: Arc<Self>, lease: Lease) {
        let last_seen = self.clock.now();
        tokio::time::sleep(ms(self.config.presence_grace_ms)).await;
        self.release(lease, last_seen).await;
    }

    async fn release(&self, lease: Lease, last_seen: Timestamp) {
        match self.presence.release(&lease, last_seen).await {
            Ok(true) => {}
            Ok(false) => return,
            // Report the edge: if only the answer was lost, no lease is left to expire.
            Err(error) => tracing::warn!(%error, "cannot release a presence lease"),
        }
        self.note_edge(Presence {
            user_id: lease.user_id,
            online: false,
            last_seen_at: Some(last_seen),
        });
    }

    fn note_edge(&self, edge: Presence) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a worker needs the low bits only"
        )]
        let worker = self.hub.hash(&edge.user_id) as usize % EDGE_WORKERS;
        if self.edges[worker].try_send(edge).is_err() {
            metrics::counter!("chat_presence_dropped_total").increment(1);
        }
    }

    /// Renews leases in batches, three times per lifetime. Runs until the engine is gone.
    pub(crate) async fn refresh_leases(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            let every = ms(strong.config.presence_ttl_ms) / 3;
            drop(strong);
            tokio::time::sleep(every).await;
            let Some(engine) = engine.upgrade() else {
                return;
            };
            engine.refresh_all(every).await;
        }
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
            let alive: Vec<_> = alive.map(|l| l.lease(self.node_id)).collect();
            match self.presence.refresh(&alive, ttl, self.clock.now()).await {
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
        let settings = match self.users.settings(&users).await {
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
            if self.user_cache.renew(user, &settings) {
                self.look_anew(user).await;
            }
        }
    }

    /// Announces users whose node died. Runs until the engine is gone.
    pub(crate) async fn reap_leases(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            // Jitter spreads the nodes over time.
            let every = ms(strong.config.presence_ttl_ms).min(Duration::from_secs(4));
            drop(strong);
            tokio::time::sleep(every.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            let Some(engine) = engine.upgrade() else {
                return;
            };
            loop {
                match engine
                    .presence
                    .expired(EXPIRED_BATCH, engine.clock.now())
                    .await
                {
                    Ok(gone) => {
                        let more = gone.len() == EXPIRED_BATCH;
                        gone.into_iter().for_each(|p| engine.note_edge(p));
                        if more {
                            continue;
                        }
                    }
                    Err(error) => tracing::debug!(%error, "cannot read expired presence leases"),
                }
                break;
            }
        }
    }

    /// Announces presence changes. A temporary failure blocks the queue, since later changes would
    /// fail, too. Runs until the engine is gone.
    pub(crate) async fn tell_edges(engine: Weak<Self>, mut edges: mpsc::Receiver<Presence>) {
        while let Some(edge) = edges.recv().await {
            let mut wait = BACKOFF;
            loop {
                let Some(engine) = engine.upgrade() else {
                    return;
                };
                match engine.tell_edge(&edge).await {
                    Ok(()) => break,
                    Err(error) if error.is_temporary() && !engine.is_stopped() => {
                        tracing::debug!(%error, "presence change delayed");
                    }
                    Err(error) => {
                        tracing::warn!(%error, "presence change dropped");
                        metrics::counter!("chat_presence_dropped_total").increment(1);
                        break;
                    }
                }
                drop(engine);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(BACKOFF_MAX);
            }
        }
    }

    /// Announces an edge if it still holds. Two nodes may announce opposite edges at once, so each
    /// checks again afterwards, and announces the new state itself.
    async fn tell_edge(&self, edge: &Presence) -> crate::Result<()> {
        let mut audience = None;
        let mut told = !edge.online;
        for _ in 0..TURNS {
            let users = std::slice::from_ref(&edge.user_id);
            let is = self.presence_of(users).await?.pop();
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
            self.send_direct(audience, &event, true);
            told = is.online;
        }
        Ok(())
    }

    /// Presence as others may see it: an invisible user is offline, even if a dead node left a
    /// lease.
    pub(crate) async fn presence_of(&self, users: &[UserId]) -> crate::Result<Vec<Presence>> {
        let (mut presence, settings) =
            futures::try_join!(self.presence.presence(users), self.users.settings(users))?;
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
            if room.member_count > self.config.presence_max as u64 {
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
}

const fn online(user_id: UserId) -> Presence {
    Presence {
        user_id,
        online: true,
        last_seen_at: None,
    }
}
