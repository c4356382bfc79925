//! Drops what rights the process no longer needs once it listens: it changes the user, then applies
//! Landlock and seccomp according to the settings. The mechanisms are in `packetboat-contain`.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use packetboat_contain::{Access, Calls, Identity, Limit, Reach, Switch, give_up_capabilities};
use packetboat_server::settings::{ContainSettings, Limited, Origin, Problem, Settings};

use super::upgrade::Program;
use super::{external_logins, state};
use crate::permission_denied::folder_of;

/// The restrictions in force, for the start message and for explaining denied access.
pub(super) struct Contained {
    user: String,
    landlock: Limit,
    seccomp: Limit,
    /// The reachable paths, if they are limited.
    reach: Option<Reach>,
}

/// Looks the user up, before doing anything that only root can.
pub(super) fn identity(contain: &ContainSettings) -> Result<Option<Identity>, String> {
    let group = contain.group.as_deref();
    let user = contain.user.as_deref();
    let found = user.map(|user| Identity::find(user, group)).transpose();
    found.map_err(|error| error.to_string())
}

/// Changes to the user, and drops the capabilities a service manager gave for listening on low
/// ports.
pub(super) fn become_user(
    contain: &ContainSettings,
    identity: Option<&Identity>,
) -> Result<(), String> {
    if let Some(mask) = contain.umask {
        // Permission bits fit this type on every system.
        let mask = mask as rustix::fs::RawMode;
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask));
    }
    let done = match identity {
        Some(identity) => identity.assume(),
        None => give_up_capabilities(),
    };
    done.map_err(|error| error.to_string())
}

/// Applies the restrictions. This has to be the last step before other threads start.
pub(super) fn confine(
    settings: &Settings,
    file: Option<&Path>,
    program: &Program,
) -> Result<Contained, String> {
    let contain = &settings.contain;
    let reach = reach(settings, file, program);
    let failed = |what: &str, error: packetboat_contain::ContainError| {
        format!(
            "{what} is set to required, but cannot be applied: {error}; set it to on to start without it"
        )
    };
    let landlock = reach
        .confine(switch(contain.landlock))
        .map_err(|error| failed("contain.landlock", error))?;
    let calls =
        Calls { starts_programs: settings.upgrade || external_logins::program(settings).is_some() };
    let seccomp =
        calls.confine(switch(contain.seccomp)).map_err(|error| failed("contain.seccomp", error))?;
    let reach = landlock.in_force.then_some(reach);
    Ok(Contained { user: Identity::now(), landlock, seccomp, reach })
}

/// All paths in the settings. Files that a reload rereads are allowed by name, so that a replaced
/// file can be read, too.
fn reach(settings: &Settings, file: Option<&Path>, program: &Program) -> Reach {
    let mut reach = Reach::system();
    allow_served(&mut reach, settings);
    allow_databases_and_logs(&mut reach, settings);
    allow_certificates(&mut reach, settings);
    for file in read(settings).chain(file) {
        reach.allow_file(file);
    }
    allow_programs(&mut reach, settings, program);
    reach
}

fn allow_served(reach: &mut Reach, settings: &Settings) {
    let hosts = settings.hosts.iter().map(|host| &host.root);
    let mounts = settings.mounts.iter().map(|mount| &mount.root);
    let served = [&settings.root].into_iter().chain(hosts).chain(mounts).flatten();
    for folder in served.chain(&settings.contain.paths) {
        reach.allow(folder, Access::Write);
    }
}

/// A log that was rotated away is created again, and a database has files beside it, so their
/// folders have to be writable.
fn allow_databases_and_logs(reach: &mut Reach, settings: &Settings) {
    let accounts = &settings.accounts;
    let of_hosts = settings.hosts.iter().map(|host| &host.database);
    let databases: Vec<&PathBuf> = of_hosts.chain([&accounts.database]).flatten().collect();
    let logs = &settings.log_files;
    let logs = [&logs.general, &logs.xferlog, &logs.audit].into_iter().flatten();
    for file in logs.chain(databases.iter().copied()) {
        reach.allow(folder_of(file), Access::Write);
    }
    // Accounts have root folders that the settings do not mention.
    let others = accounts.hook.is_some() || accounts.pam.service.is_some();
    if (!databases.is_empty() || others) && settings.contain.paths.is_empty() {
        reach.allow_all_but_the_system();
    }
}

/// Allows the folders in which certificates are created.
fn allow_certificates(reach: &mut Reach, settings: &Settings) {
    let acme = &settings.acme;
    if !acme.names.is_empty() {
        let folder = acme.folder.clone().or_else(|| state::folder(settings));
        for folder in folder.iter().chain(&acme.webroot) {
            // Only existing paths can be allowed. If the folder cannot be created, the keeper
            // reports that.
            let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            reach.allow(folder, Access::Write);
        }
    }
    if let Some(folder) = state::folder(settings).filter(|_| settings.tls.self_signed) {
        // A reload recreates the certificate if it was removed.
        reach.allow(&folder, Access::Write);
    }
}

/// The files that are only read.
fn read(settings: &Settings) -> impl Iterator<Item = &Path> {
    let (tls, acme) = (&settings.tls, &settings.acme);
    let of_tls = [&tls.certificate, &tls.key, &tls.client_ca, &tls.client_crl];
    let others = [&settings.accounts.hook_ca, &acme.authority_root, &acme.key_file];
    let of_hosts = settings.hosts.iter().flat_map(|host| [&host.certificate, &host.key]);
    of_tls.into_iter().chain(others).chain(of_hosts).flatten().map(PathBuf::as_path)
}

