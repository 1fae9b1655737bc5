//! What waits to be written to one socket: bounded in bytes and frames, filled by many, drained by
//! the connection's own task.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::{Frame, FrameClass};
use crate::protocol::CloseCode;

/// Frames on their way to a socket. Four fit without an allocation, so an idle connection has none.
pub(crate) type Batch = SmallVec<[Arc<Frame>; 4]>;

/// The bounds of an outbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutboxLimits {
    pub(crate) max_bytes: u32,
    pub(crate) max_frames: u32,
}

impl OutboxLimits {
    pub(crate) fn new(max_bytes: usize, max_frames: usize) -> Self {
        Self {
            max_bytes: u32::try_from(max_bytes).unwrap_or(u32::MAX),
            max_frames: u32::try_from(max_frames).unwrap_or(u32::MAX),
        }
    }
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits.
    Queued,
    /// It was dropped, being ephemeral.
    Dropped,
    /// The connection is being closed, or is from now on, since the frame did not fit.
    Closed,
}

/// The queue itself, without locks and wakers.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct Queue {
    bytes: usize,
    frames: Batch,
}

impl Queue {
    /// Adds a frame. When it does not fit, ephemeral frames make room, the frame itself first. A
    /// frame that alone is larger than the bound fits into an empty queue.
    pub(crate) fn push(&mut self, frame: &Arc<Frame>, limits: &OutboxLimits) -> Pushed {
        if !self.fits(frame, limits) {
            if frame.class() == FrameClass::Ephemeral {
                return Pushed::Dropped;
            }
            self.frames.retain(|f| f.class() == FrameClass::Durable);
            self.bytes = self.frames.iter().map(|f| f.payload().len()).sum();
            if !self.fits(frame, limits) {
                self.clear();
                return Pushed::Closed;
            }
        }
        self.bytes += frame.payload().len();
        self.frames.push(Arc::clone(frame));
        Pushed::Queued
    }

    fn fits(&self, frame: &Frame, limits: &OutboxLimits) -> bool {
        self.frames.is_empty()
            || (self.frames.len() < limits.max_frames as usize
                && self.bytes + frame.payload().len() <= limits.max_bytes as usize)
    }

    pub(crate) fn take(&mut self) -> Batch {
        self.bytes = 0;
        std::mem::take(&mut self.frames)
    }

    fn clear(&mut self) {
        drop(self.take());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

/// How a connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closing {
    pub(crate) code: CloseCode,
    pub(crate) reason: Cow<'static, str>,
}

impl Closing {
    pub(crate) fn new(code: CloseCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}

/// What the connection's task is to do next.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Frames(Batch),
    Close(Closing),
}

#[derive(Debug, Default)]
#[repr(C)]
struct State {
    queue: Queue,
    closing: Option<Box<Closing>>,
    /// The connection's task.
    task: Option<Waker>,
    /// A command of the connection that waits for room, such as a long resume.
    filler: Option<Waker>,
}

/// An outbox. Its fields are in this order so that a push touches two lines of memory, which
/// [`touch`](Self::touch) can fetch ahead.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Outbox {
    closed: AtomicBool,
    state: Mutex<State>,
    limits: OutboxLimits,
}

impl Outbox {
    pub(crate) fn new(limits: OutboxLimits) -> Self {
        Self {
            closed: AtomicBool::new(false),
            state: Mutex::default(),
            limits,
        }
    }

    /// Reads the first and the last word of what a push needs.
    #[inline]
    pub(crate) fn touch(&self) -> u32 {
        u32::from(self.closed.load(Ordering::Relaxed)) ^ self.limits.max_frames
    }

    /// Queues a frame and wakes the connection's task.
    pub(crate) fn push(&self, frame: &Arc<Frame>) {
        let (_, waker) = self.enqueue_all([frame]);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Queues frames, and says how many; the caller wakes.
    pub(crate) fn enqueue_all<'a>(
        &self,
        frames: impl IntoIterator<Item = &'a Arc<Frame>>,
    ) -> (usize, Option<Waker>) {
        let mut state = self.state.lock();
        if state.closing.is_some() {
            return (0, None);
        }
        let mut queued = 0;
        for frame in frames {
            match state.queue.push(frame, &self.limits) {
                Pushed::Queued => queued += 1,
                Pushed::Dropped => metrics::counter!("chat_outbox_dropped_total").increment(1),
                Pushed::Closed => {
                    metrics::counter!("chat_outbox_overflows_total").increment(1);
                    state.closing = Some(Box::new(Closing::new(CloseCode::TryAgain, "too slow")));
                    self.closed.store(true, Ordering::Relaxed);
                    break;
                }
            }
        }
        (queued, state.task.take())
    }

