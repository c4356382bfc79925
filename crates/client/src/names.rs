//! Converts names from a server into local names ([`local_name`], [`LocalNames`]). Names that would
//! lead out of the directory, that the system does not allow, or that collide with another name of
//! the directory are refused.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::Error;
use crate::local::{PART_SUFFIX, WRONG_SUFFIX, to_bytes};
use crate::restart::{MARKER_SUFFIX, NEW_MARKER_SUFFIX};

/// Converts one name component from a server into a local name. Fails for anything that could lead
/// out of the directory.
pub fn local_name(name: &[u8]) -> Result<OsString, Error> {
    if leads_out(name) {
        return Err(Error::unsafe_name(name));
    }
    let converted = if is_legal_here(name) { from_bytes(name) } else { None };
    converted.ok_or_else(|| Error::impossible_name(name))
}

/// The suffixes of the files that the client keeps beside an unfinished or wrong download.
const SUFFIXES: [&str; 4] = [PART_SUFFIX, MARKER_SUFFIX, NEW_MARKER_SUFFIX, WRONG_SUFFIX];

/// If the name ends in one of [`SUFFIXES`], the name of the file to which it belongs.
pub(crate) fn stands_beside(name: &[u8]) -> Option<&[u8]> {
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix.as_bytes()))
}

/// Fails if the client would use this name for the unfinished download of one of the other files.
pub fn check_beside(path: &Path, others: &HashSet<PathBuf>) -> Result<(), Error> {
    let name = path.file_name().map(to_bytes).unwrap_or_default();
    let whole = stands_beside(&name).and_then(from_bytes).map(|whole| path.with_file_name(whole));
    match whole.filter(|whole| others.contains(whole)) {
        Some(whole) => {
            Err(Error::used_name(&name, &whole.file_name().map(to_bytes).unwrap_or_default()))
        }
        None => Ok(()),
    }
}

/// A key that is equal for names that differ only in case.
pub(crate) fn without_case(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_lowercase()
}

/// Which different spellings a file system treats as the same name.
#[derive(Clone, Copy)]
struct Alike {
    /// Upper and lower case.
    cases: bool,
    /// Composed and decomposed Unicode.
    forms: bool,
}

impl Alike {
    /// The defaults of the file systems of Windows and macOS.
    const HERE: Self = Self {
        cases: cfg!(any(windows, target_vendor = "apple")),
        forms: cfg!(target_vendor = "apple"),
    };

    /// A key that is equal for names that the file system treats as the same.
    fn folded(self, name: &[u8]) -> Cow<'_, [u8]> {
        if !self.cases && !self.forms {
            return Cow::Borrowed(name);
        }
        let mut text = String::from_utf8_lossy(name).into_owned();
        if self.forms {
            text = text.nfd().collect();
        }
        if self.cases {
            text = text.to_lowercase();
        }
        Cow::Owned(text.into_bytes())
    }
}

/// The local names for one remote directory, none of which is used twice.
pub(crate) struct LocalNames {
    alike: Alike,
    /// The names taken so far, by their folded form.
    taken: HashMap<Vec<u8>, Vec<u8>>,
    /// The files whose unfinished download would use the name of another entry, by their folded form.
    besides: HashMap<Vec<u8>, Vec<u8>>,
}

impl LocalNames {
    /// For the files and directories of one listing.
    pub(crate) fn of<'a>(entries: impl Iterator<Item = &'a RemoteEntry> + Clone) -> Self {
        Self::new(Alike::HERE, entries)
    }

    fn new<'a>(alike: Alike, entries: impl Iterator<Item = &'a RemoteEntry> + Clone) -> Self {
        let mut names = Self { alike, taken: HashMap::new(), besides: HashMap::new() };
        let mut wanted = HashSet::new();
        for entry in entries.clone() {
            wanted.extend(stands_beside(&alike.folded(&entry.name)).map(<[u8]>::to_vec));
        }
        if wanted.is_empty() {
            return names;
        }
        for entry in entries.filter(|entry| entry.kind == EntryKind::File) {
            let key = alike.folded(&entry.name);
            if wanted.contains(key.as_ref()) {
                names.besides.insert(key.into_owned(), entry.name.clone());
            }
        }
        names
    }

    /// Like [`local_name`], but also fails if another entry has the same local name, or if the
    /// unfinished download of another entry would use the name.
    pub(crate) fn take(&mut self, name: &[u8]) -> Result<OsString, Error> {
        let local = local_name(name)?;
        if let Some(whole) = self.beside(name) {
            return Err(Error::used_name(name, whole));
        }
        if let Cow::Owned(key) = self.alike.folded(name) {
            match self.taken.entry(key) {
                Entry::Vacant(entry) => drop(entry.insert(name.to_vec())),
                // A server that lists the same name twice means one file.
                Entry::Occupied(first) if first.get() == name => {}
                Entry::Occupied(first) => return Err(Error::same_name(name, first.get())),
            }
        }
        Ok(local)
    }

    fn beside(&self, name: &[u8]) -> Option<&Vec<u8>> {
        if self.besides.is_empty() {
            return None;
        }
        self.besides.get(stands_beside(&self.alike.folded(name))?)
    }
}

/// Whether the name does not denote an entry of its directory.
pub(crate) fn leads_out(name: &[u8]) -> bool {
    matches!(name, b"" | b"." | b"..") || name.iter().any(|byte| matches!(byte, b'/' | 0))
}

