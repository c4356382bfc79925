//! Logins that somebody else decides: the system's PAM, asked in processes of its own; a program, which reads a
//! question on its standard input and writes its answer; or an HTTP service, which is sent the question. Only a
//! clear answer in time lets anybody in: all else is a failure that the log is told of.

#![forbid(unsafe_code)]

mod http;
mod message;
pub mod pam;
mod program;

use std::path::PathBuf;
use std::time::Duration;

use packetboat_accounts::{Attempt, Backend, Entered, Refusal};

use crate::program::Start;

/// An answer longer than this is none.
const LONGEST_ANSWER: usize = 64 << 10;

/// Somebody who decides on logins.
#[derive(Debug)]
pub struct Hook {
    means: Means,
    time_limit: Duration,
}

#[derive(Debug)]
enum Means {
    Program(PathBuf),
    Service(http::Service),
}

impl Hook {
    /// A program or a service, as an administrator names it: an absolute path, an address with https://, or one
    /// with http:// on this machine. `authorities`: PEM of those that vouch for the service, in place of the
    /// system's.
    pub fn parse(
        text: &str,
        authorities: Option<&[u8]>,
        time_limit: Duration,
    ) -> Result<Self, String> {
        let means = if text.starts_with("http://") || text.starts_with("https://") {
            Means::Service(http::Service::new(text, authorities, time_limit)?)
        } else if text.starts_with('/') {
            let path = PathBuf::from(text);
            program::check(&path)?;
            Means::Program(path)
        } else {
            return Err(format!(
                "{text:?} is no hook: give the absolute path of a program, or an address that begins with \
                 https://"
            ));
        };
        Ok(Self { means, time_limit })
    }

    fn ask(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        match &self.means {
            Means::Program(program) => {
                program::ask(&Start { program, words: &[] }, question, self.time_limit)
            }
            Means::Service(service) => service.ask(question),
        }
    }
}

impl Backend for Hook {
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        // JSON holds text alone.
        let Ok(user) = std::str::from_utf8(attempt.user) else { return Err(Refusal::UnknownUser) };
        let Ok(password) = std::str::from_utf8(attempt.password) else {
            return Err(Refusal::WrongPassword);
        };
        let failed = |why: String| Refusal::Unavailable(format!("the login hook {why}"));
        let question = message::question(user, password, attempt);
        let answer = self.ask(&question).map_err(failed)?;
        message::answer(&answer, attempt).map_err(failed)?
    }
}
