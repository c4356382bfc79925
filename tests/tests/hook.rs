//! Logins decided by a program or an HTTP service, through the real server: what it is asked, how
//! its answers are interpreted, and what the accounts that it admits may store.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use packetboat_tests::certificates::Authority;
use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper, leak};
use packetboat_tests::tls::TlsServer;
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, accept, peer, wait_for};
use rustls::version::TLS13;
use serde_json::Value;
use tempfile::TempDir;

/// A hook program and its folder.
struct Program(TempDir);

/// Never answers during a test. Ends with the server that asked, even if that was killed; if the
/// server was gone before this began, it ends after two minutes.
const NEVER: &str = "server, end = os.getppid(), time.monotonic() + 120\n\
                     while os.getppid() == server and time.monotonic() < end: time.sleep(0.1)";

impl Program {
    /// Creates a program from a script, which finds the request in `question`. If there is no
    /// Python, reports the test as skipped.
    fn new(script: &str) -> Option<Self> {
        peer("python3")?;
        Some(Self::of(&format!(
            "#!/usr/bin/env python3\nimport json, os, sys, time\nquestion = json.load(sys.stdin)\n{script}\n"
        )))
    }

    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hook");
        std::fs::write(&path, text).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights");
        Self(folder)
    }

    fn path(&self) -> &'static str {
        leak(self.0.path().join("hook").display().to_string())
    }
}

fn serve(hook: &'static str, more: &[&'static str]) -> Server {
    // A busy machine starts programs slowly.
    let is_set = more.iter().any(|argument| argument.contains("accounts.hook-timeout"));
    let patience: &[&'static str] =
        if is_set { &[] } else { &["--set", "accounts.hook-timeout=60s"] };
    let arguments = [&["--hook", hook], patience, more].concat();
    Server::with(Setup { arguments, ..Setup::default() })
}

#[test]
fn a_program_decides_on_who_comes_in_and_what_they_may() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join("anna")).expect("a folder");
    let Some(program) = Program::new(&format!(
        "assert question['version'] == 1 and question['tls'] is False and question['certificate'] is None\n\
         assert question['address'] == '127.0.0.1'\n\
         assert question['password'] not in ' '.join(sys.argv) + str(os.environ)\n\
         if question['user'] == 'anna' and question['password'] == 's \"ecret':\n    \
             print(json.dumps({{'result': 'allow', 'account': {{'rights': 'all', 'root': '{}/%u'}}}}))\n\
         elif question['user'] == 'anna':\n    \
             print(json.dumps({{'result': 'deny', 'reason': 'not today'}}))\n\
         else:\n    print(json.dumps({{'result': 'unknown'}}))",
        home.path().display()
    )) else {
        return;
    };
    let homes = leak(format!("contain.paths={}", home.path().display()));
    let server = serve(program.path(), &["--set", homes]);
    let mut d = server.connect();
    d.login("anna", "s \"ecret");
    d.expect("MKD made", 257);
    assert!(home.path().join("anna/made").is_dir());
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS wrong", 530).says("User or password is wrong");
    server.wait_for_log("login of anna: refused: the login hook denies it: not today");
    let mut d = server.connect();
    d.expect("USER nobody", 331);
    d.expect("PASS another secret", 530);
    server.wait_for_log("login of nobody: refused: there is no such account");
    // The hook is not asked about the account of --user.
    server.connect().login(USER, PASSWORD);
    assert!(!server.log().contains("ecret"), "{}", server.log());
}

#[test]
fn a_hook_that_fails_lets_nobody_in_and_says_to_try_later() {
    const LONG: &str = "accounts.hook-timeout=60s";
    for (script, limit, why) in [
        ("sys.exit(3)", LONG, "failed (exit status: 3) and said nothing"),
        ("sys.exit('no way')", LONG, "failed (exit status: 1): no way"),
        ("print('allow')", LONG, "did not answer with a JSON object"),
        ("print('{\"result\": \"allow\", \"admin\": true}')", LONG, "\"admin\", which is unknown"),
        (NEVER, "accounts.hook-timeout=1s", "did not answer within 1 s"),
    ] {
        let Some(program) = Program::new(script) else { return };
        let server = serve(program.path(), &["--set", limit]);
        let mut d = server.connect();
        d.expect("USER anna", 331);
        d.expect("PASS x", 421).says("connect again later");
        server.wait_for_log(why);
        assert!(d.next_reply().is_none(), "{script}: the session was not closed");
        // Users known to the server do not wait for the hook.
        server.connect().login(USER, PASSWORD);
    }
}

