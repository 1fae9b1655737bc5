use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chat_core::model::{Appended, Message, NewMessage};
use chat_core::{ClientMessageId, Error, MessageId, Result, RoomId, UserId};
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

/// After a collision with another node both wait for a random time up to this, and after each further
/// one up to half of that. Measured with three nodes: a tenth of the 99th percentile of trying again at
/// once, at the same throughput.
const JITTER: Duration = Duration::from_millis(2);
/// The runtime's timer knows nothing shorter.
const SHORTEST: Duration = Duration::from_millis(1);

/// Waits before the head is read again, so that what is read is as new as can be.
pub(super) async fn jitter(collisions: u32) {
    let most = JITTER / (1 << collisions.min(8));
    let wait = most.mul_f64(fastrand::f64());
    if wait < SHORTEST / 2 {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(wait).await;
    }
}

/// An entry of the batch that is not answered yet.
struct Entry {
    index: usize,
    new: NewMessage,
    /// How many messages with this client id have expired. It is a part of the key, so that a name
    /// can be used again before what it named is removed.
    life: i32,
}

/// What became of an `insert` of several documents.
enum Inserted {
    All,
    /// The first so many; why the next one was refused.
    Some(usize, mongodb::error::IndexedWriteError),
    /// Nothing is known.
    Unknown(Failure),
    /// Nothing was stored, nor will be.
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
        batch: Vec<NewMessage>,
    ) -> Vec<Result<Appended>> {
        let slot = self.slot(room);
        let mut answers: Answers = batch.iter().map(|_| None).collect();
        let (mut waiting, repeats) = without_repeats(batch);
        let deadline = Instant::now() + self.options.timeout;
        let turn = tokio::time::timeout_at(deadline, slot.turn.acquire()).await;
        if matches!(turn, Ok(Ok(_))) {
            self.append_all(room, &slot, &mut waiting, &mut answers, deadline)
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
                    "the message that this one repeats was not stored",
                )),
            });
        }
        self.follow(room, &slot);
        let unanswered = || Err(Error::internal("an entry was not answered"));
        answers
            .into_iter()
            .map(|a| a.unwrap_or_else(unanswered))
            .collect()
    }

    /// Answers what waits, from the front, until nothing is left or time is up.
    async fn append_all(
        self: &Arc<Self>,
        room: &RoomId,
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
            let known = match self.for_write(room, slot).await {
                Ok(known) => known,
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

    /// The messages that wait, at the positions after the head. An entry that cannot be encoded is
    /// answered; then there is nothing to insert yet.
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
            // A node that wrote a later time meanwhile has taken this position, too: then this
            // insert is refused as a whole.
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

    /// The first that waits was refused: it is a duplicate, or wrong, and answered; or another node was
    /// faster, and `true`.
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
                        "a message of another room has this id",
                    )));
                    waiting.pop_front();
                    return Ok(false);
                }
                First::None => {}
            }
        }
        Ok(true)
    }

    /// What stands in the way of a message, by its id or by its sender's name for it.
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
            // What is told to be there has to stay; one that a majority does not have yet is looked
            // for again.
            let newest = self.messages().find_one(filter).sort(doc! { "l": -1 });
            let Some(document) = self.within(newest).await? else {
                continue;
            };
            // The id of an append that failed was given away: see `settle`. The app tries it again.
            if document.get_i64("s").is_ok_and(|s| s < 0) {
                let id = uuid(new.id.as_uuid());
                let this = doc! { "r": room.as_str(), "_id": id, "s": { "$lt": 0_i64 } };
                self.within(self.messages().delete_one(this)).await?;
                return Ok(First::Freed);
            }
            let expires_at = document.get_datetime("o").ok();
            let is_this = document.get("_id") == Some(&uuid(new.id.as_uuid()));
            // The very same message that has expired was stored all the same.
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

enum First {
    Stored(Box<Message>),
    /// It was in the way and is not any more.
    Freed,
    /// It has expired, and is the one after so many of the same name.
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

/// The entries to be inserted, and which others repeat which of them: `(entry, first)`.
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
