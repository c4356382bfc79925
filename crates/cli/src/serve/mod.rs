//! `packetboat serve`: the way from the command line to a server that runs, and to a clean stop.

mod acme;
mod announce;
mod contain;
pub(crate) mod elsewhere;
mod given;
mod inherit;
mod life;
mod log;
mod named;
mod notify;
mod open;
mod passive;
mod password;
mod reload;
mod sites;
mod state;
mod tls;
mod upgrade;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use packetboat_server::settings::{Problem, Settings};
use packetboat_server::{Inherited, Listeners, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::inherit::Before;
use self::log::Log;
use self::notify::Notify;
use self::open::Prepared;
use self::reload::{Current, Reloader, Stamps};
use self::sites::Secrets;
use self::upgrade::Program;
use crate::exit::Exit;

pub(crate) use self::given::{Given, read_file};
pub(crate) use self::open::{ended, read_and_check};

/// The arguments of `packetboat serve`.
#[derive(Args)]
#[group(skip)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    given: Given,

    /// Let clients wait with 120 for so many minutes before they are served.
    #[arg(long, value_name = "MINUTES",
        value_parser = clap::value_parser!(u64).range(1..=10_080))]
    maintenance: Option<u64>,
}

/// Serves until a signal comes.
pub(crate) fn run(args: ServeArgs) -> ExitCode {
    // Before anything else is opened: descriptors that are handed over go by their number.
    let (sockets, mut before) = match inherit::take() {
        Ok(handed) => handed,
        Err(message) => return fail(Exit::Usage, &message),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(Exit::CONNECTION, &format!("the runtime cannot start: {error}"));
        }
    };
    match runtime.block_on(serve(args, sockets, &mut before)) {
        Ok(()) => ExitCode::SUCCESS,
        Err((exit, message)) => {
            if let Some(before) = before {
                before.failed(&message);
            }
            fail(exit, &message)
        }
    }
}

fn fail(exit: Exit, message: &str) -> ExitCode {
    // Without standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "packetboat serve: {message}");
    exit.into()
}

/// Why it ends, and how the program says so.
pub(crate) type Ended = (Exit, String);

async fn serve(
    args: ServeArgs,
    sockets: Vec<Inherited>,
    before: &mut Option<Before>,
) -> Result<(), Ended> {
    raise_descriptor_limit();
    let wrong = |problems: Vec<Problem>| ended(&problems);
    let usage = |message| (Exit::Usage, message);
    let connection = |message| (Exit::CONNECTION, message);
    let stamps = Stamps::of_file(&args.given);
    let reader = args.given.read().map_err(|problem| ended(&[problem]))?;
    // Before anything is asked or made.
    let settings = open::read_and_check(reader.clone()).map_err(wrong)?;
    let identity = contain::identity(&settings.contain).map_err(usage)?;
    let stamps = stamps.and_named(&settings);
    let secrets = Arc::new(Secrets::find(&settings)?);
    let hangups = caught(SignalKind::hangup()).map_err(connection)?;
    let handed_over = sockets.iter().any(|socket| socket.always);
    let notify = Notify::connect().map_err(connection)?;
    let program = Program::now(&secrets);
    let signals = life::Signals::catch().map_err(connection)?;
    let mut prepared = open::prepare(&settings).map_err(wrong)?;
    let fresh = passive::Fresh::new(passive::names(&settings, &prepared.config));
    let listeners = listen(&settings, &mut prepared, sockets)?;
    let one = |problem| ended(&[problem]);
    let keeper = acme::keeper(&settings).map_err(one)?;
    elsewhere::begin(&settings, before.is_some()).map_err(connection)?;
    // From here on nothing needs root.
    contain::become_user(&settings.contain, identity.as_ref()).map_err(usage)?;
    let opened = prepared.open(&settings, &secrets).map_err(wrong)?;
    acme::make_folder(keeper.as_ref(), &settings).map_err(one)?;
    let log = Log::open(&settings).map_err(one)?;
    let server = Server::new(listeners, opened.config, opened.sites, log.sink());
    if let Some(minutes) = args.maintenance {
        server.readiness().maintenance(Duration::from_secs(minutes * 60));
    }
    let contained =
        contain::confine(&settings, args.given.file.as_deref(), &program).map_err(usage)?;
    let contained = Arc::new(contained);
    // No thread may be started before: it would not be limited.
    let log = log.begin();
    if let Some(explain) = contained.explain() {
        server.explain_reach(explain);
    }
    let start = announce::Start {
        settings: &settings,
        server: &server,
        secrets: &secrets,
        tls: &opened.tls,
        database: opened.database.as_ref(),
        skipped: opened.skipped.as_deref(),
        maintenance: args.maintenance,
        contained: &contained,
    };
    start
        .announce()
        .map_err(|error| (Exit::LOCAL_FILE, format!("cannot write to standard output: {error}")))?;
    let (orders, given) = tokio::sync::mpsc::unbounded_channel();
    let life = life::Life {
        orders,
        handle: server.handle(),
        notify: &notify,
        program: &program,
        upgrade: settings.upgrade,
        watchdog: notify::watchdog(before.is_some()),
    };
    notify.ready(&start.status());
    let addresses = start.addresses();
    if let Some(before) = before.take() {
        before.ready();
    }
    let handle = server.handle();
    let current = Current::new(&settings);
    let (renewed_for, of_server) = (current.clone(), handle.clone());
    let renewed =
        acme::keep_fresh(keeper, log.sink(), || tls::renew(&renewed_for.get(), &of_server));
    let (started, keep) = (reader, fresh.clone());
    let reloader = Reloader {
        given: args.given,
        started,
        secrets,
        settings,
        current,
        handle,
        fresh,
        stamps,
        handed_over,
        contained,
        notify: &notify,
        addresses,
    };
    let served = tokio::select! {
        served = server.run(given) => served,
        () = renewed => Ok(()),
        () = life.obey(signals) => Ok(()),
        never = keep.keep() => match never {},
        never = reloader.run(hangups) => match never {},
    };
    log.finish();
    served.map_err(|error| (Exit::CONNECTION, format!("the server could not run: {error}")))
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
                "another program listens there; choose a port with --listen"
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

/// Each session needs a descriptor or two; the soft limit of many systems is 1,024.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // If it may not be raised, the server holds fewer sessions, and says so to those it turns away.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
