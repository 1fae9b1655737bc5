use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chat_core::model::{Appended, Message, NewMessage};
use chat_core::{ClientMessageId, Epoch, Error, MessageId, Result, RoomId, UserId};
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::ErrorKind as Driver;
use tokio::time::Instant;

use super::head::tag;
use super::lifetime::removal;
use super::{Known, Slot};
use crate::codec::{date, position, uuid};
use crate::error::{Failure, Taken, entry_error, is_duplicate, named};
use crate::message::{decode, encode};
use crate::store::Inner;

/// The maximum random wait after a collision with another node. It halves with each further one.
///
/// Measured with three nodes: a tenth of the 99th percentile of an immediate retry, at the same
/// throughput.
const JITTER: Duration = Duration::from_millis(2);
/// The resolution of the runtime's timer.
const SHORTEST: Duration = Duration::from_millis(1);

/// Waits before the head is read again. Waiting after the read would make it stale.
pub(super) async fn jitter(collisions: u32) {
    let most = JITTER / (1 << collisions.min(8));
    let wait = most.mul_f64(fastrand::f64());
    if wait < SHORTEST / 2 {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(wait).await;
    }
}

/// A pending entry of a batch.
struct Entry {
    index: usize,
    new: NewMessage,
    /// The number of expired messages with this client id. It is part of the unique key, so that an
    /// id can be reused before the expired message is removed.
    life: i32,
}

/// The outcome of an ordered insert of several documents.
enum Inserted {
    All,
    /// The number of documents stored, and the error of the next one.
    Some(usize, mongodb::error::IndexedWriteError),
    /// The outcome is unknown.
    Unknown(Failure),
    /// Nothing was stored, and nothing will be.
    None(Failure),
}

type Answers = Vec<Option<Result<Appended>>>;

fn stored(message: Message) -> Result<Appended> {
    Ok(Appended {
        message: Arc::new(message),
        duplicate: false,
    })
}

impl Inner {
    pub(crate) async fn append(
        self: &Arc<Self>,
        room: &RoomId,
        epoch: Epoch,
        batch: Vec<NewMessage>,
    ) -> Vec<Result<Appended>> {
        let slot = self.slot(room);
        let mut answers: Answers = batch.iter().map(|_| None).collect();
        let (mut waiting, repeats) = without_repeats(batch);
        let deadline = Instant::now() + self.options.timeout;
        let turn = tokio::time::timeout_at(deadline, slot.turn.acquire()).await;
        if matches!(turn, Ok(Ok(_))) {
            self.append_all(room, epoch, &slot, &mut waiting, &mut answers, deadline)
                .await;
        }
        drop(turn);
        for entry in waiting {
            answers[entry.index] = Some(Err(Error::unavailable(
                "too many concurrent writes to this room",
            )));
        }
        for (index, first) in repeats {
            answers[index] = answers[first].as_ref().map(|first| match first {
                Ok(first) => Ok(Appended {
                    message: Arc::clone(&first.message),
                    duplicate: true,
                }),
                Err(e) => Err(Error::new(
                    e.kind(),
                    "the original of this duplicate was not stored",
                )),
            });
        }
        self.follow(room, &slot);
        let unanswered = || Err(Error::internal("batch entry without a result"));
        answers
            .into_iter()
            .map(|a| a.unwrap_or_else(unanswered))
            .collect()
    }

    /// Processes pending entries from the front until none is left or the deadline passes.
    async fn append_all(
        self: &Arc<Self>,
        room: &RoomId,
        epoch: Epoch,
        slot: &Arc<Slot>,
        waiting: &mut VecDeque<Entry>,
        answers: &mut Answers,
        deadline: Instant,
    ) {
        let mut collisions = 0;
        if slot.lets_others() {
            jitter(collisions).await;
        }
        while !waiting.is_empty() && Instant::now() < deadline {
            let known = match self.for_write(room, slot, epoch).await {
                Ok(Some(known)) => known,
                Ok(None) => {
                    for entry in waiting.drain(..) {
                        answers[entry.index] = Some(Err(Error::log_replaced()));
                    }
                    return;
                }
                Err(e) => {
                    fail_all(waiting, answers, &e);
                    return;
                }
            };
            let (messages, documents) = match self.build(room, &known, waiting, answers) {
                Some(built) => built,
                None => continue,
            };
            let newest = |n: usize| messages[..n].last().map(|m| m.created_at);
            let advance = |n: usize| {
                slot.advance(known.epoch, known.taken + n as u64, newest(n));
            };
            match self.insert(&documents).await {
                Inserted::All => {
                    advance(messages.len());
                    answer_stored(waiting, answers, messages);
                }
                Inserted::Some(n, e) => {
                    advance(n);
                    let mut messages = messages;
                    messages.truncate(n);
                    answer_stored(waiting, answers, messages);
                    let seen = match self.refused(room, waiting, answers, &e).await {
                        Ok(true) => {
                            slot.collided();
                            jitter(collisions).await;
                            collisions += 1;
                            self.look_again(room, slot).await
                        }
                        Ok(false) => Ok(()),
                        Err(e) => Err(e),
                    };
                    if let Err(e) = seen {
                        fail_all(waiting, answers, &e);
                    }
                }
                Inserted::Unknown(failure) => {
                    slot.forget();
                    self.settle_all(room, &known, waiting, answers, &failure)
                        .await;
                    return;
                }
                Inserted::None(e) => fail_all(waiting, answers, &e),
            }
        }
    }

