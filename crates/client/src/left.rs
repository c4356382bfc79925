//! What a broken upload has left on the server, and whether the next attempt of the same upload may go on behind
//! it. A server that went away says nothing of it, and what SIZE tells may be an older file of that name or somebody
//! else's: only what proves to be this upload's own is gone on from.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

use packetboat_codes::Class;
use packetboat_proto::reply::Reply;

use crate::client::{Client, is_refusal, stat_once};
use crate::copy::Meter;
use crate::error::Error;
use crate::hash::hash_here;
use crate::local;
use crate::observer::Event;
use crate::put::Upload;
use crate::restart::RestartPoint;

/// Before a file of this length is sent the server is asked what it has under that name. It costs one command, and a
/// smaller file is as soon sent again.
const WORTH_ASKING: u64 = 16 << 20;

/// What is known of an upload from one attempt to the next.
#[derive(Default)]
pub(crate) struct Progress {
    /// Counts what is sent.
    pub(crate) meter: Option<Meter>,
    /// How much the server says it has kept.
    pub(crate) kept: Option<u64>,
    /// How far in the file the bytes went that were sent.
    pub(crate) reached: u64,
    /// The pair of markers that the server gave last.
    pub(crate) point: Option<RestartPoint>,
    /// How much the server had under the name before anything was sent, where it was asked.
    before: Option<u64>,
    /// What was there before the first attempt is this file's beginning, as far as the server tells.
    is_own: bool,
    /// A hash has proved that.
    is_proven: bool,
    /// The server tells no hash of it, and it is older than the file.
    is_older: bool,
    /// Sending goes on in a part beside an older file that has the name.
    pub(crate) is_beside: bool,
    /// Sending goes on at the end of the file that has the name, though the part of another one lies beside it, which
    /// is what REST would mean.
    pub(crate) appends: bool,
    /// The server has a file under the name, and it is empty.
    pub(crate) is_empty_there: bool,
    /// The server was asked for a hash and has not answered. A hash may take longer than sending again, so it is asked
    /// for once.
    asked: bool,
    /// The local file as it was at the last attempt.
    seen: Option<Seen>,
    /// Something of another local file was sent before.
    is_foreign: bool,
}

/// A local file at one attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    length: u64,
    modified: Option<SystemTime>,
    /// Which one it is, where the system tells.
    place: Option<(u64, u64)>,
}

impl Seen {
    fn of(found: &Metadata) -> Self {
        let (length, modified) = (found.len(), found.modified().ok());
        Self { length, modified, place: local::place(found) }
    }

    /// Whether it is the same file as before, which may have grown: a log goes on being written.
    fn continues(self, before: Self) -> bool {
        self == before
            || self.place.is_some() && self.place == before.place && self.length >= before.length
    }
}

impl Progress {
    /// Of a local file as it is before the first attempt.
    pub(crate) fn of(found: &Metadata) -> Self {
        Self { seen: Some(Seen::of(found)), ..Self::default() }
    }

    /// How long the local file is before another attempt. If it is not the one of the last, what the server has kept of that
    /// need not be its beginning.
    pub(crate) fn look_again(&mut self, upload: &Upload) -> Result<u64, Error> {
        let found = std::fs::metadata(&upload.local);
        let now = Seen::of(&found.map_err(|error| Error::local(&upload.local, error))?);
        if self.seen.replace(now).is_some_and(|before| !now.continues(before)) {
            self.disown();
        }
        Ok(now.length)
    }

    /// Sending goes on behind so many bytes of a part.
    fn go_on_beside(&mut self, length: u64) -> u64 {
        self.is_beside = true;
        length
    }

    /// Nothing that the server has is known to be this upload's, as far as no hash proves it.
    fn disown(&mut self) {
        (self.kept, self.point, self.before) = (None, None, None);
        (self.is_own, self.is_proven, self.is_older) = (false, false, false);
        self.is_foreign |= self.reached > 0;
    }
}

