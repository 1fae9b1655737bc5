use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisResult, Value, cmd};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Shared;
use super::ear::Ear;
use super::topics::{LinkId, NewLink, Work};
use crate::address::Address;
use crate::error::{timed_out, unexpected};
use crate::layout::Layout;
use crate::pool::backoff;

/// The number of channels per write. It blocks the server for about a millisecond.
const CHUNK: usize = 1_000;
const PER_COMMAND: Duration = Duration::from_micros(50);
/// The lifetime after which a connection is reopened without a pause.
const STABLE: Duration = Duration::from_secs(1);

/// A subscribed connection to one server, which is reopened whenever it is lost.
#[derive(Debug)]
pub(super) struct Link {
    id: LinkId,
    address: Address,
    wake: Arc<Notify>,
    layout: Arc<Layout>,
    shared: Arc<Shared>,
}

/// A link with an open connection.
struct Session<'a> {
    link: &'a Link,
    connection: MultiplexedConnection,
    ear: Arc<Ear>,
    probe_channel: String,
    probes: u64,
}

impl Link {
    pub(super) fn new(new: NewLink, layout: Arc<Layout>, shared: Arc<Shared>) -> Self {
        let NewLink { id, address, wake } = new;
        Self {
            id,
            address,
            wake,
            layout,
            shared,
        }
    }

    /// Runs until aborted.
    pub(super) async fn run(self) {
        let mut failures = 0;
        loop {
            let opening = Instant::now();
            let (opened, ended) = match self.open().await {
                Ok(session) => (true, session.serve().await),
                Err(error) => (false, Err(error)),
            };
            let Err(error) = ended else { continue };
            tracing::warn!(server = %self.address, %error, opened, "broker link lost");
            metrics::counter!("chat_redis_links_lost_total").increment(1);
            if opened {
                self.shared.topics.lost(self.id);
            } else {
                self.shared.topics.failed(self.id, &error);
            }
            // Reopen a stable connection at once.
            if opened && opening.elapsed() > STABLE {
                failures = 0;
            } else {
                failures += 1;
                sleep(backoff(failures)).await;
            }
            // Another server may have taken over. On failure, the old layout is used.
            if self.layout.is_cluster() || failures > 0 {
                let _ = self.shared.nodes.refresh().await;
            }
        }
    }

    /// Connects, subscribes to all topics and probes the connection.
    async fn open(&self) -> RedisResult<Session<'_>> {
        let is_mine = |slot| self.layout.node_of(slot) == Some(&self.address);
        let probe_channel = self.shared.channels.probe(self.shared.node, is_mine);
        let probe_channel = probe_channel.ok_or_else(|| unexpected("the server owns no slots"))?;
        let ear = Ear::new(Arc::clone(&self.shared), self.id, probe_channel.clone());
        let ear = Arc::new(ear);
        let on_push = {
            let ear = Arc::clone(&ear);
            Box::new(move |push| ear.hear(push))
        };
        let dialer = self.shared.nodes.dialer();
        let connection = dialer.dial(&self.address, Some(on_push)).await?;
        let mut session = Session {
            link: self,
            connection,
            ear,
            probe_channel,
            probes: 0,
        };
        let probe = session.probe_channel.clone();
        session.each(session.subscribe_command(), &[probe]).await?;
        let mut work = self.shared.topics.begin(self.id);
        loop {
            session.carry_out(work).await?;
            session.probe().await?;
            match self.shared.topics.live(self.id) {
                Some(more) => work = more,
                None => return Ok(session),
            }
        }
    }
}

impl Session<'_> {
    /// Carries out changes of subscriptions and probes periodically. Returns when the connection is
    /// lost.
    async fn serve(mut self) -> RedisResult<()> {
        let interval = self.link.shared.nodes.dialer().options().probe_interval;
        // With jitter, so that nodes do not probe together.
        let next = || Instant::now() + interval.mul_f64(0.75 + fastrand::f64() / 2.0);
        let mut probe_at = next();
        let ear = Arc::clone(&self.ear);
        loop {
            tokio::select! {
                () = ear.died() => return Err(unexpected("the server ended the connection")),
                () = self.link.wake.notified() => {
                    let work = self.link.shared.topics.take(self.link.id);
                    self.carry_out(work).await?;
                    self.link.shared.topics.settled(self.link.id);
                }
                () = sleep_until(probe_at) => {
                    self.probe().await.inspect_err(|_| {
                        metrics::counter!("chat_redis_probes_lost_total").increment(1);
                    })?;
                    probe_at = next();
                }
            }
        }
    }

    async fn carry_out(&mut self, work: Work) -> RedisResult<()> {
        let done = self.follow(&work).await;
        work.answer(&done);
        done
    }

    async fn follow(&mut self, work: &Work) -> RedisResult<()> {
        let channels = &self.link.shared.channels;
        let names = |topics: &[_]| topics.iter().map(|t| channels.name(t)).collect::<Vec<_>>();
        let (subscribe, unsubscribe) = (names(&work.subscribe), names(&work.unsubscribe));
        self.ear.leave(&unsubscribe);
        self.each(self.unsubscribe_command(), &unsubscribe).await?;
        self.each(self.subscribe_command(), &subscribe).await
    }

    /// Sends one command per channel, so that each has its own response. A command for several
    /// sharded channels would need them all in one slot.
    async fn each(&mut self, command: &'static str, channels: &[String]) -> RedisResult<()> {
        for chunk in channels.chunks(CHUNK) {
            let mut pipeline = Pipeline::with_capacity(chunk.len());
            for channel in chunk {
                pipeline.cmd(command).arg(channel);
            }
            for answer in self.send(&pipeline).await? {
                answer.extract_error()?;
            }
        }
        Ok(())
    }

    /// Publishes a number to the probe channel and waits until it arrives. A response alone does
    /// not prove that subscriptions work: they may be gone after a lost connection.
    async fn probe(&mut self) -> RedisResult<()> {
        self.probes += 1;
        let mut pipeline = Pipeline::with_capacity(1);
        let name = if self.link.layout.is_cluster() {
            "SPUBLISH"
        } else {
            "PUBLISH"
        };
        let mut command = cmd(name);
        command.arg(&self.probe_channel).arg(self.probes);
        pipeline.add_command(command);
        for answer in self.send(&pipeline).await? {
            answer.extract_error()?;
        }
        let limit = self.link.shared.nodes.dialer().options().response_timeout;
        let heard = timeout(limit, self.ear.heard(self.probes)).await;
        heard.map_err(|_| timed_out("the probe did not arrive"))
    }

    async fn send(&mut self, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
        let count = pipeline.len();
        let more = PER_COMMAND * u32::try_from(count).unwrap_or(u32::MAX);
        let limit = self.link.shared.nodes.dialer().options().response_timeout + more;
        self.connection.set_response_timeout(limit);
        self.connection
            .send_packed_commands(pipeline, 0, count)
            .await
    }

    fn subscribe_command(&self) -> &'static str {
        if self.link.layout.is_cluster() {
            "SSUBSCRIBE"
        } else {
            "SUBSCRIBE"
        }
    }

    fn unsubscribe_command(&self) -> &'static str {
        if self.link.layout.is_cluster() {
            "SUNSUBSCRIBE"
        } else {
            "UNSUBSCRIBE"
        }
    }
}
