//! [`Failure`], the kinds of failure that programs act on (exit codes, JSON), and what follows from
//! an [`Error`]: whether a retry may help, and whether the session is still usable.

use std::time::Duration;

use packetboat_codes::{Class, KnownText, WRONG_PASSWORD, known_text};
use packetboat_proto::client::{Reaction, policy};
use packetboat_proto::server::{lacks_folder_in, wants_tls_in};

use crate::error::{Cause, Error, Phase};
use crate::finding::{Finding, makes};

/// A kind of failure, for programs that act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The server could not be reached, or the connection to it was lost.
    Connection,
    /// The server does not let this user in.
    Login,
    /// There is no such file or directory on the server.
    NotFound,
    /// The server does not allow it.
    Permission,
    /// The server cannot do it now.
    Transient,
    /// A local file could not be read or written.
    LocalFile,
    /// The server broke the protocol.
    Protocol,
    /// The server refused for another reason.
    Refused,
    /// The two ends of a transfer hold different content.
    Different,
    /// The TLS handshake failed, or the server's identity could not be verified.
    Tls,
    /// The two ends of a transfer could not be compared.
    Unchecked,
}

impl Failure {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Connection,
        Self::Login,
        Self::NotFound,
        Self::Permission,
        Self::Transient,
        Self::LocalFile,
        Self::Protocol,
        Self::Refused,
        Self::Different,
        Self::Tls,
        Self::Unchecked,
    ];
}

/// What a refused login lacked, other than the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lack {
    /// TLS.
    Tls,
    /// A user name: the client logged in as a guest.
    User,
    /// A folder: the server cannot open the folder of the account.
    Folder,
}

impl Lack {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Tls, Self::User, Self::Folder];
}

