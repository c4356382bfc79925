//! [`Error`], which every operation of this crate returns: the [`Cause`], the [`Phase`] in which it
//! happened, and the server's reply exactly as sent. `made` has the constructors, `shown` the text
//! form, and [`crate::failure`] decides what kind of failure it is and whether a retry helps.

mod leaves;
mod made;
mod shown;

use std::borrow::Cow;
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

use crate::completeness::stores;
use crate::finding::Finding;
pub use crate::phase::Phase;

pub use leaves::{Anew, Unconfirmed, Unknown};

/// What went wrong.
#[derive(Debug)]
pub enum Cause {
    /// The server answered with a failure; the reply is in [`Error::reply`].
    Refused,
    /// A socket operation or the name lookup failed.
    Socket(io::Error),
    /// Nothing arrived for this long.
    TimedOut(Duration),
    /// The TLS handshake failed, or the server's identity could not be verified.
    Tls(String),
    /// The server closed the connection.
    Closed,
    /// The server sent something that is not FTP, or not a valid answer to the command.
    Protocol(String),
    /// The transfer ended before the whole file had arrived.
    Truncated {
        /// The length that the server announced.
        expected: u64,
        /// The length that arrived.
        received: u64,
    },
    /// The server reported success for an upload, but stored less than was sent.
    Shortened {
        /// How many bytes were sent.
        sent: u64,
        /// How many of them the server has.
        stored: u64,
    },
    /// The file changed on the server between two attempts, and the output already written cannot
    /// be taken back.
    Changed,
    /// A listing ended early.
    ListingCut(&'static str),
    /// A local file was about to be deleted because the listing did not show it, but it exists on
    /// the server.
    Unlisted,
    /// The server sent a name that would lead out of the target directory.
    UnsafeName(String),
    /// A local file could not be read or written.
    Local(io::Error),
    /// The name cannot be sent in an FTP command.
    IllegalName(PathnameError),
    /// The local and the remote file do not fit together.
    Mismatch(String),
    /// The two ends of a transfer hold different content.
    Different(String),
    /// The two ends could not be compared because the server refused; the reply is in [`Error::reply`].
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
    unknown: Option<Unknown>,
    is_not_resumed: bool,
    begins_anew: Option<Anew>,
    moved: u64,
    unconfirmed: Option<Unconfirmed>,
    is_unmarked: bool,
    is_of_data: bool,
}

struct Command {
    verb: Verb,
    line: String,
}

impl Error {
    fn new(phase: Phase, cause: Cause) -> Self {
        let socket = match &cause {
            // A failed lookup with an unknown text is reported as the usual "host not found".
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
            unknown: None,
            is_not_resumed: false,
            begins_anew: None,
            moved: 0,
            unconfirmed: None,
            is_unmarked: false,
            is_of_data: false,
        }))
    }

    /// Turns a refusal into a failure of the comparison only: the file itself has arrived.
    pub(crate) fn unchecked(mut self) -> Self {
        (self.0.phase, self.0.cause) = (Phase::Verify, Cause::Unchecked);
        self
    }

    /// Sets the local file, replacing any that was set before.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        self.0.path = Some(path.to_owned());
        self
    }

    /// Sets the command, unless one is set already.
    pub(crate) fn during(mut self, request: &Request) -> Self {
        let command = || Command { verb: request.verb(), line: request.to_string() };
        self.0.command.get_or_insert_with(command);
        self
    }

    /// Sets the peer as `host:port`, unless one is set already.
    pub(crate) fn at(mut self, peer: impl Into<String>) -> Self {
        self.0.peer.get_or_insert_with(|| peer.into());
        self
    }

    /// Adds the reply that accompanied the failure, unless one is set already.
    pub(crate) fn with_reply(mut self, reply: Reply) -> Self {
        self.0.reply.get_or_insert(reply);
        self
    }

    /// Adds what the client found out by asking the server.
    pub(crate) fn with_finding(mut self, finding: Finding) -> Self {
        self.0.finding = Some(finding);
        self
    }

    /// What the client found out by asking the server, where the reply (550) left the reason open.
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

    /// The command line with passwords masked. It may contain undecoded text from the user or the
    /// server.
    pub fn command(&self) -> Option<&str> {
        self.0.command.as_ref().map(|command| command.line.as_str())
    }

    /// The verb of the command.
    pub fn verb(&self) -> Option<Verb> {
        self.0.command.as_ref().map(|command| command.verb)
    }

    /// The argument of the command, usually a path.
    pub(crate) fn argument(&self) -> &str {
        let line = self.0.command.as_ref().map(|command| command.line.as_str());
        line.and_then(|line| line.split_once(' ')).map_or("", |(_, argument)| argument)
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

    /// When the client may log in again, if a Packetboat server said so in its 421.
    pub fn returns(&self) -> Option<Return> {
        self.reply()
            .filter(|reply| reply.code().number() == 421)
            .and_then(|reply| return_in(&reply.text()))
    }

    /// How far that time lies ahead of `now`.
    pub(crate) fn returns_at(&self, now: Timestamp) -> Option<Duration> {
        Some(match self.returns()? {
            Return::WhenLifted => Duration::MAX,
            Return::At(time) => Duration::from_secs(u64::try_from(time.0 - now.0).unwrap_or(0)),
            Return::After(wait) => wait,
        })
    }

    /// What the user can do about it, where the failure alone does not make that clear.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Sets the hint.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Whether the login was anonymous because no user was given.
    pub(crate) fn is_guest(&self) -> bool {
        self.0.is_guest
    }

    /// Sets [`Self::is_guest`].
    pub(crate) fn of_guest(mut self, is_guest: bool) -> Self {
        self.0.is_guest = is_guest;
        self
    }

    /// What is unknown because the connection was lost before the server answered.
    pub fn leaves_unknown(&self) -> Option<Unknown> {
        self.0.unknown
    }

    /// Sets [`Self::leaves_unknown`].
    pub(crate) fn leaving_unknown(mut self, what: Unknown) -> Self {
        self.0.unknown = Some(what);
        self
    }

    /// How many bytes had moved when the transfer ended.
    pub fn moved(&self) -> u64 {
        self.0.moved
    }

    /// Sets [`Self::moved`].
    pub(crate) fn after_moving(mut self, bytes: u64) -> Self {
        self.0.moved = bytes;
        self
    }

    /// Set if the data seems complete but the server's final reply is missing.
    pub fn unconfirmed(&self) -> Option<Unconfirmed> {
        self.0.unconfirmed
    }

    /// Records that the whole length of the file has arrived.
    pub(crate) fn after_all_came(mut self, size: u64) -> Self {
        if self.0.unconfirmed.is_some() {
            (self.0.unconfirmed, self.0.moved) = (Some(Unconfirmed::AllCame), size);
        }
        self
    }

    /// Whether the data connection broke rather than the control connection.
    pub fn is_of_data(&self) -> bool {
        self.0.is_of_data
    }

    /// Sets [`Self::is_of_data`].
    pub(crate) fn of_data(mut self) -> Self {
        self.0.is_of_data = true;
        self
    }

    /// Whether only the end-of-data mark was missing, while the server reported success.
    pub(crate) fn is_unmarked(&self) -> bool {
        self.0.is_unmarked
    }

    /// Adds the final reply of a transfer whose data connection failed.
    pub(crate) fn ended_by(mut self, reply: Reply) -> Self {
        if reply.code().class() != Class::Completion {
            return self.with_reply(reply);
        }
        self.0.is_unmarked = matches!(&self.0.cause, Cause::Socket(error) if error.kind() == io::ErrorKind::UnexpectedEof);
        self
    }

    /// Whether a resume was refused because the existing file is not the beginning of the other
    /// one. The file is untouched.
    pub fn is_not_resumed(&self) -> bool {
        self.0.is_not_resumed
    }

    /// Why the transfer has to start over, if it cannot be resumed.
    pub fn begins_anew(&self) -> Option<Anew> {
        self.0.begins_anew
    }

    /// Sets [`Self::begins_anew`].
    pub(crate) fn beginning_anew(mut self, why: Anew) -> Self {
        self.0.begins_anew = Some(why);
        self
    }

    /// Whether the connection was lost, which leaves unknown what the server did.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.cause(), Cause::Socket(_) | Cause::TimedOut(_) | Cause::Closed)
    }

    /// Records that the data connection ended cleanly after `bytes`; only the final reply may have
    /// been lost.
    pub(crate) fn after_data_end(mut self, bytes: u64) -> Self {
        if self.is_lost() {
            let stored = self.verb().is_some_and(stores);
            self.0.unknown = stored.then_some(Unknown::Stored);
            self.0.unconfirmed = (!stored).then_some(Unconfirmed::Ended);
        }
        self.after_moving(bytes)
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
