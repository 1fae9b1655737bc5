use crate::UserId;

/// What the engine remembers of a user, beside their rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserSettings {
    /// Whether they appear offline to others.
    pub invisible: bool,
    /// Whom they have blocked, by user id.
    pub blocked: Vec<UserId>,
}

impl UserSettings {
    /// Whether they have blocked this user.
    #[must_use]
    pub fn has_blocked(&self, user: &UserId) -> bool {
        self.blocked.binary_search(user).is_ok()
    }
}
