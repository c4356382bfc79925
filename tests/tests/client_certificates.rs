//! Client certificates (232, 535): which certificate belongs to whom, what an account accepts it
//! for, and other people's clients with certificates.

use std::io::Write as _;

use packetboat_tests::breaker::Breaker;
use packetboat_tests::certificates::{Authority, Shown};
use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::program::{client, run};
use packetboat_tests::tls::{TlsServer, config, end, over};
use packetboat_tests::{Dialogue, PASSWORD, USER, peer};
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A server with a certificate authority for clients and a database of accounts.
struct Bench {
    authority: Authority,
    keeper: Keeper,
    tls: TlsServer,
}

impl Bench {
    fn new(whether: &'static str) -> Self {
        let (authority, keeper) = (Authority::new(), Keeper::new());
        let own = vec!["--client-certificates", whether, "--client-ca", authority.file()];
        let tls = TlsServer::with(&[keeper.arguments(), own].concat());
        Self { authority, keeper, tls }
    }

    /// A session under TLS whose client has shown this certificate.
    fn show(&self, shown: &Shown, version: &'static SupportedProtocolVersion) -> Dialogue {
        let mut d = self.tls.server.connect();
        d.expect("AUTH TLS", 234);
        d.over_tls(&shown.config(&[version]))
    }
}

#[test]
fn a_certificate_on_the_list_of_its_account_is_enough() {
    let bench = Bench::new("offered");
    for name in ["anna", "bert"] {
        bench.keeper.add(&[name, "--rights", "all"]);
    }
    let shown = bench.authority.vouch_for("Anna A.", &[]);
    bench.keeper.user(&["cert", "anna", "--add", shown.certificate_text()]).ok();
    for version in VERSIONS {
        let mut d = bench.show(&shown, version);
        d.expect("USER anna", 232).says("no password is needed");
        // A client that sends a password although none is needed.
        d.expect("PASS x", 202);
        d.expect("PBSZ 0", 200);
        d.expect("PROT P", 200);
        let config = shown.config(&[version]);
        let mut data = over(d.epsv(), &config);
        d.expect("STOR up", 150);
        data.write_all(b"content").expect("a data connection");
        end(&mut data);
        d.reply().code(226);
        // REIN ends TLS, and the certificate is forgotten.
        d.expect("REIN", 220);
        // With another account's certificate, or nobody's, the password is needed.
        let mut d = bench.show(&shown, version);
        d.expect("USER bert", 331);
        d.expect(format!("PASS {KEPT_PASSWORD}"), 230);
        bench.show(&shown, version).expect("USER nobody", 331);
        // The account of --user is not in the database.
        bench.show(&shown, version).login(USER, PASSWORD);
    }
    assert_eq!(bench.tls.server.read("up"), b"content");
    // The password works as well; without the certificate, it is the only way in.
    bench.tls.server.connect().login("anna", KEPT_PASSWORD);
    bench.keeper.user(&["cert", "anna", "--remove", "all"]).ok();
    bench.show(&shown, &TLS13).expect("USER anna", 331);
}

#[test]
fn a_name_in_a_certificate_counts_where_the_account_says_so() {
    let bench = Bench::new("offered");
    for name in ["anna", "anna@example.org"] {
        bench.keeper.add(&[name]);
    }
    let shown = bench.authority.vouch_for("anna", &["anna@example.org"]);
    bench.show(&shown, &TLS13).expect("USER anna", 331);
    for name in ["anna", "anna@example.org"] {
        bench.keeper.user(&["cert", name, "--by-name", "on"]).ok();
        bench.show(&shown, &TLS13).expect(format!("USER {name}"), 232);
    }
    // A self-made certificate with that name does not even get through the TLS handshake.
    let stranger = bench.authority.stranger("anna");
    let mut d = bench.tls.server.connect();
    d.expect("AUTH TLS", 234);
    let mut link = over(d.stream().try_clone().expect("a socket"), &stranger.config(&[&TLS12]));
    assert!(link.flush().is_err(), "a stranger's certificate was accepted");
    bench.tls.server.wait_for_log("TLS");
}

