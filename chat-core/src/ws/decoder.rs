use std::fmt;
use std::io::Cursor;

use bytes::Bytes;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use super::mask::unmask;
use super::message::Message;
use crate::engine::{Inbound, ReceiveError};

/// The maximum length of a frame header: 2 bytes, 8 of extended length, 4 of mask.
const MAX_HEADER_BYTES: usize = 14;
/// The maximum payload of a control frame (RFC 6455, 5.5).
const MAX_CONTROL_BYTES: usize = 125;

const RESERVED_OPCODE: ReceiveError = ReceiveError::Protocol("a reserved opcode");

/// A decoder from the bytes of a client to complete messages, without I/O.
///
/// It checks all that RFC 6455 requires of a server: frames are masked and minimally encoded,
/// reserved bits are 0, control frames are short and unfragmented, fragments are in order, text is
/// UTF-8, close codes are valid. A message larger than the limit is rejected at the header that
/// exceeds it, before its content is kept. Invalid UTF-8 is rejected at the first invalid byte. A
/// message may have 1,024 fragments, or one per 64 bytes of the limit, whichever is more.
///
/// Between messages, the decoder holds no buffer. Within a message, it holds only the bytes that
/// have arrived and reserves nothing for announced ones.
///
/// ```
/// use chat_core::engine::Inbound;
/// use chat_core::ws::Decoder;
///
/// let mut decoder = Decoder::new(65_536);
/// // A text frame with "hi", masked with zeroes, without its last byte.
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
    /// The state of an incomplete message. Boxed, since most connections are idle most of the time.
    partial: Option<Box<Partial>>,
    keep_binary: bool,
    ended: bool,
}

#[derive(Default)]
struct Partial {
    /// The first bytes of an incomplete header.
    head: [u8; MAX_HEADER_BYTES],
    head_len: usize,
    /// The frame whose payload is incomplete.
    frame: Option<Frame>,
    /// The message that waits for its next fragment.
    message: Option<Message>,
}

/// A frame with a valid header.
struct Frame {
    content: Content,
    is_final: bool,
    mask: [u8; 4],
    /// The number of payload bytes that have not arrived.
    remaining: usize,
}

/// The destination of a frame's payload.
enum Content {
    Control(Control, Vec<u8>),
    Data(Message),
}

impl Decoder {
    /// Creates a decoder for messages of up to this many bytes, in one frame or in fragments.
    #[must_use]
    pub const fn new(max_message_bytes: usize) -> Self {
        Self {
            max_message_bytes,
            partial: None,
            keep_binary: false,
            ended: false,
        }
    }

    /// Keeps the content of binary messages, which is discarded by default.
    #[must_use]
    pub const fn keep_binary(mut self, keep: bool) -> Self {
        self.keep_binary = keep;
        self
    }

    /// Consumes bytes of `input` up to the end of a message. Returns `None` if all of `input` was
    /// consumed and the message is incomplete.
    ///
    /// # Errors
    /// [`ReceiveError::Closed`] for a close frame, with its code; `Protocol`, `TooLarge` or
    /// `NotUtf8` for a violation. After any error, `input` is left empty and all further calls
    /// return `Closed(None)`.
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

    /// Frees the buffers. All further calls of `decode` return `Closed(None)`.
    pub fn end(&mut self) {
        self.ended = true;
        self.partial = None;
    }

    /// Returns `true` if nothing is buffered, so that the next byte begins a message or a control
    /// frame.
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

    /// Returns the current frame, or the next one. Returns `None` if its header is incomplete.
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

    /// Continues an incomplete header.
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

    /// Validates a header that took `used` bytes.
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
                "a payload length is not minimally encoded",
            ));
        }
        // A length beyond the address space exceeds any limit.
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

    /// Returns the message that a data frame begins or continues.
    fn continued(&mut self, data: Data) -> Result<Message, ReceiveError> {
        let open = self.partial.as_mut().and_then(|p| p.message.take());
        match (data, open) {
            (Data::Text, None) => Ok(Message::text()),
            (Data::Binary, None) => Ok(Message::binary(self.keep_binary)),
            (Data::Continue, Some(message)) => Ok(message),
            (Data::Continue, None) => Err(ReceiveError::Protocol(
                "a continuation frame without a message",
            )),
            (Data::Text | Data::Binary, Some(_)) => Err(ReceiveError::Protocol(
                "a new message within a fragmented one",
            )),
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
    /// Adds a part of the payload.
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
            // The last part, often the only one: reserve exactly.
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

/// Parses a header. Returns it with the payload length and the number of bytes consumed, or `None`
/// if it is incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(FrameHeader, u64, usize)>, ReceiveError> {
    let mut cursor = Cursor::new(bytes);
    // The parser rejects nothing else.
    let parsed = FrameHeader::parse(&mut cursor).map_err(|_| RESERVED_OPCODE)?;
    // The cursor is within `bytes`.
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

/// Returns the error for a close frame with this payload.
fn closed(payload: &[u8]) -> ReceiveError {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => ReceiveError::Closed(None),
            _ => ReceiveError::Protocol("a truncated close code"),
        };
    };
    let code = u16::from_be_bytes(*code);
    if !CloseCode::from(code).is_allowed() {
        return ReceiveError::Protocol("an invalid close code");
    }
    if std::str::from_utf8(reason).is_err() {
        return ReceiveError::NotUtf8;
    }
    ReceiveError::Closed(Some(code))
}

impl fmt::Debug for Decoder {
    /// Hides the content, which may be a user's message.
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
