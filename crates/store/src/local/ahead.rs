//! What the names of a directory are, looked up ahead of their use: look-ups are most of a listing's time,
//! so where there are two cores a helper thread does them while the listing's own thread writes and sends
//! lines, and does its share when it has nothing else to do. At most a few batches of names wait.

use std::collections::VecDeque;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

use super::metadata;
use crate::{Metadata, Result};

/// Bytes of names that are looked up in one go: some hundred.
const CHUNK: usize = 3 << 10;
/// With fewer chunks than this waiting, more names should be read.
const LOW: usize = 4;
/// A helper with nothing to do for this long ends: the client may be slow.
const IDLE: Duration = Duration::from_millis(5);

/// What is known of one name; nothing if it is gone since the kernel named it.
pub(super) type Looked = Result<Option<Metadata>>;

/// Names, each with its NUL, and what they are, in the same order.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) names: Vec<u8>,
    pub(super) looked_up: Vec<Looked>,
}

/// Chunks of names on their way to be used, in order.
pub(super) struct Ahead {
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
    /// How many slots were taken off the front.
    gone: usize,
    helped: bool,
    over: bool,
}

enum Slot {
    Waiting(Vec<u8>),
    Claimed,
    Done(Chunk),
}

impl Ahead {
    pub(super) fn new(directory: OwnedFd) -> Self {
        let shared = Shared { directory, queue: Mutex::default(), changed: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    pub(super) fn directory(&self) -> &OwnedFd {
        &self.shared.directory
    }

    /// Whether more names should be read before the next chunk is asked for.
    pub(super) fn is_low(&self) -> bool {
        self.shared.lock().slots.len() < LOW
    }

    /// Takes names to be looked up.
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
            // Without a thread to be had, the caller does it all.
            queue.helped = std::thread::Builder::new().spawn(move || shared.help()).is_ok();
        }
    }

    /// The next chunk; nothing if no names wait.
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

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.changed.notify_all();
    }
}

/// A chunk that a thread works on. If the thread fails it waits again, for the other one.
struct Claim<'a> {
    shared: &'a Shared,
    /// Its place, counted from the first chunk of all.
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
    /// No thread leaves the queue half changed, so a panic elsewhere spoils nothing.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first chunk that nobody works on yet.
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
        // A claimed slot never leaves the front.
        let index = number - queue.gone;
        if let Some(slot) = queue.slots.get_mut(index) {
            *slot = filled;
        }
        // Only the front is ever waited for.
        if index == 0 {
            self.changed.notify_all();
        }
    }

    /// The helper's work, until there is none for a while.
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
