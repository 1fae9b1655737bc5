use std::sync::Arc;

use super::Messages;
use crate::engine::actor::Actor;
use crate::engine::rooms::ActiveRoom;
use crate::engine::tasks::write_settled;
use crate::model::{Action, HistoryPage, HistoryQuery, Message, MessageKind, ReadMarker};
use crate::protocol::Event;
use crate::{MessageId, Result, RoomId, UserId};

impl Messages {
    pub(crate) async fn history_page(
        &self,
        room: &RoomId,
        query: &HistoryQuery,
    ) -> Result<HistoryPage> {
        let mut page = self.log.history(room, query).await?;
        if query.thread.is_none() {
            self.sum_up_threads(room, &mut page.messages).await?;
        }
        Ok(page)
    }

    /// Adds the thread summaries of the messages that are roots.
    pub(crate) async fn sum_up_threads(
        &self,
        room: &RoomId,
        messages: &mut [Message],
    ) -> Result<()> {
        let could_be = |m: &&mut Message| m.kind == MessageKind::User && m.thread_id.is_none();
        let roots: Vec<_> = messages.iter_mut().filter(could_be).collect();
        let ids: Vec<_> = roots.iter().map(|m| m.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let threads = self.log.threads(room, &ids).await?;
        for (root, thread) in roots.into_iter().zip(threads) {
            root.thread = thread;
        }
        Ok(())
    }

    pub(crate) async fn mark_thread_read(
        &self,
        room: &ActiveRoom,
        user: &UserId,
        root: &MessageId,
        seq: u64,
    ) -> Result<u64> {
        let actor = Actor::User(user.clone());
        self.access.authorize(room, &actor, Action::Read).await?;
        self.seen(room, &actor, root).await?;
        let marked = self.reads.mark_thread_read(&room.id, root, user, seq);
        Ok(marked.await?.0)
    }

    pub(crate) async fn mark_read(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        user: &UserId,
        seq: u64,
    ) -> Result<ReadMarker> {
        self.access
            .authorize(room, &Actor::User(user.clone()), Action::Read)
            .await?;
        let info = self.rooms.info(room).await?;
        let (messages, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let mark = async move {
            let now = messages.clock.now();
            let mark = || messages.reads.mark_read(&room.id, &user, seq, now);
            let (marked, repeated) = write_settled(mark).await;
            let (marker, moved) = marked?;
            let moved = moved || repeated;
            if moved && messages.config.broadcasts_presence(&info) {
                let event = Event::ReadReceipt {
                    room_id: &room.id,
                    user_id: &user,
                    seq: marker.seq,
                };
                messages.fanout.broadcast(&room, &event, Some(&user), true);
            }
            if moved {
                messages
                    .fanout
                    .read_further(&room.id, &user, room.delivered());
            }
            Ok(marker)
        };
        self.tasks.to_the_end(mark).await
    }
}
