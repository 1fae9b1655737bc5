use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{Result, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{
    Acknowledgment, ClientOptions, CollectionOptions, ReadConcern, WriteConcern,
};
use mongodb::{Client, Collection, Cursor, Database};

use crate::codec::date;
use crate::error::Failure;
use crate::log::Logs;
use crate::options::MongoOptions;
use crate::rooms::Turns;
use crate::schema;
use crate::sweep::Sweeper;
use crate::validators::validator_commands;

/// A collection of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Messages,
    Logs,
    Readers,
    Rooms,
    Members,
    Pairs,
    Users,
    Reports,
    Audit,
    Meta,
}

impl Name {
    pub(crate) const ALL: [Self; 10] = [
        Self::Messages,
        Self::Logs,
        Self::Readers,
        Self::Rooms,
        Self::Members,
        Self::Pairs,
        Self::Users,
        Self::Reports,
        Self::Audit,
        Self::Meta,
    ];

    const fn short(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Logs => "logs",
            Self::Readers => "readers",
            Self::Rooms => "rooms",
            Self::Members => "members",
            Self::Pairs => "pairs",
            Self::Users => "users",
            Self::Reports => "reports",
            Self::Audit => "audit",
            Self::Meta => "meta",
        }
    }

    pub(crate) fn full(self, options: &MongoOptions) -> String {
        format!("{}{}", options.prefix, self.short())
    }

    /// Returns the shard key. The collection `meta` holds two small documents and is not sharded.
    pub(crate) const fn shard_key(self) -> Option<&'static str> {
        match self {
            Self::Messages | Self::Readers | Self::Members | Self::Reports | Self::Audit => {
                Some("r")
            }
            Self::Logs | Self::Rooms | Self::Pairs | Self::Users => Some("_id"),
            Self::Meta => None,
        }
    }
}

/// A store in one MongoDB database. Clones share a connection pool and cached heads.
///
/// It implements [`RoomStore`](chat_core::backend::RoomStore),
/// [`MessageLog`](chat_core::backend::MessageLog), [`ReadStore`](chat_core::backend::ReadStore),
/// [`PushQueue`](chat_core::backend::PushQueue), [`UserStore`](chat_core::backend::UserStore) and
/// [`ModerationStore`](chat_core::backend::ModerationStore). The [crate documentation](crate)
/// explains how it keeps their contracts.
#[derive(Clone)]
pub struct MongoStore {
    pub(crate) inner: Arc<Inner>,
    _sweeper: Option<Arc<Sweeper>>,
}

/// The state shared by all clones.
pub(crate) struct Inner {
    pub(crate) db: Database,
    pub(crate) options: MongoOptions,
    pub(crate) logs: Logs,
    pub(crate) turns: Turns,
    collections: [Collection<Document>; Name::ALL.len()],
    /// The messages with the local read concern: includes writes not yet on a majority.
    pub(crate) latest: Collection<Document>,
}

impl MongoStore {
    /// Connects with the default options.
    ///
    /// # Errors
    /// As [`connect_with`](Self::connect_with).
    pub async fn connect(uri: &str, database: &str) -> Result<Self> {
        Self::connect_with(uri, database, MongoOptions::new()).await
    }

    /// Connects to a server and creates missing indexes. Server selection and connecting each time
    /// out after 5 seconds, unless the URI sets other values.
    ///
    /// # Errors
    /// `Invalid` if the URI is malformed; `Unavailable` if no server is reachable; `Internal` if a
    /// newer version of this crate has written to the database.
    pub async fn connect_with(uri: &str, database: &str, options: MongoOptions) -> Result<Self> {
        const REACH: Duration = Duration::from_secs(5);
        let invalid = |e: mongodb::error::Error| {
            chat_core::Error::invalid("the URI must be a valid MongoDB URI").with_source(e)
        };
        let mut client = ClientOptions::parse(uri).await.map_err(invalid)?;
        client.server_selection_timeout.get_or_insert(REACH);
        client.connect_timeout.get_or_insert(REACH);
        client
            .app_name
            .get_or_insert_with(|| "chat-mongo".to_owned());
        let client = Client::with_options(client).map_err(invalid)?;
        Self::with_client(&client, database, options).await
    }

