//! Checks that every row is complete and consistent in all languages.

use std::collections::BTreeSet;

use packetboat_codes::OUR_TEXTS;

use super::*;

/// Rows that may read the same in two languages.
const SAME_IN_TWO: [&str; 4] = ["ONE_MINUTE", "MINUTES", "SITE_HELP_LINE", "VERB_HELP"];

fn rows() -> Vec<(&'static str, &'static Text)> {
    [
        extensions::ROWS,
        access::ROWS,
        encoding::ROWS,
        faults::ROWS,
        files::ROWS,
        info::ROWS,
        login::ROWS,
        parameters::ROWS,
        security::ROWS,
        session::ROWS,
        transfer::ROWS,
    ]
    .concat()
}

fn places(words: &str) -> BTreeSet<&str> {
    words.split('{').skip(1).map(|after| after.split_once('}').expect("a closed place").0).collect()
}

#[test]
fn names_are_unique() {
    let mut seen = BTreeSet::new();
    for (name, _) in rows() {
        assert!(seen.insert(name), "{name} stands twice");
    }
}

#[test]
fn every_language_has_the_places_and_the_end_of_the_english_row() {
    for (name, text) in rows() {
        let english = text.words(Language::En);
        let wanted = places(english);
        let numbers: BTreeSet<String> = (0..wanted.len()).map(|place| place.to_string()).collect();
        assert!(wanted.iter().all(|place| numbers.contains(*place)), "{name}: {wanted:?}");
        for language in Language::ALL {
            let words = text.words(language);
            assert!(!words.is_empty() && words.trim_end() == words, "{name} {language:?}");
            assert_eq!(places(words), wanted, "{name} {language:?}");
            let end = |words: &str| words.chars().last().filter(char::is_ascii_punctuation);
            assert_eq!(end(words), end(english), "{name} {language:?}");
            assert!(!words.contains(['\r', '\n', '\0']), "{name} {language:?}");
        }
    }
}

/// One or two terminal lines; the text in the places comes on top.
#[test]
fn no_row_is_a_paragraph() {
    for (name, text) in rows() {
        for language in Language::ALL {
            let letters = text.words(language).chars().count();
            assert!(letters <= 190, "{name} {language:?} has {letters} letters");
        }
    }
}

#[test]
fn english_is_ascii_and_no_row_was_left_untranslated() {
    for (name, text) in rows() {
        let [english, others @ ..] = Language::ALL.map(|language| text.words(language));
        assert!(english.is_ascii(), "{name}: {english}");
        if !SAME_IN_TWO.contains(&name) {
            assert!(others.iter().all(|words| *words != english), "{name} is not translated");
            assert_ne!(others[0], others[1], "{name}");
        }
    }
}

#[test]
fn parts_stand_where_each_language_wants_them() {
    static ROW: Text = Text::new("{0} of {1}.", "{1} hat {0}.", "{0} de {1}.");
    let said = |language| ROW.with(&[&3_u64, &Quoted(b"a\"b")]).render(language);
    assert_eq!(said(Language::En), b"3 of \"a\"\"b\".");
    assert_eq!(said(Language::De), b"\"a\"\"b\" hat 3.");
    let nested = ROW.with(&[&"x", &ROW.with(&[&1_u16, &b"y".as_slice()])]).render(Language::De);
    assert_eq!(nested, b"y hat 1. hat x.");
}

/// The catalogue of codes recognizes some rows by their words.
#[test]
fn what_the_catalogue_has_of_our_words_is_what_we_say() {
    for known in OUR_TEXTS {
        let said = |(_, text): &(_, &Text)| text.words(Language::En).contains(known.words);
        assert!(rows().iter().any(said), "{}", known.words);
    }
}
