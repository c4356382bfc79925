//! What a listing of the root shows where folders appear in it.

use crate::{Entry, Listing, Metadata, Result, VirtualPath};

/// The root: what the base has there and no folder hides, then the folders.
pub(super) struct RootListing {
    base: Box<dyn Listing>,
    /// Folders by their names, with what they are if that is told.
    folders: Vec<(Vec<u8>, Option<Metadata>)>,
    /// Those that cannot be had.
    absent: Vec<VirtualPath>,
    /// How many of them were told, once the base has no more.
    told: Option<usize>,
    /// The entry of the base at hand.
    name: Vec<u8>,
    metadata: Option<Metadata>,
    target: Option<Vec<u8>>,
}

impl RootListing {
    /// What the base lists, then the folders; what the names of absent ones hide is left out.
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
