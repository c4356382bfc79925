//! FTP URLs: `ftp://user:password@host:port/path;type=i` (RFC 1738 §3.2, RFC 3986). A path is relative
//! to the directory that login leads to; one that begins with `%2F` or a second `/` is absolute. Its
//! parts are decoded to bytes. The password has no text form.

use std::fmt;
use std::net::Ipv6Addr;

/// How `ftp://`, `ftpes://` and `ftps://` differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain FTP.
    Ftp,
    /// FTP that goes over to TLS with AUTH.
    Ftpes,
    /// FTP inside TLS from the first byte on.
    Ftps,
}

/// The transfer type of `;type=` (RFC 1738 §3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeCode {
    /// `a`: text.
    Ascii,
    /// `i`: bytes as they are.
    Image,
    /// `d`: a listing of the directory.
    Directory,
}

/// One URL, taken apart.
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

/// Whether a user's name is one of those that anonymous FTP goes by, which ask for no password (RFC 1635
/// §4.1, §5.2.2).
pub fn is_anonymous(user: &[u8]) -> bool {
    user.eq_ignore_ascii_case(b"anonymous") || user.eq_ignore_ascii_case(b"ftp")
}

/// Why a text is no FTP URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It does not begin with `ftp://`, `ftpes://` or `ftps://`.
    Scheme,
    /// There is no host in it.
    NoHost,
    /// The host cannot be one.
    Host(String),
    /// The port is not a number from 1 to 65535.
    Port(String),
    /// `%` is not followed by two hexadecimal digits.
    Percent(String),
    /// NUL, CR or LF stands in it, which FTP cannot carry.
    LineBreak,
    /// `?` or `#` stands in it, which no FTP URL has.
    Reserved(char),
    /// `;type=` is followed by something other than `a`, `i` or `d`.
    Type(String),
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("an FTP address begins with ftp://, as in ftp://host/path"),
            Self::NoHost => f.write_str("the address names no host: write ftp://host/path"),
            Self::Host(host) => write!(f, "{host:?} is no host name or address"),
            Self::Port(port) => write!(f, "{port:?} is no port: use a number from 1 to 65535"),
            Self::Percent(text) => {
                write!(
                    f,
                    "{text:?} is no escape: write two hexadecimal digits after %, or %25 for % itself"
                )
            }
            Self::LineBreak => f.write_str("NUL, CR and LF cannot stand in an FTP address"),
            Self::Reserved(mark) => {
                write!(f, "FTP addresses have no {mark:?} part: write %{:02X} for it", *mark as u32)
            }
            Self::Type(code) => write!(f, "{code:?} is no transfer type: use a, i or d"),
        }
    }
}

impl std::error::Error for UrlError {}

impl FtpUrl {
    /// Takes a URL apart.
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
            Some(Err(user)) => (Some(decode(user)?), None),
            Some(Ok((user, password))) => (Some(decode(user)?), Some(decode(password)?)),
        };
        let (host, port) = split_host(host_port)?;
        let (path, type_code) = split_type(path)?;
        let pattern = split_pattern(path)?;
        let path = decode(path.strip_prefix('/').unwrap_or(path))?;
        Ok(Self { scheme, user, password, host, port, path, type_code, pattern })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The user's name, if given.
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

    /// The port to connect to: 21, or 990 for `ftps` (RFC 4217 §1 speaks of it as past practice).
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme {
            Scheme::Ftp | Scheme::Ftpes => 21,
            Scheme::Ftps => 990,
        })
    }

    /// The path in bytes: empty for the directory after login, with `/` in front when absolute.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The pattern that the last part of the path is, if a `*` stands in it that is not written `%2A`. It
    /// goes with [`matches`](crate::pattern::matches); nothing but `*` has a meaning in it.
    pub fn pattern(&self) -> Option<&[u8]> {
        self.pattern.as_deref()
    }

    /// The path as far as its last part, which is empty or ends in `/`.
    pub fn directory(&self) -> &[u8] {
        let end = self.path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        &self.path[..end]
    }

    /// The same address with another path.
    pub fn with_path(&self, path: Vec<u8>) -> Self {
        Self { path, pattern: None, ..self.clone() }
    }

    /// Whether the path is written as a directory: empty or with `/` at its end.
    pub fn names_a_directory(&self) -> bool {
        self.path.last().is_none_or(|&byte| byte == b'/')
    }

    /// The last part of the path, if there is one.
    pub fn file_name(&self) -> Option<&[u8]> {
        self.path.rsplit(|&byte| byte == b'/').next().filter(|name| !name.is_empty())
    }

    /// The transfer type, if given.
    pub fn type_code(&self) -> Option<TypeCode> {
        self.type_code
    }
}

