//! `packetboat-bench` starts Packetboat and its peers on loopback, all serving the same folder,
//! drives them with the same load generator in the same run, and prints a comparison: medians,
//! server CPU per unit of work, and whether the targets are met. bench/run.sh fetches the peers and
//! builds everything first.

#![forbid(unsafe_code)]

mod bare_loop;
mod context;
mod data;
mod flow;
mod ftp;
mod group;
mod lines;
mod load;
mod machine;
mod peers;
mod report;
mod sendfile;
mod server;
mod tls;
mod verdict;

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::bare_loop::Way;
use crate::context::{Context, Sizes};
use crate::group::Group;
use crate::lines::{LINES, Line, Work};
use crate::load::Sample;
use crate::load::client::Client;
use crate::peers::Kind;
use crate::report::Outcome;
use crate::server::Running;
use crate::verdict::{Entry, Role};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Enough for ten thousand control connections, in the load generator and in the server.
const OPEN_FILES: u64 = 12_000;

/// Sets up the bench's own network. In it no other program takes ports, and closed connections need
/// not hold theirs for a minute: a server that handles 10,000 small files a second would run out of
/// ports for the next one.
const OWN_NETWORK: &str = r#"
set -e
ip link set lo up
echo 1000 >/proc/sys/net/ipv4/tcp_max_tw_buckets
exec "$@"
"#;

