//! Tests of hashes, ranges, facts, joins and copies: arguments, replies, and the progress and
//! stopping of long work.

use packetboat_codes::Fault;

use super::tests::Bench;
use super::*;
use crate::pathname::Pathname;
use crate::time::Timestamp;

fn path(text: &str) -> Pathname {
    Pathname::new(text).expect("a pathname")
}

/// The one action that the driver was asked for.
fn asked(bench: &mut Bench) -> Action {
    let mut actions = bench.actions();
    assert_eq!(actions.len(), 1, "{actions:?}");
    actions.remove(0)
}

fn hashed(name: &str, start: u64, end: u64) -> Hashed {
    Hashed { path: path(name), start, end, digest: vec![0xAB, 0x01] }
}

/// draft-bryan-ftpext-hash-03: OPTS, FEAT and the reply; 501 for a function that is not supported.
#[test]
fn hash_uses_what_opts_chose() {
    let mut bench = Bench::logged_in();
    bench.send("OPTS HASH\r\nOPTS HASH sha-1\r\nOPTS HASH MD4\r\nFEAT\r\n");
    let said = bench.said();
    assert!(said.starts_with("200 SHA-256\r\n200 SHA-1\r\n501 "), "{said}");
    assert!(said.contains("\r\n HASH SHA-256;SHA-1*;SHA-512;MD5;CRC32\r\n"), "{said}");
    bench.send("HASH a b\r\n");
    let range = ByteRange::default();
    let wanted = Task::Hash { paths: vec![path("a b")], algorithm: Algorithm::Sha1, range };
    assert_eq!(asked(&mut bench), Action::Work(wanted));
    bench.report(Event::Done(Outcome::Hashed(vec![hashed("a b", 0, 50)])));
    assert_eq!(bench.said(), "213 SHA-1 0-49 ab01 a b\r\n");
    bench.send("TYPE A\r\nHASH f\r\nRANG 0 1\r\n");
    assert_eq!(bench.codes(), "200 551 551");
}

/// draft-bryan-ftpext-hash-03 §3.2 and draft-twine-ftpmd5-00 have their own codes.
#[test]
fn hashes_that_fail_have_their_codes() {
    for (line, fault, code) in [
        ("HASH d", Fault::IsADirectory, "553"),
        ("HASH f", Fault::RightMissing, "552"),
        ("HASH f", Fault::PolicyLimit, "556"),
        ("HASH f", Fault::NotFound, "550"),
        ("HASH f", Fault::Busy, "450"),
        ("HASH f", Fault::BadRange, "550"),
        ("MD5 d", Fault::IsADirectory, "504"),
        ("MD5 x", Fault::NotFound, "550"),
        ("XCRC x", Fault::NotFound, "550"),
        ("XCRC x", Fault::PolicyLimit, "556"),
    ] {
        let mut bench = Bench::logged_in();
        bench.send(&format!("{line}\r\n"));
        bench.report(Event::Failed(Failure {
            fault,
            path: b"/f".to_vec(),
            length: None,
            detail: None,
        }));
        assert_eq!(bench.codes(), code, "{line} {fault:?}");
    }
}

#[test]
fn ranges_behind_a_quoted_name() {
    let mut bench = Bench::logged_in();
    for (line, name, start, end) in [
        ("XCRC f", "f", 0, None),
        ("XCRC a 1 2", "a 1 2", 0, None),
        ("XCRC \"a\"\"b\" 5", "a\"b", 5, None),
        ("XCRC \"f\"  5 9 ", "f", 5, Some(9)),
        ("XCRC \"f\" 5 5", "f", 5, Some(5)),
    ] {
        bench.send(&format!("{line}\r\n"));
        let range = ByteRange { start, end };
        let wanted = Task::Hash { paths: vec![path(name)], algorithm: Algorithm::Crc32, range };
        assert_eq!(asked(&mut bench), Action::Work(wanted), "{line}");
        bench.report(Event::Done(Outcome::Hashed(vec![hashed("f", 0, 1)])));
        assert_eq!(bench.said(), "250 AB01\r\n");
        bench.actions();
    }
    for bad in ["\"f", "\"\"", "\"f\" 9 5", "\"f\" -1", "\"f\" 1 2 3", "\"f\" 99999999999999999999"]
    {
        bench.send(&format!("XSHA {bad}\r\n"));
        assert_eq!(bench.codes(), "501", "{bad}");
    }
}

