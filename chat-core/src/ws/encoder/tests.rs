#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::*;

fn close(code: u16, reason: &str) -> Vec<u8> {
    let mut out = Vec::new();
    encode_close(code, reason, &mut out);
    out
}

#[test]
fn kinds_and_length_forms() {
    for len in [0, 125, 126, 65_535, 65_536] {
        let mut out = BytesMut::new();
        encode(&Frame::durable(Bytes::from(vec![b'x'; len])), &mut out);
        let mut cursor = Cursor::new(&out[..]);
        let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        assert_eq!(header.opcode, OpCode::Data(Data::Text));
        assert!(header.is_final && header.mask.is_none());
        assert_eq!(length, len as u64);
        let content = &out[usize::try_from(cursor.position()).unwrap()..];
        assert_eq!(content, vec![b'x'; len]);
    }
    let mut out = vec![1];
    encode(&Frame::ping(), &mut out);
    encode(&Frame::pong(Bytes::from_static(b"p")), &mut out);
    assert_eq!(out, [1, 0x89, 0, 0x8a, 1, b'p']);
}

#[test]
fn close_frames_fit_whatever_the_reason() {
    assert_eq!(close(1013, ""), [0x88, 2, 3, 0xf5]);
    assert_eq!(close(4001, "TOKEN"), *b"\x88\x07\x0f\xa1TOKEN");
    // 62 characters of 2 bytes: the last one does not fit.
    let long = close(1000, &"ü".repeat(62));
    assert_eq!(long[1], 2 + 122);
    assert_eq!(std::str::from_utf8(&long[4..]).unwrap(), "ü".repeat(61));
    for code in [0, 999, 1005, 1006, 1015, 5000] {
        assert_eq!(close(code, "reason"), [0x88, 0], "{code}");
    }
}

proptest! {
    #[test]
    fn writing_in_any_pieces_gives_the_same_bytes(
        lens in prop::collection::vec(prop_oneof![0..4_usize, 120..130_usize, 65_530..65_540_usize], 0..6),
        steps in prop::collection::vec((1..5000_usize, 1..5000_usize), 1..20),
    ) {
        let frames: Vec<Arc<Frame>> = lens
            .iter()
            .zip(b'a'..)
            .map(|(len, byte)| Arc::new(Frame::durable(Bytes::from(vec![byte; *len]))))
            .collect();
        let mut expected = Vec::new();
        for frame in &frames {
            encode(frame, &mut expected);
        }
        let mut position = Position::default();
        let mut written = Vec::new();
        let mut steps = steps.into_iter().cycle();
        while !position.is_end(&frames) {
            let (limit, taken) = steps.next().unwrap();
            let mut out = Vec::new();
            position.fill(&frames, limit, &mut out);
            prop_assert!(!out.is_empty() && out.len() <= limit);
            out.truncate(taken);
            position.advance(&frames, out.len());
            written.extend(out);
        }
        prop_assert_eq!(written, expected);
    }
}
