//! [`Hooks`](crate::backend::Hooks) that are shipped.
//!
//! | file | what |
//! |---|---|
//! | `profanity` | [`ProfanityFilter`]: censors or rejects what is not fit for a general audience |

mod profanity;

pub use profanity::ProfanityFilter;
