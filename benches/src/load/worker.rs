use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hdrhistogram::Histogram;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, Stdin};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{sleep, sleep_until};

use crate::checker::{Arrival, Log, View};
use crate::client::Client;
use crate::clock::Clock;
use crate::http::Http;
use crate::message::{Answer, Order};
use crate::plan::Plan;
use crate::report::{Latencies, Report, histogram};
use crate::wire::Event;
use crate::{Error, Result, report};

/// The maximum number of connections that open at the same time.
const CONNECTING: usize = 128;
/// The maximum number of messages that wait for one connection.
const ORDERS: usize = 4_096;
/// The interval between checks that everything has arrived.
const POLL: Duration = Duration::from_millis(20);

/// The state that all connections of a process share. One thread uses it, so its lock never blocks.
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    /// Fetches tokens.
    pub(crate) http: tokio::sync::Mutex<Http>,
    /// The text of each message.
    pub(crate) text: String,
    clock: Clock,
    /// The start time of sending, by `clock`.
    start: OnceLock<u64>,
    first: u32,
    seen: Mutex<Seen>,
}

struct Seen {
    report: Report,
    latency: Histogram<u64>,
    ack_latency: Histogram<u64>,
    views: Vec<View>,
    views_of: Vec<Range<usize>>,
    log: Log,
}

impl Shared {
    fn new(plan: Plan, process: u32) -> Self {
        let connections = plan.connections_of(process);
        let mut views = Vec::new();
        let mut views_of = Vec::new();
        for connection in connections.clone() {
            let begin = views.len();
            views.extend(plan.rooms_of(connection).into_iter().map(View::new));
            views_of.push(begin..views.len());
        }
        Self {
            http: tokio::sync::Mutex::new(Http::new(plan.target.clone())),
            text: "x".repeat(usize::try_from(plan.payload).unwrap_or_default()),
            clock: Clock::new(),
            start: OnceLock::new(),
            first: connections.start,
            seen: Mutex::new(Seen {
                report: Report::default(),
                latency: histogram(),
                ack_latency: histogram(),
                views,
                views_of,
                log: Log::default(),
            }),
            plan,
        }
    }

    pub(crate) fn joined(&self, connection: u32, room: u32, head: u64) {
        let mut seen = self.seen.lock();
        if let Some(view) = seen.view(connection - self.first, room) {
            view.join(head);
        }
    }

    pub(crate) fn sent(&self) {
        self.seen.lock().report.sent += 1;
    }

    pub(crate) fn event(&self, connection: u32, text: &str) -> Result<()> {
        let now = self.clock.now();
        let event = Event::parse(text)?;
        let room = event
            .room_id
            .as_deref()
            .and_then(|id| self.plan.room_of_id(id));
        let seen = &mut *self.seen.lock();
        match &*event.kind {
            "MESSAGE_ACK" => {
                let Some(k) = event.answers() else {
                    return Ok(());
                };
                seen.report.acked += 1;
                seen.report.duplicate_acks += u64::from(event.duplicate == Some(true));
                seen.ack_latency.saturating_record(self.since_due(k, now));
                if let (Some(room), Some(rev)) = (room, event.rev) {
                    seen.log.record(room, rev, k);
                }
            }
            "ERROR" => {
                let code = event.code.as_deref().unwrap_or("without code");
                *seen.report.errors.entry(code.to_owned()).or_default() += 1;
            }
            _ => {
                // Every event with a position is part of the log.
                let (Some(room), Some(rev)) = (room, event.rev) else {
                    return Ok(());
                };
                let Some(view) = seen.view(connection - self.first, room) else {
                    return Ok(());
                };
                match view.arrive(rev) {
                    Arrival::New => {}
                    Arrival::Duplicate => seen.report.duplicates += 1,
                    Arrival::OutOfOrder => seen.report.out_of_order += 1,
                }
                let Some(k) = event.delivers() else {
                    seen.log.reach(room, rev);
                    return Ok(());
                };
                seen.log.record(room, rev, k);
                seen.report.deliveries += 1;
                seen.latency.saturating_record(self.since_due(k, now));
                seen.report.last_delivery = self.since_start(now);
            }
        }
        Ok(())
    }

    fn since_start(&self, now: u64) -> u64 {
        now.saturating_sub(self.start.get().copied().unwrap_or(now))
    }

    fn since_due(&self, k: u64, now: u64) -> u64 {
        self.since_start(now)
            .saturating_sub(self.plan.due_micros(k))
    }

    /// Notes that a connection failed or ended.
    fn lost_connection(
        &self,
        connection: u32,
        counts: fn(&mut Report) -> &mut report::Counts,
        why: &str,
    ) {
        let seen = &mut *self.seen.lock();
        *counts(&mut seen.report).entry(why.to_owned()).or_default() += 1;
        if let Some(views) = seen.views_of.get(index(connection - self.first)) {
            for view in &mut seen.views[views.clone()] {
                view.closed = true;
            }
        }
    }

    fn answered(&self) -> u64 {
        let report = &self.seen.lock().report;
        report.acked + report.errors.values().sum::<u64>()
    }

    fn lacks(&self, heads: &HashMap<u32, u64>) -> u64 {
        let seen = self.seen.lock();
        let head = |view: &View| heads.get(&view.room).copied().unwrap_or_default();
        seen.views.iter().map(|view| view.lacks(head(view))).sum()
    }

