use chat_core::UserId;

use crate::facts::Fact;
use crate::heard::Heard;
use crate::run::Outcome;
use crate::world::{CLIENTS, client};

/// Others never see an invisible user as online: not by `USER_ONLINE`, not over REST.
///
/// `OCCUPANCY` has its own tests. A user whose last connection is half open on one node counts both
/// there and on the next one.
pub(crate) fn hold(outcome: &Outcome) {
    for log in &outcome.clients {
        for heard in &log.heard {
            let users = (0..CLIENTS).map(client).filter(|user| *user != log.user);
            for user in users.filter(|user| is_seen(heard, user)) {
                let fact = Fact::Invisible(user.clone());
                let at = heard.asked_at.unwrap_or(heard.at);
                let hidden = outcome.facts.held(&fact, at, outcome.plan.in_force_within);
                assert!(
                    !hidden,
                    "{} sees {user}, who is invisible: {heard:?}",
                    log.user
                );
            }
        }
    }
}

fn is_seen(heard: &Heard, user: &UserId) -> bool {
    match heard.kind() {
        "USER_ONLINE" => heard.prompt && heard.is_of("userId", user),
        "PRESENCE" => {
            let users = heard.event["users"].as_array().into_iter().flatten();
            let mut of_user = users.filter(|p| p["userId"] == *user.as_str());
            of_user.any(|p| p["online"] == true)
        }
        _ => false,
    }
}
