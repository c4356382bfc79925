//! Compares one local directory with its copy on the server, for [`super::mirror_put`].

use std::collections::HashMap;
use std::fs::FileType;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;

use super::forms::New;
use super::{Planner, has_current};
use crate::error::Error;
use crate::local;
use crate::mirror_delete::Superfluous;
use crate::observer::Plan;
use crate::put::{Upload, join_remote};
use crate::tree::{Job, LINK, NO_FILE, ends_tree};

/// A remote directory, the local one, and whether the remote one exists.
pub(super) type Deeper = (Vec<u8>, PathBuf, bool);

/// An entry of a local directory.
struct Found {
    name: Vec<u8>,
    path: PathBuf,
    kind: FileType,
}

impl Planner<'_> {
    /// Compares one directory, and returns its subdirectories. If `there` is `None`, the server is
    /// asked whether the remote directory exists.
    pub(super) async fn compare_for_put(
        &mut self,
        remote: &[u8],
        local: &Path,
        there: Option<bool>,
    ) -> Result<Vec<Deeper>, Error> {
        let found = read_folder(local)?;
        let there = match there {
            Some(there) => there,
            None => self.client.is_directory(remote).await?,
        };
        let entries = match there {
            true => self.client.list(remote).await?,
            false => Vec::new(),
        };
        let choice = &self.mirror.tree.choice;
        let files = found.iter().filter(|found| found.kind.is_file());
        let is_made = choice.makes(files.map(|found| found.name.as_slice()));
        if !there && is_made && !self.mirror.only_show {
            self.client.make_directories(remote).await?;
        }
        let mut entries: HashMap<_, _> =
            entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        let mut deeper = Vec::new();
        let mut new = Vec::new();
        for found in found {
            // Removed even if a pattern excludes the local file: its remote copy is not superfluous.
            let entry = entries.remove(&found.name);
            if choice.takes(&found.name, found.kind.is_dir()) {
                deeper.extend(self.compare_there(remote, found, entry, &mut new).await?);
            }
        }
        if self.mirror.delete {
            self.find_superfluous_there(remote, entries, new).await?;
        }
        Ok(deeper)
    }

    /// Compares one entry, and returns it if it is a directory. The name of an entry that the
    /// server does not have yet is added to `new`.
    async fn compare_there(
        &mut self,
        remote: &[u8],
        found: Found,
        entry: Option<RemoteEntry>,
        new: &mut Vec<Vec<u8>>,
    ) -> Result<Option<Deeper>, Error> {
        let path = join_remote(remote, &found.name);
        if !found.kind.is_dir() && !found.kind.is_file() {
            let shown = local::to_bytes(found.path.as_os_str());
            self.skip(&shown, if found.kind.is_symlink() { LINK } else { NO_FILE });
            return Ok(None);
        }
        let wanted = if found.kind.is_dir() { EntryKind::Directory } else { EntryKind::File };
        if !self.clear_there(&path, entry.as_ref(), wanted).await {
            return Ok(None);
        }
        if entry.is_none() {
            new.push(found.name);
        }
        if found.kind.is_dir() {
            let there = entry.is_some_and(|entry| entry.kind == EntryKind::Directory);
            return Ok(Some((path, found.path, there)));
        }
        if let Some(entry) = entry.filter(|entry| entry.kind == EntryKind::File) {
            match self.is_same(&entry, &path, &found.path, has_current).await {
                Ok(false) => {}
                same => return self.unless_different(path, same).map(|()| None),
            }
        }
        let upload = Upload { local: found.path, remote: path.clone(), resume: false };
        self.queue(Plan::Put, &path, Job::Put(upload));
        Ok(None)
    }

    /// Records what only the server has, together with the names that will be new there.
    async fn find_superfluous_there(
        &mut self,
        remote: &[u8],
        entries: HashMap<Vec<u8>, RemoteEntry>,
        new: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        let new = New { directory: remote.to_vec(), names: new };
        let new = (!new.names.is_empty()).then(|| Arc::new(new));
        for entry in entries.into_values() {
            let remote = join_remote(remote, &entry.name);
            match self.gives_up_there(&remote, &entry).await {
                Ok(true) => {
                    let (local, new) = (PathBuf::new(), new.clone());
                    self.superfluous.push(Superfluous { remote, local, new });
                }
                Ok(false) => {}
                Err(error) if ends_tree(&error) => return Err(error),
                // This entry is kept; the others are not affected.
                Err(error) => self.fail(remote, error),
            }
        }
        Ok(())
    }
}

fn read_folder(folder: &Path) -> Result<Vec<Found>, Error> {
    let read = || -> std::io::Result<Vec<Found>> {
        let found = std::fs::read_dir(folder)?.map(|entry| {
            let entry = entry?;
            let name = local::to_bytes(&entry.file_name());
            Ok(Found { name, path: entry.path(), kind: entry.file_type()? })
        });
        found.collect()
    };
    read().map_err(|error| Error::local(folder, error))
}
