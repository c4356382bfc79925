//! A file open for writing within a quota.

#[cfg(unix)]
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use packetboat_codes::Fault;

use super::meter::{Change, Meter, Own, sum};
use crate::{Committed, Kept, Opened, Result, SMALL_FILE, Storage, Usage, VirtualPath, WriteFile};

/// A file whose bytes are counted before they are written.
pub(super) struct QuotaWrite {
    /// `None` once it was ended.
    inner: Option<Box<dyn WriteFile>>,
    /// What of the file is counted: its first bytes, up to here.
    counted: u64,
    /// The length of the file that it replaces, if it replaces one.
    replaces: Option<u64>,
    in_place: bool,
    path: VirtualPath,
    /// What is counted where the count is in doubt.
    disk: Arc<dyn Storage>,
    meter: Arc<Meter>,
    _change: Change,
}

/// What becomes of a file that is not whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Kept,
    Discarded,
    GivenUp,
}

impl QuotaWrite {
    /// Counts what opening has changed. Where nothing more may be stored, it is undone.
    pub(super) fn new(
        inner: Box<dyn WriteFile>,
        disk: &Arc<dyn Storage>,
        meter: &Arc<Meter>,
        change: Change,
    ) -> Result<Self> {
        let Opened { before, len, in_place } = inner.opened();
        meter.give_back(before.map(|bytes| Usage { bytes, files: 1 }).unwrap_or_default());
        meter.add(Usage { bytes: len, files: 1 });
        let mut file = Self {
            counted: len,
            replaces: None,
            in_place,
            path: inner.path().clone(),
            disk: Arc::clone(disk),
            meter: Arc::clone(meter),
            _change: change,
            inner: Some(inner),
        };
        file.replaces = file.inner()?.replaces()?;
        meter.lend(file.lent());
        // What can hold not one byte more is refused before the first one comes; what goes on within a finished
        // file may need none.
        let needs_room = file.position() == len && file.replaces.is_none_or(|old| old <= len);
        let fits = in_place || meter.fits(Usage::default());
        if !fits || needs_room && meter.left() == Some(0) {
            file.end(Rest::Discarded)?;
            return Err(meter.refusal().into());
        }
        Ok(file)
    }

    /// What of the file stands for the file whose place it will take.
    fn lent(&self) -> Usage {
        lent(self.counted, self.replaces)
    }

    /// Counts the file up to so many bytes, or as far as may be.
    fn count_up_to(&mut self, end: u64) -> Result<()> {
        let instead = end.min(self.replaces.unwrap_or_default());
        if let Some(bytes) = instead.checked_sub(self.counted) {
            let more = Usage { bytes, files: 0 };
            self.meter.lend(more);
            self.meter.add(more);
            self.counted = instead;
        }
        if let Some(bytes) = end.checked_sub(self.counted) {
            self.counted += match self.meter.take_bytes(bytes) {
                Err(refused) if self.recounts(refused.fault())? => self.meter.take_bytes(bytes)?,
                taken => taken?,
            };
        }
        Ok(())
    }

    /// Counts anew what is in doubt; whether it was. Blocks then, so nothing that must not wait comes near the limit.
    fn recounts(&mut self, refused: Fault) -> Result<bool> {
        if refused != Fault::QuotaInDoubt {
            return Ok(false);
        }
        // What it was to replace may be among what was taken away.
        let replaces = self.inner()?.replaces()?;
        let own = Own {
            counted: Usage { bytes: self.counted, files: 1 },
            found: self.inner()?.found()?,
            lent: lent(self.counted, replaces),
        };
        let counted = self.meter.recount(&*self.disk, own)?;
        if counted {
            self.replaces = replaces;
        }
        Ok(counted)
    }

    /// What is left has this length; a part without a byte is not left.
    fn settle(&self, left: u64) {
        let files = u64::from(left == 0 && !self.in_place);
        self.meter.give_back(Usage { bytes: self.counted, files });
        self.meter.add(Usage { bytes: left, files: 0 });
    }

    fn inner(&self) -> Result<&dyn WriteFile> {
        self.inner.as_deref().ok_or_else(|| Fault::Io.into())
    }

    fn inner_mut(&mut self) -> Result<&mut Box<dyn WriteFile>> {
        self.inner.as_mut().ok_or_else(|| Fault::Io.into())
    }

    /// Ends it unfinished: kept if that is wanted and it fits beside what it was to replace.
    fn end(&mut self, rest: Rest) -> Result<Kept> {
        let Some(inner) = self.inner.take() else { return Ok(Kept { len: 0 }) };
        let fits = self.in_place || self.meter.fits(self.lent());
        let ended = match rest {
            Rest::Kept if fits => inner.keep_part(),
            Rest::Kept | Rest::Discarded => inner.discard(),
            Rest::GivenUp => inner.give_up(),
        };
        self.meter.take_back(self.lent());
        match &ended {
            Ok(kept) => self.settle(kept.len),
            Err(_) => self.meter.doubt(),
        }
        ended
    }

