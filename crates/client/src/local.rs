//! Local files: names of parts, the target that a download replaces, times and permissions, and
//! renaming a part to its final name. Opening and locking a part is in [`crate::claim`].

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use packetboat_proto::client::HashAlgorithm;
use packetboat_proto::time::Timestamp;

use crate::digest::digest_of;
use crate::error::Error;
use crate::restart::{self, NEW_MARKER_SUFFIX};

/// The suffix of a part, the file that holds an unfinished download.
pub const PART_SUFFIX: &str = ".pbpart";

/// The path of the part that belongs to a file: beside it, with [`PART_SUFFIX`].
pub fn part_path(path: &Path) -> PathBuf {
    beside(path, PART_SUFFIX)
}

/// Appends a suffix to a file name. A name too long for that is cut, and a hash of the whole name
/// takes the place of the rest.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    /// The longest name that still leaves room for the longest suffix: file systems allow 255 bytes.
    const LONGEST: usize = 255 - NEW_MARKER_SUFFIX.len();
    const KEPT: usize = 200;
    let whole = path.file_name().unwrap_or_default();
    let mut name = OsString::from(whole);
    if whole.len() > LONGEST {
        let text = whole.to_string_lossy();
        let end = (0..=KEPT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let kept = text.get(..end).unwrap_or_default();
        let hash = digest_of(HashAlgorithm::Sha256, whole.as_encoded_bytes());
        name = format!("{kept}~{}", &hash[..16]).into();
    }
    name.push(suffix);
    path.with_file_name(name)
}

/// The file that a download creates or replaces, with the metadata of what it replaces. A symbolic
/// link is followed to its target. Anything but a regular file is refused: a download must not
/// replace a device or a FIFO.
pub(crate) fn target(path: &Path) -> Result<(PathBuf, Option<fs::Metadata>), Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {
            let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
            let real = if is_link { fs::canonicalize(path) } else { Ok(path.to_owned()) };
            real.map(|real| (real, Some(found))).map_err(|error| Error::local(path, error))
        }
        Ok(found) if found.is_dir() => Err(Error::mismatch(
            path,
            "it is a directory; name a file, or append / to store the file in the directory",
        )),
        Ok(_) => Err(Error::mismatch(
            path,
            "it is not a regular file; to write to it, redirect the output of `packetboat cat` there",
        )),
        // It does not exist yet, or an error will show when it is created.
        Err(_) => check_folder(path).map(|()| (path.to_owned(), None)),
    }
}

/// Fails if the folder in which to create a file does not exist or is not a folder.
fn check_folder(path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => {
            Err(Error::mismatch(folder, "it is not a folder, so nothing can be stored in it"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::mismatch(folder, "there is no such folder; create it first"))
        }
        _ => Ok(()),
    }
}

/// Creates a folder and its missing parents.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| {
        path.ancestors().find_map(in_the_way).unwrap_or_else(|| Error::local(path, error))
    })
}

/// The error for something at `path` that is not a folder but has the name of one.
fn in_the_way(path: &Path) -> Option<Error> {
    // Strips a trailing /, which would make the system follow a link.
    let path = &path.components().collect::<PathBuf>();
    let what = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return None,
        Ok(_) => {
            "it is not a folder, so nothing can be stored in it; remove it, or choose another place"
        }
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) => {
            "it is a symbolic link whose target does not exist; create that folder, or choose another place"
        }
        Err(_) => return None,
    };
    Some(Error::mismatch(path, what))
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

/// The suffix of a download that failed its verification.
pub const WRONG_SUFFIX: &str = ".pbwrong";

/// Renames a part that differs from the server's file, so that nothing uses or resumes it.
pub(crate) fn set_aside(part: &Path, path: &Path) -> Result<PathBuf, Error> {
    let wrong = beside(path, WRONG_SUFFIX);
    fs::rename(part, &wrong).map_err(|error| Error::local(part, error))?;
    Ok(wrong)
}

/// The device and inode of a file, which identify it whatever its name.
#[cfg(unix)]
pub(crate) fn place(metadata: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

/// Not available on this system.
#[cfg(not(unix))]
pub(crate) fn place(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// Whether two paths are the same directory entry.
#[cfg(unix)]
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| path.symlink_metadata().map(|found| place(&found));
    matches!((place(one), place(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether two paths are the same directory entry. Windows ignores case.
#[cfg(not(unix))]
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let folded = |path: &Path| path.to_string_lossy().to_lowercase();
    folded(one) == folded(other)
}

/// Gives a file the permissions that it has on the server, without the set-user-ID, set-group-ID
/// and sticky bits.
#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = fs::Permissions::from_mode(harmless(mode));
    fs::set_permissions(path, permissions).map_err(|error| Error::local(path, error))
}

/// Permissions without the set-user-ID, set-group-ID and sticky bits.
#[cfg(unix)]
pub(crate) fn harmless(mode: u32) -> u32 {
    mode & 0o777
}

/// This system has no Unix permissions.
#[cfg(not(unix))]
pub(crate) fn set_mode(_: &Path, _: u32) -> Result<(), Error> {
    Ok(())
}

/// The permissions of a local file.
#[cfg(unix)]
pub(crate) fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o777)
}

/// This system has no Unix permissions.
#[cfg(not(unix))]
pub(crate) fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}

/// A point in time in whole seconds, as servers report it.
pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
    Timestamp(match time.duration_since(UNIX_EPOCH) {
        Ok(after) => seconds(after),
        Err(before) => -seconds(before.duration()),
    })
}

/// Renames a part to its final name.
pub(crate) fn complete(part: &Path, path: &Path) -> Result<(), Error> {
    fs::rename(part, path).map_err(|error| Error::local(path, error))?;
    restart::forget(part);
    Ok(())
}

/// The length of a file; `None` if it does not exist.
pub(crate) fn length(path: &Path) -> Result<Option<u64>, Error> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::local(path, error)),
    }
}

/// Whether the remote file changed after the part was last written, so that the part must not be
/// resumed.
pub(crate) fn is_stale(part: &Path, modified: Option<Timestamp>) -> bool {
    let written = fs::metadata(part).and_then(|metadata| metadata.modified());
    match (written, modified) {
        (Ok(written), Some(modified)) => system_time(modified) > written,
        _ => false,
    }
}

/// Whether a local file has exactly the modification time of the remote one.
pub(crate) fn has_time(path: &Path, modified: Option<Timestamp>) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    matches!((written, modified), (Ok(written), Some(modified)) if written == system_time(modified))
}

/// Whether the remote file may have changed after the part was last written. Servers report whole
/// seconds, so a part written within the same second may be older or newer. A part with exactly the
/// same time was given that time by a download, and is current.
pub(crate) fn may_be_stale(part: &Path, modified: Option<Timestamp>) -> bool {
    let written = fs::metadata(part).and_then(|metadata| metadata.modified());
    let (Ok(written), Some(modified)) = (written, modified) else { return false };
    let modified = system_time(modified);
    written != modified && written < modified + Duration::from_secs(1)
}

/// The same point in time as a [`SystemTime`].
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
        for letter in ["n", "\u{e4}", "\u{1f600}"] {
            let name = letter.repeat(255 / letter.len());
            let part = part_path(&Path::new("a").join(&name));
            let part = part.file_name().expect("a name").to_str().expect("text").to_owned();
            assert!(
                part.len() <= 255 - "-marker-new".len() && part.ends_with(PART_SUFFIX),
                "{part}"
            );
            let other = part_path(Path::new(&name.replacen(letter, "o", 1)));
            assert_ne!(other.file_name().expect("a name"), part.as_str());
        }
    }
}