#[test]
fn md5_of_one_file_and_of_several() {
    let mut bench = Bench::logged_in();
    bench.send("MMD5 a, \"b, c\"\r\n");
    let Action::Work(Task::Hash { paths, .. }) = asked(&mut bench) else { panic!("a hash") };
    assert_eq!(paths, [path("a"), path("b, c")]);
    bench.report(Event::Done(Outcome::Hashed(vec![hashed("a", 0, 1), hashed("b, c", 0, 1)])));
    assert_eq!(bench.said(), "252 a ab01, b, c ab01\r\n");
    bench.send("MD5 a\r\n");
    bench.report(Event::Done(Outcome::Hashed(vec![hashed("a", 0, 1)])));
    assert_eq!(bench.said(), "251 a ab01\r\n");
    let many = vec!["f"; 65].join(",");
    bench.send(&format!("MMD5 {many}\r\nMMD5 a,,b\r\nMD5 \"f\" 1\r\n"));
    assert_eq!(bench.codes(), "501 501 501");
}

/// draft-bryan-ftp-range-09: RANG applies to the next RETR or HASH only; the later of RANG and REST
/// counts.
#[test]
fn a_range_counts_once() {
    let mut bench = Bench::with_data();
    bench.send("REST 7\r\nRANG 10 19\r\nRETR f\r\n");
    assert_eq!(bench.codes(), "350 350");
    let Action::PrepareTransfer(TransferRequest::Retrieve { offset, end, .. }) = asked(&mut bench)
    else {
        panic!("a RETR")
    };
    assert_eq!((offset, end), (10, Some(20)));
    bench.report(Event::Failed(Failure {
        fault: Fault::NotFound,
        path: Vec::new(),
        length: None,
        detail: None,
    }));
    bench.send("RANG 0 0\r\nREST 5\r\nRETR f\r\n");
    let action = bench.actions().pop();
    let Some(Action::PrepareTransfer(TransferRequest::Retrieve { offset, end, .. })) = action
    else {
        panic!("a RETR")
    };
    assert_eq!((offset, end), (5, None));
    bench.report(Event::Failed(Failure {
        fault: Fault::NotFound,
        path: Vec::new(),
        length: None,
        detail: None,
    }));
    bench.codes();
    bench.send("RANG 3 9\r\nSTOR f\r\nRANG 3 9\r\nRANG 1 0\r\n");
    assert_eq!(bench.codes(), "350 554 350 350");
    for bad in
        ["5 4", "-1 4", "1", "1 2 3", "0 18446744073709551615", "0 99999999999999999999", "a b"]
    {
        bench.send(&format!("RANG {bad}\r\n"));
        assert_eq!(bench.codes(), "501", "{bad}");
    }
}

/// draft-somers-ftp-mfxx-03: 213 with the new values; impossible dates are 501, unknown facts 504.
#[test]
fn facts_are_set_and_told() {
    let mut bench = Bench::logged_in();
    bench.send("MFMT 20000229123456 a b\r\n");
    let facts = SetFacts { modified: Some(Timestamp(951_827_696)), ..SetFacts::default() };
    let request = Request::SetFacts { path: path("a b"), facts: facts.clone() };
    assert_eq!(asked(&mut bench), Action::Perform(request));
    let set = Outcome::FactsSet { path: path("a b"), full: b"/a b".to_vec(), facts };
    bench.report(Event::Done(set));
    assert_eq!(bench.said(), "213 Modify=20000229123456; a b\r\n");
    bench.actions();
    bench.send("MFF modify=20000229123456;UNIX.mode=0640;unix.group=users; f\r\n");
    let Action::Perform(Request::SetFacts { facts, .. }) = asked(&mut bench) else {
        panic!("facts")
    };
    assert_eq!((facts.mode, facts.group.as_deref()), (Some(0o640), Some(b"users".as_slice())));
    bench.report(Event::Done(Outcome::FactsSet { path: path("f"), full: b"/f".to_vec(), facts }));
    assert_eq!(bench.said(), "213 Modify=20000229123456;UNIX.group=users;UNIX.mode=0640; f\r\n");
    for (line, code) in [
        ("MFMT 20250231000000 f", "501"),
        ("MFMT 99999999999999 f", "501"),
        ("MFMT 20250101000000", "501"),
        ("MFMT f", "501"),
        ("MFF Create=20250101000000; f", "504"),
        ("MFF Size=3; f", "504"),
        ("MFF UNIX.mode=4755; f", "501"),
        ("MFF UNIX.mode=8; f", "501"),
        ("MFF Modify=20250101000000 f", "501"),
        ("MFF ; f", "501"),
        ("MFF UNIX.mode=644; ", "501"),
    ] {
        bench.send(&format!("{line}\r\n"));
        assert_eq!(bench.codes(), code, "{line}");
    }
    bench.send("MFCT 20000229123456 f\r\n");
    bench.report(Event::Failed(Failure {
        fault: Fault::Unsupported,
        path: Vec::new(),
        length: None,
        detail: None,
    }));
    assert_eq!(bench.codes(), "504");
}

