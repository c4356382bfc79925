//! Long unencrypted downloads on Linux: the kernel moves the bytes from the socket to the file with
//! splice(2). The faster they arrive, the more of them have to be waiting before the thread is
//! woken ([`Pace`]).

use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use packetboat_sockets::{LowWater, Pipe};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// The speed is measured over this many bytes.
const LOOK: u64 = 1 << 20;
/// A server is fast if [`LOOK`] bytes arrive within this time.
const FAST: Duration = Duration::from_millis(20);

/// How far splicing got.
#[derive(Debug)]
pub(crate) enum Moved {
    /// To the end of the data.
    All,
    /// Splicing is not possible here. Nothing is lost; the rest has to be read.
    NoFurther,
}

/// Why it did not get to the end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The data connection failed; `TimedOut` if nothing arrived for the stall time.
    Socket(io::Error),
    /// The file failed.
    File(io::Error),
}

/// Moves everything that arrives to the current position of the file, and reports each step to
/// `told`. The socket is in blocking mode before and after.
pub(crate) fn receive(
    socket: &TcpStream,
    file: &File,
    stall: Duration,
    told: impl FnMut(usize),
) -> Result<Moved, Broken> {
    socket.set_nonblocking(true).map_err(Broken::Socket)?;
    let mut pace = Pace::new();
    let moved = run(socket, file, stall, &mut pace, told);
    pace.low_water.set(socket.as_fd(), LowWater::Any);
    socket.set_nonblocking(false).map_err(Broken::Socket)?;
    moved
}

fn run(
    socket: &TcpStream,
    file: &File,
    stall: Duration,
    pace: &mut Pace,
    mut told: impl FnMut(usize),
) -> Result<Moved, Broken> {
    let Ok(pipe) = Pipe::new() else { return Ok(Moved::NoFurther) };
    loop {
        match pipe.fill(socket, usize::MAX) {
            Ok(0) => return Ok(Moved::All),
            Ok(count) => {
                if !drain(&pipe, file, count, &mut told)? {
                    return Ok(Moved::NoFurther);
                }
                pace.moved(count as u64);
            }
            Err(Errno::AGAIN) => pace.wait(socket, stall)?,
            Err(Errno::INTR) => {}
            // This kind of socket cannot be spliced.
            Err(Errno::INVAL) => return Ok(Moved::NoFurther),
            Err(error) => return Err(Broken::Socket(error.into())),
        }
    }
}

