use std::time::Duration;

use allocation_counter::AllocationInfo;
use bytes::Bytes;
use chat_core::testing::Outbound;
use futures::FutureExt;
use http::Request;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::world::{Listener, World, id};

/// Longer than any cache lives, so that each command and call finds the caches empty.
const FORGET: Duration = Duration::from_secs(58);
/// Long enough for all effects of a command or call.
const SETTLE: Duration = Duration::from_secs(2);

/// The measured cost of a command or call.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) classes: Vec<&'static str>,
    pub(crate) answer: Vec<usize>,
    /// The frames that each other connection received.
    pub(crate) told: Vec<(String, Vec<Bytes>)>,
    pub(crate) calls: Vec<&'static str>,
    pub(crate) memory: AllocationInfo,
}

impl Measured {
    /// The size of the largest frame of the response.
    pub(crate) fn largest(&self) -> usize {
        self.answer.iter().copied().max().unwrap_or(0)
    }

    /// The bytes of all frames, which the test clients hold until they are read.
    pub(crate) fn sent(&self) -> usize {
        let told = self.told.iter().flat_map(|(_, frames)| frames);
        self.answer.iter().sum::<usize>() + told.map(Bytes::len).sum::<usize>()
    }
}

pub(crate) struct Call {
    pub(crate) by: &'static str,
    pub(crate) name: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) status: u16,
}

impl Listener {
    /// Returns the frames received since the last call.
    pub(crate) fn heard(&mut self) -> Vec<Bytes> {
        let mut frames = Vec::new();
        while let Some(Some(outbound)) = self.peer.recv().now_or_never() {
            match outbound {
                Outbound::Text(frame) => frames.push(frame),
                Outbound::Closed(code) => panic!("{} was closed with {code}", self.name),
            }
        }
        frames
    }
}

impl World {
    /// Makes a REST call and measures it.
    pub(crate) fn call(&mut self, runtime: &Runtime, call: Call) -> Measured {
        self.forget(runtime);
        let (method, _) = call.name.split_once(' ').unwrap();
        let request = Request::builder()
            .method(method)
            .uri(&call.path)
            .header("authorization", format!("Bearer {}", id(call.by)))
            .header("content-type", "application/json");
        let body = call.body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(Bytes::from(body)).unwrap();
        let mut answer = Vec::new();
        let memory = allocation_counter::measure(|| {
            runtime.block_on(async {
                let response = self.service.handle(request, None).await;
                let body = response.body();
                assert_eq!(response.status(), call.status, "{}: {body:?}", call.name);
                answer.push(body.len());
                drop(response);
                tokio::time::sleep(SETTLE).await;
            });
        });
        let told = self.told();
        self.measured(call.name.to_owned(), answer, told, memory)
    }

    /// Sends a command by Alice and measures it. Frames of the given types are its response.
    pub(crate) fn command(
        &mut self,
        runtime: &Runtime,
        command: &Value,
        answers: &[&str],
    ) -> Measured {
        self.forget(runtime);
        let frame = command.to_string();
        let memory = allocation_counter::measure(|| {
            runtime.block_on(async {
                self.listeners[0].peer.send_text(frame);
                tokio::time::sleep(SETTLE).await;
            });
        });
        let mut told = self.told();
        let (answer, events) = std::mem::take(&mut told[0].1)
            .into_iter()
            .partition::<Vec<_>, _>(|frame| is_of(frame, answers));
        told[0].1 = events;
        let name = command["type"].as_str().unwrap().to_owned();
        assert_eq!(answer.is_empty(), answers.is_empty(), "{name}: {told:?}");
        let answer = answer.iter().map(Bytes::len).collect();
        self.measured(name, answer, told, memory)
    }

    fn forget(&mut self, runtime: &Runtime) {
        runtime.block_on(async { tokio::time::sleep(FORGET).await });
        self.told();
        self.classes.0.lock().clear();
        self.called = self.calls.calls().len();
    }

    fn told(&mut self) -> Vec<(String, Vec<Bytes>)> {
        let all = self.listeners.iter_mut();
        all.map(|listener| (listener.name.clone(), listener.heard()))
            .collect()
    }

    fn measured(
        &self,
        name: String,
        answer: Vec<usize>,
        told: Vec<(String, Vec<Bytes>)>,
        memory: AllocationInfo,
    ) -> Measured {
        Measured {
            name,
            classes: self.classes.0.lock().clone(),
            answer,
            told,
            calls: self.calls.calls().split_off(self.called),
            memory,
        }
    }
}

fn is_of(frame: &Bytes, types: &[&str]) -> bool {
    let event: Value = serde_json::from_slice(frame).unwrap();
    types.iter().any(|kind| event["type"] == *kind)
}
