//! PAM, asked by a keeper: a process that is started with the server, before that gives up its privileges, and
//! that starts another for each login. The server itself never opens the library; what its modules do ends with
//! their process.
//!
//! Questions and answers go over a pair of sockets as frames: a length of four bytes, then as many bytes of JSON. A server
//! that another one takes the place of asks for one more such line, which it hands to that one.

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

use self::frame::{Ear, Said, read_frame, read_said, write_frame};
pub use self::helper::{keep, work};
use crate::message::visible;

/// The hidden subcommand of the keeper.
pub const KEEPER: &str = "pam-keeper";
/// The hidden subcommand of the process that asks PAM.
pub const WORKER: &str = "pam-worker";

/// The server waits for the keeper longer than that waits for a worker.
const GRACE: Duration = Duration::from_secs(5);

/// How system accounts log in.
#[derive(Clone, Debug)]
pub struct PamSettings {
    /// The service, whose file in /etc/pam.d names the modules.
    pub service: String,
    /// Another folder of such files.
    pub folder: Option<PathBuf>,
    /// What the accounts may do, and on which terms.
    pub own: Own,
    /// How long PAM may take.
    pub time_limit: Duration,
}

/// The accounts of the system.
#[derive(Debug)]
pub struct Pam {
    keeper: Arc<Keeper>,
    settings: PamSettings,
}

impl Pam {
    /// Those that this keeper asks for.
    pub fn new(keeper: Arc<Keeper>, settings: PamSettings) -> Self {
        Self { keeper, settings }
    }

    /// The file of the service, as it is named to PAM.
    fn file(&self) -> PathBuf {
        let folder = self.settings.folder.as_deref().unwrap_or_else(|| Path::new("/etc/pam.d"));
        folder.join(&self.settings.service)
    }
}

impl Backend for Pam {
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        let user = std::str::from_utf8(attempt.user).ok();
        // What cannot be the name of an account here is none there either.
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
            return Err(failed("its keeper answers something else".to_owned()));
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

/// The keeper, as the server holds it. It ends with the server, and with those that it was handed to.
#[derive(Debug)]
pub struct Keeper {
    program: PathBuf,
    /// Another one may be started once this has ended: the server has given up nothing that it needs.
    comes_back: bool,
    line: Mutex<Option<Line>>,
    waiting: Arc<Mutex<Waiting>>,
}

/// Who waits for which answer.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_number: HashMap<u64, Sender<Said>>,
}

/// The way to a keeper that runs.
#[derive(Debug)]
struct Line {
    /// The keeper's process, if it is a child of this one.
    child: Option<Child>,
    questions: UnixStream,
    /// Until the first question, which starts the thread that reads them: a thread that is there before the
    /// server limits itself would not be limited.
    answers: Option<UnixStream>,
}

impl Keeper {
    /// Starts one: this program again. `comes_back`: whether one that has ended is started anew.
    pub fn start(program: &Path, comes_back: bool) -> Result<Arc<Self>, String> {
        let (program, line) = (program.to_owned(), Mutex::new(None));
        let keeper = Self { program, comes_back, line, waiting: Arc::default() };
        *lock(&keeper.line) = Some(keeper.connect()?);
        Ok(Arc::new(keeper))
    }

    /// The keeper of the server that this one takes the place of, by a line that it was asked for.
    pub fn take_over(line: OwnedFd) -> io::Result<Arc<Self>> {
        let line = Line::over(line.into(), None)?;
        let (program, line) = (PathBuf::new(), Mutex::new(Some(line)));
        Ok(Arc::new(Self { program, comes_back: false, line, waiting: Arc::default() }))
    }

    /// A line for the server that takes this one's place; none if that can start a keeper of its own.
    pub fn line_for_another(&self) -> Result<Option<OwnedFd>, String> {
        if self.comes_back {
            return Ok(None);
        }
        match self.ask(json!({"line": true}), Duration::ZERO)? {
            Said::Line(line) => Ok(Some(line)),
            Said::Answer(Answer::Failed(why)) => Err(format!("its keeper {why}")),
            Said::Answer(_) => Err("its keeper gives no line".to_owned()),
        }
    }

    fn connect(&self) -> Result<Line, String> {
        let failed = |error: io::Error| format!("its keeper cannot be started: {error}");
        let mut command = Command::new(&self.program);
        command.arg(KEEPER).env_clear().current_dir("/");
        // What is typed on the terminal to end the server is not for it.
        command.process_group(0);
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let again = theirs.try_clone().map_err(failed)?;
        command.stdin(OwnedFd::from(theirs)).stdout(OwnedFd::from(again)).stderr(Stdio::null());
        let child = command.spawn().map_err(failed)?;
        Line::over(ours, Some(child)).map_err(failed)
    }

    /// Hands answers to those who wait for them.
    fn listen(&self, answers: UnixStream) -> Result<(), String> {
        let waiting = Arc::clone(&self.waiting);
        let read = move || {
            let mut ear = Ear::new(answers);
            while let Ok(Some(frame)) = read_frame(&mut ear) {
                let Some((number, said)) = read_said(&frame, ear.take_line()) else { break };
                if let Some(sender) = lock(&waiting).by_number.remove(&number) {
                    // Who asked may have given up.
                    let _ = sender.send(said);
                }
            }
            // Nobody is answered any more.
            lock(&waiting).by_number.clear();
        };
        let started = std::thread::Builder::new().name("pam".into()).spawn(read);
        started.map(drop).map_err(|error| format!("its keeper cannot be listened to: {error}"))
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

    /// A keeper that has ended is started anew, if it can have the rights that it had.
    fn send(&self, frame: &[u8]) -> Result<(), String> {
        let mut line = lock(&self.line);
        if line.as_mut().is_none_or(Line::is_over) {
            *line = None;
            if !self.comes_back {
                let text = "its keeper has ended, and the server has given up the rights that another one would need: \
                            start the server anew";
                return Err(text.to_owned());
            }
            let again = self.connect()?;
            *line = Some(again);
        }
        let Some(open) = line.as_mut() else { return Err("its keeper is gone".to_owned()) };
        if let Some(answers) = &open.answers {
            let copy = answers.try_clone();
            // Where no thread can be started now, the next login tries it anew.
            self.listen(
                copy.map_err(|error| format!("its keeper cannot be listened to: {error}"))?,
            )?;
            open.answers = None;
        }
        let sent = write_frame(&mut open.questions, frame);
        sent.map_err(|error| format!("its keeper does not listen: {error}"))
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

    /// Whether nobody is at the other end.
    fn is_hung_up(&self) -> bool {
        let mut asked = [PollFd::new(&self.questions, PollFlags::empty())];
        // What cannot be asked is found out by writing.
        poll(&mut asked, Some(&Timespec::default())).is_ok()
            && asked[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        // It ends by itself at the end of its questions; who was killed is not waited for long.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one, and what they guard stays whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
