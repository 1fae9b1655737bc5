use serde_json::{Map, Value, json};

use super::socket::{definitions, pascal_case};
use crate::protocol::{Command, Limits, SUBPROTOCOL};

/// Where the schemas are.
const PLACE: &str = "/components/schemas";
const CHANNEL: &str = "#/channels/ws";

/// The commands and events of the socket as an AsyncAPI 3.0 document: those of [`socket`](super::socket)
/// with the channel they go over, and which command is answered by what.
///
/// ```
/// use chat_core::protocol::Limits;
/// let asyncapi = chat_core::schema::asyncapi(&Limits::default());
/// assert_eq!(asyncapi["operations"]["JOIN_ROOM"]["action"], "receive");
/// ```
#[must_use]
pub fn asyncapi(limits: &Limits) -> Value {
    let mut schemas = definitions(PLACE, limits);
    // A message has one payload each.
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
                "description": "An answer repeats the `ref` of its command.",
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
            "description": "What goes over the socket: text frames, each one JSON object with a \
                `type`. Commands are strict: an unknown field is an error. Events are tolerant: a \
                client ignores what it does not know.",
            "license": {"name": env!("CARGO_PKG_LICENSE")},
        },
        "defaultContentType": "application/json",
        "servers": {
            "chat": {
                "host": "{host}",
                "pathname": "{prefix}",
                "protocol": "wss",
                "description": "The app that the chat is mounted in.",
                "variables": {
                    "host": {"default": "localhost", "description": "The app's host."},
                    "prefix": {"default": "/chat", "description": "Where the chat is mounted."},
                },
                "security": [{"$ref": "#/components/securitySchemes/bearer"}],
            },
        },
        "channels": {
            "ws": {
                "address": "/ws",
                "title": SUBPROTOCOL,
                "description": "One socket of one user. The first frame of the server is `HELLO`.",
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

/// How the socket is opened.
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
                "Authorization": {"type": "string", "description": "`Bearer` and the user's token."},
                "Sec-WebSocket-Protocol": {
                    "type": "string",
                    "description": format!("`{SUBPROTOCOL}`, and perhaps `bearer.<token>`."),
                },
            },
        },
        "bindingVersion": "0.1.0",
    })
}

/// What the server receives, with its answers, and what it sends.
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

/// The answer to a command that succeeds, where there is one.
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
