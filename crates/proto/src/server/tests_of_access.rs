//! Tests of the session machine around the start of a session: ACCT, REIN, HOST, SMNT, LANG, and waiting.

use std::time::Duration;

use super::tests::{Bench, start, stopped, summary};
use super::*;
use crate::host::HostName;
use packetboat_codes::Fault;

fn wait(reason: WaitReason, seconds: u64) -> Wait {
    Wait { reason, time: Duration::from_secs(seconds) }
}

/// RFC 2640 §4: 200 in the new language, 501 and 504; a tag with a region finds its language.
#[test]
fn lang_changes_replies_and_the_star_and_never_the_log() {
    let mut bench = Bench::new();
    bench.send("LANG de-AT\r\n");
    assert_eq!(bench.said(), "200 Antworten kommen ab jetzt auf Deutsch.\r\n");
    bench.send("LANG ja\r\nLANG d e\r\nFEAT\r\nPASS x\r\n");
    let said = bench.said();
    assert!(said.starts_with("504 ja ist keine Sprache dieses Servers;"), "{said}");
    assert!(said.contains("EN, DE, FR.\r\n501 LANG erwartet ein"), "{said}");
    assert!(said.contains("\r\n LANG EN;DE*;FR\r\n"), "{said}");
    assert!(said.ends_with("503 Es ist kein Benutzer genannt; senden Sie zuerst USER.\r\n"));
    let failures: Vec<_> = std::iter::from_fn(|| bench.session.poll_action())
        .filter_map(|action| match action {
            Action::Note(note) => note.failure,
            _ => None,
        })
        .collect();
    assert!(failures[0].starts_with("ja is not a language of this server;"), "{failures:?}");
    assert_eq!(failures[2], "No user has been named; send USER first.");
    bench.send("LANG\r\n");
    assert_eq!(bench.said(), "200 From now on, replies are in English.\r\n");
}

/// The whole text of a failure is in the session's language.
#[test]
fn a_failed_transfer_is_told_in_french() {
    let mut bench = Bench::transferring();
    bench.session.language = Language::Fr;
    let cause =
        TransferCause::ConnectionLost(ConnectionLost::Stalled { waited: Duration::from_secs(300) });
    let failure = TransferFailure { kept: Some(4), ..stopped(cause) };
    bench.report(Event::TransferEnded(Err(failure)));
    assert_eq!(
        bench.said(),
        "426 \"/f\": Connexion de données perdue après 4 octets : rien n'a avancé pendant 300 secondes ; \
         vérifiez le réseau et recommencez ; 4 octets sont conservés, envoyez REST 4 et de nouveau STOR \
         pour reprendre.\r\n"
    );
}

/// The bytes kept after an APPE include the old file, so the reply must not advise to delete them.
#[test]
fn what_a_broken_append_has_left_is_told_with_what_was_there_before() {
    for cause in [Fault::NoSpace, Fault::QuotaExceeded].map(TransferCause::Storage) {
        let mut bench = Bench::with_data();
        bench.send("APPE f\r\n");
        bench.report(Event::TransferReady(TransferStart { path: b"/f".to_vec(), size: None }));
        bench.said();
        let failure = TransferFailure { kept: Some(1004), ..stopped(cause) };
        bench.report(Event::TransferEnded(Err(failure)));
        let said = bench.said();
        let told = "1004 bytes are kept, including those stored before, so send the rest after them with REST 1004";
        assert!(said.contains(told) && !said.contains("DELE"), "{said}");
    }
}

/// RFC 959 §4.1.1: REIN waits for the transfer, then resets everything except the connection.
#[test]
fn rein_begins_anew_after_the_transfer() {
    let mut bench = Bench::transferring();
    bench.send("LANG fr\r\nREIN\r\nPWD\r\n");
    assert_eq!(bench.codes(), "");
    bench.report(Event::TransferEnded(Ok(summary())));
    assert_eq!(bench.codes(), "226 200");
    assert_eq!(bench.actions(), [Action::Reinitialize]);
    assert_eq!(bench.session.user(), None);
    bench.report(Event::Ready);
    let said = bench.said();
    assert!(said.starts_with("220 Packetboat "), "{said}");
    assert!(said.ends_with("is ready.\r\n530 PWD needs a login; send USER and PASS first.\r\n"));
    // The login timeout starts here.
    bench.pass(59);
    assert_eq!(bench.codes(), "");
    bench.pass(1);
    assert_eq!(bench.codes(), "421");
}

/// RFC 959 §5.4: 120, then 220; commands that the client sends in between wait for their turn.
#[test]
fn rein_may_have_to_wait_as_a_new_client_does() {
    let mut bench = Bench::logged_in();
    bench.send("REIN\r\nUSER bob\r\n");
    bench.report(Event::NotReady(wait(WaitReason::Maintenance, 120)));
    assert_eq!(
        bench.said(),
        "120 The server is under maintenance and will be ready in 2 minutes; stay connected and wait for \
         220.\r\n"
    );
    assert!(bench.session.is_waiting());
    bench.report(Event::Ready);
    assert_eq!(bench.codes(), "220 331");
}

