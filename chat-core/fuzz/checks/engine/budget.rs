/// The total cost that a connection may have caused since it began. It grows with the activity of
/// all clients, so a connection that stalls and then receives everything at once is held to the
/// same limits.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Budget {
    bytes: usize,
    frames: usize,
    polls: usize,
}

impl Budget {
    /// Allows for messages and changes of these sizes in bytes, and eight small frames.
    pub(super) const fn log(&mut self, content: usize, changes: usize) {
        let frames = 8 + changes;
        self.frames += frames;
        self.bytes += 2 * content + frames * 512;
        // A frame wakes a connection for writing, and a write that has to wait wakes it once more.
        self.polls += 16 + 8 * frames;
    }

    /// Panics if a connection exceeded its budget.
    pub(super) fn check(&self, bytes: usize, frames: usize, polls: usize) {
        assert!(
            bytes <= self.bytes,
            "{bytes} bytes were sent, at most {} expected",
            self.bytes
        );
        assert!(
            frames <= self.frames,
            "{frames} frames were sent, at most {} expected",
            self.frames
        );
        assert!(
            polls <= self.polls,
            "{polls} polls were made, at most {} expected",
            self.polls
        );
    }
}
