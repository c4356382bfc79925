//! What accounts and groups may do, where and when, through the real program.

use std::path::PathBuf;

use packetboat_tests::keeper::{KEPT_PASSWORD as PASSWORD, Keeper};
use packetboat_tests::program::Output;
use packetboat_tests::tls::config;
use packetboat_tests::{Dialogue, Server, Setup, wait_for};
use serde_json::Value;

/// At all times of the week.
const ALWAYS: &str = "00:00-24:00";

/// A database, a server that uses it, and folders beside the served one.
struct Ground {
    keeper: Keeper,
    server: Server,
}

impl Ground {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(arguments: &[&'static str]) -> Self {
        let keeper = Keeper::new();
        let arguments = [keeper.arguments().as_slice(), arguments].concat();
        Self { keeper, server: Server::with(Setup { arguments, ..Setup::default() }) }
    }

    fn run(&self, words: &[&str]) -> Output {
        self.keeper.run(words)
    }

    fn add(&self, words: &[&str]) {
        self.keeper.add(words);
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.keeper.path(name)
    }

    fn login(&self, name: &str) -> Dialogue {
        let mut dialogue = self.server.connect();
        dialogue.login(name, PASSWORD);
        dialogue.expect("TYPE I", 200);
        dialogue
    }

    fn directory(&self, name: &str) {
        std::fs::create_dir_all(self.server.path(name)).expect("a directory");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn upload(dialogue: &mut Dialogue, line: &str, code: u16) {
    dialogue.store(line, b"data").code(code);
}

/// Checks that an upload is refused before a data connection is used.
fn no_upload(dialogue: &mut Dialogue, line: &str, code: u16, words: &str) {
    let _data = dialogue.epsv();
    dialogue.expect(line, code).says(words);
}

/// A tree in which each directory has a different rule.
fn ground_with_rules() -> Ground {
    let ground = Ground::new();
    for name in ["pub/secret", "incoming", "work/deep/secret"] {
        ground.directory(name);
    }
    for name in
        ["pub/a", "pub/secret/s", "work/w", "work/deep/d", "work/deep/secret/s", "incoming/old"]
    {
        ground.server.write(name, "content");
    }
    ground
        .run(&["group", "add", "staff", "--path", "/pub=read-only", "--path", "/**/secret=none"])
        .ok();
    ground.add(&["anna", "--rights", "all", "--group", "staff", "--path", "/incoming=drop-box"]);
    ground
}

#[test]
fn every_verb_asks_for_the_rights_of_its_path() {
    let ground = ground_with_rules();
    let mut anna = ground.login("anna");
    assert_eq!(anna.fetch("RETR /pub/a"), b"content");
    let missing = "your account has no right";
    for line in [
        "RETR /incoming/old",
        "RETR /pub/secret/s",
        "LIST /incoming",
        "NLST /pub/secret",
        "MLSD /incoming",
        "STOR /pub/new",
        "APPE /pub/a",
        "STOR /incoming/old",
        "STOR /work/../pub/new",
        "STOR //work/./deep/secret/x",
        "NLST /pub/secret/*",
    ] {
        no_upload(&mut anna, line, 550, missing);
    }
    for line in [
        "DELE /pub/a",
        "MKD /pub/new",
        "RMD /pub/secret",
        "RMDA /pub",
        "RNFR /pub/a",
        "SITE CHMOD 600 /pub/a",
        "MFMT 20200101000000 /pub/a",
        "MFF UNIX.mode=0600; /pub/a",
        "CWD /pub/secret",
        "SIZE /pub/secret/s",
        "MDTM /pub/secret/s",
        "MLST /pub/secret/s",
        "STAT /incoming",
        "DSIZ /incoming",
        "XCRC /incoming/old",
        "MD5 /incoming/old",
        "SITE CPFR /incoming/old",
        "AVBL /pub/secret",
        "COMB \"/work/new\" \"/pub/a\"",
        "COMB \"/pub/new\" \"/work/w\"",
        "SITE SYMLINK /pub/secret/s /work/link",
    ] {
        anna.expect(line, 550).says(missing);
    }
    anna.expect("HASH /incoming/old", 552);
    upload(&mut anna, "STOR /incoming/new", 226);
    upload(&mut anna, "STOR /work/new", 226);
    anna.expect("SITE CPFR /work/w", 350);
    anna.expect("SITE CPTO /pub/w", 550).says(missing);
    anna.expect("RNFR /work/w", 350);
    anna.expect("RNTO /pub/w", 550).says(missing);
    // A name that only starts like a rule's name is a different one.
    anna.expect("MKD /public", 257);
    assert!(!ground.server.path("pub/w").exists() && ground.server.path("work/w").exists());
    ground.server.check_health();
}

#[test]
fn listings_hide_what_may_not_be_touched_and_perm_tells_the_truth() {
    let ground = ground_with_rules();
    let mut anna = ground.login("anna");
    let names = text(&anna.fetch("NLST /pub"));
    assert_eq!(names, "/pub/a\r\n");
    assert!(!text(&anna.fetch("LIST /work/deep")).contains("secret"));
    assert!(!anna.expect("STAT /pub", 212).text().contains("secret"));
    let facts = text(&anna.fetch("MLSD /"));
    let perm = |name: &str| {
        let line = facts.lines().find(|line| line.ends_with(&format!(" {name}"))).expect(name);
        let fact = line.split(';').find_map(|fact| fact.strip_prefix("perm="));
        fact.expect("the fact").to_owned()
    };
    assert_eq!(perm("pub"), "el");
    assert_eq!(perm("incoming"), "cem");
    assert_eq!(perm("work"), "cdeflmp");
    anna.expect("MLST /pub/a", 250).says("perm=r;");
    anna.expect("MLST /work/w", 250).says("perm=adfrw;");
    // DSIZ counts what listings show, so not the content of work/deep/secret.
    anna.expect("DSIZ /work", 213).says("14");
}

#[test]
fn work_on_trees_stops_at_a_rule_and_directories_do_not_leave_theirs() {
    let ground = ground_with_rules();
    let mut anna = ground.login("anna");
    let missing = "your account has no right";
    anna.expect("RMDA /work", 550).says("/work/deep/secret");
    assert!(ground.server.path("work/w").exists(), "a refused RMDA must remove nothing");
    // A rule for a name in any directory still applies after its parent was renamed, but the named
    // entry itself cannot be renamed.
    anna.expect("RNFR /work/deep", 350);
    anna.expect("RNTO /work/deeper", 250);
    anna.expect("RNFR /work/deeper/secret", 550).says(missing);
    // /pub has rules below it that /work does not have.
    ground.run(&["user", "set", "anna", "--path", "/a/b=none"]).ok();
    ground.directory("a/b");
    let mut anna = ground.login("anna");
    anna.expect("RNFR /a", 350);
    anna.expect("RNTO /c", 550).says(missing);
    std::fs::remove_dir_all(ground.server.path("work/deeper/secret")).expect("removed");
    anna.expect("RMDA /work", 250);
    assert!(!ground.server.path("work").exists());
}

#[test]
fn a_link_is_no_way_around_a_rule() {
    let ground = ground_with_rules();
    std::os::unix::fs::symlink("../pub", ground.server.path("work/link")).expect("a link");
    let mut anna = ground.login("anna");
    no_upload(&mut anna, "STOR /work/link/new", 550, "link");
    anna.expect("CWD /work/link", 550).says("link");
    anna.expect("DELE /work/link/a", 550).says("link");
    anna.expect("SITE SYMLINK /work/w /work/other", 504);
    anna.expect("DELE /work/link", 250);
    assert!(ground.server.path("pub/a").exists());
}

#[test]
fn folders_appear_in_the_tree_of_an_account() {
    let ground = Ground::new();
    for name in ["archive", "home-anna"] {
        std::fs::create_dir(ground.beside(name)).expect("a folder");
    }
    std::fs::write(ground.beside("archive/old"), "old").expect("a file");
    let archive = format!("archive={}", ground.beside("archive").display());
    let home = format!("home={}", ground.beside("home-%u").display());
    ground
        .run(&["group", "add", "staff", "--folder", &archive, "--path", "/archive=read-only"])
        .ok();
    ground.add(&["anna", "--group", "staff", "--rights", "all", "--folder", &home]);
    ground.server.write("served", "x");
    let mut anna = ground.login("anna");
    let names = text(&anna.fetch("NLST"));
    for name in ["archive", "home", "served"] {
        assert!(names.lines().any(|line| line == name), "{names}");
    }
    assert_eq!(anna.fetch("RETR /archive/old"), b"old");
    no_upload(&mut anna, "STOR /archive/new", 550, "no right");
    upload(&mut anna, "STOR /home/new", 226);
    assert_eq!(std::fs::read(ground.beside("home-anna/new")).expect("the file"), b"data");
    anna.expect("CWD /home/..", 250).says("\"/\"");
    anna.expect("RNFR /home/new", 350);
    anna.expect("RNTO /moved", 553).says("SITE CPFR");
    anna.expect("SITE CPFR /home/new", 350);
    anna.expect("SITE CPTO /moved", 250);
    assert_eq!(ground.server.read("moved"), b"data");
    anna.expect("RMD /home", 550);
    anna.expect("RNFR /home", 350);
    anna.expect("RNTO /house", 550);
    // Nobody else can be locked out of the folder or of the whole tree either.
    let shut =
        ["SITE CHMOD 0 /home", "MFF UNIX.mode=0000; /home", "SITE CHGRP 0 /home", "SITE CHMOD 0 /"];
    for line in shut {
        anna.expect(line, 550).says("the root of what is shared");
    }
    anna.expect("MFMT 20200101000000 /home", 213);
    assert_eq!(anna.fetch("RETR /home/new"), b"data");
}

#[test]
fn nothing_changes_at_a_time_that_is_read_only() {
    let ground = Ground::new();
    ground.server.write("a", "x");
    ground.run(&["group", "add", "frozen", "--read-only", ALWAYS]).ok();
    ground.add(&["anna", "--group", "frozen", "--rights", "all"]);
    let mut anna = ground.login("anna");
    no_upload(&mut anna, "STOR new", 550, "may change nothing until 20");
    anna.expect("DELE a", 550).says("UTC");
    anna.expect("MKD d", 550).says("until");
    anna.expect("RNFR a", 550).says("until");
    anna.expect("MLST a", 250).says("perm=r;");
    assert_eq!(anna.fetch("RETR a"), b"x");
    ground.run(&["user", "set", "anna", "--read-only", "never"]).ok();
    upload(&mut ground.login("anna"), "STOR new", 226);
}

#[test]
fn names_are_refused_with_the_pattern_that_refuses_them() {
    let ground = Ground::new();
    ground.server.write("a.txt", "x");
    ground.add(&["anna", "--rights", "all", "--refuse-name", "*.exe", "--refuse-name", "tmp/"]);
    let mut anna = ground.login("anna");
    for line in ["STOR a.EXE", "APPE a.exe", "STOU a.exe", "STOR /x/../.exe"] {
        no_upload(&mut anna, line, 553, "*.exe");
    }
    anna.expect("MKD d.exe", 553).says("*.exe");
    anna.expect("MKD tmp", 553).says("tmp/");
    anna.expect("RNFR a.txt", 350);
    anna.expect("RNTO a.exe", 553).says("*.exe");
    anna.expect("SITE CPFR a.txt", 350);
    anna.expect("SITE CPTO a.exe", 553).says("*.exe");
    anna.expect("SITE SYMLINK a.txt a.exe", 553).says("*.exe");
    anna.expect("SITE MKDIR d.exe", 553).says("*.exe");
    anna.expect("COMB \"a.exe\" \"a.txt\"", 553).says("*.exe");
    upload(&mut anna, "STOR tmp", 226);
    ground.add(&["bert", "--rights", "all", "--allow-name", "*.txt", "--allow-name", "*/"]);
    let mut bert = ground.login("bert");
    no_upload(&mut bert, "STOR a.pdf", 553, "*.txt, */");
    no_upload(&mut bert, "STOU", 553, "*.txt");
    bert.expect("MKD any", 257);
    upload(&mut bert, "STOR any/b.TXT", 226);
    assert_eq!(ground.server.names(), ["a.txt", "any", "tmp"]);
}

#[test]
fn the_hours_and_networks_of_a_group_hold() {
    let ground = Ground::new();
    ground.run(&["group", "add", "away", "--network", "192.0.2.0/24"]).ok();
    ground.run(&["group", "add", "here", "--refuse-network", "127.0.0.0/8"]).ok();
    ground.add(&["anna", "--group", "away"]);
    ground.add(&["bert", "--group", "here"]);
    for name in ["anna", "bert"] {
        let mut dialogue = ground.server.connect();
        dialogue.expect(format!("USER {name}"), 331);
        dialogue.expect(format!("PASS {PASSWORD}"), 530).says("User or password is wrong");
    }
    ground.server.wait_for_log("may not be used from 127.0.0.1");
    ground.run(&["user", "set", "anna", "--network", "any", "--hours", ALWAYS]).ok();
    ground.login("anna");
}

#[test]
fn an_account_may_demand_tls_and_says_so_only_to_those_who_know_its_password() {
    let ground = Ground::with(&["--self-signed"]);
    ground.run(&["group", "add", "private", "--tls", "required"]).ok();
    ground.add(&["anna", "--group", "private"]);
    let mut dialogue = ground.server.connect();
    for (name, password, words) in [
        ("nobody", PASSWORD, "User or password is wrong"),
        ("anna", "wrong", "User or password is wrong"),
        ("anna", PASSWORD, "AUTH TLS"),
    ] {
        dialogue.expect(format!("USER {name}"), 331);
        dialogue.expect(format!("PASS {password}"), 530).says(words);
    }
    ground.server.wait_for_log("the account requires TLS");
    dialogue.expect("AUTH TLS", 234);
    let mut dialogue = dialogue.over_tls(&config(&[&rustls::version::TLS13]));
    dialogue.login("anna", PASSWORD);
    dialogue.epsv_address();
    dialogue.expect("LIST", 521).says("your account");
    dialogue.expect("PBSZ 0", 200);
    dialogue.expect("PROT C", 534).says("Your account");
    dialogue.expect("PROT P", 200);
}

#[test]
fn a_change_reaches_sessions_that_are_open() {
    let ground = Ground::new();
    ground.server.write("a", "x");
    ground.add(&["anna", "--rights", "read-only"]);
    let mut anna = ground.login("anna");
    anna.expect("MKD before", 550);
    ground.run(&["user", "set", "anna", "--rights", "all"]).ok();
    let mut count = 0;
    wait_for("new rights in an open session", || {
        count += 1;
        (anna.ask(format!("MKD after{count}")).code == 257).then_some(())
    });
    let mut idle = ground.login("anna");
    ground.run(&["user", "lock", "anna"]).ok();
    for dialogue in [&mut anna, &mut idle] {
        dialogue.reply().code(421).says("locked");
        assert!(dialogue.next_reply().is_none());
    }
    ground.run(&["user", "unlock", "anna"]).ok();
    let mut anna = ground.login("anna");
    ground.run(&["user", "rm", "anna"]).ok();
    anna.reply().code(421).says("no longer exists");
    ground.server.check_health();
}

/// Hidden entries that no listing shows used to prevent the removal of their directory, and could
/// only be removed with DELE of a name that is not shown either.
#[test]
fn a_rule_for_hidden_names_keeps_no_directory_from_its_removal() {
    let ground = Ground::new();
    ground.add(&["anna", "--rights", "all", "--path", "/**/.*=none"]);
    for (line, directory) in [("RMD /d", "d"), ("RMDA /e", "e")] {
        ground.directory(directory);
        ground.server.write(&format!("{directory}/.f.part-packetboat"), "half");
        let mut anna = ground.login("anna");
        anna.expect(format!("DELE /{directory}/.f.part-packetboat"), 550);
        anna.expect(line, 250);
    }
    // A hidden file has a part that is hidden, too.
    ground.directory("h");
    ground.server.write("h/..f.part-packetboat", "half");
    ground.login("anna").expect("RMD /h", 550).says("not empty");
}

/// The rest of the change used to take effect, although the log said that nothing did.
#[test]
fn a_quota_that_cannot_be_kept_yet_is_told_as_that() {
    let ground = Ground::new();
    let root = ground.beside("home");
    std::fs::create_dir(&root).expect("a folder");
    let home = root.display().to_string();
    ground.add(&["anna", "--rights", "all", "--root", &home]);
    let mut anna = ground.login("anna");
    std::fs::remove_dir(&root).expect("the folder");
    ground.run(&["user", "set", "anna", "--quota", "1MiB", "--rights", "read"]).ok();
    ground
        .server
        .wait_for_log("the new terms of the account apply, but its quota cannot be enforced yet: ");
    assert!(!ground.server.log().contains("keeps its old terms"), "{}", ground.server.log());
    anna.expect("MKD x", 550).says("right");
}

/// A failed look-up used not to be repeated, so a locked account could go on for the rest of its
/// session.
#[test]
fn an_account_that_cannot_be_looked_up_is_looked_up_until_it_can_be() {
    let ground = Ground::new();
    ground.add(&["anna", "--rights", "all"]);
    let mut anna = ground.login("anna");
    let database = rusqlite::Connection::open(ground.keeper.database()).expect("the database");
    let run = |sql: &str| database.execute_batch(sql).expect("a change");
    run("INSERT INTO terms VALUES ('account', 'anna', 'sessions', 'what no version understands')");
    ground.server.wait_for_log("keeps its old terms for now");
    anna.expect("NOOP", 200);
    // Without a new revision, only the session itself looks the account up.
    run("BEGIN; DELETE FROM terms WHERE owner = 'anna' AND key = 'sessions'; \
         UPDATE accounts SET locked = 1 WHERE name = 'anna'; \
         UPDATE revision SET number = number - 2; COMMIT");
    anna.reply().code(421).says("locked");
    assert_eq!(ground.server.log().matches("keeps its old terms for now").count(), 1);
}

#[test]
fn show_tells_whose_each_value_is_and_unset_takes_it_away() {
    let ground = Ground::new();
    ground.run(&["group", "add", "staff", "--sessions", "3", "--path", "/pub=read-only"]).ok();
    ground.run(&["group", "add", "late", "--sessions", "9", "--tls", "login"]).ok();
    ground.add(&[
        "anna",
        "--group",
        "staff",
        "--group",
        "late",
        "--sessions",
        "7",
        "--path",
        "/pub=all",
    ]);
    let value = |key: &str| -> Value {
        let shown = ground.run(&["user", "show", "anna", "--json"]).ok().stdout;
        serde_json::from_str::<Value>(&shown).expect("JSON")["terms"][key].clone()
    };
    assert_eq!(value("sessions")[0]["value"], "7");
    assert_eq!(value("sessions")[0]["from"]["own"], true);
    assert_eq!(value("tls")[0]["from"]["group"], "late");
    assert_eq!(value("path").as_array().map(Vec::len), Some(1));
    ground.run(&["user", "set", "anna", "--unset", "sessions", "--unset", "path"]).ok();
    assert_eq!(value("sessions")[0]["value"], "3");
    assert_eq!(value("path")[0]["from"]["group"], "staff");
    let shown = ground.run(&["user", "show", "anna"]).ok().stdout;
    assert!(shown.contains("/pub=read-only (group staff)"), "{shown}");
    let refused = |words: &[&str], code: i32, says: &str| {
        let output = ground.run(words);
        assert_eq!(output.code(), Some(code), "{output:?}");
        assert!(output.stderr.contains(says), "{output:?}");
    };
    refused(&["group", "rm", "staff"], 2, "anna");
    refused(&["user", "set", "anna", "--group", "nobody"], 1, "no group nobody");
    refused(&["user", "set", "anna", "--path", "pub=all"], 2, "slash");
    refused(&["user", "set", "anna", "--read-only", "always"], 2, "mon-fri 22:00-06:00");
    refused(&["user", "set", "anna", "--unset", "wings"], 2, "wings");
    refused(&["group", "set", "staff"], 2, "nothing to change");
    ground.run(&["user", "set", "anna", "--group", "none"]).ok();
    ground.run(&["group", "rm", "staff", "late"]).ok();
}
