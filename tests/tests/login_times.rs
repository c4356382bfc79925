//! The time of a refusal reveals nothing about an account (RFC 2577 §5, §7). Every refusal is
//! delayed to the same time after PASS, whoever refuses and why.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper, leak};
use packetboat_tests::{Server, Setup};

/// Far more than any check takes by itself, so that a refusal that is not delayed is noticed.
const DELAY: Duration = Duration::from_secs(4);

fn serve(keeper: &Keeper, more: &[&'static str]) -> Server {
    let own = [
        "--set",
        "guards.delay=4s",
        "--set",
        "guards.longest-delay=4s",
        "--set",
        "guards.failures=1000",
    ];
    let arguments = [keeper.arguments().as_slice(), &own, more].concat();
    Server::with(Setup { arguments, ..Setup::default() })
}

/// Checks that all are refused with the same text, and none before its time. The logins run in
/// parallel.
fn are_alike(server: &Server, cases: &[(&str, &str)]) {
    std::thread::scope(|scope| {
        for (name, password) in cases {
            scope.spawn(move || {
                let mut d = server.connect();
                // USER reveals nothing, neither in its reply nor by its time.
                d.expect(format!("USER {name}"), 331).says("password");
                let started = Instant::now();
                let reply = d.ask(format!("PASS {password}"));
                let took = started.elapsed();
                assert_eq!(reply.code, 530, "{name}: {}", reply.text());
                assert!(
                    reply.text().starts_with("User or password is wrong"),
                    "{name}: {}",
                    reply.text()
                );
                assert!(took >= DELAY, "{name}: {took:?}");
            });
        }
    });
}

#[test]
fn a_refusal_takes_the_same_time_whatever_refused() {
    let keeper = Keeper::new();
    for words in [
        &["anna"][..],
        &["locked"],
        &["expired", "--expires", "2020-01-01"],
        &["elsewhere", "--network", "192.0.2.0/24"],
        &["coded"],
        &["certified"],
        &["both"],
    ] {
        keeper.add(words);
    }
    keeper.user(&["lock", "locked"]).ok();
    keeper.user(&["totp", "coded", "on", "--totp-append"]).ok();
    keeper.user(&["cert", "certified", "--by-name", "on", "--usage", "only"]).ok();
    keeper.user(&["cert", "both", "--by-name", "on", "--usage", "besides"]).ok();
    let server = serve(&keeper, &[]);
    are_alike(
        &server,
        &[
            ("nobody", KEPT_PASSWORD),
            ("anna", "wrong"),
            ("anna", ""),
            ("locked", KEPT_PASSWORD),
            ("locked", "wrong"),
            ("expired", KEPT_PASSWORD),
            ("elsewhere", KEPT_PASSWORD),
            ("coded", "wrong"),
            ("coded", "wrong000000"),
            ("certified", KEPT_PASSWORD),
            ("both", KEPT_PASSWORD),
            ("' OR 1=1 --", "x"),
        ],
    );
    server.check_health();
}

#[test]
fn a_refusal_of_a_hook_takes_as_long_as_one_of_the_database() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    let hook = keeper.path("hook");
    let script = "#!/bin/sh\ncase $(cat) in\n\
                  *'\"denied\"'*) echo '{\"result\":\"deny\"}';;\n*) echo '{\"result\":\"unknown\"}';;\nesac\n";
    std::fs::write(&hook, script).expect("a program");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("rights");
    let hook = leak(hook.display().to_string());
    let server = serve(&keeper, &["--hook", hook, "--set", "accounts.hook-timeout=60s"]);
    are_alike(&server, &[("anna", "wrong"), ("nobody", "x"), ("denied", "x")]);
    server.wait_for_log("login of denied: refused: the login hook denies it");
    server.check_health();
}
