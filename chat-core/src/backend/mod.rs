//! What an app plugs in: small, object-safe traits, each with a numbered contract that the suites
//! in `chat_core::testing` check by number.
//!
//! | trait | answers | shipped |
//! |---|---|---|
//! | [`RoomStore`] | which rooms are there, and who is in them | memory, MongoDB |
//! | [`MessageLog`] | what was said, in which order | memory, MongoDB |
//! | [`ReadStore`] | how far has each user read | memory, MongoDB |
//! | [`PushQueue`] | which push notifications are due | memory, MongoDB |
//! | [`UserStore`] | whom has a user blocked, and do they want to be seen | memory, MongoDB |
//! | [`ModerationStore`] | what was reported, and what did moderators do | memory, MongoDB |
//! | [`Broker`] | what did other nodes just do (a hint, never the truth) | memory, Redis |
//! | [`PresenceStore`] | who is online, over all nodes | memory, Redis |
//! | [`RateLimiter`] | may this user do that now | memory, Redis |
//! | [`Authenticator`] | whose token is this | JWT |
//! | [`Hooks`] | what does the app want to say about it | profanity filter |
//!
//! [`MessageLog`], [`ReadStore`] and [`PushQueue`] are three views of one store: a type that shares
//! its data among them implements all three.

/// Implements a trait for `Arc<T>` and `Box<T>` by forwarding, and refuses to compile when a method
/// is forgotten.
///
/// It works on a list of methods, since the deadlines and the faults of `store!` need one. A derive
/// such as `auto_impl` would replace these impls and leave the list.
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

/// Forwards the methods of a store, bounds the time of each, and lets tests inject faults into it.
///
/// A trait declared inside writes each method once. One declared outside repeats its methods as a
/// list.
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
        crate::engine::deadline::deadline!($($list)*);
        #[cfg(feature = "testing")]
        crate::testing::faulty::faulty!($($list)*);
    };
}

mod auth;
mod broker;
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
