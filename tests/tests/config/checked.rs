//! What is wrong with a configuration file, how it is reported, and which source of a setting takes
//! precedence.

use packetboat_tests::certificates::Authority;
use packetboat_tests::program::{client, run};
use packetboat_tests::{Server, Setup};

use crate::{RELOADED, greeted, greeting};

const USAGE: i32 = 2;
const LOCAL_FILE: i32 = 8;

#[test]
fn everything_that_is_wrong_is_told_before_anything_starts() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let name = file.to_str().expect("UTF-8");
    let text = "[server]\nroot = \"nowhere\"\n[limits]\nidle_timeout = \"5m\"\nqueue = \"x\"\n[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n";
    std::fs::write(&file, text).expect("a file");
    for command in [["serve", "--config", name], ["config", "check", name]] {
        let output = run(&mut client(&command));
        assert_eq!(output.code(), Some(USAGE), "{output:?}");
        assert_eq!(output.stdout, "");
        for words in [
            "p.toml:2: server.root: cannot serve ",
            "p.toml:4: limits.idle_timeout: there is no such setting; did you mean limits.idle-timeout?",
            "p.toml:5: limits.queue: \"x\" is text; give a number from 0 to ",
            "p.toml:7: tls.certificate: cannot read ",
        ] {
            assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
        }
    }
    std::fs::write(&file, "[server]\nroot = \"nowhere\"\n").expect("a file");
    let output = run(&mut client(&["config", "check", "--json", name]));
    assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
    let told: serde_json::Value = serde_json::from_str(&output.stdout).expect("a line of JSON");
    assert_eq!((&told["event"], &told["command"]), (&"error".into(), &"config".into()));
    assert_eq!((&told["failure"], &told["right"]), (&"local-file".into(), &false.into()));
    assert_eq!(told["problems"][0]["line"], 2);
    let output = run(&mut client(&["config", "check", "/nonexistent/p.toml"]));
    assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
}

/// The file is correct; its account just does not exist yet.
#[test]
fn a_new_account_of_the_settings_waits_for_a_restart() {
    let config = Some(greeting("old"));
    let server = Server::with(Setup { config, without_user: true, ..Setup::default() });
    let text = format!("{}[accounts]\nuser = \"anna\"\nuser-writes = true\n", greeting("new"));
    server.reload(&text, RELOADED);
    server.wait_for_log("only a restart changes accounts.user");
    assert_eq!(greeted(server.address()), "new");
}

/// Such settings used to be reported as correct, although only one of the two took effect.
#[test]
fn what_cuts_another_setting_and_logs_in_one_file_are_refused() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let name = file.to_str().expect("UTF-8");
    let log = keeps.path().join("log").display().to_string();
    let text = format!(
        "[guards]\nfirst-ban = \"2d\"\ndelay = \"20s\"\n[log]\nfile = \"{log}\"\nxferlog = \"{log}\"\naudit = \"{log}\"\n"
    );
    std::fs::write(&file, text).expect("a file");
    let output = run(&mut client(&["config", "check", name]));
    assert_eq!(output.code(), Some(USAGE), "{output:?}");
    for words in [
        "p.toml:2: guards.first-ban: it is longer than guards.longest-ban",
        "p.toml:3: guards.delay: it is longer than guards.longest-delay",
        "p.toml:6: log.xferlog: another log is written to the same file",
        "p.toml:7: log.audit: the general log is written to the same file",
    ] {
        assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
    }
    // Setting only the upper limit also lowers the default below it.
    std::fs::write(&file, "[guards]\nlongest-ban = \"1m\"\nlongest-delay = \"1s\"\n")
        .expect("a file");
    run(&mut client(&["config", "check", name])).ok();
}

#[test]
fn the_defaults_can_be_checked_and_shown() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let defaults = run(&mut client(&["config", "defaults"])).ok();
    std::fs::write(&file, &defaults.bytes).expect("a file");
    let name = file.to_str().expect("UTF-8");
    run(&mut client(&["config", "check", name])).ok();
    let shown =
        ["config", "show", "--config", name, "--set", "limits.queue=7", "--max-sessions", "9"];
    let shown = run(&mut client(&shown)).ok().stdout;
    let line = |key: &str| {
        let line = shown.lines().find(|line| line.trim_start_matches('#').starts_with(key));
        line.unwrap_or_else(|| panic!("{key} is not in {shown}")).to_owned()
    };
    assert!(line("limits.queue").contains("= 7 ") && line("limits.queue").ends_with("# --set"));
    assert!(line("limits.sessions").ends_with("# --max-sessions"));
    assert!(line("limits.idle-timeout").contains("p.toml:"));
    assert!(line("server.root").ends_with("# default"));
}

