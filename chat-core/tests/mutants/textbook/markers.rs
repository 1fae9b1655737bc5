use chat_core::model::ReadMarker;
use chat_core::{MessageId, RoomId, Timestamp, UserId};

use super::log::Log;
use super::{Bug, Textbook};
use crate::pause;

impl Log {
    pub(super) fn marker(&self, user: &UserId) -> Option<&ReadMarker> {
        self.markers.iter().find(|m| m.user_id == *user)
    }

    pub(super) fn thread_marker(&self, root: &MessageId, user: &UserId, bug: Bug) -> u64 {
        let markers = self
            .thread_markers
            .iter()
            .filter(|(of, by, _)| (of == root || bug == Bug::OneMarkerForThreads) && by == user);
        markers.map(|(_, _, seq)| *seq).max().unwrap_or(0)
    }
}

impl Textbook {
    pub(super) async fn move_marker(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> (ReadMarker, bool) {
        let bug = self.bug;
        let mut known = None;
        if bug == Bug::MarkersRace {
            known = Some(self.with(room, |log| log.marker(user).cloned()));
            pause().await;
        }
        self.with(room, |log| {
            let seq = if bug == Bug::MarkersBeyond {
                seq
            } else {
                seq.min(log.head)
            };
            let old = known.unwrap_or_else(|| log.marker(user).cloned());
            let moves = old.as_ref().is_none_or(|old| seq > old.seq);
            if let (Some(old), false) = (old, moves || bug == Bug::MarkersGoBack) {
                return (old, false);
            }
            let marker = ReadMarker {
                user_id: user.clone(),
                seq,
                at: now,
            };
            log.markers.retain(|m| m.user_id != *user);
            log.markers.push(marker.clone());
            if bug != Bug::MarkersUnsorted && bug != Bug::ReadersUnsorted {
                log.markers.sort_by(|a, b| a.user_id.cmp(&b.user_id));
            }
            (marker, moves)
        })
    }

    pub(super) async fn move_thread_marker(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> (u64, bool) {
        let bug = self.bug;
        let mut known = None;
        if bug == Bug::ThreadMarkersRace {
            known = Some(self.with(room, |log| log.thread_marker(root, user, bug)));
            pause().await;
        }
        if bug == Bug::ThreadMarksRoom {
            let now = Timestamp::from_millis(0);
            self.move_marker(room, user, seq, now).await;
        }
        self.with(room, |log| {
            let seq = if bug == Bug::ThreadMarkersBeyond {
                seq
            } else {
                seq.min(log.head)
            };
            let old = known.unwrap_or_else(|| log.thread_marker(root, user, bug));
            let moves = seq > old;
            if !moves && bug != Bug::ThreadMarkersGoBack {
                return (old, false);
            }
            let markers = &mut log.thread_markers;
            markers.retain(|(of, by, _)| of != root || by != user);
            markers.push((*root, user.clone(), seq));
            (seq, moves)
        })
    }
}
