//! Where a download begins: what an earlier run or attempt has left of it.

use std::path::Path;

use packetboat_proto::encoding::{Format, RepresentationType};

use super::{Download, Progress};
use crate::error::Error;
use crate::local;
use crate::observer::{Event, Observer};
use crate::restart::RestartPoint;
use crate::whole::goes_by_offset;

pub(super) enum Part {
    Offset(u64),
    /// A file of this length at the target, which may become the part.
    Shorter(u64),
    AlreadyWhole(u64),
}

/// What there is to resume from. Text, records and pages go on at a marker only.
pub(super) fn find_start(
    download: &Download,
    part: &Path,
    progress: &mut Progress,
    format: Format,
    observer: &dyn Observer,
) -> Result<Part, Error> {
    if !progress.resume || progress.ignores_restart {
        progress.point = None;
        return Ok(Part::Offset(0));
    }
    // In MODE Z the length of the whole has to show afterwards whether the server went on in the right place.
    if goes_by_offset(format) && (format.is_verbatim() || progress.known.size.is_some()) {
        return find_part(download, part, progress, observer);
    }
    let local = local::length(&download.local)?;
    let same_bytes = format.representation == RepresentationType::Image;
    if let Some(length) = local.filter(|_| same_bytes && download.resume && !part.exists())
        && progress.known.size == Some(length)
    {
        return Ok(Part::AlreadyWhole(length));
    }
    let point = progress.point.take().or_else(|| RestartPoint::beside(part, format));
    let is_stale = !progress.has_own_part() && local::is_stale(part, progress.known.modified);
    let fits = format.keeps_connection() && !is_stale;
    progress.point = point.filter(|_| fits);
    Ok(Part::Offset(progress.point.as_ref().map_or(0, |point| point.offset)))
}

/// What there is to resume from: the part, or a shorter file at the target.
fn find_part(
    download: &Download,
    part: &Path,
    progress: &Progress,
    observer: &dyn Observer,
) -> Result<Part, Error> {
    let known = progress.known;
    // The same file as before the last attempt is no newer than what that has left, whatever the server's clock says.
    if let Some(length) = local::length(part)? {
        let too_long = known.size.is_some_and(|size| length > size);
        if too_long || !progress.has_own_part() && local::is_stale(part, known.modified) {
            let reason = match too_long {
                true => "it is longer than the remote file",
                false => "the remote file is newer",
            };
            observer.event(Event::NotResumed { part, reason });
            return Ok(Part::Offset(0));
        }
        return Ok(Part::Offset(length));
    }
    // Another attempt without its part begins anew; only `-c` goes on from a file that is there.
    let local = local::length(&download.local)?.filter(|_| download.resume);
    let Some(length) = local else { return Ok(Part::Offset(0)) };
    let mismatch = |what: String| Err(Error::not_resumed(&download.local, what));
    match known.size {
        Some(size) if length > size => mismatch(format!(
            "the local file has {length} bytes, the remote one only {size}, so there is nothing to \
             resume; without -c it is replaced"
        )),
        // Of two files that differ in time the longer one need not begin like the shorter.
        Some(_) if local::is_stale(&download.local, known.modified) => mismatch(
            "the remote file was changed after this one was written, so it may begin in another way; \
             without -c it is replaced"
                .to_owned(),
        ),
        Some(size) if length == size => Ok(Part::AlreadyWhole(length)),
        Some(_) => Ok(Part::Shorter(length)),
        // Nothing is known of it, perhaps because it is not there: RETR of all of it tells.
        None if known.modified.is_none() => Ok(Part::Offset(0)),
        None => mismatch(
            "the server does not tell the length of the file, so it is unknown whether this is all; \
             without -c it is replaced"
                .to_owned(),
        ),
    }
}
