//! The traits that an app implements or picks an implementation of. They are small and object-safe,
//! and each has a numbered contract that the suites in `chat_core::testing` check by number.
//!
//! | trait | responsibility | implementations |
//! |---|---|---|
//! | [`RoomStore`] | rooms, members and bans | memory, MongoDB |
//! | [`MessageLog`] | the message log and search | memory, MongoDB |
//! | [`ReadStore`] | read markers, unread counts, hidden messages | memory, MongoDB |
//! | [`PushQueue`] | due push notifications | memory, MongoDB |
//! | [`UserStore`] | blocked users and invisibility | memory, MongoDB |
//! | [`ModerationStore`] | reports and the audit log | memory, MongoDB |
//! | [`Broker`] | hints between nodes; the log stays the truth | memory, Redis |
//! | [`PresenceStore`] | online users across all nodes | memory, Redis |
//! | [`RateLimiter`] | rate limits per user and room | memory, Redis |
//! | [`Authenticator`] | the user behind a token | JWT |
//! | [`Hooks`] | the app's callbacks on messages and connections | profanity filter |
//!
//! [`MessageLog`], [`ReadStore`] and [`PushQueue`] are three views of one store: a type that shares
//! its data among them implements all three.

/// Implements a trait for `Arc<T>` and `Box<T>` by forwarding. A missing method fails to compile.
///
/// The macro takes a list of methods because deadlines and faults need one. A derive such as
/// `auto_impl` would replace these impls, but not the list.
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
///
/// A trait declared inside the macro states each method once. One declared outside repeats its
/// methods as a list.
macro_rules! store {
    (
        $(#[$attribute:meta])*
        pub trait $trait:ident: fmt::Debug + Send + Sync + 'static {
            $($(#[$doc:meta])* async fn $name:ident(&self $(, $arg:ident: $ty:ty)* $(,)?) -> $ret:ty;)*
        }
    ) => {
        $(#[$attribute])*
        #[async_trait::async_trait]
        pub trait $trait: fmt::Debug + Send + Sync + 'static {
            $($(#[$doc])* async fn $name(&self $(, $arg: $ty)*) -> $ret;)*
        }
        store!($trait { $(async fn $name(&self $(, $arg: $ty)*) -> $ret;)* });
    };
    ($($list:tt)*) => {
        forward!($($list)*);
        crate::backend::deadline::deadline!($($list)*);
        #[cfg(feature = "testing")]
        crate::testing::faulty::faulty!($($list)*);
    };
}

mod auth;
mod broker;
pub(crate) mod deadline;
mod hooks;
mod limits;
mod log;
mod moderation;
mod presence;
mod pushes;
mod reads;
mod rooms;
mod users;

pub use auth::{Authenticator, Credentials, Identity};
pub use broker::{Arrival, Arrivals, Broker, Publication, Topic};
pub use hooks::{ConnectionInfo, Hooks, SendContext, Sent, Verdict};
pub use limits::{Quota, RateDecision, RateKey, RateLimiter, gcra};
pub use log::MessageLog;
pub use moderation::ModerationStore;
pub use presence::{Lease, PresenceStore};
pub use pushes::PushQueue;
pub use reads::ReadStore;
pub use rooms::RoomStore;
pub use users::UserStore;
