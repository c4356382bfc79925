//! Tests of reply texts whose words matter: they name their subject, whatever else is set.

use super::action::{Action, Request};
use super::tests::{Bench, start};
use super::{Event, Failure, SessionConfig};
use crate::verbs::VERBS;
use packetboat_codes::Fault;

/// RFC 2640 §4: until a client chooses another language, replies are ASCII.
#[test]
fn help_in_english_is_ascii() {
    let mut bench = Bench::new();
    for row in VERBS {
        bench.send(&format!("HELP {}\r\n", row.name));
        let said = bench.said();
        assert!(said.is_ascii(), "{said}");
    }
    bench.send("HELP RETR\r\n");
    assert!(bench.said().ends_with("(RFC 959 section 4.1.3)\r\n"));
    bench.send("LANG de\r\nHELP RETR\r\n");
    assert!(bench.said().ends_with("(RFC 959 Abschnitt 4.1.3)\r\n"));
}

/// A server without a log used to say `RETR  is running`.
#[test]
fn stat_names_what_runs_also_without_a_log() {
    let mut bench = Bench::with(SessionConfig { notes: false, ..SessionConfig::default() });
    bench.send("USER alice\r\nPASS pw\r\n");
    bench.report(Event::Authenticated(Ok(super::AccountNeed::None)));
    bench.send("EPSV\r\n");
    bench.report(Event::PassiveListening("192.0.2.1:50000".parse().expect("an address")));
    bench.send("RETR a file\r\n");
    bench.report(Event::TransferReady(start()));
    bench.send("STAT\r\n");
    bench.said();
    bench.report(Event::Progress(7));
    assert!(bench.said().contains(" RETR a file is running, 7 bytes so far."));
}

#[test]
fn size_says_which_parameters_stand_in_its_way() {
    let mut bench = Bench::logged_in();
    for (set, named) in [("TYPE E", "TYPE E N, STRU F"), ("TYPE I\r\nSTRU R", "TYPE I, STRU R")] {
        bench.send(&format!("{set}\r\nSIZE f\r\n"));
        let said = bench.said();
        assert!(said.contains(&format!("550 The size in {named} cannot be known")), "{said}");
    }
}

/// Clients send options of `ls` with STAT, as with LIST.
#[test]
fn options_of_stat_change_nothing() {
    for (line, wanted) in [("STAT -l", "."), ("STAT -la d", "d"), ("STAT ./-l", "./-l")] {
        let mut bench = Bench::logged_in();
        bench.send(&format!("{line}\r\n"));
        let asked = bench.actions();
        assert!(
            matches!(&asked[..], [Action::Perform(Request::Status(path))]
                if path.as_bytes() == wanted.as_bytes()),
            "{line}: {asked:?}"
        );
    }
}

/// RFC 1123 §4.1.3.4: an impossible restart is answered 554, not ignored.
#[test]
fn a_restart_that_has_no_place_is_told_by_its_name() {
    let mut bench = Bench::with_data();
    bench.send("REST 5\r\nSTOU\r\n");
    assert!(bench.said().contains("\r\n554 STOU creates a new file"));
    bench.send("RANG 1 2\r\nTYPE A\r\nRETR f\r\n");
    let said = bench.said();
    assert!(said.contains("554 There are no byte ranges in TYPE A N"), "{said}");
    assert!(said.ends_with("then RANG again.\r\n"), "{said}");
}

#[test]
fn mfct_says_that_it_is_the_time_of_creation() {
    let mut bench = Bench::logged_in();
    bench.send("MFCT 20260131120000 f\r\n");
    let failure =
        Failure { fault: Fault::Unsupported, path: b"/f".to_vec(), length: None, detail: None };
    bench.report(Event::Failed(failure));
    let said = bench.said();
    assert!(said.starts_with("504 \"/f\": the creation time cannot be set here"), "{said}");
}
