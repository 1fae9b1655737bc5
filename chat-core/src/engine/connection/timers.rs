use std::time::Duration;

use tokio::time::Instant;

use super::serve::token_expired;
use super::session::Session;
use crate::backend::{Quota, RateDecision, gcra};
use crate::engine::Config;
use crate::engine::config::ms;
use crate::engine::outbound::{Closing, Frame};
use crate::protocol::{CloseCode, Event};
use std::sync::Arc;

/// The timers of a connection, driven by a single `Sleep`.
pub(super) struct Timers {
    pub(super) heartbeat: Duration,
    next_ping: Instant,
    /// The deadline for the client's first frame; `None` once it has arrived.
    first_frame: Option<Instant>,
    /// Pings since the client's last frame.
    pub(super) unanswered: u8,
    pub(super) warned: bool,
    /// The state of the frame quota: see [`gcra`]. `None` before the first frame.
    next_frame: Option<Instant>,
}

impl Timers {
    /// Creates the timers. The first ping is jittered to spread clients that connect together.
    pub(super) fn new(config: &Config) -> Self {
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
    pub(super) fn heard(&mut self, now: Instant, quota: &Quota) -> bool {
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

    pub(super) fn due(&self, session: &Session) -> Instant {
        let due = self.due_by_token(session);
        self.first_frame.map_or(due, |at| due.min(at))
    }

    fn due_by_token(&self, session: &Session) -> Instant {
        let warning = ms(session.connections.config.token_warning_ms);
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
    pub(super) fn tick(&mut self, session: &Session, reads: bool) -> Option<Closing> {
        let connections = &session.connections;
        let now = Instant::now();
        if let Some(at) = session.expires_at {
            if now >= at {
                return Some(token_expired());
            }
            if !self.warned && now + ms(connections.config.token_warning_ms) >= at {
                self.warned = true;
                let event = Event::TokenExpiring {
                    expires_at: connections.clock.now().after(at - now),
                };
                session.link.push(&event.ephemeral_frame());
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