#[test]
fn each_line_of_json_says_what_it_is() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    std::fs::write(&file, "").expect("a file");
    let name = file.to_str().expect("UTF-8");
    for (words, event) in [
        (vec!["config", "check", name, "--json"], "result"),
        (vec!["config", "show", "--config", name, "--json"], "setting"),
        (vec!["config", "defaults", "--json"], "setting"),
    ] {
        let said = run(&mut client(&words)).ok().stdout;
        assert!(!said.is_empty(), "{words:?}");
        for line in said.lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!((&line["event"], &line["command"]), (&event.into(), &"config".into()));
        }
    }
}

/// Settings below a broken heading are not mistakes of their own, and the message about a word
/// without quotes says what to write.
#[test]
fn broken_toml_is_told_once_and_with_what_fits() {
    let keeps = tempfile::tempdir().expect("a folder");
    let check = |text: &str, code| {
        let file = keeps.path().join("p.toml");
        std::fs::write(&file, text).expect("a file");
        let output = run(&mut client(&["config", "check", file.to_str().expect("UTF-8")]));
        assert_eq!(output.code(), Some(code), "{output:?}");
        output.stderr
    };
    let said = check("[server\nroot = \"/\"\nmistake = 1\n[limits]\nquue = 1\n", USAGE);
    assert!(
        said.contains("2 settings are wrong") && said.contains("p.toml:1: this is no"),
        "{said}"
    );
    assert!(said.contains("p.toml:5: limits.quue: there is no such setting"), "{said}");
    let said = check("[reload]\n# a comment\nwatch = maybe\n", USAGE);
    let told = said.contains("p.toml:3: reload.watch: this is not valid TOML: ");
    assert!(told && said.trim_end().ends_with("; give true or false"), "{said}");
    let said = check("[accounts]\ndatabase = \"nowhere/accounts.db\"\n", LOCAL_FILE);
    assert!(
        said.contains(": the folder ") && said.contains("nowhere does not exist; create it"),
        "{said}"
    );
}

/// A mistake hides only its possible consequences: contradictions between other settings and
/// missing files are reported as well.
#[test]
fn one_run_tells_mistakes_contradictions_and_missing_files() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let text = "[server]\nroot = \"nowhere\"\ngreeting = 5\n[limits]\nqueue = \n[accounts]\nuser-writes = true\n\
                hook = \"/nonexistent/hook\"\nhook-ca = \"ca.pem\"\n[tls]\nkey = \"k.pem\"\nclient-ca = \"a.pem\"\n\
                client-crl = \"r.pem\"\n[acme]\nnames = [\"ftp.example.org\"]\nauthority-root = \"r.pem\"\n\
                key-id = \"k\"\nkey-file = \"k\"\n[contain]\ngroup = \"ftp\"\n[[listen]]\naddress = \"127.0.0.1:21\"\n\
                [[mount]]\nroot = \"m\"\n[[mount]]\nname = \"a\"\nroot = \"n\"\n";
    std::fs::write(&file, text).expect("a file");
    let output = run(&mut client(&["config", "check", file.to_str().expect("UTF-8")]));
    assert_eq!(output.code(), Some(USAGE), "{output:?}");
    let told: Vec<&str> = output.stderr.lines().skip(1).map(str::trim).collect();
    let expected = [
        "2: server.root: cannot serve ",
        "3: server.greeting: 5 is of the wrong type",
        "5: limits.queue: this is not valid TOML",
        "7: accounts.user-writes: there is no account it could apply to",
        "8: accounts.hook: ",
        "9: accounts.hook-ca: cannot be read",
        "11: tls.key: it needs its certificate",
        "11: tls.key: cannot read ",
        "12: tls.client-ca: cannot read ",
        "13: tls.client-crl: cannot read ",
        "15: acme.accept-terms: the authority issues certificates only",
        "16: acme.authority-root: cannot read ",
        "18: acme.key-file: cannot read ",
        "20: contain.group: it has no effect without contain.user",
        "23: mount[1].name: this setting is required",
        "23: mount.root: cannot serve ",
        "25: mount.root: cannot serve ",
    ];
    for words in expected {
        assert!(
            told.iter().any(|line| line.contains(&format!("p.toml:{words}"))),
            "{words:?} is not in {told:#?}"
        );
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

#[test]
fn a_port_that_does_not_exist_is_told_as_that() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let text =
        "[data]\npassive-ports = \"50000-99999\"\n[[listen]]\naddress = \"127.0.0.1:99999\"\n";
    std::fs::write(&file, text).expect("a file");
    let output = run(&mut client(&["config", "check", file.to_str().expect("UTF-8")]));
    assert_eq!(output.code(), Some(USAGE), "{output:?}");
    for words in [
        "p.toml:2: data.passive-ports: ",
        "99999 is not a port; give two ports",
        "p.toml:4: ",
        "99999 is not a port: the highest is 65535",
    ] {
        assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
    }
}

