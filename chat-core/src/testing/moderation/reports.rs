use super::make::{a_report, now, report, reports};
use super::{REPORT, RESOLVE};
use crate::MessageId;
use crate::backend::ModerationStore;
use crate::model::{Report, ReportStatus};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{ALIKE, a_room, room, user};
use crate::testing::tasks::Tasks;

pub(super) async fn a_second_report_returns_the_first(cluster: Cluster<dyn ModerationStore>) {
    let (store, room, message) = (cluster.node(0), a_room(), MessageId::random());
    let first = report(&store, a_report(&room, message, "$ne"), REPORT).await;
    let again = Report {
        text: "what it says by now".into(),
        reason: "again".into(),
        ..a_report(&room, message, "$ne")
    };
    let ensure_known = async |want: &Report| {
        for store in cluster.nodes() {
            let (found, new) = store.report(again.clone()).await.must(REPORT, "report");
            ensure!(
                REPORT,
                found == *want && !new,
                "a second report (new: {new}) returned {found:?} instead of {want:?}"
            );
        }
    };
    ensure_known(&first).await;
    let by = user("moderator");
    let decided = store
        .resolve(&room, &first.id, ReportStatus::Dismissed, Some(&by), now())
        .await
        .must(RESOLVE, "resolve");
    ensure_known(&decided).await;
    let found = reports(&cluster.node(1), &room, None, REPORT).await;
    ensure!(
        REPORT,
        found == [decided],
        "two reports by one user must be stored as one, found {found:?}"
    );
}

pub(super) async fn of_many_reports_at_once_one_is_stored(cluster: Cluster<dyn ModerationStore>) {
    let room = a_room();
    for round in 0..4 {
        let message = MessageId::random();
        let mut tasks = Tasks::new();
        for n in 0..12 {
            let (store, room) = (cluster.node(n), room.clone());
            tasks.spawn(async move {
                let report = a_report(&room, message, "a");
                store.report(report).await.must(REPORT, "report")
            });
        }
        let told = tasks.join().await;
        let new = told.iter().filter(|(_, new)| *new).count();
        let one = told.iter().all(|(report, _)| report.id == told[0].0.id);
        ensure!(
            REPORT,
            new == 1 && one,
            "{new} of 12 concurrent reports by one user are new: {told:?}"
        );
        let found = reports(&cluster.node(round), &room, None, REPORT).await;
        ensure!(
            REPORT,
            found.len() == round + 1 && found[0].id == told[0].0.id,
            "12 concurrent reports must be stored as one, found {found:?}"
        );
    }
}

pub(super) async fn reports_do_not_mix(cluster: Cluster<dyn ModerationStore>) {
    let (store, message) = (cluster.node(0), MessageId::random());
    // The same message id throughout, with rooms and reporters that collide when joined.
    for (of, reporter) in ALIKE.concat() {
        let of = room(of);
        let first = report(&store, a_report(&of, message, reporter), REPORT).await;
        for known in [false, true] {
            let found = reports(&cluster.node(1), &of, None, REPORT).await;
            ensure!(
                REPORT,
                found.iter().all(|r| r.room_id == of) && found.first() == Some(&first),
                "after the report {first:?} the newest of {of:?} are {found:?}"
            );
            if !known {
                let (again, new) = store
                    .report(a_report(&of, message, reporter))
                    .await
                    .must(REPORT, "report");
                ensure!(REPORT, !new && again == first, "{first:?} became {again:?}");
            }
        }
    }
    let here = room("here");
    report(&store, a_report(&here, message, "a"), REPORT).await;
    report(&store, a_report(&here, message, "A"), REPORT).await;
    report(&store, a_report(&here, MessageId::random(), "a"), REPORT).await;
    let found = reports(&cluster.node(2), &here, None, REPORT).await;
    ensure!(
        REPORT,
        found.len() == 3,
        "of three reports, stored are {found:?}"
    );
}
