//! Reads the resource usage of a process from `/proc`.

use std::fs;

use crate::Result;

/// Ticks per second in `/proc`, a constant on Linux.
const TICKS: f64 = 100.0;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Resident anonymous memory (heap and stacks), in bytes.
    pub(crate) rss_anon: u64,
    /// User and system CPU time of all threads, in seconds.
    pub(crate) cpu_seconds: f64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))
        };
        Ok(Self {
            rss_anon: rss_anon(&read("status")?).ok_or("no RssAnon in the server's status file")?,
            cpu_seconds: cpu_seconds(&read("stat")?)
                .ok_or("no CPU times in the server's stat file")?,
        })
    }
}

pub(crate) fn open_files_limit() -> Result<u64> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let limit = open_files(&limits).ok_or("no limit of open files in /proc/self/limits")?;
    Ok(limit)
}

fn rss_anon(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    // The second field is the program's name in parentheses, which can contain anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

fn open_files(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        soft => soft.parse().ok(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn this_process_can_be_read() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.rss_anon > 0 && usage.cpu_seconds >= 0.0);
        assert!(open_files_limit().unwrap() > 0);
    }

    #[test]
    fn fields_are_found() {
        assert_eq!(
            rss_anon("VmRSS:\t  10 kB\nRssAnon:\t   120 kB\n"),
            Some(120 * 1024)
        );
        let stat = "42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        let limits = "Max open files            1024                 524288               files\n";
        assert_eq!(open_files(limits), Some(1024));
    }
}