#[test]
fn a_client_that_has_to_wait_is_told_for_how_long() {
    for (reason, seconds, words) in [
        (WaitReason::Starting, 0, "ready in less than 1 minute;"),
        (WaitReason::Starting, 59, "ready in less than 1 minute;"),
        (WaitReason::Starting, 60, "ready in 1 minute;"),
        (WaitReason::Maintenance, 61, "ready in 2 minutes;"),
        (
            WaitReason::Full { place: 3 },
            600,
            "free in 10 minutes, and you are number 3 in the queue;",
        ),
    ] {
        let mut bench = Bench::waiting(&wait(reason, seconds));
        let said = bench.said();
        assert!(said.starts_with("120 ") && said.contains(words), "{said}");
        bench.send("USER alice\r\nNOOP\r\n");
        // No timer runs while the client was asked to wait.
        bench.pass(100_000);
        assert_eq!((bench.codes().as_str(), bench.session.deadline()), ("", None));
        bench.report(Event::Ready);
        assert_eq!(bench.codes(), "220 331 200");
    }
}

/// RFC 959 §4.2: programs read the number of minutes, too, and take the first number in the text.
#[test]
fn the_first_number_of_120_is_the_minutes_in_every_language() {
    for language in Language::ALL {
        for reason in [WaitReason::Starting, WaitReason::Maintenance, WaitReason::Full { place: 7 }]
        {
            for (seconds, minutes) in [(1, "1"), (60, "1"), (240, "4")] {
                let wait = wait(reason, seconds);
                let said = texts::Sentence::Composed(&wait).render(language);
                let said = String::from_utf8(said).expect("UTF-8");
                let mut numbers = said.split(|letter: char| !letter.is_ascii_digit());
                assert_eq!(numbers.find(|n| !n.is_empty()), Some(minutes), "{said}");
            }
        }
    }
}

#[test]
fn a_shutdown_ends_waiting() {
    let mut bench = Bench::waiting(&wait(WaitReason::Starting, 1));
    bench.session.handle_goodbye(Goodbye::Shutdown);
    assert_eq!(bench.codes(), "120 421");
    assert_eq!(bench.actions(), [Action::Close]);
}

