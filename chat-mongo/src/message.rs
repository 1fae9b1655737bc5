//! The encoding of messages as documents.

use std::collections::BTreeMap;

use chat_core::model::{Attachment, Message, MessageKind, Metadata};
use chat_core::{MessageId, Result, Timestamp, UserId};
use mongodb::bson::{Bson, Document, doc};

use crate::codec::{
    Read, date, field, from_json, position, strings, to_date, to_id, to_ids, to_json, to_text,
    to_u64, to_uuid, uuid,
};
use crate::error::Failure;

/// A message and the store's fields in its document.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) message: Message,
    /// The positions this message has taken and not released.
    pub(crate) positions: Vec<u64>,
    /// The time of the last release of positions, and the highest position at that time.
    pub(crate) let_go: Option<(Timestamp, u64)>,
    /// The random mark of the last change.
    pub(crate) write: Option<i64>,
}

/// Returns `true` if the message counts as unread, as a reply or as a mention.
pub(crate) fn counts(message: &Message) -> bool {
    message.kind == MessageKind::User && message.deleted_at.is_none() && !message.shadowed
}

/// Encodes a message, without the store's fields.
pub(crate) fn encode(message: &Message) -> Result<Document> {
    let mut d = doc! {
        "_id": uuid(message.id.as_uuid()),
        "r": message.room_id.as_str(),
        "s": position(message.seq),
        "t": date(message.created_at),
    };
    let mut put = |key: &str, value: Option<Bson>| {
        if let Some(value) = value {
            d.insert(key, value);
        }
    };
    let user = |user: &Option<UserId>| user.as_ref().map(|u| Bson::String(u.as_str().to_owned()));
    let time = |at: Option<Timestamp>| at.map(date);
    let id = |id: Option<MessageId>| id.map(|id| uuid(id.as_uuid()));
    put(
        "v",
        (message.rev != message.seq).then(|| Bson::Int64(position(message.rev))),
    );
    put("u", user(&message.sender_id));
    put(
        "c",
        message
            .client_message_id
            .as_ref()
            .map(|c| Bson::String(c.as_str().to_owned())),
    );
    put(
        "k",
        (message.kind == MessageKind::System).then_some(Bson::Int32(1)),
    );
    put("n", counts(message).then_some(Bson::Int32(1)));
    put(
        "b",
        (!message.text.is_empty()).then(|| Bson::String(message.text.clone())),
    );
    put("et", time(message.edited_at));
    put("eu", user(&message.edited_by));
    put("dt", time(message.deleted_at));
    put("du", user(&message.deleted_by));
    put("pt", time(message.pinned_at));
    put("pu", user(&message.pinned_by));
    put("a", id(message.reply_to));
    put("h", id(message.thread_id));
    put(
        "m",
        (!message.mentions.is_empty())
            .then(|| strings(message.mentions.iter().map(UserId::as_str))),
    );
    put(
        "f",
        (!message.attachments.is_empty())
            .then(|| Bson::Array(message.attachments.iter().map(attachment).collect())),
    );
    put(
        "e",
        (!message.reactions.is_empty()).then(|| reactions(&message.reactions)),
    );
    put("o", time(message.expires_at));
    put("z", message.shadowed.then_some(Bson::Boolean(true)));
    if !message.metadata.is_empty() {
        d.insert("j", to_json(&message.metadata)?);
    }
    if let Some(event) = &message.system {
        d.insert("y", to_json(event)?);
    }
    Ok(d)
}

fn attachment(a: &Attachment) -> Bson {
    let mut d = doc! { "u": &a.url, "m": &a.mime_type };
    if let Some(name) = &a.name {
        d.insert("n", name);
    }
    if let Some(size) = a.size {
        d.insert("s", position(size));
    }
    Bson::Document(d)
}

/// Encodes reactions as a list, so that an emoji from a client is never a key.
fn reactions(reactions: &BTreeMap<String, Vec<UserId>>) -> Bson {
    let each = reactions.iter().map(|(emoji, users)| {
        Bson::Document(doc! { "e": emoji, "u": strings(users.iter().map(UserId::as_str)) })
    });
    Bson::Array(each.collect())
}

