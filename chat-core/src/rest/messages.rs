use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, MAX_POSITION, PinPosition};
use super::reply::{Outcome, Reply};
use super::request::{Emoji, NextPage, Query, Request, naming};
#[cfg(feature = "schema")]
use super::shape;
use crate::engine;
use crate::model::{Anchor, Draft, HistoryQuery, Message, fitting, fitting_around, json_bytes};
use crate::{Epoch, Error, MessageId, Result, RoomId, Timestamp, UserId};

/// A page of a room's history.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct History<'a> {
    /// The messages by ascending `seq`, including tombstones.
    messages: &'a [Message],
    /// The cursors of the adjacent pages.
    page: Page,
}

/// The `before` and `after` parameters of the adjacent pages.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "HistoryNeighbours")
)]
struct Page {
    /// The `before` of the page of older messages. Null if there are none.
    before: Option<String>,
    /// The `after` of the page of newer messages. Null if there are none.
    after: Option<String>,
}

/// The changes of a room after a position.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Changes<'a> {
    /// Each changed message once, in its latest state, by ascending `rev`.
    changes: &'a [Message],
    /// The position up to which the result is complete. The next read starts here.
    through: u64,
    /// The head of the log at the time of the read. There is more while `through` is below it.
    head: u64,
    /// The epoch of the log.
    epoch: Epoch,
}

/// A sent message.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "SentMessage")
)]
pub(super) struct Stored<'a> {
    #[serde(flatten)]
    message: &'a Message,
    /// `true` if a message with the same `clientMessageId` was already stored.
    duplicate: bool,
}

/// A message's new text.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    /// The new text.
    #[cfg_attr(feature = "schema", schemars(with = "shape::FilledText"))]
    text: String,
}

/// A page of a thread.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread<'a> {
    /// The root message.
    root: &'a Message,
    /// The replies by ascending `seq`, including tombstones.
    messages: &'a [Message],
    /// The cursors of the adjacent pages.
    page: Page,
    /// The `seq` of the last reply that the user read, or 0.
    read_seq: u64,
    /// The number of later replies by others.
    unread: u64,
}

/// A page of a room's pinned messages.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Pins {
    /// The messages, most recently pinned first.
    messages: Vec<Message>,
    /// The next page.
    page: NextPage,
}

/// A page of the users who reacted to a message with an emoji.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct ReactorList {
    /// The total number of users over all pages.
    count: u64,
    /// `true` if the requesting user is one of them.
    reacted: bool,
    /// The users of this page, by user id.
    users: Vec<UserId>,
    /// The next page.
    page: NextPage,
}

/// The start of a page, as given in the query.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    At(Anchor),
    Around(MessageId),
}

async fn query(request: &Request, room: &RoomId) -> Result<HistoryQuery> {
    let limit = request.query.limit()?;
    let anchor = match start(&request.query)? {
        Start::At(anchor) => anchor,
        Start::Around(id) => {
            let message = request.engine.message(&request.actor(), room, &id).await?;
            Anchor::Around(message.seq)
        }
    };
    Ok(HistoryQuery::new(anchor, limit))
}

pub(super) async fn thread(request: &Request, room: &RoomId, root: &MessageId) -> Outcome {
    let query = query(request, room).await?;
    let (engine, actor) = (&request.engine, request.actor());
    let mut thread = engine.thread(&actor, room, root, &query).await?;
    let left = request
        .page_max_bytes()
        .saturating_sub(json_bytes(&thread.root));
    cut(&mut thread.replies, query.anchor, left);
    Reply::ok(&Thread {
        root: &thread.root,
        messages: &thread.replies.messages,
        page: Page::from(&thread.replies),
        read_seq: thread.read.read_seq,
        unread: thread.read.unread,
    })
}

pub(super) async fn pins(request: &Request, room: &RoomId) -> Outcome {
    let mut messages = request.engine.pins(&request.actor(), room).await?;
    if let Some(after) = request.query.place("cursor")? {
        messages.drain(..after_pin(&messages, after));
    }
    let bounds = (messages.len(), request.page_max_bytes());
    let page = NextPage::cut(&mut messages, bounds, PinPosition::of);
    Reply::ok(&Pins { messages, page })
}

/// Returns the index of the first pin after a position. If that pin is gone, its time decides.
fn after_pin(pins: &[Message], place: PinPosition) -> usize {
    let index = pins.iter().position(|m| m.id == place.id);
    index.map_or_else(
        || pins.partition_point(|m| m.pinned_at.is_some_and(|at| at > place.at)),
        |index| index + 1,
    )
}

