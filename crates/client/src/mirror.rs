//! One-way synchronisation: both trees are compared, and what is missing, of another length or older at the
//! target is moved by the same workers that move whole trees. What the source does not have can be deleted.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;

use crate::client::Client;
use crate::error::Error;
use crate::get::{Download, Known};
use crate::local::{self, LocalNames, PART_SUFFIX, WRONG_SUFFIX};
use crate::observer::{Event, Observer, Plan};
use crate::options::Options;
use crate::put::{Upload, join_remote};
use crate::restart::MARKER_SUFFIX;
use crate::tree::{DEPTH, Job, LINK, NO_FILE, Tree, TreeFailure, TreeReport, Work, ends_tree, run};

/// Two directories, one of which is made like the other.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The two, and over how many sessions files move.
    pub tree: Tree,
    /// Whether what the source does not have is deleted from the target.
    pub delete: bool,
    /// Whether the observer only hears what would be done.
    pub only_show: bool,
}

/// How it went.
#[derive(Debug, Default)]
pub struct MirrorReport {
    /// What moved, and every failure.
    pub moved: TreeReport,
    /// How many files were the same already.
    pub unchanged: u64,
    /// How many files and directories were deleted, those in them not counted.
    pub deleted: u64,
}

struct Planner<'a> {
    mirror: &'a Mirror,
    observer: Arc<dyn Observer>,
    client: Client,
    work: Work,
    unchanged: u64,
    /// What is to go, once everything else is there.
    superfluous: Vec<(Vec<u8>, PathBuf)>,
}

/// Makes the directory of this machine like the one on the server. Links are not followed.
pub async fn mirror_get(
    options: Arc<Options>,
    observer: Arc<dyn Observer>,
    mirror: &Mirror,
) -> MirrorReport {
    let mut planner = Planner::new(&options, &observer, mirror);
    let mut waiting = vec![(mirror.tree.remote.clone(), mirror.tree.local.clone(), 0)];
    while let Some((remote, local, depth)) = waiting.pop() {
        match planner.compare_for_get(&remote, &local, depth).await {
            Ok(deeper) => waiting.extend(deeper),
            Err(error) => planner.fail_directory(remote, error, &mut waiting),
        }
    }
    let superfluous = std::mem::take(&mut planner.superfluous);
    let mut report = planner.finish(options).await;
    for (remote, local) in superfluous {
        observer.event(Event::Planned {
            plan: Plan::DeleteLocal,
            path: &local::to_bytes(local.as_os_str()),
        });
        if mirror.only_show {
            continue;
        }
        match delete_here(&local) {
            Ok(()) => report.deleted += 1,
            Err(error) => {
                observer.event(Event::FileDone { remote: &remote, result: Err(&error) });
                report.moved.failures.push(TreeFailure { remote, error });
            }
        }
    }
    report
}

/// Makes the directory on the server like the one of this machine. Links are not followed.
pub async fn mirror_put(
    options: Arc<Options>,
    observer: Arc<dyn Observer>,
    mirror: &Mirror,
) -> MirrorReport {
    let mut planner = Planner::new(&options, &observer, mirror);
    let top = (mirror.tree.remote.clone(), mirror.tree.local.clone(), None);
    let mut waiting = vec![top];
    while let Some((remote, local, there)) = waiting.pop() {
        match planner.compare_for_put(&remote, &local, there).await {
            Ok(deeper) => waiting.extend(deeper.into_iter().map(|(r, l, t)| (r, l, Some(t)))),
            Err(error) => planner.fail_directory(remote, error, &mut waiting),
        }
    }
    let superfluous = std::mem::take(&mut planner.superfluous);
    let mut report = planner.finish(Arc::clone(&options)).await;
    let mut client = Client::new(options, Arc::clone(&observer));
    for (remote, _) in superfluous {
        observer.event(Event::Planned { plan: Plan::DeleteRemote, path: &remote });
        if mirror.only_show {
            continue;
        }
        let removed = client.remove_tree(&remote, false, true).await;
        report.deleted += u64::from(removed.failures.is_empty());
        report.moved.failures.extend(removed.failures);
    }
    client.quit().await;
    report
}

