//! [`Descent`]: walks through a whole tree, entry by entry, with few open descriptors. Anybody who
//! may create directories can nest thousands of them, so depth must not cost descriptors. Only the
//! outermost and the innermost directories are open, with one descriptor each. The ones between are
//! closed; their identity and reading position are remembered. (NFS servers rely on such positions,
//! too.) On the way back, each is reopened as `..` of the directory below it, after a check that it
//! is still the same one.

use std::os::fd::{BorrowedFd, OwnedFd};

use packetboat_codes::Fault;
use rustix::fs::{Dir, DirEntry, fstat};

use super::{metadata, walk};
use crate::Result;

/// How many of the outermost directories stay open. If the way back is lost, the walk continues in
/// these.
const OUTERMOST: usize = 32;
/// How many of the innermost directories are open.
const INNERMOST: usize = 32;

/// A chain of nested directories, the last of which is being read.
pub(super) struct Descent(Vec<Level>);

struct Level {
    /// `None` while the directory is closed.
    entries: Option<Dir>,
    identity: (u64, u64),
    /// The position after the entry read last.
    at: i64,
}

impl Descent {
    pub(super) fn new(top: OwnedFd) -> Result<Self> {
        Ok(Self(vec![Level::new(top)?]))
    }

    /// The number of directories in the chain.
    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// The next entry of the innermost directory, or `None` at its end.
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

    /// Descends into a directory in the innermost one.
    pub(super) fn enter(&mut self, inner: OwnedFd) -> Result<()> {
        self.0.push(Level::new(inner)?);
        let aside = self.depth().checked_sub(INNERMOST + 1).filter(|&place| place >= OUTERMOST);
        if let Some(place) = aside {
            self.0[place].put_aside();
        }
        Ok(())
    }

    /// Returns to the parent directory. Returns false if that was the top. If the directory was
    /// moved elsewhere, returns to the innermost directory that is still open, and fails.
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

    /// Other systems cannot return to a position in a directory, so it stays open.
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

    /// Nested directories `d`, each with files before and after it in whatever order the file
    /// system has.
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

    /// Walks all entries, and returns them with their depths. Calls `at` with the depth after each
    /// step down.
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
                let inner = walk::open(&descent.directory().expect("open"), b"d").expect("opened");
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

    /// `..` in a moved directory leads to its new parent, which may be outside the tree.
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
        // The directories that stayed open are read to their end.
        assert!((1..=OUTERMOST).all(|depth| seen.contains(&format!("{depth} z"))));
    }
}
