//! A message store as simple as can be, right by itself, and wrong in one way for each bug.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::MessageStore;
use chat_core::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Unread,
};
use chat_core::testing::Cluster;
use chat_core::{Error, MessageId, Result, RoomId, Timestamp, UserId};
use parking_lot::Mutex;

use crate::log::Log;
use crate::pause;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    SkipsPositions,
    SharesPositions,
    AllocatesFirst,
    MixesRooms,
    LosesAcknowledged,
    DropsMetadata,
    ForgetsClientIds,
    LooksUpFirst,
    BlindInBatch,
    StaleDuplicates,
    AnySender,
    JoinsKeys,
    OutlivedDuplicates,
    TrustsClocks,
    StopsAtFailure,
    ForgetsHeads,
    HeadFromNewest,
    LosesChanges,
    CountsNothings,
    DeletesTwice,
    ThroughHead,
    ChangesBySeq,
    HeadReadLast,
    SkipsSuperseded,
    PagesByTime,
    GuessesMore,
    ExpiresInPages,
    MarkersGoBack,
    MarkersBeyond,
    MarkersRace,
    MarkersUnsorted,
    CountsDeleted,
    CountsOwn,
    CountsAll,
    StoresInParts,
    KeepsEpoch,
    KeepsMarkers,
}

#[derive(Debug, Clone)]
pub(crate) struct Textbook {
    bug: Bug,
    logs: Arc<Mutex<HashMap<RoomId, Log>>>,
    /// What client message ids are known of messages that are gone.
    known: Arc<Mutex<HashMap<String, Message>>>,
}

/// A cluster of handles on one such store.
pub(crate) async fn textbook(nodes: usize, bug: Bug) -> Cluster<dyn MessageStore> {
    let store = Textbook {
        bug,
        logs: Arc::default(),
        known: Arc::default(),
    };
    Cluster::new((0..nodes).map(|_| Arc::new(store.clone()) as _).collect())
}

/// A message of the same sender and client message id.
fn first_of<'a>(messages: &'a [Message], new: &NewMessage, bug: Bug) -> Option<&'a Message> {
    let client = new.draft.client_message_id.as_ref()?;
    let joined = |m: &Message| {
        let (sender, client) = (m.sender_id.as_ref()?, m.client_message_id.as_ref()?);
        Some(format!("{sender}:{client}"))
    };
    let key = format!("{}:{client}", new.sender_id.as_ref()?);
    messages.iter().find(|m| match bug {
        Bug::ForgetsClientIds => false,
        Bug::AnySender => m.client_message_id.as_ref() == Some(client),
        Bug::JoinsKeys => joined(m).as_ref() == Some(&key),
        _ => m.client_message_id.as_ref() == Some(client) && m.sender_id == new.sender_id,
    })
}

impl Textbook {
    /// Runs `f` on a room's log, made if need be.
    fn with<T>(&self, room: &RoomId, f: impl FnOnce(&mut Log) -> T) -> T {
        let mut logs = self.logs.lock();
        let log = logs.entry(self.key(room)).or_insert_with(Log::new);
        if self.bug != Bug::ExpiresInPages {
            log.expire(self.bug);
        }
        f(log)
    }

    fn key(&self, room: &RoomId) -> RoomId {
        if self.bug != Bug::MixesRooms {
            return room.clone();
        }
        RoomId::new(room.as_str().to_lowercase()).unwrap_or_else(|_| room.clone())
    }

    fn appended(message: &Message, duplicate: bool) -> Result<Appended> {
        Ok(Appended {
            message: Arc::new(message.clone()),
            duplicate,
        })
    }

