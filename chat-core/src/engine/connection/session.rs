use std::sync::Arc;

use tokio::time::Instant;

use super::{Connections, Handshake};
use crate::backend::{Credentials, Identity, Topic};
use crate::engine::config::ms;
use crate::engine::hook_calls::Greeted;
use crate::engine::outbound::{Closing, OutboxLimits};
use crate::engine::rooms::{Link, Op};
use crate::engine::users::{Hub, HubLimits};
use crate::protocol::{CloseCode, Event};
use crate::{Error, ErrorKind};

/// A connection being served. Dropping it undoes its registration.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connections: Arc<Connections>,
    pub(super) link: Arc<Link>,
    pub(super) expires_at: Option<Instant>,
    /// Dropped last: calls the hooks' `on_disconnect`.
    _greeted: Option<Box<Greeted>>,
}

impl Session {
    pub(super) fn is_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| now >= at)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Self {
            connections, link, ..
        } = self;
        for room in link.take_joined() {
            room.submit([Op::Leave {
                link: Arc::clone(link),
                last: None,
                reply: None,
            }]);
        }
        connections.hub.remove(link);
        connections.presence.disconnected(link);
        gauge_connections(&connections.hub);
    }
}

#[allow(clippy::cast_precision_loss, reason = "a gauge is a double")]
fn gauge_connections(hub: &Hub) {
    metrics::gauge!("chat_connections").set(hub.len() as f64);
}

impl Connections {
    /// Runs every step before `HELLO`, within the handshake timeout.
    pub(super) async fn admit_in_time(
        self: &Arc<Self>,
        handshake: Handshake,
    ) -> Result<Session, Closing> {
        let timeout = ms(self.config.handshake_timeout_ms);
        tokio::time::timeout(timeout, self.admit(handshake))
            .await
            .unwrap_or_else(|_| Err(Closing::new(CloseCode::TryAgain, "overloaded")))
    }

    /// Runs every step before `HELLO`. Registration comes last: earlier failures need no cleanup.
    async fn admit(self: &Arc<Self>, handshake: Handshake) -> Result<Session, Closing> {
        if self.tasks.is_stopping() {
            return Err(Closing::new(CloseCode::Restart, "restart"));
        }
        if self.hub.len() >= self.config.max_connections {
            return Err(Closing::new(CloseCode::TryAgain, "overloaded"));
        }
        let credentials = Credentials::new(
            handshake.token.as_deref(),
            &handshake.headers,
            handshake.remote_addr,
        );
        let identity = self.admission.authenticate(credentials).await;
        let identity = identity.map_err(|e| refuse(&e))?;
        let limits = OutboxLimits::new(self.config.outbox_max_bytes, self.config.outbox_max_frames);
        let link = Arc::new(Link::new(
            identity.user_id.clone(),
            handshake.remote_addr,
            limits,
        ));
        let topic = Topic::User(identity.user_id.clone());
        let topic = self.cluster.subscribe(topic).await;
        // Cached settings may be stale: this node got no hints about a user without connections.
        if self.hub.links(&link.user_id).is_empty() {
            self.settings.forget(&link.user_id);
        }
        let greeted = self.hooks.greet(&link).await.map_err(|e| refuse(&e))?;
        // Queued before the registration, after which other tasks push frames, too.
        let hello = Event::Hello {
            user_id: &link.user_id,
            connection_id: link.id,
            node_id: self.cluster.node_id(),
            heartbeat_ms: self.config.heartbeat_ms,
            token_expires_at: identity.expires_at,
            limits: (&self.config.limits).into(),
        };
        link.push(&hello.frame());
        let most = HubLimits {
            per_user: self.config.limits.max_connections_per_user,
            per_address: self.config.limits.max_connections_per_address,
            pool_bytes: self.config.outbox_user_max_bytes,
        };
        if !self.hub.insert(&link, topic, most) {
            return Err(Closing::new(
                CloseCode::TooManyConnections,
                "too many connections",
            ));
        }
        let session = Session {
            connections: Arc::clone(self),
            link,
            expires_at: self.deadline(&identity),
            _greeted: greeted,
        };
        if self.tasks.is_stopping() {
            // A shutdown that began during the handshake may have missed this connection.
            return Err(Closing::new(CloseCode::Restart, "restart"));
        }
        gauge_connections(&self.hub);
        metrics::counter!("chat_connections_total").increment(1);
        self.presence.connected(&session.link);
        Ok(session)
    }

    /// The expiry of an identity by this process's monotonic clock.
    pub(super) fn deadline(&self, identity: &Identity) -> Option<Instant> {
        let left = identity.expires_at?.since(self.clock.now());
        // An instant beyond the clock's range counts as never.
        Instant::now().checked_add(left)
    }
}

fn refuse(error: &Error) -> Closing {
    match error.kind() {
        ErrorKind::TokenExpired => Closing::new(CloseCode::Policy, "TOKEN_EXPIRED"),
        ErrorKind::Unavailable => Closing::new(CloseCode::TryAgain, "unavailable"),
        ErrorKind::Internal => Closing::new(CloseCode::Internal, "internal error"),
        ErrorKind::Forbidden | ErrorKind::Rejected => {
            Closing::new(CloseCode::Ended, error.message().to_owned())
        }
        ErrorKind::RateLimited => Closing::new(CloseCode::TooManyConnections, "too often"),
        _ => Closing::new(CloseCode::Policy, "UNAUTHENTICATED"),
    }
}
