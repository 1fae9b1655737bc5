//! Client commands. Each answers its sender; the room gets its events from the log.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Connections;
use crate::backend::Credentials;
use crate::engine::access::RateClass;
use crate::engine::actor::Actor;
use crate::engine::outbound::Closing;
use crate::engine::rooms::{ActiveRoom, Link, Op, Reply, Write};
use crate::model::Change;
use crate::protocol::{self, CloseCode, Command, Event};
use crate::{Error, ErrorKind, Result, RoomId};

/// The effect of a command on its connection.
#[derive(Debug)]
pub(crate) enum After {
    Nothing,
    ExpiresAt(Option<Instant>),
    Close(Closing),
}

impl Connections {
    pub(crate) async fn command(self: Arc<Self>, link: Arc<Link>, command: Command) -> After {
        let type_name = command.type_name();
        metrics::counter!("chat_commands_total", "type" => type_name).increment(1);
        let reference = command.reference().map(str::to_owned);
        let done = AssertUnwindSafe(self.execute(&link, command)).catch_unwind();
        let error = match done.await {
            Ok(Ok(after)) => return after,
            Ok(Err(error)) => error,
            Err(_) => Error::internal("a command panicked"),
        };
        if matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable) {
            tracing::warn!(user = %link.user_id, command = type_name, %error, source = ?std::error::Error::source(&error), "command failed");
        } else {
            tracing::debug!(user = %link.user_id, command = type_name, %error, "command refused");
        }
        answer(&link, &Event::error(reference.as_deref(), &error));
        After::Nothing
    }

    /// Answers a malformed command. A client that sends too many is disconnected.
    pub(crate) async fn violation(
        self: Arc<Self>,
        link: Arc<Link>,
        reference: Option<String>,
        error: Error,
    ) -> After {
        metrics::counter!("chat_invalid_commands_total").increment(1);
        answer(&link, &Event::error(reference.as_deref(), &error));
        match self.rates.permit(&link.user_id, RateClass::Violation).await {
            Ok(()) => After::Nothing,
            Err(_) => After::Close(Closing::new(CloseCode::Policy, "too many violations")),
        }
    }

    async fn execute(self: &Arc<Self>, link: &Arc<Link>, command: Command) -> Result<After> {
        let since = Instant::now();
        self.rates.permit(&link.user_id, class(&command)).await?;
        let actor = Actor::User(link.user_id.clone());
        match command {
            Command::JoinRoom(c) => self.join(link, c).await?,
            Command::LeaveRoom(c) => leave(link, &c.room_id, c.r#ref.as_deref()).await?,
            Command::SendMessage(c) => {
                let reference = c.r#ref.clone();
                let (room_id, draft) = c.into_draft();
                let room = self.joined_or_active(link, &room_id).await?;
                let message = self.messages.prepare_send(&room, &actor, draft).await?;
                let reply = reply_to(link, reference, since);
                self.messages
                    .write(&room, Write::Append(Box::new(message), reply));
            }
            Command::EditMessage(c) => {
                let room = self.joined_or_active(link, &c.room_id).await?;
                let change = self
                    .messages
                    .prepare_edit(&room, &actor, &c.message_id, c.text)
                    .await?;
                self.change(link, &room, c.message_id, change, c.r#ref, since);
            }
            Command::DeleteMessage(c) => {
                let room = self.joined_or_active(link, &c.room_id).await?;
                if c.for_me {
                    self.messages
                        .hide(&room, &link.user_id, &c.message_id)
                        .await?;
                    ack(link, c.r#ref.as_deref());
                    return Ok(After::Nothing);
                }
                let change = self
                    .messages
                    .prepare_delete(&room, &actor, &c.message_id)
                    .await?;
                self.change(link, &room, c.message_id, change, c.r#ref, since);
            }
            Command::AddReaction(c) => {
                let room = self.joined_or_active(link, &c.room_id).await?;
                let change = self
                    .messages
                    .prepare_reaction(&room, &link.user_id, c.emoji, true)
                    .await?;
                self.change(link, &room, c.message_id, change, c.r#ref, since);
            }
            Command::RemoveReaction(c) => {
                let room = self.joined_or_active(link, &c.room_id).await?;
                let change = self
                    .messages
                    .prepare_reaction(&room, &link.user_id, c.emoji, false)
                    .await?;
                self.change(link, &room, c.message_id, change, c.r#ref, since);
            }
            Command::MarkRead(c) => {
                let room = self.joined_or_active(link, &c.room_id).await?;
                match &c.thread_id {
                    Some(root) => {
                        self.messages
                            .mark_thread_read(&room, &link.user_id, root, c.seq)
                            .await?;
                    }
                    None => {
                        self.messages.mark_read(&room, &link.user_id, c.seq).await?;
                    }
                }
                ack(link, c.r#ref.as_deref());
            }
            Command::Typing(c) => self.typing(link, &c).await?,
            Command::RefreshToken(c) => return self.refresh_token(link, c).await,
            Command::Ping(c) => answer(
                link,
                &Event::Pong {
                    r#ref: c.r#ref.as_deref(),
                },
            ),
        }
        Ok(After::Nothing)
    }

    /// Returns the room without a lookup if the connection has joined it.
    async fn joined_or_active(
        self: &Arc<Self>,
        link: &Link,
        room: &RoomId,
    ) -> Result<Arc<ActiveRoom>> {
        match link.joined(room) {
            Some(room) => Ok(room),
            None => self.rooms.open(room).await,
        }
    }

    fn change(
        self: &Arc<Self>,
        link: &Arc<Link>,
        room: &Arc<ActiveRoom>,
        message: crate::MessageId,
        change: Change,
        reference: Option<String>,
        since: Instant,
    ) {
        let write = Write::Change {
            message,
            change,
            now: self.clock.now(),
            reply: reply_to(link, reference, since),
        };
        self.messages.write(room, write);
    }

    async fn typing(&self, link: &Link, command: &protocol::Typing) -> Result<()> {
        let room = link.joined(&command.room_id).ok_or_else(not_joined)?;
        let actor = Actor::User(link.user_id.clone());
        self.access
            .authorize(&room, &actor, crate::model::Action::Send)
            .await?;
        let info = self.rooms.info(&room).await?;
        if self.config.broadcasts_presence(&info) {
            let event = Event::Typing {
                room_id: &room.id,
                user_id: &link.user_id,
                typing: command.typing,
                expires_in_ms: self.config.typing_ms,
            };
            self.fanout
                .broadcast(&room, &event, Some(&link.user_id), false);
        }
        Ok(())
    }

    async fn refresh_token(&self, link: &Link, command: protocol::RefreshToken) -> Result<After> {
        let headers = http::HeaderMap::new();
        let credentials = Credentials::new(Some(&command.token), &headers, link.remote_addr);
        let identity = self.admission.authenticate(credentials).await?;
        if identity.user_id != link.user_id {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "`token` must belong to the same user",
            ));
        }
        ack(link, command.r#ref.as_deref());
        Ok(After::ExpiresAt(self.deadline(&identity)))
    }
}

const fn class(command: &Command) -> RateClass {
    match command {
        Command::SendMessage(_) => RateClass::Send,
        Command::EditMessage(_)
        | Command::DeleteMessage(_)
        | Command::AddReaction(_)
        | Command::RemoveReaction(_) => RateClass::Change,
        Command::JoinRoom(_) | Command::LeaveRoom(_) => RateClass::Join,
        Command::MarkRead(_) => RateClass::Read,
        Command::Typing(_) => RateClass::Typing,
        Command::RefreshToken(_) | Command::Ping(_) => RateClass::Session,
    }
}

/// Removes a connection from a room. The answer is its last frame about the room.
async fn leave(link: &Arc<Link>, room: &RoomId, reference: Option<&str>) -> Result<()> {
    let active = link.remove_joined(room).ok_or_else(not_joined)?;
    let left = Event::RoomLeft {
        r#ref: reference,
        room_id: room,
    };
    let (reply, done) = oneshot::channel();
    active.submit([Op::Leave {
        link: Arc::clone(link),
        last: Some(left.frame()),
        reply: Some(reply),
    }]);
    let _ = done.await;
    Ok(())
}

fn not_joined() -> Error {
    Error::new(
        ErrorKind::NotJoined,
        Cow::Borrowed("this connection has not joined the room"),
    )
}

fn reply_to<T>(link: &Arc<Link>, reference: Option<String>, since: Instant) -> Reply<T> {
    link.begin_send();
    Reply::Link {
        link: Arc::clone(link),
        reference: reference.map(String::into_boxed_str),
        since,
    }
}

pub(crate) fn answer(link: &Link, event: &Event<'_>) {
    link.push(&event.frame());
}

fn ack(link: &Link, reference: Option<&str>) {
    answer(
        link,
        &Event::Ack {
            r#ref: reference,
            rev: None,
        },
    );
}
