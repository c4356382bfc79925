//! What went wrong, where, and whether trying again helps. An error keeps the reply as the server sent it.

mod made;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use packetboat_codes::{Class, SocketCode};
use packetboat_proto::client::Request;
use packetboat_proto::pathname::PathnameError;
use packetboat_proto::reply::Reply;
use packetboat_proto::server::{Return, return_in};
use packetboat_proto::time::Timestamp;
use packetboat_proto::verbs::Verb;

use crate::finding::Finding;
pub use crate::phase::Phase;
use crate::whole::stores;

/// What went wrong.
#[derive(Debug)]
pub enum Cause {
    /// The server answered with a failure; the reply is in [`Error::reply`].
    Refused,
    /// A socket operation failed, or the name lookup.
    Socket(io::Error),
    /// Nothing came for this long.
    TimedOut(Duration),
    /// TLS did not come about, or the server is not who it should be.
    Tls(String),
    /// The server closed the connection.
    Closed,
    /// What the server sent is not FTP, or not what the command asks for.
    Protocol(String),
    /// The transfer ended before all of the file was there.
    Truncated {
        /// The length that was announced.
        expected: u64,
        /// The length that arrived.
        received: u64,
    },
    /// The upload ended well by the server's word, and it has stored less than was sent.
    Shortened {
        /// How many bytes were sent.
        sent: u64,
        /// How many the server has of them.
        stored: u64,
    },
    /// The file was changed on the server between two attempts, and what has come of it cannot be taken back.
    Changed,
    /// A listing ended before all of it was there.
    ListingCut(&'static str),
    /// Something that was to be deleted here is on the server, and the listing did not show it.
    Unlisted,
    /// The name that the server gives would lead out of the target directory.
    UnsafeName(String),
    /// A file of this machine could not be read or written.
    Local(io::Error),
    /// The name cannot be sent: FTP has no way to carry it.
    IllegalName(PathnameError),
    /// The local and the remote file do not fit together.
    Mismatch(String),
    /// What was transferred is not what is at the other end.
    Different(String),
    /// What was transferred could not be compared: the server refused to tell of it; the reply is in [`Error::reply`].
    Unchecked,
    /// Nothing on the server has such a name.
    NoMatch(String),
}

/// A failed operation.
pub struct Error(Box<Detail>);

struct Detail {
    phase: Phase,
    cause: Cause,
    command: Option<Command>,
    reply: Option<Reply>,
    socket: Option<SocketCode>,
    peer: Option<String>,
    path: Option<PathBuf>,
    finding: Option<Finding>,
    hint: Option<Cow<'static, str>>,
    is_guest: bool,
    leaves_unknown: bool,
    is_not_resumed: bool,
    begins_anew: Option<Anew>,
}

/// Why a transfer that broke can only be begun anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anew {
    /// So many bytes of the file were written to where they cannot be taken back from.
    Written(u64),
    /// What was sent cannot be read again.
    Read,
    /// In the form that it has on the way no place in the file can be found.
    Form,
}

struct Command {
    verb: Verb,
    line: String,
}

impl Error {
    fn new(phase: Phase, cause: Cause) -> Self {
        let socket = match &cause {
            // A failed look-up whose text is not known is told as the usual one.
            Cause::Socket(error) => SocketCode::from_io_error(error)
                .or((phase == Phase::Resolve).then_some(SocketCode::new(11001))),
            Cause::TimedOut(_) => Some(SocketCode::new(10060)),
            _ => None,
        };
        Self(Box::new(Detail {
            phase,
            cause,
            command: None,
            reply: None,
            socket,
            peer: None,
            path: None,
            finding: None,
            hint: None,
            is_guest: false,
            leaves_unknown: false,
            is_not_resumed: false,
            begins_anew: None,
        }))
    }

    /// Makes a refusal one of the comparison alone: the file has arrived.
    pub(crate) fn unchecked(mut self) -> Self {
        (self.0.phase, self.0.cause) = (Phase::Verify, Cause::Unchecked);
        self
    }

