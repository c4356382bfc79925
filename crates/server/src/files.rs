//! Requests that are answered on the control connection alone, carried out on the storage.
//! Everything here may block on a disk, and runs on the blocking pool.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use packetboat_accounts::{Account, Right, Rights};
use packetboat_codes::Fault;
use packetboat_proto::listing::{FactSet, ListEntry, ListForm, ListWriter};
use packetboat_proto::pathname::Pathname;
use packetboat_proto::server::{Failure, Outcome, Request, StatusOf};
use packetboat_proto::time::Timestamp;
use packetboat_store::{Detail, Error, Kind, Storage, VirtualPath};

use crate::ledger::Ledger;
use crate::pump::{fits_a_line, list_entry};
use crate::server::Shared;
use crate::snapshot::Snapshot;

/// The most entries of STAT on a directory, which goes over the control connection. LIST is for
/// larger ones.
const STATUS_ENTRIES: usize = 1_000;

/// The folder as one logged-in session sees it.
#[derive(Clone)]
pub(crate) struct View {
    /// The session's number.
    pub number: u64,
    pub storage: Arc<dyn Storage>,
    pub account: Arc<Account>,
    /// What the account has stored, if it has a quota.
    pub ledger: Option<Arc<Ledger>>,
    /// What ALLO announced, for the upload that follows.
    pub announced: Option<u64>,
    pub directory: VirtualPath,
    pub live: Arc<Snapshot>,
    pub shared: Arc<Shared>,
}

/// The result of a request, and the new working directory if it changed.
pub(crate) type Done = (Result<Outcome, Failure>, Option<VirtualPath>);

impl View {
    /// The same view of a storage that never waits for the disk, if there is one.
    pub(crate) fn now(&self) -> Option<Self> {
        Some(Self { storage: self.storage.now()?, ..self.clone() })
    }

    /// Carries out a request.
    pub(crate) fn perform(&self, request: &Request) -> Done {
        let mut changed = None;
        let result = match request {
            Request::ChangeDirectory(path) => self.change_directory(path, &mut changed),
            Request::ChangeToParent => {
                let parent = self.directory.parent().unwrap_or_else(VirtualPath::root);
                self.enter(parent, &mut changed)
            }
            Request::PrintDirectory => Ok(Outcome::Path(self.directory.as_bytes().to_vec())),
            Request::MakeDirectory(path) => self.make_directory(path),
            Request::RemoveDirectory(path) => self.remove_directory(path),
            Request::DeleteFile(path) => {
                self.change(path, Right::Delete, |path| self.storage.remove_file(path))
            }
            Request::CheckRename(path) => {
                self.change(path, Right::Rename, |path| match path.is_root() {
                    true => Err(Fault::Root.into()),
                    false => self.storage.stat_link(path).map(drop),
                })
            }
            Request::Rename { from, to } => self.rename(from, to),
            Request::ChangeMode { mode, path } => {
                self.change(path, Right::Attributes, |path| self.storage.set_mode(path, *mode))
            }
            Request::SetFacts { path, facts } => self.set_facts(path, facts),
            Request::FreeSpace(path) => self.free_space(path.as_ref()),
            Request::MakeLink { target, link } => self.make_link(target, link),
            Request::CheckCopy(path) => self.check_copy(path),
            Request::Quota => self.quota(),
            Request::Who => Ok(self.who()),
            Request::Size(path) => self.size(path),
            Request::Modified(path) => self.modified(path),
            Request::Facts { path, facts } => self.facts(path.as_ref(), *facts),
            Request::Status(path) => self.status(path),
            Request::Allocate(bytes) => self.allocate(*bytes),
        };
        (result, changed)
    }

    /// The full path of an argument; without one, the working directory.
    pub(crate) fn resolve(&self, path: Option<&Pathname>) -> Result<VirtualPath, Failure> {
        match path {
            None => Ok(self.directory.clone()),
            Some(path) => self
                .directory
                .join(path.as_bytes())
                .map_err(|error| failure(&error, path.as_bytes())),
        }
    }

    /// Information about an entry whose name is known requires the right to list or to read.
    pub(crate) fn require_knowledge(&self, path: &VirtualPath) -> Result<(), Failure> {
        self.require_any(Rights::READ_ONLY, path)
    }

    /// Whether the account may change things.
    pub(crate) fn is_writable(&self) -> bool {
        self.account.require_any(Rights::CHANGING).is_ok()
    }

