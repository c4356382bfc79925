//! What an account may do where and when: rights per path, read-only times, and allowed names.
//! Every request is checked here before it reaches the storage.

use std::sync::Arc;

use packetboat_accounts::{Account, NameRefusal, Right, Rights};
use packetboat_codes::Fault;
use packetboat_proto::listing::Perm;
use packetboat_proto::server::Failure;
use packetboat_proto::time::Timestamp;
use packetboat_store::{Detail, Kind, Metadata, PartName, Progress, VirtualPath};

use crate::files::{View, at, now};

/// The deepest nesting of a tree that is walked entry by entry.
const DEEPEST: usize = 128;
/// How often a directory is read again because entries were added while it was emptied.
const MOST_PASSES: usize = 1_000;

type Result<T> = std::result::Result<T, Failure>;

/// What an account may do with the entries of one directory.
#[derive(Clone)]
pub(crate) struct Judge {
    account: Arc<Account>,
    directory: VirtualPath,
    /// The rights on each entry, if no rules tell them apart.
    all: Option<Rights>,
    /// Whether it is a read-only time.
    read_only: bool,
}

impl Judge {
    /// The rights on an entry. An entry without any rights is invisible.
    pub(crate) fn of(&self, name: &[u8]) -> Rights {
        let rights = self.all.unwrap_or_else(|| {
            // Nothing can be done with a name that cannot be part of a path.
            let path = self.directory.join(name);
            path.map_or(Rights::NONE, |path| rights_at(&self.account, &path))
        });
        rights.during(self.read_only)
    }

    /// Whether an entry appears in listings.
    pub(crate) fn shows(&self, name: &[u8]) -> bool {
        self.all.is_some() || self.of(name) != Rights::NONE
    }

    /// The fact `perm` of an entry.
    pub(crate) fn perm(&self, name: &[u8], kind: Kind) -> Perm {
        perm(self.of(name), kind, self.all.is_some())
    }
}

/// The letters of RFC 3659 §7.5.5 for these rights.
fn perm(rights: Rights, kind: Kind, follows_links: bool) -> Perm {
    let has = |right| rights.has(right);
    let is_directory = kind == Kind::Directory;
    let letters = Perm::default()
        .and(has(Right::Rename), b"f")
        .and(if is_directory { has(Right::RemoveDirectory) } else { has(Right::Delete) }, b"d");
    if kind == Kind::Symlink && !follows_links {
        return letters;
    }
    letters
        .and(has(Right::Append), b"a")
        .and(has(Right::Write), b"c")
        .and(rights != Rights::NONE, b"e")
        .and(has(Right::List), b"l")
        .and(has(Right::MakeDirectory), b"m")
        .and(has(Right::Delete) || has(Right::RemoveDirectory), b"p")
        .and(has(Right::Read), b"r")
        .and(has(Right::Overwrite), b"w")
}

impl View {
    /// The rights of the account at a path, now.
    pub(crate) fn rights(&self, path: &VirtualPath) -> Rights {
        rights_at(&self.account, path).during(self.read_only_until().is_some())
    }

    /// Fails if the account lacks a right.
    pub(crate) fn require(&self, right: Right, path: &VirtualPath) -> Result<()> {
        self.require_any(Rights::NONE.with(right), path)
    }

    /// Fails if the account has none of these rights.
    pub(crate) fn require_any(&self, rights: Rights, path: &VirtualPath) -> Result<()> {
        self.require_held(rights_at(&self.account, path), rights, path)
    }

    fn require_held(&self, held: Rights, rights: Rights, path: &VirtualPath) -> Result<()> {
        if !held.has_any(rights) {
            // If several rights would do, none is named, except the one that every upload begins
            // with: creating a file.
            let named =
                if rights == Rights::STORING { Rights::NONE.with(Right::Write) } else { rights };
            let detail = named.only().map(|word| word.to_owned());
            return Err(Failure { detail, ..Failure::new(Fault::RightMissing, path.as_bytes()) });
        }
        match self.read_only_until() {
            Some(until) if !held.during(true).has_any(rights) => Err(Failure {
                detail: Some(minute(until)),
                ..Failure::new(Fault::ReadOnlyTime, path.as_bytes())
            }),
            _ => Ok(()),
        }
    }

