//! The shape of the catalogue's rows: what is known about one reply code or one socket code.

use crate::reply::ReplyCode;
use crate::sockets::SocketCode;

/// Whether sending the very same command again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Nothing failed, so there is nothing to repeat.
    NotNeeded,
    /// The cause can pass by itself.
    CanHelp,
    /// It fails again until somebody changes something: the command, the rights, the settings.
    Useless,
    /// The row does not decide it; its texts say what does.
    Depends,
}

impl Repeat {
    /// Whether a repetition with nothing changed may succeed.
    pub const fn can_help(self) -> bool {
        matches!(self, Self::CanHelp)
    }

    /// One word for machines, as it stands in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotNeeded => "not-needed",
            Self::CanHelp => "can-help",
            Self::Useless => "useless",
            Self::Depends => "depends",
        }
    }
}

/// How a reply code stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// A server may send it.
    Current,
    /// Only inside a security exchange of RFC 2228 other than TLS.
    SecurityExchange,
    /// Only a gateway between client and server sends it.
    Gateway,
    /// An expired draft defines it; few servers took it up.
    Draft,
    /// An old RFC defined or proposed it and a later one dropped it: never to be sent.
    Historic,
    /// A single maker's or a web list's number, in no RFC: never to be sent.
    Vendor,
}

impl Status {
    /// Whether the number belongs to FTP as RFCs and drafts describe it. The others are in the
    /// catalogue only so that a person who meets them finds out what they are.
    pub const fn is_ftp(self) -> bool {
        !matches!(self, Self::Historic | Self::Vendor)
    }

    /// Why this project's server never sends such a code; `None` where it does, when the situation arises.
    pub const fn never_sent_because(self) -> Option<&'static str> {
        match self {
            Self::Current | Self::Draft => None,
            Self::SecurityExchange => Some("the security mechanisms that use it are not offered"),
            Self::Gateway => Some("a gateway answers with it, and a server is none"),
            Self::Historic => Some("later RFCs dropped it"),
            Self::Vendor => Some("no RFC defines it"),
        }
    }

    /// One word for machines, as it stands in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::SecurityExchange => "security-exchange",
            Self::Gateway => "gateway",
            Self::Draft => "draft",
            Self::Historic => "historic",
            Self::Vendor => "vendor",
        }
    }

    /// What a reader should know about the number's standing; `None` where there is nothing.
    pub const fn remark(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::SecurityExchange => Some("only with a security mechanism other than TLS"),
            Self::Gateway => Some("from a gateway, never from a server"),
            Self::Draft => Some("from an expired draft"),
            Self::Historic => Some("history, no server should send it"),
            Self::Vendor => Some("in no RFC, one maker's or list's number"),
        }
    }
}

/// What is known about one FTP reply code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// The number on the wire.
    pub code: ReplyCode,
    /// A name of a few words.
    pub name: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    /// How it stands today.
    pub status: Status,
    /// What it says.
    pub meaning: &'static str,
    /// Who sends it, and when.
    pub sent: &'static str,
    /// What a user should do.
    pub advice: &'static str,
    /// Whether the identical command can help.
    pub repeat: Repeat,
    /// Whether this project's client repeats the command by itself, after a pause.
    pub client_retries: bool,
    /// What is easily confused with it, and where the sources contradict each other.
    pub notes: Option<&'static str>,
}

/// What a reply code means after some verbs only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VerbRow {
    /// The code.
    pub(crate) code: u16,
    /// The verbs.
    pub(crate) verbs: &'static [&'static str],
    /// What it says after one of them.
    pub(crate) meaning: &'static str,
    /// What a user should do then.
    pub(crate) advice: &'static str,
}

/// What is known about one Winsock code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketRow {
    /// The number.
    pub code: SocketCode,
    /// Microsoft's name for it.
    pub name: &'static str,
    /// A phrase of a few words.
    pub phrase: &'static str,
    /// The errno names that stand for the same, the usual one first; empty where Unix has none.
    pub errno: &'static [&'static str],
    /// What it says.
    pub meaning: &'static str,
    /// Where in an FTP session it shows.
    pub met: &'static str,
    /// What a user should do.
    pub advice: &'static str,
    /// Whether trying again can help.
    pub repeat: Repeat,
    /// What is easily confused with it.
    pub notes: Option<&'static str>,
}

impl SocketRow {
    /// Where it is defined.
    pub const fn source(&self) -> &'static str {
        if self.code.number() >= 11032 {
            "Microsoft, System Error Codes (9000-11999)"
        } else {
            "Microsoft, Windows Sockets Error Codes"
        }
    }
}
