//! [`Command`]: one command line, read with the verb table. Checks the verb and whether its
//! argument is present or absent as it should be; what the argument means is the handler's
//! business.

use std::fmt;

use crate::line::Line;
use crate::pathname::{Pathname, PathnameError};
use crate::server::words::first;
use crate::text::visible;
use crate::verbs::{Argument, SiteVerb, Verb};

/// One command. Its argument contains no CR, LF or NUL, and is not empty if the verb requires one.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    verb: Verb,
    argument: Vec<u8>,
}

/// Why a line is not a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// The line exceeds the length limit.
    TooLong,
    /// The line is empty.
    Empty,
    /// The first word is not a verb of the table. Holds that word, shortened.
    UnknownVerb(String),
    /// The line is HTTP: a browser was tricked into sending it, or someone is looking for a web server.
    Http,
    /// The line is an unexpected header of the PROXY protocol, version 1.
    Proxy,
    /// The line contains NUL, CR or LF.
    LineBreak,
    /// The verb needs an argument and has none.
    ArgumentMissing(Verb),
    /// The verb takes no argument and has one.
    ArgumentSurplus(Verb),
}

impl CommandError {
    /// The verb whose argument is wrong.
    pub fn verb(&self) -> Option<Verb> {
        match self {
            Self::ArgumentMissing(verb) | Self::ArgumentSurplus(verb) => Some(*verb),
            _ => None,
        }
    }
}

impl Command {
    /// Reads a line.
    pub fn parse(line: &Line) -> Result<Self, CommandError> {
        let Line::Complete(line) = line else {
            return Err(CommandError::TooLong);
        };
        // Exactly one space separates verb and argument; further spaces belong to the argument (RFC
        // 2640 §3.1).
        let (name, argument) = match line.iter().position(|&byte| byte == b' ') {
            Some(space) => (&line[..space], &line[space + 1..]),
            None => (line.as_slice(), &line[line.len()..]),
        };
        if name.is_empty() {
            return Err(CommandError::Empty);
        }
        let verb = Verb::parse(name).ok_or_else(|| match is_http(name, argument) {
            _ if line.starts_with(b"PROXY ") => CommandError::Proxy,
            true => CommandError::Http,
            false => CommandError::UnknownVerb(printable(without_secret(name))),
        })?;
        if line.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            return Err(CommandError::LineBreak);
        }
        match verb.row().argument {
            Argument::Nothing if argument.iter().any(|&byte| byte != b' ') => {
                Err(CommandError::ArgumentSurplus(verb))
            }
            Argument::Nothing => Ok(Self { verb, argument: Vec::new() }),
            Argument::Required(_) if argument.is_empty() => {
                Err(CommandError::ArgumentMissing(verb))
            }
            Argument::Required(_) | Argument::Optional(_) => {
                Ok(Self { verb, argument: argument.to_vec() })
            }
        }
    }

    /// The verb.
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// The argument; empty if there is none.
    pub fn argument(&self) -> &[u8] {
        &self.argument
    }

    /// The argument as a pathname.
    pub fn pathname(&self) -> Result<Pathname, PathnameError> {
        Pathname::new(self.argument.as_slice())
    }

    /// The argument as a log may show it: passwords are hidden, and nothing in it can forge a line
    /// or control a terminal.
    pub fn loggable_argument(&self) -> String {
        if SECRET.contains(&self.verb) {
            return String::from("****");
        }
        // Other servers take the old and the new password in a SITE command: PSWD, CPWD, CHPASS.
        let (name, rest) = first(&self.argument);
        if self.verb == Verb::Site && SiteVerb::parse(name).is_none() && !rest.is_empty() {
            return format!("{} ****", visible(name));
        }
        visible(&self.argument)
    }
}

/// The verbs whose arguments must not be shown. ADAT and the protected commands carry credentials,
/// too (RFC 2228 §3).
const SECRET: [Verb; 6] = [Verb::Pass, Verb::Acct, Verb::Adat, Verb::Mic, Verb::Conf, Verb::Enc];

/// The part of an unknown first word that may be shown. A client may send PASS and the password
/// with a tab between them instead of a space, so the "word" can contain a password.
fn without_secret(name: &[u8]) -> &[u8] {
    let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(name.len());
    match Verb::parse(&name[..end]) {
        Some(verb) if SECRET.contains(&verb) => &name[..name.len().min(end + 1)],
        _ => name,
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb.name(), self.loggable_argument())
    }
}

/// The methods of RFC 9110 §9 and RFC 5789. Other methods are recognized by the version at the end
/// of their line.
const HTTP_METHODS: &[&[u8]] = &[
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH", b"PRI",
];

/// Whether a line whose first word is not a verb is an HTTP request line or an HTTP header field,
/// whose name ends with a colon. HOST is an FTP verb, `Host:` is not.
fn is_http(name: &[u8], rest: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let field = name.iter().position(|&byte| byte == b':').map(|colon| &name[..colon]);
    let version = rest.rsplit(|&byte| byte == b' ').next();
    HTTP_METHODS.iter().any(|method| name.eq_ignore_ascii_case(method))
        || field.is_some_and(|field| !field.is_empty() && field.iter().all(is_token))
        || version.is_some_and(|version| version.starts_with(b"HTTP/"))
}

