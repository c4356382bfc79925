//! TLS for the server: loads the certificates that the settings name, creates a self-signed one,
//! and says at the start how clients can trust it.

use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::{OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use packetboat_proto::server::Tls;
use packetboat_server::settings::{ClientsWanted, Host, Origin, Problem, Settings, Whether};
use packetboat_server::{
    Certificate, CertificateError, ClientCertificates, Handle, ServerConfig, TlsConfig, Vouchers,
    self_signed,
};

use super::{acme, state};
use crate::shell::word;

/// What the start message says about the certificate.
#[derive(Default)]
pub(super) struct Told {
    fingerprint: Option<String>,
    /// The file that clients need to trust the certificate.
    trust: Option<PathBuf>,
    /// For a certificate that was not created here: its file, and the addresses it is valid for.
    given: Option<(PathBuf, Vec<IpAddr>)>,
    required: bool,
}

/// The options and the scheme that clients need besides the address.
pub(super) struct How {
    /// `None` if curl cannot be told to trust the certificate.
    pub curl: Option<String>,
    pub curl_scheme: &'static str,
    pub own: String,
    pub own_scheme: &'static str,
}

/// The certificate, and where it came from.
struct Found {
    certificate: Certificate,
    /// Set if it was created here.
    file: Option<PathBuf>,
}

/// Loads or creates the certificate, and adds it to the configuration.
pub(super) fn apply(settings: &Settings, config: &mut ServerConfig) -> Result<Told, Problem> {
    let tls = &settings.tls;
    if tls.mode == Some(Whether::Off) {
        config.session.tls = Tls::Off;
        return Ok(Told::default());
    }
    let Some(found) = find(settings)? else { return Ok(Told::default()) };
    let fingerprint = found.certificate.fingerprint();
    let given = tls.certificate.clone().map(|file| (file, found.certificate.addresses()));
    let clients = client_certificates(settings)?;
    usable(settings, &clients)?;
    let made = TlsConfig::new(found.certificate, tls.require_reuse, &clients);
    let made =
        made.map_err(|error| settings.problem("tls.certificate", error.to_string()).of_files());
    let mut made = made?;
    for host in &settings.hosts {
        add_host(&mut made, host).map_err(|error| of_host_files(host, error))?;
    }
    config.tls = Some(made);
    let required = tls.mode == Some(Whether::Require);
    config.session.tls = if required { Tls::Required } else { Tls::Offered };
    Ok(Told { fingerprint: Some(fingerprint), trust: found.file, given, required })
}

/// Puts the current certificate to use.
pub(super) fn renew(settings: &Settings, handle: &Handle) -> Result<(), Problem> {
    let mut config = settings.server.clone();
    apply(settings, &mut config)?;
    if let Some(tls) = config.tls {
        handle.use_tls(tls);
    }
    Ok(())
}

fn add_host(tls: &mut TlsConfig, host: &Host) -> Result<(), Unusable> {
    let (Some(cert), Some(key)) = (&host.certificate, &host.key) else { return Ok(()) };
    let added = tls.add_host(&host.names, load(cert, key)?);
    added.map_err(|error| Unusable { text: error.to_string(), of_key: false })
}

fn of_host_files(host: &Host, error: Unusable) -> Problem {
    let key = error.of("host.certificate", "host.key");
    Problem::new(host.origin.clone().unwrap_or(Origin::Default), key, error.text).of_files()
}

/// Whether clients are asked for certificates, and which authorities issue these.
fn client_certificates(settings: &Settings) -> Result<ClientCertificates, Problem> {
    let tls = &settings.tls;
    let revoked = named_file(settings, &tls.client_crl, "tls.client-crl")?;
    let authorities = named_file(settings, &tls.client_ca, "tls.client-ca")?;
    let vouchers = authorities.map(|authorities| Vouchers { authorities, revoked });
    Ok(match (tls.client_certificates, vouchers) {
        (Some(ClientsWanted::Off), _) | (None, None) => ClientCertificates::Off,
        // The rules have made sure that there is an authority if certificates are required.
        (Some(_), None) => ClientCertificates::Known,
        (Some(ClientsWanted::Offered) | None, Some(vouchers)) => {
            ClientCertificates::Offered(vouchers)
        }
        (Some(ClientsWanted::Required), Some(vouchers)) => ClientCertificates::Required(vouchers),
    })
}

fn named_file(
    settings: &Settings,
    path: &Option<PathBuf>,
    key: &str,
) -> Result<Option<Vec<u8>>, Problem> {
    let read = |path: &PathBuf| {
        let why = |error| format!("cannot read {}: {error}", path.display());
        std::fs::read(path).map_err(why)
    };
    let read = path.as_ref().map(read).transpose();
    read.map_err(|text| settings.problem(key, text).of_files())
}

fn usable(settings: &Settings, clients: &ClientCertificates) -> Result<(), Problem> {
    clients.check().map_err(|error| {
        let key = match error {
            CertificateError::BadRevocations(_) => "tls.client-crl",
            _ => "tls.client-ca",
        };
        settings.problem(key, error.to_string()).of_files()
    })
}

/// Checks the certificates without creating one.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    if settings.tls.mode == Some(Whether::Off) {
        return Vec::new();
    }
    let of_hosts = settings.hosts.iter().flat_map(|host| {
        let pair = host.certificate.as_ref().zip(host.key.as_ref());
        let wrong = pair.map(|(cert, key)| unusable(cert, key)).unwrap_or_default();
        wrong.into_iter().map(|error| of_host_files(host, error))
    });
    check_main(settings).into_iter().chain(of_hosts).collect()
}

