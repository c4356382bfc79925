//! PAM, asked by a keeper: a process that is started with the server, before that gives up its privileges, and
//! that starts another for each login. The server itself never opens the library; what its modules do ends with
//! their process.
//!
//! Questions and answers go through pipes as frames: a length of four bytes, then as many bytes of JSON.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packetboat_accounts::terms::Own;
use packetboat_accounts::{Account, AccountName, Attempt, Backend, Entered, Refusal};
use packetboat_pam::{Answer, Question};
use serde_json::{Value, json};

use crate::message::visible;
use crate::program::{self, Start};

/// The hidden subcommand of the keeper.
pub const KEEPER: &str = "pam-keeper";
/// The hidden subcommand of the process that asks PAM.
pub const WORKER: &str = "pam-worker";

/// A longer frame is none.
const LONGEST: usize = 64 << 10;
/// A keeper has no more workers than this at once, whatever it is asked.
const MOST: usize = 64;
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

/// The keeper's own work, to the end of its standard input: each question goes to a process of its own.
pub fn keep(program: &Path) -> io::Result<()> {
    let mut questions = io::stdin().lock();
    let answers = Arc::new(Mutex::new(io::stdout()));
    let running = Arc::new(AtomicUsize::new(0));
    while let Some(frame) = read_frame(&mut questions)? {
        let Some((number, limit)) = read_order(&frame) else {
            return Err(io::Error::other("a question that is none"));
        };
        let answers = Arc::clone(&answers);
        if running.fetch_add(1, Ordering::AcqRel) >= MOST {
            running.fetch_sub(1, Ordering::AcqRel);
            tell(&answers, number, &Answer::Failed("too many logins at once".into()))?;
            continue;
        }
        let (running, program) = (Arc::clone(&running), program.to_owned());
        let work = move || {
            let answer = ask_worker(&program, &frame, limit);
            running.fetch_sub(1, Ordering::AcqRel);
            // A server that is gone does not mind.
            let _ = tell(&answers, number, &answer);
        };
        std::thread::Builder::new().spawn(work)?;
    }
    Ok(())
}

fn tell(answers: &Mutex<io::Stdout>, number: u64, answer: &Answer) -> io::Result<()> {
    let (word, why) = words(answer);
    let frame = json!({"number": number, "answer": word, "why": why}).to_string();
    let mut answers = lock(answers);
    write_frame(&mut *answers, frame.as_bytes())?;
    answers.flush()
}

fn ask_worker(program: &Path, frame: &[u8], limit: Duration) -> Answer {
    let start = Start { program, words: &[WORKER] };
    match program::ask(&start, frame, limit) {
        Ok(bytes) => {
            let value: Option<Value> = serde_json::from_slice(&bytes).ok();
            let answer = value.as_ref().and_then(answer_in);
            answer.unwrap_or_else(|| Answer::Failed("its process gave no answer".into()))
        }
        Err(why) => Answer::Failed(format!("its process {why}")),
    }
}

/// The worker's own work: one question, one answer.
pub fn work() -> io::Result<()> {
    let mut frame = Vec::new();
    io::stdin().lock().take(LONGEST as u64 + 1).read_to_end(&mut frame)?;
    let value: Value = serde_json::from_slice(&frame)?;
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let answer = packetboat_pam::ask(&Question {
        service: text("service"),
        folder: value["folder"].as_str().map(PathBuf::from),
        user: text("user").into_bytes(),
        password: text("password").into_bytes(),
        host: text("host"),
    });
    let (word, why) = words(&answer);
    let mut out = io::stdout().lock();
    out.write_all(json!({"answer": word, "why": why}).to_string().as_bytes())?;
    out.flush()
}

fn words(answer: &Answer) -> (&'static str, &str) {
    match answer {
        Answer::Allowed => ("allowed", ""),
        Answer::Unknown => ("unknown", ""),
        Answer::Wrong => ("wrong", ""),
        Answer::Expired => ("expired", ""),
        Answer::Denied(why) => ("denied", why),
        Answer::Failed(why) => ("failed", why),
    }
}

fn answer_in(value: &Value) -> Option<Answer> {
    let why = || value["why"].as_str().unwrap_or_default().to_owned();
    Some(match value["answer"].as_str()? {
        "allowed" => Answer::Allowed,
        "unknown" => Answer::Unknown,
        "wrong" => Answer::Wrong,
        "expired" => Answer::Expired,
        "denied" => Answer::Denied(why()),
        "failed" => Answer::Failed(why()),
        _ => return None,
    })
}

fn read_answer(frame: &[u8]) -> Option<(u64, Answer)> {
    let value: Value = serde_json::from_slice(frame).ok()?;
    Some((value["number"].as_u64()?, answer_in(&value)?))
}

fn read_order(frame: &[u8]) -> Option<(u64, Duration)> {
    let value: Value = serde_json::from_slice(frame).ok()?;
    Some((value["number"].as_u64()?, Duration::from_millis(value["milliseconds"].as_u64()?)))
}

/// The next frame; nothing at the end.
fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0_u8; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(io::Error::other("a frame that is too long"));
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame)?;
    Ok(Some(frame))
}

fn write_frame(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).ok().filter(|_| frame.len() <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("the question is too long"))?;
    to.write_all(&[&length.to_be_bytes(), frame].concat())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one, and what they guard stays whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_a_round_trip_and_none_is_too_long() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, b"one").expect("a frame");
        write_frame(&mut bytes, b"").expect("a frame");
        let mut from = bytes.as_slice();
        assert_eq!(read_frame(&mut from).expect("a frame").as_deref(), Some(b"one".as_slice()));
        assert_eq!(read_frame(&mut from).expect("a frame").as_deref(), Some(b"".as_slice()));
        assert_eq!(read_frame(&mut from).expect("the end"), None);
        assert!(write_frame(&mut Vec::new(), &vec![0; LONGEST + 1]).is_err());
        assert!(read_frame(&mut [0xFF_u8, 0, 0, 0].as_slice()).is_err());
        assert!(read_frame(&mut [0_u8, 0, 0, 4, 1].as_slice()).is_err());
    }

    #[test]
    fn answers_survive_a_round_trip() {
        for answer in [
            Answer::Allowed,
            Answer::Unknown,
            Answer::Wrong,
            Answer::Expired,
            Answer::Denied("no".into()),
            Answer::Failed("broken".into()),
        ] {
            let (word, why) = words(&answer);
            assert_eq!(answer_in(&json!({"answer": word, "why": why})), Some(answer));
        }
        assert_eq!(answer_in(&json!({"answer": "yes"})), None);
    }
}
