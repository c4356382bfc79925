//! Messages to the service manager, in the protocol of `sd_notify(3)`: datagrams of `NAME=value`
//! lines to the socket in NOTIFY_SOCKET. Without that variable nothing is sent.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The connection to the service manager.
pub(super) struct Notify(Option<UnixDatagram>);

impl Notify {
    /// Connects, while every path can still be reached.
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
            // A manager that does not read must not hold up the server.
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let failed = |error| {
            format!("cannot reach the service manager at NOTIFY_SOCKET {}: {error}", name.display())
        };
        connected().map(|socket| Self(Some(socket))).map_err(failed)
    }

    /// The server is ready, with this status.
    pub(super) fn ready(&self, status: &str) {
        self.say(&format!("READY=1\nSTATUS={status}"));
    }

    /// The settings are being reread; [`Notify::ready`] ends that.
    pub(super) fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    /// The server is stopping.
    pub(super) fn stopping(&self) {
        self.say("STOPPING=1\nSTATUS=Stopping: running transfers may finish");
    }

    /// Another process is the server now, with this status. The manager has ignored what that
    /// process sent earlier, because it only listens to the main process.
    pub(super) fn main_pid(&self, pid: u32, status: &str) {
        self.say(&format!("MAINPID={pid}\nSTATUS={status}"));
    }

    /// All is well.
    pub(super) fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    fn say(&self, words: &str) {
        if let Some(socket) = &self.0 {
            // A manager that misses a message has its own timeouts.
            let _ = socket.send(words.as_bytes());
        }
    }
}

/// An address that is not a file. Only Linux has them.
#[cfg(target_os = "linux")]
fn abstract_name(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_name(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "a name that begins with @ is only possible on Linux",
    ))
}

/// How often to tell the service manager that all is well: twice within the time after which it
/// would restart the server. `handed_over` says that the manager's variables are meant for the
/// previous process.
pub(super) fn watchdog(handed_over: bool) -> Option<Duration> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    let micros = number("WATCHDOG_USEC").filter(|micros| *micros > 0 && (ours || handed_over))?;
    Some(Duration::from_micros(micros / 2))
}
