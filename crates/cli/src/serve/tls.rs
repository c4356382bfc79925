//! TLS for the server: the arguments, the certificate they name or one made here, and what is printed of it.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use packetboat_proto::server::Tls;
use packetboat_server::{Certificate, ServerConfig, TlsConfig, self_signed};

use super::{Ended, ServeArgs, parse_listen};
use crate::exit::Exit;

/// How the server speaks TLS.
#[derive(Args)]
pub(super) struct TlsArgs {
    /// Whether clients may or must use TLS [default: offer where there is a certificate]
    #[arg(long, value_enum, value_name = "WHETHER")]
    tls: Option<Whether>,

    /// The server's certificate in PEM, with those that lead to its root behind it.
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// The private key of the certificate in PEM, without a password.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// Use a certificate of this server's own making. It is made once and kept in
    /// $XDG_STATE_HOME/packetboat, or ~/.local/state/packetboat; clients have to be told to trust it.
    #[arg(long, conflicts_with = "cert")]
    self_signed: bool,

    // Not links: what stands in brackets is an IPv6 address.
    #[allow(rustdoc::broken_intra_doc_links)]
    /// Address and port to listen on for clients that begin with TLS (ftps://); repeat it for several
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    listen_tls: Vec<SocketAddr>,

    /// Refuse data connections that do not resume the TLS session of their control connection. Nobody else
    /// can then take the place of the client on one; not every client can do it.
    #[arg(long)]
    tls_require_reuse: bool,
}

/// Whether TLS is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whether {
    /// Clients cannot use it
    Off,
    /// Clients may use it
    Offer,
    /// Nobody logs in or moves data without it
    Require,
}

/// What is told of the certificate at the start.
#[derive(Default)]
pub(super) struct Told {
    fingerprint: Option<String>,
    /// The file that clients are given to trust.
    trust: Option<PathBuf>,
    required: bool,
}

/// Where the certificate is from.
struct Found {
    certificate: Certificate,
    /// Set where it was made here.
    file: Option<PathBuf>,
}

/// Reads or makes the certificate and puts all into the configuration.
pub(super) fn apply(args: &ServeArgs, config: &mut ServerConfig) -> Result<Told, Ended> {
    let tls = &args.tls;
    if tls.tls == Some(Whether::Off) {
        config.session.tls = Tls::Off;
        return match tls.listen_tls.is_empty() && !tls.tls_require_reuse {
            true => Ok(Told::default()),
            false => Err(usage(
                "--tls off does not go with --listen-tls or --tls-require-reuse; \
                                leave one of them out",
            )),
        };
    }
    let Some(found) = find(args)? else {
        let wants = tls.tls.is_some() || !tls.listen_tls.is_empty() || tls.tls_require_reuse;
        return match wants {
            false => Ok(Told::default()),
            true => Err(usage(
                "TLS needs a certificate; give one with --cert and --key, or let one be \
                               made with --self-signed",
            )),
        };
    };
    let fingerprint = found.certificate.fingerprint();
    let made = TlsConfig::new(found.certificate, tls.tls_require_reuse);
    config.tls = Some(made.map_err(|error| usage(&error.to_string()))?);
    config.listen_tls.clone_from(&tls.listen_tls);
    let required = tls.tls == Some(Whether::Require);
    config.session.tls = if required { Tls::Required } else { Tls::Offered };
    Ok(Told { fingerprint: Some(fingerprint), trust: found.file, required })
}

fn usage(message: &str) -> Ended {
    (Exit::Usage, message.to_owned())
}

fn find(args: &ServeArgs) -> Result<Option<Found>, Ended> {
    if let (Some(cert), Some(key)) = (&args.tls.cert, &args.tls.key) {
        let certificate = load(cert, key)?;
        return Ok(Some(Found { certificate, file: None }));
    }
    if !args.tls.self_signed {
        return Ok(None);
    }
    let folder = state_folder().ok_or_else(|| {
        usage("there is no place for the certificate; set HOME or XDG_STATE_HOME, or give one with --cert \
               and --key")
    })?;
    let (cert, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if !cert.exists() || !key.exists() {
        make(args, &folder, &cert, &key)?;
    }
    Ok(Some(Found { certificate: load(&cert, &key)?, file: Some(cert) }))
}

fn load(cert: &Path, key: &Path) -> Result<Certificate, Ended> {
    let read = |path: &Path| {
        std::fs::read(path)
            .map_err(|error| (Exit::LOCAL_FILE, format!("cannot read {}: {error}", path.display())))
    };
    let certificate = Certificate::from_pem(&read(cert)?, &read(key)?);
    certificate
        .map_err(|error| usage(&format!("{} and {}: {error}", cert.display(), key.display())))
}

fn make(args: &ServeArgs, folder: &Path, cert: &Path, key: &Path) -> Result<(), Ended> {
    let made = self_signed(&names(args)).map_err(|error| usage(&error.to_string()))?;
    let written = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| write_new(key, &made.key, 0o600))
        .and_then(|()| write_new(cert, &made.certificate, 0o644));
    written.map_err(|error| {
        let folder = folder.display();
        (Exit::LOCAL_FILE, format!("cannot keep the certificate in {folder}: {error}"))
    })
}

/// Writes a file that nobody else could read before it got its permissions.
fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(mode).open(path)?.write_all(text.as_bytes())
}

/// The names and addresses that clients may know the server by.
fn names(args: &ServeArgs) -> Vec<String> {
    let listened = args.listen.iter().chain(&args.tls.listen_tls).map(SocketAddr::ip);
    let addresses = listened.filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string());
    let loopback = [IpAddr::from([127, 0, 0, 1]).to_string(), "::1".to_owned()];
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut names: Vec<String> = ["localhost".to_owned(), machine]
        .into_iter()
        .chain(loopback)
        .chain(addresses)
        .chain(args.passive_address.clone())
        .chain(args.host.iter().map(|(name, _)| name.to_string()))
        .filter(|name| name.is_ascii() && !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn state_folder() -> Option<PathBuf> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    state.map(|state| state.join("packetboat"))
}

impl Told {
    /// Says what clients have to know.
    pub(super) fn announce(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Some(fingerprint) = &self.fingerprint else { return Ok(()) };
        let whether = if self.required { "required" } else { "offered" };
        writeln!(out, "  TLS         {whether}; certificate SHA-256 {fingerprint}")?;
        if let Some(file) = &self.trust {
            let file = file.display();
            writeln!(out, "  self-signed; clients trust it by its file: curl --cacert {file},")?;
            writeln!(
                out,
                "              packetboat --ca {file}; or by its fingerprint: --fingerprint"
            )?;
        }
        Ok(())
    }

    /// What curl wants besides, before an address.
    pub(super) fn curl_options(&self) -> String {
        match (&self.fingerprint, &self.trust) {
            (None, _) => String::new(),
            (Some(_), None) => " --ssl-reqd".to_owned(),
            (Some(_), Some(file)) => format!(" --ssl-reqd --cacert {}", file.display()),
        }
    }

    /// What our own client wants besides.
    pub(super) fn own_options(&self) -> String {
        match &self.trust {
            Some(file) => format!(" --ca {}", file.display()),
            None => String::new(),
        }
    }
}
