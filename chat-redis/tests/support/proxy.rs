use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chat_core::testing::Link;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// A TCP proxy between a node and a server. It can cut connections and drop responses.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    mute: Arc<AtomicBool>,
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
        let mute = Arc::new(AtomicBool::new(false));
        let is_mute = Arc::clone(&mute);
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let is_mute = Arc::clone(&is_mute);
                let (server, is_cut, cuts) = (server.clone(), is_cut.clone(), cuts.clone());
                connections.spawn(async move {
                    let cutting = cuts.notified();
                    if is_cut.load(Ordering::SeqCst) {
                        return;
                    }
                    let Ok(server) = TcpStream::connect(server).await else {
                        return;
                    };
                    let (mut from_client, to_client) = client.into_split();
                    let (from_server, mut to_server) = server.into_split();
                    tokio::select! {
                        _ = copy(&mut from_client, &mut to_server) => {}
                        () = answer(from_server, to_client, is_mute) => {}
                        () = cutting => {}
                    }
                });
            }
        });
        Self {
            port,
            mute,
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

    /// Starts or stops dropping the server's responses.
    pub(crate) fn mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::SeqCst);
    }

    pub(crate) fn heal(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_mute: Arc<AtomicBool>) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let mute = is_mute.load(Ordering::SeqCst);
        if !mute && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

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
