//! The loop of a connection: one task runs its commands in turn and drains its outbox.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::coop::consume_budget;
use tokio::time::{Instant, Sleep};
use tracing::Instrument;

use super::commands::After;
use super::session::Session;
use super::timers::Timers;
use super::{Connections, Handshake};
use crate::Error;
use crate::engine::config::ms;
use crate::engine::outbound::{Batch, Closing, Frame, Inbound, Outgoing, ReceiveError, Transport};
use crate::engine::rooms::Link;
use crate::protocol::{CloseCode, decode_command};

type CommandFuture = Pin<Box<dyn Future<Output = After> + Send>>;

pub(crate) struct Connection<T> {
    transport: T,
    session: Session,
    timers: Timers,
    command: Option<CommandFuture>,
}

pub(crate) async fn begin<T: Transport>(
    connections: Arc<Connections>,
    mut transport: T,
    handshake: Handshake,
) -> Option<Box<Connection<T>>> {
    match connections.admit_in_time(handshake).await {
        Ok(session) => Some(Box::new(Connection {
            transport,
            timers: Timers::new(&connections.config),
            command: None,
            session,
        })),
        Err(closing) => {
            metrics::counter!("chat_connections_refused_total", "code" => closing.code.as_u16().to_string())
                .increment(1);
            close(
                &mut transport,
                ms(connections.config.close_timeout_ms),
                &closing,
            )
            .await;
            None
        }
    }
}

enum Step {
    Write(Batch),
    Did(After),
    Received(Result<Inbound, ReceiveError>),
    Tick,
    Close(Closing),
}

pub(crate) async fn run<T: Transport>(mut connection: Box<Connection<T>>) {
    let mut timer = pin!(tokio::time::sleep_until(
        connection.timers.due(&connection.session)
    ));
    loop {
        // A client with an endless supply of frames must not starve other tasks.
        consume_budget().await;
        let step = connection.step(timer.as_mut()).await;
        let close = match step {
            Step::Write(batch) => {
                if !Box::pin(connection.write(batch, timer.as_mut())).await {
                    return;
                }
                None
            }
            Step::Did(after) => {
                connection.did(after, timer.as_mut());
                None
            }
            Step::Received(Ok(inbound)) => connection.received(inbound),
            Step::Received(Err(error)) => match lost(error) {
                Some(closing) => Some(closing),
                None => return,
            },
            Step::Tick => connection.tick(timer.as_mut()),
            Step::Close(closing) => Some(closing),
        };
        if let Some(closing) = close {
            return Box::pin(connection.close(closing)).await;
        }
    }
}

impl<T: Transport> Connection<T> {
    /// Writes come first, so that a client gets its answers before its next command is read. A
    /// running command comes before reads, which wait until it ends.
    async fn step(&mut self, timer: Pin<&mut Sleep>) -> Step {
        let may_read = self.may_read();
        let Session { link, .. } = &self.session;
        tokio::select! {
            biased;
            out = poll_fn(|cx| link.outbox.poll_next(cx)) => match out {
                Outgoing::Frames(batch) => Step::Write(batch),
                Outgoing::Close(closing) => Step::Close(closing),
            },
            after = poll_command(&mut self.command), if self.command.is_some() => Step::Did(after),
            () = timer => Step::Tick,
            inbound = self.transport.recv(), if may_read => Step::Received(inbound),
        }
    }

    /// Backpressure: a client that outpaces its command or its pending sends waits in its socket.
    fn may_read(&self) -> bool {
        let Session {
            connections, link, ..
        } = &self.session;
        self.command.is_none()
            && link.pending.load(Ordering::Relaxed) < connections.config.limits.max_pending_sends
    }

    /// Starts the command in a frame, or closes a connection that has expired or floods.
    fn received(&mut self, inbound: Inbound) -> Option<Closing> {
        let Session {
            connections, link, ..
        } = &self.session;
        let now = Instant::now();
        if self.session.is_expired(now) {
            return Some(token_expired());
        }
        if !self.timers.heard(now, &connections.config.rates.frame) {
            metrics::counter!("chat_frame_floods_total").increment(1);
            return Some(Closing::new(CloseCode::Policy, "too many frames"));
        }
        self.command = receive(connections, link, inbound);
        None
    }

    fn did(&mut self, after: After, timer: Pin<&mut Sleep>) {
        self.command = None;
        apply(after, &mut self.session, &mut self.timers, timer);
    }

    fn tick(&mut self, timer: Pin<&mut Sleep>) -> Option<Closing> {
        let reads = self.may_read();
        let closing = self.timers.tick(&self.session, reads);
        timer.reset(self.timers.due(&self.session));
        closing
    }