/// The URL without its password, in a form that [`FtpUrl::parse`] reads.
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

fn split_scheme(text: &str) -> Result<(Scheme, &str), UrlError> {
    let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "ftp" => Ok((Scheme::Ftp, rest)),
        "ftpes" => Ok((Scheme::Ftpes, rest)),
        "ftps" => Ok((Scheme::Ftps, rest)),
        _ => Err(UrlError::Scheme),
    }
}

fn split_host(text: &str) -> Result<(String, Option<u16>), UrlError> {
    let bad_host = || UrlError::Host(text.to_owned());
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or_else(bad_host)?;
        // A zone (`%eth0`, in a URL `%25eth0`) belongs to the address (RFC 6874).
        let (ip, zone) = match address.split_once('%') {
            Some((ip, zone)) => (ip, Some(zone.strip_prefix("25").unwrap_or(zone))),
            None => (address, None),
        };
        ip.parse::<Ipv6Addr>().map_err(|_| bad_host())?;
        let host = zone.map_or_else(|| ip.to_owned(), |zone| format!("{ip}%{zone}"));
        (
            host,
            if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or_else(bad_host)?) },
        )
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port)),
            None => (text.to_owned(), None),
        }
    };
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    let illegal = |letter: char| letter.is_control() || letter.is_whitespace() || letter == '\\';
    if host.contains(illegal) {
        return Err(bad_host());
    }
    // RFC 3986 §3.2.3: the colon may stand without a port.
    let port = match port.filter(|port| !port.is_empty()) {
        None => None,
        Some(digits) => {
            let number = crate::address::parse_number(digits.as_bytes()).filter(|port| *port != 0);
            Some(number.ok_or_else(|| UrlError::Port(digits.to_owned()))?)
        }
    };
    Ok((host, port))
}

fn split_type(path: &str) -> Result<(&str, Option<TypeCode>), UrlError> {
    let Some(start) = path.to_ascii_lowercase().rfind(";type=") else {
        return Ok((path, None));
    };
    let code = match &path[start + 6..] {
        "a" | "A" => TypeCode::Ascii,
        "i" | "I" => TypeCode::Image,
        "d" | "D" => TypeCode::Directory,
        other => return Err(UrlError::Type(other.to_owned())),
    };
    Ok((&path[..start], Some(code)))
}

/// A `*` in the last part, as it stands, is a pattern; one that is written `%2A` is a `*` in a name.
fn split_pattern(path: &str) -> Result<Option<Vec<u8>>, UrlError> {
    let last = path.rsplit('/').next().unwrap_or(path);
    if !last.contains('*') {
        return Ok(None);
    }
    let mut pattern = Vec::new();
    for (index, literal) in last.split('*').enumerate() {
        if index > 0 {
            pattern.push(b'*');
        }
        crate::pattern::escape(&decode(literal)?, &mut pattern);
    }
    Ok(Some(pattern))
}

