#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::backend::MessageLog;
use crate::memory::MemoryMessages;
use crate::model::{Draft, NewMessage};
use crate::{RoomId, UserId};

fn room(n: usize) -> RoomId {
    RoomId::new(format!("room-{n}")).unwrap()
}

fn said(text: &str, millis: i64) -> NewMessage {
    let at = Timestamp::from_millis(millis);
    NewMessage::user(UserId::new("alice").unwrap(), Draft::text(text), at)
}

/// Fills three rooms with 400 messages each, every third of which matches, and a quiet one. In the
/// second room, more messages share a millisecond than any budget here allows.
async fn filled(store: &MemoryMessages) -> Vec<SearchPosition> {
    let mut wanted = Vec::new();
    for n in 0..3 {
        let at = |i: i64| [i, i / 150 * 150, i / 7][n];
        let texts = ["needle", "hay", "straw"].into_iter().cycle();
        let batch = (0..400).zip(texts).map(|(i, text)| said(text, at(i)));
        let epoch = store.open(&room(n)).await.unwrap().epoch;
        for appended in store.append(&room(n), epoch, batch.collect()).await {
            let message = appended.unwrap().message;
            wanted.extend((message.text == "needle").then(|| position(&message)));
        }
    }
    let epoch = store.open(&room(3)).await.unwrap().epoch;
    store.append(&room(3), epoch, vec![said("hay", 0)]).await;
    wanted.sort_unstable_by_key(|p| Reverse(*p));
    wanted
}

/// Returns the matches of all pages, and the number of pages that ended early.
async fn all_pages(store: &MemoryMessages, mut query: SearchQuery) -> (Vec<SearchPosition>, usize) {
    let (mut found, mut short) = (Vec::new(), 0);
    loop {
        let page = store.search(&query).await.unwrap();
        assert!(page.messages.len() <= query.limit);
        found.extend(page.messages.iter().map(position));
        let Some(next) = page.next else {
            return (found, short);
        };
        short += usize::from(page.messages.len() < query.limit);
        assert!(query.after.is_none_or(|after| next < after), "no progress");
        query.after = Some(next);
    }
}

#[tokio::test]
async fn a_search_beyond_its_budget_goes_on_and_finds_all() {
    let whole = SearchBudget::default();
    for (messages, bytes, at_once, bytes_at_once) in [
        (1, whole.bytes, 1, whole.bytes_at_once),
        (20, whole.bytes, 3, 10),
        (50, whole.bytes, 200, whole.bytes_at_once),
        (10_000, whole.bytes, 7, 1),
        (50_000, 1, 500, whole.bytes_at_once),
        (50_000, 100, 500, 30),
        (50_000, whole.bytes, 500, whole.bytes_at_once),
    ] {
        let budget = SearchBudget {
            messages,
            bytes,
            at_once,
            bytes_at_once,
        };
        let store = MemoryMessages::new().with_search_budget(budget);
        let wanted = filled(&store).await;
        for limit in [1, 10, 1000] {
            let query = SearchQuery {
                text: Some("needle".to_owned()),
                ..SearchQuery::new((0..5).map(room).collect(), limit)
            };
            let (found, short) = all_pages(&store, query).await;
            assert_eq!(found, wanted, "{budget:?}, pages of {limit}");
            if (messages < 100 || bytes < 1_000) && limit == 1000 {
                assert!(short > 3, "{short} pages ended with the budget");
            }
        }
    }
}

#[tokio::test]
async fn a_search_for_nothing_costs_no_more_than_its_budget() {
    let store = MemoryMessages::new();
    filled(&store).await;
    let query = SearchQuery {
        text: Some("absent".to_owned()),
        ..SearchQuery::new(vec![room(0), room(2)], 10)
    };
    let budget = SearchBudget {
        messages: 100,
        at_once: 30,
        ..SearchBudget::default()
    };
    let logs: Vec<_> = [0, 2]
        .iter()
        .map(|n| store.find(&room(*n)).unwrap())
        .collect();
    let mut search = Search::new(&query, budget);
    for (n, log) in logs.iter().enumerate() {
        search.add(n, &log.lock().newest(u64::MAX, 1)[0]);
    }
    let mut looked = 0;
    while let Some(step) = search.next() {
        let messages = logs[step.room].lock().newest(step.seq, step.limit);
        assert!(messages.len() <= 31);
        looked += messages.len();
        search.take(step, messages);
    }
    assert!((100..=150).contains(&looked), "{looked}");
    let page = search.page();
    // The first room's times end at 399 and the second's at 57, so the second was not reached.
    let next = page.next.unwrap();
    assert!((270..300).contains(&next.at.as_millis()), "{next:?}");
    assert!(page.messages.is_empty());
}

/// Checks the budget in bytes on the worst input: the longest texts, none of which matches.
#[tokio::test]
async fn a_search_looks_at_so_many_bytes_and_no_more() {
    let store = MemoryMessages::new();
    let text = "x".repeat(16_000);
    for n in 0..2 {
        let batch = (0..400).map(|i| said(&text, i)).collect();
        let epoch = store.open(&room(n)).await.unwrap().epoch;
        store.append(&room(n), epoch, batch).await;
    }
    let mut query = SearchQuery {
        text: Some("absent".to_owned()),
        ..SearchQuery::new(vec![room(0), room(1)], 100)
    };
    let budget = SearchBudget::default();
    let logs = [0, 1].map(|n| store.find(&room(n)).unwrap());
    let (mut pages, mut looked_in_all) = (0, 0);
    loop {
        let mut search = Search::new(&query, budget);
        for (n, log) in logs.iter().enumerate() {
            let log = log.lock();
            let start = log.search_start(&query);
            for newest in log.newest(start, 1) {
                search.add(n, &newest);
            }
        }
        let mut looked = 0;
        while let Some(step) = search.next() {
            let before = search.left.bytes;
            let messages = logs[step.room].lock().newest(step.seq, step.limit);
            search.take(step, messages);
            let at_once = before - search.left.bytes;
            assert!(at_once <= budget.bytes_at_once + text.len(), "{at_once}");
            looked += at_once;
        }
        assert!(looked <= budget.bytes, "{looked}");
        looked_in_all += looked;
        pages += 1;
        let page = search.page();
        assert!(page.messages.is_empty());
        let Some(next) = page.next else {
            break;
        };
        assert!(query.after.is_none_or(|after| next < after), "no progress");
        query.after = Some(next);
    }
    assert!(pages >= 800 * text.len() / budget.bytes, "{pages}");
    assert!(looked_in_all >= 700 * text.len(), "{looked_in_all}");
}

#[tokio::test]
async fn a_room_asked_for_twice_is_searched_once() {
    let store = MemoryMessages::new();
    let wanted = filled(&store).await;
    let query = SearchQuery {
        text: Some("needle".to_owned()),
        ..SearchQuery::new([0, 1, 2, 1, 0].map(room).to_vec(), 9)
    };
    assert_eq!(all_pages(&store, query).await.0, wanted);
}

#[test]
fn a_word_is_folded_as_it_is_within_a_text() {
    for (word, text) in [
        ("ΟΔΟΣ", "ΟΔΟΣ.Α"),
        ("οδος", "μια οδος"),
        ("İZMİR", "in İZMİR, too"),
        ("lunch", "LUNCH"),
    ] {
        assert!(folded(text).contains(&folded(word)), "{word} in {text}");
    }
}
