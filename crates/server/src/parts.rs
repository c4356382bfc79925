//! What broken uploads have left, removed where `limits.keep-parts` says after how long: at the start, once an hour, and
//! when the setting changes. Whatever is served is gone through: the folders of the settings, and the roots and folders of
//! the accounts in the databases. Those that lie in others are met there, and not gone through twice.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::{AccountName, Database, Root, RootPlace};
use packetboat_store::{Error, LocalStorage, Progress, Result, Storage, Sweep, Time, VirtualPath};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::config::{Site, Sites};
use crate::event::{Event, EventKind, Sink};
use crate::files::now;
use crate::server::Shared;

/// So often parts are looked for.
const INTERVAL: Duration = Duration::from_secs(3_600);
/// So often it is looked whether the setting has changed.
const LOOK: Duration = Duration::from_secs(1);

/// Stops the work when nobody waits for it any more.
struct StopsWhenDropped(Arc<Progress>);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Shared {
    /// Looks for old parts for as long as the server runs.
    pub(crate) async fn sweep_parts(&self) {
        let mut last: Option<(Option<Duration>, Instant)> = None;
        loop {
            let live = self.live.now();
            let keep = live.config.keep_parts;
            let is_due = last.is_none_or(|(kept, at)| kept != keep || at.elapsed() >= INTERVAL);
            if is_due {
                last = Some((keep, Instant::now()));
                if let Some(keep) = keep {
                    let work = Work { sites: live.sites.clone(), sink: self.sink(), keep };
                    let progress = Arc::new(Progress::default());
                    let _stops = StopsWhenDropped(Arc::clone(&progress));
                    // One that panicked is tried again in an hour.
                    let _ = spawn_blocking(move || work.run(&progress)).await;
                }
            }
            drop(live);
            sleep(LOOK).await;
        }
    }
}

/// One look through everything.
struct Work {
    sites: Sites,
    sink: Arc<Sink>,
    keep: Duration,
}

/// A tree to go through.
enum Tree {
    Served(Arc<dyn Storage>),
    /// A folder of an account, opened when its turn comes: there may be many.
    OfAccount(RootPlace),
}

impl Tree {
    fn open(&self) -> Result<Arc<dyn Storage>> {
        match self {
            Self::Served(storage) => Ok(Arc::clone(storage)),
            Self::OfAccount(RootPlace { base, inside }) => {
                let inside = VirtualPath::root().join(inside.as_bytes())?;
                Ok(Arc::new(LocalStorage::open_beneath(base, &inside)?))
            }
        }
    }
}

impl Work {
    fn run(&self, progress: &Progress) {
        let trees = self.trees();
        let id = |tree: &Tree| Some(tree.open().ok()?.stat(&VirtualPath::root()).ok()?.unique);
        let tops: HashSet<_> = trees.iter().filter_map(|(_, tree)| id(tree)).collect();
        let mut walk = Walk {
            sink: &*self.sink,
            tree: String::new(),
            tops,
            met: HashSet::new(),
            failure: None,
            more: 0,
        };
        let keep = i64::try_from(self.keep.as_secs()).unwrap_or(i64::MAX);
        let before = Time { seconds: now().0.saturating_sub(keep), nanoseconds: 0 };
        for (name, tree) in trees {
            walk.tree = name;
            // A folder that is not there is told to who logs in to it.
            let Ok(storage) = tree.open() else { continue };
            match storage.remove_old_parts(before, &mut walk, progress) {
                Ok(()) => {}
                // The server ends.
                Err(error) if error.fault() == packetboat_codes::Fault::Stopped => return,
                Err(error) => walk.failed(error),
            }
        }
        walk.tell_failures();
    }

    /// Everything that is served, in words and as it is opened. The folders of the settings come first: most others lie in
    /// them.
    fn trees(&self) -> Vec<(String, Tree)> {
        let mut trees = Vec::new();
        let hosts =
            self.sites.hosts.iter().map(|(name, site)| (format!("the folder of {name}"), site));
        let sites: Vec<(String, &Arc<Site>)> =
            std::iter::once(("the shared folder".to_owned(), &self.sites.main))
                .chain(hosts)
                .collect();
        for (name, site) in &sites {
            trees.push((name.clone(), Tree::Served(Arc::clone(&site.storage))));
        }
        for (name, storage) in sites.iter().flat_map(|(_, site)| &site.mounts) {
            let name = format!("the folder {}", String::from_utf8_lossy(name));
            trees.push((name, Tree::Served(Arc::clone(storage))));
        }
        let mut paths = HashSet::new();
        for database in sites.iter().filter_map(|(_, site)| site.accounts.database()) {
            if paths.insert(database.path()) {
                self.add_of_accounts(database, &mut trees);
            }
        }
        trees
    }

    fn add_of_accounts(&self, database: &Database, trees: &mut Vec<(String, Tree)>) {
        let mut known = HashSet::new();
        let mut add = |name: &AccountName, what: String, root: &Root| {
            if let Some(place) = root.place(name.as_str().as_bytes())
                && known.insert((place.base.clone(), place.inside.clone()))
            {
                trees.push((what, Tree::OfAccount(place)));
            }
        };
        let mut records = Vec::new();
        let listed = database.for_each(|record| {
            records.push(record.clone());
            Ok::<(), std::convert::Infallible>(())
        });
        if let Err(error) = listed {
            let text = format!(
                "cannot look for old parts of its accounts: {error}; see to the database {}",
                database.path().display()
            );
            return self.tell("parts", text);
        }
        for record in records {
            // Whose values contradict each other cannot log in either.
            let Ok((effective, _)) = database.settled(&record) else { continue };
            let (terms, name) = (&effective.terms, &record.name);
            if let Some(root) = &terms.root {
                add(name, format!("the root of {name}"), root);
            }
            for (folder, root) in &terms.folders {
                add(name, format!("the folder {folder} of {name}"), root);
            }
        }
    }

    fn tell(&self, step: &'static str, text: String) {
        (self.sink)(&Event { session: 0, kind: EventKind::Server { step, text } });
    }
}

/// What was met on the way.
struct Walk<'a> {
    sink: &'a Sink,
    /// The tree that is gone through, in words.
    tree: String,
    /// The tops of all trees, by device and inode, and which of them were come to.
    tops: HashSet<(u64, u64)>,
    met: HashSet<(u64, u64)>,
    /// The first thing that could not be looked at, and how many came behind it.
    failure: Option<String>,
    more: usize,
}

impl Walk<'_> {
    /// Says once what could not be looked at.
    fn tell_failures(&self) {
        let Some(first) = &self.failure else { return };
        let others = match self.more {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let text = format!(
            "could not look for old parts everywhere: {first}{others}; see to its permissions"
        );
        (self.sink)(&Event { session: 0, kind: EventKind::Server { step: "parts", text } });
    }
}

impl Sweep for Walk<'_> {
    fn enters(&mut self, directory: (u64, u64)) -> bool {
        !self.tops.contains(&directory) || self.met.insert(directory)
    }

    fn removed(&mut self, path: &VirtualPath, len: u64, modified: i64) {
        let (tree, path) = (self.tree.clone(), path.as_bytes().to_vec());
        let kind = EventKind::PartRemoved { tree, path, bytes: len, modified };
        (self.sink)(&Event { session: 0, kind });
    }

    fn failed(&mut self, error: Error) {
        if self.failure.is_some() {
            self.more += 1;
            return;
        }
        self.failure = Some(format!("in {}: {error}", self.tree));
    }
}
