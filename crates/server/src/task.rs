//! Long work: hashing, copying, combining, whole trees. It runs on the blocking pool, a few tasks
//! at a time, so that other sessions keep their threads. It reports progress, and stops when told
//! to.

use std::sync::Arc;

use packetboat_accounts::Right;
use packetboat_codes::Fault;
use packetboat_proto::pathname::Pathname;
use packetboat_proto::server::{Algorithm, ByteRange, Failure, Hashed, Outcome, Task};
use packetboat_store::{
    Error, Metadata, Progress, ReadFile, Storage, VirtualPath, WriteFile, WriteMode,
};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::files::{View, at};
use crate::handle::Handle;
use crate::hash;
use crate::transfer::joined;

/// How many tasks run at the same time; others wait their turn.
const AT_ONCE: usize = 16;
/// The size of COMB's buffer.
const BUFFER: usize = 256 << 10;

/// A task, as its session sees it.
#[derive(Debug, Default)]
pub(crate) struct Running {
    handle: Handle,
    progress: Progress,
}

impl Running {
    /// Stops the task at its next step, or before its turn comes.
    pub(crate) fn stop(&self) {
        self.progress.stop();
        self.handle.abort();
    }

    /// How much has been done.
    pub(crate) fn done(&self) -> u64 {
        self.progress.done()
    }
}

/// The threads shared by all tasks of a server.
#[derive(Debug)]
pub(crate) struct Tasks(Semaphore);

impl Default for Tasks {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Tasks {
    /// Runs a task when its turn comes.
    pub(crate) async fn run(
        &self,
        view: View,
        task: Task,
        running: Arc<Running>,
    ) -> Result<Outcome, Failure> {
        let _permit = tokio::select! {
            biased;
            () = running.handle.aborted() => return Err(at(&Fault::Stopped.into(), &view.directory)),
            // The semaphore is never closed; without a permit, the work would merely be unlimited.
            permit = self.0.acquire() => permit.ok(),
        };
        joined(spawn_blocking(move || view.work(&task, &running.progress)).await).await
    }
}

impl View {
    /// Does the work. Blocks as long as it takes.
    fn work(&self, task: &Task, progress: &Progress) -> Result<Outcome, Failure> {
        match task {
            Task::Hash { paths, algorithm, range } => {
                let hashes = paths.iter().map(|path| self.hash(path, *algorithm, *range, progress));
                Ok(Outcome::Hashed(hashes.collect::<Result<_, _>>()?))
            }
            Task::RemoveTree(path) => {
                let path = self.resolve(Some(path))?;
                self.remove_tree(&path, progress)?;
                Ok(Outcome::Path(path.as_bytes().to_vec()))
            }
            Task::TreeSize(path) => {
                let path = self.resolve(path.as_ref())?;
                Ok(Outcome::Size(self.tree_len(&path, progress)?))
            }
            Task::Combine { target, parts } => self.combine(target, parts, progress),
            Task::Copy { from, to } => self.copy(from, to, progress),
        }
    }

    fn hash(
        &self,
        sent: &Pathname,
        algorithm: Algorithm,
        range: ByteRange,
        progress: &Progress,
    ) -> Result<Hashed, Failure> {
        let path = self.resolve(Some(sent))?;
        self.require(Right::Read, &path)?;
        let hashed = || {
            let file = self.open_to_hash(&path)?;
            let (start, end) = hash::extent(range, file.len())?;
            if self.live.config.hash_limit.is_some_and(|limit| end - start > limit) {
                return Err(Fault::PolicyLimit.into());
            }
            let digest = hash::hash(&*file, algorithm, (start, end), progress)?;
            Ok(Hashed { path: sent.clone(), start, end, digest })
        };
        hashed().map_err(|error: Error| at(&error, &path))
    }

