//! `packetboat serve`: the way from the command line to a server that runs, and to a clean stop.

mod acme;
mod announce;
mod begin;
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
use packetboat_server::Inherited;

use self::begin::{Around, Plan, Ready, usage};
use self::inherit::Before;
use self::reload::{Current, Reloader};
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
    let handed_over = sockets.iter().any(|socket| socket.always);
    let Plan { reader, settings, identity, stamps, secrets } = Plan::read(&args.given)?;
    let Around { hangups, signals, notify, program } = Around::reach(&secrets)?;
    let takes_over = before.is_some();
    let Ready { server, log, keeper, fresh, tls, database, skipped } =
        Ready::open(&settings, &secrets, identity.as_ref(), sockets, takes_over)?;
    if let Some(minutes) = args.maintenance {
        server.readiness().maintenance(Duration::from_secs(minutes * 60));
    }
    let contained = contain::confine(&settings, args.given.file.as_deref(), &program);
    let contained = Arc::new(contained.map_err(usage)?);
    // No thread may be started before: it would not be limited.
    let log = log.begin();
    if let Some(explain) = contained.explain() {
        server.explain_reach(explain);
    }
    let start = announce::Start {
        settings: &settings,
        server: &server,
        secrets: &secrets,
        tls: &tls,
        database: database.as_ref(),
        skipped: skipped.as_deref(),
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
        watchdog: notify::watchdog(takes_over),
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
        failed: Vec::new(),
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

/// Each session needs a descriptor or two; the soft limit of many systems is 1,024.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // If it may not be raised, the server holds fewer sessions, and says so to those it turns away.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
