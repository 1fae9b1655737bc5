use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::backend::Arrival;

/// The bounded queue between the bus and one handle's stream of arrivals.
///
/// What does not fit is lost, and so is all that comes after it until the queue is drained; then
/// [`Arrival::Interrupted`] follows. (Telling at once would have a slow reader catch up over and
/// over while its queue stays full.)
pub(super) struct Inbox {
    state: Mutex<State>,
    max_arrivals: usize,
    max_bytes: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Arrival>,
    bytes: usize,
    /// Something was lost of which the reader does not know yet.
    lossy: bool,
    /// The link is cut: nothing arrives.
    cut: bool,
    /// The handle is gone: nothing more will arrive.
    closed: bool,
    /// The stream was given out.
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

    /// Puts an arrival into the queue, or loses it.
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
        // Also when it is lost: what is too large alone is lost to an empty queue.
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
        // Not before the link is back, if it is cut by now.
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

    /// Cuts the link, and says so in the queue.
    pub(super) fn cut(&self) {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.cut, true) {
            return;
        }
        // Also into a full queue, but not twice, which nothing would bound.
        if !matches!(state.queue.back(), Some(Arrival::Lost)) {
            state.queue.push_back(Arrival::Lost);
        }
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// Mends the link, and says in the queue that it was cut.
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

    /// Lets the stream end after what is in the queue.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// Whether this is the first to ask for the stream.
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
