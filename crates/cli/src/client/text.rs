//! Numbers for people.

use std::fmt::Write as _;
use std::time::Duration;

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
        let _ = write!(text, ", {}/s", size((bytes as f64 / seconds) as u64));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
