//! What a broken upload left on the server, and whether the next attempt may resume it. After a
//! lost connection the server has not said how much it kept, and SIZE may report an older file or
//! somebody else's. So an upload is only resumed if the remote bytes prove to be its own: by a
//! hash, or because they appeared after it began.

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

/// From this length on, the server is asked before the upload what it has under the name. That
/// costs one command; a smaller file is sent again as quickly.
const WORTH_ASKING: u64 = 16 << 20;

/// What is known of an upload from one attempt to the next.
#[derive(Default)]
pub(crate) struct Progress {
    /// Counts the bytes sent.
    pub(crate) meter: Option<Meter>,
    /// How much the server says it has kept.
    pub(crate) kept: Option<u64>,
    /// The furthest offset in the file up to which bytes were sent.
    pub(crate) reached: u64,
    /// The server's last pair of restart markers.
    pub(crate) point: Option<RestartPoint>,
    /// The length of the remote file before anything was sent, if the server was asked.
    before: Option<u64>,
    /// The remote file is the beginning of the local one, as far as can be known.
    is_own: bool,
    /// A hash has proved it.
    is_proven: bool,
    /// The server reports no hash, and its file is older than the local one.
    is_older: bool,
    /// The upload resumes in a part beside an older file that has the name.
    pub(crate) is_beside: bool,
    /// The upload resumes at the end of the file that has the name, with APPE: beside it lies the
    /// part of another upload, to which REST would apply.
    pub(crate) appends: bool,
    /// The server has an empty file under the name.
    pub(crate) is_empty_there: bool,
    /// The server was asked for a hash and did not answer. Computing it may take longer than
    /// sending the file again, so the client asks only once.
    asked: bool,
    /// The local file at the last attempt.
    seen: Option<Seen>,
    /// Bytes of another local file were sent before, under the same name.
    is_foreign: bool,
}

/// A local file at one attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    length: u64,
    modified: Option<SystemTime>,
    /// Device and inode, where the system has them.
    place: Option<(u64, u64)>,
}

impl Seen {
    fn of(found: &Metadata) -> Self {
        let (length, modified) = (found.len(), found.modified().ok());
        Self { length, modified, place: local::place(found) }
    }
}

impl Progress {
    /// The state before the first attempt for a local file.
    pub(crate) fn of(found: &Metadata) -> Self {
        Self { seen: Some(Seen::of(found)), ..Self::default() }
    }

    /// Checks the local file before another attempt, and returns its length. If the file was
    /// replaced or written to, even if it only seems to have grown, what the server has kept need
    /// not be its beginning.
    pub(crate) fn look_again(&mut self, upload: &Upload) -> Result<u64, Error> {
        let found = std::fs::metadata(&upload.local);
        let now = Seen::of(&found.map_err(|error| Error::local(&upload.local, error))?);
        if self.seen.replace(now).is_some_and(|before| now != before) {
            self.disown();
        }
        Ok(now.length)
    }

    /// Resumes in a part beside the file, after `length` bytes.
    fn go_on_beside(&mut self, length: u64) -> u64 {
        self.is_beside = true;
        length
    }

    /// Forgets all reasons to believe that bytes on the server belong to this upload. Only a hash
    /// can prove it now.
    fn disown(&mut self) {
        (self.kept, self.point, self.before) = (None, None, None);
        (self.is_own, self.is_proven, self.is_older) = (false, false, false);
        self.is_foreign |= self.reached > 0;
    }
}

/// The part beside the remote file, on a server that announces how it names its parts (`X-PART`).
enum Beside {
    Nothing,
    /// This many of the upload's first bytes.
    Own(u64),
    /// Bytes that are not, or may not be, the beginning of this upload.
    Other,
}

impl Client {
    /// How much of this upload is on the server: 0 before anything was sent, and 0 if the remote
    /// bytes may be something else.
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
                // Without a hash: bytes that were not there before come from this upload.
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

    /// Whether a completely sent file also has its final name on the server. SIZE may report the
    /// length of a part, which becomes the file only at the end of a transfer.
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

    /// The offset at which to resume an upload that an earlier run broke off: after everything that
    /// the server has of it, under its name or in a part beside an older file. Fails if that is not
    /// the beginning of the local file.
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
        // The part is mostly the right one, and then the older file need not be compared.
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
                "the server has both a file with that name and the part of a broken upload, and reports a hash of \
                 neither, so it is unknown which one to resume; run the command without -c to replace the file"
                    .to_owned()
            }
            Beside::Other | Beside::Nothing if progress.is_older => format!(
                "the {left} bytes that the server has under that name are older than the last change to this file, and \
                 the server reports no hash of them, so they may not be its beginning; run the command without -c to \
                 replace them"
            ),
            Beside::Other | Beside::Nothing if !is_own && (1..=size).contains(&left) => format!(
                "the {left} bytes that the server has under that name are not the beginning of this file, so there is \
                 nothing to resume; run the command without -c to replace them"
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

    /// Whether the remote file is the beginning of the local one, as far as can be known. Once
    /// true, it stays true.
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
            // Without a hash: bytes that were not there before come from this upload; otherwise the
            // time decides.
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

    /// Whether the remote file is older than the last change to the local one, and so may not come
    /// from it. A server that replaces a file only when the new one is complete keeps the older one
    /// during the upload.
    async fn is_older(&mut self, upload: &Upload) -> Result<bool, Error> {
        let there = self.connection().await?.modified(&upload.remote).await?;
        let here = std::fs::metadata(&upload.local).and_then(|found| found.modified());
        let here = here.map_err(|error| Error::local(&upload.local, error))?;
        Ok(there.is_some_and(|there| there < local::timestamp(here)))
    }

    /// Looks for a part beside the remote file. A Packetboat server writes the replacement of a
    /// file into a part, and resumes it with REST and STOR. The part counts only if a hash proves
    /// it to be the beginning of this upload.
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

    /// Whether the remote file is the beginning of the local one; `None` if the server reports no hash.
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

    /// Whether the local file is the beginning of the remote one; `None` if the server reports no
    /// hash of that much of it.
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

/// How much of this upload the server has kept, according to its reply (see [`kept_by`]).
pub(crate) fn kept_of(error: &Error) -> Option<u64> {
    kept_by(error.reply()?)
}

/// How much of a broken upload the server has kept, if its reply names the REST command that
/// resumes it, as a Packetboat server's does.
pub fn kept_by(reply: &Reply) -> Option<u64> {
    let broken =
        matches!(reply.code().class(), Class::TransientNegative | Class::PermanentNegative);
    let text = reply.text();
    let digits = text.split("REST ").nth(1).filter(|_| broken)?;
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok().filter(|kept| *kept > 0)
}
