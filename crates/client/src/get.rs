//! Downloads: [`Client::get`] fetches a file into a part beside the target, resumes it after a
//! failure, and renames it once it is complete. `start` decides where a download begins;
//! [`crate::claim`] owns the part.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use packetboat_proto::encoding::Marker;
use packetboat_proto::listing_parse::RemoteEntry;
use packetboat_proto::time::Timestamp;

use crate::claim::Claim;
use crate::client::{Client, is_refusal, stat_once};
use crate::completeness::{check_length, goes_by_offset};
use crate::connection::Connection;
use crate::copy::{Meter, SMALL, Sink};
use crate::error::{Error, Phase};
use crate::failure::Failure;
use crate::hash::Check;
use crate::local;
use crate::observer::{Direction, Event};
use crate::restart::RestartPoint;

mod start;

use self::start::{Part, find_start};

/// The owner can always write a part, even if the file to be replaced is read-only.
const OWNER_WRITES: u32 = 0o600;

const DISPLACED: &str = "it was removed or replaced in the meantime";

/// One file to fetch.
#[derive(Clone, Debug)]
pub struct Download {
    /// The path on the server.
    pub remote: Vec<u8>,
    /// The file to create.
    pub local: PathBuf,
    /// Whether to resume what an earlier run left: its part, or a shorter file.
    pub resume: bool,
    /// What a listing has already reported about the file, which saves asking the server.
    pub known: Option<Known>,
}

/// Length, time and permissions of a remote file, as far as the server reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Length in bytes.
    pub size: Option<u64>,
    /// Time of last modification.
    pub modified: Option<Timestamp>,
    /// Permission bits.
    pub mode: Option<u32>,
}

impl Known {
    /// Whether both describe the same content. Permissions are ignored: they change independently,
    /// and the server does not always report them.
    fn is_same_file(self, other: Self) -> bool {
        (self.size, self.modified) == (other.size, other.modified)
    }
}

/// What a transfer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    /// How many bytes moved in this run.
    pub bytes: u64,
    /// How many bytes were already there.
    pub offset: u64,
    /// Whether the whole file was already there under its final name.
    pub complete: bool,
    /// How the two ends were compared, if that was requested.
    pub check: Option<Check>,
}

/// A file that has arrived.
struct Fetched {
    transferred: Transferred,
    /// Whether it is a part that still needs its final name.
    is_part: bool,
    /// The permissions to give it.
    mode: Option<u32>,
}

/// What is kept between the attempts of one download.
struct Progress {
    known: Known,
    asked: bool,
    /// Whether the target did not exist.
    is_new: bool,
    /// The permissions of the replaced file, which the new one inherits.
    replaced_mode: Option<u32>,
    /// Whether the content of the part may be resumed.
    resume: bool,
    began_at: Option<u64>,
    /// Exclusive use of the part.
    claim: Option<Arc<Claim>>,
    /// Whether the first so many local bytes match the server's hash of them. Computing the hash
    /// may exceed the reply timeout, so the client asks once; `None` means that no hash came.
    compared: Option<(u64, Option<bool>)>,
    /// The server accepts REST but ignores it, so everything is fetched from the start.
    ignores_restart: bool,
    /// Where a file that passes through a decoder can be resumed.
    point: Option<RestartPoint>,
    meter: Option<Meter>,
}

impl Progress {
    /// Whether this download, rather than an earlier run, has written the part.
    fn has_own_part(&self) -> bool {
        self.claim.as_deref().is_some_and(Claim::is_begun)
    }

    /// Starts over: forgets what this download and earlier runs have fetched.
    fn begin_anew(&mut self) {
        (self.began_at, self.point) = (None, None);
        (self.resume, self.asked) = (false, false);
    }
}