#[test]
fn without_an_authority_fingerprints_count_and_names_do_not() {
    let (authority, keeper) = (Authority::new(), Keeper::new());
    let own = vec!["--client-certificates", "offered"];
    let tls = TlsServer::with(&[keeper.arguments(), own].concat());
    let bench = Bench { authority, keeper, tls };
    bench.keeper.add(&["anna"]);
    let shown = bench.authority.stranger("anna");
    bench.keeper.user(&["cert", "anna", "--by-name", "on"]).ok();
    for version in VERSIONS {
        bench.show(&shown, version).expect("USER anna", 331);
    }
    bench.keeper.user(&["cert", "anna", "--add", shown.certificate_text()]).ok();
    for version in VERSIONS {
        bench.show(&shown, version).expect("USER anna", 232);
    }
    // A certificate without its key is worth nothing.
    let other = bench.authority.stranger("anna");
    let thief = Shown { key: other.key, ..shown };
    let stolen = std::panic::catch_unwind(|| thief.config(&[&TLS13]));
    assert!(stolen.is_err(), "a certificate was accepted with another one's key");
}

#[test]
fn an_account_may_want_both_or_take_no_password() {
    let bench = Bench::new("offered");
    bench.keeper.add(&["anna"]);
    let shown = bench.authority.vouch_for("anna", &[]);
    bench.keeper.user(&["cert", "anna", "--by-name", "on", "--usage", "besides"]).ok();
    let mut d = bench.show(&shown, &TLS13);
    d.expect("USER anna", 331);
    d.expect("PASS wrong", 530);
    d.login("anna", KEPT_PASSWORD);
    let mut d = bench.tls.server.connect();
    d.expect("USER anna", 331);
    d.expect(format!("PASS {KEPT_PASSWORD}"), 530).says("User or password is wrong");
    bench
        .tls
        .server
        .wait_for_log("anna: refused: the account requires one of its client certificates");
    bench.keeper.user(&["cert", "anna", "--usage", "only"]).ok();
    bench.show(&shown, &TLS13).expect("USER anna", 232);
    d.expect("USER anna", 331);
    d.expect(format!("PASS {KEPT_PASSWORD}"), 530);
    bench.tls.server.wait_for_log("anna: refused: the account accepts no password");
    // The owner of the certificate is told that the account is the problem.
    bench.keeper.user(&["lock", "anna"]).ok();
    bench
        .show(&shown, &TLS13)
        .expect("USER anna", 530)
        .says("The certificate belongs to this account");
    bench.tls.server.wait_for_log("anna: refused: the account is locked");
    // A one-time code is still needed.
    bench.keeper.user(&["unlock", "anna"]).ok();
    bench.keeper.user(&["totp", "anna", "on"]).ok();
    let mut d = bench.show(&shown, &TLS13);
    d.expect("USER anna", 332);
    d.expect("ACCT 1", 530);
}

#[test]
fn where_certificates_are_required_nobody_comes_to_tls_without() {
    let bench = Bench::new("required");
    let shown = bench.authority.vouch_for("anybody", &[]);
    let mut d = bench.show(&shown, &TLS13);
    d.login(USER, PASSWORD);
    d.expect("PBSZ 0", 200);
    d.expect("PROT P", 200);
    d.epsv_address();
    for version in VERSIONS {
        let mut d = bench.tls.server.connect();
        d.expect("AUTH TLS", 234);
        d.stream().set_nodelay(true).expect("a socket");
        let mut link = over(d.stream().try_clone().expect("a socket"), &config(&[version]));
        // Under TLS 1.3 the client learns of the refusal only after its first command.
        let said = link.write_all(b"NOOP\r\n").and_then(|()| link.flush());
        let heard = std::io::Read::read(&mut link, &mut [0; 64]);
        assert!(said.is_err() || heard.is_err(), "{heard:?}");
    }
    // A data connection without a certificate: the handshake fails, 522.
    let data = d.epsv();
    d.expect("NLST", 150);
    let _ = over(data, &config(&[&TLS13])).flush();
    d.reply().code(522);
    // A data connection with another certificate of the same authority belongs to somebody else,
    // 535.
    let other = bench.authority.vouch_for("somebody else", &[]);
    let data = d.epsv();
    d.expect("NLST", 150);
    let _ = over(data, &other.config(&[&TLS13])).flush();
    d.reply().code(535).says("does not show the client certificate");
}

