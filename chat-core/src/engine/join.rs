//! Joining a room, fresh or from a position on. The connection gets what it misses from the log,
//! then everything after that as it happens: none missing, none twice, however long it was away
//! and whatever happens meanwhile.

use std::future::poll_fn;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::commands::answer;
use super::link::Link;
use super::room::{JoinReply, Op, Room};
use super::syncs::SyncPage;
use super::view::View;
use super::{Actor, Frame, Inner};
use crate::model::{Anchor, HistoryQuery, Member, Membership, RoomKind};
use crate::protocol::{Event, JoinRoom};
use crate::{Epoch, Error, ErrorKind, Result};

/// Messages in one `ROOM_SYNC`.
const SYNC_PAGE: usize = 100;
pub(crate) const HISTORY_DEFAULT: u32 = 50;
pub(crate) const HISTORY_MAX: u32 = 100;

impl Inner {
    pub(crate) async fn join(self: &Arc<Self>, link: &Arc<Link>, command: JoinRoom) -> Result<()> {
        let limit = command.history.unwrap_or(HISTORY_DEFAULT);
        if limit > HISTORY_MAX {
            return Err(Error::invalid("`history` is at most 100"));
        }
        let room = self.room(&command.room_id).await?;
        let member = self.member_on_demand(&room, link).await?;
        if let Some(joined) = link.remove_joined(&room.id) {
            leave(&joined, link).await;
        }
        if link.joined_count() >= self.config.limits.max_rooms_per_connection {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "this connection has joined as many rooms as it can",
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
        let member = self.member(room, &link.user_id).await;
        if cut_off || member.as_ref().is_err_and(|e| !e.is_temporary()) {
            link.remove_joined(&room.id);
            leave(room, link).await;
            return Err(self.outside(room, None).await);
        }
        Ok(())
    }

    /// What the user does not see may have changed between the look at it and the join.
    async fn look_again(&self, link: &Arc<Link>, room: &Arc<Room>) {
        let actor = Actor::User(link.user_id.clone());
        if let Ok(view) = self.view(room, &actor).await {
            let (link, hides) = (link.id, view.hides);
            room.submit([Op::Look { link, hides }]);
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
        let marker = self.messages.read_marker(&room.id, &link.user_id);
        let view = self.view(room, &Actor::User(link.user_id.clone())).await?;
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

async fn leave(room: &Arc<Room>, link: &Link) {
    let (reply, done) = oneshot::channel();
    room.submit([Op::Leave {
        link: link.id,
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
    async fn changes(&self, after: u64) -> Result<Arc<SyncPage>> {
        let read = async || {
            let messages = &self.engine.messages;
            messages.changes(&self.room.id, after, SYNC_PAGE).await
        };
        let page = self.room.syncs.changes(after, read).await?;
        if page.changes.epoch != self.room.epoch {
            self.engine.active.discard(self.room);
            return Err(Error::unavailable("the log was replaced"));
        }
        Ok(page)
    }

    /// The first changes after a position, or `None` when the position means nothing in this log.
    async fn resumable(&self, after: u64, epoch: Epoch) -> Result<Option<Arc<SyncPage>>> {
        if epoch != self.room.epoch {
            return Ok(None);
        }
        let page = self.changes(after).await?;
        Ok((after <= page.changes.head).then_some(page))
    }

    async fn resume(&self, mut page: Arc<SyncPage>) -> Result<()> {
        metrics::counter!("chat_resumes_total").increment(1);
        self.joined(page.changes.head, true, None);
        loop {
            let through = page.changes.through;
            if through >= page.changes.head {
                let last = page.frame_for(&self.view, &self.room.id, true);
                if self.stitch(through, Some(last)).await? {
                    return Ok(());
                }
            }
            self.link
                .push(&page.frame_for(&self.view, &self.room.id, false));
            // A long absence is caught up in portions: the socket sets the pace, not the log.
            poll_fn(|cx| self.link.outbox.poll_drained(cx)).await;
            page = self.changes(through).await?;
        }
    }

    async fn fresh(&self, limit: usize) -> Result<()> {
        let id = &self.room.id;
        let messages = &self.engine.messages;
        let head = self
            .room
            .syncs
            .head(async || messages.open(id).await)
            .await?;
        if head.epoch != self.room.epoch {
            self.engine.active.discard(self.room);
            return Err(Error::unavailable("the log was replaced"));
        }
        let head = head.head;
        // What comes after the head is told as it happens.
        let query = HistoryQuery::new(Anchor::Before(head + 1), limit);
        if limit == 0 {
            self.joined(head, false, Some(&[]));
        } else {
            let read = async || self.engine.history_page(id, &query).await;
            let page = self.room.syncs.newest(head, limit, read).await?;
            if self.view.is_plain(&page.messages) {
                self.joined(head, false, Some(&page.messages));
            } else {
                let seen = page.messages.iter().filter(|m| self.view.sees(m)).cloned();
                self.joined(head, false, Some(&seen.collect::<Vec<_>>()));
            }
        }
        let mut have = head;
        while !self.stitch(have, None).await? {
            let page = self.changes(have).await?;
            let news = self.engine.encode_changes(self.room, &page.changes, have);
            for (_, frame) in news.await {
                let hides = self.view.hides.as_deref();
                self.link.push(frame.for_reader(&self.link.user_id, hides));
            }
            poll_fn(|cx| self.link.outbox.poll_drained(cx)).await;
            have = page.changes.through;
        }
        Ok(())
    }

    /// Puts the connection into the room at a position, if what comes right after it is at hand.
    async fn stitch(&self, have: u64, first: Option<Arc<Frame>>) -> Result<bool> {
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
            Err(_) => Err(Error::internal("a room gave no answer")),
        }
    }

    fn joined(&self, head: u64, recovered: bool, messages: Option<&[crate::model::Message]>) {
        answer(
            self.link,
            &Event::RoomJoined {
                r#ref: self.reference,
                room_id: &self.room.id,
                epoch: self.room.epoch,
                head,
                role: self.member.role,
                read_seq: self.read_seq,
                recovered,
                messages,
            },
        );
    }
}
