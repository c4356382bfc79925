//! What a broken upload has left on the server, and whether the next attempt of the same upload may go on behind
//! it. A server that went away says nothing of it, and what SIZE tells may be an older file of that name or somebody
//! else's: only what proves to be this upload's own is gone on from.

use std::path::Path;

use crate::client::{Client, is_refusal, stat_once};
use crate::copy::Meter;
use crate::error::Error;
use crate::hash::hash_here;
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
    /// The server was asked for a hash and has not answered. A hash may take longer than sending again, so it is asked
    /// for once.
    asked: bool,
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
                progress.before = Some(self.remote_length(&upload.remote).await?);
            }
            return Ok(0);
        }
        let left = self.remote_length(&upload.remote).await?;
        if left == 0 || left > progress.reached.min(size) {
            return Ok(0);
        }
        if std::mem::replace(&mut progress.asked, true) {
            return Ok(0);
        }
        let own = match self.starts_alike(upload, left).await? {
            Some(alike) => alike,
            // Without a hash: it was not there before, so it has come from here.
            None => progress.before.is_some_and(|before| before != left),
        };
        progress.asked = false;
        Ok(if own { left } else { 0 })
    }

    /// Whether a file that is there to its last byte is under its name too: a server may tell the length of a part that
    /// it has kept, and takes it for the file only at the end of a transfer.
    pub(crate) async fn has_its_name(
        &mut self,
        upload: &Upload,
        progress: &Progress,
    ) -> Result<bool, Error> {
        if progress.reached > 0 {
            return Ok(false);
        }
        match stat_once(self.connection().await?, &upload.remote).await {
            Ok(_) => Ok(true),
            Err(error) if is_refusal(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Where an upload goes on that was broken off by an earlier run: behind all that the server has. Where it tells a
    /// hash of that and the hash is another one, the two do not belong together.
    pub(crate) async fn left_by_earlier_run(
        &mut self,
        upload: &Upload,
        size: u64,
        progress: &mut Progress,
    ) -> Result<u64, Error> {
        let left = self.remote_length(&upload.remote).await?;
        let comparable = (1..=size).contains(&left) && self.format.is_verbatim();
        if comparable && !progress.is_own {
            if self.starts_alike(upload, left).await? == Some(false) {
                return Err(Error::mismatch(
                    &upload.local,
                    format!(
                        "the {left} bytes that the server has under that name are not its beginning, so there \
                         is nothing to resume; without -c they are replaced"
                    ),
                ));
            }
            progress.is_own = true;
        }
        Ok(left)
    }

    /// Whether the remote file is the beginning of the local one; `None` where the server tells no hash of it.
    async fn starts_alike(&mut self, upload: &Upload, length: u64) -> Result<Option<bool>, Error> {
        let Some(there) = self.connection().await?.listed_hash(&upload.remote).await? else {
            return Ok(None);
        };
        Ok(Some(hash_here(&upload.local, there.algorithm, length).await? == there.hex))
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
    let text = error.reply()?.text();
    let digits = text.split("REST ").nth(1)?;
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok().filter(|kept| *kept > 0)
}
