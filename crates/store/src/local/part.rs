//! Parts: the files that uploads write to until they get their final name, and that interrupted
//! uploads leave behind. The part of `NAME` is `.NAME.part-packetboat` in the same directory.
//! Listings omit parts, since clients would download them with the rest, and no upload or rename
//! may use such a name. DELE of `NAME` removes its part, and so does removing a whole tree or a
//! directory that holds nothing else.

use std::os::fd::OwnedFd;

use packetboat_codes::Fault;
use rustix::fs::{
    AtFlags, Dir, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat, statat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr};

use super::metadata;
use super::read::{CAREFULLY, LocalRead, require_regular};
use super::tree::Place;
use crate::Result;

/// The pattern of part names for clients, with a star for the file's name. It holds for all but the
/// longest names.
pub const PART_NAMES: &str = ".*.part-packetboat";
const SUFFIX: &[u8] = b".part-packetboat";
/// The longest name that file systems accept.
const LONGEST_NAME: usize = 255;
/// How many bytes of an overlong name are kept; a hash replaces the rest.
const KEPT_OF_LONG: usize = 200;
/// How often to reopen a file whose name moved to another file before it could be locked.
const MOST_TRIES: usize = 16;

/// The name of the part of `name`.
pub(super) fn name(name: &[u8]) -> Vec<u8> {
    if name.len() + 1 + SUFFIX.len() <= LONGEST_NAME {
        return [b".", name, SUFFIX].concat();
    }
    let hash = format!("~{:016x}", fnv1a(name));
    [b".", &name[..KEPT_OF_LONG], hash.as_bytes(), SUFFIX].concat()
}

/// Whether this is the name of a part.
pub(super) fn is_name(name: &[u8]) -> bool {
    file_of(name).is_some()
}

/// The name of a part's file, or what is kept of it. `None` if this is not the name of a part.
pub(super) fn file_of(part: &[u8]) -> Option<&[u8]> {
    part.strip_prefix(b".")?.strip_suffix(SUFFIX)
}

/// The name of a part, for access checks: what may be done with a part depends on the file that it
/// will become.
#[derive(Clone, Copy, Debug)]
pub struct PartName<'a> {
    part: &'a [u8],
    file: &'a [u8],
}

impl<'a> PartName<'a> {
    /// `None` if this is not the name of a part.
    pub fn read(part: &'a [u8]) -> Option<Self> {
        let file = file_of(part).filter(|file| !matches!(*file, b"" | b"." | b".."))?;
        Some(Self { part, file })
    }

    /// The name of the file. If it was too long, the part of it that is kept and a hash.
    pub fn file(self) -> &'a [u8] {
        self.file
    }

    /// Whether the name has the form used for overlong file names. A file's own name may have that
    /// form, too.
    pub fn may_be_shortened(self) -> bool {
        let hash = self.file.get(KEPT_OF_LONG..).and_then(|rest| rest.strip_prefix(b"~"));
        hash.is_some_and(|hash| hash.len() == 16 && hash.iter().all(u8::is_ascii_hexdigit))
    }

    /// Whether this is the name of that file's part.
    pub fn is_of(self, file: &[u8]) -> bool {
        name(file) == self.part
    }
}

/// Refuses names of parts.
pub(super) fn refuse_name(name: &[u8]) -> Result<()> {
    if is_name(name) { Err(Fault::NameReserved.into()) } else { Ok(()) }
}

/// Removes the part of a file that does not exist yet.
pub(super) fn remove(file: &Place) -> Result<()> {
    remove_stale(file, &name(&file.name))
}

/// Locks a part that was named directly, while it is removed or renamed. Fails if an upload is
/// writing to it. A file with such a name that cannot be locked is not one of our parts.
pub(super) fn lock_if_part(place: &Place) -> Result<Option<OwnedFd>> {
    if !is_name(&place.name) {
        return Ok(None);
    }
    match open_locked(place, &place.name, OFlags::empty(), Mode::empty()) {
        Ok(locked) => Ok(locked.map(|locked| locked.file)),
        Err(error) if error.fault() == Fault::Busy => Err(error),
        Err(_) => Ok(None),
    }
}

/// Removes the parts in a directory if it holds nothing else.
pub(super) fn clear(directory: OwnedFd) -> Result<()> {
    let place = Place::in_directory(directory);
    if names(&place)?.any(|name| name.is_ok_and(|name| !is_name(&name))) {
        return Err(Fault::DirectoryNotEmpty.into());
    }
    for name in names(&place)? {
        remove_stale(&place, &name?)?;
    }
    Ok(())
}

/// The names of the parts in a directory.
pub(super) fn in_directory(directory: OwnedFd) -> Result<Vec<Vec<u8>>> {
    let is_part = |name: &Result<Vec<u8>>| name.as_ref().map_or(true, |name| is_name(name));
    names(&Place::in_directory(directory))?.filter(is_part).collect()
}

/// The names in the directory of a place.
fn names(place: &Place) -> Result<impl Iterator<Item = Result<Vec<u8>>>> {
    let entries = Dir::read_from(&place.directory)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_bytes().to_vec()));
    Ok(names.filter(|name| !matches!(name.as_deref(), Ok(b"." | b".."))))
}