/// Resolves `%xx`. What a strict reader would want escaped (spaces, letters beyond ASCII) is taken as it
/// stands, since people type it.
fn decode(text: &str) -> Result<Vec<u8>, UrlError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let byte = if byte == b'%' {
            let digit = |index: usize| char::from(*tail.get(index)?).to_digit(16);
            let (Some(high), Some(low)) = (digit(0), digit(1)) else {
                let shown = String::from_utf8_lossy(&tail[..tail.len().min(2)]).into_owned();
                return Err(UrlError::Percent(format!("%{shown}")));
            };
            rest = &tail[2..];
            // Two hexadecimal digits fit a byte.
            (high * 16 + low) as u8
        } else {
            byte
        };
        if matches!(byte, 0 | b'\r' | b'\n') {
            return Err(UrlError::LineBreak);
        }
        out.push(byte);
    }
    Ok(out)
}

/// As [`split_pattern`] reads it.
fn encode_pattern(mut pattern: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    while let Some((&byte, rest)) = pattern.split_first() {
        pattern = match (byte, rest) {
            (b'*', _) => {
                f.write_str("*")?;
                rest
            }
            (b'[', [literal, _, rest @ ..]) => {
                encode(&[*literal], b"", f)?;
                rest
            }
            _ => {
                encode(&[byte], b"", f)?;
                rest
            }
        };
    }
    Ok(())
}

/// Bytes as they stand in one part of an address.
pub fn escaped(part: &[u8]) -> String {
    struct Part<'a>(&'a [u8]);
    impl fmt::Display for Part<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            encode(self.0, b"", f)
        }
    }
    Part(part).to_string()
}

