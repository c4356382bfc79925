//! Upgrades without refusing a client: starts the program again, from its current file and with the
//! same arguments, and passes it the listening sockets and a connection to the keeper of PAM. Once
//! the new server reports that it is ready, the old one stops accepting connections. Until then,
//! and if the new one fails, the old one continues.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use packetboat_server::Lent;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::task::spawn_blocking;

use super::sites::Secrets;
use super::{external_logins, inherit};

/// How long the new server may take to become ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most that is read of its error message.
const WORDS: usize = 4096;

/// How this program was started.
pub(super) struct Program {
    file: io::Result<PathBuf>,
    arguments: Vec<OsString>,
    /// Secrets that were generated or typed, which the new server needs, too.
    secrets: Vec<(&'static str, String)>,
}

impl Program {
    /// To be called at the start, while the file is still the one that is running.
    pub(super) fn now(secrets: &Secrets) -> Self {
        let arguments = std::env::args_os().skip(1).collect();
        Self { file: std::env::current_exe(), arguments, secrets: secrets.to_hand_over() }
    }

    /// The folder of the program file.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        Some(self.file.as_ref().ok()?.parent()?.to_owned())
    }

    /// Starts the new server, waits until it is ready, and returns its process id.
    pub(super) async fn start(&self, lent: Vec<Lent>, acme: Vec<OwnedFd>) -> Result<u32, String> {
        let file = self
            .file
            .as_ref()
            .map_err(|error| format!("the path of this program is unknown: {error}"))?;
        let mut command = Command::new(file);
        command.args(&self.arguments).envs(self.secrets.iter().cloned());
        let file = file.display().to_string();
        // Talking to the keeper, starting a process and waiting for it all block.
        let started = spawn_blocking(move || {
            let keeper = external_logins::line_for_another()
                .map_err(|why| format!("cannot hand over the connection to PAM: {why}"))?;
            let (name, value) = inherit::variable(&lent, acme.len(), keeper.is_some());
            command.env(name, value);
            let (child, pipe) = spawn(command, lent, acme.into_iter().chain(keeper))
                .map_err(|error| format!("cannot start {file}: {error}{}", hint(&error)))?;
            wait(child, pipe, PATIENCE)
        });
        started.await.unwrap_or_else(|error| Err(error.to_string()))
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; this user needs access to its folder and to the libraries it loads"
        }
        _ => "",
    }
}

fn spawn(
    mut command: Command,
    lent: Vec<Lent>,
    behind: impl Iterator<Item = OwnedFd>,
) -> io::Result<(Child, OwnedFd)> {
    let (pipe, ready) = io::pipe()?;
    let sockets = lent.into_iter().map(|lent| lent.socket);
    let descriptors = sockets.chain(behind).chain([ready.into()]);
    let mapping = |(parent_fd, child_fd)| FdMapping { parent_fd, child_fd };
    command.fd_mappings(descriptors.zip(3..).map(mapping).collect()).map_err(io::Error::other)?;
    // Dropping the command closes its copies of the descriptors, so that the pipe ends with the
    // child.
    Ok((command.spawn()?, pipe.into()))
}

/// Waits for the new server. It is killed if it says nothing in time, or anything other than that
/// it is ready.
fn wait(mut child: Child, pipe: OwnedFd, patience: Duration) -> Result<u32, String> {
    let said = hear(pipe, patience);
    if said.as_deref().is_ok_and(|said| said == "ready") {
        return Ok(child.id());
    }
    if said.is_err() {
        // It may have ended by itself in the meantime.
        let _ = child.kill();
    }
    let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    Err(match said {
        Ok(words) if words.is_empty() => format!("the new server ended ({status})"),
        Ok(words) => format!("the new server says: {words}"),
        Err(error) => format!("the new server was not ready in time: {error}"),
    })
}

/// Reads "ready", or everything up to the end: an error message may have several lines.
fn hear(pipe: OwnedFd, patience: Duration) -> io::Result<String> {
    let deadline = Instant::now() + patience;
    let mut pipe = std::fs::File::from(pipe);
    let (mut words, mut buffer) = (Vec::new(), [0; 512]);
    while words != b"ready\n" && words.len() < WORDS {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&pipe, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            // This process received a signal.
            Err(rustix::io::Errno::INTR) => continue,
            polled => drop(polled?),
        }
        match pipe.read(&mut buffer)? {
            0 => break,
            count => words.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&words).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(said: Vec<u8>) -> String {
        let (pipe, mut end) = io::pipe().expect("a pipe");
        let saying = std::thread::spawn(move || io::Write::write_all(&mut end, &said));
        let heard = hear(pipe.into(), PATIENCE).expect("words");
        assert!(saying.join().is_ok_and(|said| said.is_ok()));
        heard
    }

    #[test]
    fn a_new_server_that_is_not_ready_in_time_is_ended() {
        // Without being killed it would run long after this test.
        let child = Command::new("sleep").arg("600").spawn().expect("a process");
        let process = child.id();
        let (pipe, _end) = io::pipe().expect("a pipe");
        let why =
            wait(child, pipe.into(), Duration::from_millis(100)).expect_err("it says nothing");
        assert!(why.starts_with("the new server was not ready in time: "), "{why}");
        assert!(!std::path::Path::new(&format!("/proc/{process}/stat")).exists());
    }

    #[test]
    fn a_reason_of_many_lines_is_heard_to_its_end() {
        let lines: String = (0..30).map(|line| format!("\n  setting {line} is wrong")).collect();
        let reason = format!("30 settings are wrong:{lines}");
        assert!(reason.len() > 512 && reason.len() < WORDS);
        assert_eq!(heard(format!("{reason}\n").into_bytes()), reason);
    }

    #[test]
    fn a_server_that_is_ready_is_not_waited_for_to_its_end() {
        let (pipe, mut end) = io::pipe().expect("a pipe");
        io::Write::write_all(&mut end, b"ready\n").expect("the pipe");
        assert_eq!(hear(pipe.into(), PATIENCE).expect("words"), "ready");
    }
}
