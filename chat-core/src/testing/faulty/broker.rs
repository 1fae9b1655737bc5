use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::dice::{Dice, part};
use crate::backend::{Arrival, Arrivals, Broker, Publication, Topic};
use crate::{Error, Result};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

/// The rates of faults in payloads that arrive at a [`FaultyBroker`], between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BrokerFaults {
    /// The probability that a payload is lost.
    pub lose: f64,
    /// `true` if [`Arrival::Interrupted`] replaces each lost payload, as the contract requires.
    /// Otherwise losses are silent, like that of a node which dies between storing and publishing.
    pub tell_losses: bool,
    /// The probability that a payload arrives twice.
    pub duplicate: f64,
    /// The probability that a payload arrives late, so that later payloads overtake it.
    pub delay: f64,
    /// The maximum delay.
    pub max_delay: Duration,
}

/// A broker handle that loses, duplicates, delays and reorders payloads, and whose link can be cut.
///
/// Faults apply on arrival, so one node can miss a payload that another receives.
#[derive(Debug)]
pub struct FaultyBroker<B> {
    inner: B,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dice: Dice,
    faults: RwLock<BrokerFaults>,
    cut: AtomicBool,
    taken: AtomicBool,
    /// Link events, delivered ahead of everything else.
    told: Mutex<VecDeque<Arrival>>,
    wake: Notify,
    injected: AtomicU64,
}

impl<B> FaultyBroker<B> {
    /// Wraps a handle.
    pub fn new(inner: B, seed: u64, faults: BrokerFaults) -> Self {
        Self {
            inner,
            shared: Arc::new(Shared {
                dice: Dice::new(seed),
                faults: RwLock::new(faults),
                cut: AtomicBool::new(false),
                taken: AtomicBool::new(false),
                told: Mutex::default(),
                wake: Notify::new(),
                injected: AtomicU64::new(0),
            }),
        }
    }

    /// Sets the faults from now on. By default there are none.
    pub fn set_faults(&self, faults: BrokerFaults) {
        *self.shared.faults.write() = faults;
    }

    /// The number of faults injected so far. Assert on it to prove that a test met any.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.shared.injected.load(Ordering::Relaxed)
    }

    /// Cuts the link: [`Arrival::Lost`] arrives, then nothing more, and calls fail. Subscriptions
    /// survive the cut.
    pub fn cut(&self) {
        if !self.shared.cut.swap(true, Ordering::SeqCst) {
            self.shared.tell(Arrival::Lost);
        }
    }

    /// Restores the link and reports [`Arrival::Interrupted`].
    pub fn heal(&self) {
        if self.shared.cut.swap(false, Ordering::SeqCst) {
            self.shared.tell(Arrival::Interrupted);
        }
    }

    fn up(&self) -> Result<()> {
        if self.shared.cut.load(Ordering::SeqCst) {
            return Err(Error::unavailable("injected fault: the link is cut"));
        }
        Ok(())
    }
}

impl Shared {
    fn tell(&self, of: Arrival) {
        self.told.lock().push_back(of);
        self.wake.notify_one();
    }
}

#[async_trait]
impl<B: Broker> Broker for FaultyBroker<B> {
    async fn publish(&self, batch: Vec<Publication>) -> Result<()> {
        self.up()?;
        self.inner.publish(batch).await
    }

    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.inner.subscribe(topics).await?;
        self.up()
    }

    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.inner.unsubscribe(topics).await?;
        self.up()
    }

    fn arrivals(&self) -> Arrivals {
        if self.shared.taken.swap(true, Ordering::SeqCst) {
            return stream::empty().boxed();
        }
        let road = Road {
            inner: self.inner.arrivals(),
            ended: false,
            shared: Arc::clone(&self.shared),
            held: BTreeMap::new(),
            count: 0,
        };
        stream::unfold(road, |mut road| async move {
            let next = road.next().await?;
            Some((next, road))
        })
        .boxed()
    }
}

/// Carries arrivals from the inner stream to the outer one.
struct Road {
    inner: Arrivals,
    ended: bool,
    shared: Arc<Shared>,
    /// Delayed arrivals by due time and arrival number.
    held: BTreeMap<(Instant, u64), Arrival>,
    count: u64,
}

impl Road {
    async fn next(&mut self) -> Option<Arrival> {
        loop {
            let told = self.shared.told.lock().pop_front();
            if told.is_some() {
                return told;
            }
            let due = self.held.first_key_value().map(|((at, _), _)| *at);
            if due.is_some_and(|at| at <= Instant::now()) {
                return self.held.pop_first().map(|(_, arrival)| arrival);
            }
            if self.ended && due.is_none() {
                return None;
            }
            tokio::select! {
                biased;
                () = self.shared.wake.notified() => {}
                arrival = self.inner.next(), if !self.ended => match arrival {
                    Some(payload @ Arrival::Payload { .. }) => self.take(payload),
                    Some(of_the_link) => return Some(of_the_link),
                    None => self.ended = true,
                },
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
        }
    }

    /// Loses, duplicates or delays a payload as the dice decide.
    fn take(&mut self, payload: Arrival) {
        let faults = *self.shared.faults.read();
        let [lose, duplicate, delay, how_long] = self.shared.dice.throw().0;
        if self.shared.cut.load(Ordering::SeqCst) {
            return;
        }
        if lose < faults.lose {
            self.count_fault();
            if faults.tell_losses {
                self.shared.tell(Arrival::Interrupted);
            }
            return;
        }
        let mut at = Instant::now();
        if duplicate < faults.duplicate {
            self.count_fault();
            self.hold(at, payload.clone());
        }
        if delay < faults.delay {
            self.count_fault();
            at += part(faults.max_delay, how_long);
        }
        self.hold(at, payload);
    }

    fn hold(&mut self, at: Instant, payload: Arrival) {
        self.held.insert((at, self.count), payload);
        self.count += 1;
    }

    fn count_fault(&self) {
        self.shared.injected.fetch_add(1, Ordering::Relaxed);
    }
}
