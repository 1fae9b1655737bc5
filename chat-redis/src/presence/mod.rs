//! Presence. Users are split into parts. A part is a hash of the leases by user, a sorted set of
//! the times of the next checks, and a sorted set of the times offline users were last seen.

mod part;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{Lease, PresenceStore};
use chat_core::model::Presence;
use chat_core::{Result, Timestamp, UserId};
use redis::{RedisError, Value};

use self::part::{Keys, PARTS, part};
use crate::Redis;
use crate::error::{unavailable, unexpected};
use crate::script::{Call, Script};

static HOLD: Script = Script::new(include_str!("hold.lua"));
static RELEASE: Script = Script::new(include_str!("release.lua"));
static PRESENCE: Script = Script::new(include_str!("presence.lua"));
static EXPIRED: Script = Script::new(include_str!("expired.lua"));

/// The number of users that one call of `expired.lua` checks. It blocks the server for at most one
/// or two milliseconds.
const LOOK: usize = 500;
/// The maximum TTL of a lease.
const LONGEST_TTL: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// The maximum time in six bytes.
const LATEST_MS: i64 = (1 << 48) - 1;

/// A [`PresenceStore`] in Redis, shared by all nodes. Clones share their connections.
///
/// Leases expire by the server's clock, so node clocks do not matter. Each change of a user is one
/// script on keys of one slot, so each edge is reported once. If the connection breaks before the
/// response arrives, that edge is lost.
///
/// An online user with one device and an id of 32 bytes takes 267 bytes in Redis (measured), each
/// further device 22. An offline user takes 145 bytes until `last_seen_retention` has passed.
/// Leases lost to eviction or with a server return with the next refresh, as an edge.
#[derive(Clone)]
pub struct RedisPresence(Arc<Inner>);

struct Inner {
    redis: Redis,
    /// The part where the next call of `expired` starts, so that no part is starved.
    next: AtomicU16,
}

impl RedisPresence {
    pub(crate) fn new(redis: Redis) -> Self {
        Self(Arc::new(Inner {
            redis,
            next: AtomicU16::new(0),
        }))
    }

    fn keys(&self, part: u16) -> Keys {
        Keys::new(&self.0.redis.options().prefix, part)
    }

    fn retention(&self) -> Vec<u8> {
        let retention = self.0.redis.options().last_seen_retention;
        millis(retention.max(Duration::from_millis(1)))
    }

    async fn run(&self, script: &Script, calls: &[Call]) -> Vec<Result<Value, RedisError>> {
        script.run(self.0.redis.nodes(), calls).await
    }

    async fn run_one(&self, script: &Script, call: Call) -> Result<Value, RedisError> {
        let answer = self.run(script, &[call]).await.pop();
        answer.unwrap_or_else(|| Err(unexpected("expected a response")))
    }

    /// Adds or renews leases. Returns the indexes of those with which a user came online.
    async fn hold(&self, leases: &[Lease], ttl: Duration, now: Timestamp) -> Held {
        let mut parts: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (n, lease) in leases.iter().enumerate() {
            parts.entry(part(&lease.user_id)).or_default().push(n);
        }
        let call = |(part, members): (&u16, &Vec<usize>)| {
            let mut args = vec![millis(ttl), seen(now)];
            for n in members {
                args.push(leases[*n].user_id.as_str().into());
                args.push(leases[*n].connection_id.as_uuid().as_bytes().to_vec());
            }
            let keys = self.keys(*part).all();
            Call { keys, args }
        };
        let calls: Vec<Call> = parts.iter().map(call).collect();
        let mut held = Held::default();
        for (members, answer) in parts.values().zip(self.run(&HOLD, &calls).await) {
            match answer.and_then(|answer| numbers(&answer)) {
                Ok(came) => held.came.extend(
                    came.into_iter()
                        .filter_map(|n| members.get(usize::try_from(n).ok()?)),
                ),
                Err(error) => held.error = Some(error),
            }
        }
        held.came.sort_unstable();
        held
    }
}

#[derive(Debug, Default)]
struct Held {
    came: Vec<usize>,
    error: Option<RedisError>,
}

impl fmt::Debug for RedisPresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisPresence").field(&self.0.redis).finish()
    }
}

