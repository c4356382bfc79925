//! The servers, and how each is set up: anonymous sessions may read everything and store below
//! `upload`; no TLS, no name lookups, no limit on clients; logs as the package configures them.
//! Where a default slows a peer down without any use for the bench, the faster setting is chosen.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::context::Context;
use crate::ftp::Login;
use crate::{Result, tls};

/// The password of Packetboat's account `bench`, which protects nothing but a loopback port.
const PASSWORD: &str = "packetboat-bench";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Packetboat,
    Vsftpd,
    Proftpd,
    Pureftpd,
    Pyftpdlib,
    /// Not an FTP server: accepts connections and sends one file.
    Sendfile,
    /// The same, sending in pieces of the most efficient size.
    SendfilePieces,
    /// Speaks just enough FTP to send small files.
    Retrieve,
    /// Speaks just enough FTP to store small files, which appear complete.
    StoreWhole,
    /// The same, with files that grow in place.
    StoreGrowing,
}

/// How to start a server.
pub(crate) struct Launch {
    pub(crate) program: OsString,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Kind {
    pub(crate) const SERVERS: [Self; 5] =
        [Self::Packetboat, Self::Vsftpd, Self::Proftpd, Self::Pureftpd, Self::Pyftpdlib];

    /// The name on the command line and in file names.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Packetboat => "packetboat",
            Self::Vsftpd => "vsftpd",
            Self::Proftpd => "proftpd",
            Self::Pureftpd => "pureftpd",
            Self::Pyftpdlib => "pyftpdlib",
            Self::Sendfile => "sendfile",
            Self::SendfilePieces => "sendfile-pieces",
            Self::Retrieve => "retrieve",
            Self::StoreWhole => "store-whole",
            Self::StoreGrowing => "store-growing",
        }
    }

    /// The name in tables.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Packetboat => "Packetboat",
            Self::Vsftpd => "vsftpd",
            Self::Proftpd => "ProFTPD",
            Self::Pureftpd => "Pure-FTPd",
            Self::Pyftpdlib => "pyftpdlib",
            Self::Sendfile => "bare sendfile loop",
            Self::SendfilePieces => "bare sendfile loop, TCP_NODELAY, 48 KiB a call",
            Self::Retrieve => "bare retrieve loop",
            Self::StoreWhole => "bare store loop, files appear whole",
            Self::StoreGrowing => "bare store loop, files grow",
        }
    }

    pub(crate) fn speaks_ftp(self) -> bool {
        !matches!(self, Self::Sendfile | Self::SendfilePieces)
    }

    /// Whether this is not a competitor but shows the least that a line can cost.
    pub(crate) fn is_yardstick(self) -> bool {
        let is_bare = matches!(self, Self::Retrieve | Self::StoreWhole | Self::StoreGrowing);
        !self.speaks_ftp() || is_bare
    }

    pub(crate) fn has_mlsd(self) -> bool {
        self != Self::Vsftpd && !self.is_yardstick()
    }

    pub(crate) fn has_tls(self) -> bool {
        // pyftpdlib needs another library for TLS.
        self != Self::Pyftpdlib && !self.is_yardstick()
    }

    /// Whether this server normally ends with this exit code on SIGTERM, in addition to 0.
    pub(crate) fn ends_with(self, code: Option<i32>) -> bool {
        // By default the signal kills Python; Pure-FTPd exits with its failure code.
        self == Self::Pureftpd && code == Some(1)
    }

    /// The login that may store files. Packetboat's anonymous sessions are read-only.
    pub(crate) const fn writer(self) -> &'static Login {
        match self {
            Self::Packetboat => &Login { user: "bench", password: PASSWORD },
            _ => &Login::ANONYMOUS,
        }
    }
}

/// Writes the configuration of `kind` and returns how to start it.
pub(crate) fn launch(context: &Context, kind: Kind, addr: SocketAddr) -> Result<Launch> {
    match kind {
        Kind::Packetboat => Ok(packetboat(context, addr)),
        Kind::Vsftpd => vsftpd(context, addr),
        Kind::Proftpd => proftpd(context, addr),
        Kind::Pureftpd => pureftpd(context, addr),
        Kind::Pyftpdlib => pyftpdlib(context, addr),
        Kind::Sendfile => bare_sendfile(addr, &[]),
        Kind::SendfilePieces => bare_sendfile(addr, &["--sendfile-pieces"]),
        // How uploads appear means nothing to downloads.
        Kind::Retrieve | Kind::StoreWhole => bare_loop(context, "--store-whole", addr),
        Kind::StoreGrowing => bare_loop(context, "--store-growing", addr),
    }
}