/// RFC 959 §4.1.1: USER, PASS 332, ACCT 230; 503 if out of order.
#[test]
fn a_login_that_wants_an_account() {
    let mut bench = Bench::new();
    bench.send("ACCT x\r\nUSER alice\r\nACCT x\r\nPASS pw\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::Login)));
    assert_eq!(bench.codes(), "503 331 503 332");
    bench.send("PWD\r\nPASS pw\r\nACCT wrong\r\n");
    bench.report(Event::AccountChecked(Err(LoginRefusal::WrongPassword)));
    assert_eq!(bench.codes(), "530 503 530");
    bench.send("ACCT right\r\nUSER alice\r\nPASS pw\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::Login)));
    bench.actions();
    bench.send("ACCT right\r\n");
    assert!(matches!(&bench.actions()[..],
        [Action::CheckAccount(information)] if information.expose() == b"right"));
    bench.report(Event::AccountChecked(Ok(())));
    assert_eq!(bench.codes(), "503 331 332 230");
    assert_eq!(bench.session.user(), Some(b"alice".as_slice()));
    bench.send("ACCT again\r\n");
    assert_eq!(bench.said(), "202 alice needs no account; continue without it.\r\n");
}

/// RFC 959 §4.1.1: 532 discards the command; the client sends it again after ACCT.
#[test]
fn storing_that_wants_an_account() {
    let mut bench = Bench::new();
    bench.send("USER alice\r\nPASS pw\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::Storing)));
    bench.send("EPSV\r\n");
    bench.report(Event::PassiveListening("192.0.2.1:50000".parse().expect("an address")));
    bench.send("STOR f\r\nSTOU\r\nAPPE f\r\nRNFR a\r\n");
    bench.report(Event::Done(Outcome::Path(b"/a".to_vec())));
    bench.send("RNTO b\r\nCOMB a b\r\nSITE CPTO b\r\nACCT wrong\r\n");
    bench.report(Event::AccountChecked(Err(LoginRefusal::WrongPassword)));
    assert_eq!(bench.codes(), "331 230 229 532 532 532 350 532 532 532 530");
    bench.send("ACCT right\r\n");
    bench.report(Event::AccountChecked(Ok(())));
    bench.send("RNTO b\r\nSTOR f\r\n");
    assert_eq!(bench.codes(), "230 503");
    assert!(matches!(bench.actions().last(), Some(Action::PrepareTransfer(_))));
    bench.report(Event::TransferReady(start()));
    assert_eq!(bench.codes(), "150");
}

/// RFC 2577 §5: neither ACCT nor a restart gives more attempts.
#[test]
fn wrong_accounts_count_and_a_new_beginning_does_not_forget_them() {
    let mut bench = Bench::new();
    bench.send("USER alice\r\nPASS wrong\r\n");
    bench.report(Event::Authenticated(Err(LoginRefusal::WrongPassword)));
    bench.send("REIN\r\n");
    bench.report(Event::Ready);
    bench.send("USER alice\r\nPASS pw\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::Login)));
    bench.send("ACCT wrong\r\n");
    bench.report(Event::AccountChecked(Err(LoginRefusal::WrongPassword)));
    bench.send("HOST ftp.example.com\r\n");
    let name = HostName::Name("ftp.example.com".into());
    bench.report(Event::HostAnswered(HostAnswer::Chosen { name, greeting: None }));
    bench.send("USER alice\r\nPASS wrong\r\n");
    bench.report(Event::Authenticated(Err(LoginRefusal::WrongPassword)));
    assert_eq!(bench.codes(), "331 530 220 331 332 530 220 331 421");
}

/// RFC 959 §5.4 lists 202 for PASS: a password that is not needed.
#[test]
fn a_second_password_of_anonymous_is_superfluous() {
    let mut bench = Bench::new();
    bench.send("USER ftp\r\nPASS me@\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::None)));
    bench.send("PASS me@\r\n");
    assert_eq!(bench.codes(), "331 230 202");
    let mut bench = Bench::logged_in();
    bench.send("PASS pw\r\n");
    assert_eq!(bench.codes(), "503");
}

/// RFC 7151 §3: bad syntax 501, unknown host 504, after login 503; each HOST resets the session.
#[test]
fn hosts() {
    let mut bench = Bench::new();
    bench.send("HOST\r\nHOST ftp.example.com:21\r\nHOST 2001:db8::1\r\n");
    assert_eq!(bench.codes(), "501 501 501");
    bench.send("USER alice\r\nLANG de\r\nHOST elsewhere.example\r\n");
    let name = HostName::Name("elsewhere.example".into());
    assert_eq!(bench.actions(), [Action::ChooseHost(name.clone())]);
    bench.report(Event::HostAnswered(HostAnswer::Unknown(name)));
    let said = bench.said();
    assert!(said.ends_with(
        "504 elsewhere.example ist kein Host dieses Servers; prüfen Sie den Namen oder melden Sie sich \
         ohne HOST an.\r\n"
    ));
    // An unknown host has changed nothing.
    bench.send("PASS pw\r\n");
    assert_eq!(bench.actions().len(), 1);
    bench.report(Event::Authenticated(Err(LoginRefusal::WrongPassword)));
    bench.send("USER alice\r\nHOST [2001:db8::1]\r\n");
    bench.said();
    let (name, greeting) = (HostName::Name("a.example".into()), Some("Welcome.".to_owned()));
    bench.report(Event::HostAnswered(HostAnswer::Chosen { name, greeting }));
    bench.send("PASS pw\r\n");
    assert_eq!(bench.said(), "220 Welcome.\r\n503 No user has been named; send USER first.\r\n");
    let mut bench = Bench::logged_in();
    bench.send("HOST ftp.example.com\r\n");
    assert_eq!(bench.codes(), "503");
}

/// RFC 959 §4.1.1.
#[test]
fn mounts() {
    let mut bench = Bench::new();
    bench.send("SMNT a\r\n");
    assert_eq!(bench.codes(), "530");
    let mut bench = Bench::logged_in();
    for (answer, code) in [
        (MountAnswer::Mounted(b"a".to_vec()), "250"),
        (MountAnswer::Unknown(b"a".to_vec()), "550"),
        (MountAnswer::NothingToMount, "202"),
    ] {
        bench.send("SMNT a\r\n");
        assert!(matches!(&bench.actions()[..], [Action::Mount(name)] if name.as_bytes() == b"a"));
        bench.report(Event::Mounted(answer));
        assert_eq!(bench.codes(), code);
    }
}

#[test]
fn names_of_programs_and_gateways() {
    let mut bench = Bench::new();
    bench.send("CLNT a client\r\nCSID Name=a;\r\nALGS status64\r\nALGS x\r\n");
    assert_eq!(bench.codes(), "200 530 202 504");
    let mut bench = Bench::logged_in();
    // The draft allows no error once logged in, whatever is sent.
    bench.send("CSID\r\nFEAT\r\n");
    assert!(bench.said().contains("\r\n CSID\r\n"));
    bench.send("CSID Name=a; Version=1;\r\n");
    let said = bench.said();
    assert!(said.starts_with("200 Name=Packetboat; Version="), "{said}");
    assert!(said.ends_with("; CaseSensitive=1;\r\n"), "{said}");
}
