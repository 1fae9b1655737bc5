/// What a connection may have cost since it began. It grows with what it and others do, so that a
/// connection that stalls and then gets everything at once is judged as any other.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Budget {
    bytes: usize,
    frames: usize,
    polls: usize,
}

impl Budget {
    /// Something happened that each connection may hear of: up to eight frames, one of them with the
    /// content of a message of `content` bytes, the others small.
    pub(super) const fn event(&mut self, content: usize) {
        self.allow(8, 2 * content + 8 * 512);
    }

    /// The room's log is read out, of so many messages and changes.
    pub(super) const fn log(&mut self, content: usize, messages: usize) {
        self.allow(8 + messages, 2 * content + (8 + messages) * 512);
    }

    const fn allow(&mut self, frames: usize, bytes: usize) {
        self.frames += frames;
        self.bytes += bytes;
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
