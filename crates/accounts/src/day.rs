//! Calendar days in UTC.

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// The first second after a day such as 2027-01-31, in seconds since 1970; `None` if there is no
/// such day.
pub(crate) fn end(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = bytes.get(range)?;
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let first = days(year, month, day)?;
    // A day that does not exist, such as February 30, comes back as another one.
    (text == name(first)).then_some((first + 1) * DAY)
}

/// The last day that begins before `end`, as text.
pub(crate) fn last(end: i64) -> String {
    name((end - 1).div_euclid(DAY))
}

/// A date in days since 1970. The year is counted from March, so that the leap day is its last day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let before = (153 * month + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + before - 719_468)
}

/// The date of a day, given in days since 1970.
fn name(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_when_the_next_begins() {
        assert_eq!(end("1970-01-01"), Some(DAY));
        assert_eq!(end("2000-02-29"), Some(951_868_800));
        assert_eq!(end("2027-01-31"), Some(1_801_440_000));
        for bad in [
            "",
            "2027",
            "2027-13-01",
            "2027-02-29",
            "20-27-0131",
            "2027-01-31x",
            "20270131",
            "2027-1-310",
            "1969-12-31",
        ] {
            assert_eq!(end(bad), None, "{bad}");
        }
        for day in ["1970-01-01", "2000-02-29", "2024-12-31", "2100-03-01"] {
            assert_eq!(end(day).map(last).as_deref(), Some(day));
        }
    }
}
