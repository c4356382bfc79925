//! Attacks through a hook: the names it admits, the folders it names, and where it passes the
//! password.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use packetboat_tests::{Server, Setup, wait_for};

use crate::{Ground, check_trap, trap};

/// A hook that is a shell script.
fn hook(ground: &Ground, script: &str) -> &'static str {
    let path = ground.beside("bin/hook");
    std::fs::create_dir_all(ground.beside("bin")).expect("a folder");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a program");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights");
    ground.text("bin/hook").leak()
}

fn serve(hook: &'static str, reach: &[String], files: Vec<(&'static str, &'static str)>) -> Server {
    let mut arguments =
        vec!["--hook", hook, "--set", "accounts.hook-timeout=60s", "--set", "guards.failures=1000"];
    let quoted: Vec<String> = reach.iter().map(|path| format!("{path:?}")).collect();
    arguments.extend(["--set", format!("contain.paths=[{}]", quoted.join(",")).leak()]);
    Server::with(Setup { arguments, files, ..Setup::default() })
}

/// A hook accepts everybody. Even then, a name cannot climb out of the pattern of roots, and a name
/// with control characters cannot control a terminal.
#[test]
fn no_name_that_a_hook_lets_in_climbs_out_of_its_root() {
    let ground = Ground::new();
    trap(&ground.beside("trap"));
    std::fs::create_dir_all(ground.beside("homes/anna")).expect("a home");
    let answer = format!(
        r#"{{"result":"allow","account":{{"rights":"all","root":"{}/%u"}}}}"#,
        ground.text("homes")
    );
    let hook = hook(&ground, &format!("cat >/dev/null\necho '{answer}'"));
    let files = vec![("--audit-log", "audit"), ("--log-file", "general")];
    let server = serve(hook, &[ground.text("homes"), ground.text("bin")], files);
    let mut anna = server.connect();
    anna.login("anna", "x");
    anna.expect("MKD in", 257);
    assert!(ground.beside("homes/anna/in").is_dir());
    let long = "x".repeat(300);
    for name in [
        "..",
        ".",
        "../trap",
        "anna/..",
        "anna/../../trap",
        "/",
        "trap/",
        "..\\trap",
        "%u",
        "%%",
        "anna\u{2028}",
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "x\u{8}\u{8}\u{9b}31m\u{202e}",
        &long,
    ] {
        let mut d = server.connect();
        d.expect(format!("USER {name}"), 331);
        // Its root does not or cannot exist, so nobody is put into another one.
        let reply = d.ask("PASS x");
        assert!(matches!(reply.code, 421 | 530), "{name:?}: {}", reply.text());
    }
    check_trap(&ground.beside("trap"));
    let homes = std::fs::read_dir(ground.beside("homes")).expect("the homes");
    assert_eq!(homes.count(), 1, "a login created something");
    for log in ["audit", "general"] {
        let text = std::fs::read_to_string(server.further(log)).expect("the log");
        let steers = |letter: char| {
            (letter.is_control() && letter != '\n') || matches!(letter, '\u{2028}' | '\u{202e}')
        };
        assert!(!text.contains(steers), "{log}: {text:?}");
    }
    server.check_health();
}

