use chat_core::model::{ReadMarker, Readers, ThreadRead, Unread};
use chat_core::{Error, ErrorKind, MessageId, Result, RoomId, Timestamp, UserId};
use futures::stream::{self, StreamExt, TryStreamExt};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;

use super::counts::others;
use crate::codec::{Read, count, date, field, position, to_date, to_id, to_u64, uuid};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// The read state of a user in a room, in one document: the marker, the hidden messages, and the
/// markers of threads by hexadecimal root id.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    /// The position of the marker, or 0 without one.
    pub(crate) seq: u64,
    pub(crate) at: Option<Timestamp>,
    pub(crate) hidden: Vec<u64>,
    threads: Document,
}

impl Reader {
    pub(crate) fn decode(d: &Document) -> Read<Self> {
        let hidden = match d.get("i") {
            Some(Bson::Array(all)) => all.iter().map(to_u64).collect::<Read<_>>()?,
            _ => Vec::new(),
        };
        Ok(Self {
            room: to_id(field(d, "r")?)?,
            user: to_id(field(d, "u")?)?,
            seq: d.get("s").map(to_u64).transpose()?.unwrap_or_default(),
            at: d.get("t").map(to_date).transpose()?,
            hidden,
            threads: d.get_document("h").cloned().unwrap_or_default(),
        })
    }

    fn marker(&self) -> Option<ReadMarker> {
        Some(ReadMarker {
            user_id: self.user.clone(),
            seq: self.seq,
            at: self.at?,
        })
    }

    fn thread(&self, root: &MessageId) -> Read<u64> {
        let seq = self.threads.get(thread_key(root));
        Ok(seq.map(to_u64).transpose()?.unwrap_or_default())
    }
}

/// Returns the key of a thread: the digits of a UUID, so clients cannot choose it.
fn thread_key(root: &MessageId) -> String {
    root.as_uuid().simple().to_string()
}

fn of(room: &RoomId, user: &UserId) -> Document {
    doc! { "r": room.as_str(), "u": user.as_str() }
}

/// The number of threads counted concurrently.
const AT_ONCE: usize = 16;

impl Inner {
    async fn reader(&self, room: &RoomId, user: &UserId) -> Result<Option<Reader>, Failure> {
        let find = self.collection(Name::Readers).find_one(of(room, user));
        let found = self.within(find).await?;
        found.as_ref().map(Reader::decode).transpose()
    }

    /// Returns the maximum of a marker: the head, or 0 without a log.
    async fn marker_limit(&self, room: &RoomId, seq: u64) -> Result<u64, Failure> {
        let slot = self.slot(room);
        if let Some(known) = slot.fresh().filter(|k| k.head >= seq) {
            return Ok(known.head);
        }
        let read = self
            .read_head(room, &slot, crate::log::Reading::Majority)
            .await?;
        Ok(read.map_or(0, |k| k.head))
    }

    /// Sets a position in a reader's document, if that increases it. Returns `true` if it did.
    async fn push_forward(
        &self,
        room: &RoomId,
        user: &UserId,
        name: &str,
        to: u64,
        mut set: Document,
    ) -> Result<bool, Failure> {
        set.insert(name, position(to));
        // Twice, since concurrent upserts of a reader's first document collide.
        for _ in 0..2 {
            let mut filter = of(room, user);
            filter.insert(name, doc! { "$not": { "$gte": position(to) } });
            let forward = self
                .collection(Name::Readers)
                .find_one_and_update(filter, doc! { "$set": set.clone() })
                .upsert(true)
                .return_document(ReturnDocument::After);
            match self.within(forward).await {
                Ok(_) => return Ok(true),
                Err(e) if e.taken().is_some() => {}
                Err(e) => return Err(e),
            }
        }
        Ok(false)
    }

