//! Sizes, times and counts as text for people.

use std::fmt::Write as _;
use std::time::Duration;

use packetboat_client::Checked;
use packetboat_proto::client::HashAlgorithm;

/// `12.4 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Floating point is precise enough for three digits.
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// What was transferred in a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved {
    /// The number of files.
    pub(crate) files: u64,
    /// The number of bytes in this run.
    pub(crate) bytes: u64,
    /// The number of files that continued an earlier transfer.
    pub(crate) resumed: u64,
    /// The number of bytes these already had.
    pub(crate) offset: u64,
    /// The number of files that were already complete.
    pub(crate) complete: u64,
}

/// `3 files, 12.4 MiB in 1.2 s, 10.3 MiB/s`. Small transfers have no rate, as it would say nothing
/// about the network.
pub(crate) fn summary(moved: &Moved, took: Duration) -> String {
    const WORTH_A_RATE: (u64, Duration) = (1024 * 1024, Duration::from_millis(100));
    let noun = if moved.files == 1 { "file" } else { "files" };
    let mut text = format!("{} {noun}, {} in {}", moved.files, size(moved.bytes), time(took));
    let (bytes, least) = WORTH_A_RATE;
    if moved.bytes >= bytes || (moved.bytes > 0 && took >= least) {
        // Floating point is precise enough for three digits. Writing to a string cannot fail.
        let rate = moved.bytes as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE);
        let _ = write!(text, ", {}/s", size(rate as u64));
    }
    let behind = size(moved.offset);
    let _ = match (moved.files, moved.resumed) {
        (_, 0) => Ok(()),
        (1, _) => write!(text, ", resumed at {behind}"),
        (_, resumed) => write!(text, ", {resumed} of them resumed after {behind} in total"),
    };
    if moved.complete > 0 {
        let _ = write!(text, ", {} of them already complete", moved.complete);
    }
    text
}

/// `1 file already the same, 2 entries deleted`.
pub(crate) fn same_and_deleted(same: u64, deleted: u64) -> String {
    let same = match same {
        0 => "no files already the same".to_owned(),
        1 => "1 file already the same".to_owned(),
        _ => format!("{same} files already the same"),
    };
    match deleted {
        0 => format!("{same}, nothing deleted"),
        1 => format!("{same}, 1 entry deleted"),
        _ => format!("{same}, {deleted} entries deleted"),
    }
}

/// The message about files that were not deleted because of --max-delete.
pub(crate) fn spared(count: u64, most: u64) -> String {
    let entries = if count == 1 { "file or directory" } else { "files and directories" };
    format!(
        "packetboat mirror: nothing was deleted: {count} {entries} would have been, but --max-delete allows {most}; \
         use -n without --max-delete to list them, or a larger number to delete them"
    )
}

/// `12 ms`, `1.2 s`, `2 min 05 s`.
pub(crate) fn time(took: Duration) -> String {
    match took.as_millis() {
        0 => "less than 1 ms".to_owned(),
        millis @ 1..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{:.1} s", took.as_secs_f64()),
        _ => format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60),
    }
}

/// `Compared with the server: 3 by hash (SHA-256).`
pub(crate) fn checks(checked: &Checked) -> Option<String> {
    let algorithm = checked.algorithm.map_or("", HashAlgorithm::name);
    let parts: Vec<String> = [
        (checked.by_hash, format!("by hash ({algorithm})")),
        (checked.by_size, "by length only, because the server has no hashes".to_owned()),
        (checked.not, "not at all, because the server reports neither hash nor length".to_owned()),
        (checked.converted, "not at all, because text was converted on the way".to_owned()),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, how)| format!("{count} {how}"))
    .collect();
    (!parts.is_empty()).then(|| format!("Compared with the server: {}.", parts.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_client::Check;

    #[test]
    fn checks_say_how() {
        let mut checked = Checked::default();
        assert_eq!(checks(&checked), None);
        checked.count(Some(Check::Hash(HashAlgorithm::Md5)));
        checked.count(Some(Check::Size));
        let text = checks(&checked).expect("a sentence");
        assert!(text.contains("1 by hash (MD5); 1 by length only"), "{text}");
        let mut checked = Checked::default();
        checked.count(Some(Check::Converted));
        let text = checks(&checked).expect("a sentence");
        assert_eq!(
            text,
            "Compared with the server: 1 not at all, because text was converted on the way."
        );
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            (size(0), size(1023), size(1536)),
            ("0 B".into(), "1023 B".into(), "1.5 KiB".into())
        );
        assert_eq!(size(u64::MAX), "16384.0 PiB");
        let moved = Moved { files: 3, bytes: 13_002_342, ..Moved::default() };
        let text = summary(&moved, Duration::from_millis(1200));
        assert_eq!(text, "3 files, 12.4 MiB in 1.2 s, 10.3 MiB/s");
        let moved = Moved { resumed: 2, offset: 3 << 20, ..moved };
        let text = summary(&moved, Duration::from_secs(125));
        let resumed = "2 of them resumed after 3.0 MiB in total";
        assert_eq!(text, format!("3 files, 12.4 MiB in 2 min 05 s, 101.6 KiB/s, {resumed}"));
        let moved = Moved { files: 1, bytes: 22, resumed: 1, offset: 1536, ..Moved::default() };
        let text = summary(&moved, Duration::from_micros(2700));
        assert_eq!(text, "1 file, 22 B in 2 ms, resumed at 1.5 KiB");
        let moved = Moved { files: 5, complete: 4, ..Moved::default() };
        let text = summary(&moved, Duration::from_millis(60));
        assert_eq!(text, "5 files, 0 B in 60 ms, 4 of them already complete");
        let text = summary(&Moved { files: 1, ..Moved::default() }, Duration::ZERO);
        assert_eq!(text, "1 file, 0 B in less than 1 ms");
    }
}
