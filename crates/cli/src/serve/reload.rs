//! Reload: on SIGHUP, or when a file has changed and `reload.watch` is set, the settings and
//! everything they name are reread. If something is wrong, it is logged and nothing changes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use packetboat_accounts::terms::Own;
use packetboat_server::settings::{Blame, Origin, Problem, Reader, Settings};
use packetboat_server::{Changes, Handle, ServerError};
use tokio::signal::unix::Signal;

use super::contain::Contained;
use super::notify::Notify;
use super::open::{self, Opened};
use super::options::ServeOptions;
use super::passive::Fresh;
use super::sites::Secrets;
use super::{acme, announce, tls};

/// What a reload needs to know.
pub(super) struct Reloader<'a> {
    pub given: ServeOptions,
    /// The settings that the server was started with, for those that only take effect at a start.
    pub started: Reader,
    pub secrets: Arc<Secrets>,
    /// The settings in force.
    pub settings: Settings,
    /// The same settings, shared with other tasks.
    pub current: Current,
    pub handle: Handle,
    pub fresh: Fresh,
    pub stamps: Stamps,
    /// Whether inherited sockets stand in for the default addresses.
    pub handed_over: bool,
    /// What the process can still reach.
    pub contained: Arc<Contained>,
    /// The service manager, which is told of each reload.
    pub notify: &'a Notify,
    /// The addresses that the server listens on.
    pub addresses: Vec<SocketAddr>,
    /// The problems that made the last reload fail; empty if it succeeded.
    pub failed: Vec<String>,
    /// The settings of the failed reload, as far as they could be read. A file that they name may
    /// appear later.
    pub tried: Option<Settings>,
}

/// The settings in force, for tasks beside the server. Clones share them.
#[derive(Clone)]
pub(super) struct Current(Arc<Mutex<Settings>>);

impl Current {
    pub(super) fn new(settings: &Settings) -> Self {
        Self(Arc::new(Mutex::new(settings.clone())))
    }

    pub(super) fn get(&self) -> Settings {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, settings: &Settings) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = settings.clone();
    }
}

/// The versions of the settings file and of the files it names. Taken before reading them, so that
/// no change in between is missed.
#[derive(PartialEq, Eq)]
pub(super) struct Stamps {
    file: Stamp,
    named: BTreeMap<PathBuf, Stamp>,
}

/// Tells two versions of a file apart.
type Stamp = Option<(u64, u64, i64, i64)>;

impl Stamps {
    /// The stamp of the settings file alone.
    pub(super) fn of_file(given: &ServeOptions) -> Self {
        Self { file: given.file.as_ref().and_then(stamp), named: BTreeMap::new() }
    }

    /// Adds the stamps of the files that the settings name.
    pub(super) fn and_named(mut self, settings: &Settings) -> Self {
        let tls = &settings.tls;
        let hosts = settings.hosts.iter().flat_map(|host| [&host.certificate, &host.key]);
        let hook_ca = &settings.accounts.hook_ca;
        let files = [&tls.certificate, &tls.key, &tls.client_ca, &tls.client_crl, hook_ca];
        let files = files.into_iter().chain(hosts).flatten();
        self.named.extend(files.map(|file| (file.clone(), stamp(file))));
        self
    }
}

fn stamp(path: &PathBuf) -> Stamp {
    let found = std::fs::metadata(path).ok()?;
    Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
}

impl Reloader<'_> {
    /// Reloads whenever there is a reason to.
    pub(super) async fn run(mut self, mut hangups: Signal) -> Infallible {
        loop {
            let watched = self.settings.reload.watch;
            let interval = self.settings.reload.interval;
            let asked = tokio::select! {
                _ = hangups.recv() => true,
                () = tokio::time::sleep(interval), if watched => {
                    if self.stamps_now() == self.stamps {
                        continue;
                    }
                    false
                }
            };
            self.stamps = self.stamps_now();
            self.notify.reloading();
            let reloaded = self.reload(asked).await;
            let status = announce::status(&self.addresses);
            match reloaded {
                true => self.notify.ready(&status),
                // The old settings are still in force, so the server is as ready as before.
                false => {
                    self.notify.ready(&format!("{status}; the last reload failed, see the log"))
                }
            }
        }
    }

    /// Reloads, and returns whether that succeeded. Someone who asked for the reload is told of
    /// problems every time. A file that is being edited may be seen many times with the same
    /// mistakes, which are logged once.
    async fn reload(&mut self, asked: bool) -> bool {
        let (given, started) = (self.given.clone(), self.started.clone());
        let (secrets, contained) = (Arc::clone(&self.secrets), Arc::clone(&self.contained));
        let read = move || {
            let reader = given.read().map_err(|problem| vec![problem])?;
            let settings = reader.clone().read().0;
            Ok((read(reader, &started, &secrets, &contained), settings))
        };
        let read = tokio::task::spawn_blocking(read).await;
        let read = read.unwrap_or_else(|error| {
            let text = format!("reading failed: {error}");
            Err(vec![Problem::new(Origin::Default, "", text)])
        });
        let (read, tried) = match read {
            Ok((read, settings)) => (read, Some(settings)),
            Err(problems) => (Err(problems), None),
        };
        let result = match read {
            Ok(read) => self.apply(read).await,
            Err(problems) => Err(problems.iter().map(ToString::to_string).collect()),
        };
        self.tried = tried.filter(|_| result.is_err());
        let problems = result.err().unwrap_or_default();
        for problem in problems.iter().filter(|_| asked || problems != self.failed) {
            self.handle.tell("not reloaded", format!("was not reloaded: {problem}"));
        }
        self.failed = problems;
        self.failed.is_empty()
    }

    async fn apply(&mut self, read: Read) -> Result<(), Vec<String>> {
        let Read { settings, mut opened, waits, certificate } = read;
        if self.handed_over && settings.listen.is_empty() {
            opened.config.listen.clear();
        }
        let names = super::passive::names(&settings, &opened.config);
        let changes = self.handle.reload(opened.config, opened.sites).await;
        let changes = changes.map_err(|error| {
            let own = own_address(&error, &self.addresses).unwrap_or_default();
            vec![format!("{error}{own}; nothing has changed")]
        })?;
        self.fresh.replace(names);
        self.addresses.retain(|address| !changes.closed.contains(address));
        self.addresses.extend(&changes.opened);
        // The new settings may name other files, which are watched from now on: at worst they are
        // read once more.
        self.current.replace(&settings);
        self.settings = settings;
        self.handle.tell("reloaded", told(&changes, &waits));
        // The authority may have issued a new certificate since the files were read, and the reload
        // has undone it.
        if self::certificate(&self.settings) != certificate
            && let Err(problem) = tls::renew(&self.settings, &self.handle)
        {
            self.handle
                .tell("no certificate", format!("cannot use its new certificate: {problem}"));
        }
        Ok(())
    }

    fn stamps_now(&self) -> Stamps {
        let stamps = Stamps::of_file(&self.given).and_named(&self.settings);
        match &self.tried {
            Some(tried) => stamps.and_named(tried),
            None => stamps,
        }
    }
}

