//! Claims for uploads to files without a name. Such an upload has no part that others could find
//! locked, so within this process a [`Claim`] stands for the part.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use packetboat_codes::Fault;
use rustix::fs::fstat;

use super::tree::Place;
use crate::Result;

/// A name in a directory: device and inode of the directory, and the name.
type Key = (u64, u64, Vec<u8>);

/// The names of the parts that unnamed uploads would have.
static CLAIMED: Mutex<Option<HashSet<Key>>> = Mutex::new(None);

/// Tells other uploads that an unnamed one is under way. Dropping it ends the claim.
#[derive(Debug)]
pub(super) struct Claim(Key);

impl Claim {
    /// Claims a part, or returns `None` if another upload has claimed it.
    pub(super) fn take(place: &Place, part: &[u8]) -> Result<Option<Self>> {
        let key = key(place, part)?;
        let is_free = claimed().get_or_insert_default().insert(key.clone());
        // Create a `Claim` only if it is ours, because dropping it releases the claim.
        Ok(is_free.then(|| Self(key)))
    }

    /// The name of the part.
    pub(super) fn part(&self) -> &[u8] {
        &self.0.2
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(claimed) = &mut *claimed() {
            claimed.remove(&self.0);
        }
    }
}

/// Refuses to open a part that an upload has claimed.
pub(super) fn refuse_claimed(place: &Place, part: &[u8]) -> Result<()> {
    // Usually there are no claims, and no need for a system call.
    if claimed().as_ref().is_none_or(HashSet::is_empty) {
        return Ok(());
    }
    let key = key(place, part)?;
    refuse_if(claimed().as_ref().is_some_and(|claimed| claimed.contains(&key)))
}

/// Refuses to remove a directory that an unnamed file is being uploaded to.
pub(super) fn refuse_claimed_in(directory: &Place) -> Result<()> {
    if claimed().as_ref().is_none_or(HashSet::is_empty) {
        return Ok(());
    }
    let Some(found) = directory.look()? else { return Ok(()) };
    let is_there = |(device, inode, _): &Key| (*device, *inode) == (found.st_dev, found.st_ino);
    refuse_if(claimed().as_ref().is_some_and(|claimed| claimed.iter().any(is_there)))
}

fn refuse_if(is_claimed: bool) -> Result<()> {
    if is_claimed { Err(Fault::Busy.into()) } else { Ok(()) }
}

fn key(place: &Place, part: &[u8]) -> Result<Key> {
    let directory = fstat(&place.directory)?;
    Ok((directory.st_dev, directory.st_ino, part.to_vec()))
}

