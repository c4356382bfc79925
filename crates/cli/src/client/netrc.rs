//! `~/.netrc`: users and passwords for hosts, so that no password has to be on a command line. The
//! file is read as bytes because a password may be in any character set.

use std::io::{self, ErrorKind};
use std::iter::Peekable;
use std::path::PathBuf;

/// The entry for a host.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct NetrcEntry {
    /// The user's name, if given.
    pub(crate) login: Option<Vec<u8>>,
    /// The password, if given.
    pub(crate) password: Option<Vec<u8>>,
    /// The account, if given.
    pub(crate) account: Option<Vec<u8>>,
    /// The line of the first word in the entry that is not a keyword, such as a misspelled `password`.
    pub(crate) unknown_word: Option<usize>,
}

/// An existing file that cannot be read.
pub(crate) struct Unreadable {
    /// The path of the file.
    pub(crate) path: PathBuf,
    /// The reason.
    pub(crate) error: io::Error,
    /// Whether `NETRC` names the file.
    pub(crate) is_named: bool,
}

/// The entry for a host and, if given, a user. `default` stands for every host without an entry of
/// its own.
pub(crate) fn find(text: &[u8], host: &str, user: Option<&[u8]>) -> Option<NetrcEntry> {
    let mut entries: Vec<(Option<Vec<u8>>, NetrcEntry)> = Vec::new();
    let mut lines_and_words = words(text).into_iter();
    while let Some((line, word)) = lines_and_words.next() {
        let mut words = lines_and_words.by_ref().map(|(_, word)| word);
        match word.as_slice() {
            b"machine" => entries.push((words.next(), NetrcEntry::default())),
            b"default" => entries.push((None, NetrcEntry::default())),
            b"login" => set(&mut entries, |entry| &mut entry.login, words.next()),
            b"password" => set(&mut entries, |entry| &mut entry.password, words.next()),
            b"account" => set(&mut entries, |entry| &mut entry.account, words.next()),
            _ => {
                if let Some((_, entry)) = entries.last_mut() {
                    entry.unknown_word.get_or_insert(line);
                }
            }
        }
    }
    let fits = |entry: &NetrcEntry| {
        user.is_none_or(|user| entry.login.as_deref().is_none_or(|login| login == user))
    };
    let named = |(name, entry): &&(Option<Vec<u8>>, NetrcEntry)| {
        name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(host.as_bytes()))
            && fits(entry)
    };
    let found = entries.iter().find(named);
    let found =
        found.or_else(|| entries.iter().find(|(name, entry)| name.is_none() && fits(entry)));
    found.map(|(_, entry)| entry.clone())
}

fn set(
    entries: &mut [(Option<Vec<u8>>, NetrcEntry)],
    field: impl Fn(&mut NetrcEntry) -> &mut Option<Vec<u8>>,
    value: Option<Vec<u8>>,
) {
    if let Some((_, entry)) = entries.last_mut() {
        *field(entry) = value;
    }
}

/// The words of the file, each with its line number. Quoted words may contain spaces and `\"`; `#` at
/// the start of a word begins a comment; a macro extends from `macdef` to the next empty line.
fn words(text: &[u8]) -> Vec<(usize, Vec<u8>)> {
    // Some Windows editors put a byte order mark before the text.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut found: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut in_macro = false;
    for (line, number) in text.split(|&byte| byte == b'\n').zip(1..) {
        if in_macro {
            in_macro = !line.trim_ascii().is_empty();
            continue;
        }
        let mut bytes = line.iter().copied().peekable();
        // The word after `password` is one whatever it begins with.
        while let Some(&byte) = bytes.peek() {
            if byte.is_ascii_whitespace() {
                bytes.next();
            } else if byte == b'#' && found.last().is_none_or(|(_, last)| last != b"password") {
                break;
            } else {
                found.push((number, word(&mut bytes)));
            }
        }
        if let Some(at) =
            found.iter().rposition(|(_, word)| word == b"macdef").filter(|at| at + 2 >= found.len())
        {
            found.truncate(at);
            in_macro = true;
        }
    }
    found
}

