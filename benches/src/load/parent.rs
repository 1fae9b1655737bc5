use std::collections::{BTreeMap, HashMap};
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use http::StatusCode;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::sleep;

use crate::args::Options;
use crate::clock;
use crate::http::Http;
use crate::message::{Answer, Order};
use crate::plan::Plan;
use crate::process::Usage;
use crate::report::{Report, Server, Summary};
use crate::{Error, Result};

/// The time between the order to send and the start, so that all workers start together.
const LEAD: Duration = Duration::from_millis(200);
/// The number of attempts to create a room while the server limits the rate.
const CREATE_TRIES: u32 = 20;

/// A worker process. It exits with this process, which closes its standard input.
struct Worker {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// Runs the plan. Returns `true` if there were no violations.
pub(crate) async fn run(plan: Plan, options: Options) -> Result<bool> {
    eprintln!("{}", plan.describe());
    let usage = || options.server_pid.map(Usage::of).transpose();
    create_rooms(&plan).await?;
    let before = usage()?;

    let begin = Instant::now();
    let mut workers = (0..plan.processes)
        .map(|_| Worker::start())
        .collect::<Result<Vec<_>>>()?;
    connect(&mut workers, &plan).await?;
    let connecting = begin.elapsed().as_secs_f64();

    if before.is_some() {
        sleep(Duration::from_secs(options.settle.into())).await;
    }
    let idle = usage()?;
    let heads = if plan.messages() > 0 {
        send(&mut workers).await?
    } else {
        HashMap::new()
    };
    let report = finish(workers, heads).await?;
    let after = usage()?;

    let server = before
        .zip(idle)
        .zip(after)
        .map(|((before, idle), after)| Server {
            rss: [before.rss_anon, idle.rss_anon, after.rss_anon],
            cpu_seconds: after.cpu_seconds - idle.cpu_seconds,
        });
    let summary = Summary {
        plan: &plan,
        report: &report,
        connecting,
        server,
    };
    if options.json {
        println!("{}", summary.json());
    } else {
        print!("{}", summary.text());
    }
    Ok(report.violations(&plan).is_empty())
}

/// Creates each room as its first member, so that the room has no other members.
async fn create_rooms(plan: &Plan) -> Result<()> {
    let tokens = tokio::sync::Mutex::new(Http::new(plan.target.clone()));
    let mut http = Http::new(plan.target.clone());
    let path = format!("{}/rooms", plan.target.prefix);
    for room in 0..plan.rooms {
        let token = plan
            .tokens
            .token(&Plan::user(plan.member(room, 0)), &tokens)
            .await?;
        let body = serde_json::json!({ "id": plan.room_id(room), "kind": "public" }).to_string();
        let mut tries = 0;
        loop {
            let (status, answer) = http.post(&path, Some(&token), body.clone()).await?;
            if status == StatusCode::CREATED {
                break;
            }
            tries += 1;
            if status != StatusCode::TOO_MANY_REQUESTS || tries == CREATE_TRIES {
                let answer = String::from_utf8_lossy(&answer);
                let hint = match status {
                    StatusCode::FORBIDDEN => "; is `client_room_ids` enabled on the server?",
                    _ => "",
                };
                return Err(format!("cannot create a room: {status} {answer}{hint}").into());
            }
            sleep(Duration::from_millis(500)).await;
        }
    }
    Ok(())
}

async fn connect(workers: &mut [Worker], plan: &Plan) -> Result<()> {
    let joined = workers.iter_mut().zip(0..).map(async |(worker, process)| {
        let plan = Box::new(plan.clone());
        worker.order(&Order::Connect { plan, process }).await?;
        match worker.answer().await? {
            Answer::Connected {
                connected,
                failures,
            } => Ok((connected, failures)),
            other => Err(unexpected(&other)),
        }
    });
    let joined = try_join_all(joined).await?;
    let connected: u32 = joined.iter().map(|(connected, _)| connected).sum();
    eprintln!("{connected} connections have joined their rooms");
    let failures: BTreeMap<_, _> = joined
        .into_iter()
        .flat_map(|(_, failures)| failures)
        .collect();
    if connected == 0 {
        return Err(format!("all connections failed: {failures:?}").into());
    }
    Ok(())
}

/// Makes all workers send, starting at the same time. Returns the heads of the rooms.
async fn send(workers: &mut [Worker]) -> Result<HashMap<u32, u64>> {
    let lead = u64::try_from(LEAD.as_micros()).unwrap_or_default();
    let start_micros = clock::unix_micros() + lead;
    let sent = workers.iter_mut().map(async |worker| {
        worker.order(&Order::Send { start_micros }).await?;
        match worker.answer().await? {
            Answer::Sent { heads } => Ok(heads),
            other => Err(unexpected(&other)),
        }
    });
    let mut all: HashMap<u32, u64> = HashMap::new();
    for (room, head) in try_join_all(sent).await?.into_iter().flatten() {
        let highest = all.entry(room).or_default();
        *highest = head.max(*highest);
    }
    Ok(all)
}

async fn finish(mut workers: Vec<Worker>, heads: HashMap<u32, u64>) -> Result<Report> {
    // Concurrently, as each worker waits for outstanding messages for up to `drain`.
    let reports = workers.iter_mut().map(async |worker| {
        let heads = heads.clone();
        worker.order(&Order::Finish { heads }).await?;
        match worker.answer().await? {
            Answer::Report(report) => Ok(report),
            other => Err(unexpected(&other)),
        }
    });
    let mut all = Report::default();
    for report in try_join_all(reports).await? {
        all.merge(&report);
    }
    for worker in &mut workers {
        worker.process.wait().await?;
    }
    Ok(all)
}

impl Worker {
    fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = process.stdin.take().ok_or("a worker without input")?;
        let answers = process.stdout.take().ok_or("a worker without output")?;
        Ok(Self {
            process,
            orders,
            answers: BufReader::new(answers).lines(),
        })
    }

    async fn order(&mut self, order: &Order) -> Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.orders.write_all(&line).await?;
        self.orders.flush().await?;
        Ok(())
    }

    async fn answer(&mut self) -> Result<Answer> {
        let line = self
            .answers
            .next_line()
            .await?
            .ok_or("a worker exited early")?;
        serde_json::from_str(&line).map_err(Error::from)
    }
}

fn unexpected(answer: &Answer) -> Error {
    format!("unexpected answer from a worker: {answer:?}").into()
}
