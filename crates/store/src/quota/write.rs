//! [`QuotaWrite`]: a file open for writing within a quota.

#[cfg(unix)]
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use packetboat_codes::Fault;

use super::meter::{Change, Meter, Own, sum};
use crate::{Committed, Kept, Opened, Result, SMALL_FILE, Storage, Usage, VirtualPath, WriteFile};

/// A file whose bytes are counted before they are written.
pub(super) struct QuotaWrite {
    /// `None` after the file was ended.
    inner: Option<Box<dyn WriteFile>>,
    /// How many bytes of the file are counted, from its start.
    counted: u64,
    /// The length of the file that will be replaced, if there is one.
    replaces: Option<u64>,
    in_place: bool,
    path: VirtualPath,
    /// The storage to recount on if the count is in doubt.
    disk: Arc<dyn Storage>,
    meter: Arc<Meter>,
    _change: Change,
}

/// What to do with an incomplete file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Kept,
    Discarded,
    GivenUp,
}

impl QuotaWrite {
    /// Counts the changes made by opening the file. If the quota is exhausted, undoes them.
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
        // If there is no room for even one byte, refuse the file before any data arrives. Resuming
        // inside a finished file may need no room.
        let needs_room = file.position() == len && file.replaces.is_none_or(|old| old <= len);
        let fits = in_place || meter.fits(Usage::default());
        if !fits || needs_room && meter.left() == Some(0) {
            file.end(Rest::Discarded)?;
            return Err(meter.refusal().into());
        }
        Ok(file)
    }

    /// The part of the file's usage that is lent by the file it will replace.
    fn lent(&self) -> Usage {
        lent(self.counted, self.replaces)
    }

    /// Counts the file up to this length, or as far as the quota allows.
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

    /// Recounts if the count is in doubt, and tells whether it did. This blocks, so writers that
    /// must not wait are kept away from the limit.
    fn recounts(&mut self, refused: Fault) -> Result<bool> {
        if refused != Fault::QuotaInDoubt {
            return Ok(false);
        }
        // The file to be replaced may itself have been removed.
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

    /// Sets the count to the length that was left. An empty part is not left.
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

    /// Ends the file incomplete. The part is kept if that is wanted and it fits beside the file it
    /// was to replace.
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

    /// Counts the file's bytes instead of those of the file it replaces.
    fn swap(&mut self) -> Result<()> {
        let gone = self.inner()?.replaces()?.map(|bytes| Usage { bytes, files: 1 });
        // The file to be replaced may be gone by now, or be a different one.
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
            // A part was kept if possible.
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
        // A hole is written completely or not at all. While some of it fits, ask for the rest, so
        // that it is not refused on the basis of an outdated count.
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

    /// Committing also needs the lock of names, and near the limit it may need a count of the disk.
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
        // There is nobody left to report an error to. The count is correct, or marked as doubtful.
        let _ = self.end(Rest::Kept);
    }
}

/// How many of these counted bytes are lent: at most the length of the file that will be replaced.
fn lent(counted: u64, replaces: Option<u64>) -> Usage {
    let lent = |old| Usage { bytes: counted.min(old), files: 1 };
    replaces.map(lent).unwrap_or_default()
}
