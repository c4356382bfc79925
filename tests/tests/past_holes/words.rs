//! Names as code (SQL, log lines and escape sequences), and passwords where they do not belong.

use packetboat_tests::program::run_with_input;
use packetboat_tests::{PASSWORD as OWNER_PASSWORD, Server, Setup, USER, wait_for};
use serde_json::Value;

use crate::{Ground, PASSWORD, login};

/// Strings with a special meaning in SQL. Names cannot contain colons, so `::` is left out.
const SQL: &[&str] = &[
    "' OR '1'='1",
    "' OR 1=1;--",
    "anna'--",
    "anna' #",
    "x'; DROP TABLE accounts; --",
    "x\"; DELETE FROM accounts; --",
    "x') ; UPDATE accounts SET rights='all'; --",
    "%') and 1=2 union select 1,1,uid,gid,homedir,shell from users;--",
    "' UNION SELECT 'anna','x','all' --",
    "an%",
    "ann_",
    "a*",
    "?1",
    "$1",
    ";",
    "''",
    "\"\"",
    "`anna`",
    "%{env}%u",
    "a\u{2019} OR 1=1",
];

/// CVE-2009-0542: a user name with `%'` was SQL to the server's database.
#[test]
fn names_are_never_sql() {
    let ground = Ground::new();
    ground.add(&["anna", "--rights", "read-only"]).ok();
    let server = ground
        .serve(Setup { arguments: vec!["--set", "guards.failures=1000"], ..Setup::default() });
    for name in SQL {
        // There is no such user, so the login is refused as for any unknown name, with any
        // password.
        let mut d = server.connect();
        d.expect(format!("USER {name}"), 331);
        d.expect(format!("PASS {PASSWORD}"), 530);
        d.expect("USER anna", 331);
        d.expect(format!("PASS {name}"), 530);
        d = login(&server, "anna");
        // The argument of ACCT is compared, not executed.
        let reply = d.ask(format!("ACCT {name}"));
        assert!(
            [202, 502, 503, 530].contains(&reply.code),
            "{name}: {} {}",
            reply.code,
            reply.text()
        );
        d.expect("DELE f", 550);
    }
    for name in SQL {
        // As an account name it may be odd, but it works: it can be added, found, shown, changed
        // and removed, without affecting others.
        ground.add(&["--rights", "list", "--", name]).ok();
        let shown = ground.run(&["user", "show", "--json", "--", name]).ok().stdout;
        let shown: Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(shown["name"], *name);
        login(&server, name).expect("DELE f", 550);
        ground.run(&["user", "set", "--rights", "none", "--", name]).ok();
        let added = ground.run(&["group", "add", "--rights", "all", "--", &format!("g{name}")]);
        let removed = ground.run(&["group", "rm", "--", &format!("g{name}")]);
        assert_eq!(added.status.success(), removed.status.success(), "{name}");
        ground.run(&["user", "rm", "--", name]).ok();
        let names = ground.names();
        assert!(names.lines().count() == 1 && names.contains("\"anna\""), "{name}: {names}");
    }
    ground.run(&["ban", "add", "192.0.2.1", "--reason", "'); DELETE FROM accounts; --"]).ok();
    assert!(ground.names().contains("\"anna\""));
    server.check_health();
}

