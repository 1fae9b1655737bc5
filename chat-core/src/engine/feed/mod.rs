//! The events of a room on their way to its connections. Pure: no engine, no I/O, no clock.
//!
//! | file | purpose |
//! |---|---|
//! | `event` | an event of the log, with its frame |
//! | `sequencer` | events in order, without gaps or duplicates |
//! | `recent` | the latest events, for joins near the head |
//! | `subscribers` | the connections that get them |
//! | `visibility` | the messages that a user sees |

mod event;
mod recent;
mod sequencer;
mod subscribers;
mod visibility;

use std::sync::Arc;

pub(crate) use event::RoomEvent;
use recent::Recent;
#[cfg(feature = "testing")]
pub(crate) use sequencer::{Offered, Sequencer};
#[cfg(not(feature = "testing"))]
use sequencer::{Offered, Sequencer};
pub(crate) use subscribers::{Subscriber, Subscribers};
pub(crate) use visibility::{View, VisibilityFilter};

/// News of a room's log.
#[derive(Debug)]
pub(crate) enum Input {
    /// An event, from a hint or from an append on this node.
    Event(Arc<RoomEvent>),
    /// The log reaches at least this position.
    Head(u64),
    /// A page that a repair read from the log.
    Repaired {
        events: Vec<Arc<RoomEvent>>,
        through: u64,
        /// Set on the last page: the known head when the repair began.
        finished: Option<u64>,
    },
}

/// The consequences of an input, for the caller to carry out.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The events that come next, in order.
    pub(crate) deliver: Vec<Arc<RoomEvent>>,
    /// A repair to start. There is one at a time.
    pub(crate) repair: Option<Repair>,
    /// `true` if the input was an event that is already delivered or held.
    pub(crate) is_duplicate: bool,
}

/// The time of a repair, which reads the missing events from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repair {
    /// After the reorder window, in which hints may still arrive.
    Later,
    Now,
}

/// The ordered feed of a room.
#[derive(Debug)]
pub(crate) struct Feed {
    sequencer: Sequencer<Arc<RoomEvent>>,
    recent: Recent,
    repairing: bool,
}

impl Feed {
    /// Starts after `head`, with at most `max_early` events held, and as many recent events
    /// buffered as fit into both bounds.
    pub(crate) const fn new(
        head: u64,
        max_early: usize,
        (max_events, max_bytes): (usize, usize),
    ) -> Self {
        Self {
            sequencer: Sequencer::new(head, max_early),
            recent: Recent::new(head, max_events, max_bytes),
            repairing: false,
        }
    }

    /// The position through which everything was delivered.
    pub(crate) const fn delivered(&self) -> u64 {
        self.sequencer.delivered()
    }

    /// The delivered position and the known head, which bound a repair.
    pub(crate) const fn progress(&self) -> (u64, u64) {
        (self.sequencer.delivered(), self.sequencer.known())
    }

    /// Returns the events after a position, or `None` if some are no longer buffered.
    pub(crate) fn after(
        &self,
        position: u64,
    ) -> Option<impl Iterator<Item = &Arc<RoomEvent>> + Clone> {
        self.recent.after(position)
    }

    /// Applies an input. The caller carries out the effects before the next input.
    pub(crate) fn apply(&mut self, input: Input) -> Effects {
        let mut effects = Effects::default();
        match input {
            Input::Event(event) => match self.sequencer.offer(event.rev, event) {
                Offered::Deliver(events) => effects.deliver = in_order(events),
                Offered::Duplicate => effects.is_duplicate = true,
                Offered::Held => effects.repair = self.repair(Repair::Later),
                Offered::Full => effects.repair = self.repair(Repair::Now),
            },
            Input::Head(head) => {
                if self.sequencer.note_head(head) {
                    effects.repair = self.repair(Repair::Now);
                }
            }
            Input::Repaired {
                events,
                through,
                finished,
            } => {
                let events = events.into_iter().map(|event| (event.rev, event));
                let events = events.collect();
                let ready = self.sequencer.repaired(events, through, finished.is_some());
                effects.deliver = in_order(ready);
                if let Some(known) = finished {
                    self.repairing = false;
                    self.sequencer.settle(known);
                    if self.sequencer.has_gap() {
                        effects.repair = self.repair(Repair::Later);
                    }
                }
            }
        }
        for event in &effects.deliver {
            self.recent.push(event);
        }
        effects
    }

    fn repair(&mut self, repair: Repair) -> Option<Repair> {
        (!std::mem::replace(&mut self.repairing, true)).then_some(repair)
    }
}

fn in_order(events: Vec<(u64, Arc<RoomEvent>)>) -> Vec<Arc<RoomEvent>> {
    events.into_iter().map(|(_, event)| event).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
