//! Numbers for people.

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
    // Precise enough: three digits are shown.
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `3 files, 12.4 MiB in 1.2 s, 10.3 MiB/s`.
pub(crate) fn summary(files: u64, bytes: u64, took: Duration) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    let seconds = took.as_secs_f64();
    let mut text = format!("{files} {noun}, {} in {seconds:.1} s", size(bytes));
    if seconds > 0.0 && bytes > 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, ", {}/s", size((bytes as f64 / seconds) as u64));
    }
    text
}

/// `1 file was the same already, 2 entries deleted`.
pub(crate) fn same_and_deleted(same: u64, deleted: u64) -> String {
    let same = match same {
        0 => "no file was the same already".to_owned(),
        1 => "1 file was the same already".to_owned(),
        _ => format!("{same} files were the same already"),
    };
    match deleted {
        0 => format!("{same}, nothing deleted"),
        1 => format!("{same}, 1 entry deleted"),
        _ => format!("{same}, {deleted} entries deleted"),
    }
}

/// `Compared with the server: 3 by hash (SHA-256).`
pub(crate) fn checks(checked: &Checked) -> Option<String> {
    let algorithm = checked.algorithm.map_or("", HashAlgorithm::name);
    let parts: Vec<String> = [
        (checked.by_hash, format!("by hash ({algorithm})")),
        (checked.by_size, "by length only, since the server tells no hash".to_owned()),
        (checked.not, "not at all, since the server tells neither hash nor length".to_owned()),
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
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            (size(0), size(1023), size(1536)),
            ("0 B".into(), "1023 B".into(), "1.5 KiB".into())
        );
        assert_eq!(size(u64::MAX), "16384.0 PiB");
        let text = summary(3, 13_002_342, Duration::from_millis(1200));
        assert_eq!(text, "3 files, 12.4 MiB in 1.2 s, 10.3 MiB/s");
        assert_eq!(summary(1, 0, Duration::ZERO), "1 file, 0 B in 0.0 s");
    }
}
