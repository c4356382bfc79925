//! Certificates from a real ACME authority (Pebble): obtaining and renewing them, and the messages
//! when that fails.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use packetboat_acme::{
    AcmeConfig, Challenge, ExternalAccount, Keeper, News, Validity, certificate_file,
};
use packetboat_tests::pebble::{Pebble, Setup};
use packetboat_tests::ports::free_port;
use packetboat_tests::program::{client, run as run_program};
use packetboat_tests::{PATIENCE, Server, wait_for};

const NAMES: [&str; 2] = ["ftp.packetboat.test", "files.packetboat.test"];
const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

fn config(folder: &Path, challenge: Challenge) -> AcmeConfig {
    AcmeConfig {
        // Both are known only once the authority runs.
        directory: "https://127.0.0.1/".into(),
        authority_root: None,
        names: NAMES.map(str::to_owned).into(),
        contacts: vec!["admin@packetboat.test".into()],
        folder: folder.to_owned(),
        challenge,
        external: None,
    }
}

fn with(pebble: &Pebble, config: AcmeConfig) -> AcmeConfig {
    AcmeConfig { directory: pebble.directory(), authority_root: Some(pebble.root()), ..config }
}

/// A keeper that runs until it is dropped.
struct Running {
    news: Receiver<News>,
    _runtime: tokio::runtime::Runtime,
}

fn run(config: AcmeConfig) -> Running {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build();
    let runtime = runtime.expect("a runtime");
    let (sender, news) = channel();
    let keeper = Keeper::bind(config, Vec::new()).expect("a keeper");
    runtime.spawn(keeper.run(move |news| {
        // The test may have stopped listening.
        let _ = sender.send(news);
    }));
    Running { news, _runtime: runtime }
}

impl Running {
    fn next(&self) -> News {
        self.news.recv_timeout(PATIENCE).expect("news")
    }

    fn obtained(&self) {
        match self.next() {
            News::Obtained { names, .. } => {
                let mut wanted = NAMES;
                wanted.sort_unstable();
                assert_eq!(names, wanted);
            }
            News::Failed { why, .. } => panic!("{why}"),
        }
    }
}

fn pem(folder: &Path) -> Vec<u8> {
    std::fs::read(certificate_file(folder)).expect("a certificate")
}

#[test]
fn http_01_and_renewal_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let http_port = free_port();
    let Some(pebble) = Pebble::start(&Setup { http_port, validity: 9, ..Setup::default() }) else {
        return;
    };
    let address = SocketAddr::from(([127, 0, 0, 1], http_port));
    let keeper = run(with(&pebble, config(folder.path(), Challenge::Http(vec![address]))));
    keeper.obtained();
    let first = pem(folder.path());
    // The certificate is renewed after two thirds of its validity.
    keeper.obtained();
    let second = pem(folder.path());
    assert_ne!(first, second);
    let validity = Validity::from_pem(&second).expect("a certificate");
    assert!(validity.not_after - validity.not_before <= 9, "{validity:?}");
}

#[test]
fn tls_alpn_01_and_the_account_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls_port = free_port();
    let Some(pebble) = Pebble::start(&Setup { tls_port, ..Setup::default() }) else { return };
    let address = SocketAddr::from(([127, 0, 0, 1], tls_port));
    let wanted = || with(&pebble, config(folder.path(), Challenge::TlsAlpn(vec![address])));
    run(wanted()).obtained();
    let account = std::fs::read(folder.path().join("account.json")).expect("an account");
    // Other names need another certificate right away, from the same account.
    let one = AcmeConfig { names: vec![NAMES[0].into()], ..wanted() };
    match run(one).next() {
        News::Obtained { names, .. } => assert_eq!(names, [NAMES[0]]),
        News::Failed { why, .. } => panic!("{why}"),
    }
    assert_eq!(std::fs::read(folder.path().join("account.json")).expect("an account"), account);
}

#[test]
fn an_account_that_the_authority_has_forgotten_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls_port = free_port();
    let set_up = || Pebble::start(&Setup { tls_port, ..Setup::default() });
    let Some(pebble) = set_up() else { return };
    let address = SocketAddr::from(([127, 0, 0, 1], tls_port));
    let config = config(folder.path(), Challenge::TlsAlpn(vec![address]));
    run(with(&pebble, config.clone())).obtained();
    let place = |pebble: &Pebble| pebble.directory().trim_end_matches("/dir").to_owned();
    let was_at = place(&pebble);
    drop(pebble);
    // Replace the authority by one that knows no accounts; Pebble keeps nothing across restarts.
    let pebble = set_up().expect("Pebble");
    for name in ["account.json", "directory"] {
        let file = folder.path().join(name);
        let text = std::fs::read_to_string(&file).expect("an account");
        std::fs::write(file, text.replace(&was_at, &place(&pebble))).expect("a file");
    }
    let one = AcmeConfig { names: vec![NAMES[0].into()], ..with(&pebble, config) };
    match run(one).next() {
        News::Obtained { names, .. } => assert_eq!(names, [NAMES[0]]),
        News::Failed { why, .. } => panic!("{why}"),
    }
}

