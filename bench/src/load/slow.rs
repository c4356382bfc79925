//! Many slow downloads at the same time, each taking 64 KiB a second for a while. A single thread
//! serves them all, so that the load generator does not become the bottleneck.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::Sample;
use crate::context::{Context, KIB};
use crate::ftp::Control;
use crate::server::Running;
use crate::{Result, data, flow};

const RATE: u64 = 64 * KIB;
const TICK: Duration = Duration::from_millis(50);

/// A small receive window keeps the server waiting for the client, as over a slow line.
const WINDOW: usize = 32 << 10;

/// The fraction of its rate that a download must reach to count as served.
const ENOUGH: f64 = 0.95;

struct Download {
    /// Held open, because a server may end a transfer whose session is gone.
    _control: Option<Control>,
    data: TcpStream,
    taken: u64,
    /// Whether the download ended early. It is then not served; the others continue.
    ended: bool,
}

/// Returns how many downloads got their rate over the whole time.
pub(crate) fn download(context: &Context, server: &Running) -> Result<Sample> {
    let name = Context::big_file(context.sizes.shared);
    data::warm(&context.served().join(&name))?;
    let count = context.sizes.slow;
    let controls =
        (0..count).map(|_| server.reader_from(context.source())).collect::<Result<Vec<_>>>()?;
    // Measured from before the first RETR, since a server that fills the kernel's buffers
    // immediately does the same work as one that follows the client.
    let cpu = server.group.cpu_at_rest()?;
    let mut downloads =
        controls.into_iter().map(|control| start(control, &name)).collect::<Result<Vec<_>>>()?;
    let begin = Instant::now();
    let duration = context.sizes.slow_duration;
    while begin.elapsed() < duration {
        let due = (begin.elapsed().as_secs_f64() * RATE as f64) as u64;
        for download in &mut downloads {
            download.take(due);
        }
        thread::sleep(TICK);
    }
    let cpu = server.group.cpu()?.saturating_sub(cpu).as_secs_f64();
    let (processes, threads) = (server.group.pids()?.len(), server.group.threads()?);
    let wanted = (duration.as_secs_f64() * RATE as f64 * ENOUGH) as u64;
    let served = downloads.iter().filter(|download| download.is_served(wanted)).count();
    let slowest = downloads.iter().map(|download| download.taken).min().unwrap_or(0);
    Ok(Sample {
        value: served as f64,
        cpu: Some(cpu * 1e3 / count as f64),
        notes: vec![
            ("processes", processes as f64),
            ("threads", threads as f64),
            ("KiB/s of the slowest", slowest as f64 / KIB as f64 / duration.as_secs_f64()),
        ],
    })
}

fn start(mut control: Control, name: &str) -> Result<Download> {
    let data = control.start_download(&format!("RETR {name}"), Some(WINDOW))?;
    data.set_nonblocking(true)?;
    Ok(Download { _control: Some(control), data, taken: 0, ended: false })
}

impl Download {
    /// Reads what is available, up to `due` bytes in total.
    fn take(&mut self, due: u64) {
        while self.taken < due && !self.ended {
            let limit = usize::try_from(due - self.taken).unwrap_or(usize::MAX);
            match flow::discard_up_to(&self.data, limit) {
                Ok(Some(0)) | Err(_) => self.ended = true,
                Ok(Some(count)) => self.taken += count as u64,
                Ok(None) => return,
            }
        }
    }

    fn is_served(&self, wanted: u64) -> bool {
        !self.ended && self.taken >= wanted
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// One download that ended early used to end the whole line, so the result could never be less
    /// than all.
    #[test]
    fn a_download_that_ends_early_is_not_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let data = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut download = Download { _control: None, data, taken: 0, ended: false };
        let (mut server, _) = listener.accept().unwrap();
        server.write_all(&[0; 100]).unwrap();
        download.take(100);
        assert!(download.is_served(100) && !download.is_served(101));
        drop(server);
        download.take(101);
        assert!(!download.is_served(100));
    }
}
