//! Slow mode: the minimum time between two messages of a member in a room.

use super::Messages;
use crate::backend::{Quota, RateKey};
use crate::engine::rooms::ActiveRoom;
use crate::model::{Draft, Role};
use crate::{Result, UserId};

/// The highest role that slow mode applies to.
const SLOWED: Role = Role::Member;

impl Messages {
    /// Takes the member's permit for a message if the room is in slow mode. It comes last, so that
    /// messages refused for other reasons cost nothing. A refused message passes if it is already
    /// stored, since its sender is retrying for the acknowledgement; only then is the store read.
    pub(super) async fn slow_down(
        &self,
        room: &ActiveRoom,
        user: &UserId,
        role: Role,
        draft: &Draft,
    ) -> Result<()> {
        let seconds = self.rooms.info(room).await?.settings.slow_mode_seconds;
        if seconds == 0 || role > SLOWED {
            return Ok(());
        }
        let key = RateKey {
            user_id: user.clone(),
            room_id: Some(room.id.clone()),
            class: "slow_mode",
        };
        let quota = Quota::new(1, 1.0 / f64::from(seconds));
        let Err(refused) = self.rates.take_permit(&key, &quota).await else {
            return Ok(());
        };
        if let Some(id) = &draft.client_message_id
            && self.log.sent(&room.id, user, id).await?.is_some()
        {
            return Ok(());
        }
        Err(refused)
    }
}
