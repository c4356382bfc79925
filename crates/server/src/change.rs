//! Requests beyond RFC 959 that are answered right away: facts, free space, quota, links, SITE WHO.

use packetboat_accounts::{Right, Rights};
use packetboat_codes::Fault;
use packetboat_proto::pathname::Pathname;
use packetboat_proto::server::{Failure, Outcome, Sessions, SetFacts};
use packetboat_proto::time::Timestamp;
use packetboat_store::{Error, Existing, Group, Kind, Time, Times, VirtualPath};

use crate::config::WhoShown;
use crate::files::{View, at};

/// The most sessions in SITE WHO, which is read by people.
const MOST_USERS: usize = 1_000;

impl View {
    /// What happens to an existing file at the target of SITE CPTO, which never replaces a
    /// directory. An account without the right to overwrite is refused, and a file that appears in
    /// the meantime stays.
    pub(crate) fn replacing_file(&self, path: &VirtualPath) -> Result<Existing, Failure> {
        if !self.rights(path).has(Right::Overwrite) {
            if self.storage.stat_link(path).is_err() {
                return Ok(Existing::Keep);
            }
            self.require(Right::Overwrite, path)?;
        }
        Ok(Existing::ReplaceFile)
    }

    /// The same for RNTO. Replacing a directory also requires the right to remove it; without that
    /// right, a directory that appears in the meantime stays.
    pub(crate) fn replacing(&self, path: &VirtualPath) -> Result<Existing, Failure> {
        let existing = self.replacing_file(path)?;
        if existing == Existing::Keep {
            return Ok(existing);
        }
        if !self.rights(path).has(Right::RemoveDirectory) {
            match self.storage.stat_link(path) {
                Ok(found) if found.kind == Kind::Directory => {
                    self.require(Right::RemoveDirectory, path)?;
                }
                _ => return Ok(Existing::ReplaceFile),
            }
        }
        Ok(Existing::Replace)
    }

