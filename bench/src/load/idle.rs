//! Idle sessions: how much memory one costs, and whether very many are held at the same time and
//! still answered.

use std::thread;
use std::time::{Duration, Instant};

use super::Sample;
use crate::Result;
use crate::context::{Context, KIB};
use crate::ftp::Control;
use crate::group::Memory;
use crate::server::Running;

/// The number of sessions that share a source address.
const PER_SOURCE: usize = 200;

pub(crate) fn memory(context: &Context, server: &Running) -> Result<Sample> {
    let count = context.sizes.idle;
    let before = warmed(context, server)?;
    let sessions = open(context, server, count)?;
    let after = settled(server)?;
    let mut sample = per_session(server, before, after, count)?;
    for control in sessions {
        control.quit()?;
    }
    sample.notes.sort_unstable_by_key(|(name, _)| *name);
    Ok(sample)
}

/// How long all answers together may take, so that a silent server is not waited for once per
/// session.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns how many sessions answered while all were open. Sessions that are refused or stay silent
/// do not count.
pub(crate) fn held(context: &Context, server: &Running) -> Result<Sample> {
    let count = context.sizes.held;
    let before = warmed(context, server)?;
    let begin = Instant::now();
    let mut sessions = Vec::with_capacity(count);
    if let Err(error) = open_into(&mut sessions, context, server, count) {
        eprintln!("bench: not all sessions could be opened: {error}");
    }
    let opened = begin.elapsed();
    let after = settled(server)?;
    let begin = Instant::now();
    let cpu = server.group.cpu()?;
    let asked: Vec<bool> =
        sessions.iter_mut().map(|control| control.send("NOOP").is_ok()).collect();
    let mut alive = Vec::with_capacity(count);
    for (mut control, asked) in sessions.into_iter().zip(asked) {
        if asked && begin.elapsed() < PATIENCE && control.expect("NOOP", &[200]).is_ok() {
            alive.push(control);
        }
    }
    let answered = begin.elapsed();
    let cpu = server.group.cpu_at_rest()?.saturating_sub(cpu);
    let each = per_session(server, before, after, count)?;
    let mut notes = vec![
        ("KiB each", each.value),
        ("s to open all", opened.as_secs_f64()),
        ("s to answer all", answered.as_secs_f64()),
    ];
    notes.extend(each.notes);
    let value = alive.len() as f64;
    for control in alive {
        control.quit()?;
    }
    Ok(Sample { value, cpu: Some(cpu.as_secs_f64() / count as f64 * 1e6), notes })
}

/// Opens the first sessions, for which a server sets up much; only the cost of further ones counts.
fn warmed(context: &Context, server: &Running) -> Result<Memory> {
    for control in open(context, server, 8)? {
        control.quit()?;
    }
    settled(server)
}

fn open(context: &Context, server: &Running, count: usize) -> Result<Vec<Control>> {
    let mut sessions = Vec::with_capacity(count);
    open_into(&mut sessions, context, server, count)?;
    Ok(sessions)
}

/// Opens sessions one after the other until one fails.
fn open_into(
    sessions: &mut Vec<Control>,
    context: &Context,
    server: &Running,
    count: usize,
) -> Result<()> {
    let mut source = context.source();
    for number in 0..count {
        if number % PER_SOURCE == PER_SOURCE - 1 {
            source = context.source();
        }
        let control = server.reader_from(source);
        sessions.push(control.map_err(|error| format!("session {}: {error}", number + 1))?);
    }
    Ok(())
}

fn settled(server: &Running) -> Result<Memory> {
    server.group.cpu_at_rest()?;
    thread::sleep(Duration::from_millis(200));
    Ok(server.group.memory()?)
}

fn per_session(server: &Running, before: Memory, after: Memory, count: usize) -> Result<Sample> {
    // Signed, so that a server that releases memory meanwhile shows a negative number.
    let each = |before: u64, after: u64| (after as f64 - before as f64) / KIB as f64 / count as f64;
    let notes = vec![
        ("processes", server.group.pids()?.len() as f64),
        ("threads", server.group.threads()? as f64),
        ("KiB each unshared", each(before.uss, after.uss)),
    ];
    Ok(Sample { value: each(before.pss, after.pss), cpu: None, notes })
}
