//! Checks what the settings name besides sites, certificates and databases: users, log folders, PAM
//! services and ports. Nothing is created, so that a check of a settings file finds what a start
//! would.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use packetboat_contain::Identity;
use packetboat_server::PassivePorts;
use packetboat_server::settings::{LogForm, Problem, Settings};

use super::rules::of_listener;
use super::state;
use crate::permission_denied::{Refused, folder_of};

/// The folders of PAM services, one file each. The second is for services that come with the
/// system.
const PAM_FOLDERS: [&str; 2] = ["/etc/pam.d", "/usr/lib/pam.d"];

/// Runs all checks. Each holds whatever else is wrong with the settings.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    [logs(settings), user(settings), paths(settings), pam(settings), ports(settings)].concat()
}

/// Listen addresses that this machine does not have. A start reports them itself as something that
/// may change; whether a port is free does not depend on the settings file.
pub(super) fn addresses(settings: &Settings) -> Vec<Problem> {
    let wrong = settings.listen.iter().enumerate().filter_map(|(index, one)| {
        let ip = one.address?.ip();
        let error = TcpListener::bind((ip, 0)).err()?;
        let text = match error.kind() {
            ErrorKind::AddrNotAvailable => {
                format!("this machine has no address {ip}; `ip address` lists its addresses")
            }
            _ => return None,
        };
        Some(of_listener(index, one, text))
    });
    wrong.collect()
}

fn logs(settings: &Settings) -> Vec<Problem> {
    let by_heir = state::is_for_heir(settings);
    let logs = &settings.log_files;
    let general = logs.general.as_ref().filter(|_| settings.log != LogForm::Off);
    let files = [
        ("log.file", general),
        ("log.xferlog", logs.xferlog.as_ref()),
        ("log.audit", logs.audit.as_ref()),
    ];
    let wrong = |(key, file): (&str, Option<&std::path::PathBuf>)| {
        let file = file?;
        let rights = || if by_heir { None } else { not_allowed(file) };
        let text = misnamed(file).or_else(rights)?;
        Some(settings.problem(key, text).of_files())
    };
    files.into_iter().filter_map(wrong).collect()
}

/// Why no file can be written there, as far as one can tell without writing it.
pub(super) fn cannot_be_written(file: &Path) -> Option<String> {
    misnamed(file).or_else(|| not_allowed(file))
}

/// Why no user at all can write a file there.
fn misnamed(file: &Path) -> Option<String> {
    let folder = folder_of(file);
    if is_missing(folder) {
        let (file, folder) = (file.display(), folder.display());
        return Some(format!(
            "cannot open the log {file}: the folder {folder} does not exist; create it, or choose another file"
        ));
    }
    let shown = file.display();
    if file.is_dir() {
        return Some(format!("cannot open the log {shown}: it is a folder; choose a file in it"));
    }
    None
}

/// Why this user cannot write a file there.
fn not_allowed(file: &Path) -> Option<String> {
    let shown = file.display();
    Refused::write(file).map(|refused| format!("cannot open the log {shown}: {refused}"))
}

/// Whether the folder is known to be missing. A folder that this user cannot look at may exist.
fn is_missing(folder: &Path) -> bool {
    match std::fs::metadata(folder) {
        Ok(found) => !found.is_dir(),
        Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    }
}

fn user(settings: &Settings) -> Vec<Problem> {
    let contain = &settings.contain;
    let Some(user) = &contain.user else { return Vec::new() };
    let wrong = |key: &str, error: packetboat_contain::ContainError| {
        vec![settings.problem(key, error.to_string())]
    };
    match (Identity::find(user, None), Identity::find(user, contain.group.as_deref())) {
        (Err(error), _) => wrong("contain.user", error),
        (_, Err(error)) => wrong("contain.group", error),
        _ => Vec::new(),
    }
}

fn paths(settings: &Settings) -> Vec<Problem> {
    let missing = settings.contain.paths.iter().filter(|path| is_missing(path));
    let told = |path: &std::path::PathBuf| {
        let text = format!(
            "the folder {} does not exist; create it, or remove it from the list",
            path.display()
        );
        settings.problem("contain.paths", text).of_files()
    };
    missing.map(told).collect()
}

fn pam(settings: &Settings) -> Vec<Problem> {
    let Some(service) = &settings.accounts.pam.service else { return Vec::new() };
    let own = settings.accounts.pam.folder.as_deref();
    let usual = PAM_FOLDERS.map(Path::new);
    let folders = own.as_ref().map_or(&usual[..], std::slice::from_ref);
    // Without the folder, all services are in one file, which only PAM reads.
    let is_known = folders.iter().any(|folder| folder.join(service).exists());
    if is_known || is_missing(folders[0]) {
        return Vec::new();
    }
    let text = format!(
        "PAM has no service {service}: {} does not exist; create that file, or choose an existing service",
        folders[0].join(service).display()
    );
    vec![settings.problem("accounts.pam-service", text).of_files()]
}

/// The first port that needs no privileges. Containers often allow all ports.
fn open_to_all() -> u16 {
    let set = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    set.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1024)
}

/// Checks the range of passive ports: the server may listen on one of them itself, or they may need
/// root's rights.
fn ports(settings: &Settings) -> Vec<Problem> {
    let PassivePorts::Range { first, last } = settings.server.passive_ports else {
        return Vec::new();
    };
    let listened = settings.listen.iter().filter_map(|one| one.address);
    let taken = listened.map(|address| address.port()).find(|port| (first..=last).contains(port));
    let text = match (taken, &settings.contain.user) {
        (Some(port), _) => format!("the server itself listens on port {port}; choose other ports"),
        (None, Some(user)) if first < open_to_all() => {
            let below = open_to_all();
            format!(
                "{user} may not open ports below {below}; choose higher ones, such as 50000-50099"
            )
        }
        _ => return Vec::new(),
    };
    vec![settings.problem("data.passive-ports", text)]
}
