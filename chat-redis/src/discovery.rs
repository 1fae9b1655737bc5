//! Discovery of servers and their slots.

use redis::{RedisError, RedisResult, Value, cmd};

use crate::address::Address;
use crate::error::unexpected;
use crate::layout::Layout;
use crate::pool::Pool;
use crate::target::{Mode, Target};

/// Returns the layout of a single server, which needs no discovery.
pub(crate) fn fixed(target: &Target) -> Option<Layout> {
    match target.mode {
        Mode::Single => target.hosts.first().cloned().map(Layout::single),
        Mode::Sentinel { .. } | Mode::Cluster => None,
    }
}

/// Queries the layout, from known servers first.
pub(crate) async fn find(pool: &Pool, known: Option<&Layout>) -> RedisResult<Layout> {
    let target = pool.dialer().target();
    match &target.mode {
        Mode::Single => fixed(target).ok_or_else(|| unexpected("no host")),
        Mode::Sentinel { service } => {
            let mut last = unexpected("no sentinel");
            for sentinel in &target.hosts {
                match ask_sentinel(pool, sentinel, service).await {
                    Ok(master) => return Ok(Layout::single(master)),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
        Mode::Cluster => {
            let known = known.map(Layout::nodes).unwrap_or_default();
            let others = target.hosts.iter().filter(|host| !known.contains(host));
            let mut last = unexpected("no host");
            let mut partial = None;
            for node in known.iter().chain(others) {
                match ask_node(pool, node).await {
                    Ok(layout) if layout.is_complete() => return Ok(layout),
                    // Another server may have a complete layout.
                    Ok(layout) => partial = Some(layout),
                    Err(error) => last = error,
                }
            }
            partial.ok_or(last)
        }
    }
}

async fn ask_node(pool: &Pool, node: &Address) -> RedisResult<Layout> {
    let mut pipeline = redis::pipe();
    pipeline.cmd("CLUSTER").arg("SLOTS");
    let answers = pool.send(node, &pipeline).await;
    let answer = answers.map_err(|failed| failed.error)?.pop();
    let answer = answer.ok_or_else(|| unexpected("CLUSTER SLOTS"))??;
    Layout::cluster(&answer, node).ok_or_else(|| unexpected("CLUSTER SLOTS"))
}

/// Queries a sentinel on a new connection, since queries are rare.
async fn ask_sentinel(pool: &Pool, sentinel: &Address, service: &str) -> RedisResult<Address> {
    let mut connection = pool.dialer().dial_sentinel(sentinel).await?;
    let mut command = cmd("SENTINEL");
    command.arg("GET-MASTER-ADDR-BY-NAME").arg(service);
    let answer = connection.send_packed_command(&command).await?;
    match answer.extract_error()? {
        Value::Array(address) => master(&address),
        Value::Nil => Err(RedisError::from((
            redis::ErrorKind::MasterNameNotFoundBySentinel,
            "the sentinel does not know the service",
        ))),
        _ => Err(unexpected("SENTINEL GET-MASTER-ADDR-BY-NAME")),
    }
}

fn master(address: &[Value]) -> RedisResult<Address> {
    let text = |value: &Value| match value {
        Value::BulkString(text) => String::from_utf8(text.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    };
    if let [host, port] = address
        && let (Some(host), Some(port)) = (text(host), text(port))
        && let Ok(port) = port.parse()
    {
        return Ok(Address::new(&host, port));
    }
    Err(unexpected("SENTINEL GET-MASTER-ADDR-BY-NAME"))
}
