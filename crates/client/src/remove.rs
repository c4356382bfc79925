//! Deleting a directory with everything in it, entry by entry: what is in a directory goes before the
//! directory itself, and a link is deleted, never followed.

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

/// How the removal of a tree went.
#[derive(Debug, Default)]
pub struct Removed {
    /// How many files and links are gone.
    pub files: u64,
    /// How many directories are gone.
    pub directories: u64,
    /// What failed. The rest was removed all the same.
    pub failures: Vec<TreeFailure>,
    /// Directories that have more in them than their listings showed, where nothing was removed that would show the rest.
    pub unseen: Vec<Vec<u8>>,
}

enum Step {
    /// Remove this, and what is in it.
    Take(Vec<u8>, EntryKind, usize),
    /// Remove this directory, whose entries are gone; so many things had failed before them.
    Leave(Vec<u8>, usize),
    /// List this directory, for the first time or once more, since the server lists no more than so many entries at a time.
    Look(Look),
}

/// A directory that is to be listed.
struct Look {
    path: Vec<u8>,
    depth: usize,
    /// So many things had failed before it.
    failed_before: usize,
    /// What earlier listings have shown, and what the server says that it has deleted.
    gone: HashSet<Vec<u8>>,
}

impl Look {
    /// Takes note of what goes before the next listing. A name may come again, since others may make such a file anew; but a
    /// listing of such names alone would come again and again.
    fn takes(&mut self, entries: &[RemoteEntry]) -> Result<(), Error> {
        let known = self.gone.len();
        self.gone.extend(entries.iter().map(|entry| entry.name.clone()));
        match self.gone.len() > known {
            true => Ok(()),
            false => Err(Error::protocol(Phase::Command, NOT_GONE)),
        }
    }
}

/// Why a directory is not listed for ever.
const NOT_GONE: &str = "the server says that there is more in it, and lists only what it said it had deleted, so it is given \
                        up; see with `packetboat ls` what is still there, and ask the server's operator why";

/// Why a directory keeps its entries.
const TOO_DEEP: &str = "it is nested too deep: the server may be leading in a circle";

impl Client {
    /// Deletes a file, or a directory with everything in it. With `only_show` nothing is deleted: the
    /// observer hears what would be. With `force` it need not be there.
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

    /// Takes one step, which may bring further ones.
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
            // It still has in it what could not be removed, which is told already.
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
                // All that its listing has shown is gone.
                let result = result.map_err(|error| match error.settled() {
                    Some(Finding::NotEmpty) => error.with_finding(Finding::SeemsEmpty),
                    _ => error,
                });
                removed.directories += u64::from(removed.settle(self, path, result));
            }
        }
    }

    /// The steps that a directory takes, the last one first.
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
                // The rest shows once these are gone.
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
    /// Takes note of a failure; whether it was none.
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

/// What is there under a path; a link is a link, even where the server tells what it points to.
async fn kind_of(connection: &mut Connection, path: &[u8]) -> Result<EntryKind, Error> {
    let refusal = match stat_once(connection, path).await {
        Ok(RemoteEntry { kind: EntryKind::Directory, .. }) => None,
        Ok(entry) => return Ok(entry.kind),
        // A link that leads nowhere, or out of what is shared, can still be deleted.
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
        // Some servers answer with nothing where they may not look.
        Ok(listing) if listing.is_surely_empty() => Shown::unasked(),
        listing => Shown::of(listing?).with_hidden(connection, parent, &[name]).await?,
    };
    let name = shown.spelling_of(name);
    match refusal {
        Some(error) if !shown.links.contains(name) => Err(error),
        _ => shown.kind_of(name),
    }
}

/// What is in a directory. Some servers tell with MLSD what a link points to and keep silent on the link, and
/// to remove what is in there would be a disaster; LIST shows links on every one of them. What it does not show stays, and
/// comes back by itself.
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
    /// What else it shows; `None` where it is not asked to show a thing before that counts as a directory.
    others: Option<HashSet<Vec<u8>>>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { links: HashSet::new(), others: Some(HashSet::new()) }
    }
}

impl Shown {
    /// Nothing shows what a thing is but its own answers.
    fn unasked() -> Self {
        Self { links: HashSet::new(), others: None }
    }

    /// A name as it is listed, by a server that does not tell upper and lower case apart.
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

    /// With names that have a dot in front, if one that is asked for is missing.
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
            // A server that knows no such option takes it for a name.
            Err(error) if is_refusal(&error) => {}
            listing => {
                let all = Self::of(listing?);
                self.links.extend(all.links);
                self.others = self.others.zip(all.others).map(|(some, more)| &some | &more);
            }
        }
        Ok(self)
    }

    /// What goes for a directory elsewhere: a link where it is one.
    fn kind_of(&self, name: &[u8]) -> Result<EntryKind, Error> {
        match &self.others {
            _ if self.links.contains(name) => Ok(EntryKind::Symlink),
            // What is not shown may be a link all the same.
            Some(others) if !others.contains(name) => {
                Err(Error::protocol(Phase::Command, no_links(name)))
            }
            _ => Ok(EntryKind::Directory),
        }
    }
}

/// Why nothing is removed where links cannot be seen.
fn no_links(name: &[u8]) -> String {
    format!(
        "LIST does not show {:?}, so it is unknown whether that is a link, and nothing in it is deleted; delete what is in \
         it by name",
        String::from_utf8_lossy(name)
    )
}
