//! `packetboat serve`: the way from the command line to a server that runs, and to a clean stop.

mod acme;
mod announce;
mod given;
mod log;
mod open;
mod passive;
mod password;
mod sites;
mod tls;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use packetboat_server::settings::Problem;
use packetboat_server::{Order, Server, ServerConfig, Sink, Sites};
use tokio::sync::mpsc::UnboundedSender;

use self::log::Log;
use self::sites::Secrets;
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
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(Exit::CONNECTION, &format!("the runtime cannot start: {error}"));
        }
    };
    match runtime.block_on(serve(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err((exit, message)) => fail(exit, &message),
    }
}

fn fail(exit: Exit, message: &str) -> ExitCode {
    // Without standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "packetboat serve: {message}");
    exit.into()
}

/// Why it ends, and how the program says so.
pub(crate) type Ended = (Exit, String);

async fn serve(args: ServeArgs) -> Result<(), Ended> {
    raise_descriptor_limit();
    let wrong = |problems: Vec<Problem>| ended(&problems);
    let reader = args.given.read().map_err(|problem| ended(&[problem]))?;
    // Before anything is asked or made.
    let settings = open::read_and_check(reader).map_err(wrong)?;
    let secrets = Secrets::find(&settings)?;
    let opened = open::open(&settings, &secrets).map_err(wrong)?;
    let names = passive::names(&settings, &opened.config);
    let keeper = acme::keeper(&settings).map_err(|problem| ended(&[problem]))?;
    let (orders, given) = tokio::sync::mpsc::unbounded_channel();
    let signals = obey_signals(orders).map_err(|message| (Exit::CONNECTION, message))?;
    let log = Log::start(settings.log, &settings.log_files)
        .map_err(|message| (Exit::LOCAL_FILE, message))?;
    let server = bind(opened.config, opened.sites, log.sink())
        .map_err(|message| (Exit::CONNECTION, message))?;
    if let Some(minutes) = args.maintenance {
        server.readiness().maintenance(Duration::from_secs(minutes * 60));
    }
    let start = announce::Start {
        settings: &settings,
        server: &server,
        secrets: &secrets,
        tls: &opened.tls,
        database: opened.database.as_ref(),
        skipped: opened.skipped.as_deref(),
        maintenance: args.maintenance,
    };
    start
        .announce()
        .map_err(|error| (Exit::LOCAL_FILE, format!("cannot write to standard output: {error}")))?;
    let handle = server.handle();
    let renewed = acme::keep_fresh(keeper, log.sink(), || tls::renew(&settings, &handle));
    let served = tokio::select! {
        served = server.run(given) => served,
        () = renewed => Ok(()),
        () = signals => Ok(()),
        () = passive::keep_fresh(names) => Ok(()),
    };
    log.finish();
    served.map_err(|error| (Exit::CONNECTION, format!("the server could not run: {error}")))
}

/// Binds what was asked for.
fn bind(config: ServerConfig, sites: Sites, sink: Box<Sink>) -> Result<Server, String> {
    Server::bind(config, sites, sink).map_err(|error| {
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
        format!("{error}; {hint}")
    })
}

/// Orders the server to stop on Ctrl-C and SIGTERM, as often as they come.
fn obey_signals(orders: UnboundedSender<Order>) -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let catch = |kind| signal(kind).map_err(|error| format!("signals cannot be caught: {error}"));
    let mut interrupt = catch(SignalKind::interrupt())?;
    let mut terminate = catch(SignalKind::terminate())?;
    // A file past the limit of setrlimit is then an error of write (552) rather than our end.
    let mut too_large = catch(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = too_large.recv() => continue,
            }
            // A server that has ended needs no order.
            let _ = orders.send(Order::Stop);
        }
    })
}

/// Each session needs a descriptor or two; the soft limit of many systems is 1,024.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // If it may not be raised, the server holds fewer sessions, and says so to those it turns away.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
