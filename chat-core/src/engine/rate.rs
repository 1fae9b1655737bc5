use super::config::Rates;
use super::{Engine, Inner};
use crate::backend::{Quota, RateDecision, RateKey};
use crate::{Error, ErrorKind, Result, UserId};

/// What a user does, for their rate. Sockets and REST share the classes, so that neither is a way
/// around the other's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RateClass {
    Send,
    Change,
    Join,
    Read,
    Typing,
    Query,
    Search,
    Create,
    Manage,
    Session,
    Violation,
}

impl RateClass {
    /// The name, in the limiter's keys and in the metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Change => "change",
            Self::Join => "join",
            Self::Read => "read",
            Self::Typing => "typing",
            Self::Query => "query",
            Self::Search => "search",
            Self::Create => "create",
            Self::Manage => "manage",
            Self::Session => "session",
            Self::Violation => "violation",
        }
    }

    const fn quota(self, rates: &Rates) -> Quota {
        match self {
            Self::Send => rates.send,
            Self::Change => rates.change,
            Self::Join => rates.join,
            Self::Read => rates.read,
            Self::Typing => rates.typing,
            Self::Query => rates.query,
            Self::Search => rates.search,
            Self::Create => rates.create,
            Self::Manage => rates.manage,
            Self::Session => rates.session,
            Self::Violation => rates.violation,
        }
    }
}

impl Inner {
    /// Takes a permit of a user, or says when there is one.
    pub(crate) async fn permit(&self, user: &UserId, class: RateClass) -> Result<()> {
        let key = RateKey {
            user_id: user.clone(),
            room_id: None,
            class: class.name(),
        };
        self.take_permit(&key, &class.quota(&self.config.rates))
            .await
    }

    /// Takes a permit of a quota, or says when there is one.
    pub(crate) async fn take_permit(&self, key: &RateKey, quota: &Quota) -> Result<()> {
        match self.limiter.check(key, quota).await {
            Ok(RateDecision::Allowed) => Ok(()),
            Ok(RateDecision::Limited(after)) => {
                metrics::counter!("chat_rate_limited_total", "class" => key.class).increment(1);
                Err(Error::new(
                    ErrorKind::RateLimited,
                    "the rate limit is exceeded, try again later",
                )
                .with_retry_after(after))
            }
            // Not knowing is no reason to refuse.
            Err(error) => {
                tracing::debug!(%error, "the rate limiter does not answer");
                Ok(())
            }
        }
    }
}

impl Engine {
    /// Takes a permit of a user, or says when there is one.
    pub(crate) async fn permit(&self, user: &UserId, class: RateClass) -> Result<()> {
        self.inner.permit(user, class).await
    }
}
