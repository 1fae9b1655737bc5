//! Pages bounded in bytes. Read in sequence, in either direction, they return every entry once,
//! whatever its size. No page exceeds its bound unless it has a single entry.

use chat_core::{Config, Rates};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Answer, Rest, User, column, seqs};

const BOUND: usize = 2_000;
/// The size of the field names and cursors around the entries.
const AROUND_THEM: usize = 400;

fn rest() -> Rest {
    let mut config = Config::default();
    config.rates = Rates::unlimited();
    config.page_max_bytes = BOUND;
    Rest::with(|builder| builder.config(config))
}

/// Asserts that a response is within the bound of its list, and returns it.
fn bounded(answer: &Answer, list: &str) -> Value {
    let page = answer.expect(200);
    let entries = page[list].as_array().unwrap();
    let size: usize = entries.iter().map(|e| e.to_string().len() + 1).sum();
    assert!(entries.len() == 1 || size <= BOUND, "{size} bytes: {page}");
    assert!(entries.len() == 1 || answer.body.len() <= BOUND + AROUND_THEM);
    page
}

/// Reads all pages by following `page.next`.
async fn all(alice: User<'_>, path: &str, list: &str, field: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for _ in 0..1_000 {
        let page = bounded(&alice.get(&format!("{path}{cursor}")).await, list);
        all.extend(column(&page[list], field));
        let Some(next) = page["page"]["next"].as_str() else {
            return all;
        };
        cursor = format!(
            "{}cursor={next}",
            if path.contains('?') { '&' } else { '?' }
        );
    }
    panic!("{path} does not end");
}

/// Reads a history from a start towards one side. Returns the `seq`s in ascending order.
async fn walk(alice: User<'_>, path: &str, start: &str, side: &str) -> Vec<u64> {
    let mut pages = vec![];
    let mut query = start.to_owned();
    for _ in 0..1_000 {
        let page = bounded(
            &alice.get(&format!("{path}?limit=7{query}")).await,
            "messages",
        );
        pages.push(seqs(&page["messages"]));
        let Some(next) = page["page"][side].as_str() else {
            if side == "before" {
                pages.reverse();
            }
            return pages.concat();
        };
        query = format!("&{side}={next}");
    }
    panic!("{path} does not end");
}

async fn histories(alice: User<'_>, path: &str, want: &[u64]) {
    assert_eq!(walk(alice, path, "", "before").await, want);
    assert_eq!(walk(alice, path, "&after=0", "after").await, want);
    for middle in want {
        let start = format!("&around={middle}");
        let older = walk(alice, path, &start, "before").await;
        let newer = walk(alice, path, &start, "after").await;
        assert!(older.contains(middle) && newer.contains(middle));
        let both = [&older[..], &newer[..]].concat();
        let mut once = both.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once, want);
        assert!(older.is_sorted() && newer.is_sorted());
    }
}

async fn changes(alice: User<'_>) -> Vec<u64> {
    let (mut all, mut after) = (Vec::new(), 0);
    for _ in 0..1_000 {
        let path = format!("/rooms/tea/changes?after={after}&limit=7");
        let page = bounded(&alice.get(&path).await, "changes");
        all.extend(seqs(&page["changes"]));
        after = page["through"].as_u64().unwrap();
        if page["through"] == page["head"] {
            return all;
        }
    }
    panic!("the changes do not end");
}

