//! Logins: connect, greeting, USER, PASS, QUIT, as fast as four clients can.

use super::{Sample, repeat, timed};
use crate::Result;
use crate::context::Context;
use crate::ftp::{Control, Login};
use crate::server::Running;

const CLIENTS: usize = 4;

/// Sessions from one address before switching to another; each blocks a port for a minute.
const PER_SOURCE: usize = 2_000;

pub(crate) fn log_in(context: &Context, server: &Running) -> Result<Sample> {
    log_in_after(context, server, |_| Ok(()))
}

/// The same, with an action before USER.
pub(super) fn log_in_after(
    context: &Context,
    server: &Running,
    before: impl Fn(&mut Control) -> Result<()> + Sync,
) -> Result<Sample> {
    let measured = timed(server, vec![(); CLIENTS], |()| {
        let mut source = context.source();
        repeat(context.sizes.duration, |number| {
            if number % PER_SOURCE == PER_SOURCE - 1 {
                source = context.source();
            }
            let mut control = Control::connect(server.addr, Some(source))?;
            before(&mut control)?;
            control.login(&Login::ANONYMOUS)?;
            control.quit()
        })
    })?;
    Ok(Sample { value: measured.rate(), cpu: Some(measured.cpu_each() * 1e6), notes: Vec::new() })
}
