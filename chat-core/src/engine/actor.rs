use crate::UserId;

/// The principal on whose behalf the engine acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The app itself, which may do everything.
    App,
    /// A user, limited by their role in the room.
    User(UserId),
}

impl Actor {
    /// Returns the user, or `None` for the app.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::App => None,
            Self::User(user) => Some(user),
        }
    }
}

impl From<UserId> for Actor {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

impl From<&UserId> for Actor {
    fn from(user: &UserId) -> Self {
        Self::User(user.clone())
    }
}
