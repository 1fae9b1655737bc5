use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chat_core::UserId;
use chat_core::auth::JwtIssuer;
use chat_testbed::{Folder, MongoServer, RedisServer};
use serde_json::json;

use crate::node::{Framework, Node};

const SECRET: &str = "a secret that all nodes of the cluster share";
const TOKEN_TTL: Duration = Duration::from_secs(3600);

/// Two nodes on axum and one on actix-web, with their own MongoDB and Redis.
#[derive(Debug)]
pub struct Cluster {
    // Fields drop in order: the nodes must stop before the servers.
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The MongoDB with the logs.
    pub mongo: MongoServer,
    /// The Redis for hints and presence.
    pub redis: RedisServer,
    _folder: Folder,
}

impl Cluster {
    /// The time until the presence leases of a dead node expire.
    pub const PRESENCE_TTL: Duration = Duration::from_secs(9);
    /// The interval of the nodes' pings.
    pub const HEARTBEAT: Duration = Duration::from_secs(4);

    /// Starts the servers and the nodes.
    pub async fn start() -> Self {
        let folder = Folder::new("cluster").unwrap();
        let settings = folder.path().join("settings.json");
        std::fs::write(&settings, settings_json()).unwrap();
        let (mongo, redis) = (MongoServer::start().unwrap(), RedisServer::start().unwrap());
        let mut nodes = Vec::new();
        for framework in [Framework::Axum, Framework::Axum, Framework::Actix] {
            let env = environment(&mongo, &redis, settings.clone());
            nodes.push(Node::start(framework, env).await);
        }
        Self {
            nodes,
            mongo,
            redis,
            _folder: folder,
        }
    }

    /// The addresses of the nodes.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Node::address).collect()
    }

    /// Returns a token for a user.
    #[must_use]
    pub fn token(user: &UserId) -> String {
        let issuer = JwtIssuer::hs256(SECRET).unwrap();
        issuer.issue(user, TOKEN_TTL).unwrap()
    }
}

fn environment(
    mongo: &MongoServer,
    redis: &RedisServer,
    settings: PathBuf,
) -> Vec<(&'static str, String)> {
    vec![
        ("MONGODB_URI", mongo.uri()),
        ("REDIS_URL", redis.url()),
        ("CHAT_JWT_SECRET", SECRET.to_owned()),
        (
            "CHAT_CONFIG",
            settings.into_os_string().into_string().unwrap(),
        ),
        ("RUST_LOG", "info".to_owned()),
    ]
}

/// Returns settings with short timeouts, so that tests need not wait long, and with rate limits too high
/// for these clients, which reconnect far more often than people do.
fn settings_json() -> String {
    let often = json!({ "burst": 100_000, "per_second": 10_000.0 });
    json!({
        "heartbeat_ms": Cluster::HEARTBEAT.as_millis(),
        "presence_ttl_ms": Cluster::PRESENCE_TTL.as_millis(),
        "presence_grace_ms": 3_000,
        "drain_ms": 4_000,
        "client_room_ids": true,
        "reconnect_spread_ms": 1_000,
        "rates": { "send": often, "change": often, "join": often, "query": often, "create": often, "manage": often },
    })
    .to_string()
}