#[test]
fn other_peoples_clients_log_in_by_certificate() {
    let bench = Bench::new("offered");
    bench.keeper.add(&["anna", "--rights", "all"]);
    bench.keeper.user(&["cert", "anna", "--by-name", "on", "--usage", "only"]).ok();
    let shown = bench.authority.vouch_for("anna", &[]);
    let (cert, key) = (shown.certificate_text(), shown.key_text());
    let trusted = bench.tls.certificate_text();
    let server = &bench.tls.server;
    server.write("f", "content");
    let url = format!("ftp://anna:x@{}/f", server.address());
    if let Some(curl) = peer("curl") {
        let common = ["-sS", "--ssl-reqd", "--cacert", &trusted, "--cert", cert, "--key", key];
        let got = curl.run(&[common.as_slice(), &[&url]].concat()).ok();
        assert_eq!(got.stdout, "content");
        curl.write("up", "from curl");
        let up = format!("ftp://anna:x@{}/up", server.address());
        curl.run(&[common.as_slice(), &["-T", "up", &up]].concat()).ok();
        assert_eq!(server.read("up"), b"from curl");
        assert_eq!(curl.run(&["-sS", "--ssl-reqd", "--cacert", &trusted, &url]).code(), Some(67));
    }
    if let Some(lftp) = peer("lftp") {
        let script = format!(
            "set ssl:ca-file {trusted}; set ssl:cert-file {cert}; set ssl:key-file {key}; set \
             ftp:ssl-force true; set ftp:ssl-protect-data true; set net:max-retries 1; open -u anna,x \
             ftp://{}; cat f",
            server.address()
        );
        assert_eq!(lftp.run(&["-c", &script]).ok().stdout.trim(), "content");
    }
    if let Some(python) = peer("python3") {
        let script = "import ftplib, ssl, sys\n\
             host, port, ca, cert, key = sys.argv[1:]\n\
             context = ssl.create_default_context(cafile=ca)\n\
             context.load_cert_chain(cert, key)\n\
             ftp = ftplib.FTP_TLS(context=context)\n\
             ftp.connect(host, int(port))\n\
             assert ftp.login('anna', 'x').startswith('232'), ftp.lastresp\n\
             ftp.prot_p()\n\
             ftp.retrbinary('RETR f', lambda data: print(data.decode(), end=''))\n\
             ftp.quit()\n";
        let port = server.address().port().to_string();
        let output = python.run(&["-c", script, "127.0.0.1", &port, &trusted, cert, key]).ok();
        assert_eq!(output.stdout.trim(), "content");
    }
    if let Some(openssl) = peer("openssl") {
        let address = server.address_tls().to_string();
        let words = ["s_client", "-quiet", "-CAfile", &trusted, "-cert", cert, "-key", key];
        let words = [words.as_slice(), &["-connect", &address]].concat();
        let output = openssl.run_with_input(&words, "USER anna\r\nQUIT\r\n");
        assert!(output.stdout.contains("232 anna is logged in by certificate"), "{output:?}");
    }
}

