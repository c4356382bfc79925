//! `packetboat serve`: the arguments, what is printed at the start, and the way to a clean stop.

mod limits;
mod log;
mod passive;
mod password;
mod sites;
mod tls;

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use packetboat_proto::host::HostName;
use packetboat_proto::server::Language;
use packetboat_server::{Order, PassivePorts, Server, ServerConfig, Sites};

use tokio::sync::mpsc::UnboundedSender;

use self::log::Log;
use self::password::{Origin, Password};
use self::sites::{Acct, Named, Secrets};
use crate::exit::Exit;

/// Where it listens without `--listen`.
const PORT: u16 = 2121;

/// The arguments of `packetboat serve`.
#[derive(Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("known").args(["user", "database"]).multiple(true))]
pub(crate) struct ServeArgs {
    /// The folder to serve.
    folder: PathBuf,

    // Not links: what stands in brackets is an IPv6 address.
    #[allow(rustdoc::broken_intra_doc_links)]
    /// Address and port to listen on; repeat it for several [default: 127.0.0.1:2121 and [::1]:2121]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    listen: Vec<SocketAddr>,

    /// Add an account of this name. Its password is taken from the environment variable
    /// PACKETBOAT_PASSWORD, asked for on a terminal, or made up and printed.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Let the accounts of this file in as well, which `packetboat user` manages; it is made if need be. What
    /// changes there holds from the next login on.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,

    /// Let the account of --user store, rename and delete.
    #[arg(long, requires = "user")]
    write: bool,

    /// Let nobody in without a password.
    #[arg(long, requires = "known")]
    no_anonymous: bool,

    /// Ask the account of --user for account information too (ACCT), to log in or to store. It is taken
    /// from the environment variable PACKETBOAT_ACCOUNT, asked for on a terminal, or made up and
    /// printed.
    #[arg(long, value_enum, value_name = "WHEN", requires = "user")]
    acct: Option<Acct>,

    /// Serve another folder to those who send SMNT with this name; repeat it for several
    #[arg(long, value_name = "NAME=FOLDER", value_parser = sites::parse_mount)]
    mount: Vec<Named<String>>,

    /// Serve another folder to those who send HOST with this name; repeat it for several. The accounts
    /// are the same
    #[arg(long, value_name = "NAME=FOLDER", value_parser = sites::parse_host)]
    host: Vec<Named<HostName>>,

    /// The language of replies until a client chooses one with LANG: en, de or fr
    #[arg(long, value_name = "TAG", default_value = "en", value_parser = parse_language)]
    language: Language,

    /// Ports for passive data connections, such as 50000-50099 [default: any free port]
    #[arg(long, value_name = "FIRST-LAST", value_parser = parse_ports)]
    passive_ports: Option<PassivePorts>,

    /// The IPv4 address or host name that clients are told for passive data connections, where this
    /// machine is behind NAT; a name is looked up again every minute [default: the address they connected to]
    #[arg(long, value_name = "ADDRESS|NAME")]
    passive_address: Option<String>,

    /// Close a session that sends no command for this time: seconds, or such as 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", default_value = "5m",
        value_parser = crate::duration::parse_second_to_day)]
    idle_timeout: Duration,

    #[command(flatten)]
    tls: tls::TlsArgs,

    #[command(flatten)]
    limits: limits::Limits,

    /// Sessions that may be open at once; one more is turned away with 421.
    #[arg(long, value_name = "COUNT", default_value_t = 20_000,
        value_parser = clap::value_parser!(u32).range(1..))]
    max_sessions: u32,

    /// Clients that may wait in line, told so with 120, when all sessions are taken [default: none]
    #[arg(long, value_name = "COUNT", default_value_t = 0, hide_default_value = true)]
    queue: u32,

    /// Let clients wait with 120 for so many minutes before they are served.
    #[arg(long, value_name = "MINUTES",
        value_parser = clap::value_parser!(u64).range(1..=10_080))]
    maintenance: Option<u64>,

    #[command(flatten)]
    logs: log::LogArgs,
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
type Ended = (Exit, String);

