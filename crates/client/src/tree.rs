//! Transfers of whole trees over several sessions: [`get_tree`] and [`put_tree`]. All sessions work
//! on one queue of directories and files ([`Work`]), so that directories are listed while files are
//! already being transferred.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::choice::Choice;
use crate::client::Client;
use crate::error::{Error, Phase};
use crate::get::{Download, Known, Transferred};
use crate::hash::Checked;
use crate::local;
use crate::names::LocalNames;
use crate::observer::{Event, Observer};
use crate::options::Options;
use crate::put::{Upload, join_remote};

/// Directories nested deeper than this are refused: nothing else would end a loop that the server hides.
pub(crate) const DEPTH: usize = 200;
/// While more files than this are queued, no further directory is listed.
const PLENTY: usize = 1024;

/// Why an entry is skipped.
pub(crate) const LINK: &str =
    "it is a symbolic link, which is not followed; transfer its target with a separate command";
pub(crate) const NO_FILE: &str = "it is neither a file nor a directory";

/// A tree to transfer.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The directory on the server.
    pub remote: Vec<u8>,
    /// The local directory.
    pub local: PathBuf,
    /// How many sessions work on it.
    pub sessions: usize,
    /// Whether to resume files that are partly there.
    pub resume: bool,
    /// Which entries to transfer.
    pub choice: Choice,
}

/// The result of a tree transfer.
#[derive(Debug, Default)]
pub struct TreeReport {
    /// How many files were transferred.
    pub files: u64,
    /// How many bytes were transferred.
    pub bytes: u64,
    /// How many files were resumed.
    pub resumed: u64,
    /// How many bytes of the resumed files were already there.
    pub offset: u64,
    /// How many files were already complete.
    pub complete: u64,
    /// How many files were compared by hash, by length only, or not at all, if that was requested.
    pub checked: Checked,
    /// How many entries were skipped: links, devices, and lines of listings that could not be parsed.
    pub skipped: u64,
    /// How many known files were not tried because the transfer ended early.
    pub untried_files: u64,
    /// How many directories were not tried; their contents do not count.
    pub untried_directories: u64,
    /// What failed. Everything else was transferred, except for what was not tried.
    pub failures: Vec<TreeFailure>,
}

/// One file or directory that failed.
#[derive(Debug)]
pub struct TreeFailure {
    /// Its path on the server.
    pub remote: Vec<u8>,
    /// Why.
    pub error: Error,
}

pub(crate) enum Job {
    List { remote: Vec<u8>, local: PathBuf, depth: usize },
    Get(Download),
    Put(Upload),
}

impl Job {
    /// The path on the server, and whether it is a file.
    fn into_target(self) -> (Vec<u8>, bool) {
        match self {
            Self::List { remote, .. } => (remote, false),
            Self::Get(download) => (download.remote, true),
            Self::Put(upload) => (upload.remote, true),
        }
    }
}

#[derive(Default)]
pub(crate) struct Work {
    directories: Vec<Job>,
    pub(crate) files: VecDeque<Job>,
    busy: usize,
    /// Sessions that the server has accepted; each works until the last job.
    able: usize,
    /// Nothing further is begun, since the next file would fail for the same reason as the last one.
    stopped: bool,
    /// The observer knows that the server accepts fewer sessions than requested.
    told_fewer: bool,
    /// The `unique` facts of the directories seen, to detect loops (RFC 3659 §7.5.2).
    seen: HashSet<Vec<u8>>,
    pub(crate) report: TreeReport,
}

struct Shared {
    work: Mutex<Work>,
    changed: Notify,
    resume: bool,
    choice: Choice,
    observer: Arc<dyn Observer>,
}

/// Fetches a directory with everything below it. Links are not followed. The first session is that
/// of `first`, which may already be connected: an account with one-time codes needs a new code for
/// each session.
pub async fn get_tree(
    options: Arc<Options>,
    observer: Arc<dyn Observer>,
    tree: &Tree,
    first: Client,
) -> TreeReport {
    let mut work = Work::default();
    let root = Job::List { remote: tree.remote.clone(), local: tree.local.clone(), depth: 0 };
    work.directories.push(root);
    run(options, observer, tree, work, first).await
}

/// Sends a directory with everything below it. Links are not followed. The session of `first`
/// creates all directories before any file is sent; it is then used for files too (see
/// [`get_tree`]).
pub async fn put_tree(
    options: Arc<Options>,
    observer: Arc<dyn Observer>,
    tree: &Tree,
    first: Client,
) -> TreeReport {
    let mut work = Work::default();
    let mut client = first;
    let mut waiting = vec![(tree.remote.clone(), tree.local.clone())];
    while let Some((remote, local)) = waiting.pop() {
        let found = match read_local(&remote, &local, tree) {
            Ok(found) if !remote.is_empty() && found.is_made => {
                client.make_directories(&remote).await.map(|()| found)
            }
            found => found,
        };
        match found {
            Ok(found) => {
                waiting.extend(found.directories);
                work.files.extend(found.files);
                for (path, reason) in &found.skipped {
                    work.report.skipped += 1;
                    observer.event(Event::Skipped { path, reason });
                }
            }
            Err(error) => {
                let last = ends_tree(&error);
                observer.event(Event::FileDone { remote: &remote, result: Err(&error) });
                work.report.failures.push(TreeFailure { remote, error });
                if last {
                    work.stop_before(std::mem::take(&mut waiting));
                }
            }
        }
    }
    // The session is kept: an account with one-time codes needs a new code for each session.
    run(options, observer, tree, work, client).await
}

