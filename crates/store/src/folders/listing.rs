//! [`RootListing`]: the listing of the root when folders appear in it.

use crate::{Entry, Listing, Metadata, Result, VirtualPath};

/// The entries of the base that no folder hides, followed by the folders.
pub(super) struct RootListing {
    base: Box<dyn Listing>,
    /// Names of the folders, with their metadata if the listing has it.
    folders: Vec<(Vec<u8>, Option<Metadata>)>,
    /// Folders that are not available.
    absent: Vec<VirtualPath>,
    /// How many folders were returned so far. `None` until the base is exhausted.
    told: Option<usize>,
    /// The current entry of the base.
    name: Vec<u8>,
    metadata: Option<Metadata>,
    target: Option<Vec<u8>>,
}

impl RootListing {
    /// Lists the base and then the folders, leaving out base entries that an absent folder hides.
    pub(super) fn new(
        base: Box<dyn Listing>,
        folders: Vec<(Vec<u8>, Option<Metadata>)>,
        absent: Vec<VirtualPath>,
    ) -> Self {
        Self { base, folders, absent, told: None, name: Vec::new(), metadata: None, target: None }
    }
}

impl Listing for RootListing {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        while self.told.is_none() {
            let Some(entry) = self.base.next()? else {
                self.told = Some(0);
                break;
            };
            let is_absent = self.absent.iter().any(|at| at.file_name() == Some(entry.name));
            if is_absent || self.folders.iter().any(|(name, _)| name == entry.name) {
                continue;
            }
            self.name.clear();
            self.name.extend_from_slice(entry.name);
            self.target = entry.target.map(<[u8]>::to_vec);
            self.metadata = entry.metadata.copied();
            return Ok(Some(Entry {
                name: &self.name,
                metadata: self.metadata.as_ref(),
                target: self.target.as_deref(),
            }));
        }
        let told = self.told.get_or_insert(0);
        let next = self.folders.get(*told);
        *told += 1;
        Ok(next.map(|(name, metadata)| Entry { name, metadata: metadata.as_ref(), target: None }))
    }
}
