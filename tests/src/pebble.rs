//! [`Pebble`]: an ACME certificate authority on a loopback port, with a name server that resolves
//! every host name to this machine. Both end with the test.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::ports::free_port;
use crate::{peer, wait_for};

/// How the authority behaves.
pub struct Setup {
    /// The port where it validates HTTP-01.
    pub http_port: u16,
    /// The port where it validates TLS-ALPN-01.
    pub tls_port: u16,
    /// The validity of its certificates, in seconds.
    pub validity: u64,
    /// If set, external account binding is required: the key ID, and the key in base64url.
    pub external: Option<(&'static str, &'static str)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { http_port: 1, tls_port: 1, validity: 90 * 86_400, external: None }
    }
}

/// A running authority.
pub struct Pebble {
    children: Vec<Child>,
    port: u16,
    keeps: TempDir,
}

impl Pebble {
    /// Starts an authority, or reports why it cannot.
    ///
    /// # Panics
    ///
    /// If Pebble is installed but does not start.
    pub fn start(setup: &Setup) -> Option<Self> {
        peer("pebble")?;
        peer("pebble-challtestsrv")?;
        let keeps = tempfile::tempdir().expect("a folder");
        let path =
            |name: &str| keeps.path().join(name).to_str().expect("a path in UTF-8").to_owned();
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let own = rcgen::generate_simple_self_signed(names).expect("a certificate");
        fs::write(path("root.pem"), own.cert.pem()).expect("a file");
        fs::write(path("root.key"), own.signing_key.serialize_pem()).expect("a file");
        let [port, management, dns, dns_management] = std::array::from_fn(|_| free_port());
        let keys: serde_json::Map<_, _> =
            setup.external.iter().map(|(id, key)| ((*id).to_owned(), json!(key))).collect();
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": path("root.pem"),
            "privateKey": path("root.key"),
            "httpPort": setup.http_port,
            "tlsPort": setup.tls_port,
            "certificateValidityPeriod": setup.validity,
            "externalAccountBindingRequired": setup.external.is_some(),
            "externalAccountMACKeys": keys,
        }});
        fs::write(path("config.json"), config.to_string()).expect("a file");
        let config_path = path("config.json");
        let mut pebble = Self { children: Vec::new(), port, keeps };
        let dns = format!("127.0.0.1:{dns}");
        let nothing = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""];
        let names = ["-dns01", &dns, "-management", &format!("127.0.0.1:{dns_management}")];
        pebble.run(Command::new("pebble-challtestsrv").args(nothing).args(names));
        pebble.run(
            Command::new("pebble")
                .args(["-config", &config_path, "-dnsserver", &dns])
                // It must neither pause nor reject nonces at random.
                .envs([("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0")]),
        );
        for port in [port, dns_management] {
            wait_for("Pebble", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
        }
        Some(pebble)
    }

    fn run(&mut self, command: &mut Command) {
        let log = |name: &str| {
            let options = fs::File::options().create(true).append(true).clone();
            options.open(self.keeps.path().join(name)).expect("a log")
        };
        command.stdin(Stdio::null()).stdout(log("log")).stderr(log("log"));
        self.children.push(command.spawn().expect("Pebble"));
    }

    /// The URL of its directory.
    pub fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.port)
    }

    /// The certificate that identifies its own server.
    pub fn root(&self) -> PathBuf {
        self.keeps.path().join("root.pem")
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in &mut self.children {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = fs::read_to_string(self.keeps.path().join("log")).unwrap_or_default();
            eprintln!("the log of Pebble:\n{log}");
        }
    }
}
