//! [`Group`]: what a server's processes cost together. CPU time, memory and threads are summed over
//! all its processes, including those that have ended. A control group provides exact numbers.
//! Without one (no cgroup v2, or no permission) the process tree under /proc is read instead, which
//! sees ended processes only through parents that have reaped them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io, thread};

/// The processes of one server.
pub(crate) enum Group {
    /// A control group created for this server alone.
    Control(PathBuf),
    /// The descendants of one process; 0 until the server is started.
    Tree(u32),
}

/// Memory of all processes in a group, in bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Proportional set size: shared pages are divided among the processes that map them.
    pub(crate) pss: u64,
    /// Unique set size: pages that no other process maps.
    pub(crate) uss: u64,
}

/// The prefix of our control groups' names.
const PREFIX: &str = "packetboat-bench-";

impl Group {
    /// Removes empty control groups left by runs that were killed.
    pub(crate) fn remove_leftovers() -> io::Result<()> {
        let Some(parent) = own_control_group() else { return Ok(()) };
        for entry in fs::read_dir(parent)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                // A group in use cannot be removed: it belongs to another run.
                let _ = fs::remove_dir(entry.path());
            }
        }
        Ok(())
    }

    /// Creates a control group, or falls back to the process tree if that is not possible.
    pub(crate) fn make(name: &str) -> Self {
        let Some(parent) = own_control_group() else { return Self::Tree(0) };
        let dir = parent.join(format!("{PREFIX}{}-{name}", std::process::id()));
        match fs::create_dir(&dir) {
            Ok(()) => Self::Control(dir),
            Err(_) => Self::Tree(0),
        }
    }

    /// Where the CPU time comes from, for the report.
    pub(crate) const fn source(&self) -> &'static str {
        match self {
            Self::Control(_) => "a control group for each server",
            Self::Tree(_) => "the process tree, in steps of a clock tick",
        }
    }

    /// The file to which a process writes its ID to join this group, if there is one.
    pub(crate) fn entrance(&self) -> Option<PathBuf> {
        match self {
            Self::Control(dir) => Some(dir.join("cgroup.procs")),
            Self::Tree(_) => None,
        }
    }

    /// Sets the root process of a group without a control group.
    pub(crate) fn rooted_at(&mut self, pid: u32) {
        if let Self::Tree(root) = self {
            *root = pid;
        }
    }

    /// CPU time used so far, user and system.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        match self {
            Self::Control(dir) => {
                let stat = fs::read_to_string(dir.join("cpu.stat"))?;
                Ok(Duration::from_micros(field(&stat, "usage_usec").unwrap_or(0)))
            }
            Self::Tree(root) => {
                let ticks: u64 = tree(*root)?.iter().map(|stat| stat.ticks).sum();
                let rate = rustix::param::clock_ticks_per_second();
                Ok(Duration::from_secs_f64(ticks as f64 / rate as f64))
            }
        }
    }

    /// CPU time once the server is idle, so that work after its last reply (closing, logging)
    /// counts, too.
    pub(crate) fn cpu_at_rest(&self) -> io::Result<Duration> {
        let mut before = self.cpu()?;
        for _ in 0..40 {
            thread::sleep(Duration::from_millis(25));
            let now = self.cpu()?;
            // An idle server may still wake up for timers, which uses a little CPU time.
            if now - before < Duration::from_micros(60) {
                return Ok(now);
            }
            before = now;
        }
        Ok(before)
    }

    /// The living processes.
    pub(crate) fn pids(&self) -> io::Result<Vec<u32>> {
        match self {
            Self::Control(dir) => {
                let text = fs::read_to_string(dir.join("cgroup.procs"))?;
                Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
            }
            Self::Tree(root) => Ok(tree(*root)?.iter().map(|stat| stat.pid).collect()),
        }
    }

    /// The number of threads of all processes.
    pub(crate) fn threads(&self) -> io::Result<u64> {
        self.sum("status", |text| field(text, "Threads:"))
    }

    /// The current memory of all processes.
    pub(crate) fn memory(&self) -> io::Result<Memory> {
        let mut total = Memory::default();
        for pid in self.pids()? {
            if let Some(text) = read_if_alive(&format!("/proc/{pid}/smaps_rollup"))? {
                total.pss += kib(&text, "Pss:");
                total.uss += kib(&text, "Private_Clean:") + kib(&text, "Private_Dirty:");
            }
        }
        Ok(total)
    }

    /// Resets the peaks that [`Group::peak_resident`] reports.
    pub(crate) fn reset_peaks(&self) -> io::Result<()> {
        for pid in self.pids()? {
            // 5 resets the peak resident set size; see proc(5).
            fs::write(format!("/proc/{pid}/clear_refs"), "5")?;
        }
        Ok(())
    }

    /// The sum of the processes' peak resident bytes since the last reset.
    pub(crate) fn peak_resident(&self) -> io::Result<u64> {
        self.sum("status", |text| Some(kib(text, "VmHWM:")))
    }

    /// The current resident bytes of all processes.
    pub(crate) fn resident(&self) -> io::Result<u64> {
        self.sum("status", |text| Some(kib(text, "VmRSS:")))
    }

    /// Ends what is left in the group, and returns the number of processes.
    pub(crate) fn end(&self) -> io::Result<usize> {
        let left = match self {
            Self::Control(_) => self.pids()?,
            Self::Tree(_) => Vec::new(),
        };
        if let Self::Control(dir) = self {
            if !left.is_empty() {
                fs::write(dir.join("cgroup.kill"), "1")?;
            }
            remove_when_empty(dir)?;
        }
        Ok(left.len())
    }

    fn sum(&self, file: &str, read: impl Fn(&str) -> Option<u64>) -> io::Result<u64> {
        let mut total = 0;
        for pid in self.pids()? {
            if let Some(text) = read_if_alive(&format!("/proc/{pid}/{file}"))? {
                total += read(&text).unwrap_or(0);
            }
        }
        Ok(total)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Self::Control(dir) = self {
            // Something is left only if a measurement failed half-way.
            let _ = fs::write(dir.join("cgroup.kill"), "1");
            let _ = remove_when_empty(dir);
        }
    }
}

