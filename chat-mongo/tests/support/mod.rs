//! One server for all tests of a program, and a database for each.
#![allow(dead_code, reason = "each test program uses a part")]

pub(crate) mod proxy;
pub(crate) mod slow_link;

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use chat_core::testing::Cluster;
use chat_mongo::{MongoOptions, MongoStore};
use chat_testbed::Mongo;

/// The server ends with the last test that uses it: nothing that is static is ever dropped.
fn server() -> Arc<Mongo> {
    static SERVER: Mutex<Weak<Mongo>> = Mutex::new(Weak::new());
    let mut server = SERVER.lock().unwrap();
    if let Some(running) = server.upgrade() {
        return running;
    }
    let started = Arc::new(Mongo::get().unwrap());
    *server = Arc::downgrade(&started);
    started
}

/// A database that goes when it is dropped.
pub(crate) struct TestDatabase {
    pub(crate) name: String,
    server: Arc<Mongo>,
}

impl TestDatabase {
    pub(crate) fn new() -> Self {
        let server = server();
        Self {
            name: server.database(),
            server,
        }
    }

    pub(crate) fn uri(&self) -> &str {
        self.server.uri()
    }

    /// Where the server is, if it is a single one.
    pub(crate) fn address(&self) -> String {
        let uri = self.uri().trim_start_matches("mongodb://");
        let end = uri.find(['/', '?']).unwrap_or(uri.len());
        uri[..end].to_owned()
    }

    /// A handle as a node of its own has: with its own connections.
    pub(crate) async fn node(&self, options: MongoOptions) -> MongoStore {
        let store = MongoStore::connect_with(self.uri(), &self.name, options).await;
        store.unwrap()
    }

    /// The database itself, to look at and to change what is in it.
    pub(crate) async fn raw(&self) -> mongodb::Database {
        let client = mongodb::Client::with_uri_str(self.uri()).await.unwrap();
        client.database(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (uri, name) = (self.uri().to_owned(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let client = mongodb::Client::with_uri_str(&uri).await?;
                client.database(&name).drop().await
            })
        });
        if let Ok(Err(e)) = dropped.join() {
            eprintln!("a test's database stays: {e}");
        }
    }
}

/// What tests use: nothing happens by itself.
pub(crate) fn quiet() -> MongoOptions {
    MongoOptions::new().with_sweep(None)
}

/// As many nodes over one database.
pub(crate) async fn nodes(count: usize) -> (Vec<MongoStore>, TestDatabase) {
    nodes_with(count, quiet()).await
}

async fn nodes_with(count: usize, options: MongoOptions) -> (Vec<MongoStore>, TestDatabase) {
    let database = TestDatabase::new();
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(database.node(options.clone()).await);
    }
    (nodes, database)
}

/// The same for a suite, on a server that looks at each document.
pub(crate) async fn cluster<B: ?Sized>(
    count: usize,
    each: impl Fn(MongoStore) -> Arc<B>,
) -> Cluster<B> {
    let (nodes, database) = nodes_with(count, quiet().with_validators(true)).await;
    Cluster::new(nodes.into_iter().map(each).collect())
        .guarded_by(database)
        .with_patience(Duration::from_secs(30))
}