/// A name in a log is text: it neither ends a line nor controls the reader's terminal.
#[test]
fn no_name_forges_a_line_of_any_log() {
    for json in [false, true] {
        let files =
            vec![("--xferlog", "xferlog"), ("--audit-log", "audit"), ("--log-file", "general")];
        let arguments = if json { vec!["--log", "json"] } else { vec![] };
        let server = Server::with(Setup { files, arguments, ..Setup::default() });
        let names: &[&[u8]] = &[
            b"x\x1b[2J\x1b]0;owned\x07",
            b"x\x08\x08\x08y",
            "x\u{85}y\u{2028}z\u{2029}".as_bytes(),
            b"x\x9b31m",
            "x\u{9b}31m\u{202e}gpj.exe".as_bytes(),
            b"x\x7f\x0b\x0c",
            b"x\" \"event\": \"logged in",
            b"x} {\"event\":\"forged\"}",
            b"x b _ o r root ftp 0 * c",
            b"%s%n%x{}{0}$HOME`id`",
            b"\xff\xff\xfe\xfd\xc0\x8a",
        ];
        for name in names {
            // Escaped for Telnet.
            let name: Vec<u8> = name
                .iter()
                .flat_map(|&byte| if byte == 255 { vec![255, 255] } else { vec![byte] })
                .collect();
            let line = |verb: &str| [verb.as_bytes(), b" ", &name].concat();
            let mut d = server.connect();
            d.expect(line("USER"), 331);
            d.expect(line("PASS"), 530);
            let mut d = server.login();
            d.ask(line("CLNT"));
            d.store(line("STOR"), b"x").code(226);
            d.fetch(line("RETR"));
            d.expect(line("RNFR"), 350);
            d.expect("RNTO plain", 250);
            d.expect(line("MKD"), 257);
            d.expect(line("RMD"), 250);
            d.ask(line("SITE"));
            d.ask(line("HOST"));
            d.ask(line(""));
            d.expect("DELE plain", 250);
            d.expect("QUIT", 221);
        }
        let transfers = names.len() * 3;
        let read = |name: &str| std::fs::read(server.further(name)).expect("the log");
        wait_for("the transfers in the log", || {
            let lines = read("xferlog").iter().filter(|&&byte| byte == b'\n').count();
            (lines >= transfers).then_some(())
        });
        for name in ["xferlog", "audit", "general"] {
            let log = read(name);
            let is_bad = |&(_, byte): &(usize, &u8)| (*byte < 32 && *byte != b'\n') || *byte == 127;
            let bad = log.iter().enumerate().find(is_bad);
            assert!(bad.is_none(), "{name} holds {bad:?}");
            let text = String::from_utf8(log).unwrap_or_else(|error| panic!("{name}: {error}"));
            let steers = ['\u{85}', '\u{9b}', '\u{2028}', '\u{2029}', '\u{202e}'];
            let found = text.find(steers);
            assert!(
                found.is_none(),
                "{name}: {:?}",
                text.get(found.unwrap_or(0)..).map(|rest| &rest[..60])
            );
        }
        assert_eq!(String::from_utf8(read("xferlog")).expect("text").lines().count(), transfers);
        for line in String::from_utf8(read("audit")).expect("text").lines() {
            let entry: Value = serde_json::from_str(line).expect("JSON");
            assert_ne!(entry["event"], "forged");
            assert!(entry["event"] != "logged in" || entry["user"] == USER, "{entry}");
        }
    }
}

/// Passwords, even if they arrive in unexpected places, appear in no log, no status and no command
/// line.
#[test]
fn no_password_is_written_or_shown() {
    let files = vec![("--xferlog", "xferlog"), ("--audit-log", "audit"), ("--log-file", "general")];
    let arguments = vec!["--log", "json"];
    let server = Server::with(Setup { files, arguments, ..Setup::default() });
    let secret = "hunter2hunter2";
    for line in [
        format!("PASS {secret}"),
        format!("pass {secret}"),
        format!("PaSs  {secret}"),
        format!("ACCT {secret}"),
        format!("acct {secret}"),
        format!("ADAT {secret}"),
    ] {
        let mut d = server.connect();
        d.expect(format!("USER {USER}"), 331);
        let reply = d.ask(&line);
        assert!(!reply.text().contains(secret), "{line}: {}", reply.text());
        // The second time, the command is out of order.
        let reply = d.ask(&line);
        assert!(!reply.text().contains(secret), "{line}: {}", reply.text());
    }
    // With Telnet commands inside the verb, split over several packets.
    let mut d = server.connect();
    d.expect(format!("USER {USER}"), 331);
    d.send_raw(b"PA\xff\xf1SS hunter2");
    d.send_raw(b"hunter2\r\n");
    d.reply().code(530);
    let mut d = server.login();
    for line in ["STAT", "SITE WHO", "HELP PASS", "STAT /"] {
        let said = d.ask(line).text();
        assert!(!said.contains(secret) && !said.contains(OWNER_PASSWORD), "{line}: {said}");
    }
    d.expect("QUIT", 221);
    wait_for("the end in the log", || {
        let log = std::fs::read_to_string(server.further("general")).expect("the log");
        log.contains("\"QUIT\"").then_some(())
    });
    let command_line =
        std::fs::read(format!("/proc/{}/cmdline", server.pid())).expect("its arguments");
    let mut seen = vec![("the command line", command_line)];
    for name in ["log", "xferlog", "audit", "general"] {
        seen.push((name, std::fs::read(server.further(name)).expect("the log")));
    }
    for (name, bytes) in seen {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("hunter2"), "{name}: {text}");
        assert!(!text.contains(OWNER_PASSWORD), "{name}: {text}");
    }
}

/// The program accepts no password as an argument, because every user of the machine could read it.
#[test]
fn no_subcommand_takes_a_password_as_an_argument() {
    let ground = Ground::new();
    for words in [
        &["user", "add", "anna", "--password", "hunter2"][..],
        &["user", "passwd", "anna", "hunter2"],
        &["serve", "--password", "hunter2", "."],
    ] {
        let output = run_with_input(&mut ground.command(words), b"");
        assert_eq!(output.code(), Some(2), "{output:?}");
    }
    assert!(ground.names().is_empty());
}
