//! The signals that a running server obeys, to stop and to upgrade, and the sign of life it sends
//! to the service manager.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::time::Duration;

use packetboat_server::{Handle, Lent, Order};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;

use super::announce;
use super::notify::Notify;
use super::upgrade::Program;

/// The signal handlers; the signals no longer end the process.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    upgrade: Signal,
    // With this signal caught, a write past the setrlimit file size fails (552) instead of killing
    // the process.
    _too_large: Signal,
}

impl Signals {
    /// Installs the handlers.
    pub(super) fn catch() -> Result<Self, String> {
        let catch = |kind| signal(kind).map_err(|error| format!("cannot catch signals: {error}"));
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
            upgrade: catch(SignalKind::user_defined2())?,
            _too_large: catch(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?,
        })
    }
}

/// Signals that another server has taken over.
pub(super) type Left = tokio::sync::Notify;

/// What is needed to obey the signals.
pub(super) struct Life<'a> {
    pub(super) orders: UnboundedSender<Order>,
    pub(super) handle: Handle,
    pub(super) notify: &'a Notify,
    pub(super) program: &'a Program,
    /// Whether a new server may be started to take over.
    pub(super) upgrade: bool,
    /// The sockets on which an ACME authority connects.
    pub(super) acme: Vec<OwnedFd>,
    pub(super) left: &'a Left,
    /// How often to send the service manager a sign of life.
    pub(super) watchdog: Option<Duration>,
}

impl Life<'_> {
    /// Obeys until dropped.
    pub(super) async fn obey(&self, signals: Signals) {
        let Signals { interrupt, terminate, upgrade, _too_large } = signals;
        tokio::join!(self.stop_on(interrupt, terminate), self.upgrade_on(upgrade), self.beat());
    }

    async fn stop_on(&self, mut interrupt: Signal, mut terminate: Signal) {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            self.notify.stopping();
            // A server that has already ended needs no order.
            let _ = self.orders.send(Order::Stop);
        }
    }

    async fn upgrade_on(&self, mut upgrade: Signal) {
        while upgrade.recv().await.is_some() {
            if !self.upgrade {
                let text = "does not hand over; set stop.upgrade to true and restart it";
                self.handle.tell("upgrade refused", text.into());
                continue;
            }
            self.handle.tell("upgrading", "starts a new server to take over".into());
            match self.hand_over().await {
                Ok((pid, status)) => {
                    self.left.notify_one();
                    self.notify.main_pid(pid, &status);
                    self.handle.tell("handed over", format!("has handed over to process {pid}"));
                    // A server that has already ended needs no order.
                    let _ = self.orders.send(Order::Leave);
                    return;
                }
                Err(why) => {
                    let text = format!("continues because it could not hand over: {why}");
                    self.handle.tell("upgrade failed", text);
                }
            }
        }
    }

    /// Starts the new server, and returns its process id and status.
    async fn hand_over(&self) -> Result<(u32, String), String> {
        let lent = self.handle.lend().await.map_err(|error| error.to_string())?;
        if lent.is_empty() {
            return Err("it no longer accepts connections".into());
        }
        let addresses = addresses(&lent).map_err(|error| error.to_string())?;
        let acme = self.acme.iter().map(OwnedFd::try_clone).collect::<Result<_, _>>();
        let acme = acme.map_err(|error| error.to_string())?;
        Ok((self.program.start(lent, acme).await?, announce::status(&addresses)))
    }

    /// Sends signs of life as long as no worker hangs.
    async fn beat(&self) {
        let Some(interval) = self.watchdog else { return };
        loop {
            tokio::time::sleep(interval).await;
            self.handle.pulse().await;
            self.notify.alive();
        }
    }
}

/// The addresses of these sockets. Workers have their own sockets for the same address.
fn addresses(lent: &[Lent]) -> io::Result<Vec<SocketAddr>> {
    let mut addresses = Vec::new();
    for one in lent {
        let address = TcpListener::from(one.socket.try_clone()?).local_addr()?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}
