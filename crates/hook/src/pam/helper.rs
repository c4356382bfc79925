//! What the processes do that are started for PAM: the keeper, which starts a worker for each question, and the worker,
//! which asks the library.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packetboat_pam::{Answer, Question};
use serde_json::{Value, json};

use super::frame::{LONGEST, answer_in, read_frame, read_order, words, write_frame};
use super::{WORKER, lock};
use crate::program::{self, Start};

/// A keeper has no more workers than this at once, whatever it is asked.
const MOST: usize = 64;

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
