use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, MAX_POSITION};
use super::reply::{Outcome, Reply};
use super::request::{Emoji, Query, Request};
use crate::model::{Anchor, Draft, HistoryPage, HistoryQuery, Message};
#[cfg(feature = "schema")]
use crate::schema::shape;
use crate::{Epoch, Error, MessageId, Result, RoomId, Timestamp};

/// A page of a room's history.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct History<'a> {
    /// By ascending `seq`, tombstones of deleted messages included.
    messages: &'a [Message],
    /// The pages on either side.
    page: Page,
}

/// What to pass as `before` and `after` for the pages on either side, where there is anything.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "HistoryNeighbours")
)]
struct Page {
    /// For the older messages; null where there are none.
    before: Option<String>,
    /// For the newer messages; null where there are none.
    after: Option<String>,
}

/// What changed in a room after a position.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Changes<'a> {
    /// Each message that changed, once, in its latest state, by ascending `rev`.
    changes: &'a [Message],
    /// The answer is complete up to this position; the next read starts here.
    through: u64,
    /// The head of the log when it was read; there is more while `through` is below it.
    head: u64,
    /// The epoch of the log.
    epoch: Epoch,
}

/// A message that was sent.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "SentMessage")
)]
pub(super) struct Stored<'a> {
    #[serde(flatten)]
    message: &'a Message,
    /// Whether it was there before, by its `clientMessageId`.
    duplicate: bool,
}

/// A message's new text.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    /// The text.
    #[cfg_attr(feature = "schema", schemars(with = "shape::FilledText"))]
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
    let query = HistoryQuery { anchor, limit };
    let history = engine.history(&actor, room, &query).await?;
    Reply::ok(&History {
        messages: &history.messages,
        page: page(anchor, &history),
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

fn page(anchor: Anchor, history: &HistoryPage) -> Page {
    let (first, last) = (history.messages.first(), history.messages.last());
    // Where the page is empty, everything lies on one side of its anchor.
    let before = match (first, anchor) {
        (Some(first), _) => first.seq,
        (None, Anchor::After(seq)) => seq.saturating_add(1).min(MAX_POSITION),
        (None, _) => MAX_POSITION,
    };
    let after = match (last, anchor) {
        (Some(last), _) => last.seq,
        (None, Anchor::Before(seq)) => seq.saturating_sub(1),
        (None, _) => 0,
    };
    Page {
        before: history.has_before.then(|| before.encode()),
        after: history.has_after.then(|| after.encode()),
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
    emoji: &Emoji,
) -> Outcome {
    let (engine, user) = (&request.engine, &request.user);
    let emoji = emoji.0.clone();
    let changed = engine.react(user, room, id, emoji, true).await?;
    Reply::ok(&*changed.message)
}

pub(super) async fn unreact(
    request: &Request,
    room: &RoomId,
    id: &MessageId,
    emoji: &Emoji,
) -> Outcome {
    let (engine, user) = (&request.engine, &request.user);
    let emoji = emoji.0.clone();
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
    use super::super::calls::{AFTER, AFTER_TIME, AROUND, BEFORE, BEFORE_TIME};
    use super::*;

    fn parse(query: &str) -> Result<Start> {
        let known = [BEFORE, AFTER, AROUND, BEFORE_TIME, AFTER_TIME];
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

    #[test]
    fn an_empty_page_leads_back() {
        let empty = |has_before, has_after| HistoryPage {
            messages: Vec::new(),
            has_before,
            has_after,
        };
        let both = |before: Option<&str>, after: Option<&str>| Page {
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let after = Anchor::After(41);
        assert_eq!(page(after, &empty(true, false)), both(Some("42"), None));
        let before = Anchor::Before(1);
        assert_eq!(page(before, &empty(false, true)), both(None, Some("0")));
        let never = Anchor::BeforeTime(Timestamp::from_millis(0));
        assert_eq!(page(never, &empty(false, true)), both(None, Some("0")));
        let late = Anchor::AfterTime(Timestamp::from_millis(0));
        let last = MAX_POSITION.to_string();
        assert_eq!(page(late, &empty(true, false)), both(Some(&last), None));
    }
}