#[test]
fn slow_hooks_hold_up_nobody_else() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let Some(program) = Program::new(NEVER) else { return };
    let more = ["--set", "accounts.hook-timeout=60s", "--set", "accounts.logins-elsewhere=2"];
    let server = serve(program.path(), &[keeper.arguments().as_slice(), &more].concat());
    let mut waiting: Vec<_> = (0..8)
        .map(|number| {
            let mut d = server.connect();
            d.expect(format!("USER user{number}"), 331);
            d.send("PASS x");
            d
        })
        .collect();
    // The database is asked first, and knows her.
    server.connect().login("anna", KEPT_PASSWORD);
    server.connect().login(USER, PASSWORD);
    // Clients that give up end their sessions.
    waiting.clear();
    server.check_health();
}

/// The database does not know accounts that the hook admits, so changes to it do not end their
/// sessions.
#[test]
fn changes_to_the_database_leave_sessions_of_the_hook_alone() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let allow = r#"print('{"result": "allow", "account": {"rights": "all"}}')"#;
    let Some(program) = Program::new(allow) else { return };
    let server = serve(program.path(), &keeper.arguments());
    let mut of_hook = server.connect();
    of_hook.login("bert", "x");
    let mut of_database = server.connect();
    of_database.login("anna", KEPT_PASSWORD);
    keeper.user(&["rm", "anna"]).ok();
    of_database.reply().code(421);
    of_hook.expect("MKD made", 257);
    of_hook.expect("NOOP", 200);
}

/// Answers this many questions over HTTP, and returns the requests.
fn service(answers: Vec<String>) -> (&'static str, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = leak(format!("http://{}/login", listener.local_addr().expect("an address")));
    let work = move || {
        let mut asked = Vec::new();
        for answer in answers {
            let mut reader = BufReader::new(accept(&listener));
            let (mut length, mut head) = (0, String::new());
            while !head.ends_with("\r\n\r\n") {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a head");
                if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().expect("a length");
                }
                head += &line;
            }
            assert!(head.starts_with("POST /login HTTP/1.1"), "{head}");
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            asked.push(String::from_utf8(body).expect("UTF-8"));
            reader.get_mut().write_all(answer.as_bytes()).expect("a client");
        }
        asked
    };
    (url, std::thread::spawn(work))
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

#[test]
fn an_http_service_decides() {
    let allow = r#"{"result": "allow", "account": {"rights": "all"}}"#;
    let (url, service) = service(vec![
        http("200 OK", allow),
        http("200 OK", r#"{"result": "deny"}"#),
        http("500 Broken", allow),
        http("302 Found\r\nLocation: http://127.0.0.1:1/", ""),
    ]);
    let server = serve(url, &[]);
    let mut d = server.connect();
    d.login("anna", "secret");
    d.expect("MKD made", 257);
    for (code, why) in [(530, "denies it"), (421, "HTTP status 500"), (421, "HTTP status 302")] {
        let mut d = server.connect();
        d.expect("USER anna", 331);
        d.expect("PASS secret", code);
        server.wait_for_log(why);
    }
    let asked = service.join().expect("the service");
    assert!(
        asked[0].contains("\"user\":\"anna\"") && asked[0].contains("\"password\":\"secret\""),
        "{asked:?}"
    );
    // Now there is no service any more.
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS secret", 421);
    assert!(!server.log().contains("secret"), "{}", server.log());
}

/// A proxy would see every password.
#[test]
fn no_proxy_of_the_environment_is_asked() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    let names =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let mut environment: Vec<_> = names.map(|name| (name, address.clone())).into();
    environment.extend(["no_proxy", "NO_PROXY"].map(|name| (name, String::new())));
    let allow = r#"{"result": "allow", "account": {"rights": "all"}}"#;
    let (url, service) = service(vec![http("200 OK", allow)]);
    let arguments = vec!["--hook", url, "--set", "accounts.hook-timeout=60s"];
    let server = Server::with(Setup { arguments, environment, ..Setup::default() });
    // If the server asked the proxy, it would wait for its answer.
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.send("PASS secret");
    proxy.set_nonblocking(true).expect("a socket");
    wait_for("a question", || {
        assert!(proxy.accept().is_err(), "the proxy was asked");
        service.is_finished().then_some(())
    });
    d.reply().code(230);
    service.join().expect("the service");
}

