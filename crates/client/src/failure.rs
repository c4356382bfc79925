//! Kinds of failure, for those who act on them by program. RFC 959 gives 550 to what is missing and to what
//! is forbidden alike: the server's words tell them apart, or else [`Finding`], what asking it brought.

use packetboat_codes::{Class, Fault};
use packetboat_proto::client::{Reaction, policy};
use packetboat_proto::listing::EntryKind;
use packetboat_proto::server::fault_in;
use packetboat_proto::verbs::Verb;

use crate::error::{Cause, Error, Phase};

/// A kind of failure, for those who act on it by program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The server was not reached or was lost.
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
    /// What was transferred is not what is at the other end.
    Different,
    /// TLS did not come about, or the server is not who it should be.
    Tls,
}

impl Failure {
    /// Every kind.
    pub const ALL: [Self; 10] = [
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
    ];
}

/// What the server told of a path after it had refused a command on it with 550.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// It is not there.
    Absent,
    /// It is there, and the command fits it: so it is not permitted.
    Forbidden,
    /// It is a directory where a file is meant.
    Directory,
    /// It is a file where a directory is meant.
    NoDirectory,
    /// The directory has entries.
    NotEmpty,
    /// Something of that name is there already.
    Exists,
    /// The directory that it should be made in is not there.
    NoParent,
    /// That directory is there: so making something in it is not permitted.
    ParentForbids,
}

impl Finding {
    /// One word for machines, as it stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Forbidden => "forbidden",
            Self::Directory => "is-directory",
            Self::NoDirectory => "no-directory",
            Self::NotEmpty => "not-empty",
            Self::Exists => "exists",
            Self::NoParent => "no-parent",
            Self::ParentForbids => "parent-forbids",
        }
    }

    /// The same as a sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::Absent => "it is not there.",
            Self::Forbidden => "it is there, so this user has no permission for this.",
            Self::Directory => "it is a directory, not a file.",
            Self::NoDirectory => "it is a file, not a directory.",
            Self::NotEmpty => "the directory is not empty.",
            Self::Exists => "something of that name is there already.",
            Self::NoParent => "the directory that it should be made in is not there.",
            Self::ParentForbids => {
                "its directory is there, so this user has no permission to make something in it."
            }
        }
    }

    fn failure(self) -> Failure {
        match self {
            Self::Absent | Self::NoParent => Failure::NotFound,
            Self::Forbidden | Self::ParentForbids => Failure::Permission,
            Self::Directory | Self::NoDirectory | Self::NotEmpty | Self::Exists => Failure::Refused,
        }
    }

    /// What it means for a verb that something of this kind is there.
    pub(crate) fn of_present(verb: Verb, kind: EntryKind) -> Self {
        let directory = kind == EntryKind::Directory;
        match verb {
            Verb::Mkd => Self::Exists,
            Verb::Retr | Verb::Stor | Verb::Appe | Verb::Dele | Verb::Hash if directory => {
                Self::Directory
            }
            Verb::Cwd | Verb::Rmd | Verb::Mlsd if kind == EntryKind::File => Self::NoDirectory,
            _ => Self::Forbidden,
        }
    }
}

/// Whether the verb makes something that need not be there.
pub(crate) fn makes(verb: Verb) -> bool {
    matches!(verb, Verb::Stor | Verb::Appe | Verb::Mkd | Verb::Rnto)
}

impl Error {
    /// The kind of failure.
    pub fn failure(&self) -> Failure {
        match self.cause() {
            Cause::Local(_) | Cause::UnsafeName(_) | Cause::IllegalName(_) | Cause::Mismatch(_) => {
                return Failure::LocalFile;
            }
            Cause::Different(_) => return Failure::Different,
            Cause::NoMatch(_) => return Failure::NotFound,
            Cause::Tls(_) => return Failure::Tls,
            Cause::Protocol(_) => return Failure::Protocol,
            Cause::Refused => {}
            _ => match self.reply_class() {
                None | Some(Class::Preliminary | Class::Completion) => return Failure::Connection,
                _ => {}
            },
        }
        let Some(reply) = self.reply() else { return Failure::Protocol };
        match (reply.code().number(), reply.code().class(), self.phase()) {
            // Not ready yet, and for longer than one was willing to wait.
            (120, ..) | (_, Class::TransientNegative, _) => Failure::Transient,
            (_, Class::PermanentNegative, Phase::Login | Phase::Greeting) | (530 | 332, ..) => {
                Failure::Login
            }
            // RFC 4217 §10.2: the server wants TLS, or more of it.
            (_, Class::PermanentNegative, Phase::Tls) | (521 | 522, _, Phase::Transfer) => {
                Failure::Tls
            }
            (532..=534, ..) => Failure::Permission,
            (550, ..) => self.unavailable(),
            (_, Class::PermanentNegative, _) => Failure::Refused,
            _ => Failure::Protocol,
        }
    }

    /// Whether the server has to be asked what is wrong: its words do not say.
    pub(crate) fn leaves_open(&self) -> bool {
        let Some(reply) = self.reply() else { return false };
        matches!(self.cause(), Cause::Refused)
            && policy(reply.code(), self.verb()).reaction == Reaction::TellApart
            && self.finding().is_none()
            && by_words(&reply.text()).is_none()
    }

    fn unavailable(&self) -> Failure {
        let words = || self.reply().and_then(|reply| by_words(&reply.text()));
        let found = self.finding().map(Finding::failure).or_else(words);
        found.unwrap_or(match self.verb().is_some_and(makes) {
            true => Failure::Refused,
            false => Failure::NotFound,
        })
    }
}

/// What the words of a reply say.
fn by_words(text: &str) -> Option<Failure> {
    fault_in(text).map_or_else(|| by_usual_words(text), |fault| Some(by_fault(fault)))
}

/// What our own server says, in whatever language.
fn by_fault(fault: Fault) -> Failure {
    match fault {
        Fault::NotFound | Fault::ParentNotFound => Failure::NotFound,
        Fault::AlreadyExists
        | Fault::IsADirectory
        | Fault::NotADirectory
        | Fault::DirectoryNotEmpty
        | Fault::NotARegularFile => Failure::Refused,
        _ => Failure::Permission,
    }
}

/// What the usual words of servers say.
fn by_usual_words(text: &str) -> Option<Failure> {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["no such", "not found", "not exist", "n't exist", "cannot find"]) {
        Some(Failure::NotFound)
    } else if says(&["permission", "denied", "not permitted", "not allowed", "read-only", "access"])
    {
        Some(Failure::Permission)
    } else if says(&["not empty", "exists", "is a directory", "not a directory", "neither a plain"])
    {
        Some(Failure::Refused)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_codes::ReplyCode;
    use packetboat_proto::client::Request;
    use packetboat_proto::reply::Reply;

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
            (Verb::Stor, 553, "Name not allowed", Failure::Refused, false),
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

    #[test]
    fn only_words_that_say_nothing_leave_it_open() {
        assert!(refused(Verb::Retr, 550, "Failed to open file.").leaves_open());
        assert!(!refused(Verb::Retr, 550, "f: No such file").leaves_open());
        assert!(!refused(Verb::Site, 550, "no").leaves_open());
        assert!(!refused(Verb::Retr, 553, "no").leaves_open());
        let found = refused(Verb::Retr, 550, "no").with_finding(Finding::Forbidden);
        assert_eq!((found.failure(), found.leaves_open()), (Failure::Permission, false));
    }
}
