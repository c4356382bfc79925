//! What the client says and does when something goes wrong: the wrong kind of TLS, bans,
//! interrupted transfers, links that lead outside, and what is left behind.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use packetboat_tests::canned::Canned;
use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::keeper::Keeper;
use packetboat_tests::program::{client, client_in, packetboat as program, run};
use packetboat_tests::tls::TlsServer;
use packetboat_tests::{PASSWORD, Server, Setup, USER, accept};

const CONNECTION: i32 = 3;
const LOGIN: i32 = 4;
const NOT_FOUND: i32 = 5;
const PERMISSION: i32 = 6;
const TRANSIENT: i32 = 7;
const PROTOCOL: i32 = 9;
const REFUSED: i32 = 10;
const TLS: i32 = 13;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn options_may_stand_between_a_file_and_its_address() {
    let (server, home) = (Server::start(), folder());
    std::fs::write(home.path().join("f"), "abc").expect("a file");
    let sent = client_in(home.path(), &["put", "f", "-v", &server.url("g"), "--verify"]).ok();
    assert!(sent.stderr.contains("> STOR g"), "{sent:?}");
    assert_eq!(server.read("g"), b"abc");
    let alone = client_in(home.path(), &["put", "f"]);
    assert_eq!(alone.code(), Some(2), "{alone:?}");
    assert!(alone.stderr.contains("put takes files and then an address"), "{alone:?}");
}

#[test]
fn tls_from_the_start_on_a_port_in_clear_is_told_with_the_right_scheme() {
    let (server, home) = (Server::start(), folder());
    let output = client_in(home.path(), &["ls", &server.url("").replace("ftp://", "ftps://")]);
    assert_eq!(output.code(), Some(TLS), "{output:?}");
    assert!(output.stderr.contains("use an ftpes:// address"), "{output:?}");
}

#[test]
fn a_port_that_says_nothing_is_told_with_the_right_scheme_and_asked_once() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let home = folder();
    let output =
        client_in(home.path(), &["ls", "--timeout", "300ms", &format!("ftp://{address}/")]);
    assert_eq!(output.code(), Some(CONNECTION), "{output:?}");
    // Both reasons are possible.
    for words in ["the server hangs", "use an ftps:// address"] {
        assert!(output.stderr.contains(words), "{output:?}");
    }
    listener.set_nonblocking(true).expect("a socket");
    let clients = std::iter::from_fn(|| listener.accept().ok()).count();
    assert_eq!(clients, 1, "{output:?}");
}

#[test]
fn a_listing_without_an_end_is_refused_before_it_fills_the_memory() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0);
        control.serve_until("LIST");
        let mut data = control.data();
        control.send("150 go");
        let lines = "-rw-r--r-- 1 o g 0 Jan 1 2020 a\r\n".repeat(1 << 12);
        while data.write_all(lines.as_bytes()).is_ok() {}
    });
    let home = folder();
    let output = client_in(home.path(), &["ls", &fake.url("")]);
    fake.finish();
    assert_eq!(output.code(), Some(PROTOCOL), "{output:?}");
    assert!(output.stderr.contains("the listing has more than 4194304 entries"), "{output:?}");
}

#[test]
fn a_tree_that_is_refused_is_told_by_its_address_and_leaves_nothing() {
    let (server, home) = (Server::start(), folder());
    let url = format!("ftp://{USER}:wrong@{}/", server.address());
    let output = client_in(home.path(), &["get", "-r", &url]);
    assert_eq!(output.code(), Some(LOGIN), "{output:?}");
    let told = format!("packetboat get: ftp://{USER}@{}/: ", server.address());
    assert!(output.stderr.contains(&told), "{output:?}");
    assert_eq!(std::fs::read_dir(home.path()).expect("a folder").count(), 0);
}

#[test]
fn a_reset_with_a_reply_is_headed_by_the_reply() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0);
        control.serve_until("STOR");
        let mut data = control.data();
        control.send("150 go");
        data.read_exact(&mut vec![0; 1 << 16]).expect("the client sends");
        // Unread data makes this reset the connection.
        drop(data);
        control.send("552 The disk is full");
        while !matches!(control.line().as_str(), "" | "QUIT") {}
    });
    let home = folder();
    let file = std::fs::File::create(home.path().join("f")).expect("a file");
    file.set_len(64 << 20).expect("its length");
    let output = client_in(home.path(), &["put", "f", &fake.url("f")]);
    fake.finish();
    assert_eq!(output.code(), Some(REFUSED), "{output:?}");
    assert!(output.stderr.contains(": the server aborted STOR f\n"), "{output:?}");
    assert!(output.stderr.contains("552 The disk is full"), "{output:?}");
}