impl Client {
    /// Fetches one file. The target appears complete or not at all; after a failure the part stays
    /// beside it (see [`part_path`](crate::part_path)).
    pub async fn get(&mut self, download: &Download) -> Result<Transferred, Error> {
        let (local, replaced) = local::target(&download.local)?;
        let download = &Download { local, ..download.clone() };
        self.prepare_for(&download.remote).await?;
        let mut progress = Progress {
            known: download.known.unwrap_or_default(),
            asked: download.known.is_some(),
            is_new: replaced.is_none(),
            replaced_mode: replaced.as_ref().and_then(local::mode),
            resume: download.resume,
            began_at: None,
            claim: None,
            compared: None,
            ignores_restart: false,
            point: None,
            meter: None,
        };
        let (mut attempt, mut ways) = (0, 0);
        let result = loop {
            match self.get_once(download, &mut progress).await {
                Ok(fetched) => break Ok(fetched),
                // The data connection could not be made; the next attempt makes it another way.
                Err(error) if ways < 3 && self.may_go_another_way(&error) => ways += 1,
                Err(error) => {
                    progress.resume |= progress.has_own_part();
                    if let Err(error) = self.recover(error, &mut attempt).await {
                        break Err(error);
                    }
                }
            }
        };
        if let Some(meter) = progress.meter {
            self.observer.event(Event::Ended { id: meter.id });
        }
        let result = self.told_whether_it_goes_on(result);
        let result = result.map_err(|error| match progress.claim.as_deref().map(Claim::keep) {
            Some(Ok(())) => told_of_part(download, error),
            _ => error,
        });
        let fetched = self.told_apart(&download.remote, result).await?;
        self.keep(download, fetched, progress.claim.as_deref()).await
    }

    /// Verifies the file if requested, and gives a part its final name.
    async fn keep(
        &mut self,
        download: &Download,
        fetched: Fetched,
        claim: Option<&Claim>,
    ) -> Result<Transferred, Error> {
        let claim = claim.filter(|_| fetched.is_part);
        let part = local::part_path(&download.local);
        let file = if fetched.is_part { &part } else { &download.local };
        let mut transferred = fetched.transferred;
        let mut unchecked = Ok(());
        if self.options.verify {
            match self.verify(&download.remote, file).await {
                Err(error) if fetched.is_part && error.failure() == Failure::Different => {
                    return Err(error.about(&local::set_aside(&part, &download.local)?));
                }
                // The whole file has arrived, so it gets its name all the same.
                Err(error) if error.failure() == Failure::Unchecked => unchecked = Err(error),
                check => transferred.check = Some(check?),
            }
        }
        if let Some(mode) = fetched.mode {
            match claim {
                Some(claim) => claim.set_mode(mode)?,
                None => local::set_mode(file, mode)?,
            }
        }
        if let Some(claim) = claim {
            claim.complete(&download.local)?;
        }
        unchecked.map(|()| transferred)
    }

    async fn get_once(
        &mut self,
        download: &Download,
        progress: &mut Progress,
    ) -> Result<Fetched, Error> {
        let part = local::part_path(&download.local);
        self.begin_attempt(download, &part, progress).await?;
        let start = find_start(download, &part, progress, self.format, self.observer.as_ref())?;
        let offset = match start {
            Part::Offset(length) => self.check_part(download, &part, length, progress).await?,
            Part::Shorter(length) => self.take_shorter(download, &part, length, progress).await?,
            Part::AlreadyWhole(offset) => {
                self.check_whole_file(download, offset, progress).await?;
                let transferred = Transferred { offset, complete: true, ..Transferred::default() };
                let mode = progress.known.mode.filter(|_| self.options.preserve);
                return Ok(Fetched { transferred, is_part: false, mode });
            }
        };
        let claim = match &progress.claim {
            Some(claim) => Arc::clone(claim),
            None => {
                let claim = Arc::new(self.claim(&part, offset, progress)?);
                Arc::clone(progress.claim.insert(claim))
            }
        };
        claim.holds(offset)?;
        let began_at = *progress.began_at.get_or_insert(offset);
        let size = progress.known.size;
        let start = || self.start(Direction::Get, &download.remote, size, offset);
        let meter = progress.meter.get_or_insert_with(start).clone();
        let received = self.receive_part(download, claim, offset, progress, &meter).await;
        let received = received.map_err(|error| match size {
            Some(size) if size == offset + error.moved() => error.after_all_came(size),
            _ => error,
        })?;
        let length = offset + received;
        check_length(&part, self.format, size, offset, length)?;
        let began_at = progress.began_at.unwrap_or(began_at);
        let bytes = length.saturating_sub(began_at);
        let transferred = Transferred { bytes, offset: began_at, ..Transferred::default() };
        let mode = progress.known.mode.filter(|_| self.options.preserve).or(progress.replaced_mode);
        Ok(Fetched { transferred, is_part: true, mode })
    }