impl Error {
    /// What the refused login lacked.
    pub fn lacks(&self) -> Option<Lack> {
        let reply = self.reply().filter(|reply| reply.code().number() == 530)?;
        let text = reply.text();
        if wants_tls_in(&text) {
            return Some(Lack::Tls);
        }
        if lacks_folder_in(&text) {
            return Some(Lack::Folder);
        }
        // A known text with another meaning takes precedence over the guest login.
        let plain =
            known_text(530, &text).is_none_or(|known| WRONG_PASSWORD.contains(&known.words));
        (plain && self.is_guest()).then_some(Lack::User)
    }

    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self.cause() {
            Cause::Mismatch(_) if self.is_not_resumed() => return Failure::Different,
            Cause::Local(_) | Cause::UnsafeName(_) | Cause::IllegalName(_) | Cause::Mismatch(_) => {
                return Failure::LocalFile;
            }
            Cause::Different(_) => return Failure::Different,
            Cause::Unchecked => return Failure::Unchecked,
            Cause::NoMatch(_) => return Failure::NotFound,
            Cause::Tls(_) => return Failure::Tls,
            Cause::Protocol(_) => return Failure::Protocol,
            Cause::Refused => {}
            _ if self.broke_in_handshake() => return Failure::Connection,
            _ => match self.reply_class() {
                None | Some(Class::Preliminary | Class::Completion) => return Failure::Connection,
                _ => {}
            },
        }
        let Some(reply) = self.reply() else { return Failure::Protocol };
        match (reply.code().number(), reply.code().class(), self.phase()) {
            // Not ready, and the announced delay exceeds what the user is willing to wait.
            (120, ..) | (_, Class::TransientNegative, _) => Failure::Transient,
            (_, Class::PermanentNegative, Phase::Login | Phase::Greeting) | (530 | 332, ..) => {
                Failure::Login
            }
            // RFC 4217 §10.2: the server requires TLS, or a higher protection level.
            (_, Class::PermanentNegative, Phase::Tls) | (521 | 522, _, Phase::Transfer) => {
                Failure::Tls
            }
            (532..=534, ..) => Failure::Permission,
            (550, ..) => self.unavailable(),
            (501 | 553, ..) => self.settled().map_or(Failure::Refused, Finding::failure),
            (_, Class::PermanentNegative, _) => Failure::Refused,
            _ => Failure::Protocol,
        }
    }

    /// Whether the same operation may succeed later without the user changing anything: where the
    /// policy table says so for the reply code, unless the server is known to send the text for
    /// something that lasts, and for most failures of a connection.
    pub fn is_retryable(&self) -> bool {
        match self.cause() {
            Cause::Refused => self.reply().is_some_and(|reply| {
                let lasts = || known_text(reply.code().number(), &reply.text());
                policy(reply.code(), self.verb()).reaction.repeats()
                    && !lasts().is_some_and(KnownText::is_lasting)
            }),
            Cause::Closed => self.reply_class() != Some(Class::PermanentNegative),
            Cause::Socket(_) if self.phase() == Phase::Resolve => {
                self.socket_code().is_some_and(|code| code.number() == 11002)
            }
            Cause::Socket(_) | Cause::TimedOut(_) => {
                self.broke_in_handshake() || self.reply_class() != Some(Class::PermanentNegative)
            }
            Cause::Truncated { .. } | Cause::Shortened { .. } | Cause::ListingCut(_) => true,
            _ => false,
        }
    }

    /// Whether the network broke a data connection during its TLS handshake. The server reports
    /// that as a TLS failure (522, RFC 4217 §10.2), but it says nothing about the next attempt.
    pub(crate) fn broke_in_handshake(&self) -> bool {
        matches!(self.cause(), Cause::Socket(_) | Cause::TimedOut(_))
            && self.phase() == Phase::Tls
            && self.reply_number() == Some(522)
    }

    /// Whether the control connection can no longer be used.
    pub(crate) fn ends_session(&self) -> bool {
        match self.cause() {
            Cause::Refused => self.reply_number() == Some(421),
            Cause::Socket(_)
            | Cause::TimedOut(_)
            | Cause::Closed
            | Cause::Tls(_)
            | Cause::Protocol(_) => true,
            _ => false,
        }
    }

    /// Whether the reply leaves the reason open, so that the client has to ask the server what is wrong.
    pub(crate) fn leaves_open(&self) -> bool {
        let Some(reply) = self.reply() else { return false };
        // Once data has moved, the cause is not a missing file or permission.
        matches!(self.cause(), Cause::Refused)
            && self.moved() == 0
            && policy(reply.code(), self.verb()).reaction == Reaction::TellApart
            && self.settled().is_none()
    }

    /// What is known about the path that the server refused to work on: what the client found out
    /// by asking, or else what the words of the reply say.
    pub fn settled(&self) -> Option<Finding> {
        let words = || {
            let reply = self.reply().filter(|reply| matches!(reply.code().number(), 550 | 553))?;
            let text = reply.text();
            // Once data has moved, "denied" is mostly about the content of the file.
            let is_plain = self.moved() == 0 || Finding::is_said_plainly(&text);
            Finding::by_words(self.verb()?, &text, self.argument()).filter(|_| is_plain)
        };
        self.finding().or_else(words)
    }

    /// How long to wait for the server's reply after a transfer broke. After a stall the server has
    /// had time enough to send one, so the wait is shorter.
    pub(crate) fn patience_for_reason(&self, stall: Duration) -> Duration {
        let seconds = if matches!(self.cause(), Cause::TimedOut(_)) { 2 } else { 5 };
        Duration::from_secs(seconds).min(stall)
    }

    fn unavailable(&self) -> Failure {
        let makes = self.verb().is_some_and(makes);
        self.settled().map(Finding::failure).unwrap_or(match makes || self.moved() > 0 {
            true => Failure::Refused,
            false => Failure::NotFound,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_codes::ReplyCode;
    use packetboat_proto::client::Request;
    use packetboat_proto::reply::Reply;
    use packetboat_proto::verbs::Verb;

    fn refused(verb: Verb, number: u16, text: &str) -> Error {
        let reply = Reply::new(ReplyCode::new(number).expect("three digits"), text);
        Error::refused(Phase::Command, &Request::bare(verb), reply)
    }

    #[test]
    fn a_refusal_is_told_by_code_verb_and_words() {
        for (verb, number, text, failure, retryable) in [
            (Verb::Retr, 550, "a: No such file", Failure::NotFound, false),
            (Verb::Retr, 550, "a: Permission denied", Failure::Permission, false),
            (Verb::Retr, 550, "File unavailable", Failure::NotFound, false),
            (
                Verb::Retr,
                550,
                "a: es führt aus dem freigegebenen Ordner hinaus; verwenden Sie einen Pfad innerhalb.",
                Failure::Permission,
                false,
            ),
            (Verb::Rmd, 550, "Directory not empty", Failure::Refused, false),
            (Verb::Mkd, 550, "Create failed", Failure::Refused, false),
            (Verb::Retr, 450, "Busy", Failure::Transient, true),
            (
                Verb::Rnto,
                451,
                "Rename/move failure: No such file or directory",
                Failure::Transient,
                false,
            ),
            (Verb::Rnto, 451, "Local error in processing", Failure::Transient, true),
            (Verb::Stor, 553, "Name not allowed", Failure::Refused, false),
            (Verb::Stor, 553, "a/b: No such file or directory", Failure::NotFound, false),
            (Verb::Mlsd, 501, "a: it is not a directory", Failure::Refused, false),
            (Verb::Stor, 532, "Need account", Failure::Permission, false),
            (Verb::Retr, 530, "Not logged in", Failure::Login, false),
            (Verb::Retr, 700, "Odd", Failure::Protocol, false),
        ] {
            let error = refused(verb, number, text);
            assert_eq!(
                (error.failure(), error.is_retryable()),
                (failure, retryable),
                "{number} {text}"
            );
        }
    }

    /// Servers send 522 (RFC 4217 §10.2) when a handshake fails at their end, even if the network
    /// broke it.
    #[test]
    fn a_handshake_that_the_network_broke_is_a_lost_connection_whatever_the_server_calls_it() {
        let refused = |number| Reply::new(ReplyCode::known(number), "no");
        let broken = || Error::socket(Phase::Tls, std::io::ErrorKind::ConnectionReset.into());
        let told = |error: Error| (error.failure(), error.is_retryable());
        assert_eq!(told(broken()), (Failure::Connection, true));
        assert_eq!(told(broken().with_reply(refused(522))), (Failure::Connection, true));
        assert_eq!(told(broken().with_reply(refused(426))), (Failure::Transient, true));
        assert_eq!(told(broken().with_reply(refused(535))), (Failure::Tls, false));
        assert_eq!(told(Error::tls("no").with_reply(refused(522))), (Failure::Tls, false));
        let later = Error::socket(Phase::Transfer, std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(told(later.with_reply(refused(522))), (Failure::Tls, false));
    }

    #[test]
    fn the_reason_for_a_stall_is_waited_for_shortly() {
        let stalled = |seconds| {
            let stall = Duration::from_secs(seconds);
            Error::timed_out(Phase::Transfer, stall).patience_for_reason(stall).as_secs()
        };
        assert_eq!((stalled(60), stalled(4), stalled(1)), (2, 2, 1));
        let reset = Error::socket(Phase::Transfer, std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(reset.patience_for_reason(Duration::from_secs(60)).as_secs(), 5);
    }

    #[test]
    fn only_words_that_say_nothing_leave_it_open() {
        assert!(refused(Verb::Retr, 550, "Failed to open file.").leaves_open());
        assert!(!refused(Verb::Retr, 550, "f: No such file").leaves_open());
        assert!(!refused(Verb::Site, 550, "no").leaves_open());
        assert!(!refused(Verb::Retr, 553, "no").leaves_open());
        assert!(refused(Verb::Stor, 553, "Could not create file.").leaves_open());
        assert!(refused(Verb::Mlsd, 501, "it is not a directory").leaves_open());
        let found = refused(Verb::Retr, 550, "no").with_finding(Finding::Forbidden);
        assert_eq!((found.failure(), found.leaves_open()), (Failure::Permission, false));
    }

    #[test]
    fn what_is_refused_after_the_data_is_no_lack_of_permission() {
        for (verb, number, text, failure) in [
            (Verb::Stor, 550, "Virus found", Failure::Refused),
            (Verb::Stor, 550, "Access denied: rejected by policy", Failure::Refused),
            (Verb::Stor, 553, "Rejected", Failure::Refused),
            (Verb::Stor, 552, "Too large", Failure::Refused),
            (Verb::Retr, 550, "Stopped", Failure::Refused),
            (Verb::Stor, 550, "f: Permission denied", Failure::Permission),
        ] {
            let error = refused(verb, number, text).after_moving(5);
            assert_eq!((error.failure(), error.leaves_open()), (failure, false), "{number} {text}");
        }
    }

    #[test]
    fn what_a_login_lacks_is_told_from_a_wrong_password() {
        let lacks = |text, guest| refused(Verb::Pass, 530, text).of_guest(guest).lacks();
        let tls = "This server accepts logins over TLS only; set the client to explicit TLS (FTPES, AUTH TLS) and connect again.";
        assert_eq!((lacks(tls, false), lacks(tls, true)), (Some(Lack::Tls), Some(Lack::Tls)));
        let folder = "User and password are right, but the folder of your account cannot be opened; ask the \
                      administrator of this server, whose log names it.";
        assert_eq!(lacks(folder, false), Some(Lack::Folder));
        for text in
            ["No.", "Login incorrect.", "Login authentication failed", "User cannot log in."]
        {
            assert_eq!((lacks(text, false), lacks(text, true)), (None, Some(Lack::User)), "{text}");
        }
        assert_eq!(lacks("Too many sessions.", true), None);
    }
}