/// Enables TLS with the certificate of this run. Data connections need not resume a session.
pub(crate) fn speak_tls(context: &Context, kind: Kind, launch: &mut Launch) -> Result<()> {
    context.tls()?;
    let tls::Files { certificate, key, both } = tls::files(context);
    let (crt, pem) = (certificate.display(), key.display());
    let config = context.configs().join(format!("{}.conf", kind.name()));
    match kind {
        Kind::Packetboat => {
            launch.args.extend(["--cert".into(), certificate.into(), "--key".into(), key.into()]);
        }
        // Its default ciphers are all obsolete.
        Kind::Vsftpd => append(
            &config,
            &format!(
                "ssl_enable=YES\nallow_anon_ssl=YES\nrsa_cert_file={crt}\nrsa_private_key_file={pem}\n\
                 ssl_ciphers=HIGH\nrequire_ssl_reuse=NO\n"
            ),
        )?,
        Kind::Proftpd => {
            let modules = context.peers.join("proftpd/usr/lib/proftpd");
            append(
                &config,
                &format!(
                    "ModulePath {}\nLoadModule mod_tls.c\nTLSEngine on\nTLSProtocol TLSv1.3\n\
                     TLSECCertificateFile {crt}\nTLSECCertificateKeyFile {pem}\n\
                     TLSRequired off\nTLSOptions NoSessionReuseRequired\nTLSLog {}\n",
                    modules.display(),
                    context.logs().join("proftpd.tls").display()
                ),
            )?;
        }
        Kind::Pureftpd => launch.args.extend(["-Y".into(), "1".into(), "-2".into(), both.into()]),
        Kind::Pyftpdlib
        | Kind::Sendfile
        | Kind::SendfilePieces
        | Kind::Retrieve
        | Kind::StoreWhole
        | Kind::StoreGrowing => {}
    }
    Ok(())
}

fn bare_sendfile(addr: SocketAddr, way: &[&str]) -> Result<Launch> {
    Ok(Launch {
        program: std::env::current_exe()?.into(),
        args: words(&[&["--sendfile-server", &addr.to_string()], way].concat()),
        env: Vec::new(),
    })
}

fn bare_loop(context: &Context, way: &str, addr: SocketAddr) -> Result<Launch> {
    let mut args = words(&["--bare-server", &addr.to_string(), way]);
    args.push(context.served().into());
    Ok(Launch { program: std::env::current_exe()?.into(), args, env: Vec::new() })
}

fn append(config: &Path, lines: &str) -> Result<()> {
    let text = fs::read_to_string(config)?;
    Ok(fs::write(config, text + lines)?)
}

fn packetboat(context: &Context, addr: SocketAddr) -> Launch {
    let mut args = words(&["serve"]);
    args.push(context.served().into());
    args.extend(words(&["--listen", &addr.to_string(), "--user", "bench", "--write"]));
    args.extend(words(&["--log", "json"]));
    Launch {
        program: context.packetboat.clone().into(),
        args,
        env: vec![("PACKETBOAT_PASSWORD", PASSWORD.into())],
    }
}

fn vsftpd(context: &Context, addr: SocketAddr) -> Result<Launch> {
    let config = context.configs().join("vsftpd.conf");
    let empty = context.configs().join("empty");
    fs::create_dir_all(&empty)?;
    // xferlog_enable as in Debian's file. vsftpd ignores TYPE A unless told otherwise.
    // isolate_network off: a network namespace for each session takes as long as several logins,
    // and isolates nothing on loopback.
    fs::write(
        &config,
        format!(
            "listen=YES\nlisten_address={}\nlisten_port={}\nbackground=NO\n\
             anonymous_enable=YES\nlocal_enable=NO\nwrite_enable=YES\nanon_root={}\n\
             anon_upload_enable=YES\nanon_mkdir_write_enable=YES\nanon_other_write_enable=YES\n\
             ftp_username=ftp\nmax_clients=0\nmax_per_ip=0\nidle_session_timeout=3600\n\
             xferlog_enable=YES\nvsftpd_log_file={}\nsecure_chroot_dir={}\nisolate_network=NO\n\
             ascii_download_enable=YES\n",
            addr.ip(),
            addr.port(),
            context.served().display(),
            context.logs().join("vsftpd.log").display(),
            empty.display(),
        ),
    )?;
    let mut launch = unpacked(context, Kind::Vsftpd, "usr/sbin/vsftpd")?;
    launch.args.push(config.into());
    Ok(launch)
}