/// Problems with a pair: each unreadable file, or else a mismatch.
fn unusable(cert: &Path, key: &Path) -> Vec<Unusable> {
    let unread: Vec<_> =
        [read(cert, false).err(), read(key, true).err()].into_iter().flatten().collect();
    match unread.is_empty() {
        true => load(cert, key).and_then(works).err().into_iter().collect(),
        false => unread,
    }
}

fn works(certificate: Certificate) -> Result<(), Unusable> {
    let made = TlsConfig::new(certificate, false, &ClientCertificates::Off);
    made.map(drop).map_err(|error| Unusable { text: error.to_string(), of_key: false })
}

fn check_main(settings: &Settings) -> Vec<Problem> {
    let tls = &settings.tls;
    let problem = |error: Unusable| {
        settings.problem(error.of("tls.certificate", "tls.key"), error.text).of_files()
    };
    let wrong = match (&tls.certificate, &tls.key) {
        (Some(cert), Some(key)) => unusable(cert, key),
        (Some(cert), None) => read(cert, false).err().into_iter().collect(),
        (None, Some(key)) => read(key, true).err().into_iter().collect(),
        (None, None) => Vec::new(),
    };
    let of_pair = wrong.into_iter().map(problem);
    let homeless =
        tls.self_signed && tls.certificate.is_none() && state::folder(settings).is_none();
    let homeless = homeless.then(|| nowhere(settings)).or_else(|| closed(settings));
    of_pair.chain(check_clients(settings)).chain(acme::check(settings)).chain(homeless).collect()
}

/// Why a certificate that is to be created here could not be kept.
fn closed(settings: &Settings) -> Option<Problem> {
    let (tls, acme) = (&settings.tls, &settings.acme);
    if !tls.self_signed || tls.certificate.is_some() || !acme.names.is_empty() {
        return None;
    }
    let folder = state::folder(settings)?;
    let [cert, key] = files_in(&folder);
    let refused = state::refused(settings, &folder, &[&cert, &key])?;
    let text = not_kept(&folder, &refused);
    Some(settings.problem("tls.self-signed", text).of_files())
}

/// The self-signed certificate and its key.
fn files_in(folder: &Path) -> [PathBuf; 2] {
    ["certificate.pem", "key.pem"].map(|name| folder.join(name))
}

/// Problems with the authorities of clients: each unreadable file, or else a mismatch.
fn check_clients(settings: &Settings) -> Vec<Problem> {
    let tls = &settings.tls;
    let files = [("tls.client-ca", &tls.client_ca), ("tls.client-crl", &tls.client_crl)];
    let unread = files.map(|(key, path)| named_file(settings, path, key).err());
    let unread: Vec<_> = unread.into_iter().flatten().collect();
    match unread.is_empty() {
        true => {
            let clients = client_certificates(settings);
            let wrong = clients.and_then(|clients| usable(settings, &clients)).err();
            wrong.into_iter().collect()
        }
        false => unread,
    }
}

fn nowhere(settings: &Settings) -> Problem {
    let text = "there is no folder to keep the certificate in; set HOME or XDG_STATE_HOME, or give a certificate with \
                tls.certificate and tls.key (--cert and --key)";
    settings.problem("tls.self-signed", text)
}

fn find(settings: &Settings) -> Result<Option<Found>, Problem> {
    let tls = &settings.tls;
    let wrong = |key: &str, text: String| settings.problem(key, text).of_files();
    if let (Some(cert), Some(key)) = (&tls.certificate, &tls.key) {
        let certificate = load(cert, key);
        let certificate = certificate
            .map_err(|error| wrong(error.of("tls.certificate", "tls.key"), error.text))?;
        return Ok(Some(Found { certificate, file: None }));
    }
    if let Some((certificate, _)) = acme::certificate(settings)? {
        return Ok(Some(Found { certificate, file: None }));
    }
    if !tls.self_signed {
        return Ok(None);
    }
    let folder = state::folder(settings).ok_or_else(|| nowhere(settings))?;
    let [cert, key] = files_in(&folder);
    let kept = state::make(settings, &folder, &[&cert, &key]);
    let kept = kept.map_err(|error| not_kept(&folder, &error));
    let there = kept.and_then(|()| Ok(is_there(&cert)? && is_there(&key)?));
    let made = there.and_then(|there| match there {
        true => Ok(()),
        false => make(settings, &folder, &cert, &key),
    });
    let certificate = made.and_then(|()| load(&cert, &key).map_err(|error| error.text));
    let certificate = certificate.map_err(|text| wrong("tls.self-signed", text))?;
    Ok(Some(Found { certificate, file: Some(cert) }))
}

