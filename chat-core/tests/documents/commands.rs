//! What the schema allows is what the engine takes, as far as a schema can say it.

use chat_core::ErrorKind;
use chat_core::protocol::{
    Command, Limits, decode_command, validate_draft, validate_emoji, validate_text,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::schema::{DOCUMENT, assert_valid, is_command, of};

const ID: &str = "0190b0a0-0000-7000-8000-000000000000";

/// Whether the engine would look at it.
fn is_taken(command: &Value) -> bool {
    let limits = Limits::default();
    let Ok(command) = decode_command(command.to_string().as_bytes(), &limits) else {
        return false;
    };
    match command {
        Command::JoinRoom(join) => join.history.is_none_or(|history| history <= 100),
        Command::SendMessage(send) => validate_draft(&send.into_draft().1, &limits).is_ok(),
        Command::EditMessage(edit) => validate_text(&edit.text, &limits).is_ok(),
        Command::AddReaction(reaction) | Command::RemoveReaction(reaction) => {
            validate_emoji(&reaction.emoji, &limits).is_ok()
        }
        _ => true,
    }
}

/// What no schema says: `after` and `epoch` go together, and a message has a text or attachments.
fn is_beyond_schemas(command: &Value) -> bool {
    match command["type"].as_str() {
        Some("JOIN_ROOM") => command["after"].is_null() != command["epoch"].is_null(),
        Some("SEND_MESSAGE") => {
            let empty = |field: &str, nothing: Value| {
                command.get(field).is_none_or(|value| *value == nothing)
            };
            empty("text", json!("")) && empty("attachments", json!([]))
        }
        _ => false,
    }
}

/// The fields of a command, as its schema names them.
fn fields(wire: &str) -> Vec<String> {
    let schemas = DOCUMENT["$defs"].as_object().unwrap();
    let schema = schemas
        .iter()
        .find(|(name, schema)| {
            name.ends_with("Command") && schema["properties"]["type"]["const"] == wire
        })
        .unwrap()
        .1;
    let fields = schema["properties"].as_object().unwrap().keys();
    fields.filter(|name| *name != "type").cloned().collect()
}

/// Values that a field of this name may have.
fn good(field: &str) -> Vec<Value> {
    let longest = "a".repeat(128);
    match field {
        "ref" => vec![json!("7"), json!(""), json!("r".repeat(64)), Value::Null],
        "roomId" | "clientMessageId" => vec![json!("a/b"), json!("é🦀"), json!(longest)],
        "messageId" | "replyTo" | "threadId" | "epoch" => vec![json!(ID)],
        "text" => vec![json!("hi"), json!("🦀".repeat(4_000)), json!(" \n")],
        "emoji" => vec![json!("👍"), json!(":+1:")],
        "token" => vec![json!("a.b.c"), json!("")],
        "typing" | "forMe" => vec![json!(true), json!(false)],
        "expiresAt" => vec![json!("2100-01-01T00:00:00Z"), Value::Null],
        "history" => vec![json!(0), json!(100), Value::Null],
        "after" | "seq" => vec![json!(0), json!((1u64 << 53) - 1)],
        "mentions" => vec![json!([]), json!(["bob"]), json!(vec!["bob"; 50])],
        "attachments" => vec![
            json!([]),
            json!([{"url": "https://x/a.png", "mimeType": "image/png", "name": "a", "size": 1}]),
            json!([{"url": "HTTP://x", "mimeType": "a/b", "name": null, "size": null}]),
        ],
        "metadata" => vec![json!({}), json!({"a": [1.5, null, {"b": "c"}]})],
        other => panic!("say what `{other}` may be"),
    }
}

/// Values that most fields may not have.
fn others() -> Vec<Value> {
    let attachment = |url: &str, mime: &str, name: &str, size: Value| json!([{"url": url, "mimeType": mime, "name": name, "size": size}]);
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(101),
        json!(1.5),
        json!(1u64 << 53),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("a b"),
        json!("a\u{0}"),
        json!("a\u{85}b"),
        json!("a\u{2003}"),
        json!("a".repeat(65)),
        json!("a".repeat(129)),
        json!("a".repeat(4_001)),
        json!(ID.replace('-', "")),
        json!(format!("{{{ID}}}")),
        json!([]),
        json!({}),
        json!([1]),
        json!(["a b"]),
        json!(vec!["bob"; 51]),
        json!([["https://x/", "a/b", null, null]]),
        attachment("javascript:1", "a/b", "n", json!(1)),
        attachment("https://x", "a", "n", json!(1)),
        attachment("https://x", "a/ b", "n", json!(1)),
        attachment("https://x", "a/b", "a\nb", json!(1)),
        attachment("https://x", "a/b", "n", json!(1u64 << 53)),
        attachment("https://x", "a/b", "n", json!(-1)),
        json!([{"url": "https://x", "mimeType": "a/b", "width": 1}]),
        json!([{"url": "https://x"}]),
    ]
}

/// A field is mostly a good one, now and then missing or anything.
fn command() -> impl Strategy<Value = Value> {
    select(Command::TYPES).prop_flat_map(|wire| {
        let fields = fields(wire).into_iter().map(|name| {
            let value = prop_oneof![
                12 => select(good(&name)).prop_map(Some),
                2 => Just(None),
                1 => select(others()).prop_map(Some),
            ];
            value.prop_map(move |value| value.map(|value| (name.clone(), value)))
        });
        let unknown = prop_oneof![
            15 => Just(None),
            1 => select(vec!["Ref", "roomID", "x"]).prop_map(Some),
        ];
        (fields.collect::<Vec<_>>(), unknown).prop_map(move |(fields, unknown)| {
            let mut command: Map<String, Value> = fields.into_iter().flatten().collect();
            command.insert("type".to_owned(), json!(wire));
            if let Some(unknown) = unknown {
                command.insert(unknown.to_owned(), json!("x"));
            }
            Value::Object(command)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn schema_and_decoder_agree(command in command()) {
        prop_assume!(!is_beyond_schemas(&command));
        prop_assert_eq!(is_command(&command), is_taken(&command), "{}", command);
    }
}

/// With all its fields, and with each of their good values, a command is one by both.
#[test]
fn every_command_is_one() {
    let validator = of("Command");
    for wire in Command::TYPES {
        let fields = fields(wire);
        let most = fields.iter().map(|name| good(name).len()).max().unwrap();
        for nth in 0..most {
            let mut command = json!({"type": wire});
            for name in &fields {
                let good = good(name);
                command[name] = good[nth % good.len()].clone();
            }
            assert_valid(&validator, &command);
            assert!(is_taken(&command), "{command}");
        }
    }
}

/// Each field with each value there is here, the others being good, and without it.
#[test]
fn schema_and_decoder_agree_on_each_field() {
    for wire in Command::TYPES {
        let fields = fields(wire);
        for changed in &fields {
            let values = others().into_iter().chain(good(changed)).map(Some);
            for value in values.chain([None]) {
                let mut command = json!({"type": wire});
                for name in &fields {
                    command[name] = good(name)[0].clone();
                }
                match value {
                    Some(value) => command[changed] = value,
                    None => drop(command.as_object_mut().unwrap().remove(changed)),
                }
                if !is_beyond_schemas(&command) {
                    assert_eq!(is_command(&command), is_taken(&command), "{command}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_object_is_no_command() {
    for frame in [
        json!(["PING"]),
        json!("PING"),
        json!({"type": "ping"}),
        json!({}),
    ] {
        assert!(!is_command(&frame) && !is_taken(&frame), "{frame}");
        let error = decode_command(frame.to_string().as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.error.kind(), ErrorKind::Invalid);
    }
}
