//! One socket, from handshake to close: a single task runs commands in turn and drains the outbox.

use std::fmt;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, Sleep};
use tracing::Instrument;

use super::commands::After;
use super::config::ms;
use super::hooking::Greeted;
use super::hub::HubLimits;
use super::link::Link;
use super::outbox::{Batch, Closing, OutboxLimits, Outgoing};
use super::room::Op;
use super::{Config, Engine, Frame, Inbound, Inner, ReceiveError, Transport};
use crate::backend::{Credentials, Identity, Quota, RateDecision, Topic, gcra};
use crate::protocol::{CloseCode, Event, decode_command};
use crate::{Error, ErrorKind};

/// The credentials of a client's request. `Debug` hides the token and the headers.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Handshake {
    /// The token: the first of `Authorization: Bearer`, `?token=` and the subprotocol
    /// `bearer.<token>`.
    pub token: Option<String>,
    /// The headers of the request.
    pub headers: http::HeaderMap,
    /// The client's address, if the adapter knows it.
    pub remote_addr: Option<IpAddr>,
}

impl Handshake {
    /// Creates a handshake with only a token.
    pub fn new(token: Option<String>) -> Self {
        Self {
            token,
            ..Self::default()
        }
    }

    /// Sets the headers of the request.
    #[must_use]
    pub fn headers(mut self, headers: http::HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the client's address.
    #[must_use]
    pub const fn remote_addr(mut self, addr: Option<IpAddr>) -> Self {
        self.remote_addr = addr;
        self
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("remote_addr", &self.remote_addr)
            .finish_non_exhaustive()
    }
}

/// A connection being served. Dropping it undoes its registration.
#[derive(Debug)]
struct Session {
    engine: Arc<Inner>,
    link: Arc<Link>,
    expires_at: Option<Instant>,
    /// Dropped last: calls the hooks' `on_disconnect`.
    _greeted: Option<Box<Greeted>>,
}

impl Session {
    fn is_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| now >= at)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Self { engine, link, .. } = self;
        for room in link.take_joined() {
            room.submit([Op::Leave {
                link: Arc::clone(link),
                last: None,
                reply: None,
            }]);
        }
        engine.hub.remove(link);
        engine.presence_disconnected(link);
        gauge_connections(engine);
    }
}

#[allow(clippy::cast_precision_loss, reason = "a gauge is a double")]
fn gauge_connections(engine: &Inner) {
    metrics::gauge!("chat_connections").set(engine.hub.len() as f64);
}

impl Engine {
    /// Serves one socket until it is closed. Adapters call this after the upgrade and spawn one
    /// task per connection. A client without a valid token is closed with 1008 here, because a
    /// browser cannot see the HTTP status of a refused upgrade.
    ///
    /// Dropping the future closes the connection and undoes its registration.
    pub fn serve<T: Transport>(
        &self,
        transport: T,
        handshake: Handshake,
    ) -> impl Future<Output = ()> + Send + use<T> {
        // A future has room for everything it ever holds. State that only the start, a write or the
        // end needs is boxed, so that idle connections do not pay for it.
        let begun = Box::pin(begin(Arc::clone(&self.inner), transport, handshake));
        async move {
            if let Some(connection) = begun.await {
                run(connection).await;
            }
        }
    }
}

async fn begin<T: Transport>(
    engine: Arc<Inner>,
    mut transport: T,
    handshake: Handshake,
) -> Option<Box<Connection<T>>> {
    match engine.admit_in_time(handshake).await {
        Ok(session) => Some(Box::new(Connection {
            transport,
            watch: Watch::new(&engine.config),
            command: None,
            session,
        })),
        Err(closing) => {
            metrics::counter!("chat_connections_refused_total", "code" => closing.code.as_u16().to_string())
                .increment(1);
            close(&mut transport, ms(engine.config.close_timeout_ms), &closing).await;
            None
        }
    }
}

impl Inner {
    async fn admit_in_time(self: &Arc<Self>, handshake: Handshake) -> Result<Session, Closing> {
        let timeout = ms(self.config.handshake_timeout_ms);
        tokio::time::timeout(timeout, self.admit(handshake))
            .await
            .unwrap_or_else(|_| Err(Closing::new(CloseCode::TryAgain, "overloaded")))
    }

