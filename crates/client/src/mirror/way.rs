//! Entries in the way at the target: a file where the source has a directory, a directory where it
//! has a file, or a symbolic link where it has either. With --delete they are deleted first;
//! without it, or with a limit on deletions, they are reported and kept. The mirror never goes
//! through a link within the target, since it may lead out of it.

use std::fs::FileType;
use std::path::Path;

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;

use super::Planner;
use crate::error::Error;
use crate::local;
use crate::mirror_delete;
use crate::observer::{Event, Plan};
use crate::put::join_remote;

impl Planner<'_> {
    /// Makes way at a local path for a remote entry. Returns whether the path is free or has an
    /// entry of the right kind.
    pub(super) fn clear_here(&mut self, remote: &[u8], target: &Path, entry: &RemoteEntry) -> bool {
        let Ok(found) = std::fs::symlink_metadata(target) else { return true };
        let kind = entry.kind;
        let fits = match kind {
            EntryKind::Directory => found.is_dir(),
            _ => found.is_file(),
        };
        if fits {
            return true;
        }
        match self.gives_up_here(&entry.name, target, found.is_dir()) {
            Ok(true) if self.mirror.max_delete.is_none() => {}
            Ok(_) => {
                let what = in_the_way(kind_of(found.file_type()), kind);
                self.fail(remote.to_vec(), Error::mismatch(target, what));
                return false;
            }
            Err(error) => {
                self.fail(remote.to_vec(), error);
                return false;
            }
        }
        let path = local::to_bytes(target.as_os_str());
        self.observer.event(Event::Planned { plan: Plan::DeleteLocal, path: &path });
        if self.mirror.only_show {
            return true;
        }
        match mirror_delete::delete(target) {
            Ok(count) => self.deleted += count,
            Err(error) => {
                self.fail(remote.to_vec(), Error::local(target, error));
                return false;
            }
        }
        true
    }

    /// The same on the server for a local entry. A remote link in place of a file is not in the
    /// way: the server decides whether to write through it.
    pub(super) async fn clear_there(
        &mut self,
        path: &[u8],
        entry: Option<&RemoteEntry>,
        kind: EntryKind,
    ) -> bool {
        let Some(entry) = entry else { return true };
        let found = entry.kind;
        let fits = match kind {
            EntryKind::Directory => found == EntryKind::Directory,
            _ => found != EntryKind::Directory,
        };
        if fits {
            return true;
        }
        let refusal = match self.gives_up_there(path, entry).await {
            Ok(true) if self.mirror.max_delete.is_none() => None,
            Ok(_) => Some(Error::between_kinds(in_the_way(found, kind))),
            Err(error) => Some(error),
        };
        if let Some(error) = refusal {
            self.fail(path.to_vec(), error);
            return false;
        }
        self.observer.event(Event::Planned { plan: Plan::DeleteRemote, path });
        if self.mirror.only_show {
            return true;
        }
        let removed = self.client.remove_tree(path, false, true).await;
        let is_clear = removed.failures.is_empty();
        self.deleted += removed.files + removed.directories;
        self.work.report.failures.extend(removed.failures);
        is_clear
    }

    /// Whether a local entry that the source does not have may be deleted with everything in it.
    /// Excluded entries are never deleted.
    pub(super) fn gives_up_here(
        &self,
        name: &[u8],
        path: &Path,
        is_directory: bool,
    ) -> Result<bool, Error> {
        let choice = &self.mirror.tree.choice;
        if !self.mirror.delete || !choice.takes(name, is_directory) {
            return Ok(false);
        }
        if !is_directory || choice.is_all() {
            return Ok(true);
        }
        let failed = |error| Error::local(path, error);
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = local::to_bytes(&entry.file_name());
            let is_directory = entry.file_type().map_err(failed)?.is_dir();
            if !self.gives_up_here(&name, &entry.path(), is_directory)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The same for a remote entry.
    pub(super) async fn gives_up_there(
        &mut self,
        path: &[u8],
        entry: &RemoteEntry,
    ) -> Result<bool, Error> {
        let choice = &self.mirror.tree.choice;
        let mut waiting = vec![(path.to_vec(), entry.name.clone(), entry.kind)];
        while let Some((path, name, kind)) = waiting.pop() {
            let is_directory = kind == EntryKind::Directory;
            if !self.mirror.delete || !choice.takes(&name, is_directory) {
                return Ok(false);
            }
            if is_directory && !choice.is_all() {
                let inner = self.client.list(&path).await?.into_iter();
                if self.client.left_out.in_last {
                    return Err(Error::not_all_seen());
                }
                waiting.extend(
                    inner.map(|entry| (join_remote(&path, &entry.name), entry.name, entry.kind)),
                );
            }
        }
        Ok(true)
    }
}

fn kind_of(found: FileType) -> EntryKind {
    match found {
        found if found.is_dir() => EntryKind::Directory,
        found if found.is_symlink() => EntryKind::Symlink,
        found if found.is_file() => EntryKind::File,
        _ => EntryKind::Other,
    }
}

fn in_the_way(found: EntryKind, wanted: EntryKind) -> String {
    format!(
        "{} is in the way of {}; move it away, or use --delete, which replaces it unless a pattern or --max-delete keeps it",
        name(found),
        name(wanted)
    )
}

fn name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Directory => "a directory",
        EntryKind::File => "a file",
        EntryKind::Symlink => "a symbolic link",
        EntryKind::Other => "something that is not a regular file",
    }
}
