//! Runs `chat-load` against a correct server and against faulty ones, to test that its checker finds
//! each fault.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fake;

use std::process::Stdio;

use fake::{Fake, Fault};
use futures::future::join_all;
use serde_json::Value;
use tokio::process::Command;

async fn load(fake: &Fake, args: &[&str]) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_chat-load"))
        .args(args)
        .args(["--json", "--url", &fake.url()])
        .env_remove("CHAT_JWT_SECRET")
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let code = output.status.code().unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (code, report)
}

const CHAT: [&str; 13] = [
    "chat",
    "-n",
    "6",
    "--rooms",
    "2",
    "--room-size",
    "3",
    "--rate",
    "200",
    "--duration",
    "1",
    "--drain",
    "2",
];

async fn violations(fault: Fault) -> Vec<String> {
    let fake = Fake::start(fault).await;
    let (code, report) = load(&fake, &CHAT).await;
    assert_eq!(code, 1, "{report}");
    let violations = report["violations"].as_array().unwrap();
    violations
        .iter()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_is_well() {
    let fake = Fake::start(Fault::None).await;
    let (code, report) = load(&fake, &CHAT).await;
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["connections"], 6);
    assert_eq!([&report["sent"], &report["acked"]], [200, 200]);
    assert_eq!(report["deliveries"], 600);
    assert_eq!(report["expectedDeliveries"], 600);
    assert_eq!(report["latencyMicros"]["count"], 600);
    assert_eq!(report["ackLatencyMicros"]["count"], 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_report_as_one() {
    let fake = Fake::start(Fault::None).await;
    let args = [&CHAT[..], &["--processes", "3", "--burst", "8"]].concat();
    let (code, report) = load(&fake, &args).await;
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["connections"], 6);
    assert_eq!(report["deliveries"], 600);
    assert_eq!(report["latencyMicros"]["count"], 600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sender_reaches_all() {
    let fake = Fake::start(Fault::None).await;
    let args = ["fanout", "-n", "20", "--rate", "50", "--duration", "1"];
    let (code, report) = load(&fake, &args).await;
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["deliveries"], 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_measures_the_server() {
    let fake = Fake::start(Fault::None).await;
    // The server runs in this process.
    let pid = std::process::id().to_string();
    let args = ["idle", "-n", "20", "--settle", "0", "--server-pid", &pid];
    let (code, report) = load(&fake, &args).await;
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["connections"], 20);
    assert!(report["rssBytesPerConnection"].is_number());
    assert_eq!(report["sent"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_is_found() {
    // Concurrently, as most of the time is spent waiting for missing messages.
    let expected = [
        (Fault::Lose, "deliveries lost"),
        (Fault::LoseTheLast, "deliveries lost"),
        (Fault::Repeat, "deliveries duplicated"),
        (Fault::Swap, "deliveries out of order"),
        (Fault::NoAck, "messages not answered"),
        (Fault::Close, "connections ended early"),
        (Fault::RefuseJoin, "connections failed"),
        (Fault::Disagree, "positions with different messages"),
    ];
    let found = join_all(expected.map(|(fault, _)| violations(fault))).await;
    for ((fault, expected), found) in expected.into_iter().zip(found) {
        let first = found.first().map_or("", String::as_str);
        assert!(first.ends_with(expected), "{fault:?}: {found:?}");
        // Faults that end a connection cause further violations.
        let alone = !matches!(fault, Fault::Close | Fault::RefuseJoin | Fault::Disagree);
        assert!(
            !alone || (found.len() == 1 && first.starts_with("1 ")),
            "{fault:?}: {found:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_counted_by_code_and_are_no_loss() {
    let fake = Fake::start(Fault::RateLimit).await;
    let (code, report) = load(&fake, &CHAT).await;
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["errors"]["RATE_LIMITED"], 1);
    assert_eq!(report["acked"], 199);
    assert_eq!(report["deliveries"], 597);
}

#[tokio::test]
async fn other_machines_are_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_chat-load"))
        .args(["chat", "--url", "ws://192.0.2.1/chat/ws"])
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("only servers on this machine"));
}