struct LocalDirectory {
    directories: Vec<(Vec<u8>, PathBuf)>,
    files: Vec<Job>,
    skipped: Vec<(Vec<u8>, &'static str)>,
    /// Whether to create it on the server.
    is_made: bool,
}

fn read_local(remote: &[u8], directory: &Path, tree: &Tree) -> Result<LocalDirectory, Error> {
    let failed = |error| Error::local(directory, error);
    // With --include, a directory is only created if it contains a file to transfer.
    let is_made = tree.choice.include.is_empty();
    let mut found = LocalDirectory { directories: vec![], files: vec![], skipped: vec![], is_made };
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = local::to_bytes(&entry.file_name());
        let path = join_remote(remote, &name);
        let kind = entry.file_type().map_err(failed)?;
        if !tree.choice.takes(&name, kind.is_dir()) {
            continue;
        }
        let resume = tree.resume;
        if kind.is_dir() {
            found.directories.push((path, entry.path()));
        } else if kind.is_file() {
            found.files.push(Job::Put(Upload { local: entry.path(), remote: path, resume }));
            found.is_made = true;
        } else {
            let reason = if kind.is_symlink() { LINK } else { NO_FILE };
            // Skipped local entries are reported by their local path.
            found.skipped.push((local::to_bytes(entry.path().as_os_str()), reason));
        }
    }
    Ok(found)
}

/// The names of the files in a listing.
pub(crate) fn names_of_files(entries: &[RemoteEntry]) -> impl Iterator<Item = &[u8]> {
    let files = entries.iter().filter(|entry| entry.kind == EntryKind::File);
    files.map(|entry| entry.name.as_slice())
}

pub(crate) async fn run(
    options: Arc<Options>,
    observer: Arc<dyn Observer>,
    tree: &Tree,
    work: Work,
    first: Client,
) -> TreeReport {
    let shared = Arc::new(Shared {
        work: Mutex::new(work),
        changed: Notify::new(),
        resume: tree.resume,
        choice: tree.choice.clone(),
        observer: Arc::clone(&observer),
    });
    let mut workers = JoinSet::new();
    workers.spawn(work_on(Arc::clone(&shared), first));
    for _ in 1..tree.sessions {
        let client = Client::new(Arc::clone(&options), Arc::clone(&observer));
        workers.spawn(work_on(Arc::clone(&shared), client));
    }
    // If the caller drops this future, dropping the set ends every worker.
    while workers.join_next().await.is_some() {}
    let work = std::mem::take(&mut *shared.lock());
    work.into_report(&*observer)
}

async fn work_on(shared: Arc<Shared>, mut client: Client) {
    let mut counted = false;
    while let Some(job) = shared.next_job().await {
        if !client.was_connected() && !shared.is_only_job() {
            // If the server does not accept another session, the existing ones do the work.
            // Retrying would be useless while they are open.
            let refused = client.connection().await.err().filter(is_lost);
            if let Some(error) = refused.filter(|_| shared.others_go_on()) {
                shared.give_back(job, &error);
                break;
            }
        }
        let result = shared.do_job(&mut client, &job).await;
        if client.was_connected() && !std::mem::replace(&mut counted, true) {
            shared.lock().able += 1;
        }
        shared.finish(job, result);
    }
    shared.lock().report.skipped += client.take_left_out();
    client.quit().await;
}

/// Whether the next file would fail in the same way.
pub(crate) fn ends_tree(error: &Error) -> bool {
    is_lost(error) || error.is_out_of_room()
}

/// Whether the server cannot be reached or refuses the login.
fn is_lost(error: &Error) -> bool {
    matches!(error.phase(), Phase::Resolve | Phase::Connect | Phase::Greeting | Phase::Login)
}

impl Work {
    /// Stops the transfer: everything queued, and these directories, will not be tried.
    pub(crate) fn stop_before(&mut self, directories: Vec<(Vec<u8>, PathBuf)>) {
        self.stopped = true;
        let job = |(remote, local)| Job::List { remote, local, depth: 0 };
        self.directories.extend(directories.into_iter().map(job));
    }

