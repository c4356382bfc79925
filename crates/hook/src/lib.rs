//! Logins that are decided outside the server: by the system's PAM, which runs in processes of its
//! own ([`pam::Pam`]), or by a hook ([`Hook`]), which is either a program that reads the question on its
//! standard input and writes its answer, or an HTTP service. Only a clear answer in time lets a
//! user in; everything else is a failure that the log reports.

#![forbid(unsafe_code)]

mod http;
mod message;
pub mod pam;
mod program;

use std::path::PathBuf;
use std::time::Duration;

use packetboat_accounts::{Attempt, Backend, Entered, Refusal};

use crate::program::Start;

/// The longest answer, in bytes. A longer one is an error.
const LONGEST_ANSWER: usize = 64 << 10;

/// A login hook.
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
    /// A program or a service, as named by an administrator: an absolute path, an https:// address,
    /// or an http:// address on this machine. `authorities` are the trusted certificates for the
    /// service in PEM, instead of the system's.
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
                "{text:?} is not a hook: give the absolute path of a program, or an address that \
                    begins with https://"
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
        // JSON can only contain text.
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
