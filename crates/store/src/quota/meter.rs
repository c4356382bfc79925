//! What an account has stored, counted in memory. All sessions of the account share one meter.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use packetboat_codes::Fault;

use crate::calm::Calm;
use crate::{Progress, Result, Storage, Usage, VirtualPath};

/// A count from the disk is believed for so many times as long as it took: whoever is refused again and again
/// takes up no more than a twentieth of a thread.
const BELIEVED: u32 = 20;
/// It is believed for so long at least. What bounds the cost is the time that a count takes, with writing it down; a
/// small quota may be filled and taken away several times a second.
const BELIEVED_AT_LEAST: Duration = Duration::from_millis(100);

/// What an account may store; nothing stands for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes.
    pub bytes: Option<u64>,
    /// Files, directories and links.
    pub files: Option<u64>,
}

/// Where the count of an account lasts. To ask it may block.
pub trait Book: Send + Sync + 'static {
    /// Changes are about to come: until it is told their end, what stands in the book is not to be relied on.
    /// The count that stands there; nothing where there is none, or one that a crash has made doubtful.
    fn open(&self) -> Result<Option<Usage>>;

    /// It was counted anew.
    fn counted(&self, usage: Usage) -> Result<()>;
}

/// How much is stored, and how much may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// What is stored; nothing while it is not known.
    pub used: Option<Usage>,
    /// What may be.
    pub allowed: Allowance,
}

/// The count of one account.
pub struct Meter {
    book: Box<dyn Book>,
    state: Mutex<State>,
    counted: Condvar,
    /// Held by who gives a name to a file or takes it away: what has the name before and what has it after are then
    /// one step for everybody who counts.
    names: Mutex<()>,
    /// How long was waited for them.
    pub(super) calm: Calm,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    /// Ends all that counts.
    counting: Progress,
}

#[derive(Debug)]
struct State {
    used: Usage,
    /// What of it is lent: the first bytes of uploads, as many as the files have whose places they will take.
    lent: Usage,
    allowed: Allowance,
    phase: Phase,
    /// Whether `used` was ever known: while nothing changes it is what was known last.
    known: bool,
    /// Changes under way.
    active: usize,
    /// Changes that have begun.
    changes: u64,
    /// Something went in a way that cannot be told: it is counted anew once no change is under way.
    doubtful: bool,
    /// Until then a refusal by the last count from the disk is final.
    believed_until: Option<Instant>,
    /// That count found less than was counted: somebody takes files away, so no refusal by it is final.
    shrank: bool,
}

/// A change under way in whose middle it is counted: what is counted of it, what of that a walk finds, and what is
/// lent to it.
#[derive(Clone, Copy, Default)]
pub(super) struct Own {
    pub counted: Usage,
    pub found: Usage,
    pub lent: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No change since it was last closed.
    Closed,
    /// Somebody opens the book or counts.
    Counting,
    /// What is in memory counts.
    Open,
}

/// A change under way.
pub(super) struct Change(Arc<Meter>);

impl Drop for Change {
    fn drop(&mut self) {
        self.0.lock().active -= 1;
    }
}

impl Meter {
    /// A meter that asks its book when it is needed first.
    pub fn new(book: Box<dyn Book>) -> Self {
        Self::with_clock(book, Box::new(Instant::now))
    }

