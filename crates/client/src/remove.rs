//! Recursive deletion on the server ([`Client::remove_tree`]), entry by entry: the contents of a
//! directory are deleted before the directory itself, and a link is deleted, never followed.

use std::collections::HashSet;

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;
use packetboat_proto::verbs::Verb;

use crate::client::{Client, is_refusal, stat_once, with_retry};
use crate::connection::Connection;
use crate::error::{Error, Phase};
use crate::failure::Failure;
use crate::finding::Finding;
use crate::list::{Listing, list_all_by_list, list_by_list, list_once, without_slash};
use crate::names::{leads_out, without_case};
use crate::observer::Event;
use crate::put::join_remote;
use crate::tree::{DEPTH, TreeFailure};

/// The result of deleting a tree.
#[derive(Debug, Default)]
pub struct Removed {
    /// How many files and links were deleted.
    pub files: u64,
    /// How many directories were deleted.
    pub directories: u64,
    /// What failed. Everything else was deleted.
    pub failures: Vec<TreeFailure>,
    /// Directories that contain more than their listings showed, where no deletions revealed the rest.
    pub unseen: Vec<Vec<u8>>,
}

enum Step {
    /// Delete this entry at this depth, with everything in it.
    Take(Vec<u8>, EntryKind, usize),
    /// Delete this directory, whose entries have been dealt with; this many failures came before them.
    Leave(Vec<u8>, usize),
    /// List this directory, or list it again, since some servers list a limited number of entries
    /// at a time.
    Look(Look),
}

/// A directory to list.
struct Look {
    path: Vec<u8>,
    depth: usize,
    /// How many failures came before it.
    failed_before: usize,
    /// The names from earlier listings, which the server reported deleted.
    gone: HashSet<Vec<u8>>,
}

impl Look {
    /// Records the names to delete before the next listing. A single name may come again, because
    /// somebody has created it anew; but if a listing shows only such names, the loop would not
    /// end.
    fn takes(&mut self, entries: &[RemoteEntry]) -> Result<(), Error> {
        let known = self.gone.len();
        self.gone.extend(entries.iter().map(|entry| entry.name.clone()));
        match self.gone.len() > known {
            true => Ok(()),
            false => Err(Error::protocol(Phase::Command, NOT_GONE)),
        }
    }
}

/// The error for a directory that would be listed forever.
const NOT_GONE: &str = "the server says that it contains more, but lists only entries that it has already reported deleted, so \
                        the client gave up; check with `packetboat ls` what is left, and ask the administrator of the server";

/// The error for a directory that is nested deeper than [`DEPTH`].
const TOO_DEEP: &str = "it is nested too deep: the directories on the server may form a loop";

impl Client {
    /// Deletes a file, or a directory with everything in it. With `only_show` nothing is deleted,
    /// and the observer is told what would be. With `force` a missing path is not an error.
    pub async fn remove_tree(&mut self, path: &[u8], only_show: bool, force: bool) -> Removed {
        let path = without_slash(path).to_vec();
        let mut removed = Removed::default();
        let mut steps = Vec::new();
        match self.kind_of_tree(&path).await {
            Ok(kind) => steps.push(Step::Take(path, kind, 0)),
            Err(error) if force && error.failure() == Failure::NotFound => {}
            Err(error) => removed.fail(self, path, error),
        }
        while let Some(step) = steps.pop() {
            self.take(step, &mut steps, &mut removed, only_show).await;
        }
        removed
    }

    async fn kind_of_tree(&mut self, path: &[u8]) -> Result<EntryKind, Error> {
        self.prepare_for(path).await?;
        let kind = with_retry!(self, connection => kind_of(connection, path).await);
        self.told_apart(path, kind).await
    }

