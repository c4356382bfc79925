//! The configuration file: what is wrong with one, what goes over what, and reading it anew while the server runs.

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use packetboat_tests::dialogue::all;
use packetboat_tests::program::{client, run, run_with_input};
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, noise, peer, skip, wait_for};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

const USAGE: i32 = 2;
const LOCAL_FILE: i32 = 8;
const RELOADED: &str = "was reloaded";
const NOT_RELOADED: &str = "was not reloaded";

fn with_config(text: &str) -> Server {
    Server::with(Setup { config: Some(text.to_owned()), ..Setup::default() })
}

fn greeting(text: &str) -> String {
    format!("[server]\ngreeting = \"{text}\"\n")
}

/// What a new client is greeted with.
fn greeted(address: SocketAddr) -> String {
    Dialogue::connect_silently(address).reply().code(220).text()
}

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

/// What the file says is right; only its account is not there yet.
#[test]
fn a_new_account_of_the_settings_waits_for_a_restart() {
    let config = Some(greeting("old"));
    let server = Server::with(Setup { config, without_user: true, ..Setup::default() });
    let text = format!("{}[accounts]\nuser = \"anna\"\nuser-writes = true\n", greeting("new"));
    server.reload(&text, RELOADED);
    server.wait_for_log("only a restart changes accounts.user");
    assert_eq!(greeted(server.address()), "new");
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

/// What stands beneath a broken heading is no mistake of its own, and a word without quotes is told what fits.
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
    let told = said.contains("p.toml:3: reload.watch: this is no TOML: ");
    assert!(told && said.trim_end().ends_with("; give true or false"), "{said}");
    let said = check("[accounts]\ndatabase = \"nowhere/accounts.db\"\n", LOCAL_FILE);
    assert!(said.contains("there is no folder ") && said.contains("nowhere; make it"), "{said}");
}

/// A mistake hides only what may be its doing: contradictions of other settings and missing files are told beside it.
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
        "3: server.greeting: 5 does not fit",
        "5: limits.queue: this is no TOML",
        "7: accounts.user-writes: no account is named",
        "8: accounts.hook: ",
        "9: accounts.hook-ca: cannot be read",
        "11: tls.key: it needs its certificate",
        "11: tls.key: cannot read ",
        "12: tls.client-ca: cannot read ",
        "13: tls.client-crl: cannot read ",
        "15: acme.accept-terms: the authority gives a certificate only",
        "16: acme.authority-root: cannot read ",
        "18: acme.key-file: cannot read ",
        "20: contain.group: it counts only with contain.user",
        "23: mount[1].name: it is missing",
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
        "99999 is no port; give two ports",
        "p.toml:4: ",
        "99999 is no port: the highest is 65535",
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

#[test]
fn a_reload_counts_for_new_sessions_and_leaves_open_ones_and_their_transfers_alone() {
    let server = with_config(&greeting("first"));
    let content = noise(24 << 20);
    server.write("big", &content);
    let mut old = server.login();
    let mut data = old.epsv();
    old.send("RETR big");
    old.reply().code(150);
    // The transfer is under way, and cannot end before the rest is read.
    let mut start = vec![0; 1 << 16];
    data.read_exact(&mut start).expect("the start of the file");
    server.reload(&(greeting("second") + "[limits]\nidle-timeout = \"1h\"\n"), RELOADED);
    assert_eq!(greeted(server.address()), "second");
    start.extend(all(data));
    assert!(start == content, "the file is not whole");
    old.reply().code(226);
    old.expect("NOOP", 200);
    old.expect("REIN", 220).says("first");
    server.check_health();
}

#[test]
fn a_bad_file_changes_nothing_and_says_so() {
    let server = with_config(&greeting("first"));
    server.reload("[server]\ngreeting = 5\n[limits]\nqueue = -1\n", NOT_RELOADED);
    server.wait_for_log("packetboat.toml:2: server.greeting: 5 does not fit");
    server.wait_for_log("packetboat.toml:4: limits.queue: ");
    assert_eq!(greeted(server.address()), "first");
    server.reload(
        &(greeting("third") + "[[mount]]\nname = \"m\"\nroot = \"nowhere\"\n"),
        NOT_RELOADED,
    );
    server.wait_for_log("mount.root: cannot serve ");
    assert_eq!(greeted(server.address()), "first");
    server.reload(&greeting("third"), RELOADED);
    assert_eq!(greeted(server.address()), "third");
}

