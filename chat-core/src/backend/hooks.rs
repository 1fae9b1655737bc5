use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{Draft, Message, Role, Room};
use crate::{ConnectionId, UserId};

/// What a hook says about a message that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Send it as it is.
    Allow,
    /// Send this instead. It is validated again; the client message id stays the sender's.
    Rewrite(Draft),
    /// Do not send it: the sender gets `REJECTED` with this reason.
    Reject(String),
}

/// Who sends what where.
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
    /// The message as stored.
    pub message: Arc<Message>,
    /// Whom to send a push notification: the members who are online on no device and want to be
    /// notified of this message, who have not blocked its sender and are not its sender. In rooms
    /// above the fanout threshold only those whom the message mentions are looked up. Empty unless a
    /// hook [wants](Hooks::wants_offline_members) them.
    pub offline: Vec<UserId>,
    /// Whether hooks may have been told of this message before: by a node that died, or because one
    /// of them failed.
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

/// A connection, for hooks and lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The user.
    pub user_id: UserId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// Where it came from, if the adapter knows.
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

/// What the app wants to say and to hear. Every method does nothing by default; an engine runs its
/// hooks in the order in which they were added.
///
/// # Contract
/// 1. `before_send` runs before the message is stored; a message it rejects is stored nowhere. Its
///    time is the sender's waiting time, nobody else's.
/// 2. `after_send` runs after the sender was told, for each stored message (never for a duplicate).
///    A hook that wants offline members is told at least once, also when nodes crash and until it
///    succeeds, for as long as [`Config::push_max_age_ms`](crate::Config::push_max_age_ms); the
///    others at most once, on the node that stored the message.
/// 3. `on_connect` runs before `HELLO`; an error refuses the connection. `on_disconnect` runs once
///    for each connection whose `on_connect` succeeded.
/// 4. A panic in a hook is caught and counts as an error (`INTERNAL`).
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
    /// A user is about to send a message, or to edit one: the draft then holds the new text alone.
    async fn before_send(&self, context: SendContext<'_>, draft: &Draft) -> crate::Result<Verdict> {
        let _ = (context, draft);
        Ok(Verdict::Allow)
    }

    /// A message was stored and the sender was told. An error has this hook told again later if it
    /// wants offline members, and else is logged.
    async fn after_send(&self, sent: &Sent) -> crate::Result<()> {
        let _ = sent;
        Ok(())
    }

    /// Whether [`after_send`](Self::after_send) is for push notifications: it wants to know who is
    /// offline, which costs look-ups of members and presence per message, and to be told at least
    /// once, which costs a write. Asked once, when the engine is built.
    fn wants_offline_members(&self) -> bool {
        false
    }

    /// A user is about to be connected.
    async fn on_connect(&self, connection: &ConnectionInfo) -> crate::Result<()> {
        let _ = connection;
        Ok(())
    }

    /// A connection has gone.
    async fn on_disconnect(&self, connection: &ConnectionInfo) {
        let _ = connection;
    }
}