/// Compares Packetboat with vsftpd, ProFTPD, Pure-FTPd, pyftpdlib, lftp and curl.
#[derive(Parser)]
#[command(name = "packetboat-bench")]
struct Options {
    /// Run only these lines, by name; `--lines` lists the names
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// List the lines and exit
    #[arg(long)]
    lines: bool,
    /// Run only these servers: packetboat, vsftpd, proftpd, pureftpd, pyftpdlib
    #[arg(long, value_delimiter = ',')]
    servers: Vec<String>,
    /// Where a server's program is, for example packetboat=PATH
    #[arg(long = "server", value_name = "NAME=PATH")]
    server: Vec<String>,
    /// How often to run each line; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Use small sizes, for developing the bench; the numbers mean little
    #[arg(long)]
    quick: bool,
    /// Also run the lines that otherwise run only if named: list-memory with its very large folder
    #[arg(long)]
    all: bool,
    /// Connections of the clients that fetch the tree
    #[arg(short, long, default_value_t = 8)]
    jobs: usize,
    /// The server that the clients are measured against
    #[arg(long, default_value = "packetboat")]
    client_server: String,
    /// Working folder for served files, configurations and logs
    #[arg(long, default_value = "target/bench/work")]
    dir: PathBuf,
    /// Where bench/peers.sh unpacked the peers
    #[arg(long, default_value = "target/bench/peers")]
    peers: PathBuf,
    /// Write all samples to this file
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the tables and their explanation to this file, as in bench/RESULTS.md
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// Set when the bench already runs in a network of its own
    #[arg(long, hide = true)]
    inside: bool,
    /// Run the bare sendfile loop on this address
    #[arg(long, hide = true)]
    sendfile_server: Option<String>,
    /// Make the bare sendfile loop send in pieces
    #[arg(long, hide = true)]
    sendfile_pieces: bool,
    /// Run a bare loop for small files on this address
    #[arg(long, hide = true)]
    bare_server: Option<String>,
    /// The folder of a bare loop in which uploads appear complete
    #[arg(long, hide = true)]
    store_whole: Option<PathBuf>,
    /// The folder of a bare loop in which uploads grow under their own names
    #[arg(long, hide = true)]
    store_growing: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match yardstick(&options) {
        Some(served) => served.map(|()| true),
        None => run(&options),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs a yardstick, if this process was started for that.
fn yardstick(options: &Options) -> Option<Result<()>> {
    if let Some(addr) = &options.sendfile_server {
        let pieces = options.sendfile_pieces;
        let way = if pieces { sendfile::Way::Pieces } else { sendfile::Way::Plain };
        return Some(sendfile::serve(addr, way));
    }
    let addr = options.bare_server.as_ref()?;
    match (&options.store_whole, &options.store_growing) {
        (Some(folder), _) => Some(bare_loop::serve(addr, folder, Way::Whole)),
        (None, Some(folder)) => Some(bare_loop::serve(addr, folder, Way::Growing)),
        (None, None) => Some(Err("a bare loop needs a folder".into())),
    }
}

/// Runs the bench, and tells whether everything could be measured.
fn run(options: &Options) -> Result<bool> {
    let chosen = chosen_lines(options)?;
    if options.lines {
        for line in LINES {
            println!("{:12} {}", line.id, (line.title)(&Sizes::FULL));
        }
        return Ok(true);
    }
    if !rustix::process::geteuid().is_root() {
        return Err("run this as root: the peers switch to another account for each session".into());
    }
    if !options.inside {
        return Err(enter_own_network().into());
    }
    allow_open_files()?;
    let servers = chosen_servers(options)?;
    let context = make_context(options)?;
    Group::remove_leftovers()?;
    data::prepare(&context)?;
    let mut outcomes = Vec::new();
    for line in chosen {
        let outcome = measure(options, &context, line, &servers)?;
        println!("{}", report::table(&context.sizes, &outcome));
        outcomes.push(outcome);
    }
    println!("{}", report::summary(&context.sizes, &outcomes));
    data::clear(&context)?;
    write_results(options, &context, &outcomes)?;
    Ok(outcomes.iter().flat_map(|outcome| &outcome.entries).all(|entry| entry.failure.is_none()))
}

/// Runs all repetitions of one line. Within a repetition the servers take turns, and each
/// repetition starts with a different one, so that disturbances by other programs affect all of
/// them equally.
fn measure(
    options: &Options,
    context: &Context,
    line: &'static Line,
    servers: &[Kind],
) -> Result<Outcome> {
    let client_server = named_server(&options.client_server)?;
    let mut turns = turns(context, line, servers, !options.servers.is_empty(), client_server);
    for repetition in 0..options.repeat as usize {
        let count = turns.len().max(1);
        for number in 0..turns.len() {
            let Some(turn) = turns.get_mut((number + repetition) % count) else { continue };
            if turn.entry.failure.is_some() {
                continue;
            }
            eprintln!(
                "bench: {} {}/{}: {}",
                line.id,
                repetition + 1,
                options.repeat,
                turn.entry.title
            );
            match take(context, line.work, turn.server, turn.client) {
                Ok(sample) => turn.entry.samples.push(sample),
                Err(error) => {
                    eprintln!("bench: {} {}: FAILED: {error}", line.id, turn.entry.title);
                    turn.entry.failure = Some(error.to_string());
                }
            }
        }
    }
    let entries = turns.into_iter().map(|turn| turn.entry).collect();
    Ok(Outcome { line, entries })
}

/// A participant: a server, and the client that drives it if clients are measured.
struct Turn {
    server: Kind,
    client: Option<Client>,
    entry: Entry,
}

fn turns(
    context: &Context,
    line: &Line,
    servers: &[Kind],
    named: bool,
    client_server: Kind,
) -> Vec<Turn> {
    let turn = |server, client, title, role| {
        let entry = Entry { title, role, samples: Vec::new(), failure: None };
        Turn { server, client, entry }
    };
    match line.work {
        Work::Clients(clients, _) => {
            let role = |client| match client {
                Client::Packetboat => Role::Packetboat,
                _ => Role::Peer,
            };
            let each = clients.iter().map(|&client| {
                turn(client_server, Some(client), client.title(context.jobs), role(client))
            });
            each.collect()
        }
        Work::Servers(..) | Work::ServersOverTls(_) => {
            let role = |kind| match kind {
                Kind::Packetboat => Role::Packetboat,
                kind if kind.is_yardstick() => Role::Yardstick,
                _ => Role::Peer,
            };
            let each = line.work.servers(servers, named).into_iter();
            each.map(|kind| turn(kind, None, kind.title().into(), role(kind))).collect()
        }
    }
}

/// Takes one sample from a server started only for it.
fn take(context: &Context, work: Work, server: Kind, client: Option<Client>) -> Result<Sample> {
    let running = Running::start(context, server, matches!(work, Work::ServersOverTls(_)))?;
    let sample = match (work, client) {
        (Work::Servers(_, run) | Work::ServersOverTls(run), _) => run(context, &running)?,
        (Work::Clients(_, run), Some(client)) => run(context, &running, client)?,
        (Work::Clients(..), None) => return Err("this line measures clients".into()),
    };
    running.stop()?;
    Ok(sample)
}

fn chosen_lines(options: &Options) -> Result<Vec<&'static Line>> {
    if let Some(unknown) = options.only.iter().find(|id| LINES.iter().all(|line| line.id != **id)) {
        return Err(format!("there is no line {unknown}; --lines lists them all").into());
    }
    let chosen = |line: &&Line| match options.only.as_slice() {
        [] => options.all || !line.only_if_named(),
        only => only.iter().any(|id| id == line.id),
    };
    Ok(LINES.iter().filter(chosen).collect())
}

fn chosen_servers(options: &Options) -> Result<Vec<Kind>> {
    match options.servers.as_slice() {
        [] => Ok(Kind::SERVERS.to_vec()),
        names => names.iter().map(|name| named_server(name)).collect(),
    }
}

fn named_server(name: &str) -> Result<Kind> {
    let found = Kind::SERVERS.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| {
        let names = Kind::SERVERS.map(Kind::name).join(", ");
        format!("there is no server {name}; choose from {names}").into()
    })
}