    /// Runs every step before `HELLO`. Registration comes last: earlier failures need no cleanup.
    async fn admit(self: &Arc<Self>, handshake: Handshake) -> Result<Session, Closing> {
        if self.is_stopped() {
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
        let identity = self
            .authenticate(credentials)
            .await
            .map_err(|e| refuse(&e))?;
        let limits = OutboxLimits::new(self.config.outbox_max_bytes, self.config.outbox_max_frames);
        let link = Arc::new(Link::new(
            identity.user_id.clone(),
            handshake.remote_addr,
            limits,
        ));
        let topic = self
            .subscriptions
            .acquire(Topic::User(identity.user_id.clone()))
            .await;
        // Cached settings may be stale: this node got no hints about a user without connections.
        if self.hub.links(&link.user_id).is_empty() {
            self.user_cache.forget(&link.user_id);
        }
        let greeted = self.greet(&link).await.map_err(|e| refuse(&e))?;
        // Queued before the registration, after which other tasks push frames, too.
        let hello = Event::Hello {
            user_id: &link.user_id,
            connection_id: link.id,
            node_id: self.node_id,
            heartbeat_ms: self.config.heartbeat_ms,
            token_expires_at: identity.expires_at,
            limits: (&self.config.limits).into(),
        };
        link.push(&Arc::new(Frame::durable(hello.encode())));
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
            engine: Arc::clone(self),
            link,
            expires_at: self.deadline(&identity),
            _greeted: greeted,
        };
        if self.is_stopped() {
            // A shutdown that began during the handshake may have missed this connection.
            return Err(Closing::new(CloseCode::Restart, "restart"));
        }
        gauge_connections(self);
        metrics::counter!("chat_connections_total").increment(1);
        self.presence_connected(&session.link);
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

type CommandFuture = Pin<Box<dyn Future<Output = After> + Send>>;

struct Connection<T> {
    transport: T,
    session: Session,
    watch: Watch,
    command: Option<CommandFuture>,
}

/// The timers of a connection, driven by a single `Sleep`.
struct Watch {
    heartbeat: Duration,
    next_ping: Instant,
    /// The deadline for the client's first frame; `None` once it has arrived.
    first_frame: Option<Instant>,
    /// Pings since the client's last frame.
    unanswered: u8,
    warned: bool,
    /// The state of the frame quota: see [`gcra`]. `None` before the first frame.
    next_frame: Option<Instant>,
}

enum Step {
    Write(Batch),
    Did(After),
    Received(Result<Inbound, ReceiveError>),
    Tick,
    Close(Closing),
}

async fn run<T: Transport>(mut connection: Box<Connection<T>>) {
    let mut timer = pin!(tokio::time::sleep_until(
        connection.watch.due(&connection.session)
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
        let Session { engine, link, .. } = &self.session;
        self.command.is_none()
            && link.pending.load(Ordering::Relaxed) < engine.config.limits.max_pending_sends
    }

    /// Starts the command in a frame, or closes a connection that has expired or floods.
    fn received(&mut self, inbound: Inbound) -> Option<Closing> {
        let Session { engine, link, .. } = &self.session;
        let now = Instant::now();
        if self.session.is_expired(now) {
            return Some(token_expired());
        }
        if !self.watch.heard(now, &engine.config.rates.frame) {
            metrics::counter!("chat_frame_floods_total").increment(1);
            return Some(Closing::new(CloseCode::Policy, "too many frames"));
        }
        self.command = receive(engine, link, inbound);
        None
    }

    fn did(&mut self, after: After, timer: Pin<&mut Sleep>) {
        self.command = None;
        apply(after, &mut self.session, &mut self.watch, timer);
    }

    fn tick(&mut self, timer: Pin<&mut Sleep>) -> Option<Closing> {
        let reads = self.may_read();
        let closing = self.watch.tick(&self.session, reads);
        timer.reset(self.watch.due(&self.session));
        closing
    }

    /// Writes a batch while the current command continues: locks that it holds must not wait for a
    /// slow socket. On a close, the batch gets the close timeout to complete its frames. Returns
    /// `false` if the socket is unusable.
    async fn write(&mut self, batch: Batch, mut timer: Pin<&mut Sleep>) -> bool {
        let Self {
            transport,
            session,
            watch,
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
                        timer.reset(watch.due(session));
                    }
                    return sent.is_ok();
                }
                () = poll_fn(|cx| link.outbox.poll_closing(cx)) => {
                    let timeout = ms(session.engine.config.close_timeout_ms);
                    return matches!(tokio::time::timeout(timeout, send).await, Ok(Ok(())));
                }
                after = poll_command(command), if command.is_some() => {
                    *command = None;
                    apply(after, session, watch, timer.as_mut());
                }
                () = timer.as_mut() => {
                    let now = Instant::now();
                    if session.is_expired(now) {
                        link.close(token_expired());
                        continue;
                    }
                    // Reads pause during a stalled write, so pongs cannot arrive.
                    stalled = true;
                    watch.unanswered += 1;
                    if watch.unanswered > 2 {
                        return false;
                    }
                    let next = now + watch.heartbeat;
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
        let timeout = ms(session.engine.config.close_timeout_ms);
        // Leave the rooms before the close handshake, which may take seconds.
        drop(command);
        drop(session);
        close(&mut transport, timeout, &closing).await;
    }
}

fn apply(after: After, session: &mut Session, watch: &mut Watch, timer: Pin<&mut Sleep>) {
    match after {
        After::Nothing => {}
        After::ExpiresAt(at) => {
            session.expires_at = at;
            watch.warned = false;
            timer.reset(watch.due(session));
        }
        // Queued frames are written first.
        After::Close(closing) => session.link.close(closing),
    }
}

fn token_expired() -> Closing {
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

fn receive(engine: &Arc<Inner>, link: &Arc<Link>, inbound: Inbound) -> Option<CommandFuture> {
    let outcome = match inbound {
        Inbound::Text(text) => {
            metrics::counter!("chat_received_bytes_total").increment(text.len() as u64);
            decode(engine, &text)
        }
        Inbound::Binary(_) => Err((None, Error::invalid("a command must be a text frame"))),
        Inbound::Ping(payload) => {
            link.push(&Arc::new(Frame::pong(payload)));
            return None;
        }
        Inbound::Pong => return None,
    };
    let (engine, link) = (Arc::clone(engine), Arc::clone(link));
    Some(match outcome {
        Ok(command) => {
            let span = tracing::debug_span!(
                "command",
                kind = command.type_name(),
                user = %link.user_id,
                connection = %link.id
            );
            Box::pin(engine.command(link, command).instrument(span))
        }
        Err((reference, error)) => Box::pin(engine.violation(link, reference, error)),
    })
}

fn decode(
    engine: &Inner,
    text: &Bytes,
) -> Result<crate::protocol::Command, (Option<String>, Error)> {
    decode_command(text, &engine.config.limits).map_err(|e| (e.reference, e.error))
}

impl Watch {
    /// Creates the timers. The first ping is jittered to spread clients that connect together.
    fn new(config: &Config) -> Self {
        let heartbeat = ms(config.heartbeat_ms);
        let first_frame = ms(config.first_frame_timeout_ms);
        let now = Instant::now();
        let first_ping = heartbeat.min(first_frame / 2);
        Self {
            heartbeat,
            next_ping: now + first_ping.mul_f64(0.5 + fastrand::f64() / 2.0),
            first_frame: now.checked_add(first_frame),
            unanswered: 0,
            warned: false,
            next_frame: None,
        }
    }

    /// Records a frame. Returns `false` over the quota, which counts every kind of frame.
    fn heard(&mut self, now: Instant, quota: &Quota) -> bool {
        self.unanswered = 0;
        self.first_frame = None;
        // `gcra` takes times relative to a common origin, here the present.
        let tat = self
            .next_frame
            .map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        let (decision, tat) = gcra(tat, Duration::ZERO, quota);
        self.next_frame = now.checked_add(tat);
        decision == RateDecision::Allowed
    }

    fn due(&self, session: &Session) -> Instant {
        let due = self.due_by_token(session);
        self.first_frame.map_or(due, |at| due.min(at))
    }

    fn due_by_token(&self, session: &Session) -> Instant {
        let warning = ms(session.engine.config.token_warning_ms);
        match session.expires_at {
            Some(at) if self.warned => self.next_ping.min(at),
            Some(at) => self
                .next_ping
                .min(at.checked_sub(warning).unwrap_or_else(Instant::now)),
            None => self.next_ping,
        }
    }

    /// Handles the timer. While reads are paused, the client is pinged but not timed out, since its
    /// pongs may be waiting in the socket.
    fn tick(&mut self, session: &Session, reads: bool) -> Option<Closing> {
        let engine = &session.engine;
        let now = Instant::now();
        if let Some(at) = session.expires_at {
            if now >= at {
                return Some(token_expired());
            }
            if !self.warned && now + ms(engine.config.token_warning_ms) >= at {
                self.warned = true;
                let event = Event::TokenExpiring {
                    expires_at: engine.clock.now().after(at - now),
                };
                session
                    .link
                    .push(&Arc::new(Frame::ephemeral(event.encode())));
            }
        }
        if self.first_frame.is_some_and(|at| now >= at) {
            return Some(Closing::new(CloseCode::TryAgain, "no first frame"));
        }
        if now >= self.next_ping {
            if reads && self.unanswered >= 2 {
                return Some(Closing::new(CloseCode::TryAgain, "no answer to pings"));
            }
            self.unanswered = if reads { self.unanswered + 1 } else { 0 };
            self.next_ping = now + self.heartbeat;
            session.link.push(&Arc::new(Frame::ping()));
        }
        None
    }
}