    /// Opens the file, or else the part of an unfinished upload: a client that resumes it can make
    /// sure that it is the beginning of its own file. SIZE reports its length on the same terms.
    fn open_to_hash(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>, Error> {
        match self.storage.open_read(path) {
            Err(error)
                if error.fault() == Fault::NotFound && self.rights(path).has(Right::Write) =>
            {
                self.storage.open_part(path)?.ok_or(error)
            }
            file => file,
        }
    }

    fn copy(
        &self,
        from: &Pathname,
        to: &Pathname,
        progress: &Progress,
    ) -> Result<Outcome, Failure> {
        let from = self.resolve(Some(from))?;
        let to = self.resolve(Some(to))?;
        self.require(Right::Read, &from)?;
        self.require(Right::Write, &to)?;
        self.require_name(&to, false)?;
        // A missing source is a failure of the source, not of the copy.
        self.storage.stat(&from).map_err(|error| at(&error, &from))?;
        let existing = self.replacing_file(&to)?;
        let copied = self.storage.copy(&from, &to, existing, progress);
        copied.map_err(|error| at(&error, &to))?;
        Ok(Outcome::Path(to.as_bytes().to_vec()))
    }

    /// COMB. The source files are deleted only once all of them are in the target and the target is
    /// in place. Until then, a failure leaves everything as it was.
    fn combine(
        &self,
        target: &Pathname,
        parts: &[Pathname],
        progress: &Progress,
    ) -> Result<Outcome, Failure> {
        let target = self.resolve(Some(target))?;
        self.require_name(&target, false)?;
        let mode = match self.storage.stat(&target) {
            Ok(_) => {
                self.require(Right::Append, &target)?;
                WriteMode::Append
            }
            Err(error) if error.fault() == Fault::NotFound => {
                self.require(Right::Write, &target)?;
                WriteMode::New
            }
            Err(error) => return Err(at(&error, &target)),
        };
        let mut file =
            self.storage.open_write(&target, mode).map_err(|error| at(&error, &target))?;
        let appended = self.append_all(&target, parts, &mut *file, progress);
        let parts = match appended {
            Ok(parts) => parts,
            Err(failure) => {
                // The first failure is the one to report; if discarding fails too, a part is left.
                let _ = file.discard();
                return Err(failure);
            }
        };
        file.commit().map_err(|error| at(&error, &target))?;
        for (path, before) in &parts {
            self.remove_joined(path, before).map_err(|error| at(&error, path))?;
        }
        Ok(Outcome::Path(target.as_bytes().to_vec()))
    }

    fn append_all(
        &self,
        target: &VirtualPath,
        parts: &[Pathname],
        file: &mut dyn WriteFile,
        progress: &Progress,
    ) -> Result<Vec<(VirtualPath, Metadata)>, Failure> {
        // A file with two names would be deleted under one before it is read under the other.
        let mut seen: Vec<_> =
            self.storage.stat(target).map(|found| found.unique).into_iter().collect();
        let mut appended = Vec::new();
        for part in parts {
            let path = self.resolve(Some(part))?;
            self.require(Right::Read, &path)?;
            self.require(Right::Delete, &path)?;
            let metadata = self.storage.stat(&path).map_err(|error| at(&error, &path))?;
            if seen.contains(&metadata.unique) {
                return Err(at(&Fault::SameFile.into(), &path));
            }
            seen.push(metadata.unique);
            append(&*self.storage, &path, file, progress).map_err(|error| at(&error, &path))?;
            appended.push((path, metadata));
        }
        Ok(appended)
    }

    /// Removes a source file that is now in the target, unless it has changed since.
    fn remove_joined(&self, path: &VirtualPath, before: &Metadata) -> Result<(), Error> {
        let now = self.storage.stat(path)?;
        let same = |one: &Metadata| (one.unique, one.len, one.modified, one.modified_nanos);
        if same(&now) != same(before) {
            return Err(Fault::Changed.into());
        }
        self.storage.remove_file(path)
    }
}

/// Appends a file, keeping its holes.
fn append(
    storage: &dyn Storage,
    path: &VirtualPath,
    to: &mut dyn WriteFile,
    progress: &Progress,
) -> Result<(), Error> {
    let from: Box<dyn ReadFile> = storage.open_read(path)?;
    let base = to.position();
    let mut buffer = vec![0; BUFFER];
    let mut offset = 0;
    while let Some(range) = from.next_data(offset)? {
        to.skip_to(base + range.start)?;
        offset = range.start;
        while offset < range.end {
            let wanted = usize::try_from(range.end - offset).unwrap_or(BUFFER).min(BUFFER);
            let count = from.read_at(offset, &mut buffer[..wanted])?;
            if count == 0 {
                return Err(Fault::Changed.into());
            }
            to.write(&buffer[..count])?;
            offset += count as u64;
            progress.advance(count as u64)?;
        }
    }
    to.skip_to(base + from.len().max(offset))
}
