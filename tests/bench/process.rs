//! What the kernel knows of a process: its CPU time, its memory, what its connections received.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

/// Ticks of `/proc/PID/stat` in a second: fixed in the interface of Linux to programs.
const TICKS_PER_S: f64 = 100.0;

/// A process that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    /// The node that runs on a data directory.
    pub(crate) fn on(data: &Path) -> Result<Self> {
        let data = data.to_str().context("a path that is text")?;
        fs::read_dir("/proc")?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .find(|pid| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                let mut words = line.split(|byte| *byte == 0).skip(1);
                words.next() == Some(b"run") && words.any(|word| word == data.as_bytes())
            })
            .map(Self)
            .with_context(|| format!("no node runs on {data}"))
    }

    /// Seconds of CPU, in the program and in the kernel, of all its threads so far.
    pub(crate) fn cpu_s(self) -> Result<f64> {
        let fields = stat(self.0)?;
        let ticks = |place: usize| -> Result<f64> { Ok(fields.get(place).context("a field")?.parse()?) };
        // Fields 14 and 15 of the line; the rest begins with field 3.
        Ok((ticks(11)? + ticks(12)?) / TICKS_PER_S)
    }

    /// The process with this number.
    pub(crate) const fn numbered(pid: u32) -> Self {
        Self(pid)
    }

    /// The same with all that it started, those that have ended included.
    pub(crate) fn tree_cpu_s(self) -> Result<f64> {
        let mut tree = vec![(self.0, stat(self.0)?)];
        let all: Vec<(u32, Vec<String>)> = fs::read_dir("/proc")?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|pid| Some((pid, stat(pid).ok()?)))
            .collect();
        let mut next = 0;
        while let Some((parent, _)) = tree.get(next) {
            let parent = parent.to_string();
            tree.extend(all.iter().filter(|(_, fields)| fields.get(1) == Some(&parent)).cloned());
            next += 1;
        }
        // Fields 14 to 17: its own time, and that of its children that ended.
        let ticks = tree.iter().flat_map(|(_, fields)| fields.iter().skip(11).take(4));
        Ok(ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_S)
    }

    /// The most memory that it had resident, since it began or since that was forgotten.
    pub(crate) fn peak_mib(self) -> Result<f64> {
        self.status_mib("VmHWM:")
    }

    /// The memory that it has resident.
    pub(crate) fn resident_mib(self) -> Result<f64> {
        self.status_mib("VmRSS:")
    }

    /// The most memory is counted from now on.
    pub(crate) fn forget_peak(self) -> Result<()> {
        // 5: the peak becomes what is resident now.
        fs::write(format!("/proc/{}/clear_refs", self.0), "5").context("the peak cannot be forgotten")
    }

    fn status_mib(self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context(name.to_owned())?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }
}

/// The fields of a process's line from the third on: the second is its name in brackets and may contain anything.
fn stat(pid: u32) -> Result<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = line.rsplit_once(") ").context("a line with a name in brackets")?;
    Ok(rest.split(' ').map(str::to_owned).collect())
}

/// Bytes that came in on the connections to a port of this machine, as the side that dialled counts them. `None` where
/// there is no `ss`.
pub(crate) fn received_from(port: &str) -> Option<f64> {
    let filter = format!("( dport = :{port} )");
    let told = Command::new("ss").args(["-tinH", "state", "established", &filter]).output().ok()?;
    let text = String::from_utf8_lossy(&told.stdout);
    let counts =
        text.split_whitespace().filter_map(|word| word.strip_prefix("bytes_received:")?.parse::<f64>().ok());
    let sum: f64 = counts.sum();
    (told.status.success() && sum > 0.0).then_some(sum)
}
