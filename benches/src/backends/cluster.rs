use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::{CreateRoom, Rates};
use chat_core::model::RoomKind;
use chat_core::{Actor, Config, Engine, Error, RoomId, UserId};
use chat_mongo::MongoStore;
use chat_redis::{Options, Redis};
use chat_testbed::RedisServer;

use crate::{Bench, Result};

/// Engines as an app has them, over one MongoDB and one Redis.
pub(crate) struct Cluster {
    pub(crate) redis: RedisServer,
    pub(crate) nodes: Vec<Engine>,
}

/// The token is the user.
#[derive(Debug)]
struct ByName;

#[async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> chat_core::Result<Identity> {
        let name = credentials.token.ok_or_else(|| Error::invalid("who?"))?;
        Ok(Identity::new(UserId::new(name)?))
    }
}

impl Cluster {
    pub(crate) async fn start(bench: &Bench, nodes: usize) -> Result<Self> {
        let server = RedisServer::start()?;
        let mut engines = Vec::new();
        for _ in 0..nodes {
            let store = MongoStore::connect(bench.server.uri(), &bench.database).await?;
            let redis = Redis::open(&server.url(), Options::default())?;
            let mut config = Config::default();
            config.rates = Rates::unlimited();
            let engine = Engine::builder(ByName)
                .config(config)
                .rooms(store.clone())
                .messages(store.clone())
                .users(store.clone())
                .moderation(store)
                .broker(redis.broker()?)
                .presence(redis.presence())
                .limiter(redis.limits())
                .build();
            engines.push(engine);
        }
        Ok(Self {
            redis: server,
            nodes: engines,
        })
    }

    /// A room with these members, `user-0` and so on.
    pub(crate) async fn room(&self, id: &str, members: usize) -> Result<Arc<RoomId>> {
        let room = RoomId::new(id)?;
        let members: Vec<_> = (0..members).map(user).collect::<Result<_>>()?;
        let create = CreateRoom::new(RoomKind::Group)
            .id(room.clone())
            .members(members);
        self.nodes[0].create_room(&Actor::App, create).await?;
        Ok(Arc::new(room))
    }

    pub(crate) async fn end(self) {
        for node in self.nodes {
            node.shutdown().await;
        }
    }
}

pub(crate) fn user(n: usize) -> Result<UserId> {
    Ok(UserId::new(format!("user-{n}"))?)
}
