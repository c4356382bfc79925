//! Full-text search in the catalogue: a row must contain every word, and rows where the words weigh
//! more come first.

use crate::lookup::{Entry, all};
use crate::{replies, sockets};

const COUNT: usize = replies::COUNT + sockets::COUNT;

/// Rows in ranking order.
#[derive(Clone, Debug)]
pub struct Ranked {
    hits: [Option<(u32, Entry)>; COUNT],
    filled: usize,
    next: usize,
}

impl Ranked {
    /// Sorts the rows for which `key` returns a key, smallest key first; rows with equal keys stay
    /// sorted by number.
    pub(crate) fn by_key(key: impl Fn(Entry) -> Option<u32>) -> Self {
        let mut ranked = Self { hits: [None; COUNT], filled: 0, next: 0 };
        for entry in all() {
            if let Some(key) = key(entry) {
                ranked.insert(key, entry);
            }
        }
        ranked
    }

    fn insert(&mut self, key: u32, entry: Entry) {
        let Some(mut at) = (self.filled < COUNT).then_some(self.filled) else { return };
        while at > 0 && self.hits[at - 1].is_some_and(|(before, _)| before > key) {
            self.hits[at] = self.hits[at - 1];
            at -= 1;
        }
        self.hits[at] = Some((key, entry));
        self.filled += 1;
    }
}

impl Iterator for Ranked {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (_, entry) = (*self.hits.get(self.next)?)?;
        self.next += 1;
        Some(entry)
    }
}

/// The rows that contain every word, at the beginning of a word in a text or anywhere in a name
/// such as WSAECONNREFUSED. A match in a name counts more than one in an explanation, a whole word
/// more than its beginning, and adjacent words more than scattered ones. Without any word, nothing
/// is found.
pub fn search(words: &str) -> Ranked {
    // Historic and vendor codes rank below the others.
    Ranked::by_key(|entry| {
        let merit = merit(entry, words)?;
        let history = matches!(entry, Entry::Reply(row) if !row.status.is_ftp());
        Some(u32::MAX - if history { merit / 4 } else { merit })
    })
}

fn merit(entry: Entry, query: &str) -> Option<u32> {
    let mut sum = 0;
    for word in words_of(query) {
        sum += word_merit(entry, word)?;
    }
    if sum == 0 {
        return None;
    }
    let texts = [(entry.phrase(), 120), (entry.meaning(), 60), (entry.when(), 60)];
    let together = texts.map(|(text, weight)| side_by_side(text, query) * weight);
    Some(sum + together.into_iter().max().unwrap_or(0))
}

/// The weight of the best place where the word occurs.
fn word_merit(entry: Entry, word: &str) -> Option<u32> {
    let names = entry.names().map(|name| weigh(name, word, 60));
    let inside = names_without_phrase(entry).map(|name| if contains(name, word) { 40 } else { 0 });
    let texts = [
        weigh(entry.meaning(), word, 20),
        weigh(entry.when(), word, 8),
        weigh(entry.advice(), word, 4),
        weigh(entry.notes().unwrap_or(""), word, 3),
        weigh(entry.source(), word, 2),
        if word.parse() == Ok(entry.number()) { 90 } else { 0 },
    ];
    names.chain(inside).chain(texts).max().filter(|weight| *weight > 0)
}

fn names_without_phrase(entry: Entry) -> impl Iterator<Item = &'static str> {
    entry.names().skip(1)
}

/// `weight` if a word of the text begins with `word`, half as much again for the whole word,
/// otherwise 0.
fn weigh(text: &str, word: &str, weight: u32) -> u32 {
    let weights = words_of(text).map(|candidate| match starts_with(candidate, word) {
        true if candidate.len() == word.len() => weight + weight / 2,
        true => weight,
        false => 0,
    });
    weights.max().unwrap_or(0)
}

/// 1 if the words of the query follow each other in the text.
fn side_by_side(text: &str, query: &str) -> u32 {
    let mut from = words_of(text);
    loop {
        let mut here = from.clone();
        if words_of(query).all(|word| here.next().is_some_and(|next| starts_with(next, word))) {
            return 1;
        }
        if from.next().is_none() {
            return 0;
        }
    }
}

fn words_of(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn contains(text: &str, word: &str) -> bool {
    text.char_indices().any(|(at, _)| starts_with(&text[at..], word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn found(words: &str) -> Vec<u16> {
        search(words).map(Entry::number).collect()
    }

    #[test]
    fn the_best_row_comes_first() {
        for (words, best) in [
            ("quota", 552),
            ("timed out", 10060),
            ("passive", 227),
            ("refused connection", 10061),
            ("host not found", 11001),
            ("transfer complete", 226),
            ("restart", 110),
            ("logged in", 230),
            ("10061", 10061),
            ("connreset", 10054),
            ("TIMED", 10060),
            ("timeout", 10060),
            ("disk full", 452),
            ("too many users", 421),
            ("permission denied", 10013),
            ("no such file", 550),
        ] {
            assert_eq!(found(words).first(), Some(&best), "{words}: {:?}", found(words));
        }
    }

    #[test]
    fn every_word_must_occur() {
        assert!(found("quota").contains(&10069));
        assert!(!found("disk quota").contains(&227));
        assert_eq!(found("quota zebra"), [0; 0]);
        assert!(found("permission denied").contains(&550));
        assert!(found("not found").contains(&550));
    }

    #[test]
    fn a_word_is_found_at_a_beginning_only() {
        // "without" contains "out", but a user who searches for "out" does not mean that.
        assert!(!found("out").contains(&232));
    }

    #[test]
    fn no_word_finds_nothing() {
        assert_eq!(found(""), [0; 0]);
        assert_eq!(found(" - \u{1b}"), [0; 0]);
    }

    #[test]
    fn the_official_code_comes_before_the_unofficial_one() {
        let found = found("password");
        let place = |number| found.iter().position(|other| *other == number);
        assert!(place(331) < place(430), "{found:?}");
    }
}
