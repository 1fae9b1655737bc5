use std::fmt;
use std::io::Cursor;

use bytes::Bytes;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use super::mask::unmask;
use super::message::Message;
use crate::engine::{Inbound, ReceiveError};

/// The longest header that a frame can have: 2 bytes, 8 of extended length, 4 of mask.
const MAX_HEADER_BYTES: usize = 14;
/// The longest payload that a control frame may have (RFC 6455, 5.5).
const MAX_CONTROL_BYTES: usize = 125;

const RESERVED_OPCODE: ReceiveError = ReceiveError::Protocol("a reserved opcode");

/// Turns the bytes of a client into whole messages, without I/O.
///
/// It checks what a server must: frames are masked and minimally encoded, reserved bits are 0,
/// control frames are short and whole, fragments are in order, text is UTF-8, close frames carry a
/// code that may be sent. A message larger than the limit is refused at the header that makes it
/// so, before any of its content is kept, and text that is not UTF-8 at the byte that makes it so. A
/// message may have 1,024 fragments, or one for each 64 bytes of the limit, whichever is more.
///
/// Between messages it holds no buffer; within one it holds what has arrived, never room for what
/// was only announced.
///
/// ```
/// use chat_core::engine::Inbound;
/// use chat_core::ws::Decoder;
///
/// let mut decoder = Decoder::new(65_536);
/// // A text frame with "hi", masked with zeroes, of which the last byte is still under way.
/// let mut input: &[u8] = &[0x81, 0x82, 0, 0, 0, 0, b'h'];
/// assert_eq!(decoder.decode(&mut input)?, None);
/// assert!(input.is_empty() && !decoder.is_idle());
///
/// input = b"i";
/// assert_eq!(decoder.decode(&mut input)?, Some(Inbound::Text("hi".into())));
/// assert!(decoder.is_idle());
/// # Ok::<(), chat_core::engine::ReceiveError>(())
/// ```
pub struct Decoder {
    max_message_bytes: usize,
    /// What has arrived of an incomplete message. Boxed and most of the time absent, since most
    /// connections are idle most of the time.
    partial: Option<Box<Partial>>,
    keep_binary: bool,
    ended: bool,
}

#[derive(Default)]
struct Partial {
    /// The beginning of a header.
    head: [u8; MAX_HEADER_BYTES],
    head_len: usize,
    /// The frame whose payload is under way.
    frame: Option<Frame>,
    /// The message whose next fragment has not begun.
    message: Option<Message>,
}

/// A frame whose header was found good.
struct Frame {
    content: Content,
    is_final: bool,
    mask: [u8; 4],
    /// How much of the payload has not arrived.
    remaining: usize,
}

/// Where a frame's payload goes.
enum Content {
    Control(Control, Vec<u8>),
    Data(Message),
}

impl Decoder {
    /// A decoder for messages of up to this many bytes, which the sum of a message's fragments
    /// may not exceed either.
    #[must_use]
    pub const fn new(max_message_bytes: usize) -> Self {
        Self {
            max_message_bytes,
            partial: None,
            keep_binary: false,
            ended: false,
        }
    }

    /// Keeps the content of binary messages, which is thrown away by default.
    #[must_use]
    pub const fn keep_binary(mut self, keep: bool) -> Self {
        self.keep_binary = keep;
        self
    }

