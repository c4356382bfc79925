//! Constructors of [`Error`], one for each kind of failure, with its message.

use std::io;
use std::path::Path;
use std::time::Duration;

use packetboat_codes::SocketCode;
use packetboat_proto::client::Request;
use packetboat_proto::pathname::PathnameError;
use packetboat_proto::reply::Reply;

use super::{Cause, Error};
use crate::phase::Phase;

/// WSAEDISCON: the peer has closed the connection.
const DISCONNECTED: SocketCode = SocketCode::new(10101);

impl Error {
    pub(crate) fn socket(phase: Phase, error: io::Error) -> Self {
        Self::new(phase, Cause::Socket(error))
    }

    pub(crate) fn timed_out(phase: Phase, after: Duration) -> Self {
        Self::new(phase, Cause::TimedOut(after))
    }

    pub(crate) fn closed(phase: Phase, last_words: Option<Reply>) -> Self {
        let mut error = Self::new(phase, Cause::Closed);
        // A reply explains the close better than a socket code does.
        error.0.socket = last_words.is_none().then_some(DISCONNECTED);
        error.0.reply = last_words;
        error
    }

    pub(crate) fn refused(phase: Phase, request: &Request, reply: Reply) -> Self {
        Self::refused_unasked(phase, reply).during(request)
    }

    pub(crate) fn refused_unasked(phase: Phase, reply: Reply) -> Self {
        let mut error = Self::new(phase, Cause::Refused);
        error.0.reply = Some(reply);
        error
    }

    pub(crate) fn protocol(phase: Phase, what: impl Into<String>) -> Self {
        Self::new(phase, Cause::Protocol(what.into()))
    }

    pub(crate) fn truncated(expected: u64, received: u64) -> Self {
        Self::new(Phase::Transfer, Cause::Truncated { expected, received })
    }

    /// The server stored fewer bytes than were sent.
    pub(crate) fn shortened(sent: u64, stored: u64) -> Self {
        Self::new(Phase::Transfer, Cause::Shortened { sent, stored })
    }

    /// Adds the offset at which a resumed transfer began, so that the lengths count from the start
    /// of the file.
    pub(crate) fn behind(mut self, offset: u64) -> Self {
        if let Cause::Truncated { expected: whole, received: there }
        | Cause::Shortened { sent: whole, stored: there } = &mut self.0.cause
        {
            (*whole, *there) = (*whole + offset, *there + offset);
        }
        self
    }

    pub(crate) fn listing_cut(what: &'static str) -> Self {
        Self::new(Phase::Transfer, Cause::ListingCut(what))
    }

    pub(crate) fn unlisted() -> Self {
        Self::new(Phase::Command, Cause::Unlisted)
    }

    /// The data ended without its end mark.
    pub(crate) fn cut_off() -> Self {
        let error =
            io::Error::new(io::ErrorKind::UnexpectedEof, "the data ended before its end mark");
        Self::new(Phase::Transfer, Cause::Socket(error))
    }

    pub(crate) fn tls(what: impl Into<String>) -> Self {
        Self::new(Phase::Tls, Cause::Tls(what.into()))
    }

    pub(crate) fn unsafe_name(name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name).into_owned();
        Self::new(Phase::LocalFile, Cause::UnsafeName(name))
    }

    /// A name that no local file can have.
    pub(crate) fn impossible_name(name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name);
        let what = format!(
            "{name:?} is not a valid file name on this system; fetch the file on its own with `packetboat get`, and \
             choose another name with -o"
        );
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A name that the local file system treats as the same as another name in the directory.
    pub(crate) fn same_name(name: &[u8], first: &[u8]) -> Self {
        let (name, first) = (String::from_utf8_lossy(name), String::from_utf8_lossy(first));
        let what = format!(
            "{name:?} and {first:?} are the same name on this system, so one would replace the other; fetch the file on \
             its own with `packetboat get`, and choose another name with -o"
        );
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A name that the client uses for the unfinished download of another file in the same directory.
    pub(crate) fn used_name(name: &[u8], whole: &[u8]) -> Self {
        let (name, whole) = (String::from_utf8_lossy(name), String::from_utf8_lossy(whole));
        let what = format!(
            "{name:?} is also the name under which the unfinished download of {whole:?} is kept, so the two would be \
             mixed up; fetch this file on its own with `packetboat get` and choose another name with -o, or leave it out \
             with --exclude"
        );
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A file on one side and a directory on the other.
    pub(crate) fn between_kinds(what: String) -> Self {
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A directory whose listing is incomplete, where everything has to be counted before anything
    /// is deleted.
    pub(crate) fn not_all_seen() -> Self {
        let what = "its listing does not show everything in it, so the number of deletions is unknown and nothing was \
                    deleted; delete it with `packetboat rm -r`, or configure the server to list more entries";
        Self::protocol(Phase::Command, what)
    }

    /// A name that was sent to the server and does not appear in its listing.
    pub(crate) fn other_form(name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name);
        let what = format!(
            "the server was sent {name:?} but does not list it, and may have stored it under this name; so this was not \
             deleted. Use names that both ends spell alike"
        );
        Self::new(Phase::Transfer, Cause::Mismatch(what))
    }

    pub(crate) fn illegal_name(phase: Phase, error: PathnameError) -> Self {
        Self::new(phase, Cause::IllegalName(error))
    }

    pub(crate) fn local(path: &Path, error: io::Error) -> Self {
        Self::new(Phase::LocalFile, Cause::Local(error)).about(path)
    }

    /// A file that would go to the same local name as another one in the same run.
    pub fn replaces_other(path: &Path) -> Self {
        let what = "this command has already written another file to that name, and this one would replace it; use a separate \
                    command with another target for it";
        Self::mismatch(path, what)
    }

    pub(crate) fn mismatch(path: &Path, what: impl Into<String>) -> Self {
        Self::new(Phase::LocalFile, Cause::Mismatch(what.into())).about(path)
    }

    /// The remote file changed while it was being downloaded.
    pub(crate) fn changed() -> Self {
        Self::new(Phase::Transfer, Cause::Changed)
    }

    /// A resume that is refused because the file at the other end cannot be continued.
    pub(crate) fn not_resumed(path: &Path, what: impl Into<String>) -> Self {
        let mut error = Self::mismatch(path, what);
        error.0.is_not_resumed = true;
        error
    }

    pub(crate) fn no_match(what: impl Into<String>) -> Self {
        Self::new(Phase::Command, Cause::NoMatch(what.into()))
    }

    pub(crate) fn different(path: &Path, what: impl Into<String>) -> Self {
        Self::new(Phase::Verify, Cause::Different(what.into())).about(path)
    }
}
