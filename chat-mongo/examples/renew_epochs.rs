//! Renews the epochs of a database restored from a backup, before the first node starts on it:
//! `cargo run --release -p chat-mongo --example renew_epochs -- <uri> <database>`.
#![allow(clippy::print_stdout, reason = "a command line tool")]

use chat_mongo::{MongoOptions, MongoStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(uri), Some(database)) = (args.next(), args.next()) else {
        return Err("usage: renew_epochs <uri> <database>".into());
    };
    let options = MongoOptions::new().with_sweep(None);
    let store = MongoStore::connect_with(&uri, &database, options).await?;
    println!("renewed the epochs of {} logs", store.renew_epochs().await?);
    Ok(())
}