#[test]
fn comb_names_a_target_and_parts_once() {
    let mut bench = Bench::logged_in();
    bench.send("COMB \"t x\" \"a\" b\r\n");
    let wanted = Task::Combine { target: path("t x"), parts: vec![path("a"), path("b")] };
    assert_eq!(asked(&mut bench), Action::Work(wanted));
    bench.report(Event::Done(Outcome::Path(b"/t x".to_vec())));
    assert_eq!(bench.said(), "250 \"/t x\" now holds all the parts.\r\n");
    for bad in ["t", "t t", "t a a", "\"t\" \"\"", "\"t"] {
        bench.send(&format!("COMB {bad}\r\n"));
        assert_eq!(bench.codes(), "501", "{bad}");
    }
}

/// STAT and NOOP are answered while work is running; other commands wait for its end.
#[test]
fn long_work_is_asked_after() {
    let mut bench = Bench::logged_in();
    bench.send("HASH f\r\nSTAT\r\nNOOP\r\nPWD\r\n");
    let actions = bench.actions();
    assert_eq!(actions[1..], [Action::ReportProgress, Action::ReportProgress]);
    bench.report(Event::Progress(4096));
    bench.report(Event::Progress(8192));
    let said = bench.said();
    assert!(said.contains(" HASH f is running, 4096 bytes so far.\r\n211 End"), "{said}");
    assert!(said.ends_with("200 HASH f is running, 8192 bytes so far.\r\n"), "{said}");
    // A session with running work is not idle, however long the work takes.
    bench.pass(4_000);
    assert_eq!(bench.codes(), "");
    bench.report(Event::Done(Outcome::Hashed(vec![hashed("f", 0, 1)])));
    assert_eq!(bench.codes(), "213");
    assert_eq!(asked(&mut bench), Action::Perform(Request::PrintDirectory));
}

/// RFC 959 §4.1.3, ABOR: the work is answered first, then ABOR.
#[test]
fn abor_stops_long_work() {
    let mut bench = Bench::logged_in();
    bench.send("RMDA d\r\nABOR\r\nABOR\r\n");
    assert_eq!(bench.actions()[1..], [Action::AbortTransfer]);
    assert_eq!(bench.codes(), "");
    let stopped =
        Failure { fault: Fault::Stopped, path: b"/d".to_vec(), length: None, detail: None };
    bench.report(Event::Failed(stopped));
    let said = bench.said();
    assert!(said.starts_with("451 \"/d\": it was stopped before it finished;"), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("226 ")).count(), 2);
}

/// RFC 959 §4.1.3: ABOR applies to the command before it, whatever that command was waiting for.
#[test]
fn abor_is_also_for_work_that_waits_before_it() {
    let mut bench = Bench::logged_in();
    bench.send("HASH f\r\nHASH g\r\nABOR\r\n");
    assert_eq!(bench.actions().last(), Some(&Action::AbortTransfer));
    let stopped =
        Failure { fault: Fault::Stopped, path: b"/f".to_vec(), length: None, detail: None };
    bench.report(Event::Failed(stopped.clone()));
    assert!(matches!(bench.actions()[..], [Action::Work(_), Action::AbortTransfer]));
    bench.report(Event::Failed(stopped));
    assert_eq!(bench.codes(), "451 451 226");
}

/// RFC 959 §4.1.1: an unexpected end of the control connection is an ABOR; after QUIT the end is
/// expected.
#[test]
fn long_work_ends_with_a_client_that_hangs_up_and_not_with_one_that_has_said_quit() {
    for (lines, stops) in
        [("HASH f\r\n", 1), ("HASH f\r\nQUIT\r\n", 0), ("PWD\r\nHASH f\r\nHASH g\r\n", 2)]
    {
        let mut bench = Bench::logged_in();
        bench.send(lines);
        bench.session.handle_end_of_input();
        let mut actions = bench.actions();
        for _ in 0..2 {
            let fault = Fault::NotFound;
            bench.report(Event::Failed(Failure {
                fault,
                path: b"/f".to_vec(),
                length: None,
                detail: None,
            }));
            actions.extend(bench.actions());
        }
        let count = actions.iter().filter(|&action| *action == Action::AbortTransfer).count();
        assert_eq!(count, stops, "{lines:?} {actions:?}");
    }
}

