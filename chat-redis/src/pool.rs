use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared};
use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, PushKind, RedisError, RedisResult, Value};
use tokio::time::Instant;

use crate::address::Address;
use crate::dial::Dialer;

/// The first and the maximum pause after a failed connection attempt. Commands fail at once
/// meanwhile, so that a dead server does not delay those for other servers.
const BACKOFF: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];
/// The extra response timeout per command of a pipeline.
const PER_COMMAND: Duration = Duration::from_micros(50);

/// A pool with one multiplexed connection per server.
#[derive(Debug)]
pub(crate) struct Pool {
    dialer: Dialer,
    states: Mutex<HashMap<Address, State>>,
    me: Weak<Self>,
}

type Dialing = Shared<BoxFuture<'static, RedisResult<Live>>>;

#[derive(Debug)]
enum State {
    Dialing {
        dialing: Dialing,
        failures: u32,
    },
    Live(Live),
    Down {
        until: Instant,
        failures: u32,
        error: RedisError,
    },
}

/// A connection, with a token that distinguishes it from later ones to the same server.
#[derive(Debug, Clone)]
struct Live {
    connection: MultiplexedConnection,
    token: Arc<()>,
}

/// A pipeline that failed as a whole.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: RedisError,
    /// `true` if the server may have executed it.
    pub(crate) sent: bool,
}

impl Pool {
    pub(crate) fn new(dialer: Dialer) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            dialer,
            states: Mutex::default(),
            me: me.clone(),
        })
    }

    pub(crate) const fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Sends commands in one write. Returns a result for each.
    pub(crate) async fn send(
        &self,
        address: &Address,
        pipeline: &Pipeline,
    ) -> Result<Vec<RedisResult<Value>>, Failed> {
        let live = self.get(address).await;
        let mut live = live.map_err(|error| Failed { error, sent: false })?;
        let count = pipeline.len();
        let more = PER_COMMAND.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        let limit = self.dialer.options().response_timeout + more;
        live.connection.set_response_timeout(limit);
        let sent = live.connection.send_packed_commands(pipeline, 0, count);
        match sent.await {
            Ok(answers) => Ok(answers.into_iter().map(Value::extract_error).collect()),
            Err(error) => {
                // A server that does not respond may be gone without closing the connection.
                if error.is_unrecoverable_error() || error.is_timeout() {
                    self.discard(address, &live.token);
                }
                Err(Failed { error, sent: true })
            }
        }
    }

    /// Drops the connections to all other servers.
    pub(crate) fn retain(&self, addresses: &[Address]) {
        self.states.lock().retain(|a, _| addresses.contains(a));
    }

    async fn get(&self, address: &Address) -> RedisResult<Live> {
        let dialing = {
            let mut states = self.states.lock();
            let failures = match states.get(address) {
                Some(State::Live(live)) => return Ok(live.clone()),
                Some(State::Down { until, error, .. }) if Instant::now() < *until => {
                    return Err(error.clone());
                }
                Some(State::Dialing { dialing, .. }) => Err(dialing.clone()),
                Some(State::Down { failures, .. }) => Ok(*failures),
                None => Ok(0),
            };
            match failures {
                Err(dialing) => dialing,
                Ok(failures) => {
                    let dialing = self.dial(address);
                    let state = State::Dialing {
                        dialing: dialing.clone(),
                        failures,
                    };
                    states.insert(address.clone(), state);
                    dialing
                }
            }
        };
        dialing.await
    }

    /// Connects in a separate task, which survives the cancellation of its first caller.
    fn dial(&self, address: &Address) -> Dialing {
        let (me, dialer, address) = (self.me.clone(), self.dialer.clone(), address.clone());
        let dialing = tokio::spawn(async move {
            let token = Arc::new(());
            let on_push = {
                let (me, address, token) = (me.clone(), address.clone(), Arc::clone(&token));
                Box::new(move |push: redis::PushInfo| {
                    if push.kind == PushKind::Disconnection
                        && let Some(me) = me.upgrade()
                    {
                        me.discard(&address, &token);
                    }
                })
            };
            let dialed = dialer.dial(&address, Some(on_push)).await;
            let dialed = dialed.map(|connection| Live { connection, token });
            if let Some(me) = me.upgrade() {
                me.dialed(&address, &dialed);
            }
            dialed
        });
        let ended = |e: tokio::task::JoinError| RedisError::from(std::io::Error::other(e));
        dialing
            .map(move |dialed| dialed.map_err(ended).and_then(|dialed| dialed))
            .boxed()
            .shared()
    }

    fn dialed(&self, address: &Address, dialed: &RedisResult<Live>) {
        let mut states = self.states.lock();
        // The server has been removed meanwhile.
        let Some(state) = states.get_mut(address) else {
            return;
        };
        *state = match dialed {
            Ok(live) => State::Live(live.clone()),
            Err(error) => {
                let failures = match state {
                    State::Dialing { failures, .. } => *failures + 1,
                    State::Live(_) | State::Down { .. } => 1,
                };
                tracing::debug!(%address, %error, "failed to connect to Redis");
                State::Down {
                    until: Instant::now() + backoff(failures),
                    failures,
                    error: error.clone(),
                }
            }
        };
    }

    fn discard(&self, address: &Address, token: &Arc<()>) {
        let mut states = self.states.lock();
        if let Some(State::Live(live)) = states.get(address)
            && Arc::ptr_eq(&live.token, token)
        {
            states.remove(address);
        }
    }
}

/// Returns the pause after a number of consecutive failures. It doubles each time, with jitter, so
/// that nodes do not reconnect together.
pub(crate) fn backoff(failures: u32) -> Duration {
    let [least, most] = BACKOFF;
    let pause = least.saturating_mul(1 << failures.saturating_sub(1).min(10));
    pause.min(most).mul_f64(0.75 + fastrand::f64() / 2.0)
}