    /// Claims the part of an earlier run or attempt, and asks the server about the current file.
    async fn begin_attempt(
        &mut self,
        download: &Download,
        part: &Path,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        if let Some(claim) = &progress.claim {
            // This attempt resumes what the last one received.
            claim.keep()?;
        }
        if progress.claim.take_if(|claim| claim.is_displaced()).is_some() {
            // The file that has the part's name now is not from this download.
            progress.begin_anew();
            self.observer.event(Event::NotResumed { part, reason: DISPLACED });
        }
        if progress.claim.is_none() {
            progress.claim = Claim::of_existing(part)?.map(Arc::new);
        }
        let preserve = self.options.preserve;
        let connection = self.connection().await?;
        if !progress.asked || progress.began_at.is_some() {
            let now = ask(connection, &download.remote, preserve).await?;
            // A file that changed between two attempts is fetched from the start.
            progress.resume &= progress.began_at.is_none() || now.is_same_file(progress.known);
            (progress.known, progress.asked) = (now, true);
        }
        Ok(())
    }

    /// Where the bytes go: to a part, or to an unnamed file if a new file may be small enough to be
    /// written in one go.
    fn claim(&self, part: &Path, offset: u64, progress: &Progress) -> Result<Claim, Error> {
        let is_small = progress.known.size.is_none_or(|size| size < SMALL as u64);
        // Verification needs a name to open the file by.
        let is_whole = offset == 0 && self.format.is_verbatim() && !self.options.verify;
        let claim = match is_whole && is_small && progress.is_new {
            true => Claim::unnamed(part),
            false => Claim::new(part),
        }?;
        // The part of a private file is private too.
        if let Some(mode) = progress.replaced_mode {
            claim.set_mode(mode | OWNER_WRITES)?;
        }
        Ok(claim)
    }

    /// Where to resume the part of an earlier run: at the start if it is not the beginning of the
    /// remote file. Without a hash from the server, the modification time decides.
    async fn check_part(
        &mut self,
        download: &Download,
        part: &Path,
        length: u64,
        progress: &mut Progress,
    ) -> Result<u64, Error> {
        let of_earlier_run = download.resume && !progress.has_own_part();
        if length == 0 || !of_earlier_run || !goes_by_offset(self.format) {
            return Ok(length);
        }
        let reason = match self.compare_once(&download.remote, part, length, progress).await? {
            Some(false) => "it is not the beginning of the remote file",
            None if local::may_be_stale(part, progress.known.modified) => {
                "the remote file may be newer"
            }
            Some(true) => return Ok(length),
            None => {
                self.observer.event(Event::Uncompared { path: part, length });
                return Ok(length);
            }
        };
        self.observer.event(Event::NotResumed { part, reason });
        Ok(0)
    }

    /// Turns a shorter file at the target, as other programs leave it, into a part, unless the
    /// server's hash shows that it is not the beginning of the remote file.
    async fn take_shorter(
        &mut self,
        download: &Download,
        part: &Path,
        length: u64,
        progress: &mut Progress,
    ) -> Result<u64, Error> {
        let local = &download.local;
        let alike = match length {
            0 => None,
            _ => self.compare_once(&download.remote, local, length, progress).await?,
        };
        if alike == Some(false) {
            let what = "it is not the beginning of the remote file, so it cannot be resumed; run the command without -c to \
                        replace it";
            return Err(Error::not_resumed(local, what));
        }
        if alike.is_none() && length > 0 {
            self.observer.event(Event::Uncompared { path: local, length });
        }
        std::fs::rename(local, part).map_err(|error| Error::local(local, error))?;
        Ok(length)
    }

    /// A local file with the length and time of the remote one is that file, from an earlier
    /// download. If the time differs, the server's hash decides, if there is one.
    async fn check_whole_file(
        &mut self,
        download: &Download,
        length: u64,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let local = &download.local;
        if !goes_by_offset(self.format) || local::has_time(local, progress.known.modified) {
            return Ok(());
        }
        if length > 0
            && self.compare_once(&download.remote, local, length, progress).await? == Some(false)
        {
            let what = "it is as long as the remote file but differs from it, so it cannot be resumed; run the command \
                        without -c to replace it";
            return Err(Error::not_resumed(local, what));
        }
        Ok(())
    }

    async fn compare_once(
        &mut self,
        remote: &[u8],
        local: &Path,
        length: u64,
        progress: &mut Progress,
    ) -> Result<Option<bool>, Error> {
        if let Some((of, alike)) = progress.compared {
            return Ok(alike.filter(|_| of == length));
        }
        progress.compared = Some((length, None));
        let alike = self.begins_alike(remote, local, length).await?;
        progress.compared = Some((length, alike));
        Ok(alike)
    }