#[test]
fn a_server_that_stops_stops_long_work_first() {
    let mut bench = Bench::logged_in();
    bench.send("DSIZ\r\n");
    bench.session.handle_goodbye(Goodbye::Shutdown);
    assert_eq!(bench.actions()[1..], [Action::AbortTransfer]);
    bench.report(Event::Failed(Failure {
        fault: Fault::Stopped,
        path: Vec::new(),
        length: None,
        detail: None,
    }));
    assert_eq!(bench.codes(), "451 421");
    assert_eq!(bench.actions().last(), Some(&Action::Close));
}

/// SITE CPTO must follow its SITE CPFR, as RNTO follows RNFR.
#[test]
fn site_copies_in_two_steps() {
    let mut bench = Bench::logged_in();
    bench.send("SITE CPFR a b\r\n");
    bench.report(Event::Done(Outcome::Path(b"/a b".to_vec())));
    assert_eq!(bench.codes(), "350");
    bench.actions();
    bench.send("SITE CPTO c\r\n");
    let wanted = Task::Copy { from: path("a b"), to: path("c") };
    assert_eq!(asked(&mut bench), Action::Work(wanted));
    bench.report(Event::Done(Outcome::Path(b"/c".to_vec())));
    assert_eq!(bench.said(), "250 \"/c\" is the copy.\r\n");
    bench.send("SITE CPTO c\r\n");
    assert_eq!(bench.codes(), "503");
    for between in ["NOOP", "SITE HELP"] {
        bench.send("SITE CPFR a\r\n");
        bench.report(Event::Done(Outcome::Path(b"/a".to_vec())));
        bench.send(&format!("{between}\r\nSITE CPTO c\r\n"));
        assert!(bench.codes().ends_with("503"), "{between}");
    }
    bench.send("SITE CPFR none\r\n");
    bench.report(Event::Failed(Failure {
        fault: Fault::NotFound,
        path: Vec::new(),
        length: None,
        detail: None,
    }));
    bench.send("SITE CPTO c\r\n");
    assert_eq!(bench.codes(), "550 503");
}

#[test]
fn site_arguments() {
    let mut bench = Bench::logged_in();
    for bad in [
        "CHMOD 888 f",
        "CHMOD 4755 f",
        "CHMOD 644",
        "CHGRP f",
        "CHGRP 99999999999 f",
        "UTIME 20250231 f",
        "UTIME 202502310000 f",
        "UTIME f",
        "SYMLINK a",
        "SYMLINK a b c",
        "MKDIR",
        "RMDIR",
        "CPFR",
    ] {
        bench.send(&format!("SITE {bad}\r\n"));
        assert_eq!(bench.codes(), "501", "{bad}");
    }
    let time = Some(Timestamp(951_827_640));
    for line in
        ["UTIME 200002291234 a b", "UTIME a b 20000229123400 20000229123400 20000229123400 UTC"]
    {
        bench.actions();
        bench.send(&format!("SITE {line}\r\n"));
        let facts = SetFacts { modified: time, accessed: time, ..SetFacts::default() };
        let wanted = Request::SetFacts { path: path("a b"), facts: facts.clone() };
        assert_eq!(asked(&mut bench), Action::Perform(wanted));
        let set = Outcome::FactsSet { path: path("a b"), full: b"/a b".to_vec(), facts };
        bench.report(Event::Done(set));
        assert_eq!(bench.said(), "200 \"/a b\" changed.\r\n");
    }
}

/// Addresses are shown only if the driver provides them.
#[test]
fn site_who_tells_no_more_than_it_is_given() {
    let mut bench = Bench::logged_in();
    bench.send("SITE WHO\r\n");
    bench.report(Event::Done(Outcome::Sessions(Sessions { count: 3, users: None })));
    assert_eq!(bench.said(), "211 Sessions on this server: 3.\r\n");
    bench.send("SITE WHO\r\n");
    let address = "192.0.2.9".parse().expect("an address");
    let users = vec![
        SessionUser { user: Some(b"alice".to_vec()), address },
        SessionUser { user: None, address },
    ];
    bench.report(Event::Done(Outcome::Sessions(Sessions { count: 2, users: Some(users) })));
    let said = bench.said();
    assert!(said.contains("\r\n alice (192.0.2.9)\r\n Not logged in."), "{said}");
}