/// Removes a part that no upload is writing to.
fn remove_stale(place: &Place, name: &[u8]) -> Result<()> {
    match open_locked(place, name, OFlags::empty(), Mode::empty())? {
        Some(_locked) => Ok(unlinkat(&place.directory, name, AtFlags::empty())?),
        None => Err(Fault::NotFound.into()),
    }
}

/// The length of a file's part, if it has one.
pub(super) fn len(file: &Place) -> Result<Option<u64>> {
    match statat(&file.directory, name(&file.name), AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(require_regular(&stat).ok().map(|()| metadata::len(&stat))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Opens a file's part for reading, if it has one.
pub(super) fn open_read(file: &Place) -> Result<Option<LocalRead>> {
    match LocalRead::open_named(file, &name(&file.name)) {
        Err(error) if error.fault() == Fault::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// A file that is open for writing and locked against other writers.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) file: OwnedFd,
    /// The file's `stat` after locking.
    pub(super) stat: Stat,
    /// Whether opening the file created it.
    pub(super) made: bool,
}

/// Opens a regular file for writing and locks it against other writers. Returns `None` if it does
/// not exist and `flags` do not ask to create it. After locking, the name is checked again: the
/// previous writer may just have renamed or removed the file.
pub(super) fn open_locked(
    place: &Place,
    name: &[u8],
    flags: OFlags,
    mode: Mode,
) -> Result<Option<Locked>> {
    #[cfg(target_os = "linux")]
    super::claim::refuse_claimed(place, name)?;
    for _ in 0..MOST_TRIES {
        let (file, made) = match open_or_make(place, name, flags, mode) {
            Ok(opened) => opened,
            Err(Errno::NOENT) if !flags.contains(OFlags::CREATE) => return Ok(None),
            // The file was removed between the two attempts to open it.
            Err(Errno::NOENT) => continue,
            Err(error) => return Err(error.into()),
        };
        retry_on_intr(|| flock(&file, FlockOperation::NonBlockingLockExclusive))?;
        // Only under the lock is the file safe from other writers.
        let stat = fstat(&file)?;
        require_regular(&stat)?;
        if is_named(place, name, &stat)? {
            return Ok(Some(Locked { file, stat, made }));
        }
    }
    Err(Fault::Busy.into())
}

/// Opens the file and tells whether that created it, which only an exclusive open can tell.
fn open_or_make(
    place: &Place,
    name: &[u8],
    flags: OFlags,
    mode: Mode,
) -> std::result::Result<(OwnedFd, bool), Errno> {
    let open = |flags| openat(&place.directory, name, OFlags::WRONLY | CAREFULLY | flags, mode);
    if flags.contains(OFlags::CREATE) {
        match open(flags | OFlags::EXCL) {
            Err(Errno::EXIST) if !flags.contains(OFlags::EXCL) => {}
            made => return made.map(|file| (file, true)),
        }
    }
    open(flags.difference(OFlags::CREATE)).map(|file| (file, false))
}

/// Whether the name still refers to this file.
pub(super) fn is_named(place: &Place, name: &[u8], file: &Stat) -> Result<bool> {
    match statat(&place.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(metadata::identity(&stat) == metadata::identity(file)),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The FNV-1a hash, which is stable across releases, unlike that of the standard library.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_names_of_every_length_fit_and_differ() {
        assert_eq!(name(b"a b"), b".a b.part-packetboat");
        assert_eq!(PART_NAMES.replace('*', "a b").as_bytes(), name(b"a b"));
        for length in [1, 237, 238, 239, 254, 255] {
            let (one, other) = (vec![b'n'; length], [vec![b'n'; length - 1], vec![b'm']].concat());
            assert!(name(&one).len() <= LONGEST_NAME, "{length}");
            assert_ne!(name(&one), name(&other), "{length}");
            assert!(refuse_name(&name(&one)).is_err());
            let kept = if length <= 238 { &one } else { &one[..KEPT_OF_LONG] };
            assert!(file_of(&name(&one)).is_some_and(|file| file.starts_with(kept)), "{length}");
        }
        assert!(refuse_name(b"x.part-packetboat").is_ok());
        assert_eq!(file_of(&name(b"a b")), Some(&b"a b"[..]));
        assert_eq!(file_of(b"x.part-packetboat"), None);
        // This is not the part of any file, since the dot belongs to the suffix. A file of that
        // name is left to its owner.
        assert!(!is_name(b".part-packetboat") && refuse_name(b".part-packetboat").is_ok());
    }

    #[test]
    fn a_part_tells_its_file_or_that_it_cannot() {
        for length in [1, 217, 238, 239, 255] {
            let file = vec![b'n'; length];
            let part = name(&file);
            let part = PartName::read(&part).expect("a part");
            assert_eq!((part.is_of(&file), part.is_of(b"other")), (true, false), "{length}");
            assert_eq!(part.may_be_shortened(), length > 238, "{length}");
            assert_eq!(part.file() == file, length <= 238, "{length}");
        }
        for none in ["f", ".part-packetboat", "..part-packetboat", "....part-packetboat"] {
            assert!(PartName::read(none.as_bytes()).is_none(), "{none}");
        }
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // Test vectors published by the authors of the algorithm.
        assert_eq!(fnv1a(b""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_F739_67E8);
    }
}
