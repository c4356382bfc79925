//! From settings to what the server is told: every folder, certificate and database they name is opened. All
//! that is wrong is told at once, and nothing has begun by then.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use packetboat_accounts::{Database, DatabaseError};
use packetboat_server::settings::{Blame, ListenTls, Problem, Reader, Settings, Unread, sort};
use packetboat_server::{ServerConfig, Sites};
use packetboat_store::PART_NAMES;
use rustix::process::geteuid;

use super::sites::{self, Secrets};
use super::{Ended, contain, exposed, named, passive, rules, tls};
use crate::exit::Exit;
use crate::refused::failure_of_database;

/// Where it listens if nothing else is said.
const PORT: u16 = 2121;

/// Settings of which everything is open.
pub(super) struct Opened {
    pub config: ServerConfig,
    pub sites: Sites,
    pub tls: tls::Told,
    /// The database, and how many accounts it holds.
    pub database: Option<(PathBuf, i64)>,
    /// Why it does not listen on an address that is usual.
    pub skipped: Option<String>,
}

/// Reads the settings and looks at all they name.
pub(crate) fn read_and_check(reader: Reader) -> Result<Settings, Vec<Problem>> {
    let (settings, problems) = look_at(reader);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// The settings, and all that is wrong with them and what they name.
fn look_at(reader: Reader) -> (Settings, Vec<Problem>) {
    let (settings, mut problems) = reader.read();
    let unread = Unread::of(&problems);
    problems.extend(check(&settings, &unread));
    sort(&mut problems);
    (settings, problems)
}

/// Looks at settings as whoever this is, and if this is root, once more as the user whom a server that root starts becomes: that
/// one opens databases, folders and logs at the start, and reads all of it anew at each reload. What only that user meets is
/// told beside the rest. From then on this process is that user.
pub(crate) fn check_as_both(
    read: impl Fn() -> Result<Reader, Problem>,
) -> Result<Settings, Vec<Problem>> {
    let (settings, mut problems) = look_at(read().map_err(|problem| vec![problem])?);
    problems.extend(named::addresses(&settings));
    let user = settings.contain.user.clone().filter(|_| geteuid().is_root());
    // Why there is no such user was told by the first look.
    if let (Some(user), Ok(identity)) = (user, contain::identity(&settings.contain)) {
        match contain::become_user(&settings.contain, identity.as_ref()) {
            Ok(()) => problems.extend(met_by(&user, &read, &problems)),
            Err(text) => problems.push(settings.problem("contain.user", text)),
        }
    }
    sort(&mut problems);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// What is wrong for the user that this process is by now, and was not told before.
fn met_by(
    user: &str,
    read: &impl Fn() -> Result<Reader, Problem>,
    told: &[Problem],
) -> Vec<Problem> {
    let met = match read() {
        Ok(reader) => look_at(reader).1,
        Err(problem) => vec![problem],
    };
    let new = met.into_iter().filter(|problem| !told.contains(problem));
    new.map(|mut problem| {
        problem.text.push_str(&format!("; looked at as {user} (contain.user), who opens it"));
        problem
    })
    .collect()
}

/// Looks at all that the settings name, and makes nothing. What could not be read seems to be missing, of which nothing is
/// said; a file that is named is there or not, whatever else is wrong.
fn check(settings: &Settings, unread: &Unread) -> Vec<Problem> {
    let found = [
        sites::check(settings),
        tls::check(settings),
        named::check(settings),
        exposed::check(settings),
    ];
    let found = found.concat();
    let is_known =
        |problem: &Problem| problem.blame != Blame::Setting || !unread.hides(&problem.key);
    rules::broken(settings, unread).into_iter().chain(found.into_iter().filter(is_known)).collect()
}

/// Settings of which all is read that may need root's rights.
pub(super) struct Prepared {
    pub config: ServerConfig,
    pub tls: tls::Told,
    pub skipped: Option<String>,
}

/// Reads certificates and finds addresses.
pub(super) fn prepare(settings: &Settings) -> Result<Prepared, Vec<Problem>> {
    let mut problems = check(settings, &Unread::default());
    if !problems.is_empty() {
        sort(&mut problems);
        return Err(problems);
    }
    let mut config = settings.server.clone();
    let skipped = listen(settings, &mut config);
    let address = settings.passive_address.as_deref().map(passive::find).transpose();
    match address {
        Ok(address) => config.passive_address = address,
        Err(missing) => problems.push(missing.problem(settings, "data.passive-address")),
    }
    match passive::nat(&settings.nat) {
        Ok(nat) => config.nat = nat,
        Err(missing) => problems.push(missing.problem(settings, "data.nat")),
    }
    let told = tls::apply(settings, &mut config).map_err(|problem| problems.push(problem));
    match told {
        Ok(tls) if problems.is_empty() => Ok(Prepared { config, tls, skipped }),
        _ => Err(problems),
    }
}

impl Prepared {
    /// Opens folders and database, as the user that the server runs as.
    pub(super) fn open(
        self,
        settings: &Settings,
        secrets: &Secrets,
    ) -> Result<Opened, Vec<Problem>> {
        let (sites, database) = sites::open(settings, secrets)?;
        let Self { mut config, tls, skipped } = self;
        let bans = database.as_ref().map(|(path, _)| {
            let database = Database::open(path)?;
            database.set_trusted(&config.guards.trusted)?;
            Ok(database)
        });
        let bans = bans.transpose();
        config.bans = bans.map_err(|error: DatabaseError| {
            vec![settings.problem("accounts.database", failure_of_database(&error)).of_files()]
        })?;
        // All that is served are folders of this machine.
        config.session.part_names = Some(PART_NAMES);
        Ok(Opened { config, sites, tls, database, skipped })
    }
}

/// Where it listens. Without a word on that, a machine without IPv6 listens on IPv4 alone.
fn listen(settings: &Settings, config: &mut ServerConfig) -> Option<String> {
    for one in &settings.listen {
        let Some(address) = one.address else { continue };
        match one.tls {
            ListenTls::Explicit => config.listen.push(address),
            ListenTls::Implicit => config.listen_tls.push(address),
            ListenTls::Off => {
                config.listen.push(address);
                config.listen_clear.push(address);
            }
        }
    }
    // Who asks for implicit TLS alone does not want clients in clear beside it.
    if !config.listen.is_empty() || !config.listen_tls.is_empty() {
        return None;
    }
    config.listen.push(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, PORT));
    match std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        Ok(_) => {
            config.listen.push(v6);
            None
        }
        Err(error) => Some(format!("not listening on {v6}: {error}")),
    }
}

