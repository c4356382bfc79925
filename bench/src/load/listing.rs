//! Listings: LIST, MLSD and NLST of a large folder, and the memory for listing an even larger one.

use super::{Sample, repeat, timed};
use crate::Result;
use crate::context::{Context, KIB};
use crate::data::{self, ENTRY_MARK};
use crate::ftp::Control;
use crate::server::Running;

pub(crate) fn list(context: &Context, server: &Running) -> Result<Sample> {
    measure(context, server, "LIST")
}

pub(crate) fn mlsd(context: &Context, server: &Running) -> Result<Sample> {
    measure(context, server, "MLSD")
}

pub(crate) fn nlst(context: &Context, server: &Running) -> Result<Sample> {
    measure(context, server, "NLST")
}

fn measure(context: &Context, server: &Running, verb: &'static str) -> Result<Sample> {
    let mut control = server.reader()?;
    control.change_folder(&context.listed())?;
    // The first listing is read and counted; the others must have the same length.
    let bytes = counted(&mut control, verb, context.sizes.entries)?;
    let measured = timed(server, vec![control], |mut control| {
        let done = repeat(context.sizes.duration, |_| match control.download(verb)? {
            count if count == bytes => Ok(()),
            count => Err(format!("a {verb} of {bytes} bytes came as {count}").into()),
        })?;
        control.quit()?;
        Ok(done)
    })?;
    Ok(Sample {
        value: measured.rate(),
        cpu: Some(measured.cpu_each() * 1e3),
        notes: vec![("bytes", bytes as f64)],
    })
}

fn counted(control: &mut Control, verb: &str, entries: usize) -> Result<u64> {
    let listing = control.read(verb)?;
    let text = String::from_utf8_lossy(&listing);
    let found = text.lines().filter(|line| line.contains(ENTRY_MARK)).count();
    if found != entries {
        return Err(format!("{verb} showed {found} of {entries} entries").into());
    }
    Ok(listing.len() as u64)
}

/// The largest growth of the server's resident memory during one LIST.
pub(crate) fn memory_of_long_list(context: &Context, server: &Running) -> Result<Sample> {
    data::prepare_long_list(context)?;
    let mut control = server.reader()?;
    // Start with a small listing, so that one-time costs do not count.
    control.change_folder(&context.listed())?;
    counted(&mut control, "LIST", context.sizes.entries)?;
    control.change_folder(&format!("../{}", context.long_listed()))?;
    let before = server.group.resident()?;
    server.group.reset_peaks()?;
    let measured = timed(server, vec![control], |mut control| {
        let bytes = control.download("LIST")?;
        // Keep the session until the peak is read, because its process holds the number.
        let peak = server.group.peak_resident()?;
        control.quit()?;
        if bytes < context.sizes.many_entries as u64 * 20 {
            return Err(format!("LIST came as {bytes} bytes only").into());
        }
        Ok(peak)
    })?;
    Ok(Sample {
        value: measured.done.saturating_sub(before) as f64 / KIB as f64,
        cpu: Some(measured.cpu.as_secs_f64()),
        notes: vec![("seconds", measured.elapsed.as_secs_f64())],
    })
}
