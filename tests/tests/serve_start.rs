//! What `packetboat serve` refuses at its start, and what it prints then.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use packetboat_tests::program::{Output, client, packetboat, run};
use packetboat_tests::{PASSWORD, Server, Setup, skip};

const USAGE: i32 = 2;
const CONNECTION: i32 = 3;
const LOCAL_FILE: i32 = 8;

/// A user who is not root, for what root may always do.
const NOBODY: u32 = 65_534;

fn serve(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("serve").arg(folder).args(["--listen", "127.0.0.1:0"]);
    command.env_remove("PACKETBOAT_PASSWORD");
    command
}

/// A folder for a configuration file, containing a folder to serve.
fn with_served() -> tempfile::TempDir {
    let keeps = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(keeps.path().join("served")).expect("a folder");
    keeps
}

fn refuses(output: &Output, code: i32, words: &str) {
    assert_eq!(output.code(), Some(code), "{output:?}");
    assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
    assert_eq!(output.stdout, "", "it must not print that it serves");
}

#[test]
fn a_folder_that_cannot_be_read_is_refused() {
    let keeps = tempfile::tempdir().expect("a folder");
    let folder = keeps.path().join("closed");
    std::fs::create_dir(&folder).expect("a folder");
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let root = rustix::process::geteuid().is_root();
    let program = if root {
        // Other users may have no access to the build directory.
        let copy = keeps.path().join("packetboat");
        // Copy with another process: a program started here meanwhile would inherit the copy, open
        // for writing.
        let copied = Command::new("cp").arg(packetboat()).arg(&copy).status();
        assert!(copied.is_ok_and(|status| status.success()), "a copy");
        mode(keeps.path(), 0o755);
        copy
    } else {
        packetboat()
    };
    let as_user = |command: &mut Command| {
        if root {
            command.uid(NOBODY).gid(NOBODY);
        }
        run(command)
    };
    let can_run = as_user(Command::new(&program).arg("--version"));
    if !can_run.status.success() {
        return skip("root", "no other user can run the program here");
    }
    for bits in [0o000, 0o444, 0o111] {
        mode(&folder, bits);
        let output = as_user(serve(&program, &folder).current_dir("/"));
        refuses(&output, LOCAL_FILE, "allow this user to read and enter it");
    }
    mode(&folder, 0o755);
}

/// The exit code means that the server cannot listen; a service manager may try again.
#[test]
fn a_port_that_another_program_has_is_told_with_the_way_to_that_program() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(packetboat());
    command.arg("serve").arg(folder.path()).args(["--listen", &address]);
    let output = run(&mut command);
    refuses(&output, CONNECTION, &address);
    refuses(
        &output,
        CONNECTION,
        "`ss -ltnp` shows which); stop it, or choose another port with --listen",
    );
    let help = run(Command::new(packetboat()).arg("--help")).ok().stdout;
    let row = help.lines().find(|line| line.trim_start().starts_with("3  connection"));
    assert!(row.is_some_and(|row| row.contains("`serve` cannot listen")), "{help}");
}

/// While a machine is starting, its network and other programs may not be ready. The exit code
/// tells a service manager to try again.
#[test]
fn what_may_be_over_in_a_moment_is_no_fault_of_the_settings() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let folder = tempfile::tempdir().expect("a folder");
    let kept = tempfile::tempdir().expect("a folder");
    let listen = format!("acme.listen={address}");
    let acme = format!("acme.folder={}", kept.path().display());
    let authority = ["acme.names=ftp.example.org", "acme.accept-terms=true", &listen, &acme];
    // No name service is asked for a name with an empty part.
    let lost = ["data.passive-address=a..b"];
    let of_nat = ["data.nat=127.0.0.2=a..b"];
    for (settings, words) in [
        (&lost[..], "data.passive-address: cannot resolve a..b"),
        (&of_nat[..], "data.nat: cannot resolve a..b"),
        (&authority[..], "another program listens there"),
    ] {
        let mut command = serve(&packetboat(), folder.path());
        for setting in settings {
            command.args(["--set", setting]);
        }
        refuses(&run(&mut command), CONNECTION, words);
    }
}

