//! Messages between the parent process and its workers, as one JSON document per line. A worker reads
//! orders from its standard input and writes answers to its standard output.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::report::Report;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Connect and join the rooms.
    Connect { plan: Box<Plan>, process: u32 },
    /// Send as planned, starting at this time.
    Send { start_micros: u64 },
    /// Wait until everything up to these heads has arrived, then report.
    Finish { heads: HashMap<u32, u64> },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// All connections have joined or failed.
    Connected {
        connected: u32,
        failures: BTreeMap<String, u64>,
    },
    /// Everything was sent and acknowledged, and the logs have these heads.
    Sent { heads: HashMap<u32, u64> },
    /// The final report.
    Report(Box<Report>),
}
