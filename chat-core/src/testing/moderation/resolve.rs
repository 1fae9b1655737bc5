use super::RESOLVE;
use super::make::{a_report, now, report, reports};
use crate::backend::ModerationStore;
use crate::model::{Report, ReportStatus};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, room, user};
use crate::testing::tasks::Tasks;
use crate::{ErrorKind, MessageId, ReportId};

const DECISIONS: [ReportStatus; 2] = [ReportStatus::Resolved, ReportStatus::Dismissed];

pub(super) async fn a_decision_is_made_once(cluster: Cluster<dyn ModerationStore>) {
    let (store, room) = (cluster.node(0), a_room());
    for (status, by) in [
        (ReportStatus::Resolved, Some("$ne")),
        (ReportStatus::Dismissed, None),
    ] {
        let open = a_report(&room, MessageId::random(), "a");
        let open = report(&store, open, RESOLVE).await;
        let by = by.map(user);
        let at = now();
        let decided = cluster
            .node(1)
            .resolve(&room, &open.id, status, by.as_ref(), at)
            .await
            .must(RESOLVE, "resolve");
        let want = Report {
            status,
            resolved_by: by,
            resolved_at: Some(at),
            ..open
        };
        ensure!(
            RESOLVE,
            decided == want,
            "resolve returned {decided:?}, not {want:?}"
        );
        for (n, other) in DECISIONS.into_iter().enumerate() {
            let again = cluster
                .node(n)
                .resolve(&room, &want.id, other, Some(&user("late")), now())
                .await;
            again.must_fail(RESOLVE, ErrorKind::Conflict, "a second decision");
        }
        let found = reports(&cluster.node(2), &room, Some(status), RESOLVE).await;
        ensure!(
            RESOLVE,
            found == [want.clone()],
            "the resolved report is stored as {found:?}, not {want:?}"
        );
    }
}

pub(super) async fn of_many_decisions_at_once_one_is_made(cluster: Cluster<dyn ModerationStore>) {
    let (store, room) = (cluster.node(0), a_room());
    for round in 0..4 {
        let open = a_report(&room, MessageId::random(), "a");
        let open = report(&store, open, RESOLVE).await;
        let mut tasks = Tasks::new();
        for n in 0..12 {
            let (store, room) = (cluster.node(n), room.clone());
            tasks.spawn(async move {
                let by = user(format!("moderator-{n}"));
                let status = DECISIONS[n % 2];
                match store
                    .resolve(&room, &open.id, status, Some(&by), now())
                    .await
                {
                    Ok(decided) => Some(decided),
                    Err(e) => {
                        let kind = e.kind();
                        ensure!(
                            RESOLVE,
                            kind == ErrorKind::Conflict,
                            "a late decision failed with {e:?}"
                        );
                        None
                    }
                }
            });
        }
        let made: Vec<Report> = tasks.join().await.into_iter().flatten().collect();
        ensure!(
            RESOLVE,
            made.len() == 1,
            "{} of 12 concurrent decisions were made: {made:?}",
            made.len()
        );
        let found = reports(&cluster.node(round), &room, None, RESOLVE).await;
        ensure!(
            RESOLVE,
            found.first() == made.first(),
            "the decision {made:?} was made, but stored is {found:?}"
        );
    }
}

pub(super) async fn what_is_not_there_is_not_decided_about(cluster: Cluster<dyn ModerationStore>) {
    let (store, here) = (cluster.node(0), a_room());
    let open = report(&store, a_report(&here, MessageId::random(), "a"), RESOLVE).await;
    for (room, id) in [
        (&here, ReportId::random()),
        (&room("elsewhere"), open.id),
        (&room("never-was"), ReportId::random()),
    ] {
        let decided = cluster
            .node(1)
            .resolve(room, &id, ReportStatus::Resolved, None, now())
            .await;
        decided.must_fail(
            RESOLVE,
            ErrorKind::MessageNotFound,
            "resolve of a report that is not in the room",
        );
    }
    let found = reports(&store, &here, None, RESOLVE).await;
    ensure!(
        RESOLVE,
        found == [open.clone()],
        "decisions about other reports changed {open:?} to {found:?}"
    );
}