/// Whatever a hook answers, an account gets no folder that the server was not allowed to use, and
/// an answer that is only partly understood admits nobody.
#[test]
fn no_root_that_a_hook_names_opens_what_is_not_for_accounts() {
    let ground = Ground::new();
    trap(&ground.beside("trap"));
    std::fs::create_dir_all(ground.beside("homes/anna")).expect("a home");
    std::os::unix::fs::symlink(ground.beside("trap"), ground.beside("homes/link")).expect("a link");
    let answers = ground.beside("answers");
    std::fs::create_dir(&answers).expect("a folder");
    let hook = hook(&ground, &format!("cat >/dev/null\ncat '{}/answer'", answers.display()));
    let reach = [ground.text("homes"), ground.text("bin"), ground.text("answers")];
    let server = serve(hook, &reach, Vec::new());
    let homes = ground.text("homes");
    for account in [
        format!(r#""root":"{homes}/%u/..""#),
        format!(r#""root":"{homes}/../trap/%u""#),
        format!(r#""root":"{}""#, ground.text("trap")),
        r#""root":"homes""#.to_owned(),
        r#""root":"../trap""#.to_owned(),
        r#""root":"/etc""#.to_owned(),
        r#""root":"/proc/self/root""#.to_owned(),
        r#""root":"/""#.to_owned(),
        format!(r#""root":"{homes}\u0000/x""#),
        format!(r#""root":"{homes}\n/x""#),
        format!(r#""root":"{homes}/anna","folder":"../t={homes}/anna""#),
        format!(r#""root":"{homes}/anna","name":"root""#),
        format!(r#""root":"{homes}/anna","Rights":"all""#),
        format!(r#""root":["{homes}/anna","{homes}/anna"]"#),
    ] {
        let answer = format!(r#"{{"result":"allow","account":{{"rights":"all",{account}}}}}"#);
        std::fs::write(answers.join("answer"), answer).expect("an answer");
        let mut d = server.connect();
        d.expect("USER anna", 331);
        let reply = d.ask("PASS x");
        assert!(matches!(reply.code, 421 | 530), "{account}: {}", reply.text());
    }
    // A folder that cannot be opened is left out; the login still works.
    let trap = ground.text("trap");
    let account = format!(r#""rights":"all","root":"{homes}/anna","folder":"t={trap}""#);
    let answer = format!(r#"{{"result":"allow","account":{{{account}}}}}"#);
    std::fs::write(answers.join("answer"), answer).expect("an answer");
    let mut d = server.connect();
    d.login("anna", "x");
    d.expect("CWD t", 550);
    d.expect("MKD t/in", 550);
    check_trap(&ground.beside("trap"));
    // If the user's home is a link to somewhere else, the name does not help to get there.
    let answer =
        format!(r#"{{"result":"allow","account":{{"rights":"all","root":"{homes}/%u"}}}}"#);
    std::fs::write(answers.join("answer"), answer).expect("an answer");
    let mut d = server.connect();
    d.expect("USER link", 331);
    let reply = d.ask("PASS x");
    assert!(matches!(reply.code, 421 | 530), "{}", reply.text());
    server.connect().login("anna", "x");
    check_trap(&ground.beside("trap"));
}

/// Every user of the machine may read the arguments of every process, and its owner the
/// environment.
#[test]
fn the_password_is_in_no_command_line_and_no_environment() {
    let ground = Ground::new();
    let secret = "hunter2hunter2";
    let (asked, go) = (ground.text("bin/asked"), ground.text("bin/go"));
    let hook = hook(
        &ground,
        &format!(
            "cat > '{asked}.question'\nsleep 600 & echo $$ $! > '{asked}.new'\nmv '{asked}.new' '{asked}'\n\
             while ! [ -e '{go}' ]; do sleep 0.05; done\nkill $!\necho '{{\"result\":\"allow\"}}'"
        ),
    );
    let server = serve(hook, &[ground.text("bin")], Vec::new());
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.send(format!("PASS {secret}"));
    // The hook gets the password, and what it starts may inherit it.
    let pids = wait_for("the hook", || std::fs::read_to_string(&asked).ok());
    let question = std::fs::read_to_string(format!("{asked}.question")).expect("its question");
    assert!(question.contains(secret));
    let own = server.pid().to_string();
    for pid in pids.split_whitespace().chain([own.as_str()]) {
        for file in ["cmdline", "environ"] {
            let path = Path::new("/proc").join(pid).join(file);
            let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            assert!(!String::from_utf8_lossy(&text).contains(secret), "{path:?}");
        }
    }
    // The hook gets nothing from the server's environment.
    let hook_pid = pids.split_whitespace().next().expect("a number");
    let environment = std::fs::read(format!("/proc/{hook_pid}/environ")).expect("its environment");
    let environment = String::from_utf8_lossy(&environment);
    let mut names: Vec<&str> =
        environment.split_terminator('\0').filter_map(|pair| pair.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["LC_ALL", "PATH"]);
    std::fs::write(&go, "").expect("a file");
    d.reply().code(230);
    assert!(!server.log().contains(secret));
}
