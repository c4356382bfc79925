//! The loads, one file each. A load gets a fresh server, does its work once and returns one sample.
//! Combining samples is the job of `verdict` and `report`.

pub(crate) mod client;
pub(crate) mod forms;
pub(crate) mod hash;
pub(crate) mod idle;
pub(crate) mod listing;
pub(crate) mod login;
pub(crate) mod slow;
pub(crate) mod small;
pub(crate) mod tls;
pub(crate) mod transfer;

use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::server::Running;

/// The result of one run of a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    /// In the unit of the line.
    pub(crate) value: f64,
    /// Server CPU in the CPU unit of the line, or `None` if CPU does not matter.
    pub(crate) cpu: Option<f64>,
    /// Further interesting numbers.
    pub(crate) notes: Vec<(&'static str, f64)>,
}

/// How long some work took, how much was done, and the server CPU it cost.
struct Timed {
    elapsed: Duration,
    done: u64,
    cpu: Duration,
}

impl Timed {
    fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64()
    }

    fn cpu_each(&self) -> f64 {
        self.cpu.as_secs_f64() / self.done.max(1) as f64
    }
}

/// Runs `work` for all sessions in parallel, each on its own thread, and adds up what was done.
fn timed<S: Send>(
    server: &Running,
    sessions: Vec<S>,
    work: impl Fn(S) -> Result<u64> + Sync,
) -> Result<Timed> {
    let cpu_before = server.group.cpu_at_rest()?;
    let begin = Instant::now();
    let work = &work;
    let done = thread::scope(|scope| {
        let threads: Vec<_> =
            sessions.into_iter().map(|session| scope.spawn(move || work(session))).collect();
        let results = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        results.sum::<Result<u64>>()
    })?;
    let elapsed = begin.elapsed();
    let cpu = server.group.cpu_at_rest()?.saturating_sub(cpu_before);
    Ok(Timed { elapsed, done, cpu })
}

/// Repeats `step` until `duration` is over, and returns how often.
fn repeat(duration: Duration, mut step: impl FnMut(usize) -> Result<()>) -> Result<u64> {
    let begin = Instant::now();
    let mut done = 0;
    while begin.elapsed() < duration {
        step(done)?;
        done += 1;
    }
    Ok(done as u64)
}
