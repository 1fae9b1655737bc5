use serde_json::{Map, Value, json};

use super::socket::{definitions, pascal_case};
use crate::protocol::{Command, Limits, SUBPROTOCOL};

const PLACE: &str = "/components/schemas";
const CHANNEL: &str = "#/channels/ws";

/// Generates an AsyncAPI 3.0 document of the socket: the commands and events of
/// [`socket`](super::socket), their channel, and the reply to each command.
///
/// ```
/// use chat_core::protocol::Limits;
/// let asyncapi = chat_core::schema::asyncapi(&Limits::default());
/// assert_eq!(asyncapi["operations"]["JOIN_ROOM"]["action"], "receive");
/// ```
#[must_use]
pub fn asyncapi(limits: &Limits) -> Value {
    let mut schemas = definitions(PLACE, limits);
    // Every message has its own payload schema.
    for union in ["Command", "Event"] {
        schemas.remove(union);
    }
    let mut messages = Map::new();
    let mut events = Vec::new();
    for (name, schema) in &schemas {
        let Some(wire) = schema["properties"]["type"]["const"].as_str() else {
            continue;
        };
        if name.ends_with("Event") {
            events.push(json!({"$ref": format!("{CHANNEL}/messages/{name}")}));
        }
        let mut message = json!({
            "name": wire,
            "summary": schema["description"],
            "contentType": "application/json",
            "payload": {"$ref": format!("#{PLACE}/{name}")},
        });
        if !schema["properties"]["ref"].is_null() {
            message["correlationId"] = json!({
                "description": "A reply repeats the `ref` of its command.",
                "location": "$message.payload#/ref",
            });
        }
        messages.insert(name.clone(), message);
    }
    let of_channel: Map<String, Value> = messages
        .keys()
        .map(|name| {
            let reference = format!("#/components/messages/{name}");
            (name.clone(), json!({"$ref": reference}))
        })
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The WebSocket protocol of the chat. Each text frame is a JSON object with \
                a `type`. Commands are strict: an unknown field is an error. Events are tolerant: \
                clients ignore unknown fields.",
            "license": {"name": env!("CARGO_PKG_LICENSE")},
        },
        "defaultContentType": "application/json",
        "servers": {
            "chat": {
                "host": "{host}",
                "pathname": "{prefix}",
                "protocol": "wss",
                "description": "The app that embeds the chat.",
                "variables": {
                    "host": {"default": "localhost", "description": "The app's host."},
                    "prefix": {"default": "/chat", "description": "The path prefix of the chat."},
                },
                "security": [{"$ref": "#/components/securitySchemes/bearer"}],
            },
        },
        "channels": {
            "ws": {
                "address": "/ws",
                "title": SUBPROTOCOL,
                "description": "A connection of a user. The first event is `HELLO`.",
                "messages": of_channel,
                "bindings": {"ws": bindings()},
            },
        },
        "operations": operations(&events),
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The user's token: as a header, as `token` in the query, or as the \
                        subprotocol `bearer.<token>`.",
                },
            },
        },
    })
}

fn bindings() -> Value {
    json!({
        "method": "GET",
        "query": {
            "type": "object",
            "properties": {"token": {"type": "string", "description": "The user's token."}},
        },
        "headers": {
            "type": "object",
            "properties": {
                "Authorization": {"type": "string", "description": "`Bearer`, followed by the user's token."},
                "Sec-WebSocket-Protocol": {
                    "type": "string",
                    "description": format!("`{SUBPROTOCOL}`, optionally with `bearer.<token>`."),
                },
            },
        },
        "bindingVersion": "0.1.0",
    })
}

/// Returns the operations: the commands that the server receives with their replies, and the events
/// that it sends.
fn operations(events: &[Value]) -> Value {
    let channel = json!({"$ref": CHANNEL});
    let message = |wire: &str, kind: &str| {
        let name = format!("{}{kind}", pascal_case(wire));
        json!({"$ref": format!("{CHANNEL}/messages/{name}")})
    };
    let mut operations = Map::new();
    for wire in Command::TYPES {
        let answers = answer(wire).into_iter().chain(["ERROR"]);
        let answers: Vec<Value> = answers.map(|answer| message(answer, "Event")).collect();
        let operation = json!({
            "action": "receive",
            "channel": channel,
            "messages": [message(wire, "Command")],
            "reply": {"channel": channel, "messages": answers},
        });
        operations.insert((*wire).to_owned(), operation);
    }
    let events = json!({"action": "send", "channel": channel, "messages": events});
    operations.insert("events".to_owned(), events);
    operations.into()
}

/// Returns the reply to a successful command, if it has one.
fn answer(command: &str) -> Option<&'static str> {
    match command {
        "JOIN_ROOM" => Some("ROOM_JOINED"),
        "LEAVE_ROOM" => Some("ROOM_LEFT"),
        "SEND_MESSAGE" => Some("MESSAGE_ACK"),
        "PING" => Some("PONG"),
        "TYPING" => None,
        _ => Some("ACK"),
    }
}
