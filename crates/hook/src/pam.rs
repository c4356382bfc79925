//! PAM, asked by a keeper: a process that is started with the server, before that gives up its privileges, and
//! that starts another for each login. The server itself never opens the library; what its modules do ends with
//! their process.
//!
//! Questions and answers go through pipes as frames: a length of four bytes, then as many bytes of JSON.

mod frame;
mod helper;

use std::collections::HashMap;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packetboat_accounts::terms::Own;
use packetboat_accounts::{Account, AccountName, Attempt, Backend, Entered, Refusal};
use packetboat_pam::Answer;
use serde_json::{Value, json};

use self::frame::{read_answer, read_frame, write_frame};
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
        let failed = |why: String| Refusal::Unavailable(format!("PAM: {why}"));
        let answer = self.keeper.ask(question, self.settings.time_limit).map_err(failed)?;
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

/// The keeper, as the server holds it. It ends with the server.
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
    by_number: HashMap<u64, Sender<Answer>>,
}

/// The way to a keeper that runs.
#[derive(Debug)]
struct Line {
    child: Child,
    questions: ChildStdin,
    /// Until the first question, which starts the thread that reads them: a thread that is there before the
    /// server limits itself would not be limited.
    answers: Option<ChildStdout>,
}

impl Keeper {
    /// Starts one: this program again. `comes_back`: whether one that has ended is started anew.
    pub fn start(program: &Path, comes_back: bool) -> Result<Arc<Self>, String> {
        let (program, line) = (program.to_owned(), Mutex::new(None));
        let keeper = Self { program, comes_back, line, waiting: Arc::default() };
        *lock(&keeper.line) = Some(keeper.connect()?);
        Ok(Arc::new(keeper))
    }

    fn connect(&self) -> Result<Line, String> {
        let failed = |error: io::Error| format!("its keeper cannot be started: {error}");
        let mut command = Command::new(&self.program);
        command.arg(KEEPER).env_clear().current_dir("/");
        // What is typed on the terminal to end the server is not for it.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(failed)?;
        let (Some(questions), answers @ Some(_)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("its keeper has no pipes".to_owned());
        };
        Ok(Line { child, questions, answers })
    }

    /// Hands answers to those who wait for them.
    fn listen(&self, mut answers: ChildStdout) -> Result<(), String> {
        let waiting = Arc::clone(&self.waiting);
        let read = move || {
            while let Ok(Some(frame)) = read_frame(&mut answers) {
                let Some((number, answer)) = read_answer(&frame) else { break };
                if let Some(sender) = lock(&waiting).by_number.remove(&number) {
                    // Who asked may have given up.
                    let _ = sender.send(answer);
                }
            }
            // Nobody is answered any more.
            lock(&waiting).by_number.clear();
        };
        let started = std::thread::Builder::new().name("pam".into()).spawn(read);
        started.map(drop).map_err(|error| format!("its keeper cannot be listened to: {error}"))
    }

    fn ask(&self, mut question: Value, limit: Duration) -> Result<Answer, String> {
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
        let answer = asked.and_then(|()| {
            receiver
                .recv_timeout(limit + GRACE)
                .map_err(|_| "its keeper does not answer".to_owned())
        });
        lock(&self.waiting).by_number.remove(&number);
        answer
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
        if let Some(answers) = open.answers.take() {
            self.listen(answers)?;
        }
        let sent = write_frame(&mut open.questions, frame);
        sent.map_err(|error| format!("its keeper does not listen: {error}"))
    }
}

impl Line {
    fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // It ends by itself at the end of its questions; who was killed is not waited for long.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one, and what they guard stays whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
