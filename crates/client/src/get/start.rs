//! Where a download begins, given what an earlier run or attempt has left: [`find_start`].

use std::path::Path;

use packetboat_proto::encoding::{Format, RepresentationType};

use super::{Download, Progress};
use crate::completeness::goes_by_offset;
use crate::error::Error;
use crate::local;
use crate::observer::{Event, Observer};
use crate::restart::RestartPoint;

pub(super) enum Part {
    Offset(u64),
    /// A file of this length at the target, which may become the part.
    Shorter(u64),
    AlreadyWhole(u64),
}

/// What there is to resume. Text, records and pages can only be resumed at a restart marker.
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
    // In MODE Z only the final length shows whether the server resumed at the right place.
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

/// What there is to resume: the part, or a shorter file at the target.
fn find_part(
    download: &Download,
    part: &Path,
    progress: &Progress,
    observer: &dyn Observer,
) -> Result<Part, Error> {
    let known = progress.known;
    // If this download wrote the part, the remote file has not changed since, whatever the server's
    // clock says.
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
    // An attempt whose part is gone starts over; only `-c` resumes a file at the target.
    let local = local::length(&download.local)?.filter(|_| download.resume);
    let Some(length) = local else { return Ok(Part::Offset(0)) };
    let mismatch = |what: String| Err(Error::not_resumed(&download.local, what));
    match known.size {
        Some(size) if length > size => mismatch(format!(
            "the local file has {length} bytes and the remote one only {size}, so there is nothing to \
             resume; run the command without -c to replace it"
        )),
        // The remote file has changed since, so its beginning may differ too.
        Some(_) if local::is_stale(&download.local, known.modified) => mismatch(
            "the remote file was changed after this one was written, so their beginnings may differ; \
             run the command without -c to replace it"
                .to_owned(),
        ),
        Some(size) if length == size => Ok(Part::AlreadyWhole(length)),
        Some(_) => Ok(Part::Shorter(length)),
        // Nothing is known of the remote file, which may not exist; RETR from the start will show.
        None if known.modified.is_none() => Ok(Part::Offset(0)),
        None => mismatch(
            "the server does not report the length of the file, so it is unknown whether this one is \
             complete; run the command without -c to replace it"
                .to_owned(),
        ),
    }
}
