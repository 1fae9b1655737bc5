use serde::Serialize;

use super::reply::{Outcome, Reply};
use super::request::Request;
use crate::UserId;

/// The users whom the user has blocked.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "BlockList")
)]
pub(super) struct Blocked {
    /// The users, by user id.
    users: Vec<UserId>,
}

pub(super) async fn list(request: &Request) -> Outcome {
    let settings = request.engine.user_settings(&request.user).await?;
    Reply::ok(&Blocked {
        users: settings.blocked,
    })
}

pub(super) async fn block(request: &Request, user: &UserId) -> Outcome {
    request.engine.block(&request.user, user).await?;
    Reply::done()
}

pub(super) async fn unblock(request: &Request, user: &UserId) -> Outcome {
    request.engine.unblock(&request.user, user).await?;
    Reply::done()
}