    /// Carries out one step, which may add further ones.
    async fn take(
        &mut self,
        step: Step,
        steps: &mut Vec<Step>,
        removed: &mut Removed,
        only_show: bool,
    ) {
        match step {
            Step::Take(path, EntryKind::Directory, depth) if depth < DEPTH => {
                let (failed_before, gone) = (removed.failures.len(), HashSet::new());
                steps.push(Step::Look(Look { path, depth, failed_before, gone }));
            }
            Step::Take(path, EntryKind::Directory, _) => {
                removed.fail(self, path, Error::protocol(Phase::Command, TOO_DEEP));
            }
            Step::Take(path, ..) => {
                let result = self.take_away(Verb::Dele, &path, only_show).await;
                removed.files += u64::from(removed.settle(self, path, result));
            }
            // Entries that could not be deleted are still in the directory; they have been reported.
            Step::Leave(_, before) | Step::Look(Look { failed_before: before, .. })
                if removed.failures.len() > before => {}
            Step::Look(look) => {
                let path = look.path.clone();
                match self.look_into(look, only_show, removed).await {
                    Ok(inner) => {
                        steps.extend(inner);
                        removed.unseen.extend(self.left_out.in_last.then_some(path));
                    }
                    Err(error) => removed.fail(self, path, error),
                }
            }
            Step::Leave(path, _) => {
                let result = self.take_away(Verb::Rmd, &path, only_show).await;
                // Everything that its listing showed is gone.
                let result = result.map_err(|error| match error.settled() {
                    Some(Finding::NotEmpty) => error.with_finding(Finding::SeemsEmpty),
                    _ => error,
                });
                removed.directories += u64::from(removed.settle(self, path, result));
            }
        }
    }

    /// The steps to delete a directory, in reverse order.
    async fn look_into(
        &mut self,
        mut look: Look,
        only_show: bool,
        removed: &mut Removed,
    ) -> Result<Vec<Step>, Error> {
        let (path, depth) = (look.path.clone(), look.depth);
        self.path = Some(path.clone());
        let looked = with_retry!(self, connection => entries(connection, &path).await);
        let (listing, unknown) = looked?;
        for (name, error) in unknown {
            removed.fail(self, join_remote(&path, &name), error);
        }
        let is_more_to_come = listing.is_cut_short() && !listing.entries.is_empty() && !only_show;
        let (last, entries) = match is_more_to_come {
            true => {
                look.takes(&listing.entries)?;
                // The rest appears once these are deleted.
                self.left_out.in_last = false;
                (Step::Look(look), listing.entries)
            }
            false => {
                let last = Step::Leave(look.path, look.failed_before);
                (last, self.take_entries(&path, listing))
            }
        };
        let inner =
            |entry: RemoteEntry| Step::Take(join_remote(&path, &entry.name), entry.kind, depth + 1);
        Ok(std::iter::once(last).chain(entries.into_iter().rev().map(inner)).collect())
    }

    async fn take_away(&mut self, verb: Verb, path: &[u8], only_show: bool) -> Result<(), Error> {
        if !only_show {
            match verb {
                Verb::Rmd => self.remove_directory(path).await?,
                _ => self.delete(path).await?,
            };
        }
        self.observer.event(Event::Removed { path, is_directory: verb == Verb::Rmd });
        Ok(())
    }
}

impl Removed {
    /// Records a failure, if any. Returns whether the deletion succeeded.
    fn settle(&mut self, client: &Client, path: Vec<u8>, result: Result<(), Error>) -> bool {
        let done = result.is_ok();
        if let Err(error) = result {
            self.fail(client, path, error);
        }
        done
    }

    fn fail(&mut self, client: &Client, remote: Vec<u8>, error: Error) {
        client.observer.event(Event::FileDone { remote: &remote, result: Err(&error) });
        self.failures.push(TreeFailure { remote, error });
    }
}

/// The kind of a path. A link is reported as a link, even if the server reports what it points to.
async fn kind_of(connection: &mut Connection, path: &[u8]) -> Result<EntryKind, Error> {
    let refusal = match stat_once(connection, path).await {
        Ok(RemoteEntry { kind: EntryKind::Directory, .. }) => None,
        Ok(entry) => return Ok(entry.kind),
        // A dangling link, or one that leads out of what the server shares, can still be deleted.
        Err(error) if is_refusal(&error) => Some(error),
        Err(error) => return Err(error),
    };
    let slash = path.iter().rposition(|&byte| byte == b'/');
    let (parent, name) = match slash {
        Some(0) => (&path[..1], &path[1..]),
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&b""[..], path),
    };
    let shown = match list_by_list(connection, parent).await {
        Err(error) if is_refusal(&error) => Shown::unasked(),
        // Some servers send an empty listing for a directory that they may not read.
        Ok(listing) if listing.is_surely_empty() => Shown::unasked(),
        listing => Shown::of(listing?).with_hidden(connection, parent, &[name]).await?,
    };
    let name = shown.spelling_of(name);
    match refusal {
        Some(error) if !shown.links.contains(name) => Err(error),
        _ => shown.kind_of(name),
    }
}

