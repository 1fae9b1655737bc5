//! Joining a room, fresh or from a position. The connection catches up from the log, then gets
//! events live, without a gap or a duplicate.
//!
//! The client sets the pace and may be removed at any time. A frame is therefore sent only once all
//! earlier ones are written, and through [`Link::push_in`], which fails after a removal.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Connections;
use crate::engine::actor::Actor;
use crate::engine::feed::View;
use crate::engine::outbound::Frame;
use crate::engine::rooms::{ActiveRoom, CatchUp, JoinReply, Link, Op, SyncPage};
use crate::model::{Anchor, HistoryPage, HistoryQuery, Member, Membership, Message, RoomKind};
use crate::protocol::{Event, HISTORY_DEFAULT, HISTORY_MAX, JoinRoom};
use crate::{Epoch, Error, ErrorKind, Result};

const SYNC_PAGE: usize = 100;
/// The pause before another read of a store that lags behind.
const LAG: Duration = Duration::from_millis(50);

impl Connections {
    pub(crate) async fn join(self: &Arc<Self>, link: &Arc<Link>, command: JoinRoom) -> Result<()> {
        let limit = command.history.unwrap_or(HISTORY_DEFAULT);
        if limit > HISTORY_MAX {
            return Err(Error::invalid("`history` must be at most 100"));
        }
        let actor = Actor::User(link.user_id.clone());
        let room = self.rooms.open_for(&actor, &command.room_id).await?;
        let member = self.member_on_demand(&room, link).await?;
        if let Some(joined) = link.remove_joined(&room.id) {
            leave(&joined, link).await;
        }
        let most = self.config.limits.max_rooms_per_connection;
        if link.joined_count() >= most {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("a connection may join at most {most} rooms"),
            ));
        }
        // Recorded first, so that a concurrent removal finds it.
        link.add_joined(&room);
        let joined = self.join_as(link, &room, &member, &command, limit).await;
        if joined.is_err() {
            link.remove_joined(&room.id);
            leave(&room, link).await;
            return joined;
        }
        self.still_member(link, &room).await?;
        self.look_again(link, &room).await;
        self.occupancies.send_to(link, &room).await;
        Ok(())
    }

    /// Fails if the member was removed between the check and the join.
    async fn still_member(&self, link: &Arc<Link>, room: &Arc<ActiveRoom>) -> Result<()> {
        let cut_off = !link.has_joined(&room.id);
        if !cut_off && !self.is_outside(room, link).await {
            return Ok(());
        }
        link.remove_joined(&room.id);
        leave(room, link).await;
        Err(self.rooms.outside(room, None).await)
    }

    /// Returns `true` if the user is certainly not a member. A store failure does not count.
    async fn is_outside(&self, room: &ActiveRoom, link: &Link) -> bool {
        let member = self.rooms.member(room, &link.user_id).await;
        member.is_err_and(|e| !e.is_temporary())
    }

    /// Refreshes the visibility filter, which may have changed during the join.
    async fn look_again(&self, link: &Arc<Link>, room: &Arc<ActiveRoom>) {
        let actor = Actor::User(link.user_id.clone());
        loop {
            let generation = room.cache.filter_generation();
            let Ok(view) = self.access.view(room, &actor).await else {
                return;
            };
            let (link, filter) = (link.id, view.filter);
            room.submit([Op::SetFilter { link, filter }]);
            if room.cache.filter_generation() == generation {
                return;
            }
        }
    }

    /// Returns the user's membership. In a public room, creates it on demand.
    async fn member_on_demand(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        link: &Link,
    ) -> Result<Member> {
        let user = &link.user_id;
        let standing = self.rooms.membership(room, user).await?;
        if let Some(Membership::Member(member)) = standing {
            return Ok(member);
        }
        let info = self.rooms.info(room).await?;
        let open = info.kind == RoomKind::Public && info.settings.join_on_demand;
        if standing.is_some() || !open {
            return Err(self.rooms.outside(room, standing.as_ref()).await);
        }
        self.management.become_member(room, user).await
    }

    async fn join_as(
        self: &Arc<Self>,
        link: &Arc<Link>,
        room: &Arc<ActiveRoom>,
        member: &Member,
        command: &JoinRoom,
        limit: u32,
    ) -> Result<()> {
        let marker = self.reads.read_marker(&room.id, &link.user_id);
        let view = self.access.view_anew(room, &link.user_id).await?;
        let mut joining = Joining {
            connections: self,
            link,
            room,
            member,
            reference: command.r#ref.as_deref(),
            view,
            read_seq: 0,
        };
        if let (Some(after), Some(epoch)) = (command.after, command.epoch) {
            let (marker, first) = futures::join!(marker, joining.resumable(after, epoch));
            joining.read_seq = marker?.map_or(0, |m| m.seq);
            if let Some(first) = first? {
                return joining.resume(first).await;
            }
        } else {
            joining.read_seq = marker.await?.map_or(0, |m| m.seq);
        }
        joining.fresh(limit as usize).await
    }
}

