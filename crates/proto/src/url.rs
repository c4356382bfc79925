//! [`FtpUrl`]: `ftp://user:password@host:port/path;type=i` (RFC 1738 §3.2, RFC 3986). A path is
//! relative to the directory after login; a path that starts with `%2F` or a second `/` is
//! absolute. Parts are decoded to bytes. The password is never written as text.

mod parts;

use std::fmt;

use self::parts::{
    decode, decode_login, encode, encode_pattern, split_host, split_pattern, split_scheme,
    split_type,
};

pub use self::parts::escaped;

/// How `ftp://`, `ftpes://` and `ftps://` differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain FTP.
    Ftp,
    /// FTP that switches to TLS with AUTH.
    Ftpes,
    /// FTP under TLS from the first byte on.
    Ftps,
}

/// The transfer type of `;type=` (RFC 1738 §3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeCode {
    /// `a`: text.
    Ascii,
    /// `i`: bytes unchanged.
    Image,
    /// `d`: a listing of the directory.
    Directory,
}

/// One parsed URL.
#[derive(Clone, PartialEq, Eq)]
pub struct FtpUrl {
    scheme: Scheme,
    user: Option<Vec<u8>>,
    password: Option<Vec<u8>>,
    host: String,
    port: Option<u16>,
    path: Vec<u8>,
    type_code: Option<TypeCode>,
    pattern: Option<Vec<u8>>,
}

/// Why a text is not an FTP URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// The text does not start with `ftp://`, `ftpes://` or `ftps://`.
    Scheme,
    /// The text starts with `sftp://`, which is another protocol.
    Sftp,
    /// There is no host.
    NoHost,
    /// The host is not a valid name or address.
    Host(String),
    /// The port is not a number from 1 to 65535.
    Port(String),
    /// `%` is not followed by two hexadecimal digits.
    Percent(String),
    /// As [`Percent`](Self::Percent), but in the user or the password, so the error must not show
    /// the text.
    PercentInLogin,
    /// The user or the password contains a `/`, which would end the host.
    SlashInLogin,
    /// The text contains NUL, CR or LF, which FTP cannot carry.
    LineBreak,
    /// The text contains `?` or `#`, which have no place in an FTP URL.
    Reserved(char),
    /// `;type=` is followed by something other than `a`, `i` or `d`.
    Type(String),
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str(
                "an FTP address begins with ftp://, or with ftpes:// or ftps:// for TLS, as in ftp://host/path",
            ),
            Self::Sftp => f.write_str(
                "SFTP runs over SSH and is not FTP: use `sftp`, or ftpes:// if the server also speaks FTP over TLS",
            ),
            Self::NoHost => f.write_str("the address names no host: write ftp://host/path"),
            Self::Host(host) => write!(f, "{host:?} is not a host name or address"),
            Self::Port(port) => write!(f, "{port:?} is not a port: use a number from 1 to 65535"),
            Self::Percent(text) => {
                write!(
                    f,
                    "{text:?} is not an escape: write two hexadecimal digits after %, or %25 for a % itself"
                )
            }
            Self::PercentInLogin => f.write_str(
                "a % in the user or the password is not an escape: write two hexadecimal digits after %, or %25 for a % itself",
            ),
            Self::SlashInLogin => f.write_str(
                "the part before the first / is not a host and port: write %2F for a / in the user or the password",
            ),
            Self::LineBreak => f.write_str("an FTP address cannot contain NUL, CR or LF: remove them"),
            Self::Reserved(mark) => {
                write!(f, "FTP addresses have no {mark:?} part: write %{:02X} for it", *mark as u32)
            }
            Self::Type(code) => write!(f, "{code:?} is not a transfer type: use a, i or d"),
        }
    }
}

impl std::error::Error for UrlError {}

