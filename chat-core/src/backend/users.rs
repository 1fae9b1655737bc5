use std::fmt;

use async_trait::async_trait;

use crate::model::UserSettings;
use crate::{Result, UserId};

/// A store of per-user settings. The app keeps the users themselves.
///
/// # Contract
/// 1. A user without stored settings has the default settings.
/// 2. A write returns `true` if it changed anything. Of several identical concurrent writes,
///    exactly one does. Different concurrent writes are never lost.
/// 3. `block` fails with `Conflict` if the user has already blocked `max` others, also under
///    concurrent calls. Blocking a user who is already blocked is not a conflict.
/// 4. A read that starts after a write returned sees that write, on every handle.
/// 5. `blocked` is in ascending order and lists each user once.
#[async_trait]
pub trait UserStore: fmt::Debug + Send + Sync + 'static {
    /// Returns the settings of each of these users, in the given order. A user given twice has two
    /// entries.
    async fn settings(&self, users: &[UserId]) -> Result<Vec<UserSettings>>;
    /// Makes a user appear offline to others, or not. Returns `true` if that changed.
    async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool>;
    /// Blocks `other` for `user`. Returns `true` if `other` was not blocked before.
    async fn block(&self, user: &UserId, other: &UserId, max: usize) -> Result<bool>;
    /// Unblocks `other` for `user`. Returns `true` if `other` was blocked.
    async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool>;
}

store!(UserStore {
    async fn settings(&self, users: &[UserId]) -> Result<Vec<UserSettings>>;
    async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool>;
    async fn block(&self, user: &UserId, other: &UserId, max: usize) -> Result<bool>;
    async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool>;
});