async fn leave(room: &Arc<ActiveRoom>, link: &Arc<Link>) {
    let (reply, done) = oneshot::channel();
    room.submit([Op::Leave {
        link: Arc::clone(link),
        last: None,
        reply: Some(reply),
    }]);
    let _ = done.await;
}

struct Joining<'a> {
    connections: &'a Arc<Connections>,
    link: &'a Arc<Link>,
    room: &'a Arc<ActiveRoom>,
    member: &'a Member,
    reference: Option<&'a str>,
    view: View,
    read_seq: u64,
}

impl Joining<'_> {
    async fn changes(&self, after: u64, limit: usize) -> Result<Arc<SyncPage>> {
        let read = || {
            let (connections, id) = (Arc::clone(self.connections), self.room.id.clone());
            async move { connections.log.changes(&id, after, limit).await }
        };
        let page = self.room.reads.changes(after, read).await?;
        self.check_epoch(page.changes.epoch)?;
        Ok(page)
    }

    fn check_epoch(&self, epoch: Epoch) -> Result<()> {
        if epoch == self.room.epoch {
            return Ok(());
        }
        self.connections.rooms.discard(self.room);
        Err(Error::log_replaced())
    }

    /// The first changes after a position, or `None` if this log does not know the position.
    async fn resumable(&self, after: u64, epoch: Epoch) -> Result<Option<Arc<SyncPage>>> {
        if epoch != self.room.epoch {
            return Ok(None);
        }
        let page = self.changes(after, SYNC_PAGE).await?;
        Ok((after <= page.changes.head).then_some(page))
    }

    async fn resume(&self, mut page: Arc<SyncPage>) -> Result<()> {
        metrics::counter!("chat_resumes_total").increment(1);
        let joined = self.joined(page.changes.head, true, None);
        self.push(&[joined]).await?;
        let mut limit = SYNC_PAGE;
        loop {
            let through = page.changes.through;
            if through >= page.changes.head {
                let last = page.frame_for(&self.view, &self.room.id, true);
                if self.stitch(through, Some(last)).await? {
                    return Ok(());
                }
            }
            let frame = page.frame_for(&self.view, &self.room.id, false);
            limit = page.next_limit(limit, SYNC_PAGE);
            // Free the page while the client is slow.
            drop(page);
            self.push(&[frame]).await?;
            page = self.changes_beyond(through, limit).await?;
        }
    }

    async fn fresh(&self, limit: usize) -> Result<()> {
        let head = {
            let read = || {
                let (connections, id) = (Arc::clone(self.connections), self.room.id.clone());
                async move { connections.log.open(&id).await }
            };
            self.room.reads.head(read).await?
        };
        self.check_epoch(head.epoch)?;
        let mut have = head.head;
        let newest = self.newest(have, limit).await?;
        let joined = if self.view.is_plain(&newest.messages) {
            self.joined(have, false, Some(&newest.messages))
        } else {
            let seen = newest.messages.iter().filter(|m| self.view.sees(m));
            let seen: Vec<_> = seen.cloned().collect();
            self.joined(have, false, Some(&seen))
        };
        drop(newest);
        // Send and subscribe in one step: the client may act as soon as it sees the frame.
        if self.stitch(have, Some(Arc::clone(&joined))).await? {
            return Ok(());
        }
        self.push(&[joined]).await?;
        let mut catch_up = CatchUp::after(have);
        let mut complete = true;
        let mut limit = SYNC_PAGE;
        // Until the head is reached, a message may be missing: a change superseded its creation.
        while !(complete && self.stitch(have, None).await?) {
            let page = self.changes_beyond(have, limit).await?;
            limit = page.next_limit(limit, SYNC_PAGE);
            let through = page.changes.through;
            complete = through >= page.changes.head;
            let news = catch_up.news(&page.changes, have);
            let news = self
                .connections
                .rooms
                .encode_events(self.room, news.iter().copied());
            let news = news.await;
            drop(page);
            let filter = self.view.filter.as_deref();
            let seen = news
                .iter()
                .map(|event| event.frame_for(&self.link.user_id, filter));
            self.push(&seen.cloned().collect::<Vec<_>>()).await?;
            have = through;
        }
        Ok(())
    }

    async fn newest(&self, head: u64, limit: usize) -> Result<Arc<HistoryPage>> {
        if limit == 0 {
            return Ok(Arc::default());
        }
        let read = || {
            let (connections, id) = (Arc::clone(self.connections), self.room.id.clone());
            let query = HistoryQuery::new(Anchor::Before(head + 1), limit);
            async move { connections.messages.history_page(&id, &query).await }
        };
        self.room.reads.newest(head, limit, read).await
    }

    /// The next page of changes. Waits while the store lags behind `through`.
    async fn changes_beyond(&self, through: u64, limit: usize) -> Result<Arc<SyncPage>> {
        loop {
            if self.connections.is_outside(self.room, self.link).await {
                return Err(self.connections.rooms.outside(self.room, None).await);
            }
            let page = self.changes(through, limit).await?;
            if page.changes.through > through {
                return Ok(page);
            }
            tokio::time::sleep(LAG).await;
        }
    }

    /// Subscribes the connection at a position, or returns `false` if it must catch up first.
    async fn stitch(&self, have: u64, first: Option<Arc<Frame>>) -> Result<bool> {
        self.drained().await;
        let (reply, joined) = oneshot::channel();
        self.room.submit([Op::Join {
            link: Arc::clone(self.link),
            have,
            first,
            filter: self.view.filter.clone(),
            reply,
        }]);
        match joined.await {
            Ok(JoinReply::Joined | JoinReply::Already) => Ok(true),
            Ok(JoinReply::Behind) => Ok(false),
            Ok(JoinReply::Retired) => Err(Error::unavailable("the room was deleted or replaced")),
            Ok(JoinReply::Removed) => Err(self.connections.rooms.outside(self.room, None).await),
            Err(_) => Err(Error::internal("the room did not answer")),
        }
    }

    fn joined(&self, head: u64, recovered: bool, messages: Option<&[Message]>) -> Arc<Frame> {
        let event = Event::RoomJoined {
            r#ref: self.reference,
            room_id: &self.room.id,
            epoch: self.room.epoch,
            head,
            role: self.member.role,
            read_seq: self.read_seq,
            recovered,
            messages,
        };
        event.frame()
    }

    /// Sends at most one page of frames, once everything before them is written.
    async fn push(&self, frames: &[Arc<Frame>]) -> Result<()> {
        self.drained().await;
        for frame in frames {
            if !self.link.push_in(&self.room.id, frame) {
                return Err(self.connections.rooms.outside(self.room, None).await);
            }
        }
        Ok(())
    }

    async fn drained(&self) {
        poll_fn(|_| self.link.outbox.poll_drained()).await;
    }
}