    /// Sets facts one after the other, and returns those that the file has afterwards.
    pub(crate) fn set_facts(&self, sent: &Pathname, facts: &SetFacts) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(sent))?;
        self.require(Right::Attributes, &path)?;
        self.apply(&path, facts).map_err(|error| at(&error, &path))?;
        let found = self.storage.stat(&path).map_err(|error| at(&error, &path))?;
        let facts = SetFacts {
            modified: facts.modified.map(|_| Timestamp(found.modified)),
            mode: facts.mode.map(|_| found.mode),
            ..facts.clone()
        };
        Ok(Outcome::FactsSet { path: sent.clone(), full: path.as_bytes().to_vec(), facts })
    }

    fn apply(&self, path: &VirtualPath, facts: &SetFacts) -> Result<(), Error> {
        if let Some(mode) = facts.mode {
            self.storage.set_mode(path, mode)?;
        }
        if let Some(group) = &facts.group {
            self.storage.set_group(path, &group_of(group))?;
        }
        let time = |at: Option<Timestamp>| at.map(|at| Time { seconds: at.0, nanoseconds: 0 });
        let times = Times {
            accessed: time(facts.accessed),
            modified: time(facts.modified),
            created: time(facts.created),
        };
        // Times come last, since the other changes may touch them.
        if times == Times::default() { Ok(()) } else { self.storage.set_times(path, &times) }
    }

    /// AVBL: draft-peterson-streamlined-10 §4 defines it for directories only.
    pub(crate) fn free_space(&self, path: Option<&Pathname>) -> Result<Outcome, Failure> {
        let path = self.resolve(path)?;
        self.require_any(Rights::READ_ONLY.and(Rights::STORING), &path)?;
        let fail = |error: Error| at(&error, &path);
        if self.storage.stat(&path).map_err(fail)?.kind != Kind::Directory {
            return Err(at(&Fault::NotADirectory.into(), &path));
        }
        match self.storage.free_space(&path).map_err(fail)? {
            Some(free) => Ok(Outcome::Size(free)),
            None => Err(at(&Fault::Unsupported.into(), &path)),
        }
    }

    /// Fails if this many more bytes cannot be stored. The quota belongs to the account, and may be
    /// full before the disk.
    pub(crate) fn require_room(&self, bytes: u64, path: &VirtualPath) -> Result<(), Failure> {
        match self.look_for_room(bytes, path) {
            // Asking for the free space counts a doubtful quota again, unless a change is in
            // progress.
            Err(full) if full.fault == Fault::QuotaInDoubt => self.look_for_room(bytes, path),
            found => found,
        }
    }

    fn look_for_room(&self, bytes: u64, path: &VirtualPath) -> Result<(), Failure> {
        let free = self.storage.free_space(path).map_err(|error| at(&error, path))?;
        let meter = self.ledger.as_ref().map(|ledger| &ledger.meter);
        let full = meter.filter(|meter| free.is_some() && meter.left() == free);
        match (free, full) {
            // Reports whichever has less room, the disk or the quota.
            (Some(free), Some(meter)) if free < bytes => Err(at(&meter.refusal().into(), path)),
            (Some(free), None) if free < bytes => {
                Err(Failure { length: Some(free), ..at(&Fault::NoSpace.into(), path) })
            }
            _ => Ok(()),
        }
    }

    /// SITE QUOTA, and STAT.
    pub(crate) fn quota(&self) -> Result<Outcome, Failure> {
        let Some(ledger) = &self.ledger else { return Ok(Outcome::Quota(None)) };
        if !ledger.is_known() {
            // Asking for the free space counts, if nobody has done so yet.
            let root = VirtualPath::root();
            self.storage.free_space(&root).map_err(|error| at(&error, &root))?;
        }
        Ok(Outcome::Quota(Some(ledger.quota())))
    }

    pub(crate) fn make_link(&self, target: &Pathname, link: &Pathname) -> Result<Outcome, Failure> {
        let target = self.resolve(Some(target))?;
        let link = self.resolve(Some(link))?;
        self.require(Right::Write, &link)?;
        self.require_name(&link, false)?;
        self.require(Right::Read, &target)?;
        // A target that is missing or leads outside is a failure of the target, not of the link.
        self.storage.stat(&target).map_err(|error| at(&error, &target))?;
        self.storage.make_link(&target, &link).map_err(|error| at(&error, &link))?;
        Ok(Outcome::Path(link.as_bytes().to_vec()))
    }

    /// SITE CPFR: only files can be copied.
    pub(crate) fn check_copy(&self, path: &Pathname) -> Result<Outcome, Failure> {
        let path = self.resolve(Some(path))?;
        self.require(Right::Read, &path)?;
        let metadata = self.storage.stat(&path).map_err(|error| at(&error, &path))?;
        match metadata.kind {
            Kind::File => Ok(Outcome::Path(path.as_bytes().to_vec())),
            Kind::Directory => Err(at(&Fault::IsADirectory.into(), &path)),
            _ => Err(at(&Fault::NotARegularFile.into(), &path)),
        }
    }

    /// SITE WHO: accounts that may only read do not learn who is connected and from where; others
    /// learn as much as the administrator allows.
    pub(crate) fn who(&self) -> Outcome {
        let who = &self.shared.who;
        let users = match self.shared.live.now().config.who {
            _ if !self.is_writable() => None,
            WhoShown::Count => None,
            WhoShown::Own => Some(who.list_own(self.number, MOST_USERS)),
            WhoShown::All => Some(who.list(MOST_USERS)),
        };
        Outcome::Sessions(Sessions { count: who.count(), users })
    }
}

/// A group by its number if the text is one, otherwise by its name.
fn group_of(text: &[u8]) -> Group {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.map_or_else(|| Group::Name(text.to_vec()), Group::Number)
}
