use super::LISTS;
use super::make::{a_report, an_entry, audit, now, record, report, reports};
use crate::backend::ModerationStore;
use crate::model::{Report, ReportStatus};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, room, user};
use crate::{AuditId, MessageId, ReportId, RoomId};

/// Stores reports of every status in shuffled order, and returns them newest first.
async fn filled(cluster: &Cluster<dyn ModerationStore>, room: &RoomId) -> Vec<Report> {
    let mut all: Vec<_> = (0..14)
        .map(|n| a_report(room, MessageId::random(), &format!("user-{n}")))
        .collect();
    fastrand::Rng::with_seed(1).shuffle(&mut all);
    for (n, stored) in all.iter_mut().enumerate() {
        *stored = report(&cluster.node(n), stored.clone(), LISTS).await;
        let status = [
            ReportStatus::Open,
            ReportStatus::Resolved,
            ReportStatus::Dismissed,
        ][n % 3];
        if status != ReportStatus::Open {
            let decided = cluster.node(n + 1);
            let decided = decided.resolve(room, &stored.id, status, None, now()).await;
            *stored = decided.must(LISTS, "resolve");
        }
    }
    all.sort_by_key(|r| std::cmp::Reverse(r.id));
    all
}

pub(super) async fn reports_are_listed_newest_first(cluster: Cluster<dyn ModerationStore>) {
    let (here, beside) = (room("a"), room("a*"));
    let all = filled(&cluster, &here).await;
    let others = filled(&cluster, &beside).await;
    for (store, (room, all)) in cluster
        .nodes()
        .iter()
        .zip([(&here, &all), (&beside, &others)].into_iter().cycle())
    {
        for status in [
            None,
            Some(ReportStatus::Open),
            Some(ReportStatus::Resolved),
            Some(ReportStatus::Dismissed),
        ] {
            let found = reports(store, room, status, LISTS).await;
            let asked = all.iter().filter(|r| status.is_none_or(|s| r.status == s));
            let want: Vec<_> = asked.cloned().collect();
            ensure!(
                LISTS,
                found == want,
                "the list of status {status:?} is {found:?}, not {want:?}"
            );
        }
    }
    // Start before an id that is not in the list.
    let lowest = ReportId::from_uuid(uuid::Uuid::nil());
    let none = cluster.node(1).reports(&here, None, Some(&lowest), 3).await;
    let none = none.must(LISTS, "reports");
    ensure!(LISTS, none.is_empty(), "before the lowest id are {none:?}");
    let unknown = reports(&cluster.node(2), &room("never-was"), None, LISTS).await;
    ensure!(
        LISTS,
        unknown.is_empty(),
        "a room without reports lists {unknown:?}"
    );
}

pub(super) async fn audit_logs_are_listed_newest_first(cluster: Cluster<dyn ModerationStore>) {
    let (here, beside) = (room("a"), room("a*"));
    let mut want: Vec<_> = (0..10).map(|_| an_entry(&here)).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut want);
    for (n, entry) in want.iter().enumerate() {
        record(&cluster.node(n), entry.clone(), LISTS).await;
        record(&cluster.node(n + 1), an_entry(&beside), LISTS).await;
    }
    want.sort_by_key(|e| std::cmp::Reverse(e.id));
    for store in cluster.nodes() {
        let found = audit(store, &here, LISTS).await;
        ensure!(
            LISTS,
            found == want,
            "the audit log is {found:?}, not {want:?}"
        );
    }
    let between = AuditId::random();
    let newest = cluster.node(1).audit(&here, Some(&between), 2).await;
    let newest = newest.must(LISTS, "audit");
    ensure!(
        LISTS,
        newest == want[..2],
        "before an id that is not in the list are {newest:?}, not {:?}",
        &want[..2]
    );
    let unknown = audit(&cluster.node(2), &room("never-was"), LISTS).await;
    ensure!(
        LISTS,
        unknown.is_empty(),
        "a room without an audit log lists {unknown:?}"
    );
}

/// Between two pages of open reports, the last report read is resolved and new ones arrive.
pub(super) async fn lists_miss_nothing_while_they_change(cluster: Cluster<dyn ModerationStore>) {
    let (store, room) = (cluster.node(0), a_room());
    let mut want: Vec<_> = (0..12)
        .map(|n| a_report(&room, MessageId::random(), &format!("user-{n}")))
        .collect();
    for open in &want {
        report(&store, open.clone(), LISTS).await;
        record(&store, an_entry(&room), LISTS).await;
    }
    want.reverse();
    let entries = audit(&store, &room, LISTS).await;
    let (mut found, mut logged) = (Vec::new(), Vec::new());
    for round in 0..20 {
        let before = found.last().map(|r: &Report| r.id);
        let reader = cluster.node(round);
        let page = reader
            .reports(&room, Some(ReportStatus::Open), before.as_ref(), 2)
            .await
            .must(LISTS, "reports");
        let before = logged.last().map(|e: &crate::model::AuditEntry| e.id);
        let log = reader.audit(&room, before.as_ref(), 2).await;
        logged.extend(log.must(LISTS, "audit"));
        let Some(last) = page.last().map(|r| r.id) else {
            break;
        };
        found.extend(page);
        let by = user("moderator");
        let decided = store
            .resolve(&room, &last, ReportStatus::Resolved, Some(&by), now())
            .await;
        decided.must(LISTS, "resolve");
        let new = a_report(&room, MessageId::random(), &format!("late-{round}"));
        report(&cluster.node(round), new, LISTS).await;
        record(&cluster.node(round), an_entry(&room), LISTS).await;
    }
    ensure!(
        LISTS,
        found == want,
        "paging open reports while others arrived returned {found:?}, not {want:?}"
    );
    ensure!(
        LISTS,
        logged == entries,
        "paging a growing audit log returned {logged:?}, not {entries:?}"
    );
}
