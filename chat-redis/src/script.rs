use std::sync::OnceLock;

use redis::{Cmd, ErrorKind, RedisResult, ServerErrorKind, Value, cmd};

use crate::nodes::Nodes;
use crate::slot::slot;

/// A Lua script. After its first run, a server caches it by hash.
#[derive(Debug)]
pub(crate) struct Script {
    source: &'static str,
    hash: OnceLock<String>,
}

/// One run of a script. All keys are in one slot.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) keys: Vec<String>,
    pub(crate) args: Vec<Vec<u8>>,
}

impl Script {
    pub(crate) const fn new(source: &'static str) -> Self {
        Self {
            source,
            hash: OnceLock::new(),
        }
    }

    fn hash(&self) -> &str {
        self.hash
            .get_or_init(|| redis::Script::new(self.source).get_hash().to_owned())
    }

    /// Runs the script for each call: one round trip, or two if a server has not cached it.
    pub(crate) async fn run(&self, nodes: &Nodes, calls: &[Call]) -> Vec<RedisResult<Value>> {
        let slots: Vec<u16> = calls.iter().map(Call::slot).collect();
        let hash = self.hash();
        let by_hash = |n: usize| calls[n].command("EVALSHA", hash);
        let mut answers = nodes.send(&slots, by_hash).await;
        let unknown: Vec<usize> = (0..calls.len())
            .filter(|n| matches!(&answers[*n], Err(e) if is_unknown(e)))
            .collect();
        if unknown.is_empty() {
            return answers;
        }
        let slots: Vec<u16> = unknown.iter().map(|n| slots[*n]).collect();
        let by_source = |n: usize| calls[unknown[n]].command("EVAL", self.source);
        let told = nodes.send(&slots, by_source).await;
        for (n, answer) in unknown.into_iter().zip(told) {
            answers[n] = answer;
        }
        answers
    }
}

impl Call {
    fn slot(&self) -> u16 {
        self.keys.first().map_or(0, |key| slot(key.as_bytes()))
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = cmd(name);
        command.arg(script).arg(self.keys.len());
        for key in &self.keys {
            command.arg(key);
        }
        for arg in &self.args {
            command.arg(arg.as_slice());
        }
        command
    }
}

fn is_unknown(error: &redis::RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}
