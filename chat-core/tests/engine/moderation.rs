//! Reports, the audit log and access to them, and invisible users.

use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::model::{AuditAction, ReportStatus, Role, RoomKind};
use chat_core::{Actor, Engine, ErrorKind, MessageId};

use crate::support::{ByName, Client, Shared, config, room, send_as, user};

fn as_user(name: &str) -> Actor {
    Actor::User(user(name))
}

async fn engine() -> Engine {
    let engine = Engine::builder(ByName).config(config()).build();
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["adam", "mod", "alice", "bob"].map(user));
    engine.create_room(&Actor::App, team).await.unwrap();
    for (name, role) in [("adam", Role::Admin), ("mod", Role::Moderator)] {
        let set = engine
            .set_role(&Actor::App, &room("team"), &user(name), role)
            .await;
        set.unwrap();
    }
    engine
}

#[tokio::test(start_paused = true)]
async fn a_report_is_decided_about_once() {
    let engine = engine().await;
    let team = room("team");
    let sent = send_as(&engine, "bob", "team", "buy now").await.message;
    let (report, new) = engine
        .report(&user("alice"), &team, &sent.id, "spam")
        .await
        .unwrap();
    assert!(new && report.status == ReportStatus::Open);
    assert_eq!(
        (report.text.as_str(), report.sender_id.clone()),
        ("buy now", Some(user("bob")))
    );
    let (again, new) = engine
        .report(&user("alice"), &team, &sent.id, "really")
        .await
        .unwrap();
    assert_eq!((again, new), (report.clone(), false));
    let unknown = engine
        .report(&user("alice"), &team, &MessageId::random(), "x")
        .await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::MessageNotFound);

    let open = Some(ReportStatus::Open);
    let refused = engine
        .reports(&as_user("alice"), &team, open, None, 10)
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Forbidden);
    let listed = engine
        .reports(&as_user("mod"), &team, open, None, 10)
        .await
        .unwrap();
    assert_eq!(listed, std::slice::from_ref(&report));
    let decide = async |status| {
        engine
            .resolve_report(&as_user("mod"), &team, &report.id, status)
            .await
    };
    assert_eq!(
        decide(ReportStatus::Open).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let decided = decide(ReportStatus::Resolved).await.unwrap();
    assert_eq!(
        (decided.status, decided.resolved_by),
        (ReportStatus::Resolved, Some(user("mod")))
    );
    let second = decide(ReportStatus::Dismissed).await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Conflict);
    let listed = engine
        .reports(&as_user("mod"), &team, open, None, 10)
        .await
        .unwrap();
    assert!(listed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_moderators_do_is_written_down() {
    let engine = engine().await;
    let team = room("team");
    let sent = send_as(&engine, "bob", "team", "buy now").await.message;
    let moderator = as_user("mod");
    engine.delete(&moderator, &team, &sent.id).await.unwrap();
    let until = chat_core::Clock::now(&chat_core::SystemClock).after(Duration::from_secs(60));
    engine
        .mute(&moderator, &team, &user("bob"), Some(until))
        .await
        .unwrap();
    let reason = Some("spam".to_owned());
    engine
        .ban(&moderator, &team, &user("bob"), None, reason)
        .await
        .unwrap();
    engine.unban(&moderator, &team, &user("bob")).await.unwrap();
    let own = send_as(&engine, "mod", "team", "mine").await.message;
    engine.delete(&moderator, &team, &own.id).await.unwrap();

    let refused = engine.audit(&moderator, &team, None, 10).await;
    assert_eq!(
        refused.unwrap_err().kind(),
        ErrorKind::Forbidden,
        "the audit log is for admins"
    );
    let audit = engine
        .audit(&as_user("adam"), &team, None, 4)
        .await
        .unwrap();
    let actions: Vec<_> = audit.iter().map(|e| e.action).collect();
    let expected = [
        AuditAction::Unban,
        AuditAction::Ban,
        AuditAction::Mute,
        AuditAction::DeleteMessage,
    ];
    assert_eq!(
        actions, expected,
        "newest first, without deletions of own messages"
    );
    assert!(
        audit
            .iter()
            .all(|e| e.user_id == Some(user("bob")) && e.actor_id == Some(user("mod")))
    );
    assert_eq!(audit[1].detail.as_deref(), Some("spam"));
    assert_eq!(audit[3].message_id, Some(sent.id));
    let rest = engine
        .audit(&as_user("adam"), &team, Some(&audit[3].id), 10)
        .await
        .unwrap();
    assert!(
        rest.iter().all(|e| e.action == AuditAction::ChangeRole),
        "{rest:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_invisible_user_appears_offline_on_all_nodes() {
    let shared = Shared::default();
    let (one, two) = (shared.node(config()).0, shared.node(config()).0);
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob"].map(user));
    one.create_room(&Actor::App, team).await.unwrap();
    let mut bob = Client::connect(&one, "bob").await;
    let settle = async || tokio::time::sleep(Duration::from_secs(5)).await;
    settle().await;
    let (_here, there) = (
        Client::connect(&one, "alice").await,
        Client::connect(&two, "alice").await,
    );
    assert_eq!(bob.next_of("USER_ONLINE").await["userId"], "alice");
    settle().await;
    bob.settle().await;

    assert!(two.set_invisible(&user("alice"), true).await.unwrap());
    let offline = bob.next_of("USER_OFFLINE").await;
    assert_eq!(offline["userId"], "alice");
    assert!(offline["lastSeenAt"].is_string());
    let online = async || {
        let asked = [user("alice")];
        let presence = one.presence(&as_user("bob"), &asked).await.unwrap();
        presence[0].online
    };
    assert!(!online().await);
    // Neither renewed leases nor a new device reveal an invisible user.
    let third = Client::connect(&one, "alice").await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert!(!online().await);
    third.leave().await;
    settle().await;
    let gave_away = bob
        .settle()
        .await
        .into_iter()
        .find(|e| e["userId"] == "alice");
    assert_eq!(gave_away, None);

    assert!(one.set_invisible(&user("alice"), false).await.unwrap());
    assert_eq!(bob.next_of("USER_ONLINE").await["userId"], "alice");
    settle().await;
    assert!(online().await);
    there.leave().await;
    settle().await;
    assert!(online().await, "the other device is still connected");
}