/// The server can read all of these files, so it would hand them out.
#[test]
fn accounts_keys_and_logs_beneath_a_served_folder_are_refused() {
    let served = tempfile::tempdir().expect("a folder");
    let mounted = tempfile::tempdir().expect("a folder");
    let mount = format!("more={}", mounted.path().display());
    let in_served = |name: &str| served.path().join(name).display().to_string();
    let in_mounted = mounted.path().join("a.db").display().to_string();
    for (option, path, what) in [
        ("--database", in_served("a.db"), "--database: the database "),
        ("--database", in_mounted, "--database: the database "),
        ("--audit-log", in_served("audit"), "--audit-log: the log "),
    ] {
        let mut command = serve(&packetboat(), served.path());
        let output = run(command.args(["--mount", &mount, option, &path]));
        refuses(&output, USAGE, what);
        refuses(
            &output,
            USAGE,
            "which is served, so clients could reach it; keep it in a folder that is not",
        );
    }
    let mut command = serve(&packetboat(), served.path());
    let output = run(command.arg("--self-signed").env("XDG_STATE_HOME", served.path()));
    refuses(&output, USAGE, "--self-signed: the folder of the private key ");
    assert_eq!(
        std::fs::read_dir(served.path()).expect("a folder").count(),
        0,
        "nothing is created"
    );
    // The database is reached through a link that clients could replace.
    let kept = tempfile::tempdir().expect("a folder");
    let link = served.path().join("a.db");
    std::os::unix::fs::symlink(kept.path().join("a.db"), link).expect("a link");
    let mut command = serve(&packetboat(), Path::new("."));
    let output = run(command.args(["--database", "a.db"]).current_dir(served.path()));
    refuses(&output, USAGE, "--database: the database a.db is inside ");
}

#[test]
fn an_empty_password_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = serve(&packetboat(), folder.path());
    let output = run(command.args(["--user", "anna"]).env("PACKETBOAT_PASSWORD", ""));
    refuses(&output, USAGE, "PACKETBOAT_PASSWORD is empty; set it to the password of anna");
}

#[test]
fn a_wrong_length_of_time_is_refused_with_the_right_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    for wrong in ["5 minutes", "0", "2d", "10ms"] {
        let output = run(serve(&packetboat(), folder.path()).args(["--idle-timeout", wrong]));
        refuses(&output, USAGE, "idle-timeout");
    }
}

/// A check finds what a start would refuse, with the place, and `serve` reports the same.
#[test]
fn a_check_finds_what_a_start_refuses() {
    let keeps = with_served();
    let file = keeps.path().join("p.toml");
    let name = file.to_str().expect("UTF-8");
    let cases = [
        ("[log]\nxferlog = \"none/x\"", "p.toml:4: log.xferlog: cannot open the log ", LOCAL_FILE),
        ("[log]\naudit = \"none/x\"", "p.toml:4: log.audit: cannot open the log ", LOCAL_FILE),
        ("[log]\nfile = \".\"", "p.toml:4: log.file: cannot open the log ", LOCAL_FILE),
        (
            "[contain]\nuser = \"no-such-user\"",
            "p.toml:4: contain.user: there is no user no-such-user",
            USAGE,
        ),
        ("[contain]\ngroup = \"root\"", "p.toml:4: contain.group: it has no effect without", USAGE),
        (
            "[contain]\npaths = [\"/no/such\"]",
            "p.toml:4: contain.paths: the folder /no/such does not exist",
            LOCAL_FILE,
        ),
        (
            "[accounts]\npam-service = \"no-such-service\"",
            "p.toml:4: accounts.pam-service: PAM has no service no-such-service",
            LOCAL_FILE,
        ),
        (
            "[contain]\nuser = \"nobody\"\n[data]\npassive-ports = \"1000-2000\"",
            "p.toml:6: data.passive-ports: nobody may not open ports below 1024",
            USAGE,
        ),
        (
            "[[listen]]\naddress = \"127.0.0.1:4021\"\n[data]\npassive-ports = \"4000-4100\"",
            "p.toml:6: data.passive-ports: the server itself listens on port 4021",
            USAGE,
        ),
        (
            "[[listen]]\naddress = \"127.0.0.1:4021\"\n[[listen]]\naddress = \"127.0.0.1:4021\"\ntls = \"off\"",
            "p.toml:5: listen[2].address: 127.0.0.1:4021 is given twice; remove one",
            USAGE,
        ),
        (
            "[accounts]\nuser-writes = true",
            "p.toml:4: accounts.user-writes: there is no account it could apply to; add one with accounts.user (--user NAME)",
            USAGE,
        ),
        (
            "[tls]\nmode = \"off\"\nself-signed = true",
            "p.toml:5: tls.self-signed: it contradicts tls.mode off",
            USAGE,
        ),
    ];
    // Many containers let every user open all ports.
    let open = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let is_usual = open.is_ok_and(|text| text.trim() == "1024");
    for (text, words, code) in cases {
        if words.contains("ports below 1024") && !is_usual {
            continue;
        }
        std::fs::write(&file, format!("[server]\nroot = \"served\"\n{text}\n")).expect("a file");
        for command in [["serve", "--config", name], ["config", "check", name]] {
            let output = run(&mut client(&command));
            assert_eq!(output.code(), Some(code), "{text}: {output:?}");
            assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
        }
    }
    // All problems are reported together, including a mistake in the settings themselves.
    let text = "[log]\nxferlog = \"none/x\"\n[limits]\nqueue = \"x\"\n[contain]\nuser = \"no-such-user\"\n";
    std::fs::write(&file, text).expect("a file");
    let told = run(&mut client(&["config", "check", name])).stderr;
    for words in ["log.xferlog", "limits.queue", "contain.user"] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
}

