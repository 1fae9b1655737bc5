use super::make::{MANY, block, ensure_settings};
use super::{DEFAULT, SETTINGS, VISIBLE, WRITE};
use crate::UserId;
use crate::backend::UserStore;
use crate::model::UserSettings;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{hostile_ids, user};
use crate::testing::tasks::Tasks;

pub(super) async fn unknown_users_have_the_default_settings(cluster: Cluster<dyn UserStore>) {
    let store = cluster.node(0);
    block(&store, &user("a"), &user("b"), DEFAULT).await;
    let asked: Vec<UserId> = hostile_ids().into_iter().map(user).collect();
    let found = cluster.node(1).settings(&asked).await;
    let found = found.must(DEFAULT, "settings");
    ensure!(
        DEFAULT,
        found.len() == asked.len(),
        "{} users were requested, {} settings were returned",
        asked.len(),
        found.len()
    );
    for (id, found) in asked.iter().zip(found) {
        ensure!(
            DEFAULT,
            *id == user("a") || found == UserSettings::default(),
            "{id:?} was never stored but has {found:?}"
        );
    }
    let none = store.settings(&[]).await.must(DEFAULT, "settings");
    ensure!(
        DEFAULT,
        none.is_empty(),
        "settings of no users returned {none:?}"
    );
}

pub(super) async fn what_was_undone_is_the_default_again(cluster: Cluster<dyn UserStore>) {
    let (store, id) = (cluster.node(0), user("$ne"));
    for round in 0..2 {
        block(&store, &id, &user("a"), DEFAULT).await;
        let set = store.set_invisible(&id, true).await;
        set.must(DEFAULT, "set_invisible");
        // Undo each of the two last in turn.
        if round == 0 {
            let undone = store.unblock(&id, &user("a")).await;
            undone.must(DEFAULT, "unblock");
            ensure_settings(&cluster.node(1), &id, true, &[], DEFAULT).await;
        }
        let undone = store.set_invisible(&id, false).await;
        undone.must(DEFAULT, "set_invisible");
        if round == 1 {
            ensure_settings(&cluster.node(1), &id, false, &[user("a")], DEFAULT).await;
            let undone = store.unblock(&id, &user("a")).await;
            undone.must(DEFAULT, "unblock");
        }
        ensure_settings(&cluster.node(2), &id, false, &[], DEFAULT).await;
    }
}

pub(super) async fn settings_come_in_the_order_asked(cluster: Cluster<dyn UserStore>) {
    let store = cluster.node(0);
    for id in ["c", "a", "b"] {
        block(&store, &user(id), &user(format!("by-{id}")), SETTINGS).await;
    }
    let asked = ["b", "nobody", "c", "b", "a"];
    let found = cluster.node(1).settings(&asked.map(user)).await;
    let found = found.must(SETTINGS, "settings");
    let blocked = |s: &UserSettings| s.blocked.iter().map(ToString::to_string).collect();
    let found: Vec<Vec<String>> = found.iter().map(blocked).collect();
    let want = [
        vec!["by-b"],
        vec![],
        vec!["by-c"],
        vec!["by-b"],
        vec!["by-a"],
    ];
    ensure!(
        SETTINGS,
        found == want,
        "settings of {asked:?}, which block {want:?}, returned {found:?}"
    );
}

pub(super) async fn a_write_says_whether_it_changed_anything(cluster: Cluster<dyn UserStore>) {
    let id = user("$ne");
    for (n, (invisible, want)) in [(false, false), (true, true), (true, false), (false, true)]
        .into_iter()
        .enumerate()
    {
        let changed = cluster.node(n).set_invisible(&id, invisible).await;
        let changed = changed.must(WRITE, "set_invisible");
        ensure!(
            WRITE,
            changed == want,
            "write {n}, set_invisible({invisible}), reported {changed}"
        );
    }
    let other = user("a");
    for (n, (blocks, want)) in [
        (false, false),
        (true, true),
        (true, false),
        (false, true),
        (false, false),
    ]
    .into_iter()
    .enumerate()
    {
        let store = cluster.node(n);
        let changed = if blocks {
            store.block(&id, &other, MANY).await.must(WRITE, "block")
        } else {
            store.unblock(&id, &other).await.must(WRITE, "unblock")
        };
        ensure!(
            WRITE,
            changed == want,
            "write {n} (block: {blocks}) reported {changed}"
        );
    }
}

pub(super) async fn no_write_is_lost(cluster: Cluster<dyn UserStore>) {
    let id = user("$ne");
    block(&cluster.node(0), &id, &user("old"), WRITE).await;
    let mut tasks = Tasks::new();
    for n in 0..16 {
        let (store, id) = (cluster.node(n), id.clone());
        tasks.spawn(async move {
            let changed = match n {
                0 => store.set_invisible(&id, true).await,
                1 => store.unblock(&id, &user("old")).await,
                _ => store.block(&id, &user(format!("user-{n:02}")), MANY).await,
            };
            let changed = changed.must(WRITE, "a concurrent write");
            ensure!(WRITE, changed, "write {n} of 16 reported no change");
        });
    }
    tasks.join().await;
    let blocked: Vec<_> = (2..16).map(|n| user(format!("user-{n:02}"))).collect();
    for store in cluster.nodes() {
        ensure_settings(store, &id, true, &blocked, WRITE).await;
    }
}

pub(super) async fn a_write_is_seen_on_every_handle(cluster: Cluster<dyn UserStore>) {
    let id = user("a");
    let mut blocked = Vec::new();
    for n in 0..6 {
        let invisible = n % 2 == 0;
        let set = cluster.node(n).set_invisible(&id, invisible).await;
        set.must(VISIBLE, "set_invisible");
        let other = user(format!("user-{n}"));
        block(&cluster.node(n + 1), &id, &other, VISIBLE).await;
        blocked.push(other);
        for store in cluster.nodes() {
            ensure_settings(store, &id, invisible, &blocked, VISIBLE).await;
        }
        if n == 3 {
            let gone = blocked.remove(1);
            let undone = cluster.node(n + 2).unblock(&id, &gone).await;
            undone.must(VISIBLE, "unblock");
            for store in cluster.nodes() {
                ensure_settings(store, &id, invisible, &blocked, VISIBLE).await;
            }
        }
    }
}
