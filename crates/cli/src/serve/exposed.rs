//! Keeps the server's own files out of the folders it serves. The server runs as the user who may
//! read and write those files, so it would hand them out or let clients replace them. A settings
//! file in a served folder only gets a warning, because people often serve the folder around it.

use std::path::{Path, PathBuf};

use packetboat_server::settings::{Origin, Problem, Settings};

use super::{acme, external_logins, state};

/// A file or folder of the server's own.
struct Own<'a> {
    what: &'static str,
    path: PathBuf,
    key: &'static str,
    /// Where the path was set, if not in a row of the settings table.
    origin: Option<&'a Option<Origin>>,
    way_out: &'static str,
}

const ELSEWHERE: &str = "keep it in a folder that is not served";

/// Checks where each of the server's own files is.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    let served = served(settings);
    let exposed = own(settings).into_iter().filter_map(|own| {
        let folder = served.iter().find(|folder| lies_beneath(&own.path, folder))?;
        let text = format!(
            "{} {} is inside {}, which is served, so clients could reach it; {}",
            own.what,
            own.path.display(),
            folder.display(),
            own.way_out
        );
        Some(match own.origin {
            Some(origin) => Problem::new(origin.clone().unwrap_or(Origin::Default), own.key, text),
            None => settings.problem(own.key, text),
        })
    });
    exposed.collect()
}

/// A warning that clients can reach the settings file.
pub(crate) fn of_file(file: &Path, settings: &Settings) -> Option<String> {
    let folder = served(settings).into_iter().find(|folder| lies_beneath(file, folder))?;
    Some(format!(
        "{} is inside {}, which is served: anyone who may write there could change the settings; {ELSEWHERE}",
        file.display(),
        folder.display()
    ))
}

/// The served folders. A missing one is reported when it is opened.
fn served(settings: &Settings) -> Vec<PathBuf> {
    let hosts = settings.hosts.iter().map(|host| &host.root);
    let mounts = settings.mounts.iter().map(|mount| &mount.root);
    let named = [&settings.root].into_iter().chain(hosts).chain(mounts).flatten();
    named.filter_map(|folder| folder.canonicalize().ok()).collect()
}

fn own(settings: &Settings) -> Vec<Own<'_>> {
    let (accounts, acme, logs) = (&settings.accounts, &settings.acme, &settings.log_files);
    let of_settings = [
        ("the database", &accounts.database, "accounts.database"),
        ("the private key", &settings.tls.key, "tls.key"),
        ("the client CA file", &settings.tls.client_ca, "tls.client-ca"),
        ("the revocation list", &settings.tls.client_crl, "tls.client-crl"),
        ("the CA file of the hook", &accounts.hook_ca, "accounts.hook-ca"),
        ("the account key", &acme.key_file, "acme.key-file"),
        ("the root certificate of the authority", &acme.authority_root, "acme.authority-root"),
        ("the log", &logs.general, "log.file"),
        ("the log", &logs.xferlog, "log.xferlog"),
        ("the log", &logs.audit, "log.audit"),
    ];
    let of_settings = of_settings.into_iter().filter_map(|(what, path, key)| {
        Some(Own { what, path: path.clone()?, key, origin: None, way_out: ELSEWHERE })
    });
    let hook = external_logins::program(settings).map(|program| Own {
        what: "the program",
        path: program.to_owned(),
        key: "accounts.hook",
        origin: None,
        way_out: ELSEWHERE,
    });
    let of_hosts = settings.hosts.iter().flat_map(|host| {
        let given = [
            ("the database", &host.database, "host.database"),
            ("the private key", &host.key, "host.key"),
        ];
        given.into_iter().filter_map(|(what, path, key)| {
            let (path, origin) = (path.clone()?, Some(&host.origin));
            Some(Own { what, path, key, origin, way_out: ELSEWHERE })
        })
    });
    of_settings.chain(hook).chain(of_hosts).chain(made(settings)).collect()
}

/// The folder of the private key that the server itself creates.
fn made(settings: &Settings) -> Option<Own<'static>> {
    let (path, key, way_out) = match (settings.acme.names.is_empty(), settings.tls.self_signed) {
        (false, _) => (
            acme::folder(settings)?,
            "acme.folder",
            "set acme.folder to a folder that is not served",
        ),
        (true, true) => (
            state::folder(settings)?,
            "tls.self-signed",
            "set XDG_STATE_HOME to a folder that is not served, or serve another folder",
        ),
        (true, false) => return None,
    };
    Some(Own { what: "the folder of the private key", path, key, origin: None, way_out })
}

/// Whether a path, or the target it links to, is inside a folder. A link inside could be replaced,
/// too.
fn lies_beneath(path: &Path, folder: &Path) -> bool {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = path.parent().zip(path.file_name()).map(|(above, name)| real(above).join(name));
    [place, Some(real(&path))].into_iter().flatten().any(|path| path.starts_with(folder))
}

/// The full path with links resolved, as far as it exists.
fn real(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), ..) => real,
        (Err(_), Some(above), Some(name)) => real(above).join(name),
        (Err(_), ..) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beneath_a_served_folder_is_told_at_its_setting() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for name in ["served", "beside"] {
            std::fs::create_dir(path(name)).expect("a folder");
        }
        let to_beside = std::os::unix::fs::symlink("../beside/a.db", path("served/linked.db"));
        let to_served = std::os::unix::fs::symlink("served", path("link"));
        to_beside.and(to_served).expect("links");
        let check = |name: &str| {
            let mut settings = Settings::default();
            settings.root = Some(path("served"));
            settings.accounts.database = Some(path(name));
            check(&settings)
        };
        for name in ["served/a.db", "served/not/there/a.db", "link/a.db", "served/linked.db"] {
            let told = check(name);
            assert!(matches!(&*told, [one] if one.key == "accounts.database"), "{name}: {told:?}");
        }
        for name in ["beside/a.db", "served-too/a.db", "served.db"] {
            assert_eq!(check(name), [], "{name}");
        }
    }

    #[test]
    fn every_key_and_log_is_looked_at_beneath_every_folder() {
        use packetboat_server::settings::{Host, Mount};
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = tempfile::tempdir().expect("a folder");
        let path = |name: &str| Some(folder.path().join(name));
        let mut settings = Settings::default();
        settings.root = path("");
        settings.tls.key = path("key.pem");
        settings.acme.key_file = path("acme.key");
        settings.tls.client_ca = path("ca.pem");
        settings.tls.client_crl = path("crl.pem");
        settings.accounts.hook_ca = path("hook.pem");
        settings.acme.authority_root = path("root.pem");
        settings.acme.names = vec!["ftp.example.org".to_owned()];
        settings.acme.folder = path("acme");
        settings.accounts.hook = path("hook").map(|path| path.display().to_string());
        settings.log_files.audit = path("audit");
        settings.mounts.push(Mount { root: Some(mounted.path().to_owned()), ..Mount::default() });
        let key = Some(mounted.path().join("host.pem"));
        settings.hosts.push(Host { key, ..Host::default() });
        let keys: Vec<String> = check(&settings).into_iter().map(|problem| problem.key).collect();
        let expected = [
            "tls.key",
            "tls.client-ca",
            "tls.client-crl",
            "accounts.hook-ca",
            "acme.key-file",
            "acme.authority-root",
            "log.audit",
            "accounts.hook",
            "host.key",
            "acme.folder",
        ];
        assert_eq!(keys, expected);
    }
}
