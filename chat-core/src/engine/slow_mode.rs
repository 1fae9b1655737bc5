//! Slow mode: the least time between two messages of one member of a room.

use std::time::Duration;

use super::Inner;
use super::room::Room;
use crate::backend::{Quota, RateKey};
use crate::model::{Anchor, Draft, HistoryQuery, Message, Role};
use crate::{ClientMessageId, Result, UserId};

/// Moderators and whoever stands above them are exempt.
const SLOWED: Role = Role::Member;
/// Messages read at once to find the one that is sent again, and how often.
const PAGE: usize = 100;
const PAGES: usize = 5;
/// Nodes' clocks may differ by this much before a message is looked for in vain.
const SKEW: Duration = Duration::from_secs(60);

impl Inner {
    /// Takes the member's permit for a message in this room, if it is in slow mode. Asked last, so
    /// that a message refused for something else costs nothing. A store alone knows whether a message
    /// is new, and tells only by storing it: so a message costs a permit first, and one that is
    /// refused is let through when it turns out to be there already, since its sender waits for the
    /// acknowledgement. Where it stands too far back to be found, they have it once the time is over.
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
            && self.has_sent(room, user, id, seconds).await?
        {
            return Ok(());
        }
        Err(refused)
    }

    /// Whether a message of this user's with this name was stored lately.
    async fn has_sent(
        &self,
        room: &Room,
        user: &UserId,
        id: &ClientMessageId,
        seconds: u32,
    ) -> Result<bool> {
        let lately = SKEW + Duration::from_secs(seconds.into());
        let now = self.clock.now();
        let mut anchor = Anchor::Newest;
        for _ in 0..PAGES {
            let query = HistoryQuery::new(anchor, PAGE);
            let page = self.messages.history(&room.id, &query).await?;
            let is_it = |m: &Message| {
                m.sender_id.as_ref() == Some(user) && m.client_message_id.as_ref() == Some(id)
            };
            if page.messages.iter().any(is_it) {
                return Ok(true);
            }
            match page.messages.first() {
                Some(oldest) if page.has_before && now.since(oldest.created_at) < lately => {
                    anchor = Anchor::Before(oldest.seq);
                }
                _ => break,
            }
        }
        Ok(false)
    }
}