#[test]
fn a_certificate_that_could_let_nobody_in_is_not_taken_down() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let mut params = rcgen::CertificateParams::new(vec!["anna".into()]).expect("names");
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let key = rcgen::KeyPair::generate().expect("a key");
    let file = keeper.path("old.pem");
    std::fs::write(&file, params.self_signed(&key).expect("a certificate").pem()).expect("a file");
    let file = file.display().to_string();
    let added = keeper.user(&["cert", "anna", "--add", &file]);
    assert_eq!(added.code(), Some(2), "{added:?}");
    assert!(added.stderr.contains("cannot be used to log in: it has expired"), "{added:?}");
    assert!(keeper.user(&["cert", "anna"]).ok().stdout.contains("no certificate"));
    // The certificate may have been valid once.
    keeper.user(&["cert", "anna", "--remove", &file]).ok();
}

#[test]
fn our_own_client_logs_in_by_certificate() {
    let bench = Bench::new("offered");
    bench.keeper.add(&["anna", "--rights", "all"]);
    bench.keeper.user(&["cert", "anna", "--by-name", "on"]).ok();
    let shown = bench.authority.vouch_for("anna", &[]);
    let server = &bench.tls.server;
    server.write("f", "content");
    let url = format!("ftpes://anna@{}/f", server.address());
    let trusted = bench.tls.certificate_text();
    let words = [
        "cat",
        "--ca",
        &trusted,
        "--cert",
        shown.certificate_text(),
        "--key",
        shown.key_text(),
        &url,
    ];
    assert_eq!(run(&mut client(&words)).ok().stdout, "content");
    assert!(!server.log().contains("PASS"), "{}", server.log());
    // Certificate and key in one file.
    let read = |path: &str| std::fs::read_to_string(path).expect("a file");
    let both = bench.keeper.path("both.pem");
    let text = read(shown.certificate_text()) + &read(shown.key_text());
    std::fs::write(&both, text).expect("a file");
    let both = both.display().to_string();
    let words = ["cat", "--ca", &trusted, "--cert", &both, &url];
    assert_eq!(run(&mut client(&words)).ok().stdout, "content");
    let other = bench.authority.vouch_for("bert", &[]);
    let words = [
        "cat",
        "--ca",
        &trusted,
        "--cert",
        other.certificate_text(),
        "--key",
        other.key_text(),
        &url,
    ];
    assert_eq!(run(&mut client(&words)).code(), Some(4));
    // The key belongs to another certificate.
    let words = [
        "cat",
        "--ca",
        &trusted,
        "--cert",
        shown.certificate_text(),
        "--key",
        other.key_text(),
        &url,
    ];
    let output = run(&mut client(&words));
    assert!(
        !output.status.success() && output.stderr.contains("the private key that belongs to it"),
        "{output:?}"
    );
}

/// Under TLS 1.3 the client learns of the refusal with the first reply, after its own handshake is
/// complete.
#[test]
fn a_certificate_that_the_server_does_not_take_is_named_and_not_shown_again() {
    let bench = Bench::new("required");
    let server = bench.tls.server.address();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let way = Breaker::new(listener, server, |_| None);
    let trusted = bench.tls.certificate_text();
    let url = format!("ftpes://{USER}:{PASSWORD}@{}/f", way.address());
    let stranger = bench.authority.stranger("anna");
    let (cert, key) = (stranger.certificate_text(), stranger.key_text());
    let shown = run(&mut client(&["cat", "--ca", &trusted, "--cert", cert, "--key", key, &url]));
    let not_taken = format!(
        "127.0.0.1 does not accept the client certificate in {cert} (--cert): it trusts no authority that vouches for it"
    );
    let told = shown.stderr.contains(&not_taken) && shown.stderr.contains("ask the administrator");
    assert!(told && shown.code() == Some(13), "{shown:?}");
    let none = run(&mut client(&["cat", "--ca", &trusted, &url]));
    let told = none.stderr.contains("requires a client certificate")
        && none.stderr.contains("--cert FILE");
    assert!(told && none.code() == Some(13), "{none:?}");
    assert_eq!(way.count(), 2, "neither attempt is retried");
}
