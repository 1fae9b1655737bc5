#![allow(clippy::unwrap_used)]

use std::io::{self, Read, Write};

use proptest::prelude::*;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message as Theirs, WebSocket};

use super::super::frames::{BINARY, CLOSE, CONTINUE, PING, PONG, TEXT, frame, masked};
use super::*;

const MAX: usize = 4096;

/// Decodes `input` in pieces of these sizes (the rest in one). Returns the messages and the error.
fn decode_in(
    input: &[u8],
    pieces: impl IntoIterator<Item = usize>,
) -> (Vec<Inbound>, Option<ReceiveError>, Decoder) {
    let mut decoder = Decoder::new(MAX);
    let mut messages = Vec::new();
    let mut rest = input;
    let mut pieces = pieces.into_iter();
    while !rest.is_empty() {
        let size = pieces.next().unwrap_or(rest.len()).min(rest.len());
        let (mut piece, after) = rest.split_at(size);
        rest = after;
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => {
                    assert!(piece.is_empty());
                    return (messages, Some(error), decoder);
                }
            }
        }
        assert!(piece.is_empty());
    }
    (messages, None, decoder)
}

fn decode(input: &[u8]) -> (Vec<Inbound>, Option<ReceiveError>) {
    let (messages, error, _) = decode_in(input, []);
    (messages, error)
}

fn error(input: &[u8]) -> String {
    let (messages, error) = decode(input);
    assert_eq!(messages, []);
    format!("{:?}", error.unwrap())
}

fn text(content: &str) -> Inbound {
    Inbound::Text(Bytes::copy_from_slice(content.as_bytes()))
}

#[test]
fn it_is_small_and_idle_holds_nothing() {
    assert!(size_of::<Decoder>() <= 24, "{}", size_of::<Decoder>());
    let bytes = [
        frame(TEXT, false, b"a"),
        frame(PING, true, b""),
        frame(CONTINUE, true, b"b"),
    ]
    .concat();
    let (messages, error, decoder) = decode_in(&bytes, std::iter::repeat(1));
    assert_eq!(messages, [Inbound::Ping(Bytes::new()), text("ab")]);
    assert!(error.is_none());
    assert!(decoder.is_idle());
}

#[test]
fn the_length_forms_and_their_borders() {
    for len in [0, 1, 125, 126, 127, MAX - 1, MAX] {
        let content = "x".repeat(len);
        let (messages, error) = decode(&frame(TEXT, true, content.as_bytes()));
        assert!(error.is_none());
        assert_eq!(messages, [text(&content)]);
    }
    let mut decoder = Decoder::new(70_000);
    for len in [65_535, 65_536, 70_000] {
        let bytes = frame(TEXT, true, "x".repeat(len).as_bytes());
        let message = decoder.decode(&mut &bytes[..]).unwrap();
        assert!(matches!(message, Some(Inbound::Text(t)) if t.len() == len));
    }
}

#[test]
fn a_character_may_be_cut_by_fragments_but_not_by_the_end() {
    let euro = "€".as_bytes();
    let cut = [
        frame(TEXT, false, &euro[..1]),
        frame(CONTINUE, false, &euro[1..2]),
        frame(CONTINUE, true, &euro[2..]),
    ];
    assert_eq!(decode(&cut.concat()).0, [text("€")]);
    assert_eq!(error(&frame(TEXT, true, &euro[..2])), "NotUtf8");
    assert_eq!(
        error(&[frame(TEXT, false, b"ok"), frame(CONTINUE, true, b"\xff")].concat()),
        "NotUtf8"
    );
}

#[test]
fn text_is_refused_at_the_byte_that_makes_it_wrong() {
    // The first surrogate in a longer text: its third byte has not arrived.
    let wrong = [
        frame(TEXT, false, b"ok\xed"),
        frame(CONTINUE, false, b"\xa0"),
    ]
    .concat();
    let (last, begun) = wrong.split_last().unwrap();
    let (messages, error, mut decoder) = decode_in(begun, [1; 9]);
    assert_eq!((messages, error.is_none()), (vec![], true));
    let refused = decoder.decode(&mut &[*last][..]);
    assert!(matches!(refused, Err(ReceiveError::NotUtf8)), "{refused:?}");
    // Within an incomplete frame.
    let mut begun = frame(TEXT, true, b"ok\xff and more");
    begun.truncate(6 + 3);
    assert_eq!(self::error(&begun), "NotUtf8");
}