fn allow_programs(reach: &mut Reach, settings: &Settings, program: &Program) {
    if let Some(folder) = program.folder().filter(|_| settings.upgrade) {
        reach.allow_programs(&folder);
    }
    // Whatever else a hook needs belongs in contain.paths.
    if let Some(hook) = external_logins::program(settings) {
        let usual = ["/usr/local/bin", "/usr/bin", "/bin"].map(Path::new);
        for folder in std::iter::once(folder_of(hook)).chain(usual) {
            reach.allow_programs(folder);
        }
    }
}

fn switch(limited: Limited) -> Switch {
    match limited {
        Limited::Off => Switch::Off,
        Limited::On => Switch::On,
        Limited::Required => Switch::Required,
    }
}

impl Contained {
    /// Prints the restrictions in force.
    pub(super) fn announce(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "  runs as     {}", self.user)?;
        if rustix::process::geteuid().is_root() {
            writeln!(
                out,
                "              with all of root's rights; set contain.user to a dedicated user, as with\n              \
                 --set contain.user=NAME"
            )?;
        }
        let wide = self.reach.as_ref().is_some_and(Reach::is_wide);
        let limit = if wide { "; contain.paths can narrow it" } else { "" };
        writeln!(out, "  Landlock    {}{limit}", self.landlock.text)?;
        writeln!(out, "  seccomp     {}", self.seccomp.text)
    }

    /// A function that explains why a path cannot be reached, if Landlock is the reason.
    pub(super) fn explain(&self) -> Option<Box<packetboat_server::Reach>> {
        let reach = self.reach.clone()?;
        Some(Box::new(move |path| {
            let why = || {
                let path = path.display();
                format!(
                    "Landlock denies this server access to {path}; add it to contain.paths and restart the server"
                )
            };
            (!reach.covers(path)).then(why)
        }))
    }

    /// Paths in newly read settings that this process can no longer reach. The settings are
    /// correct: after a restart the paths will be allowed.
    pub(super) fn beyond(&self, settings: &Settings) -> Vec<Problem> {
        let Some(reach) = &self.reach else { return Vec::new() };
        let is_beyond = |named: &Named<'_>| {
            // A path that does not exist is reported by whoever opens it.
            named.path.exists() && !reach.allows(named.path, named.access)
        };
        let told = |named: Named<'_>| {
            let text = format!(
                "Landlock denies this server access to {}, which was not in the settings when it started; restart the server",
                named.path.display()
            );
            match named.origin {
                Some(origin) => Problem::new(origin, named.key, text),
                None => settings.problem(named.key, text),
            }
        };
        named(settings).into_iter().filter(is_beyond).map(told).collect()
    }
}

/// A path in the settings.
struct Named<'a> {
    path: &'a Path,
    access: Access,
    key: &'static str,
    /// Where the path was set, if not in a row of the settings table.
    origin: Option<Origin>,
}

/// The paths that a reload may change.
fn named<'a>(settings: &'a Settings) -> Vec<Named<'a>> {
    use Access::{Read, Write};
    let tls = &settings.tls;
    let mut all = Vec::new();
    let mut add = |path: &'a Option<PathBuf>, access, key, origin: Option<&Option<Origin>>| {
        let origin = origin.map(|origin| origin.clone().unwrap_or(Origin::Default));
        let named = path.as_deref().map(|path| Named { path, access, key, origin });
        all.extend(named);
    };
    add(&settings.root, Write, "server.root", None);
    add(&tls.certificate, Read, "tls.certificate", None);
    add(&tls.key, Read, "tls.key", None);
    add(&tls.client_ca, Read, "tls.client-ca", None);
    add(&tls.client_crl, Read, "tls.client-crl", None);
    add(&settings.accounts.hook_ca, Read, "accounts.hook-ca", None);
    add(&settings.accounts.database, Write, "accounts.database", None);
    for host in &settings.hosts {
        add(&host.root, Write, "host.root", Some(&host.origin));
        add(&host.database, Write, "host.database", Some(&host.origin));
        add(&host.certificate, Read, "host.certificate", Some(&host.origin));
        add(&host.key, Read, "host.key", Some(&host.origin));
    }
    for mount in &settings.mounts {
        add(&mount.root, Write, "mount.root", Some(&mount.origin));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_reload_that_landlock_keeps_from_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file.pem");
        std::fs::write(&file, "").expect("a file");
        let limit = || Limit { in_force: true, text: String::new() };
        let reach = Some(Reach::default());
        let contained =
            Contained { user: String::new(), landlock: limit(), seccomp: limit(), reach };
        let mut settings = Settings::default();
        let tls = &mut settings.tls;
        let hook_ca = &mut settings.accounts.hook_ca;
        for path in
            [&mut tls.certificate, &mut tls.key, &mut tls.client_ca, &mut tls.client_crl, hook_ca]
        {
            *path = Some(file.clone());
        }
        let beyond = contained.beyond(&settings);
        let keys: Vec<&str> = beyond.iter().map(|problem| problem.key.as_str()).collect();
        let expected =
            ["tls.certificate", "tls.key", "tls.client-ca", "tls.client-crl", "accounts.hook-ca"];
        assert_eq!(keys, expected);
        assert!(beyond.iter().all(|problem| problem.text.contains("restart the server")));
    }
}
