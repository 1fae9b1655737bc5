//! Joining a room, fresh or from a position on. The connection gets from the log what it misses, then
//! everything after that as it happens: none missing, none twice, however long it was away and whatever
//! happens meanwhile.
//!
//! The client sets the pace, and may be removed from the room at any moment of it. So nothing is sent
//! before everything sent earlier is written, and everything is sent through
//! [`Link::push_in`], which a removal ends.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::link::Link;
use super::repair::CatchUp;
use super::room::{JoinReply, Op, Room};
use super::syncs::SyncPage;
use super::view::View;
use super::{Actor, Frame, Inner};
use crate::model::{Anchor, HistoryPage, HistoryQuery, Member, Membership, Message, RoomKind};
use crate::protocol::{Event, JoinRoom};
use crate::{Epoch, Error, ErrorKind, Result};

/// Messages in one `ROOM_SYNC`, at most.
const SYNC_PAGE: usize = 100;
pub(crate) const HISTORY_DEFAULT: u32 = 50;
pub(crate) const HISTORY_MAX: u32 = 100;
/// The pause before the log is read again that did not lead on: its store lags behind.
const LAG: Duration = Duration::from_millis(50);

impl Inner {
    pub(crate) async fn join(self: &Arc<Self>, link: &Arc<Link>, command: JoinRoom) -> Result<()> {
        let limit = command.history.unwrap_or(HISTORY_DEFAULT);
        if limit > HISTORY_MAX {
            return Err(Error::invalid("`history` must be at most 100"));
        }
        let actor = Actor::User(link.user_id.clone());
        let room = self.room_for(&actor, &command.room_id).await?;
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
        // Noted first: whoever removes the member from here on finds it.
        link.add_joined(&room);
        let joined = self.join_as(link, &room, &member, &command, limit).await;
        if joined.is_err() {
            link.remove_joined(&room.id);
            leave(&room, link).await;
            return joined;
        }
        self.still_member(link, &room).await?;
        self.look_again(link, &room).await;
        self.occupancy_for(link, &room).await;
        Ok(())
    }

    /// The removal of a member may have come between the check and the join.
    async fn still_member(&self, link: &Arc<Link>, room: &Arc<Room>) -> Result<()> {
        let cut_off = !link.has_joined(&room.id);
        if !cut_off && !self.is_outside(room, link).await {
            return Ok(());
        }
        link.remove_joined(&room.id);
        leave(room, link).await;
        Err(self.outside(room, None).await)
    }

    /// Whether the user is known not to be a member.
    async fn is_outside(&self, room: &Room, link: &Link) -> bool {
        let member = self.member(room, &link.user_id).await;
        member.is_err_and(|e| !e.is_temporary())
    }

    /// What the user does not see may have changed between the look at it and the join.
    async fn look_again(&self, link: &Arc<Link>, room: &Arc<Room>) {
        let actor = Actor::User(link.user_id.clone());
        loop {
            let generation = room.cache.hides_generation();
            let Ok(view) = self.view(room, &actor).await else {
                return;
            };
            let (link, hides) = (link.id, view.hides);
            room.submit([Op::Look { link, hides }]);
            if room.cache.hides_generation() == generation {
                return;
            }
        }
    }

    /// The member a user is, or becomes by joining a public room.
    async fn member_on_demand(self: &Arc<Self>, room: &Arc<Room>, link: &Link) -> Result<Member> {
        let user = &link.user_id;
        let standing = self.membership(room, user).await?;
        if let Some(Membership::Member(member)) = standing {
            return Ok(member);
        }
        let info = self.room_info(room).await?;
        let open = info.kind == RoomKind::Public && info.settings.join_on_demand;
        if standing.is_some() || !open {
            return Err(self.outside(room, standing.as_ref()).await);
        }
        self.become_member(room, user).await
    }

