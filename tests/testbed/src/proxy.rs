use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use crate::{Error, Result};

/// A TCP proxy in front of a server. It can cut connections and drop responses.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: String,
    is_muted: AtomicBool,
    links: Mutex<Links>,
}

#[derive(Debug, Default)]
struct Links {
    is_cut: bool,
    is_closed: bool,
    /// The number of cuts so far. A connection that was accepted before a cut does not survive it.
    cuts: u64,
    next: u64,
    /// The client's and the server's socket of each connection.
    open: BTreeMap<u64, [TcpStream; 2]>,
}

impl Proxy {
    /// Starts a proxy to `server`, a host and a port.
    ///
    /// # Errors
    /// Fails if no port is free.
    pub fn start(server: impl Into<String>) -> Result<Self> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = bound.map_err(Error::io("cannot bind a proxy"))?;
        let address = listener.local_addr();
        let address = address.map_err(Error::io("cannot read the address of a proxy"))?;
        let shared = Arc::new(Shared {
            server: server.into(),
            is_muted: AtomicBool::new(false),
            links: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { address, shared })
    }

    /// The address at which the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes all connections, and from now on new ones at once. Requests and responses in transit may be
    /// lost.
    pub fn cut(&self) {
        let mut links = self.shared.links();
        links.is_cut = true;
        links.close_all();
    }

    /// Accepts connections again.
    pub fn heal(&self) {
        self.shared.links().is_cut = false;
    }

    /// Drops the server's responses from now on. Connections stay open.
    pub fn mute(&self) {
        self.shared.is_muted.store(true, Ordering::SeqCst);
    }

    /// Forwards responses again. Those that were dropped stay lost.
    pub fn unmute(&self) {
        self.shared.is_muted.store(false, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut links = self.shared.links();
        links.is_closed = true;
        links.close_all();
        drop(links);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Links {
    fn close_all(&mut self) {
        self.cuts += 1;
        for socket in std::mem::take(&mut self.open).into_values().flatten() {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        let links = shared.links();
        let (is_cut, is_closed, cuts) = (links.is_cut, links.is_closed, links.cuts);
        drop(links);
        if is_closed {
            return;
        }
        if let (Ok(client), false) = (client, is_cut) {
            let shared = Arc::clone(shared);
            thread::spawn(move || {
                // The client sees a failed connection as a closed one.
                let _ = forward(client, &shared, cuts);
            });
        }
    }
}

/// Forwards a connection until both sides have closed it, unless there was a cut since `cuts`.
fn forward(client: TcpStream, shared: &Shared, cuts: u64) -> io::Result<()> {
    let server = TcpStream::connect(&shared.server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let sockets = [client.try_clone()?, server.try_clone()?];
    let mut links = shared.links();
    if links.cuts != cuts {
        return Ok(());
    }
    let id = links.next;
    links.next += 1;
    links.open.insert(id, sockets);
    drop(links);
    thread::scope(|scope| {
        scope.spawn(|| copy(&client, &server, || true));
        copy(&server, &client, || !shared.is_muted.load(Ordering::SeqCst));
    });
    shared.links().open.remove(&id);
    Ok(())
}

/// Copies what `passes` from one socket to the other until one of them is closed, then closes that
/// direction. The other direction notices a broken socket by itself.
fn copy(mut from: &TcpStream, mut to: &TcpStream, passes: impl Fn() -> bool) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if passes() && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::time::Duration;

    use super::Proxy;

    /// Starts a server that sends back everything it receives.
    fn echo() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let socket = socket.unwrap();
                std::thread::spawn(move || std::io::copy(&mut &socket, &mut &socket));
            }
        });
        address
    }

    fn connect(proxy: &Proxy) -> TcpStream {
        let client = TcpStream::connect(proxy.address()).unwrap();
        let patience = Some(Duration::from_secs(10));
        client.set_read_timeout(patience).unwrap();
        client
    }

    fn round_trip(mut client: &TcpStream, text: &str) {
        client.write_all(text.as_bytes()).unwrap();
        let mut answer = vec![0; text.len()];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(answer, text.as_bytes());
    }

    #[track_caller]
    fn assert_closed(mut client: &TcpStream) {
        match client.read(&mut [0]) {
            Ok(read) => assert_eq!(read, 0),
            Err(e) => assert_eq!(e.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }

    #[test]
    fn a_cut_closes_old_and_new_connections_until_it_heals() {
        let proxy = Proxy::start(echo()).unwrap();
        let clients = [connect(&proxy), connect(&proxy)];
        for client in &clients {
            round_trip(client, "before");
        }
        proxy.cut();
        for client in &clients {
            assert_closed(client);
        }
        assert_closed(&connect(&proxy));
        proxy.heal();
        assert_closed(&clients[0]);
        round_trip(&connect(&proxy), "after");
    }

    #[test]
    fn a_muted_proxy_drops_responses_and_keeps_connections() {
        let proxy = Proxy::start(echo()).unwrap();
        let (mut client, other) = (connect(&proxy), connect(&proxy));
        round_trip(&client, "before");
        round_trip(&other, "before");
        proxy.mute();
        client.write_all(b"lost").unwrap();
        // The server answers, then closes the connection.
        client.shutdown(Shutdown::Write).unwrap();
        assert_closed(&client);
        proxy.unmute();
        round_trip(&other, "after");
    }

    #[test]
    fn the_end_of_one_side_reaches_the_other() {
        let proxy = Proxy::start(echo()).unwrap();
        let client = connect(&proxy);
        round_trip(&client, "hello");
        client.shutdown(Shutdown::Write).unwrap();
        assert_closed(&client);

        let client = connect(&proxy);
        round_trip(&client, "hello");
        drop(proxy);
        assert_closed(&client);
    }

    #[test]
    fn a_server_that_is_down_closes_the_connection() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let proxy = Proxy::start(address).unwrap();
        assert_closed(&connect(&proxy));
    }
}