    /// Fetches from an offset, or from the start if the server cannot restart there.
    async fn receive_part(
        &mut self,
        download: &Download,
        claim: Arc<Claim>,
        offset: u64,
        progress: &mut Progress,
        meter: &Meter,
    ) -> Result<u64, Error> {
        let modified = progress.known.modified.filter(|_| self.options.times);
        let modified = modified.map(local::system_time);
        let sink = |offset| Sink::Part { claim: Arc::clone(&claim), offset, modified };
        let coding = self.coding();
        let connection = self.connection().await?;
        if !coding.format.is_verbatim() {
            if goes_by_offset(coding.format) {
                let point = RestartPoint { offset, marker: Marker::at(offset) };
                progress.point = (offset > 0).then_some(point);
            }
            let (path, point) = (&download.remote, &mut progress.point);
            let first = connection.retrieve_encoded(path, sink(offset), coding, point, meter).await;
            return match first {
                Err(error) if offset > 0 && refuses_restart(&error) && connection.is_usable() => {
                    *point = None;
                    let again = connection.retrieve_encoded(path, sink(0), coding, point, meter);
                    again.await.map(|whole| whole.saturating_sub(offset))
                }
                result => result,
            };
        }
        let (path, size) = (&download.remote, progress.known.size);
        match connection.retrieve(path, (offset, size), sink(offset), meter).await {
            Err(error) if offset > 0 && refuses_restart(&error) && connection.is_usable() => {
                // The whole file is sent again, so the kept bytes do not count.
                progress.began_at = Some(0);
                let whole = connection.retrieve(path, (0, size), sink(0), meter).await?;
                Ok(whole.saturating_sub(offset))
            }
            Ok(received) if is_too_much(offset, received, size) => {
                (progress.ignores_restart, progress.began_at) = (true, Some(0));
                let part = local::part_path(&download.local);
                let reason = "the server sent more than the rest of the file";
                self.observer.event(Event::NotResumed { part: &part, reason });
                let connection = self.connection().await?;
                let whole = connection.retrieve(path, (0, size), sink(0), meter).await?;
                Ok(whole.saturating_sub(offset))
            }
            result => result,
        }
    }
}

/// Whether a resumed transfer brought more than the rest of the file: then the server ignored the
/// offset or the file has grown, and the local copy may be wrong.
pub(crate) fn is_too_much(offset: u64, received: u64, size: Option<u64>) -> bool {
    offset > 0 && size.is_some_and(|size| offset + received > size)
}

/// Adds a hint that names the part which a broken download left.
fn told_of_part(download: &Download, error: Error) -> Error {
    let part = local::part_path(&download.local);
    let is_told = error.hint().is_some() || error.begins_anew().is_some();
    if error.phase() != Phase::Transfer || is_told || error.path().is_some() {
        return error;
    }
    match local::length(&part) {
        Ok(Some(length)) if length > 0 => error.with_hint(format!(
            "the first {length} bytes are kept in {}; `packetboat get -c` resumes there.",
            part.display()
        )),
        _ => error,
    }
}

/// Whether the server refused REST itself, or the transfer after it with 501, 554 or 555 (RFC 1123
/// §4.1.3.4).
fn refuses_restart(error: &Error) -> bool {
    let rest = error.verb() == Some(packetboat_proto::verbs::Verb::Rest);
    is_refusal(error) && (rest || matches!(error.reply_number(), Some(501 | 554 | 555)))
}

pub(crate) async fn ask(
    connection: &mut Connection,
    path: &[u8],
    preserve: bool,
) -> Result<Known, Error> {
    // Only MLST reports permissions.
    if preserve && connection.features().await?.has("MLST") {
        match stat_once(connection, path).await {
            Ok(RemoteEntry { size, modified, mode, .. }) => {
                return Ok(Known { size, modified, mode });
            }
            Err(error) if !is_refusal(&error) => return Err(error),
            Err(_) => {}
        }
    }
    let size = match connection.size(path).await {
        // Some servers refuse SIZE where RETR works, so only RETR decides.
        Err(error) if is_refusal(&error) => None,
        size => size?,
    };
    Ok(Known { size, modified: connection.modified(path).await?, mode: None })
}
