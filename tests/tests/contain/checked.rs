//! What the server's user may not read or write, as reported by root's check and by the server when
//! it starts.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use packetboat_tests::program::{packetboat, run, run_with_input};
use packetboat_tests::{Server, Setup, has_root, skip};

use crate::leaked;

/// A key that only root may read is enough for a start, but makes every reload fail.
#[test]
fn a_check_by_root_looks_as_the_user_whom_the_server_becomes() {
    if !has_root("become another user") {
        return;
    }
    let keeps = tempfile::tempdir().expect("a folder");
    open(keeps.path(), 0o755);
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a key");
    let path = |name: &str| keeps.path().join(name);
    std::fs::write(path("cert.pem"), made.cert.pem()).expect("a file");
    std::fs::write(path("key.pem"), made.signing_key.serialize_pem()).expect("a file");
    std::fs::create_dir(path("served")).expect("a folder");
    let text = "[server]\nroot = \"served\"\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n[contain]\nuser = \"nobody\"\n";
    std::fs::write(path("packetboat.toml"), text).expect("a file");
    let check = || {
        let mut command = Command::new(packetboat());
        run(command.args(["config", "check"]).arg(path("packetboat.toml")))
    };
    open(&path("cert.pem"), 0o644);
    open(&path("key.pem"), 0o600);
    let closed = check();
    let told = ["packetboat.toml:5", "tls.key", "key.pem", "checked as nobody"];
    assert!(told.iter().all(|words| closed.stderr.contains(words)), "{closed:?}");
    assert_eq!((closed.code(), closed.stdout.as_str()), (Some(8), ""));
    open(&path("key.pem"), 0o644);
    assert!(check().ok().stdout.contains("is valid"));
}

/// A folder in which only root may write, and which contains everything that a server run as nobody
/// would have to write.
struct Closed(tempfile::TempDir);

