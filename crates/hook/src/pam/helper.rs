//! What the processes do that are started for PAM: the keeper, which starts a worker for each question, and the worker,
//! which asks the library.

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

/// A keeper has no more workers than this at once, whatever it is asked.
const MOST: usize = 64;
/// It serves so many servers at once: the newest, and older ones whose sessions are not over.
const MOST_LINES: usize = 16;

/// The keeper's own work, to the end of its questions and of those on the lines that it has given away: each goes to a
/// process of its own.
pub fn keep(program: &Path) -> io::Result<()> {
    // Standard input and output are one socket; at the end of a line nothing of it may stay open.
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
    // Nobody sends; it ends with the last line.
    while over.recv().is_ok() {}
    served
}

/// What the lines of a keeper share.
struct Keeping {
    program: PathBuf,
    /// The workers there are now.
    running: AtomicUsize,
    /// The lines there are now.
    lines: AtomicUsize,
    spawn: Spawn,
}

/// How a thread is started.
type Spawn = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

fn spawn(work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    std::thread::Builder::new().spawn(work).map(drop)
}

/// Held by a line for as long as it is served.
type Open = Sender<Infallible>;

impl Keeping {
    fn serve(self: &Arc<Self>, line: &UnixStream, open: &Open) -> io::Result<()> {
        let served = self.answer_all(line, open);
        self.lines.fetch_sub(1, Ordering::AcqRel);
        // Whoever asks here learns it. If it is gone, all the better.
        let _ = line.shutdown(Shutdown::Both);
        served
    }

    fn answer_all(self: &Arc<Self>, mut line: &UnixStream, open: &Open) -> io::Result<()> {
        let answers = Arc::new(Mutex::new(line.try_clone()?));
        while let Some(frame) = read_frame(&mut line)? {
            match read_order(&frame) {
                None => return Err(io::Error::other("a question that is none")),
                Some((number, Order::Line)) => self.give_line(&answers, number, open)?,
                Some((number, Order::Question(limit))) => {
                    self.answer(&answers, number, frame, limit)?;
                }
            }
        }
        Ok(())
    }

    /// A server that takes another one's place asks as that one does, and may give lines away as that one did. The keeper
    /// makes them itself: what somebody else opened may be more than a line.
    fn give_line(
        self: &Arc<Self>,
        answers: &Mutex<UnixStream>,
        number: u64,
        open: &Open,
    ) -> io::Result<()> {
        if self.lines.fetch_add(1, Ordering::AcqRel) >= MOST_LINES {
            self.lines.fetch_sub(1, Ordering::AcqRel);
            let why = format!(
                "serves {MOST_LINES} servers already; wait until the sessions of an older one are over"
            );
            return tell(answers, number, &Answer::Failed(why));
        }
        let (ours, theirs) = UnixStream::pair()?;
        let (keeping, opened) = (Arc::clone(self), open.clone());
        let started = (self.spawn)(Box::new(move || {
            // What is wrong with one line is the matter of that one, which ends.
            let _ = keeping.serve(&ours, &opened);
        }));
        if let Err(error) = started {
            self.lines.fetch_sub(1, Ordering::AcqRel);
            return tell(answers, number, &Answer::Failed(format!("can start no thread: {error}")));
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
            return tell(answers, number, &Answer::Failed("too many logins at once".into()));
        }
        let (keeping, sender) = (Arc::clone(self), Arc::clone(answers));
        let work = move || {
            let answer = ask_worker(&keeping.program, &frame, limit);
            keeping.running.fetch_sub(1, Ordering::AcqRel);
            // A server that is gone does not mind.
            let _ = tell(&sender, number, &answer);
        };
        let Err(error) = (self.spawn)(Box::new(work)) else { return Ok(()) };
        // A machine that has no thread left now may have one for the next login.
        self.running.fetch_sub(1, Ordering::AcqRel);
        tell(answers, number, &Answer::Failed(format!("its keeper can start no thread: {error}")))
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

#[cfg(test)]
mod tests {
    use super::super::frame::{Ear, Said, read_said};
    use super::*;

    /// It ended for good, and with it all logins by PAM.
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
        let mut ear = Ear::new(server.try_clone().expect("the line"));
        for (number, question) in [
            (1, json!({"number": 1, "milliseconds": 10})),
            (2, json!({"number": 2, "line": true})),
            (3, json!({"number": 3, "milliseconds": 10})),
        ] {
            write_frame(&mut server, question.to_string().as_bytes()).expect("it listens");
            let frame = read_frame(&mut ear).expect("an answer").expect("the line is open");
            let said = read_said(&frame, ear.take_line());
            let Some((of, Said::Answer(Answer::Failed(why)))) = said else { panic!("{said:?}") };
            assert!(of == number && why.contains("no thread"), "{of}: {why}");
        }
        server.shutdown(Shutdown::Both).expect("the line");
        assert!(serving.join().is_ok_and(|served| served.is_ok()));
        assert_eq!(keeping.running.load(Ordering::Acquire), 0);
        assert_eq!(keeping.lines.load(Ordering::Acquire), 0);
    }
}
