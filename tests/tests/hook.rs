//! Logins that a program or an HTTP service decides, through the real server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper, leak};
use packetboat_tests::{PASSWORD, Server, Setup, USER};
use tempfile::TempDir;

/// A program in Python that decides, and a folder for it.
struct Program(TempDir);

impl Program {
    /// `question` is what it was asked, `answer` what it says.
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hook");
        let text = format!(
            "#!/usr/bin/env python3\nimport json, os, sys, time\nquestion = json.load(sys.stdin)\n{script}\n"
        );
        std::fs::write(&path, text).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights");
        Self(folder)
    }

    fn path(&self) -> &'static str {
        leak(self.0.path().join("hook").display().to_string())
    }
}

fn serve(hook: &'static str, more: &[&'static str]) -> Server {
    let arguments = [&["--hook", hook], more].concat();
    Server::with(Setup { arguments, ..Setup::default() })
}

#[test]
fn a_program_decides_on_who_comes_in_and_what_they_may() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join("anna")).expect("a folder");
    let program = Program::new(&format!(
        "assert question['version'] == 1 and question['tls'] is False and question['certificate'] is None\n\
         assert question['address'] == '127.0.0.1'\n\
         assert question['password'] not in ' '.join(sys.argv) + str(os.environ)\n\
         if question['user'] == 'anna' and question['password'] == 's \"ecret':\n    \
             print(json.dumps({{'result': 'allow', 'account': {{'rights': 'all', 'root': '{}/%u'}}}}))\n\
         elif question['user'] == 'anna':\n    \
             print(json.dumps({{'result': 'deny', 'reason': 'not today'}}))\n\
         else:\n    print(json.dumps({{'result': 'unknown'}}))",
        home.path().display()
    ));
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
    d.expect("PASS x", 530);
    server.wait_for_log("login of nobody: refused: there is no such account");
    // The account of --user has its name to itself.
    server.connect().login(USER, PASSWORD);
    assert!(!server.log().contains("ecret"), "{}", server.log());
}

#[test]
fn a_hook_that_fails_lets_nobody_in_and_says_to_try_later() {
    const LONG: &str = "accounts.hook-timeout=60s";
    for (script, limit, why) in [
        ("sys.exit(3)", LONG, "failed (exit status: 3)"),
        ("print('allow')", LONG, "answered no JSON object"),
        (
            "print('{\"result\": \"allow\", \"admin\": true}')",
            LONG,
            "\"admin\", which is not known",
        ),
        ("time.sleep(600)", "accounts.hook-timeout=1s", "did not answer within 1 s"),
    ] {
        let program = Program::new(script);
        let server = serve(program.path(), &["--set", limit]);
        let mut d = server.connect();
        d.expect("USER anna", 331);
        d.expect("PASS x", 421).says("connect again later");
        server.wait_for_log(why);
        assert!(d.next_reply().is_none(), "{script}: the session goes on");
        // Who is known here does not wait for it.
        server.connect().login(USER, PASSWORD);
    }
}

#[test]
fn slow_hooks_hold_up_nobody_else() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let program = Program::new("time.sleep(600)");
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
    // Who gives up is gone.
    waiting.clear();
    server.check_health();
}

/// The database knows nothing of an account that the hook let in, so no change there ends its session.
#[test]
fn changes_to_the_database_leave_sessions_of_the_hook_alone() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let allow = r#"print('{"result": "allow", "account": {"rights": "all"}}')"#;
    let program = Program::new(allow);
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

/// Answers so many questions by HTTP; what it was asked comes back.
fn service(answers: Vec<String>) -> (&'static str, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = leak(format!("http://{}/login", listener.local_addr().expect("an address")));
    let work = move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (stream, _) = listener.accept().expect("a client");
            let mut reader = BufReader::new(stream);
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
    // Nobody is there any more.
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS secret", 421);
    assert!(!server.log().contains("secret"), "{}", server.log());
}
