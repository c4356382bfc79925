//! From settings to the server's configuration: checks and opens every folder, certificate and
//! database that the settings name. All problems are reported together, before anything has
//! started.

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
use crate::permission_denied::failure_of_database;

/// The default port.
const PORT: u16 = 2121;

/// Settings with everything they name opened.
pub(super) struct Opened {
    pub config: ServerConfig,
    pub sites: Sites,
    pub tls: tls::Told,
    /// The database, and the number of accounts in it.
    pub database: Option<(PathBuf, i64)>,
    /// Why the server does not listen on one of its default addresses.
    pub skipped: Option<String>,
}

/// Reads the settings and checks everything they name.
pub(crate) fn read_and_check(reader: Reader) -> Result<Settings, Vec<Problem>> {
    let (settings, problems) = look_at(reader);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// The settings, and all problems with them and with what they name.
fn look_at(reader: Reader) -> (Settings, Vec<Problem>) {
    let (settings, mut problems) = reader.read();
    let unread = Unread::of(&problems);
    problems.extend(check(&settings, &unread));
    sort(&mut problems);
    (settings, problems)
}

/// Checks the settings as the current user. If this is root and the server would become another
/// user, checks them once more as that user, who opens databases, folders and logs at the start and
/// rereads everything at each reload. Problems that only that user meets are reported with the
/// others. Afterwards this process runs as that user.
pub(crate) fn check_as_both(
    read: impl Fn() -> Result<Reader, Problem>,
) -> Result<Settings, Vec<Problem>> {
    let (settings, mut problems) = look_at(read().map_err(|problem| vec![problem])?);
    problems.extend(named::addresses(&settings));
    let user = settings.contain.user.clone().filter(|_| geteuid().is_root());
    // The first check has already reported a user that does not exist.
    if let (Some(user), Ok(identity)) = (user, contain::identity(&settings.contain)) {
        match contain::become_user(&settings.contain, identity.as_ref()) {
            Ok(()) => problems.extend(met_by(&user, &read, &problems)),
            Err(text) => problems.push(settings.problem("contain.user", text)),
        }
    }
    sort(&mut problems);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// Problems that only the user this process has become meets.
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
        problem
            .text
            .push_str(&format!("; checked as {user} (contain.user), the user that opens it"));
        problem
    })
    .collect()
}

/// Checks everything the settings name, without creating anything. A setting that could not be read
/// looks as if it were missing, so nothing is said about it. Problems with files hold whatever else
/// is wrong.
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

/// Settings with everything read that may need root's rights.
pub(super) struct Prepared {
    pub config: ServerConfig,
    pub tls: tls::Told,
    pub skipped: Option<String>,
}

/// Reads certificates and resolves names.
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
    /// Opens folders and the database, as the user that the server runs as.
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
        // All storage here is local folders, which keep unfinished uploads in parts.
        config.session.part_names = Some(PART_NAMES);
        Ok(Opened { config, sites, tls, database, skipped })
    }
}

/// Sets the addresses to listen on. By default, a machine without IPv6 listens on IPv4 only.
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
    // Someone who asks for implicit TLS alone does not want a clear-text port beside it.
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

/// The exit code and message for these problems. Wrong settings outrank wrong files, and those
/// outrank problems that may pass by themselves, which a service manager can wait out.
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