    fn read_only_until(&self) -> Option<i64> {
        self.account.read_only_until(now().0)
    }

    /// Fails if the account may not use the name at the end of the path.
    pub(crate) fn require_name(&self, path: &VirtualPath, is_directory: bool) -> Result<()> {
        let name = path.file_name().unwrap_or_default();
        let (fault, patterns) = match self.account.check_name(name, is_directory) {
            Ok(()) => return Ok(()),
            Err(NameRefusal::Refused(pattern)) => (Fault::NameRefused, pattern),
            Err(NameRefusal::NotAllowed(patterns)) => (Fault::NameNotAmongAllowed, patterns),
        };
        Err(Failure { detail: Some(patterns), ..Failure::new(fault, path.as_bytes()) })
    }

    /// The rights on the entries of a directory.
    pub(crate) fn judge(&self, directory: &VirtualPath) -> Judge {
        Judge {
            account: Arc::clone(&self.account),
            directory: directory.clone(),
            all: self.account.terms().paths.is_empty().then(|| self.account.rights()),
            read_only: self.read_only_until().is_some(),
        }
    }

    /// The fact `perm` of a path.
    pub(crate) fn perm(&self, path: &VirtualPath, kind: Kind) -> Perm {
        perm(self.rights(path), kind, self.account.terms().paths.is_empty())
    }

    /// Fails if this rename is not allowed. If the rights at both paths differ, it requires those
    /// for copying and deleting; and no directory may leave or enter the scope of a rule in this
    /// way.
    pub(crate) fn require_move(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        self.require(Right::Rename, from)?;
        self.require(Right::Rename, to)?;
        let paths = &self.account.terms().paths;
        if paths.is_empty() && self.account.names_are_free() {
            return Ok(());
        }
        let found = self.storage.stat_link(from).map_err(|error| at(&error, from))?;
        let is_directory = found.kind == Kind::Directory;
        self.require_name(to, is_directory)?;
        if self.rights(from) != self.rights(to) {
            self.require(Right::Read, from)?;
            self.require(if is_directory { Right::RemoveDirectory } else { Right::Delete }, from)?;
            self.require(if is_directory { Right::MakeDirectory } else { Right::Write }, to)?;
        }
        match is_directory && !paths.same_beneath(from.as_bytes(), to.as_bytes()) {
            true => Err(Failure::new(Fault::RightMissing, to.as_bytes())),
            false => Ok(()),
        }
    }

    /// RMD also removes the parts of unfinished uploads in the directory. That requires the right
    /// to delete each of them, and no more: a rule that only hides their names keeps no account
    /// from deleting what DELE of the file removes too. If a part is invisible to the account, the
    /// account only learns that the directory is not empty.
    pub(crate) fn require_parts(&self, directory: &VirtualPath) -> Result<()> {
        let differs = self.account.terms().paths.may_differ_beneath(directory.as_bytes());
        if !differs && self.rights(directory).has(Right::Delete) {
            return Ok(());
        }
        let parts = match self.storage.parts(directory) {
            // Removing the directory reports this error.
            Err(error) if matches!(error.fault(), Fault::NotFound | Fault::NotADirectory) => {
                return Ok(());
            }
            // Parts that cannot be listed are not removed unseen.
            parts => parts.map_err(|error| at(&error, directory))?,
        };
        for name in parts {
            let part = directory.join(&name).map_err(|error| at(&error, directory))?;
            let held = rights_as_file(&self.account, &part);
            if held.during(self.read_only_until().is_some()) == Rights::NONE {
                return Err(Failure::new(Fault::DirectoryNotEmpty, directory.as_bytes()));
            }
            self.require_held(held, Rights::NONE.with(Right::Delete), &part)?;
        }
        Ok(())
    }