    /// Builds the pending messages at the positions after the head.
    ///
    /// If an entry cannot be encoded, it is answered with the error and `None` is returned.
    fn build(
        &self,
        room: &RoomId,
        known: &Known,
        waiting: &mut VecDeque<Entry>,
        answers: &mut Answers,
    ) -> Option<(Vec<Message>, Vec<Document>)> {
        let (mut messages, mut documents) = (Vec::new(), Vec::new());
        let mut newest = known.newest;
        let now = self.now();
        for (n, entry) in waiting.iter().enumerate() {
            let seq = known.taken + 1 + n as u64;
            // A node that wrote a later time meanwhile has also taken this position. Then the whole
            // insert is rejected.
            let created_at = newest.map_or(entry.new.created_at, |t| t.max(entry.new.created_at));
            newest = Some(created_at);
            let due = entry.new.push_due;
            let message = entry.new.clone().at(room.clone(), seq, created_at);
            let mut document = match encode(&message) {
                Ok(document) => document,
                Err(e) => {
                    answers[entry.index] = Some(Err(e));
                    waiting.remove(n);
                    return None;
                }
            };
            document.insert("p", position(seq));
            document.insert("g", tag(known.epoch));
            if let Some(at) = message.expires_at {
                document.insert("x", date(removal(at, now)));
            }
            if entry.life > 0 {
                document.insert("l", entry.life);
            }
            if let Some(due) = due {
                document.insert("q", date(due));
            }
            messages.push(message);
            documents.push(document);
        }
        Some((messages, documents))
    }

    async fn insert(&self, documents: &[Document]) -> Inserted {
        let insert = self.messages().insert_many(documents).ordered(true);
        let failure = match self.within(insert).await {
            Ok(_) => return Inserted::All,
            Err(e) if e.is_unknown() => return Inserted::Unknown(e),
            Err(e) => e,
        };
        if let Failure::Driver(e) = &failure
            && let Driver::InsertMany(many) = e.kind.as_ref()
            && let Some(first) = many.write_errors.iter().flatten().min_by_key(|e| e.index)
        {
            return Inserted::Some(first.index.min(documents.len()), first.clone());
        }
        Inserted::None(failure)
    }

    /// Handles the rejection of the first pending entry. Returns `true` after a collision with
    /// another node; otherwise the entry was answered or can be retried.
    async fn refused(
        &self,
        room: &RoomId,
        waiting: &mut VecDeque<Entry>,
        answers: &mut Answers,
        e: &mongodb::error::IndexedWriteError,
    ) -> Result<bool, Failure> {
        let Some(entry) = waiting.front_mut() else {
            return Ok(false);
        };
        if !is_duplicate(e.code) {
            answers[entry.index] = Some(Err(entry_error(e)));
            waiting.pop_front();
            return Ok(false);
        }
        let taken = named(&e.message);
        if taken != Taken::Position {
            match self.first_of(room, &entry.new).await? {
                First::Stored(message) => {
                    answers[entry.index] = Some(Ok(Appended {
                        message: Arc::new(*message),
                        duplicate: true,
                    }));
                    waiting.pop_front();
                    return Ok(false);
                }
                First::Freed => return Ok(false),
                First::Expired(life) => {
                    entry.life = life.saturating_add(1);
                    return Ok(false);
                }
                First::None if taken == Taken::Id && !self.is_here(room, &entry.new.id).await? => {
                    answers[entry.index] = Some(Err(Error::new(
                        chat_core::ErrorKind::Conflict,
                        "the message id is in use in another room",
                    )));
                    waiting.pop_front();
                    return Ok(false);
                }
                First::None => {}
            }
        }
        Ok(true)
    }

