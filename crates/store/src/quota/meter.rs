//! [`Meter`]: counts in memory what an account has stored. All sessions of the account share one
//! meter.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use packetboat_codes::Fault;

use crate::latency::Latency;
use crate::{Error, Progress, Result, Storage, Usage, VirtualPath};

/// A count of the disk is trusted for this many times as long as it took. So a client that is
/// refused again and again uses at most a twentieth of a thread.
const BELIEVED: u32 = 20;
/// The minimum time for which a count is trusted. The cost is limited by the duration of a count,
/// including writing it down; a small quota may be filled and emptied several times a second.
const BELIEVED_AT_LEAST: Duration = Duration::from_millis(100);

/// How much an account may store. `None` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes.
    pub bytes: Option<u64>,
    /// Files, directories and links.
    pub files: Option<u64>,
}

/// Keeps the count of an account permanently. Its operations may block.
pub trait Book: Send + Sync + 'static {
    /// Opens the book before changes begin. Until their end is recorded, the count in the book is
    /// not reliable. Returns the recorded count, or `None` if there is none or a crash has made it
    /// doubtful.
    fn open(&self) -> Result<Option<Usage>>;

    /// Records the result of a count of the disk.
    fn counted(&self, usage: Usage) -> Result<()>;
}

/// How much is stored, and how much may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// What is stored, or `None` while that is unknown.
    pub used: Option<Usage>,
    /// What may be stored.
    pub allowed: Allowance,
}

/// The count of one account.
pub struct Meter {
    book: Box<dyn Book>,
    state: Mutex<State>,
    counted: Condvar,
    /// Held while a name is given to a file or removed, so that for every session that counts, the
    /// old and the new owner of the name change in one step.
    names: Mutex<()>,
    /// How long sessions had to wait for `names`.
    pub(super) calm: Latency,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    /// Stops all counts of the disk.
    counting: Progress,
}

#[derive(Debug)]
struct State {
    used: Usage,
    /// The part of `used` that is lent: the first bytes of uploads, up to the lengths of the files
    /// they will replace.
    lent: Usage,
    allowed: Allowance,
    phase: Phase,
    /// Whether `used` was ever known. While the meter is closed, it is the last known value.
    known: bool,
    /// Changes under way.
    active: usize,
    /// Changes begun so far.
    changes: u64,
    /// Set after a change with unknown outcome: the disk is recounted once no change is under way.
    doubtful: bool,
    /// Until then, a refusal based on the last count of the disk is final.
    believed_until: Option<Instant>,
    /// That count found less than was recorded. Somebody else removes files, so no refusal based on
    /// it is final.
    shrank: bool,
}

/// The change during which a recount takes place: what of it is counted, what of that a walk of the
/// tree finds, and what is lent to it.
#[derive(Clone, Copy, Default)]
pub(super) struct Own {
    pub counted: Usage,
    pub found: Usage,
    pub lent: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No change since the meter was last closed.
    Closed,
    /// Someone is opening the book or counting.
    Counting,
    /// The count in memory is current.
    Open,
}

/// A change under way; dropping it ends the change.
pub(super) struct Change(Arc<Meter>);

impl Drop for Change {
    fn drop(&mut self) {
        self.0.lock().active -= 1;
    }
}

/// The turn of whoever has set [`Phase::Counting`]. Dropping it wakes those who wait: even after an
/// error or a panic, nobody is left waiting.
struct Turn<'a> {
    meter: &'a Meter,
    /// The phase to go back to if the count fails. `None` once the turn is over: from then on the
    /// phase belongs to others, who may be counting already.
    was: Option<Phase>,
    /// Whether the count was in doubt before.
    doubtful: bool,
}

impl Turn<'_> {
    /// Opens the meter after a count. The phase changes and the turn ends under one lock.
    fn end(&mut self, state: &mut State) {
        state.phase = Phase::Open;
        self.was = None;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(was) = self.was.take() {
            let mut state = self.meter.lock();
            state.phase = was;
            state.doubtful |= self.doubtful;
        }
        self.meter.counted.notify_all();
    }
}

impl Meter {
    /// Creates a meter that opens its book when it is first needed.
    pub fn new(book: Box<dyn Book>) -> Self {
        Self::with_clock(book, Box::new(Instant::now))
    }

    /// The same with another clock.
    pub(super) fn with_clock(
        book: Box<dyn Book>,
        clock: Box<dyn Fn() -> Instant + Send + Sync>,
    ) -> Self {
        let state = State {
            used: Usage::default(),
            lent: Usage::default(),
            allowed: Allowance::default(),
            phase: Phase::Closed,
            known: false,
            active: 0,
            changes: 0,
            doubtful: false,
            believed_until: None,
            shrank: false,
        };
        let (counted, names, calm) = (Condvar::new(), Mutex::new(()), Latency::new());
        let counting = Progress::default();
        Self { book, state: Mutex::new(state), counted, names, calm, clock, counting }
    }

    /// Sets how much may be stored.
    pub fn allow(&self, allowed: Allowance) {
        self.lock().allowed = allowed;
    }

