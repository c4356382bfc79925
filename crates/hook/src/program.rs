//! A login hook that is a program. It is started for each login, without the server's environment,
//! in a process group of its own that is killed when it ends.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::LONGEST_ANSWER;
use crate::message::visible;

/// The most bytes of standard error that are kept for the log.
const LONGEST_COMPLAINT: usize = 1024;

/// Checks that the program exists and is executable.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let meta = std::fs::metadata(path);
    let meta =
        meta.map_err(|error| format!("the hook {} cannot be used: {error}", path.display()))?;
    let path = path.display();
    if !meta.is_file() {
        return Err(format!("the hook {path} is not a regular file; name a program"));
    }
    match meta.permissions().mode() & 0o111 {
        0 => Err(format!("the hook {path} is not executable; make it so with `chmod 755 {path}`")),
        _ => Ok(()),
    }
}

/// The program.
pub(crate) struct Start<'a> {
    pub program: &'a Path,
    pub words: &'a [&'a str],
}

/// Starts the program, writes the question and reads the answer, all within the time limit.
pub(crate) fn ask(start: &Start<'_>, question: &[u8], limit: Duration) -> Result<Vec<u8>, String> {
    let deadline = Instant::now() + limit;
    let mut command = Command::new(start.program);
    command.args(start.words).env_clear();
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    command.current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| not_started(&error))?;
    let mut group = Group(child);
    let talked = talk(&mut group.0, question, deadline);
    let ended = talked.and_then(|talk| Ok((talk, group.ended(deadline)?)));
    let (talk, status) = ended.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => format!("did not answer within {} s", limit.as_secs_f32()),
        _ => format!("cannot be communicated with: {error}"),
    })?;
    if talk.answer.len() > LONGEST_ANSWER {
        return Err(format!("answered more than {LONGEST_ANSWER} bytes"));
    }
    match status.success() {
        true => Ok(talk.answer),
        false => {
            let complaint = visible(&String::from_utf8_lossy(&talk.complaint));
            Err(match complaint.trim() {
                "" => format!("failed ({status}) and said nothing on standard error"),
                complaint => format!("failed ({status}): {complaint}"),
            })
        }
    }
}

/// Describes why the program cannot be started, and what to do about it.
fn not_started(error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; it must be executable, and if the server is restricted by Landlock, it and its \
                interpreter must be in its own folder, /usr/local/bin, /usr/bin or /bin"
        }
        _ => "",
    };
    format!("cannot be started: {error}{hint}")
}

/// The output of a program.
#[derive(Default)]
struct Talk {
    answer: Vec<u8>,
    complaint: Vec<u8>,
}

/// Writes and reads what the pipes allow, until the program has closed both of its outputs.
fn talk(child: &mut Child, question: &[u8], deadline: Instant) -> io::Result<Talk> {
    let mut stdin = child.stdin.take();
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let pipes = [
        stdin.as_ref().map(AsFd::as_fd),
        stdout.as_ref().map(AsFd::as_fd),
        stderr.as_ref().map(AsFd::as_fd),
    ];
    for fd in pipes.into_iter().flatten() {
        rustix::fs::fcntl_setfl(fd, OFlags::NONBLOCK)?;
    }
    let (mut unsaid, mut talk) = (question, Talk::default());
    while stdout.is_some() || stderr.is_some() {
        wait(
            &[
                (stdin.as_ref().map(AsFd::as_fd), PollFlags::OUT),
                (stdout.as_ref().map(AsFd::as_fd), PollFlags::IN),
                (stderr.as_ref().map(AsFd::as_fd), PollFlags::IN),
            ],
            deadline,
        )?;
        say(&mut stdin, &mut unsaid)?;
        hear(&mut stdout, &mut talk.answer, LONGEST_ANSWER);
        hear(&mut stderr, &mut talk.complaint, LONGEST_COMPLAINT);
    }
    Ok(talk)
}

