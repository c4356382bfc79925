//! The steps from the command line to a server that listens and has everything open. Their order
//! follows from privileges: what only root may do comes before the process changes to its final
//! user, everything else after.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use packetboat_acme::Keeper;
use packetboat_contain::Identity;
use packetboat_server::settings::{Problem, Reader, Settings};
use packetboat_server::{Inherited, Listeners, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::inherit::Before;
use super::life::Signals;
use super::log::Log;
use super::notify::Notify;
use super::open::{self, Prepared};
use super::options::ServeOptions;
use super::passive::{self, Fresh};
use super::reload::Stamps;
use super::sites::Secrets;
use super::upgrade::Program;
use super::{Ended, acme, contain, ended, external_logins, tls};
use crate::exit::Exit;

/// What will be served, read and checked. Nothing has been created yet.
pub(super) struct Plan {
    /// Where the settings come from, for reading them again.
    pub reader: Reader,
    pub settings: Settings,
    /// The user to run as, if it is another one.
    pub identity: Option<Identity>,
    pub stamps: Stamps,
    pub secrets: Arc<Secrets>,
}

impl Plan {
    /// Reads the settings, and asks for passwords they do not contain.
    pub(super) fn read(given: &ServeOptions) -> Result<Self, Ended> {
        let stamps = Stamps::of_file(given);
        let reader = given.read().map_err(one)?;
        // Check before anything is asked for or created.
        let settings = open::read_and_check(reader.clone()).map_err(wrong)?;
        let identity = contain::identity(&settings.contain).map_err(usage)?;
        let stamps = stamps.and_named(&settings);
        let secrets = Arc::new(Secrets::find(&settings)?);
        Ok(Self { reader, settings, identity, stamps, secrets })
    }
}

/// The server's surroundings: the signals that control it, the service manager to notify, and the
/// program that may take over.
pub(super) struct Around {
    pub caught: Caught,
    pub notify: Notify,
    pub program: Program,
}

/// The signals that no longer end the process.
pub(super) struct Caught {
    /// Each one asks for a reload.
    pub hangups: Signal,
    pub signals: Signals,
}

impl Around {
    /// Installs the signal handlers, and connects to the service manager.
    pub(super) fn reach(secrets: &Secrets) -> Result<Self, Ended> {
        let hangups = caught(SignalKind::hangup()).map_err(connection)?;
        let notify = Notify::connect().map_err(connection)?;
        let program = Program::now(secrets);
        let signals = Signals::catch().map_err(connection)?;
        Ok(Self { caught: Caught { hangups, signals }, notify, program })
    }
}

/// A server that listens but does not serve yet, with everything around it.
pub(super) struct Ready {
    pub server: Server,
    /// Its writer threads have not been started.
    pub log: Log,
    pub keeper: Option<Keeper>,
    pub fresh: Fresh,
    pub tls: tls::Told,
    /// The database, and the number of accounts in it.
    pub database: Option<(PathBuf, i64)>,
    /// Why the server does not listen on one of its default addresses.
    pub skipped: Option<String>,
}

impl Ready {
    /// Listens, changes to the final user, and opens the rest.
    pub(super) fn open(
        plan: &Plan,
        sockets: Vec<Inherited>,
        mut before: Option<&mut Before>,
    ) -> Result<Self, Ended> {
        let Plan { settings, identity, secrets, .. } = plan;
        let mut prepared = open::prepare(settings).map_err(wrong)?;
        let fresh = Fresh::new(passive::names(settings, &prepared.config));
        let listeners = listen(settings, &mut prepared, sockets)?;
        let lent = before.as_deref_mut().map(Before::take_acme).unwrap_or_default();
        let keeper = acme::keeper(settings, lent).map_err(one)?;
        external_logins::begin(settings, before).map_err(connection)?;
        // Nothing below this line needs root.
        contain::become_user(&settings.contain, identity.as_ref()).map_err(usage)?;
        let opened = prepared.open(settings, secrets).map_err(wrong)?;
        acme::make_folder(keeper.as_ref(), settings).map_err(one)?;
        let log = Log::open(settings).map_err(one)?;
        let server = Server::new(listeners, opened.config, opened.sites, log.sink());
        let open::Opened { tls, database, skipped, .. } = opened;
        Ok(Self { server, log, keeper, fresh, tls, database, skipped })
    }
}

fn one(problem: Problem) -> Ended {
    ended(&[problem])
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn wrong(problems: Vec<Problem>) -> Ended {
    ended(&problems)
}

pub(super) fn usage(message: String) -> Ended {
    (Exit::Usage, message)
}

fn connection(message: String) -> Ended {
    (Exit::CONNECTION, message)
}

/// Listens where the settings say, using inherited sockets where they fit. If the settings name no
/// address, inherited sockets are enough.
fn listen(
    settings: &Settings,
    prepared: &mut Prepared,
    sockets: Vec<Inherited>,
) -> Result<Listeners, Ended> {
    if settings.listen.is_empty() && sockets.iter().any(|socket| socket.always) {
        prepared.config.listen.clear();
        prepared.skipped = None;
    }
    if prepared.config.tls.is_none() && sockets.iter().any(|socket| socket.tls) {
        let text = "a socket for implicit TLS was passed to the server, but there is no certificate; give \
                    tls.certificate and tls.key, or set tls.self-signed";
        return Err((Exit::Usage, text.to_owned()));
    }
    let config = &prepared.config;
    Listeners::open(&config.listen, &config.listen_tls, sockets).map_err(|error| {
        let hint = match error.error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program is listening there (`ss -ltnp` shows which); stop it, or choose another port \
                 with --listen"
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 need privileges; choose a higher one with --listen"
            }
            io::ErrorKind::AddrNotAvailable => "this machine does not have that address; choose another with --listen",
            _ => "choose another address with --listen",
        };
        (Exit::CONNECTION, format!("{error}; {hint}"))
    })
}

/// Catches a signal, which then no longer ends the process.
fn caught(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("cannot catch signals: {error}"))
}
