use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared, join_all};
use parking_lot::Mutex;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value, cmd};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::address::Address;
use crate::dial::Dialer;
use crate::discovery;
use crate::layout::Layout;
use crate::pool::{Failed, Pool};

/// The maximum number of attempts of a command that a server did not execute.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
/// The minimum interval between queries of the layout.
const REFRESH_PAUSE: Duration = Duration::from_millis(100);

/// The connections to all servers and the layout of slots. Clones share their state.
#[derive(Debug, Clone)]
pub(crate) struct Nodes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Arc<Pool>,
    layout: watch::Sender<Option<Arc<Layout>>>,
    refresh: Mutex<Refresh>,
}

type Refreshing = Shared<BoxFuture<'static, RedisResult<Arc<Layout>>>>;

#[derive(Debug, Default)]
struct Refresh {
    running: Option<Refreshing>,
    done: Option<Instant>,
}

/// The server that a command was redirected to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Redirect {
    to: Address,
    asking: bool,
}

impl Nodes {
    pub(crate) fn new(dialer: Dialer) -> Self {
        let layout = discovery::fixed(dialer.target()).map(Arc::new);
        Self(Arc::new(Inner {
            pool: Pool::new(dialer),
            layout: watch::Sender::new(layout),
            refresh: Mutex::default(),
        }))
    }

    pub(crate) fn dialer(&self) -> &Dialer {
        self.0.pool.dialer()
    }

    /// Returns a receiver of the layout and its changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Option<Arc<Layout>>> {
        self.0.layout.subscribe()
    }

    /// Returns the layout, and queries it if it is unknown.
    pub(crate) async fn layout(&self) -> RedisResult<Arc<Layout>> {
        let known = self.0.layout.borrow().clone();
        match known {
            Some(layout) => Ok(layout),
            None => self.refresh().await,
        }
    }

    /// Queries the layout, unless that was done a moment ago. Concurrent calls share one query.
    pub(crate) async fn refresh(&self) -> RedisResult<Arc<Layout>> {
        let refreshing = {
            let mut refresh = self.0.refresh.lock();
            match (&refresh.running, refresh.done) {
                (Some(running), _) => running.clone(),
                (None, Some(done))
                    if done.elapsed() < REFRESH_PAUSE && self.0.layout.borrow().is_some() =>
                {
                    let known = self.0.layout.borrow().clone();
                    drop(refresh);
                    return known.ok_or_else(|| nobody("the layout is unknown"));
                }
                _ => refresh.running.insert(self.find()).clone(),
            }
        };
        refreshing.await
    }

    /// Queries the layout in a separate task, which survives the cancellation of its first caller.
    fn find(&self) -> Refreshing {
        let inner = Arc::clone(&self.0);
        let finding = tokio::spawn(async move {
            let known = inner.layout.borrow().clone();
            let found = discovery::find(&inner.pool, known.as_deref()).await;
            let found = found.map(Arc::new);
            if let Ok(found) = &found {
                inner.layout.send_if_modified(|layout| {
                    let changed = layout.as_ref() != Some(found);
                    if changed {
                        tracing::debug!(nodes = ?found.nodes(), "Redis layout changed");
                        inner.pool.retain(found.nodes());
                        *layout = Some(Arc::clone(found));
                    }
                    changed
                });
            }
            let mut refresh = inner.refresh.lock();
            refresh.running = None;
            refresh.done = Some(Instant::now());
            drop(refresh);
            found
        });
        let ended = |e: tokio::task::JoinError| RedisError::from(std::io::Error::other(e));
        finding
            .map(move |found| found.map_err(ended).and_then(|found| found))
            .boxed()
            .shared()
    }

    /// Sends a command for each slot: one concurrent write per server, in order per slot.
    ///
    /// Returns the results in order. A command is retried only if the server has certainly not
    /// executed it, because the slot is elsewhere or the server is not ready.
    pub(crate) async fn send(
        &self,
        slots: &[u16],
        command: impl Fn(usize) -> Cmd,
    ) -> Vec<RedisResult<Value>> {
        let mut answers: Vec<RedisResult<Value>> = Vec::new();
        answers.resize_with(slots.len(), || Err(nobody("the command was not sent")));
        let mut redirects: Vec<Option<Redirect>> = vec![None; slots.len()];
        let mut open: Vec<usize> = (0..slots.len()).collect();
        for attempt in 0..ATTEMPTS {
            let layout = match self.layout().await {
                Ok(layout) => layout,
                Err(error) => {
                    for n in open {
                        answers[n] = Err(error.clone());
                    }
                    break;
                }
            };
            let groups = group(&open, slots, &layout, &redirects);
            let sent = join_all(groups.iter().map(|(to, members)| {
                let pipeline = pipeline(to.asking, members, &command);
                async move { self.0.pool.send(&to.to, &pipeline).await }
            }))
            .await;
            let before = std::mem::take(&mut open);
            let mut again = Again::default();
            for ((to, members), sent) in groups.iter().zip(sent) {
                match sent {
                    Ok(replies) => {
                        let step = if to.asking { 2 } else { 1 };
                        let replies = replies.into_iter().skip(step - 1).step_by(step);
                        for (n, reply) in members.iter().zip(replies) {
                            redirects[*n] = None;
                            if let Err(error) = &reply {
                                again.consider(error, &to.to, &mut redirects[*n], *n);
                            }
                            answers[*n] = reply;
                        }
                    }
                    Err(Failed { error, sent }) => {
                        for n in members {
                            redirects[*n] = None;
                            // The server may have been replaced. A single server cannot have been,
                            // so the retry is left to the caller.
                            if !sent
                                && !matches!(
                                    self.dialer().target().mode,
                                    crate::target::Mode::Single
                                )
                            {
                                again.wait.push(*n);
                            }
                            answers[*n] = Err(error.clone());
                        }
                    }
                }
            }
            let routed: usize = groups.iter().map(|(_, members)| members.len()).sum();
            if routed < before.len() {
                for n in before {
                    if redirects[n].is_none() && layout.node_of(slots[n]).is_none() {
                        answers[n] = Err(nobody("no server owns the slot"));
                        again.wait.push(n);
                    }
                }
            }
            open = again.open();
            if open.is_empty() || attempt + 1 == ATTEMPTS {
                break;
            }
            metrics::counter!("chat_redis_retries_total").increment(open.len() as u64);
            if again.wait.is_empty() {
                // Redirects name the server, so the layout can be refreshed in the background.
                let nodes = self.clone();
                tokio::spawn(async move { nodes.refresh().await.is_ok() });
            } else {
                tokio::time::sleep(PAUSE * 2_u32.pow(attempt)).await;
                // On failure, the old layout is used.
                let _ = self.refresh().await;
            }
        }
        answers
    }

    pub(crate) async fn send_to_all(&self, command: &Cmd) -> RedisResult<Vec<Value>> {
        let layout = self.layout().await?;
        let mut pipeline = Pipeline::new();
        pipeline.add_command(command.clone());
        let sent = layout.nodes().iter().map(|node| {
            let pipeline = &pipeline;
            async move {
                let mut answers = self
                    .0
                    .pool
                    .send(node, pipeline)
                    .await
                    .map_err(|f| f.error)?;
                answers.pop().unwrap_or(Ok(Value::Nil))
            }
        });
        join_all(sent).await.into_iter().collect()
    }
}