    async fn join_as(
        self: &Arc<Self>,
        link: &Arc<Link>,
        room: &Arc<Room>,
        member: &Member,
        command: &JoinRoom,
        limit: u32,
    ) -> Result<()> {
        let marker = self.reads.read_marker(&room.id, &link.user_id);
        let view = self.view_anew(room, &link.user_id).await?;
        let mut joining = Joining {
            engine: self,
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

async fn leave(room: &Arc<Room>, link: &Arc<Link>) {
    let (reply, done) = oneshot::channel();
    room.submit([Op::Leave {
        link: Arc::clone(link),
        last: None,
        reply: Some(reply),
    }]);
    let _ = done.await;
}

/// A join under way.
struct Joining<'a> {
    engine: &'a Arc<Inner>,
    link: &'a Arc<Link>,
    room: &'a Arc<Room>,
    member: &'a Member,
    reference: Option<&'a str>,
    view: View,
    read_seq: u64,
}

impl Joining<'_> {
    async fn changes(&self, after: u64, limit: usize) -> Result<Arc<SyncPage>> {
        let read = || {
            let (engine, id) = (Arc::clone(self.engine), self.room.id.clone());
            async move { engine.log.changes(&id, after, limit).await }
        };
        let page = self.room.syncs.changes(after, read).await?;
        self.check_epoch(page.changes.epoch)?;
        Ok(page)
    }

    fn check_epoch(&self, epoch: Epoch) -> Result<()> {
        if epoch == self.room.epoch {
            return Ok(());
        }
        self.engine.active.discard(self.room);
        Err(Error::log_replaced())
    }

    /// The first changes after a position, or `None` when the position means nothing in this log.
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
            // Not held while the client takes its time.
            drop(page);
            self.push(&[frame]).await?;
            page = self.changes_beyond(through, limit).await?;
        }
    }

    async fn fresh(&self, limit: usize) -> Result<()> {
        let head = {
            let read = || {
                let (engine, id) = (Arc::clone(self.engine), self.room.id.clone());
                async move { engine.log.open(&id).await }
            };
            self.room.syncs.head(read).await?
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
        // Told and put into the room in one: what follows from a client's next step must not pass it by.
        if self.stitch(have, Some(Arc::clone(&joined))).await? {
            return Ok(());
        }
        self.push(&[joined]).await?;
        let mut catch_up = CatchUp::after(have);
        let mut complete = true;
        let mut limit = SYNC_PAGE;
        // Before the log is read to its head, a message may be missing whose creation was superseded.
        while !(complete && self.stitch(have, None).await?) {
            let page = self.changes_beyond(have, limit).await?;
            limit = page.next_limit(limit, SYNC_PAGE);
            let through = page.changes.through;
            complete = through >= page.changes.head;
            let news = catch_up.news(&page.changes, have);
            let news = self.engine.encode_events(self.room, news.iter().copied());
            let news = news.await;
            drop(page);
            let hides = self.view.hides.as_deref();
            let seen = news
                .iter()
                .map(|(_, f)| f.for_reader(&self.link.user_id, hides));
            self.push(&seen.cloned().collect::<Vec<_>>()).await?;
            have = through;
        }
        Ok(())
    }

    /// The newest messages up to a head: the client is told what comes after it as it happens.
    async fn newest(&self, head: u64, limit: usize) -> Result<Arc<HistoryPage>> {
        if limit == 0 {
            return Ok(Arc::default());
        }
        let read = || {
            let (engine, id) = (Arc::clone(self.engine), self.room.id.clone());
            let query = HistoryQuery::new(Anchor::Before(head + 1), limit);
            async move { engine.history_page(&id, &query).await }
        };
        self.room.syncs.newest(head, limit, read).await
    }

    /// The changes after a position at which the last read was complete.
    async fn changes_beyond(&self, through: u64, limit: usize) -> Result<Arc<SyncPage>> {
        loop {
            if self.engine.is_outside(self.room, self.link).await {
                return Err(self.engine.outside(self.room, None).await);
            }
            let page = self.changes(through, limit).await?;
            if page.changes.through > through {
                return Ok(page);
            }
            tokio::time::sleep(LAG).await;
        }
    }

    /// Puts the connection into the room at a position, if what comes right after it is at hand.
    async fn stitch(&self, have: u64, first: Option<Arc<Frame>>) -> Result<bool> {
        self.drained().await;
        let (reply, joined) = oneshot::channel();
        self.room.submit([Op::Join {
            link: Arc::clone(self.link),
            have,
            first,
            hides: self.view.hides.clone(),
            reply,
        }]);
        match joined.await {
            Ok(JoinReply::Joined | JoinReply::Already) => Ok(true),
            Ok(JoinReply::Behind) => Ok(false),
            Ok(JoinReply::Retired) => Err(Error::unavailable("the room was deleted or replaced")),
            Ok(JoinReply::Removed) => Err(self.engine.outside(self.room, None).await),
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
        Arc::new(Frame::durable(event.encode()))
    }

    /// Sends frames, a page of them at the most, once everything before them is written.
    async fn push(&self, frames: &[Arc<Frame>]) -> Result<()> {
        self.drained().await;
        for frame in frames {
            if !self.link.push_in(&self.room.id, frame) {
                return Err(self.engine.outside(self.room, None).await);
            }
        }
        Ok(())
    }

    async fn drained(&self) {
        poll_fn(|_| self.link.outbox.poll_drained()).await;
    }
}
