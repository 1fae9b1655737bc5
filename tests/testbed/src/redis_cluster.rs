use std::time::{Duration, Instant};

use crate::redis_server::free_port;
use crate::{Error, RedisServer, Result};

const SLOTS: usize = 16_384;
const FORM_TIMEOUT: Duration = Duration::from_secs(60);

/// A Redis Cluster of masters that share the slots evenly, without replicas.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts a cluster of `nodes` nodes (at least one) and waits until all nodes report it healthy.
    ///
    /// # Errors
    /// Fails if a node does not start, or the cluster does not form in time.
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

    /// A mutable reference to a node.
    ///
    /// # Panics
    /// Panics if `n` is out of range.
    pub fn node_mut(&mut self, n: usize) -> &mut RedisServer {
        &mut self.nodes[n]
    }

    /// The cluster's URL for `chat-redis`: `redis+cluster://127.0.0.1:{port},127.0.0.1:{port},…`.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self
            .nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.port()))
            .collect();
        format!("redis+cluster://{}", hosts.join(","))
    }

    /// Waits until all nodes report the cluster healthy.
    ///
    /// # Errors
    /// Fails if that does not happen in time.
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
                    return Err(Error::Server(format!("the cluster did not form: {info}")));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// Moves an empty slot to another node.
    ///
    /// # Errors
    /// Fails if a node returns an error.
    ///
    /// # Panics
    /// Panics if `to` is out of range.
    pub fn move_slot(&self, slot: u16, to: usize) -> Result<()> {
        let (slot, id) = (slot.to_string(), self.nodes[to].call(&["CLUSTER", "MYID"])?);
        // The receiver first, so that the slot always has an owner.
        self.nodes[to].call(&["CLUSTER", "SETSLOT", &slot, "NODE", &id])?;
        for node in &self.nodes {
            node.call(&["CLUSTER", "SETSLOT", &slot, "NODE", &id])?;
        }
        Ok(())
    }

    fn form(&self) -> Result<()> {
        let count = self.nodes.len();
        for (n, node) in self.nodes.iter().enumerate() {
            // Nodes with the same epoch take longer to agree.
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

/// Starts a node with an explicit bus port. The default, the node's port plus 10,000, may be in use.
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

/// Returns a node's bus port, from its own line of `CLUSTER NODES`:
/// `… 127.0.0.1:{port}@{bus} myself,master …`.
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
