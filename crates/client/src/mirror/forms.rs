//! Names that a server or a file system stores in another form: in lower case, with another Unicode
//! normalization, or with replaced characters. Under such a name, a wanted file looks superfluous,
//! and the mirror must not delete it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use packetboat_proto::listing_parse::RemoteEntry;

use crate::client::Client;
use crate::error::Error;
use crate::local;
use crate::names::local_name;

/// The names that a mirror run adds to a remote directory.
#[derive(Debug)]
pub(crate) struct New {
    /// The directory.
    pub(crate) directory: Vec<u8>,
    /// The names in it.
    pub(crate) names: Vec<Vec<u8>>,
}

/// The result for the directory checked last. Superfluous entries come directory by directory, so
/// one is enough.
#[derive(Default)]
pub(crate) struct Forms {
    last: Option<(Arc<New>, Option<Vec<u8>>)>,
}

impl Forms {
    /// Fails if a remote directory does not list a name that was sent to it: the file then has
    /// another name there, perhaps that of an entry that looks superfluous.
    pub(crate) async fn check(&mut self, client: &mut Client, new: &Arc<New>) -> Result<(), Error> {
        if !self.last.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, new)) {
            let listed: HashSet<_> =
                client.list(&new.directory).await?.into_iter().map(|entry| entry.name).collect();
            // Some servers never list names that begin with a dot.
            let is_hidden = |name: &[u8]| name.starts_with(b".");
            let lists_hidden = listed.iter().any(|name| is_hidden(name));
            let mut shown = new.names.iter().filter(|name| lists_hidden || !is_hidden(name));
            let unlisted = shown.find(|name| !listed.contains(*name)).cloned();
            self.last = Some((Arc::clone(new), unlisted));
        }
        match &self.last {
            Some((_, Some(name))) => Err(Error::other_form(name)),
            _ => Ok(()),
        }
    }
}

/// The local names of remote entries that the local file system spells differently but finds by the
/// remote name.
pub(super) fn other_spellings(directory: &Path, entries: &[RemoteEntry]) -> HashSet<Vec<u8>> {
    let Ok(found) = std::fs::read_dir(directory) else { return HashSet::new() };
    let here: Vec<_> = found.flatten().map(|entry| entry.file_name()).collect();
    let names: HashSet<_> = here.iter().map(|name| local::to_bytes(name)).collect();
    let missing = entries.iter().filter(|entry| !names.contains(&entry.name));
    let mut spellings = HashSet::new();
    for entry in missing {
        let Ok(name) = local_name(&entry.name) else { continue };
        let wanted = directory.join(name);
        if wanted.symlink_metadata().is_err() {
            continue;
        }
        let is_it =
            |name: &&std::ffi::OsString| local::is_same_file(&directory.join(name), &wanted);
        spellings.extend(here.iter().filter(is_it).map(|name| local::to_bytes(name)));
    }
    spellings
}
