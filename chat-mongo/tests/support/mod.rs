//! One server per test binary, and one database per test.
#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod slow_link;

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use chat_core::testing::Cluster;
use chat_mongo::{MongoOptions, MongoStore};
use chat_testbed::Mongo;

/// Returns the shared server. It is weakly held, since statics are never dropped: it stops with the
/// last test that uses it.
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

/// A database that is deleted on drop.
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

    /// Returns the address of a single server.
    pub(crate) fn address(&self) -> String {
        let uri = self.uri().trim_start_matches("mongodb://");
        let end = uri.find(['/', '?']).unwrap_or(uri.len());
        uri[..end].to_owned()
    }

    /// Creates the handle of one node, with its own connections.
    pub(crate) async fn node(&self, options: MongoOptions) -> MongoStore {
        let store = MongoStore::connect_with(self.uri(), &self.name, options).await;
        store.unwrap()
    }

    /// Returns the database, to inspect and change its documents.
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
            eprintln!("failed to drop a test database: {e}");
        }
    }
}

/// Returns options without background tasks.
pub(crate) fn quiet() -> MongoOptions {
    MongoOptions::new().with_sweep(None)
}

/// Creates `count` nodes on one database.
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

/// Creates the nodes of a conformance suite, with validators on the server.
pub(crate) async fn cluster<B: ?Sized>(
    count: usize,
    each: impl Fn(MongoStore) -> Arc<B>,
) -> Cluster<B> {
    let (nodes, database) = nodes_with(count, quiet().with_validators(true)).await;
    Cluster::new(nodes.into_iter().map(each).collect())
        .guarded_by(database)
        .with_patience(Duration::from_secs(30))
}
