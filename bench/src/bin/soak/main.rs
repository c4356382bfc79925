//! `packetboat-soak` keeps a server under mixed load for minutes: thousands of sessions, plain and
//! under TLS, that store, fetch, list, hash, rename, abort, and vanish at random bytes. Afterwards
//! no descriptor, port, thread, session or memory may be left over, every upload that was confirmed
//! must hold what was sent, and no reply may have been outside its verb's row. Everything stays on
//! loopback and below one folder. The same seed gives the same load.

#![forbid(unsafe_code)]

mod chance;
mod server;
mod session;
mod wire;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::server::{Server, Usage};
use crate::session::{Client, Tally};
use crate::wire::Target;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How often the server's resources are checked.
const LOOK: Duration = Duration::from_secs(5);
/// How long a server may take to come to rest; idle threads of the pool stay for ten seconds.
const REST: Duration = Duration::from_secs(60);
/// How many faults are printed.
const SHOWN: usize = 40;
/// How much memory may grow between the first third of the run and its end.
const GROWTH: f64 = 1.1;

/// Keeps a server under mixed load and checks that nothing is left behind.
#[derive(Parser)]
#[command(name = "packetboat-soak")]
struct Options {
    /// How long to run, in seconds
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Number of sessions held at the same time
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    sessions: u32,
    /// Number of threads that drive the sessions
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..))]
    threads: u32,
    /// Seed of the load; the same seed gives the same load
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The server program
    #[arg(long, default_value = "target/release/packetboat")]
    program: PathBuf,
    /// The served folder; it is emptied first
    #[arg(long, default_value = "target/bench/soak")]
    dir: PathBuf,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(faults) if faults.is_empty() => {
            println!("No faults: nothing was lost and nothing was left behind.");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            for fault in faults.iter().take(SHOWN) {
                println!("FAILED: {fault}");
            }
            println!("{} faults", faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs the load and returns the faults found.
fn run(options: &Options) -> Result<Vec<String>> {
    allow_open_files(u64::from(options.sessions) * 3 + 1_000)?;
    let server = Server::start(&options.program, &options.dir, options.sessions)?;
    let target = server.target()?;
    warm_up(&server, &target, options)?;
    let before = server.at_rest(None, REST)?;
    println!("before   {before}");
    let mut watch = Vec::new();
    let outcome = load(options, &server, &target, &mut watch)?;
    println!("{}", outcome.tally);
    let after = server.at_rest(Some(before), REST)?;
    println!("after    {after}");
    let mut faults = outcome.tally.faults.clone();
    faults.extend(left_behind(&before, &after));
    faults.extend(growth(&watch));
    faults.extend(server.others_online(&target)?);
    faults.extend(outcome.clients.iter().flat_map(|client| client.check_disk(server.folder())));
    server.stop()?;
    Ok(faults)
}

/// Runs a small load first, because a server sets up much with its first sessions and threads; only
/// what comes on top counts.
fn warm_up(server: &Server, target: &Target, options: &Options) -> Result<()> {
    let few =
        Options { seconds: 3, sessions: 64, threads: 8, seed: options.seed + 1, ..options.copy() };
    load(&few, server, target, &mut Vec::new()).map(drop)
}

struct Outcome {
    tally: Tally,
    clients: Vec<Client>,
}

/// Drives all sessions from several threads until the time is over; then each session sends QUIT.
fn load(
    options: &Options,
    server: &Server,
    target: &Target,
    watch: &mut Vec<Usage>,
) -> Result<Outcome> {
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let stop = AtomicBool::new(false);
    let done: Mutex<Vec<(Vec<Client>, Tally)>> = Mutex::default();
    thread::scope(|scope| {
        for share in shares(options) {
            let (stop, done) = (&stop, &done);
            thread::Builder::new().stack_size(512 << 10).spawn_scoped(scope, move || {
                let result = drive(share, target, stop);
                done.lock().expect("no thread panics while it holds this").push(result);
            })?;
        }
        while Instant::now() < end && !server.has_ended() {
            thread::sleep(LOOK.min(end.saturating_duration_since(Instant::now())));
            let usage = server.usage()?;
            println!(
                "{:>6.0} s {usage}",
                (options.seconds as f64) - (end - Instant::now().min(end)).as_secs_f64()
            );
            watch.push(usage);
        }
        stop.store(true, Ordering::Relaxed);
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    let mut outcome = Outcome { tally: Tally::default(), clients: Vec::new() };
    for (clients, tally) in done.into_inner().expect("every thread has ended") {
        outcome.clients.extend(clients);
        outcome.tally.add(&tally);
    }
    Ok(outcome)
}

fn shares(options: &Options) -> Vec<Vec<Client>> {
    let mut shares: Vec<Vec<Client>> = (0..options.threads).map(|_| Vec::new()).collect();
    // Folders in this range that belong to another run are not ours.
    let first = u32::try_from(options.seed % 100).unwrap_or(0) * 100_000;
    for number in first..first + options.sessions {
        let [_, a, b, c] = (number + 2).to_be_bytes();
        // Each client has its own address, as real clients have.
        let source = Ipv4Addr::new(127, 1 + a, b, c);
        let client = Client::new(number, source, options.seed.wrapping_add(u64::from(number)));
        let count = shares.len();
        shares[number as usize % count].push(client);
    }
    shares
}

fn drive(mut clients: Vec<Client>, target: &Target, stop: &AtomicBool) -> (Vec<Client>, Tally) {
    let mut tally = Tally::default();
    while !stop.load(Ordering::Relaxed) && !clients.is_empty() {
        for client in &mut clients {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            client.step(target, &mut tally);
        }
    }
    for client in &mut clients {
        client.quit(&mut tally);
    }
    (clients, tally)
}

fn left_behind(before: &Usage, after: &Usage) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |what: &str, before: usize, after: usize| {
        if after > before {
            faults.push(format!("{} {what} more than before", after - before));
        }
    };
    same("descriptors", before.descriptors, after.descriptors);
    same("listening sockets", before.listening, after.listening);
    // The number of threads in the pool varies a little.
    same("threads", before.threads + 4, after.threads);
    faults
}

/// Once all sessions are open, memory must not grow.
fn growth(watch: &[Usage]) -> Option<String> {
    let most = |part: &[Usage]| part.iter().map(|usage| usage.memory).max().unwrap_or(0);
    let third = watch.len() / 3;
    let (early, late) = (most(watch.get(..third.max(1))?), most(watch.get(third * 2..)?));
    let limit = early as f64 * GROWTH;
    (late as f64 > limit).then(|| {
        format!("memory grew from {} to {} KiB under the same load", early >> 10, late >> 10)
    })
}

impl Options {
    fn copy(&self) -> Self {
        Self { program: self.program.clone(), dir: self.dir.clone(), ..*self }
    }
}

fn allow_open_files(wanted: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.map(|maximum| maximum.max(wanted));
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).map_err(|error| {
        format!("cannot allow the {wanted} open files that are needed: {error}").into()
    })
}
