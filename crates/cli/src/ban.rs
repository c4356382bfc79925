//! `packetboat ban`: the bans of the database. A server that runs on it learns of a change within a second.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use packetboat_accounts::{Ban, Database, Network};
use packetboat_proto::time::Timestamp;
use packetboat_server::settings::spelling::parse_time;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::user::{Absent, Result, Show, end, failed, not_written, open};

/// The arguments of `packetboat ban`.
#[derive(Args)]
pub(crate) struct BanArgs {
    /// The file of accounts [default: as for `packetboat user`]
    #[arg(long, value_name = "FILE", global = true, env = "PACKETBOAT_DATABASE")]
    database: Option<PathBuf>,

    /// Answer with one JSON object on a line for each ban.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: BanCommand,
}

/// What is done to bans.
#[derive(Subcommand)]
enum BanCommand {
    /// List who is kept out, until when and why.
    List {
        /// Those that are over, too: each makes the next ban of its address longer.
        #[arg(long)]
        all: bool,
    },
    /// Keep an address or a network out. Sessions that are open go on until their next login.
    Add {
        /// An address, or such as 192.0.2.0/24.
        #[arg(value_parser = Network::parse)]
        network: Network,
        /// For how long, such as 90s, 5m, 1h or 30d.
        #[arg(long = "for", value_name = "TIME", default_value = "1d", value_parser = parse_time)]
        time: Duration,
        /// Until it is lifted.
        #[arg(long, conflicts_with = "time")]
        forever: bool,
        /// Why, for those who read the list.
        #[arg(long, value_name = "TEXT", default_value = "set by hand")]
        reason: String,
    },
    /// Lift every ban that keeps an address, or any of a network, out.
    Lift {
        /// An address, or such as 192.0.2.0/24.
        #[arg(value_parser = Network::parse)]
        network: Network,
    },
}

/// What guards.trusted holds if nothing else is said.
const OWN: [&str; 2] = ["127.0.0.0/8", "::1"];

/// What is said of a ban that is no more.
const LIFTED: &str = "lifted";

/// Carries out a subcommand.
pub(crate) fn run(args: BanArgs) -> ExitCode {
    let show = Show { json: args.json, command: "ban" };
    let result = open(args.database, Absent::Refused)
        .and_then(|database| carry_out(args.command, &database, &show));
    end(&show, result)
}

fn carry_out(command: BanCommand, database: &Database, show: &Show) -> Result<Exit> {
    match command {
        BanCommand::List { all } => {
            let bans = database.bans().map_err(failed)?;
            let shown = bans.iter().filter(|ban| all || ban.is_active(now()));
            print(shown, None, show).map_err(not_written)
        }
        BanCommand::Add { network, time, forever, reason } => {
            let since = now();
            let length = i64::try_from(time.as_secs().max(1)).unwrap_or(i64::MAX);
            let until = (!forever).then(|| since.saturating_add(length));
            let ban = Ban { network, since, until, strikes: 0, reason };
            // What is over stays as long as the server's own settings say, which are not known here.
            database.set_bans(std::slice::from_ref(&ban), i64::MIN).map_err(failed)?;
            remark(&network, database)?;
            print([&ban], Some("banned"), show).map_err(not_written)
        }
        BanCommand::Lift { network } => {
            // Those that are over stay where none is lifted: they are what makes the next one longer.
            let meant = |ban: &Ban| ban.network.meets(&network) && ban.is_active(now());
            if !database.bans().map_err(failed)?.iter().any(meant) {
                let why = format!("{network} is not banned; `packetboat ban list` shows who is");
                return Err((Exit::Unknown, why));
            }
            let lifted = database.lift_bans(&network).map_err(failed)?;
            print(&lifted, Some(LIFTED), show).map_err(not_written)
        }
    }
}

/// What may not have been meant.
fn remark(network: &Network, database: &Database) -> Result<()> {
    let known = database.trusted().map_err(failed)?;
    let text = if network.bits() == 0 {
        "that is every address of its family; only those of guards.trusted come in yet"
    } else if let Some(trusted) = known {
        // As the server that ran last on this database has them.
        match trusted.iter().any(|trusted| trusted.meets(network)) {
            true => "it and guards.trusted have addresses in common, and no ban counts for those",
            false => return Ok(()),
        }
    } else if OWN.map(|own| Network::parse(own).ok()).iter().flatten().any(|own| own.meets(network))
    {
        "guards.trusted holds this machine's own addresses unless it is set otherwise, and no ban counts for \
         those"
    } else {
        return Ok(());
    };
    // Without standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "packetboat ban: {network}: {text}");
    Ok(())
}

fn print<'a>(
    bans: impl IntoIterator<Item = &'a Ban>,
    done: Option<&str>,
    show: &Show,
) -> io::Result<Exit> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for ban in bans {
        match show.json {
            true => writeln!(out, "{}", crate::json::line(&object(ban, done)))?,
            false => writeln!(out, "{}", line(ban, done))?,
        }
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn line(ban: &Ban, done: Option<&str>) -> String {
    let until = match ban.until {
        Some(until) if ban.is_active(now()) => format!("until {}", Timestamp(until).utc()),
        Some(until) => format!("over since {}", Timestamp(until).utc()),
        None => "until it is lifted".to_owned(),
    };
    let reason = packetboat_proto::text::visible(ban.reason.as_bytes());
    match done {
        // When a ban that is gone would have ended, nobody has to know.
        Some(done @ LIFTED) => format!("{}: {done}; the ban was for: {reason}", ban.network),
        Some(done) => format!("{}: {done}, {until}: {reason}", ban.network),
        None => format!("{:<20} {until}: {reason}", ban.network.to_string()),
    }
}

fn object(ban: &Ban, done: Option<&str>) -> Value {
    let mut object = json!({
        "event": if done.is_some() { "result" } else { "ban" },
        "command": "ban",
        "network": ban.network.to_string(),
        "since": ban.since,
        "until": ban.until,
        "active": ban.is_active(now()),
        "strikes": ban.strikes,
        "reason": ban.reason,
    });
    if let Some(done) = done {
        object["done"] = done.into();
    }
    object
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
