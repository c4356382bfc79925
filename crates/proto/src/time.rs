//! Time: the monotonic [`Instant`] of a session, the calendar [`Timestamp`] that MDTM and LIST
//! write, and the durations that people give in options and settings.

use std::fmt;
use std::time::Duration;

/// Time since a fixed point that the driver chooses; it never goes back. The protocol code reads no
/// clock: the driver passes the time in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Duration);

impl Instant {
    /// The instant a duration later.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    /// The time since an earlier instant; zero if that instant is later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Units and their length in seconds. `ms` comes before `s`, because it also ends in `s`.
const UNITS: [(&str, f64); 5] =
    [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// The longest duration that is accepted; far below any overflow.
pub const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Reads a duration: `90`, `0.5`, `500ms`, `30s`, `5m`, `1h` or `1d`; at most a year.
pub fn length(text: &str) -> Option<Duration> {
    let with_unit = |(name, unit): &(&str, f64)| Some((text.strip_suffix(name)?, *unit));
    let (number, seconds) = UNITS.iter().find_map(with_unit).unwrap_or((text, 1.0));
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = number.parse::<f64>().ok().filter(|_| plain)?;
    let length = Duration::try_from_secs_f64(number * seconds).ok()?;
    (length <= LONGEST).then_some(length)
}

/// Like [`length`], but refuses zero and explains an error to the person who wrote the value.
///
/// # Errors
/// A text for a person that says what to give instead.
pub fn parse_length(text: &str) -> Result<Duration, String> {
    let forms = "give seconds, or a number with ms, s, m, h or d, such as 30, 500ms, 5m or 1h";
    match length(text) {
        Some(length) if length.is_zero() => Err(format!(
            "it must be longer than 0; {forms}, or 1d or more for practically no limit"
        )),
        Some(length) => Ok(length),
        None => Err(forms.to_owned()),
    }
}

/// A point in calendar time, in seconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

/// A point in time in the Gregorian calendar, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Year; negative before year 0.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
}

const SECONDS_A_DAY: i64 = 86_400;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Timestamp {
    /// For people: `2000-02-29 12:34:56 UTC`.
    pub fn utc(self) -> String {
        let Calendar { year, month, day, hour, minute, second } = self.calendar();
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }

    /// Reads what [`utc`](Self::utc) writes.
    pub fn parse_utc(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
        Self::parse(&digits).filter(|time| time.utc() == text)
    }

    /// The calendar date and time. The calculation uses eras of 400 years that start on 1 March, so
    /// that the leap day is the last day of its year.
    pub fn calendar(self) -> Calendar {
        let days = self.0.div_euclid(SECONDS_A_DAY) + 719_468;
        let second = self.0.rem_euclid(SECONDS_A_DAY);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        // The arithmetic above keeps each value within the range of its field.
        Calendar {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month: month as u8,
            day: (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u8,
            hour: (second / 3_600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
        }
    }

    /// Reads `YYYYMMDDHHMMSS`, with an optional fraction that is dropped (RFC 3659 §2.3).
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (digits, fraction) = text.split_at_checked(14)?;
        let number =
            |range: std::ops::Range<usize>| crate::address::parse_number::<i64>(digits.get(range)?);
        let fraction_ok = match fraction {
            [] => true,
            [b'.', rest @ ..] => !rest.is_empty() && rest.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        let calendar = Calendar {
            year: number(0..4)?,
            month: number(4..6)? as u8,
            day: number(6..8)? as u8,
            hour: number(8..10)? as u8,
            minute: number(10..12)? as u8,
            // A leap second is read as the second before it.
            second: number(12..14).filter(|second| *second <= 60)?.min(59) as u8,
        };
        let timestamp = calendar.timestamp();
        // An impossible date (31 February) turns into another date.
        (fraction_ok && timestamp.calendar() == calendar).then_some(timestamp)
    }

    /// `Nov 24 01:48` within half a year before `now`, otherwise `Nov 24  2025`, as `ls -l` does.
    pub fn list_style(self, now: Self) -> impl fmt::Display {
        const HALF_A_YEAR: i64 = 182 * SECONDS_A_DAY;
        ListTime { calendar: self.calendar(), recent: (0..HALF_A_YEAR).contains(&(now.0 - self.0)) }
    }
}

impl Calendar {
    fn timestamp(self) -> Timestamp {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        let seconds =
            i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Timestamp(days * SECONDS_A_DAY + seconds)
    }
}

/// `YYYYMMDDHHMMSS`, as MDTM and the fact `modify` write it (RFC 3659 §2.3).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calendar { year, month, day, hour, minute, second } = self.calendar();
        write!(f, "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
    }
}

struct ListTime {
    calendar: Calendar,
    recent: bool,
}

impl fmt::Display for ListTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calendar { year, month, day, hour, minute, .. } = self.calendar;
        let month = MONTHS[usize::from(month) - 1];
        if self.recent {
            write!(f, "{month} {day:2} {hour:02}:{minute:02}")
        } else {
            write!(f, "{month} {day:2} {year:5}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_dates() {
        for (seconds, text) in [
            (0, "19700101000000"),
            (951_827_696, "20000229123456"),
            (-1, "19691231235959"),
            (4_102_444_800, "21000101000000"),
        ] {
            assert_eq!(Timestamp(seconds).to_string(), text);
            assert_eq!(Timestamp::parse(text.as_bytes()), Some(Timestamp(seconds)));
        }
        assert_eq!(Timestamp::parse(b"20000229123456.789"), Some(Timestamp(951_827_696)));
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in [
            "20250231000000",
            "20251301000000",
            "20250101240000",
            "2025",
            "20250101000000.",
            "",
            "2025010100000x",
        ] {
            assert_eq!(Timestamp::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_listing_shows_the_hour_for_recent_files_and_the_year_for_others() {
        let now = Timestamp(1_700_000_000);
        assert_eq!(Timestamp(1_699_999_000).list_style(now).to_string(), "Nov 14 21:56");
        assert_eq!(Timestamp(1_600_000_000).list_style(now).to_string(), "Sep 13  2020");
        assert_eq!(Timestamp(1_800_000_000).list_style(now).to_string(), "Jan 15  2027");
    }

    proptest! {
        #[test]
        fn times_survive_a_round_trip(seconds in -62_135_596_800_i64..253_402_300_800) {
            let time = Timestamp(seconds);
            prop_assert_eq!(Timestamp::parse(time.to_string().as_bytes()), Some(time));
        }
    }
}
