//! [`Windows`]: weekly time windows in UTC, such as `mon-fri 22:00-06:00`, `sat,sun` or
//! `12:00-13:00`. A window that ends before it begins ends on the next day.

use std::fmt;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// Minutes of a week.
const WEEK: i64 = 7 * DAY;
/// 1970 began on a Thursday.
const FIRST: i64 = 3 * DAY;

/// A weekly time window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Whether it begins on this day of the week; the first is Monday.
    days: [bool; 7],
    /// Minutes of the day; 0 to 0 is the whole day.
    from: i64,
    to: i64,
}

/// Several time windows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<Window>);

impl Windows {
    /// Windows from a list.
    pub fn new(windows: Vec<Window>) -> Self {
        Self(windows)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a window is open at a time in seconds since 1970.
    pub fn contain(&self, at: i64) -> bool {
        self.0.iter().any(|window| window.end_after(minute(at)).is_some())
    }

    /// If a window is open, until when the windows stay open without a gap, in seconds since 1970;
    /// at most a week ahead.
    pub fn open_until(&self, at: i64) -> Option<i64> {
        let begin = at.div_euclid(60);
        let mut until = begin;
        while until < begin + WEEK {
            let ends = self
                .0
                .iter()
                .filter_map(|window| window.end_after((until + FIRST).rem_euclid(WEEK)));
            match ends.max() {
                Some(more) => until += more,
                None => break,
            }
        }
        (until > begin).then_some(until * 60)
    }
}

impl Window {
    /// Reads a window.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "{text:?} is not a weekly time; give one such as \"mon-fri 22:00-06:00\", \
                    \"sat,sun\" or \"12:00-13:00\" (UTC)"
            )
        };
        let mut words = text.split_whitespace();
        let (first, second) = (words.next().ok_or_else(bad)?, words.next());
        if words.next().is_some() {
            return Err(bad());
        }
        let (days, times) = match second {
            Some(times) => (Some(first), Some(times)),
            None if first.starts_with(|character: char| character.is_ascii_digit()) => {
                (None, Some(first))
            }
            None => (Some(first), None),
        };
        let days = days.map_or(Some([true; 7]), parse_days).ok_or_else(bad)?;
        let (from, to) = times.map_or(Some((0, 0)), parse_times).ok_or_else(bad)?;
        Ok(Self { days, from, to })
    }

    /// How many more minutes the window is open, if it is open at this minute of the week.
    fn end_after(&self, minute: i64) -> Option<i64> {
        let length = match (self.to - self.from).rem_euclid(DAY) {
            0 => DAY,
            length => length,
        };
        let begins = (0..)
            .zip(self.days)
            .filter(|(_, begins)| *begins)
            .map(|(day, _)| day * DAY + self.from);
        let since = begins.map(|begin| (minute - begin).rem_euclid(WEEK));
        since.filter(|since| *since < length).map(|since| length - since).max()
    }
}

/// The minute of the week; the week begins on Monday.
fn minute(at: i64) -> i64 {
    (at.div_euclid(60) + FIRST).rem_euclid(WEEK)
}

fn parse_days(text: &str) -> Option<[bool; 7]> {
    let day = |text: &str| DAYS.iter().position(|known| text.eq_ignore_ascii_case(known));
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        let count = (last + 7 - first) % 7;
        (0..=count).for_each(|next| days[(first + next) % 7] = true);
    }
    Some(days)
}

fn parse_times(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str, last: i64| {
        let (hours, minutes) = text.split_once(':')?;
        let number = |text: &str| match text.len() {
            2 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<i64>().ok(),
            _ => None,
        };
        let minute = number(hours)? * 60 + number(minutes).filter(|minutes| *minutes < 60)?;
        (minute <= last).then_some(minute % DAY)
    };
    let (from, to) = (time(from, DAY - 1)?, time(to, DAY)?);
    // A window from a time to the same time is the whole day only at midnight.
    (from != to || from == 0).then_some((from, to))
}

/// In the form that [`Window::parse`] reads.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.days == [true; 7];
        let whole = (self.from, self.to) == (0, 0);
        if !all {
            let days = DAYS.iter().zip(self.days).filter(|(_, begins)| *begins);
            f.write_str(&days.map(|(name, _)| *name).collect::<Vec<_>>().join(","))?;
        }
        if !all && !whole {
            f.write_str(" ")?;
        }
        if all || !whole {
            let to = if self.to == 0 { DAY } else { self.to };
            let (from, minutes) = (self.from / 60, self.from % 60);
            write!(f, "{from:02}:{minutes:02}-{:02}:{:02}", to / 60, to % 60)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23, a Monday, at midnight.
    const MONDAY: i64 = 1_795_392_000;

    fn windows(texts: &[&str]) -> Windows {
        Windows(texts.iter().map(|text| Window::parse(text).expect("a window")).collect())
    }

    fn at(day: i64, hours: i64, minutes: i64) -> i64 {
        MONDAY + ((day * 24 + hours) * 60 + minutes) * 60
    }

    #[test]
    fn nights_end_on_the_next_day() {
        let nights = windows(&["mon-fri 22:00-06:00"]);
        assert!(!nights.contain(at(0, 5, 59)), "Sunday's night is none");
        assert!(!nights.contain(at(0, 21, 59)) && nights.contain(at(0, 22, 0)));
        assert!(nights.contain(at(1, 5, 59)) && !nights.contain(at(1, 6, 0)));
        assert!(nights.contain(at(5, 5, 59)), "Friday's night ends on Saturday");
        assert!(!nights.contain(at(5, 22, 0)));
        assert_eq!(nights.open_until(at(0, 23, 30)), Some(at(1, 6, 0)));
        assert_eq!(nights.open_until(at(1, 6, 0)), None);
    }

    #[test]
    fn times_that_meet_are_one() {
        let weekend = windows(&["sat,sun", "mon 00:00-08:00", "fri 18:00-24:00"]);
        assert_eq!(weekend.open_until(at(4, 20, 0)), Some(at(7, 8, 0)));
        assert!(
            windows(&["00:00-24:00"]).open_until(MONDAY).is_some_and(|until| until >= at(7, 0, 0))
        );
        assert!(!Windows::default().contain(MONDAY));
        assert_eq!(windows(&["12:00-13:00"]).open_until(at(3, 12, 59)), Some(at(3, 13, 0)));
        // From Saturday across the end of the week to Monday.
        assert!(
            windows(&["sat-mon"]).contain(at(0, 1, 0))
                && !windows(&["sat-mon"]).contain(at(1, 1, 0))
        );
    }

    #[test]
    fn texts_survive_a_round_trip_and_others_are_refused() {
        for text in ["mon,tue,wed,thu,fri 22:00-06:00", "sat,sun", "12:00-13:00", "00:00-24:00"] {
            assert_eq!(Window::parse(text).map(|window| window.to_string()).as_deref(), Ok(text));
        }
        for bad in [
            "",
            "never",
            "mon-",
            "22:00",
            "24:00-01:00",
            "9:00-10:00",
            "12:60-13:00",
            "09:00-09:00",
            "mon 1-2",
            "a b c",
        ] {
            assert!(Window::parse(bad).is_err(), "{bad:?}");
        }
    }
}
