//! A client that writes raw frames, valid or not.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::PATIENCE;
use super::server::Server;
use super::token::{HOUR, token};

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// Encodes a client frame, masked with a zero key.
pub(super) fn frame(last: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![u8::from(last) << 7 | opcode];
    match u16::try_from(payload.len()).unwrap() {
        length @ 0..126 => frame.push(0x80 | length.to_le_bytes()[0]),
        length => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Reads until these bytes have arrived.
pub(super) async fn read_until(socket: &mut TcpStream, read: &mut Vec<u8>, end: &[u8]) {
    while !read.windows(end.len()).any(|bytes| bytes == end) {
        let more = tokio::time::timeout(PATIENCE, socket.read_buf(read));
        assert_ne!(
            more.await.expect("timed out").unwrap(),
            0,
            "the connection ended"
        );
    }
}

/// A client that sends nothing automatically.
pub(super) struct Raw {
    socket: TcpStream,
    unread: Vec<u8>,
}

impl Raw {
    /// Upgrades with these bytes right after the request, and waits for `HELLO`.
    pub(super) async fn open(server: &Server, name: &str, early: &[u8]) -> Self {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let token = token(name, HOUR);
        let request = format!(
            "GET /chat/ws?token={token} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        let mut bytes = request.into_bytes();
        bytes.extend(early);
        socket.write_all(&bytes).await.unwrap();
        let mut raw = Self {
            socket,
            unread: Vec::new(),
        };
        while !raw.unread.windows(4).any(|w| w == b"\r\n\r\n") {
            assert!(raw.read().await, "the upgrade failed");
        }
        let end = raw.unread.windows(4).position(|w| w == b"\r\n\r\n");
        let head = raw.unread.drain(..end.unwrap() + 4);
        assert!(head.as_slice().starts_with(b"HTTP/1.1 101"));
        drop(head);
        assert_eq!(raw.next_json().await["type"], "HELLO");
        raw
    }

    async fn read(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.socket.read_buf(&mut self.unread));
        read.await.expect("timed out").is_ok_and(|n| n > 0)
    }

    /// Sends bytes. Fails if the server stops reading.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes).await
    }

    pub(super) async fn frame(&mut self, last: bool, opcode: u8, payload: &[u8]) {
        self.write(&frame(last, opcode, payload)).await.unwrap();
    }

    /// Receives the opcode and payload of the next frame, or `None` at the end.
    pub(super) async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let [first, second, rest @ ..] = &self.unread[..] {
                assert_eq!(first & 0xf0, 0x80, "the server fragmented a message");
                let (header, length) = match (second, rest) {
                    (0..126, _) => (2, usize::from(*second)),
                    (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
                    (126, _) => (4, usize::MAX / 2),
                    other => panic!("too long or masked: {other:?}"),
                };
                if self.unread.len() >= header + length {
                    let opcode = first & 0xf;
                    let mut bytes = self.unread.drain(..header + length);
                    let payload = bytes.by_ref().skip(header).collect();
                    return Some((opcode, payload));
                }
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// Receives the next event, skipping control frames.
    pub(super) async fn next_json(&mut self) -> Value {
        loop {
            match self.next().await {
                Some((TEXT, text)) => return serde_json::from_slice(&text).unwrap(),
                Some((PING | PONG, _)) => {}
                other => panic!("not a text frame: {other:?}"),
            }
        }
    }

    /// Skips frames until the connection closes, and returns the close code.
    pub(super) async fn closed(&mut self) -> u16 {
        while let Some((opcode, payload)) = self.next().await {
            if opcode == CLOSE {
                return u16::from_be_bytes([payload[0], payload[1]]);
            }
        }
        1006
    }
}
