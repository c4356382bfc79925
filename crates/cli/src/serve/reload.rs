//! Reload: on SIGHUP, or when a file has changed and `reload.watch` is set, the settings and all they name are
//! read anew. What is wrong is told in the log and changes nothing.

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
use super::given::Given;
use super::notify::Notify;
use super::open::{self, Opened};
use super::passive::Fresh;
use super::sites::Secrets;
use super::{acme, announce, tls};

/// What the server was started with, to be read again.
pub(super) struct Reloader<'a> {
    pub given: Given,
    /// What the server was started with, for all that counts only then.
    pub started: Reader,
    pub secrets: Arc<Secrets>,
    /// What is in force.
    pub settings: Settings,
    /// The same, for others.
    pub current: Current,
    pub handle: Handle,
    pub fresh: Fresh,
    pub stamps: Stamps,
    /// Whether sockets were handed over to be kept, in the place of the usual addresses.
    pub handed_over: bool,
    /// What the process may still reach.
    pub contained: Arc<Contained>,
    /// The service manager is told of each reload.
    pub notify: &'a Notify,
    /// Where the server listens.
    pub addresses: Vec<SocketAddr>,
    /// What kept the last reload from being one; nothing where it was.
    pub failed: Vec<String>,
    /// What was read then, as far as it could be: a file that it names may be put there later.
    pub tried: Option<Settings>,
}

/// The settings in force, for what runs beside the server. Copies share them.
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

/// What tells versions of the files apart: the configuration, and what it names. Taken before they are read, so
/// that no change in between is missed.
#[derive(PartialEq, Eq)]
pub(super) struct Stamps {
    file: Stamp,
    named: BTreeMap<PathBuf, Stamp>,
}

/// What tells two versions of a file apart.
type Stamp = Option<(u64, u64, i64, i64)>;

impl Stamps {
    /// Those of the configuration alone.
    pub(super) fn of_file(given: &Given) -> Self {
        Self { file: given.file.as_ref().and_then(stamp), named: BTreeMap::new() }
    }

    /// With those of the files that the settings name, too.
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
    /// Reloads as often as there is reason to.
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
                // What was in force still is: it is as ready as before.
                false => {
                    self.notify.ready(&format!("{status}; the last reload failed, see the log"))
                }
            }
        }
    }

    /// Whether it was. Who asks for it is told every time; a file that is being edited may be seen half a dozen times with
    /// the same mistakes in it, which are told once.
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
        // Where it names other files now, those are watched: at worst they are read once more.
        self.current.replace(&settings);
        self.settings = settings;
        self.handle.tell("reloaded", told(&changes, &waits));
        // The authority may have given a new one since it was read, which is in force no more.
        if self::certificate(&self.settings) != certificate
            && let Err(problem) = tls::renew(&self.settings, &self.handle)
        {
            self.handle.tell("no certificate", format!("cannot use it: {problem}"));
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

/// Whose an address is that cannot be had, where it is the server's own by another one.
fn own_address(error: &ServerError, addresses: &[SocketAddr]) -> Option<String> {
    if error.error.kind() != std::io::ErrorKind::AddrInUse {
        return None;
    }
    let own = addresses.iter().find(|own| own.port() == error.address.port())?;
    Some(format!(
        ": the server itself listens on {own}; take that out and reload, then put {} in and reload once more, or start it \
         anew",
        error.address
    ))
}

/// What a reload puts in force.
struct Read {
    settings: Settings,
    opened: Opened,
    /// What only a restart changes.
    waits: Vec<&'static str>,
    /// The authority's certificate before it was read.
    certificate: Stamp,
}

/// The version of an authority's certificate. It is not watched: whoever keeps it fresh tells of each new one.
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
    // Everything wrong at once, as at the start.
    open::read_and_check(reader.clone())?;
    let (mut settings, waits) = reader.finish_beside(started)?;
    leave_out(&mut settings);
    let certificate = certificate(&settings);
    let prepared = open::prepare(&settings).map_err(|problems| for_now(problems, &waits))?;
    let opened = prepared.open(&settings, secrets)?;
    Ok(Read { settings, opened, waits, certificate })
}

/// What was just found right may be said of an account, a service or a hook that only the next start brings.
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

/// All that was read is right, so what is wrong with it comes of what only a restart brings.
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
    let mut text = "was reloaded; new sessions have the new settings".to_owned();
    for (what, addresses) in [("listens on", &changes.opened), ("no more on", &changes.closed)] {
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
