use std::collections::BTreeMap;
use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::plan::Plan;

/// Counts by error code, close code or reason.
pub(crate) type Counts = BTreeMap<String, u64>;

/// A histogram as JSON: values in microseconds, to three significant digits, with their counts.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Latencies(Vec<(u64, u64)>);

impl From<&Histogram<u64>> for Latencies {
    fn from(histogram: &Histogram<u64>) -> Self {
        let recorded = histogram.iter_recorded();
        Self(
            recorded
                .map(|v| (v.value_iterated_to(), v.count_since_last_iteration()))
                .collect(),
        )
    }
}

impl Latencies {
    fn histogram(&self) -> Histogram<u64> {
        let mut histogram = histogram();
        for &(value, count) in &self.0 {
            histogram.saturating_record_n(value, count);
        }
        histogram
    }

    fn merge(&mut self, other: &Self) {
        let mut merged = self.histogram();
        for &(value, count) in &other.0 {
            merged.saturating_record_n(value, count);
        }
        *self = Self::from(&merged);
    }
}

/// Returns a histogram from a microsecond to an hour, with three significant digits.
pub(crate) fn histogram() -> Histogram<u64> {
    #[allow(clippy::expect_used, reason = "the constant bounds are valid")]
    Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("bounds in range")
}

/// The results of one worker, or of all after a merge.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) connected: u64,
    /// Failed connections, by reason.
    pub(crate) failures: Counts,
    /// Connections that ended early, by reason.
    pub(crate) closes: Counts,
    pub(crate) sent: u64,
    pub(crate) acked: u64,
    /// Messages answered with an error, by code.
    pub(crate) errors: Counts,
    /// Acknowledgements that wrongly report a duplicate.
    pub(crate) duplicate_acks: u64,
    pub(crate) deliveries: u64,
    /// Positions that did not arrive, over all connections.
    pub(crate) lost: u64,
    pub(crate) duplicates: u64,
    pub(crate) out_of_order: u64,
    pub(crate) disagreements: u64,
    pub(crate) stored_twice: u64,
    /// The time of the last delivery, in microseconds from the start.
    pub(crate) last_delivery: u64,
    /// The time from a message's due time to its delivery.
    pub(crate) latency: Latencies,
    /// The time from a message's due time to its acknowledgement.
    pub(crate) ack_latency: Latencies,
}

impl Report {
    pub(crate) fn merge(&mut self, other: &Self) {
        let add = |to: &mut Counts, from: &Counts| {
            for (name, count) in from {
                *to.entry(name.clone()).or_default() += count;
            }
        };
        add(&mut self.failures, &other.failures);
        add(&mut self.closes, &other.closes);
        add(&mut self.errors, &other.errors);
        self.connected += other.connected;
        self.sent += other.sent;
        self.acked += other.acked;
        self.duplicate_acks += other.duplicate_acks;
        self.deliveries += other.deliveries;
        self.lost += other.lost;
        self.duplicates += other.duplicates;
        self.out_of_order += other.out_of_order;
        self.disagreements += other.disagreements;
        self.stored_twice += other.stored_twice;
        self.last_delivery = self.last_delivery.max(other.last_delivery);
        self.latency.merge(&other.latency);
        self.ack_latency.merge(&other.ack_latency);
    }

    fn unanswered(&self) -> u64 {
        let answered = self.acked + self.errors.values().sum::<u64>();
        self.sent.saturating_sub(answered)
    }

    /// Returns all violations in words. An error answer is not a violation: the server may reject a
    /// message.
    pub(crate) fn violations(&self, plan: &Plan) -> Vec<String> {
        let failed = u64::from(plan.connections).saturating_sub(self.connected);
        let unsent = plan.messages().saturating_sub(self.sent);
        [
            (failed, "connections failed"),
            (self.closes.values().sum(), "connections ended early"),
            (unsent, "messages not sent"),
            (self.unanswered(), "messages not answered"),
            (self.lost, "deliveries lost"),
            (self.duplicates, "deliveries duplicated"),
            (self.out_of_order, "deliveries out of order"),
            (self.disagreements, "positions with different messages"),
            (self.stored_twice, "messages at two positions"),
            (
                self.duplicate_acks,
                "new messages acknowledged as duplicates",
            ),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect()
    }
}

/// The resource usage of the server.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Server {
    /// `RssAnon` in bytes: before the first connection, with all connections idle, and after sending.
    pub(crate) rss: [u64; 3],
    /// CPU seconds while sending.
    pub(crate) cpu_seconds: f64,
}

#[derive(Debug)]
pub(crate) struct Summary<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) report: &'a Report,
    /// The time to open all connections, in seconds.
    pub(crate) connecting: f64,
    pub(crate) server: Option<Server>,
}

