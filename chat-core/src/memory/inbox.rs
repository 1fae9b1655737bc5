use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::backend::Arrival;

/// The bounded queue between the bus and one handle's stream of arrivals.
///
/// An overflow loses all arrivals until the queue is drained; then [`Arrival::Interrupted`]
/// follows. If it came at once, a slow reader would catch up repeatedly while its queue stays full.
pub(super) struct Inbox {
    state: Mutex<State>,
    max_arrivals: usize,
    max_bytes: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Arrival>,
    bytes: usize,
    /// `true` if arrivals were lost and the reader does not know yet.
    lossy: bool,
    cut: bool,
    /// `true` once the handle is dropped.
    closed: bool,
    /// `true` once the stream was handed out.
    taken: bool,
    reader: Option<Waker>,
}

impl Inbox {
    pub(super) fn new(max_arrivals: usize, max_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            max_arrivals,
            max_bytes,
        }
    }

    /// Queues an arrival, or drops it if it does not fit.
    pub(super) fn push(&self, arrival: Arrival) {
        let mut state = self.state.lock();
        if state.cut || state.closed || state.lossy {
            return;
        }
        let bytes = state.bytes + size(&arrival);
        if state.queue.len() >= self.max_arrivals || bytes > self.max_bytes {
            state.lossy = true;
        } else {
            state.bytes = bytes;
            state.queue.push_back(arrival);
        }
        // Wake the reader after a loss too: a payload above `max_bytes` is lost to an empty queue.
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let mut state = self.state.lock();
        if let Some(arrival) = state.queue.pop_front() {
            state.bytes -= size(&arrival);
            return Poll::Ready(Some(arrival));
        }
        // `Interrupted` must not arrive while the link is cut.
        if state.lossy && !state.cut {
            state.lossy = false;
            return Poll::Ready(Some(Arrival::Interrupted));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        match &mut state.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    pub(super) fn is_cut(&self) -> bool {
        self.state.lock().cut
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().queue.is_empty()
    }

    /// Cuts the link and queues `Lost`.
    pub(super) fn cut(&self) {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.cut, true) {
            return;
        }
        // A full queue takes it too. A second `Lost` in a row is skipped: it would be unbounded.
        if !matches!(state.queue.back(), Some(Arrival::Lost)) {
            state.queue.push_back(Arrival::Lost);
        }
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// Restores the link and queues `Interrupted`.
    pub(super) fn restore(&self) {
        let mut state = self.state.lock();
        if !std::mem::take(&mut state.cut) {
            return;
        }
        if state.lossy || state.queue.len() >= self.max_arrivals {
            state.lossy = true;
        } else {
            state.queue.push_back(Arrival::Interrupted);
        }
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// Ends the stream once the queue is drained.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// Claims the stream. Returns `true` for the first caller only.
    pub(super) fn take_stream(&self) -> bool {
        !std::mem::replace(&mut self.state.lock().taken, true)
    }
}

fn wake(reader: Option<Waker>) {
    if let Some(reader) = reader {
        reader.wake();
    }
}

fn size(arrival: &Arrival) -> usize {
    match arrival {
        Arrival::Payload { payload, .. } => payload.len(),
        Arrival::Lost | Arrival::Interrupted => 0,
    }
}
