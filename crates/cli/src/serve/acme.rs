//! The certificate from an ACME authority: checks the settings for it, loads the current
//! certificate, and renews it while the server runs. The protocol itself is in `packetboat-acme`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use packetboat_acme::{
    AcmeConfig, AcmeError, Challenge, ExternalAccount, Keeper, News, certificate_file, page_folder,
};
use packetboat_proto::time::Timestamp;
use packetboat_server::settings::{Problem, Proof, Settings};
use packetboat_server::{Certificate, Event, EventKind, Sink, self_signed};

use super::life::Left;
use super::state;
use crate::permission_denied::Refused;

/// The configuration of the ACME client, if certificates are to be requested.
pub(super) fn config(settings: &Settings) -> Result<Option<AcmeConfig>, Problem> {
    if settings.acme.names.is_empty() {
        return Ok(None);
    }
    let config = made(settings, external(settings)?)?;
    match wrong_in(&config, settings).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(Some(config)),
    }
}

/// All problems with the ACME settings.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    if settings.acme.names.is_empty() {
        return Vec::new();
    }
    let (external, unread) = match external(settings) {
        Ok(external) => (external, None),
        Err(problem) => (None, Some(problem)),
    };
    let wrong = match made(settings, external) {
        Ok(config) => wrong_in(&config, settings),
        Err(problem) => vec![problem],
    };
    unread.into_iter().chain(wrong).collect()
}

/// The file of the authority's certificate, whether or not it exists yet.
pub(super) fn file(settings: &Settings) -> Option<PathBuf> {
    let wanted = !settings.acme.names.is_empty();
    folder(settings).filter(|_| wanted).map(|folder| certificate_file(&folder))
}

/// The folder for the account and the certificate, if there is one.
pub(super) fn folder(settings: &Settings) -> Option<PathBuf> {
    let folder = settings.acme.folder.clone();
    folder.or_else(|| Some(state::folder(settings)?.join("acme")))
}

fn made(settings: &Settings, external: Option<ExternalAccount>) -> Result<AcmeConfig, Problem> {
    let acme = &settings.acme;
    let folder = folder(settings).ok_or_else(|| {
        let text = "there is no folder to keep the certificate in; set acme.folder";
        settings.problem("acme.folder", text)
    })?;
    Ok(AcmeConfig {
        directory: acme.directory.clone(),
        authority_root: acme.authority_root.clone(),
        names: acme.names.clone(),
        contacts: acme.contacts.clone(),
        folder,
        challenge: challenge(settings),
        external,
    })
}

fn wrong_in(config: &AcmeConfig, settings: &Settings) -> Vec<Problem> {
    let wrong = |error: AcmeError, key| settings.problem(key, error.to_string());
    let names = config.check().map_err(|error| wrong(error, "acme.names"));
    let root = config.check_root().map_err(|error| wrong(error, "acme.authority-root").of_files());
    [names.err(), root.err()].into_iter().flatten().chain(closed(config, settings)).collect()
}

/// Problems with folders where this user cannot keep files: the one for the certificate, and the
/// one for the challenge files inside the web server's root.
fn closed(config: &AcmeConfig, settings: &Settings) -> Vec<Problem> {
    if state::is_for_heir(settings) {
        return Vec::new();
    }
    let folder = &config.folder;
    let refused = match (&settings.acme.folder, folder.parent()) {
        // An existing folder need not be created, so its parent need not be writable.
        (None, Some(state)) if !folder.exists() => state::refused(settings, state, &[]),
        _ => Refused::keep(folder),
    };
    let wrong = |key, folder: &Path, why: Refused| {
        let text = format!("cannot keep files in {}: {why}", folder.display());
        settings.problem(key, text).of_files()
    };
    let of_folder = refused.map(|why| wrong("acme.folder", folder, why));
    // The web server's root often belongs to root, with a folder inside it just for challenge
    // files.
    let pages = settings.acme.webroot.as_deref().map(page_folder);
    let of_webroot =
        pages.and_then(|folder| Some(wrong("acme.webroot", &folder, Refused::keep(&folder)?)));
    of_folder.into_iter().chain(of_webroot).collect()
}

fn challenge(settings: &Settings) -> Challenge {
    let acme = &settings.acme;
    let on = |port| match acme.listen.is_empty() {
        false => acme.listen.clone(),
        true => everywhere(port),
    };
    match (acme.challenge, &acme.webroot) {
        (Proof::Http01, Some(root)) => Challenge::Webroot(root.clone()),
        (Proof::Http01, None) => Challenge::Http(on(80)),
        (Proof::TlsAlpn01, _) => Challenge::TlsAlpn(on(443)),
    }
}

