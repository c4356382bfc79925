//! The processes for PAM: the keeper ([`keep`]), which starts a worker for each question, and the
//! worker ([`work`]), which calls the PAM library.

use std::convert::Infallible;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packetboat_pam::{Answer, Question};
use serde_json::{Value, json};

use super::frame::{
    LONGEST, Order, answer_in, read_frame, read_order, words, write_frame, write_line,
};
use super::{WORKER, lock};
use crate::program::{self, Start};

/// The most workers that a keeper runs at the same time.
const MOST: usize = 64;
/// The most servers that a keeper serves at the same time: the newest, and older ones with sessions
/// still open.
const MOST_LINES: usize = 16;

/// Runs the keeper until its own line and all lines that it has provided are closed. Every question
/// goes to a worker process.
pub fn keep(program: &Path) -> io::Result<()> {
    // Standard input and output are the same socket; when a line ends, nothing may keep it open.
    let first = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (open, over) = channel();
    let keeping = Keeping {
        program: program.to_owned(),
        running: AtomicUsize::new(0),
        lines: AtomicUsize::new(1),
        spawn,
    };
    let served = Arc::new(keeping).serve(&first, &open);
    drop(open);
    // Nothing is ever sent; this returns when the last line has ended.
    while over.recv().is_ok() {}
    served
}

/// The state that a keeper's lines share.
struct Keeping {
    program: PathBuf,
    /// The number of running workers.
    running: AtomicUsize,
    /// The number of open lines.
    lines: AtomicUsize,
    spawn: Spawn,
}

/// How a thread is started.
type Spawn = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

fn spawn(work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    std::thread::Builder::new().spawn(work).map(drop)
}

/// A line's share in the count, held for as long as the line is served.
type Open = Sender<Infallible>;

impl Keeping {
    fn serve(self: &Arc<Self>, line: &UnixStream, open: &Open) -> io::Result<()> {
        let served = self.answer_all(line, open);
        self.lines.fetch_sub(1, Ordering::AcqRel);
        // The server at the other end is told. It may be gone already.
        let _ = line.shutdown(Shutdown::Both);
        served
    }

    fn answer_all(self: &Arc<Self>, mut line: &UnixStream, open: &Open) -> io::Result<()> {
        let answers = Arc::new(Mutex::new(line.try_clone()?));
        while let Some(frame) = read_frame(&mut line)? {
            match read_order(&frame) {
                None => return Err(io::Error::other("an invalid question")),
                Some((number, Order::Line)) => self.give_line(&answers, number, open)?,
                Some((number, Order::Question(limit))) => {
                    self.answer(&answers, number, frame, limit)?;
                }
            }
        }
        Ok(())
    }

    /// Provides a line for a server that replaces the one on this line and has the same rights,
    /// including asking for lines. The keeper creates the socket pair itself, because it could not
    /// trust a descriptor opened by someone else.
    fn give_line(
        self: &Arc<Self>,
        answers: &Mutex<UnixStream>,
        number: u64,
        open: &Open,
    ) -> io::Result<()> {
        if self.lines.fetch_add(1, Ordering::AcqRel) >= MOST_LINES {
            self.lines.fetch_sub(1, Ordering::AcqRel);
            let why = format!(
                "serves {MOST_LINES} servers already; wait until the sessions of an older one have \
                    ended"
            );
            return tell(answers, number, &Answer::Failed(why));
        }
        let (ours, theirs) = UnixStream::pair()?;
        let (keeping, opened) = (Arc::clone(self), open.clone());
        let started = (self.spawn)(Box::new(move || {
            // An error on a line ends only that line.
            let _ = keeping.serve(&ours, &opened);
        }));
        if let Err(error) = started {
            self.lines.fetch_sub(1, Ordering::AcqRel);
            return tell(
                answers,
                number,
                &Answer::Failed(format!("cannot start a thread: {error}")),
            );
        }
        write_line(&lock(answers), number, &theirs)
    }

    fn answer(
        self: &Arc<Self>,
        answers: &Arc<Mutex<UnixStream>>,
        number: u64,
        frame: Vec<u8>,
        limit: Duration,
    ) -> io::Result<()> {
        if self.running.fetch_add(1, Ordering::AcqRel) >= MOST {
            self.running.fetch_sub(1, Ordering::AcqRel);
            return tell(
                answers,
                number,
                &Answer::Failed("too many logins at the same time".into()),
            );
        }
        let (keeping, sender) = (Arc::clone(self), Arc::clone(answers));
        let work = move || {
            let answer = ask_worker(&keeping.program, &frame, limit);
            keeping.running.fetch_sub(1, Ordering::AcqRel);
            // The server may be gone already.
            let _ = tell(&sender, number, &answer);
        };
        let Err(error) = (self.spawn)(Box::new(work)) else { return Ok(()) };
        // There may be a thread available for the next login.
        self.running.fetch_sub(1, Ordering::AcqRel);
        tell(answers, number, &Answer::Failed(format!("its keeper cannot start a thread: {error}")))
    }
}

fn tell(answers: &Mutex<UnixStream>, number: u64, answer: &Answer) -> io::Result<()> {
    let (word, why) = words(answer);
    let frame = json!({"number": number, "answer": word, "why": why}).to_string();
    write_frame(&mut *lock(answers), frame.as_bytes())
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

/// Runs a worker: one question, one answer.
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

#[cfg(test)]
mod tests {
    use super::super::frame::{FrameReader, Said, read_said};
    use super::*;

    /// The keeper used to end here, and with it all PAM logins.
    #[test]
    fn a_keeper_that_can_start_no_thread_says_so_and_goes_on() {
        let keeping = Arc::new(Keeping {
            program: PathBuf::new(),
            running: AtomicUsize::new(0),
            lines: AtomicUsize::new(1),
            spawn: |_| Err(io::ErrorKind::WouldBlock.into()),
        });
        let (mut server, line) = UnixStream::pair().expect("a line");
        let (open, _over) = channel();
        let (at_work, opened) = (Arc::clone(&keeping), open.clone());
        let serving = std::thread::spawn(move || at_work.serve(&line, &opened));
        let mut reader = FrameReader::new(server.try_clone().expect("the line"));
        for (number, question) in [
            (1, json!({"number": 1, "milliseconds": 10})),
            (2, json!({"number": 2, "line": true})),
            (3, json!({"number": 3, "milliseconds": 10})),
        ] {
            write_frame(&mut server, question.to_string().as_bytes()).expect("it listens");
            let frame = read_frame(&mut reader).expect("an answer").expect("the line is open");
            let said = read_said(&frame, reader.take_line());
            let Some((of, Said::Answer(Answer::Failed(why)))) = said else { panic!("{said:?}") };
            assert!(of == number && why.contains("cannot start a thread"), "{of}: {why}");
        }
        server.shutdown(Shutdown::Both).expect("the line");
        assert!(serving.join().is_ok_and(|served| served.is_ok()));
        assert_eq!(keeping.running.load(Ordering::Acquire), 0);
        assert_eq!(keeping.lines.load(Ordering::Acquire), 0);
    }
}
