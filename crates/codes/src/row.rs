//! The rows of the catalogue: [`CodeRow`] for a reply code, [`SocketRow`] for a socket code.

use crate::reply::ReplyCode;
use crate::sockets::SocketCode;

/// Whether sending the same command again unchanged can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Nothing failed, so there is nothing to repeat.
    NotNeeded,
    /// The cause can pass by itself.
    CanHelp,
    /// It will fail again until someone changes the command, the permissions or the settings.
    Useless,
    /// The code alone does not decide; the row's texts say what does.
    Depends,
}

impl Repeat {
    /// Whether repeating the command unchanged may succeed.
    pub const fn can_help(self) -> bool {
        matches!(self, Self::CanHelp)
    }

    /// The keyword used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotNeeded => "not-needed",
            Self::CanHelp => "can-help",
            Self::Useless => "useless",
            Self::Depends => "depends",
        }
    }
}

/// The standing of a reply code today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// A server may send it.
    Current,
    /// Used only in a security exchange of RFC 2228 other than TLS.
    SecurityExchange,
    /// Only a gateway between client and server sends it.
    Gateway,
    /// Defined by an expired draft; few servers implement it.
    Draft,
    /// Defined or proposed by an old RFC and dropped by a later one: no server should send it.
    Historic,
    /// Used by one vendor or found in lists on the web, in no RFC: no server should send it.
    Vendor,
}

impl Status {
    /// Whether RFCs or drafts define the number for today's FTP. The other numbers are in the
    /// catalogue only so that users who see one can find out what it is.
    pub const fn is_ftp(self) -> bool {
        !matches!(self, Self::Historic | Self::Vendor)
    }

    /// Why Packetboat's server never sends a code with this status; `None` if it does send them.
    pub const fn never_sent_because(self) -> Option<&'static str> {
        match self {
            Self::Current | Self::Draft => None,
            Self::SecurityExchange => Some(
                "it does not offer the security mechanisms that use \
                this code",
            ),
            Self::Gateway => Some("only gateways send it"),
            Self::Historic => Some("later RFCs dropped it"),
            Self::Vendor => Some("no RFC defines it"),
        }
    }

    /// The keyword used in JSON.
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

    /// A remark on the number's standing for readers; `None` for a code in use.
    pub const fn remark(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::SecurityExchange => Some("only with a security mechanism other than TLS"),
            Self::Gateway => Some("from a gateway, never from a server"),
            Self::Draft => Some("from an expired draft"),
            Self::Historic => Some("historic, no server should send it"),
            Self::Vendor => Some("in no RFC, from one vendor or list"),
        }
    }
}

/// One FTP reply code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// The number on the wire.
    pub code: ReplyCode,
    /// A short name.
    pub name: &'static str,
    /// The document that defines it.
    pub source: &'static str,
    /// Its standing today.
    pub status: Status,
    /// What it means.
    pub meaning: &'static str,
    /// Who sends it, and when.
    pub sent: &'static str,
    /// What a user should do.
    pub advice: &'static str,
    /// Whether sending the same command again can help.
    pub repeat: Repeat,
    /// Whether Packetboat's client retries the command by itself, after a pause.
    pub client_retries: bool,
    /// Codes that are easily confused with it, and contradictions between the sources.
    pub notes: Option<&'static str>,
}

/// What a reply code means after certain verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VerbRow {
    /// The code.
    pub(crate) code: u16,
    /// The verbs.
    pub(crate) verbs: &'static [&'static str],
    /// What the code means after one of these verbs.
    pub(crate) meaning: &'static str,
    /// What a user should do in that case.
    pub(crate) advice: &'static str,
}

/// One Winsock code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketRow {
    /// The number.
    pub code: SocketCode,
    /// Microsoft's name for it.
    pub name: &'static str,
    /// A short phrase.
    pub phrase: &'static str,
    /// The errno names with the same meaning, the usual one first; empty where Unix has none.
    pub errno: &'static [&'static str],
    /// What it means.
    pub meaning: &'static str,
    /// Where it occurs in an FTP session.
    pub met: &'static str,
    /// What a user should do.
    pub advice: &'static str,
    /// Whether trying again can help.
    pub repeat: Repeat,
    /// Codes that are easily confused with it.
    pub notes: Option<&'static str>,
}

impl SocketRow {
    /// The document that defines it.
    pub const fn source(&self) -> &'static str {
        if self.code.number() >= 11032 {
            "Microsoft, System Error Codes (9000-11999)"
        } else {
            "Microsoft, Windows Sockets Error Codes"
        }
    }
}
