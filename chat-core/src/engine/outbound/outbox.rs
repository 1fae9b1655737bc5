//! The bounded queue of frames for one socket: many tasks fill it, the connection's drains it.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use smallvec::SmallVec;

use super::{Frame, FrameClass};
use crate::protocol::CloseCode;
use crate::sync::Mutex;

/// Frames to be written together. Four fit inline, so an idle connection allocates nothing.
pub(crate) type Batch = SmallVec<[Arc<Frame>; 4]>;

/// Bytes that each connection may hold before it draws on its user's pool.
const FREE_BYTES: u32 = 64 << 10;

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

    /// Returns `true` if frames of this size fill at most half of an empty outbox.
    pub(crate) const fn is_half(&self, bytes: usize, frames: usize) -> bool {
        bytes <= self.max_bytes as usize / 2 && frames <= self.max_frames as usize / 2
    }
}

/// The bytes that a user's connections hold beyond [`FREE_BYTES`] each.
#[derive(Debug)]
pub(crate) struct Pool {
    drawn: AtomicUsize,
    max_bytes: usize,
}

impl Pool {
    pub(crate) const fn new(max_bytes: usize) -> Self {
        Self {
            drawn: AtomicUsize::new(0),
            max_bytes,
        }
    }

    /// Draws `to - from` bytes, or gives them back. Returns `false` if the pool has too few.
    fn redraw(&self, from: u32, to: u32) -> bool {
        let (from, to) = (from as usize, to as usize);
        if to <= from {
            self.drawn.fetch_sub(from - to, Ordering::Relaxed);
            return true;
        }
        let more = to - from;
        if self.drawn.fetch_add(more, Ordering::Relaxed) + more <= self.max_bytes {
            return true;
        }
        self.drawn.fetch_sub(more, Ordering::Relaxed);
        false
    }

    #[cfg(test)]
    fn drawn(&self) -> usize {
        self.drawn.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    Queued,
    Dropped,
    /// The frame was durable and did not fit; the connection must be closed.
    Closed,
}

/// The queue without locks and wakers. A batch counts until it is written.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct Queue {
    waiting_bytes: u32,
    writing_bytes: u32,
    writing_frames: u32,
    drawn: u32,
    frames: Batch,
}

impl Queue {
    /// Adds a frame. If it does not fit, ephemeral frames are dropped, the frame itself first. A
    /// frame larger than the bound still fits into an empty outbox.
    pub(crate) fn push(
        &mut self,
        frame: &Arc<Frame>,
        limits: &OutboxLimits,
        pool: Option<&Pool>,
    ) -> Pushed {
        if self.try_push(frame, limits, pool) {
            return Pushed::Queued;
        }
        if frame.class() == FrameClass::Ephemeral {
            return Pushed::Dropped;
        }
        self.frames.retain(|f| f.class() == FrameClass::Durable);
        self.waiting_bytes = self.frames.iter().map(|f| len(f)).sum();
        if self.try_push(frame, limits, pool) {
            return Pushed::Queued;
        }
        self.clear(pool);
        Pushed::Closed
    }

    fn try_push(&mut self, frame: &Arc<Frame>, limits: &OutboxLimits, pool: Option<&Pool>) -> bool {
        let held = self.held_bytes();
        let bytes = held.saturating_add(len(frame));
        let frames = self.frames.len() + self.writing_frames as usize;
        let fits = frames < limits.max_frames as usize && bytes <= limits.max_bytes;
        if !(fits || frames == 0) || !self.redraw(bytes, pool) {
            return false;
        }
        self.waiting_bytes = bytes - self.writing_bytes;
        self.frames.push(Arc::clone(frame));
        true
    }

    fn redraw(&mut self, bytes: u32, pool: Option<&Pool>) -> bool {
        let Some(pool) = pool else {
            return true;
        };
        let draw = bytes.saturating_sub(FREE_BYTES);
        let drawn = draw == self.drawn || pool.redraw(self.drawn, draw);
        if drawn {
            self.drawn = draw;
        }
        drawn
    }

    const fn held_bytes(&self) -> u32 {
        self.waiting_bytes.saturating_add(self.writing_bytes)
    }

    pub(crate) fn take(&mut self) -> Batch {
        self.writing_bytes = std::mem::take(&mut self.waiting_bytes);
        self.writing_frames = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        std::mem::take(&mut self.frames)
    }

