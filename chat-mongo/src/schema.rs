//! The indexes, validators and schema version of the collections.

use mongodb::bson::{Bson, Document, doc};

use crate::error::Failure;
use crate::options::MongoOptions;
use crate::store::{Inner, Name};
use crate::validators::validator_commands;

/// The schema version of this crate. A database with a newer version is refused.
pub(crate) const VERSION: i32 = 1;

/// The delay after which the TTL index removes expired messages that no node has swept, so that
/// they do not stay forever when no node runs.
pub(crate) const UNSWEPT_SECONDS: i64 = 7 * 24 * 3600;

fn index(name: &str, key: Document) -> Document {
    doc! { "name": name, "key": key }
}

fn unique(name: &str, key: Document) -> Document {
    doc! { "name": name, "key": key, "unique": true }
}

/// Restricts an index to documents with this field.
fn with(mut index: Document, field: &str) -> Document {
    index.insert(
        "partialFilterExpression",
        doc! { field: { "$exists": true } },
    );
    index
}

/// Returns the indexes of a collection. Those not for background work start with the shard key.
fn indexes(collection: Name, text: bool) -> Vec<Document> {
    match collection {
        Name::Messages => {
            let mut removal = index("removal", doc! { "x": 1 });
            removal.insert("expireAfterSeconds", UNSWEPT_SECONDS);
            let mut all = vec![
                unique("room_seq", doc! { "r": 1, "s": 1 }),
                unique("room_position", doc! { "r": 1, "p": 1 }),
                with(unique("room_rev", doc! { "r": 1, "v": 1 }), "v"),
                with(
                    unique(
                        "room_sender_client",
                        doc! { "r": 1, "u": 1, "c": 1, "l": 1 },
                    ),
                    "c",
                ),
                with(
                    index("room_thread_seq", doc! { "r": 1, "h": 1, "s": 1 }),
                    "h",
                ),
                with(
                    index("room_mention_seq", doc! { "r": 1, "m": 1, "s": 1 }),
                    "m",
                ),
                with(index("room_pinned", doc! { "r": 1, "pt": 1, "s": 1 }), "pt"),
                with(index("push_due", doc! { "q": 1 }), "q"),
                with(removal, "x"),
            ];
            if text {
                let mut words = index("room_text", doc! { "r": 1, "b": "text" });
                // No stemming and no stop words: searches match whole words in any language.
                words.insert("default_language", "none");
                words.insert("language_override", "_none");
                all.push(words);
            }
            all
        }
        Name::Readers => vec![
            unique("room_user", doc! { "r": 1, "u": 1 }),
            index("room_seq_user", doc! { "r": 1, "s": 1, "u": 1 }),
        ],
        Name::Members => vec![
            unique("room_user", doc! { "r": 1, "u": 1 }),
            with(index("room_banned", doc! { "r": 1, "b": 1, "u": 1 }), "b"),
            index("user_room", doc! { "u": 1, "r": 1 }),
        ],
        Name::Reports => vec![
            unique("room_message_reporter", doc! { "r": 1, "m": 1, "u": 1 }),
            index("room_id", doc! { "r": 1, "_id": 1 }),
            index("room_status_id", doc! { "r": 1, "st": 1, "_id": 1 }),
        ],
        Name::Audit => vec![index("room_id", doc! { "r": 1, "_id": 1 })],
        Name::Logs | Name::Rooms | Name::Pairs | Name::Users | Name::Meta => Vec::new(),
    }
}

/// Returns the `createIndexes` commands that the store runs at every start.
pub(crate) fn index_commands(options: &MongoOptions) -> Vec<Document> {
    let of = |collection: Name| {
        let indexes = indexes(collection, options.text_index);
        let all: Vec<Bson> = indexes.into_iter().map(Bson::Document).collect();
        (!all.is_empty())
            .then(|| doc! { "createIndexes": collection.full(options), "indexes": all })
    };
    Name::ALL.into_iter().filter_map(of).collect()
}

/// Returns the commands that shard the collections. A room's messages share a shard.
pub(crate) fn shard_commands(database: &str, options: &MongoOptions) -> Vec<String> {
    let quoted = |s: String| Bson::String(s).to_string();
    let shard = |collection: Name| {
        let key = collection.shard_key()?;
        let name = quoted(format!("{database}.{}", collection.full(options)));
        Some(format!("sh.shardCollection({name}, {{ {key}: 1 }})"))
    };
    let enable = format!("sh.enableSharding({})", quoted(database.to_owned()));
    let shard = Name::ALL.into_iter().filter_map(shard);
    std::iter::once(enable).chain(shard).collect()
}

impl Inner {
    /// Checks the schema version and creates missing indexes and validators.
    pub(crate) async fn prepare(&self) -> Result<(), Failure> {
        self.check_version().await?;
        for command in index_commands(&self.options) {
            // No timeout: indexing a large collection takes a while.
            self.db.run_command(command).await?;
        }
        if self.options.validators {
            self.set_validators().await?;
        }
        self.bridge_unswept().await
    }

    async fn set_validators(&self) -> Result<(), Failure> {
        const EXISTS: i32 = 48;
        for collection in Name::ALL {
            let create = self.db.create_collection(collection.full(&self.options));
            if let Err(e) = create.await
                && !matches!(e.kind.as_ref(), mongodb::error::ErrorKind::Command(c) if c.code == EXISTS)
            {
                return Err(e.into());
            }
        }
        for command in validator_commands(&self.options) {
            self.db.run_command(command).await?;
        }
        Ok(())
    }

    async fn check_version(&self) -> Result<(), Failure> {
        let meta = self.collection(Name::Meta);
        let first = doc! { "$setOnInsert": { "version": VERSION, "swept": self.today() } };
        let schema = || doc! { "_id": "schema" };
        let set = meta.update_one(schema(), first).upsert(true);
        match self.within(set).await {
            // A duplicate key means that another node has just written it.
            Err(e) if e.taken().is_none() => return Err(e),
            _ => {}
        }
        let found = self.within(meta.find_one(schema())).await?;
        let version = found.and_then(|d| d.get_i32("version").ok());
        match version {
            Some(VERSION) => Ok(()),
            Some(newer) if newer > VERSION => Err(Failure::Newer(newer)),
            // There are no older versions yet. Migrations go here.
            _ => Err(Failure::Malformed("expected a schema version")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn unique_indexes_begin_with_the_shard_key() {
        let options = MongoOptions::new().with_text_index(true);
        for collection in Name::ALL {
            for index in indexes(collection, options.text_index) {
                let key = index.get_document("key").unwrap();
                let first = key.keys().next().unwrap().as_str();
                if index.contains_key("unique") {
                    assert_eq!(Some(first), collection.shard_key(), "{index}");
                }
            }
        }
    }

    #[test]
    fn commands_can_be_pasted_into_a_shell() {
        let options = MongoOptions::new();
        let shard = shard_commands("app", &options);
        assert_eq!(
            shard[1],
            r#"sh.shardCollection("app.chat_messages", { r: 1 })"#
        );
        assert_eq!(shard[0], r#"sh.enableSharding("app")"#);
        assert_eq!(shard.len(), Name::ALL.len());
        let commands = index_commands(&options);
        let told = commands[0].to_string();
        assert!(told.contains("\"room_rev\""), "{told}");
        assert!(!told.contains("\"text\""));
    }
}
