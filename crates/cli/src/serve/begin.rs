//! The steps from the command line to a server that listens and has all it needs open, in the order that rights ask
//! for: what only root may do comes before the process becomes the user that it runs as, all else after.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use packetboat_acme::Keeper;
use packetboat_contain::Identity;
use packetboat_server::settings::{Problem, Reader, Settings};
use packetboat_server::{Inherited, Listeners, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::given::Given;
use super::inherit::Before;
use super::life::Signals;
use super::log::Log;
use super::notify::Notify;
use super::open::{self, Prepared};
use super::passive::{self, Fresh};
use super::reload::Stamps;
use super::sites::Secrets;
use super::upgrade::Program;
use super::{Ended, acme, contain, elsewhere, ended, tls};
use crate::exit::Exit;

/// What is to be served, read and looked at. Nothing is made yet.
pub(super) struct Plan {
    /// What the settings were read from, to be read again.
    pub reader: Reader,
    pub settings: Settings,
    /// The user that the server will run as, if another one.
    pub identity: Option<Identity>,
    pub stamps: Stamps,
    pub secrets: Arc<Secrets>,
}

impl Plan {
    /// Reads the settings, and asks for passwords that they leave open.
    pub(super) fn read(given: &Given) -> Result<Self, Ended> {
        let stamps = Stamps::of_file(given);
        let reader = given.read().map_err(one)?;
        // Before anything is asked or made.
        let settings = open::read_and_check(reader.clone()).map_err(wrong)?;
        let identity = contain::identity(&settings.contain).map_err(usage)?;
        let stamps = stamps.and_named(&settings);
        let secrets = Arc::new(Secrets::find(&settings)?);
        Ok(Self { reader, settings, identity, stamps, secrets })
    }
}

/// What is around the server: who tells it to do something, whom it tells, and the program that may take its place.
pub(super) struct Around {
    pub caught: Caught,
    pub notify: Notify,
    pub program: Program,
}

/// The signals that no longer end the process.
pub(super) struct Caught {
    /// Each asks for a reload.
    pub hangups: Signal,
    pub signals: Signals,
}

impl Around {
    /// Catches the signals, and finds the service manager.
    pub(super) fn reach(secrets: &Secrets) -> Result<Self, Ended> {
        let hangups = caught(SignalKind::hangup()).map_err(connection)?;
        let notify = Notify::connect().map_err(connection)?;
        let program = Program::now(secrets);
        let signals = Signals::catch().map_err(connection)?;
        Ok(Self { caught: Caught { hangups, signals }, notify, program })
    }
}

/// A server that listens but does not serve yet, and what goes with it.
pub(super) struct Ready {
    pub server: Server,
    /// Its writers are not started.
    pub log: Log,
    pub keeper: Option<Keeper>,
    pub fresh: Fresh,
    pub tls: tls::Told,
    /// The database, and how many accounts it holds.
    pub database: Option<(PathBuf, i64)>,
    /// Why it does not listen on an address that is usual.
    pub skipped: Option<String>,
}

impl Ready {
    /// Listens, becomes the user that the server runs as, and opens the rest.
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
        elsewhere::begin(settings, before).map_err(connection)?;
        // From here on nothing needs root.
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

/// Listens where the settings say, on what was handed over as far as that goes. Without a word in the settings,
/// what was handed over is enough.
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
        let text = "a socket was handed over for clients that begin with TLS, which needs a certificate; give \
                    tls.certificate and tls.key, or set tls.self-signed";
        return Err((Exit::Usage, text.to_owned()));
    }
    let config = &prepared.config;
    Listeners::open(&config.listen, &config.listen_tls, sockets).map_err(|error| {
        let hint = match error.error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there, which `ss -ltnp` shows; stop it, or choose another port \
                 with --listen"
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 need privileges; choose a higher one with --listen"
            }
            io::ErrorKind::AddrNotAvailable => "this machine has no such address",
            _ => "choose another address with --listen",
        };
        (Exit::CONNECTION, format!("{error}; {hint}"))
    })
}

/// A signal that does not end the process.
fn caught(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("signals cannot be caught: {error}"))
}
