use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, MAX_POSITION};
use super::reply::{Outcome, Reply};
use super::request::{Query, Request};
use crate::engine;
use crate::model::{Anchor, Draft, HistoryQuery, Message};
use crate::{Epoch, Error, MessageId, Result, RoomId, Timestamp};

#[derive(Serialize)]
struct History<'a> {
    messages: &'a [Message],
    page: Page,
}

/// What to pass as `before` and `after` for the pages on either side, where there is anything.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Page {
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct Changes<'a> {
    changes: &'a [Message],
    through: u64,
    head: u64,
    epoch: Epoch,
}

#[derive(Serialize)]
struct Stored<'a> {
    #[serde(flatten)]
    message: &'a Message,
    duplicate: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    text: String,
}

/// Where a page starts, as far as the query says.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    At(Anchor),
    Around(MessageId),
}

pub(super) async fn history(request: &Request, room: &RoomId) -> Outcome {
    let (engine, actor) = (&request.engine, request.actor());
    let limit = request.query.limit()?;
    let anchor = match start(&request.query)? {
        Start::At(anchor) => anchor,
        Start::Around(id) => Anchor::Around(engine.message(&actor, room, &id).await?.seq),
    };
    let query = HistoryQuery::new(anchor, limit);
    let history = engine.history(&actor, room, &query).await?;
    Reply::ok(&History {
        messages: &history.messages,
        page: Page::from(&history),
    })
}

fn start(query: &Query) -> Result<Start> {
    const ANCHORS: [&str; 5] = ["before", "after", "around", "beforeTime", "afterTime"];
    let mut given = ANCHORS
        .iter()
        .filter_map(|name| query.get(name).map(|value| (*name, value)));
    let first = given.next();
    if given.next().is_some() {
        return Err(Error::invalid(format!(
            "a page starts at one of: {}",
            ANCHORS.join(", ")
        )));
    }
    let time = |value: &str| {
        let time = value.parse::<Timestamp>();
        time.map_err(|e| Error::invalid(e.to_string()))
    };
    Ok(Start::At(match first {
        None => Anchor::Newest,
        Some(("before", value)) => Anchor::Before(u64::decode(value)?),
        Some(("after", value)) => Anchor::After(u64::decode(value)?),
        Some(("beforeTime", value)) => Anchor::BeforeTime(time(value)?),
        Some(("afterTime", value)) => Anchor::AfterTime(time(value)?),
        Some((_, value)) => match (u64::decode(value), value.parse()) {
            (Ok(seq), _) => Anchor::Around(seq),
            (Err(_), Ok(id)) => return Ok(Start::Around(id)),
            _ => return Err(Error::invalid("`around` is a message id or a position")),
        },
    }))
}

impl From<&engine::History> for Page {
    fn from(history: &engine::History) -> Self {
        Self {
            before: history.before.map(|seq| seq.min(MAX_POSITION).encode()),
            after: history.after.map(|seq| seq.min(MAX_POSITION).encode()),
        }
    }
}

pub(super) async fn send(request: &Request, room: &RoomId) -> Outcome {
    let draft: Draft = request.body.json()?;
    let sent = request.engine.send(&request.actor(), room, draft).await?;
    let stored = Stored {
        message: &sent.message,
        duplicate: sent.duplicate,
    };
    if sent.duplicate {
        return Reply::ok(&stored);
    }
    let id = sent.message.id.to_string();
    Ok(Reply::created(&stored)?.at(Some("messages"), &id))
}

pub(super) async fn get(request: &Request, room: &RoomId, id: &MessageId) -> Outcome {
    let message = request.engine.message(&request.actor(), room, id).await?;
    Reply::ok(&message)
}

pub(super) async fn edit(request: &Request, room: &RoomId, id: &MessageId) -> Outcome {
    let Edit { text } = request.body.json()?;
    let changed = request
        .engine
        .edit(&request.actor(), room, id, text)
        .await?;
    Reply::ok(&*changed.message)
}

pub(super) async fn delete(request: &Request, room: &RoomId, id: &MessageId) -> Outcome {
    request.engine.delete(&request.actor(), room, id).await?;
    Reply::done()
}

pub(super) async fn react(
    request: &Request,
    room: &RoomId,
    id: &MessageId,
    emoji: String,
) -> Outcome {
    let (engine, user) = (&request.engine, &request.user);
    let changed = engine.react(user, room, id, emoji, true).await?;
    Reply::ok(&*changed.message)
}

pub(super) async fn unreact(
    request: &Request,
    room: &RoomId,
    id: &MessageId,
    emoji: String,
) -> Outcome {
    let (engine, user) = (&request.engine, &request.user);
    engine.react(user, room, id, emoji, false).await?;
    Reply::done()
}

pub(super) async fn changes(request: &Request, room: &RoomId) -> Outcome {
    let limit = request.query.limit()?;
    let after = request.query.place("after")?.unwrap_or(0);
    let changes = request
        .engine
        .changes(&request.actor(), room, after, limit)
        .await?;
    Reply::ok(&Changes {
        changes: &changes.messages,
        through: changes.through,
        head: changes.head,
        epoch: changes.epoch,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Start> {
        let known = ["before", "after", "around", "beforeTime", "afterTime"];
        start(&Query::parse(Some(query), &known)?)
    }

    #[test]
    fn where_a_page_starts() {
        let id = MessageId::random();
        let time = Timestamp::from_millis(1_700_000_000_123);
        for (query, wanted) in [
            (String::new(), Start::At(Anchor::Newest)),
            ("before=0".into(), Start::At(Anchor::Before(0))),
            ("after=17".into(), Start::At(Anchor::After(17))),
            ("around=3".into(), Start::At(Anchor::Around(3))),
            (format!("around={id}"), Start::Around(id)),
            (
                format!("beforeTime={time}"),
                Start::At(Anchor::BeforeTime(time)),
            ),
            (
                "afterTime=2023-11-14T23:13:20.123%2B01:00".into(),
                Start::At(Anchor::AfterTime(time)),
            ),
        ] {
            assert_eq!(parse(&query).unwrap(), wanted, "{query}");
        }
        for bad in [
            "before=",
            "before=x",
            "around=x",
            "around=",
            "afterTime=1",
            "before=1&after=2",
            "around=1&beforeTime=2023-11-14T23:13:20Z",
            "before=9007199254740992",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