    /// RMDA: removes nothing if anything in the tree may not be removed.
    pub(crate) fn remove_tree(&self, path: &VirtualPath, progress: &Progress) -> Result<()> {
        self.require_removal(path, Kind::Directory)?;
        if !self.account.terms().paths.may_differ_beneath(path.as_bytes()) {
            return self.storage.remove_tree(path, progress).map_err(|error| at(&error, path));
        }
        if path.is_root() {
            return Err(Failure::new(Fault::Root, path.as_bytes()));
        }
        self.require_removals(path, 0, progress)?;
        self.empty(path, 0, progress)
    }

    fn require_removal(&self, path: &VirtualPath, kind: Kind) -> Result<()> {
        self.require(Right::Delete, path)?;
        match kind {
            Kind::Directory => self.require(Right::RemoveDirectory, path),
            _ => Ok(()),
        }
    }

    fn require_removals(
        &self,
        path: &VirtualPath,
        depth: usize,
        progress: &Progress,
    ) -> Result<()> {
        self.require_parts(path)?;
        self.each_entry(path, depth, &mut |path, found| {
            progress.advance(0).map_err(|error| at(&error, path))?;
            self.require_removal(path, found.kind)?;
            match found.kind {
                Kind::Directory => self.require_removals(path, depth + 1, progress),
                _ => Ok(()),
            }
        })
        .map(drop)
    }

    /// Empties and removes a directory, checking the rights on each entry.
    fn empty(&self, path: &VirtualPath, depth: usize, progress: &Progress) -> Result<()> {
        for _ in 0..MOST_PASSES {
            let found = self.each_entry(path, depth, &mut |path, found| {
                self.require_removal(path, found.kind)?;
                match found.kind {
                    Kind::Directory => self.empty(path, depth + 1, progress)?,
                    _ => self.storage.remove_file(path).map_err(|error| at(&error, path))?,
                }
                progress.advance(1).map_err(|error| at(&error, path))
            })?;
            if !found {
                self.require_parts(path)?;
                return self.storage.remove_directory(path).map_err(|error| at(&error, path));
            }
        }
        Err(Failure::new(Fault::DirectoryNotEmpty, path.as_bytes()))
    }

    /// DSIZ: counts what listings show, no more.
    pub(crate) fn tree_len(&self, path: &VirtualPath, progress: &Progress) -> Result<u64> {
        self.require(Right::List, path)?;
        if !self.account.terms().paths.may_differ_beneath(path.as_bytes()) {
            return self.storage.tree_len(path, progress).map_err(|error| at(&error, path));
        }
        self.visible_len(path, 0, progress)
    }

    fn visible_len(&self, path: &VirtualPath, depth: usize, progress: &Progress) -> Result<u64> {
        let mut sum = 0_u64;
        self.each_entry(path, depth, &mut |path, found| {
            progress.advance(1).map_err(|error| at(&error, path))?;
            let rights = self.rights(path);
            let len = match found.kind {
                Kind::File if rights != Rights::NONE => found.len,
                Kind::Directory if rights.has(Right::List) => {
                    self.visible_len(path, depth + 1, progress)?
                }
                _ => 0,
            };
            sum = sum.saturating_add(len);
            Ok(())
        })?;
        Ok(sum)
    }

    /// Calls `work` for each entry of a directory. Returns whether there was any.
    fn each_entry(
        &self,
        directory: &VirtualPath,
        depth: usize,
        work: &mut dyn FnMut(&VirtualPath, &Metadata) -> Result<()>,
    ) -> Result<bool> {
        let fail = |error: packetboat_store::Error| at(&error, directory);
        if depth > DEEPEST {
            return Err(Failure::new(Fault::TooDeep, directory.as_bytes()));
        }
        let mut listing = self.storage.list(directory, Detail::Full).map_err(fail)?;
        let mut any = false;
        while let Some(entry) = listing.next().map_err(fail)? {
            any = true;
            let path = directory.join(entry.name).map_err(fail)?;
            if let Some(metadata) = entry.metadata.copied() {
                work(&path, &metadata)?;
            }
        }
        Ok(any)
    }
}

