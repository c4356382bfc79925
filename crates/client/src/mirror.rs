//! One-way synchronisation: both trees are compared, and what is missing, of another length or older at the
//! target is moved by the same workers that move whole trees. What the source does not have can be deleted.

pub(crate) mod forms;
mod way;

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;
use packetboat_proto::verbs::Verb;

use forms::New;

use crate::client::Client;
use crate::connection::path_request;
use crate::error::Error;
use crate::get::{Download, Known};
use crate::hash::hash_here;
use crate::local::{self, LocalNames, PART_SUFFIX, WRONG_SUFFIX};
use crate::observer::{Event, Observer, Plan};
use crate::options::Options;
use crate::put::{Upload, join_remote};
use crate::restart::MARKER_SUFFIX;
use crate::superfluous::{self, Superfluous};
use crate::tree::{DEPTH, Job, LINK, NO_FILE, Tree, TreeFailure, TreeReport, Work, ends_tree, run};
use crate::unlisted::Judged;

/// Two directories, one of which is made like the other.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The two, and over how many sessions files move.
    pub tree: Tree,
    /// Whether of two files of the same length the hash decides, which the server has to tell, and not the time.
    pub checksum: bool,
    /// Whether what the source does not have is deleted from the target.
    pub delete: bool,
    /// Nothing is deleted where that would be more files and directories than this.
    pub max_delete: Option<u64>,
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
    /// How many files and directories were left, all of them, since they are more than may be deleted; those in them
    /// counted.
    pub spared: u64,
}

