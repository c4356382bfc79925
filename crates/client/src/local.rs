//! Files of this machine: names that a server gave, and parts that become whole files in one step.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use packetboat_proto::time::Timestamp;

use crate::error::Error;
use crate::restart;

/// What a part's name ends in until the file is whole.
pub const PART_SUFFIX: &str = ".pbpart";

/// The name beside a file under which its part is kept.
pub fn part_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(PART_SUFFIX);
    path.with_file_name(name)
}

/// The file that a download makes or replaces, and what it replaces: behind a symbolic link the file it points
/// to. Anything but a plain file is refused: a device or a FIFO must not turn into one.
pub(crate) fn target(path: &Path) -> Result<(PathBuf, Option<fs::Metadata>), Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {
            let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
            let real = if is_link { fs::canonicalize(path) } else { Ok(path.to_owned()) };
            real.map(|real| (real, Some(found))).map_err(|error| Error::local(path, error))
        }
        Ok(found) if found.is_dir() => Err(Error::mismatch(
            path,
            "it is a directory; name a file, or put a / behind it to store in it",
        )),
        Ok(_) => Err(Error::mismatch(
            path,
            "it is no plain file; `packetboat cat` writes to standard output, which can lead there",
        )),
        // Nothing yet; what else is wrong shows when it is made.
        Err(_) => check_folder(path).map(|()| (path.to_owned(), None)),
    }
}

/// Fails where the folder that a file is to be made in is none.
fn check_folder(path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => {
            Err(Error::mismatch(folder, "it is not a folder, so nothing can be stored in it"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::mismatch(folder, "there is no such folder; make it first"))
        }
        _ => Ok(()),
    }
}

/// Makes a folder, and those above it.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| {
        path.ancestors().find_map(in_the_way).unwrap_or_else(|| Error::local(path, error))
    })
}

/// What has the name of a folder and is none.
fn in_the_way(path: &Path) -> Option<Error> {
    // With a / behind its name a link is followed.
    let path = &path.components().collect::<PathBuf>();
    let what = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return None,
        Ok(_) => {
            "it is no folder, so nothing can be stored in it; take it away, or name another place"
        }
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) => {
            "it is a symbolic link that leads nowhere; make the folder it points to, or name another place"
        }
        Err(_) => return None,
    };
    Some(Error::mismatch(path, what))
}

/// A single name that a server gave, as a name of this machine. Whatever could lead out of the directory
/// it is made in is refused.
pub fn local_name(name: &[u8]) -> Result<OsString, Error> {
    if leads_out(name) {
        return Err(Error::unsafe_name(name));
    }
    let converted = if is_legal_here(name) { from_bytes(name) } else { None };
    converted.ok_or_else(|| Error::impossible_name(name))
}

/// The names that one directory of a server gives to files of this machine, each to one.
pub(crate) struct LocalNames {
    ignores_case: bool,
    /// Each name by what the system makes of it.
    taken: HashMap<String, Vec<u8>>,
}

impl Default for LocalNames {
    /// As the file systems of Windows and macOS have it where nothing else was asked for.
    fn default() -> Self {
        Self::new(cfg!(any(windows, target_vendor = "apple")))
    }
}

impl LocalNames {
    fn new(ignores_case: bool) -> Self {
        Self { ignores_case, taken: HashMap::new() }
    }

    /// As [`local_name`], and refused too where another name of the directory stands for the same file.
    pub(crate) fn take(&mut self, name: &[u8]) -> Result<OsString, Error> {
        let local = local_name(name)?;
        if self.ignores_case {
            let key = local.to_string_lossy().to_lowercase();
            match self.taken.entry(key) {
                Entry::Vacant(entry) => drop(entry.insert(name.to_vec())),
                // A server that lists one twice means one.
                Entry::Occupied(first) if first.get() == name => {}
                Entry::Occupied(first) => return Err(Error::same_name(name, first.get())),
            }
        }
        Ok(local)
    }
}

/// Whether it is the name of nothing within a directory.
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

/// Windows gives meaning to more than `/`: drives, streams, devices, and names that end in a dot or a space.
#[cfg(any(test, not(unix)))]
fn is_legal_on_windows(name: &[u8]) -> bool {
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or(name);
    let stem = stem.trim_ascii_end().to_ascii_uppercase();
    let device = match stem.as_slice() {
        b"CON" | b"PRN" | b"AUX" | b"NUL" | b"CONIN$" | b"CONOUT$" => true,
        // The last ones are the superscripts 1, 2 and 3, which Windows takes for digits.
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

/// A local name as bytes for the server.
#[cfg(unix)]
pub(crate) fn to_bytes(name: &std::ffi::OsStr) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    name.as_bytes().to_vec()
}

/// A local name as bytes for the server.
#[cfg(not(unix))]
pub(crate) fn to_bytes(name: &std::ffi::OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

/// What a part's name ends in that is not what the server has.
pub const WRONG_SUFFIX: &str = ".pbwrong";

/// Keeps a part that is not what the server has where nothing takes it for the file or goes on from it.
pub(crate) fn set_aside(part: &Path, path: &Path) -> Result<PathBuf, Error> {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(WRONG_SUFFIX);
    let wrong = path.with_file_name(name);
    fs::rename(part, &wrong).map_err(|error| Error::local(part, error))?;
    Ok(wrong)
}

/// Whether two paths lead to one entry of a directory.
#[cfg(unix)]
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let place = |path: &Path| path.symlink_metadata().map(|found| (found.dev(), found.ino()));
    matches!((place(one), place(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether two paths lead to one entry of a directory: Windows does not tell upper and lower case apart.
#[cfg(not(unix))]
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let folded = |path: &Path| path.to_string_lossy().to_lowercase();
    folded(one) == folded(other)
}

/// Gives a file the permissions that it has on the server; what lets a program run as another user is
/// left out.
#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = fs::Permissions::from_mode(harmless(mode));
    fs::set_permissions(path, permissions).map_err(|error| Error::local(path, error))
}

/// Permissions without what lets a program run as another user.
#[cfg(unix)]
pub(crate) fn harmless(mode: u32) -> u32 {
    mode & 0o777
}

/// Permissions of Unix mean nothing here.
#[cfg(not(unix))]
pub(crate) fn set_mode(_: &Path, _: u32) -> Result<(), Error> {
    Ok(())
}

/// The permissions of a file of this machine.
#[cfg(unix)]
pub(crate) fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o777)
}

/// The permissions of a file of this machine: none that another one would understand.
#[cfg(not(unix))]
pub(crate) fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}