/// Empties the pipe into the file. Returns false if this kind of file cannot be spliced to, so that
/// the rest has to be read.
fn drain(
    pipe: &Pipe,
    mut file: &File,
    mut count: usize,
    told: &mut impl FnMut(usize),
) -> Result<bool, Broken> {
    let failed = |error: Errno| Broken::File(error.into());
    // A pipe that still holds bytes does not report its end.
    let none = || Broken::File(io::ErrorKind::WriteZero.into());
    while count > 0 {
        match pipe.drain(file, count) {
            Ok(0) => return Err(none()),
            Ok(moved) => {
                told(moved);
                count -= moved;
            }
            Err(Errno::INTR) => {}
            Err(Errno::INVAL) => {
                let mut rest = vec![0; count];
                let length = pipe.read(&mut rest).map_err(failed)?;
                if length == 0 {
                    return Err(none());
                }
                io::Write::write_all(&mut file, &rest[..length]).map_err(Broken::File)?;
                told(length);
                count -= length;
                if count == 0 {
                    return Ok(false);
                }
            }
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(true)
}

/// Measures how fast bytes arrive, and sets how many must be waiting before the thread is woken.
struct Pace {
    low_water: LowWater,
    since: Instant,
    moved: u64,
}

impl Pace {
    fn new() -> Self {
        Self { low_water: LowWater::default(), since: Instant::now(), moved: 0 }
    }

    fn moved(&mut self, count: u64) {
        self.moved += count;
    }

    /// Whether the last [`LOOK`] bytes arrived fast; `None` until there are that many.
    fn is_fast(&mut self) -> Option<bool> {
        if self.moved < LOOK {
            return None;
        }
        let took = self.since.elapsed();
        (self.since, self.moved) = (Instant::now(), 0);
        Some(took < FAST)
    }

    /// Waits for the next bytes.
    fn wait(&mut self, socket: &TcpStream, stall: Duration) -> Result<(), Broken> {
        match self.is_fast() {
            Some(true) => self.low_water.set(socket.as_fd(), LowWater::Many),
            Some(false) => self.low_water.set(socket.as_fd(), LowWater::Any),
            None => {}
        }
        // The server was fast and no longer is: wake up for the first byte.
        if self.low_water == LowWater::Many && !comes(socket, FAST)? {
            self.low_water.set(socket.as_fd(), LowWater::Any);
        }
        if self.low_water == LowWater::Any && !comes(socket, stall)? {
            return Err(Broken::Socket(io::ErrorKind::TimedOut.into()));
        }
        Ok(())
    }
}

/// Whether something arrives within the time.
fn comes(socket: &TcpStream, within: Duration) -> Result<bool, Broken> {
    let until = Instant::now() + within;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let wait = Timespec::try_from(left)
            .map_err(|_| Broken::Socket(io::ErrorKind::InvalidInput.into()))?;
        match poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&wait)) {
            Ok(count) => return Ok(count > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(Broken::Socket(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
        (server, listener.accept().expect("accepted").0)
    }

    fn content(mut file: File) -> Vec<u8> {
        let mut content = Vec::new();
        file.rewind().expect("at its start");
        file.read_to_end(&mut content).expect("readable");
        content
    }

    #[test]
    fn all_that_was_sent_is_behind_what_the_file_held() {
        let sent: Vec<u8> = (0..8_000_000_u32).map(|number| (number % 251) as u8).collect();
        let (mut server, client) = pair();
        let sender = {
            let sent = sent.clone();
            std::thread::spawn(move || server.write_all(&sent).expect("sent"))
        };
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"head").expect("written");
        let mut told = 0;
        let moved = receive(&client, &file, LONG, |length| told += length).expect("received");
        sender.join().expect("no panic");
        assert!(matches!(moved, Moved::All));
        assert_eq!(told, sent.len());
        assert!(content(file) == [b"head".as_slice(), &sent].concat());
    }

    #[test]
    fn a_file_that_takes_nothing_from_a_pipe_loses_nothing() {
        let (mut server, client) = pair();
        server.write_all(b"the first ").expect("sent");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("appended");
        let file = File::options().append(true).create(true).open(&path).expect("a file");
        let mut told = 0;
        let moved = receive(&client, &file, LONG, |length| told += length).expect("received");
        assert!(matches!(moved, Moved::NoFurther));
        // The caller reads the rest from the blocking socket.
        server.write_all(b"and the rest").expect("sent");
        drop(server);
        let mut rest = String::new();
        (&client).read_to_string(&mut rest).expect("received");
        let found = std::fs::read_to_string(&path).expect("readable");
        assert_eq!((told, found + &rest), (10, "the first and the rest".into()));
    }

    #[test]
    fn a_server_that_falls_silent_is_told_after_the_stall_time() {
        let (mut server, client) = pair();
        server.write_all(b"some").expect("sent");
        let file = tempfile::tempfile().expect("a file");
        let broken =
            receive(&client, &file, Duration::from_millis(50), |_| {}).expect_err("stalled");
        assert!(matches!(broken, Broken::Socket(error) if error.kind() == io::ErrorKind::TimedOut));
        assert_eq!(content(file), b"some");
    }

    #[test]
    fn what_comes_slowly_behind_what_came_fast_is_not_left_waiting() {
        let (mut server, client) = pair();
        client.set_nonblocking(true).expect("set");
        let mut pace = Pace::new();
        pace.low_water.set(client.as_fd(), LowWater::Many);
        assert_eq!(pace.low_water, LowWater::Many);
        server.write_all(b"a few").expect("sent");
        pace.wait(&client, LONG).expect("they are there");
        assert_eq!(pace.low_water, LowWater::Any);
    }
}