#[test]
fn options_go_over_the_file() {
    let server = Server::with(Setup {
        config: Some(
            "[server]\nroot = \"served\"\ngreeting = \"of the file\"\nlanguage = \"de\"\n".into(),
        ),
        arguments: vec!["--language", "fr", "--set", "server.greeting=of the command line"],
        ..Setup::default()
    });
    assert_eq!(greeted(server.address()), "of the command line");
    server.connect().expect("NOPE", 500).says("n'est pas une commande");
}

/// Settings for client certificates or an authority show that TLS is wanted, so the administrator
/// must be told if there would be none.
#[test]
fn settings_that_ask_for_tls_or_a_service_and_get_none_are_told() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("p.toml");
    let authority = Authority::new();
    std::fs::copy(authority.file(), keeps.path().join("ca.pem")).expect("a file");
    let name = file.to_str().expect("UTF-8");
    for (text, told) in [
        (
            "[acme]\naccept-terms = true\ncontact = [\"a@example.org\"]",
            "2: acme.names: the host names are missing",
        ),
        (
            "[tls]\nclient-ca = \"ca.pem\"\nclient-certificates = \"required\"",
            "2: tls.client-ca: clients can only show",
        ),
        (
            "[accounts]\npam-terms = [\"rights=all\"]",
            "2: accounts.pam-terms: it has no effect without",
        ),
        (
            "[accounts]\npam-folder = \"/etc/pam.d\"",
            "2: accounts.pam-folder: it has no effect without",
        ),
        ("[accounts]\nhook-ca = \"ca.pem\"", "2: accounts.hook-ca: it has no effect without"),
    ] {
        std::fs::write(&file, text).expect("a file");
        let output = run(&mut client(&["config", "check", name]));
        assert_eq!(output.code(), Some(USAGE), "{output:?}");
        assert!(output.stderr.contains(&format!("p.toml:{told}")), "{told:?}: {output:?}");
        assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    }
}

/// Many serve the folder that contains their configuration file, so this is only a warning.
#[test]
fn a_file_of_settings_that_clients_get_at_is_told_and_not_refused() {
    let served = tempfile::tempdir().expect("a folder");
    let file = served.path().join("p.toml");
    std::fs::write(&file, "[server]\nroot = \".\"\n").expect("a file");
    let name: &'static str = Box::leak(file.display().to_string().into_boxed_str());
    let told = format!("{name} is inside ");
    let checked = run(&mut client(&["config", "check", name])).ok().stdout;
    assert!(checked.contains("is valid.") && checked.contains(&told), "{checked}");
    let checked = run(&mut client(&["config", "check", "--json", name])).ok().stdout;
    let object: serde_json::Value = serde_json::from_str(&checked).expect("a line of JSON");
    assert!(object["remark"].as_str().is_some_and(|remark| remark.starts_with(&told)), "{checked}");
    let folder = Some(served.path().to_owned());
    let server =
        Server::with(Setup { arguments: vec!["--config", name], folder, ..Setup::default() });
    assert!(server.start_text().contains(&told), "{}", server.start_text());
    // A file outside the served folder causes no warning.
    std::fs::create_dir(served.path().join("inner")).expect("a folder");
    std::fs::write(&file, "[server]\nroot = \"inner\"\n").expect("a file");
    let checked = run(&mut client(&["config", "check", name])).ok().stdout;
    assert!(!checked.contains("beneath"), "{checked}");
}