/// A problem with a certificate and its key.
struct Unusable {
    text: String,
    /// Whether only the key is to blame.
    of_key: bool,
}

impl Unusable {
    /// The setting to report, out of the two.
    fn of<'a>(&self, certificate: &'a str, key: &'a str) -> &'a str {
        if self.of_key { key } else { certificate }
    }
}

fn read(path: &Path, of_key: bool) -> Result<Vec<u8>, Unusable> {
    std::fs::read(path).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::PermissionDenied => "; allow the server's user to read it",
            _ => "",
        };
        Unusable { text: format!("cannot read {}: {error}{hint}", path.display()), of_key }
    })
}

fn load(cert: &Path, key: &Path) -> Result<Certificate, Unusable> {
    Certificate::from_pem(&read(cert, false)?, &read(key, true)?).map_err(|error| {
        let of_key = matches!(error, CertificateError::NoKey(_));
        let text = match of_key {
            true => format!("{}: {error}", key.display()),
            false => format!("{} and {}: {error}", cert.display(), key.display()),
        };
        Unusable { text, of_key }
    })
}

/// Whether a file exists. One that cannot be accessed is not treated as missing, so that it is not
/// replaced.
fn is_there(path: &Path) -> Result<bool, String> {
    path.try_exists().map_err(|error| format!("cannot access {}: {error}", path.display()))
}

fn not_kept(folder: &Path, why: &impl std::fmt::Display) -> String {
    format!("cannot keep the certificate in {}: {why}", folder.display())
}

fn make(settings: &Settings, folder: &Path, cert: &Path, key: &Path) -> Result<(), String> {
    let made = self_signed(&names(settings)).map_err(|error| error.to_string())?;
    let heir = state::heir(settings);
    let written = write_new(key, &made.key, 0o600, heir)
        .and_then(|()| write_new(cert, &made.certificate, 0o644, heir));
    written.map_err(|error| not_kept(folder, &error))
}

/// Writes a file that nobody else can read at any time before it has its permissions.
fn write_new(path: &Path, text: &str, mode: u32, heir: Option<(u32, u32)>) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path)?;
    if let Some((uid, gid)) = heir {
        fchown(&file, Some(uid), Some(gid))?;
    }
    file.write_all(text.as_bytes())
}

/// The names and addresses by which clients may know the server.
fn names(settings: &Settings) -> Vec<String> {
    let listened = settings.listen.iter().filter_map(|one| one.address).map(|address| address.ip());
    let addresses = listened.filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string());
    let loopback = [IpAddr::from([127, 0, 0, 1]).to_string(), "::1".to_owned()];
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut names: Vec<String> = ["localhost".to_owned(), machine]
        .into_iter()
        .chain(loopback)
        .chain(addresses)
        .chain(settings.passive_address.clone())
        .chain(settings.hosts.iter().flat_map(|host| &host.names).map(ToString::to_string))
        .filter(|name| name.is_ascii() && !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

impl Told {
    /// Prints what clients need to know.
    pub(super) fn announce(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Some(fingerprint) = &self.fingerprint else { return Ok(()) };
        let whether = if self.required { "required" } else { "offered" };
        writeln!(out, "  TLS         {whether}; certificate SHA-256 {fingerprint}")?;
        if let Some(file) = &self.trust {
            let file = file.display();
            writeln!(
                out,
                "  self-signed; to trust it, give clients its file: curl --cacert {file},"
            )?;
            writeln!(
                out,
                "              packetboat --ca {file}; or its fingerprint: packetboat --fingerprint"
            )?;
        }
        Ok(())
    }

    /// How clients on this machine connect: with TLS if there is any, unless the address is
    /// `without`.
    pub(super) fn how(&self, ip: IpAddr, implicit: bool, without: bool) -> How {
        let Some(fingerprint) = self.fingerprint.as_ref().filter(|_| !without) else {
            let (curl, own) = (Some(String::new()), String::new());
            return How { curl, curl_scheme: "ftp", own, own_scheme: "ftp" };
        };
        let (curl_scheme, own_scheme) = if implicit { ("ftps", "ftps") } else { ("ftp", "ftpes") };
        let file = self.trust.as_ref().map(|file| word(&file.to_string_lossy()).to_string());
        // A certificate that was not created here may be valid for a name only, not for this
        // address. It can still be recognized by its fingerprint.
        let own = match &file {
            Some(file) => format!(" --ca {file}"),
            None => format!(" --fingerprint {fingerprint}"),
        };
        let for_it = self.given.as_ref().filter(|(_, addresses)| addresses.contains(&ip));
        let for_it = for_it.map(|(file, _)| word(&file.to_string_lossy()).to_string());
        let curl = file.or(for_it).map(|file| format!(" --ssl-reqd --cacert {file}"));
        How { curl, curl_scheme, own, own_scheme }
    }
}
