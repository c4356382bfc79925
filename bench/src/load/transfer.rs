//! Large files: RETR by one session and by eight, the bare sendfile loops for comparison, and STOR.

use std::fs::{self, File};
use std::io::Write;

use super::{Sample, Timed, timed};
use crate::context::{Context, GIB, MIB};
use crate::server::Running;
use crate::{Result, data, flow, ftp};

pub(crate) fn retrieve_one(context: &Context, server: &Running) -> Result<Sample> {
    retrieve(context, server, 1, context.sizes.big)
}

pub(crate) fn retrieve_eight(context: &Context, server: &Running) -> Result<Sample> {
    retrieve(context, server, 8, context.sizes.shared)
}

fn retrieve(context: &Context, server: &Running, sessions: usize, mib: u64) -> Result<Sample> {
    let name = Context::big_file(mib);
    let path = context.served().join(&name);
    data::warm(&path)?;
    let check = |bytes: u64| {
        if bytes == mib * MIB {
            return Ok(bytes);
        }
        Err(format!("{name} came as {bytes} bytes instead of {}", mib * MIB).into())
    };
    let measured = if !server.kind.speaks_ftp() {
        timed(server, vec![(); sessions], |()| {
            let mut data = ftp::connect(server.addr, None, None)?;
            data.write_all(format!("{}\n", path.display()).as_bytes())?;
            check(flow::discard(&data)?)
        })?
    } else {
        let controls = (0..sessions).map(|_| server.reader()).collect::<Result<Vec<_>>>()?;
        timed(server, controls, |mut control| {
            let bytes = check(control.retrieve(&name)?)?;
            control.quit()?;
            Ok(bytes)
        })?
    };
    Ok(throughput(&measured))
}

pub(crate) fn store(context: &Context, server: &Running) -> Result<Sample> {
    let bytes = context.sizes.upload * MIB;
    let source = context.served().join(Context::big_file(context.sizes.upload));
    data::warm(&source)?;
    let folder = data::fresh_uploads(context)?;
    let file = File::open(source)?;
    let mut control = server.writer()?;
    control.change_folder(&folder)?;
    let measured = timed(server, vec![control], |mut control| {
        control.store("stored.bin", |data| flow::send_file(data, &file, bytes))?;
        control.quit()?;
        Ok(bytes)
    })?;
    take_stored(context, &folder, bytes)?;
    Ok(throughput(&measured))
}

/// Removes the stored file, after checking that it is complete.
pub(super) fn take_stored(context: &Context, folder: &str, bytes: u64) -> Result<()> {
    let path = context.served().join(folder).join("stored.bin");
    let stored = fs::metadata(&path)?.len();
    fs::remove_file(path)?;
    if stored != bytes {
        return Err(format!("stored.bin holds {stored} bytes instead of {bytes}").into());
    }
    Ok(())
}

/// MiB per second, and CPU seconds per GiB.
pub(super) fn throughput(measured: &Timed) -> Sample {
    Sample {
        value: measured.rate() / MIB as f64,
        cpu: Some(measured.cpu_each() * GIB),
        notes: Vec::new(),
    }
}
