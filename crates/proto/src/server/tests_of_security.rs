//! Tests of the session machine with TLS: the order of AUTH, PBSZ and PROT, what each refuses,
//! which state is reset, and what a server that requires TLS refuses without it (RFC 2228, RFC
//! 4217).

use std::sync::Arc;

use super::tests::Bench;
use super::*;

fn bench(tls: Tls) -> Bench {
    Bench::with(SessionConfig { tls, ..SessionConfig::default() })
}

/// After AUTH TLS and its handshake.
fn protected(tls: Tls) -> Bench {
    let mut bench = bench(tls);
    bench.send("AUTH TLS\r\n");
    assert_eq!(bench.codes(), "234");
    assert_eq!(bench.actions(), [Action::DropData, Action::StartTls]);
    bench.report(Event::TlsStarted { server_name: None, certificate: false });
    bench
}

/// The same, with TLS required and CCC allowed.
fn clearable() -> Bench {
    let config = SessionConfig { tls: Tls::Required, clear_control: true, ..Default::default() };
    let mut bench = Bench::with(config);
    bench.send("AUTH TLS\r\n");
    assert_eq!(bench.codes(), "234");
    bench.actions();
    bench.report(Event::TlsStarted { server_name: None, certificate: false });
    bench
}

fn log_in(bench: &mut Bench) {
    bench.send("USER alice\r\nPASS pw\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::None)));
    assert_eq!(bench.codes(), "331 230");
    bench.actions();
}

/// A download over a passive port, whose data goes under TLS.
fn fetch_under_tls(bench: &mut Bench) {
    bench.send("EPSV\r\n");
    bench.report(Event::PassiveListening("192.0.2.1:50000".parse().expect("an address")));
    bench.send("RETR f\r\n");
    bench.report(Event::TransferReady(super::tests::start()));
    let wanted = Action::RunTransfer(DataSetup::Passive, Protection::Private);
    assert_eq!(bench.actions().last(), Some(&wanted));
}

/// RFC 4217 §4, §8, §9: AUTH, PBSZ and PROT in their order.
#[test]
fn auth_then_pbsz_then_prot() {
    let mut bench = bench(Tls::Offered);
    bench.send("PBSZ 0\r\nPROT P\r\nADAT eA==\r\nMIC eA==\r\nCCC\r\n");
    assert_eq!(bench.codes(), "503 503 503 503 533");
    let mut bench = protected(Tls::Offered);
    bench.send("PROT P\r\nPBSZ x\r\nPBSZ 4294967296\r\nPBSZ 0\r\nPROT P\r\n");
    assert_eq!(bench.codes(), "503 501 501 200 200");
    bench.send(
        "PROT S\r\nPROT E\r\nPROT X\r\nPROT C\r\nCCC\r\nAUTH TLS\r\nADAT eA==\r\nCONF eA==\r\n",
    );
    assert_eq!(bench.codes(), "536 536 504 200 534 503 503 537");
    bench.send("PBSZ 16384\r\n");
    assert_eq!(bench.said(), "200 PBSZ=0\r\n");
}

#[test]
fn mechanisms_and_servers_that_have_no_tls() {
    for (mechanism, code) in [("TLS", "234"), ("tls-c", "234"), ("SSL", "234"), ("GSSAPI", "504")] {
        let mut bench = bench(Tls::Offered);
        bench.send(&format!("AUTH {mechanism}\r\n"));
        assert_eq!(bench.codes(), code, "{mechanism}");
    }
    for (tls, code) in [(Tls::Off, "534"), (Tls::OffHere, "534"), (Tls::NoCertificate, "431")] {
        let mut bench = bench(tls);
        bench.send("AUTH TLS\r\n");
        assert_eq!(bench.codes(), code);
        assert_eq!(bench.actions(), []);
        bench.send("USER alice\r\n");
        assert_eq!(bench.codes(), "331");
    }
}

#[test]
fn feat_names_tls_only_where_it_can_be_had() {
    for (tls, wanted) in [(Tls::Offered, true), (Tls::Required, true), (Tls::Off, false)] {
        let mut bench = bench(tls);
        bench.send("FEAT\r\n");
        let said = bench.said();
        for line in [" AUTH TLS\r\n", " PBSZ\r\n", " PROT\r\n"] {
            assert_eq!(said.contains(line), wanted, "{tls:?} {line:?}");
        }
    }
}

/// Commands that an attacker injects in the clear after AUTH must not count as sent under TLS.
#[test]
fn whatever_comes_behind_auth_in_clear_ends_the_session() {
    for behind in ["USER alice\r\n", "USER al", "\u{16}\u{3}\u{1}"] {
        let mut bench = bench(Tls::Offered);
        bench.send(&format!("AUTH TLS\r\n{behind}"));
        assert_eq!(bench.codes(), "421", "{behind:?}");
        assert_eq!(bench.actions(), [Action::Close]);
    }
}

/// RFC 4217 §4.2.
#[test]
fn auth_forgets_the_login_and_the_parameters() {
    let mut bench = bench(Tls::Offered);
    log_in(&mut bench);
    bench.send("TYPE I\r\nREST 5\r\nRNFR f\r\n");
    bench.report(Event::Done(Outcome::Path(b"/f".to_vec())));
    bench.send("LANG de\r\nAUTH TLS\r\n");
    bench.codes();
    bench.actions();
    bench.report(Event::TlsStarted { server_name: None, certificate: false });
    bench.send("PWD\r\nRNTO g\r\n");
    let said = bench.said();
    assert!(said.starts_with("530 PWD setzt"), "{said}");
    assert_eq!(bench.session.user(), None);
}

#[test]
fn a_handshake_that_fails_ends_the_session() {
    let mut bench = bench(Tls::Offered);
    bench.send("AUTH TLS\r\n");
    bench.codes();
    bench.actions();
    bench.report(Event::TlsFailed(TlsFailure::NotTls));
    assert_eq!(bench.codes(), "421");
    assert_eq!(bench.actions(), [Action::Close]);
    let silent = TlsFailure::Silent { waited: std::time::Duration::from_secs(30) };
    for (failure, said) in [(silent.clone(), "421"), (TlsFailure::Broken, "")] {
        let mut bench = self::bench(Tls::Offered);
        bench.send("AUTH TLS\r\n");
        bench.codes();
        bench.actions();
        bench.report(Event::TlsFailed(failure));
        assert_eq!((bench.codes().as_str(), bench.actions()), (said, vec![Action::Close]));
    }
    // A client that started with TLS, or should have, gets nothing in the clear.
    let mut bench = self::bench(Tls::Offered).over_tls();
    bench.report(Event::TlsFailed(silent));
    assert_eq!((bench.codes().as_str(), bench.actions()), ("", vec![Action::Close]));
}

#[test]
fn a_server_that_demands_tls() {
    let mut bench = bench(Tls::Required);
    bench.send("USER alice\r\nPASS pw\r\nUSER anonymous\r\nFEAT\r\nNOOP\r\n");
    assert_eq!(bench.codes(), "530 503 530 211 200");
    let mut bench = protected(Tls::Required);
    log_in(&mut bench);
    bench.send("EPSV\r\n");
    bench.report(Event::PassiveListening("192.0.2.1:50000".parse().expect("an address")));
    bench.actions();
    // RFC 4217 §10.2.
    bench.send("LIST\r\nPBSZ 0\r\nPROT C\r\nRETR f\r\nPROT P\r\nRETR f\r\n");
    assert_eq!(bench.codes(), "229 521 200 534 521 200");
    bench.actions();
    bench.report(Event::TransferReady(super::tests::start()));
    let wanted = Action::RunTransfer(DataSetup::Passive, Protection::Private);
    assert_eq!(bench.actions(), [wanted]);
}

#[test]
fn data_connections_that_lack_tls_are_522_and_those_cut_off_426() {
    let failed = |cause| {
        let mut bench = Bench::transferring();
        bench.report(Event::TransferEnded(Err(super::tests::stopped(cause))));
        bench.said()
    };
    let said = failed(TransferCause::Unprotected(Unprotected::NotResumed));
    assert!(
        said.starts_with("522 \"/f\": RETR transferred nothing: the data connection did not"),
        "{said}"
    );
    let error = String::from("no ciphers in common");
    let said = failed(TransferCause::Unprotected(Unprotected::Handshake { error }));
    assert!(said.starts_with("522 ") && said.contains("no ciphers in common"), "{said}");
    // If TLS is required, PROT C is refused; elsewhere, advising PROT C would be advising against
    // protection.
    let waited = std::time::Duration::from_secs(5);
    let missing = failed(TransferCause::Unprotected(Unprotected::NoHandshake { waited }));
    assert!(missing.starts_with("522 ") && missing.contains("within 5 seconds"), "{missing}");
    assert!(!said.contains("PROT C") && !missing.contains("PROT C"), "{said} {missing}");
    let error = String::from("Connection reset by peer");
    let said = failed(TransferCause::ConnectionLost(ConnectionLost::InHandshake { error }));
    assert!(said.starts_with("426 ") && said.contains("before TLS was negotiated"), "{said}");
    let said = failed(TransferCause::ConnectionLost(ConnectionLost::CutOff));
    assert!(said.starts_with("426 ") && said.contains("close_notify"), "{said}");
}

/// RFC 4217 §13: the reply to REIN is the last word under TLS.
#[test]
fn rein_ends_what_auth_began() {
    let mut bench = protected(Tls::Required);
    log_in(&mut bench);
    bench.send("PBSZ 0\r\nPROT P\r\nREIN\r\n");
    assert_eq!(bench.actions(), [Action::Reinitialize]);
    bench.report(Event::Ready);
    assert_eq!(bench.actions(), [Action::EndTls]);
    bench.send("USER alice\r\nPROT P\r\n");
    assert_eq!(bench.codes(), "200 200 220 530 503");
}

#[test]
fn a_connection_that_begins_with_tls_is_private_throughout() {
    let mut bench = bench(Tls::Offered).over_tls();
    bench.report(Event::TlsStarted { server_name: None, certificate: false });
    bench.send("AUTH TLS\r\nPROT P\r\nREIN\r\n");
    bench.report(Event::Ready);
    bench.send("CCC\r\n");
    assert_eq!(bench.codes(), "503 200 220 534");
    assert_eq!(bench.actions(), [Action::Reinitialize]);
    log_in(&mut bench);
    fetch_under_tls(&mut bench);
}

/// RFC 7151 §3.2.2.
#[test]
fn host_may_not_name_another_than_tls_was_negotiated_for() {
    let mut bench = bench(Tls::Offered);
    bench.send("AUTH TLS\r\n");
    bench.codes();
    bench.actions();
    bench.report(Event::TlsStarted { server_name: Some("a.example".into()), certificate: false });
    bench.send("HOST b.example\r\nHOST A.example\r\n");
    // The name in TLS may not be a host of this server, so the reply must not advise HOST with it.
    assert_eq!(
        bench.said(),
        "504 TLS was negotiated for a.example; log in without HOST, or connect again with TLS for b.example.\r\n"
    );
    assert!(
        matches!(&bench.actions()[..], [Action::ChooseHost(name)] if name.to_string() == "a.example")
    );
}

/// RFC 2228 §3, RFC 4217 §5: the login and the settings made under TLS stay.
#[test]
fn ccc_leaves_the_login_and_what_prot_has_set() {
    let mut bench = clearable();
    log_in(&mut bench);
    bench.send("PBSZ 0\r\nPROT P\r\nCCC\r\nNOOP\r\n");
    assert_eq!(bench.codes(), "200 200 200");
    assert_eq!(bench.actions(), [Action::ClearControl]);
    bench.report(Event::ControlCleared);
    // Commands that arrived in the meantime are answered in the clear.
    assert_eq!(bench.codes(), "200");
    assert!(!bench.session.is_protected());
    bench.send("PBSZ 0\r\nPROT C\r\nCCC\r\nUSER bob\r\nMIC eA==\r\nSTAT\r\n");
    let said = bench.said();
    assert!(said.contains("in the clear since CCC, data under TLS"), "{said}");
    let codes: Vec<&str> = said.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes[..5], ["503", "503", "533", "503", "503"], "{said}");
    fetch_under_tls(&mut bench);
}

