//! Removes old parts of unfinished uploads after the time in `limits.keep-parts`: at startup, once
//! an hour, and when the setting changes. The search covers everything that is served: the folders
//! of the settings, and the roots and folders of the accounts in the databases. A folder inside
//! another one is reached from there, and not searched twice.

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

/// How often to search for parts.
const INTERVAL: Duration = Duration::from_secs(3_600);
/// How often to check whether the setting has changed.
const LOOK: Duration = Duration::from_secs(1);

/// Stops the search when nobody waits for it any more.
struct StopsWhenDropped(Arc<Progress>);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Shared {
    /// Searches for old parts as long as the server runs.
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
                    // A search that panicked is repeated in an hour.
                    let _ = spawn_blocking(move || work.run(&progress)).await;
                }
            }
            drop(live);
            sleep(LOOK).await;
        }
    }
}

/// One search through everything that is served.
struct Work {
    sites: Sites,
    sink: Arc<Sink>,
    keep: Duration,
}

/// A tree to search.
enum Tree {
    Served(Arc<dyn Storage>),
    /// A folder of an account, only opened when its turn comes, since there may be many.
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
            // A missing folder is reported when its account logs in.
            let Ok(storage) = tree.open() else { continue };
            match storage.remove_old_parts(before, &mut walk, progress) {
                Ok(()) => {}
                // The server is stopping.
                Err(error) if error.fault() == packetboat_codes::Fault::Stopped => return,
                Err(error) => walk.failed(error),
            }
        }
        walk.tell_failures();
    }

    /// Everything that is served, with a description and a way to open it. The folders of the
    /// settings come first, because most others lie inside them.
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
                "cannot look for old parts of its accounts: {error}; check the database {}",
                database.path().display()
            );
            return self.tell("parts", text);
        }
        for record in records {
            // An account whose values contradict each other cannot log in either.
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

/// The state of a search.
struct Walk<'a> {
    sink: &'a Sink,
    /// The tree being searched, in words.
    tree: String,
    /// The top folders of all trees, by device and inode, and those already reached.
    tops: HashSet<(u64, u64)>,
    met: HashSet<(u64, u64)>,
    /// The first place that could not be searched, and the number of others.
    failure: Option<String>,
    more: usize,
}

impl Walk<'_> {
    /// Logs once what could not be searched.
    fn tell_failures(&self) {
        let Some(first) = &self.failure else { return };
        let others = match self.more {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let text = format!(
            "could not look for old parts everywhere: {first}{others}; check the permissions there"
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
