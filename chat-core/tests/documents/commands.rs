//! The engine and the schema accept the same commands, as far as a schema can express the rules.

use chat_core::ErrorKind;
use chat_core::protocol::{Command, Limits, decode_command};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::samples::{commands, fields, good, is_beyond_schemas, is_taken, others};
use crate::schema::{assert_valid, is_command, of};

/// Generates commands whose fields are mostly valid, sometimes missing or arbitrary.
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

/// Every command is valid by both, with all fields and each valid value.
#[test]
fn every_command_is_one() {
    let validator = of("Command");
    for command in commands() {
        assert_valid(&validator, &command);
        assert!(is_taken(&command), "{command}");
    }
}

/// Tries each field with each sample value, and without it, while the other fields are valid.
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
