use std::time::{Duration, Instant};

use crate::redis_server::free_port;
use crate::{Error, RedisServer, Result};

const SLOTS: usize = 16_384;
const FORM_TIMEOUT: Duration = Duration::from_secs(60);

/// A Redis Cluster of masters without replicas, which share the slots evenly.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts this many nodes, at least one, and waits until all agree that the cluster works.
    ///
    /// # Errors
    /// When a node does not start, or they do not become a cluster in time.
    pub fn start(nodes: usize) -> Result<Self> {
        let nodes = (0..nodes.max(1)).map(|_| node()).collect::<Result<_>>()?;
        let cluster = Self { nodes };
        cluster.form()?;
        Ok(cluster)
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// A node, to do something to it.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn node_mut(&mut self, n: usize) -> &mut RedisServer {
        &mut self.nodes[n]
    }

    /// `redis+cluster://127.0.0.1:{port},127.0.0.1:{port},…`, as `chat-redis` understands it.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self
            .nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.port()))
            .collect();
        format!("redis+cluster://{}", hosts.join(","))
    }

    /// Waits until all nodes say that the cluster works.
    ///
    /// # Errors
    /// When they do not in time.
    pub fn wait(&self) -> Result<()> {
        let deadline = Instant::now() + FORM_TIMEOUT;
        let known = format!("cluster_known_nodes:{}", self.nodes.len());
        for node in &self.nodes {
            loop {
                let info = node.call(&["CLUSTER", "INFO"]).unwrap_or_default();
                if info.contains("cluster_state:ok") && info.contains(&known) {
                    break;
                }
                if Instant::now() > deadline {
                    return Err(Error::Server(format!("no cluster: {info}")));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// Gives a slot that holds no key to another node.
    ///
    /// # Errors
    /// When a node refuses.
    ///
    /// # Panics
    /// If there are not as many nodes.
    pub fn move_slot(&self, slot: u16, to: usize) -> Result<()> {
        let (slot, id) = (slot.to_string(), self.nodes[to].call(&["CLUSTER", "MYID"])?);
        // The receiver first: a slot has at every moment somebody who takes it.
        self.nodes[to].call(&["CLUSTER", "SETSLOT", &slot, "NODE", &id])?;
        for node in &self.nodes {
            node.call(&["CLUSTER", "SETSLOT", &slot, "NODE", &id])?;
        }
        Ok(())
    }

    fn form(&self) -> Result<()> {
        let count = self.nodes.len();
        for (n, node) in self.nodes.iter().enumerate() {
            // Two nodes that claim the same epoch take a while to agree.
            node.call(&["CLUSTER", "SET-CONFIG-EPOCH", &(n + 1).to_string()])?;
            let (first, next) = (SLOTS * n / count, SLOTS * (n + 1) / count);
            let (first, last) = (first.to_string(), (next - 1).to_string());
            node.call(&["CLUSTER", "ADDSLOTSRANGE", &first, &last])?;
        }
        for (n, node) in self.nodes.iter().enumerate() {
            for other in &self.nodes[..n] {
                let (port, bus) = (other.port().to_string(), bus_port(other)?.to_string());
                node.call(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus])?;
            }
        }
        self.wait()
    }
}

/// The bus's port is the usual one plus 10,000, which can be too much for a free port.
fn node() -> Result<RedisServer> {
    let bus = free_port()?.to_string();
    RedisServer::start_with(&[
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        &bus,
        "--cluster-node-timeout",
        "2000",
    ])
}

/// What `CLUSTER MYID`'s node says of itself: `… 127.0.0.1:{port}@{bus} myself,master …`.
fn bus_port(node: &RedisServer) -> Result<u16> {
    let nodes = node.call(&["CLUSTER", "NODES"])?;
    let myself = nodes.lines().find(|line| line.contains("myself"));
    myself
        .and_then(|line| {
            line.split_once('@')?
                .1
                .split([' ', ','])
                .next()?
                .parse()
                .ok()
        })
        .ok_or_else(|| Error::Server(format!("no bus port in {nodes}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn three_nodes_share_the_slots() {
        let cluster = RedisCluster::start(3).unwrap();
        // The slot of "a" is 15495.
        assert_eq!(cluster.nodes()[2].call(&["SET", "a", "b"]).unwrap(), "OK");
        let moved = cluster.nodes()[0].call(&["GET", "a"]).unwrap_err();
        assert!(moved.to_string().contains("MOVED 15495"), "{moved}");
    }
}