async fn serve(args: ServeArgs) -> Result<(), Ended> {
    raise_descriptor_limit();
    let (sites, secrets) = sites::open(&args)?;
    let usage = |message| (Exit::Usage, message);
    let mut config = config(&args).map_err(usage)?;
    let tls = tls::apply(&args, &mut config)?;
    let told = config.passive_address.clone();
    let (orders, given) = tokio::sync::mpsc::unbounded_channel();
    let signals = obey_signals(orders).map_err(|message| (Exit::CONNECTION, message))?;
    let log = Log::start(&args.logs.setup()).map_err(|message| (Exit::LOCAL_FILE, message))?;
    let (server, skipped) =
        bind(&args, config, sites, log.sink()).map_err(|message| (Exit::CONNECTION, message))?;
    if let Some(minutes) = args.maintenance {
        server.readiness().maintenance(Duration::from_secs(minutes * 60));
    }
    announce(&args, &server, skipped.as_deref(), &secrets, &tls)
        .map_err(|error| (Exit::LOCAL_FILE, format!("cannot write to standard output: {error}")))?;
    let served = tokio::select! {
        served = server.run(given) => served,
        () = signals => Ok(()),
        () = passive::keep_fresh(args.passive_address.as_deref(), told) => Ok(()),
    };
    log.finish();
    served.map_err(|error| (Exit::CONNECTION, format!("the server could not run: {error}")))
}

/// Binds what was asked for. Without `--listen`, a machine without IPv6 listens on IPv4 alone.
fn bind(
    args: &ServeArgs,
    mut config: ServerConfig,
    sites: Sites,
    sink: Box<packetboat_server::Sink>,
) -> Result<(Server, Option<String>), String> {
    let mut skipped = None;
    if args.listen.is_empty() {
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, PORT));
        match std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
            Ok(_) => config.listen.push(v6),
            Err(error) => skipped = Some(format!("not listening on {v6}: {error}")),
        }
    }
    let server = Server::bind(config, sites, sink).map_err(|error| {
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
    })?;
    Ok((server, skipped))
}

fn config(args: &ServeArgs) -> Result<ServerConfig, String> {
    let mut config = ServerConfig {
        listen: args.listen.clone(),
        passive_ports: args.passive_ports.unwrap_or(PassivePorts::Any),
        sessions: usize::try_from(args.max_sessions).unwrap_or(usize::MAX),
        queue: usize::try_from(args.queue).unwrap_or(usize::MAX),
        ..ServerConfig::default()
    };
    config.session.language = args.language;
    if config.listen.is_empty() {
        config.listen.push(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
    }
    config.session.idle_timeout = args.idle_timeout;
    args.limits.apply(&mut config);
    config.session.notes = args.logs.setup().wants_notes();
    config.passive_address = args.passive_address.as_deref().map(passive::find).transpose()?;
    Ok(config)
}

/// Says where it listens, who may log in, and how to try it.
fn announce(
    args: &ServeArgs,
    server: &Server,
    skipped: Option<&str>,
    secrets: &Secrets,
    tls: &tls::Told,
) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let folder = args.folder.canonicalize().unwrap_or_else(|_| args.folder.clone());
    writeln!(out, "Packetboat {} serves {}", env!("CARGO_PKG_VERSION"), folder.display())?;
    for address in server.addresses() {
        writeln!(out, "  listens on  ftp://{address}/")?;
    }
    for address in server.addresses_tls() {
        writeln!(out, "  listens on  ftps://{address}/")?;
    }
    tls.announce(&mut out)?;
    if let Some(skipped) = skipped {
        writeln!(out, "  {skipped}")?;
    }
    if !args.no_anonymous {
        writeln!(out, "  anonymous   may read, no password is asked")?;
    }
    if let (Some(name), Some(password)) = (&args.user, &secrets.password) {
        let rights = if args.write { "may read and write" } else { "may read" };
        writeln!(out, "  {name:<11} {rights}, password: {}", shown(password, password::PASSWORD))?;
        if let Some(account) = &secrets.account {
            writeln!(out, "  {name:<11} account: {}", shown(account, password::ACCOUNT))?;
        }
    }
    if let Some((path, count)) = &secrets.database {
        writeln!(out, "  accounts    {count} in {}", path.display())?;
    }
    for (name, folder) in &args.mount {
        writeln!(out, "  SMNT {name}   {}", folder.display())?;
    }
    for (name, folder) in &args.host {
        writeln!(out, "  HOST {name}   {}", folder.display())?;
    }
    if let Some(minutes) = args.maintenance {
        writeln!(out, "  under maintenance for {minutes} min; clients wait")?;
    }
    if let Some(address) = server.addresses().first() {
        try_it(&mut out, args, tls, reachable(*address))?;
    }
    if io::stdin().is_terminal() {
        writeln!(out, "Ctrl-C stops it.")?;
    }
    out.flush()
}

