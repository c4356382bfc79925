//! One-way synchronisation: [`mirror_get`] and [`mirror_put`] compare two trees and transfer what
//! is missing, has another length or is older at the target. `down` and `up` compare one directory,
//! `way` deals with entries of the wrong kind, and `forms` with names that the target spells
//! differently. The transfers are done by [`crate::tree`], and deletions by [`crate::mirror_delete`].

mod down;
pub(crate) mod forms;
mod up;
mod way;

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use packetboat_proto::listing_parse::RemoteEntry;
use packetboat_proto::verbs::Verb;

use crate::client::Client;
use crate::connection::path_request;
use crate::error::Error;
use crate::hash::hash_here;
use crate::mirror_delete::{self, Superfluous};
use crate::observer::{Event, Observer, Plan};
use crate::options::Options;
use crate::tree::{Job, Tree, TreeFailure, TreeReport, Work, ends_tree, run};

/// Two directories, one of which is made identical to the other.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The two directories, and how many sessions to use.
    pub tree: Tree,
    /// Whether files of the same length are compared by the server's hash instead of by time.
    pub checksum: bool,
    /// Whether to delete from the target what the source does not have.
    pub delete: bool,
    /// If more files and directories than this would be deleted, nothing is.
    pub max_delete: Option<u64>,
    /// Whether to only tell the observer what would be done.
    pub only_show: bool,
}

/// The result of a mirror run.
#[derive(Debug, Default)]
pub struct MirrorReport {
    /// What was transferred, and every failure.
    pub moved: TreeReport,
    /// How many files were already the same.
    pub unchanged: u64,
    /// How many files and directories were deleted, including the contents of directories.
    pub deleted: u64,
    /// How many files and directories were kept because they exceed the limit, including the
    /// contents of directories.
    pub spared: u64,
}

struct Planner<'a> {
    mirror: &'a Mirror,
    observer: Arc<dyn Observer>,
    client: Client,
    work: Work,
    unchanged: u64,
    /// How many entries in the way have been deleted so far.
    deleted: u64,
    /// What to delete once everything has been transferred.
    superfluous: Vec<Superfluous>,
}

/// Makes the local directory identical to the one on the server. Links are not followed.
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
    mirror_delete::delete_here(&*observer, mirror, superfluous, &mut report);
    report
}

/// Makes the directory on the server identical to the local one. Links are not followed.
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
    mirror_delete::delete_there(options, observer, mirror, superfluous, &mut report).await;
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

    /// Records a directory that failed. If the waiting ones would fail for the same reason, they
    /// are not tried.
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
        // Names that no command can carry are reported now, and so also with `only_show`.
        if let Err(error) = path_request(Verb::Stor, path) {
            return self.fail(path.to_vec(), error);
        }
        self.observer.event(Event::Planned { plan, path });
        if !self.mirror.only_show {
            self.work.files.push_back(job);
        }
    }

    /// Whether a file is the same at both ends: by length, and then by hash or by time.
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
                "without --checksum, files are compared by length and modification time instead.";
            error.with_hint(hint)
        })?;
        Ok(hash_here(local, there.algorithm, u64::MAX).await? == there.hex)
    }

    /// Counts an unchanged file, or records why it could not be compared. An error that would hit
    /// any other file too is returned.
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

/// Whether the local file is at least as new as the remote one.
fn is_current(entry: &RemoteEntry, local: &Metadata) -> bool {
    entry.modified.is_none_or(|remote| seconds(local).is_none_or(|here| here >= remote.0))
}

/// Whether the remote file is at least as new as the local one.
fn has_current(entry: &RemoteEntry, local: &Metadata) -> bool {
    entry.modified.is_none_or(|remote| seconds(local).is_none_or(|here| remote.0 >= here))
}

/// Whether the local file may only seem newer because LIST rounds times: to minutes, and for old
/// files to days.
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
