/// The cost that a connection may have had since it began. It grows with what it and others do, so that a
/// connection that stalls and then gets everything at once is judged as any other.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Budget {
    bytes: usize,
    frames: usize,
    polls: usize,
}

impl Budget {
    /// Allows for so many messages and changes of so many bytes, and eight small frames.
    pub(super) const fn log(&mut self, content: usize, changes: usize) {
        let frames = 8 + changes;
        self.frames += frames;
        self.bytes += 2 * content + frames * 512;
        // A frame wakes a connection to be written, and a write that has to wait wakes it once more.
        self.polls += 16 + 8 * frames;
    }

    /// Panics if a connection took more.
    pub(super) fn check(&self, bytes: usize, frames: usize, polls: usize) {
        assert!(
            bytes <= self.bytes,
            "{bytes} bytes were sent, {} expected",
            self.bytes
        );
        assert!(
            frames <= self.frames,
            "{frames} frames were sent, {} expected",
            self.frames
        );
        assert!(
            polls <= self.polls,
            "{polls} polls, {} expected",
            self.polls
        );
    }
}
