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

/// How often calls to a store meet a fault by chance; the numbers are probabilities from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FaultRates {
    /// A call fails and has done nothing. Each entry of a batch has a fate of its own.
    pub fail_before: f64,
    /// A call is done and then reported as failed. Where a store's contract forbids that, it is what
    /// callers see whose node dies before it can answer.
    pub fail_after: f64,
    /// A call takes long.
    pub slow: f64,
    /// The longest it takes.
    pub max_delay: Duration,
}

/// A fault that strikes one chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trip {
    /// The call fails and has done nothing.
    FailBefore,
    /// The call is done and then reported as failed.
    FailAfter,
    /// The call is done after this time.
    Delay(Duration),
    /// The call has done nothing and never ends.
    HangBefore,
    /// The call is done and never answers.
    HangAfter,
}

impl Trip {
    /// Every kind of trip, the delay being this long.
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

/// The faults of one or several stores, such as all those of a node. Clones share them.
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
    /// The trip, and how many calls it lets pass before it.
    trip: Option<(usize, Trip)>,
    calls: Vec<&'static str>,
    injected: u64,
}

impl State {
    /// Lets chance decide about a call.
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

/// The outcome of a call, or of one entry of a batch.
#[derive(Debug, Clone, Copy)]
struct Fate {
    wait: Duration,
    /// Any but a delay.
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
    /// Faults that come by chance, as a seed decides.
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

    /// Puts these faults between a store and its callers.
    pub fn wrap<S>(&self, store: S) -> Faulty<S> {
        let faults = self.clone();
        Faulty {
            inner: store,
            faults,
        }
    }

    /// Changes how often faults come by chance from now on; the default is never.
    pub fn set_rates(&self, rates: FaultRates) {
        self.0.state.lock().rates = rates;
    }

    /// Makes every call fail that begins from now on.
    pub fn cut(&self) {
        self.0.state.lock().cut = true;
    }

    /// Undoes [`cut`](Self::cut).
    pub fn heal(&self) {
        self.0.state.lock().cut = false;
    }

    /// Lets this many calls pass and strikes the next one. Calls count over all stores, in the order
    /// in which they begin. A trip replaces the one before it.
    pub fn trip(&self, passing: usize, trip: Trip) {
        self.0.state.lock().trip = Some((passing, trip));
        self.0.tripped.send_replace(None);
    }

    /// The call that the last [`trip`](Self::trip) struck, as in `RoomStore::ban`, if it came to that.
    #[must_use]
    pub fn tripped(&self) -> Option<&'static str> {
        *self.0.tripped.borrow()
    }

    /// Waits until the last [`trip`](Self::trip) has struck and returns the call.
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

    /// The calls made so far, as in `RoomStore::ban`, in the order in which they began.
    #[must_use]
    pub fn calls(&self) -> Vec<&'static str> {
        self.0.state.lock().calls.clone()
    }

    /// The number of faults injected so far: a test that wants some asserts that there were.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.0.state.lock().injected
    }

    /// Notes a call and decides about each entry of it.
    fn begin(&self, call: &'static str, entries: usize) -> Vec<Fate> {
        let mut state = self.0.state.lock();
        state.calls.push(call);
        // Thrown for a call that trips, too, so that later ones meet the same faults.
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

    /// Makes a call, or does to it what its fate is.
    pub(crate) async fn call<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let answers = self.call_each(name, vec![()], |_| async { vec![call.await] });
        let answer = answers.await.pop();
        answer.unwrap_or_else(|| Err(failed()))
    }

    /// Makes a call with a batch, each entry of which has a fate of its own.
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
