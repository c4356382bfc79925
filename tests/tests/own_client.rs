//! `packetboat get`, `put` and the other commands with our own server: the right bytes, exit codes
//! that tell what failed, and helpful messages.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use packetboat_tests::job::{
    NAMES, check, check_resumed, check_tree, content, encoded, fill, server,
};
use packetboat_tests::program::{Output, client, client_in, json_lines, run, run_with_input};
use packetboat_tests::{PASSWORD, Server, Setup, USER};

/// The program's exit codes (see `packetboat --help`).
mod exit {
    pub(crate) const USAGE: i32 = 2;
    pub(crate) const CONNECTION: i32 = 3;
    pub(crate) const LOGIN: i32 = 4;
    pub(crate) const NOT_FOUND: i32 = 5;
    pub(crate) const PERMISSION: i32 = 6;
    pub(crate) const TRANSIENT: i32 = 7;
    pub(crate) const LOCAL_FILE: i32 = 8;
    pub(crate) const REFUSED: i32 = 10;
    pub(crate) const PARTIAL: i32 = 11;
}

/// Runs a command that must fail with this code, for its messages.
fn fails(code: i32, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let output = client_in(folder.path(), arguments);
    assert_eq!(output.code(), Some(code), "{arguments:?}: {output:?}");
    output
}

/// Checks that a message for people contains these words.
fn says(output: &Output, words: &[&str]) {
    for words in words {
        assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
    }
}

#[test]
fn files_go_both_ways() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    for name in NAMES {
        let url = server.url(&format!("down/{}", encoded(name)));
        client_in(home.path(), &["get", &url]).ok();
        check(&home.path().join(name), &content(name));
        let url = server.url(&format!("up/{}", encoded(name)));
        client_in(home.path(), &["put", name, &url]).ok();
        check(&server.path("up").join(name), &content(name));
        assert_eq!(client_in(home.path(), &["cat", &url]).ok().bytes, content(name));
    }
    let urls = NAMES.map(|name| server.url(&format!("up/{}", encoded(name))));
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    std::fs::create_dir(home.path().join("several")).expect("a folder");
    client_in(home.path(), &[&["get", "-o", "several"], urls.as_slice()].concat()).ok();
    client_in(home.path(), &[&["rm"], urls.as_slice()].concat()).ok();
    for name in NAMES {
        check(&home.path().join("several").join(name), &content(name));
        assert!(!server.path("up").join(name).exists());
    }
    let target = server.url("up/");
    client_in(home.path(), &[["put"].as_slice(), &NAMES, &[&target]].concat()).ok();
    for name in NAMES {
        check(&server.path("up").join(name), &content(name));
    }
    client_in(home.path(), &["get", "--active", urls.last().expect("one"), "-o", "active"]).ok();
    check(&home.path().join("active"), &content("large.bin"));
}

#[test]
fn trees_go_both_ways() {
    let server = server();
    for number in 0..200 {
        server.write(&format!("down/inner/f{number}"), format!("file {number}"));
    }
    let home = tempfile::tempdir().expect("a folder");
    for jobs in ["1", "8"] {
        let (copy, up) = (format!("copy{jobs}"), format!("up/tree{jobs}"));
        client_in(home.path(), &["get", "-r", "-j", jobs, &server.url("down"), "-o", &copy]).ok();
        client_in(home.path(), &["put", "-r", "-j", jobs, &copy, &server.url(&up)]).ok();
        for folder in [home.path().join(&copy), server.path(&up)] {
            check_tree(&folder);
            for number in 0..200 {
                let file = folder.join(format!("inner/f{number}"));
                check(&file, format!("file {number}").as_bytes());
            }
        }
    }
    server.check_health();
}

#[test]
fn what_is_there_is_not_sent_again() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let large = content("large.bin");
    fill(home.path());
    client_in(home.path(), &["put", "-c", "large.bin", &server.url("up/part")]).ok();
    check(&server.path("up/part"), &large);
    check_resumed(&server, "STOR");
    std::fs::write(home.path().join("cut"), &large[..1_000_000]).expect("a file");
    client_in(home.path(), &["get", "-c", &server.url("down/large.bin"), "-o", "cut"]).ok();
    check(&home.path().join("cut"), &large);
    check_resumed(&server, "RETR");
}

#[test]
fn directories_names_and_facts() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let ok = |arguments: &[&str]| client_in(home.path(), arguments).ok();
    let listed = ok(&["ls", &server.url("down/")]);
    let mut expected: Vec<&str> = NAMES.to_vec();
    expected.push("inner");
    expected.sort_unstable();
    assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), expected);
    let long = ok(&["ls", "-l", &server.url("down/")]);
    assert!(
        long.stdout.lines().any(|line| line.contains("3000000") && line.ends_with("large.bin"))
    );
    ok(&["mkdir", &server.url("made")]);
    ok(&["mkdir", "-p", &server.url("made/a/b%20c")]);
    assert!(server.path("made/a/b c").is_dir());
    ok(&["rmdir", &server.url("made/a/b%20c"), &server.url("made/a")]);
    assert!(!server.path("made/a").exists());
    ok(&["mv", &server.url("victim"), "made/"]);
    ok(&["mv", &server.url("made/victim"), "made/other name"]);
    assert_eq!(server.read("made/other name"), b"to be renamed and deleted");
    let stat = ok(&["stat", &server.url("down/large.bin"), &server.url("down")]);
    for words in ["3000000", "file", "directory"] {
        assert!(stat.stdout.contains(words), "{words}: {stat:?}");
    }
    ok(&["rm", &server.url("made/other%20name")]);
    assert!(!server.path("made/other name").exists());
}

