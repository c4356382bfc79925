//! FTP over TLS (RFC 4217), by hand and with other people's clients: logins, transfers of all sizes
//! in both directions, resumed and new TLS sessions, truncated data, and injected commands.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use packetboat_tests::dialogue::patient;
use packetboat_tests::program::{client, run};
use packetboat_tests::tls::{PYTHON_CLIENT, Private, TlsServer, config, end, over};
use packetboat_tests::{Dialogue, PASSWORD, USER, noise, peer};
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
const SIZES: [usize; 4] = [0, 1, 16 << 10, 10 << 20];

/// A session with protected data, and the TLS configuration for its data connections.
struct Session {
    d: Dialogue,
    config: std::sync::Arc<rustls::ClientConfig>,
}

impl Session {
    fn new(server: &TlsServer, version: &'static SupportedProtocolVersion) -> Self {
        let config = config(&[version]);
        let mut d = server.server.connect();
        d.expect("AUTH TLS", 234);
        let mut d = d.over_tls(&config);
        d.login(USER, PASSWORD);
        for (line, code) in [("PBSZ 0", 200), ("PROT P", 200), ("TYPE I", 200)] {
            d.expect(line, code);
        }
        Self { d, config }
    }

    fn begin(&mut self, line: &str) -> Private {
        let data = self.d.epsv();
        self.d.expect(line, 150);
        over(data, &self.config)
    }

    fn fetch(&mut self, line: &str) -> Vec<u8> {
        let mut data = self.begin(line);
        let mut content = Vec::new();
        data.read_to_end(&mut content).expect("data up to close_notify");
        end(&mut data);
        drop(data);
        self.d.reply().code(226);
        content
    }

    fn store(&mut self, line: &str, content: &[u8]) {
        let mut data = self.begin(line);
        data.write_all(content).expect("a data connection");
        end(&mut data);
        let mut rest = Vec::new();
        data.read_to_end(&mut rest).expect("close_notify");
        self.d.reply().code(226);
    }
}

#[test]
fn files_of_all_sizes_in_both_directions_and_both_versions() {
    let server = TlsServer::with(&[]);
    for version in VERSIONS {
        let mut session = Session::new(&server, version);
        for size in SIZES {
            let content = noise(size);
            session.store("STOR f", &content);
            assert!(server.server.read("f") == content, "{version:?} {size}");
            assert!(session.fetch("RETR f") == content, "{version:?} {size}");
        }
        let listed = String::from_utf8(session.fetch("NLST")).expect("names");
        assert!(listed.lines().any(|name| name == "f"), "{listed}");
        // Text and compressed blocks work the same way.
        session.d.expect("TYPE A", 200);
        session.store("STOR text", b"a\r\nb\r\n");
        assert_eq!(server.server.read("text"), b"a\nb\n");
        session.d.expect("MODE Z", 200);
        assert!(!session.fetch("RETR text").is_empty());
        session.d.expect("QUIT", 221);
    }
    server.server.check_health();
}

/// Cutting a connection must not make a truncated file pass for a complete one.
#[test]
fn an_upload_without_close_notify_is_never_whole() {
    let server = TlsServer::with(&[]);
    for version in VERSIONS {
        let mut session = Session::new(&server, version);
        let mut data = session.begin("STOR f");
        data.write_all(b"the first half").expect("a data connection");
        drop(data);
        session.d.reply().code(426).says("close_notify");
        assert!(!server.server.path("f").exists(), "{version:?}");
        session.d.expect("DELE f", 250);
    }
}

#[test]
fn a_client_that_never_closes_its_data_connection_holds_nothing_up() {
    let server = TlsServer::with(&[]);
    server.server.write("f", noise(100_000));
    let mut session = Session::new(&server, &TLS13);
    let mut data = session.begin("RETR f");
    let mut content = Vec::new();
    data.read_to_end(&mut content).expect("the file");
    session.d.reply().code(226);
    assert_eq!(content.len(), 100_000);
    drop(data);
}

#[test]
fn data_connections_resume_the_session_of_their_own_control_connection() {
    let server = TlsServer::with(&["--tls-require-reuse"]);
    for version in VERSIONS {
        let mut session = Session::new(&server, version);
        // More transfers than there are session tickets at the start.
        for round in 0..12 {
            session.store("STOR f", &noise(round * 1000));
            assert!(session.fetch("RETR f") == noise(round * 1000));
        }
        let mut other = Session::new(&server, version);
        assert_eq!(other.fetch("RETR f"), noise(11_000));
        let data = session.d.epsv();
        session.d.expect("RETR f", 150);
        let mut stolen = over(data, &other.config);
        let mut content = Vec::new();
        // With somebody else's ticket, the server hangs up.
        assert!(stolen.read_to_end(&mut content).is_err() && content.is_empty());
        session.d.reply().code(522).says("did not resume");
    }
}