#[test]
fn what_only_a_restart_changes_is_named() {
    let server = with_config(&greeting("first"));
    server.reload("[log]\nform = \"json\"\n[stop]\nupgrade = true\n", "only a restart changes");
    server.wait_for_log("only a restart changes log.form, stop.upgrade");
}

#[test]
fn reloads_are_events_of_the_json_log() {
    let server = Server::with(Setup {
        config: Some(greeting("first")),
        arguments: vec!["--log", "json"],
        ..Setup::default()
    });
    server.reload(&greeting("second"), "\"step\":\"reloaded\"");
    server.reload("x", "\"step\":\"not reloaded\"");
}

fn listening(addresses: &[&str]) -> String {
    let entry = |address: &&str| format!("[[listen]]\naddress = \"{address}\"\n");
    addresses.iter().map(entry).collect()
}

#[test]
fn addresses_come_and_go_with_reloads() {
    let server = with_config(&listening(&["127.0.0.1:0"]));
    let mut old = server.login();
    server.reload(&listening(&["127.0.0.1:0", "127.0.0.2:0"]), RELOADED);
    let log = server.log();
    let second = log.rsplit("listens on ").next().and_then(|rest| rest.lines().next());
    let second: SocketAddr = second.expect("an address").parse().expect("an address");
    Dialogue::connect(second).login(USER, PASSWORD);
    // The first is untouched: the same port.
    Dialogue::connect(server.address());
    server.reload(&listening(&["127.0.0.2:0"]), "no more on");
    wait_for("the end of the first address", || TcpStream::connect(server.address()).err());
    Dialogue::connect(second).login(USER, PASSWORD);
    old.expect("NOOP", 200);
    // One that is another's cannot be had, and nothing has changed.
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = holder.local_addr().expect("an address").to_string();
    server.reload(&listening(&["127.0.0.2:0", &taken]), NOT_RELOADED);
    server.wait_for_log(&format!("cannot listen on {taken}"));
    Dialogue::connect(second).login(USER, PASSWORD);
}

#[test]
fn old_settings_are_freed_with_their_last_session() {
    let server = with_config("[[mount]]\nname = \"m\"\nroot = \"./served\"\n");
    let text = "[[mount]]\nname = \"m\"\nroot = \"./served\"\n[limits]\nidle-timeout = ";
    server.reload(&format!("{text}\"50s\"\n"), RELOADED);
    let before = server.descriptors();
    let mut open = server.login();
    for seconds in 10..40 {
        server.reload(&format!("{text}\"{seconds}s\"\n"), RELOADED);
    }
    open.expect("QUIT", 221);
    wait_for("the old folders to be closed", || (server.descriptors() <= before).then_some(()));
}

#[test]
fn a_file_that_changes_is_read_where_that_is_asked_for() {
    let watched = |text: &str| greeting(text) + "[reload]\nwatch = true\ninterval = \"1s\"\n";
    let server = with_config(&watched("first"));
    server.configure(&watched("second"));
    server.wait_for_log(RELOADED);
    assert_eq!(greeted(server.address()), "second");
}

#[test]
fn an_address_without_tls_refuses_it_and_lets_in_in_clear() {
    let keeps = tempfile::tempdir().expect("a folder");
    certify(keeps.path(), "main", "main.example");
    let folder = keeps.path().display();
    let text = |kind: &str| {
        format!(
            "[tls]\nmode = \"require\"\ncertificate = \"{folder}/main.pem\"\nkey = \"{folder}/main.key\"\n\
             [[listen]]\naddress = \"127.0.0.1:0\"\n[[listen]]\naddress = \"127.0.0.2:0\"\ntls = \"{kind}\"\n"
        )
    };
    let server = with_config(&text("off"));
    let start = server.start_text();
    let clear = start.split("ftp://").find(|rest| rest.starts_with("127.0.0.2:"));
    let clear: SocketAddr = clear
        .and_then(|rest| rest.split('/').next())
        .and_then(|text| text.parse().ok())
        .expect(&start);
    let mut d = Dialogue::connect(clear);
    // Of this address alone: elsewhere there is TLS.
    d.expect("AUTH TLS", 534).says(&format!("TLS is switched off at {clear}"));
    assert!(!d.expect("FEAT", 211).text().contains("AUTH"));
    d.login(USER, PASSWORD);
    // Elsewhere nothing has changed.
    let mut d = server.connect();
    assert!(d.expect("FEAT", 211).text().contains("AUTH TLS"));
    d.expect(format!("USER {USER}"), 530);
    server.reload(&text("explicit"), RELOADED);
    Dialogue::connect(clear).expect("AUTH TLS", 234);
}