/// The commands to retry.
#[derive(Debug, Default)]
struct Again {
    /// Retried at once on the server named by a redirect.
    redirected: Vec<usize>,
    /// Retried after a pause.
    wait: Vec<usize>,
}

impl Again {
    fn consider(
        &mut self,
        error: &RedisError,
        asked: &Address,
        redirect: &mut Option<Redirect>,
        n: usize,
    ) {
        let ErrorKind::Server(kind) = error.kind() else {
            return;
        };
        match kind {
            ServerErrorKind::Moved | ServerErrorKind::Ask => {
                let named = error.redirect_node().and_then(|(to, _)| {
                    // A redirect without a host means the host that responded.
                    let same = format!("{}{to}", asked.host);
                    Address::parse(if to.starts_with(':') { &same } else { to }, asked.port)
                });
                match named {
                    Some(to) => {
                        let asking = kind == ServerErrorKind::Ask;
                        *redirect = Some(Redirect { to, asking });
                        self.redirected.push(n);
                    }
                    None => self.wait.push(n),
                }
            }
            ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::BusyLoading
            | ServerErrorKind::ReadOnly => self.wait.push(n),
            _ => {}
        }
    }

    /// Returns the commands in their original order, which preserves the order per slot.
    fn open(&self) -> Vec<usize> {
        let mut open = [&*self.redirected, &*self.wait].concat();
        open.sort_unstable();
        open
    }
}

/// Groups the commands by server.
fn group(
    open: &[usize],
    slots: &[u16],
    layout: &Layout,
    redirects: &[Option<Redirect>],
) -> Vec<(Redirect, Vec<usize>)> {
    let mut groups: Vec<(Redirect, Vec<usize>)> = Vec::new();
    for n in open {
        let redirect = redirects[*n].clone();
        let by_slot = || {
            let to = layout.node_of(slots[*n])?.clone();
            Some(Redirect { to, asking: false })
        };
        let Some(to) = redirect.or_else(by_slot) else {
            continue;
        };
        match groups.iter_mut().find(|(other, _)| *other == to) {
            Some((_, members)) => members.push(*n),
            None => groups.push((to, vec![*n])),
        }
    }
    groups
}

fn pipeline(asking: bool, members: &[usize], command: &impl Fn(usize) -> Cmd) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(members.len());
    for n in members {
        if asking {
            pipeline.add_command(cmd("ASKING"));
        }
        pipeline.add_command(command(*n));
    }
    pipeline
}

fn nobody(why: &'static str) -> RedisError {
    RedisError::from((ErrorKind::ClusterConnectionNotFound, why))
}