    /// Takes bytes from the front of `input` until they complete a message. `None`: all of `input`
    /// was taken, and more is needed.
    ///
    /// # Errors
    /// A close frame is [`ReceiveError::Closed`] with its code. What breaks a rule is
    /// `Protocol`, `TooLarge` or `NotUtf8`. After any error there are no messages, only
    /// `Closed(None)`, and `input` is left empty.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Inbound>, ReceiveError> {
        let decoded = if self.ended {
            Err(ReceiveError::Closed(None))
        } else {
            self.step(input)
        };
        if decoded.is_err() {
            self.end();
            *input = &[];
        } else if self.partial.as_ref().is_some_and(|p| p.is_empty()) {
            self.partial = None;
        }
        decoded
    }

    /// Frees what is buffered; there will be no more messages, only `Closed(None)`.
    pub fn end(&mut self) {
        self.ended = true;
        self.partial = None;
    }

    /// Whether nothing is buffered: the next byte begins a message or a control frame.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.partial.is_none()
    }

    fn step(&mut self, input: &mut &[u8]) -> Result<Option<Inbound>, ReceiveError> {
        while let Some(mut frame) = self.next_frame(input)? {
            let (chunk, rest) = input.split_at(frame.remaining.min(input.len()));
            *input = rest;
            frame.push(chunk)?;
            if frame.remaining > 0 {
                self.partial().frame = Some(frame);
                break;
            }
            match frame.content {
                Content::Control(control, payload) => {
                    return finish_control(control, payload).map(Some);
                }
                Content::Data(message) if frame.is_final => return message.finish().map(Some),
                Content::Data(message) => self.partial().message = Some(message),
            }
        }
        Ok(None)
    }

    /// The frame under way, or the one whose header comes next. `None`: that header is incomplete.
    fn next_frame(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, ReceiveError> {
        if let Some(partial) = &mut self.partial {
            if let Some(frame) = partial.frame.take() {
                return Ok(Some(frame));
            }
            if partial.head_len > 0 {
                return self.resume_header(input);
            }
        }
        if input.is_empty() {
            return Ok(None);
        }
        let Some((header, length, used)) = parse(input)? else {
            let head = std::mem::take(input);
            let partial = self.partial();
            partial.head[..head.len()].copy_from_slice(head);
            partial.head_len = head.len();
            return Ok(None);
        };
        *input = &input[used..];
        self.begin(&header, length, used).map(Some)
    }

    /// The frame whose header has come in part.
    fn resume_header(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, ReceiveError> {
        let partial = self.partial();
        let had = partial.head_len;
        let len = MAX_HEADER_BYTES.min(had + input.len());
        partial.head[had..len].copy_from_slice(&input[..len - had]);
        let Some((header, length, used)) = parse(&partial.head[..len])? else {
            partial.head_len = len;
            *input = &[];
            return Ok(None);
        };
        partial.head_len = 0;
        *input = &input[used - had..];
        self.begin(&header, length, used).map(Some)
    }

    /// Checks a header that took `used` bytes.
    fn begin(
        &mut self,
        header: &FrameHeader,
        length: u64,
        used: usize,
    ) -> Result<Frame, ReceiveError> {
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(ReceiveError::Protocol("a reserved bit is set"));
        }
        let Some(mask) = header.mask else {
            return Err(ReceiveError::Protocol("a frame is not masked"));
        };
        if header.len(length) != used {
            return Err(ReceiveError::Protocol(
                "a length is not in its shortest form",
            ));
        }
        // More than the address space holds is more than any limit.
        let remaining = usize::try_from(length).unwrap_or(usize::MAX);
        let content = match header.opcode {
            OpCode::Control(_) if !header.is_final => {
                return Err(ReceiveError::Protocol("a control frame is fragmented"));
            }
            OpCode::Control(_) if remaining > MAX_CONTROL_BYTES => {
                return Err(ReceiveError::Protocol("a control frame is too long"));
            }
            OpCode::Control(control) => Content::Control(control, Vec::new()),
            OpCode::Data(data) => {
                let mut message = self.continued(data)?;
                message.add_frame(remaining, self.max_message_bytes)?;
                Content::Data(message)
            }
        };
        Ok(Frame {
            content,
            is_final: header.is_final,
            mask,
            remaining,
        })
    }

    /// The message that a data frame begins or continues.
    fn continued(&mut self, data: Data) -> Result<Message, ReceiveError> {
        let open = self.partial.as_mut().and_then(|p| p.message.take());
        match (data, open) {
            (Data::Text, None) => Ok(Message::text()),
            (Data::Binary, None) => Ok(Message::binary(self.keep_binary)),
            (Data::Continue, Some(message)) => Ok(message),
            (Data::Continue, None) => {
                Err(ReceiveError::Protocol("a continuation continues nothing"))
            }
            (Data::Text | Data::Binary, Some(_)) => {
                Err(ReceiveError::Protocol("a message begins inside another"))
            }
            (Data::Reserved(_), _) => Err(RESERVED_OPCODE),
        }
    }

    fn partial(&mut self) -> &mut Partial {
        self.partial.get_or_insert_default()
    }
}

impl Partial {
    const fn is_empty(&self) -> bool {
        self.head_len == 0 && self.frame.is_none() && self.message.is_none()
    }
}

impl Frame {
    /// Adds a piece of the payload.
    fn push(&mut self, chunk: &[u8]) -> Result<(), ReceiveError> {
        self.remaining -= chunk.len();
        let buffer = match &mut self.content {
            Content::Control(_, payload) => payload,
            Content::Data(message) => match message.buffer() {
                Some(content) => content,
                None => return Ok(()),
            },
        };
        if self.remaining == 0 && self.is_final {
            // The last piece, most often of one: no room for more.
            buffer.reserve_exact(chunk.len());
        }
        let had = buffer.len();
        buffer.extend_from_slice(chunk);
        unmask(&mut buffer[had..], &mut self.mask);
        match &mut self.content {
            Content::Control(..) => Ok(()),
            Content::Data(message) => message.check(),
        }
    }
}

/// A header, the length of the payload, and how many bytes the header took. `None`: incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(FrameHeader, u64, usize)>, ReceiveError> {
    let mut cursor = Cursor::new(bytes);
    // The one thing the parser refuses.
    let parsed = FrameHeader::parse(&mut cursor).map_err(|_| RESERVED_OPCODE)?;
    // The cursor stands within `bytes`.
    let used = usize::try_from(cursor.position()).unwrap_or(bytes.len());
    Ok(parsed.map(|(header, length)| (header, length, used)))
}

fn finish_control(control: Control, payload: Vec<u8>) -> Result<Inbound, ReceiveError> {
    match control {
        Control::Ping => Ok(Inbound::Ping(Bytes::from(payload))),
        Control::Pong => Ok(Inbound::Pong),
        Control::Close => Err(closed(&payload)),
        Control::Reserved(_) => Err(RESERVED_OPCODE),
    }
}

/// What a close frame with this payload means.
fn closed(payload: &[u8]) -> ReceiveError {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => ReceiveError::Closed(None),
            _ => ReceiveError::Protocol("a close code is cut short"),
        };
    };
    let code = u16::from_be_bytes(*code);
    if !CloseCode::from(code).is_allowed() {
        return ReceiveError::Protocol("a close code may not be sent");
    }
    if std::str::from_utf8(reason).is_err() {
        return ReceiveError::NotUtf8;
    }
    ReceiveError::Closed(Some(code))
}

impl fmt::Debug for Decoder {
    /// Shows no content: it may be someone's message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("max_message_bytes", &self.max_message_bytes)
            .field("idle", &self.is_idle())
            .field("ended", &self.ended)
            .finish()
    }
}

#[cfg(test)]
mod tests;