#[test]
fn no_connection() {
    // A port where nobody listens any more.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let url = format!("ftp://{address}/f");
    let output = fails(exit::CONNECTION, &["get", "--retries", "0", &url]);
    says(&output, &["10061 WSAECONNREFUSED (ECONNREFUSED)", "What to do:"]);
    let output = fails(exit::CONNECTION, &["get", "--json", "--retries", "0", &url]);
    let [error] = &json_lines(&output)[..] else { panic!("one line: {output:?}") };
    assert_eq!(error["event"], "error");
    assert_eq!(error["failure"], "connection");
    assert_eq!(error["socket"]["number"], 10061);
    assert_eq!(error["socket"]["name"], "WSAECONNREFUSED");
    assert_eq!(error["retryable"], true);
    // A name for which no name service is asked.
    let output = fails(exit::CONNECTION, &["ls", "--retries", "0", "ftp://a..b/"]);
    says(&output, &["11001 WSAHOST_NOT_FOUND"]);
}

#[test]
fn refusals_of_every_kind() {
    let server = server();
    let wrong = format!("ftp://{USER}:wrong@{}/down/empty", server.address());
    says(&fails(exit::LOGIN, &["get", &wrong]), &["530 User or password is wrong", "Meaning:"]);
    let output = fails(exit::NOT_FOUND, &["get", &server.url("none")]);
    says(&output, &["550 \"/none\": no such file or directory", "What to do:"]);
    let guest = format!("ftp://{}/victim", server.address());
    says(&fails(exit::PERMISSION, &["rm", &guest]), &["550", "no right"]);
    let output = fails(exit::PARTIAL, &["cat", &server.url("none"), &server.url("victim")]);
    assert_eq!(output.stdout, "to be renamed and deleted");
    fails(exit::REFUSED, &["rmdir", &server.url("down")]);
    fails(exit::USAGE, &["get", "http://127.0.0.1/f"]);
    fails(exit::USAGE, &["get"]);
    fails(exit::LOCAL_FILE, &["put", "not-there", &server.url("up/f")]);
    let output = fails(exit::LOCAL_FILE, &["get", &server.url("victim"), "-o", "no/such/place"]);
    says(&output, &["no/such: there is no such folder; create it first"]);
    let two = [&*server.url("victim"), &server.url("down/empty")];
    let output = fails(exit::USAGE, &["get", two[0], two[1], "-o", "new"]);
    says(&output, &["-o new is not a folder", "add a / to the end to create it"]);
    // Somebody else is storing the same file.
    let mut other = server.login();
    let data = other.epsv();
    other.expect("STOR up/busy", 150);
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("f"), "x").expect("a file");
    let output = client_in(home.path(), &["put", "--retries", "0", "f", &server.url("up/busy")]);
    assert_eq!(output.code(), Some(exit::TRANSIENT), "{output:?}");
    says(&output, &["450 \"/up/busy\": it is in use by another session"]);
    drop(data);
    server.check_health();
}

#[test]
fn results_and_errors_as_json() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let lines = |arguments: &[&str]| json_lines(&client_in(home.path(), arguments));
    let got = lines(&["get", "--json", &server.url("down/large.bin")]);
    assert_eq!(got.last().expect("a result")["bytes"], 3_000_000);
    let listed = lines(&["ls", "--json", &server.url("down/")]);
    assert_eq!(listed.len(), NAMES.len() + 1);
    assert!(listed.iter().any(|entry| entry["name"] == "large.bin" && entry["size"] == 3_000_000));
    let stat = lines(&["stat", "--json", &server.url("victim"), &server.url("none")]);
    assert_eq!((&stat[0]["event"], &stat[0]["kind"]), (&"result".into(), &"file".into()));
    assert_eq!((&stat[1]["event"], &stat[1]["code"]), (&"error".into(), &550.into()));
    assert_eq!(stat[1]["class"], "permanent-negative");
    assert_eq!(stat[1]["retryable"], false);
    let tree = lines(&["get", "-r", "--json", &server.url("down"), "-o", "copy"]);
    assert!(tree.iter().any(|line| line["event"] == "file"));
    assert_eq!(tree.last().expect("a result")["files"], NAMES.len() + 3);
}

