//! Tests of the answers of `packetboat code`, as text and as JSON, and of its exit codes.

use packetboat_codes::{Platform, errno_number};
use serde_json::Value;

use super::*;

pub(super) const PLAIN: Screen = Screen { colour: false, width: 80 };

/// The exit code, the output, and the complaints.
pub(super) fn ask_on(
    screen: Screen,
    what: &[&str],
    json: bool,
    log: Option<&[u8]>,
) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let what: Vec<String> = what.iter().map(|one| (*one).to_owned()).collect();
    let mut log = log;
    let log = log.as_mut().map(|log| log as &mut dyn BufRead);
    let mut desk = Desk { out: &mut out, err: &mut err, screen, json, yours: Default::default() };
    let exit = desk.answer(&what, log).expect("a vector takes everything");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (exit, text(out), text(err))
}

pub(super) fn ask(what: &[&str]) -> (u8, String, String) {
    ask_on(PLAIN, what, false, None)
}

pub(super) fn explain(log: &str) -> (u8, String, String) {
    ask_on(PLAIN, &[], false, Some(log.as_bytes()))
}

pub(super) fn objects(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn a_number_is_explained_in_full() {
    let (exit, out, err) = ask(&["550"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.starts_with("550 File unavailable, permanent failure\n"), "{out}");
    for label in ["  means ", "  sent ", "  do ", "  again ", "  note ", "  source "] {
        assert!(out.contains(label), "{label} in {out}");
    }
}

#[test]
fn a_socket_code_is_found_by_every_name_and_number() {
    let (exit, by_number, _) = ask(&["10061"]);
    assert_eq!(exit, 0);
    assert!(by_number.starts_with("10061 WSAECONNREFUSED (ECONNREFUSED), Connection refused\n"));
    for name in ["WSAECONNREFUSED", "econnrefused", "0x274D", "0x8007274D", "ConnectionRefused"] {
        let (exit, out, err) = ask(&[name]);
        assert_eq!((exit, err.as_str()), (0, ""), "{name}");
        assert!(out.ends_with(&by_number), "{name}: {out}");
    }
    // The words are the name, and may also occur elsewhere.
    assert!(ask(&["connection", "refused"]).1.starts_with(&by_number));
    assert!(ask(&["EAI_AGAIN"]).1.starts_with("11002 WSATRY_AGAIN (EAI_AGAIN), "));
}

#[test]
fn several_codes_are_told_one_after_the_other_and_once() {
    let (exit, out, _) = ask(&["550", "10061", "550"]);
    assert_eq!(exit, 0);
    assert_eq!(out.lines().filter(|line| line.starts_with("550 ")).count(), 1);
    assert!(out.contains("\n\n10061 "));
}

#[test]
fn a_class_is_told_in_full_or_as_a_table() {
    assert_eq!(ask(&["45x"]).1.matches("  means ").count(), 3);
    let (_, table, _) = ask(&["4xx"]);
    assert!(table.starts_with("4yz: not done, may succeed later\n"), "{table}");
    assert!(table.contains("\n  421  Closing the connection\n"));
    assert!(ask(&["110xx"]).1.contains("11024  WSA_QOS_EUNKOWNPSOBJ"));
}

#[test]
fn words_are_found_best_first() {
    let (exit, out, _) = ask(&["timed", "out"]);
    assert_eq!(exit, 0);
    assert!(out.trim_start().starts_with("10060"), "{out}");
    assert_eq!(ask(&["timed out"]).1, out);
    assert_eq!(ask(&["permission", "denied"]).1, ask(&["permission denied"]).1);
    assert!(ask(&["permission", "denied"]).1.contains("\n  550  File unavailable\n"));
    assert!(ask(&["quota"]).1.trim_start().starts_with("552"));
}

#[test]
fn nothing_asked_lists_everything() {
    let (exit, out, err) = ask_on(PLAIN, &[], false, None);
    assert_eq!((exit, err.as_str()), (0, ""));
    for entry in all() {
        let number = format!("\n{:>5}  ", entry.number());
        assert!(out.contains(&number), "{number} is listed");
    }
}

#[test]
fn an_empty_log_is_no_question() {
    for log in [&b""[..], b" \r\n\n"] {
        let (exit, out, err) = ask_on(PLAIN, &[], false, Some(log));
        assert_eq!((exit, out.as_str()), (1, ""));
        assert!(err.starts_with("packetboat code: standard input was empty"), "{err}");
    }
}

#[test]
fn a_number_is_not_looked_for_in_texts() {
    for number in ["0", "33", "999", "100000"] {
        let (exit, out, err) = ask(&[number]);
        assert_eq!((exit, out.as_str()), (1, ""), "{number}");
        assert!(
            err.starts_with(&format!("packetboat code: `{number}` is not in the catalogue.")),
            "{err}"
        );
    }
    assert!(ask(&["0"]).2.contains("no error"));
    #[cfg(target_os = "linux")]
    assert!(ask(&["33"]).2.contains("EDOM"));
}

#[test]
fn the_name_of_a_file_is_answered_with_the_way_to_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("fz.log");
    std::fs::write(&file, "550 no").expect("a file");
    let name = file.to_str().expect("text");
    let (exit, out, err) = ask(&[name]);
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(err.contains(&format!("packetboat code < {name}")), "{err}");
}

#[test]
fn something_unknown_gets_its_nearest_and_exit_1() {
    let (exit, out, err) = ask(&["ECONREFUSED"]);
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(err.contains("`ECONREFUSED` is not in the catalogue."), "{err}");
    assert!(err.contains("10061  WSAECONNREFUSED"), "{err}");

    let (exit, _, err) = ask(&["559"]);
    assert_eq!(exit, 1);
    assert!(err.contains("repeating it will fail again"), "{err}");
    assert!(err.contains("  556  "), "{err}");

    let (exit, _, err) = ask(&["qqqqqqqqqqqq"]);
    assert_eq!(exit, 1);
    assert!(err.contains("lists everything"), "{err}");

    let (exit, out, err) = ask(&["45x", "zebrazebra"]);
    assert_eq!((exit, out), (1, ask(&["45x"]).1));
    assert!(err.contains("`zebrazebra`") && !err.contains("`45x"), "{err}");
}

/// The code of a reply is followed by words; two codes at the start are two questions.
#[test]
fn several_codes_and_one_reply_line_are_told_apart() {
    let (exit, out, err) = ask(&["550", "10061", "xyz"]);
    assert_eq!((exit, &out), (1, &ask(&["550", "10061"]).1));
    assert!(err.starts_with("packetboat code: `xyz` is not in the catalogue."), "{err}");
    let (exit, out, _) = ask(&["xyz", "550"]);
    assert_eq!((exit, &out), (1, &ask(&["550"]).1));
    let (exit, out, _) = ask(&["550", "see", "10061"]);
    assert_eq!(exit, 0);
    assert!(out.starts_with("Read as one reply line. "), "{out}");
    assert!(out.contains("\n550 File unavailable\n  | see 10061\n"), "{out}");
    let (_, out, _) = ask_on(PLAIN, &["550", "see", "10061"], true, None);
    assert_eq!(objects(&out).len(), 1);
}

#[test]
fn an_errno_is_explained_by_its_number_on_each_system() {
    for what in [&["errno", "28"][..], &["errno 28"], &["os error 28"]] {
        assert_eq!(ask(what), ask(&["28"]), "{what:?}");
    }
    for what in [&["errno", "111"][..], &["os", "error", "111"], &["(os error 111)"]] {
        assert_eq!(ask(what), ask(&["111"]), "{what:?}");
        assert_eq!(ask(what).0, 0);
    }
    for (number, name, code) in
        [("54", "ECONNRESET", 10054), ("60", "ETIMEDOUT", 10060), ("48", "EADDRINUSE", 10048)]
    {
        let first = format!("{number} is errno {name} on macOS, {code} in the catalogue.\n{code} ");
        for what in [number.to_owned(), format!("errno {number}")] {
            let (exit, out, err) = ask(&[&what]);
            assert_eq!((exit, err.as_str()), (0, ""), "{what}");
            assert!(out.starts_with(&first), "{what}: {out}");
        }
    }
    let (exit, out, _) = ask(&["errno 61"]);
    assert_eq!(exit, 0);
    assert!(out.starts_with("61 is errno ENODATA on Linux, which is not a connection error.\n"));
    assert!(out.contains("61 is errno ECONNREFUSED on macOS, 10061 in the catalogue.\n10061 "));
    // Windows has an 87 of its own, but marked as an errno it is one.
    assert!(ask(&["87"]).1.starts_with("87 WSA_INVALID_PARAMETER"));
    let (_, out, _) = ask(&["errno 87"]);
    assert!(out.starts_with("87 is errno EUSERS on Linux, 10068 in the catalogue.\n"), "{out}");
    let (exit, out, err) = ask(&["errno 33"]);
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(err.starts_with("packetboat code: `errno 33` is not in the catalogue."), "{err}");
}

#[test]
fn the_commonest_words_of_550_lead_to_it() {
    for what in [&["no such file"][..], &["no", "such", "file", "or", "directory"]] {
        let (exit, out, _) = ask(what);
        assert_eq!(exit, 0);
        assert!(out.starts_with("550 File unavailable"), "{out}");
    }
}

#[test]
fn a_number_that_is_only_an_errno_of_linux_is_explained_as_that() {
    let (exit, out, err) = ask(&["111"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(
        out.starts_with("111 is errno ECONNREFUSED on Linux, 10061 in the catalogue.\n"),
        "{out}"
    );
    assert!(out.contains("\n10061 WSAECONNREFUSED (ECONNREFUSED), "), "{out}");
    // With a Unix name, its number on Unix comes first.
    if let Some(number) = errno_number(Platform::current(), "ECONNRESET") {
        let (_, out, _) = ask(&["econnreset"]);
        let first = format!("ECONNRESET is errno {number} on this system; Windows uses 10054 ");
        assert!(out.starts_with(&first), "{out}");
        assert!(ask(&["10054"]).1.contains(&format!("ECONNRESET is {number} on this system.")));
    }
    // A reply code or Windows number comes first.
    assert!(ask(&["110"]).1.starts_with("110 "));
    let (_, out, _) = ask_on(PLAIN, &["104"], true, None);
    assert_eq!(objects(&out)[0]["code"], 10054);
}

#[test]
fn a_question_without_an_answer_is_told_plainly() {
    let (exit, out, err) = ask(&[""]);
    assert_eq!((exit, out.as_str()), (2, ""));
    assert!(err.starts_with("packetboat code: the question is empty; give a number"), "{err}");
    let (exit, out, err) = ask(&["0"]);
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(
        err.contains("`0` is not in the catalogue.") && err.contains("there was no error"),
        "{err}"
    );
    let (exit, out, err) = ask(&["999"]);
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(err.contains("No class of replies begins with this digit."), "{err}");
    let (exit, out, err) = ask_on(PLAIN, &["559"], true, None);
    assert_eq!((exit, err.as_str()), (1, ""));
    let object = &objects(&out)[0];
    assert_eq!((&object["event"], &object["failure"]), (&"error".into(), &"unknown".into()));
    assert!(object["nearest"].as_array().expect("a list").contains(&556.into()), "{object}");
}

#[test]
fn the_words_of_a_known_server_say_more_than_their_code() {
    let oops = "500 OOPS: vsftpd: refusing to run with writable root inside chroot()";
    for what in [oops, "refusing to run with writable root inside chroot()"] {
        let (exit, out, _) = ask(&[what]);
        assert_eq!(exit, 0, "{what}");
        assert!(out.contains("\n  from    vsftpd\n  means   The account is confined"), "{out}");
        assert!(out.contains("allow_writeable_chroot=YES"), "{out}");
        assert!(!out.contains("Check the spelling"), "{out}");
    }
    let (_, out, _) = ask_on(PLAIN, &[oops], true, None);
    assert_eq!(objects(&out)[0]["known"]["server"], "vsftpd");
    // Shown each time, even though the code was explained before.
    let (_, out, _) = explain("< 500 What?\n< 500 OOPS: child died\n");
    assert!(out.contains("from    vsftpd"), "{out}");
}

#[test]
fn a_name_without_a_number_is_told_why() {
    for (value, code) in [("-2", 11001), ("-3", 11002), ("-4", 11003)] {
        let (exit, out, _) = ask(&[value]);
        assert_eq!(exit, 0, "{out}");
        let remark = format!(
            "{value} is a result of a look-up (getaddrinfo) on Linux, {code} in the catalogue.\n"
        );
        assert!(out.starts_with(&remark) && out.contains(&format!("\n{code} WSA")), "{out}");
    }
    let (exit, _, err) = ask(&["EAI_SYSTEM"]);
    assert_eq!(exit, 1);
    assert!(err.contains("look at errno"), "{err}");
}

#[test]
fn a_pasted_reply_is_explained_with_or_without_quotes() {
    let (exit, out, _) = ask(&["550 No such file"]);
    assert_eq!(exit, 0);
    assert!(out.starts_with("550 File unavailable\n  | No such file\n  means "), "{out}");
    assert_eq!(ask(&["550", "No", "such", "file"]).1, out);
    assert_eq!(ask(&["<--- 550 No such file"]).1, out);
    let several = ask(&["211-Features:\n SIZE\n211 End"]).1;
    assert!(several.contains("| SIZE\n"), "{several}");
}

#[test]
fn a_log_is_explained_reply_by_reply() {
    let log = "\
---- Connecting\n<--- 220 Hello\n---> USER anna\n<--- 331 Password?\n---> PASS ****\n\
<--- 530 No\n<--- 530 No\n<--- 530 No\n<--- 221 Bye\n";
    let (exit, out, err) = explain(log);
    assert_eq!((exit, err.as_str()), (0, ""));
    let heads: Vec<_> =
        out.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(
        heads,
        [
            "220 Ready for login",
            "331 Password required",
            "530 Not logged in, 3 times",
            "221 Goodbye"
        ]
    );
}

#[test]
fn a_code_is_explained_once_in_a_log() {
    let (_, out, _) = explain("226 one\n150 two\n226 three\n");
    assert_eq!(out.matches("| three").count(), 1);
    assert_eq!(out.matches("226 Transfer complete\n").count(), 2);
    assert_eq!(out.matches("  means ").count(), 2);
}

#[test]
fn an_unknown_code_in_a_log_is_explained_by_its_first_digit() {
    let (exit, out, _) = explain("< 499 Strange\n");
    assert_eq!(exit, 0);
    assert!(out.contains("499 not in the catalogue\n  | Strange\n"), "{out}");
    assert!(out.contains("later may succeed"), "{out}");
}

#[test]
fn a_log_without_replies_is_said_to_be_one() {
    let (exit, out, err) = explain("hello\nworld\n");
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(err.contains("no reply"), "{err}");
}

#[test]
fn escapes_of_a_server_do_not_reach_the_terminal() {
    let hostile = "550 \u{1b}[2J\u{1b}]0;owned\u{7}x\u{9b}31m\u{8}\n";
    for (_, out, err) in [explain(hostile), ask(&[hostile]), ask(&["\u{1b}]0;owned\u{7}zzzzzzzz"])]
    {
        let harmful = |c: char| c.is_control() && c != '\n';
        assert!(!out.contains(harmful) && !err.contains(harmful), "{out:?} {err:?}");
        assert!(!out.is_empty() || !err.is_empty());
    }
    let (exit, _, _) = ask_on(PLAIN, &[], false, Some(b"550 \xff\xfe\x00\x9b\n"));
    assert_eq!(exit, 0);
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let screen = Screen { colour: true, width: 80 };
    let (_, out, _) = ask_on(screen, &["550"], false, None);
    assert!(out.starts_with("\u{1b}[1m\u{1b}[31m550\u{1b}[0m"), "{out:?}");
    assert!(!ask(&["550"]).1.contains('\u{1b}'));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 60, 100] {
        let screen = Screen { colour: false, width };
        for entry in all() {
            let (_, out, _) = ask_on(screen, &[&entry.number().to_string()], false, None);
            // The heading is on one line.
            for line in out.lines().skip(1) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn json_has_the_documented_shape() {
    let (exit, out, _) = ask_on(PLAIN, &[], true, None);
    assert_eq!(exit, 0);
    let objects = objects(&out);
    assert_eq!(objects.len(), all().count());
    for object in &objects {
        for key in ["kind", "name", "meaning", "when", "advice", "repeat", "source"] {
            assert!(object[key].is_string(), "{key} in {object}");
        }
        assert!(object["code"].is_u64());
        if object["kind"] == "reply" {
            assert!(object["class"].is_string() && object["status"].is_string());
            assert!(object["client_retries"].is_boolean());
            let client = object["client"].as_array().expect("rows");
            assert!(client.iter().all(|row| row["does"].is_string() && row["verbs"].is_array()));
            let retries = client.last().expect("one at least")["retries"].as_u64();
            assert_eq!(object["client_retries"], retries > Some(0), "{object}");
        } else {
            assert!(object["phrase"].is_string());
            assert!(object["errno"].is_array() && object["eai"].is_array());
        }
    }
}

#[test]
fn a_page_says_what_the_client_does() {
    let (_, out, _) = ask_on(PLAIN, &["421"], false, None);
    assert!(out.contains("client  after PASS, packetboat stops"), "{out}");
    assert!(out.contains("client  after any other verb, packetboat connects"), "{out}");
    let (_, out, _) = ask_on(PLAIN, &["10049"], false, None);
    assert!(!out.contains("client "), "{out}");
}

#[test]
fn json_of_a_log_has_text_and_count() {
    let log = "< 450 Busy\n< 450 Busy\n< 211-A\n<  B\n< 211 C\n< 599 Odd\nError: ECONNRESET\n";
    let (_, out, _) = ask_on(PLAIN, &[], true, Some(log.as_bytes()));
    let objects = objects(&out);
    assert_eq!(objects.len(), 4, "{out}");
    assert_eq!((&objects[0]["code"], &objects[0]["count"]), (&450.into(), &2.into()));
    assert_eq!(objects[0]["client_retries"], true);
    assert_eq!(objects[1]["text"], "A\nB\nC");
    assert_eq!(objects[2]["class"], "permanent-negative");
    assert_eq!((&objects[3]["kind"], &objects[3]["code"]), (&"socket".into(), &10054.into()));
}

#[test]
fn an_error_of_a_disk_leads_to_the_replies_that_tell_it() {
    for what in ["28", "ENOSPC", "enospc", "0x1c"] {
        let (exit, out, _) = ask(&[what]);
        assert_eq!(exit, 0, "{what}");
        assert!(out.starts_with("ENOSPC (errno 28): no space left on the disk."), "{what}: {out}");
        assert!(out.contains("\n452 ") && out.contains("\n552 "), "{what}: {out}");
    }
    let (exit, out, _) = ask_on(PLAIN, &["ENOENT"], true, None);
    assert_eq!((exit, objects(&out)[0]["code"].as_u64()), (0, Some(550)));
    // A Winsock number keeps its meaning.
    assert!(ask(&["8"]).1.contains("WSA_NOT_ENOUGH_MEMORY"));
}

#[test]
fn there_is_no_code_0_and_none_below() {
    let ranges = "Replies are 110 to 556 and 631 to 633, socket errors 10004 to 11033.";
    for number in ["0", "-999", "-100000"] {
        let (exit, out, err) = ask(&[number]);
        assert_eq!((exit, out.as_str()), (1, ""), "{number}");
        assert!(err.contains(ranges) && !err.contains("Nearest"), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
    assert!(ask(&["0"]).2.contains("There is no code 0; it means that there was no error."));
    let (_, out, _) = ask_on(PLAIN, &["0"], true, None);
    assert_eq!(objects(&out)[0]["nearest"], Value::Array(vec![]));
}

#[test]
fn a_negative_number_is_one_of_a_look_up_or_an_errno_behind_a_minus() {
    let (exit, out, _) = ask(&["-111"]);
    assert_eq!((exit, &out), (0, &ask(&["errno 111"]).1));
    // It is both.
    let (exit, out, _) = ask(&["-11"]);
    assert_eq!(exit, 0);
    let first = "As the result of a look-up (getaddrinfo) on Linux, -11 is EAI_SYSTEM: ";
    assert!(out.starts_with(first), "{out}");
    assert!(out.contains("\n11 is errno EWOULDBLOCK on Linux, 10035 in the catalogue.\n"), "{out}");
    let (exit, out, _) = ask(&["-12"]);
    assert!(exit == 0 && out.contains("-12 is EAI_OVERFLOW: "), "{out}");
}

#[test]
fn our_own_words_are_explained_with_what_decides_on_the_server() {
    for (words, code, setting) in [
        ("This server accepts logins over TLS only", "530", "tls.mode"),
        (
            "530 This server accepts logins over TLS only; set the client to explicit TLS",
            "530",
            "tls.mode",
        ),
        ("Your address is banned until 2026-11-27 04:05:06 UTC", "421", "packetboat ban lift"),
        ("the storage quota is used up; delete files to make room.", "552", "--quota"),
    ] {
        let (exit, out, _) = ask(&[words]);
        assert!(exit == 0 && out.starts_with(code), "{out}");
        assert!(out.contains("\n  from    Packetboat\n"), "{out}");
        assert!(out.split_whitespace().collect::<Vec<_>>().join(" ").contains(setting), "{out}");
    }
}

#[test]
fn of_a_lost_connection_the_client_says_when_it_connects_again() {
    let out = ask(&["10061"]).1.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains("client packetboat reconnects automatically (--retries) "), "{out}");
    assert!(out.contains("--retry 10061=5/2."), "{out}");
    assert!(!ask(&["10049"]).1.contains("  client  "));
}
