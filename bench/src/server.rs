//! Starts one server, waits for its greeting, and stops it again. Every server runs in its own
//! group (see `group`), with its logs in the working folder. /run and the account files are private
//! to it, so it leaves nothing behind on the machine.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;
use crate::context::Context;
use crate::ftp::{Control, Login};
use crate::group::Group;
use crate::peers::{self, Kind};

/// How long a server may take to greet its first client, and to stop.
const PATIENCE: Duration = Duration::from_secs(15);

/// Prepares the process and becomes the server: joins the group, makes /run and the account files
/// private to this process tree, and asks the kernel to end the server if the bench dies.
const BECOME_SERVER: &str = r#"
set -e
group=$1 passwd=$2 groups=$3
shift 3
[ -z "$group" ] || echo $$ >"$group"
mount -n -t tmpfs -o mode=755 tmpfs /run
mount -n --bind "$passwd" /etc/passwd
mount -n --bind "$groups" /etc/group
exec setpriv --pdeathsig KILL -- "$@"
"#;

/// A running server that accepts sessions.
pub(crate) struct Running {
    pub(crate) kind: Kind,
    pub(crate) addr: SocketAddr,
    pub(crate) group: Group,
    child: Child,
}

impl Running {
    pub(crate) fn start(context: &Context, kind: Kind, tls: bool) -> Result<Self> {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, next_port(context)?));
        let mut launch = peers::launch(context, kind, addr)?;
        if tls {
            peers::speak_tls(context, kind, &mut launch)?;
        }
        let mut group = Group::make(kind.name());
        let log = File::create(context.logs().join(format!("{}.out", kind.name())))?;
        let accounts = context.accounts();
        let mut command = Command::new("unshare");
        command.args(["--mount", "--", "sh", "-c", BECOME_SERVER, "sh"]);
        command.arg(group.entrance().unwrap_or_default());
        command.arg(accounts.join("passwd")).arg(accounts.join("group"));
        command.arg(&launch.program).args(&launch.args).envs(launch.env);
        command.current_dir(context.logs());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn()?;
        group.rooted_at(child.id());
        let mut running = Self { kind, addr, group, child };
        running.wait_for_greeting()?;
        Ok(running)
    }

    /// A session logged in for reading.
    pub(crate) fn reader(&self) -> Result<Control> {
        self.session(&Login::ANONYMOUS, None)
    }

    /// A session logged in for reading, from the given source address.
    pub(crate) fn reader_from(&self, source: Ipv4Addr) -> Result<Control> {
        self.session(&Login::ANONYMOUS, Some(source))
    }

    /// A session that may store files.
    pub(crate) fn writer(&self) -> Result<Control> {
        self.session(self.kind.writer(), None)
    }

    fn session(&self, login: &Login, source: Option<Ipv4Addr>) -> Result<Control> {
        let mut control = Control::connect(self.addr, source)?;
        control.login(login)?;
        control.binary()?;
        Ok(control)
    }

    /// Stops the server, and fails unless it ends completely, without leaving processes behind.
    pub(crate) fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.wait_for_end()?;
        let deadline = Instant::now() + PATIENCE;
        while !self.group.pids()?.is_empty() && Instant::now() < deadline {
            // Some sessions end a moment after their server.
            thread::sleep(Duration::from_millis(20));
        }
        let left = self.group.end()?;
        if left > 0 {
            return Err(format!("{} left {left} processes behind", self.kind.name()).into());
        }
        // A server without a handler for SIGTERM is killed by it, which is as good as exit code 0.
        if !status.success() && status.signal() != Some(15) && !self.kind.ends_with(status.code()) {
            return Err(format!("{} ended with {status}", self.kind.name()).into());
        }
        Ok(())
    }

    fn wait_for_greeting(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                let log = self.kind.name();
                return Err(format!("{log} ended at its start ({status}), see logs/{log}.*").into());
            }
            // First try a bare connection: until the server listens, there is no greeting.
            if TcpStream::connect_timeout(&self.addr, PATIENCE).is_ok() {
                return if self.kind.speaks_ftp() { self.reader()?.quit() } else { Ok(()) };
            }
            if Instant::now() > deadline {
                return Err(format!("{} did not listen on {}", self.kind.name(), self.addr).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait_for_end(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                self.child.kill()?;
                self.child.wait()?;
                self.group.end()?;
                return Err(format!("{} did not end on SIGTERM", self.kind.name()).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After stop(), the process is gone and both calls return immediately.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A different port on each call, below the range for outgoing connections. Nobody else can have
/// it, since the bench has a network of its own.
fn next_port(context: &Context) -> Result<u16> {
    Ok(u16::try_from(20_000 + context.number() % 12_000)?)
}

/// Writes the machine's account files plus an account `ftp`, which Debian's packages would create.
/// Its home is the served folder, where Pure-FTPd puts anonymous sessions.
pub(crate) fn write_accounts(folder: &Path, served: &Path, id: u32) -> io::Result<()> {
    let plus = |file: &str, line: String| -> io::Result<()> {
        let text = fs::read_to_string(Path::new("/etc").join(file))?;
        let others = text.lines().filter(|line| !line.starts_with("ftp:"));
        let all: Vec<&str> = others.chain([line.as_str()]).collect();
        fs::write(folder.join(file), all.join("\n") + "\n")
    };
    let home = served.display();
    plus("passwd", format!("ftp:x:{id}:{id}:packetboat-bench:{home}:/bin/false"))?;
    plus("group", format!("ftp:x:{id}:"))
}
