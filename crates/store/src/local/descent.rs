//! Going through a whole tree, entry by entry, with few descriptors however deep it is: anybody who may make directories
//! may make two thousand, one below another. The outermost directories and the innermost ones are open, each with the one
//! descriptor that it is read by. Those between are put aside: which they are is remembered, and where in them the
//! reading goes on, which NFS servers rely on, too. On the way back each is opened as `..` of the one below, if it still is.

use std::os::fd::{BorrowedFd, OwnedFd};

use packetboat_codes::Fault;
use rustix::fs::{Dir, DirEntry, fstat};

use super::{metadata, walk};
use crate::Result;

/// Outermost directories that stay open: where the way back is lost, it goes on in these.
const OUTERMOST: usize = 32;
/// Innermost directories that are open.
const INNERMOST: usize = 32;

/// Directories one below another, the last of which is read.
pub(super) struct Descent(Vec<Level>);

struct Level {
    /// Nothing while it is put aside.
    entries: Option<Dir>,
    identity: (u64, u64),
    /// Behind the entry that was read last.
    at: i64,
}

impl Descent {
    pub(super) fn new(top: OwnedFd) -> Result<Self> {
        Ok(Self(vec![Level::new(top)?]))
    }

    /// How many directories there are.
    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// The next entry of the innermost directory; nothing at its end.
    pub(super) fn next(&mut self) -> Result<Option<DirEntry>> {
        let Some(Level { entries: Some(entries), at, .. }) = self.0.last_mut() else {
            return Ok(None);
        };
        for entry in entries {
            let entry = entry?;
            *at = entry.offset();
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The innermost directory.
    pub(super) fn directory(&self) -> Result<BorrowedFd<'_>> {
        let entries = self.0.last().and_then(|level| level.entries.as_ref());
        Ok(entries.ok_or(Fault::Changed)?.fd()?)
    }

    /// Goes into a directory in the innermost one.
    pub(super) fn enter(&mut self, inner: OwnedFd) -> Result<()> {
        self.0.push(Level::new(inner)?);
        let aside = self.depth().checked_sub(INNERMOST + 1).filter(|&place| place >= OUTERMOST);
        if let Some(place) = aside {
            self.0[place].put_aside();
        }
        Ok(())
    }

    /// Goes back to the directory above; false if that was the top. Where the one below lies elsewhere by now, it goes back to
    /// the innermost one that is still open, and fails.
    pub(super) fn leave(&mut self) -> Result<bool> {
        let Some(below) = self.0.pop() else { return Ok(false) };
        let Some(above) = self.0.last_mut() else { return Ok(false) };
        let again = if above.entries.is_some() { Ok(()) } else { above.take_up(&below) };
        if again.is_err() {
            let open = self.0.iter().rposition(|level| level.entries.is_some());
            self.0.truncate(open.map_or(0, |place| place + 1));
        }
        again.map(|()| !self.0.is_empty())
    }
}

impl Level {
    fn new(directory: OwnedFd) -> Result<Self> {
        let identity = metadata::identity(&fstat(&directory)?);
        Ok(Self { entries: Some(Dir::new(directory)?), identity, at: 0 })
    }

    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    fn put_aside(&mut self) {
        self.entries = None;
    }

    /// Elsewhere no place in a directory can be come back to.
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    fn put_aside(&mut self) {}

    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    fn take_up(&mut self, below: &Self) -> Result<()> {
        let below = below.entries.as_ref().ok_or(Fault::Changed)?;
        let directory = walk::open(&below.fd()?, b"..")?;
        if metadata::identity(&fstat(&directory)?) != self.identity {
            return Err(Fault::Changed.into());
        }
        let mut entries = Dir::new(directory)?;
        entries.seek(self.at)?;
        self.entries = Some(entries);
        Ok(())
    }

    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    fn take_up(&mut self, _: &Self) -> Result<()> {
        Err(Fault::Changed.into())
    }
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    const DEPTH: usize = 200;

    /// Directories `d`, each with files before and behind it in whatever order the file system has.
    fn tree(root: &Path) -> Vec<PathBuf> {
        let mut levels = vec![root.to_owned()];
        for _ in 0..DEPTH {
            let level = levels.last().expect("the root").clone();
            for name in ["a", "b", "x", "y", "z"] {
                fs::write(level.join(name), name).expect("a file");
            }
            fs::create_dir(level.join("d")).expect("a directory");
            levels.push(level.join("d"));
        }
        levels
    }

    fn begin(root: &Path) -> Descent {
        Descent::new(fs::File::open(root).expect("the root").into()).expect("a directory")
    }

    /// All entries, by their depths; `at` is called with the depth after each step.
    fn all(descent: &mut Descent, mut at: impl FnMut(usize)) -> (BTreeSet<String>, usize) {
        let (mut seen, mut lost) = (BTreeSet::new(), 0);
        loop {
            let open = descent.0.iter().filter(|level| level.entries.is_some()).count();
            assert!(open <= OUTERMOST + INNERMOST, "{open} are open at {}", descent.depth());
            let Some(entry) = descent.next().expect("an entry") else {
                match descent.leave() {
                    Ok(true) => {}
                    Ok(false) => return (seen, lost),
                    Err(error) => {
                        assert_eq!(error.fault(), Fault::Changed);
                        lost += 1;
                    }
                }
                continue;
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(seen.insert(format!("{} {name}", descent.depth())), "{name} comes once");
            if name == "d" {
                let inner =
                    walk::open(&descent.directory().expect("open"), b"d").expect("it opens");
                descent.enter(inner).expect("a directory");
                at(descent.depth());
            }
        }
    }

    #[test]
    fn each_entry_comes_once_however_few_directories_are_open() {
        let root = tempfile::tempdir().expect("a folder");
        tree(root.path());
        let (seen, lost) = all(&mut begin(root.path()), |_| {});
        assert_eq!((seen.len(), lost), (6 * DEPTH, 0));
    }

    /// A directory that was moved leads back to where it is now, which may be outside of the tree.
    #[test]
    fn the_way_back_does_not_follow_what_was_moved() {
        let (root, outside) = (tempfile::tempdir(), tempfile::tempdir());
        let (root, outside) = (root.expect("a folder"), outside.expect("a folder"));
        let levels = tree(root.path());
        fs::write(outside.path().join("secret"), "").expect("a file");
        let (seen, lost) = all(&mut begin(root.path()), |depth| {
            if depth == DEPTH + 1 {
                fs::rename(&levels[100], outside.path().join("moved")).expect("it is moved");
            }
        });
        assert_eq!(lost, 1);
        assert!(seen.contains("1 z") && seen.contains(&format!("{DEPTH} z")), "{seen:?}");
        assert!(!seen.iter().any(|entry| entry.ends_with("secret")), "{seen:?}");
        // What stayed open is gone through to its end.
        assert!((1..=OUTERMOST).all(|depth| seen.contains(&format!("{depth} z"))));
    }
}
