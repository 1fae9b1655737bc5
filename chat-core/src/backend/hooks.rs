use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{Draft, Message, Role, Room};
use crate::{ConnectionId, UserId};

/// A hook's decision about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Sends the message unchanged.
    Allow,
    /// Sends this draft instead. It is validated again and keeps the sender's client message id.
    Rewrite(Draft),
    /// Rejects the message. The sender gets `REJECTED` with this reason.
    Reject(String),
}

/// The context in which a message is sent.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SendContext<'a> {
    /// The room.
    pub room: &'a Room,
    /// The sender.
    pub sender: &'a UserId,
    /// The sender's role in the room.
    pub role: Role,
}

impl<'a> SendContext<'a> {
    pub(crate) const fn new(room: &'a Room, sender: &'a UserId, role: Role) -> Self {
        Self { room, sender, role }
    }
}

/// A message that was sent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sent {
    /// The room.
    pub room: Arc<Room>,
    /// The stored message.
    pub message: Arc<Message>,
    /// The members to send a push notification: those who are offline on every device, want to be
    /// notified of this message and have not blocked its sender. Never includes the sender. In
    /// rooms above the fanout threshold, only mentioned members are looked up. Empty unless a hook
    /// [wants](Hooks::wants_offline_members) them.
    pub offline: Vec<UserId>,
    /// `true` if hooks may have received this message before, because a node died or a hook failed.
    pub again: bool,
}

impl Sent {
    pub(crate) const fn new(
        room: Arc<Room>,
        message: Arc<Message>,
        offline: Vec<UserId>,
        again: bool,
    ) -> Self {
        Self {
            room,
            message,
            offline,
            again,
        }
    }
}

/// A description of a connection, for hooks and lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The user.
    pub user_id: UserId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The client's address, if the adapter knows it.
    pub remote_addr: Option<IpAddr>,
}

impl ConnectionInfo {
    pub(crate) const fn new(
        user_id: UserId,
        connection_id: ConnectionId,
        remote_addr: Option<IpAddr>,
    ) -> Self {
        Self {
            user_id,
            connection_id,
            remote_addr,
        }
    }
}

/// Callbacks of the app. Every method does nothing by default. An engine runs its hooks in the
/// order in which they were added.
///
/// # Contract
/// 1. `before_send` runs before the message is stored. A rejected message is not stored. Only the
///    sender waits for it.
/// 2. `after_send` runs for each stored message, after its acknowledgement, and never for a
///    duplicate. A hook that wants offline members is called at least once, even if nodes crash,
///    and again until it succeeds, for up to
///    [`Config::push_max_age_ms`](crate::Config::push_max_age_ms). Other hooks are called at most
///    once, on the node that stored the message.
/// 3. `on_connect` runs before `HELLO`; an error refuses the connection. `on_disconnect` runs once
///    for each connection whose `on_connect` succeeded.
/// 4. A panic in a hook is caught and treated as an error (`INTERNAL`).
///
/// ```
/// use chat_core::backend::{Hooks, SendContext, Verdict};
/// use chat_core::model::Draft;
///
/// #[derive(Debug)]
/// struct NoShouting;
///
/// #[async_trait::async_trait]
/// impl Hooks for NoShouting {
///     async fn before_send(&self, _: SendContext<'_>, draft: &Draft) -> chat_core::Result<Verdict> {
///         if draft.text.chars().any(char::is_lowercase) {
///             return Ok(Verdict::Allow);
///         }
///         let text = draft.text.to_lowercase();
///         Ok(Verdict::Rewrite(Draft { text, ..draft.clone() }))
///     }
/// }
/// ```
#[async_trait]
pub trait Hooks: fmt::Debug + Send + Sync + 'static {
    /// Runs before a message is sent or edited. For an edit, the draft contains only the new text.
    async fn before_send(&self, context: SendContext<'_>, draft: &Draft) -> crate::Result<Verdict> {
        let _ = (context, draft);
        Ok(Verdict::Allow)
    }

    /// Runs after a message was stored and acknowledged. After an error, a hook that wants offline
    /// members is called again later; an error of another hook is only logged.
    async fn after_send(&self, sent: &Sent) -> crate::Result<()> {
        let _ = sent;
        Ok(())
    }

    /// Returns `true` if [`after_send`](Self::after_send) sends push notifications. It then
    /// receives the offline members, at the cost of member and presence lookups per message, and is
    /// called at least once, at the cost of a write. The engine calls this method once, when it is
    /// built.
    fn wants_offline_members(&self) -> bool {
        false
    }

    /// Runs before a user is connected.
    async fn on_connect(&self, connection: &ConnectionInfo) -> crate::Result<()> {
        let _ = connection;
        Ok(())
    }

    /// Runs after a connection has closed.
    async fn on_disconnect(&self, connection: &ConnectionInfo) {
        let _ = connection;
    }
}