    fn change_directory(
        &self,
        path: &Pathname,
        changed: &mut Option<VirtualPath>,
    ) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        self.enter(path, changed)
    }

    fn enter(
        &self,
        path: VirtualPath,
        changed: &mut Option<VirtualPath>,
    ) -> Result<Outcome, Failure> {
        // An account that may do anything in a directory may enter it.
        self.require_any(Rights::ALL, &path)?;
        let metadata = self.storage.stat(&path).map_err(|error| at(&error, &path))?;
        if metadata.kind != Kind::Directory {
            return Err(at(&Fault::NotADirectory.into(), &path));
        }
        let outcome = Outcome::Path(path.as_bytes().to_vec());
        *changed = Some(path);
        Ok(outcome)
    }

    /// Makes one change to one path.
    fn change(
        &self,
        path: &Pathname,
        right: Right,
        change: impl FnOnce(&VirtualPath) -> Result<(), Error>,
    ) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        self.require(right, &path)?;
        change(&path).map_err(|error| at(&error, &path))?;
        Ok(Outcome::Path(path.as_bytes().to_vec()))
    }

    fn remove_directory(&self, path: &Pathname) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        self.require(Right::RemoveDirectory, &path)?;
        self.require_parts(&path)?;
        self.storage.remove_directory(&path).map_err(|error| at(&error, &path))?;
        Ok(Outcome::Path(path.as_bytes().to_vec()))
    }

    fn make_directory(&self, path: &Pathname) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        self.require(Right::MakeDirectory, &path)?;
        self.require_name(&path, true)?;
        self.storage.make_directory(&path).map_err(|error| at(&error, &path))?;
        Ok(Outcome::Path(path.as_bytes().to_vec()))
    }

    fn rename(&self, from: &Pathname, to: &Pathname) -> Result<Outcome, Failure> {
        let from = self.resolve(Some(from))?;
        let to = self.resolve(Some(to))?;
        self.require_move(&from, &to)?;
        let existing = self.replacing(&to)?;
        self.storage.rename(&from, &to, existing).map_err(|error| at(&error, &to))?;
        Ok(Outcome::Path(to.as_bytes().to_vec()))
    }

    /// SIZE. If there is no such file but a part of an unfinished upload, a user who may resume it
    /// gets its length: clients ask for SIZE to learn where to resume (a deviation from RFC 3659
    /// §4, which only covers complete files).
    fn size(&self, path: &Pathname) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        let found = self.require_knowledge(&path).and_then(|()| {
            let found = self.storage.stat(&path).map_err(|error| at(&error, &path))?;
            match found.kind {
                Kind::Directory => Err(at(&Fault::IsADirectory.into(), &path)),
                _ => Ok(Outcome::Size(found.len)),
            }
        });
        // A drop box account, which may not see files, may still resume its own uploads.
        let resumable = |fault| matches!(fault, Fault::NotFound | Fault::RightMissing);
        match found {
            Err(failure) if resumable(failure.fault) && self.rights(&path).has(Right::Write) => {
                match self.storage.part_len(&path) {
                    Ok(Some(len)) => Ok(Outcome::Size(len)),
                    Err(error) if error.fault() == Fault::WouldWait => Err(at(&error, &path)),
                    _ => Err(failure),
                }
            }
            found => found,
        }
    }

    fn modified(&self, path: &Pathname) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        self.require_knowledge(&path)?;
        let metadata = self.storage.stat(&path).map_err(|error| at(&error, &path))?;
        Ok(Outcome::Modified(Timestamp(metadata.modified)))
    }

    fn facts(&self, path: Option<&Pathname>, facts: FactSet) -> Result<Outcome, Failure> {
        let path = self.resolve(path)?;
        self.require_knowledge(&path)?;
        let metadata = self.storage.stat(&path).map_err(|error| at(&error, &path))?;
        let perm = self.perm(&path, metadata.kind);
        let entry = list_entry(path.as_bytes(), &metadata, None, perm);
        let mut line = Vec::new();
        ListWriter::new(ListForm::Facts(facts), now()).write_facts(&entry, facts, &mut line);
        Ok(Outcome::Facts(line))
    }

    fn status(&self, path: &Pathname) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        self.require(Right::List, &path)?;
        let fail = |error: Error| at(&error, &path);
        let metadata = self.storage.stat(&path).map_err(fail)?;
        let mut writer = ListWriter::new(ListForm::Long, now());
        let (mut lines, mut cut) = (Vec::new(), false);
        let mut push = |entry: ListEntry<'_>| {
            let mut line = Vec::new();
            writer.write(&entry, &mut line);
            line.truncate(line.len() - b"\r\n".len());
            lines.push(line);
        };
        let of = if metadata.kind == Kind::Directory {
            let mut listing = self.storage.list(&path, Detail::Full).map_err(fail)?;
            let judge = self.judge(&path);
            let mut count = 0;
            while let Some(entry) = listing.next().map_err(fail)? {
                cut = count == STATUS_ENTRIES;
                if cut {
                    break;
                }
                let is_shown = fits_a_line(entry.name) && judge.shows(entry.name);
                if let Some(metadata) = entry.metadata.filter(|_| is_shown) {
                    let perm = judge.perm(entry.name, metadata.kind);
                    push(list_entry(entry.name, metadata, entry.target, perm));
                    count += 1;
                }
            }
            StatusOf::Directory
        } else {
            let name = path.file_name().unwrap_or_default();
            push(list_entry(name, &metadata, None, self.perm(&path, metadata.kind)));
            StatusOf::File
        };
        Ok(Outcome::Status { path: path.as_bytes().to_vec(), of, lines, cut })
    }

    fn allocate(&self, bytes: u64) -> Result<Outcome, Failure> {
        self.require_any(Rights::STORING, &self.directory)?;
        self.require_room(bytes, &self.directory)?;
        Ok(Outcome::Room(bytes))
    }
}

/// A storage error on a path, for the session machine.
pub(crate) fn at(error: &Error, path: &VirtualPath) -> Failure {
    failure(error, error.path().unwrap_or(path).as_bytes())
}

fn failure(error: &Error, path: &[u8]) -> Failure {
    Failure { fault: error.fault(), path: path.to_vec(), length: error.length(), detail: None }
}

/// The current time, for listings.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