/// Uploads to a server that receives the whole file and then does this instead of replying.
fn all_sent_and_then(ending: impl FnOnce(&mut Control) + Send + 'static) -> String {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0);
        control.serve_until("STOR");
        let mut data = control.data();
        control.send("150 go");
        data.read_to_end(&mut Vec::new()).expect("the file");
        ending(&mut control);
    });
    let home = folder();
    std::fs::write(home.path().join("f"), "abc").expect("a file");
    let line = ["put", "--retries", "0", "--timeout", "5s", "f", &fake.url("f")];
    let output = client_in(home.path(), &line);
    fake.finish();
    assert_ne!(output.code(), Some(0), "{output:?}");
    output.stderr
}

#[test]
fn a_server_that_is_lost_after_all_of_a_file_leaves_it_unknown_and_says_how_to_find_out() {
    let closed = all_sent_and_then(|_| {});
    let silent = all_sent_and_then(|control| while !control.line().is_empty() {});
    for stderr in [closed, silent] {
        assert!(stderr.contains(": everything was sent, but no reply arrived: "), "{stderr}");
        assert!(stderr.contains("Meaning: It is unknown whether the server has stored the file"));
        assert!(stderr.contains("`packetboat stat`"), "{stderr}");
        assert!(!stderr.contains("nothing is moving over it"), "{stderr}");
    }
}

#[test]
fn garbage_is_another_service_only_where_the_greeting_should_be() {
    let later = all_sent_and_then(|control| control.send("what?"));
    assert!(later.contains("Here: the greeting was valid FTP"), "{later}");
    let fake = Fake::start(|listener| {
        accept(listener).write_all(b"SSH-2.0-x\r\n").expect("the client reads");
    });
    let output = client_in(folder().path(), &["ls", "--retries", "0", &fake.url("")]);
    fake.finish();
    assert!(output.stderr.contains("Here: another service answers on that port"), "{output:?}");
}

#[test]
fn a_link_that_leads_out_is_forbidden_in_every_language_and_not_missing() {
    for language in ["en", "de", "fr"] {
        let arguments = vec!["--language", language];
        let (server, home) = (Server::with(Setup { arguments, ..Setup::default() }), folder());
        std::os::unix::fs::symlink("/etc/hosts", server.path("out")).expect("a link");
        let output = client_in(home.path(), &["get", &server.url("out")]);
        assert_eq!(output.code(), Some(PERMISSION), "{language}: {output:?}");
        assert!(!output.stderr.contains("it does not exist"), "{language}: {output:?}");
    }
}

#[test]
fn a_ban_is_told_with_its_end_and_not_tried_again() {
    for language in ["en", "de", "fr"] {
        let keeper = Keeper::new();
        let mut ban = Command::new(program());
        run(ban.args(["ban", "add", "127.0.0.1"]).env("PACKETBOAT_DATABASE", keeper.database()))
            .ok();
        let mut arguments = keeper.arguments();
        arguments.extend(["--set", "guards.trusted=none", "--language", language]);
        let (server, home) = (Server::with(Setup { arguments, ..Setup::default() }), folder());
        let output = client_in(home.path(), &["ls", &server.url("")]);
        assert_eq!(output.code(), Some(TRANSIENT), "{language}: {output:?}");
        assert!(!output.stderr.contains("attempt"), "{language}: {output:?}");
        assert!(output.stderr.contains("the ban ends at 2"), "{language}: {output:?}");
    }
}

#[test]
fn a_password_that_nobody_says_is_a_failed_login() {
    let (server, home) = (Server::start(), folder());
    let url = format!("ftp://{USER}@{}/", server.address());
    let output = client_in(home.path(), &["ls", "--json", &url]);
    assert_eq!(output.code(), Some(LOGIN), "{output:?}");
    assert!(output.stdout.contains("\"failure\":\"login\""), "{output:?}");
    let mut given = client(&["ls", &url]);
    run(given.env("HOME", home.path()).env("PACKETBOAT_PASSWORD", PASSWORD)).ok();
}

#[test]
fn a_server_that_wants_tls_is_told_from_a_wrong_password() {
    let (server, home) = (TlsServer::with(&["--tls", "require"]), folder());
    let output = client_in(home.path(), &["ls", &server.server.url("")]);
    assert_eq!(output.code(), Some(LOGIN), "{output:?}");
    assert!(output.stderr.contains("What to do: Connect with TLS: --tls require, or an ftpes:// "));
    assert!(!output.stderr.contains("password is wrong"), "{output:?}");
}

