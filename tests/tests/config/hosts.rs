//! Addresses and hosts in the configuration file: with and without TLS, with their own certificates
//! and accounts.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use packetboat_tests::program::{client, run_with_input};
use packetboat_tests::{Dialogue, PASSWORD, Server, USER, peer, wait_for};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use crate::{RELOADED, with_config};

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
    // This applies to this address alone; the others offer TLS.
    d.expect("AUTH TLS", 534).says(&format!("TLS is switched off at {clear}"));
    assert!(!d.expect("FEAT", 211).text().contains("AUTH"));
    d.login(USER, PASSWORD);
    // The other address is unchanged.
    let mut d = server.connect();
    assert!(d.expect("FEAT", 211).text().contains("AUTH TLS"));
    d.expect(format!("USER {USER}"), 530);
    server.reload(&text("explicit"), RELOADED);
    Dialogue::connect(clear).expect("AUTH TLS", 234);
}

/// Adds an account to a database.
fn add_account(database: &Path, name: &str, password: &str, more: &[&str]) {
    let user = |words: &[&str], input: &str| {
        let mut command = client(&[&["user"], words].concat());
        command.env("PACKETBOAT_DATABASE", database);
        run_with_input(&mut command, input.as_bytes()).ok();
    };
    user(&["cost", "m=8,t=1,p=1"], "");
    user(&[&["add", name], more].concat(), password);
}

/// News about an account of one site used to end a session of another site's account of the same
/// name.
#[test]
fn news_of_an_account_are_not_for_that_of_another_site() {
    let keeps = tempfile::tempdir().expect("a folder");
    let path = |name: &str| keeps.path().join(name);
    add_account(&path("main.db"), "eve", "of main", &[]);
    add_account(&path("a.db"), "eve", "of a", &[]);
    let folder = keeps.path().display();
    std::fs::create_dir(path("a")).expect("a folder");
    let server = with_config(&format!(
        "[accounts]\ndatabase = \"{folder}/main.db\"\n\
         [[host]]\nnames = [\"a.example\"]\nroot = \"{folder}/a\"\ndatabase = \"{folder}/a.db\"\n"
    ));
    let (mut stays, mut goes) = (server.connect(), server.connect());
    for d in [&mut stays, &mut goes] {
        d.login("eve", "of main");
    }
    let database = rusqlite::Connection::open(path("main.db")).expect("the database");
    let run = |sql: &str| database.execute_batch(sql).expect("a change");
    run("INSERT INTO terms VALUES ('account', 'eve', 'sessions', 'what no version understands')");
    wait_for("both look-ups", || {
        (server.log().matches("keeps its old terms for now").count() == 2).then_some(())
    });
    goes.expect("REIN", 220);
    goes.expect("HOST a.example", 220);
    goes.login("eve", "of a");
    run("BEGIN; DELETE FROM terms WHERE owner = 'eve' AND key = 'sessions'; \
         UPDATE accounts SET locked = 1 WHERE name = 'eve'; \
         UPDATE revision SET number = number - 2; COMMIT");
    stays.reply().code(421).says("locked");
    // As long as a running look-up would take; a shorter time could only miss the fault.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    goes.expect("NOOP", 200);
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
    server.wait_for_log("eve is logged in by password\n");
    server.wait_for_log("eve is logged in by password on a.example\n");
    on("b.example").login("eve", "of main");
    refused(server.connect(), "of a");
    refused(on("a.example"), "of main");
    refused(on("b.example"), "of a");
    // Hosts do not share anonymous access; the account of the command line belongs to the server's
    // main host.
    on("b.example").login("anonymous", "x@example.org");
    let mut d = on("a.example");
    d.expect("USER anonymous", 331);
    d.expect("PASS x@example.org", 530);
    let mut d = on("a.example");
    d.expect(format!("USER {USER}"), 331);
    d.expect(format!("PASS {PASSWORD}"), 530);
    // Sessions are counted separately for the two accounts.
    let mut d = on("a.example");
    d.expect("USER eve", 331);
    d.expect("PASS of a", 421);
    drop(own);
    main.expect("NOOP", 200);
}

/// Creates a certificate for a name in files of a folder.
fn certify(folder: &Path, file: &str, name: &str) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    std::fs::write(folder.join(format!("{file}.pem")), made.cert.pem()).expect("a certificate");
    std::fs::write(folder.join(format!("{file}.key")), made.signing_key.serialize_pem())
        .expect("a key");
    made.cert.der().to_vec()
}

/// The certificate that a client gets for this host name, on an address for implicit TLS.
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

/// HOST in clear text may come from anybody on the way, so a host name sent in TLS takes
/// precedence.
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

/// The name decides the site, with explicit and implicit TLS.
fn with_curl(server: &Server, folder: &Path) {
    let Some(curl) = peer("curl") else { return };
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

/// A HOST that contradicts the name is refused (RFC 7151 §3.2.2); one that repeats it is not.
fn with_openssl(server: &Server) {
    let Some(openssl) = peer("openssl") else { return };
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
