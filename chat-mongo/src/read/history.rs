use chat_core::RoomId;
use chat_core::model::{Anchor, HistoryPage, HistoryQuery, Message};

use super::window::View;
use crate::error::Failure;
use crate::store::Inner;

impl Inner {
    pub(crate) async fn history(
        &self,
        room: &RoomId,
        query: &HistoryQuery,
    ) -> Result<HistoryPage, Failure> {
        let Some(known) = self.for_read(room).await? else {
            return Ok(HistoryPage::default());
        };
        let (view, head) = (&View::of(room, query.thread), known.head);
        let limit = query.limit.max(1);
        match query.anchor {
            Anchor::Newest => {
                let below = self.below(view, u64::MAX, head, limit + 1).await?;
                Ok(older(below, limit, false))
            }
            Anchor::Before(seq) => self.before(view, seq, head, limit).await,
            Anchor::BeforeTime(time) => {
                let seq = self.first_since(room, time, head).await?;
                self.before(view, seq, head, limit).await
            }
            Anchor::After(seq) => self.after(view, seq.saturating_add(1), head, limit).await,
            Anchor::AfterTime(time) => {
                let seq = self.first_since(room, time, head).await?;
                self.after(view, seq, head, limit).await
            }
            Anchor::Around(seq) => self.around(view, seq, head, limit).await,
        }
    }

    async fn before(
        &self,
        view: &View<'_>,
        seq: u64,
        head: u64,
        limit: usize,
    ) -> Result<HistoryPage, Failure> {
        let (below, above) = tokio::try_join!(
            self.below(view, seq, head, limit + 1),
            self.from(view, seq, head, 1),
        )?;
        Ok(older(below, limit, !above.is_empty()))
    }

    async fn after(
        &self,
        view: &View<'_>,
        seq: u64,
        head: u64,
        limit: usize,
    ) -> Result<HistoryPage, Failure> {
        let (mut messages, below) = tokio::try_join!(
            self.from(view, seq, head, limit + 1),
            self.below(view, seq, head, 1),
        )?;
        let has_after = messages.len() > limit;
        messages.truncate(limit);
        Ok(HistoryPage {
            messages,
            has_before: !below.is_empty(),
            has_after,
        })
    }

    async fn around(
        &self,
        view: &View<'_>,
        seq: u64,
        head: u64,
        limit: usize,
    ) -> Result<HistoryPage, Failure> {
        let (half, rest) = (limit / 2, limit - limit / 2);
        let (below, mut above) = tokio::try_join!(
            self.below(view, seq, head, half + 1),
            self.from(view, seq, head, rest + 1),
        )?;
        let mut page = older(below, half, above.len() > rest);
        above.truncate(rest);
        page.messages.extend(above);
        Ok(page)
    }
}

/// Builds a page from up to `limit + 1` messages, newest first.
fn older(mut newest_first: Vec<Message>, limit: usize, has_after: bool) -> HistoryPage {
    let has_before = newest_first.len() > limit;
    newest_first.truncate(limit);
    newest_first.reverse();
    HistoryPage {
        messages: newest_first,
        has_before,
        has_after,
    }
}