fn word(bytes: &mut Peekable<impl Iterator<Item = u8>>) -> Vec<u8> {
    let quoted = bytes.next_if_eq(&b'"').is_some();
    let mut word = Vec::new();
    while let Some(&byte) = bytes.peek() {
        if (quoted && byte == b'"') || (!quoted && byte.is_ascii_whitespace()) {
            break;
        }
        bytes.next();
        match byte {
            b'\\' => word.extend(bytes.next()),
            _ => word.push(byte),
        }
    }
    if quoted {
        bytes.next();
    }
    word
}

/// The entry in the user's file; an empty one if there is no file.
pub(crate) fn entry(host: &str, user: Option<&[u8]>) -> Result<NetrcEntry, Unreadable> {
    let Some(path) = path() else { return Ok(NetrcEntry::default()) };
    match std::fs::read(&path) {
        Ok(text) => Ok(find(&text, host, user).unwrap_or_default()),
        // The file may have been removed since it was found.
        Err(error) if error.kind() == ErrorKind::NotFound && !is_named() => {
            Ok(NetrcEntry::default())
        }
        Err(error) => Err(Unreadable { path, error, is_named: is_named() }),
    }
}

/// The file, if users other than its owner can read it.
#[cfg(unix)]
pub(crate) fn open_to_others() -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = path()?;
    let mode = std::fs::metadata(&path).ok()?.permissions().mode();
    (mode & 0o044 != 0).then_some(path)
}

/// Permissions on this system do not show who can read a file.
#[cfg(not(unix))]
pub(crate) fn open_to_others() -> Option<PathBuf> {
    None
}

/// The names of the file in the home directory. Windows has two.
const NAMES: &[&str] = if cfg!(windows) { &[".netrc", "_netrc"] } else { &[".netrc"] };

/// The path of the file: `NETRC` if set, or in the home directory.
pub(crate) fn path() -> Option<PathBuf> {
    named().or_else(|| {
        let home = std::env::home_dir()?;
        NAMES.iter().map(|name| home.join(name)).find(|path| path.exists())
    })
}

/// The file named by `NETRC`.
fn named() -> Option<PathBuf> {
    std::env::var_os("NETRC").filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn is_named() -> bool {
    named().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\nmachine a login joe password \"two words \\\" x\"\nmachine b\n\
        \tlogin ann\n\tpassword p#1\nmacdef init\nmachine evil login x\n\nmachine a login ann password 2\n\
        default login anonymous password me@x\n";

    fn entry(login: &str, password: &str) -> Option<NetrcEntry> {
        let (login, password) = (Some(login.into()), Some(password.into()));
        Some(NetrcEntry { login, password, ..NetrcEntry::default() })
    }

    fn find(text: &str, host: &str, user: Option<&str>) -> Option<NetrcEntry> {
        super::find(text.as_bytes(), host, user.map(str::as_bytes))
    }

    #[test]
    fn entries_are_found_by_host_and_user() {
        assert!(find(FILE, "A", None) == entry("joe", "two words \" x"));
        assert!(find(FILE, "a", Some("ann")) == entry("ann", "2"));
        assert!(find(FILE, "b", None) == entry("ann", "p#1"));
        assert!(find(FILE, "evil", None) == entry("anonymous", "me@x"));
        assert!(find(FILE, "c", Some("joe")).is_none());
        assert!(find("login x password", "a", None).is_none());
        let found = find("machine a login x account acme password y", "a", None).expect("one");
        assert_eq!(found.account.as_deref(), Some(b"acme".as_slice()));
        let marked = find("\u{feff}machine a login x password y\r\n", "a", None);
        assert!(marked == entry("x", "y"));
    }

    #[test]
    fn a_misspelt_keyword_is_known_by_its_line() {
        let text =
            "machine a login x\npasword y\nmachine b login x password y\nmacdef m\nlines of it\n";
        let line = |host| find(text, host, None).expect("an entry").unknown_word;
        assert_eq!((line("a"), line("b")), (Some(2), None));
    }

    #[test]
    fn a_password_may_be_in_any_character_set() {
        // Latin-1, where 0xA0 is a space that does not end a word.
        let text = b"machine a login j\xf6rg password \"gr\xfc\xdfe \xa0\"\nmachine b login x password y\n";
        let found = super::find(text, "a", Some(b"j\xf6rg")).expect("an entry");
        assert!(found.password.as_deref() == Some(b"gr\xfc\xdfe \xa0"));
        assert!(super::find(text, "b", None) == entry("x", "y"));
    }
}
