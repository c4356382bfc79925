//! [`Pam`] asks PAM through a keeper: a process that the server starts before it gives up its
//! privileges, and that starts a worker process for each login. The server itself never opens the
//! PAM library, and whatever its modules do ends with the worker.
//!
//! Questions and answers go over a socket pair (a "line") as frames: a length of four bytes, then
//! that many bytes of JSON. A server that is being replaced asks the keeper for another line, and
//! passes it to its successor.

mod frame;
mod helper;

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packetboat_accounts::terms::Own;
use packetboat_accounts::{Account, AccountName, Attempt, Backend, Entered, Refusal};
use packetboat_pam::Answer;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};

use self::frame::{FrameReader, Said, read_frame, read_said, write_frame};
pub use self::helper::{keep, work};
use crate::message::visible;

/// The hidden subcommand of the keeper.
pub const KEEPER: &str = "pam-keeper";
/// The hidden subcommand of the worker.
pub const WORKER: &str = "pam-worker";

/// How much longer the server waits for the keeper than the keeper waits for a worker.
const GRACE: Duration = Duration::from_secs(5);

/// The settings for logins of system accounts.
#[derive(Clone, Debug)]
pub struct PamSettings {
    /// The PAM service, whose file in /etc/pam.d names the modules.
    pub service: String,
    /// Another folder for the service's file.
    pub folder: Option<PathBuf>,
    /// The rights and terms of the accounts.
    pub own: Own,
    /// The time limit for PAM.
    pub time_limit: Duration,
}

/// The system's accounts, through PAM.
#[derive(Debug)]
pub struct Pam {
    keeper: Arc<Keeper>,
    settings: PamSettings,
}

impl Pam {
    /// The accounts behind this keeper.
    pub fn new(keeper: Arc<Keeper>, settings: PamSettings) -> Self {
        Self { keeper, settings }
    }

    /// The service's file, for messages.
    fn file(&self) -> PathBuf {
        let folder = self.settings.folder.as_deref().unwrap_or_else(|| Path::new("/etc/pam.d"));
        folder.join(&self.settings.service)
    }
}

impl Backend for Pam {
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        let user = std::str::from_utf8(attempt.user).ok();
        // A text that cannot be an account name here is not a user of the system either.
        let Some(name) = user.and_then(|user| AccountName::parse(user).ok()) else {
            return Err(Refusal::UnknownUser);
        };
        let Ok(password) = std::str::from_utf8(attempt.password) else {
            return Err(Refusal::WrongPassword);
        };
        let question = json!({
            "service": self.settings.service,
            "folder": self.settings.folder,
            "user": name.as_str(),
            "password": password,
            "host": attempt.from.to_canonical().to_string(),
            "milliseconds": u64::try_from(self.settings.time_limit.as_millis()).unwrap_or(u64::MAX),
        });
        let failed = |why: String| {
            let file = self.file();
            Refusal::Unavailable(format!("PAM: {why}; the service is {}", file.display()))
        };
        let said = self.keeper.ask(question, self.settings.time_limit).map_err(failed)?;
        let Said::Answer(answer) = said else {
            return Err(failed("its keeper gave an unexpected answer".to_owned()));
        };
        match answer {
            Answer::Allowed => {
                let account = Account::let_in(attempt.user, &self.settings.own, attempt)?;
                Ok(Entered { account: Arc::new(account), remark: None })
            }
            Answer::Unknown => Err(Refusal::UnknownUser),
            Answer::Wrong => Err(Refusal::WrongPassword),
            Answer::Expired => Err(Refusal::Expired),
            Answer::Denied(why) => Err(Refusal::Denied(format!("PAM: {}", visible(&why)))),
            Answer::Failed(why) => Err(failed(visible(&why))),
        }
    }
}

/// The server's handle of the keeper. The keeper ends with the last server that has a line to it.
#[derive(Debug)]
pub struct Keeper {
    program: PathBuf,
    /// Whether a keeper that has ended may be started again: the server still has the rights that
    /// the keeper needs.
    comes_back: bool,
    line: Mutex<Option<Line>>,
    waiting: Arc<Mutex<Waiting>>,
}

/// The waiting logins, by the number of their question.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_number: HashMap<u64, Sender<Said>>,
}

/// The connection to a running keeper.
#[derive(Debug)]
struct Line {
    /// The keeper's process, if it is a child of this one.
    child: Option<Child>,
    questions: UnixStream,
    /// The reading end, until the first question starts the thread that reads answers: a thread
    /// started before the server restricts itself would not be restricted.
    answers: Option<UnixStream>,
}

impl Keeper {
    /// Starts a keeper, which is this program again. `comes_back` says whether it is restarted if
    /// it ends.
    pub fn start(program: &Path, comes_back: bool) -> Result<Arc<Self>, String> {
        let (program, line) = (program.to_owned(), Mutex::new(None));
        let keeper = Self { program, comes_back, line, waiting: Arc::default() };
        *lock(&keeper.line) = Some(keeper.connect()?);
        Ok(Arc::new(keeper))
    }