    /// How much is stored, and how much may be.
    pub fn measured(&self) -> Measured {
        let state = self.lock();
        Measured { used: state.known.then_some(state.used), allowed: state.allowed }
    }

    /// Sets the last known usage, for queries before the first change.
    pub fn remember(&self, used: Usage) {
        let mut state = self.lock();
        if !state.known {
            (state.used, state.known) = (used, true);
        }
    }

    /// Takes over a count made by somebody else, for queries before the next change, which opens
    /// the book itself. Returns false, and changes nothing, if changes are or recently were under
    /// way: then the count in memory is the current one.
    pub fn learn(&self, used: Usage) -> bool {
        let mut state = self.lock();
        let closed = state.phase == Phase::Closed;
        if closed {
            (state.used, state.known) = (used, true);
        }
        closed
    }

    /// The current usage while the meter is open, or `None` while it is closed.
    pub fn open_count(&self) -> Option<Usage> {
        let state = self.lock();
        (state.phase == Phase::Open).then_some(state.used)
    }

    /// The number of changes begun so far.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Whether all changes are in the book.
    pub fn is_closed(&self) -> bool {
        self.lock().phase == Phase::Closed
    }

    /// The bytes that may still be stored. `None` if there is no limit or the count is unknown.
    pub fn left(&self) -> Option<u64> {
        let state = self.lock();
        let limit = state.allowed.bytes.filter(|_| state.phase == Phase::Open)?;
        Some(limit.saturating_sub(state.charged().bytes))
    }

    /// Marks the count as doubtful after a change with unknown outcome: the disk is recounted once
    /// no change is under way.
    pub fn doubt(&self) {
        self.lock().doubtful = true;
    }

    /// Stops counting: a count in progress fails, no new one starts, and a doubtful count stays
    /// doubtful. For a shutdown that must not wait.
    pub fn stop_counting(&self) {
        self.counting.stop();
    }

    /// The fault to report when the quota is exhausted. Other programs may have removed files, so a
    /// count is put in doubt before it refuses anything, unless it was taken from the disk just
    /// now.
    pub fn refusal(&self) -> Fault {
        let now = (self.clock)();
        let mut state = self.lock();
        state.doubtful |= state.believed_until.is_none_or(|until| now >= until);
        let is_final = !state.doubtful && !state.shrank;
        if is_final { Fault::QuotaExceeded } else { Fault::QuotaInDoubt }
    }

    /// Opens the book and recounts if necessary, for callers that want to know the usage. The error
    /// names what could not be counted. May block.
    pub fn know(self: &Arc<Self>, storage: &dyn Storage) -> Result<Measured> {
        drop(self.begin(storage, true)?);
        Ok(self.measured())
    }

    /// Whether a recount is due and possible, because no change is under way.
    pub fn wants_count(&self) -> bool {
        let state = self.lock();
        state.phase == Phase::Open && state.doubtful && state.active == 0
    }

    /// Closes the meter if no change is under way and the count is not in doubt, and returns the
    /// count to write into the book. The next change opens the book again.
    pub fn close(&self) -> Option<Usage> {
        let mut state = self.lock();
        if state.phase != Phase::Open || state.active > 0 || state.doubtful {
            return None;
        }
        state.phase = Phase::Closed;
        Some(state.used)
    }

    /// Begins a change. Before the first one, this opens the book and recounts if necessary. Others
    /// wait for that or, if they must not wait, get [`Fault::WouldWait`].
    pub(super) fn enter(self: &Arc<Self>, storage: &dyn Storage, waits: bool) -> Result<Change> {
        self.begin(storage, waits).map_err(Error::unnamed)
    }

    fn begin(self: &Arc<Self>, storage: &dyn Storage, waits: bool) -> Result<Change> {
        let mut state = self.lock();
        loop {
            match state.phase {
                Phase::Open if !state.doubtful || state.active > 0 => {
                    state.active += 1;
                    state.changes += 1;
                    return Ok(Change(Arc::clone(self)));
                }
                _ if !waits => return Err(Fault::WouldWait.into()),
                Phase::Counting => {
                    let woken = self.counted.wait(state);
                    state = woken.unwrap_or_else(PoisonError::into_inner);
                }
                was => {
                    state.phase = Phase::Counting;
                    drop(state);
                    state = self.count(was, storage, Own::default())?;
                }
            }
        }
    }

    /// Recounts a doubtful count in the middle of a change, if no other change is under way, and
    /// tells whether it did. Changes that are about to begin wait for it. May block.
    pub(super) fn recount(&self, storage: &dyn Storage, own: Own) -> Result<bool> {
        let mut state = self.lock();
        if state.phase != Phase::Open || !state.doubtful || state.active > 1 {
            return Ok(false);
        }
        state.phase = Phase::Counting;
        drop(state);
        self.count(Phase::Open, storage, own).map(|_| true).map_err(Error::unnamed)
    }

