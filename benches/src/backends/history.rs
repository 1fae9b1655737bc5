use std::time::Instant;

use chat_core::RoomId;
use chat_core::backend::MessageLog;
use chat_core::model::{Anchor, HistoryQuery};
use chat_mongo::MongoStore;
use mongodb::Client;
use mongodb::bson::{Document, doc};

use crate::figures::Figures;
use crate::{Bench, Result};

const ROOM: &str = "hot-1";
const PAGE: usize = 50;

/// Measures reading pages of the room that the append benchmark has filled.
pub(crate) async fn pages(bench: &Bench) -> Result<Figures> {
    let store = MongoStore::connect(bench.server.uri(), &bench.database).await?;
    let room = RoomId::new(ROOM)?;
    let query = HistoryQuery::new(Anchor::Newest, PAGE);
    let (start, mut figures) = (Instant::now(), Figures::new()?);
    while start.elapsed() < bench.each {
        let asked = Instant::now();
        let page = store.history(&room, &query).await?;
        figures.add(asked.elapsed());
        if page.messages.len() != PAGE {
            return Err("a page is not full".into());
        }
    }
    Ok(figures.within(start.elapsed()))
}

/// Measures the equivalent query through the driver: the same messages from the same range, without
/// decoding. The head is known.
pub(crate) async fn bare(bench: &Bench) -> Result<Figures> {
    let store = MongoStore::connect(bench.server.uri(), &bench.database).await?;
    let head = i64::try_from(store.open(&RoomId::new(ROOM)?).await?.head)?;
    let client = Client::with_uri_str(bench.server.uri()).await?;
    let messages = client
        .database(&bench.database)
        .collection::<Document>("chat_messages");
    let limit = i64::try_from(PAGE)?;
    let (start, mut figures) = (Instant::now(), Figures::new()?);
    while start.elapsed() < bench.each {
        let asked = Instant::now();
        let mut cursor = messages
            .find(doc! { "r": ROOM, "s": { "$gt": head - 2 * limit, "$lte": head } })
            .sort(doc! { "s": -1 })
            .limit(limit)
            .await?;
        let mut found = Vec::with_capacity(PAGE);
        while cursor.advance().await? {
            found.push(cursor.deserialize_current()?);
        }
        figures.add(asked.elapsed());
        if found.len() != PAGE {
            return Err("a page is not full".into());
        }
    }
    Ok(figures.within(start.elapsed()))
}