/// Makes an account in a database.
fn add_account(database: &Path, name: &str, password: &str, more: &[&str]) {
    let user = |words: &[&str], input: &str| {
        let mut command = client(&[&["user"], words].concat());
        command.env("PACKETBOAT_DATABASE", database);
        run_with_input(&mut command, input.as_bytes()).ok();
    };
    user(&["cost", "m=8,t=1,p=1"], "");
    user(&[&["add", name], more].concat(), password);
}

#[test]
fn a_host_has_accounts_of_its_own() {
    let keeps = tempfile::tempdir().expect("a folder");
    let path = |name: &str| keeps.path().join(name);
    for name in ["a", "b"] {
        std::fs::create_dir(path(name)).expect("a folder");
        std::fs::write(path(name).join(format!("of-{name}")), name).expect("a file");
    }
    add_account(&path("main.db"), "eve", "of main", &[]);
    add_account(&path("a.db"), "eve", "of a", &["--sessions", "1"]);
    let folder = keeps.path().display();
    let text = format!(
        "[accounts]\ndatabase = \"{folder}/main.db\"\n\
         [[host]]\nnames = [\"a.example\"]\nroot = \"{folder}/a\"\ngreeting = \"This is a\"\n\
         database = \"{folder}/a.db\"\nanonymous = false\n\
         [[host]]\nnames = [\"b.example\"]\nroot = \"{folder}/b\"\n"
    );
    let server = with_config(&text);
    let on = |host: &str| {
        let mut d = server.connect();
        d.expect(format!("HOST {host}"), 220);
        d
    };
    let refused = |mut d: Dialogue, password: &str| {
        d.expect("USER eve", 331);
        d.expect(format!("PASS {password}"), 530);
    };
    let mut main = server.connect();
    main.login("eve", "of main");
    let mut own = on("a.example");
    own.login("eve", "of a");
    own.expect("TYPE I", 200);
    own.expect("SIZE of-a", 213);
    on("b.example").login("eve", "of main");
    refused(server.connect(), "of a");
    refused(on("a.example"), "of main");
    refused(on("b.example"), "of a");
    // Guests are no matter of all hosts, the account of the command line is the server's.
    on("b.example").login("anonymous", "x@example.org");
    let mut d = on("a.example");
    d.expect("USER anonymous", 331);
    d.expect("PASS x@example.org", 530);
    let mut d = on("a.example");
    d.expect(format!("USER {USER}"), 331);
    d.expect(format!("PASS {PASSWORD}"), 530);
    // Sessions are counted for each of the two by itself.
    let mut d = on("a.example");
    d.expect("USER eve", 331);
    d.expect("PASS of a", 421);
    drop(own);
    main.expect("NOOP", 200);
}

/// A certificate for a name, in files of a folder.
fn certify(folder: &Path, file: &str, name: &str) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    std::fs::write(folder.join(format!("{file}.pem")), made.cert.pem()).expect("a certificate");
    std::fs::write(folder.join(format!("{file}.key")), made.signing_key.serialize_pem())
        .expect("a key");
    made.cert.der().to_vec()
}

/// The certificate that a client is shown which names this host, on an address for implicit TLS.
fn shown(address: SocketAddr, host: &'static str) -> Vec<u8> {
    let config = packetboat_tests::tls::config(&[&rustls::version::TLS13]);
    let name = ServerName::try_from(host).expect("a name");
    let mut socket = TcpStream::connect(address).expect("a server");
    let mut tls = ClientConnection::new(Arc::clone(&config), name).expect("a connection");
    tls.complete_io(&mut socket).expect("a negotiation");
    tls.peer_certificates().expect("a certificate")[0].to_vec()
}