impl Closed {
    fn new() -> Self {
        let closed = Self(tempfile::tempdir().expect("a folder"));
        open(closed.0.path(), 0o755);
        for folder in ["served", "logs", "accounts", "acme", "secret"] {
            std::fs::create_dir(closed.path(folder)).expect("a folder");
            open(&closed.path(folder), 0o755);
        }
        open(&closed.path("secret"), 0o700);
        closed
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Writes a configuration file with nobody as the user.
    fn configure(&self, text: &str) -> std::path::PathBuf {
        let file = self.path("packetboat.toml");
        let text = format!("[server]\nroot = \"served\"\n[contain]\nuser = \"nobody\"\n{text}");
        std::fs::write(&file, text).expect("a file");
        open(&file, 0o644);
        file
    }
}

fn open(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Files that root may write, but not the server's user, are reported in addition to what is wrong
/// for both.
#[test]
fn a_check_by_root_finds_what_the_user_of_the_server_may_not_write() {
    if !has_root("become another user") {
        return;
    }
    let closed = Closed::new();
    std::fs::write(closed.path("logs/audit"), "").expect("a file");
    let file = closed.configure(
        "[log]\nfile = \"logs/p.log\"\nxferlog = \"secret/x.log\"\naudit = \"logs/audit\"\n\
         [accounts]\ndatabase = \"accounts/a.db\"\nuser-writes = true\n\
         [acme]\nnames = [\"ftp.example.org\"]\naccept-terms = true\nfolder = \"acme/kept\"\n\
         [[mount]]\nname = \"m\"\nroot = \"nowhere\"\n",
    );
    let output = run(Command::new(packetboat()).args(["config", "check"]).arg(&file));
    assert_eq!(output.code(), Some(2), "{output:?}");
    let told: Vec<&str> = output.stderr.lines().skip(1).collect();
    let shown = |name: &str| closed.path(name).display().to_string();
    let expected = [
        (
            "6: log.file: ",
            format!(
                "{} belongs to root, and the user nobody may not create files in it",
                shown("logs")
            ),
        ),
        (
            "7: log.xferlog: ",
            format!("{} belongs to root, and the user nobody may not enter it", shown("secret")),
        ),
        (
            "8: log.audit: ",
            format!(
                "{} belongs to root, and the user nobody may not write to it",
                shown("logs/audit")
            ),
        ),
        ("10: accounts.database: ", format!("chown nobody {}", shown("accounts"))),
        ("11: accounts.user-writes: ", "there is no account it could apply to".to_owned()),
        (
            "15: acme.folder: ",
            format!("{} belongs to root, and the user nobody may not create files", shown("acme")),
        ),
        ("16: mount.root: ", "the folder does not exist".to_owned()),
    ];
    for (place, why) in &expected {
        let told =
            told.iter().filter(|line| line.contains(&format!("toml:{place}"))).collect::<Vec<_>>();
        assert!(matches!(&*told, [line] if line.contains(why)), "{place}{why}: {told:?}");
    }
    assert_eq!(told.len(), expected.len(), "{output:?}");
    let looked = told.iter().filter(|line| line.contains("checked as nobody")).count();
    assert_eq!(looked, 5, "{output:?}");
    // Once that user may write there, everything is right.
    for name in ["logs", "logs/audit", "accounts", "acme"] {
        std::os::unix::fs::chown(closed.path(name), Some(65_534), None).expect("an owner");
    }
    let file = closed.configure(
        "[log]\nfile = \"logs/p.log\"\naudit = \"logs/audit\"\n[accounts]\ndatabase = \"accounts/a.db\"\n\
         [acme]\nnames = [\"ftp.example.org\"]\naccept-terms = true\nfolder = \"acme/kept\"\n",
    );
    run(Command::new(packetboat()).args(["config", "check"]).arg(&file)).ok();
}

/// SQLite creates files beside a database, so write permission for the database file is not enough.
#[test]
fn a_database_in_a_folder_that_is_closed_is_told_with_the_folder_and_the_way_out() {
    if !has_root("become another user") {
        return;
    }
    let closed = Closed::new();
    let database = closed.path("accounts/a.db");
    let mut add = Command::new(packetboat());
    add.args(["user", "add", "anna"]).env("PACKETBOAT_DATABASE", &database);
    run_with_input(&mut add, b"secret").ok();
    std::os::unix::fs::chown(&database, Some(65_534), None).expect("an owner");
    let file = closed.configure("[accounts]\ndatabase = \"accounts/a.db\"\n");
    let folder = closed.path("accounts");
    let folder = folder.display();
    for words in [&["config", "check"][..], &["serve", "--listen", "127.0.0.1:0", "--config"]] {
        let output = run(Command::new(packetboat()).args(words).arg(&file));
        assert_eq!(output.code(), Some(8), "{output:?}");
        let told = format!(
            "SQLite creates files beside it, and {folder} belongs to root, and the user nobody may not create files"
        );
        assert!(output.stderr.contains(&told), "{told:?} is not in {output:?}");
        assert!(output.stderr.contains(&format!("chown nobody {folder}")), "{output:?}");
    }
}

#[test]
fn a_log_that_cannot_be_made_is_told_with_its_folder_and_the_way_out() {
    if !has_root("become another user") {
        return;
    }
    let closed = Closed::new();
    let file = closed.configure("[log]\nfile = \"logs/p.log\"\n");
    let mut serve = Command::new(packetboat());
    let output = run(serve.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(&file));
    assert_eq!(output.code(), Some(8), "{output:?}");
    let logs = closed.path("logs");
    let told = format!(
        "{} belongs to root, and the user nobody may not create files in it",
        logs.display()
    );
    let line =
        output.stderr.lines().find(|line| line.contains("toml:6: log.file: cannot open the log "));
    assert!(line.is_some_and(|line| line.contains(&told)), "{told:?} is not in {output:?}");
}

/// A database that root creates in a folder of the server's user must be writable for that user.
#[test]
fn a_database_that_root_makes_belongs_to_the_owner_of_its_folder() {
    if !has_root("give a file away") {
        return;
    }
    let closed = Closed::new();
    std::os::unix::fs::chown(closed.path("accounts"), Some(65_534), Some(65_534))
        .expect("an owner");
    for (words, name) in [(["group", "add", "staff"], "g.db"), (["user", "add", "anna"], "u.db")] {
        let database = closed.path("accounts").join(name);
        let mut add = Command::new(packetboat());
        add.args(words).env("PACKETBOAT_DATABASE", &database);
        run_with_input(&mut add, b"secret").ok();
        let found = std::fs::metadata(&database).expect("a database");
        assert_eq!((found.uid(), found.gid()), (65_534, 65_534), "{words:?}");
    }
    let server = Server::with(Setup {
        arguments: vec![
            "--set",
            "contain.user=nobody",
            "--database",
            leaked(closed.path("accounts/u.db").display().to_string()),
        ],
        folder: Some(closed.path("served")),
        ..Setup::default()
    });
    server.connect().login("anna", "secret");
}

/// Root without its capabilities, as under service managers and in containers, may write less than
/// the user it becomes.
#[test]
fn what_the_user_of_the_server_alone_may_write_is_no_problem_of_root() {
    if !has_root("become another user") {
        return;
    }
    let without_rights = || {
        let mut command = Command::new("setpriv");
        command.arg("--bounding-set=-dac_override,-dac_read_search");
        command
    };
    if !without_rights().arg("true").status().is_ok_and(|ended| ended.success()) {
        return skip("setpriv", "setpriv cannot take rights from root");
    }
    let closed = Closed::new();
    for name in ["logs", "accounts", "acme"] {
        std::os::unix::fs::chown(closed.path(name), Some(65_534), None).expect("an owner");
    }
    open(&closed.path("logs"), 0o700);
    let file = closed.configure(
        "[log]\nfile = \"logs/p.log\"\n[accounts]\ndatabase = \"accounts/a.db\"\n\
         [acme]\nnames = [\"ftp.example.org\"]\naccept-terms = true\nfolder = \"acme/kept\"\n",
    );
    run(without_rights().arg(packetboat()).args(["config", "check"]).arg(&file)).ok();
}

/// Existing folders need not be created, so their parents may belong to somebody else, as with the
/// web server's folder.
#[test]
fn a_folder_of_pages_and_one_of_the_certificate_are_enough_for_an_authority() {
    if !has_root("become another user") {
        return;
    }
    let closed = Closed::new();
    let (pages, kept) = ("served/.well-known/acme-challenge", "state/packetboat/acme");
    for name in [pages, kept] {
        std::fs::create_dir_all(closed.path(name)).expect("a folder");
        closed.path(name).ancestors().take(3).for_each(|folder| open(folder, 0o755));
    }
    // The parent belongs neither to root, who would hand it over at the start, nor to the server's
    // user.
    let own = |name: &str, user| {
        std::os::unix::fs::chown(closed.path(name), Some(user), None).expect("an owner");
    };
    own("state/packetboat", 1);
    let file = closed.configure(
        "[acme]\nnames = [\"ftp.example.org\"]\naccept-terms = true\nchallenge = \"http-01\"\nwebroot = \"served\"\n",
    );
    let check = || {
        let mut check = Command::new(packetboat());
        run(check.args(["config", "check"]).arg(&file).env("XDG_STATE_HOME", closed.path("state")))
    };
    for (name, key) in [(pages, "acme.webroot"), (kept, "acme.folder")] {
        own(pages, 65_534);
        own(kept, 65_534);
        check().ok();
        own(name, 0);
        let told = check().stderr;
        assert!(told.contains(key) && told.contains(name), "{key} {name}: {told}");
    }
}