    /// Releases the batch that was taken.
    pub(crate) fn written(&mut self, pool: Option<&Pool>) {
        self.writing_bytes = 0;
        self.writing_frames = 0;
        self.redraw(self.waiting_bytes, pool);
    }

    fn clear(&mut self, pool: Option<&Pool>) {
        self.frames = Batch::new();
        self.waiting_bytes = 0;
        self.redraw(self.writing_bytes, pool);
    }

    pub(crate) fn is_drained(&self) -> bool {
        self.frames.is_empty() && self.writing_frames == 0
    }
}

fn len(frame: &Frame) -> u32 {
    u32::try_from(frame.payload().len()).unwrap_or(u32::MAX)
}

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
    task: Option<Waker>,
    /// Shared by a user's connections; `None` for a single connection.
    pool: Option<Arc<Pool>>,
}

/// An outbox. In this order of fields, a push touches two cache lines: see [`touch`](Self::touch).
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Outbox {
    closed: AtomicBool,
    state: Mutex<State>,
    pub(crate) limits: OutboxLimits,
}

impl Outbox {
    pub(crate) fn new(limits: OutboxLimits) -> Self {
        Self {
            closed: AtomicBool::new(false),
            state: Mutex::default(),
            limits,
        }
    }

    /// Reads the first and last word that a push needs.
    #[inline]
    pub(crate) fn touch(&self) -> u32 {
        u32::from(self.closed.load(Ordering::Relaxed)) ^ self.limits.max_frames
    }

    /// Shares a pool with the user's other connections.
    pub(crate) fn share(&self, pool: &Arc<Pool>) {
        let mut state = self.state.lock();
        let held = state.queue.held_bytes();
        // An outbox beyond the pool's limit overflows with its next frame.
        state.queue.redraw(held, Some(pool));
        state.pool = Some(Arc::clone(pool));
    }

    pub(crate) fn push(&self, frame: &Arc<Frame>) {
        let (_, waker) = self.enqueue_all([frame]);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Queues frames without waking the task. Returns their number and the waker.
    pub(crate) fn enqueue_all<'a>(
        &self,
        frames: impl IntoIterator<Item = &'a Arc<Frame>>,
    ) -> (usize, Option<Waker>) {
        let mut state = self.state.lock();
        if state.closing.is_some() {
            return (0, None);
        }
        let State { queue, pool, .. } = &mut *state;
        let (mut queued, mut overflow) = (0, false);
        for frame in frames {
            match queue.push(frame, &self.limits, pool.as_deref()) {
                Pushed::Queued => queued += 1,
                Pushed::Dropped => metrics::counter!("chat_outbox_dropped_total").increment(1),
                Pushed::Closed => {
                    metrics::counter!("chat_outbox_overflows_total").increment(1);
                    overflow = true;
                    break;
                }
            }
        }
        if overflow {
            state.closing = Some(Box::new(Closing::new(CloseCode::TryAgain, "too slow")));
            self.closed.store(true, Ordering::Relaxed);
        }
        (queued, state.task.take())
    }

    /// Closes the connection once queued frames are written. The first reason wins.
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

    /// Returns all queued frames, then the close. A call confirms that the last batch was written.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Outgoing> {
        let mut state = self.state.lock();
        let State { queue, pool, .. } = &mut *state;
        if queue.writing_frames > 0 {
            queue.written(pool.as_deref());
        }
        if !queue.is_drained() {
            return Poll::Ready(Outgoing::Frames(queue.take()));
        }
        if let Some(closing) = &state.closing {
            return Poll::Ready(Outgoing::Close((**closing).clone()));
        }
        state.set_task(cx);
        Poll::Pending
    }

    /// Waits for a close during a write.
    pub(crate) fn poll_closing(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.closing.is_some() {
            return Poll::Ready(());
        }
        state.set_task(cx);
        Poll::Pending
    }

    /// Waits until all frames are written, which paces long answers. It stores no waker: only the
    /// connection's own command may wait here, which is polled after each write.
    pub(crate) fn poll_drained(&self) -> Poll<()> {
        let state = self.state.lock();
        if state.queue.is_drained() || state.closing.is_some() {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let State { queue, pool, .. } = self.state.get_mut();
        if let Some(pool) = pool {
            pool.redraw(queue.drawn, 0);
        }
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
mod tests;
