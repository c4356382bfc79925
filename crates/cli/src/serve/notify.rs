//! What the service manager is told: the protocol of `sd_notify(3)`, datagrams of lines `NAME=value` to the
//! socket that NOTIFY_SOCKET names. Without one, nothing is said.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The way to the service manager.
pub(super) struct Notify(Option<UnixDatagram>);

impl Notify {
    /// Connects, while every path can be reached.
    pub(super) fn connect() -> Result<Self, String> {
        let Some(name) = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
            return Ok(Self(None));
        };
        let connected = || -> io::Result<UnixDatagram> {
            let address = match name.as_bytes() {
                [b'@', name @ ..] => abstract_name(name)?,
                _ => SocketAddr::from_pathname(&name)?,
            };
            let socket = UnixDatagram::unbound()?;
            socket.connect_addr(&address)?;
            // A manager that does not listen must not hold up the server.
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let failed = |error| {
            format!("cannot tell the service manager at NOTIFY_SOCKET {}: {error}", name.display())
        };
        connected().map(|socket| Self(Some(socket))).map_err(failed)
    }

    /// The server is ready, and what it does.
    pub(super) fn ready(&self, status: &str) {
        self.say(&format!("READY=1\nSTATUS={status}"));
    }

    /// The configuration is being read anew; [`Notify::ready`] ends that.
    pub(super) fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    /// The server ends.
    pub(super) fn stopping(&self) {
        self.say("STOPPING=1\nSTATUS=Stopping: transfers that run may end");
    }

    /// Another process is the server now, and does this. What it said itself before was not heard: only the main
    /// process is.
    pub(super) fn main_pid(&self, pid: u32, status: &str) {
        self.say(&format!("MAINPID={pid}\nSTATUS={status}"));
    }

    /// All is well.
    pub(super) fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    fn say(&self, words: &str) {
        if let Some(socket) = &self.0 {
            // A manager that does not hear has its own time limits.
            let _ = socket.send(words.as_bytes());
        }
    }
}

/// An address that is no file. Linux alone has them.
#[cfg(target_os = "linux")]
fn abstract_name(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_name(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "a name with @ means a socket on Linux alone"))
}

/// How often the service manager wants to hear that all is well: twice within the time after which it would
/// start the server anew. `handed_over` says that the process it knew was the one before this.
pub(super) fn watchdog(handed_over: bool) -> Option<Duration> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    let micros = number("WATCHDOG_USEC").filter(|micros| *micros > 0 && (ours || handed_over))?;
    Some(Duration::from_micros(micros / 2))
}
