//! `~/.netrc`: who logs in where, so that no password stands on a command line.

use std::path::PathBuf;

/// What the file says of one host.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct NetrcEntry {
    /// The user's name, if given.
    pub(crate) login: Option<String>,
    /// The password, if given.
    pub(crate) password: Option<String>,
    /// The account, if given.
    pub(crate) account: Option<String>,
}

/// The entry for a host and, if one is asked for, a user; `default` stands for every host that has none.
pub(crate) fn find(text: &str, host: &str, user: Option<&str>) -> Option<NetrcEntry> {
    let mut entries: Vec<(Option<String>, NetrcEntry)> = Vec::new();
    let mut words = words(text).into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "machine" => entries.push((words.next(), NetrcEntry::default())),
            "default" => entries.push((None, NetrcEntry::default())),
            "login" => set(&mut entries, |entry| &mut entry.login, words.next()),
            "password" => set(&mut entries, |entry| &mut entry.password, words.next()),
            "account" => set(&mut entries, |entry| &mut entry.account, words.next()),
            _ => {}
        }
    }
    let fits = |entry: &NetrcEntry| {
        user.is_none_or(|user| entry.login.as_deref().is_none_or(|login| login == user))
    };
    let named = |(name, entry): &&(Option<String>, NetrcEntry)| {
        name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(host)) && fits(entry)
    };
    let found = entries.iter().find(named);
    let found =
        found.or_else(|| entries.iter().find(|(name, entry)| name.is_none() && fits(entry)));
    found.map(|(_, entry)| entry.clone())
}

fn set(
    entries: &mut [(Option<String>, NetrcEntry)],
    field: impl Fn(&mut NetrcEntry) -> &mut Option<String>,
    value: Option<String>,
) {
    if let Some((_, entry)) = entries.last_mut() {
        *field(entry) = value;
    }
}

/// The words of the file: quoted ones may hold spaces and `\"`; `#` at the start of a word begins a
/// comment; a macro runs from `macdef` to the next empty line.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        if in_macro {
            in_macro = !line.trim().is_empty();
            continue;
        }
        let mut letters = line.chars().peekable();
        // The word after `password` is one whatever it begins with.
        while let Some(&letter) = letters.peek() {
            if letter.is_whitespace() {
                letters.next();
            } else if letter == '#' && found.last().is_none_or(|last: &String| last != "password") {
                break;
            } else {
                found.push(word(&mut letters));
            }
        }
        if let Some(at) =
            found.iter().rposition(|word| word == "macdef").filter(|at| at + 2 >= found.len())
        {
            found.truncate(at);
            in_macro = true;
        }
    }
    found
}

fn word(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let quoted = letters.next_if_eq(&'"').is_some();
    let mut word = String::new();
    while let Some(&letter) = letters.peek() {
        if (quoted && letter == '"') || (!quoted && letter.is_whitespace()) {
            break;
        }
        letters.next();
        match letter {
            '\\' => word.extend(letters.next()),
            _ => word.push(letter),
        }
    }
    if quoted {
        letters.next();
    }
    word
}

/// The entry of the user's own file; an empty one where there is none.
pub(crate) fn entry(host: &str, user: Option<&str>) -> NetrcEntry {
    let file = path().and_then(|path| std::fs::read_to_string(path).ok());
    file.and_then(|text| find(&text, host, user)).unwrap_or_default()
}

/// The file, where others than its owner can read it.
#[cfg(unix)]
pub(crate) fn open_to_others() -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = path()?;
    let mode = std::fs::metadata(&path).ok()?.permissions().mode();
    (mode & 0o044 != 0).then_some(path)
}

/// Who can read a file is not told by its permissions here.
#[cfg(not(unix))]
pub(crate) fn open_to_others() -> Option<PathBuf> {
    None
}

/// Its names in the home directory; on Windows it has two.
const NAMES: &[&str] = if cfg!(windows) { &[".netrc", "_netrc"] } else { &[".netrc"] };

/// Where the file is: `NETRC` if set, else in the home directory.
fn path() -> Option<PathBuf> {
    let set = std::env::var_os("NETRC").filter(|value| !value.is_empty()).map(PathBuf::from);
    set.or_else(|| {
        let home = std::env::home_dir()?;
        NAMES.iter().map(|name| home.join(name)).find(|path| path.exists())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\nmachine a login joe password \"two words \\\" x\"\nmachine b\n\
        \tlogin ann\n\tpassword p#1\nmacdef init\nmachine evil login x\n\nmachine a login ann password 2\n\
        default login anonymous password me@x\n";

    fn entry(login: &str, password: &str) -> Option<NetrcEntry> {
        let (login, password) = (Some(login.into()), Some(password.into()));
        Some(NetrcEntry { login, password, account: None })
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
        assert_eq!(found.account.as_deref(), Some("acme"));
    }
}