#[async_trait]
impl PresenceStore for RedisPresence {
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool> {
        let held = self.hold(std::slice::from_ref(lease), ttl, now).await;
        match held.error {
            Some(error) => Err(unavailable(error, "acquire lease")),
            None => Ok(!held.came.is_empty()),
        }
    }

    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        let call = Call {
            keys: self.keys(part(&lease.user_id)).all(),
            args: vec![
                lease.user_id.as_str().into(),
                lease.connection_id.as_uuid().as_bytes().to_vec(),
                seen(now),
                self.retention(),
            ],
        };
        match self.run_one(&RELEASE, call).await {
            Ok(Value::Int(gone)) => Ok(gone == 1),
            Ok(_) => Err(unavailable(
                unexpected("expected a number"),
                "release lease",
            )),
            Err(error) => Err(unavailable(error, "release lease")),
        }
    }

    async fn refresh(
        &self,
        leases: &[Lease],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Vec<UserId>> {
        let held = self.hold(leases, ttl, now).await;
        if let Some(error) = held.error {
            let error = unavailable(error, "refresh leases");
            // On a cluster, only some parts may have failed. Report the edges of the others, since
            // they are not repeated. The next refresh renews the rest.
            if held.came.is_empty() {
                return Err(error);
            }
            tracing::warn!(%error, "some leases were not renewed");
        }
        let users = held.came.into_iter().map(|n| leases[n].user_id.clone());
        Ok(users.collect())
    }

    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>> {
        let mut parts: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (n, user) in users.iter().enumerate() {
            parts.entry(part(user)).or_default().push(n);
        }
        let call = |(part, members): (&u16, &Vec<usize>)| {
            let keys = self.keys(*part);
            Call {
                keys: vec![keys.leases, keys.seen],
                args: members.iter().map(|n| users[*n].as_str().into()).collect(),
            }
        };
        let calls: Vec<Call> = parts.iter().map(call).collect();
        let mut known: Vec<Presence> = users.iter().map(|user| offline(user, -1)).collect();
        for (members, answer) in parts.values().zip(self.run(&PRESENCE, &calls).await) {
            let told = answer.and_then(|answer| numbers(&answer));
            let told = told.map_err(|e| unavailable(e, "presence"))?;
            for (n, told) in members.iter().zip(told.chunks_exact(2)) {
                known[*n] = offline(&users[*n], told[1]);
                known[*n].online = told[0] == 1;
            }
        }
        Ok(known)
    }

    async fn expired(&self, limit: usize, _: Timestamp) -> Result<Vec<Presence>> {
        let start = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mut ask: VecDeque<u16> = (0..PARTS).map(|n| start.wrapping_add(n) % PARTS).collect();
        let mut taken = Vec::new();
        // Query all parts at once, each for its share, then those again that had more.
        while taken.len() < limit && !ask.is_empty() {
            let left = limit - taken.len();
            let parts: Vec<u16> = ask.drain(..left.min(ask.len())).collect();
            let share = left / parts.len();
            let call = |part: &u16| Call {
                keys: self.keys(*part).all(),
                args: vec![
                    share.to_string().into(),
                    LOOK.to_string().into(),
                    self.retention(),
                ],
            };
            let calls: Vec<Call> = parts.iter().map(call).collect();
            let mut failed = None;
            for (part, answer) in parts.iter().zip(self.run(&EXPIRED, &calls).await) {
                match answer.and_then(|answer| gone(&answer, &mut taken)) {
                    Ok(true) => ask.push_back(*part),
                    Ok(false) => {}
                    Err(error) => failed = Some(error),
                }
            }
            if let Some(error) = failed {
                let error = unavailable(error, "expired leases");
                // Report the users taken, since their edges are not repeated.
                if taken.is_empty() {
                    return Err(error);
                }
                tracing::warn!(%error, "some leases were not checked for expiry");
                break;
            }
        }
        Ok(taken)
    }
}

/// Parses the users taken by the script. Returns `true` if there may be more.
fn gone(answer: &Value, taken: &mut Vec<Presence>) -> Result<bool, RedisError> {
    let Value::Array(values) = answer else {
        return Err(unexpected("expected a list"));
    };
    let [Value::Int(more), users @ ..] = values.as_slice() else {
        return Err(unexpected("expected a list of users"));
    };
    for pair in users.chunks_exact(2) {
        let [Value::BulkString(user), Value::Int(seen)] = pair else {
            return Err(unexpected("expected a user"));
        };
        let user = std::str::from_utf8(user)
            .ok()
            .and_then(|u| UserId::new(u).ok());
        // Only another program can have written an invalid id.
        let Some(user) = user else { continue };
        taken.push(offline(&user, *seen));
    }
    Ok(*more == 1)
}

fn numbers(answer: &Value) -> Result<Vec<i64>, RedisError> {
    let number = |value: &Value| match value {
        Value::Int(number) => Ok(*number),
        _ => Err(unexpected("expected a number")),
    };
    match answer {
        Value::Array(values) => values.iter().map(number).collect(),
        _ => Err(unexpected("expected a list")),
    }
}

fn offline(user: &UserId, seen: i64) -> Presence {
    Presence {
        user_id: user.clone(),
        online: false,
        last_seen_at: (seen >= 0).then(|| Timestamp::from_millis(seen)),
    }
}

fn millis(duration: Duration) -> Vec<u8> {
    duration.min(LONGEST_TTL).as_millis().to_string().into()
}

fn seen(at: Timestamp) -> Vec<u8> {
    at.as_millis().clamp(0, LATEST_MS).to_string().into()
}
