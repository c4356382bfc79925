//! Large files in a different form than the stored one (TYPE A, MODE B, C and Z), and ABOR in the
//! middle of a download. Rates count bytes of the file, not of the wire.

use std::fs;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::transfer::throughput;
use super::{Sample, timed};
use crate::context::Context;
use crate::server::Running;
use crate::{Result, data, flow};

/// How often ABOR is sent.
const ABORS: usize = 20;
/// How long a download runs before ABOR.
const RUNNING: Duration = Duration::from_millis(20);

pub(crate) fn text(context: &Context, server: &Running) -> Result<Sample> {
    // Each line end becomes two bytes.
    let (length, lines) = data::text_numbers(context);
    retrieve(context, server, &["TYPE A"], |wire| wire == length + lines)
}

pub(crate) fn block(context: &Context, server: &Running) -> Result<Sample> {
    let (length, _) = data::text_numbers(context);
    retrieve(context, server, &["TYPE I", "MODE B"], |wire| {
        wire > length && wire < length + length / 1000
    })
}

pub(crate) fn compressed(context: &Context, server: &Running) -> Result<Sample> {
    let (length, _) = data::text_numbers(context);
    retrieve(context, server, &["TYPE I", "MODE C"], |wire| wire > length / 2 && wire < 2 * length)
}

pub(crate) fn deflate(context: &Context, server: &Running) -> Result<Sample> {
    let (length, _) = data::text_numbers(context);
    retrieve(context, server, &["TYPE I", "MODE Z"], |wire| wire > length / 2000 && wire < length)
}

/// Downloads the text in one session. The bytes are not decoded; `is_whole` checks their number.
fn retrieve(
    context: &Context,
    server: &Running,
    form: &[&str],
    is_whole: impl Fn(u64) -> bool + Sync,
) -> Result<Sample> {
    let path = context.served().join(data::TEXT);
    data::warm(&path)?;
    let length = fs::metadata(path)?.len();
    let mut control = server.reader()?;
    for command in form {
        control.command(command, &[200])?;
    }
    let measured = timed(server, vec![control], |mut control| {
        let line = format!("RETR {}", data::TEXT);
        let stream = control.start_download(&line, None)?;
        let wire = thread::scope(|scope| -> Result<u64> {
            let counting = scope.spawn(|| flow::discard(&stream));
            // In MODE B and C the connection stays open: the reply tells that everything was sent.
            control.expect(&line, &[226, 250])?;
            end(&stream)?;
            counting.join().map_err(|_| "the counting thread panicked")?
        })?;
        control.quit()?;
        if is_whole(wire) {
            return Ok(length);
        }
        Err(format!("{form:?}: {} of {length} bytes came as {wire}", data::TEXT).into())
    })?;
    Ok(throughput(&measured))
}

/// Reads what has arrived, up to the end.
fn end(stream: &TcpStream) -> Result<()> {
    match stream.shutdown(Shutdown::Read) {
        Err(error) if error.kind() != std::io::ErrorKind::NotConnected => Err(error.into()),
        _ => Ok(()),
    }
}

/// The time from ABOR to its own reply, while the client reads no data: the median and, as a note,
/// the worst.
pub(crate) fn abort(context: &Context, server: &Running) -> Result<Sample> {
    let name = Context::big_file(context.sizes.big);
    data::warm(&context.served().join(&name))?;
    let mut times = Vec::with_capacity(ABORS);
    for _ in 0..ABORS {
        let mut control = server.reader()?;
        let stream = control.start_download(&format!("RETR {name}"), None)?;
        thread::sleep(RUNNING);
        let sent = Instant::now();
        control.command("ABOR", &[426])?;
        control.expect("ABOR", &[225, 226])?;
        times.push(sent.elapsed().as_secs_f64() * 1000.0);
        drop(stream);
        control.quit()?;
    }
    times.sort_unstable_by(f64::total_cmp);
    let (median, worst) = (times[ABORS / 2], times[ABORS - 1]);
    Ok(Sample { value: median, cpu: None, notes: vec![("ms at worst", worst)] })
}