    /// The same by another clock.
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
        let (counted, names, calm) = (Condvar::new(), Mutex::new(()), Calm::new());
        let counting = Progress::default();
        Self { book, state: Mutex::new(state), counted, names, calm, clock, counting }
    }

    /// Sets what may be stored.
    pub fn allow(&self, allowed: Allowance) {
        self.lock().allowed = allowed;
    }

    /// How much is stored, and how much may be.
    pub fn measured(&self) -> Measured {
        let state = self.lock();
        Measured { used: state.known.then_some(state.used), allowed: state.allowed }
    }

    /// What was stored last, as far as is known, for who asks before the first change.
    pub fn remember(&self, used: Usage) {
        let mut state = self.lock();
        if !state.known {
            (state.used, state.known) = (used, true);
        }
    }

    /// What was counted anew by somebody else, for who asks before the next change, which asks the book itself. False
    /// if changes are under way or were of late: then what is in memory counts.
    pub fn learn(&self, used: Usage) -> bool {
        let mut state = self.lock();
        let closed = state.phase == Phase::Closed;
        if closed {
            (state.used, state.known) = (used, true);
        }
        closed
    }

    /// What is stored while it changes; nothing while the meter is closed.
    pub fn open_count(&self) -> Option<Usage> {
        let state = self.lock();
        (state.phase == Phase::Open).then_some(state.used)
    }

    /// How many changes have begun.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Whether nothing is changed at present that is not in the book.
    pub fn is_closed(&self) -> bool {
        self.lock().phase == Phase::Closed
    }

    /// The bytes that may still be stored; nothing where there is no limit, or the count is not known.
    pub fn left(&self) -> Option<u64> {
        let state = self.lock();
        let limit = state.allowed.bytes.filter(|_| state.phase == Phase::Open)?;
        Some(limit.saturating_sub(state.charged().bytes))
    }

    /// Something went in a way that cannot be told: it is counted anew once no change is under way.
    pub fn doubt(&self) {
        self.lock().doubtful = true;
    }

    /// From now on nothing is counted anew, and a count that is under way fails; what is in doubt stays so. For an end that must
    /// not wait.
    pub fn stop_counting(&self) {
        self.counting.stop();
    }

    /// Why nothing more may be stored. Other programs may have taken files away, so a count is doubted before it
    /// refuses anything, unless it was taken from the disk just now.
    pub fn refusal(&self) -> Fault {
        let now = (self.clock)();
        let mut state = self.lock();
        state.doubtful |= state.believed_until.is_none_or(|until| now >= until);
        let is_final = !state.doubtful && !state.shrank;
        if is_final { Fault::QuotaExceeded } else { Fault::QuotaInDoubt }
    }

    /// Opens the book if need be, and counts what cannot be relied on: for who wants to know. May block.
    pub fn know(self: &Arc<Self>, storage: &dyn Storage) -> Result<Measured> {
        drop(self.enter(storage, true)?);
        Ok(self.measured())
    }

    /// Whether it waits to be counted anew and may be, since no change is under way.
    pub fn wants_count(&self) -> bool {
        let state = self.lock();
        state.phase == Phase::Open && state.doubtful && state.active == 0
    }

    /// Closes the meter, if no change is under way and there is no doubt. The next change opens the book again; from
    /// now until then the book is right if it has what this returns.
    pub fn close(&self) -> Option<Usage> {
        let mut state = self.lock();
        if state.phase != Phase::Open || state.active > 0 || state.doubtful {
            return None;
        }
        state.phase = Phase::Closed;
        Some(state.used)
    }

    /// A change begins. Before the first one the book is opened, and what cannot be relied on is counted; others wait
    /// for it, or, where nobody may wait, are told [`Fault::WouldWait`].
    pub(super) fn enter(self: &Arc<Self>, storage: &dyn Storage, waits: bool) -> Result<Change> {
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

    /// Counts anew what is in doubt in the middle of a change, if no other is under way; whether it was. Others that
    /// are about to begin wait for it. May block.
    pub(super) fn recount(&self, storage: &dyn Storage, own: Own) -> Result<bool> {
        let mut state = self.lock();
        if state.phase != Phase::Open || !state.doubtful || state.active > 1 {
            return Ok(false);
        }
        state.phase = Phase::Counting;
        drop(state);
        self.count(Phase::Open, storage, own).map(|_| true)
    }

    fn count(&self, was: Phase, storage: &dyn Storage, own: Own) -> Result<MutexGuard<'_, State>> {
        // Whatever happens, nobody is left waiting.
        struct Wake<'a>(&'a Meter, Phase, bool);
        impl Drop for Wake<'_> {
            fn drop(&mut self) {
                let mut state = self.0.lock();
                if state.phase == Phase::Counting {
                    state.phase = self.1;
                    state.doubtful |= self.2;
                }
                drop(state);
                self.0.counted.notify_all();
            }
        }
        let mut wake = Wake(self, was, false);
        let known = if was == Phase::Closed { self.book.open()? } else { None };
        // A doubt that comes from here on is not of what is counted now.
        wake.2 = std::mem::take(&mut self.lock().doubtful);
        let known = known.filter(|_| !wake.2);
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
        (state.phase, state.known) = (Phase::Open, true);
        drop(state);
        drop(wake);
        Ok(self.lock())
    }

    /// Counts bytes that are about to be written, of so many wanted as many as may be, at least one.
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

    /// Counts a file, a directory or a link that is about to be made.
    pub(super) fn take_file(&self) -> Result<()> {
        let mut state = self.lock();
        if state.allowed.files.is_some_and(|limit| state.charged().files >= limit) {
            drop(state);
            return Err(self.refusal().into());
        }
        state.used.files = state.used.files.saturating_add(1);
        Ok(())
    }

    /// Counts what is there already.
    pub(super) fn add(&self, usage: Usage) {
        let used = &mut self.lock().used;
        *used = sum(*used, usage);
    }

    /// What is no longer there counts no more.
    pub(super) fn give_back(&self, usage: Usage) {
        let used = &mut self.lock().used;
        *used = difference(*used, usage);
    }

    /// Counts what is written in the place of something that will go: nobody has to make room for it.
    pub(super) fn lend(&self, usage: Usage) {
        let lent = &mut self.lock().lent;
        *lent = sum(*lent, usage);
    }

    /// What was lent is there to stay, or is not there.
    pub(super) fn take_back(&self, usage: Usage) {
        let lent = &mut self.lock().lent;
        *lent = difference(*lent, usage);
    }

    /// Whether all is within what is allowed, if so much of what is lent were not.
    pub(super) fn fits(&self, returned: Usage) -> bool {
        let state = self.lock();
        state.fits(sum(state.charged(), returned))
    }

    /// What was lent takes the place of what goes, if then all is within what is allowed.
    pub(super) fn swap(&self, returned: Usage, gone: Usage) -> bool {
        let mut state = self.lock();
        if !state.fits(difference(sum(state.charged(), returned), gone)) {
            return false;
        }
        state.lent = difference(state.lent, returned);
        state.used = difference(state.used, gone);
        true
    }

    /// Whether other changes than the one that asks are under way.
    pub(super) fn has_others(&self) -> bool {
        self.lock().active > 1
    }

    /// Names are given or taken until the guard is dropped.
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

    /// Whether names can be had by who must not wait: nobody has them, and nobody has waited long for them of late.
    /// Somebody may take them the next moment, and holds them for as long as one change takes.
    pub(super) fn names_are_free(&self) -> bool {
        self.calm.is_calm() && self.names(false).is_ok()
    }

    /// Each change to the state is one step, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What counts against what is allowed.
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
