use std::collections::HashMap;
use std::fmt;
use std::hint::black_box;
use std::time::Duration;

use chat_core::{Clock, SystemClock, Timestamp};
use parking_lot::Mutex;
use uuid::Uuid;

/// Demo passwords in plain text. A real app stores Argon2id hashes.
const PASSWORDS: [(&str, &str); 3] = [
    ("alice", "demo-alice"),
    ("bob", "demo-bob"),
    ("carol", "demo-carol"),
];

pub(crate) const SESSION_TTL: Duration = Duration::from_secs(12 * 60 * 60);

/// The session of a logged-in user.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) expires_at: Timestamp,
}

#[derive(Default)]
pub(crate) struct Users {
    passwords: HashMap<String, String>,
    /// Keyed by the cookie's value, which is a secret.
    sessions: Mutex<HashMap<String, Session>>,
}

/// Hides passwords and cookies.
impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users").finish_non_exhaustive()
    }
}

impl Users {
    pub(crate) fn demo() -> Self {
        let passwords = PASSWORDS.map(|(name, password)| (name.to_owned(), password.to_owned()));
        Self {
            passwords: passwords.into(),
            sessions: Mutex::default(),
        }
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.passwords.contains_key(name)
    }

    /// Starts a session if the password is correct. Returns its secret id.
    pub(crate) fn log_in(&self, name: &str, password: &str) -> Option<String> {
        // Compares in any case, so that an unknown name takes as long as a known one.
        let known = self.passwords.get(name);
        let right = equal_in_constant_time(known.map_or("no password", |p| p), password);
        if known.is_none() || !right {
            return None;
        }
        let now = SystemClock.now();
        let id = Uuid::new_v4().simple().to_string();
        let session = Session {
            user: name.to_owned(),
            expires_at: now.after(SESSION_TTL),
        };
        let mut sessions = self.sessions.lock();
        sessions.retain(|_, session| now < session.expires_at);
        sessions.insert(id.clone(), session);
        Some(id)
    }

    pub(crate) fn log_out(&self, name: &str) {
        self.sessions
            .lock()
            .retain(|_, session| session.user != name);
    }

    pub(crate) fn session(&self, id: &str) -> Option<Session> {
        let session = self.sessions.lock().get(id).cloned()?;
        (SystemClock.now() < session.expires_at).then_some(session)
    }
}

/// Compares two strings. The time depends on their lengths, but not on where they differ.
fn equal_in_constant_time(a: &str, b: &str) -> bool {
    let pairs = a.bytes().zip(b.bytes());
    let differences = pairs.fold(0, |all, (a, b)| black_box(all | (a ^ b)));
    a.len() == b.len() && differences == 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_starts_a_session() {
        let users = Users::demo();
        for (name, password) in [
            ("alice", ""),
            ("alice", "demo-alicf"),
            ("alice", "demo-alice2"),
            ("alice", "demo-bob"),
            ("mallory", "no password"),
            ("", ""),
        ] {
            assert!(users.log_in(name, password).is_none(), "{name} {password}");
        }
        let id = users.log_in("alice", "demo-alice").unwrap();
        assert_eq!(users.session(&id).unwrap().user, "alice");
        assert!(users.session("").is_none());
    }

    #[test]
    fn a_logout_ends_all_sessions_of_the_user_and_no_others() {
        let users = Users::demo();
        let first = users.log_in("alice", "demo-alice").unwrap();
        let second = users.log_in("alice", "demo-alice").unwrap();
        let other = users.log_in("bob", "demo-bob").unwrap();
        assert_ne!(first, second);
        users.log_out("alice");
        assert!(users.session(&first).is_none());
        assert!(users.session(&second).is_none());
        assert!(users.session(&other).is_some());
    }
}
