//! A minimal message store: correct by itself, wrong in one way for each bug.

mod append;
mod bug;
mod counts;
mod log;
mod markers;
mod pushes;
mod search;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{MessageLog, PushQueue, ReadStore};
use chat_core::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Readers, SearchPage, SearchQuery, ThreadRead, ThreadSummary, Unread,
};
use chat_core::testing::Cluster;
use chat_core::testing::messages::MessageBackend;
use chat_core::{ClientMessageId, Epoch, Error, MessageId, Result, RoomId, Timestamp, UserId};
use parking_lot::Mutex;

pub(crate) use self::bug::Bug;
use self::log::Log;
use self::pushes::Push;
use crate::pause;

#[derive(Debug, Clone)]
pub(crate) struct Textbook {
    bug: Bug,
    logs: Arc<Mutex<HashMap<RoomId, Log>>>,
    /// Messages by client message id, kept even when they are gone.
    known: Arc<Mutex<HashMap<String, Message>>>,
    pushes: Arc<Mutex<Vec<Push>>>,
}

pub(crate) async fn textbook(nodes: usize, bug: Bug) -> Cluster<dyn MessageBackend> {
    let store = Textbook {
        bug,
        logs: Arc::default(),
        known: Arc::default(),
        pushes: Arc::default(),
    };
    Cluster::new((0..nodes).map(|_| Arc::new(store.clone()) as _).collect())
}

impl Textbook {
    /// Runs `f` on a room's log, creating the log if necessary.
    fn with<T>(&self, room: &RoomId, f: impl FnOnce(&mut Log) -> T) -> T {
        let mut logs = self.logs.lock();
        let log = logs.entry(self.key(room)).or_insert_with(Log::new);
        if self.bug != Bug::ExpiresInPages {
            log.expire(self.bug);
        }
        f(log)
    }

    /// Runs `f` on a room's log, if it exists.
    fn read<T>(&self, room: &RoomId, f: impl FnOnce(&mut Log) -> T) -> Option<T> {
        let known = self.logs.lock().contains_key(&self.key(room));
        known.then(|| self.with(room, f))
    }

    /// Returns `true` if a write may go to the room's log.
    fn is_current(&self, room: &RoomId, epoch: Epoch, bug: Bug) -> bool {
        self.bug == bug || self.read(room, |log| log.epoch) == Some(epoch)
    }

    fn key(&self, room: &RoomId) -> RoomId {
        if self.bug != Bug::MixesRooms {
            return room.clone();
        }
        RoomId::new(room.as_str().to_lowercase()).unwrap_or_else(|_| room.clone())
    }
}

