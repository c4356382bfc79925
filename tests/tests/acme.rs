//! Certificates from a real authority that speaks ACME (Pebble): obtained, renewed, and what is said where that
//! does not work.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use packetboat_acme::{
    AcmeConfig, Challenge, ExternalAccount, Keeper, News, Validity, certificate_file,
};
use packetboat_tests::PATIENCE;
use packetboat_tests::pebble::{Pebble, Setup, free_port};

const NAMES: [&str; 2] = ["ftp.packetboat.test", "files.packetboat.test"];
const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

fn config(folder: &Path, challenge: Challenge) -> AcmeConfig {
    AcmeConfig {
        // Both are known once the authority runs.
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
    let keeper = Keeper::bind(config).expect("a keeper");
    runtime.spawn(keeper.run(move |news| {
        // The test has seen enough.
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
    // After two thirds of the time there is another one.
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
    // Other names want another certificate at once, from the same account.
    let one = AcmeConfig { names: vec![NAMES[0].into()], ..wanted() };
    match run(one).next() {
        News::Obtained { names, .. } => assert_eq!(names, [NAMES[0]]),
        News::Failed { why, .. } => panic!("{why}"),
    }
    assert_eq!(std::fs::read(folder.path().join("account.json")).expect("an account"), account);
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
    // It looks on a port where nobody answers.
    let http_port = free_port();
    let Some(pebble) = Pebble::start(&Setup { http_port, ..Setup::default() }) else { return };
    let keeper = run(with(
        &pebble,
        config(folder.path(), Challenge::Http(vec![SocketAddr::from(ANY_PORT)])),
    ));
    match keeper.next() {
        News::Failed { why, again_in } => {
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
        News::Failed { why, .. } => assert!(why.contains("certificate"), "{why}"),
        news @ News::Obtained { .. } => panic!("{news:?}"),
    }
}