    /// Its bytes count instead of those of the file whose place it takes.
    fn swap(&mut self) -> Result<()> {
        let gone = self.inner()?.replaces()?.map(|bytes| Usage { bytes, files: 1 });
        // The file whose bytes were to be had may be gone, or be another.
        match self.meter.swap(self.lent(), gone.unwrap_or_default()) {
            true => Ok(()),
            false => Err(self.meter.refusal().into()),
        }
    }

    fn take_place(&mut self) -> Result<Committed> {
        let meter = Arc::clone(&self.meter);
        let _names = meter.names(true)?;
        let swapped = match self.swap() {
            Err(refused) if self.recounts(refused.fault())? => self.swap(),
            swapped => swapped,
        };
        if let Err(refused) = swapped {
            self.end(Rest::Kept)?;
            return Err(refused);
        }
        let Some(inner) = self.inner.take() else { return Err(Fault::Io.into()) };
        let committed = inner.commit();
        match &committed {
            Ok(committed) => {
                meter.give_back(Usage { bytes: self.counted, files: 0 });
                meter.add(Usage { bytes: committed.len, files: 0 });
            }
            // A part is kept, if it could be.
            Err(_) => meter.doubt(),
        }
        committed
    }
}

impl WriteFile for QuotaWrite {
    fn path(&self) -> &VirtualPath {
        &self.path
    }

    fn position(&self) -> u64 {
        self.inner.as_ref().map_or(0, |inner| inner.position())
    }

    fn opened(&self) -> Opened {
        let ended = Opened { before: None, len: 0, in_place: self.in_place };
        self.inner.as_ref().map_or(ended, |inner| inner.opened())
    }

    fn replaces(&self) -> Result<Option<u64>> {
        self.inner()?.replaces()
    }

    fn reserve(&mut self, wanted: u64) -> Result<u64> {
        let position = self.position();
        let counted = self.count_up_to(position.saturating_add(wanted));
        let may = self.counted.saturating_sub(position).min(wanted);
        match counted {
            Err(error) if may == 0 => Err(error),
            _ => self.inner_mut()?.reserve(may),
        }
    }

    fn write(&mut self, mut data: &[u8]) -> Result<()> {
        while !data.is_empty() {
            let may = self.reserve(data.len() as u64)?;
            let (now, later) = data.split_at(usize::try_from(may).unwrap_or(data.len()));
            self.inner_mut()?.write(now)?;
            data = later;
        }
        Ok(())
    }

    fn skip_to(&mut self, offset: u64) -> Result<()> {
        // A hole is left whole or not at all: as long as some of it fits, the rest is asked for, so that what refuses it is
        // no old count.
        while self.counted < offset {
            self.count_up_to(offset)?;
        }
        self.inner_mut()?.skip_to(offset)
    }

    fn sync(&mut self) -> Result<()> {
        self.inner_mut()?.sync()
    }

    fn found(&self) -> Result<Usage> {
        self.inner()?.found()
    }

    /// To take its place the file needs the lock of names, too; and where it might not fit, what is on the disk may
    /// have to be counted.
    fn stores_now(&self) -> bool {
        let inner = self.inner.as_ref().is_some_and(|inner| inner.stores_now());
        let most = sum(self.lent(), Usage { bytes: SMALL_FILE as u64, files: 0 });
        inner && self.meter.fits(most) && self.meter.names_are_free()
    }

    #[cfg(unix)]
    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.inner.as_ref()?.as_fd()
    }

    fn advance(&mut self, count: u64) {
        if let Some(inner) = &mut self.inner {
            inner.advance(count);
        }
    }

    fn commit(mut self: Box<Self>) -> Result<Committed> {
        self.take_place()
    }

    fn keep_part(mut self: Box<Self>) -> Result<Kept> {
        self.end(Rest::Kept)
    }

    fn discard(mut self: Box<Self>) -> Result<Kept> {
        self.end(Rest::Discarded)
    }

    fn give_up(mut self: Box<Self>) -> Result<Kept> {
        self.end(Rest::GivenUp)
    }
}

impl Drop for QuotaWrite {
    fn drop(&mut self) {
        // Nobody is left to be told; the count was set right, or is doubted.
        let _ = self.end(Rest::Kept);
    }
}

/// What of so many bytes is lent: as many as the file has whose place they will take.
fn lent(counted: u64, replaces: Option<u64>) -> Usage {
    let lent = |old| Usage { bytes: counted.min(old), files: 1 };
    replaces.map(lent).unwrap_or_default()
}