    pub(crate) async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool), Failure> {
        let seq = seq.min(self.marker_limit(room, seq).await?);
        if seq > 0 {
            let set = doc! { "t": date(now) };
            if self.push_forward(room, user, "s", seq, set).await? {
                let marker = ReadMarker {
                    user_id: user.clone(),
                    seq,
                    at: now,
                };
                return Ok((marker, true));
            }
        }
        let marker = self.read_marker(room, user).await?;
        let none = ReadMarker {
            user_id: user.clone(),
            seq: 0,
            at: now,
        };
        Ok((marker.unwrap_or(none), false))
    }

    pub(crate) async fn read_marker(
        &self,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Option<ReadMarker>, Failure> {
        let reader = self.reader(room, user).await?;
        Ok(reader.as_ref().and_then(Reader::marker))
    }

    pub(crate) async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>, Failure> {
        let mut filter = doc! { "r": room.as_str() };
        if let Some(after) = after {
            filter.insert("u", doc! { "$gt": after.as_str() });
        }
        filter.insert("s", doc! { "$gt": 0_i64 });
        let find = self
            .collection(Name::Readers)
            .find(filter)
            .sort(doc! { "u": 1 })
            .limit(count(limit))
            .max_time(self.options.timeout);
        let readers = self.all(find, |d| Reader::decode(&d)).await?;
        Ok(readers.iter().filter_map(Reader::marker).collect())
    }

    pub(crate) async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers, Failure> {
        let mut filter = doc! { "r": room.as_str(), "s": { "$gte": position(seq.max(1)) } };
        if let Some(user) = except {
            filter.insert("u", doc! { "$ne": user.as_str() });
        }
        let readers = self.collection(Name::Readers);
        let total = readers
            .count_documents(filter.clone())
            .max_time(self.options.timeout);
        let some = readers
            .find(filter)
            .sort(doc! { "u": 1 })
            .limit(count(limit))
            .projection(doc! { "r": 1, "u": 1 })
            .max_time(self.options.timeout);
        let some = async {
            // MongoDB treats a limit of 0 as no limit.
            if limit == 0 {
                return Ok(Vec::new());
            }
            self.all(some, |d| to_id(field(&d, "u")?)).await
        };
        let (count, users) = tokio::try_join!(self.within(total), some)?;
        Ok(Readers { count, users })
    }

    pub(crate) async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool), Failure> {
        let seq = seq.min(self.marker_limit(room, seq).await?);
        let name = format!("h.{}", thread_key(root));
        if seq > 0
            && self
                .push_forward(room, user, &name, seq, Document::new())
                .await?
        {
            return Ok((seq, true));
        }
        let reader = self.reader(room, user).await?;
        let seq = reader.map(|r| r.thread(root)).transpose()?;
        Ok((seq.unwrap_or_default(), false))
    }

    pub(crate) async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>, Failure> {
        let reader = self.reader(room, user).await?;
        let reader = reader.as_ref();
        let hidden = reader.map_or(&[][..], |r| &r.hidden);
        let others = &others(user, &[], hidden);
        let each = |root: &MessageId| {
            let root = *root;
            async move {
                let read_seq = reader.map(|r| r.thread(&root)).transpose()?;
                let read_seq = read_seq.unwrap_or_default();
                let mut filter = doc! {
                    "r": room.as_str(),
                    "h": uuid(root.as_uuid()),
                    "s": { "$gt": position(read_seq) },
                };
                filter.extend(others.clone());
                let unread = self.count_up_to(filter, Unread::MAX).await?;
                Ok::<_, Failure>(ThreadRead { read_seq, unread })
            }
        };
        stream::iter(roots)
            .map(each)
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    pub(crate) async fn hide(
        &self,
        room: &RoomId,
        user: &UserId,
        message: &MessageId,
        max: usize,
    ) -> Result<bool> {
        let message = self.message(room, message).await?;
        let seq = message.ok_or_else(Error::message_not_found)?.seq;
        let full = || {
            Error::new(
                ErrorKind::Conflict,
                format!("a user may hide at most {max} messages in a room"),
            )
        };
        let readers = self.collection(Name::Readers);
        for cleaned in [false, true] {
            let mut filter = of(room, user);
            filter.insert("i", doc! { "$ne": position(seq) });
            if max > 0 {
                filter.insert(format!("i.{}", max - 1), doc! { "$exists": false });
            }
            let hide = doc! { "$push": { "i": position(seq) } };
            if max > 0 {
                let hide = readers.update_one(filter, hide).upsert(true);
                match self.within(hide).await {
                    Ok(_) => return Ok(true),
                    Err(e) if e.taken().is_some() => {}
                    Err(e) => return Err(e.into()),
                }
            }
            let reader = self.reader(room, user).await?;
            let hidden = reader.map(|r| r.hidden).unwrap_or_default();
            if hidden.contains(&seq) {
                return Ok(false);
            }
            if cleaned || hidden.len() < max {
                continue;
            }
            // Removed messages need not stay hidden.
            self.forget_hidden(room, user, &hidden).await?;
        }
        Err(full())
    }

    async fn forget_hidden(
        &self,
        room: &RoomId,
        user: &UserId,
        hidden: &[u64],
    ) -> Result<(), Failure> {
        let all: Vec<i64> = hidden.iter().map(|s| position(*s)).collect();
        let find = self
            .messages()
            .find(doc! { "r": room.as_str(), "s": { "$in": &all }, "o": self.alive() })
            .projection(doc! { "s": 1 });
        let there = self.all(find, |d| to_u64(field(&d, "s")?)).await?;
        let gone = hidden.iter().filter(|s| !there.contains(s));
        let gone: Vec<i64> = gone.map(|s| position(*s)).collect();
        if !gone.is_empty() {
            let forget = doc! { "$pullAll": { "i": gone } };
            let forget = self
                .collection(Name::Readers)
                .update_one(of(room, user), forget);
            self.within(forget).await?;
        }
        Ok(())
    }

    pub(crate) async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>, Failure> {
        let reader = self.reader(room, user).await?;
        let mut hidden = reader.map(|r| r.hidden).unwrap_or_default();
        hidden.sort_unstable();
        Ok(hidden)
    }
}