pub(crate) fn decode(document: Document) -> Read<Stored> {
    let mut m = Message {
        id: MessageId::from_uuid(to_uuid(field(&document, "_id")?)?),
        room_id: to_id(field(&document, "r")?)?,
        kind: MessageKind::User,
        seq: to_u64(field(&document, "s")?)?,
        rev: to_u64(document.get("v").unwrap_or(field(&document, "s")?))?,
        sender_id: None,
        client_message_id: None,
        text: String::new(),
        created_at: to_date(field(&document, "t")?)?,
        edited_at: None,
        edited_by: None,
        deleted_at: None,
        deleted_by: None,
        reply_to: None,
        thread_id: None,
        mentions: Vec::new(),
        attachments: Vec::new(),
        reactions: BTreeMap::new(),
        pinned_at: None,
        pinned_by: None,
        metadata: Metadata::new(),
        system: None,
        expires_at: None,
        thread: None,
        shadowed: false,
    };
    let (mut positions, mut let_go_at, mut let_go_rev, mut write) = (Vec::new(), None, None, None);
    for (key, value) in document {
        match key.as_str() {
            "p" => positions = to_positions(&value)?,
            "pg" => let_go_at = Some(to_date(&value)?),
            "pl" => let_go_rev = Some(to_u64(&value)?),
            "w" => write = value.as_i64(),
            "u" => m.sender_id = Some(to_id(&value)?),
            "c" => m.client_message_id = Some(to_id(&value)?),
            "k" => m.kind = MessageKind::System,
            "b" => m.text = to_text(value)?,
            "et" => m.edited_at = Some(to_date(&value)?),
            "eu" => m.edited_by = Some(to_id(&value)?),
            "dt" => m.deleted_at = Some(to_date(&value)?),
            "du" => m.deleted_by = Some(to_id(&value)?),
            "pt" => m.pinned_at = Some(to_date(&value)?),
            "pu" => m.pinned_by = Some(to_id(&value)?),
            "a" => m.reply_to = Some(MessageId::from_uuid(to_uuid(&value)?)),
            "h" => m.thread_id = Some(MessageId::from_uuid(to_uuid(&value)?)),
            "m" => m.mentions = to_ids(&value)?,
            "f" => m.attachments = to_attachments(value)?,
            "e" => m.reactions = to_reactions(value)?,
            "o" => m.expires_at = Some(to_date(&value)?),
            "z" => m.shadowed = value.as_bool().unwrap_or_default(),
            "j" => m.metadata = from_json(value)?,
            "y" => m.system = Some(from_json(value)?),
            // Fields read above, or added by a newer version.
            _ => {}
        }
    }
    Ok(Stored {
        message: m,
        positions,
        let_go: let_go_at.zip(let_go_rev),
        write,
    })
}

fn to_positions(value: &Bson) -> Read<Vec<u64>> {
    match value {
        Bson::Array(all) => all.iter().map(to_u64).collect(),
        one => Ok(vec![to_u64(one)?]),
    }
}

fn documents(value: Bson) -> impl Iterator<Item = Read<Document>> {
    let all = match value {
        Bson::Array(all) => all,
        other => vec![other],
    };
    all.into_iter().map(|one| match one {
        Bson::Document(d) => Ok(d),
        _ => Err(Failure::Malformed("expected a list of documents")),
    })
}

fn to_attachments(value: Bson) -> Read<Vec<Attachment>> {
    let read = |d: Read<Document>| {
        let d = d?;
        Ok(Attachment {
            url: to_text(field(&d, "u")?.clone())?,
            mime_type: to_text(field(&d, "m")?.clone())?,
            name: d.get("n").map(|n| to_text(n.clone())).transpose()?,
            size: d.get("s").map(to_u64).transpose()?,
        })
    };
    documents(value).map(read).collect()
}

fn to_reactions(value: Bson) -> Read<BTreeMap<String, Vec<UserId>>> {
    let read = |d: Read<Document>| {
        let d = d?;
        Ok((to_text(field(&d, "e")?.clone())?, to_ids(field(&d, "u")?)?))
    };
    documents(value).map(read).collect()
}
