//! Buffers that are used during one poll. Each thread has one instead of one per connection.

use std::cell::Cell;

/// The maximum size of one read. The rest of a read is kept while its first message is processed,
/// so this bounds the memory of a client that sends faster than its messages are processed.
const READ_BYTES: usize = 16 * 1024;
pub(super) const WRITE_BYTES: usize = 64 * 1024;

thread_local! {
    static READ: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static WRITE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends a buffer of [`READ_BYTES`] with arbitrary content. The thread's buffer is taken while
/// lent, so a socket that runs over another WebSocket gets a new one.
pub(super) fn with_read_buffer<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut buffer = READ.take();
    buffer.resize(READ_BYTES, 0);
    let result = f(&mut buffer);
    READ.set(buffer);
    result
}

/// Lends an empty buffer with a capacity of [`WRITE_BYTES`].
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
