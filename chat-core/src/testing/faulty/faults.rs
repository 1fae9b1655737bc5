use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::Faulty;
use super::dice::{Dice, part};
use crate::{Error, Result};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

/// The rates of random faults in store calls. Probabilities are between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FaultRates {
    /// The probability that a call fails without effect, decided separately per entry of a batch.
    pub fail_before: f64,
    /// The probability that a call takes effect and then reports failure. A contract may forbid
    /// this to a store, but it is what callers see when a node dies before it can reply.
    pub fail_after: f64,
    /// The probability that a call is slow.
    pub slow: f64,
    /// The maximum delay of a slow call.
    pub max_delay: Duration,
}

/// A fault for one chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trip {
    /// The call fails without effect.
    FailBefore,
    /// The call takes effect and then reports failure.
    FailAfter,
    /// The call runs after this delay.
    Delay(Duration),
    /// The call hangs without effect.
    HangBefore,
    /// The call takes effect and then hangs.
    HangAfter,
}

impl Trip {
    /// Returns every kind of trip, with this delay for [`Delay`](Self::Delay).
    #[must_use]
    pub const fn all(delay: Duration) -> [Self; 5] {
        [
            Self::FailBefore,
            Self::FailAfter,
            Self::Delay(delay),
            Self::HangBefore,
            Self::HangAfter,
        ]
    }
}

/// The faults of one store or of several, for example all stores of a node. Clones share state.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    dice: Dice,
    state: Mutex<State>,
    tripped: watch::Sender<Option<&'static str>>,
}

#[derive(Debug)]
struct State {
    rates: FaultRates,
    cut: bool,
    /// The pending trip and the number of calls to let pass first.
    trip: Option<(usize, Trip)>,
    calls: Vec<&'static str>,
    injected: u64,
}

impl State {
    /// Randomly decides the fate of a call.
    fn throw(&mut self, dice: &Dice) -> Fate {
        let [before, after, slow, how_long] = dice.throw().0;
        let fault = if self.cut || before < self.rates.fail_before {
            Some(Trip::FailBefore)
        } else if after < self.rates.fail_after {
            Some(Trip::FailAfter)
        } else {
            None
        };
        let wait = (slow < self.rates.slow).then(|| part(self.rates.max_delay, how_long));
        self.injected += u64::from(fault.is_some()) + u64::from(wait.is_some());
        let wait = wait.unwrap_or_default();
        Fate { wait, fault }
    }
}

/// The fate of a call, or of one entry of a batch.
#[derive(Debug, Clone, Copy)]
struct Fate {
    wait: Duration,
    /// Never [`Trip::Delay`].
    fault: Option<Trip>,
}

impl From<Trip> for Fate {
    fn from(trip: Trip) -> Self {
        match trip {
            Trip::Delay(wait) => Self { wait, fault: None },
            fault => Self {
                wait: Duration::ZERO,
                fault: Some(fault),
            },
        }
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::new(0, FaultRates::default())
    }
}

impl Faults {
    /// Creates random faults from a seed.
    #[must_use]
    pub fn new(seed: u64, rates: FaultRates) -> Self {
        Self(Arc::new(Shared {
            dice: Dice::new(seed),
            state: Mutex::new(State {
                rates,
                cut: false,
                trip: None,
                calls: Vec::new(),
                injected: 0,
            }),
            tripped: watch::Sender::new(None),
        }))
    }

    /// Wraps a store so that its calls go through these faults.
    pub fn wrap<S>(&self, store: S) -> Faulty<S> {
        let faults = self.clone();
        Faulty {
            inner: store,
            faults,
        }
    }

    /// Sets the rates of random faults from now on. By default there are none.
    pub fn set_rates(&self, rates: FaultRates) {
        self.0.state.lock().rates = rates;
    }

    /// Fails every call that starts from now on.
    pub fn cut(&self) {
        self.0.state.lock().cut = true;
    }

    /// Undoes [`cut`](Self::cut).
    pub fn heal(&self) {
        self.0.state.lock().cut = false;
    }

    /// Strikes one call after letting `passing` calls through. Calls are counted across all stores,
    /// in the order they start. A new trip replaces a pending one.
    pub fn trip(&self, passing: usize, trip: Trip) {
        self.0.state.lock().trip = Some((passing, trip));
        self.0.tripped.send_replace(None);
    }

    /// The call that the latest [`trip`](Self::trip) struck, such as `RoomStore::ban`, if it has.
    #[must_use]
    pub fn tripped(&self) -> Option<&'static str> {
        *self.0.tripped.borrow()
    }

    /// Waits for the latest [`trip`](Self::trip) to strike and returns the call.
    pub async fn wait_for_trip(&self) -> &'static str {
        let mut tripped = self.0.tripped.subscribe();
        loop {
            let call = *tripped.borrow_and_update();
            match call {
                Some(call) => return call,
                // The sender is alive: `self` holds it.
                None => drop(tripped.changed().await),
            }
        }
    }

    /// The calls made so far, such as `RoomStore::ban`, in the order they started.
    #[must_use]
    pub fn calls(&self) -> Vec<&'static str> {
        self.0.state.lock().calls.clone()
    }

    /// The number of faults injected so far. Assert on it to prove that a test met any.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.0.state.lock().injected
    }

    /// Records a call and decides the fate of each of its entries.
    fn begin(&self, call: &'static str, entries: usize) -> Vec<Fate> {
        let mut state = self.0.state.lock();
        state.calls.push(call);
        // Consume random numbers even if the call trips, so that later calls keep their fates.
        let mut fates: Vec<Fate> = (0..entries).map(|_| state.throw(&self.0.dice)).collect();
        match &mut state.trip {
            Some((0, trip)) => {
                fates.fill(Fate::from(*trip));
                state.trip = None;
                state.injected += 1;
                self.0.tripped.send_replace(Some(call));
            }
            Some((passing, _)) => *passing -= 1,
            None => {}
        }
        fates
    }

    /// Makes a call, subject to its fate.
    pub(crate) async fn call<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let answers = self.call_each(name, vec![()], |_| async { vec![call.await] });
        let answer = answers.await.pop();
        answer.unwrap_or_else(|| Err(failed()))
    }

    /// Makes a batch call in which each entry has its own fate.
    pub(crate) async fn call_each<E, T, F>(
        &self,
        name: &'static str,
        batch: Vec<E>,
        call: impl FnOnce(Vec<E>) -> F,
    ) -> Vec<Result<T>>
    where
        F: Future<Output = Vec<Result<T>>>,
    {
        let fates = self.begin(name, batch.len());
        let is = |fault: Trip| move |fate: &Fate| fate.fault == Some(fault);
        let wait = fates.iter().map(|fate| fate.wait).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            tokio::time::sleep(wait).await;
        }
        if fates.iter().any(is(Trip::HangBefore)) {
            return pending().await;
        }
        let entries = batch.into_iter().zip(&fates);
        let entries = entries.filter(|(_, fate)| !is(Trip::FailBefore)(fate));
        let entries: Vec<E> = entries.map(|(entry, _)| entry).collect();
        let mut answers = Vec::new().into_iter();
        if !entries.is_empty() {
            answers = call(entries).await.into_iter();
        }
        if fates.iter().any(is(Trip::HangAfter)) {
            return pending().await;
        }
        let answer = |fate: Fate| match fate.fault {
            Some(Trip::FailBefore) => Some(Err(failed())),
            Some(_) => answers.next().map(|_| Err(failed())),
            None => answers.next(),
        };
        fates.into_iter().filter_map(answer).collect()
    }
}

fn failed() -> Error {
    Error::unavailable("injected fault")
}
