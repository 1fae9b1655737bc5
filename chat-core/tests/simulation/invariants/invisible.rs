use chat_core::UserId;

use crate::facts::Fact;
use crate::heard::Heard;
use crate::run::Outcome;
use crate::world::{CLIENTS, client, lobby};

/// An invisible user is never seen as online by others: not by `USER_ONLINE`, not over REST, and not
/// in the number of those who are there.
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
        // In the end all of them are there and nothing moves.
        let told = log.heard.iter().rev();
        let mut told =
            told.filter(|h| h.kind() == "OCCUPANCY" && h.room() == Some(lobby().as_str()));
        if let Some(told) = told.next() {
            let visible = CLIENTS - outcome.invisible.len();
            assert!(
                told.event["online"].as_u64() <= Some(visible as u64),
                "{} counts more than the {visible} visible: {told:?}",
                log.user
            );
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
