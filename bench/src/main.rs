//! `packetboat-bench` starts Packetboat and its peers on loopback over the same folder, drives
//! all of them with the same load generator in the same run, and prints how they compare:
//! medians, server CPU per unit of work, and whether the targets are met. bench/run.sh fetches
//! the peers and builds everything first.

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

/// Ten thousand control connections and room, in the load generator and in the server.
const OPEN_FILES: u64 = 12_000;

/// In a network of the bench's own no other program takes ports, and connections that ended
/// need not keep theirs for a minute: a server that answers 10,000 small files a second would
/// run out of ports for the next one.
const OWN_NETWORK: &str = r#"
set -e
ip link set lo up
echo 1000 >/proc/sys/net/ipv4/tcp_max_tw_buckets
exec "$@"
"#;

/// Measures Packetboat beside vsftpd, ProFTPD, Pure-FTPd, pyftpdlib, lftp and curl.
#[derive(Parser)]
#[command(name = "packetboat-bench")]
struct Options {
    /// Only these lines, by name; `--lines` shows the names
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// List the lines and end
    #[arg(long)]
    lines: bool,
    /// Only these servers: packetboat, vsftpd, proftpd, pureftpd, pyftpdlib
    #[arg(long, value_delimiter = ',')]
    servers: Vec<String>,
    /// Where a server's program is, as in packetboat=PATH
    #[arg(long = "server", value_name = "NAME=PATH")]
    server: Vec<String>,
    /// How often each line runs; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Small sizes, for developing the bench; the numbers say little
    #[arg(long)]
    quick: bool,
    /// Also the lines that run only when asked for: list-memory with its very large folder
    #[arg(long)]
    all: bool,
    /// Connections of the tree clients
    #[arg(short, long, default_value_t = 8)]
    jobs: usize,
    /// The server the clients are measured against
    #[arg(long, default_value = "packetboat")]
    client_server: String,
    /// Working folder: the served files, configurations and logs
    #[arg(long, default_value = "target/bench/work")]
    dir: PathBuf,
    /// Where bench/peers.sh unpacked the peers
    #[arg(long, default_value = "target/bench/peers")]
    peers: PathBuf,
    /// Write all samples to this file
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the tables with their explanation to this file, as bench/RESULTS.md
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// Set once the bench runs in a network of its own
    #[arg(long, hide = true)]
    inside: bool,
    /// Be the bare sendfile loop on this address
    #[arg(long, hide = true)]
    sendfile_server: Option<String>,
    /// The bare sendfile loop sends in pieces
    #[arg(long, hide = true)]
    sendfile_pieces: bool,
    /// Be a bare loop for small files on this address
    #[arg(long, hide = true)]
    bare_server: Option<String>,
    /// The folder of a bare loop whose uploads appear whole
    #[arg(long, hide = true)]
    store_whole: Option<PathBuf>,
    /// The folder of a bare loop whose uploads grow under their own names
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

/// Serves as a yardstick, if that is what this process is for.
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

/// Whether everything that should be measured could be.
fn run(options: &Options) -> Result<bool> {
    let chosen = chosen_lines(options)?;
    if options.lines {
        for line in LINES {
            println!("{:12} {}", line.id, (line.title)(&Sizes::FULL));
        }
        return Ok(true);
    }
    if !rustix::process::geteuid().is_root() {
        return Err("the peers change to another account for each session: run this as root".into());
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

/// All repetitions of one line. Within a repetition the servers take turns, and each repetition
/// begins with another one, so that what else the machine does hits all alike.
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

/// Who takes part in a line: a server, and the client that drives it if that is measured.
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

/// One sample, from a server started for it alone.
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
        return Err(format!("there is no line {unknown}: --lines shows them all").into());
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
        format!("there is no server {name}: choose among {names}").into()
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
    // Servers are started in other folders, so every path must be absolute.
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

/// Starts this program again in a network namespace that holds nothing but a loopback device.
/// Only a failure comes back from here.
fn enter_own_network() -> String {
    let Ok(program) = std::env::current_exe() else {
        return "this program does not find itself".into();
    };
    let mut command = Command::new("unshare");
    command.args(["--net", "--", "sh", "-c", OWN_NETWORK, "sh"]);
    let error = command.arg(program).args(std::env::args_os().skip(1)).arg("--inside").exec();
    format!("unshare, which gives the bench a network of its own: {error}")
}

/// The load generator and every server it starts may open as many files as the largest line
/// needs. Not more: some servers close every possible file at each session's start.
fn allow_open_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= OPEN_FILES) {
        return Ok(());
    }
    let maximum = limit.maximum.map(|maximum| maximum.max(OPEN_FILES));
    let wanted = Rlimit { current: Some(OPEN_FILES), maximum };
    setrlimit(Resource::Nofile, wanted)
        .map_err(|error| format!("{OPEN_FILES} open files are needed: {error}").into())
}
