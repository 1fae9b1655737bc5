use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{Authenticator, Credentials, Identity};
use crate::engine::Config;
use crate::engine::config::ms;
use crate::engine::foundation::Foundation;
use crate::engine::slots::{Slot, Slots};
use crate::time::Clock;
use crate::{Error, ErrorKind, Result, UserId};

/// A REST request in flight, which frees its slot on drop.
#[derive(Debug)]
pub(crate) struct InFlight {
    _of_user: Slot<UserId>,
    _from_address: Option<Slot<IpAddr>>,
}

const RETRY_IN_FLIGHT: Duration = Duration::from_secs(1);

fn too_many_at_once(most: usize, whose: &str) -> Error {
    let rule = format!("one {whose} may have at most {most} requests in flight");
    Error::new(ErrorKind::RateLimited, rule).with_retry_after(RETRY_IN_FLIGHT)
}

/// Authenticates clients, and bounds their requests in flight.
#[derive(Debug)]
pub(crate) struct Admission {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    authenticator: Arc<dyn Authenticator>,
    of_user: Slots<UserId>,
    from_address: Slots<IpAddr>,
}

impl Admission {
    pub(crate) fn new(base: &Foundation) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::clone(&base.config),
            clock: Arc::clone(&base.clock),
            authenticator: Arc::clone(&base.authenticator),
            of_user: Slots::default(),
            from_address: Slots::default(),
        })
    }

    /// Authenticates a request and counts it, first by address, which bounds unauthenticated ones.
    pub(crate) async fn admit(&self, credentials: Credentials<'_>) -> Result<(UserId, InFlight)> {
        let limits = &self.config.limits;
        let from_address = match (credentials.remote_addr, limits.max_connections_per_address) {
            (Some(address), most @ 1..) => {
                let slot = self.from_address.take(&address, most);
                Some(slot.ok_or_else(|| too_many_at_once(most, "address"))?)
            }
            _ => None,
        };
        let user = self.authenticate(credentials).await?.user_id;
        let most = limits.max_requests_per_user;
        let of_user = self.of_user.take(&user, most);
        let in_flight = InFlight {
            _of_user: of_user.ok_or_else(|| too_many_at_once(most, "user"))?,
            _from_address: from_address,
        };
        Ok((user, in_flight))
    }

    pub(crate) async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let timeout = ms(self.config.handshake_timeout_ms);
        let asked = self.authenticator.authenticate(credentials);
        let identity = match tokio::time::timeout(timeout, asked).await {
            Ok(identity) => identity.map_err(about_credentials)?,
            Err(elapsed) => return Err(Error::unavailable(elapsed).during("authenticate")),
        };
        if identity.expires_at.is_some_and(|at| at <= self.clock.now()) {
            return Err(Error::new(ErrorKind::TokenExpired, "the token has expired"));
        }
        Ok(identity)
    }
}

/// Maps authenticator errors. A malformed token is simply unauthenticated, also on a socket.
fn about_credentials(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Unauthenticated
        | ErrorKind::TokenExpired
        | ErrorKind::Forbidden
        | ErrorKind::Rejected
        | ErrorKind::RateLimited
        | ErrorKind::Unavailable
        | ErrorKind::Internal => error,
        _ => Error::new(ErrorKind::Unauthenticated, "the credentials are not valid")
            .with_source(error),
    }
}
