use chat_core::RoomId;

use crate::facts::Fact;
use crate::heard::Heard;
use crate::log::Log;
use crate::run::Outcome;

/// A removed user receives no position taken after the removal, even in the middle of a resume, and
/// reads nothing over REST.
pub(crate) fn hold(outcome: &Outcome) {
    for client in &outcome.clients {
        for heard in &client.heard {
            if let Some(why) = of_later(outcome, client, heard) {
                panic!("{} was removed but {why}: {heard:?}", client.user);
            }
        }
    }
}

/// Describes content from after the removal took effect, if the event has any.
fn of_later(outcome: &Outcome, client: &Log, heard: &Heard) -> Option<String> {
    let within = outcome.plan.in_force_within;
    let room = RoomId::new(heard.room()?).ok()?;
    let fact = Fact::Removed(room.clone(), client.user.clone());
    let since = outcome.facts.since(&fact, heard.at)?;
    let in_force = since + within;
    if heard.kind() == "HISTORY" && heard.asked_at? >= in_force {
        return Some("read the history".into());
    }
    if heard.kind() == "ERROR" || heard.kind() == "ROOM_REMOVED" {
        return None;
    }
    let record = &outcome.rooms.iter().find(|r| r.id == room)?.record;
    let live = heard.event["rev"]
        .as_u64()
        .filter(|_| heard.asked_at.is_none());
    let brought = heard.messages().filter_map(|m| m["rev"].as_u64());
    let later = brought.chain(live).find(|rev| {
        let taken_at = record.taken_at.get(rev);
        taken_at.is_some_and(|at| *at >= in_force)
    });
    if let Some(rev) = later {
        return Some(format!("received position {rev}"));
    }
    let ephemeral = heard.asked_at.is_none() && heard.event["rev"].is_null();
    (heard.prompt && ephemeral && heard.at >= in_force).then(|| "received an event".into())
}