fn make_context(options: &Options) -> Result<Context> {
    let sizes = if options.quick { Sizes::QUICK } else { Sizes::FULL };
    let mut packetboat = PathBuf::from("target/release/packetboat");
    for given in &options.server {
        match given.split_once('=') {
            Some(("packetboat", path)) => packetboat = path.into(),
            _ => return Err(format!("--server {given}: only packetboat=PATH can be set").into()),
        }
    }
    // Servers start in other folders, so all paths must be absolute.
    fs::create_dir_all(&options.dir)?;
    let (dir, peers) = (fs::canonicalize(&options.dir)?, std::path::absolute(&options.peers)?);
    Ok(Context::new(dir, peers, std::path::absolute(packetboat)?, sizes, options.jobs))
}

fn write_results(options: &Options, context: &Context, outcomes: &[Outcome]) -> Result<()> {
    let machine = machine::facts(context);
    let sizes = if options.quick { "quick sizes, a trial only" } else { "full sizes" };
    let run = format!("Median of {} runs, {sizes}.", options.repeat);
    if let Some(path) = &options.json {
        let value = report::as_json(&machine, &run, &context.sizes, outcomes);
        fs::write(path, format!("{value:#}\n"))?;
    }
    if let Some(path) = &options.markdown {
        fs::write(path, report::document(&machine, &run, &context.sizes, outcomes))?;
    }
    Ok(())
}

/// Restarts this program in a network namespace that contains only a loopback device. Returns only
/// on failure.
fn enter_own_network() -> String {
    let Ok(program) = std::env::current_exe() else {
        return "cannot find this program's own file".into();
    };
    let mut command = Command::new("unshare");
    command.args(["--net", "--", "sh", "-c", OWN_NETWORK, "sh"]);
    let error = command.arg(program).args(std::env::args_os().skip(1)).arg("--inside").exec();
    format!("cannot run unshare, which gives the bench a network of its own: {error}")
}

/// Allows the load generator and every server it starts as many open files as the largest line
/// needs, but not more: some servers close every possible descriptor at the start of each session.
fn allow_open_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= OPEN_FILES) {
        return Ok(());
    }
    let maximum = limit.maximum.map(|maximum| maximum.max(OPEN_FILES));
    let wanted = Rlimit { current: Some(OPEN_FILES), maximum };
    setrlimit(Resource::Nofile, wanted).map_err(|error| {
        format!("cannot allow the {OPEN_FILES} open files that are needed: {error}").into()
    })
}
