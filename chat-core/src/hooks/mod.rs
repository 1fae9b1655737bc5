//! Ready-made implementations of [`Hooks`](crate::backend::Hooks).
//!
//! | file | contents |
//! |---|---|
//! | `profanity` | [`ProfanityFilter`]: censors or rejects profanity |

mod profanity;

pub use profanity::ProfanityFilter;
