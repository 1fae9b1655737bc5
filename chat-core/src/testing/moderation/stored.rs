use super::make::{a_report, an_entry, audit, now, record, report, reports};
use super::{FORGET, RECORD, STORED, VISIBLE};
use crate::backend::ModerationStore;
use crate::model::{AuditAction, AuditEntry, Report, ReportStatus};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, hostile_ids, room, user};
use crate::{MessageId, Timestamp};

const TEXT: &str = "zero\u{0}width\u{200d}, 🦀, \"quoted\" \\ and\r\nlines $set a.b";

const ACTIONS: [AuditAction; 14] = [
    AuditAction::DeleteMessage,
    AuditAction::RemoveMember,
    AuditAction::ChangeRole,
    AuditAction::TransferOwnership,
    AuditAction::Ban,
    AuditAction::Unban,
    AuditAction::Mute,
    AuditAction::Unmute,
    AuditAction::ShadowMute,
    AuditAction::ShadowUnmute,
    AuditAction::Pin,
    AuditAction::Unpin,
    AuditAction::UpdateRoom,
    AuditAction::ResolveReport,
];

pub(super) async fn a_report_comes_back_as_it_was(cluster: Cluster<dyn ModerationStore>) {
    let (store, room) = (cluster.node(0), a_room());
    let mut want: Vec<Report> = Vec::new();
    for id in hostile_ids() {
        want.push(Report {
            sender_id: (!want.len().is_multiple_of(5)).then(|| user(&id)),
            text: format!("{TEXT} {id}"),
            reason: id.clone(),
            created_at: Timestamp::from_millis(now().as_millis() + want.len() as i64),
            ..a_report(&room, MessageId::random(), &id)
        });
    }
    for sent in &want {
        let stored = report(&store, sent.clone(), STORED).await;
        ensure!(STORED, stored == *sent, "{sent:?} came back as {stored:?}");
    }
    want.sort_by_key(|r| std::cmp::Reverse(r.id));
    let found = reports(&cluster.node(1), &room, None, STORED).await;
    ensure!(STORED, found == want, "{want:?} came back as {found:?}");
}

pub(super) async fn an_entry_comes_back_as_it_was(cluster: Cluster<dyn ModerationStore>) {
    let room = a_room();
    let mut want: Vec<AuditEntry> = Vec::new();
    for (n, action) in ACTIONS.into_iter().enumerate() {
        // Each optional field is missing in some entries.
        let has = |m: usize| n % m != 0;
        want.push(AuditEntry {
            actor_id: has(2).then(|| user("$ne")),
            action,
            user_id: has(3).then(|| user("a.b")),
            message_id: has(4).then(MessageId::random),
            detail: has(5).then(|| TEXT.to_owned()),
            ..an_entry(&room)
        });
    }
    for (n, entry) in want.iter().enumerate() {
        record(&cluster.node(n), entry.clone(), RECORD).await;
    }
    want.sort_by_key(|e| std::cmp::Reverse(e.id));
    let found = audit(&cluster.node(1), &room, RECORD).await;
    ensure!(RECORD, found == want, "{want:?} came back as {found:?}");
}

pub(super) async fn a_write_is_seen_on_every_handle(cluster: Cluster<dyn ModerationStore>) {
    let room = a_room();
    for n in 0..6 {
        let open = a_report(&room, MessageId::random(), "a");
        let mut want = report(&cluster.node(n), open, VISIBLE).await;
        let entry = an_entry(&room);
        record(&cluster.node(n + 1), entry.clone(), VISIBLE).await;
        for decided in [false, true] {
            if decided {
                let status = ReportStatus::Resolved;
                let resolved = cluster.node(n + 1);
                let resolved = resolved.resolve(&room, &want.id, status, None, now()).await;
                want = resolved.must(VISIBLE, "resolve");
            }
            for store in cluster.nodes() {
                let found = store.reports(&room, None, None, 1).await;
                let found = found.must(VISIBLE, "reports");
                ensure!(
                    VISIBLE,
                    found == [want.clone()],
                    "after writing {want:?} the newest report is {found:?}"
                );
                let found = store.audit(&room, None, 1).await.must(VISIBLE, "audit");
                ensure!(
                    VISIBLE,
                    found == [entry.clone()],
                    "after writing {entry:?} the newest entry is {found:?}"
                );
            }
        }
    }
}

pub(super) async fn a_forgotten_room_leaves_nothing(cluster: Cluster<dyn ModerationStore>) {
    let (store, here, message) = (cluster.node(0), room("a"), MessageId::random());
    // Ids that a pattern, a prefix or a case-insensitive match would confuse.
    let beside = ["a*", "A", "a.b", "a:", "ab"].map(room);
    for room in beside.iter().chain([&here]) {
        report(&store, a_report(room, message, "$ne"), FORGET).await;
        record(&store, an_entry(room), FORGET).await;
    }
    let forgotten = cluster.node(1).forget_room(&here).await;
    forgotten.must(FORGET, "forget_room");
    for store in cluster.nodes() {
        let left = reports(store, &here, None, FORGET).await;
        let log = audit(store, &here, FORGET).await;
        ensure!(
            FORGET,
            left.is_empty() && log.is_empty(),
            "a forgotten room still has {left:?} and {log:?}"
        );
        for room in &beside {
            let kept = reports(store, room, None, FORGET).await;
            let log = audit(store, room, FORGET).await;
            ensure!(
                FORGET,
                (kept.len(), log.len()) == (1, 1),
                "{room:?} was not forgotten, but only {kept:?} and {log:?} are left"
            );
        }
    }
    // The room id may be reused; earlier reports must not count as duplicates.
    report(&store, a_report(&here, message, "$ne"), FORGET).await;
    let nothing = store.forget_room(&room("never-was")).await;
    nothing.must(FORGET, "forget_room of a room without reports");
}