#[test]
fn binary_is_kept_on_request() {
    let mut decoder = Decoder::new(MAX).keep_binary(true);
    let bytes = [
        frame(BINARY, false, b"\xff"),
        frame(CONTINUE, true, b"\x00"),
    ]
    .concat();
    let message = decoder.decode(&mut &bytes[..]).unwrap();
    let content = Bytes::from_static(b"\xff\x00");
    assert_eq!(message, Some(Inbound::Binary(content)));
}

#[test]
fn binary_is_told_but_not_kept() {
    let begun = frame(BINARY, false, &[0xff; 1000]);
    let (messages, _, decoder) = decode_in(&begun, []);
    assert_eq!(messages, []);
    let message = decoder.partial.unwrap().message.unwrap();
    assert!({ message }.buffer().is_none());
    let whole = [begun, frame(CONTINUE, true, &[0xff; 1000])].concat();
    assert_eq!(decode(&whole).0, [Inbound::Binary(Bytes::new())]);
}

#[test]
fn each_broken_rule_has_its_error() {
    let unmasked = [0x81, 0x01, b'a'];
    assert_eq!(error(&unmasked), r#"Protocol("a frame is not masked")"#);
    for bit in [0x40, 0x20, 0x10] {
        let mut bytes = frame(TEXT, true, b"a");
        bytes[0] |= bit;
        assert_eq!(error(&bytes), r#"Protocol("a reserved bit is set")"#);
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        let mut bytes = frame(TEXT, true, b"a");
        bytes[0] = 0x80 | opcode;
        assert_eq!(error(&bytes), r#"Protocol("a reserved opcode")"#);
    }
    let long_form = [0x81, 0xfe, 0, 125, 0, 0, 0, 0];
    let longer_form = [0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
    for bytes in [&long_form[..], &longer_form] {
        assert_eq!(
            error(bytes),
            r#"Protocol("a payload length is not minimally encoded")"#
        );
    }
    for opcode in [PING, PONG, CLOSE] {
        let fragmented = frame(opcode, false, b"");
        assert_eq!(
            error(&fragmented),
            r#"Protocol("a control frame is fragmented")"#
        );
        let long = frame(opcode, true, &[b'a'; 126]);
        assert_eq!(error(&long), r#"Protocol("a control frame is too long")"#);
    }
    let continues_nothing = r#"Protocol("a continuation frame without a message")"#;
    assert_eq!(error(&frame(CONTINUE, true, b"")), continues_nothing);
    assert_eq!(error(&frame(CONTINUE, false, b"")), continues_nothing);
    for inner in [TEXT, BINARY] {
        let nested = [frame(TEXT, false, b"a"), frame(inner, true, b"b")].concat();
        assert_eq!(
            error(&nested),
            r#"Protocol("a new message within a fragmented one")"#
        );
    }
}

#[test]
fn close_frames_give_their_code_or_say_what_is_wrong() {
    let close = |payload: &[u8]| error(&frame(CLOSE, true, payload));
    assert_eq!(close(b""), "Closed(None)");
    assert_eq!(close(b"\x03"), r#"Protocol("a truncated close code")"#);
    for code in [
        1000, 1001, 1008, 1011, 1012, 1013, 3000, 3999, 4000, 4999_u16,
    ] {
        let mut payload = code.to_be_bytes().to_vec();
        assert_eq!(close(&payload), format!("Closed(Some({code}))"));
        payload.extend("wegen Überfüllung".bytes());
        assert_eq!(close(&payload), format!("Closed(Some({code}))"));
        payload.push(0xff);
        assert_eq!(close(&payload), "NotUtf8");
    }
    for code in [
        0,
        999,
        1004,
        1005,
        1006,
        1015,
        1016,
        2000,
        2999,
        5000,
        u16::MAX,
    ] {
        assert_eq!(
            close(&code.to_be_bytes()),
            r#"Protocol("an invalid close code")"#
        );
    }
}

#[test]
fn nothing_follows_the_end() {
    let mut decoder = Decoder::new(MAX);
    let bytes = [frame(CLOSE, true, b""), frame(TEXT, true, b"late")].concat();
    let mut input = &bytes[..];
    assert!(matches!(
        decoder.decode(&mut input),
        Err(ReceiveError::Closed(None))
    ));
    assert!(input.is_empty());
    let late = frame(TEXT, true, b"late");
    assert!(matches!(
        decoder.decode(&mut &late[..]),
        Err(ReceiveError::Closed(None))
    ));
}

#[test]
fn what_is_too_large_is_refused_at_its_header() {
    for opcode in [TEXT, BINARY] {
        for length in [MAX as u64 + 1, 1 << 32, u64::MAX] {
            let header = FrameHeader {
                opcode,
                mask: Some([1, 2, 3, 4]),
                ..FrameHeader::default()
            };
            let mut bytes = Vec::new();
            header.format(length, &mut bytes).unwrap();
            assert_eq!(error(&bytes), "TooLarge");
        }
        let mut fragments = frame(opcode, false, &[b'a'; MAX - 1]);
        fragments.extend(frame(CONTINUE, false, b"b"));
        assert!(
            decode(&fragments).1.is_none(),
            "the maximum number of fragments"
        );
        fragments.extend(&frame(CONTINUE, true, b"c")[..6]);
        assert_eq!(error(&fragments), "TooLarge");
    }
}

#[test]
fn room_is_made_for_what_comes_and_not_for_what_is_announced() {
    let bytes = frame(TEXT, true, &[b'a'; MAX]);
    let (_, _, decoder) = decode_in(&bytes[..20], []);
    let frame = decoder.partial.unwrap().frame.unwrap();
    let Content::Data(mut message) = frame.content else {
        panic!("a data frame is incomplete");
    };
    assert!(message.buffer().unwrap().capacity() < 100);
}

#[test]
fn a_message_has_a_bounded_number_of_fragments() {
    let endless = |fragment: &[u8], count: usize| {
        let mut bytes = frame(TEXT, false, fragment);
        bytes.extend(frame(CONTINUE, false, fragment).repeat(count - 1));
        decode(&bytes).1
    };
    assert!(endless(b"", 1024).is_none());
    assert!(endless(b"a", 1024).is_none());
    assert!(matches!(endless(b"", 1025), Some(ReceiveError::TooLarge)));
    // A larger message may have more fragments.
    let mut decoder = Decoder::new(64 * 2000);
    let mut bytes = frame(TEXT, false, b"");
    bytes.extend(frame(CONTINUE, false, b"").repeat(1999));
    assert!(decoder.decode(&mut &bytes[..]).unwrap().is_none());
    let one_more = frame(CONTINUE, true, b"");
    let end = decoder.decode(&mut &one_more[..]);
    assert!(matches!(end, Err(ReceiveError::TooLarge)));
}

#[test]
fn debug_shows_no_content() {
    let (_, _, decoder) = decode_in(&masked(TEXT, false, b"secret", [0; 4]), []);
    assert!(!format!("{decoder:?}").contains("secret"));
}

/// A fragmented message with control frames before each fragment.
fn message() -> impl Strategy<Value = (Vec<Inbound>, Vec<u8>)> {
    let control = (0..2_u8, prop::collection::vec(any::<u8>(), 0..=125));
    let content = prop_oneof![
        "\\PC{0,40}".prop_map(|text| (true, text.into_bytes())),
        ".{100,300}".prop_map(|text| (true, text.into_bytes())),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| (false, bytes)),
    ];
    let cuts = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            prop::option::weighted(0.3, control),
        ),
        0..4,
    );
    (content, cuts, any::<[u8; 4]>()).prop_map(|((is_text, content), cuts, mask)| {
        let mut expected = Vec::new();
        let mut bytes = Vec::new();
        let mut ends: Vec<_> = cuts
            .iter()
            .map(|(at, _)| at.index(content.len() + 1))
            .collect();
        ends.sort_unstable();
        ends.push(content.len());
        let mut start = 0;
        for (i, end) in ends.iter().copied().enumerate() {
            let opcode = match (i, is_text) {
                (0, true) => TEXT,
                (0, false) => BINARY,
                _ => CONTINUE,
            };
            bytes.extend(masked(
                opcode,
                i + 1 == ends.len(),
                &content[start..end],
                mask,
            ));
            start = end;
            if let Some((_, Some((kind, payload)))) = cuts.get(i) {
                let opcode = if *kind == 0 { PING } else { PONG };
                bytes.extend(masked(opcode, true, payload, mask));
                expected.push(match kind {
                    0 => Inbound::Ping(Bytes::from(payload.clone())),
                    _ => Inbound::Pong,
                });
            }
        }
        expected.push(if is_text {
            Inbound::Text(Bytes::from(content))
        } else {
            Inbound::Binary(Bytes::new())
        });
        (expected, bytes)
    })
}

/// A stream that reads from a slice and discards writes.
struct OneWay<'a>(&'a [u8]);

impl Read for OneWay<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for OneWay<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Decodes the same bytes by `tungstenite`.
fn decode_theirs(input: &[u8]) -> (Vec<Inbound>, tungstenite::Error) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX))
        .max_frame_size(Some(MAX));
    let mut socket = WebSocket::from_raw_socket(OneWay(input), Role::Server, Some(config));
    let mut messages = Vec::new();
    loop {
        messages.push(match socket.read() {
            Ok(Theirs::Text(text)) => Inbound::Text(text.into()),
            Ok(Theirs::Binary(_)) => Inbound::Binary(Bytes::new()),
            Ok(Theirs::Ping(payload)) => Inbound::Ping(payload),
            Ok(Theirs::Pong(_)) => Inbound::Pong,
            Ok(other) => panic!("unexpected {other}"),
            Err(error) => return (messages, error),
        });
    }
}

