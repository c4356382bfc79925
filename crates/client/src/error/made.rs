//! How errors are made, each with what is known where it happens.

use std::io;
use std::path::Path;
use std::time::Duration;

use packetboat_codes::SocketCode;
use packetboat_proto::client::Request;
use packetboat_proto::pathname::PathnameError;
use packetboat_proto::reply::Reply;

use super::{Cause, Error};
use crate::phase::Phase;

/// WSAEDISCON: the other side has closed.
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
        // Last words say more.
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

    /// The server has fewer bytes than were sent.
    pub(crate) fn shortened(sent: u64, stored: u64) -> Self {
        Self::new(Phase::Transfer, Cause::Shortened { sent, stored })
    }

    /// Counts from the start of the file, where the transfer began behind so many bytes of it.
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

    /// The data ended before the mark of its end.
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

    /// A name that a file of this machine cannot have.
    pub(crate) fn impossible_name(name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name);
        let what = format!(
            "the server names it {name:?}, which no file can be called on this system; `packetboat get` it alone, with \
             another name behind -o"
        );
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A name that stands for the same file of this machine as one beside it.
    pub(crate) fn same_name(name: &[u8], first: &[u8]) -> Self {
        let (name, first) = (String::from_utf8_lossy(name), String::from_utf8_lossy(first));
        let what = format!(
            "the server names it {name:?}, which is the same as {first:?} beside it on this system, so it would replace \
             that; `packetboat get` it alone, with another name behind -o"
        );
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A name that stands beside a file of the same directory until that is whole.
    pub(crate) fn used_name(name: &[u8], whole: &[u8]) -> Self {
        let (name, whole) = (String::from_utf8_lossy(name), String::from_utf8_lossy(whole));
        let what = format!(
            "{name:?} is what {whole:?} beside it is kept under until it is whole, so the two would be mixed up; \
             `packetboat get` it alone, with another name behind -o, or leave it out with --exclude"
        );
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A file on one side, a directory on the other.
    pub(crate) fn between_kinds(what: String) -> Self {
        Self::new(Phase::LocalFile, Cause::Mismatch(what))
    }

    /// A directory that may have more in it than was shown, where all of it has to be known before anything is deleted.
    pub(crate) fn not_all_seen() -> Self {
        let what = "its listing does not show all that is in it, so it is unknown what would be deleted with it, and nothing \
                    is; delete it with `packetboat rm -r`, or have the server list more";
        Self::protocol(Phase::Command, what)
    }

    /// A name that was sent and is not listed.
    pub(crate) fn other_form(name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name);
        let what = format!(
            "the server does not list {name:?}, which it was sent, and may keep it as this; so this was not deleted. \
             Give both ends the same names"
        );
        Self::new(Phase::Transfer, Cause::Mismatch(what))
    }

    pub(crate) fn illegal_name(phase: Phase, error: PathnameError) -> Self {
        Self::new(phase, Cause::IllegalName(error))
    }

    pub(crate) fn local(path: &Path, error: io::Error) -> Self {
        Self::new(Phase::LocalFile, Cause::Local(error)).about(path)
    }

    /// A file whose target is that of another one in the same run.
    pub fn replaces_other(path: &Path) -> Self {
        let what = "something else of this command has gone to that name, and this would replace it; give it a place of its \
                    own in a command of its own";
        Self::mismatch(path, what)
    }

    pub(crate) fn mismatch(path: &Path, what: impl Into<String>) -> Self {
        Self::new(Phase::LocalFile, Cause::Mismatch(what.into())).about(path)
    }

    /// The file that was begun is no more the one that is there.
    pub(crate) fn changed() -> Self {
        Self::new(Phase::Transfer, Cause::Changed)
    }

    /// Of what is at the other end nothing can be gone on from.
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
