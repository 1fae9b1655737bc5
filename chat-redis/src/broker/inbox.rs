use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use chat_core::backend::Arrival;
use parking_lot::Mutex;

/// The bounded queue between the connections and the stream of arrivals.
///
/// An overflow loses all payloads until the queue is drained; then [`Arrival::Interrupted`]
/// follows. It must not arrive while the link is lost, so an overflow meanwhile is reported after
/// the reconnect.
#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    max_arrivals: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Arrival>,
    bytes: usize,
    /// `true` if payloads were lost and the reader does not know yet.
    lossy: bool,
    /// `true` while the link is lost. `Lost` is then in the queue or was read.
    down: bool,
    closed: bool,
    taken: bool,
    reader: Option<Waker>,
}

impl Inbox {
    pub(super) fn new(max_arrivals: usize, max_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            max_arrivals: max_arrivals.max(1),
            max_bytes,
        }
    }

    /// Queues a payload, or drops it if it does not fit.
    pub(super) fn push(&self, arrival: Arrival) {
        let mut state = self.state.lock();
        if state.closed {
            return;
        }
        let bytes = state.bytes + size(&arrival);
        if state.lossy || state.queue.len() >= self.max_arrivals || bytes > self.max_bytes {
            state.lossy = true;
            metrics::counter!("chat_redis_arrivals_dropped_total").increment(1);
        } else {
            state.bytes = bytes;
            state.queue.push_back(arrival);
        }
        state.wake();
    }

    /// Queues `Lost`, unless the link is already lost.
    pub(super) fn lost(&self) {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.down, true) {
            return;
        }
        // A full queue takes it too. A second `Lost` in a row is skipped: it would be unbounded.
        if !matches!(state.queue.back(), Some(Arrival::Lost)) {
            state.queue.push_back(Arrival::Lost);
        }
        state.wake();
    }

    /// Queues `Interrupted`, if the link was lost.
    pub(super) fn back(&self) {
        let mut state = self.state.lock();
        if !std::mem::take(&mut state.down) {
            return;
        }
        if state.lossy || state.queue.len() >= self.max_arrivals {
            state.lossy = true;
        } else {
            state.queue.push_back(Arrival::Interrupted);
        }
        state.wake();
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let mut state = self.state.lock();
        if let Some(arrival) = state.queue.pop_front() {
            state.bytes -= size(&arrival);
            return Poll::Ready(Some(arrival));
        }
        if state.lossy && !state.down {
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

    /// Ends the stream once the queue is drained.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.wake();
    }

    /// Claims the stream. Returns `true` for the first caller only.
    pub(super) fn take_stream(&self) -> bool {
        !std::mem::replace(&mut self.state.lock().taken, true)
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

fn size(arrival: &Arrival) -> usize {
    match arrival {
        Arrival::Payload { payload, .. } => payload.len(),
        Arrival::Lost | Arrival::Interrupted => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use chat_core::backend::Topic;

    fn payload(bytes: usize) -> Arrival {
        Arrival::Payload {
            topic: Topic::Room("a".parse().unwrap()),
            payload: vec![0; bytes].into(),
        }
    }

    /// Drains the queue: `p` payload, `L` lost, `I` interrupted, `.` the end.
    fn read(inbox: &Inbox) -> String {
        let mut cx = Context::from_waker(Waker::noop());
        let mut read = String::new();
        while let Poll::Ready(arrival) = inbox.poll(&mut cx) {
            read.push(match arrival {
                Some(Arrival::Payload { .. }) => 'p',
                Some(Arrival::Lost) => 'L',
                Some(Arrival::Interrupted) => 'I',
                None => '.',
            });
            if read.ends_with('.') {
                break;
            }
        }
        read
    }

    #[test]
    fn a_full_queue_loses_until_it_is_drained() {
        let inbox = Inbox::new(3, 100);
        for _ in 0..5 {
            inbox.push(payload(1));
        }
        let mut cx = Context::from_waker(Waker::noop());
        assert!(inbox.poll(&mut cx).is_ready());
        inbox.push(payload(1));
        assert_eq!(read(&inbox), "ppI");
        inbox.push(payload(101));
        assert_eq!(read(&inbox), "I");
        inbox.push(payload(100));
        assert_eq!(read(&inbox), "p");
    }

    #[test]
    fn a_lost_link_is_told_once_and_so_is_its_return() {
        let inbox = Inbox::new(3, 100);
        inbox.back();
        assert_eq!(read(&inbox), "");
        inbox.lost();
        inbox.lost();
        assert_eq!(read(&inbox), "L");
        inbox.back();
        inbox.back();
        assert_eq!(read(&inbox), "I");
    }

    #[test]
    fn an_overflow_while_the_link_is_lost_is_told_after_its_return() {
        let inbox = Inbox::new(2, 100);
        inbox.lost();
        for _ in 0..4 {
            inbox.push(payload(1));
        }
        assert_eq!(read(&inbox), "Lp");
        inbox.back();
        assert_eq!(read(&inbox), "I");
    }

    #[test]
    fn nothing_grows_while_nobody_reads() {
        let inbox = Inbox::new(2, 100);
        for _ in 0..1000 {
            inbox.push(payload(1));
            inbox.lost();
            inbox.back();
        }
        assert!(inbox.state.lock().queue.len() <= 4);
        inbox.close();
        assert!(read(&inbox).ends_with("I."));
    }
}
