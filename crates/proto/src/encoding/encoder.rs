//! [`Encoder`]: turns the bytes of a file into those of the wire.

use memchr::memchr;

use super::mode::ModeEncoder;
use super::page::{self, PageEncoder};
use super::text::TextEncoder;
use super::{FileStructure, Format, Marker, RepresentationType, Settings, Unsupported};

/// A piece passes through the layers in parts of this size, so that the buffer between two layers
/// stays small.
const PART: usize = 32 << 10;

/// Turns the bytes of a file into those of the data connection.
#[derive(Debug)]
pub struct Encoder {
    format: Format,
    text: TextEncoder,
    pages: PageEncoder,
    mode: ModeEncoder,
    /// The buffer between two layers.
    between: Vec<u8>,
    offset: u64,
    markers: Option<Markers>,
}

/// When restart markers are written.
#[derive(Debug)]
struct Markers {
    interval: u64,
    /// The offset from which on the next marker is due.
    due: u64,
}

impl Encoder {
    /// An encoder for one file.
    ///
    /// # Errors
    ///
    /// TYPE and STRU cannot be combined.
    pub fn new(format: Format, settings: &Settings) -> Result<Self, Unsupported> {
        format.check()?;
        let interval = settings.marker_interval.filter(|&interval| interval > 0);
        let interval = interval.filter(|_| format.keeps_connection());
        Ok(Self {
            format,
            text: TextEncoder::new(format.representation, settings),
            pages: PageEncoder::default(),
            mode: ModeEncoder::new(format, settings),
            between: Vec::new(),
            offset: 0,
            markers: interval.map(|interval| Markers { interval, due: interval }),
        })
    }

    /// Sets the offset in the file of the first byte to encode, after REST. Call it before you
    /// encode anything. In STRU P a page must start there, see [`Format::can_start_at`].
    pub fn start_at(&mut self, offset: u64) {
        debug_assert!(self.format.can_start_at(offset), "no page starts at {offset}");
        self.move_to(offset);
        self.pages = PageEncoder::starting_at(offset);
    }

    /// Appends the piece in its form for the wire. In MODE B and C a restart marker, the decimal
    /// offset in the file, follows each `marker_interval` bytes, or soon after, at a position where
    /// sending can restart.
    pub fn encode(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while !piece.is_empty() {
            let (length, marked) = self.next_part(piece);
            let (part, rest) = piece.split_at(length);
            self.encode_part(part, out);
            self.offset += length as u64;
            piece = rest;
            if marked {
                self.mode.marker(&Marker::at(self.offset), out);
                self.move_to(self.offset);
            }
        }
    }

    /// Call this if the file has a hole up to this offset. STRU P leaves out the pages of the hole;
    /// in other structures nothing happens, and the caller encodes the zeros of the hole as bytes.
    pub fn skip_to(&mut self, offset: u64, out: &mut Vec<u8>) {
        if self.format.structure != FileStructure::Page || offset <= self.offset {
            return;
        }
        self.between.clear();
        self.pages.skip_to(offset, &mut self.between);
        self.mode.data(&self.between, out);
        self.offset = offset;
    }

    /// Appends the end of the file.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.format.structure == FileStructure::Page {
            self.between.clear();
            self.pages.finish(&mut self.between);
            self.mode.data(&self.between, out);
        }
        self.mode.finish(self.format.structure == FileStructure::Record, out);
    }

    fn encode_part(&mut self, part: &[u8], out: &mut Vec<u8>) {
        match (self.format.structure, &mut self.mode) {
            (FileStructure::File, ModeEncoder::Stream) => self.text.encode(part, out),
            (FileStructure::File, mode) if matches!(self.text, TextEncoder::Image) => {
                mode.data(part, out);
            }
            (FileStructure::File, mode) => {
                self.between.clear();
                self.text.encode(part, &mut self.between);
                mode.data(&self.between, out);
            }
            (FileStructure::Record, mode) => {
                let (lines, line_end) = self.text.lines(part, &mut self.between);
                mode.records(lines, line_end, out);
            }
            (FileStructure::Page, mode) => {
                self.between.clear();
                self.pages.encode(part, &mut self.between);
                mode.data(&self.between, out);
            }
        }
    }

    /// Sets the offset and the distance to the next marker.
    fn move_to(&mut self, offset: u64) {
        self.offset = offset;
        if let Some(markers) = &mut self.markers {
            markers.due = offset.saturating_add(markers.interval);
        }
    }

    /// How much of the piece to encode next, and whether a marker follows it.
    fn next_part(&self, piece: &[u8]) -> (usize, bool) {
        let longest = piece.len().min(PART);
        let Some(markers) = &self.markers else { return (longest, false) };
        // A marker follows at least one byte.
        let distance = markers.due.saturating_sub(self.offset).max(1);
        let place = usize::try_from(distance)
            .ok()
            .filter(|&from| from <= longest)
            .and_then(|from| self.restart_place(&piece[..longest], from));
        place.map_or((longest, false), |place| (place, true))
    }

    /// The first position, after `from` bytes or more (at least one), where an encoder can restart:
    /// between records or pages, and in TYPE A not between CR and LF.
    fn restart_place(&self, part: &[u8], from: usize) -> Option<usize> {
        match (self.format.structure, self.format.representation) {
            (FileStructure::Record, _) => memchr(b'\n', &part[from - 1..]).map(|at| at + from),
            (FileStructure::Page, _) => {
                let place = page::next_start(self.offset + from as u64) - self.offset;
                usize::try_from(place).ok().filter(|&place| place <= part.len())
            }
            (FileStructure::File, RepresentationType::Ascii) => {
                (from..=part.len()).find(|&place| part[place - 1] != b'\r')
            }
            (FileStructure::File, _) => Some(from),
        }
    }
}
