//! [`Request`]: a command as the client sends it, a verb of the table and an argument that cannot
//! end the line.

use std::fmt;

use crate::pathname::{Pathname, PathnameError};
use crate::telnet;
use crate::verbs::Verb;

/// A command to be sent. Its argument contains no CR, LF or NUL, so one request is one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    verb: Verb,
    name: &'static str,
    argument: Vec<u8>,
}

impl Request {
    /// A verb without an argument.
    pub fn bare(verb: Verb) -> Self {
        Self { verb, name: verb.name(), argument: Vec::new() }
    }

    /// A verb and its argument; if the argument is empty, only the verb.
    pub fn new(verb: Verb, argument: impl Into<Vec<u8>>) -> Result<Self, PathnameError> {
        let argument = argument.into();
        if argument.is_empty() {
            return Ok(Self::bare(verb));
        }
        Ok(Self::with_path(verb, &Pathname::new(argument)?))
    }

    /// A verb and a pathname.
    pub fn with_path(verb: Verb, path: &Pathname) -> Self {
        Self { verb, name: verb.name(), argument: path.as_bytes().to_vec() }
    }

    /// A verb and a text made by this program. Bytes that a line cannot contain are dropped.
    pub fn with_text(verb: Verb, text: impl fmt::Display) -> Self {
        let mut argument = text.to_string().into_bytes();
        argument.retain(|byte| !matches!(byte, 0 | b'\r' | b'\n'));
        Self { verb, name: verb.name(), argument }
    }

    /// The same request with the experimental name that old servers have, such as `XMKD` for `MKD`;
    /// try it after 500 or 502 (RFC 1123 §4.1.3.1).
    pub fn experimental(&self) -> Option<Self> {
        let row = self.verb.row();
        let name =
            row.aliases.iter().find(|alias| alias.starts_with('X') && self.name == row.name)?;
        Some(Self { name, ..self.clone() })
    }

    /// Another verb with the same argument.
    pub fn with_verb(&self, verb: Verb) -> Self {
        Self { verb, name: verb.name(), argument: self.argument.clone() }
    }

    /// The verb.
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// The argument; empty if there is none.
    pub(super) fn argument(&self) -> &[u8] {
        &self.argument
    }

    /// Whether the argument is secret and must not be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self.verb, Verb::Pass | Verb::Acct)
    }

    /// Appends the line for the wire: one space before the argument, CRLF, and 0xFF doubled, as
    /// Telnet requires (RFC 854).
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_bytes());
        if !self.argument.is_empty() {
            out.push(b' ');
        }
        telnet::encode(&self.argument, out);
        out.extend_from_slice(b"\r\n");
    }
}

/// The line, safe to show: a secret is masked, undecodable bytes are replaced.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match &self.argument[..] {
            [] => Ok(()),
            _ if self.is_secret() => f.write_str(" ****"),
            argument => write!(f, " {}", String::from_utf8_lossy(argument)),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:?})", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::line::LineReader;
    use proptest::prelude::*;

    fn wire(request: &Request) -> Vec<u8> {
        let mut out = Vec::new();
        request.encode(&mut out);
        out
    }

    #[test]
    fn an_argument_cannot_carry_a_second_command() {
        for argument in ["a\r\nDELE b", "a\nb", "a\0b"] {
            assert_eq!(Request::new(Verb::Retr, argument), Err(PathnameError::LineBreak));
        }
        assert_eq!(wire(&Request::with_text(Verb::Type, "I\r\nQUIT")), b"TYPE IQUIT\r\n");
    }

    #[test]
    fn a_password_is_sent_but_never_shown() {
        let request = Request::new(Verb::Pass, "geheim").expect("legal");
        assert_eq!(wire(&request), b"PASS geheim\r\n");
        assert_eq!(format!("{request} {request:?}"), "PASS **** Request(\"PASS ****\")");
    }

    /// RFC 1123 §4.1.3.1.
    #[test]
    fn the_experimental_form_is_offered_once() {
        let request = Request::new(Verb::Mkd, "a").expect("legal");
        let old = request.experimental().expect("an alias");
        assert_eq!(wire(&old), b"XMKD a\r\n");
        assert_eq!(old.experimental(), None);
        assert_eq!(Request::bare(Verb::Noop).experimental(), None);
    }

    proptest! {
        #[test]
        fn any_pathname_arrives_as_it_was_sent(path in proptest::collection::vec(any::<u8>(), 1..80)) {
            let Ok(path) = Pathname::new(path) else { return Ok(()) };
            let mut reader = LineReader::new(1000);
            reader.push(&wire(&Request::with_path(Verb::Retr, &path)));
            let command = Command::parse(&reader.next_line().expect("a line")).expect("a command");
            prop_assert_eq!(command.verb(), Verb::Retr);
            prop_assert_eq!(command.argument(), path.as_bytes());
        }
    }
}
