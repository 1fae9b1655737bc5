use std::time::Duration;

/// The bytes that encode the steps.
pub(super) struct Script<'a>(&'a [u8]);

/// An action by a client, the app or the clock. Numbers are taken modulo the number of candidates.
#[derive(Debug)]
pub(super) enum Step<'a> {
    Connect {
        user: u8,
    },
    Disconnect {
        connection: u8,
    },
    Stall {
        connection: u8,
        on: bool,
    },
    Command {
        connection: u8,
        command: Command,
    },
    Raw {
        connection: u8,
        text: &'a [u8],
    },
    Frame {
        connection: u8,
        kind: u8,
    },
    Call {
        user: u8,
        call: u8,
        room: u8,
        argument: u8,
    },
    App {
        action: u8,
        room: u8,
        user: u8,
    },
    Burst {
        room: u8,
        user: u8,
        count: u8,
        text: u8,
    },
    Wait(Duration),
}

#[derive(Debug)]
pub(super) enum Command {
    Join { room: u8, history: u8 },
    Resume { room: u8, after: u8 },
    Leave { room: u8 },
    Send { room: u8, text: u8, extra: u8 },
    Edit { message: u8, text: u8 },
    Delete { message: u8 },
    React { message: u8, emoji: u8, add: bool },
    Read { room: u8, seq: u8 },
    Typing { room: u8, typing: bool },
    Refresh { token: u8 },
    Ping,
}

impl Command {
    /// Returns `true` if a small command may broadcast a large message.
    pub(super) const fn is_about_a_message(&self) -> bool {
        matches!(
            self,
            Self::Edit { .. } | Self::Delete { .. } | Self::React { .. }
        )
    }
}

impl<'a> Script<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Decodes a step: up to five bytes, plus the length of a raw frame.
    pub(super) fn step(&mut self) -> Option<Step<'a>> {
        let kind = self.byte()?;
        let first = self.byte()?;
        Some(match kind % 32 {
            0 | 1 => Step::Connect { user: first },
            2 => Step::Disconnect { connection: first },
            3 => Step::Stall {
                connection: first,
                on: true,
            },
            4 => Step::Stall {
                connection: first,
                on: false,
            },
            5 => Step::Raw {
                connection: first,
                text: self.take()?,
            },
            6 => Step::Frame {
                connection: first,
                kind: self.byte()?,
            },
            7..=9 => Step::Call {
                user: first,
                call: self.byte()?,
                room: self.byte()?,
                argument: self.byte()?,
            },
            10 | 11 => Step::App {
                action: first,
                room: self.byte()?,
                user: self.byte()?,
            },
            12 => Step::Burst {
                room: first,
                user: self.byte()?,
                count: self.byte()?,
                text: self.byte()?,
            },
            13 | 14 => Step::Wait(Duration::from_millis(1 << (first % 17))),
            other => Step::Command {
                connection: first,
                command: self.command(other)?,
            },
        })
    }

    fn command(&mut self, kind: u8) -> Option<Command> {
        let first = self.byte()?;
        Some(match kind {
            15 | 16 => Command::Join {
                room: first,
                history: self.byte()?,
            },
            17 | 18 => Command::Resume {
                room: first,
                after: self.byte()?,
            },
            19 => Command::Leave { room: first },
            20..=22 => Command::Send {
                room: first,
                text: self.byte()?,
                extra: self.byte()?,
            },
            23 => Command::Edit {
                message: first,
                text: self.byte()?,
            },
            24 => Command::Delete { message: first },
            25 | 26 => Command::React {
                message: first,
                emoji: self.byte()?,
                add: kind == 25,
            },
            27 => Command::Read {
                room: first,
                seq: self.byte()?,
            },
            28 | 29 => Command::Typing {
                room: first,
                typing: kind == 28,
            },
            30 => Command::Refresh { token: first },
            _ => Command::Ping,
        })
    }

    fn take(&mut self) -> Option<&'a [u8]> {
        let len = usize::from(self.byte()?).min(self.0.len());
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(taken)
    }
}