#[test]
fn a_login_without_a_name_is_told_to_have_none() {
    let arguments = vec!["--no-anonymous"];
    let (server, home) = (Server::with(Setup { arguments, ..Setup::default() }), folder());
    let url = format!("ftp://{}/", server.address());
    let ls = |url: &str, password: Option<&str>| {
        let mut command = client(&["ls", url]);
        let command = command.env("HOME", home.path()).current_dir(home.path());
        run(command.envs(password.map(|password| ("PACKETBOAT_PASSWORD", password))))
    };
    let output = ls(&url, None);
    assert_eq!(output.code(), Some(LOGIN), "{output:?}");
    assert!(output.stderr.contains("What to do: Give the user with --user NAME"), "{output:?}");
    assert!(!output.stderr.contains("PACKETBOAT_PASSWORD"), "{output:?}");
    let output = ls(&url, Some(PASSWORD));
    assert!(
        output.stderr.contains("Here: PACKETBOAT_PASSWORD is set, but is only used"),
        "{output:?}"
    );
    // A named user does not get this advice.
    let named = ls(&format!("ftp://{USER}@{}/", server.address()), Some("wrong"));
    assert_eq!(named.code(), Some(LOGIN), "{named:?}");
    assert!(!named.stderr.contains("--user NAME"), "{named:?}");
}

#[test]
fn who_asks_for_tls_is_told_how_to_go_on_without_by_what_was_given() {
    let (server, home) = (Server::start(), folder());
    let clear = server.url("");
    let secure = clear.replace("ftp://", "ftpes://");
    for (arguments, way) in [
        (&["ls", &secure][..], "use an ftp:// address."),
        (&["ls", "--tls", "require", &clear], "leave out --tls require."),
        (&["ls", "--insecure", &clear], "add --tls off."),
    ] {
        let output = client_in(home.path(), arguments);
        assert_eq!(output.code(), Some(TLS), "{output:?}");
        let told = format!(
            "What to do: If nobody can listen in on the connection, you can go without TLS: {way}\n"
        );
        assert!(output.stderr.contains(&told), "{output:?}");
    }
    client_in(home.path(), &["ls", "--insecure", "--tls", "off", &clear]).ok();
}

#[test]
fn a_certificate_for_another_host_is_told_with_the_names_in_it() {
    let home = folder();
    let path = |name: &str| &*home.path().join(name).display().to_string().leak();
    let names = vec!["ftp.example.org".to_owned(), "192.0.2.1".to_owned()];
    let pair = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(names).expect("names");
    let made = params.self_signed(&pair).expect("a certificate");
    std::fs::write(path("c.pem"), made.pem()).expect("a file");
    std::fs::write(path("k.pem"), pair.serialize_pem()).expect("a file");
    let arguments = vec!["--cert", path("c.pem"), "--key", path("k.pem")];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let url = server.url("").replace("ftp://", "ftpes://");
    let output = client_in(home.path(), &["ls", "--ca", "c.pem", &url]);
    assert_eq!(output.code(), Some(TLS), "{output:?}");
    let told = "is not for 127.0.0.1, but for ftp.example.org, 192.0.2.1\n";
    assert!(output.stderr.contains(told), "{output:?}");
    assert!(!output.stderr.contains("--ca FILE"), "{output:?}");
    let output = client_in(home.path(), &["ls", "--json", "--ca", "c.pem", &url]);
    let told: serde_json::Value = serde_json::from_str(&output.stdout).expect("an object");
    assert!(told["advice"].as_str().is_some_and(|text| text.contains("--fingerprint")), "{told}");
}

#[test]
fn what_is_missing_on_the_server_has_one_exit_code() {
    let (server, home) = (Server::start(), folder());
    std::fs::write(home.path().join("f"), "abc").expect("a file");
    server.write("x", "abc");
    let put = client_in(home.path(), &["put", "f", &server.url("none/f")]);
    assert_eq!(put.code(), Some(NOT_FOUND), "{put:?}");
    assert!(put.stderr.contains("What to do: Create its directory first"), "{put:?}");
    let below = client_in(home.path(), &["ls", &server.url("x/y")]);
    assert_eq!(below.code(), Some(NOT_FOUND), "{below:?}");
    assert!(below.stderr.contains("What to do: List the parent directory"), "{below:?}");
    // `ls` of a single file lists it.
    assert_eq!(client_in(home.path(), &["ls", &server.url("x")]).ok().stdout, "x\n");
}

#[test]
fn a_553_that_does_not_say_why_is_asked_about() {
    let canned = Canned::with(&[("150", "553 Could not create file."), ("CWD", "550 no")]);
    let seen = canned.run(&["put", "/etc/hostname", "URLnone/f"]);
    assert_eq!(seen.output.code(), Some(NOT_FOUND), "{:?}", seen.output);
}

#[test]
fn a_host_that_the_server_does_not_have_is_told_as_that() {
    let (server, home) = (Server::start(), folder());
    let output = client_in(home.path(), &["ls", "--host", "none.example", &server.url("")]);
    assert_eq!(output.code(), Some(REFUSED), "{output:?}");
    assert!(output.stderr.contains("What to do: Check the name given with --host "), "{output:?}");
}
