//! `packetboat ban`: lists, adds and lifts the bans in the accounts database. A server running on
//! that database picks up a change within a second.

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
    /// The accounts file [default: as for `packetboat user`]
    #[arg(long, value_name = "FILE", global = true, env = "PACKETBOAT_DATABASE")]
    database: Option<PathBuf>,

    /// Print one JSON object per line for each ban.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: BanCommand,
}

/// The subcommands of `packetboat ban`.
#[derive(Subcommand)]
enum BanCommand {
    /// List which addresses are banned, until when and why.
    List {
        /// Include expired bans. Each makes the next ban of its address longer.
        #[arg(long)]
        all: bool,
    },
    /// Ban an address or a network. Open sessions continue until their next login.
    Add {
        /// An address, or a network such as 192.0.2.0/24.
        #[arg(value_parser = Network::parse)]
        network: Network,
        /// How long, such as 90s, 5m, 1h or 30d.
        #[arg(long = "for", value_name = "TIME", default_value = "1d", value_parser = parse_time)]
        time: Duration,
        /// Ban until lifted.
        #[arg(long, conflicts_with = "time")]
        forever: bool,
        /// Why, for readers of the list.
        #[arg(long, value_name = "TEXT", default_value = "set by hand")]
        reason: String,
    },
    /// Lift every ban that covers an address, or any address of a network.
    Lift {
        /// An address, or a network such as 192.0.2.0/24.
        #[arg(value_parser = Network::parse)]
        network: Network,
    },
}

/// The default of guards.trusted.
const OWN: [&str; 2] = ["127.0.0.0/8", "::1"];

/// Printed for a lifted ban.
const LIFTED: &str = "lifted";

/// Runs a subcommand.
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
            // Keep expired bans: how long they last depends on the server's settings, which are
            // unknown here.
            database.set_bans(std::slice::from_ref(&ban), i64::MIN).map_err(failed)?;
            remark(&network, database)?;
            print([&ban], Some("banned"), show).map_err(not_written)
        }
        BanCommand::Lift { network } => {
            // Expired bans stay unless an active one is lifted: they make the next one longer.
            let meant = |ban: &Ban| ban.network.meets(&network) && ban.is_active(now());
            if !database.bans().map_err(failed)?.iter().any(meant) {
                let why = format!(
                    "{network} is not banned; `packetboat ban list` shows which addresses are"
                );
                return Err((Exit::Unknown, why));
            }
            let lifted = database.lift_bans(&network).map_err(failed)?;
            print(&lifted, Some(LIFTED), show).map_err(not_written)
        }
    }
}

/// Warns about a ban that may not do what was intended.
fn remark(network: &Network, database: &Database) -> Result<()> {
    let known = database.trusted().map_err(failed)?;
    let text = if network.bits() == 0 {
        "this bans every address of its family except those in guards.trusted"
    } else if let Some(trusted) = known {
        // The trusted networks of the server that last ran on this database.
        match trusted.iter().any(|trusted| trusted.meets(network)) {
            true => "some of these addresses are in guards.trusted, and bans do not apply to them",
            false => return Ok(()),
        }
    } else if OWN.map(|own| Network::parse(own).ok()).iter().flatten().any(|own| own.meets(network))
    {
        "guards.trusted contains this machine's own addresses unless it is set otherwise, and bans do not apply to \
         them"
    } else {
        return Ok(());
    };
    // Nothing can be reported if standard error is closed.
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
        Some(until) => format!("expired {}", Timestamp(until).utc()),
        None => "until it is lifted".to_owned(),
    };
    let reason = packetboat_proto::text::visible(ban.reason.as_bytes());
    match done {
        // The end of a lifted ban no longer matters.
        Some(done @ LIFTED) => format!("{}: {done}; its reason was: {reason}", ban.network),
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