fn hosts_under_tls(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "[tls]\ncertificate = \"{folder}/main.pem\"\nkey = \"{folder}/main.key\"\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\n[[listen]]\naddress = \"127.0.0.1:0\"\ntls = \"implicit\"\n\
         [[host]]\nnames = [\"a.example\", \"www.a.example\"]\nroot = \"{folder}/a\"\n\
         certificate = \"{folder}/a.pem\"\nkey = \"{folder}/a.key\"\n\
         [[host]]\nnames = [\"b.example\"]\nroot = \"{folder}/b\"\n"
    )
}

#[test]
fn the_name_of_tls_chooses_certificate_and_site_and_a_reload_brings_new_certificates() {
    let keeps = tempfile::tempdir().expect("a folder");
    let folder = keeps.path();
    let main = certify(folder, "main", "main.example");
    let host = certify(folder, "a", "a.example");
    for site in ["a", "b"] {
        std::fs::create_dir(folder.join(site)).expect("a folder");
        std::fs::write(folder.join(format!("{site}/of-{site}")), site).expect("a file");
    }
    let text = hosts_under_tls(folder);
    let server = with_config(&text);
    server.write("of-main", "main");
    assert_eq!(shown(server.address_tls(), "a.example"), host);
    assert_eq!(shown(server.address_tls(), "WWW.A.example"), host);
    assert_eq!(shown(server.address_tls(), "other.example"), main);
    let renewed = certify(folder, "a", "a.example");
    server.reload(&text, RELOADED);
    assert_eq!(shown(server.address_tls(), "a.example"), renewed);
    assert_eq!(shown(server.address_tls(), "other.example"), main);
    with_curl(&server, folder);
    with_openssl(&server);
    with_host_in_clear(&server);
}

/// What HOST says in clear anybody in between can have said: a name of TLS that is a host's counts more.
fn with_host_in_clear(server: &Server) {
    let config = packetboat_tests::tls::config(&[&rustls::version::TLS13]);
    for (name, file) in [("a.example", "of-a"), ("other.example", "of-b")] {
        let mut d = server.connect();
        d.expect("HOST b.example", 220);
        d.expect("AUTH TLS", 234);
        let mut d = d.over_tls_as(&config, name);
        d.login("anonymous", "me@example.org");
        d.expect(format!("MLST {file}"), 250);
    }
}

/// The site is that of the name, explicitly and implicitly.
fn with_curl(server: &Server, folder: &Path) {
    let Some(curl) = peer("curl") else { return skip("there is no curl here") };
    let resolve = |name: &str, port: u16| format!("{name}:{port}:127.0.0.1");
    for (scheme, address) in [("ftps", server.address_tls()), ("ftp", server.address())] {
        for (name, certificate, file) in
            [("a.example", "a.pem", "of-a"), ("main.example", "main.pem", "of-main")]
        {
            let output = curl
                .run(&[
                    "-sS",
                    "--ssl-reqd",
                    "--cacert",
                    folder.join(certificate).to_str().expect("UTF-8"),
                    "--resolve",
                    &resolve(name, address.port()),
                    "--list-only",
                    &format!("{scheme}://{name}:{}/", address.port()),
                ])
                .ok();
            assert_eq!(output.stdout.trim(), file, "{scheme} {name}");
        }
    }
}

/// HOST that contradicts the name is refused (RFC 7151 §3.2.2), one that repeats it is not.
fn with_openssl(server: &Server) {
    let Some(openssl) = peer("openssl") else { return skip("there is no openssl here") };
    let address = server.address().to_string();
    let arguments = [
        "s_client",
        "-connect",
        &address,
        "-starttls",
        "ftp",
        "-servername",
        "a.example",
        "-quiet",
        "-crlf",
    ];
    let output = openssl.run_with_input(&arguments, "HOST www.a.example\nHOST a.example\nQUIT\n");
    let codes: Vec<&str> =
        output.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    let after_tls = &codes[codes.len() - 3..];
    assert_eq!(after_tls, ["504", "220", "221"], "{output:?}");
}
