use std::collections::BTreeMap;
use std::net::SocketAddr;

use chat_core::{ClientMessageId, RoomId, UserId};
use serde_json::Value;

use crate::checker::{Log, Stored};
use crate::{Cluster, http};

/// A member of every room that never connects. It reads the state of the nodes over REST.
#[derive(Debug)]
pub(crate) struct Auditor {
    token: String,
}

impl Auditor {
    pub(crate) fn new() -> Self {
        Self {
            token: Cluster::token(&"auditor".parse().unwrap()),
        }
    }

    pub(crate) async fn create_room(&self, node: SocketAddr, make: &Value) {
        let made = http::post(node, "/chat/rooms", &self.token, make)
            .await
            .unwrap();
        assert_eq!(made.0, 201, "{}", made.1);
    }

    async fn get(&self, node: SocketAddr, path: &str) -> Result<Value, String> {
        match http::get(node, path, &self.token).await {
            Ok((200, answer)) => Ok(answer),
            other => Err(format!("{path}: {other:?}")),
        }
    }

    pub(crate) async fn heads(&self, node: SocketAddr) -> Result<BTreeMap<RoomId, u64>, String> {
        let list = self.get(node, "/chat/rooms?limit=100").await?;
        let rooms = list["rooms"].as_array().ok_or("no rooms")?;
        let head = |entry: &Value| {
            let id = serde_json::from_value(entry["id"].clone()).ok()?;
            Some((id, entry["head"].as_u64()?))
        };
        rooms
            .iter()
            .map(head)
            .collect::<Option<_>>()
            .ok_or_else(|| list.to_string())
    }

    pub(crate) async fn log(&self, node: SocketAddr, room: &RoomId) -> Result<Log, String> {
        let head = self.heads(node).await?[room];
        let mut log = Log {
            head,
            messages: Vec::new(),
        };
        loop {
            let after = log.messages.last().map_or(0, |m| m.seq);
            let path = format!("/chat/rooms/{room}/messages?limit=100&after={after}");
            let page = self.get(node, &path).await?;
            let messages = page["messages"].as_array().ok_or("no messages")?;
            if messages.is_empty() {
                return Ok(log);
            }
            for message in messages {
                log.messages
                    .push(stored(message).ok_or_else(|| message.to_string())?);
            }
        }
    }

    /// Reads from a node if these users are online, in order.
    pub(crate) async fn presence(
        &self,
        node: SocketAddr,
        users: &[UserId],
    ) -> Result<Vec<bool>, String> {
        let names: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let path = format!("/chat/presence?users={}", names.join(","));
        let told = self.get(node, &path).await?;
        let list = told["users"].as_array().ok_or("no users")?;
        let asked = list.iter().map(|told| &told["userId"]).eq(&names);
        let online = list.iter().map(|told| told["online"].as_bool());
        let online: Option<Vec<bool>> = online.collect();
        online.filter(|_| asked).ok_or_else(|| told.to_string())
    }
}

fn stored(message: &Value) -> Option<Stored> {
    let get = |field: &str| message.get(field).cloned();
    let id: Option<ClientMessageId> =
        get("clientMessageId").and_then(|v| serde_json::from_value(v).ok());
    let sender: Option<UserId> = get("senderId").and_then(|v| serde_json::from_value(v).ok());
    Some(Stored {
        id: serde_json::from_value(get("id")?).ok()?,
        seq: get("seq")?.as_u64()?,
        rev: get("rev")?.as_u64()?,
        sent: sender.zip(id),
    })
}