/// Nobody has an address in TEST-NET-3 (RFC 5737 §3); a port in use is not the file's fault.
#[test]
fn a_check_tells_addresses_that_this_machine_does_not_have() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let name = file.to_str().expect("UTF-8");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().map(|at| (at, taken)).expect("an address");
    let check = |more: &str| {
        let text = format!(
            "[server]\nroot = \".\"\n[accounts]\nanonymous = true\n[[listen]]\naddress = \"{}\"\n{more}",
            taken.0
        );
        std::fs::write(&file, text).expect("a file");
        run(&mut client(&["config", "check", name]))
    };
    check("").ok();
    let output = check("[[listen]]\naddress = \"203.0.113.7:21\"\n");
    assert_eq!(output.code(), Some(USAGE), "{output:?}");
    let told = "p.toml:7: listen[2].address: this machine has no address 203.0.113.7; ";
    assert!(output.stderr.contains(told), "{output:?}");
}

#[test]
fn a_database_that_is_none_and_each_file_of_tls_that_is_missing_are_told_before_the_start() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let name = file.to_str().expect("UTF-8");
    std::fs::write(keeps.path().join("no?.db"), "x".repeat(5000)).expect("a file");
    std::fs::write(keeps.path().join("empty.db"), "").expect("a file");
    let check = |database: &str, tls: &str| {
        let text = format!("[accounts]\ndatabase = \"{database}\"\n{tls}");
        std::fs::write(&file, text).expect("a file");
        run(&mut client(&["config", "check", name]))
    };
    let missing = "[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n";
    let output = check("no?.db", missing);
    assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
    for words in [
        "p.toml:2: accounts.database: ",
        "it is not a database",
        "p.toml:4: tls.certificate: cannot read ",
        "p.toml:5: tls.key: cannot read ",
    ] {
        assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
    }
    // Checking a valid database leaves no trace.
    let database = keeps.path().join("a#%.db");
    let mut make = client(&["user", "cost", "m=8,t=1,p=1"]);
    run(make.env("PACKETBOAT_DATABASE", &database)).ok();
    let before = std::fs::read(&database).expect("the database");
    check("a#%.db", "").ok();
    // A file that was truncated to nothing is not an empty database.
    let output = check("empty.db", "");
    assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
    assert!(
        output.stderr.contains("empty.db is empty, so something has truncated it"),
        "{output:?}"
    );
    assert_eq!(std::fs::read(&database).expect("the database"), before);
    assert_eq!(std::fs::metadata(keeps.path().join("empty.db")).expect("the file").len(), 0);
    assert_eq!(std::fs::read_dir(keeps.path()).expect("the folder").count(), 4);
}

/// The certificate is fine, so the message must be about the key.
#[test]
fn a_key_that_cannot_be_read_is_told_of_the_key() {
    let keeps = with_served();
    let file = keeps.path().join("p.toml");
    let name = file.to_str().expect("UTF-8");
    let authority = packetboat_tests::certificates::Authority::new();
    let made = authority.stranger("localhost");
    std::fs::copy(made.certificate, keeps.path().join("c.pem")).expect("a file");
    std::fs::write(keeps.path().join("bad.pem"), "no key").expect("a file");
    for (key, words) in
        [("none.pem", "p.toml:5: tls.key: cannot read "), ("bad.pem", "p.toml:5: tls.key: ")]
    {
        let text = format!(
            "[server]\nroot = \"served\"\n[tls]\nkey = \"{key}\"\ncertificate = \"c.pem\"\n"
        );
        let text = text.replace("[tls]\n", "[tls]\nmode = \"require\"\n");
        std::fs::write(&file, text).expect("a file");
        for command in [["serve", "--config", name], ["config", "check", name]] {
            let output = run(&mut client(&command));
            assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
            assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
            assert!(!output.stderr.contains("tls.certificate"), "{output:?}");
        }
    }
}

