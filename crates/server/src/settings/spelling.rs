//! How durations, sizes and rates are written, both in the file and on the command line.

use std::time::Duration;

/// A second.
pub const SECOND: Duration = Duration::from_secs(1);
/// A day.
pub const DAY: Duration = Duration::from_secs(86_400);

/// Writes a duration as [`time`] reads it, in the largest unit that fits.
pub fn show_time(length: Duration) -> String {
    let millis = length.as_millis();
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let fits = units.iter().find(|(_, unit)| millis >= *unit && millis.is_multiple_of(*unit));
    match fits {
        Some((name, unit)) => format!("{}{name}", millis / unit),
        None if millis == 0 => "0s".to_owned(),
        None => format!("{millis}ms"),
    }
}

pub(super) use packetboat_proto::time::LONGEST;
pub use packetboat_proto::time::{length as time, parse_length as parse_time};

pub use packetboat_accounts::size::{parse as size, parse_rate as rate, show as show_size};

/// Writes text as a TOML string.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown() {
        let millis = |text| parse_time(text).map(|length| length.as_millis());
        for (text, expected) in [
            ("30", 30_000),
            ("0.5", 500),
            ("500ms", 500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1.5h", 5_400_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
        for bad in
            ["", "0", "0s", "-1", "+1", "1e3", "inf", "nan", "5 m", "m", "5x", "400d", "1..5"]
        {
            let error = parse_time(bad).expect_err(bad);
            assert!(error.contains("500ms"), "{bad}: {error}");
        }
        for text in ["0s", "500ms", "90s", "5m", "1h", "2d"] {
            assert_eq!(time(text).map(show_time).as_deref(), Some(text));
        }
    }

    #[test]
    fn strings_are_quoted_so_that_toml_reads_them_back() {
        for text in ["plain", "C:\\x", "say \"no\"", "a\nb\tc\u{1}"] {
            let document = format!("x = {}", quoted(text));
            let read = toml::de::DeTable::parse(&document).expect("a document");
            let value = read.get_ref().get("x").expect("x").get_ref();
            assert_eq!(value.as_str(), Some(text));
        }
    }
}
