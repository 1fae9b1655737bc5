//! What has to hold for every stream of bytes a client may send over its socket.

use chat_core::engine::{Inbound, ReceiveError};
use chat_core::ws::Decoder;

/// Panics where the decoder breaks a rule. The first byte says how large messages may be and in what
/// pieces the rest arrives.
pub(crate) fn check(input: &[u8]) {
    let Some((&setting, stream)) = input.split_first() else {
        return;
    };
    let limit = if setting & 1 == 0 { 64 } else { 65_536 };
    let piece = usize::from(setting >> 1) + 1;

    let (messages, error) = decode(stream, limit, stream.len().max(1));
    let (in_pieces, error_in_pieces) = decode(stream, limit, piece);
    assert_eq!(messages, in_pieces, "in pieces of {piece} bytes");
    assert_eq!(error, error_in_pieces, "in pieces of {piece} bytes");

    let mut content = 0;
    for message in &messages {
        let bytes = match message {
            Inbound::Text(text) => {
                assert!(text.len() <= limit);
                assert!(std::str::from_utf8(text).is_ok());
                text.len()
            }
            Inbound::Ping(payload) => {
                assert!(payload.len() <= 125);
                payload.len()
            }
            _ => 0,
        };
        // A masked header has at least six bytes.
        content += bytes + 6;
    }
    assert!(content <= stream.len(), "more came out than went in");
}

/// All messages, and what ended them.
fn decode(stream: &[u8], limit: usize, piece: usize) -> (Vec<Inbound>, Option<String>) {
    let mut decoder = Decoder::new(limit);
    let mut messages = Vec::new();
    for mut input in stream.chunks(piece) {
        loop {
            let before = input.len();
            match decoder.decode(&mut input) {
                Ok(Some(message)) => {
                    assert!(input.len() < before, "a message out of nothing");
                    messages.push(message);
                }
                Ok(None) => {
                    assert!(input.is_empty(), "it asks for more and leaves some");
                    break;
                }
                Err(error) => {
                    assert!(input.is_empty() && decoder.is_idle(), "something is kept");
                    let mut more: &[u8] = &[0x81, 0x80, 0, 0, 0, 0];
                    let after = decoder.decode(&mut more);
                    assert!(matches!(after, Err(ReceiveError::Closed(None))));
                    return (messages, Some(error.to_string()));
                }
            }
        }
    }
    (messages, None)
}