pub(super) async fn pin(request: &Request, room: &RoomId, id: &MessageId) -> Outcome {
    let changed = request.engine.pin(&request.actor(), room, id, true).await?;
    Reply::ok(&*changed.message)
}

pub(super) async fn unpin(request: &Request, room: &RoomId, id: &MessageId) -> Outcome {
    request
        .engine
        .pin(&request.actor(), room, id, false)
        .await?;
    Reply::done()
}

pub(super) async fn history(request: &Request, room: &RoomId) -> Outcome {
    let query = query(request, room).await?;
    let mut history = request
        .engine
        .history(&request.actor(), room, &query)
        .await?;
    cut(&mut history, query.anchor, request.page_max_bytes());
    Reply::ok(&History {
        messages: &history.messages,
        page: Page::from(&history),
    })
}

/// Cuts a page to the messages nearest to its anchor that fit into `max_bytes`.
fn cut(history: &mut engine::History, anchor: Anchor, max_bytes: usize) {
    let messages = &mut history.messages;
    let kept = match anchor {
        Anchor::After(_) | Anchor::AfterTime(_) => 0..fitting(&*messages, max_bytes),
        Anchor::Around(seq) => {
            let middle = messages.partition_point(|m| m.seq < seq);
            let middle = middle.min(messages.len().saturating_sub(1));
            fitting_around(messages, middle, max_bytes)
        }
        Anchor::Newest | Anchor::Before(_) | Anchor::BeforeTime(_) => {
            let newest = fitting(messages.iter().rev(), max_bytes);
            messages.len() - newest..messages.len()
        }
    };
    if kept.end < messages.len() {
        messages.truncate(kept.end);
        history.after = messages.last().map(|m| m.seq);
    }
    if kept.start > 0 {
        messages.drain(..kept.start);
        history.before = messages.first().map(|m| m.seq);
    }
}

fn start(query: &Query) -> Result<Start> {
    const ANCHORS: [&str; 5] = ["before", "after", "around", "beforeTime", "afterTime"];
    let mut given = ANCHORS
        .iter()
        .filter_map(|name| query.get(name).map(|value| (*name, value)));
    let first = given.next();
    if given.next().is_some() {
        return Err(Error::invalid(format!(
            "at most one of `{}` may be given",
            ANCHORS.join("`, `")
        )));
    }
    let Some((name, value)) = first else {
        return Ok(Start::At(Anchor::Newest));
    };
    let position = || naming(name, u64::decode(value));
    let time = || naming(name, value.parse::<Timestamp>());
    Ok(Start::At(match name {
        "before" => Anchor::Before(position()?),
        "after" => Anchor::After(position()?),
        "beforeTime" => Anchor::BeforeTime(time()?),
        "afterTime" => Anchor::AfterTime(time()?),
        _ => match (u64::decode(value), value.parse()) {
            (Ok(seq), _) => Anchor::Around(seq),
            (Err(_), Ok(id)) => return Ok(Start::Around(id)),
            _ => {
                return Err(Error::invalid(
                    "`around` must be a message id or a position",
                ));
            }
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
    match request.query.get("for") {
        None | Some("all") => {
            request.engine.delete(&request.actor(), room, id).await?;
        }
        Some("me") => {
            request.engine.hide(&request.user, room, id).await?;
        }
        Some(_) => return Err(Error::invalid("`for` must be `all` or `me`").into()),
    }
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

pub(super) async fn reactors(
    request: &Request,
    room: &RoomId,
    id: &MessageId,
    emoji: &Emoji,
) -> Outcome {
    let bounds = request.page_bounds()?;
    let after = request.query.place("cursor")?;
    let (actor, most) = (request.actor(), bounds.0 + 1);
    let mut found = request
        .engine
        .reactors(&actor, room, id, &emoji.0, after.as_ref(), most)
        .await?;
    let page = NextPage::cut(&mut found.users, bounds, UserId::clone);
    Reply::ok(&ReactorList {
        count: found.count,
        reacted: found.reacted,
        users: found.users,
        page,
    })
}

pub(super) async fn changes(request: &Request, room: &RoomId) -> Outcome {
    let limit = request.query.limit()?;
    let after = request.query.place("after")?.unwrap_or(0);
    let mut changes = request
        .engine
        .changes(&request.actor(), room, after, limit)
        .await?;
    let fit = fitting(&changes.messages, request.page_max_bytes());
    if fit < changes.messages.len() {
        changes.messages.truncate(fit);
        changes.through = changes.messages.last().map_or(after, |m| m.rev);
    }
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
}
