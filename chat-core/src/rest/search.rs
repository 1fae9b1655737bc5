use serde::Serialize;

use super::reply::{Outcome, Reply};
use super::request::Request;
use crate::engine::Search;
use crate::model::{Message, SearchPosition};

use super::cursor::Cursor;
use super::request::NextPage;

/// A page of search results.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Found {
    /// The messages, newest first. A short or empty page may be followed by more.
    messages: Vec<Message>,
    /// The next page.
    page: NextPage,
}

pub(super) async fn search(request: &Request) -> Outcome {
    let query = &request.query;
    let mut search = Search::new(query.limit()?);
    if let Some(text) = query.get("q") {
        search = search.text(text);
    }
    if let Some(room) = query.parsed("roomId")? {
        search = search.room(room);
    }
    if let Some(sender) = query.parsed("senderId")? {
        search = search.sender(sender);
    }
    if let Some(since) = query.parsed("since")? {
        search = search.since(since);
    }
    if let Some(until) = query.parsed("until")? {
        search = search.until(until);
    }
    if let Some(after) = query.place("cursor")? {
        search = search.after(after);
    }
    let found = request.engine.search(&request.actor(), search).await?;
    let mut messages = found.messages;
    let bounds = (messages.len(), request.page_max_bytes());
    let page = NextPage::cut(&mut messages, bounds, |last| SearchPosition {
        at: last.created_at,
        id: last.id,
    });
    let next = NextPage::at(found.next.map(|next| next.encode()));
    Reply::ok(&Found {
        messages,
        page: page.or(next),
    })
}