    /// Appends one entry, in one step but for the mutants.
    async fn append_one(
        &self,
        room: &RoomId,
        new: NewMessage,
        before: &[Message],
    ) -> Result<Appended> {
        let bug = self.bug;
        let known = match bug {
            Bug::BlindInBatch => Some(first_of(before, &new, bug).cloned()),
            Bug::LooksUpFirst => {
                let found = self.with(room, |log| first_of(&log.messages, &new, bug).cloned());
                pause().await;
                Some(found)
            }
            Bug::OutlivedDuplicates => {
                let gone = self.known.lock();
                let client = new.draft.client_message_id.as_ref();
                let first = client.and_then(|c| gone.get(c.as_str()).cloned());
                first.map(Some)
            }
            _ => None,
        };
        if bug == Bug::AllocatesFirst || bug == Bug::SharesPositions {
            let seq = self.with(room, |log| {
                if bug == Bug::AllocatesFirst {
                    log.head += 1;
                    log.head
                } else {
                    log.head + 1
                }
            });
            pause().await;
            let stored = self.with(room, |log| {
                log.head = log.head.max(seq);
                log.insert(room, new, seq, bug)
            });
            return Self::appended(&stored, false);
        }
        if bug == Bug::StoresInParts {
            let text = new.draft.text.clone();
            let mut part = new;
            part.draft.text.clear();
            let (stored, known) = self.with(room, |log| {
                match first_of(&log.messages, &part, bug).cloned() {
                    Some(known) => (known, true),
                    None => (log.push(room, part, bug), false),
                }
            });
            if known {
                return Self::appended(&stored, true);
            }
            pause().await;
            return self.with(room, |log| {
                let stored = log.messages.iter_mut().find(|m| m.id == stored.id);
                let stored = stored.ok_or_else(Error::message_not_found)?;
                stored.text = text;
                Self::appended(stored, false)
            });
        }
        self.with(room, |log| {
            let first = first_of(&log.messages, &new, bug).cloned();
            let mut first = known.unwrap_or(first);
            if let (Bug::StaleDuplicates, Some(first)) = (bug, &mut first) {
                first.text.clone_from(&new.draft.text);
            }
            let first = first.or_else(|| log.messages.iter().find(|m| m.id == new.id).cloned());
            if let Some(first) = first {
                return Self::appended(&first, true);
            }
            let stored = log.push(room, new, bug);
            if let Some(client) = &stored.client_message_id {
                self.known.lock().insert(client.to_string(), stored.clone());
            }
            Self::appended(&stored, false)
        })
    }
}

#[async_trait]
impl MessageStore for Textbook {
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

    async fn append(&self, room: &RoomId, batch: Vec<NewMessage>) -> Vec<Result<Appended>> {
        let before = self.with(room, |log| log.messages.clone());
        let mut answers = Vec::new();
        for new in batch {
            let taken = before.iter().any(|m| m.id == new.id) && self.bug == Bug::StopsAtFailure;
            if taken || answers.last().is_some_and(Result::is_err) {
                answers.push(Err(Error::internal("this one fails, and those behind it")));
            } else {
                answers.push(self.append_one(room, new, &before).await);
            }
        }
        answers
    }

    async fn change(
        &self,
        room: &RoomId,
        id: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed> {
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
            if bug == Bug::DeletesTwice && *change == Change::Delete {
                changed = true;
            }
            if changed {
                log.head += 1;
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

    async fn delete_log(&self, room: &RoomId) -> Result<()> {
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
            _ => {}
        }
        Ok(())
    }

    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)> {
        let bug = self.bug;
        let find = |log: &Log| log.markers.iter().find(|m| m.user_id == *user).cloned();
        let mut known = None;
        if bug == Bug::MarkersRace {
            known = Some(self.with(room, |log| find(log)));
            pause().await;
        }
        Ok(self.with(room, |log| {
            let seq = if bug == Bug::MarkersBeyond {
                seq
            } else {
                seq.min(log.head)
            };
            let old = known.unwrap_or_else(|| find(log));
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
            if bug != Bug::MarkersUnsorted {
                log.markers.sort_by(|a, b| a.user_id.cmp(&b.user_id));
            }
            (marker, moves)
        }))
    }

    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>> {
        Ok(self.with(room, |log| {
            log.markers.iter().find(|m| m.user_id == *user).cloned()
        }))
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

    async fn unread(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<Unread>> {
        let bug = self.bug;
        let of = |room: &RoomId| {
            let marker = |log: &Log| {
                log.markers
                    .iter()
                    .find(|m| m.user_id == *user)
                    .map(|m| m.seq)
            };
            let mut logs = self.logs.lock();
            let mut log = logs.get_mut(&self.key(room));
            if let Some(log) = &mut log {
                log.expire(bug);
            }
            let read_seq = log.as_deref().and_then(marker).unwrap_or(0);
            let behind = log.map_or(0, |log| {
                let counts = |m: &&Message| {
                    m.seq > read_seq
                        && (m.deleted_at.is_none() || bug == Bug::CountsDeleted)
                        && (m.sender_id.as_ref() != Some(user) || bug == Bug::CountsOwn)
                };
                log.messages.iter().filter(counts).count() as u64
            });
            Unread {
                room_id: room.clone(),
                read_seq,
                count: if bug == Bug::CountsAll {
                    behind
                } else {
                    behind.min(Unread::MAX)
                },
            }
        };
        Ok(rooms.iter().map(of).collect())
    }
}