    /// Ends the connection once what waits was written. The first reason counts.
    pub(crate) fn close(&self, closing: Closing) {
        let waker = {
            let mut state = self.state.lock();
            if state.closing.is_some() {
                return;
            }
            state.closing = Some(Box::new(closing));
            self.closed.store(true, Ordering::Relaxed);
            state.task.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What to write next: everything that waits at once, then the close.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Outgoing> {
        let mut state = self.state.lock();
        if !state.queue.is_empty() {
            let batch = state.queue.take();
            let filler = state.filler.take();
            drop(state);
            if let Some(filler) = filler {
                filler.wake();
            }
            return Poll::Ready(Outgoing::Frames(batch));
        }
        if let Some(closing) = &state.closing {
            return Poll::Ready(Outgoing::Close((**closing).clone()));
        }
        state.set_task(cx);
        Poll::Pending
    }

    /// Waits until the connection is to be closed, while a write is under way.
    pub(crate) fn poll_closing(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.closing.is_some() {
            return Poll::Ready(());
        }
        state.set_task(cx);
        Poll::Pending
    }

    /// Waits until nothing is queued any more, so that a long answer fills the outbox in portions.
    pub(crate) fn poll_drained(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.queue.is_empty() || state.closing.is_some() {
            return Poll::Ready(());
        }
        state.filler = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl State {
    fn set_task(&mut self, cx: &Context<'_>) {
        match &mut self.task {
            Some(waker) => waker.clone_from(cx.waker()),
            None => self.task = Some(cx.waker().clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    const LIMITS: OutboxLimits = OutboxLimits {
        max_bytes: 100,
        max_frames: 8,
    };

    fn frame(len: usize, ephemeral: bool) -> Arc<Frame> {
        let payload = Bytes::from(vec![b'x'; len]);
        Arc::new(if ephemeral {
            Frame::ephemeral(payload)
        } else {
            Frame::durable(payload)
        })
    }

    #[test]
    fn ephemeral_frames_make_room_first() {
        let mut q = Queue::default();
        assert_eq!(q.push(&frame(60, false), &LIMITS), Pushed::Queued);
        assert_eq!(q.push(&frame(40, true), &LIMITS), Pushed::Queued);
        assert_eq!(q.push(&frame(1, true), &LIMITS), Pushed::Dropped);
        assert_eq!(q.push(&frame(40, false), &LIMITS), Pushed::Queued);
        let lens: Vec<_> = q.take().iter().map(|f| f.payload().len()).collect();
        assert_eq!(lens, [60, 40]);
    }

    #[test]
    fn one_large_frame_fits_into_an_empty_queue() {
        let mut q = Queue::default();
        assert_eq!(q.push(&frame(500, false), &LIMITS), Pushed::Queued);
        assert_eq!(q.push(&frame(1, false), &LIMITS), Pushed::Closed);
        assert!(q.is_empty());
    }

    #[test]
    fn an_overflow_closes_with_1013_and_frees_what_waited() {
        let outbox = Outbox::new(LIMITS);
        let payload = frame(60, false);
        assert_eq!(outbox.enqueue_all([&payload]).0, 1);
        assert_eq!(outbox.enqueue_all([&payload]).0, 0);
        assert_eq!(outbox.enqueue_all([&payload]).0, 0);
        assert_eq!(Arc::strong_count(&payload), 1);
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Outgoing::Close(closing)) = outbox.poll_next(&mut cx) else {
            panic!("it is to be closed");
        };
        assert_eq!(closing.code, CloseCode::TryAgain);
    }

    #[test]
    fn what_waits_is_written_before_a_close() {
        let outbox = Outbox::new(LIMITS);
        outbox.push(&frame(1, false));
        outbox.close(Closing::new(CloseCode::Restart, "restart"));
        outbox.close(Closing::new(CloseCode::Ended, "too late"));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(
            outbox.poll_next(&mut cx),
            Poll::Ready(Outgoing::Frames(b)) if b.len() == 1
        ));
        assert!(matches!(
            outbox.poll_next(&mut cx),
            Poll::Ready(Outgoing::Close(c)) if c.code == CloseCode::Restart
        ));
    }

    proptest! {
        /// Whatever is pushed and taken: the bounds hold, the byte count is true, durable frames
        /// come out in order and complete until the queue closes.
        #[test]
        fn bounds_and_order(steps in prop::collection::vec((0usize..60, any::<bool>(), 0u8..8), 1..200)) {
            let mut q = Queue::default();
            let mut expected = Vec::new();
            let mut got = Vec::new();
            for (len, ephemeral, take) in steps {
                let f = frame(len, ephemeral);
                match q.push(&f, &LIMITS) {
                    Pushed::Queued if !ephemeral => expected.push(Arc::as_ptr(&f)),
                    Pushed::Queued | Pushed::Dropped => {}
                    Pushed::Closed => {
                        prop_assert!(q.is_empty());
                        prop_assert_eq!(q.bytes, 0);
                        return Ok(());
                    }
                }
                prop_assert_eq!(q.bytes, q.frames.iter().map(|f| f.payload().len()).sum::<usize>());
                prop_assert!(q.frames.len() <= LIMITS.max_frames as usize);
                prop_assert!(q.bytes <= LIMITS.max_bytes as usize || q.frames.len() == 1);
                if take == 0 {
                    got.extend(q.take());
                }
            }
            got.extend(q.take());
            let durable: Vec<_> = got
                .iter()
                .filter(|f| f.class() == FrameClass::Durable)
                .map(Arc::as_ptr)
                .collect();
            prop_assert_eq!(durable, expected);
        }
    }
}