    /// Creates a store that uses the app's client, with its pool and timeouts. Reads and writes use
    /// the concerns that the contracts require, not those of the client.
    ///
    /// # Errors
    /// As [`connect_with`](Self::connect_with).
    pub async fn with_client(
        client: &Client,
        database: &str,
        options: MongoOptions,
    ) -> Result<Self> {
        let db = client.database(database);
        let reliable = CollectionOptions::builder()
            .read_concern(ReadConcern::majority())
            .write_concern(
                WriteConcern::builder()
                    .w(Acknowledgment::Majority)
                    .journal(true)
                    .w_timeout(options.timeout)
                    .build(),
            )
            .selection_criteria(mongodb::options::SelectionCriteria::ReadPreference(
                mongodb::options::ReadPreference::Primary,
            ))
            .build();
        let mut local = reliable.clone();
        local.read_concern = Some(ReadConcern::local());
        let open = |name: Name, with: &CollectionOptions| {
            db.collection_with_options(&name.full(&options), with.clone())
        };
        let inner = Arc::new(Inner {
            collections: Name::ALL.map(|name| open(name, &reliable)),
            latest: open(Name::Messages, &local),
            logs: Logs::default(),
            turns: Turns::default(),
            db: db.clone(),
            options,
        });
        inner
            .prepare()
            .await
            .map_err(|e| e.to_error().during("prepare the database"))?;
        let sweeper = inner
            .options
            .sweep_every
            .map(|every| Sweeper::start(&inner, every));
        Ok(Self {
            inner,
            _sweeper: sweeper.map(Arc::new),
        })
    }

    /// Returns the commands that create the indexes. The store runs them at every start; an
    /// administrator can run them beforehand.
    #[must_use]
    pub fn index_commands(options: &MongoOptions) -> Vec<String> {
        let commands = schema::index_commands(options);
        commands.iter().map(ToString::to_string).collect()
    }

    /// Returns the commands that set the validators of
    /// [`MongoOptions::with_validators`](crate::MongoOptions::with_validators). The collections
    /// must exist before they run.
    #[must_use]
    pub fn validator_commands(options: &MongoOptions) -> Vec<String> {
        let commands = validator_commands(options);
        commands.iter().map(ToString::to_string).collect()
    }

    /// Returns the `mongosh` commands that shard the collections by room or user. The store never
    /// runs them.
    #[must_use]
    pub fn shard_commands(database: &str, options: &MongoOptions) -> Vec<String> {
        schema::shard_commands(database, options)
    }
}

impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore")
            .field("database", &self.inner.db.name())
            .finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn collection(&self, name: Name) -> &Collection<Document> {
        &self.collections[name as usize]
    }

    pub(crate) fn messages(&self) -> &Collection<Document> {
        self.collection(Name::Messages)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// Returns the condition on the expiry time of messages that have not expired.
    pub(crate) fn alive(&self) -> Bson {
        Bson::Document(doc! { "$not": { "$lte": self.today() } })
    }

    pub(crate) fn today(&self) -> Bson {
        date(self.now())
    }

    /// Runs an operation with the configured timeout. The driver has none for responses; it closes
    /// the connection when the future is dropped.
    pub(crate) async fn within<T>(
        &self,
        operation: impl IntoFuture<Output = mongodb::error::Result<T>>,
    ) -> Result<T, Failure> {
        let limit = self.options.timeout;
        match tokio::time::timeout(limit, operation.into_future()).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Failure::TimedOut(limit)),
        }
    }

    /// Reads all documents of a cursor within one timeout.
    pub(crate) async fn all<T>(
        &self,
        find: impl IntoFuture<Output = mongodb::error::Result<Cursor<Document>>>,
        mut read: impl FnMut(Document) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let find = find.into_future();
        self.within(async {
            let mut cursor = find.await?;
            let mut found = Vec::new();
            while cursor.advance().await? {
                found.push(read(cursor.deserialize_current()?));
            }
            Ok(found)
        })
        .await?
        .into_iter()
        .collect()
    }
}
