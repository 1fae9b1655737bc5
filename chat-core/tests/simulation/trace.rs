use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use chat_core::UserId;
use chat_core::testing::Outbound;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace(Vec<Received>);

/// A frame that a client received, reduced to a hash, because a run may have many megabytes.
#[derive(Clone, PartialEq, Eq)]
struct Received {
    at: Duration,
    by: UserId,
    hash: u64,
    begins: String,
}

impl Trace {
    pub(crate) fn note(&mut self, at: Duration, by: &UserId, frame: &Outbound) {
        let mut hasher = DefaultHasher::new();
        let begins = match frame {
            Outbound::Text(text) => {
                text.hash(&mut hasher);
                String::from_utf8_lossy(&text[..text.len().min(160)]).into_owned()
            }
            Outbound::Closed(code) => {
                code.hash(&mut hasher);
                format!("closed: {code}")
            }
        };
        self.0.push(Received {
            at,
            by: by.clone(),
            hash: hasher.finish(),
            begins,
        });
    }

    /// Panics at the first frame in which two traces differ.
    pub(crate) fn assert_same(&self, again: &Self) {
        let pairs = self.0.iter().zip(&again.0);
        if let Some((n, (one, other))) = (0..).zip(pairs).find(|(_, (a, b))| a != b) {
            panic!("frame {n} was {one:?} and is now {other:?}");
        }
        assert_eq!(self.0.len(), again.0.len(), "number of frames");
        assert!(
            self.0.len() > 1_000,
            "too few frames to compare: {}",
            self.0.len()
        );
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, by, begins, .. } = self;
        write!(f, "{at:?} {by} {begins}")
    }
}