/// The rights of an account at a path, regardless of time. A part is judged as the file that it
/// will become; rules that match the part but not that file only take rights away. If the file's
/// name is too long to be derived from the part's name, the rights are those that every possible
/// file has in common.
fn rights_at(account: &Account, path: &VirtualPath) -> Rights {
    let paths = &account.terms().paths;
    let rights = rights_as_file(account, path);
    let part = path.file_name().and_then(PartName::read).zip(path.parent());
    match part.map(|(part, directory)| directory.join(part.file())) {
        Some(Ok(file)) if !paths.is_empty() => {
            rights.common(paths.rights_by_name(path.as_bytes(), file.as_bytes()))
        }
        _ => rights,
    }
}

/// The rights on the file that a part will become, whatever rules say about the part's own name.
fn rights_as_file(account: &Account, path: &VirtualPath) -> Rights {
    let paths = &account.terms().paths;
    let part = path.file_name().and_then(PartName::read).zip(path.parent());
    let Some((part, directory)) = part.filter(|_| !paths.is_empty()) else {
        return account.rights_at(path.as_bytes());
    };
    let Ok(file) = directory.join(part.file()) else { return Rights::NONE };
    let rights = rights_at(account, &file);
    if !part.may_be_shortened() {
        return rights;
    }
    let is_it = |name: &[u8]| part.is_of(name);
    rights.common(paths.least_rights_in(directory.as_bytes(), account.rights(), is_it))
}

/// Writes a time for people, in UTC.
fn minute(at: i64) -> String {
    let time = Timestamp(at).calendar();
    let (year, month, day) = (time.year, time.month, time.day);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", time.hour, time.minute)
}

#[cfg(test)]
mod tests {
    use packetboat_accounts::{PathRule, PathRules, Secret, Terms};

    use super::*;

    fn account(rules: &[&str]) -> Account {
        let rules = rules.iter().map(|rule| PathRule::parse(rule).expect("a rule")).collect();
        let paths = PathRules::new(rules).expect("rules");
        let secret = Secret::new(b"secret").expect("random bytes");
        Account::new("anna", secret, Rights::ALL).with_terms(Terms { paths, ..Terms::default() })
    }

    fn at(account: &Account, path: &str) -> String {
        let path = VirtualPath::root().join(path.as_bytes()).expect("a path");
        rights_at(account, &path).to_string()
    }

    #[test]
    fn a_part_is_judged_as_its_file() {
        let anna = account(&["/**/secret=none", "/in=drop-box", "/in/*.db=read", "/.ssh=none"]);
        for (path, rights) in [
            ("/.secret.part-packetboat", "none"),
            ("/a/b/.secret.part-packetboat", "none"),
            ("/in/.x.db.part-packetboat", "read"),
            ("/in/.x.part-packetboat", "drop-box"),
            ("/..ssh.part-packetboat", "none"),
            ("/.other.part-packetboat", "all"),
            // The server never makes a part of a part; such a name is no way around the rules
            // either.
            ("/..secret.part-packetboat.part-packetboat", "none"),
            // Names of parts without a file name.
            ("/..part-packetboat", "all"),
            ("/in/....part-packetboat", "drop-box"),
        ] {
            assert_eq!(at(&anna, path), rights, "{path}");
        }
        assert_eq!(at(&account(&[]), "/.secret.part-packetboat"), "all");
    }

    #[test]
    fn rules_for_parts_take_away_and_give_nothing() {
        let anna = account(&["/**/.*=read", "/in=drop-box", "/in/*.part-packetboat=all"]);
        assert_eq!(at(&anna, "/.f.part-packetboat"), "read");
        assert_eq!(at(&anna, "/in/.f.part-packetboat"), "drop-box");
    }

    #[test]
    fn the_part_of_a_long_name_has_what_every_file_has_that_it_may_be() {
        let long = "n".repeat(250);
        let part = format!(".{}~{}.part-packetboat", &long[..200], "0123456789abcdef");
        for (rules, rights) in [
            (&["/in=drop-box"][..], "drop-box"),
            (&["/**/secret=none"], "all"),
            (&["/in/*.db=none"], "none"),
            (&["/**/n*=read-only", "/in=all"], "read-only"),
            (&["/out/*.db=none"], "all"),
        ] {
            assert_eq!(at(&account(rules), &format!("/in/{part}")), rights, "{rules:?}");
        }
    }
}
