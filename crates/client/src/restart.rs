//! [`RestartPoint`]: where a broken transfer can be resumed by a marker (RFC 959 §3.5). It pairs
//! the offset in the local file with the server's marker. For a download it is saved in a file
//! beside the part, so that a later run can use it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use packetboat_proto::encoding::{Format, Marker};

use crate::encoded::{mode_argument, structure_argument, type_argument};

/// A position known to both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RestartPoint {
    /// The offset in the local file.
    pub(crate) offset: u64,
    /// The argument of REST.
    pub(crate) marker: Marker,
}

impl RestartPoint {
    /// Saves the point beside a part, in one step. Existing files with its names are replaced, not
    /// written to: they may be links planted by another user.
    pub(crate) fn write_beside(&self, part: &Path, format: Format) -> io::Result<()> {
        let line = format!("{} {} {}\n", self.offset, letters(format), self.marker);
        let (new, path) = (beside(part, NEW_MARKER), beside(part, MARKER));
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::File::create_new(&new)?.write_all(line.as_bytes())?,
        }
        fs::rename(new, path)
    }

    /// The point saved beside a part, if it is for this format and the part is long enough.
    pub(crate) fn beside(part: &Path, format: Format) -> Option<Self> {
        let path = beside(part, MARKER);
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let line = fs::read_to_string(path).ok()?;
        let mut words = line.split_whitespace();
        let offset = words.next()?.parse().ok()?;
        if words.next()? != letters(format) || fs::metadata(part).ok()?.len() < offset {
            return None;
        }
        Some(Self { offset, marker: Marker::new(words.next()?.as_bytes())? })
    }
}

/// Deletes the point saved beside a part.
pub(crate) fn forget(part: &Path) {
    // Most parts have none. If it cannot be deleted, it does not fit the next part and is not used.
    let _ = fs::remove_file(beside(part, MARKER));
}

/// The suffix, appended to the name of the download, of the file with the saved point.
pub(crate) const MARKER_SUFFIX: &str = ".pbpart-marker";
/// The suffix while that file is being written.
pub(crate) const NEW_MARKER_SUFFIX: &str = ".pbpart-marker-new";

const MARKER: &str = "-marker";
const NEW_MARKER: &str = "-marker-new";

fn beside(part: &Path, end: &str) -> PathBuf {
    let mut name = part.file_name().map(OsString::from).unwrap_or_default();
    name.push(end);
    part.with_file_name(name)
}

/// The format as text. A marker is only valid under the same TYPE, STRU and MODE.
fn letters(format: Format) -> String {
    let representation = type_argument(format).replace(' ', "");
    let (structure, mode) = (structure_argument(format.structure), mode_argument(format.mode));
    format!("{representation}{structure}{mode}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_proto::encoding::{FileStructure, RepresentationType, TransmissionMode};

    #[test]
    fn a_point_is_read_back_where_it_fits() {
        let folder = tempfile::tempdir().expect("a folder");
        let part = folder.path().join("f.pbpart");
        let format = Format {
            representation: RepresentationType::Image,
            mode: TransmissionMode::Block,
            ..Format::default()
        };
        let marker = Marker::new(b"here").expect("a marker");
        let point = RestartPoint { offset: 3, marker };
        fs::write(&part, "abc").expect("a part");
        assert_eq!(RestartPoint::beside(&part, format), None);
        point.write_beside(&part, format).expect("a note");
        assert_eq!(RestartPoint::beside(&part, format), Some(point));
        let records = Format { structure: FileStructure::Record, ..format };
        assert_eq!(RestartPoint::beside(&part, records), None);
        fs::write(&part, "ab").expect("a shorter part");
        assert_eq!(RestartPoint::beside(&part, format), None);
        fs::write(&part, "abc").expect("a part");
        assert_eq!(RestartPoint::beside(&part, format).map(|point| point.offset), Some(3));
        forget(&part);
        assert_eq!(RestartPoint::beside(&part, format), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_point_is_neither_written_nor_read_through_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (part, precious) = (folder.path().join("f.pbpart"), folder.path().join("precious"));
        let format = Format { mode: TransmissionMode::Block, ..Format::default() };
        let point = RestartPoint { offset: 0, marker: Marker::new(b"here").expect("a marker") };
        fs::write(&part, "abc").expect("a part");
        fs::write(&precious, format!("0 {} here\n", letters(format))).expect("a file");
        let before = fs::read(&precious).expect("a file");
        for end in [MARKER, NEW_MARKER] {
            std::os::unix::fs::symlink("precious", beside(&part, end)).expect("a link");
        }
        assert_eq!(RestartPoint::beside(&part, format), None);
        point.write_beside(&part, format).expect("a note");
        assert_eq!(fs::read(&precious).expect("a file"), before);
        assert_eq!(RestartPoint::beside(&part, format), Some(point));
        assert!(!beside(&part, NEW_MARKER).exists());
    }
}