#[test]
fn the_dialogue_is_shown_without_the_password_and_can_be_explained() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let output = client_in(home.path(), &["get", "-v", &server.url("none")]);
    assert_eq!(output.code(), Some(exit::NOT_FOUND));
    says(&output, &["> USER alice", "> PASS ****", "< 230 ", "> RETR none", "< 550 "]);
    assert!(!output.stderr.contains(PASSWORD) && !output.stdout.contains(PASSWORD));
    let explained = run_with_input(&mut client(&["code"]), output.stderr.as_bytes()).ok();
    for code in ["220", "331", "230", "550"] {
        assert!(explained.stdout.contains(code), "{code}: {explained:?}");
    }
    // `packetboat code` explains the server's log, too.
    server.wait_for_log(" 550 ");
    let explained = run_with_input(&mut client(&["code"]), server.log().as_bytes()).ok();
    assert!(explained.stdout.contains("550"), "{explained:?}");
}

#[test]
fn the_password_comes_from_where_people_keep_it() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let url = format!("ftp://{USER}@{}/victim", server.address());
    let cat =
        |command: &mut Command| run(command.current_dir(home.path()).env("HOME", home.path()));
    let output = cat(client(&["cat", &url]).env("PACKETBOAT_PASSWORD", PASSWORD));
    assert_eq!(output.ok().stdout, "to be renamed and deleted");
    assert_eq!(cat(&mut client(&["cat", &url])).code(), Some(exit::LOGIN));
    let netrc = format!("machine 127.0.0.1 login {USER} password \"{PASSWORD}\"\n");
    let file = home.path().join(".netrc");
    std::fs::write(&file, netrc).expect("a file");
    let with_mode = |mode, arguments: &[&str]| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&file, permissions).expect("a file of ours");
        let arguments = [&["cat", &url], arguments].concat();
        let output = cat(client(&arguments).env_remove("NETRC")).ok();
        assert_eq!(output.stdout, "to be renamed and deleted");
        output.stderr
    };
    assert_eq!(with_mode(0o600, &[]), "");
    let path = file.display();
    let told =
        format!("packetboat cat: others can read the password in {path}: chmod 600 {path}\n");
    assert_eq!(with_mode(0o644, &[]), told);
    assert_eq!(with_mode(0o644, &["-q"]), "");
}

#[test]
fn a_file_of_passwords_that_cannot_be_read_is_told() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let url = format!("ftp://{USER}@{}/victim", server.address());
    let cat = |command: &mut Command| {
        let command = command.current_dir(home.path()).env("HOME", home.path());
        let output = run(command);
        assert_eq!(output.code(), Some(exit::LOGIN), "{output:?}");
        output
    };
    // Not even root can read a folder as a file.
    let file = home.path().join(".netrc");
    std::fs::create_dir(&file).expect("a folder");
    let output = cat(client(&["cat", &url]).env_remove("NETRC"));
    let told = format!("packetboat cat: cannot look up a password in {}: ", file.display());
    assert!(output.stderr.starts_with(&told), "{output:?}");
    assert!(output.stderr.contains("; make the file readable, or remove it\n"), "{output:?}");
    let output = cat(client(&["cat", &url]).env("NETRC", home.path().join("none")));
    assert!(output.stderr.contains("none (from NETRC): "), "{output:?}");
    assert!(output.stderr.contains("or unset NETRC"), "{output:?}");
}

#[test]
fn a_refused_password_of_netrc_and_a_misspelt_word_there_are_told() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join(".netrc");
    let url = format!("ftp://{USER}@{}/victim", server.address());
    let refused = |netrc: &str| {
        std::fs::write(&file, netrc).expect("a file");
        let permissions = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, permissions).expect("a file of ours");
        let command = &mut client(&["cat", &url]);
        let output =
            run(command.current_dir(home.path()).env("HOME", home.path()).env_remove("NETRC"));
        assert_eq!(output.code(), Some(exit::LOGIN), "{output:?}");
        output.stderr
    };
    let told = refused(&format!("machine 127.0.0.1 login {USER} password wrong\n"));
    let hint = format!("Hint: the password came from {}: ", file.display());
    assert!(told.contains("530") && told.contains(&hint), "{told}");
    let told = refused(&format!("machine 127.0.0.1\nlogin {USER}\npasword geheim\n"));
    assert!(told.contains(&format!("correct line 3 of {}: ", file.display())), "{told}");
    assert!(!told.contains("geheim"), "{told}");
}

#[test]
fn over_ipv6() {
    if !packetboat_tests::has_ipv6() {
        return;
    }
    let server = Server::with(Setup { listen: Some("[::1]:0"), ..Setup::default() });
    fill(&server.path("down"));
    let home = tempfile::tempdir().expect("a folder");
    client_in(home.path(), &["get", "-r", &server.url("down"), "-o", "copy"]).ok();
    check_tree(&home.path().join("copy"));
    let large = server.url("down/large.bin");
    client_in(home.path(), &["get", "--active", &large, "-o", "active"]).ok();
    check(&home.path().join("active"), &content("large.bin"));
}
