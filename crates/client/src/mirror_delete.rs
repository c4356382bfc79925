//! Deletes what the target of a mirror has and its source does not. If the number of deletions is
//! limited, everything is counted first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::client::Client;
use crate::error::Error;
use crate::local;
use crate::mirror::forms::{Forms, New};
use crate::mirror::{Mirror, MirrorReport};
use crate::observer::{Event, Observer, Plan, Silent};
use crate::options::Options;
use crate::tree::TreeFailure;

/// An entry to delete.
pub(crate) struct Superfluous {
    /// Its path on the server.
    pub(crate) remote: Vec<u8>,
    /// Its local path; empty if it is deleted from the server.
    pub(crate) local: PathBuf,
    /// The names that are added to its remote directory before the deletion.
    pub(crate) new: Option<Arc<New>>,
}

/// Deletes local entries.
pub(crate) fn delete_here(
    observer: &dyn Observer,
    mirror: &Mirror,
    superfluous: Vec<Superfluous>,
    report: &mut MirrorReport,
) {
    if mirror.max_delete.is_some() {
        let mut count = 0;
        for one in &superfluous {
            match entries(&one.local) {
                Ok(entries) => count += entries,
                Err(error) => {
                    let error = Error::local(&one.local, error);
                    return report.fail(observer, one.remote.clone(), error);
                }
            }
        }
        if report.spares(mirror, count) {
            return;
        }
    }
    for Superfluous { remote, local, .. } in superfluous {
        let path = local::to_bytes(local.as_os_str());
        observer.event(Event::Planned { plan: Plan::DeleteLocal, path: &path });
        if mirror.only_show {
            continue;
        }
        match delete(&local) {
            Ok(count) => report.deleted += count,
            Err(error) => report.fail(observer, remote, Error::local(&local, error)),
        }
    }
}

/// Deletes entries from the server.
pub(crate) async fn delete_there(
    options: Arc<Options>,
    observer: Arc<dyn Observer>,
    mirror: &Mirror,
    superfluous: Vec<Superfluous>,
    report: &mut MirrorReport,
) {
    if mirror.max_delete.is_some() {
        let mut client = Client::new(Arc::clone(&options), Arc::new(Silent));
        let mut count = 0;
        for one in &superfluous {
            let found = client.remove_tree(&one.remote, true, true).await;
            count += found.files + found.directories;
            let unseen = found.unseen.into_iter();
            let unseen = unseen.map(|remote| TreeFailure { remote, error: Error::not_all_seen() });
            let uncounted: Vec<_> = found.failures.into_iter().chain(unseen).collect();
            if !uncounted.is_empty() {
                // What cannot be counted may exceed the limit, so nothing is deleted.
                for TreeFailure { remote, error } in uncounted {
                    report.fail(&*observer, remote, error);
                }
                return client.quit().await;
            }
        }
        client.quit().await;
        if report.spares(mirror, count) {
            return;
        }
    }
    let mut client = Client::new(options, Arc::clone(&observer));
    let mut forms = Forms::default();
    for Superfluous { remote, new, .. } in superfluous {
        if let Some(new) = new.filter(|_| !mirror.only_show)
            && let Err(error) = forms.check(&mut client, &new).await
        {
            report.fail(&*observer, remote, error);
            continue;
        }
        observer.event(Event::Planned { plan: Plan::DeleteRemote, path: &remote });
        if mirror.only_show {
            continue;
        }
        let removed = client.remove_tree(&remote, false, true).await;
        report.deleted += removed.files + removed.directories;
        report.moved.failures.extend(removed.failures);
    }
    client.quit().await;
}

impl MirrorReport {
    /// Whether nothing may be deleted, because the count exceeds the limit.
    fn spares(&mut self, mirror: &Mirror, count: u64) -> bool {
        let spares = mirror.max_delete.is_some_and(|most| count > most);
        self.spared = if spares { count } else { 0 };
        spares
    }

    fn fail(&mut self, observer: &dyn Observer, remote: Vec<u8>, error: Error) {
        observer.event(Event::FileDone { remote: &remote, result: Err(&error) });
        self.moved.failures.push(TreeFailure { remote, error });
    }
}

/// The number of files and directories at a path, including itself. A link counts as one, whatever
/// it points to.
fn entries(path: &Path) -> io::Result<u64> {
    let mut count = 1;
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            count += entries(&entry?.path())?;
        }
    }
    Ok(count)
}

/// Deletes a path with everything in it, and returns the number of files and directories. A link is
/// deleted, not its target.
pub(crate) fn delete(path: &Path) -> io::Result<u64> {
    let count = entries(path)?;
    match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
    .map(|()| count)
}