/// A point in time in whole seconds, as servers know it.
pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
    Timestamp(match time.duration_since(UNIX_EPOCH) {
        Ok(after) => seconds(after),
        Err(before) => -seconds(before.duration()),
    })
}

/// Makes a whole file of a part in one step.
pub(crate) fn complete(part: &Path, path: &Path) -> Result<(), Error> {
    fs::rename(part, path).map_err(|error| Error::local(path, error))?;
    restart::forget(part);
    Ok(())
}

/// The length of a file; `None` if there is none.
pub(crate) fn length(path: &Path) -> Result<Option<u64>, Error> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::local(path, error)),
    }
}

/// Whether the remote file was changed after the part was last written: then the two do not belong
/// together.
pub(crate) fn is_stale(part: &Path, modified: Option<Timestamp>) -> bool {
    let written = fs::metadata(part).and_then(|metadata| metadata.modified());
    match (written, modified) {
        (Ok(written), Some(modified)) => system_time(modified) > written,
        _ => false,
    }
}

/// Whether it has been given the time of the remote file.
pub(crate) fn has_time(path: &Path, modified: Option<Timestamp>) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    matches!((written, modified), (Ok(written), Some(modified)) if written == system_time(modified))
}

/// Whether it may have been: a server tells whole seconds, so what was written within that one may be older or newer. One
/// of the very same time has been given it.
pub(crate) fn may_be_stale(part: &Path, modified: Option<Timestamp>) -> bool {
    let written = fs::metadata(part).and_then(|metadata| metadata.modified());
    let (Ok(written), Some(modified)) = (written, modified) else { return false };
    let modified = system_time(modified);
    written != modified && written < modified + Duration::from_secs(1)
}

/// The same point in time as this machine writes it.
pub(crate) fn system_time(time: Timestamp) -> SystemTime {
    let distance = Duration::from_secs(time.0.unsigned_abs());
    let moved = match time.0 {
        0.. => UNIX_EPOCH.checked_add(distance),
        _ => UNIX_EPOCH.checked_sub(distance),
    };
    moved.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_plain_files_are_replaced_and_links_survive() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "x").expect("a file");
        std::os::unix::fs::symlink("file", &link).expect("a link");
        let real = fs::canonicalize(&file).expect("a path");
        let found = |path: &Path| {
            let (path, replaced) = target(path).expect("a plain file or none");
            (path, replaced.is_some())
        };
        assert_eq!(found(&link), (real, true));
        assert_eq!(found(&file), (file, true));
        let new = folder.path().join("new");
        assert_eq!(found(&new), (new, false));
        assert!(target(folder.path()).is_err());
        assert!(target(Path::new("/dev/null")).is_err());
    }

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
        let mut names = LocalNames::new(true);
        for name in ["Read.me", "Readme", "Read.me"] {
            assert_eq!(names.take(name.as_bytes()).expect(name), *name);
        }
        let error = names.take(b"read.ME").expect_err("the same file");
        assert!(error.to_string().contains("the same as \"Read.me\""), "{error}");
        let mut names = LocalNames::new(false);
        assert!(names.take(b"a").and_then(|_| names.take(b"A")).is_ok());
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
    fn what_was_written_within_the_second_may_be_older() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f");
        let file = fs::File::create(&path).expect("a file");
        let modified = Timestamp(1_000_000);
        for (millis, stale, may_be) in [
            (-1, true, true),
            (0, false, false),
            (1, false, true),
            (999, false, true),
            (1000, false, false),
        ]
        .map(|(millis, stale, may_be)| {
            (1_000_000_000_u64.saturating_add_signed(millis), stale, may_be)
        }) {
            let time = UNIX_EPOCH + Duration::from_millis(millis);
            file.set_modified(time).expect("its time");
            let found = (is_stale(&path, Some(modified)), may_be_stale(&path, Some(modified)));
            assert_eq!(found, (stale, may_be), "{millis}");
        }
    }

    #[test]
    fn a_part_lies_beside_its_file() {
        assert_eq!(part_path(Path::new("a/b.txt")), Path::new("a/b.txt.pbpart"));
    }
}
