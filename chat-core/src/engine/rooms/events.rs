use std::sync::Arc;

use super::{ActiveRoom, Rooms};
use crate::engine::feed::RoomEvent;
use crate::model::{Message, SystemEvent};
use crate::protocol::{Event, RoomView};

impl Rooms {
    /// Encodes each message's event once. A rename carries the room's current state.
    pub(crate) async fn encode_events<'a>(
        &self,
        room: &ActiveRoom,
        news: impl Iterator<Item = (&'a Message, u64)> + Clone,
    ) -> Vec<Arc<RoomEvent>> {
        let renames = |m: &Message| matches!(m.system, Some(SystemEvent::RoomRenamed { .. }));
        let info = if news.clone().any(|(m, _)| renames(m)) {
            self.info(room).await.ok()
        } else {
            None
        };
        news.map(|(message, seen)| {
            let mut event = Event::of_message(message, seen);
            if let Event::RoomUpdated { room: view, .. } = &mut event {
                let epoch = room.epoch;
                *view = info.as_deref().map(|room| RoomView { room, epoch });
            }
            let frame = event.frame();
            let event = RoomEvent::new(
                message.room_id.clone(),
                (message.rev, message.seq),
                message.sender_id.clone(),
                message.shadowed,
                frame,
            );
            Arc::new(event)
        })
        .collect()
    }
}
