//! The server under load: started with an empty folder, watched through /proc, and ended with the
//! run.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fmt, thread};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;
use crate::wire::{Control, Target};

pub(crate) const USER: &str = "soak";
pub(crate) const PASSWORD: &str = "on loopback only";
/// The ports for data connections: far fewer than sessions, and below the system's range for
/// outgoing connections.
const PORTS: &str = "21000-21199";

/// A running server.
pub(crate) struct Server {
    child: Mutex<Child>,
    pid: u32,
    folder: PathBuf,
    plain: SocketAddr,
    tls: SocketAddr,
    certificate: PathBuf,
    // Kept open, because a closed pipe would be an error for the server.
    _stdout: BufReader<ChildStdout>,
}

/// What the server's process holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) descriptors: usize,
    pub(crate) listening: usize,
    pub(crate) threads: usize,
    /// Resident memory, in bytes.
    pub(crate) memory: u64,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { descriptors, listening, threads, memory } = self;
        write!(
            f,
            "{descriptors} descriptors, {listening} listening, {threads} threads, {} KiB",
            memory >> 10
        )
    }
}

impl Server {
    pub(crate) fn start(program: &Path, dir: &Path, sessions: u32) -> Result<Self> {
        let folder = dir.join("served");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        fs::create_dir_all(&folder)?;
        let state = std::path::absolute(dir.join("state"))?;
        let log = File::create(dir.join("log"))?;
        let most = (sessions + 64).to_string();
        let mut command = Command::new(program);
        command.arg("serve").arg(&folder);
        command.args(["--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--self-signed"]);
        command.args(["--user", USER, "--write", "--no-anonymous", "--passive-ports", PORTS]);
        command.args(["--max-sessions", &most, "--log", "off"]);
        command.env("PACKETBOAT_PASSWORD", PASSWORD).env("XDG_STATE_HOME", &state);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let plain = address(&mut stdout, "ftp://")?;
        let tls = address(&mut stdout, "ftps://")?;
        let pid = child.id();
        let certificate = state.join("packetboat/certificate.pem");
        Ok(Self { child: Mutex::new(child), pid, folder, plain, tls, certificate, _stdout: stdout })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn target(&self) -> Result<Target> {
        Target::new(self.plain, self.tls, &self.certificate)
    }

    pub(crate) fn has_ended(&self) -> bool {
        let mut child = self.child.lock().expect("nobody panics while they hold this");
        !matches!(child.try_wait(), Ok(None))
    }

    pub(crate) fn usage(&self) -> Result<Usage> {
        if self.has_ended() {
            return Err("the server has ended; see its log".into());
        }
        let proc = PathBuf::from(format!("/proc/{}", self.pid));
        let mut sockets = HashSet::new();
        let mut descriptors = 0;
        for entry in fs::read_dir(proc.join("fd"))? {
            descriptors += 1;
            // It may be closed by now.
            if let Ok(link) = fs::read_link(entry?.path()) {
                sockets.insert(link.to_string_lossy().into_owned());
            }
        }
        let listening = listening_sockets(&proc)?.filter(|name| sockets.contains(name)).count();
        let status = fs::read_to_string(proc.join("status"))?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let word = line.and_then(|line| line.split_whitespace().next());
            word.and_then(|word| word.parse::<u64>().ok()).ok_or(format!("{name} is missing"))
        };
        let threads = usize::try_from(number("Threads:")?)?;
        Ok(Usage { descriptors, listening, threads, memory: number("VmRSS:")? << 10 })
    }

    /// Waits until nothing changes any more, or until the usage is as it was before.
    pub(crate) fn at_rest(&self, before: Option<Usage>, patience: Duration) -> Result<Usage> {
        let deadline = Instant::now() + patience;
        let held = |usage: Usage| (usage.descriptors, usage.listening, usage.threads);
        let mut last = self.usage()?;
        let mut since = Instant::now();
        loop {
            thread::sleep(Duration::from_millis(200));
            let now = self.usage()?;
            if held(now) != held(last) {
                (last, since) = (now, Instant::now());
            }
            let as_before = before.is_some_and(|before| held(now) <= held(before));
            // Idle threads of the pool end after ten seconds.
            if as_before || since.elapsed() > Duration::from_secs(15) || Instant::now() > deadline {
                return Ok(now);
            }
        }
    }

    /// Reports sessions that SITE WHO still shows although they should have ended.
    pub(crate) fn others_online(&self, target: &Target) -> Result<Option<String>> {
        let mut control = Control::connect(target, None, false)?;
        control.log_in()?;
        let text = control.ask("SITE WHO")?.text;
        control.ask("QUIT")?;
        let alone = text.contains("server: 1.");
        Ok((!alone).then(|| format!("sessions are left: {text}")))
    }

    pub(crate) fn stop(self) -> Result<()> {
        let mut child = self.child.lock().expect("nobody panics while they hold this");
        kill_process(Pid::from_child(&child), Signal::TERM)?;
        let status = child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The listening sockets, named as in links of descriptors.
fn listening_sockets(proc: &Path) -> Result<impl Iterator<Item = String>> {
    const LISTEN: &str = "0A";
    let mut found = Vec::new();
    for table in ["net/tcp", "net/tcp6"] {
        // A machine without IPv6 has no such file.
        let text = fs::read_to_string(proc.join(table)).unwrap_or_default();
        for line in text.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let (Some(&LISTEN), Some(inode)) = (words.get(3), words.get(9)) {
                found.push(format!("socket:[{inode}]"));
            }
        }
    }
    Ok(found.into_iter())
}

/// The first address in `  listens on  SCHEME…/`.
fn address(stdout: &mut BufReader<ChildStdout>, scheme: &str) -> Result<SocketAddr> {
    let mut line = String::new();
    while stdout.read_line(&mut line)? > 0 {
        let found = line.split_once(scheme).and_then(|(_, rest)| rest.trim().strip_suffix('/'));
        if let Some(address) = found {
            return Ok(address.parse()?);
        }
        line.clear();
    }
    Err("the server did not start; see its log".into())
}
