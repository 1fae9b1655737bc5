use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::{CreateRoom, Rates};
use chat_core::model::RoomKind;
use chat_core::{Actor, Config, Engine, Error, RoomId, UserId};
use chat_mongo::{MongoOptions, MongoStore};
use chat_redis::{Options, Redis};
use chat_testbed::RedisServer;
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use mongodb::options::ClientOptions;

use crate::{Bench, Result};

/// Fully configured engines on one MongoDB and one Redis.
pub(crate) struct Cluster {
    redis: RedisServer,
    pub(crate) nodes: Vec<Engine>,
    commands: Arc<AtomicUsize>,
}

/// The requests to the servers so far.
pub(crate) struct Asked {
    pub(crate) publications: usize,
    pub(crate) redis_bytes: usize,
    pub(crate) mongo_commands: usize,
}

/// Uses the token as the user id.
#[derive(Debug)]
struct ByName;

#[async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> chat_core::Result<Identity> {
        let name = credentials
            .token
            .ok_or_else(|| Error::invalid("no token"))?;
        Ok(Identity::new(UserId::new(name)?))
    }
}

impl Cluster {
    pub(crate) async fn start(bench: &Bench, nodes: usize) -> Result<Self> {
        let server = RedisServer::start()?;
        let (mut engines, commands) = (Vec::new(), Arc::new(AtomicUsize::new(0)));
        for _ in 0..nodes {
            let mut client = ClientOptions::parse(bench.server.uri()).await?;
            let count = Arc::clone(&commands);
            client.command_event_handler = Some(EventHandler::callback(move |event| {
                if matches!(event, CommandEvent::Started(_)) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }));
            let client = mongodb::Client::with_options(client)?;
            let options = MongoOptions::new();
            let store = MongoStore::with_client(&client, &bench.database, options).await?;
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
            commands,
        })
    }

    pub(crate) fn asked(&self) -> Result<Asked> {
        let commands = self.redis.call(&["INFO", "commandstats"])?;
        let stats = self.redis.call(&["INFO", "stats"])?;
        Ok(Asked {
            publications: number(&commands, "cmdstat_publish:calls=")?,
            redis_bytes: number(&stats, "total_net_input_bytes:")?,
            mongo_commands: self.commands.load(Ordering::Relaxed),
        })
    }

    /// Creates a room with the members `user-0`, `user-1` and so on.
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

/// Returns the number after a name, or 0 if the name is missing.
fn number(info: &str, name: &str) -> Result<usize> {
    let Some((_, rest)) = info.split_once(name) else {
        return Ok(0);
    };
    let end = rest.find(|c: char| !c.is_ascii_digit());
    Ok(rest[..end.unwrap_or(rest.len())].parse()?)
}

pub(crate) fn user(n: usize) -> Result<UserId> {
    Ok(UserId::new(format!("user-{n}"))?)
}