struct Planner<'a> {
    mirror: &'a Mirror,
    observer: Arc<dyn Observer>,
    client: Client,
    work: Work,
    unchanged: u64,
    /// How many gave way by now.
    deleted: u64,
    /// What is to go, once everything else is there.
    superfluous: Vec<Superfluous>,
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
    superfluous::delete_here(&*observer, mirror, superfluous, &mut report);
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
    superfluous::delete_there(options, observer, mirror, superfluous, &mut report).await;
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
            deleted: 0,
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
        // What no command can carry is told now, also where it is only shown what would be done.
        if let Err(error) = path_request(Verb::Stor, path) {
            return self.fail(path.to_vec(), error);
        }
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
        let is_whole = self.client.listing_is_whole();
        // Where it is only shown what would be done, something else may stand at its place yet. The top may be a link.
        let is_there = match depth {
            0 => local.is_dir(),
            _ => std::fs::symlink_metadata(local).is_ok_and(|found| found.is_dir()),
        };
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
            let is_ours = matches!(entry.kind, EntryKind::Directory | EntryKind::File);
            if is_there && is_ours && !self.clear_here(&path, &target, entry) {
                continue;
            }
            match entry.kind {
                EntryKind::Directory if depth >= DEPTH => self.skip(&path, "nested too deep"),
                EntryKind::Directory => deeper.push((path, target, depth + 1)),
                EntryKind::Symlink => self.skip(&path, LINK),
                EntryKind::Other => self.skip(&path, NO_FILE),
                EntryKind::File => {
                    let same = match is_there {
                        true => self.is_same(entry, &path, &target, is_current).await,
                        false => Ok(false),
                    };
                    match same {
                        Ok(false) => {}
                        same => {
                            self.unless_different(path, same)?;
                            continue;
                        }
                    }
                    let known =
                        Known { size: entry.size, modified: entry.modified, mode: entry.mode };
                    let known = entry.modified_exact.then_some(known);
                    let remote = path.clone();
                    let job = Job::Get(Download { remote, local: target, resume: false, known });
                    self.queue(Plan::Get, &path, job);
                }
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
            // A part of a file that is still wanted is kept for resuming.
            let suffixes = [PART_SUFFIX, MARKER_SUFFIX, WRONG_SUFFIX];
            let whole = suffixes.iter().find_map(|end| name.strip_suffix(end.as_bytes()));
            let wanted = |name: &[u8]| {
                spellings.contains(name) || entries.iter().any(|entry| entry.name == name)
            };
            let is_directory = entry.file_type().map_err(failed)?.is_dir();
            let is_wanted = wanted(&name) || whole.is_some_and(wanted);
            if !is_wanted && self.gives_up_here(&name, &entry.path(), is_directory)? {
                let remote = join_remote(remote, &name);
                superfluous.push(Superfluous { remote, local: entry.path(), new: None });
            }
        }
        Ok(superfluous)
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
        let mut new = Vec::new();
        for found in found {
            let found = found.map_err(failed)?;
            let name = local::to_bytes(&found.file_name());
            let entry = entries.remove(&name);
            let path = join_remote(remote, &name);
            let kind = found.file_type().map_err(failed)?;
            if !self.mirror.tree.choice.takes(&name, kind.is_dir()) {
                continue;
            }
            let wanted = if kind.is_dir() { EntryKind::Directory } else { EntryKind::File };
            let is_ours = kind.is_dir() || kind.is_file();
            if is_ours && !self.clear_there(&path, entry.as_ref(), wanted).await {
                continue;
            }
            if is_ours && entry.is_none() {
                new.push(name);
            }
            if kind.is_dir() {
                let there = entry.is_some_and(|entry| entry.kind == EntryKind::Directory);
                deeper.push((path, found.path(), there));
            } else if kind.is_file() {
                if let Some(entry) = entry.filter(|entry| entry.kind == EntryKind::File) {
                    match self.is_same(&entry, &path, &found.path(), has_current).await {
                        Ok(false) => {}
                        same => {
                            self.unless_different(path, same)?;
                            continue;
                        }
                    }
                }
                let upload = Upload { local: found.path(), remote: path.clone(), resume: false };
                self.queue(Plan::Put, &path, Job::Put(upload));
            } else {
                let shown = local::to_bytes(found.path().as_os_str());
                self.skip(&shown, if kind.is_symlink() { LINK } else { NO_FILE });
            }
        }
        if self.mirror.delete {
            let new = New { directory: remote.to_vec(), names: new };
            let new = (!new.names.is_empty()).then(|| Arc::new(new));
            for entry in entries.into_values() {
                let remote = join_remote(remote, &entry.name);
                if self.gives_up_there(&remote, &entry).await? {
                    let (local, new) = (PathBuf::new(), new.clone());
                    self.superfluous.push(Superfluous { remote, local, new });
                }
            }
        }
        Ok(deeper)
    }

    /// Whether a file is the same at both ends: as long, and by the hash or by the time.
    async fn is_same(
        &mut self,
        entry: &RemoteEntry,
        remote: &[u8],
        local: &Path,
        by_time: impl Fn(&RemoteEntry, &Metadata) -> bool,
    ) -> Result<bool, Error> {
        let found = match std::fs::metadata(local) {
            Ok(found) if found.is_file() && entry.size == Some(found.len()) => found,
            _ => return Ok(false),
        };
        if !self.mirror.checksum || found.len() == 0 {
            if by_time(entry, &found) || !may_be_rounded(entry, &found) {
                return Ok(by_time(entry, &found));
            }
            let modified = self.client.connection().await?.modified(remote).await?;
            let modified = modified.or(entry.modified);
            return Ok(by_time(&RemoteEntry { modified, ..entry.clone() }, &found));
        }
        let there = self.client.hash(remote, None).await.map_err(|error| {
            let hint =
                "without --checksum the length and the time decide whether a file is the same.";
            error.with_hint(hint)
        })?;
        Ok(hash_here(local, there.algorithm, u64::MAX).await? == there.hex)
    }

    /// Counts a file that is the same, or tells why that is unknown; what would hold for any other file comes back.
    fn unless_different(&mut self, path: Vec<u8>, same: Result<bool, Error>) -> Result<(), Error> {
        match same {
            Ok(_) => self.unchanged += 1,
            Err(error) if ends_tree(&error) => return Err(error),
            Err(error) => self.fail(path, error),
        }
        Ok(())
    }

    async fn finish(self, options: Arc<Options>) -> MirrorReport {
        let moved = run(options, self.observer, &self.mirror.tree, self.work, self.client).await;
        MirrorReport {
            moved,
            unchanged: self.unchanged,
            deleted: self.deleted,
            ..MirrorReport::default()
        }
    }
}

/// Whether the file of this machine is not older than the one on the server.
fn is_current(entry: &RemoteEntry, local: &Metadata) -> bool {
    entry.modified.is_none_or(|remote| seconds(local).is_none_or(|here| here >= remote.0))
}

/// Whether the file on the server is not older than the one of this machine.
fn has_current(entry: &RemoteEntry, local: &Metadata) -> bool {
    entry.modified.is_none_or(|remote| seconds(local).is_none_or(|here| remote.0 >= here))
}

/// Whether the file of this machine is younger by less than the listing leaves open: LIST tells minutes, and of old files days.
fn may_be_rounded(entry: &RemoteEntry, local: &Metadata) -> bool {
    const MINUTE: i64 = 60;
    const DAY: i64 = 86_400;

    let (Some(remote), Some(here)) = (entry.modified, seconds(local)) else { return false };
    let unit = if remote.0 % DAY == 0 { DAY } else { MINUTE };
    !entry.modified_exact && (0..unit).contains(&(here - remote.0))
}

fn seconds(metadata: &Metadata) -> Option<i64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