#[cfg(unix)]
fn is_legal_here(_: &[u8]) -> bool {
    true
}

#[cfg(not(unix))]
fn is_legal_here(name: &[u8]) -> bool {
    is_legal_on_windows(name)
}

/// Windows gives a meaning not only to `/`, but also to drives, streams, devices, and a trailing
/// dot or space.
#[cfg(any(test, not(unix)))]
fn is_legal_on_windows(name: &[u8]) -> bool {
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or(name);
    let stem = stem.trim_ascii_end().to_ascii_uppercase();
    let device = match stem.as_slice() {
        b"CON" | b"PRN" | b"AUX" | b"NUL" | b"CONIN$" | b"CONOUT$" => true,
        // Windows takes the superscripts 1, 2 and 3 for digits.
        [b'C', b'O', b'M', number @ ..] | [b'L', b'P', b'T', number @ ..] => {
            matches!(number, [b'0'..=b'9'] | [0xC2, 0xB9 | 0xB2 | 0xB3])
        }
        _ => false,
    };
    let illegal = |byte: &u8| *byte < b' ' || br#"\:*?"<>|"#.contains(byte);
    !device && !name.iter().any(illegal) && !matches!(name.last(), Some(b'.' | b' '))
}

#[cfg(unix)]
fn from_bytes(name: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(std::ffi::OsStr::from_bytes(name).to_owned())
}

#[cfg(not(unix))]
fn from_bytes(name: &[u8]) -> Option<OsString> {
    std::str::from_utf8(name).ok().map(OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: Alike = Alike { cases: false, forms: false };
    const WINDOWS: Alike = Alike { cases: true, forms: false };
    const MAC: Alike = Alike { cases: true, forms: true };

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in [&b""[..], b".", b"..", b"../x", b"a/b", b"/etc/passwd", b"a\0b"] {
            let error = local_name(name).expect_err("unsafe");
            assert!(matches!(error.cause(), crate::error::Cause::UnsafeName(_)), "{name:?}");
        }
        assert_eq!(local_name(b"..x").expect("safe"), "..x");
    }

    #[test]
    fn a_name_that_differs_in_case_alone_is_refused_where_that_counts_for_nothing() {
        let mut names = LocalNames::new(WINDOWS, [].iter());
        for name in ["Read.me", "Readme", "Read.me"] {
            assert_eq!(names.take(name.as_bytes()).expect(name), *name);
        }
        let error = names.take(b"read.ME").expect_err("the same file");
        assert!(error.to_string().contains("and \"Read.me\" are the same name"), "{error}");
        let mut names = LocalNames::new(LINUX, [].iter());
        assert!(names.take(b"a").and_then(|_| names.take(b"A")).is_ok());
    }

    #[test]
    fn the_two_forms_of_one_letter_are_one_name_where_the_file_system_says_so() {
        let [composed, apart] = ["caf\u{e9}", "cafe\u{301}"];
        for (alike, are_one) in [(LINUX, false), (WINDOWS, false), (MAC, true)] {
            let mut names = LocalNames::new(alike, [].iter());
            let both = names.take(composed.as_bytes()).and_then(|_| names.take(apart.as_bytes()));
            assert_eq!(both.is_err(), are_one, "{both:?}");
        }
    }

    #[test]
    fn names_that_windows_takes_for_something_else_are_no_names_there() {
        for name in [
            "CON",
            "nul.txt",
            "com1",
            "LPT9.log",
            "COM\u{b9}",
            "aux .c",
            "CONIN$",
            "a:b",
            "a\\b",
            "*",
            "q?",
            "<x>",
            "x|y",
            "\"",
            "tail.",
            "tail ",
            "a\tb",
        ] {
            assert!(!is_legal_on_windows(name.as_bytes()), "{name}");
        }
        for name in
            ["combat", "comb.txt", "COM", "COM10", "null", "a.b.c", ".hidden", "ü", "a b", "..x"]
        {
            assert!(is_legal_on_windows(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_name_that_another_file_uses_until_it_is_whole_is_refused() {
        let entry = |name: &str, kind| RemoteEntry::named(name.as_bytes(), kind);
        let entries = [
            entry("a.pbpart", EntryKind::File),
            entry("a", EntryKind::File),
            entry("A.PBWRONG", EntryKind::File),
            entry("d", EntryKind::Directory),
            entry("d.pbpart", EntryKind::File),
            entry("alone.pbpart", EntryKind::File),
        ];
        for (alike, refused) in [(LINUX, 1), (WINDOWS, 2)] {
            let mut names = LocalNames::new(alike, entries.iter());
            let results = entries.each_ref().map(|entry| names.take(&entry.name));
            let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
            assert_eq!(errors.len(), refused, "{errors:?}");
            let told = errors[0].to_string();
            assert!(told.contains("\"a.pbpart\"") && told.contains("\"a\""), "{told}");
        }
        let others = ["d/a", "d/a.pbpart-marker", "b"].map(PathBuf::from).into();
        for (path, fits) in [("d/a", true), ("d/a.pbpart-marker", false), ("b.pbwrong", false)] {
            assert_eq!(check_beside(Path::new(path), &others).is_ok(), fits, "{path}");
        }
        assert!(check_beside(Path::new("e/a.pbpart"), &others).is_ok());
    }
}
