//! Suggestions for a misspelt code: the catalogue rows closest to an unknown number or name.

use crate::lookup::{Entry, letters};
use crate::search::Ranked;

/// A longer input is not a misspelt name.
const LONGEST: usize = 48;

/// The rows closest to an unknown input, best first: for a number, those whose digits differ least,
/// then those numerically closest; for a name, those that need the fewest changed letters. Empty if
/// nothing is close.
pub fn nearest(input: &str) -> Ranked {
    let input = input.trim();
    match input.parse::<u32>() {
        Ok(number) => Ranked::by_key(|entry| number_distance(entry.number(), number)),
        Err(_) => {
            let input = Letters::of(input);
            Ranked::by_key(|entry| name_distance(entry, input.as_ref()?))
        }
    }
}

fn number_distance(known: u16, wanted: u32) -> Option<u32> {
    let known = u32::from(known);
    let changes = distance(&digits(known), &digits(wanted));
    let gap = known.abs_diff(wanted);
    // One wrong digit, or close by: 558 is near 550 by either measure, 5500 by the first only.
    (changes <= 1 || gap <= 5).then(|| (changes * 1000).saturating_add(gap))
}

fn digits(number: u32) -> Letters {
    let mut digits = Letters { chars: ['0'; LONGEST], len: 0 };
    let (mut rest, mut places) = (number, number.checked_ilog10().unwrap_or(0) + 1);
    while places > 0 {
        places -= 1;
        let unit = 10_u32.pow(places);
        digits.push(char::from_digit(rest / unit, 10).unwrap_or('0'));
        rest %= unit;
    }
    digits
}

fn name_distance(entry: Entry, input: &Letters) -> Option<u32> {
    let allowed = u32::try_from(input.len / 4).unwrap_or(0).clamp(1, 4);
    let whole = entry.names().filter_map(|name| {
        let names = [Letters::of(name), name.strip_prefix("WSA").and_then(Letters::of)];
        names.into_iter().flatten().map(|name| distance(&name, input)).min()
    });
    // A single word of a phrase is a worse match than the whole phrase.
    let words = entry.phrase().split_whitespace().filter_map(Letters::of);
    let words = words.filter(|word| word.len > 3).map(|word| distance(&word, input) * 4 + 2);
    let allowed = allowed * 4 + 2;
    whole.map(|changes| changes * 4).chain(words).min().filter(|changes| *changes <= allowed)
}

/// The letters and digits of a name, in lower case, on the stack.
struct Letters {
    chars: [char; LONGEST],
    len: usize,
}

impl Letters {
    fn of(text: &str) -> Option<Self> {
        let mut kept = Self { chars: ['\0'; LONGEST], len: 0 };
        letters(text).all(|letter| kept.push(letter)).then_some(kept).filter(|kept| kept.len > 0)
    }

    fn push(&mut self, letter: char) -> bool {
        let Some(place) = self.chars.get_mut(self.len) else { return false };
        *place = letter;
        self.len += 1;
        true
    }

    fn as_slice(&self) -> &[char] {
        &self.chars[..self.len]
    }
}

/// How many letters must be changed, added, removed or swapped with their neighbour.
fn distance(left: &Letters, right: &Letters) -> u32 {
    let (left, right) = (left.as_slice(), right.as_slice());
    let mut before = [0_u32; LONGEST + 1];
    let mut last = [0_u32; LONGEST + 1];
    for (cell, steps) in last.iter_mut().zip(0..) {
        *cell = steps;
    }
    for (row, a) in left.iter().enumerate() {
        let mut now = [0_u32; LONGEST + 1];
        now[0] = last[0] + 1;
        for (column, b) in right.iter().enumerate() {
            let change = last[column] + u32::from(a != b);
            let mut best = change.min(last[column + 1] + 1).min(now[column] + 1);
            let swapped = row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            now[column + 1] = best;
        }
        (before, last) = (last, now);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    fn near(input: &str) -> Vec<u16> {
        nearest(input).map(Entry::number).collect()
    }

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        for (input, meant) in [
            ("ECONREFUSED", 10061),
            ("wsaeconnrefsued", 10061),
            ("WSAETIMEDUOT", 10060),
            ("EAI_AGIAN", 11002),
            ("file unavailible", 550),
            ("qouta", 552),
        ] {
            assert_eq!(near(input).first(), Some(&meant), "{input}: {:?}", near(input));
        }
    }

    #[test]
    fn a_mistyped_number_finds_its_neighbours() {
        assert_eq!(near("558").first(), Some(&556));
        assert!(near("558").contains(&550));
        assert!(near("10600").contains(&10060));
        assert_eq!(near("5500").first(), Some(&550));
    }

    #[test]
    fn nonsense_is_near_nothing() {
        let long = "x".repeat(5000);
        for input in ["", "ß", "qqqqqqqqqq", "4294967295", "99999999999999999999", &long] {
            assert_eq!(near(input), [0; 0], "{input}");
        }
    }

    #[test]
    fn distances_count_changes_and_swaps() {
        let of = |a: &str, b: &str| {
            let (a, b) = (Letters::of(a).expect("letters"), Letters::of(b).expect("letters"));
            distance(&a, &b)
        };
        assert_eq!(of("quota", "qouta"), 1);
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("a", "abc"), 2);
        assert_eq!(digits(11032).as_slice().iter().collect::<std::string::String>(), "11032");
        assert_eq!(0.to_string().len(), digits(0).len);
    }
}
