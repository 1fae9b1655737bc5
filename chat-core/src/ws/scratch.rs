//! Buffers for the time of one poll, one of each for a thread instead of one for a connection.

use std::cell::Cell;

/// How much one read can take: what is beyond its first message is kept for as long as that message
/// is worked on, so that this bounds what a client holds that sends faster than it is heard.
const READ_BYTES: usize = 16 * 1024;
/// How much one write is given at most.
pub(super) const WRITE_BYTES: usize = 64 * 1024;

thread_local! {
    static READ: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static WRITE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends a buffer of [`READ_BYTES`] with any content. A socket that itself runs over another
/// WebSocket gets a buffer of its own: the thread's is taken out while it is lent.
pub(super) fn with_read_buffer<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut buffer = READ.take();
    buffer.resize(READ_BYTES, 0);
    let result = f(&mut buffer);
    READ.set(buffer);
    result
}

/// Lends an empty buffer with room for [`WRITE_BYTES`].
pub(super) fn with_write_buffer<R>(f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mut buffer = WRITE.take();
    buffer.reserve_exact(WRITE_BYTES);
    let result = f(&mut buffer);
    buffer.clear();
    WRITE.set(buffer);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lending_within_lending_gives_another_buffer() {
        with_read_buffer(|outer| {
            outer[0] = 1;
            with_read_buffer(|inner| inner[0] = 2);
            assert_eq!(outer[0], 1);
        });
        with_write_buffer(|outer| {
            outer.push(1);
            with_write_buffer(|inner| {
                assert!(inner.is_empty());
                inner.push(2);
            });
            assert_eq!(outer, &[1]);
        });
        with_write_buffer(|again| assert!(again.is_empty() && again.capacity() >= WRITE_BYTES));
    }
}
