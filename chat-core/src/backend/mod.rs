//! The traits that an app implements or picks an implementation of. They are small and object-safe,
//! and each has a numbered contract that the suites in `chat_core::testing` check by number.
//!
//! | trait | responsibility | implementations |
//! |---|---|---|
//! | [`RoomStore`] | rooms, members and bans | memory, MongoDB |
//! | [`MessageStore`] | the message log, search, read markers and due pushes | memory, MongoDB |
//! | [`UserStore`] | blocked users and invisibility | memory, MongoDB |
//! | [`ModerationStore`] | reports and the audit log | memory, MongoDB |
//! | [`Broker`] | hints between nodes; the log stays the truth | memory, Redis |
//! | [`PresenceStore`] | online users across all nodes | memory, Redis |
//! | [`RateLimiter`] | rate limits per user and room | memory, Redis |
//! | [`Authenticator`] | the user behind a token | JWT |
//! | [`Hooks`] | the app's callbacks on messages and connections | profanity filter |

/// Implements a trait for `Arc<T>` and `Box<T>` by forwarding. A missing method fails to compile.
macro_rules! forward {
    ($trait:ident { $($body:tt)* }) => {
        forward!(@ $trait std::sync::Arc<T> { $($body)* });
        forward!(@ $trait Box<T> { $($body)* });
    };
    (@ $trait:ident $outer:ty { $(async fn $name:ident(&self $(, $arg:ident: $ty:ty)* $(,)?) -> $ret:ty;)* $(fn $sname:ident(&self) -> $sret:ty;)* }) => {
        #[async_trait::async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: $trait + ?Sized> $trait for $outer {
            $(async fn $name(&self $(, $arg: $ty)*) -> $ret {
                (**self).$name($($arg),*).await
            })*
            $(fn $sname(&self) -> $sret {
                (**self).$sname()
            })*
        }
    };
}

/// Forwards the methods of a store, puts a deadline on each call and lets tests inject faults.
macro_rules! store {
    ($($list:tt)*) => {
        forward!($($list)*);
        crate::engine::deadline::deadline!($($list)*);
        #[cfg(feature = "testing")]
        crate::testing::faulty::faulty!($($list)*);
    };
}

mod auth;
mod broker;
mod hooks;
mod limits;
mod messages;
mod moderation;
mod presence;
mod rooms;
mod users;

pub use auth::{Authenticator, Credentials, Identity};
pub use broker::{Arrival, Arrivals, Broker, Publication, Topic};
pub use hooks::{ConnectionInfo, Hooks, SendContext, Sent, Verdict};
pub use limits::{Quota, RateDecision, RateKey, RateLimiter, gcra};
pub use messages::MessageStore;
pub use moderation::ModerationStore;
pub use presence::{Lease, PresenceStore};
pub use rooms::RoomStore;
pub use users::UserStore;