impl<'a> Planner<'a> {
    fn new(options: &Arc<Options>, observer: &Arc<dyn Observer>, mirror: &'a Mirror) -> Self {
        Self {
            mirror,
            observer: Arc::clone(observer),
            client: Client::new(Arc::clone(options), Arc::clone(observer)),
            work: Work::default(),
            unchanged: 0,
            superfluous: Vec::new(),
        }
    }

    /// Takes note of a directory that failed. If those that wait would fail in the same way none of them is looked at.
    fn fail_directory<T>(
        &mut self,
        remote: Vec<u8>,
        error: Error,
        waiting: &mut Vec<(Vec<u8>, PathBuf, T)>,
    ) {
        let last = ends_tree(&error);
        self.fail(remote, error);
        if last {
            let left = waiting.drain(..).map(|(remote, local, _)| (remote, local));
            self.work.stop_before(left.collect());
        }
    }

    fn fail(&mut self, remote: Vec<u8>, error: Error) {
        self.observer.event(Event::FileDone { remote: &remote, result: Err(&error) });
        self.work.report.failures.push(TreeFailure { remote, error });
    }

    fn skip(&mut self, path: &[u8], reason: &'static str) {
        self.work.report.skipped += 1;
        self.observer.event(Event::Skipped { path, reason });
    }

    fn queue(&mut self, plan: Plan, path: &[u8], job: Job) {
        self.observer.event(Event::Planned { plan, path });
        if !self.mirror.only_show {
            self.work.files.push_back(job);
        }
    }

    /// One directory; those in it come back.
    async fn compare_for_get(
        &mut self,
        remote: &[u8],
        local: &Path,
        depth: usize,
    ) -> Result<Vec<(Vec<u8>, PathBuf, usize)>, Error> {
        let entries = self.client.list_directory(remote).await?;
        if !self.mirror.only_show {
            local::make_folder(local)?;
        }
        let mut deeper = Vec::new();
        let choice = &self.mirror.tree.choice;
        let taken =
            |entry: &&RemoteEntry| choice.takes(&entry.name, entry.kind == EntryKind::Directory);
        let mut names = LocalNames::default();
        for entry in entries.iter().filter(taken) {
            let path = join_remote(remote, &entry.name);
            let name = match names.take(&entry.name) {
                Ok(name) => name,
                Err(error) => {
                    self.fail(path, error);
                    continue;
                }
            };
            let target = local.join(name);
            match entry.kind {
                EntryKind::Directory if depth >= DEPTH => self.skip(&path, "nested too deep"),
                EntryKind::Directory => deeper.push((path, target, depth + 1)),
                EntryKind::Symlink => self.skip(&path, LINK),
                EntryKind::Other => self.skip(&path, NO_FILE),
                EntryKind::File if is_current(entry, std::fs::metadata(&target).ok().as_ref()) => {
                    self.unchanged += 1;
                }
                EntryKind::File => {
                    let known =
                        Known { size: entry.size, modified: entry.modified, mode: entry.mode };
                    let known = entry.modified_exact.then_some(known);
                    let remote = path.clone();
                    let job = Job::Get(Download { remote, local: target, resume: false, known });
                    self.queue(Plan::Get, &path, job);
                }
            }
        }
        if self.mirror.delete {
            self.find_superfluous_here(remote, local, &entries)?;
        }
        Ok(deeper)
    }