#[test]
fn an_external_account_that_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls_port = free_port();
    // "a key of 32 bytes for the tests." in base64url.
    let external = Some(("packetboat", "YSBrZXkgb2YgMzIgYnl0ZXMgZm9yIHRoZSB0ZXN0cy4"));
    let Some(pebble) = Pebble::start(&Setup { tls_port, external, ..Setup::default() }) else {
        return;
    };
    let address = SocketAddr::from(([127, 0, 0, 1], tls_port));
    let wanted = || with(&pebble, config(folder.path(), Challenge::TlsAlpn(vec![address])));
    match run(wanted()).next() {
        News::Failed { why, .. } => assert!(why.contains("xternal"), "{why}"),
        news @ News::Obtained { .. } => panic!("{news:?}"),
    }
    let external = ExternalAccount {
        key_id: "packetboat".into(),
        key: b"a key of 32 bytes for the tests.".to_vec(),
    };
    run(AcmeConfig { external: Some(external), ..wanted() }).obtained();
}

#[test]
fn a_name_that_does_not_lead_here_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    // The authority validates on a port where nobody answers.
    let http_port = free_port();
    let Some(pebble) = Pebble::start(&Setup { http_port, ..Setup::default() }) else { return };
    let keeper = run(with(
        &pebble,
        config(folder.path(), Challenge::Http(vec![SocketAddr::from(ANY_PORT)])),
    ));
    match keeper.next() {
        News::Failed { why, again_in, .. } => {
            assert!(why.contains("packetboat.test") && why.contains("from outside"), "{why}");
            assert!(again_in.as_secs() > 60, "{again_in:?}");
        }
        news @ News::Obtained { .. } => panic!("{news:?}"),
    }
    assert!(!certificate_file(folder.path()).exists());
}

#[test]
fn an_authority_that_nobody_vouches_for_is_not_spoken_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(pebble) = Pebble::start(&Setup::default()) else { return };
    let other =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let root = folder.path().join("other.pem");
    std::fs::write(&root, other.cert.pem()).expect("a file");
    let config =
        with(&pebble, config(folder.path(), Challenge::Http(vec![SocketAddr::from(ANY_PORT)])));
    match run(AcmeConfig { authority_root: Some(root), ..config }).next() {
        News::Failed { why, .. } => {
            assert!(why.contains("not issued by an authority"), "{why}");
            assert!(why.contains("acme.authority-root"), "{why}");
        }
        news @ News::Obtained { .. } => panic!("{news:?}"),
    }
}

#[test]
fn what_is_no_authority_is_told_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(pebble) = Pebble::start(&Setup::default()) else { return };
    let config =
        with(&pebble, config(folder.path(), Challenge::Http(vec![SocketAddr::from(ANY_PORT)])));
    let directory = config.directory.replace("/dir", "/elsewhere");
    match run(AcmeConfig { directory, ..config }).next() {
        News::Failed { why, .. } => {
            assert!(why.contains("does not speak ACME; check `acme.directory`"), "{why}");
        }
        news @ News::Obtained { .. } => panic!("{news:?}"),
    }
}

/// The certificate that the server presents.
fn shown(server: &Server) -> Vec<u8> {
    let config = packetboat_tests::tls::config(&[&rustls::version::TLS13]);
    let socket = std::net::TcpStream::connect(server.address_tls()).expect("the server");
    let mut link = packetboat_tests::tls::over(socket, &config);
    link.flush().expect("a negotiation");
    let certificates = link.conn.peer_certificates().expect("certificates");
    certificates.first().expect("one").to_vec()
}

fn is_of_authority(certificate: &[u8]) -> bool {
    certificate.windows(19).any(|window| window == b"Pebble Intermediate")
}

#[test]
fn the_server_obtains_and_renews_its_certificate_while_it_serves() {
    let http_port = free_port();
    let Some(pebble) = Pebble::start(&Setup { http_port, validity: 12, ..Setup::default() }) else {
        return;
    };
    let state = tempfile::tempdir().expect("a folder");
    let set = |key: &str, value: &str| -> [&'static str; 2] {
        // Arguments must live as long as the test.
        ["--set", Box::leak(format!("acme.{key}={value}").into_boxed_str())]
    };
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let arguments = [
        ["--listen-tls", "127.0.0.1:0"],
        set("names", NAMES[0]),
        set("accept-terms", "true"),
        set("directory", &pebble.directory()),
        set("authority-root", &path(&pebble.root())),
        set("listen", &format!("127.0.0.1:{http_port}")),
        set("folder", &path(&state.path().join("acme"))),
    ];
    let setup = packetboat_tests::Setup { arguments: arguments.concat(), ..Default::default() };
    let server = Server::with(setup);
    let mut early = server.login();
    server.wait_for_log(&format!("has a certificate for {} until 20", NAMES[0]));
    let first = wait_for("the authority's certificate", || {
        Some(shown(&server)).filter(|certificate| is_of_authority(certificate))
    });
    let second = wait_for("another certificate", || {
        Some(shown(&server)).filter(|certificate| *certificate != first)
    });
    assert!(is_of_authority(&second));
    // Sessions from before must not be affected.
    early.expect("NOOP", 200);
    server.check_health();
}

#[test]
fn what_does_not_go_with_a_certificate_of_an_authority_is_said_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("UTF-8");
    let started = |arguments: &[&str]| {
        let arguments = [&["serve", folder, "--set", "acme.names=ftp.example.com"], arguments];
        run_program(&mut client(&arguments.concat()))
    };
    let output = started(&[]);
    assert_eq!(output.code(), Some(2));
    assert!(output.stderr.contains("acme.accept-terms"), "{output:?}");
    let output = started(&["--set", "acme.accept-terms=true", "--self-signed"]);
    assert!(output.stderr.contains("tls.self-signed"), "{output:?}");
    let output = started(&["--set", "acme.accept-terms=true", "--set", "acme.names=*.example.com"]);
    assert!(output.stderr.contains("wildcard"), "{output:?}");
}