#[allow(
    clippy::cast_precision_loss,
    reason = "figures for display, with three or four digits"
)]
impl Summary<'_> {
    fn seconds(&self) -> f64 {
        (self.report.last_delivery as f64 / 1e6).max(1e-6)
    }

    fn rss_per_connection(&self) -> Option<f64> {
        let [before, idle, _] = self.server?.rss;
        Some((idle as f64 - before as f64) / self.report.connected.max(1) as f64)
    }

    fn deliveries_per_cpu_second(&self) -> Option<f64> {
        let cpu = self.server?.cpu_seconds;
        (cpu > 0.0).then(|| self.report.deliveries as f64 / cpu)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        let Self { plan, report, .. } = self;
        let latency = |latencies: &Latencies| {
            let h = latencies.histogram();
            json!({
                "p50": h.value_at_quantile(0.5), "p99": h.value_at_quantile(0.99),
                "p999": h.value_at_quantile(0.999), "max": h.max(), "count": h.len(),
            })
        };
        json!({
            "plan": plan.describe(),
            "connections": report.connected,
            "connectingSeconds": self.connecting,
            "rssAnonBytes": self.server.map(|s| s.rss),
            "rssBytesPerConnection": self.rss_per_connection(),
            "sent": report.sent,
            "acked": report.acked,
            "errors": report.errors,
            "deliveries": report.deliveries,
            "expectedDeliveries": plan.deliveries(),
            "seconds": self.seconds(),
            "deliveriesPerSecond": report.deliveries as f64 / self.seconds(),
            "serverCpuSeconds": self.server.map(|s| s.cpu_seconds),
            "deliveriesPerServerCpuSecond": self.deliveries_per_cpu_second(),
            "latencyMicros": latency(&report.latency),
            "ackLatencyMicros": latency(&report.ack_latency),
            "failures": report.failures,
            "closes": report.closes,
            "violations": report.violations(plan),
        })
    }

    pub(crate) fn text(&self) -> String {
        let Self { plan, report, .. } = self;
        let mut out = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(out, "{name:<12}{value}");
        };
        line(
            "connected",
            format!("{} in {:.1} s", report.connected, self.connecting),
        );
        for (reason, count) in &report.failures {
            line("", format!("{count} failed: {reason}"));
        }
        for (reason, count) in &report.closes {
            line("", format!("{count} ended early: {reason}"));
        }
        if let (Some(server), Some(each)) = (self.server, self.rss_per_connection()) {
            let [before, idle, after] = server.rss.map(|bytes| bytes as f64 / f64::from(1 << 20));
            let all = format!("{before:.1} MiB before, {idle:.1} idle, {after:.1} at the end");
            line(
                "memory",
                format!("{each:.0} bytes per connection (RssAnon: {all})"),
            );
        }
        if plan.messages() > 0 {
            let refused = match report.errors.len() {
                0 => "no errors".to_owned(),
                _ => format!("errors {:?}", report.errors),
            };
            line(
                "sent",
                format!(
                    "{} of {}, {} acknowledged, {refused}",
                    report.sent,
                    plan.messages(),
                    report.acked
                ),
            );
            let mut rate = format!(
                "{} of {} in {:.1} s, {:.0} per second",
                report.deliveries,
                plan.deliveries(),
                self.seconds(),
                report.deliveries as f64 / self.seconds()
            );
            if let Some(per_cpu) = self.deliveries_per_cpu_second() {
                let _ = write!(rate, ", {per_cpu:.0} per CPU second of the server");
            }
            line("deliveries", rate);
            line("latency", describe(&report.latency));
            line("ack", describe(&report.ack_latency));
        }
        let violations = report.violations(plan);
        let verdict = match violations.len() {
            0 => "nothing lost, duplicated or out of order".to_owned(),
            _ => format!("FAILED: {}", violations.join(", ")),
        };
        line("verdict", verdict);
        out
    }
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds for display")]
fn describe(latencies: &Latencies) -> String {
    let h = latencies.histogram();
    let ms = |micros: u64| micros as f64 / 1e3;
    format!(
        "p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms",
        ms(h.value_at_quantile(0.5)),
        ms(h.value_at_quantile(0.99)),
        ms(h.value_at_quantile(0.999)),
        ms(h.max())
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    fn recorded(values: impl IntoIterator<Item = u64>) -> Latencies {
        let mut histogram = histogram();
        for value in values {
            histogram.saturating_record(value);
        }
        Latencies::from(&histogram)
    }

    #[test]
    fn merged_is_what_one_process_would_have_recorded() {
        let mut left = recorded((1..5_000).step_by(2));
        let right = recorded((0..5_000).step_by(2).chain([7_777_777, u64::MAX]));
        // A round trip through JSON, as between processes.
        let right: Latencies =
            serde_json::from_str(&serde_json::to_string(&right).unwrap()).unwrap();
        left.merge(&right);
        assert_eq!(left, recorded((0..5_000).chain([7_777_777, u64::MAX])));
    }

    #[test]
    fn reports_add_up() {
        let one = Report {
            connected: 2,
            sent: 3,
            acked: 2,
            errors: Counts::from([("RATE_LIMITED".into(), 1)]),
            lost: 1,
            last_delivery: 5,
            ..Report::default()
        };
        let mut all = one.clone();
        all.merge(&Report {
            last_delivery: 4,
            ..one.clone()
        });
        let expected = Report {
            connected: 4,
            sent: 6,
            acked: 4,
            errors: Counts::from([("RATE_LIMITED".into(), 2)]),
            lost: 2,
            last_delivery: 5,
            ..Report::default()
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn each_violation_counts() {
        let plan = plan(10, 1, 10);
        let good = Report {
            connected: 10,
            sent: 1_000,
            acked: 999,
            errors: Counts::from([("RATE_LIMITED".into(), 1)]),
            ..Report::default()
        };
        assert!(good.violations(&plan).is_empty());
        let bad: [fn(&mut Report); 10] = [
            |r| r.connected -= 1,
            |r| r.closes = Counts::from([("1013".into(), 1)]),
            |r| r.sent -= 1,
            |r| r.acked -= 1,
            |r| r.lost += 1,
            |r| r.duplicates += 1,
            |r| r.out_of_order += 1,
            |r| r.disagreements += 1,
            |r| r.stored_twice += 1,
            |r| r.duplicate_acks += 1,
        ];
        for (n, spoil) in bad.into_iter().enumerate() {
            let mut report = good.clone();
            spoil(&mut report);
            assert_eq!(report.violations(&plan).len(), 1, "case {n}");
        }
    }
}
