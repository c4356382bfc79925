//! Importing accounts from other servers and systems.

use packetboat_tests::program::run_with_input;

use crate::{Keeper, MD5, PASSWORD, refused};

/// The password of [`MD5`], hashed as by `openssl passwd -6` and `ftpasswd --sha512`.
const SHA512: &str = "$6$abcdefgh$yIZAF3gQPvtKZO/9qOJKffAKKbtS3ef3qmwyugk4uWVjX8YZf/GV3A8SkFxEPY0T56CcilGrHKLffBsp6dLMG.";
const YESCRYPT: &str = "$y$j9T$lcYEo2XMNi1Cc9YfwmWIf0$lSISazXuWo7p.JTsLiIcDVYEDRyiL4wxUbxp.YsYFA9";
const DES: &str = "ZSbDQAltL/pRc";

#[test]
fn imported_accounts_log_in_and_get_a_better_hash() {
    let keeper = Keeper::new();
    let lines = format!("# from elsewhere\nanna:{MD5}\nbert:{DES}\ncarl:!{MD5}:1:0:9:7:::\n");
    let file = keeper.path("passwords");
    std::fs::write(&file, lines).expect("a file");
    let imported = keeper.user(&["import", &file.display().to_string()]);
    assert_eq!(imported.code(), Some(11), "{imported:?}");
    assert!(
        imported.stderr.contains("line 3") && imported.stderr.contains("only 8 characters"),
        "{imported:?}"
    );
    assert_eq!(keeper.names(), ["anna", "carl"]);
    assert_eq!(keeper.show("anna")["hash"], "MD5 crypt");
    let server = keeper.serve();
    refused(&server, "anna", PASSWORD);
    assert_eq!(keeper.show("anna")["hash"], "MD5 crypt");
    server.connect().login("anna", "correct horse");
    assert_eq!(keeper.show("anna")["hash"], "argon2");
    server.connect().login("anna", "correct horse");
    refused(&server, "carl", "correct horse");
    drop(server);
    // anna already exists.
    let lines = format!("dora:{MD5}\nanna:{MD5}\ndora:{MD5}\n");
    let import = |option: &[&str]| {
        let mut command = keeper.command(&["import", "-"]);
        run_with_input(command.args(option), lines.as_bytes())
    };
    let again = import(&[]);
    assert_eq!(again.code(), Some(11), "{again:?}");
    assert!(again.stderr.contains("line 2 of - was skipped: anna already exists"), "{again:?}");
    assert!(
        again.stderr.contains("line 3 of - was skipped: dora is already in line 1"),
        "{again:?}"
    );
    assert_eq!(keeper.names(), ["anna", "carl", "dora"]);
    assert_eq!(keeper.show("anna")["hash"], "argon2");
    let skipped = import(&["--skip"]);
    assert!(!skipped.stderr.contains("anna"), "{skipped:?}");
    assert_eq!(keeper.show("anna")["hash"], "argon2");
    import(&["--replace"]);
    assert_eq!(keeper.show("anna")["hash"], "MD5 crypt");
}

/// The AuthUserFile of ProFTPD looks like passwd(5), with the hash in it.
#[test]
fn an_account_of_proftpd_logs_in_to_its_home() {
    let keeper = Keeper::new();
    let home = keeper.path("home");
    std::fs::create_dir(&home).expect("a folder");
    std::fs::write(home.join("f"), "content").expect("a file");
    let home = home.display();
    let lines = format!("anna:{SHA512}:1001:1001:Anna:{home}:/bin/false\nbert:x:2:2::/h:/bin/sh\n");
    let imported = run_with_input(&mut keeper.command(&["import", "-"]), lines.as_bytes());
    assert!(
        imported.stderr.contains("line 2") && imported.stderr.contains("passwd(5)"),
        "{imported:?}"
    );
    assert_eq!(keeper.names(), ["anna"]);
    let server = keeper.serve();
    refused(&server, "anna", PASSWORD);
    let mut d = server.connect();
    d.login("anna", "correct horse");
    assert_eq!(d.fetch("RETR f"), b"content");
    assert_eq!(keeper.show("anna")["hash"], "argon2");
}

/// Lines of /etc/shadow as Debian 12 writes them, with a hash made by its own `mkpasswd -m
/// yescrypt`.
#[test]
fn an_account_with_the_hash_of_a_debian_system_logs_in_and_gets_argon2id() {
    let keeper = Keeper::new();
    let file = keeper.path("shadow");
    let lines = format!(
        "root:*:19700:0:99999:7:::\nanna:{YESCRYPT}:19700:0:99999:7:::\n\
         bert:$y$jGT$abcd${}:19700:0:99999:7:::\n",
        &YESCRYPT[30..]
    );
    std::fs::write(&file, lines).expect("a file");
    let imported = keeper.user(&["import", &file.display().to_string()]);
    assert_eq!(imported.code(), Some(11), "{imported:?}");
    assert!(imported.stderr.contains("(yescrypt) would take too long"), "{imported:?}");
    assert_eq!(keeper.names(), ["anna"]);
    assert_eq!(keeper.show("anna")["hash"], "yescrypt");
    let server = keeper.serve();
    refused(&server, "anna", PASSWORD);
    assert_eq!(keeper.show("anna")["hash"], "yescrypt");
    server.connect().login("anna", "correct horse");
    assert_eq!(keeper.show("anna")["hash"], "argon2");
    server.connect().login("anna", "correct horse");
}

/// Windows editors write a byte order mark. It used to become part of the first account's name, so
/// that account could never log in.
#[test]
fn a_byte_order_mark_is_no_part_of_a_name() {
    let keeper = Keeper::new();
    let file = keeper.path("passwords");
    std::fs::write(&file, format!("\u{feff}anna:{MD5}\n")).expect("a file");
    keeper.user(&["import", &file.display().to_string()]).ok();
    assert_eq!(keeper.names(), ["anna"]);
}