    /// Writes a batch while the current command continues: locks that it holds must not wait for a
    /// slow socket. On a close, the batch gets the close timeout to complete its frames. Returns
    /// `false` if the socket is unusable.
    async fn write(&mut self, batch: Batch, mut timer: Pin<&mut Sleep>) -> bool {
        let Self {
            transport,
            session,
            timers,
            command,
        } = self;
        let bytes: usize = batch.iter().map(|f| f.payload().len()).sum();
        metrics::counter!("chat_sent_bytes_total").increment(bytes as u64);
        let mut send = pin!(transport.send_batch(&batch));
        let mut stalled = false;
        loop {
            let link = &session.link;
            tokio::select! {
                biased;
                sent = send.as_mut() => {
                    if stalled {
                        timer.reset(timers.due(session));
                    }
                    return sent.is_ok();
                }
                () = poll_fn(|cx| link.outbox.poll_closing(cx)) => {
                    let timeout = ms(session.connections.config.close_timeout_ms);
                    return matches!(tokio::time::timeout(timeout, send).await, Ok(Ok(())));
                }
                after = poll_command(command), if command.is_some() => {
                    *command = None;
                    apply(after, session, timers, timer.as_mut());
                }
                () = timer.as_mut() => {
                    let now = Instant::now();
                    if session.is_expired(now) {
                        link.close(token_expired());
                        continue;
                    }
                    // Reads pause during a stalled write, so pongs cannot arrive.
                    stalled = true;
                    timers.unanswered += 1;
                    if timers.unanswered > 2 {
                        return false;
                    }
                    let next = now + timers.heartbeat;
                    timer.as_mut().reset(session.expires_at.map_or(next, |at| next.min(at)));
                }
            }
        }
    }

    async fn close(self: Box<Self>, closing: Closing) {
        let Self {
            mut transport,
            session,
            command,
            ..
        } = *self;
        let link = &session.link;
        let code = closing.code.as_u16();
        tracing::debug!(user = %link.user_id, connection = %link.id, code, reason = %closing.reason, "closing");
        metrics::counter!("chat_connections_closed_total", "code" => code.to_string()).increment(1);
        let timeout = ms(session.connections.config.close_timeout_ms);
        // Leave the rooms before the close handshake, which may take seconds.
        drop(command);
        drop(session);
        close(&mut transport, timeout, &closing).await;
    }
}

fn apply(after: After, session: &mut Session, timers: &mut Timers, timer: Pin<&mut Sleep>) {
    match after {
        After::Nothing => {}
        After::ExpiresAt(at) => {
            session.expires_at = at;
            timers.warned = false;
            timer.reset(timers.due(session));
        }
        // Queued frames are written first.
        After::Close(closing) => session.link.close(closing),
    }
}

pub(super) fn token_expired() -> Closing {
    Closing::new(CloseCode::TokenExpired, "TOKEN_EXPIRED")
}

async fn poll_command(command: &mut Option<CommandFuture>) -> After {
    match command {
        Some(command) => command.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn close<T: Transport>(transport: &mut T, timeout: Duration, closing: &Closing) {
    let close = transport.close(closing.code.as_u16(), &closing.reason);
    let _ = tokio::time::timeout(timeout, close).await;
}

/// Maps a receive error to a close frame, or to `None` if the socket is unusable.
fn lost(error: ReceiveError) -> Option<Closing> {
    match error {
        ReceiveError::Closed(_) => Some(Closing::new(CloseCode::Normal, "")),
        ReceiveError::TooLarge => Some(Closing::new(CloseCode::TooLarge, "frame too large")),
        ReceiveError::Protocol(why) => Some(Closing::new(CloseCode::ProtocolError, why)),
        ReceiveError::NotUtf8 => Some(Closing::new(CloseCode::NotUtf8, "text is not UTF-8")),
        ReceiveError::TooSlow => Some(Closing::new(CloseCode::TryAgain, "too slow")),
        ReceiveError::Io(error) => {
            tracing::debug!(%error, "socket lost");
            metrics::counter!("chat_connections_closed_total", "code" => "1006").increment(1);
            None
        }
    }
}

fn receive(
    connections: &Arc<Connections>,
    link: &Arc<Link>,
    inbound: Inbound,
) -> Option<CommandFuture> {
    let outcome = match inbound {
        Inbound::Text(text) => {
            metrics::counter!("chat_received_bytes_total").increment(text.len() as u64);
            decode_command(&text, &connections.config.limits).map_err(|e| (e.reference, e.error))
        }
        Inbound::Binary(_) => Err((None, Error::invalid("a command must be a text frame"))),
        Inbound::Ping(payload) => {
            link.push(&Arc::new(Frame::pong(payload)));
            return None;
        }
        Inbound::Pong => return None,
    };
    let (connections, link) = (Arc::clone(connections), Arc::clone(link));
    Some(match outcome {
        Ok(command) => {
            let span = tracing::debug_span!(
                "command",
                kind = command.type_name(),
                user = %link.user_id,
                connection = %link.id
            );
            Box::pin(connections.command(link, command).instrument(span))
        }
        Err((reference, error)) => Box::pin(connections.violation(link, reference, error)),
    })
}