/// The STARTTLS vulnerability of many servers: data injected after AUTH is taken for the client's.
#[test]
fn what_is_put_in_behind_auth_counts_for_nothing() {
    let server = TlsServer::with(&[]);
    let mut d = server.server.connect();
    d.send_raw(b"AUTH TLS\r\nUSER anonymous\r\nPASS x\r\n");
    d.reply().code(421).says("followed AUTH");
    assert!(d.next_reply().is_none());
    // Data that arrives later is read as part of the handshake.
    let mut d = server.server.connect();
    d.expect("AUTH TLS", 234);
    d.send("USER anonymous");
    d.reply().code(421).says("was not TLS");
    assert!(d.next_reply().is_none());
    server.server.check_health();
}

#[test]
fn a_login_in_clear_does_not_survive_auth() {
    let server = TlsServer::with(&[]);
    let mut d = server.server.login();
    d.expect("AUTH TLS", 234);
    let mut d = d.over_tls(&config(&VERSIONS));
    d.expect("PWD", 530);
    d.login(USER, PASSWORD);
    // RFC 4217 §13: the reply to REIN is still sent under TLS.
    d.expect("REIN", 220);
    assert!(d.next_reply().is_none());
}

#[test]
fn connections_that_begin_with_tls() {
    let server = TlsServer::with(&["--tls", "require"]);
    server.server.write("f", "content");
    let config = config(&VERSIONS);
    let stream = patient(TcpStream::connect(server.server.address_tls()).expect("the server"));
    let mut link = over(stream, &config);
    let mut greeting = [0; 4];
    link.read_exact(&mut greeting).expect("a greeting under TLS");
    assert_eq!(&greeting, b"220 ");
    // Clear text gets no answer on this port.
    let mut d = Dialogue::connect_silently(server.server.address_tls());
    d.send("USER alice");
    assert!(d.next_reply().is_none());
    server.server.wait_for_log("TLS failed");
}

#[test]
fn curl_over_tls() {
    let Some(curl) = peer("curl") else { return };
    let server = TlsServer::with(&["--tls", "require"]);
    let certificate = server.certificate_text();
    let url = |name: &str| server.server.url(name);
    let implicit = format!("ftps://{}/", server.server.address_tls());
    let user = format!("{USER}:{PASSWORD}");
    for version in ["1.2", "1.3"] {
        let common = ["-sS", "--ssl-reqd", "--cacert", &certificate, "--tls-max", version];
        let run = |more: &[&str]| curl.run(&[common.as_slice(), more].concat());
        for size in SIZES {
            curl.write("up", noise(size));
            run(&["-T", "up", &url("f")]).ok();
            assert!(server.server.read("f") == noise(size), "{version} {size}");
            run(&["-o", "down", &url("f")]).ok();
            assert!(curl.read("down") == noise(size), "{version} {size}");
        }
        assert_eq!(run(&["--list-only", &url("")]).ok().stdout.trim(), "f");
        assert_eq!(run(&["--list-only", "-u", &user, &implicit]).ok().stdout.trim(), "f");
    }
    // curl's exit codes for a denied login and for an untrusted certificate.
    assert_eq!(curl.run(&["-sS", &url("f")]).code(), Some(67));
    assert_eq!(curl.run(&["-sS", "--ssl-reqd", &url("f")]).code(), Some(60));
}

#[test]
fn lftp_over_tls() {
    let Some(lftp) = peer("lftp") else { return };
    let server = TlsServer::with(&["--tls", "require", "--tls-require-reuse"]);
    for size in SIZES {
        lftp.write(&format!("f{size}"), noise(size));
        let script = format!(
            "set ssl:ca-file {}; set ftp:ssl-force true; set ftp:ssl-protect-data true; set \
             ftp:use-mode-z false; set net:max-retries 1; open -u {USER},\"{PASSWORD}\" ftp://{}; put \
             f{size} -o g; get g -o h{size}; cls -1",
            server.certificate_text(),
            server.server.address()
        );
        assert_eq!(lftp.run(&["-c", &script]).ok().stdout.trim(), "g");
        assert!(server.server.read("g") == noise(size), "{size}");
        assert!(lftp.read(&format!("h{size}")) == noise(size), "{size}");
    }
}