/// Runs the printed line for our own client, and returns what it has fetched.
fn tried(server: &Server) -> Vec<u8> {
    let text = server.start_text();
    let line = text.lines().find_map(|line| line.strip_prefix("  packetboat "));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("\"$0\" {line}")]).arg(packetboat()).current_dir(folder.path());
    run(shell.env("PACKETBOAT_PASSWORD", PASSWORD)).ok();
    std::fs::read(folder.path().join("copy/f")).expect("the copy")
}

/// Runs the printed line for curl, if there is one.
fn tried_with_curl(text: &str) {
    if Command::new("curl").arg("--version").output().is_err() {
        return packetboat_tests::skip("curl", "curl is not installed");
    }
    let Some(line) = text.lines().find(|line| line.starts_with("  curl -")) else { return };
    let line = line.replace("--user alice", &format!("--user 'alice:{PASSWORD}'"));
    let listed = run(Command::new("sh").args(["-c", &format!("{line} -sS")])).ok();
    assert!(listed.stdout.trim_end().ends_with(" f"), "{line}: {listed:?}");
}

/// Test servers used to write a key into the home of whoever ran the tests, and to use one that
/// existed there.
#[test]
fn what_a_server_of_the_tests_makes_for_itself_is_gone_with_it() {
    let server = Server::with(Setup { arguments: vec!["--self-signed"], ..Setup::default() });
    let state = server.further("state/packetboat");
    for name in ["key.pem", "certificate.pem"] {
        assert!(state.join(name).is_file(), "{name} is not in {}", state.display());
    }
}

#[test]
fn the_lines_to_try_it_work() {
    let state = tempfile::tempdir().expect("a folder");
    let authority = packetboat_tests::certificates::Authority::new();
    let own = authority.stranger("ftp.example.com");
    let own = ["--cert", own.certificate_text(), "--key", own.key_text()];
    let here = authority.at_address(std::net::Ipv4Addr::LOCALHOST.into());
    let here = ["--cert", here.certificate_text(), "--key", here.key_text(), "--tls", "require"];
    for (arguments, words) in [
        (here.to_vec(), "curl --ssl-reqd --cacert "),
        (vec![], "curl --user alice ftp://127.0.0.1:"),
        (vec!["--self-signed", "--tls", "require"], "curl --ssl-reqd --cacert "),
        ([&own[..], &["--tls", "require"]].concat(), "curl        needs the host name"),
    ] {
        let environment = vec![("XDG_STATE_HOME", state.path().display().to_string())];
        let server = Server::with(Setup { arguments, environment, ..Setup::default() });
        server.write("f", "fetched");
        let text = server.start_text();
        assert!(text.contains(words), "{words:?} is not in {text}");
        assert_eq!(tried(&server), b"fetched", "{text}");
        tried_with_curl(&text);
    }
}

#[test]
fn where_no_name_is_known_the_lines_to_try_it_have_a_place_for_one() {
    let keeps = tempfile::tempdir().expect("a folder");
    let database = keeps.path().join("accounts.db").display().to_string();
    let arguments: Vec<&'static str> = vec![
        "--set",
        "accounts.anonymous=false",
        "--database",
        Box::leak(database.into_boxed_str()),
    ];
    let server = Server::with(Setup { arguments, without_user: true, ..Setup::default() });
    let text = server.start_text();
    for words in [
        "with an account name in place of NAME:",
        "curl --user NAME ftp://127.0.0.1:",
        "get -r ftp://NAME@127.0.0.1:",
        "Landlock    reaches everything except the system's own folders",
        "; contain.paths can narrow it",
    ] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    // Anonymous users need no password.
    let server = Server::with(Setup { without_user: true, ..Setup::default() });
    assert!(server.start_text().contains("  curl ftp://127.0.0.1:"), "{}", server.start_text());
}
