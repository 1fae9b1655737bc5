use std::time::Duration;

use super::PAGES;
use super::log::{append, change, edit, now, open, page, seqs, text};
use super::store::{Store, Stores};
use crate::model::{Anchor, Change, HistoryPage, Message};
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::{RoomId, Timestamp};

/// Fills a room with messages, edits and deletions, so that seqs have gaps. 200 of the messages
/// share one millisecond. Returns the stored messages and that millisecond.
async fn filled(store: &Store, room: &RoomId) -> (Vec<Message>, Timestamp) {
    open(store, room, PAGES).await;
    let start = now();
    let crowded = start.after(Duration::from_millis(20));
    let mut all = Vec::new();
    for block in 0..14_u64 {
        // Blocks 2 to 11 share a millisecond; the others have one for every two messages.
        let batch = (0..20).map(|n| {
            let mut message = text(&user("a"), format!("{block} {n}"));
            message.created_at = match block {
                0 | 1 => start.after(Duration::from_millis(block * 10 + n / 2)),
                2..12 => crowded,
                _ => crowded.after(Duration::from_millis((block - 11) * 10 + n / 2)),
            };
            message
        });
        let sent = append(store, room, batch.collect(), PAGES).await;
        let mut sent: Vec<Message> = sent.iter().map(|a| (*a.message).clone()).collect();
        change(store, room, &sent[3].id, &edit("edited")).await;
        change(store, room, &sent[7].id, &Change::Delete { by: None }).await;
        for n in [3, 7] {
            let stored = store
                .message(room, &sent[n].id)
                .await
                .must(PAGES, "message");
            sent[n] = stored.unwrap_or_else(|| sent[n].clone());
        }
        all.extend(sent);
    }
    (all, crowded)
}

/// The expected page, or `None` for `Around` near an end, where several pages are valid.
fn want(all: &[Message], anchor: Anchor, limit: usize) -> Option<HistoryPage> {
    let below = |seq: u64| all.partition_point(|m| m.seq < seq);
    let (from, to) = match anchor {
        Anchor::Newest => (all.len().saturating_sub(limit), all.len()),
        Anchor::Before(seq) => (below(seq).saturating_sub(limit), below(seq)),
        Anchor::After(seq) => {
            let from = below(seq.saturating_add(1));
            (from, (from + limit).min(all.len()))
        }
        Anchor::BeforeTime(t) => {
            let to = all.partition_point(|m| m.created_at < t);
            (to.saturating_sub(limit), to)
        }
        Anchor::AfterTime(t) => {
            let from = all.partition_point(|m| m.created_at < t);
            (from, (from + limit).min(all.len()))
        }
        Anchor::Around(seq) => {
            let middle = below(seq);
            let exact = all.get(middle).is_some_and(|m| m.seq == seq);
            let from = middle.checked_sub(limit / 2)?;
            if !exact || from + limit > all.len() {
                return None;
            }
            (from, from + limit)
        }
    };
    Some(HistoryPage {
        messages: all[from..to].to_vec(),
        has_before: from > 0,
        has_after: to < all.len(),
    })
}

/// Compares the flags. On an empty page, only the flag in the read direction matters.
pub(super) fn flags_match(anchor: Anchor, found: &HistoryPage, want: &HistoryPage) -> bool {
    let before = found.has_before == want.has_before;
    let after = found.has_after == want.has_after;
    match anchor {
        _ if !want.messages.is_empty() => before && after,
        Anchor::Before(_) | Anchor::BeforeTime(_) => before,
        Anchor::After(_) | Anchor::AfterTime(_) => after,
        Anchor::Newest | Anchor::Around(_) => before && after,
    }
}

pub(super) async fn pages_are_those_asked_for(cluster: Stores) {
    let room = a_room();
    let (all, crowded) = filled(&cluster.node(0), &room).await;
    let last = all.last().map_or(0, |m| m.seq);
    let mut anchors = vec![Anchor::Newest];
    // Seqs of messages and of changes, both ends, and positions beyond them.
    for seq in (0..=last + 2)
        .step_by(7)
        .chain([1, 2, last - 1, last, u64::MAX >> 11])
    {
        anchors.extend([Anchor::Before(seq), Anchor::After(seq), Anchor::Around(seq)]);
    }
    for ms in (-25..60).step_by(4).chain([-1, 0, 1]) {
        let t = Timestamp::from_millis(crowded.as_millis() + ms);
        anchors.extend([Anchor::BeforeTime(t), Anchor::AfterTime(t)]);
    }
    for (n, anchor) in anchors.into_iter().enumerate() {
        let limit = [1, 2, 50, 7, 1000][n % 5];
        let found = page(&cluster.node(n), &room, anchor, limit, PAGES).await;
        let Some(want) = want(&all, anchor, limit) else {
            around_an_end(&all, anchor, limit, &found);
            continue;
        };
        ensure!(
            PAGES,
            found.messages == want.messages,
            "{anchor:?} with limit {limit} returned the seqs {:?}, not {:?}",
            seqs(&found.messages),
            seqs(&want.messages)
        );
        ensure!(
            PAGES,
            flags_match(anchor, &found, &want),
            "{anchor:?} with limit {limit} returned has_before {}, has_after {} instead of {}, {}",
            found.has_before,
            found.has_after,
            want.has_before,
            want.has_after
        );
    }
}