    fn count(&self, was: Phase, storage: &dyn Storage, own: Own) -> Result<MutexGuard<'_, State>> {
        let mut turn = Turn { meter: self, was: Some(was), doubtful: false };
        let known = if was == Phase::Closed { self.book.open()? } else { None };
        // A doubt raised from here on is about changes that this count does not include.
        turn.doubtful = std::mem::take(&mut self.lock().doubtful);
        let known = known.filter(|_| !turn.doubtful);
        let (used, believed_until) = match known {
            Some(used) => (used, None),
            None => {
                let began = (self.clock)();
                let found = storage.usage(&VirtualPath::root(), &self.counting)?;
                let used = sum(difference(found, own.found), own.counted);
                self.book.counted(used)?;
                let ended = (self.clock)();
                let took = ended.saturating_duration_since(began);
                (used, ended.checked_add(took.saturating_mul(BELIEVED).max(BELIEVED_AT_LEAST)))
            }
        };
        let mut state = self.lock();
        let before = state.used;
        state.shrank = state.known && (used.bytes < before.bytes || used.files < before.files);
        (state.used, state.lent) = (used, own.lent);
        state.believed_until = believed_until;
        state.known = true;
        turn.end(&mut state);
        Ok(state)
    }

    /// Counts bytes that are about to be written: as many of the `wanted` ones as the quota allows,
    /// at least one.
    pub(super) fn take_bytes(&self, wanted: u64) -> Result<u64> {
        let mut state = self.lock();
        let left = state.allowed.bytes.map(|limit| limit.saturating_sub(state.charged().bytes));
        let taken = wanted.min(left.unwrap_or(u64::MAX));
        if taken == 0 && wanted > 0 {
            drop(state);
            return Err(self.refusal().into());
        }
        state.used.bytes = state.used.bytes.saturating_add(taken);
        Ok(taken)
    }

    /// Counts a file, directory or link that is about to be created.
    pub(super) fn take_file(&self) -> Result<()> {
        let mut state = self.lock();
        if state.allowed.files.is_some_and(|limit| state.charged().files >= limit) {
            drop(state);
            return Err(self.refusal().into());
        }
        state.used.files = state.used.files.saturating_add(1);
        Ok(())
    }

    /// Counts what is already there.
    pub(super) fn add(&self, usage: Usage) {
        let used = &mut self.lock().used;
        *used = sum(*used, usage);
    }

    /// Stops counting what is gone.
    pub(super) fn give_back(&self, usage: Usage) {
        let used = &mut self.lock().used;
        *used = difference(*used, usage);
    }

    /// Lends usage: what is written in place of something that will be removed needs no room of its
    /// own.
    pub(super) fn lend(&self, usage: Usage) {
        let lent = &mut self.lock().lent;
        *lent = sum(*lent, usage);
    }

    /// Ends a loan, because the data stays without replacing anything, or is gone.
    pub(super) fn take_back(&self, usage: Usage) {
        let lent = &mut self.lock().lent;
        *lent = difference(*lent, usage);
    }

    /// Whether the usage would be within the quota if this much of the loan ended.
    pub(super) fn fits(&self, returned: Usage) -> bool {
        let state = self.lock();
        state.fits(sum(state.charged(), returned))
    }

    /// Ends a loan and stops counting what is replaced, if the result is within the quota.
    pub(super) fn swap(&self, returned: Usage, gone: Usage) -> bool {
        let mut state = self.lock();
        if !state.fits(difference(sum(state.charged(), returned), gone)) {
            return false;
        }
        state.lent = difference(state.lent, returned);
        state.used = difference(state.used, gone);
        true
    }

    /// Whether other changes than the caller's are under way.
    pub(super) fn has_others(&self) -> bool {
        self.lock().active > 1
    }

    /// Locks the names until the guard is dropped.
    pub(super) fn names(&self, waits: bool) -> Result<MutexGuard<'_, ()>> {
        if waits {
            let taken = self.calm.watch(|| self.names.lock());
            return Ok(taken.unwrap_or_else(PoisonError::into_inner));
        }
        match self.names.try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(Fault::WouldWait.into()),
        }
    }

    /// Whether a caller that must not wait can probably lock the names: nobody holds them, and
    /// nobody had to wait long for them recently. Somebody may take them at the next moment, for as
    /// long as one change takes.
    pub(super) fn names_are_free(&self) -> bool {
        self.calm.is_calm() && self.names(false).is_ok()
    }

    /// Each change of the state is one step, so a panic elsewhere leaves it consistent.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What counts against the quota.
    fn charged(&self) -> Usage {
        difference(self.used, self.lent)
    }

    fn fits(&self, charged: Usage) -> bool {
        let within = |count: u64, limit: Option<u64>| limit.is_none_or(|limit| count <= limit);
        within(charged.bytes, self.allowed.bytes) && within(charged.files, self.allowed.files)
    }
}

pub(super) fn sum(one: Usage, other: Usage) -> Usage {
    Usage {
        bytes: one.bytes.saturating_add(other.bytes),
        files: one.files.saturating_add(other.files),
    }
}

fn difference(one: Usage, other: Usage) -> Usage {
    Usage {
        bytes: one.bytes.saturating_sub(other.bytes),
        files: one.files.saturating_sub(other.files),
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("state", &self.lock()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