    /// The report. Jobs are still queued only if the transfer ended early; they are reported as not
    /// tried.
    fn into_report(self, observer: &dyn Observer) -> TreeReport {
        let mut report = self.report;
        for job in self.directories.into_iter().chain(self.files) {
            let (path, is_file) = job.into_target();
            observer.event(Event::NotTried { path: &path, is_directory: !is_file });
            report.untried_files += u64::from(is_file);
            report.untried_directories += u64::from(!is_file);
        }
        report
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Work> {
        // Nothing panics while holding the lock, and the counts would still be right.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; `None` if there is none and no worker can add one.
    async fn next_job(&self) -> Option<Job> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut work = self.lock();
                if work.stopped {
                    return None;
                }
                let list_first = work.files.len() < PLENTY && !work.directories.is_empty();
                let job = if list_first { work.directories.pop() } else { work.files.pop_front() };
                if job.is_some() {
                    work.busy += 1;
                    return job;
                }
                if work.busy == 0 {
                    return None;
                }
            }
            changed.await;
        }
    }

    async fn do_job(&self, client: &mut Client, job: &Job) -> Result<Transferred, Error> {
        match job {
            Job::List { remote, local, depth } => {
                let entries = client.list(remote).await?;
                // Not before the listing succeeded: an unneeded directory would be in the way of
                // the next download.
                if self.choice.makes(names_of_files(&entries)) {
                    local::make_folder(local)?;
                }
                self.enqueue(entries, remote, local, *depth);
                Ok(Transferred::default())
            }
            Job::Get(download) => client.get(download).await,
            Job::Put(upload) => client.put(upload).await,
        }
    }

    fn enqueue(&self, entries: Vec<RemoteEntry>, remote: &[u8], local: &Path, depth: usize) {
        let mut work = self.lock();
        let taken = |entry: &RemoteEntry| {
            self.choice.takes(&entry.name, entry.kind == EntryKind::Directory)
        };
        let mut names = LocalNames::of(entries.iter().filter(|entry| taken(entry)));
        for entry in entries.into_iter().filter(taken) {
            let path = join_remote(remote, &entry.name);
            match names.take(&entry.name) {
                Ok(name) => self.enqueue_one(&mut work, entry, path, local.join(name), depth),
                Err(error) => {
                    self.observer.event(Event::FileDone { remote: &path, result: Err(&error) });
                    work.report.failures.push(TreeFailure { remote: path, error });
                }
            }
        }
        drop(work);
        self.changed.notify_waiters();
    }

    fn enqueue_one(
        &self,
        work: &mut Work,
        entry: RemoteEntry,
        remote: Vec<u8>,
        local: PathBuf,
        depth: usize,
    ) {
        let skipped = match entry.kind {
            EntryKind::File => {
                // LIST rounds times, so without an exact time the server is asked for each file.
                let (size, modified, mode) = (entry.size, entry.modified, entry.mode);
                let known = entry.modified_exact.then_some(Known { size, modified, mode });
                let resume = self.resume;
                return work.files.push_back(Job::Get(Download { remote, local, resume, known }));
            }
            EntryKind::Directory if entry.unique.is_some_and(|it| !work.seen.insert(it)) => {
                "seen already"
            }
            EntryKind::Directory if depth >= DEPTH => "nested too deep",
            EntryKind::Directory => {
                return work.directories.push(Job::List { remote, local, depth: depth + 1 });
            }
            EntryKind::Symlink => LINK,
            EntryKind::Other => NO_FILE,
        };
        work.report.skipped += 1;
        self.observer.event(Event::Skipped { path: &remote, reason: skipped });
    }

    /// Whether no other worker has a job or can get one before the caller's is done.
    fn is_only_job(&self) -> bool {
        let work = self.lock();
        work.busy <= 1 && work.files.is_empty() && work.directories.is_empty()
    }

    /// Whether another worker has a job, or a session to do one with.
    fn others_go_on(&self) -> bool {
        let work = self.lock();
        work.busy > 1 || work.able > 0
    }

    /// Returns a job to the queue, since the server does not accept this session.
    fn give_back(&self, job: Job, error: &Error) {
        let mut work = self.lock();
        if !std::mem::replace(&mut work.told_fewer, true) {
            self.observer.event(Event::FewerSessions { error });
        }
        work.busy -= 1;
        match job {
            Job::List { .. } => work.directories.push(job),
            Job::Get(_) | Job::Put(_) => work.files.push_front(job),
        }
        drop(work);
        self.changed.notify_waiters();
    }

    fn finish(&self, job: Job, result: Result<Transferred, Error>) {
        let (remote, is_file) = job.into_target();
        if is_file || result.is_err() {
            let result = result.as_ref().map(|done| done.bytes);
            self.observer.event(Event::FileDone { remote: &remote, result });
        }
        let mut work = self.lock();
        work.busy -= 1;
        match result {
            Ok(done) => {
                work.report.files += u64::from(is_file);
                work.report.bytes += done.bytes;
                if done.complete {
                    work.report.complete += 1;
                } else {
                    work.report.resumed += u64::from(done.offset > 0);
                    work.report.offset += done.offset;
                }
                work.report.checked.count(done.check);
            }
            Err(error) => {
                work.stopped |= ends_tree(&error);
                work.report.failures.push(TreeFailure { remote, error });
            }
        }
        // Waiting workers are woken only to end; `enqueue` wakes them for new jobs.
        let wake = work.busy == 0 || work.stopped;
        drop(work);
        if wake {
            self.changed.notify_waiters();
        }
    }
}
