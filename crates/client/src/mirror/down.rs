//! Compares one directory of the server with its local copy, for [`super::mirror_get`].

use std::path::{Path, PathBuf};

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;

use super::{Planner, forms, is_current};
use crate::error::Error;
use crate::get::{Download, Known};
use crate::local;
use crate::mirror_delete::Superfluous;
use crate::names::{LocalNames, stands_beside};
use crate::observer::Plan;
use crate::put::join_remote;
use crate::tree::{DEPTH, Job, LINK, NO_FILE, names_of_files};
use crate::unlisted::Judged;

/// A remote directory, the local one, and its depth.
pub(super) type Deeper = (Vec<u8>, PathBuf, usize);

impl Planner<'_> {
    /// Compares one directory, and returns its subdirectories.
    pub(super) async fn compare_for_get(
        &mut self,
        remote: &[u8],
        local: &Path,
        depth: usize,
    ) -> Result<Vec<Deeper>, Error> {
        let entries = self.client.list_directory(remote).await?;
        let is_whole = self.client.listing_is_whole();
        // With `only_show`, something else may still be in its place. Only the top directory may be
        // a link.
        let is_there = match depth {
            0 => local.is_dir(),
            _ => std::fs::symlink_metadata(local).is_ok_and(|found| found.is_dir()),
        };
        let choice = &self.mirror.tree.choice;
        if !self.mirror.only_show && choice.makes(names_of_files(&entries)) {
            local::make_folder(local)?;
        }
        let taken =
            |entry: &&RemoteEntry| choice.takes(&entry.name, entry.kind == EntryKind::Directory);
        let mut names = LocalNames::of(entries.iter().filter(taken));
        let mut deeper = Vec::new();
        for entry in entries.iter().filter(taken) {
            let path = join_remote(remote, &entry.name);
            match names.take(&entry.name) {
                Ok(name) => {
                    let target = local.join(name);
                    let inner = self.compare_here(entry, path, target, (is_there, depth)).await?;
                    deeper.extend(inner);
                }
                Err(error) => self.fail(path, error),
            }
        }
        if self.mirror.delete && is_there {
            let found = self.find_superfluous_here(remote, local, &entries)?;
            let judged = match is_whole {
                true => Judged { gone: found, ..Judged::default() },
                false => self.client.judge_unlisted(remote, &entries, found).await,
            };
            self.superfluous.extend(judged.gone);
            judged.spared.into_iter().for_each(|(path, error)| self.fail(path, error));
        }
        Ok(deeper)
    }

    /// Compares one entry of a directory that exists locally or not (`is_there`), and returns it if
    /// it is a directory.
    async fn compare_here(
        &mut self,
        entry: &RemoteEntry,
        path: Vec<u8>,
        target: PathBuf,
        (is_there, depth): (bool, usize),
    ) -> Result<Option<Deeper>, Error> {
        let is_ours = matches!(entry.kind, EntryKind::Directory | EntryKind::File);
        if is_there && is_ours && !self.clear_here(&path, &target, entry) {
            return Ok(None);
        }
        match entry.kind {
            EntryKind::Directory if depth >= DEPTH => self.skip(&path, "nested too deep"),
            EntryKind::Directory => return Ok(Some((path, target, depth + 1))),
            EntryKind::Symlink => self.skip(&path, LINK),
            EntryKind::Other => self.skip(&path, NO_FILE),
            EntryKind::File => self.compare_file_here(entry, path, target, is_there).await?,
        }
        Ok(None)
    }

    async fn compare_file_here(
        &mut self,
        entry: &RemoteEntry,
        path: Vec<u8>,
        target: PathBuf,
        is_there: bool,
    ) -> Result<(), Error> {
        if is_there {
            match self.is_same(entry, &path, &target, is_current).await {
                Ok(false) => {}
                same => return self.unless_different(path, same),
            }
        }
        let known = Known { size: entry.size, modified: entry.modified, mode: entry.mode };
        let known = entry.modified_exact.then_some(known);
        let download = Download { remote: path.clone(), local: target, resume: false, known };
        self.queue(Plan::Get, &path, Job::Get(download));
        Ok(())
    }

    fn find_superfluous_here(
        &self,
        remote: &[u8],
        local: &Path,
        entries: &[RemoteEntry],
    ) -> Result<Vec<Superfluous>, Error> {
        let failed = |error| Error::local(local, error);
        let mut superfluous = Vec::new();
        let spellings = forms::other_spellings(local, entries);
        for entry in std::fs::read_dir(local).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = local::to_bytes(&entry.file_name());
            // The part of a wanted file is kept for resuming.
            let wanted = |name: &[u8]| {
                spellings.contains(name) || entries.iter().any(|entry| entry.name == name)
            };
            let is_directory = entry.file_type().map_err(failed)?.is_dir();
            let is_wanted = wanted(&name) || stands_beside(&name).is_some_and(wanted);
            if !is_wanted && self.gives_up_here(&name, &entry.path(), is_directory)? {
                let remote = join_remote(remote, &name);
                superfluous.push(Superfluous { remote, local: entry.path(), new: None });
            }
        }
        Ok(superfluous)
    }
}