/// The secret if it was made up, else where it is from.
fn shown<'a>(secret: &'a Password, variable: &str) -> std::borrow::Cow<'a, str> {
    match secret.origin {
        Origin::Generated => secret.text.as_str().into(),
        Origin::Environment => format!("as in {variable}").into(),
        Origin::Asked => "as you typed it".into(),
    }
}

/// One line for curl and one for our own client, to copy.
fn try_it(
    out: &mut impl io::Write,
    args: &ServeArgs,
    tls: &tls::Told,
    address: SocketAddr,
) -> io::Result<()> {
    let user = args.user.as_ref().map(|name| format!("{name}@")).unwrap_or_default();
    let curl_user = args.user.as_ref().map(|name| format!(" --user {name}")).unwrap_or_default();
    writeln!(out, "Try it from another terminal:")?;
    writeln!(out, "  curl{}{curl_user} ftp://{address}/", tls.curl_options())?;
    let own = tls.own_options();
    writeln!(out, "  packetboat get{own} -r ftp://{user}{address}/ -o copy")
}

/// An address to connect to: where it listens on all, this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
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

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        String::from("give a numeric address and a port, such as 0.0.0.0:2121 or [::1]:2121")
    })
}

fn parse_language(text: &str) -> Result<Language, String> {
    let language = Language::parse(text.as_bytes());
    language.ok_or_else(|| {
        let tags = Language::ALL.map(Language::tag).join(", ");
        format!("give one of the languages there are: {tags}")
    })
}

fn parse_ports(text: &str) -> Result<PassivePorts, String> {
    let bad =
        || String::from("give two ports from 1 to 65535, the lower one first, such as 50000-50099");
    let (first, last) = text.split_once('-').ok_or_else(bad)?;
    let port = |text: &str| text.trim().parse::<u16>().map_err(|_| bad());
    PassivePorts::range(port(first)?, port(last)?).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ports() {
        assert_eq!(
            parse_ports("50000-50099"),
            Ok(PassivePorts::Range { first: 50000, last: 50099 })
        );
        for bad in ["", "5", "5-", "9-5", "0-9", "1-65536", "a-b"] {
            assert!(parse_ports(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_to_listen_on() {
        assert!(parse_listen("0.0.0.0:2121").is_ok() && parse_listen("[::1]:2121").is_ok());
        for bad in ["2121", ":2121", "localhost:2121", "127.0.0.1", "127.0.0.1:99999"] {
            assert!(parse_listen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unspecified_address_is_shown_as_one_to_connect_to() {
        let shown = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(shown("0.0.0.0:21"), "127.0.0.1:21");
        assert_eq!(shown("[::]:21"), "[::1]:21");
        assert_eq!(shown("192.0.2.1:21"), "192.0.2.1:21");
    }
}
