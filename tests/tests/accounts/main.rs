//! Accounts in a database: used through the real program, changed while a server runs, and
//! surviving crashes.

mod imported;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use packetboat_tests::program::{Output, packetboat, run, run_with_input};
use packetboat_tests::{Dialogue, Server, Setup, skip};
use serde_json::Value;
use tempfile::TempDir;

const PASSWORD: &str = "battery staple";
/// "correct horse".
const MD5: &str = "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80";

/// A database, and a folder for what its accounts may see.
struct Keeper {
    folder: TempDir,
}

impl Keeper {
    /// Uses cheap password hashes, since their cost is not tested here.
    fn new() -> Self {
        let keeper = Self { folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(keeper.path("state")).expect("a folder");
        keeper.user(&["cost", "m=8,t=1,p=1"]).ok();
        keeper
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(packetboat());
        command.arg("user").args(words).env("PACKETBOAT_DATABASE", self.path("state/accounts.db"));
        command
    }

    fn user(&self, words: &[&str]) -> Output {
        run(&mut self.command(words))
    }

    /// Adds an account with [`PASSWORD`].
    fn add(&self, words: &[&str]) {
        run_with_input(self.command(&["add"]).args(words), PASSWORD.as_bytes()).ok();
    }

    fn names(&self) -> Vec<String> {
        let list = self.user(&["list", "--json"]).ok().stdout;
        let name = |line: &str| {
            let account: Value = serde_json::from_str(line).expect("JSON");
            account["name"].as_str().expect("a name").to_owned()
        };
        list.lines().map(name).collect()
    }

    fn show(&self, name: &str) -> Value {
        serde_json::from_str(&self.user(&["show", name, "--json"]).ok().stdout).expect("JSON")
    }

    fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    fn serve_with(&self, arguments: &[&'static str]) -> Server {
        let database = self.path("state/accounts.db");
        let database: &'static str = Box::leak(database.display().to_string().into_boxed_str());
        let arguments = [&["--database", database], arguments].concat();
        Server::with(Setup { arguments, ..Setup::default() })
    }
}

fn login(server: &Server, name: &str) -> Dialogue {
    let mut dialogue = server.connect();
    dialogue.login(name, PASSWORD);
    dialogue.expect("TYPE I", 200);
    dialogue
}

fn refused(server: &Server, name: &str, password: &str) {
    let mut dialogue = server.connect();
    dialogue.expect(format!("USER {name}"), 331);
    // The reply does not give the reason.
    dialogue.expect(format!("PASS {password}"), 530).says("User or password is wrong");
}

/// Changes made by the commands take effect on the server immediately.
#[test]
fn an_account_is_added_used_locked_and_removed_while_the_server_runs() {
    let keeper = Keeper::new();
    let server = keeper.serve();
    refused(&server, "anna", PASSWORD);
    keeper.add(&["anna", "--rights", "all"]);
    login(&server, "anna").expect("MKD made", 257);
    refused(&server, "anna", "battery stapler");
    server.wait_for_log("login of anna: refused: the password is wrong");
    keeper.user(&["lock", "anna"]).ok();
    refused(&server, "anna", PASSWORD);
    server.wait_for_log("login of anna: refused: the account is locked");
    keeper.user(&["unlock", "anna"]).ok();
    keeper.user(&["set", "anna", "--rights", "read-only"]).ok();
    login(&server, "anna").expect("MKD other", 550).says("your account has no right");
    run_with_input(&mut keeper.command(&["passwd", "anna"]), b"new one\n").ok();
    refused(&server, "anna", PASSWORD);
    server.connect().login("anna", "new one");
    keeper.user(&["rm", "anna"]).ok();
    refused(&server, "anna", "new one");
    assert!(!server.log().contains("battery") && !server.log().contains("new one"));
    // The account of --user exists beside them.
    server.check_health();
}

#[test]
fn curl_logs_in() {
    if Command::new("curl").arg("--version").output().is_err() {
        return skip("curl", "curl is not installed");
    }
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let server = keeper.serve();
    server.write("a.txt", "for anna");
    let url = format!("ftp://{}/a.txt", server.address());
    let fetch = |password: &str| {
        run(Command::new("curl").args(["-sS", "--user", &format!("anna:{password}"), &url]))
    };
    assert_eq!(fetch(PASSWORD).ok().stdout, "for anna");
    // curl's exit code for a refused login.
    assert_eq!(fetch("wrong").code(), Some(67));
}

#[test]
fn passwords_are_made_up_or_read_and_never_kept_in_clear() {
    let keeper = Keeper::new();
    let added = keeper.user(&["add", "anna", "--generate", "--json"]).ok();
    let added: Value = serde_json::from_str(&added.stdout).expect("JSON");
    let password = added["password"].as_str().expect("a password").to_owned();
    let server = keeper.serve();
    server.connect().login("anna", &password);
    assert_eq!(keeper.show("anna")["hash"], "argon2");
    for entry in std::fs::read_dir(keeper.path("state")).expect("the folder") {
        let path = entry.expect("an entry").path();
        let content = std::fs::read(&path).expect("a file");
        assert!(!content.windows(password.len()).any(|bytes| bytes == password.as_bytes()));
        let mode = std::fs::metadata(&path).expect("metadata").permissions();
        assert_eq!(mode.mode() & 0o777, Permissions::from_mode(0o600).mode(), "{}", path.display());
    }
    let empty = keeper.user(&["add", "bert"]);
    assert_eq!(empty.code(), Some(2), "{empty:?}");
    assert!(empty.stderr.contains("--generate"), "{empty:?}");
    assert_eq!(keeper.names(), ["anna"]);
}

#[test]
fn what_is_wrong_is_said_with_its_exit_code() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    for (words, code, says) in [
        (vec!["show", "bert"], 1, "there is no account bert"),
        (vec!["rm", "anna", "bert"], 1, "there is no account bert"),
        (vec!["add", "anna", "--generate"], 2, "there is already an account anna"),
        (vec!["add", "../anna", "--generate"], 2, "slash"),
        (vec!["add", "ftp", "--generate"], 2, "anonymous"),
        (vec!["add", "c", "--generate", "--rights", "fly"], 2, "is not a right"),
        (vec!["add", "c", "--generate", "--root", "srv/%u"], 2, "/srv/ftp/%u"),
        (vec!["add", "c", "--generate", "--network", "nowhere"], 2, "192.0.2.0/24"),
        (vec!["set", "anna"], 2, "--rights all"),
        (vec!["cost", "m=1"], 2, "m=19456"),
    ] {
        let output = keeper.user(&words);
        assert_eq!(output.code(), Some(code), "{output:?}");
        assert!(output.stderr.contains(says), "{says:?} is not in {}", output.stderr);
    }
    let json = keeper.user(&["show", "bert", "--json"]);
    let error: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((&error["event"], &error["failure"]), (&"error".into(), &"unknown".into()));
    assert_eq!(keeper.names(), ["anna"]);
}

#[test]
fn each_account_has_its_root_and_stays_in_it() {
    let keeper = Keeper::new();
    let homes = keeper.path("homes");
    let pattern = format!("{}/%u", homes.display());
    for name in ["anna", "bert"] {
        std::fs::create_dir_all(homes.join(name)).expect("a folder");
        keeper.add(&[name, "--rights", "all", "--root", &pattern]);
    }
    keeper.add(&["carl", "--root", &pattern]);
    keeper.add(&["dora", "--root", &pattern]);
    std::os::unix::fs::symlink("/", homes.join("dora")).expect("a link");
    let server = keeper.serve();
    let mut anna = login(&server, "anna");
    anna.expect("PWD", 257).says("\"/\"");
    anna.expect("MKD hers", 257);
    anna.expect("CWD ../bert", 550);
    anna.expect("CWD /../../bert", 550);
    assert!(homes.join("anna/hers").is_dir() && server.names().is_empty());
    anna.expect("REIN", 220);
    anna.login("alice", packetboat_tests::PASSWORD);
    anna.expect("CWD hers", 550);
    // Without their folder, accounts are not put into another one. The log tells the administrator
    // what is wrong.
    for (name, why) in [
        ("carl", "does not exist; create it, the server does not do so"),
        ("dora", "is reached through a link that leads out of the place where %u stands"),
    ] {
        let mut dialogue = server.connect();
        dialogue.expect(format!("USER {name}"), 331);
        dialogue.expect(format!("PASS {PASSWORD}"), 530).says("the folder of your account");
        let folder = homes.join(name);
        let folder = folder.display();
        server.wait_for_log(&format!("login of {name}: refused: the folder {folder} {why}"));
    }
}

/// A problem with a folder on the server is not the client's fault, and no reason to ban it.
#[test]
fn a_folder_that_is_not_there_costs_that_folder_and_a_missing_root_the_login() {
    let keeper = Keeper::new();
    let file = keeper.path("file");
    std::fs::write(&file, "no folder").expect("a file");
    keeper.add(&["anna", "--rights", "all", "--folder", "arch=/nope/x"]);
    keeper.add(&["bert", "--root", "/absent/%u"]);
    keeper.add(&["carl", "--root", &file.display().to_string()]);
    let server = keeper.serve_with(&["--set", "guards.failures=1", "--set", "guards.trusted=none"]);
    server.write("seen", "x");
    for (name, why) in [
        ("bert", "the folder /absent/bert does not exist".to_owned()),
        ("carl", format!("the folder {} is not a folder", file.display())),
    ] {
        let mut dialogue = server.connect();
        dialogue.expect(format!("USER {name}"), 331);
        dialogue.expect(format!("PASS {PASSWORD}"), 530).says("password are right");
        server.wait_for_log(&format!("login of {name}: refused: {why}"));
    }
    let mut anna = login(&server, "anna");
    server.wait_for_log(
        "login of anna: logged in without its folder arch: the folder /nope/x does not",
    );
    assert_eq!(anna.fetch("NLST"), b"seen\r\n");
    anna.expect("CWD arch", 550);
    anna.expect("MKD arch", 550);
    assert!(!server.path("arch").exists());
}

/// Each verb, under each of its names, requires its own right.
#[test]
fn every_verb_asks_for_its_right() {
    let all = "list,read,write,overwrite,append,delete,rename,mkdir,rmdir,attributes";
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let server = keeper.serve();
    for (right, lines) in [
        ("list", &["LIST", "NLST", "MLSD", "STAT f", "DSIZ d"][..]),
        ("read", &["RETR f", "XMD5 f", "HASH f", "SITE CPFR f"]),
        ("write", &["STOR new", "STOU", "APPE new", "SITE SYMLINK f new"]),
        ("overwrite", &["STOR f", "REST 1;STOR f", "RNFR g;RNTO f"]),
        ("append", &["APPE f", "COMB f g"]),
        ("delete", &["DELE f", "RMDA d", "COMB f g"]),
        ("rename", &["RNFR f"]),
        ("mkdir", &["MKD new", "XMKD new", "SITE MKDIR new"]),
        ("rmdir", &["RMD d", "XRMD d", "RMDA d", "SITE RMDIR d"]),
        (
            "attributes",
            &["MFMT 20200101000000 f", "MFF Modify=20200101000000; f", "SITE CHMOD 600 f"],
        ),
    ] {
        let others: Vec<_> = all.split(',').filter(|word| *word != right).collect();
        keeper.user(&["set", "anna", "--rights", &others.join(",")]).ok();
        for line in lines {
            server.write("f", "first");
            server.write("g", "second");
            // The previous line may have created it.
            let _ = std::fs::create_dir(server.path("d"));
            let mut dialogue = login(&server, "anna");
            let _listener = dialogue.epsv_address();
            let steps: Vec<_> = line.split(';').collect();
            // MFF contains semicolons itself.
            let steps = if line.starts_with("MFF") { vec![*line] } else { steps };
            let mut reply = None;
            for step in steps {
                reply = Some(dialogue.ask(step));
            }
            let reply = reply.expect("a reply");
            let named = format!("your account has no right to do this (`{right}`); ");
            let refused = reply.text().contains(&named);
            assert!(refused, "{line} without {right}: {} {}", reply.code, reply.text());
            assert_eq!(server.names(), ["d", "f", "g"], "{line} without {right}");
            assert_eq!(server.read("f"), b"first", "{line} without {right}");
        }
    }
    // An account that may not store anything is told the right that an upload needs first.
    keeper.user(&["set", "anna", "--rights", "read-only"]).ok();
    let mut dialogue = login(&server, "anna");
    let _listener = dialogue.epsv_address();
    dialogue.expect("STOR new", 550).says("(`write`)");
    // A copy never replaces a directory, with or without the right to remove it.
    for rights in ["all", "list,read,write,overwrite"] {
        keeper.user(&["set", "anna", "--rights", rights]).ok();
        let mut dialogue = login(&server, "anna");
        dialogue.expect("SITE CPFR f", 350);
        dialogue.expect("SITE CPTO d", 550).says("is a directory");
    }
}

/// In a drop box files can be uploaded and resumed, but nobody can see or replace them.
#[test]
fn a_drop_box_takes_files_and_shows_none() {
    let keeper = Keeper::new();
    keeper.add(&["anna", "--rights", "drop-box"]);
    let server = keeper.serve();
    server.write("theirs", "not hers");
    let mut d = login(&server, "anna");
    assert_eq!(d.store("STOR mine", b"first").code, 226);
    d.epsv();
    d.expect("STOR mine", 550).says("no right");
    d.expect("STOR theirs", 550).says("no right");
    d.expect("SIZE theirs", 550).says("no right");
    d.expect("MLST theirs", 550).says("no right");
    d.expect("CWD /", 250);
    std::fs::write(server.path(".half.part-packetboat"), "half ").expect("a part");
    d.expect("SIZE half", 213).says("5");
    d.expect("REST 5", 350);
    assert_eq!(d.store("STOR half", b"whole").code, 226);
    assert_eq!(server.read("half"), b"half whole");
    assert_eq!(server.read("theirs"), b"not hers");
}

#[test]
fn sessions_at_once_and_networks_are_limited() {
    let keeper = Keeper::new();
    keeper.add(&["anna", "--sessions", "1"]);
    keeper.add(&["bert", "--network", "192.0.2.0/24"]);
    keeper.add(&["carl", "--network", "127.0.0.0/8", "--expires", "2020-02-29"]);
    let server = keeper.serve();
    let mut first = login(&server, "anna");
    let mut second = server.connect();
    second.expect("USER anna", 331);
    second.expect(format!("PASS {PASSWORD}"), 421).says("has reached its session limit (1)");
    assert!(second.next_reply().is_none());
    first.expect("REIN", 220);
    first.login("anna", PASSWORD);
    first.expect("QUIT", 221);
    // The server may notice the end of a session a moment after its last reply.
    server.wait_for_log("#1 closed");
    login(&server, "anna");
    refused(&server, "bert", PASSWORD);
    server.wait_for_log("login of bert: refused: the account may not be used from 127.0.0.1");
    refused(&server, "carl", PASSWORD);
    server.wait_for_log("login of carl: refused: the account has expired");
    assert_eq!(keeper.show("carl")["terms"]["expires"][0]["value"], "2020-02-29");
}

#[test]
fn account_information_is_kept_and_wanted() {
    let keeper = Keeper::new();
    let mut add = keeper.command(&["add", "anna", "--acct", "login"]);
    run_with_input(add.env("PACKETBOAT_ACCOUNT", "cost centre 7"), PASSWORD.as_bytes()).ok();
    let server = keeper.serve();
    let mut dialogue = server.connect();
    dialogue.expect("USER anna", 331);
    dialogue.expect(format!("PASS {PASSWORD}"), 332);
    dialogue.expect("ACCT cost centre 8", 530);
    dialogue.expect("USER anna", 331);
    dialogue.expect(format!("PASS {PASSWORD}"), 332);
    dialogue.expect("ACCT cost centre 7", 230);
    keeper.user(&["set", "anna", "--acct", "none"]).ok();
    login(&server, "anna");
}

/// Whenever the program is killed, what it has confirmed is stored, and the file is intact.
#[test]
fn a_crash_at_any_moment_loses_no_account() {
    let keeper = Keeper::new();
    let lines: String = (0..200).map(|number| format!("known{number}:{MD5}\n")).collect();
    run_with_input(&mut keeper.command(&["import", "-"]), lines.as_bytes()).ok();
    let mut confirmed = 200;
    for round in 0..40_u64 {
        let lines: String = (0..50).map(|number| format!("r{round}n{number}:{MD5}\n")).collect();
        let file = keeper.path("lines");
        std::fs::write(&file, lines).expect("a file");
        let mut command = keeper.command(&["import"]);
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.spawn().expect("packetboat user");
        // From before it opens the file until after it has ended.
        std::thread::sleep(Duration::from_micros(700 * round));
        // It may have ended at this very moment.
        let _ = child.kill();
        let status = child.wait().expect("its end");
        let names = keeper.names();
        let new = names.iter().filter(|name| name.starts_with(&format!("r{round}n"))).count();
        assert!(new == 0 || new == 50, "round {round}: {new} of 50");
        assert!(new == 50 || !status.success(), "round {round}: confirmed but not stored");
        confirmed += new;
        assert_eq!(names.len(), confirmed, "round {round}");
    }
    assert!(keeper.names().iter().filter(|name| name.starts_with("known")).count() == 200);
}

#[test]
fn a_server_that_is_killed_leaves_the_accounts() {
    let keeper = Keeper::new();
    run_with_input(&mut keeper.command(&["import", "-"]), format!("anna:{MD5}\n").as_bytes()).ok();
    let server = keeper.serve();
    server.connect().login("anna", "correct horse");
    // Dropping the server kills it.
    drop(server);
    assert_eq!(keeper.show("anna")["hash"], "argon2");
    keeper.serve().connect().login("anna", "correct horse");
}