    /// Names the local file; another one than was meant at first, where one is named.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        self.0.path = Some(path.to_owned());
        self
    }

    /// Names the command, where none is named yet.
    pub(crate) fn during(mut self, request: &Request) -> Self {
        let command = || Command { verb: request.verb(), line: request.to_string() };
        self.0.command.get_or_insert_with(command);
        self
    }

    /// Names the peer as `host:port`, where none is named yet.
    pub(crate) fn at(mut self, peer: impl Into<String>) -> Self {
        self.0.peer.get_or_insert_with(|| peer.into());
        self
    }

    /// Adds the reply that came beside the failure, where there is none yet.
    pub(crate) fn with_reply(mut self, reply: Reply) -> Self {
        self.0.reply.get_or_insert(reply);
        self
    }

    /// Adds what asking the server brought to light.
    pub(crate) fn with_finding(mut self, finding: Finding) -> Self {
        self.0.finding = Some(finding);
        self
    }

    /// What asking the server brought to light, where its reply left open what is wrong (550).
    pub fn finding(&self) -> Option<Finding> {
        self.0.finding
    }

    /// What the client was doing.
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// What went wrong.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The command, with a password masked, as undecoded text from a user or a server may be in it.
    pub fn command(&self) -> Option<&str> {
        self.0.command.as_ref().map(|command| command.line.as_str())
    }

    /// The verb of the command.
    pub fn verb(&self) -> Option<Verb> {
        self.0.command.as_ref().map(|command| command.verb)
    }

    /// The reply, as the server sent it.
    pub fn reply(&self) -> Option<&Reply> {
        self.0.reply.as_ref()
    }

    /// The Winsock number of a socket failure.
    pub fn socket_code(&self) -> Option<SocketCode> {
        self.0.socket
    }

    /// The peer, as `host:port`.
    pub fn peer(&self) -> Option<&str> {
        self.0.peer.as_deref()
    }

    /// The local file.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// When the server lets the client in again, where our own says so.
    pub fn returns(&self) -> Option<Return> {
        self.reply()
            .filter(|reply| reply.code().number() == 421)
            .and_then(|reply| return_in(&reply.text()))
    }

    /// How long that is from now on.
    pub(crate) fn returns_at(&self, now: Timestamp) -> Option<Duration> {
        Some(match self.returns()? {
            Return::WhenLifted => Duration::MAX,
            Return::At(time) => Duration::from_secs(u64::try_from(time.0 - now.0).unwrap_or(0)),
            Return::After(wait) => wait,
        })
    }

    /// What the user can do, where the failure itself does not tell.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Says what the user can do.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Whether the login was one of a guest, since nobody was named.
    pub(crate) fn is_guest(&self) -> bool {
        self.0.is_guest
    }

    /// Says whether it was.
    pub(crate) fn of_guest(mut self, is_guest: bool) -> Self {
        self.0.is_guest = is_guest;
        self
    }

    /// Whether it is unknown what became of a file: all of it was sent, and then the server was lost before it said whether
    /// it has stored it.
    pub fn leaves_unknown(&self) -> bool {
        self.0.leaves_unknown
    }

    /// Whether a file was left as it is, since it was to be gone on from and is no beginning of the other one.
    pub fn is_not_resumed(&self) -> bool {
        self.0.is_not_resumed
    }

    /// Why the transfer can only be begun anew, where it cannot go on behind what has moved.
    pub fn begins_anew(&self) -> Option<Anew> {
        self.0.begins_anew
    }

    /// Says why.
    pub(crate) fn beginning_anew(mut self, why: Anew) -> Self {
        self.0.begins_anew = Some(why);
        self
    }

    /// Says that all had been sent before, where what was lost is the answer to an upload.
    pub(crate) fn after_all_was_sent(mut self) -> Self {
        let lost = matches!(self.cause(), Cause::Socket(_) | Cause::TimedOut(_) | Cause::Closed);
        self.0.leaves_unknown = lost && self.verb().is_some_and(stores);
        self
    }

    /// The reply's number.
    pub fn reply_number(&self) -> Option<u16> {
        self.reply().map(|reply| reply.code().number())
    }

    /// The first digit of the reply.
    pub(crate) fn reply_class(&self) -> Option<Class> {
        self.reply().map(|reply| reply.code().class())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = &*self.0;
        match &detail.cause {
            Cause::Refused => f.write_str("the server refused")?,
            Cause::Unchecked => f.write_str("the server refused to tell of what has arrived")?,
            Cause::Socket(error) => write!(f, "{error}")?,
            Cause::TimedOut(after) => write!(f, "no answer for {} s", after.as_secs_f32())?,
            Cause::Closed => f.write_str("the server closed the connection")?,
            Cause::Tls(what)
            | Cause::Protocol(what)
            | Cause::Mismatch(what)
            | Cause::NoMatch(what)
            | Cause::Different(what) => f.write_str(what)?,
            Cause::Truncated { expected, received } => {
                write!(f, "the transfer ended at {received} of {expected} bytes")?;
            }
            Cause::Shortened { sent, stored } => {
                write!(f, "the server has stored {stored} of the {sent} bytes that were sent")?;
            }
            Cause::Changed => f.write_str("the file has changed on the server meanwhile")?,
            Cause::ListingCut(what) => f.write_str(what)?,
            Cause::Unlisted => f.write_str("it is on the server, though no listing shows it")?,
            Cause::UnsafeName(name) => {
                write!(
                    f,
                    "the server names a file {name:?}, which could lead out of the target directory"
                )?;
            }
            Cause::Local(error) => write!(f, "{error}")?,
            Cause::IllegalName(error) => write!(f, "{error}")?,
        }
        if let Some(path) = &detail.path {
            write!(f, ": {}", path.display())?;
        }
        write!(f, " (phase: {}", detail.phase)?;
        if let Some(peer) = &detail.peer {
            write!(f, ", peer: {peer}")?;
        }
        if let Some(command) = &detail.command {
            write!(f, ", command: {}", command.line)?;
        }
        if let Some(socket) = detail.socket {
            write!(f, ", socket: {socket}")?;
        }
        if let Some(reply) = &detail.reply {
            write!(f, ", reply: {} {}", reply.code(), reply.text())?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Socket(error) | Cause::Local(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;
    use packetboat_codes::ReplyCode;

    #[test]
    fn a_lost_connection_is_worth_another_attempt_unless_the_server_said_no() {
        let error = || Error::socket(Phase::Transfer, io::ErrorKind::ConnectionReset.into());
        assert_eq!((error().failure(), error().is_retryable()), (Failure::Connection, true));
        let with = |number| error().with_reply(Reply::new(ReplyCode::known(number), "x"));
        assert_eq!((with(426).failure(), with(426).is_retryable()), (Failure::Transient, true));
        assert_eq!((with(552).failure(), with(552).is_retryable()), (Failure::Refused, false));
        assert!(!Error::local(Path::new("x"), io::ErrorKind::NotFound.into()).is_retryable());
    }

    #[test]
    fn a_message_names_everything_known() {
        let error = Error::socket(Phase::Connect, io::ErrorKind::ConnectionRefused.into());
        let text = error.at("localhost:21").to_string();
        assert!(text.contains("localhost:21") && text.contains("phase: connect"), "{text}");
        assert!(text.contains("10061 WSAECONNREFUSED (ECONNREFUSED)"), "{text}");
    }
}