/// What a server that tells the names of its parts has beside an older file.
enum Beside {
    Nothing,
    /// So many of the upload's first bytes.
    Own(u64),
    /// Something else.
    Other,
}

impl Client {
    /// How much of this upload is on the server: nothing before anything was sent, and nothing where what is there may
    /// be something else.
    pub(crate) async fn left_of(
        &mut self,
        upload: &Upload,
        size: u64,
        progress: &mut Progress,
    ) -> Result<u64, Error> {
        if progress.reached == 0 {
            if size >= WORTH_ASKING && progress.before.is_none() {
                progress.before = Some(self.remote_length(&upload.remote).await?.unwrap_or(0));
            }
            return Ok(0);
        }
        let left = self.remote_length(&upload.remote).await?.unwrap_or(0);
        let most = progress.reached.min(size);
        if std::mem::replace(&mut progress.asked, true) {
            return Ok(0);
        }
        let own = match (1..=most).contains(&left) {
            false => false,
            true => match self.starts_alike(&upload.remote, &upload.local, left).await? {
                Some(alike) => alike,
                // Without a hash: it was not there before, so it has come from here.
                None => progress.before.is_some_and(|before| before != left),
            },
        };
        let left = match own {
            true => left,
            false => match self.left_beside(upload, most).await? {
                Beside::Own(length) => length,
                Beside::Nothing | Beside::Other => 0,
            },
        };
        progress.asked = false;
        Ok(left)
    }