/// All addresses of the machine; IPv4 only if the machine has no IPv6.
fn everywhere(port: u16) -> Vec<SocketAddr> {
    let v6 = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let v6 = v6.then(|| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    [SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))].into_iter().chain(v6).collect()
}

fn external(settings: &Settings) -> Result<Option<ExternalAccount>, Problem> {
    let acme = &settings.acme;
    let (Some(key_id), Some(file)) = (&acme.key_id, &acme.key_file) else { return Ok(None) };
    let wrong = |text: String| settings.problem("acme.key-file", text).of_files();
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| wrong(format!("cannot read {shown}: {error}")))?;
    let key = Base64UrlUnpadded::decode_vec(text.trim().trim_end_matches('='));
    let key = key.map_err(|_| {
        wrong(format!(
            "{shown} does not contain a key in base64url; put the key from the authority there"
        ))
    })?;
    Ok(Some(ExternalAccount { key_id: key_id.clone(), key }))
}

/// The certificate from the authority, or a self-signed one until there is one.
pub(super) fn certificate(settings: &Settings) -> Result<Option<(Certificate, PathBuf)>, Problem> {
    let Some(config) = config(settings)? else { return Ok(None) };
    let wrong = |text: String| settings.problem("acme.folder", text).of_files();
    let file = certificate_file(&config.folder);
    let found = match std::fs::read(&file) {
        Ok(pem) => Certificate::from_pem(&pem, &pem).map_err(|error| {
            wrong(format!("{}: {error}; remove the file to get a new certificate", file.display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = self_signed(&config.names).map_err(|error| wrong(error.to_string()))?;
            Certificate::from_pem(made.certificate.as_bytes(), made.key.as_bytes())
                .map_err(|error| wrong(error.to_string()))
        }
        Err(error) => Err(wrong(format!("cannot read {}: {error}", file.display()))),
    };
    Ok(Some((found?, file)))
}

/// Listens for the authority. No privileges are needed after this.
pub(super) fn keeper(settings: &Settings, lent: Vec<OwnedFd>) -> Result<Option<Keeper>, Problem> {
    let Some(config) = config(settings)? else { return Ok(None) };
    if settings.acme.folder.is_none()
        && let Some(folder) = config.folder.parent()
    {
        let made = state::make(settings, folder, &[]);
        made.map_err(|error| {
            let text =
                format!("cannot create {}: {error}; choose another folder", folder.display());
            settings.problem("acme.folder", text).of_files()
        })?;
    }
    let bound = Keeper::bind(config, lent);
    bound.map(Some).map_err(|error| {
        let problem = settings.problem("acme.listen", error.to_string());
        match error {
            // As with the server's own addresses, another program may release the port.
            AcmeError::Listen(..) => problem.of_the_moment(),
            _ => problem,
        }
    })
}

/// Creates the folder for the certificate, once the process has become its final user.
pub(super) fn make_folder(keeper: Option<&Keeper>, settings: &Settings) -> Result<(), Problem> {
    let made = keeper.map_or(Ok(()), Keeper::make_folder);
    made.map_err(|error| settings.problem("acme.folder", error.to_string()).of_files())
}

/// Renews the certificate until the server ends or another process takes over, which then listens
/// on the same sockets with challenges this process does not know. Each new certificate is logged
/// and put to use.
pub(super) async fn keep_fresh(
    keeper: Option<Keeper>,
    sink: Box<Sink>,
    left: &Left,
    take: impl Fn() -> Result<(), Problem>,
) {
    let Some(keeper) = keeper else { return std::future::pending().await };
    let tell = |step, text| sink(&Event { session: 0, kind: EventKind::Server { step, text } });
    let ended = tokio::select! {
        ended = keeper.run(|news| match news {
            News::Obtained { names, not_after } => {
                let until = Timestamp(not_after).calendar();
                let (year, month, day) = (until.year, until.month, until.day);
                let names = names.join(", ");
                let text =
                    format!("has a certificate for {names} until {year:04}-{month:02}-{day:02}");
                tell("certificate", text);
                if let Err(problem) = take() {
                    tell("no certificate", format!("cannot use its new certificate: {problem}"));
                }
            }
            News::Failed { renewal, why, again_in } => {
                let minutes = again_in.as_secs() / 60;
                let what = if renewal { "renew its" } else { "get a" };
                let text =
                    format!("could not {what} certificate: {why}; it will try again in {minutes} min");
                tell("no certificate", text);
            }
        }) => ended,
        () = left.notified() => Ok(()),
    };
    if let Err(error) = ended {
        tell("no certificate", format!("no longer renews its certificate: {error}"));
    }
    std::future::pending().await
}