/// The entries of a directory. In MLSD some servers report a link as the directory it points to,
/// and deleting the contents of that directory would be a disaster; LIST shows links on all of
/// them. Directories that LIST does not show are left alone, and are returned separately with an
/// error.
async fn entries(
    connection: &mut Connection,
    path: &[u8],
) -> Result<(Listing, Vec<(Vec<u8>, Error)>), Error> {
    let mut listing = list_once(connection, path).await?;
    let entries = &mut listing.entries;
    if let Some(wrong) = entries.iter().find(|entry| leads_out(&entry.name)) {
        return Err(Error::unsafe_name(&wrong.name));
    }
    let directories = || entries.iter().filter(|entry| entry.kind == EntryKind::Directory);
    let names: Vec<_> = directories().map(|entry| entry.name.as_slice()).collect();
    if !names.is_empty() {
        let shown = match list_by_list(connection, path).await {
            Err(error) if is_refusal(&error) => Shown::default(),
            listing => Shown::of(listing?).with_hidden(connection, path, &names).await?,
        };
        let mut unknown = Vec::new();
        entries.retain_mut(|entry| match shown.kind_of(&entry.name) {
            Ok(kind) if entry.kind == EntryKind::Directory => {
                entry.kind = kind;
                true
            }
            Err(error) if entry.kind == EntryKind::Directory => {
                unknown.push((std::mem::take(&mut entry.name), error));
                false
            }
            _ => true,
        });
        return Ok((listing, unknown));
    }
    Ok((listing, Vec::new()))
}

/// What LIST shows of a directory.
struct Shown {
    links: HashSet<Vec<u8>>,
    /// Everything else it shows; `None` if LIST could not be used, so that a directory need not
    /// appear in it.
    others: Option<HashSet<Vec<u8>>>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { links: HashSet::new(), others: Some(HashSet::new()) }
    }
}

impl Shown {
    /// No listing is available; only the server's answers about the path itself count.
    fn unasked() -> Self {
        Self { links: HashSet::new(), others: None }
    }

    /// The spelling of a name in the listing, on a server that ignores case.
    fn spelling_of<'a>(&'a self, name: &'a [u8]) -> &'a [u8] {
        if self.kind_of(name).is_ok() {
            return name;
        }
        let wanted = without_case(name);
        let all = self.links.iter().chain(self.others.iter().flatten());
        let mut alike = all.filter(|listed| without_case(listed) == wanted);
        match (alike.next(), alike.next()) {
            (Some(listed), None) => listed,
            _ => name,
        }
    }

    fn of(listing: Listing) -> Self {
        let is_link = |entry: &RemoteEntry| entry.kind == EntryKind::Symlink;
        let (links, others): (Vec<_>, Vec<_>) = listing.entries.into_iter().partition(is_link);
        let names =
            |entries: Vec<RemoteEntry>| entries.into_iter().map(|entry| entry.name).collect();
        Self { links: names(links), others: Some(names(others)) }
    }

    /// Adds names that begin with a dot, if one of the requested names is such a name and missing.
    async fn with_hidden(
        mut self,
        connection: &mut Connection,
        path: &[u8],
        names: &[&[u8]],
    ) -> Result<Self, Error> {
        let is_hidden = |name: &&[u8]| name.starts_with(b".") && self.kind_of(name).is_err();
        if !names.iter().any(is_hidden) {
            return Ok(self);
        }
        match list_all_by_list(connection, path).await {
            // A server without this option takes it for a name.
            Err(error) if is_refusal(&error) => {}
            listing => {
                let all = Self::of(listing?);
                self.links.extend(all.links);
                self.others = self.others.zip(all.others).map(|(some, more)| &some | &more);
            }
        }
        Ok(self)
    }

    /// The real kind of an entry that MLSD or MLST reports as a directory: it may be a link.
    fn kind_of(&self, name: &[u8]) -> Result<EntryKind, Error> {
        match &self.others {
            _ if self.links.contains(name) => Ok(EntryKind::Symlink),
            // LIST does not show it, so it may still be a link.
            Some(others) if !others.contains(name) => {
                Err(Error::protocol(Phase::Command, no_links(name)))
            }
            _ => Ok(EntryKind::Directory),
        }
    }
}

/// The error for a directory that LIST does not show.
fn no_links(name: &[u8]) -> String {
    format!(
        "LIST does not show {:?}, so it may be a symbolic link and nothing in it was deleted; delete its contents by name",
        String::from_utf8_lossy(name)
    )
}
