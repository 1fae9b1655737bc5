//! A TCP proxy that can delay requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy that forwards connections and can be held.
///
/// Requests on existing connections then arrive after the release, even if the client has gone.
/// Connections made while it is held are not delayed.
pub(crate) struct SlowLink {
    pub(crate) address: SocketAddr,
    held: watch::Sender<bool>,
    /// The number of requests held, and of those answered since.
    counts: Arc<[AtomicUsize; 2]>,
    task: tokio::task::JoinHandle<()>,
}

impl SlowLink {
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (held, seen) = watch::channel(false);
        let counts: Arc<[AtomicUsize; 2]> = Arc::default();
        let counted = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let is_late = !*seen.borrow();
                let (server, seen) = (server.clone(), seen.clone());
                tokio::spawn(forward(client, server, seen, is_late, Arc::clone(&counted)));
            }
        });
        Self {
            address,
            held,
            counts,
            task,
        }
    }

    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Forwards all held requests, and waits until the server has answered them.
    pub(crate) async fn release(&self) {
        self.held.send_replace(false);
        let [held, answered] = &*self.counts;
        while answered.load(Ordering::SeqCst) < held.load(Ordering::SeqCst) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

impl Drop for SlowLink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(
    client: TcpStream,
    server: String,
    mut held: watch::Receiver<bool>,
    is_late: bool,
    counts: Arc<[AtomicUsize; 2]>,
) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (late, mut answers) = watch::channel(0_u64);
    let back = tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n) = from_server.read(&mut buffer).await {
            if n == 0 {
                break;
            }
            late.send_modify(|n| *n += 1);
            // The client may have gone.
            let _ = to_client.write_all(&buffer[..n]).await;
        }
    });
    let mut buffer = vec![0; 1 << 20];
    while let Ok(n) = from_client.read(&mut buffer).await {
        if n == 0 {
            break;
        }
        let is_held = is_late && *held.borrow();
        if is_held {
            counts[0].fetch_add(1, Ordering::SeqCst);
            let _ = held.wait_for(|held| !held).await;
            answers.mark_unchanged();
        }
        if to_server.write_all(&buffer[..n]).await.is_err() {
            break;
        }
        if is_held {
            let _ = answers.changed().await;
            counts[1].fetch_add(1, Ordering::SeqCst);
        }
    }
    drop(to_server);
    let _ = back.await;
}
