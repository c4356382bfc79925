//! Files of 4 KiB one after the other, with EPSV and a data connection for each, in two sessions.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Sample, Timed, repeat, timed};
use crate::context::Context;
use crate::data::{SMALL_FILES, SMALL_SIZE, small_name};
use crate::server::Running;
use crate::{Result, data, flow};

const SESSIONS: usize = 2;

pub(crate) fn retrieve(context: &Context, server: &Running) -> Result<Sample> {
    for number in 0..SMALL_FILES {
        data::warm(&context.served().join("small").join(small_name(number)))?;
    }
    let mut sessions = Vec::new();
    for first in 0..SESSIONS {
        let mut control = server.reader()?;
        control.change_folder("small")?;
        // Each session starts at a different file, so that they do not proceed in step.
        sessions.push((control, first * SMALL_FILES / SESSIONS));
    }
    let measured = timed(server, sessions, |(mut control, first)| {
        let done = repeat(context.sizes.duration, |number| {
            let name = small_name((first + number) % SMALL_FILES);
            match control.retrieve(&name)? {
                SMALL_SIZE => Ok(()),
                bytes => Err(format!("{name} came as {bytes} bytes").into()),
            }
        })?;
        control.quit()?;
        Ok(done)
    })?;
    Ok(per_file(&measured))
}

pub(crate) fn store(context: &Context, server: &Running) -> Result<Sample> {
    let folder = data::fresh_uploads(context)?;
    let file = File::open(context.served().join("small").join(small_name(0)))?;
    let next = AtomicUsize::new(0);
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        let mut control = server.writer()?;
        control.change_folder(&folder)?;
        sessions.push(control);
    }
    let measured = timed(server, sessions, |mut control| {
        let done = repeat(context.sizes.duration, |_| {
            // A new name each time, because some servers do not let anonymous users overwrite
            // files.
            let name = format!("stored-{}.dat", next.fetch_add(1, Ordering::Relaxed));
            control.store(&name, |data| flow::send_file(data, &file, SMALL_SIZE))
        })?;
        control.quit()?;
        Ok(done)
    })?;
    let (files, bytes) = data::count(&context.served().join(folder))?;
    if files != measured.done || bytes != files * SMALL_SIZE {
        let done = measured.done;
        return Err(
            format!("{done} files were stored, but there are {files} with {bytes} bytes").into()
        );
    }
    Ok(per_file(&measured))
}

/// Files per second, and CPU microseconds per file.
fn per_file(measured: &Timed) -> Sample {
    Sample { value: measured.rate(), cpu: Some(measured.cpu_each() * 1e6), notes: Vec::new() }
}