impl FtpUrl {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = split_scheme(text)?;
        let (authority, path) = match rest.find(['/', '?', '#']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        if let Some(mark) = path.chars().find(|mark| matches!(mark, '?' | '#')) {
            return Err(UrlError::Reserved(mark));
        }
        let (userinfo, host_port) = match authority.rsplit_once('@') {
            Some((userinfo, host_port)) => (Some(userinfo), host_port),
            None => (None, authority),
        };
        let (user, password) = match userinfo.map(|info| info.split_once(':').ok_or(info)) {
            None => (None, None),
            Some(Err(user)) => (Some(decode_login(user)?), None),
            Some(Ok((user, password))) => {
                (Some(decode_login(user)?), Some(decode_login(password)?))
            }
        };
        // If this is not host and port, it may be user and password, and an error must not show those.
        let may_be_login = authority.contains(':') && path.contains('@');
        let (host, port) = match split_host(host_port) {
            Err(_) if may_be_login => return Err(UrlError::SlashInLogin),
            Ok(_) if may_be_login && host_port.ends_with(':') => {
                return Err(UrlError::SlashInLogin);
            }
            found => found?,
        };
        let (path, type_code) = split_type(path)?;
        let pattern = split_pattern(path)?;
        let path = decode(path.strip_prefix('/').unwrap_or(path))?;
        Ok(Self { scheme, user, password, host, port, path, type_code, pattern })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The user name, if given.
    pub fn user(&self) -> Option<&[u8]> {
        self.user.as_deref()
    }

    /// The password, if given; it may be empty.
    pub fn password(&self) -> Option<&[u8]> {
        self.password.as_deref()
    }

    /// The host: a name, an IPv4 address, or an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The port to connect to: the given port, else 21, or 990 for `ftps` (RFC 4217 §1 mentions it
    /// as past practice).
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme {
            Scheme::Ftp | Scheme::Ftpes => 21,
            Scheme::Ftps => 990,
        })
    }

    /// The path in bytes: empty for the directory after login, with a leading `/` if absolute.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The last part of the path as a pattern for [`matches`](crate::pattern::matches), if that
    /// part contains a `*` that is not written `%2A`. Only `*` has a special meaning in it.
    pub fn pattern(&self) -> Option<&[u8]> {
        self.pattern.as_deref()
    }

    /// The path without its last part: empty, or ending in `/`.
    pub fn directory(&self) -> &[u8] {
        let end = self.path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        &self.path[..end]
    }

    /// The same URL with another path.
    pub fn with_path(&self, path: Vec<u8>) -> Self {
        Self { path, pattern: None, ..self.clone() }
    }

    /// Whether the path is written as a directory: empty, or ending in `/`.
    pub fn names_a_directory(&self) -> bool {
        self.path.last().is_none_or(|&byte| byte == b'/')
    }

    /// The last part of the path, if it is not empty.
    pub fn file_name(&self) -> Option<&[u8]> {
        self.path.rsplit(|&byte| byte == b'/').next().filter(|name| !name.is_empty())
    }

    /// The transfer type, if given.
    pub fn type_code(&self) -> Option<TypeCode> {
        self.type_code
    }
}

/// Writes the URL without its password, in a form that [`FtpUrl::parse`] reads.
impl fmt::Display for FtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            Scheme::Ftp => "ftp://",
            Scheme::Ftpes => "ftpes://",
            Scheme::Ftps => "ftps://",
        })?;
        if let Some(user) = &self.user {
            encode(user, b"", f)?;
            f.write_str("@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str("/")?;
        let plain = if self.pattern.is_some() { self.directory() } else { &self.path };
        match plain.split_first() {
            Some((b'/', rest)) => {
                f.write_str("%2F")?;
                encode(rest, b"/", f)?;
            }
            _ => encode(plain, b"/", f)?,
        }
        encode_pattern(self.pattern.as_deref().unwrap_or_default(), f)?;
        match self.type_code {
            None => Ok(()),
            Some(TypeCode::Ascii) => f.write_str(";type=a"),
            Some(TypeCode::Image) => f.write_str(";type=i"),
            Some(TypeCode::Directory) => f.write_str(";type=d"),
        }
    }
}

impl fmt::Debug for FtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FtpUrl({self})")
    }
}

#[cfg(test)]
mod tests;
