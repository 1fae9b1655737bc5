use std::sync::Arc;

use super::access::Access;
use super::cluster::{Hint, Receiver};
use super::fanout::Fanout;
use super::presence::Presence;
use super::rooms::Rooms;
use crate::NodeId;
use crate::backend::Topic;

/// Applies the hints of other nodes to the parts of this one.
#[derive(Debug)]
pub(crate) struct HintReceiver {
    rooms: Arc<Rooms>,
    access: Arc<Access>,
    fanout: Arc<Fanout>,
    presence: Arc<Presence>,
}

impl HintReceiver {
    pub(crate) fn new(
        rooms: &Arc<Rooms>,
        access: &Arc<Access>,
        fanout: &Arc<Fanout>,
        presence: &Arc<Presence>,
    ) -> Self {
        Self {
            rooms: Arc::clone(rooms),
            access: Arc::clone(access),
            fanout: Arc::clone(fanout),
            presence: Arc::clone(presence),
        }
    }
}

impl Receiver for HintReceiver {
    fn receive(&self, topic: &Topic, origin: NodeId, hint: Hint) {
        match self.fanout.apply(topic, origin, hint) {
            Some(Hint::UserChanged { user }) => {
                let presence = Arc::clone(&self.presence);
                tokio::spawn(async move { presence.settings_changed(&user).await });
            }
            Some(Hint::ViewChanged { room, user }) => {
                if let Some(room) = self.rooms.get(&room) {
                    let access = Arc::clone(&self.access);
                    tokio::spawn(async move { access.refresh_view(&room, &user).await });
                }
            }
            _ => {}
        }
    }
}
