//! Bandwidth limits. The tests check that a transfer takes at least the time that its rate implies;
//! it may take longer on a busy machine.

use std::time::{Duration, Instant};

use packetboat_tests::wait_for;

use crate::{House, login, store};

/// Measures how long the work takes.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}

/// The rate at login used to apply until the next login.
#[test]
fn a_rate_that_changes_holds_in_sessions_that_are_open() {
    let house = House::new();
    house.add("anna", &[]);
    let server = house.serve(&[]);
    let mut d = login(&server, "anna");
    let content = packetboat_tests::noise(1 << 20);
    store(&mut d, "STOR f", &content).code(226);
    let mut is_held_back = || timed(|| d.fetch("RETR f")).1 >= Duration::from_millis(850);
    house.user(&["set", "anna", "--rate-down", "1MiB/s"]).ok();
    // A transfer that was slow because of a busy machine is not followed by two more slow ones.
    wait_for("a rate", || (0..3).all(|_| is_held_back()).then_some(()));
    house.user(&["set", "anna", "--rate-down", "unlimited"]).ok();
    wait_for("no rate", || (!is_held_back()).then_some(()));
    server.check_health();
}

#[test]
fn transfers_take_at_least_as_long_as_their_rate_says() {
    let house = House::new();
    house.add("anna", &["--rate-up", "2MiB/s", "--rate-down", "1MiB/s"]);
    house.add("bert", &[]);
    let server =
        house.serve(&["--self-signed", "--session-rate-down", "3MiB/s", "--stall-timeout", "2s"]);
    let mut d = login(&server, "anna");
    let content = packetboat_tests::noise(3 << 20);
    let (reply, up) = timed(|| store(&mut d, "STOR f", &content));
    reply.code(226);
    assert!(up >= Duration::from_millis(1250), "{up:?}");
    let (got, down) = timed(|| d.fetch("RETR f"));
    assert!(got == content && down >= Duration::from_millis(2700), "{down:?}");
    // Two sessions share the rate.
    let half = 1 << 20;
    let (_, both) = timed(|| {
        std::thread::scope(|scope| {
            for name in ["g", "h"] {
                let (server, content) = (&server, &content);
                scope.spawn(move || {
                    let mut d = login(server, "anna");
                    store(&mut d, &format!("STOR {name}"), &content[..2 * half]).code(226);
                });
            }
        });
    });
    assert!(both >= Duration::from_millis(1700), "{both:?}");
    // In another form; and an account without a limit is limited only by the session's rate.
    d.expect("TYPE A", 200);
    let (got, encoded) = timed(|| d.fetch("RETR g"));
    d.expect("TYPE I", 200);
    assert!(got.len() > 2 * half && encoded >= Duration::from_millis(1700), "{encoded:?}");
    let mut bert = login(&server, "bert");
    let (_, up) = timed(|| store(&mut bert, "STOR f", &content).code(226));
    let (got, down) = timed(|| bert.fetch("RETR f"));
    assert!(got == content && down >= Duration::from_millis(800), "{up:?} {down:?}");
    // Whatever stops a transfer also stops one that is being slowed down, here for two minutes.
    let long = std::fs::File::create(house.root("anna").join("long")).expect("a file");
    long.set_len(120 << 20).expect("a length");
    let data = d.epsv();
    d.expect("RETR long", 150);
    let (_, stopped) = timed(|| {
        d.expect("ABOR", 426);
        d.reply().code(226);
    });
    assert!(stopped < Duration::from_secs(60), "{stopped:?}");
    drop(data);
    server.check_health();
}