#[async_trait]
impl MessageLog for Textbook {
    async fn open(&self, room: &RoomId) -> Result<LogHead> {
        Ok(self.with(room, |log| log.head(room)))
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>> {
        let logs = self.logs.lock();
        let known = rooms
            .iter()
            .filter_map(|r| Some(logs.get(&self.key(r))?.head(r)));
        Ok(known
            .skip(usize::from(self.bug == Bug::ForgetsHeads))
            .collect())
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        batch: Vec<NewMessage>,
    ) -> Vec<Result<Appended>> {
        if !self.is_current(room, epoch, Bug::AppendsToAnyEpoch) {
            return batch.iter().map(|_| Err(Error::log_replaced())).collect();
        }
        let before = self.with(room, |log| log.messages.clone());
        let mut answers = Vec::new();
        for new in batch {
            let taken = before.iter().any(|m| m.id == new.id) && self.bug == Bug::StopsAtFailure;
            if taken || answers.last().is_some_and(Result::is_err) {
                answers.push(Err(Error::internal("this entry or an earlier one failed")));
            } else {
                let due = new.push_due;
                let answer = self.append_one(room, new, &before).await;
                if let Ok(appended) = &answer {
                    self.note_push(appended, due);
                }
                answers.push(answer);
            }
        }
        answers
    }

    async fn change(
        &self,
        room: &RoomId,
        epoch: Epoch,
        id: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed> {
        if !self.is_current(room, epoch, Bug::ChangesAnyEpoch) {
            return Err(Error::log_replaced());
        }
        let bug = self.bug;
        let find = |log: &Log| log.messages.iter().position(|m| m.id == *id);
        let mut read = None;
        if bug == Bug::LosesChanges {
            read = self.with(room, |log| find(log).map(|n| log.messages[n].clone()));
            pause().await;
        }
        self.with(room, |log| {
            let n = find(log).ok_or_else(Error::message_not_found)?;
            let mut message = read.unwrap_or_else(|| log.messages[n].clone());
            let mut changed = change.apply(&mut message, log.head + 1, now)?;
            if !changed && bug == Bug::CountsNothings {
                message.rev = log.head + 1;
                changed = true;
            }
            if bug == Bug::DeletesTwice && matches!(change, Change::Delete { .. }) {
                changed = true;
            }
            if bug == Bug::LosesWhoPinned {
                message.pinned_by = None;
            }
            if changed {
                log.head += 1;
                if message.pinned_at.is_some() && bug == Bug::PinsForever {
                    log.pinned.push(message.clone());
                }
                log.messages[n] = message.clone();
            }
            Ok(Changed {
                message: Arc::new(message),
                changed,
            })
        })
    }

    async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>> {
        Ok(self.with(room, |log| {
            log.messages.iter().find(|m| m.id == *id).cloned()
        }))
    }

    async fn sent(
        &self,
        room: &RoomId,
        sender: &UserId,
        id: &ClientMessageId,
    ) -> Result<Option<Message>> {
        let is_it = |m: &&Message| {
            (m.sender_id.as_ref() == Some(sender) || self.bug == Bug::SentByAnyone)
                && m.client_message_id.as_ref() == Some(id)
        };
        Ok(self.with(room, |log| log.messages.iter().find(is_it).cloned()))
    }

    async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage> {
        Ok(self.with(room, |log| {
            let mut seen = log.clone();
            seen.expire(self.bug);
            seen.page(query, self.bug)
        }))
    }

    async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes> {
        let bug = self.bug;
        let mut read = self.with(room, |log| {
            let mut found = log.messages.clone();
            found.retain(|m| m.rev > after);
            if bug == Bug::ChangesBySeq {
                found.retain(|m| m.seq > after);
            }
            if bug == Bug::SkipsSuperseded {
                found.retain(|m| m.rev == m.seq || m.rev % 3 > 0);
            }
            found.sort_by_key(|m| m.rev);
            let all = found.len() <= limit || bug == Bug::ThroughHead;
            found.truncate(limit);
            let last = found.last().map_or(0, |m| m.rev);
            Changes {
                through: if all { log.head } else { last },
                head: log.head,
                epoch: log.epoch,
                messages: found,
            }
        });
        if bug == Bug::HeadReadLast && read.through == read.head {
            pause().await;
            read.head = self.with(room, |log| log.head);
            read.through = read.head;
        }
        Ok(read)
    }

    async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64> {
        Ok(self.with(room, |log| log.trim(keep, self.bug)))
    }

    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()> {
        let current = self.logs.lock().get(&self.key(room)).map(|log| log.epoch);
        let is_meant = epoch.is_none_or(|epoch| current == Some(epoch));
        if !is_meant && self.bug != Bug::DeletesAnyEpoch {
            return Ok(());
        }
        let old = self.logs.lock().remove(&self.key(room));
        self.known.lock().clear();
        let Some(old) = old else { return Ok(()) };
        match self.bug {
            Bug::KeepsEpoch => {
                let mut logs = self.logs.lock();
                let log = logs.entry(room.clone()).or_insert_with(Log::new);
                log.epoch = old.epoch;
            }
            Bug::KeepsMarkers => self.with(room, |log| log.markers = old.markers),
            Bug::KeepsHidden => self.with(room, |log| log.hidden = old.hidden),
            Bug::KeepsThreadMarkers => {
                self.with(room, |log| log.thread_markers = old.thread_markers);
            }
            _ => {}
        }
        Ok(())
    }

    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>> {
        let pins = self.read(room, |log| log.pins(limit, self.bug));
        Ok(pins.unwrap_or_default())
    }

    async fn search(&self, query: &SearchQuery) -> Result<SearchPage> {
        self.find(query)
    }

    async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>> {
        let of = |root| self.read(room, |log| log.thread(root, self.bug)).flatten();
        Ok(roots.iter().map(of).collect())
    }
}

#[async_trait]
impl ReadStore for Textbook {
    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)> {
        Ok(self.move_marker(room, user, seq, now).await)
    }

    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>> {
        Ok(self.with(room, |log| log.marker(user).cloned()))
    }

    async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>> {
        Ok(self.with(room, |log| {
            let behind = log
                .markers
                .iter()
                .filter(|m| after.is_none_or(|a| m.user_id > *a));
            behind.take(limit).cloned().collect()
        }))
    }

    async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers> {
        Ok(self.with(room, |log| log.readers(seq, except, limit, self.bug)))
    }

    async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>> {
        let unread = rooms.iter().map(|room| {
            let counted = self.read(room, |log| log.unread(user, room, without, self.bug));
            counted.unwrap_or(Unread {
                room_id: room.clone(),
                read_seq: 0,
                count: 0,
                mentions: 0,
            })
        });
        Ok(unread.collect())
    }

    async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool)> {
        Ok(self.move_thread_marker(room, root, user, seq).await)
    }

    async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>> {
        let of = |root| self.read(room, |log| log.thread_read(root, user, self.bug));
        Ok(roots
            .iter()
            .map(|root| of(root).unwrap_or_default())
            .collect())
    }

    async fn hide(
        &self,
        room: &RoomId,
        user: &UserId,
        message: &MessageId,
        max: usize,
    ) -> Result<bool> {
        self.with(room, |log| log.hide(user, message, max, self.bug))
    }

    async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>> {
        Ok(self.with(room, |log| log.hidden_from(user)))
    }
}

#[async_trait]
impl PushQueue for Textbook {
    async fn claim(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Message>> {
        Ok(self.claim_due(now, lease, limit).await)
    }

    async fn done(&self, _: &RoomId, messages: &[MessageId]) -> Result<()> {
        if self.bug != Bug::IgnoresPushed {
            let mut pushes = self.pushes.lock();
            pushes.retain(|p| !messages.contains(&p.message.id));
        }
        Ok(())
    }
}
