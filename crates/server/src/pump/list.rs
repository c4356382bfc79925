//! [`ListPump`]: LIST, NLST and MLSD. Sends entries to the socket as they are read, with the memory
//! of one buffer.

use packetboat_proto::listing::{EntryKind, ListEntry, ListWriter, Perm};
use packetboat_proto::pattern;
use packetboat_proto::time::Timestamp;
use packetboat_store::{Entry, Kind, Listing, Metadata};

use super::Outgoing;
use crate::lane::{Direction, Pump, PumpError, Step};
use crate::policy::Judge;
use crate::wire::Wire;

/// The buffer is sent once it contains this much.
const BUFFER: usize = 128 << 10;

/// What is listed.
pub(crate) enum ListSource {
    /// A directory, read as it is sent; with a pattern, the entries that match it.
    Directory { listing: Box<dyn Listing>, pattern: Option<Vec<u8>>, judge: Judge },
    /// One file.
    File { name: Vec<u8>, metadata: Metadata, perm: Perm },
}

/// Sends a listing.
pub(crate) struct ListPump {
    source: Option<ListSource>,
    writer: ListWriter,
    /// The prefix of each name, so that NLST's names can be used in commands.
    prefix: Vec<u8>,
    name: Vec<u8>,
    buffer: Outgoing,
}

impl ListPump {
    /// Creates a pump for a listing in the writer's format.
    pub(crate) fn new(source: ListSource, writer: ListWriter, prefix: Vec<u8>) -> Self {
        Self { source: Some(source), writer, prefix, name: Vec::new(), buffer: Outgoing::default() }
    }

    /// The next lines, for an encoder; `None` at the end.
    pub(super) fn lines(&mut self) -> Result<Option<&[u8]>, PumpError> {
        if self.source.is_none() {
            return Ok(None);
        }
        self.fill()?;
        Ok(Some(self.buffer.as_bytes()))
    }

    /// Fills the buffer, and drops the source at the end of the listing.
    fn fill(&mut self) -> Result<(), PumpError> {
        let out = self.buffer.refill();
        match &mut self.source {
            None => {}
            Some(ListSource::File { name, metadata, perm }) => {
                let entry = list_entry(name, metadata, None, *perm);
                self.writer.write(&entry, out);
                self.source = None;
            }
            Some(ListSource::Directory { listing, pattern, judge }) => {
                while out.len() < BUFFER {
                    let Some(entry) = listing.next()? else {
                        self.source = None;
                        return Ok(());
                    };
                    if !is_shown(&entry, pattern.as_deref()) || !judge.shows(entry.name) {
                        continue;
                    }
                    self.name.clear();
                    self.name.extend_from_slice(&self.prefix);
                    self.name.extend_from_slice(entry.name);
                    let metadata = entry.metadata.unwrap_or(&NOTHING);
                    let perm = judge.perm(entry.name, metadata.kind);
                    let line = list_entry(&self.name, metadata, entry.target, perm);
                    self.writer.write(&line, out);
                }
            }
        }
        Ok(())
    }
}

impl Pump for ListPump {
    fn direction(&self) -> Direction {
        Direction::Send
    }

    fn step(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        if !self.buffer.flush(wire, moved)? {
            return Ok(Step::Again);
        }
        self.fill()?;
        if self.source.is_some() {
            self.buffer.flush(wire, moved)?;
            return Ok(Step::Again);
        }
        Ok(if self.buffer.flush_last(wire, moved)? { Step::Done } else { Step::Again })
    }
}

/// Whether a name fits a line; a line break would turn one entry into two.
pub(crate) fn fits_a_line(name: &[u8]) -> bool {
    !name.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
}

fn is_shown(entry: &Entry<'_>, pattern: Option<&[u8]>) -> bool {
    fits_a_line(entry.name) && pattern.is_none_or(|pattern| pattern::matches(pattern, entry.name))
}

/// Stands in for the metadata if only names were requested.
const NOTHING: Metadata = Metadata {
    kind: Kind::File,
    len: 0,
    modified: 0,
    modified_nanos: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    links: 0,
    unique: (0, 0),
};

/// Converts an entry of the storage to one of the protocol.
pub(crate) fn list_entry<'a>(
    name: &'a [u8],
    metadata: &Metadata,
    target: Option<&'a [u8]>,
    perm: Perm,
) -> ListEntry<'a> {
    ListEntry {
        name,
        kind: match metadata.kind {
            Kind::File => EntryKind::File,
            Kind::Directory => EntryKind::Directory,
            Kind::Symlink => EntryKind::Symlink,
            Kind::Other => EntryKind::Other,
        },
        len: metadata.len,
        modified: Timestamp(metadata.modified),
        mode: metadata.mode,
        links: metadata.links,
        unique: metadata.unique,
        target,
        perm,
    }
}