proptest! {
    #[test]
    fn any_split_of_valid_frames_gives_the_same_messages(
        messages in prop::collection::vec(message(), 1..5),
        pieces in prop::collection::vec(0..40_usize, 0..200),
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        let expected: Vec<Inbound> = messages.into_iter().flat_map(|(expected, _)| expected).collect();
        for pieces in [pieces, vec![], vec![1; bytes.len()]] {
            let (decoded, error, decoder) = decode_in(&bytes, pieces);
            prop_assert!(error.is_none());
            prop_assert_eq!(&decoded, &expected);
            prop_assert!(decoder.is_idle());
        }
    }

    #[test]
    fn frames_in_any_order_are_judged_as_tungstenite_judges_them(
        frames in prop::collection::vec(
            (
                prop::sample::select(vec![TEXT, BINARY, CONTINUE, CONTINUE, PING, PONG]),
                any::<bool>(),
                prop_oneof![
                    4 => ".{0,20}".prop_map(String::into_bytes),
                    1 => prop::collection::vec(any::<u8>(), 0..130),
                    1 => (MAX / 2..MAX * 2).prop_map(|len| vec![b'a'; len]),
                ],
            ),
            0..12,
        ),
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(op, fin, payload)| frame(*op, *fin, payload)).collect();
        let (ours, error) = decode(&bytes);
        let (theirs, their_error) = decode_theirs(&bytes);
        match their_error {
            tungstenite::Error::Utf8(_) => {
                prop_assert_eq!(ours, theirs);
                prop_assert!(matches!(error, Some(ReceiveError::NotUtf8)), "{:?}", error);
            }
            tungstenite::Error::Capacity(_) => {
                prop_assert_eq!(ours, theirs);
                // `tungstenite` checks the length before the order.
                prop_assert!(
                    matches!(error, Some(ReceiveError::TooLarge | ReceiveError::Protocol(_))),
                    "{:?}", error
                );
            }
            // The end of the input, within or between messages.
            tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake
            ) => {
                prop_assert_eq!(ours, theirs);
                prop_assert!(error.is_none(), "{:?}", error);
            }
            tungstenite::Error::Protocol(_) => {
                prop_assert_eq!(ours, theirs);
                prop_assert!(matches!(error, Some(ReceiveError::Protocol(_))), "{:?}", error);
            }
            other => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn random_bytes_never_panic_and_splits_do_not_matter(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        // Makes a valid first header likely.
        first in prop::option::of((prop::sample::select(vec![0x81_u8, 0x01, 0x82, 0x02, 0x88, 0x89, 0x8a]), 0x80_u8..=0xff)),
        pieces in prop::collection::vec(0..20_usize, 0..50),
    ) {
        let mut bytes = bytes;
        if let Some((first, second)) = first {
            bytes.splice(0..0, [first, second]);
        }
        let (whole, error) = decode(&bytes);
        let (split, split_error, _) = decode_in(&bytes, pieces);
        prop_assert_eq!(whole, split);
        prop_assert_eq!(format!("{error:?}"), format!("{split_error:?}"));
    }
}