/// How the program ends for these problems: what is wrong in the settings comes before what is wrong with files, and that before
/// what the moment brings, which a service manager may wait out.
pub(crate) fn ended(problems: &[Problem]) -> Ended {
    let met = |blame| problems.iter().any(|problem| problem.blame == blame);
    let exit = match (met(Blame::Setting), met(Blame::Files)) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::LOCAL_FILE,
        (false, false) => Exit::CONNECTION,
    };
    (exit, told(problems))
}

/// The problems as a message.
pub(crate) fn told(problems: &[Problem]) -> String {
    match problems {
        [one] => one.to_string(),
        several => {
            let lines = several.iter().map(|problem| format!("\n  {problem}"));
            format!("{} settings are wrong:{}", several.len(), lines.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_server::settings::Listener;

    #[test]
    fn what_has_to_be_changed_goes_before_what_may_pass() {
        let of = |blames: &[Blame]| {
            let wrong = |blame: &Blame| Problem {
                blame: *blame,
                ..Problem::new(packetboat_server::settings::Origin::Set, "tls.key", "")
            };
            ended(&blames.iter().map(wrong).collect::<Vec<_>>()).0
        };
        assert_eq!(of(&[Blame::Moment]), Exit::CONNECTION);
        assert_eq!(of(&[Blame::Moment, Blame::Files]), Exit::LOCAL_FILE);
        assert_eq!(of(&[Blame::Moment, Blame::Files, Blame::Setting]), Exit::Usage);
    }

    #[test]
    fn who_asks_for_implicit_tls_alone_gets_no_address_in_clear() {
        let address = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 990)));
        let with = |tls| {
            let mut settings = Settings::default();
            settings.listen.push(Listener { address, tls, ..Listener::default() });
            let mut config = ServerConfig::default();
            listen(&settings, &mut config);
            (config.listen.len(), config.listen_tls.len())
        };
        assert_eq!(with(ListenTls::Implicit), (0, 1));
        assert_eq!(with(ListenTls::Explicit), (1, 0));
        let mut config = ServerConfig::default();
        listen(&Settings::default(), &mut config);
        assert!(!config.listen.is_empty());
    }
}