/// An explanation for an address in use that collides with another address of the server itself.
fn own_address(error: &ServerError, addresses: &[SocketAddr]) -> Option<String> {
    if error.error.kind() != std::io::ErrorKind::AddrInUse {
        return None;
    }
    let own = addresses.iter().find(|own| collide(**own, error.address))?;
    Some(format!(
        ": the server itself listens on {own}; remove that address and reload, then add {} and reload again, or \
         restart the server",
        error.address
    ))
}

/// Whether two listeners cannot exist at the same time. `[::]` may take the IPv4 addresses too,
/// depending on the system.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let overlap = one.ip() == other.ip()
        || (one.ip().is_unspecified() && (one.is_ipv6() || other.is_ipv4()))
        || (other.ip().is_unspecified() && (other.is_ipv6() || one.is_ipv4()));
    one.port() == other.port() && overlap
}

/// What a reload puts in force.
struct Read {
    settings: Settings,
    opened: Opened,
    /// Changed settings that only take effect after a restart.
    waits: Vec<&'static str>,
    /// The version of the authority's certificate before it was read.
    certificate: Stamp,
}

/// The version of the authority's certificate. It is not watched, because each renewal is reported
/// anyway.
fn certificate(settings: &Settings) -> Stamp {
    acme::file(settings).as_ref().and_then(stamp)
}

fn read(
    reader: Reader,
    started: &Reader,
    secrets: &Secrets,
    contained: &Contained,
) -> Result<Read, Vec<Problem>> {
    let beyond = contained.beyond(&reader.clone().read().0);
    if !beyond.is_empty() {
        return Err(beyond);
    }
    // Report all problems together, as at the start.
    open::read_and_check(reader.clone())?;
    let (mut settings, waits) = reader.finish_beside(started)?;
    leave_out(&mut settings);
    let certificate = certificate(&settings);
    let prepared = open::prepare(&settings).map_err(|problems| for_now(problems, &waits))?;
    let opened = prepared.open(&settings, secrets)?;
    Ok(Read { settings, opened, waits, certificate })
}

/// Drops settings that passed the checks only because of an account, service or hook that takes
/// effect at the next start.
fn leave_out(settings: &mut Settings) {
    let accounts = &mut settings.accounts;
    accounts.user_writes &= accounts.user.is_some();
    if accounts.hook.is_none() {
        accounts.hook_ca = None;
    }
    if accounts.pam.service.is_none() {
        accounts.pam.folder = None;
        accounts.pam.terms = Own::default();
    }
}

/// Everything in the file was valid, so problems with these settings come from what only a restart
/// changes.
fn for_now(mut problems: Vec<Problem>, waits: &[&'static str]) -> Vec<Problem> {
    for problem in
        problems.iter_mut().filter(|problem| problem.blame == Blame::Setting && !waits.is_empty())
    {
        let text = format!("; only a restart changes {}", waits.join(", "));
        problem.text.push_str(&text);
    }
    problems
}

fn told(changes: &Changes, waits: &[&'static str]) -> String {
    let mut text = "was reloaded; new sessions use the new settings".to_owned();
    for (what, addresses) in [("listens on", &changes.opened), ("no longer on", &changes.closed)] {
        if !addresses.is_empty() {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            text.push_str(&format!("; {what} {}", addresses.join(", ")));
        }
    }
    if !waits.is_empty() {
        text.push_str(&format!("; only a restart changes {}", waits.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another program on another address of the machine was taken for the server itself.
    #[test]
    fn only_addresses_that_overlap_collide() {
        let collide = |one: &str, other: &str| {
            let parse = |text: &str| text.parse().expect("an address");
            let (one, other) = (parse(one), parse(other));
            assert_eq!(collide(one, other), collide(other, one));
            collide(one, other)
        };
        assert!(!collide("127.0.0.1:21", "127.0.0.2:21"));
        assert!(!collide("127.0.0.1:21", "127.0.0.1:22"));
        assert!(!collide("0.0.0.0:21", "[::1]:21"));
        assert!(collide("0.0.0.0:21", "127.0.0.2:21"));
        assert!(collide("[::]:21", "127.0.0.2:21"));
        assert!(collide("127.0.0.1:21", "127.0.0.1:21"));
    }
}
