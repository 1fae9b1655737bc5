use std::time::{Duration, Instant};

use crate::{Error, RedisServer, Result};

const READY_TIMEOUT: Duration = Duration::from_secs(60);

/// A master, a replica, and a sentinel that promotes the replica when the master dies.
#[derive(Debug)]
pub struct RedisSentinel {
    sentinel: RedisServer,
    servers: [RedisServer; 2],
}

impl RedisSentinel {
    /// The sentinel's name for the master.
    pub const SERVICE: &'static str = "chat";

    /// Starts all three and waits until the sentinel knows the replica.
    ///
    /// # Errors
    /// Fails if one does not start, or they do not find each other in time.
    pub fn start() -> Result<Self> {
        let master = RedisServer::start()?;
        let port = master.port().to_string();
        let replica = RedisServer::start_with(&["--replicaof", &format!("127.0.0.1 {port}")])?;
        let name = Self::SERVICE;
        let sentinel = RedisServer::start_sentinel(&format!(
            "sentinel monitor {name} 127.0.0.1 {port} 1\n\
             sentinel down-after-milliseconds {name} 500\n\
             sentinel failover-timeout {name} 5000\n"
        ))?;
        let all = Self {
            sentinel,
            servers: [master, replica],
        };
        all.wait()?;
        Ok(all)
    }

    /// The URL for `chat-redis`: `redis+sentinel://127.0.0.1:{port}/chat`.
    #[must_use]
    pub fn url(&self) -> String {
        let port = self.sentinel.port();
        format!("redis+sentinel://127.0.0.1:{port}/{}", Self::SERVICE)
    }

    /// Kills the master and waits until the replica is promoted.
    ///
    /// # Errors
    /// Fails if that does not happen in time.
    pub fn fail_over(&mut self) -> Result<()> {
        self.servers[0].kill()?;
        self.servers.swap(0, 1);
        let deadline = Instant::now() + READY_TIMEOUT;
        let port = self.servers[0].port().to_string();
        loop {
            let info = self.servers[0].call(&["INFO", "replication"])?;
            let known = self.sentinel.call(&["INFO", "sentinel"])?;
            if info.contains("role:master") && known.contains(&format!("127.0.0.1:{port}")) {
                return Ok(());
            }
            late(deadline, &known)?;
        }
    }

    fn wait(&self) -> Result<()> {
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            let known = self.sentinel.call(&["INFO", "sentinel"])?;
            let replica = self.servers[1].call(&["INFO", "replication"])?;
            if known.contains("slaves=1") && replica.contains("master_link_status:up") {
                return Ok(());
            }
            late(deadline, &known)?;
        }
    }
}

fn late(deadline: Instant, what: &str) -> Result<()> {
    if Instant::now() > deadline {
        return Err(Error::Server(what.to_owned()));
    }
    std::thread::sleep(Duration::from_millis(20));
    Ok(())
}
