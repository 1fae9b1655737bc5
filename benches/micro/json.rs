//! The cost of the codec: decoding `SEND_MESSAGE` and encoding `MESSAGE_CREATED`, with the fewest and
//! with all fields.
#![allow(missing_docs, clippy::expect_used)]

use std::hint::black_box;

use chat_core::model::{Attachment, Draft, Message, NewMessage};
use chat_core::protocol::{Event, Limits, decode_command};
use chat_core::{ClientMessageId, MessageId, RoomId, Timestamp, UserId};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const TEXT: &str = "a message of a usual length, about as long as \"this one\" 🦀";

fn small() -> Draft {
    Draft {
        client_message_id: Some(ClientMessageId::new("c-1").expect("an id")),
        ..Draft::text(TEXT)
    }
}

fn full() -> Draft {
    let attachment = Attachment {
        url: "https://files.example/0190b0a0/photo.png".to_owned(),
        mime_type: "image/png".to_owned(),
        name: Some("photo.png".to_owned()),
        size: Some(123_456),
    };
    let mut metadata = chat_core::model::Metadata::new();
    metadata.insert("color".to_owned(), "red".into());
    metadata.insert("weight".to_owned(), 3.into());
    Draft {
        reply_to: Some(MessageId::random()),
        thread_id: Some(MessageId::random()),
        mentions: ["bob", "carol"]
            .map(|name| UserId::new(name).expect("an id"))
            .into(),
        attachments: vec![attachment.clone(), attachment],
        metadata,
        ..small()
    }
}

/// Encodes a `SEND_MESSAGE` command as a client does.
fn command(draft: &Draft) -> Vec<u8> {
    let mut command = serde_json::to_value(draft).expect("JSON");
    command["type"] = "SEND_MESSAGE".into();
    command["ref"] = "17".into();
    command["roomId"] = "general".into();
    serde_json::to_vec(&command).expect("JSON")
}

fn message(draft: Draft) -> Message {
    let room = RoomId::new("general").expect("an id");
    let sender = UserId::new("alice").expect("an id");
    let now = Timestamp::from_millis(1_750_000_000_123);
    NewMessage::user(sender, draft, now).at(room, 42, now)
}

fn json(c: &mut Criterion) {
    let limits = Limits::default();
    let drafts = [("small", small()), ("full", full())];
    let mut group = c.benchmark_group("json/decode SEND_MESSAGE");
    for (name, draft) in &drafts {
        let frame = command(draft);
        decode_command(&frame, &limits).expect("a command");
        group.throughput(Throughput::Bytes(frame.len() as u64));
        group.bench_function(*name, |b| {
            b.iter(|| decode_command(black_box(&frame), &limits));
        });
    }
    group.finish();

    let mut group = c.benchmark_group("json/encode MESSAGE_CREATED");
    for (name, draft) in drafts {
        let message = message(draft);
        let length = Event::of_message(&message, 0).encode().len();
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(name, |b| {
            b.iter(|| Event::of_message(black_box(&message), 0).encode());
        });
    }
    group.finish();
}

criterion_group!(benches, json);
criterion_main!(benches);