    /// Finds the message that blocks an append, by id or by client message id.
    async fn first_of(&self, room: &RoomId, new: &NewMessage) -> Result<First, Failure> {
        let by_id = doc! { "r": room.as_str(), "_id": uuid(new.id.as_uuid()) };
        let mut ways = vec![by_id];
        if let Some(client) = &new.draft.client_message_id {
            ways.push(doc! {
                "r": room.as_str(),
                "u": sender(new.sender_id.as_ref()),
                "c": client.as_str(),
            });
        }
        let now = self.now();
        for filter in ways {
            // Majority read: a reported duplicate must be durable. One that is not yet on a
            // majority is looked up again.
            let newest = self.messages().find_one(filter).sort(doc! { "l": -1 });
            let Some(document) = self.within(newest).await? else {
                continue;
            };
            // A placeholder from `settle`: this is a retry of a failed append.
            if document.get_i64("s").is_ok_and(|s| s < 0) {
                let id = uuid(new.id.as_uuid());
                let this = doc! { "r": room.as_str(), "_id": id, "s": { "$lt": 0_i64 } };
                self.within(self.messages().delete_one(this)).await?;
                return Ok(First::Freed);
            }
            let expires_at = document.get_datetime("o").ok();
            let is_this = document.get("_id") == Some(&uuid(new.id.as_uuid()));
            // A message with the same id was stored, even if it has expired.
            if is_this || expires_at.is_none_or(|at| at.timestamp_millis() > now.as_millis()) {
                return Ok(First::Stored(Box::new(decode(document)?.message)));
            }
            return Ok(First::Expired(document.get_i32("l").unwrap_or_default()));
        }
        Ok(First::None)
    }

    async fn is_here(&self, room: &RoomId, id: &MessageId) -> Result<bool, Failure> {
        let this = doc! { "r": room.as_str(), "_id": uuid(id.as_uuid()) };
        Ok(self.within(self.latest.find_one(this)).await?.is_some())
    }

    async fn settle_all(
        &self,
        room: &RoomId,
        known: &Known,
        waiting: &mut VecDeque<Entry>,
        answers: &mut Answers,
        failure: &Failure,
    ) {
        let ids: Vec<MessageId> = waiting.iter().map(|e| e.new.id).collect();
        let mut found = match self.settle(room, known, &ids).await {
            Ok(found) => found,
            Err(e) => {
                fail_all(waiting, answers, &e);
                return;
            }
        };
        for entry in waiting.drain(..) {
            answers[entry.index] = Some(match found.remove(&entry.new.id) {
                Some(message) => stored(message),
                None => Err(failure.to_error()),
            });
        }
    }
}

/// The message that blocks an append.
enum First {
    Stored(Box<Message>),
    /// It was a placeholder, which is now removed.
    Freed,
    /// It has expired. Holds its [`Entry::life`].
    Expired(i32),
    None,
}

fn sender(user: Option<&UserId>) -> Bson {
    user.map_or(Bson::Null, |u| Bson::String(u.as_str().to_owned()))
}

fn answer_stored(waiting: &mut VecDeque<Entry>, answers: &mut Answers, messages: Vec<Message>) {
    for message in messages {
        if let Some(entry) = waiting.pop_front() {
            answers[entry.index] = Some(stored(message));
        }
    }
}

fn fail_all(waiting: &mut VecDeque<Entry>, answers: &mut Answers, e: &Failure) {
    for entry in waiting.drain(..) {
        answers[entry.index] = Some(Err(e.to_error()));
    }
}

/// Splits a batch into entries to insert and duplicates within the batch: `(duplicate, original)`.
fn without_repeats(batch: Vec<NewMessage>) -> (VecDeque<Entry>, Vec<(usize, usize)>) {
    let mut by_id: HashMap<MessageId, usize> = HashMap::new();
    let mut by_client: HashMap<(Option<UserId>, ClientMessageId), usize> = HashMap::new();
    let (mut waiting, mut repeats) = (VecDeque::new(), Vec::new());
    for (index, new) in batch.into_iter().enumerate() {
        let client = new.draft.client_message_id.clone();
        let client = client.map(|c| (new.sender_id.clone(), c));
        let first = client.as_ref().and_then(|c| by_client.get(c));
        if let Some(first) = first.or_else(|| by_id.get(&new.id)) {
            repeats.push((index, *first));
            continue;
        }
        by_id.insert(new.id, index);
        if let Some(client) = client {
            by_client.insert(client, index);
        }
        waiting.push_back(Entry {
            index,
            new,
            life: 0,
        });
    }
    (waiting, repeats)
}