/// Checks a page near an end, or around a position that is not a message's. It must be a slice of
/// the history that contains the neighbours, with matching flags.
fn around_an_end(all: &[Message], anchor: Anchor, limit: usize, found: &HistoryPage) {
    let Anchor::Around(seq) = anchor else { return };
    let from = all.iter().position(|m| Some(m) == found.messages.first());
    let Some(from) = from else {
        // Beyond the newest message, a limit of 1 leaves no room for a neighbour.
        let none = found.messages.is_empty() && limit == 1 && all.iter().all(|m| m.seq < seq);
        ensure!(
            PAGES,
            none,
            "{anchor:?} with limit {limit} returned no message although some exist"
        );
        return;
    };
    let to = from + found.messages.len();
    ensure!(
        PAGES,
        to <= all.len() && found.messages == all[from..to],
        "{anchor:?} with limit {limit} skipped messages: {:?}",
        seqs(&found.messages)
    );
    ensure!(
        PAGES,
        found.has_before == (from > 0) && found.has_after == (to < all.len()),
        "{anchor:?} with limit {limit} returned has_before {}, has_after {} at {from}..{to} of {}",
        found.has_before,
        found.has_after,
        all.len()
    );
    let middle = all.partition_point(|m| m.seq < seq);
    let near = (from..=to).contains(&middle) || middle == all.len();
    ensure!(
        PAGES,
        near,
        "{anchor:?} with limit {limit} returned distant messages: {:?}",
        seqs(&found.messages)
    );
    if all.get(middle).is_some_and(|m| m.seq == seq) {
        ensure!(
            PAGES,
            (from..to).contains(&middle),
            "{anchor:?} with limit {limit} omitted the anchor message"
        );
    }
}

/// A page by time, continued by position, returns each message once, even within a crowded
/// millisecond.
pub(super) async fn pages_by_time_follow_on_by_position(cluster: Stores) {
    let room = a_room();
    let (all, crowded) = filled(&cluster.node(0), &room).await;
    let mut forward = Vec::new();
    let mut anchor = Anchor::AfterTime(crowded);
    loop {
        let next = page(&cluster.node(forward.len()), &room, anchor, 13, PAGES).await;
        forward.extend(next.messages);
        let Some(last) = forward.last() else { break };
        anchor = Anchor::After(last.seq);
        if !next.has_after {
            break;
        }
    }
    let from = all.partition_point(|m| m.created_at < crowded);
    ensure!(
        PAGES,
        forward == all[from..],
        "pages forward from {crowded} returned the seqs {:?}, not {:?}",
        seqs(&forward),
        seqs(&all[from..])
    );
    let after = crowded.after(Duration::from_millis(1));
    let mut backward: Vec<Message> = Vec::new();
    let mut anchor = Anchor::BeforeTime(after);
    loop {
        let next = page(&cluster.node(backward.len()), &room, anchor, 13, PAGES).await;
        backward.extend(next.messages.into_iter().rev());
        let Some(first) = backward.last() else { break };
        anchor = Anchor::Before(first.seq);
        if !next.has_before {
            break;
        }
    }
    backward.reverse();
    let to = all.partition_point(|m| m.created_at <= crowded);
    ensure!(
        PAGES,
        backward == all[..to],
        "pages backward from {after} returned the seqs {:?}, not {:?}",
        seqs(&backward),
        seqs(&all[..to])
    );
}

pub(super) async fn an_empty_room_has_empty_pages(cluster: Stores) {
    let room = a_room();
    let store = cluster.node(0);
    open(&store, &room, PAGES).await;
    for anchor in [
        Anchor::Newest,
        Anchor::Before(10),
        Anchor::After(0),
        Anchor::Around(1),
        Anchor::BeforeTime(now()),
        Anchor::AfterTime(now()),
    ] {
        let found = page(&store, &room, anchor, 10, PAGES).await;
        ensure!(
            PAGES,
            found == HistoryPage::default(),
            "{anchor:?} in an empty room returned {found:?}"
        );
    }
}
