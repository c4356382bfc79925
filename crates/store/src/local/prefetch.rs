//! [`Prefetch`]: looks up the metadata of a directory's names ahead of their use. Lookups take most of
//! a listing's time, so on machines with at least two cores a helper thread does them while the
//! listing's own thread formats and sends lines. That thread joins in when it would otherwise wait.
//! Only a few batches of names are queued at a time.

use std::collections::VecDeque;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

use super::metadata;
use crate::{Metadata, Result};

/// Bytes of names that are looked up in one go: about a hundred names.
const CHUNK: usize = 3 << 10;
/// If fewer chunks than this are queued, more names should be read.
const LOW: usize = 4;
/// A helper thread that is idle for this long ends: the client may be slow.
const IDLE: Duration = Duration::from_millis(5);

/// The metadata of one name, or `None` if it was removed after the kernel returned its name.
pub(super) type Looked = Result<Option<Metadata>>;

/// Names, each followed by a NUL, and their metadata in the same order.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) names: Vec<u8>,
    pub(super) looked_up: Vec<Looked>,
}

/// The queue of chunks, in the order of their use.
pub(super) struct Prefetch {
    shared: Arc<Shared>,
}

struct Shared {
    directory: OwnedFd,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    slots: VecDeque<Slot>,
    /// How many slots were taken off the front so far.
    gone: usize,
    helped: bool,
    over: bool,
}

enum Slot {
    Waiting(Vec<u8>),
    Claimed,
    Done(Chunk),
}

impl Prefetch {
    pub(super) fn new(directory: OwnedFd) -> Self {
        let shared = Shared { directory, queue: Mutex::default(), changed: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    pub(super) fn directory(&self) -> &OwnedFd {
        &self.shared.directory
    }

    /// Whether more names should be read before asking for the next chunk.
    pub(super) fn is_low(&self) -> bool {
        self.shared.lock().slots.len() < LOW
    }

    /// Queues names to be looked up.
    pub(super) fn push(&self, names: &[u8]) {
        let mut queue = self.shared.lock();
        let mut rest = names;
        while !rest.is_empty() {
            let nul = rest.iter().skip(CHUNK).position(|&byte| byte == 0);
            let (chunk, behind) = rest.split_at(nul.map_or(rest.len(), |nul| CHUNK + nul + 1));
            queue.slots.push_back(Slot::Waiting(chunk.to_vec()));
            rest = behind;
        }
        let wanted = queue.slots.len() > 1 && has_two_cores();
        if wanted && queue.helped {
            self.shared.changed.notify_all();
        } else if wanted {
            let shared = Arc::clone(&self.shared);
            // If no thread can be started, the caller does all the work.
            queue.helped = std::thread::Builder::new().spawn(move || shared.help()).is_ok();
        }
    }

    /// The next chunk, or `None` if the queue is empty.
    pub(super) fn next(&self) -> Option<Chunk> {
        let mut queue = self.shared.lock();
        loop {
            match queue.slots.pop_front() {
                None => return None,
                Some(Slot::Done(chunk)) => {
                    queue.gone += 1;
                    return Some(chunk);
                }
                Some(Slot::Waiting(names)) => {
                    queue.gone += 1;
                    drop(queue);
                    let looked_up = self.shared.look_up_each(&names);
                    return Some(Chunk { names, looked_up });
                }
                Some(Slot::Claimed) => queue.slots.push_front(Slot::Claimed),
            }
            queue = match self.shared.claim(&mut queue) {
                Some(claim) => {
                    drop(queue);
                    claim.carry_out();
                    self.shared.lock()
                }
                None => {
                    let woken = self.shared.changed.wait(queue);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.changed.notify_all();
    }
}

/// A chunk that a thread is working on. If that thread panics, the chunk is queued again for the
/// other one.
struct Claim<'a> {
    shared: &'a Shared,
    /// The number of its slot, counted from the very first one.
    number: usize,
    names: Vec<u8>,
}

impl Claim<'_> {
    fn carry_out(mut self) {
        let looked_up = self.shared.look_up_each(&self.names);
        let names = std::mem::take(&mut self.names);
        self.shared.put(self.number, Slot::Done(Chunk { names, looked_up }));
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.names.is_empty() {
            self.shared.put(self.number, Slot::Waiting(std::mem::take(&mut self.names)));
        }
    }
}

impl Shared {
    /// No thread leaves the queue half-changed, so a panic elsewhere does no harm.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims the first chunk that nobody is working on.
    fn claim(&self, queue: &mut Queue) -> Option<Claim<'_>> {
        for (index, slot) in queue.slots.iter_mut().enumerate() {
            if let Slot::Waiting(names) = slot {
                let names = std::mem::take(names);
                *slot = Slot::Claimed;
                return Some(Claim { shared: self, number: queue.gone + index, names });
            }
        }
        None
    }

    fn put(&self, number: usize, filled: Slot) {
        let mut queue = self.lock();
        // A claimed slot is never removed from the front.
        let index = number - queue.gone;
        if let Some(slot) = queue.slots.get_mut(index) {
            *slot = filled;
        }
        // Only the front slot is ever waited for.
        if index == 0 {
            self.changed.notify_all();
        }
    }

    /// The helper thread: works until there has been nothing to do for a while.
    fn help(&self) {
        let mut queue = self.lock();
        while !queue.over {
            if let Some(claim) = self.claim(&mut queue) {
                drop(queue);
                claim.carry_out();
                queue = self.lock();
                continue;
            }
            let waited = self.changed.wait_timeout(queue, IDLE);
            let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if timeout.timed_out() && !queue.slots.iter().any(|s| matches!(s, Slot::Waiting(_))) {
                break;
            }
        }
        queue.helped = false;
    }

    fn look_up_each(&self, names: &[u8]) -> Vec<Looked> {
        let each = names.split_inclusive(|&byte| byte == 0);
        let each = each.filter_map(|name| CStr::from_bytes_with_nul(name).ok());
        each.map(|name| look_up(&self.directory, name)).collect()
    }
}

fn look_up(directory: &OwnedFd, name: &CStr) -> Looked {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(metadata::from_stat(&stat))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn has_two_cores() -> bool {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)) > 1
}