fn claimed() -> MutexGuard<'static, Option<HashSet<Key>>> {
    // The set is consistent at any time, even after a panic.
    CLAIMED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::LocalStorage;
    use super::super::open_write::open_unnamed;
    use super::super::tree::Tree;
    use super::super::write::LocalWrite;
    use crate::{Storage as _, VirtualPath, WriteFile as _, WriteMode};
    use packetboat_codes::Fault;
    use tempfile::TempDir;

    fn path() -> VirtualPath {
        VirtualPath::root().join(b"new").expect("a path")
    }

    fn open_in(folder: &TempDir, mode: WriteMode) -> Option<Box<LocalWrite>> {
        let place = Tree::open(folder.path()).and_then(|tree| tree.place(&path()));
        let opened = open_unnamed(&path(), place.expect("a place"), mode).expect("opened");
        opened.ok().map(Box::new)
    }

    /// Creates a directory that supports unnamed files, and opens one in it.
    fn begin(mode: WriteMode) -> (TempDir, Box<LocalWrite>) {
        let folders = [tempfile::tempdir(), tempfile::tempdir_in("/dev/shm")];
        let mut folders = folders.into_iter().flatten();
        let opened = folders.find_map(|folder| open_in(&folder, mode).map(|file| (folder, file)));
        opened.expect("neither TMPDIR nor /dev/shm lies on a file system with O_TMPFILE")
    }

    fn names(folder: &TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(folder.path()).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect()
    }

    fn content(folder: &TempDir, name: &str) -> Vec<u8> {
        std::fs::read(folder.path().join(name)).expect("readable")
    }

    const PART: &str = ".new.part-packetboat";

    #[test]
    fn it_appears_whole_or_not_at_all() {
        let (folder, mut file) = begin(WriteMode::New);
        assert_eq!((file.opened().before, file.replaces().expect("known")), (None, None));
        file.write(b"all of it").expect("written");
        assert!(names(&folder).is_empty());
        assert_eq!(file.commit().expect("committed").len, 9);
        assert_eq!(names(&folder), ["new"]);
        assert_eq!(content(&folder, "new"), b"all of it");
    }

    #[test]
    fn directory_watchers_are_notified_of_the_closed_file() {
        use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};

        let (folder, mut file) = begin(WriteMode::Create);
        let watch = inotify::init(CreateFlags::NONBLOCK).expect("inotify");
        inotify::add_watch(&watch, folder.path(), WatchFlags::CLOSE_WRITE).expect("a watch");
        file.write(b"all of it").expect("written");
        file.commit().expect("committed");
        let mut buffer = [std::mem::MaybeUninit::uninit(); 1024];
        let mut events = Reader::new(&watch, &mut buffer);
        let mut closed = Vec::new();
        while let Ok(event) = events.next() {
            assert!(event.events().contains(ReadFlags::CLOSE_WRITE));
            closed.extend(event.file_name().map(std::ffi::CStr::to_owned));
        }
        assert!(closed.contains(&c"new".to_owned()), "{closed:?}");
    }

    #[test]
    fn nobody_else_may_write_the_same_file() {
        let (folder, file) = begin(WriteMode::Create);
        let storage = LocalStorage::open(folder.path()).expect("a storage");
        for mode in [WriteMode::Create, WriteMode::Append, WriteMode::Resume { offset: 1 }] {
            let error = storage.open_write(&path(), mode).err().expect("refused");
            assert_eq!(error.fault(), Fault::Busy, "{mode:?}");
        }
        drop(file);
        assert!(names(&folder).is_empty(), "nothing was written, so nothing is kept");
        assert!(storage.open_write(&path(), WriteMode::Create).is_ok());
    }

    #[test]
    fn an_interrupted_upload_is_kept_as_a_part() {
        let (folder, mut file) = begin(WriteMode::Create);
        file.write(b"a begin").expect("written");
        assert_eq!(file.keep_part().expect("kept").len, 7);
        assert_eq!(names(&folder), [PART]);
        assert!(open_in(&folder, WriteMode::Create).is_none(), "a part has to be dealt with");
        let storage = LocalStorage::open(folder.path()).expect("a storage");
        let mut file =
            storage.open_write(&path(), WriteMode::Resume { offset: 7 }).expect("resumed");
        file.write(b"ning").expect("written");
        file.commit().expect("committed");
        assert_eq!(
            (names(&folder), content(&folder, "new")),
            (vec!["new".into()], b"a beginning".to_vec())
        );
    }

    #[test]
    fn an_upload_in_pieces_has_a_locked_part() {
        let (folder, mut file) = begin(WriteMode::Create);
        file.write(b"one ").expect("written");
        file.write(b"two").expect("written");
        assert_eq!(
            (names(&folder), content(&folder, PART)),
            (vec![PART.into()], b"one two".to_vec())
        );
        let storage = LocalStorage::open(folder.path()).expect("a storage");
        let error = storage.open_write(&path(), WriteMode::Create).err().expect("refused");
        assert_eq!(error.fault(), Fault::Busy);
        file.commit().expect("committed");
        assert_eq!(
            (names(&folder), content(&folder, "new")),
            (vec!["new".into()], b"one two".to_vec())
        );
    }

    #[test]
    fn synced_data_has_a_name() {
        let (folder, mut file) = begin(WriteMode::Create);
        file.write(b"up to a marker").expect("written");
        file.sync().expect("forced");
        assert_eq!(content(&folder, PART), b"up to a marker");
    }

    #[test]
    fn a_file_that_was_made_meanwhile_is_replaced_or_kept_as_the_mode_says() {
        let (folder, mut file) = begin(WriteMode::Create);
        file.write(b"ours").expect("written");
        std::fs::write(folder.path().join("new"), "theirs").expect("made");
        file.commit().expect("committed");
        assert_eq!(
            (names(&folder), content(&folder, "new")),
            (vec!["new".into()], b"ours".to_vec())
        );

        let (folder, mut file) = begin(WriteMode::New);
        file.write(b"ours").expect("written");
        std::fs::write(folder.path().join("new"), "theirs").expect("made");
        let error = file.commit().expect_err("refused");
        assert_eq!(error.fault(), Fault::AlreadyExists);
        assert_eq!(
            (content(&folder, "new"), content(&folder, PART)),
            (b"theirs".to_vec(), b"ours".to_vec())
        );
    }

    #[test]
    fn an_upload_into_a_removed_directory_fails_as_changed() {
        let (folder, mut file) = begin(WriteMode::Create);
        file.write(b"ours").expect("written");
        std::fs::remove_dir(folder.path()).expect("removed");
        assert_eq!(file.commit().expect_err("refused").fault(), Fault::Changed);
    }

    #[test]
    fn a_part_of_an_upload_elsewhere_is_left_alone() {
        let (folder, mut file) = begin(WriteMode::Create);
        file.write(b"ours").expect("written");
        std::fs::write(folder.path().join(PART), "theirs").expect("made");
        assert_eq!(file.keep_part().expect_err("refused").fault(), Fault::Busy);
        assert_eq!(content(&folder, PART), b"theirs");
    }
}