/// At most 16 characters of a word, all printable.
pub(crate) fn printable(word: &[u8]) -> String {
    let letter = |&byte: &u8| if byte.is_ascii_graphic() { char::from(byte) } else { '?' };
    let mut text: String = word.iter().take(16).map(letter).collect();
    if word.len() > 16 {
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(line: &[u8]) -> Result<Command, CommandError> {
        Command::parse(&Line::Complete(line.to_vec()))
    }

    #[test]
    fn nothing_in_a_logged_argument_can_forge_a_line_or_steer_a_terminal() {
        let argument = b"a\x1b[2J\x9b31m\xc2\x9b\xff\x7f\t\x08 \xe2\x80\xaetxt \xc3\xbc".to_vec();
        let logged = Command { verb: Verb::Retr, argument }.loggable_argument();
        let shown = "a\\u{1b}[2J\\x9b31m\\u{9b}\\xff\\u{7f}\\u{9}\\u{8} \\u{202e}txt \u{fc}";
        assert_eq!(logged, shown);
        // No parsed command contains these bytes, but the log must be safe even so.
        let argument = b"a\r\n2026-01-01 #1 230 PASS".to_vec();
        let logged = Command { verb: Verb::Retr, argument }.loggable_argument();
        assert_eq!(logged, "a\\u{d}\\u{a}2026-01-01 #1 230 PASS");
    }

    /// ADAT used to be written to the log unchanged.
    #[test]
    fn what_adat_mic_conf_and_enc_carry_is_in_no_log() {
        for verb in ["ADAT", "MIC", "CONF", "ENC", "adat", "PASS", "ACCT"] {
            let command = parse(format!("{verb} c2VjcmV0").as_bytes()).expect("a command");
            assert_eq!(command.loggable_argument(), "****", "{verb}");
            assert!(!format!("{command:?}").contains("c2VjcmV0"), "{verb}");
        }
    }

    /// Clients that have a form for a new password send it to any server.
    #[test]
    fn a_password_in_a_command_of_site_is_in_no_log() {
        let logged = |line: &[u8]| parse(line).expect("a command").loggable_argument();
        assert_eq!(logged(b"SITE PSWD old new"), "PSWD ****");
        assert_eq!(logged(b"site chpass new"), "chpass ****");
        assert_eq!(logged(b"SITE  PSWD old"), " ****");
        assert_eq!(logged(b"SITE IDLE"), "IDLE");
        assert_eq!(logged(b"SITE chmod 644 a b"), "chmod 644 a b");
        assert_eq!(logged(b"SITE HELP PSWD"), "HELP PSWD");
    }

    #[test]
    fn a_password_behind_a_tabulator_is_shown_nowhere() {
        for (line, shown) in [
            (&b"PASS\tsecret"[..], "PASS?"),
            (b"pass=secret x", "pass="),
            (b"ACCT\xa0secret", "ACCT?"),
            (b"RETR\tfile", "RETR?file"),
        ] {
            assert_eq!(parse(line), Err(CommandError::UnknownVerb(shown.to_owned())));
        }
    }

    #[test]
    fn one_space_parts_and_the_rest_is_the_name() {
        let command = parse(b"retr  two spaces ").expect("a command");
        assert_eq!((command.verb(), command.argument()), (Verb::Retr, b" two spaces ".as_slice()));
        assert_eq!(parse(b"NOOP  ").map(|c| c.verb()), Ok(Verb::Noop));
    }

    #[test]
    fn bad_lines() {
        assert_eq!(parse(b""), Err(CommandError::Empty));
        assert_eq!(parse(b" NOOP"), Err(CommandError::Empty));
        assert_eq!(parse(b"NOOP now"), Err(CommandError::ArgumentSurplus(Verb::Noop)));
        assert_eq!(parse(b"RETR"), Err(CommandError::ArgumentMissing(Verb::Retr)));
        assert_eq!(parse(b"RETR "), Err(CommandError::ArgumentMissing(Verb::Retr)));
        assert_eq!(parse(b"RETR a\0b"), Err(CommandError::LineBreak));
        assert_eq!(parse(b"RETR a\rb"), Err(CommandError::LineBreak));
        assert_eq!(parse(b"\x1b[2J x"), Err(CommandError::UnknownVerb("?[2J".to_owned())));
        assert_eq!(Command::parse(&Line::TooLong), Err(CommandError::TooLong));
    }

    #[test]
    fn lines_of_http_are_told_from_commands() {
        for line in [
            "GET / HTTP/1.1",
            "get /",
            "POST /x HTTP/1.0",
            "PUT",
            "HEAD / HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "CONNECT example.org:443 HTTP/1.1",
            "DELETE /x",
            "PRI * HTTP/2.0",
            "MKCOL /x HTTP/1.1",
            "Host: example.org",
            "Host:example.org",
            "X-Forwarded-For: 192.0.2.1",
        ] {
            assert_eq!(parse(line.as_bytes()), Err(CommandError::Http), "{line}");
        }
        for line in
            ["HOST example.org", "HOST [2001:db8::1]", "RETR GET / HTTP/1.1", "STOR Host: x"]
        {
            assert!(parse(line.as_bytes()).is_ok(), "{line}");
        }
        let header = parse(b"PROXY TCP4 192.0.2.1 203.0.113.7 40000 21");
        assert_eq!(header, Err(CommandError::Proxy));
        for line in ["GETS x", "XYZZY http", ":x y", "a b: c", "\u{e4}: x"] {
            let error = parse(line.as_bytes()).expect_err(line);
            assert!(matches!(error, CommandError::UnknownVerb(_)), "{line}: {error:?}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let command = parse(b"PASS secret").expect("a command");
        assert_eq!(format!("{command:?}"), "PASS ****");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(&line);
        }
    }
}
