//! Tests the server binary.
#![cfg(unix)]

#[tokio::test]
async fn it_serves_and_drains() {
    example_server::testing::serves_and_drains(env!("CARGO_BIN_EXE_actix-web-server")).await;
}
