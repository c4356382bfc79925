//! `packetboat serve`: from the command line to a running server and a clean stop. The modules here
//! read and check the settings, open what they name, drop privileges, print the start message,
//! write the logs, and handle reloads and upgrades. The server itself is in `packetboat-server`.

mod acme;
mod announce;
mod contain;
mod descriptors;
mod exposed;
pub(crate) mod external_logins;
mod inherit;
mod life;
mod log;
mod named;
mod notify;
mod open;
mod options;
mod passive;
mod password;
mod reload;
mod rules;
mod sites;
mod startup;
mod state;
mod tls;
mod upgrade;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use packetboat_acme::Keeper;
use packetboat_server::settings::Settings;
use packetboat_server::{Inherited, Order, Server};
use tokio::sync::mpsc::UnboundedReceiver;

use self::contain::Contained;
use self::inherit::Before;
use self::notify::Notify;
use self::reload::{Current, Reloader};
use self::startup::{Around, Caught, Plan, Ready, usage};
use self::upgrade::Program;
use crate::exit::Exit;

pub(crate) use self::exposed::of_file as exposed;
pub(crate) use self::open::{check_as_both, ended};
pub(crate) use self::options::{ServeOptions, read_file};

/// The arguments of `packetboat serve`.
#[derive(Args)]
#[group(skip)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    given: ServeOptions,

    /// Reply 120 to clients for this many minutes before serving them. An upgrade does not repeat
    /// this.
    #[arg(long, value_name = "MINUTES",
        value_parser = clap::value_parser!(u64).range(1..=10_080))]
    maintenance: Option<u64>,
}

/// Serves until a signal stops the server.
pub(crate) fn run(args: ServeArgs) -> ExitCode {
    // Take inherited descriptors before anything else is opened: they are identified by number.
    let (sockets, mut before) = match inherit::take() {
        Ok(handed) => handed,
        Err(message) => return fail(Exit::Usage, &message),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(Exit::CONNECTION, &format!("cannot start the runtime: {error}"));
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
    // Nothing can be reported if standard error is closed.
    let _ = writeln!(io::stderr(), "packetboat serve: {message}");
    exit.into()
}

/// The exit code of a failure and the message for it.
pub(crate) type Ended = (Exit, String);

async fn serve(
    mut args: ServeArgs,
    sockets: Vec<Inherited>,
    before: &mut Option<Before>,
) -> Result<(), Ended> {
    let room = descriptors::raise();
    let handed_over = sockets.iter().any(|socket| socket.always);
    let takes_over = before.is_some();
    let plan = Plan::read(&args.given)?;
    let Around { caught, notify, program } = Around::reach(&plan.secrets)?;
    let mut ready = Ready::open(&plan, sockets, before.as_mut())?;
    if takes_over {
        // Maintenance was for the start of the first server, and may long be over.
        args.maintenance = None;
    }
    if let Some(minutes) = args.maintenance {
        ready.server.readiness().maintenance(Duration::from_secs(minutes * 60));
    }
    let contained = confine(&args, &plan.settings, &program, &ready.server)?;
    // Start no thread earlier than this: it would escape the limits.
    ready.log = ready.log.begin();
    let scant = descriptors::scant(plan.settings.server.sessions, room);
    let addresses = tell(&args, &plan, &ready, &contained, scant.as_deref())?;
    ready.log.tell_start(&addresses);
    if let Some(scant) = scant {
        ready.log.tell("few descriptors", scant);
    }
    notify.ready(&announce::status(&addresses));
    if let Some(before) = before.take() {
        before.ready();
    }
    let reloader =
        reloader(args.given, plan, &ready, Placed { handed_over, contained, addresses }, &notify);
    let (orders, given) = tokio::sync::mpsc::unbounded_channel();
    let lent = ready.keeper.as_ref().map_or_else(|| Ok(Vec::new()), Keeper::lend);
    let left = life::Left::new();
    let life = life::Life {
        orders,
        handle: ready.server.handle(),
        notify: &notify,
        program: &program,
        upgrade: reloader.settings.upgrade,
        acme: lent.map_err(|error| (Exit::CONNECTION, format!("cannot copy a socket: {error}")))?,
        left: &left,
        watchdog: notify::watchdog(takes_over),
    };
    let Ready { server, keeper, log, .. } = ready;
    live((server, given), (log, keeper), reloader, life, caught).await
}

/// What is only known once the server listens and is confined.
struct Placed {
    handed_over: bool,
    contained: Arc<Contained>,
    addresses: Vec<SocketAddr>,
}

/// The task that rereads the settings while the server runs.
fn reloader<'a>(
    given: ServeOptions,
    plan: Plan,
    ready: &Ready,
    placed: Placed,
    notify: &'a Notify,
) -> Reloader<'a> {
    let Placed { handed_over, contained, addresses } = placed;
    Reloader {
        given,
        started: plan.reader,
        secrets: plan.secrets,
        current: Current::new(&plan.settings),
        settings: plan.settings,
        handle: ready.server.handle(),
        fresh: ready.fresh.clone(),
        stamps: plan.stamps,
        handed_over,
        contained,
        notify,
        addresses,
        failed: Vec::new(),
        tried: None,
    }
}

/// Confines the process, and lets the server explain what it can no longer reach.
fn confine(
    args: &ServeArgs,
    settings: &Settings,
    program: &Program,
    server: &Server,
) -> Result<Arc<Contained>, Ended> {
    let contained = contain::confine(settings, args.given.file.as_deref(), program);
    let contained = Arc::new(contained.map_err(usage)?);
    if let Some(explain) = contained.explain() {
        server.explain_reach(explain);
    }
    Ok(contained)
}

/// Prints the start message, and returns the addresses that the server listens on.
fn tell(
    args: &ServeArgs,
    plan: &Plan,
    ready: &Ready,
    contained: &Contained,
    scant: Option<&str>,
) -> Result<Vec<SocketAddr>, Ended> {
    let start = announce::Start {
        settings: &plan.settings,
        file: args.given.file.as_deref(),
        server: &ready.server,
        secrets: &plan.secrets,
        tls: &ready.tls,
        database: ready.database.as_ref(),
        skipped: ready.skipped.as_deref(),
        maintenance: args.maintenance,
        contained,
        scant,
    };
    let told = start.announce();
    told.map_err(|error| (Exit::LOCAL_FILE, format!("cannot write to standard output: {error}")))?;
    Ok(start.addresses())
}

/// Runs the server, along with the tasks for signals, reloads and certificates, until the server
/// ends.
async fn live(
    (server, orders): (Server, UnboundedReceiver<Order>),
    (log, keeper): (log::Log, Option<Keeper>),
    reloader: Reloader<'_>,
    life: life::Life<'_>,
    Caught { hangups, signals }: Caught,
) -> Result<(), Ended> {
    let (current, handle) = (reloader.current.clone(), server.handle());
    let take = || tls::renew(&current.get(), &handle);
    let renewed = acme::keep_fresh(keeper, log.sink(), life.left, take);
    let fresh = reloader.fresh.clone();
    let served = tokio::select! {
        served = server.run(orders) => served,
        () = renewed => Ok(()),
        () = life.obey(signals) => Ok(()),
        never = fresh.keep(|step, text| handle.tell(step, text)) => match never {},
        never = reloader.run(hangups) => match never {},
    };
    log.finish();
    served.map_err(|error| (Exit::CONNECTION, format!("the server could not run: {error}")))
}
