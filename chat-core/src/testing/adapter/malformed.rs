//! Malformed commands get `INVALID_COMMAND`, and the connection stays open.

use bytes::Bytes;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::mount::Adapter;

const ID: &str = "0190b0a0-0000-7000-8000-000000000000";

pub(super) async fn what_is_no_command_is_answered_and_the_connection_stays(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
    let objects = r#"{"a":"#.repeat(8_000) + "1" + &"}".repeat(8_000);
    let frames = [
        // Not JSON.
        String::new(),
        " ".to_owned(),
        "nonsense".to_owned(),
        r#"{"type":"PING""#.to_owned(),
        r#"{"type":"PING"}}"#.to_owned(),
        r#"{"type":"PING"} {"type":"PING"}"#.to_owned(),
        r#"{'type':'PING'}"#.to_owned(),
        r#"{"type":"PING",}"#.to_owned(),
        r#"{"type":"PING","ref":"\ud800"}"#.to_owned(),
        "\u{feff}{\"type\":\"PING\"}".to_owned(),
        "{\"type\":\"PING\",\"ref\":\"\0\"}".to_owned(),
        // Not an object of a known type.
        "null".to_owned(),
        "1".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#""PING""#.to_owned(),
        r#"{"type":null}"#.to_owned(),
        r#"{"type":1}"#.to_owned(),
        r#"{"type":["PING"]}"#.to_owned(),
        r#"{"type":"ping"}"#.to_owned(),
        r#"{"type":"HELLO"}"#.to_owned(),
        r#"{"TYPE":"PING"}"#.to_owned(),
        // Unknown, missing and repeated fields.
        r#"{"type":"PING","x":1}"#.to_owned(),
        r#"{"type":"JOIN_ROOM"}"#.to_owned(),
        r#"{"type":"JOIN_ROOM","room_id":"general"}"#.to_owned(),
        r#"{"type":"TYPING","roomId":"general"}"#.to_owned(),
        r#"{"type":"SEND_MESSAGE","roomId":"general","text":"x"}"#.to_owned(),
        r#"{"type":"PING","type":"PING"}"#.to_owned(),
        r#"{"type":"PING","ref":"a","ref":"a"}"#.to_owned(),
        r#"{"type":"TYPING","roomId":"general","roomId":"general","typing":true}"#.to_owned(),
        // Wrong types.
        r#"{"type":"PING","ref":1}"#.to_owned(),
        r#"{"type":"JOIN_ROOM","roomId":1}"#.to_owned(),
        r#"{"type":"JOIN_ROOM","roomId":null}"#.to_owned(),
        r#"{"type":"JOIN_ROOM","roomId":"general","history":"5"}"#.to_owned(),
        r#"{"type":"TYPING","roomId":"general","typing":"yes"}"#.to_owned(),
        r#"{"type":"REFRESH_TOKEN","token":null}"#.to_owned(),
        r#"{"type":"DELETE_MESSAGE","roomId":"general","messageId":"1"}"#.to_owned(),
        r#"{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":["x"]}"#.to_owned(),
        r#"{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":"x","metadata":[]}"#.to_owned(),
        r#"{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":"x","mentions":"bob"}"#.to_owned(),
        r#"{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":"x","attachments":[{"mimeType":"a/b"}]}"#.to_owned(),
        // Numbers that are not valid positions.
        r#"{"type":"MARK_READ","roomId":"general","seq":9007199254740992}"#.to_owned(),
        r#"{"type":"MARK_READ","roomId":"general","seq":18446744073709551616}"#.to_owned(),
        r#"{"type":"MARK_READ","roomId":"general","seq":1e400}"#.to_owned(),
        r#"{"type":"MARK_READ","roomId":"general","seq":-1}"#.to_owned(),
        r#"{"type":"MARK_READ","roomId":"general","seq":1.5}"#.to_owned(),
        format!(r#"{{"type":"MARK_READ","roomId":"general","seq":{}}}"#, "9".repeat(50_000)),
        r#"{"type":"JOIN_ROOM","roomId":"general","history":101}"#.to_owned(),
        r#"{"type":"JOIN_ROOM","roomId":"general","history":4294967296}"#.to_owned(),
        format!(r#"{{"type":"JOIN_ROOM","roomId":"general","epoch":"{ID}","after":9007199254740992}}"#),
        // `after` without `epoch`, and the reverse.
        r#"{"type":"JOIN_ROOM","roomId":"general","after":1}"#.to_owned(),
        format!(r#"{{"type":"JOIN_ROOM","roomId":"general","epoch":"{ID}"}}"#),
        // Invalid ids.
        r#"{"type":"JOIN_ROOM","roomId":""}"#.to_owned(),
        r#"{"type":"JOIN_ROOM","roomId":"a b"}"#.to_owned(),
        r#"{"type":"JOIN_ROOM","roomId":"a\u0000"}"#.to_owned(),
        format!(r#"{{"type":"JOIN_ROOM","roomId":"{}"}}"#, "x".repeat(129)),
        format!(r#"{{"type":"PING","ref":"{}"}}"#, "x".repeat(65)),
        // Invalid texts.
        r#"{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":""}"#.to_owned(),
        r#"{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":"a\u0000"}"#.to_owned(),
        r#"{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":"x","attachments":[{"url":"javascript:x","mimeType":"a/b"}]}"#.to_owned(),
        // Deep nesting.
        nested(10_000),
        "[".repeat(60_000),
        objects.clone(),
        format!(r#"{{"type":"PING","ref":{}}}"#, nested(10_000)),
        format!(r#"{{"type":"SEND_MESSAGE","roomId":"general","clientMessageId":"1","text":"x","metadata":{objects}}}"#),
    ];
    for (n, frame) in frames.iter().enumerate() {
        alice.send_raw(Message::text(frame.as_str())).await;
        let shown: String = frame.chars().take(200).collect();
        let error = alice.next().await;
        assert_eq!(error["type"], "ERROR", "{shown}: {error}");
        assert_eq!(error["code"], "INVALID_COMMAND", "{shown}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && message.len() < 500, "{shown}");
        if n % 10 == 0 {
            assert!(alice.settle().await.is_empty(), "{shown}");
        }
    }
    for binary in [&b""[..], br#"{"type":"PING"}"#, &[0; 60_000]] {
        alice
            .send_raw(Message::binary(Bytes::copy_from_slice(binary)))
            .await;
        assert_eq!(alice.next().await["code"], "INVALID_COMMAND");
    }
    assert!(alice.settle().await.is_empty(), "an unexpected reply");
    // None of them stored anything.
    assert_eq!(alice.join("general").await["head"], 0);
}

pub(super) async fn a_ref_that_can_be_read_comes_back(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.connect("alice").await;
    for command in [
        json!({"type": "NOPE"}),
        json!({"type": "PING", "x": 1}),
        json!({"type": "JOIN_ROOM"}),
        json!({"type": "MARK_READ", "roomId": "general", "seq": 1_u64 << 53}),
        json!({"type": "JOIN_ROOM", "roomId": "general", "after": 1}),
        json!({}),
    ] {
        assert_eq!(alice.refused(command).await["code"], "INVALID_COMMAND");
    }
}

pub(super) async fn odd_but_right_commands_are_understood(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    for frame in [
        "  {\t\"type\" : \"PING\"\r\n}  ",
        r#"{"ref":"x","type":"PING"}"#,
        r#"{"\u0074ype":"P\u0049NG"}"#,
        r#"{"type":"PING","ref":null}"#,
    ] {
        alice.send_raw(Message::text(frame)).await;
        assert_eq!(alice.next().await["type"], "PONG", "{frame}");
    }
    // The largest valid position.
    let most = (1_u64 << 53) - 1;
    let ack = alice
        .ask(json!({"type": "MARK_READ", "roomId": "general", "seq": most}))
        .await;
    assert_eq!(ack["type"], "ACK");
}