    /// The keeper of the server that this one replaces, over a line from that server.
    pub fn take_over(line: OwnedFd) -> io::Result<Arc<Self>> {
        let line = Line::over(line.into(), None)?;
        let (program, line) = (PathBuf::new(), Mutex::new(Some(line)));
        Ok(Arc::new(Self { program, comes_back: false, line, waiting: Arc::default() }))
    }

    /// A line for the server that replaces this one; `None` if that can start a keeper of its own.
    pub fn line_for_another(&self) -> Result<Option<OwnedFd>, String> {
        if self.comes_back {
            return Ok(None);
        }
        match self.ask(json!({"line": true}), Duration::ZERO)? {
            Said::Line(line) => Ok(Some(line)),
            Said::Answer(Answer::Failed(why)) => Err(format!("its keeper {why}")),
            Said::Answer(_) => Err("its keeper provides no line".to_owned()),
        }
    }

    fn connect(&self) -> Result<Line, String> {
        let failed = |error: io::Error| format!("its keeper cannot be started: {error}");
        let mut command = Command::new(&self.program);
        command.arg(KEEPER).env_clear().current_dir("/");
        // Ctrl-C on the server's terminal must not reach the keeper.
        command.process_group(0);
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let again = theirs.try_clone().map_err(failed)?;
        command.stdin(OwnedFd::from(theirs)).stdout(OwnedFd::from(again)).stderr(Stdio::null());
        let child = command.spawn().map_err(failed)?;
        Line::over(ours, Some(child)).map_err(failed)
    }

    /// Passes answers to the logins that wait for them.
    fn listen(&self, answers: UnixStream) -> Result<(), String> {
        let waiting = Arc::clone(&self.waiting);
        let read = move || {
            let mut reader = FrameReader::new(answers);
            while let Ok(Some(frame)) = read_frame(&mut reader) {
                let Some((number, said)) = read_said(&frame, reader.take_line()) else { break };
                if let Some(sender) = lock(&waiting).by_number.remove(&number) {
                    // The login may have given up.
                    let _ = sender.send(said);
                }
            }
            // No further answers can arrive.
            lock(&waiting).by_number.clear();
        };
        let started = std::thread::Builder::new().name("pam".into()).spawn(read);
        started.map(drop).map_err(|error| {
            format!(
                "the thread for its keeper cannot be started: \
            {error}"
            )
        })
    }

    fn ask(&self, mut question: Value, limit: Duration) -> Result<Said, String> {
        let (sender, receiver) = channel();
        let number = {
            let mut waiting = lock(&self.waiting);
            waiting.next += 1;
            let number = waiting.next;
            waiting.by_number.insert(number, sender);
            number
        };
        question["number"] = number.into();
        let asked = self.send(question.to_string().as_bytes());
        let said = asked.and_then(|()| {
            receiver
                .recv_timeout(limit + GRACE)
                .map_err(|_| "its keeper does not answer".to_owned())
        });
        lock(&self.waiting).by_number.remove(&number);
        said
    }

    /// Restarts a keeper that has ended, if it can get the rights that it had.
    fn send(&self, frame: &[u8]) -> Result<(), String> {
        let mut line = lock(&self.line);
        if line.as_mut().is_none_or(Line::is_over) {
            *line = None;
            if !self.comes_back {
                let text = "its keeper has ended, and the server has given up the rights that a \
                    new one would need: restart the server";
                return Err(text.to_owned());
            }
            let again = self.connect()?;
            *line = Some(again);
        }
        let Some(open) = line.as_mut() else { return Err("its keeper is gone".to_owned()) };
        if let Some(answers) = &open.answers {
            let copy = answers.try_clone();
            // If no thread can be started now, the next login tries again.
            self.listen(copy.map_err(|error| {
                format!("the thread for its keeper cannot be started: {error}")
            })?)?;
            open.answers = None;
        }
        let sent = write_frame(&mut open.questions, frame);
        sent.map_err(|error| format!("its keeper accepts no question: {error}"))
    }
}

impl Line {
    fn over(socket: UnixStream, child: Option<Child>) -> io::Result<Self> {
        let answers = Some(socket.try_clone()?);
        Ok(Self { child, questions: socket, answers })
    }

    fn is_over(&mut self) -> bool {
        let ended = self.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
        ended || self.is_hung_up()
    }

    /// Whether the other end is closed.
    fn is_hung_up(&self) -> bool {
        let mut asked = [PollFd::new(&self.questions, PollFlags::empty())];
        // If polling fails, writing will show it.
        poll(&mut asked, Some(&Timespec::default())).is_ok()
            && asked[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        // The keeper ends by itself when its questions end; a killed one is gone quickly.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while holding a lock, and the data behind the locks stays consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
