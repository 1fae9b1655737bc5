//! Invariants of every byte stream a client may send over its socket.

use chat_core::engine::{Frame, Inbound, ReceiveError};
use chat_core::ws::{Decoder, encode, encode_close};

/// Panics if the decoder breaks a rule. The first byte sets the maximum message size and the size
/// of the pieces in which the rest arrives.
pub(crate) fn check(input: &[u8]) {
    let Some((&setting, stream)) = input.split_first() else {
        return;
    };
    let limit = if setting & 1 == 0 { 64 } else { 65_536 };
    let piece = usize::from(setting >> 1) + 1;
    let decoder = || Decoder::new(limit).keep_binary(setting & 2 == 0);

    let (messages, error) = decode(decoder(), stream, stream.len().max(1));
    let (in_pieces, error_in_pieces) = decode(decoder(), stream, piece);
    assert_eq!(messages, in_pieces, "in pieces of {piece} bytes");
    let [shown, shown_in_pieces] = [&error, &error_in_pieces].map(|error| format!("{error:?}"));
    assert_eq!(shown, shown_in_pieces, "in pieces of {piece} bytes");

    let mut content = 0;
    for message in &messages {
        let bytes = match message {
            Inbound::Text(text) => {
                assert!(text.len() <= limit);
                assert!(std::str::from_utf8(text).is_ok());
                text.len()
            }
            Inbound::Binary(content) => {
                assert!(content.len() <= limit);
                content.len()
            }
            Inbound::Ping(payload) => {
                assert!(payload.len() <= 125);
                payload.len()
            }
            _ => 0,
        };
        // A masked header takes at least six bytes.
        content += bytes + 6;
    }
    assert!(
        content <= stream.len(),
        "the messages are larger than the input"
    );
    sent_back(messages, decoder(), piece);
    if let Some(ReceiveError::Closed(code)) = error {
        closed_back(code);
    }
}

/// Encodes messages as a server does and decodes them as if a client had sent them.
fn sent_back(messages: Vec<Inbound>, decoder: Decoder, piece: usize) {
    let mut stream = Vec::new();
    let mut expected = Vec::new();
    for message in messages {
        let frame = match &message {
            Inbound::Text(text) => Frame::durable(text.clone()),
            Inbound::Binary(content) => Frame::binary(content.clone()),
            Inbound::Ping(payload) => {
                expected.push(Inbound::Pong);
                masked(&Frame::pong(payload.clone()), &mut stream);
                continue;
            }
            _ => continue,
        };
        masked(&frame, &mut stream);
        expected.push(message);
    }
    let (decoded, error) = decode(decoder, &stream, piece);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(decoded, expected, "sent back");
}

fn closed_back(code: Option<u16>) {
    let mut frame = Vec::new();
    encode_close(code.unwrap_or(1005), "because", &mut frame);
    let (_, error) = decode(Decoder::new(64), &mask(&frame), 1);
    match error {
        Some(ReceiveError::Closed(again)) => assert_eq!(again, code),
        other => panic!("a close frame decodes as {other:?}"),
    }
}

fn masked(frame: &Frame, stream: &mut Vec<u8>) {
    let mut encoded = Vec::new();
    encode(frame, &mut encoded);
    stream.extend(mask(&encoded));
}

/// Masks a frame with zeros.
fn mask(frame: &[u8]) -> Vec<u8> {
    let header = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    let mut masked = frame[..header].to_vec();
    masked[1] |= 0x80;
    masked.extend([0; 4]);
    masked.extend(&frame[header..]);
    masked
}

/// Decodes all messages and the error that ended them.
fn decode(
    mut decoder: Decoder,
    stream: &[u8],
    piece: usize,
) -> (Vec<Inbound>, Option<ReceiveError>) {
    let mut messages = Vec::new();
    for mut input in stream.chunks(piece) {
        loop {
            let before = input.len();
            match decoder.decode(&mut input) {
                Ok(Some(message)) => {
                    assert!(input.len() < before, "a message consumed no input");
                    messages.push(message);
                }
                Ok(None) => {
                    assert!(input.is_empty(), "the decoder wants more but left input");
                    break;
                }
                Err(error) => {
                    assert!(
                        input.is_empty() && decoder.is_idle(),
                        "the decoder kept input"
                    );
                    let mut more: &[u8] = &[0x81, 0x80, 0, 0, 0, 0];
                    let after = decoder.decode(&mut more);
                    assert!(matches!(after, Err(ReceiveError::Closed(None))));
                    return (messages, Some(error));
                }
            }
        }
    }
    (messages, None)
}
