use std::sync::Arc;

use crate::backend::{Quota, RateDecision, RateKey, RateLimiter};
use crate::engine::config::Rates;
use crate::engine::foundation::Foundation;
use crate::{Error, ErrorKind, Result, UserId};

/// A class of actions with one rate limit, shared by sockets and REST so that neither bypasses it.
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

/// The rate limits of users, shared by sockets and REST.
#[derive(Debug)]
pub(crate) struct RateLimits {
    limiter: Arc<dyn RateLimiter>,
    rates: Rates,
}

impl RateLimits {
    pub(crate) fn new(base: &Foundation) -> Arc<Self> {
        Arc::new(Self {
            limiter: Arc::clone(&base.limiter),
            rates: base.config.rates.clone(),
        })
    }

    /// Takes a user's permit, or fails with the time to wait.
    pub(crate) async fn permit(&self, user: &UserId, class: RateClass) -> Result<()> {
        let key = RateKey {
            user_id: user.clone(),
            room_id: None,
            class: class.name(),
        };
        self.take_permit(&key, &class.quota(&self.rates)).await
    }

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
            // Fail open: a broken limiter must not refuse users.
            Err(error) => {
                tracing::debug!(%error, "rate limiter unavailable");
                Ok(())
            }
        }
    }
}
