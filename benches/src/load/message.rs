//! What the first process and its workers tell each other: one JSON document a line, orders on the
//! worker's standard input, answers on its standard output.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::report::Report;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Connect and join.
    Connect { plan: Box<Plan>, process: u32 },
    /// Send as planned, from this time on.
    Send { start_micros: u64 },
    /// Wait until everything up to these positions has arrived, and report.
    Finish { heads: HashMap<u32, u64> },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// All have joined, or failed.
    Connected {
        connected: u32,
        failures: BTreeMap<String, u64>,
    },
    /// Everything was sent and acknowledged; the logs are at these positions.
    Sent { heads: HashMap<u32, u64> },
    /// The end.
    Report(Box<Report>),
}