/// RFC 3986 §2.3: what is unreserved stands for itself.
fn encode(bytes: &[u8], also: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte);
        match plain {
            true => write!(f, "{}", char::from(byte))?,
            false => write!(f, "%{byte:02X}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_anonymous_ftp_in_any_case() {
        for name in ["anonymous", "ftp", "FTP", "Anonymous"] {
            assert!(is_anonymous(name.as_bytes()), "{name}");
        }
        assert!(!is_anonymous(b"") && !is_anonymous(b"ftp2") && !is_anonymous(b"anna"));
    }
    use proptest::prelude::*;

    fn url(text: &str) -> FtpUrl {
        FtpUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn every_part_is_found() {
        let url = url("FTP://joe%40x:p%3Aw@ftp.example.org:2121/pub/a%20b;type=A");
        assert_eq!((url.user(), url.password()), (Some(&b"joe@x"[..]), Some(&b"p:w"[..])));
        assert_eq!((url.host(), url.effective_port()), ("ftp.example.org", 2121));
        assert_eq!((url.path(), url.type_code()), (&b"pub/a b"[..], Some(TypeCode::Ascii)));
        assert_eq!(url.file_name(), Some(&b"a b"[..]));
    }

    /// RFC 1738 §3.2.2: a path is relative unless `%2F` stands in front.
    #[test]
    fn relative_and_absolute_paths() {
        for (text, path) in [
            ("ftp://h", ""),
            ("ftp://h/", ""),
            ("ftp://h/etc/motd", "etc/motd"),
            ("ftp://h/%2Fetc/motd", "/etc/motd"),
            ("ftp://h/%2fetc", "/etc"),
            ("ftp://h//etc/motd", "/etc/motd"),
            ("ftp://h/a/", "a/"),
        ] {
            assert_eq!(url(text).path(), path.as_bytes(), "{text}");
        }
        assert!(url("ftp://h").names_a_directory() && url("ftp://h/a/").names_a_directory());
        assert!(!url("ftp://h/a").names_a_directory());
    }

    #[test]
    fn hosts_users_and_ports() {
        assert_eq!(
            (url("ftp://[::1]:21/x").host(), url("ftp://[::1]:21/x").port()),
            ("::1", Some(21))
        );
        assert_eq!(url("ftp://[fe80::1%25eth0]/").host(), "fe80::1%eth0");
        assert_eq!((url("ftp://h:/").port(), url("ftps://h").effective_port()), (None, 990));
        assert_eq!((url("ftp://u@h").user(), url("ftp://u@h").password()), (Some(&b"u"[..]), None));
        assert_eq!(url("ftp://u:@h").password(), Some(&b""[..]));
        assert_eq!(url("ftp://u:p@w@h").password(), Some(&b"p@w"[..]));
        assert_eq!(url("ftp://\u{fc}@h/\u{fc}").path(), "\u{fc}".as_bytes());
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let error = |text: &str| FtpUrl::parse(text).expect_err(text);
        assert_eq!(error("host/path"), UrlError::Scheme);
        assert_eq!(error("http://host/"), UrlError::Scheme);
        assert_eq!((error("ftp://"), error("ftp://u:p@/x")), (UrlError::NoHost, UrlError::NoHost));
        assert_eq!(error("ftp://[::1/x"), UrlError::Host("[::1".to_owned()));
        assert_eq!(error("ftp://[1.2.3.4]/"), UrlError::Host("[1.2.3.4]".to_owned()));
        assert_eq!(error("ftp://h:0/"), UrlError::Port("0".to_owned()));
        assert_eq!(error("ftp://h:70000/"), UrlError::Port("70000".to_owned()));
        assert_eq!(error("ftp://h/100%"), UrlError::Percent("%".to_owned()));
        assert_eq!(error("ftp://h/%zz"), UrlError::Percent("%zz".to_owned()));
        assert_eq!(error("ftp://h/a%0D%0ADELE%20b"), UrlError::LineBreak);
        assert_eq!(
            (error("ftp://h/a?b"), error("ftp://h#x")),
            (UrlError::Reserved('?'), UrlError::Reserved('#'))
        );
        assert_eq!(error("ftp://h/a;type=x"), UrlError::Type("x".to_owned()));
        assert!(error("ftp://h/a?b").to_string().contains("%3F"));
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = url("ftp://joe:geheim@h/x;type=i");
        assert_eq!(format!("{url} {url:?}"), "ftp://joe@h/x;type=i FtpUrl(ftp://joe@h/x;type=i)");
    }

    #[test]
    fn a_star_in_the_last_part_is_a_pattern_unless_it_is_escaped() {
        let pattern = |text| url(text).pattern().map(<[u8]>::to_vec);
        assert_eq!(pattern("ftp://h/a/*.t%5Bx%2At"), Some(b"*.t[[]x[*]t".to_vec()));
        assert_eq!(pattern("ftp://h/a*/b"), None);
        assert_eq!(pattern("ftp://h/%2A"), None);
        assert_eq!(pattern("ftp://h/a[1].txt"), None);
        let url = url("ftp://h/%2Fa/*;type=a");
        assert_eq!(url.to_string(), "ftp://h/%2Fa/*;type=a");
        assert_eq!((url.pattern(), url.directory()), (Some(&b"*"[..]), &b"/a/"[..]));
        let one = url.with_path(b"/a/x*".to_vec());
        assert_eq!((one.to_string().as_str(), one.pattern()), ("ftp://h/%2Fa/x%2A;type=a", None));
    }

    proptest! {
        #[test]
        fn a_shown_url_is_read_back(
            user in proptest::option::of(proptest::collection::vec(1_u8.., 0..9)),
            port in proptest::option::of(1_u16..),
            path in proptest::collection::vec(1_u8.., 0..30),
        ) {
            let clean = |bytes: &[u8]| bytes.iter().all(|byte| !matches!(byte, b'\r' | b'\n'));
            prop_assume!(clean(&path) && user.as_deref().is_none_or(clean));
            let url = FtpUrl {
                scheme: Scheme::Ftp, user, password: None, host: "::1".to_owned(), port, path,
                pattern: None,
                type_code: None,
            };
            prop_assert_eq!(FtpUrl::parse(&url.to_string()), Ok(url));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(ftp://)?[ -~\u{e4}%@:/\\[\\];]{0,40}") {
            let _ = FtpUrl::parse(&text);
        }
    }
}
