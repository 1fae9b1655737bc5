use std::sync::Arc;

use bytes::BufMut;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use crate::engine::{Frame, FrameKind};

/// The maximum length of a close reason.
const MAX_REASON_BYTES: usize = 123;
/// The maximum length of an unmasked frame header.
const MAX_HEADER_BYTES: usize = 10;

/// Appends a server frame, unfragmented and unmasked.
///
/// ```
/// use chat_core::engine::Frame;
///
/// let mut out = Vec::new();
/// chat_core::ws::encode(&Frame::durable("hi".into()), &mut out);
/// assert_eq!(out, [0x81, 2, b'h', b'i']);
/// ```
pub fn encode(frame: &Frame, out: &mut impl BufMut) {
    let (header, len) = header(opcode(frame), frame.payload().len());
    out.put_slice(&header[..len]);
    out.put_slice(frame.payload());
}

/// Appends a close frame. A `reason` of more than 123 bytes is cut at a character boundary. With a
/// `code` that must not be sent, for example 1005, the frame has neither code nor reason.
pub fn encode_close(code: u16, reason: &str, out: &mut impl BufMut) {
    let opcode = OpCode::Control(Control::Close);
    if !CloseCode::from(code).is_allowed() {
        let (header, len) = header(opcode, 0);
        out.put_slice(&header[..len]);
        return;
    }
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON_BYTES)];
    let (header, len) = header(opcode, 2 + reason.len());
    out.put_slice(&header[..len]);
    out.put_u16(code);
    out.put_slice(reason.as_bytes());
}

fn opcode(frame: &Frame) -> OpCode {
    match frame.kind() {
        FrameKind::Text => OpCode::Data(Data::Text),
        FrameKind::Binary => OpCode::Data(Data::Binary),
        FrameKind::Ping => OpCode::Control(Control::Ping),
        FrameKind::Pong => OpCode::Control(Control::Pong),
    }
}

fn head(opcode: OpCode) -> FrameHeader {
    FrameHeader {
        opcode,
        ..FrameHeader::default()
    }
}

/// Encodes a header. Returns a buffer and the number of bytes used.
#[expect(
    clippy::expect_used,
    reason = "the longest header without a mask has ten bytes"
)]
fn header(opcode: OpCode, payload_len: usize) -> ([u8; MAX_HEADER_BYTES], usize) {
    let header = head(opcode);
    let payload_len = payload_len as u64;
    let mut bytes = [0; MAX_HEADER_BYTES];
    header
        .format(payload_len, &mut bytes.as_mut_slice())
        .expect("ten bytes hold the header");
    (bytes, header.len(payload_len))
}

/// The write progress of a batch of frames. Frames are encoded only as the socket accepts bytes, so
/// that a stalled socket costs no copy of unsent frames.
#[derive(Debug, Default)]
pub(super) struct Position {
    index: usize,
    /// The number of bytes written of the encoded frame at `index`.
    offset: usize,
}

impl Position {
    pub(super) const fn is_end(&self, frames: &[Arc<Frame>]) -> bool {
        self.index >= frames.len()
    }

    /// Appends the next bytes to `out`, up to a length of `limit`.
    pub(super) fn fill(&self, frames: &[Arc<Frame>], limit: usize, out: &mut Vec<u8>) {
        let mut skip = self.offset;
        for frame in &frames[self.index..] {
            let (header, len) = header(opcode(frame), frame.payload().len());
            for part in [&header[..len], frame.payload()] {
                let cut = skip.min(part.len());
                skip -= cut;
                let part = &part[cut..];
                out.extend_from_slice(&part[..part.len().min(limit - out.len())]);
            }
            if out.len() == limit {
                break;
            }
        }
    }

    /// Advances by `written` bytes.
    pub(super) fn advance(&mut self, frames: &[Arc<Frame>], written: usize) {
        self.offset += written;
        while let Some(frame) = frames.get(self.index) {
            let payload_len = frame.payload().len();
            let len = head(opcode(frame)).len(payload_len as u64) + payload_len;
            if self.offset < len {
                break;
            }
            self.offset -= len;
            self.index += 1;
        }
    }
}

#[cfg(test)]
mod tests;
