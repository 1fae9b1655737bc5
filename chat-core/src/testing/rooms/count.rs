use super::COUNT;
use super::make::{ban, create, get, group, member, members, now, rooms_of};
use crate::ErrorKind;
use crate::backend::RoomStore;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::Tasks;

/// 16 users join, leave and are banned by 32 tasks, two per user.
pub(super) async fn the_count_is_right_after_joins_and_leaves_at_once(
    cluster: Cluster<dyn RoomStore>,
) {
    let id = a_room();
    create(&cluster.node(0), group(&id, &["owner", "other"]), COUNT).await;
    let mut tasks = Tasks::new();
    for n in 0..32 {
        let (store, id) = (cluster.node(n), id.clone());
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(n as u64);
            let who = format!("user-{}", n % 16);
            let mut change = 0_i64;
            for _ in 0..12 {
                match random.u8(0..6) {
                    0..3 => match store.add_member(&id, &member(&who)).await {
                        Ok(joined) => change += i64::from(joined),
                        Err(e) => {
                            let kind = e.kind();
                            ensure!(COUNT, kind == ErrorKind::Forbidden, "a join failed: {e:?}");
                            store.unban(&id, &user(&who)).await.must(COUNT, "unban");
                        }
                    },
                    3..5 => {
                        let left = store.remove_member(&id, &user(&who)).await;
                        change -= i64::from(left.must(COUNT, "remove_member").is_some());
                    }
                    _ => {
                        let banned = store.ban(&id, &ban(&user(&who), now(), None)).await;
                        change -= i64::from(banned.must(COUNT, "ban").is_some());
                    }
                }
            }
            change
        });
    }
    let change: i64 = tasks.join().await.into_iter().sum();
    for store in cluster.nodes() {
        let listed = members(store, &id, COUNT).await;
        let counted = get(store, &id, COUNT).await.member_count;
        ensure!(
            COUNT,
            listed.len() as u64 == counted,
            "{} members are listed, but member_count is {counted}",
            listed.len()
        );
        ensure!(
            COUNT,
            i64::try_from(listed.len()).ok() == Some(2 + change),
            "{} members are listed, but the reported joins and leaves add up to {}",
            listed.len(),
            2 + change
        );
        let rooms = store
            .rooms_of(&user("owner"), None, 10)
            .await
            .must(COUNT, "rooms_of");
        ensure!(
            COUNT,
            rooms.len() == 1 && rooms[0].0.member_count == counted,
            "rooms_of does not report a count of {counted}: {rooms:?}"
        );
    }
}

/// Users join a room while it is deleted. A new room with the same id must have none of them.
pub(super) async fn a_join_beside_a_deletion_leaves_no_trace(cluster: Cluster<dyn RoomStore>) {
    for round in 0..6 {
        let id = crate::testing::ids::room(format!("room-{round}"));
        create(&cluster.node(0), group(&id, &["owner"]), COUNT).await;
        let mut tasks = Tasks::new();
        for n in 0..12 {
            let (store, id) = (cluster.node(n), id.clone());
            tasks.spawn(async move {
                if n == 6 {
                    store.delete_room(&id).await.must(COUNT, "delete_room");
                    return;
                }
                let joined = store.add_member(&id, &member(&format!("user-{n}"))).await;
                if let Err(e) = joined {
                    let kind = e.kind();
                    ensure!(
                        COUNT,
                        kind == ErrorKind::RoomNotFound,
                        "a join failed: {e:?}"
                    );
                }
            });
        }
        tasks.join().await;
        for n in (0..12).filter(|n| *n != 6) {
            let who = user(format!("user-{n}"));
            let rooms = rooms_of(&cluster.node(n), &who, COUNT).await;
            ensure!(
                COUNT,
                rooms.is_empty(),
                "{who} is still in deleted rooms: {rooms:?}"
            );
        }
        create(&cluster.node(1), group(&id, &["owner"]), COUNT).await;
        let listed = members(&cluster.node(2), &id, COUNT).await;
        let counted = get(&cluster.node(2), &id, COUNT).await.member_count;
        ensure!(
            COUNT,
            listed.len() == 1 && counted == 1,
            "a recreated room counts {counted} members and lists {listed:?}"
        );
        cluster
            .node(0)
            .delete_room(&id)
            .await
            .must(COUNT, "delete_room");
    }
}
