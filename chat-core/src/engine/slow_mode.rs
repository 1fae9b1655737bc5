//! Slow mode: the least time between two messages of one member of a room.

use super::Inner;
use super::room::Room;
use crate::backend::{Quota, RateKey};
use crate::model::{Draft, Role};
use crate::{Result, UserId};

/// Moderators and whoever stands above them are exempt.
const SLOWED: Role = Role::Member;

impl Inner {
    /// Takes the member's permit for a message in this room, if it is in slow mode. Asked last, so
    /// that a message refused for something else costs nothing. One that is refused is let through
    /// when it turns out to be there already, since its sender waits for the acknowledgement: only
    /// then is the store asked.
    pub(crate) async fn slow_down(
        &self,
        room: &Room,
        user: &UserId,
        role: Role,
        draft: &Draft,
    ) -> Result<()> {
        let seconds = self.room_info(room).await?.settings.slow_mode_seconds;
        if seconds == 0 || role > SLOWED {
            return Ok(());
        }
        let key = RateKey {
            user_id: user.clone(),
            room_id: Some(room.id.clone()),
            class: "slow_mode",
        };
        let quota = Quota::new(1, 1.0 / f64::from(seconds));
        let Err(refused) = self.take_permit(&key, &quota).await else {
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