/// Python resumes sessions only if told to.
const PYTHON: &str = r#"
for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    ftp = log_in(version)
    for size in 0, 1, 16 << 10, 10 << 20:
        content, back = os.urandom(size), io.BytesIO()
        ftp.storbinary('STOR f', io.BytesIO(content))
        ftp.retrbinary('RETR f', back.write)
        assert back.getvalue() == content, size
    assert ftp.nlst() == ['f']
    ftp.quit()
"#;

#[test]
fn python_over_tls() {
    let Some(python) = peer("python3") else { return };
    let server = TlsServer::with(&["--tls", "require"]);
    let strict = TlsServer::with(&["--tls-require-reuse"]);
    for (server, reuse, well) in [(&server, "", true), (&strict, "1", true), (&strict, "", false)] {
        let port = server.server.address().port().to_string();
        let certificate = server.certificate_text();
        let script = [PYTHON_CLIENT, PYTHON].concat();
        let arguments = ["-c", &script, "127.0.0.1", &port, USER, PASSWORD, &certificate, reuse];
        let output = python.run(&arguments);
        assert_eq!(output.status.success(), well, "{output:?}");
    }
    strict.server.wait_for_log("did not resume");
}

#[test]
fn openssl_over_tls() {
    let Some(openssl) = peer("openssl") else { return };
    let server = TlsServer::with(&[]);
    let (clear, tls) =
        (server.server.address().to_string(), server.server.address_tls().to_string());
    let certificate = server.certificate_text();
    let common = ["s_client", "-quiet", "-verify_return_error", "-CAfile", &certificate];
    for connect in
        [["-connect", clear.as_str(), "-starttls", "ftp"].as_slice(), &["-connect", &tls]]
    {
        let output = openssl.run_with_input(&[common.as_slice(), connect].concat(), "QUIT\r\n");
        assert!(output.stdout.contains("221 Goodbye."), "{output:?}");
    }
    // No version that RFC 8996 has deprecated.
    for (version, is_spoken) in [("-tls1_2", true), ("-tls1_1", false)] {
        let words = ["s_client", "-connect", &tls, version, "-cipher", "ALL:@SECLEVEL=0"];
        let output = openssl.run_with_input(&words, "QUIT\r\n");
        assert_eq!(output.status.success(), is_spoken, "{version}: {output:?}");
    }
    // It is the server that refuses the version.
    server.server.wait_for_log("no TLS version or cipher in common");
}

#[test]
fn our_own_client_over_tls() {
    let server = TlsServer::with(&["--tls", "require", "--tls-require-reuse"]);
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = server.certificate_text();
    let address = |scheme: &str, name: &str| {
        let server =
            if scheme == "ftps" { server.server.address_tls() } else { server.server.address() };
        format!("{scheme}://{USER}@{server}/{name}")
    };
    let run = |arguments: &[&str]| {
        let mut command = client(arguments);
        run(command.env("PACKETBOAT_PASSWORD", PASSWORD).current_dir(folder.path()))
    };
    for scheme in ["ftps", "ftpes", "ftp"] {
        for size in SIZES {
            std::fs::write(folder.path().join("up"), noise(size)).expect("a file");
            run(&["put", "--ca", &certificate, "up", &address(scheme, "f")]).ok();
            assert!(server.server.read("f") == noise(size), "{scheme} {size}");
            run(&["get", "--ca", &certificate, "-o", "down", &address(scheme, "f")]).ok();
            let down = std::fs::read(folder.path().join("down")).expect("the download");
            assert!(down == noise(size), "{scheme} {size}");
            std::fs::remove_file(folder.path().join("down")).expect("the download");
        }
        let listed = run(&["ls", "--ca", &certificate, &address(scheme, "")]).ok();
        assert_eq!(listed.stdout.trim(), "f");
    }
    for mode in ["block", "compressed", "deflate"] {
        let f = address("ftpes", "f");
        run(&["put", "--insecure", "--mode", mode, "up", &f]).ok();
        run(&["get", "--insecure", "--mode", mode, "-o", "down", &f]).ok();
        let down = std::fs::read(folder.path().join("down")).expect("the download");
        assert!(down == noise(10 << 20), "{mode}");
        std::fs::remove_file(folder.path().join("down")).expect("the download");
    }
}

