//! TLS 1.3 with the same certificate for all servers: RETR and STOR of a large file with PROT P,
//! and logins with AUTH.

use std::fs::File;

use super::login::log_in_after;
use super::transfer::{take_stored, throughput};
use super::{Sample, timed};
use crate::context::{Context, MIB};
use crate::ftp::{Control, Login};
use crate::server::Running;
use crate::{Result, data, tls};

pub(crate) fn retrieve(context: &Context, server: &Running) -> Result<Sample> {
    let (name, bytes) = (Context::big_file(context.sizes.big), context.sizes.big * MIB);
    data::warm(&context.served().join(&name))?;
    let control = session(context, server, &Login::ANONYMOUS)?;
    let measured = timed(server, vec![control], |mut control| {
        let line = format!("RETR {name}");
        let mut stream = control.start_download(&line, None)?;
        let connection = tls::negotiate(context.tls()?, &mut stream)?;
        let came = tls::discard(connection, stream, bytes)?;
        control.expect(&line, &[226, 250])?;
        control.quit()?;
        if came < bytes { Err(format!("{name} came as {came} bytes").into()) } else { Ok(bytes) }
    })?;
    Ok(throughput(&measured))
}

pub(crate) fn store(context: &Context, server: &Running) -> Result<Sample> {
    let bytes = context.sizes.upload * MIB;
    let source = context.served().join(Context::big_file(context.sizes.upload));
    data::warm(&source)?;
    let folder = data::fresh_uploads(context)?;
    let mut control = session(context, server, server.kind.writer())?;
    control.change_folder(&folder)?;
    let measured = timed(server, vec![control], |mut control| {
        let line = "STOR stored.bin";
        let mut stream = control.start_download(line, None)?;
        let connection = tls::negotiate(context.tls()?, &mut stream)?;
        tls::send(connection, stream, &mut File::open(&source)?, bytes)?;
        control.expect(line, &[226, 250])?;
        control.quit()?;
        Ok(bytes)
    })?;
    take_stored(context, &folder, bytes)?;
    Ok(throughput(&measured))
}

pub(crate) fn log_in(context: &Context, server: &Running) -> Result<Sample> {
    log_in_after(context, server, |control| control.start_tls(context.tls()?))
}

fn session(context: &Context, server: &Running, login: &Login) -> Result<Control> {
    let mut control = Control::connect(server.addr, None)?;
    control.start_tls(context.tls()?)?;
    control.login(login)?;
    control.binary()?;
    control.command("PBSZ 0", &[200])?;
    control.command("PROT P", &[200])?;
    Ok(control)
}