    /// Whether a file that is there to its last byte is under its name too: a server may tell the length of a part that
    /// it has kept, and takes it for the file only at the end of a transfer.
    pub(crate) async fn has_its_name(
        &mut self,
        upload: &Upload,
        progress: &Progress,
    ) -> Result<bool, Error> {
        if progress.reached > 0 || progress.is_beside {
            return Ok(false);
        }
        match stat_once(self.connection().await?, &upload.remote).await {
            Ok(_) => Ok(true),
            Err(error) if is_refusal(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Where an upload goes on that was broken off by an earlier run: behind all that the server has of it, under its
    /// name or in a part beside an older file. Where it tells a hash of that and the hash is another one, the two do not
    /// belong together.
    pub(crate) async fn left_by_earlier_run(
        &mut self,
        upload: &Upload,
        size: u64,
        progress: &mut Progress,
    ) -> Result<u64, Error> {
        let there = self.remote_length(&upload.remote).await?;
        progress.is_empty_there = there == Some(0);
        if progress.reached == 0 {
            progress.before.get_or_insert(there.unwrap_or(0));
        }
        (progress.is_beside, progress.appends, progress.is_older) = (false, false, false);
        let Some(left) = there else { return Ok(0) };
        // What lies beside is mostly what is looked for, and then the older file need not be compared.
        let first = if left == size { None } else { Some(self.left_beside(upload, size).await?) };
        let first = match first {
            Some(Beside::Own(length)) => return Ok(progress.go_on_beside(length)),
            first => first,
        };
        let is_own = self.is_beginning(upload, size, left, progress).await?;
        if left == size && (is_own || size == 0) {
            return Ok(left);
        }
        let beside = match first {
            Some(beside) => beside,
            None => self.left_beside(upload, size).await?,
        };
        let mismatch = match beside {
            Beside::Own(length) => return Ok(progress.go_on_beside(length)),
            Beside::Other if is_own && !progress.is_proven => {
                "the server has a file of that name and what a broken upload has left, and tells a hash of neither, so \
                 there is nothing to resume; without -c it is replaced"
                    .to_owned()
            }
            Beside::Other | Beside::Nothing if progress.is_older => format!(
                "the {left} bytes that the server has under that name were there before this file was last changed, and \
                 it tells no hash of them, so they need not be its beginning; without -c they are replaced"
            ),
            Beside::Other | Beside::Nothing if !is_own && (1..=size).contains(&left) => format!(
                "the {left} bytes that the server has under that name are not its beginning, so there is nothing to \
                 resume; without -c they are replaced"
            ),
            other => {
                progress.appends = is_own && matches!(other, Beside::Other);
                if is_own && !progress.is_proven && progress.reached == 0 {
                    let path = upload.local.as_path();
                    self.observer.event(Event::Uncompared { path, length: left });
                }
                return Ok(left);
            }
        };
        Err(Error::not_resumed(&upload.local, mismatch))
    }

    /// Whether what has the name is the beginning of the file, as far as the server tells; what once was stays so.
    async fn is_beginning(
        &mut self,
        upload: &Upload,
        size: u64,
        left: u64,
        progress: &mut Progress,
    ) -> Result<bool, Error> {
        let comparable = (1..=size).contains(&left);
        if comparable && !progress.is_own {
            let alike = self.starts_alike(&upload.remote, &upload.local, left).await?;
            // Without a hash: what was not there before has come from here, else the time decides.
            let has_come = progress.before.is_some_and(|before| before != left);
            progress.is_older = match alike {
                None if progress.is_foreign => true,
                None if has_come && left <= progress.reached => false,
                None => self.is_older(upload).await?,
                Some(_) => false,
            };
            progress.is_proven = alike == Some(true);
            progress.is_own = alike != Some(false) && !progress.is_older;
        }
        Ok(comparable && progress.is_own)
    }

    /// Whether what the server has was last written before the file was: then it need not come from it. A server that
    /// replaces a file only once the new one is whole has an older one all the while.
    async fn is_older(&mut self, upload: &Upload) -> Result<bool, Error> {
        let there = self.connection().await?.modified(&upload.remote).await?;
        let here = std::fs::metadata(&upload.local).and_then(|found| found.modified());
        let here = here.map_err(|error| Error::local(&upload.local, error))?;
        Ok(there.is_some_and(|there| there < local::timestamp(here)))
    }

    /// Our own server writes what is to replace a file beside it, and goes on there with REST and STOR. Only what
    /// proves to be this upload's beginning is gone on from.
    async fn left_beside(&mut self, upload: &Upload, most: u64) -> Result<Beside, Error> {
        let connection = self.connection().await?;
        let Some(part) = connection.features().await?.part_of(&upload.remote) else {
            return Ok(Beside::Nothing);
        };
        let length = match self.remote_length(&part).await? {
            Some(length) if length > 0 => length,
            _ => return Ok(Beside::Nothing),
        };
        let own =
            length <= most && self.starts_alike(&part, &upload.local, length).await? == Some(true);
        Ok(if own { Beside::Own(length) } else { Beside::Other })
    }

    /// Whether the remote file is the beginning of the local one; `None` where the server tells no hash of it.
    async fn starts_alike(
        &mut self,
        remote: &[u8],
        local: &Path,
        length: u64,
    ) -> Result<Option<bool>, Error> {
        let Some(there) = self.connection().await?.listed_hash(remote).await? else {
            return Ok(None);
        };
        Ok(Some(hash_here(local, there.algorithm, length).await? == there.hex))
    }

    /// Whether a local file is the beginning of the remote one; `None` where the server tells no hash of so much of it.
    pub(crate) async fn begins_alike(
        &mut self,
        remote: &[u8],
        local: &Path,
        length: u64,
    ) -> Result<Option<bool>, Error> {
        let there = self.connection().await?.listed_hash_of_start(remote, length).await?;
        let Some(there) = there else { return Ok(None) };
        Ok(Some(hash_here(local, there.algorithm, length).await? == there.hex))
    }
}

/// How much of this upload the server has kept, where its reply to the failure names the REST that goes on from there.
pub(crate) fn kept_of(error: &Error) -> Option<u64> {
    kept_by(error.reply()?)
}

/// How much of an upload that broke off the server has kept, where its reply to that names the REST that goes on from
/// there, as our own server's does.
pub fn kept_by(reply: &Reply) -> Option<u64> {
    let broken =
        matches!(reply.code().class(), Class::TransientNegative | Class::PermanentNegative);
    let text = reply.text();
    let digits = text.split("REST ").nth(1).filter(|_| broken)?;
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok().filter(|kept| *kept > 0)
}