/// The names of an object's members, nested ones included, in their order.
fn names(line: &str) -> Vec<&str> {
    let before: Vec<&str> = line.split("\":").collect();
    let names = before.iter().take(before.len() - 1).filter_map(|text| text.rsplit('"').next());
    names.collect()
}

/// The question in `docs/guide/login.md` is exactly what programs and services get, except for the
/// values.
#[test]
fn the_question_is_as_the_guide_shows_it() {
    let guide = std::fs::read_to_string("../docs/guide/login.md").expect("the guide");
    let shown = guide.lines().find(|line| line.starts_with("{") && line.contains("\"version\":1"));
    let shown = shown.expect("a question in the guide");
    let authority = Authority::new();
    // A program that stores the question as it arrives.
    let program =
        Program::of("#!/bin/sh\ncat > \"$(dirname \"$0\")/asked\"\necho '{\"result\":\"deny\"}'\n");
    let (url, service) = service(vec![http("200 OK", r#"{"result":"deny"}"#)]);
    for hook in [program.path(), url] {
        let reach = leak(format!("contain.paths={}", program.0.path().display()));
        let patience = "accounts.hook-timeout=60s";
        let own =
            ["--hook", hook, "--client-ca", authority.file(), "--set", reach, "--set", patience];
        let tls = TlsServer::with(&own);
        let mut d = tls.server.connect();
        d.expect("AUTH TLS", 234);
        let shows = authority.vouch_for("anna", &[]).config(&[&TLS13]);
        let mut d = d.over_tls(&shows);
        // A certificate alone lets nobody into an account of a hook.
        d.expect("USER anna", 331);
        d.expect("PASS x", 530);
        tls.server.wait_for_log("the login hook denies it");
    }
    let of_service = service.join().expect("the service").remove(0);
    let of_program = std::fs::read_to_string(program.0.path().join("asked")).expect("a question");
    assert_eq!(
        of_service,
        of_program.replace(&certificate_of(&of_program), &certificate_of(&of_service))
    );
    for asked in [&of_program, &of_service] {
        assert!(asked.ends_with('\n') && asked.lines().count() == 1, "{asked:?}");
        assert_eq!(names(asked), names(shown));
        let question: Value = serde_json::from_str(asked).expect("JSON");
        let certificate = &question["certificate"];
        let values =
            (&question["user"], &question["password"], &question["tls"], &question["address"]);
        assert_eq!(values, (&"anna".into(), &"x".into(), &true.into(), &"127.0.0.1".into()));
        assert_eq!(certificate["names"], serde_json::json!(["anna"]));
        assert_eq!(certificate["vouched_for"], true);
    }
}

/// The fingerprint in a question.
fn certificate_of(question: &str) -> String {
    let question: Value = serde_json::from_str(question).expect("JSON");
    question["certificate"]["sha256"].as_str().expect("a fingerprint").to_owned()
}

/// A hook that admits everybody with these terms, and a home for each of these users.
fn with_homes(terms: &str, users: &[&str]) -> Option<(Program, TempDir)> {
    let homes = tempfile::tempdir().expect("a folder");
    for user in users {
        std::fs::create_dir(homes.path().join(user)).expect("a home");
    }
    let root = homes.path().join("%u").display().to_string();
    let program = Program::new(&format!(
        "account = {{'rights': 'all', 'root': {root:?}}}\n\
         account.update({terms})\n\
         print(json.dumps({{'result': 'allow', 'account': account}}))"
    ))?;
    Some((program, homes))
}

fn stored(keeper: &Keeper, holder: &str) -> (u64, u64, bool) {
    let shown = keeper.json(&["show", holder]);
    let stored = &shown["stored"];
    let number = |key: &str| stored[key].as_u64().unwrap_or_else(|| panic!("{shown}"));
    (number("bytes"), number("files"), stored["in_use"] == true)
}

fn quota(d: &mut Dialogue) -> String {
    d.expect("SITE QUOTA", 211).text()
}

#[test]
fn an_account_of_a_hook_has_the_quota_that_the_hook_gives_it() {
    let keeper = Keeper::new();
    // The account of the same name in the database is a different one, with its own count.
    keeper.add(&["anna", "--quota", "5MiB"]);
    let terms = "{'quota': 1000, 'quota-files': '3'}";
    let Some((program, homes)) = with_homes(terms, &["anna", "bert"]) else { return };
    let reach = leak(format!("contain.paths={}", homes.path().display()));
    let more = ["--set", reach, "--set", "accounts.sources=hook,database"];
    let arguments = [keeper.arguments().as_slice(), &more].concat();
    let login = |server: &Server, name: &str| {
        let mut d = server.connect();
        d.login(name, "x");
        d.expect("TYPE I", 200);
        d
    };
    let mut server = serve(program.path(), &arguments);
    let mut anna = login(&server, "anna");
    let mut bert = login(&server, "bert");
    anna.store("STOR f", &[7; 600]).code(226);
    assert_eq!(quota(&mut anna), "Your quota: 600 of 1000 bytes and 1 of 3 files stored.");
    assert_eq!(quota(&mut bert), "Your quota: 0 of 1000 bytes and 0 of 3 files stored.");
    anna.expect("ALLO 401", 552).says("600 of 1000 bytes");
    anna.expect("ALLO 400", 200);
    anna.store("STOR g", &[7; 2000]).code(552);
    anna.expect("DELE g", 250);
    // Sessions of one account share the count.
    login(&server, "anna").store("STOR f", &[7; 900]).code(226);
    assert_eq!(quota(&mut anna), "Your quota: 900 of 1000 bytes and 1 of 3 files stored.");
    server.terminate();
    server.ended();
    assert_eq!(stored(&keeper, "hook:anna"), (900, 1, false));
    assert!(keeper.json(&["show", "anna"])["stored"].is_null());
    let list = keeper.user(&["list"]).ok().stdout;
    assert!(list.contains("hook:anna  not kept here  -  900 B  1 file\n"), "{list}");
    let nobody = keeper.user(&["show", "hook:carl"]);
    assert!(nobody.stderr.contains("there is no count for hook:carl"), "{nobody:?}");
    // After a crash, the disk is counted. Changes made past the server are counted on request.
    let server = serve(program.path(), &arguments);
    login(&server, "anna").store("STOR h", &[7; 50]).code(226);
    assert!(stored(&keeper, "hook:anna").2, "the count is marked as in use");
    drop(server);
    std::fs::write(homes.path().join("anna/i"), [7; 25]).expect("a file");
    let server = serve(program.path(), &arguments);
    let mut anna = login(&server, "anna");
    wait_for("the count", || {
        quota(&mut anna).contains("975 of 1000 bytes and 3 of 3").then_some(())
    });
    std::fs::remove_file(homes.path().join("anna/i")).expect("a file");
    let said = keeper.user(&["recount", "hook:anna"]).ok().stdout;
    assert!(said.contains("hook:anna: the count was dropped"), "{said}");
    wait_for("the new count", || {
        anna.ask("MKD d");
        anna.ask("RMD d");
        quota(&mut anna).contains("950 of 1000 bytes and 2 of 3").then_some(())
    });
}

#[test]
fn a_quota_without_a_database_lets_nobody_in_and_says_what_to_do() {
    let Some((program, homes)) = with_homes("{'quota': 1000}", &["anna"]) else { return };
    let reach = leak(format!("contain.paths={}", homes.path().display()));
    let server = serve(program.path(), &["--set", reach]);
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS x", 421).says("connect again later");
    server.wait_for_log("name one with accounts.database");
}