async fn everything_comes_once(sizes: Vec<usize>) {
    let rest = rest();
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob"]).await;
    let bob = rest.user("bob");
    let root = alice.say("tea", "word").await;
    let root = root["id"].as_str().unwrap();
    let (mut ids, mut all_seqs, mut replies) = (Vec::new(), vec![1], Vec::new());
    for (n, size) in sizes.iter().enumerate() {
        let text = format!("word {}", "\u{1f375}".repeat(*size));
        let mut draft = json!({"text": text, "metadata": {"m": "x".repeat(size / 2)}});
        if n % 3 == 0 {
            draft["threadId"] = json!(root);
        }
        let sent = bob.post("/rooms/tea/messages", draft).await.expect(201);
        let seq = sent["seq"].as_u64().unwrap();
        ids.push(sent["id"].as_str().unwrap().to_owned());
        all_seqs.push(seq);
        if n % 3 == 0 {
            replies.push(seq);
        }
        let pin = format!("/rooms/tea/messages/{}/pin", ids[n]);
        alice.bare("PUT", &pin).await.expect(200);
        let report = format!("/rooms/tea/messages/{}/reports", ids[n]);
        let reason = json!({"reason": "r".repeat(size % 400 + 1)});
        alice.post(&report, reason).await.expect(201);
        alice.room(&format!("tea-{n}"), "group", &[]).await;
        alice.say(&format!("tea-{n}"), &"x".repeat(size + 1)).await;
    }
    histories(alice, "/rooms/tea/messages", &all_seqs).await;
    let thread = format!("/rooms/tea/messages/{root}/replies");
    histories(alice, &thread, &replies).await;
    let mut changed = changes(alice).await;
    changed.sort_unstable();
    assert_eq!(changed, all_seqs);

    let found = all(alice, "/search?q=word&roomId=tea", "messages", "id").await;
    assert_eq!(found.len(), ids.len() + 1);
    assert!(ids.iter().all(|id| found.contains(id)));
    let mut pins = all(alice, "/rooms/tea/pins", "messages", "id").await;
    pins.reverse();
    assert_eq!(pins, ids);
    let mut rooms = all(alice, "/rooms?limit=5", "rooms", "id").await;
    rooms.sort();
    rooms.dedup();
    assert_eq!(rooms.len(), ids.len() + 1);
    let reports = all(alice, "/rooms/tea/reports", "reports", "messageId").await;
    assert_eq!(reports.len(), ids.len());
    let audit = all(alice, "/rooms/tea/audit", "entries", "messageId").await;
    assert_eq!(audit.len(), ids.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_the_sizes(sizes in prop::collection::vec(prop_oneof![0_usize..20, 0_usize..700], 0..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(everything_comes_once(sizes));
    }
}

#[tokio::test]
async fn lists_of_users_are_bounded_too() {
    let rest = rest();
    let alice = rest.user("alice");
    let names: Vec<_> = (0..40)
        .map(|n| format!("{n:02}{}", "u".repeat(100)))
        .collect();
    let named: Vec<_> = names.iter().map(String::as_str).collect();
    alice.room("tea", "group", &named).await;
    alice.say("tea", "hi").await;
    for name in &names {
        rest.user(name)
            .put("/rooms/tea/read", json!({"seq": 1}))
            .await
            .expect(200);
    }
    let members = all(alice, "/rooms/tea/members?limit=100", "members", "userId").await;
    assert_eq!(members.len(), names.len() + 1);
    let reads = all(alice, "/rooms/tea/reads?limit=100", "reads", "userId").await;
    assert_eq!(reads, names);
    for name in &names {
        let ban = json!({"reason": "because"});
        alice
            .put(&format!("/rooms/tea/bans/{name}"), ban)
            .await
            .expect(204);
    }
    assert_eq!(
        all(alice, "/rooms/tea/bans?limit=100", "bans", "userId").await,
        names
    );
}

#[tokio::test]
async fn pins_go_on_after_one_that_is_gone() {
    let rest = rest();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        rest.advance(std::time::Duration::from_secs(1));
        let sent = alice.say("tea", &format!("{n}{}", "x".repeat(700))).await;
        let id = sent["id"].as_str().unwrap().to_owned();
        let pin = format!("/rooms/tea/messages/{id}/pin");
        alice.bare("PUT", &pin).await.expect(200);
        ids.insert(0, id);
    }
    let page = bounded(&alice.get("/rooms/tea/pins").await, "messages");
    let first = column(&page["messages"], "id");
    assert_eq!(first, ids[..first.len()]);
    let last = &ids[first.len() - 1];
    alice
        .delete(&format!("/rooms/tea/messages/{last}/pin"))
        .await
        .expect(204);
    let next = page["page"]["next"].as_str().unwrap();
    let page = bounded(
        &alice.get(&format!("/rooms/tea/pins?cursor={next}")).await,
        "messages",
    );
    let second = column(&page["messages"], "id");
    assert_eq!(second, ids[first.len()..first.len() + second.len()]);
}
