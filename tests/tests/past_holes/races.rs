//! Another process swaps a directory for a link to outside while sessions work through it. There is
//! no gap between checking a path and using it, because the kernel resolves the path beneath the
//! root every time.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use packetboat_tests::{Dialogue, Server, Setup};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::{Ground, SECRET, check_trap, login, trap};

/// How often each session goes through all verbs.
const ROUNDS: usize = 60;
/// The number of parallel sessions.
const SESSIONS: usize = 3;

/// Swaps two names until told to stop, and returns how often.
fn swap(one: &Path, other: &Path, stop: &AtomicBool) -> usize {
    let mut swaps = 0;
    while !stop.load(Ordering::Relaxed) {
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).expect("both are there");
        swaps += 1;
    }
    swaps
}

/// Uses a data connection, whatever happens, and returns what was received.
fn through(d: &mut Dialogue, line: &str, sends: Option<&[u8]>) -> Vec<u8> {
    let mut data = d.epsv();
    let mut came = Vec::new();
    if d.ask(line).code == 150 {
        match sends {
            // The server may have given up.
            Some(content) => drop(data.write_all(content)),
            None => {
                let _ = data.read_to_end(&mut came);
            }
        }
        drop(data);
        d.reply();
    }
    came
}

/// Everything that verbs can do with a path through `door`, which is sometimes a directory and
/// sometimes a link to outside.
fn work(mut d: Dialogue, own: usize, read: &AtomicUsize) {
    let see = |what: &[u8], line: &str| {
        let text = String::from_utf8_lossy(what);
        assert!(!text.contains(SECRET), "{line} returned a file from outside");
        assert!(!text.contains("only-outside"), "{line} listed files from outside");
        usize::from(!what.is_empty())
    };
    for round in 0..ROUNDS {
        for line in
            ["RETR door/secret", "LIST door", "NLST door/*", "MLSD door", "RETR door/sub/secret"]
        {
            read.fetch_add(see(&through(&mut d, line, None), line), Ordering::Relaxed);
        }
        let up = format!("door/up-{own}-{round}");
        for line in [format!("STOR {up}"), format!("APPE {up}"), "STOR door/secret".to_owned()] {
            through(&mut d, &line, Some(b"inside"));
        }
        let lines = [
            "STAT door".to_owned(),
            "MLST door/secret".to_owned(),
            "XMD5 door/secret".to_owned(),
            format!("MKD door/made-{own}-{round}"),
            format!("SITE MKDIR door/sub/made-{own}"),
            "DELE door/sub/secret".to_owned(),
            "SITE CHMOD 777 door/secret".to_owned(),
            "MFMT 20200101000000 door/secret".to_owned(),
            "RNFR f".to_owned(),
            format!("RNTO door/f-{own}"),
            format!("RNFR door/f-{own}"),
            "RNTO f".to_owned(),
            "SITE CPFR f".to_owned(),
            format!("SITE CPTO door/copy-{own}"),
            format!("SITE SYMLINK f door/link-{own}"),
            format!("DELE {up}"),
            format!("RMD door/made-{own}-{round}"),
            "RMDA door/sub".to_owned(),
            "MKD door/sub".to_owned(),
            "CWD door".to_owned(),
            "DELE secret".to_owned(),
            "MKD below".to_owned(),
            "CWD /".to_owned(),
        ];
        for line in lines {
            see(d.ask(&line).text().as_bytes(), &line);
        }
        // Fill the inner directory again, through the server.
        through(&mut d, "STOR door/secret", Some(b"inside"));
        through(&mut d, "STOR door/sub/secret", Some(b"inside"));
    }
    d.expect("QUIT", 221);
}

#[test]
fn a_directory_swapped_for_a_link_in_a_loop_lets_nobody_out() {
    let outside = tempfile::tempdir().expect("a folder");
    trap(&outside.path().join("trap"));
    std::fs::create_dir(outside.path().join("trap/sub/only-outside")).expect("a directory");
    let server = Server::start();
    swapped(&server, &outside.path().join("trap"), || server.login());
    std::fs::remove_dir(outside.path().join("trap/sub/only-outside"))
        .expect("it is still there, and empty");
    check_trap(&outside.path().join("trap"));
    server.check_health();
}

/// Accounts with a quota go through more layers, which count what is there before they change it.
#[test]
fn a_quota_and_rules_do_not_open_what_the_root_closes() {
    let outside = tempfile::tempdir().expect("a folder");
    let far = outside.path().join("trap");
    trap(&far);
    let ground = Ground::new();
    ground.add(&["anna", "--rights", "all", "--quota", "1GiB"]).ok();
    let server = ground.serve(Setup::default());
    swapped(&server, &far, || login(&server, "anna"));
    check_trap(&far);
    server.check_health();
}

fn swapped(server: &Server, far: &Path, enter: impl Fn() -> Dialogue) {
    server.write("f", "x");
    std::fs::create_dir_all(server.path("door/sub")).expect("a directory");
    server.write("door/secret", "inside");
    // Both names are in the served folder; the other one is useless to a client except for being
    // refused.
    symlink(far, server.path("other")).expect("a link");
    let (stop, read) = (AtomicBool::new(false), AtomicUsize::new(0));
    let swaps = std::thread::scope(|scope| {
        let (one, other, stop_too) = (server.path("door"), server.path("other"), &stop);
        let swapper = scope.spawn(move || swap(&one, &other, stop_too));
        let sessions: Vec<_> = (0..SESSIONS)
            .map(|own| {
                let (d, read) = (enter(), &read);
                scope.spawn(move || work(d, own, read))
            })
            .collect();
        let ends: Vec<_> = sessions.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        stop.store(true, Ordering::Relaxed);
        let swaps = swapper.join().expect("the swaps");
        for end in ends {
            end.expect("a session that saw nothing of the outside");
        }
        swaps
    });
    // Otherwise nothing was tested.
    assert!(swaps > ROUNDS && read.load(Ordering::Relaxed) > 0, "{swaps} swaps");
}