#[test]
fn our_own_client_tells_what_is_wrong_with_tls() {
    let (server, without) = (TlsServer::with(&[]), packetboat_tests::Server::start());
    let run = |arguments: &[&str]| {
        run(client(arguments).env("PACKETBOAT_PASSWORD", PASSWORD).env_remove("SSL_CERT_FILE"))
    };
    let url = format!("ftpes://{USER}@{}/", server.server.address());
    let fails = |arguments: &[&str], words: &str| {
        let output = run(arguments);
        assert_eq!(output.code(), Some(13), "{output:?}");
        assert!(output.stderr.contains(words), "{words:?} {output:?}");
    };
    fails(
        &["ls", "--fingerprint", &"00".repeat(32), &url],
        "does not have the fingerprint that was given",
    );
    let other = TlsServer::with(&[]);
    fails(&["ls", "--ca", &other.certificate_text(), &url], "--ca FILE");
    let holds =
        "(--ca) contains neither the certificate of 127.0.0.1 nor an authority that vouches for it";
    fails(&["ls", "--ca", &other.certificate_text(), &url], holds);
    let clear = format!("ftpes://{USER}@{}/", without.address());
    fails(&["ls", &clear], "refuses TLS");
    let output = run(&["ls", "--json", "--fingerprint", &"00".repeat(32), &url]);
    assert!(output.stdout.contains("\"phase\":\"tls\""), "{output:?}");
    run(&["ls", "--tls", "try", &clear.replace("ftpes", "ftp")]).ok();
}

/// A certificate made with `openssl req -x509`, as in docs/guide/getting-started.md, says that it
/// belongs to an authority.
#[test]
fn a_certificate_that_says_it_is_an_authority_is_trusted_by_itself_and_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let path =
        |name: &str| &*Box::leak(folder.path().join(name).display().to_string().into_boxed_str());
    let make = |name: &str, key: &str| {
        let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".into()]).expect("names");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pair = rcgen::KeyPair::generate().expect("a key");
        let made = params.self_signed(&pair).expect("a certificate");
        std::fs::write(path(name), made.pem()).expect("a file");
        std::fs::write(path(key), pair.serialize_pem()).expect("a file");
    };
    make("cert.pem", "key.pem");
    make("other.pem", "other.key");
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let server = packetboat_tests::Server::with(packetboat_tests::Setup {
        arguments: vec!["--cert", cert, "--key", key],
        ..packetboat_tests::Setup::default()
    });
    let ls = |ca: &[&str]| {
        let url = format!("ftpes://{USER}@{}/", server.address());
        let words = [&["ls", &url], ca].concat();
        run(client(&words).env("PACKETBOAT_PASSWORD", PASSWORD))
    };
    ls(&["--ca", cert]).ok();
    let other = path("other.pem");
    let another = format!("is self-signed, and {other} (--ca) contains a different certificate");
    let nobody =
        "is self-signed, and no authority that this system trusts vouches for it".to_owned();
    for (ca, told) in [(&["--ca", other][..], another), (&[], nobody)] {
        let refused = ls(ca);
        assert!(refused.stderr.contains(&told), "{told} {refused:?}");
        assert_eq!(refused.code(), Some(13), "{refused:?}");
        assert!(refused.stderr.contains("--ca FILE"), "{refused:?}");
        assert!(!refused.stderr.contains("Other(") && !refused.stderr.contains("EndEntity"));
    }
    let log = server.log();
    assert!(log.contains("TLS failed: the other side"), "{log}");
}

#[test]
fn the_certificate_is_made_once_and_its_key_is_for_nobody_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = TlsServer::with(&[]);
    let key = server.folder().join("key.pem");
    let mode = std::fs::metadata(key).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let made = std::fs::read(server.certificate()).expect("the certificate");
    let state = server.folder();
    let state = state.parent().expect("the state folder").to_str().expect("UTF-8");
    let again = packetboat_tests::Server::with(packetboat_tests::Setup {
        arguments: vec!["--self-signed"],
        wrapper: vec!["env".to_owned(), format!("XDG_STATE_HOME={state}")],
        ..packetboat_tests::Setup::default()
    });
    again.connect().expect("AUTH TLS", 234);
    assert_eq!(std::fs::read(server.certificate()).expect("the certificate"), made);
}

#[test]
fn a_server_that_cannot_have_tls_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("UTF-8");
    for arguments in [
        ["serve", folder, "--tls", "require"].as_slice(),
        &["serve", folder, "--listen-tls", "127.0.0.1:0"],
        &["serve", folder, "--tls-require-reuse"],
    ] {
        let output = run(&mut client(arguments));
        assert_eq!(output.code(), Some(2), "{output:?}");
        assert!(output.stderr.contains("--self-signed"), "{output:?}");
    }
}