/// Writes what the pipe accepts, and closes it after the last byte.
fn say(pipe: &mut Option<ChildStdin>, unsaid: &mut &[u8]) -> io::Result<()> {
    let Some(open) = &pipe else { return Ok(()) };
    match rustix::io::write(open, unsaid) {
        Ok(count) => *unsaid = &unsaid[count..],
        Err(Errno::AGAIN | Errno::INTR) => {}
        // The program does not read the whole question; its answer decides.
        Err(Errno::PIPE) => *unsaid = &[],
        Err(error) => return Err(error.into()),
    }
    if unsaid.is_empty() {
        *pipe = None;
    }
    Ok(())
}

/// Reads what is in the pipe, and drops a pipe that the program has closed.
fn hear(pipe: &mut Option<impl AsFd>, into: &mut Vec<u8>, longest: usize) {
    if pipe.as_ref().is_some_and(|pipe| is_closed(pipe.as_fd(), into, longest)) {
        *pipe = None;
    }
}

fn wait(pipes: &[(Option<BorrowedFd<'_>>, PollFlags)], deadline: Instant) -> io::Result<()> {
    let rest = deadline.saturating_duration_since(Instant::now());
    if rest.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let open =
        pipes.iter().filter_map(|(fd, flags)| Some(PollFd::from_borrowed_fd((*fd)?, *flags)));
    let mut open: Vec<PollFd<'_>> = open.collect();
    let rest = Timespec::try_from(rest).map_err(io::Error::other)?;
    match poll(&mut open, Some(&rest)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Reads what is available, at most one byte more than allowed; true at the end.
fn is_closed(pipe: BorrowedFd<'_>, into: &mut Vec<u8>, most: usize) -> bool {
    let mut buffer = [0_u8; 4096];
    loop {
        match rustix::io::read(pipe, &mut buffer) {
            Ok(0) => return true,
            Ok(count) => {
                let room = (most + 1).saturating_sub(into.len());
                into.extend_from_slice(&buffer[..count.min(room)]);
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return false,
            Err(_) => return true,
        }
    }
}

/// The program and every process that it has started, which are killed with it.
struct Group(Child);

impl Group {
    fn ended(&mut self, deadline: Instant) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                return Err(io::ErrorKind::TimedOut.into());
            }
            // Its outputs are closed, so it is about to end.
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Processes that have ended by themselves are gone already.
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn run(script: &str, limit: Duration) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hook");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights");
        ask(&Start { program: &path, words: &[] }, b"the question\n", limit)
    }

    /// Such a hook used to be accepted, and every login failed.
    #[test]
    fn a_hook_that_is_not_executable_is_found_before_anybody_logs_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hook");
        std::fs::write(&path, "#!/bin/sh\n").expect("a file");
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode));
        mode(0o644).expect("its mode");
        let error = check(&path).expect_err("no program");
        assert!(error.contains("is not executable; make it so with `chmod 755"), "{error}");
        mode(0o755).expect("its mode");
        assert_eq!(check(&path), Ok(()));
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn it_reads_the_question_and_is_heard() {
        assert_eq!(run("cat", LONG).as_deref(), Ok(b"the question\n".as_slice()));
        assert_eq!(run("echo answer", LONG).as_deref(), Ok(b"answer\n".as_slice()));
        let environment = run("env", LONG).expect("an answer");
        assert!(!String::from_utf8_lossy(&environment).contains("CARGO"));
    }

    #[test]
    fn what_fails_is_told() {
        let why = |script: &str| run(script, LONG).expect_err(script);
        assert!(why("echo broken >&2; exit 3").contains("exit status: 3): broken"));
        assert!(why("head -c 100000 /dev/zero").contains("more than 65536 bytes"));
        let none = Start { program: Path::new("/nonexistent"), words: &[] };
        assert!(ask(&none, b"", LONG).is_err());
    }

    #[test]
    fn one_that_takes_too_long_ends_with_all_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; sleep 600", pid.display());
        // Long enough for a busy machine to start it.
        let why = run(&script, Duration::from_secs(5)).expect_err("too long");
        assert!(why.contains("within 5 s"), "{why}");
        let pid = std::fs::read_to_string(&pid).expect("its child");
        let status = format!("/proc/{}/stat", pid.trim());
        let deadline = Instant::now() + LONG;
        // Gone, or a zombie that has not been reaped yet.
        while std::fs::read_to_string(&status).is_ok_and(|text| !text.contains(") Z")) {
            assert!(Instant::now() < deadline, "the child of the hook is still there");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