/// CCC is no way around required TLS: logins and data in the clear are still refused after it.
#[test]
fn after_ccc_nobody_logs_in_in_clear_where_tls_is_demanded() {
    let cleared = || {
        let mut bench = clearable();
        log_in(&mut bench);
        bench.send("CCC\r\n");
        bench.report(Event::ControlCleared);
        bench.codes();
        bench.actions();
        bench
    };
    let mut bench = cleared();
    bench.send("LIST\r\nREIN\r\n");
    bench.report(Event::Ready);
    assert_eq!(bench.actions(), [Action::Reinitialize, Action::EndTls]);
    bench.send("USER alice\r\nPASS pw\r\nPROT P\r\n");
    assert_eq!(bench.codes(), "521 220 530 503 503");
    let mut bench = cleared();
    bench.send("AUTH TLS\r\n");
    assert_eq!(bench.actions(), [Action::DropData, Action::StartTls]);
    bench.report(Event::TlsStarted { server_name: None, certificate: false });
    bench.send("PWD\r\nPROT P\r\nUSER alice\r\n");
    assert_eq!(bench.codes(), "234 530 503 331");
}

#[test]
fn ccc_waits_for_the_whole_login_and_for_those_who_allow_it() {
    let mut bench = clearable();
    bench.send("CCC\r\nUSER alice\r\nCCC\r\nPASS pw\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::Storing)));
    bench.send("CCC\r\nACCT x\r\n");
    bench.report(Event::AccountChecked(Ok(())));
    bench.report(Event::TlsDemanded(TlsDemands { control: true, data: false }));
    bench.send("CCC\r\n");
    assert_eq!(bench.codes(), "534 331 534 230 534 230 534");
    bench.report(Event::TlsDemanded(TlsDemands::default()));
    bench.send("CCC\r\n");
    assert_eq!(bench.codes(), "200");
    let config = SessionConfig { tls: Tls::Offered, clear_control: true, ..Default::default() };
    let mut bench = Bench::with(config).over_tls();
    bench.report(Event::TlsStarted { server_name: None, certificate: false });
    log_in(&mut bench);
    bench.send("CCC\r\nFEAT\r\n");
    let said = bench.said();
    assert!(said.starts_with("534 ") && !said.contains(" CCC\r\n"), "{said}");
    let mut bench = clearable();
    bench.send("FEAT\r\n");
    assert!(bench.said().contains(" CCC\r\n"));
}

#[test]
fn stat_tells_the_protection() {
    let mut bench = protected(Tls::Offered);
    log_in(&mut bench);
    bench.send("STAT\r\nPBSZ 0\r\nPROT P\r\nSTAT\r\n");
    let said = bench.said();
    assert!(said.contains("under TLS, data in the clear"), "{said}");
    assert!(said.contains("Control connection and data under TLS"), "{said}");
    let config = Arc::new(SessionConfig::default());
    assert_eq!(config.tls, Tls::NoCertificate);
}
