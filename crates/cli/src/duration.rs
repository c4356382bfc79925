//! Lengths of time on the command line: plain seconds, or a number and its unit.

use std::time::Duration;

/// Units and their length in seconds. `ms` comes before `s`, in which it ends too.
const UNITS: [(&str, f64); 5] =
    [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// The longest that makes sense; far from what overflows.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Reads `90`, `0.5`, `500ms`, `30s`, `5m`, `1h` or `1d`; never nothing, at most a year.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let unit = |(name, seconds)| Some((text.strip_suffix(name)?, seconds));
    let (number, seconds) = UNITS.into_iter().find_map(unit).unwrap_or((text, 1.0));
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = number.parse::<f64>().ok().filter(|_| plain);
    let length = number.and_then(|number| Duration::try_from_secs_f64(number * seconds).ok());
    length.filter(|length| !length.is_zero() && *length <= LONGEST).ok_or_else(|| {
        "give seconds, or a number with ms, s, m, h or d, such as 30, 500ms, 5m or 1h".to_owned()
    })
}

/// As [`parse`], from a second to a day.
pub(crate) fn parse_second_to_day(text: &str) -> Result<Duration, String> {
    let range = Duration::from_secs(1)..=Duration::from_secs(86_400);
    let length = parse(text)?;
    let outside = || "it has to be from 1s to 1d".to_owned();
    range.contains(&length).then_some(length).ok_or_else(outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_units_are_read() {
        let millis = |text| parse(text).map(|length| length.as_millis());
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
            let error = parse(bad).expect_err(bad);
            assert!(error.contains("500ms"), "{bad}: {error}");
        }
        assert!(parse_second_to_day("5m").is_ok() && parse_second_to_day("300").is_ok());
        assert!(parse_second_to_day("500ms").is_err() && parse_second_to_day("2d").is_err());
    }
}