    fn report(&self, heads: &HashMap<u32, u64>) -> Report {
        let lost = self.lacks(heads);
        let seen = self.seen.lock();
        Report {
            lost,
            disagreements: seen.log.disagreements,
            stored_twice: seen.log.stored_twice,
            latency: Latencies::from(&seen.latency),
            ack_latency: Latencies::from(&seen.ack_latency),
            ..seen.report.clone()
        }
    }
}

impl Seen {
    fn view(&mut self, nth: u32, room: u32) -> Option<&mut View> {
        let views = self.views_of.get(index(nth))?.clone();
        self.views[views].iter_mut().find(|view| view.room == room)
    }
}

fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Runs a worker process, which reads orders from standard input and exits when it closes.
pub(crate) async fn run() -> Result<()> {
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let Order::Connect { plan, process } = next(&mut orders).await? else {
        return Err("the first order must be `Connect`".into());
    };
    let shared = Arc::new(Shared::new(*plan, process));
    let senders = connect(&shared, process).await;
    let (connected, failures) = {
        let report = &shared.seen.lock().report;
        (u32::try_from(report.connected)?, report.failures.clone())
    };
    say(&Answer::Connected {
        connected,
        failures,
    })
    .await?;

    let mut order = next(&mut orders).await?;
    if let Order::Send { start_micros } = order {
        send(&shared, senders, start_micros).await?;
        let heads = shared.seen.lock().log.heads().clone();
        say(&Answer::Sent { heads }).await?;
        order = next(&mut orders).await?;
    }
    let Order::Finish { heads } = order else {
        return Err("expected the order `Finish`".into());
    };
    wait_until(shared.plan.drain, || shared.lacks(&heads) == 0).await;
    say(&Answer::Report(Box::new(shared.report(&heads)))).await
}

type Senders = HashMap<u32, mpsc::Sender<u64>>;

/// Opens the connections of this process at the planned rate, and waits for all of them.
async fn connect(shared: &Arc<Shared>, process: u32) -> Senders {
    let plan = &shared.plan;
    let mut senders = Senders::new();
    let gap = Duration::from_secs(1) * plan.processes / plan.connect_rate;
    let slots = Arc::new(Semaphore::new(CONNECTING));
    let begin = tokio::time::Instant::now();
    let mut outcomes = FuturesUnordered::new();
    for (n, connection) in (0..).zip(plan.connections_of(process)) {
        sleep_until(begin + gap * n).await;
        let orders = plan.sends(connection).then(|| {
            let (sender, orders) = mpsc::channel(ORDERS);
            senders.insert(connection, sender);
            orders
        });
        let (tell, told) = oneshot::channel();
        tokio::spawn(one(shared.clone(), connection, orders, slots.clone(), tell));
        outcomes.push(told);
    }
    while outcomes.next().await.is_some() {}
    senders
}

async fn one(
    shared: Arc<Shared>,
    connection: u32,
    orders: Option<mpsc::Receiver<u64>>,
    slots: Arc<Semaphore>,
    _joined: oneshot::Sender<()>,
) {
    let _slot = slots.acquire_owned().await;
    match Client::connect(shared.clone(), connection).await {
        Ok(client) => {
            shared.seen.lock().report.connected += 1;
            // A new task, so that the memory this one needed for the handshake is freed.
            tokio::spawn(async move {
                let why = client.run(orders).await;
                shared.lost_connection(connection, |report| &mut report.closes, &why);
            });
        }
        Err(error) => {
            shared.lost_connection(
                connection,
                |report| &mut report.failures,
                &error.to_string(),
            );
        }
    }
}

/// Sends this process's messages when they are due, and waits for their answers.
async fn send(shared: &Arc<Shared>, senders: Senders, start_micros: u64) -> Result<()> {
    shared.start.get_or_init(|| start_micros);
    let (done, finished) = oneshot::channel();
    let pacer = shared.clone();
    // A separate thread, as tokio's timer has a resolution of a millisecond.
    std::thread::spawn(move || {
        let ordered = pace(&pacer, &senders);
        let _ = done.send((ordered, senders));
    });
    let (ordered, _senders) = finished.await?;
    wait_until(shared.plan.drain, || shared.answered() >= ordered).await;
    Ok(())
}

/// Passes each message to its connection when it is due. Returns the number of messages passed.
fn pace(shared: &Shared, senders: &Senders) -> u64 {
    let plan = &shared.plan;
    if senders.is_empty() {
        return 0;
    }
    let start = shared.start.get().copied().unwrap_or_default();
    let mut ordered = 0;
    for k in 0..plan.messages() {
        let Some(sender) = senders.get(&plan.message(k).connection) else {
            continue;
        };
        let due = shared.clock.instant(start + plan.due_micros(k));
        let early = due.saturating_duration_since(Instant::now());
        if !early.is_zero() {
            std::thread::sleep(early);
        }
        // A full queue means that the server has stopped reading, a closed one that the connection has
        // ended. Either way the message counts as not sent.
        ordered += u64::from(sender.try_send(k).is_ok());
    }
    ordered
}

async fn wait_until(seconds: u32, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds.into());
    while !condition() && Instant::now() < deadline {
        sleep(POLL).await;
    }
}

async fn next(orders: &mut Lines<BufReader<Stdin>>) -> Result<Order> {
    let line = orders.next_line().await?.ok_or("standard input closed")?;
    serde_json::from_str(&line).map_err(Error::from)
}

async fn say(answer: &Answer) -> Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    let mut out = tokio::io::stdout();
    out.write_all(&line).await?;
    out.flush().await?;
    Ok(())
}
