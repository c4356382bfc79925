//! The processors on which the server's threads may run, as shown in /proc: each worker has a share
//! of its own, and threads that a worker starts are not limited to that share.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;

use packetboat_tests::ports::free_range;
use packetboat_tests::successor::Successor;
use packetboat_tests::{Server, Setup, noise, skip};
use rustix::process::Signal;

/// Parses a list of processors such as `0-3,8`.
fn processors(status: &str) -> BTreeSet<usize> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let list = list.expect("/proc tells").trim();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let ranges = list.split(',').map(|range| range.split_once('-').unwrap_or((range, range)));
    ranges.flat_map(|(first, last)| number(first)..=number(last)).collect()
}

fn own() -> BTreeSet<usize> {
    processors(&std::fs::read_to_string("/proc/thread-self/status").expect("/proc"))
}

/// The processors of each worker, and of each other thread, of a process.
fn threads(process: u32) -> (Vec<BTreeSet<usize>>, Vec<BTreeSet<usize>>) {
    let (mut workers, mut others) = (Vec::new(), Vec::new());
    for thread in std::fs::read_dir(format!("/proc/{process}/task")).expect("its threads") {
        let thread = thread.expect("a thread").path();
        // The thread may have ended meanwhile.
        let Ok(status) = std::fs::read_to_string(thread.join("status")) else { continue };
        match status.contains("Name:\tworker-") {
            true => workers.push(processors(&status)),
            false => others.push(processors(&status)),
        }
    }
    (workers, others)
}

/// Makes the server start threads that move data, on a passive port from a range, which has its own
/// thread.
fn keep_busy(server: &Server) {
    let mut busy = server.login();
    let content = noise(3 << 20);
    busy.store("STOR large", &content);
    assert_eq!(busy.fetch("RETR large"), content);
}

#[test]
fn each_worker_has_processors_of_its_own_and_other_threads_have_all() {
    let all = own();
    if all.len() == 1 {
        return skip("processors", "there is one processor, which all threads share");
    }
    let ports = free_range(10);
    let ports = format!("{}-{}", ports.start(), ports.end());
    let arguments = vec!["--set", "stop.upgrade=true", "--passive-ports", ports.leak()];
    let mut server = Server::with(Setup { arguments, ..Setup::default() });
    let check = |process: u32| {
        keep_busy(&server);
        let (workers, others) = threads(process);
        assert!(workers.len() > 1, "{workers:?}");
        let shared: BTreeSet<usize> = workers.iter().flatten().copied().collect();
        assert_eq!(shared, all, "{workers:?}");
        assert_eq!(workers.iter().map(BTreeSet::len).sum::<usize>(), all.len(), "{workers:?}");
        assert!(others.len() > 1 && others.iter().all(|other| *other == all), "{others:?}");
    };
    check(server.pid());
    // The successor may use all processors, not only the share of the thread that started it.
    server.signal(Signal::USR2);
    let successor = Successor::of(&server);
    check(successor.0.as_raw_nonzero().get().unsigned_abs());
    assert!(server.ended().success());
}

#[test]
fn workers_run_anywhere_where_that_is_set() {
    let arguments = vec!["--set", "server.bind-workers=false"];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    keep_busy(&server);
    let (workers, others) = threads(server.pid());
    assert!(!workers.is_empty());
    assert!(workers.iter().chain(&others).all(|thread| *thread == own()), "{workers:?} {others:?}");
}

/// A service manager may forbid these system calls; the server is then only slower, and says why.
#[test]
fn workers_that_the_system_lets_not_be_bound_are_told_once() {
    use seccompiler::{SeccompAction, SeccompFilter};
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into().expect("a known machine");
    let rules = [(libc::SYS_sched_setaffinity, Vec::new())].into();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, arch);
    let filter: seccompiler::BpfProgram =
        filter.and_then(TryInto::try_into).expect("a filter of system calls");
    // The filter applies to this thread and to everything it starts.
    let server = std::thread::spawn(move || {
        seccompiler::apply_filter(&filter).expect("the kernel takes it");
        Server::start()
    });
    let server = server.join().expect("a server");
    server.check_health();
    server.wait_for_log(
        "cannot bind its workers to processors of their own: Operation not permitted",
    );
    assert_eq!(server.log().matches("cannot bind its workers").count(), 1, "{}", server.log());
    assert!(server.log().contains("allow sched_setaffinity if"), "{}", server.log());
}
