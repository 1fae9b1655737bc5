use crate::UserId;

/// The settings of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserSettings {
    /// `true` if the user appears offline to others.
    pub invisible: bool,
    /// The users they have blocked, by user id.
    pub blocked: Vec<UserId>,
}

impl UserSettings {
    /// Returns `true` if this user is blocked.
    #[must_use]
    pub fn has_blocked(&self, user: &UserId) -> bool {
        self.blocked.binary_search(user).is_ok()
    }
}
