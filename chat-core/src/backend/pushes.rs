use std::fmt;
use std::time::Duration;

use crate::model::Message;
use crate::{MessageId, Result, RoomId, Timestamp};

store! {
    /// The queue of messages whose push notifications are due.
    ///
    /// [`MessageLog`](super::MessageLog), [`ReadStore`](super::ReadStore) and `PushQueue` are three
    /// views of one store. An append of a message with `push_due` puts it into the queue, so a
    /// crash after the append loses no push.
    ///
    /// # Contract
    /// 1. **Pushes.** [`claim`](Self::claim) gives a message appended with `push_due` to one caller
    ///    once that time has come, and again whenever its lease runs out, until
    ///    [`done`](Self::done) names it or it is deleted or expires. A duplicate append does not
    ///    affect it.
    /// 2. **Durable.** A push exists as long as its message, whichever nodes fail.
    ///
    /// # A minimal implementation
    /// The same store's `append` calls `add`, and a deletion `remove`:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use async_trait::async_trait;
    /// use chat_core::backend::PushQueue;
    /// use chat_core::model::{Draft, Message, NewMessage};
    /// use chat_core::{MessageId, Result, RoomId, Timestamp, UserId};
    /// use parking_lot::Mutex;
    ///
    /// #[derive(Debug, Default)]
    /// struct Pushes(Mutex<Vec<(Timestamp, Message)>>);
    ///
    /// impl Pushes {
    ///     fn add(&self, message: Message, due: Timestamp) {
    ///         self.0.lock().push((due, message));
    ///     }
    ///
    ///     fn remove(&self, ids: &[MessageId]) {
    ///         self.0.lock().retain(|(_, message)| !ids.contains(&message.id));
    ///     }
    /// }
    ///
    /// #[async_trait]
    /// impl PushQueue for Pushes {
    ///     async fn claim(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Message>> {
    ///         let mut pushes = self.0.lock();
    ///         let due = pushes.iter_mut().filter(|(due, _)| *due <= now).take(limit);
    ///         let claim = |(due, message): &mut (Timestamp, Message)| {
    ///             *due = now.after(lease);
    ///             message.clone()
    ///         };
    ///         Ok(due.map(claim).collect())
    ///     }
    ///
    ///     async fn done(&self, _: &RoomId, messages: &[MessageId]) -> Result<()> {
    ///         self.remove(messages);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// let (pushes, room) = (Pushes::default(), RoomId::new("general")?);
    /// let (now, lease) = (Timestamp::from_millis(0), Duration::from_secs(10));
    /// let new = NewMessage::user(UserId::new("alice")?, Draft::text("hi"), now);
    /// pushes.add(new.at(room.clone(), 1, now), now);
    /// let claimed = pushes.claim(now, lease, 10).await?;
    /// assert_eq!(claimed.len(), 1);
    /// assert!(pushes.claim(now, lease, 10).await?.is_empty());
    /// pushes.done(&room, &[claimed[0].id]).await?;
    /// assert!(pushes.claim(now.after(lease), lease, 10).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub trait PushQueue: fmt::Debug + Send + Sync + 'static {
        /// Claims up to `limit` messages, of any rooms, whose push notifications are due. No other
        /// caller gets them until `now + lease`.
        async fn claim(
            &self,
            now: Timestamp,
            lease: Duration,
            limit: usize,
        ) -> Result<Vec<Message>>;
        /// Marks the push notifications of these messages as delivered.
        async fn done(&self, room: &RoomId, messages: &[MessageId]) -> Result<()>;
    }
}