fn proftpd(context: &Context, addr: SocketAddr) -> Result<Launch> {
    let config = context.configs().join("proftpd.conf");
    let logs = context.logs();
    // DelayEngine off: mod_delay slows logins down on purpose.
    fs::write(
        &config,
        format!(
            "ServerType standalone\nServerName bench\nDefaultAddress {}\nPort {}\n\
             SocketBindTight on\nUseIPv6 off\nUseReverseDNS off\nDelayEngine off\n\
             MaxInstances none\nUser nobody\nGroup nogroup\nUmask 022\nTimeoutIdle 3600\n\
             AuthOrder mod_auth_unix.c\nAuthPAM off\nRequireValidShell off\nWtmpLog off\n\
             PidFile {pid}\nScoreboardFile {board}\nControlsEngine off\n\
             SystemLog {log}\nTransferLog {xfer}\nAllowOverwrite on\n\
             <Anonymous {}>\n  User ftp\n  Group ftp\n  UserAlias anonymous ftp\n\
             RequireValidShell off\n</Anonymous>\n",
            addr.ip(),
            addr.port(),
            context.served().display(),
            board = logs.join("proftpd.scoreboard").display(),
            pid = logs.join("proftpd.pid").display(),
            log = logs.join("proftpd.log").display(),
            xfer = logs.join("proftpd.xferlog").display(),
        ),
    )?;
    let mut launch = unpacked(context, Kind::Proftpd, "usr/sbin/proftpd")?;
    launch.args.extend(words(&["--nodaemon", "--config"]));
    launch.args.push(config.into());
    Ok(launch)
}

fn pureftpd(context: &Context, addr: SocketAddr) -> Result<Launch> {
    let mut launch = unpacked(context, Kind::Pureftpd, "usr/sbin/pure-ftpd")?;
    let bind = format!("{},{}", addr.ip(), addr.port());
    // -e anonymous only, -H no name lookups, -L limit of entries in a listing, -I idle minutes.
    launch.args.extend(words(&["-S", &bind, "-e", "-H", "-c", "20000", "-I", "60"]));
    launch.args.extend(words(&["-L", "2000000:5", "-g", "/run/pure-ftpd.pid", "-O"]));
    let mut log = OsString::from("clf:");
    log.push(context.logs().join("pureftpd.log"));
    launch.args.push(log);
    Ok(launch)
}

fn pyftpdlib(context: &Context, addr: SocketAddr) -> Result<Launch> {
    let library = context.peers.join(Kind::Pyftpdlib.name());
    present(Kind::Pyftpdlib, &library.join("pyftpdlib"))?;
    let script = context.configs().join("pyftpdlib_server.py");
    fs::write(&script, include_str!("../pyftpdlib_server.py"))?;
    let mut args = vec![script.into(), context.served().into()];
    args.extend(words(&[&addr.port().to_string()]));
    let env = vec![("PYTHONPATH", library.into()), ("PYTHONDONTWRITEBYTECODE", "1".into())];
    Ok(Launch { program: "python3".into(), args, env })
}

/// A peer unpacked by bench/peers.sh, with its libraries beside it.
fn unpacked(context: &Context, kind: Kind, program: &str) -> Result<Launch> {
    let root = context.peers.join(kind.name());
    let program = root.join(program);
    present(kind, &program)?;
    let mut libraries = Vec::new();
    for base in ["usr/lib", "lib"] {
        let Ok(entries) = fs::read_dir(root.join(base)) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-linux-gnu") {
                libraries.push(path);
            }
        }
    }
    let env = vec![("LD_LIBRARY_PATH", std::env::join_paths(libraries)?)];
    Ok(Launch { program: program.into(), args: Vec::new(), env })
}

fn present(kind: Kind, path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let (name, path) = (kind.name(), path.display());
    Err(format!("{name} is not at {path}: run bench/peers.sh, or leave it out with --servers")
        .into())
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}
