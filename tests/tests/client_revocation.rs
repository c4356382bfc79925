//! Certificate revocation lists (CRLs) for client certificates, made with openssl as administrators
//! make them.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use packetboat_tests::certificates::Shown;
use packetboat_tests::keeper::{Keeper, leak};
use packetboat_tests::program::{client, run};
use packetboat_tests::tls::{TlsServer, over};
use packetboat_tests::{Dialogue, skip};
use rustix::process::Signal;
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use tempfile::TempDir;

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A certificate authority in a folder, managed with `openssl ca`.
struct Authority(TempDir);

impl Authority {
    /// Returns `None` if openssl is not installed.
    fn new(name: &str) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            skip("openssl", "openssl is not installed");
            return None;
        }
        let authority = Self(tempfile::tempdir().expect("a folder"));
        let config = "[ca]\ndefault_ca = own\n[own]\ndatabase = index\ncrlnumber = number\n\
                      certificate = ca.pem\nprivate_key = ca.key\ndefault_md = sha256\ndefault_crl_days = 30\n";
        for (name, text) in [
            ("config", config),
            ("index", ""),
            ("number", "01\n"),
            ("usage", "extendedKeyUsage=clientAuth\n"),
        ] {
            std::fs::write(authority.path(name), text).expect("a file");
        }
        authority.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout ca.key -out ca.pem \
             -subj /CN={name} -addext keyUsage=critical,keyCertSign,cRLSign"
        ));
        authority.list("");
        Some(authority)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> &'static str {
        leak(self.path(name).display().to_string())
    }

    fn openssl(&self, words: &str) {
        let mut command = Command::new("openssl");
        run(command.args(words.split_whitespace()).current_dir(self.0.path())).ok();
    }

    fn vouch_for(&self, name: &str, number: u32) -> Shown {
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -set_serial {number} -days 30 -extfile usage -out {name}.pem"
        ));
        Shown {
            certificate: self.path(&format!("{name}.pem")),
            key: self.path(&format!("{name}.key")),
        }
    }

    /// Writes the revocation list again.
    fn list(&self, options: &str) {
        self.openssl(&format!("ca -config config -gencrl -out crl.pem {options}"));
    }

    fn revoke(&self, name: &str) {
        self.openssl(&format!("ca -config config -revoke {name}.pem"));
    }
}

fn serve(keeper: &Keeper, authorities: &'static str, lists: &'static str) -> TlsServer {
    let own = ["--client-ca", authorities, "--client-crl", lists];
    TlsServer::with(&[keeper.arguments().as_slice(), &own].concat())
}

/// A session under TLS whose client has shown this certificate.
fn show(tls: &TlsServer, shown: &Shown, version: &'static SupportedProtocolVersion) -> Dialogue {
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    d.over_tls(&shown.config(&[version]))
}

/// Checks that the handshake fails, as for any certificate that no authority has issued.
#[track_caller]
fn is_refused(tls: &TlsServer, shown: &Shown, version: &'static SupportedProtocolVersion) {
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    let stream = d.stream().try_clone().expect("a socket");
    let mut link = over(stream, &shown.config(&[version]));
    // Under TLS 1.3 the client learns of the refusal only after its first command.
    let said = link.write_all(b"NOOP\r\n").and_then(|()| link.flush());
    let heard = link.read(&mut [0; 64]);
    assert!(said.is_err() || heard.is_err(), "{version:?}: {heard:?}");
}

/// Checks that our client reports that the certificate was revoked, and which one.
fn is_told_by_our_client(tls: &TlsServer, shown: &Shown) {
    let url = format!("ftpes://anna@{}/f", tls.server.address());
    let (cert, key) = (shown.certificate_text(), shown.key_text());
    let output = run(&mut client(&["cat", "--insecure", "--cert", cert, "--key", key, &url]));
    let told = format!("does not accept the client certificate in {cert} (--cert): it was revoked");
    assert!(output.stderr.contains(&told) && output.code() == Some(13), "{output:?}");
}

#[test]
fn a_revoked_certificate_does_not_come_to_tls() {
    let Some(authority) = Authority::new("one") else { return };
    let (anna, bert) = (authority.vouch_for("anna", 4097), authority.vouch_for("bert", 4098));
    let keeper = Keeper::new();
    for name in ["anna", "bert"] {
        keeper.add(&[name]);
        keeper.user(&["cert", name, "--by-name", "on"]).ok();
    }
    let tls = serve(&keeper, authority.text("ca.pem"), authority.text("crl.pem"));
    for version in VERSIONS {
        show(&tls, &anna, version).expect("USER anna", 232);
    }
    let mut before = show(&tls, &anna, &TLS13);
    before.expect("USER anna", 232);
    authority.revoke("anna");
    authority.list("");
    tls.server.signal(Signal::HUP);
    tls.server.wait_for_log("was reloaded");
    for version in VERSIONS {
        is_refused(&tls, &anna, version);
        show(&tls, &bert, version).expect("USER bert", 232);
    }
    tls.server.wait_for_log("evoked");
    is_told_by_our_client(&tls, &anna);
    // A session that is already open continues; to end it, lock the account.
    before.expect("NOOP", 200);
    // An outdated list still applies, both to revoked and to valid certificates.
    authority.list("-crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z");
    let tls = serve(&keeper, authority.text("ca.pem"), authority.text("crl.pem"));
    for version in VERSIONS {
        is_refused(&tls, &anna, version);
        show(&tls, &bert, version).expect("USER bert", 232);
    }
}

/// If lists are required, a missing list must not let anybody in.
#[test]
fn a_certificate_of_an_authority_without_a_list_is_refused() {
    let (Some(one), Some(other)) = (Authority::new("one"), Authority::new("other")) else { return };
    let (anna, bert) = (one.vouch_for("anna", 1), other.vouch_for("bert", 2));
    let read = |path: &Path| std::fs::read_to_string(path).expect("a file");
    let both = |name: &str| read(&one.path(name)) + &read(&other.path(name));
    std::fs::write(one.path("both.pem"), both("ca.pem")).expect("a file");
    std::fs::write(one.path("lists.pem"), both("crl.pem")).expect("a file");
    let keeper = Keeper::new();
    let tls = serve(&keeper, one.text("both.pem"), one.text("crl.pem"));
    show(&tls, &anna, &TLS13).expect("USER anna", 331);
    for version in VERSIONS {
        is_refused(&tls, &bert, version);
    }
    let tls = serve(&keeper, one.text("both.pem"), one.text("lists.pem"));
    for shown in [&anna, &bert] {
        show(&tls, shown, &TLS13).expect("USER anybody", 331);
    }
}

#[test]
fn what_is_no_list_is_said_before_anything_starts() {
    let Some(authority) = Authority::new("one") else { return };
    let folder = authority.text("");
    let (ca, crl) = (authority.text("ca.pem"), authority.text("crl.pem"));
    let missing = authority.text("missing.pem");
    for (arguments, words) in [
        (vec!["--client-ca", ca, "--client-crl", ca], "X509 CRL"),
        (vec!["--client-ca", ca, "--client-crl", missing], "cannot read"),
        (vec!["--client-crl", crl], "tls.client-ca"),
    ] {
        let common = ["serve", folder, "--self-signed", "--listen", "127.0.0.1:0"];
        let output = run(&mut client(&[common.as_slice(), &arguments].concat()));
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        let said = output.stderr.contains("client-crl") && output.stderr.contains(words);
        assert!(said, "{arguments:?}: {output:?}");
    }
}
