use std::fmt;

use async_trait::async_trait;

use crate::model::UserSettings;
use crate::{Result, UserId};

/// What the engine remembers of users, beside their rooms. Users themselves are the app's.
///
/// # Contract
/// 1. A user of whom nothing was stored has the default settings.
/// 2. A write returns whether it changed anything: of several of the same at once, one did. Of two
///    different ones at once, none is lost.
/// 3. `block` fails with `Conflict` where the user has blocked `max` others already, also when
///    several block at once. Who is blocked already is no conflict.
/// 4. A read that starts after a write returned sees it, on every handle.
/// 5. `blocked` is ascending, each user once.
#[async_trait]
pub trait UserStore: fmt::Debug + Send + Sync + 'static {
    /// What is remembered of these users, in the order asked: one answer for each, also where one
    /// is asked for twice.
    async fn settings(&self, users: &[UserId]) -> Result<Vec<UserSettings>>;
    /// Sets whether a user appears offline to others. Returns whether it was otherwise.
    async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool>;
    /// A user blocks another. Returns whether the other was not blocked before.
    async fn block(&self, user: &UserId, other: &UserId, max: usize) -> Result<bool>;
    /// A user blocks another no longer. Returns whether the other was blocked.
    async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool>;
}

store!(UserStore {
    async fn settings(&self, users: &[UserId]) -> Result<Vec<UserSettings>>;
    async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool>;
    async fn block(&self, user: &UserId, other: &UserId, max: usize) -> Result<bool>;
    async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool>;
});
