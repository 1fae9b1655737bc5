use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chat_core::testing::Link;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Stands between a node and a server; its connections can be cut.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    cut: Arc<AtomicBool>,
    cutting: Arc<Notify>,
    _task: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, cutting) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let mut task = JoinSet::new();
        let (is_cut, cuts) = (Arc::clone(&cut), Arc::clone(&cutting));
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let (server, is_cut, cuts) = (server.clone(), is_cut.clone(), cuts.clone());
                connections.spawn(async move {
                    let cutting = cuts.notified();
                    if is_cut.load(Ordering::SeqCst) {
                        return;
                    }
                    let mut server = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        () = cutting => {}
                    }
                });
            }
        });
        Self {
            port,
            cut,
            cutting,
            _task: task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.cutting.notify_waiters();
    }

    pub(crate) fn heal(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

/// One proxy for each node.
#[derive(Debug)]
pub(crate) struct Proxies(pub(crate) Vec<Proxy>);

#[async_trait]
impl Link for Proxies {
    async fn cut(&self, node: usize) {
        self.0[node].cut();
    }

    async fn heal(&self, node: usize) {
        self.0[node].heal();
    }
}