/// A group can be removed only a moment after its last process has ended.
fn remove_when_empty(dir: &Path) -> io::Result<()> {
    for _ in 0..100 {
        match fs::remove_dir(dir) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
    fs::remove_dir(dir)
}

/// The folder of this process's own cgroup v2.
fn own_control_group() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let mount = mounts.lines().find_map(|line| {
        let mut words = line.split(' ');
        let (_, place, kind) = (words.next()?, words.next()?, words.next()?);
        (kind == "cgroup2").then(|| place.to_owned())
    })?;
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new(&mount).join(path))
}

struct Stat {
    pid: u32,
    parent: u32,
    ticks: u64,
}

/// `root` and all its descendants.
fn tree(root: u32) -> io::Result<Vec<Stat>> {
    let mut by_parent: HashMap<u32, Vec<Stat>> = HashMap::new();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        let Some(text) = read_if_alive(&format!("/proc/{pid}/stat"))? else { continue };
        let Some(stat) = parse_stat(pid, &text) else { continue };
        if pid == root {
            found.push(stat);
        } else {
            by_parent.entry(stat.parent).or_default().push(stat);
        }
    }
    let mut next = 0;
    while let Some(stat) = found.get(next) {
        let children = by_parent.remove(&stat.pid).unwrap_or_default();
        found.extend(children);
        next += 1;
    }
    Ok(found)
}

/// Parses the fields of /proc/PID/stat after the name, which is in parentheses and may contain
/// anything.
fn parse_stat(pid: u32, text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(") ")?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    // utime, stime, and the same of reaped children: fields 14 to 17, counted from 1.
    let ticks = words.get(11..15)?.iter().filter_map(|word| word.parse::<u64>().ok()).sum();
    Some(Stat { pid, parent: words.get(1)?.parse().ok()?, ticks })
}

/// Reads a file of a process. It is not an error if the process has ended since it was listed.
fn read_if_alive(path: &str) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // ESRCH: the process ended while the file was read.
        Err(error) if error.raw_os_error() == Some(3) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The number after `name` on the line that starts with it.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.get(name.len()..)?.split_whitespace().next()?.parse().ok()
}

fn kib(text: &str, name: &str) -> u64 {
    field(text, name).unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_survives_a_name_with_brackets() {
        let text = "7 (a) b) S 3 7 7 0 -1 4194560 1 2 0 0 10 20 30 40 20 0 1 0 5";
        let stat = parse_stat(7, text).unwrap();
        assert_eq!((stat.pid, stat.parent, stat.ticks), (7, 3, 100));
    }

    #[test]
    fn field_is_found_by_its_whole_line() {
        assert_eq!(field("Rss:  9 kB\nPss:   12 kB\n", "Pss:"), Some(12));
        assert_eq!(field("Rss: 9 kB\n", "Pss:"), None);
    }

    #[test]
    fn the_tree_of_this_process_has_its_threads() {
        let group = Group::Tree(std::process::id());
        assert!(group.threads().unwrap() >= 1);
        assert!(group.memory().unwrap().pss > 0);
    }
}
