use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::Shared;
use super::link::Link;
use super::topics::LinkId;
use crate::pool::backoff;
use crate::target::Mode;

/// Keeps a link to each server that owns slots. Runs until aborted, which also aborts its links.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut layouts = shared.nodes.watch();
    let mut tasks = JoinSet::new();
    let mut links: HashMap<LinkId, AbortHandle> = HashMap::new();
    let mut failures = 0;
    loop {
        layouts.mark_unchanged();
        let layout = match shared.nodes.layout().await {
            Ok(layout) => layout,
            Err(error) => {
                failures += 1;
                tracing::warn!(%error, "failed to discover the Redis servers");
                shared.topics.no_layout(error);
                sleep(backoff(failures)).await;
                continue;
            }
        };
        failures = 0;
        let (new, gone) = shared.topics.adopt(&layout);
        shared.adopted.send_replace(true);
        for id in gone {
            if let Some(task) = links.remove(&id) {
                task.abort();
            }
        }
        for link in new {
            let id = link.id;
            let link = Link::new(link, Arc::clone(&layout), Arc::clone(&shared));
            links.insert(id, tasks.spawn(link.run()));
        }
        // Reap aborted tasks.
        while tasks.try_join_next().is_some() {}
        wait(&shared, &mut layouts).await;
    }
}

/// Waits until the layout changes, and refreshes it periodically.
async fn wait(
    shared: &Shared,
    layouts: &mut tokio::sync::watch::Receiver<Option<Arc<crate::layout::Layout>>>,
) {
    let dialer = shared.nodes.dialer();
    loop {
        let look = match dialer.target().mode {
            Mode::Single => Duration::MAX,
            Mode::Sentinel { .. } | Mode::Cluster => dialer.options().probe_interval,
        };
        match timeout(look, layouts.changed()).await {
            Ok(_) => return,
            // On failure, the old layout is used.
            Err(_) => drop(shared.nodes.refresh().await),
        }
    }
}
