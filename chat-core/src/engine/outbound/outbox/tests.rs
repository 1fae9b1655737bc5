use bytes::Bytes;
use proptest::prelude::*;

use super::*;

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

fn push(queue: &mut Queue, len: usize, ephemeral: bool) -> Pushed {
    queue.push(&frame(len, ephemeral), &LIMITS, None)
}

fn next(outbox: &Outbox) -> Poll<Outgoing> {
    outbox.poll_next(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn ephemeral_frames_make_room_first() {
    let mut q = Queue::default();
    assert_eq!(push(&mut q, 60, false), Pushed::Queued);
    assert_eq!(push(&mut q, 40, true), Pushed::Queued);
    assert_eq!(push(&mut q, 1, true), Pushed::Dropped);
    assert_eq!(push(&mut q, 40, false), Pushed::Queued);
    let lens: Vec<_> = q.take().iter().map(|f| f.payload().len()).collect();
    assert_eq!(lens, [60, 40]);
}

#[test]
fn one_large_frame_fits_into_an_empty_queue() {
    let mut q = Queue::default();
    assert_eq!(push(&mut q, 500, false), Pushed::Queued);
    assert_eq!(push(&mut q, 1, false), Pushed::Closed);
    assert!(q.is_drained());
}

#[test]
fn a_batch_that_is_being_written_counts() {
    let mut q = Queue::default();
    assert_eq!(push(&mut q, 60, false), Pushed::Queued);
    assert_eq!(q.take().len(), 1);
    assert!(!q.is_drained());
    assert_eq!(push(&mut q, 40, false), Pushed::Queued);
    assert_eq!(push(&mut q, 1, false), Pushed::Closed);
    q.written(None);
    assert!(q.is_drained());
    assert_eq!(push(&mut q, 500, false), Pushed::Queued);
}

#[test]
fn an_overflow_closes_with_1013_and_frees_the_frames() {
    let outbox = Outbox::new(LIMITS);
    let payload = frame(60, false);
    assert_eq!(outbox.enqueue_all([&payload]).0, 1);
    assert_eq!(outbox.enqueue_all([&payload]).0, 0);
    assert_eq!(outbox.enqueue_all([&payload]).0, 0);
    assert_eq!(Arc::strong_count(&payload), 1);
    let Poll::Ready(Outgoing::Close(closing)) = next(&outbox) else {
        panic!("the connection is not closed");
    };
    assert_eq!(closing.code, CloseCode::TryAgain);
}

#[test]
fn waiting_frames_are_written_before_a_close() {
    let outbox = Outbox::new(LIMITS);
    outbox.push(&frame(1, false));
    outbox.close(Closing::new(CloseCode::Restart, "restart"));
    outbox.close(Closing::new(CloseCode::Ended, "too late"));
    assert!(matches!(next(&outbox), Poll::Ready(Outgoing::Frames(b)) if b.len() == 1));
    assert!(matches!(
        next(&outbox),
        Poll::Ready(Outgoing::Close(c)) if c.code == CloseCode::Restart
    ));
}

#[test]
fn an_outbox_is_drained_once_the_batch_is_written() {
    let outbox = Outbox::new(LIMITS);
    assert!(outbox.poll_drained().is_ready());
    outbox.push(&frame(1, false));
    assert!(next(&outbox).is_ready());
    assert!(outbox.poll_drained().is_pending());
    assert!(next(&outbox).is_pending());
    assert!(outbox.poll_drained().is_ready());
}

#[test]
fn connections_of_a_user_share_a_pool_beyond_their_own_bytes() {
    let limits = OutboxLimits::new(1 << 20, 100);
    let pool = Arc::new(Pool::new(100_000));
    let outboxes = [(); 3].map(|()| Outbox::new(limits));
    let large = frame(60_000, false);
    outboxes[0].push(&large);
    outboxes[0].push(&large);
    for outbox in &outboxes {
        outbox.share(&pool);
    }
    assert_eq!(pool.drawn(), 120_000 - FREE_BYTES as usize);
    // The first two frames fit; the pool is too small for the third connection's second.
    outboxes[1].push(&frame(100_000, false));
    assert_eq!(pool.drawn(), 220_000 - 2 * FREE_BYTES as usize);
    outboxes[2].push(&large);
    outboxes[2].push(&frame(40_000, true));
    assert!(matches!(next(&outboxes[2]), Poll::Ready(Outgoing::Frames(b)) if b.len() == 1));
    outboxes[2].push(&large);
    assert!(
        outboxes[2]
            .poll_closing(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
    drop(outboxes);
    assert_eq!(pool.drawn(), 0);
}

proptest! {
    /// Under any sequence of pushes, takes and writes, the bounds and the accounting hold, and
    /// durable frames come out complete and in order until the queue closes.
    #[test]
    fn bounds_and_order(steps in prop::collection::vec((0usize..90_000, any::<bool>(), 0u8..8), 1..200)) {
        let limits = OutboxLimits::new(150_000, 8);
        let pool = Pool::new(50_000);
        let mut q = Queue::default();
        let (mut expected, mut got) = (Vec::new(), Vec::new());
        let mut writing = Batch::new();
        for (len, ephemeral, act) in steps {
            let f = frame(len, ephemeral);
            match q.push(&f, &limits, Some(&pool)) {
                Pushed::Queued if !ephemeral => expected.push(Arc::as_ptr(&f)),
                Pushed::Queued | Pushed::Dropped => {}
                Pushed::Closed => {
                    prop_assert!(q.frames.is_empty());
                    prop_assert_eq!(q.waiting_bytes, 0);
                    return Ok(());
                }
            }
            let bytes = |frames: &Batch| frames.iter().map(|f| f.payload().len()).sum::<usize>();
            let held = bytes(&q.frames) + bytes(&writing);
            let frames = q.frames.len() + writing.len();
            prop_assert_eq!(q.held_bytes() as usize, held);
            prop_assert!(frames <= limits.max_frames as usize);
            prop_assert!(held <= limits.max_bytes as usize || frames == 1);
            prop_assert_eq!(pool.drawn(), held.saturating_sub(FREE_BYTES as usize));
            prop_assert!(pool.drawn() <= 50_000);
            match act {
                0 if writing.is_empty() => {
                    writing = q.take();
                    got.extend(writing.iter().cloned());
                }
                1 => {
                    writing.clear();
                    q.written(Some(&pool));
                }
                _ => {}
            }
        }
        got.extend(q.frames.iter().cloned());
        let durable: Vec<_> = got
            .iter()
            .filter(|f| f.class() == FrameClass::Durable)
            .map(Arc::as_ptr)
            .collect();
        prop_assert_eq!(durable, expected);
    }
}