    fn find_superfluous_here(
        &mut self,
        remote: &[u8],
        local: &Path,
        entries: &[RemoteEntry],
    ) -> Result<(), Error> {
        let failed = |error| Error::local(local, error);
        let found = match std::fs::read_dir(local) {
            // Not made yet, since it is only shown what would be done.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            found => found.map_err(failed)?,
        };
        for entry in found {
            let entry = entry.map_err(failed)?;
            let name = local::to_bytes(&entry.file_name());
            // A part of a file that is still wanted is kept for resuming.
            let suffixes = [PART_SUFFIX, MARKER_SUFFIX, WRONG_SUFFIX];
            let whole = suffixes.iter().find_map(|end| name.strip_suffix(end.as_bytes()));
            let wanted = |name: &[u8]| entries.iter().any(|entry| entry.name == name);
            let is_directory = entry.file_type().map_err(failed)?.is_dir();
            let gives_up = self.mirror.tree.choice.gives_up(&name, is_directory);
            if gives_up && !wanted(&name) && !whole.is_some_and(wanted) {
                self.superfluous.push((join_remote(remote, &name), entry.path()));
            }
        }
        Ok(())
    }

    /// One directory; those in it come back, each with whether it is there already.
    async fn compare_for_put(
        &mut self,
        remote: &[u8],
        local: &Path,
        there: Option<bool>,
    ) -> Result<Vec<(Vec<u8>, PathBuf, bool)>, Error> {
        let failed = |error| Error::local(local, error);
        let found = std::fs::read_dir(local).map_err(failed)?;
        let there = match there {
            Some(there) => there,
            None => self.client.is_directory(remote).await?,
        };
        let entries = match there {
            true => self.client.list(remote).await?,
            false => Vec::new(),
        };
        if !there && !self.mirror.only_show {
            self.client.make_directories(remote).await?;
        }
        let mut entries: HashMap<_, _> =
            entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        let mut deeper = Vec::new();
        for found in found {
            let found = found.map_err(failed)?;
            let name = local::to_bytes(&found.file_name());
            let entry = entries.remove(&name);
            let path = join_remote(remote, &name);
            let kind = found.file_type().map_err(failed)?;
            if !self.mirror.tree.choice.takes(&name, kind.is_dir()) {
                continue;
            }
            if kind.is_dir() {
                let there = entry.is_some_and(|entry| entry.kind == EntryKind::Directory);
                deeper.push((path, found.path(), there));
            } else if kind.is_file() {
                let metadata = found.metadata().map_err(failed)?;
                if entry.is_some_and(|entry| has_current(&entry, &metadata)) {
                    self.unchanged += 1;
                    continue;
                }
                let upload = Upload { local: found.path(), remote: path.clone(), resume: false };
                self.queue(Plan::Put, &path, Job::Put(upload));
            } else {
                let shown = local::to_bytes(found.path().as_os_str());
                self.skip(&shown, if kind.is_symlink() { LINK } else { NO_FILE });
            }
        }
        if self.mirror.delete {
            let choice = &self.mirror.tree.choice;
            let gone = |entry: &RemoteEntry| {
                choice.gives_up(&entry.name, entry.kind == EntryKind::Directory)
            };
            let rest = entries.into_values().filter(gone);
            let rest = rest.map(|entry| (join_remote(remote, &entry.name), PathBuf::new()));
            self.superfluous.extend(rest);
        }
        Ok(deeper)
    }

    async fn finish(self, options: Arc<Options>) -> MirrorReport {
        let moved = run(options, self.observer, &self.mirror.tree, self.work, self.client).await;
        MirrorReport { moved, unchanged: self.unchanged, deleted: 0 }
    }
}

/// Whether a file of this machine is as long as the one on the server, and not older.
fn is_current(entry: &RemoteEntry, local: Option<&Metadata>) -> bool {
    let Some(local) = local.filter(|local| local.is_file()) else { return false };
    entry.size == Some(local.len())
        && entry.modified.is_none_or(|remote| seconds(local).is_none_or(|here| here >= remote.0))
}

/// Whether the file on the server is as long as the one of this machine, and not older.
fn has_current(entry: &RemoteEntry, local: &Metadata) -> bool {
    entry.kind == EntryKind::File
        && entry.size == Some(local.len())
        && entry.modified.is_none_or(|remote| seconds(local).is_none_or(|here| remote.0 >= here))
}

fn seconds(metadata: &Metadata) -> Option<i64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// A link is deleted, not what it points to.
fn delete_here(path: &Path) -> Result<(), Error> {
    let deleted = match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    deleted.map_err(|error| Error::local(path, error))
}
