//! Checks the tables as a whole: complete, sorted, no text missing, none duplicated.

use std::collections::{BTreeSet, HashSet};

use packetboat_codes::{
    CODES, Class, Entry, Repeat, ReplyCode, SOCKET_CODES, Says, Status, all, by_number, told,
};

/// The codes of the RFCs and drafts: RFC 959, then 1123, 2228, 2428, 1639, 6384, drafts.
const OF_FTP: [u16; 64] = [
    110, 120, 125, 150, 200, 202, 211, 212, 213, 214, 215, 220, 221, 225, 226, 227, 230, 250, 257,
    331, 332, 350, 421, 425, 426, 450, 451, 452, 500, 501, 502, 503, 504, 530, 532, 550, 551, 552,
    553, 554, 555, 232, 234, 235, 334, 335, 336, 431, 533, 534, 535, 536, 537, 631, 632, 633, 229,
    522, 228, 521, 216, 251, 252, 556,
];

/// Numbers that users may see but no server should send.
const HISTORY: [u16; 15] =
    [119, 151, 152, 354, 231, 205, 253, 254, 300, 400, 509, 525, 531, 430, 434];

#[test]
fn the_codes_are_those_of_the_rfcs_and_the_known_history() {
    let numbers = |ftp: bool| -> BTreeSet<u16> {
        let rows = CODES.iter().filter(|row| row.status.is_ftp() == ftp);
        rows.map(|row| row.code.number()).collect()
    };
    assert_eq!(numbers(true), BTreeSet::from(OF_FTP));
    assert_eq!(numbers(false), BTreeSet::from(HISTORY));
}

#[test]
fn every_code_of_rfc_959_section_5_4_is_there() {
    let lines = include_str!("data/rfc959-5.4.tsv").lines().skip(1);
    let codes: BTreeSet<u16> = lines
        .flat_map(|line| line.split('\t').skip(1))
        .flat_map(|codes| codes.split(',').filter(|code| !code.is_empty()))
        .map(|code| code.parse().expect(code))
        .collect();
    assert_eq!(codes.len(), 39);
    for number in codes {
        let row = ReplyCode::known(number).row().expect("a row");
        assert_eq!(row.status, Status::Current, "{number}");
        assert!(row.source.contains("RFC 959"), "{number} is defined in RFC 959");
    }
}

#[test]
fn the_tables_are_in_order_without_repetition() {
    assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
    assert!(SOCKET_CODES.is_sorted_by(|a, b| a.code < b.code));
    for entry in all() {
        assert_eq!(by_number(entry.number()), Some(entry), "no number is in both tables");
    }
}

#[test]
fn every_explanation_is_there_and_is_a_sentence() {
    for entry in all() {
        let texts = [entry.meaning(), entry.when(), entry.advice()];
        for text in texts.into_iter().chain(entry.notes()) {
            let number = entry.number();
            assert!(text.ends_with('.'), "{number}: no full stop: {text}");
            assert!(text.starts_with(|c: char| !c.is_lowercase()), "{number}: {text}");
            assert!(text.len() > 15, "{number}: too short to help: {text}");
            assert!(!text.contains("  "), "{number}: two spaces: {text}");
            assert!(!text.chars().any(char::is_control), "{number}: {text}");
        }
        for text in [entry.phrase(), entry.source()] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", entry.number());
        }
    }
}

#[test]
fn no_two_rows_say_the_same() {
    let (mut meanings, mut phrases, mut names) = (HashSet::new(), HashSet::new(), HashSet::new());
    for entry in all() {
        assert!(meanings.insert(entry.meaning()), "{}", entry.meaning());
        // IBM's z/OS codes share a name.
        let shared = entry.phrase().ends_with(", on z/OS");
        assert!(phrases.insert(entry.phrase()) || shared, "{}", entry.phrase());
        if let Entry::Socket(row) = entry {
            assert!(names.insert(row.name), "{}", row.name);
        }
    }
}

#[test]
fn whether_to_repeat_follows_the_class() {
    for row in CODES {
        let expected = match row.code.class() {
            Class::Preliminary | Class::Completion | Class::Intermediate => Repeat::NotNeeded,
            // 430 is an unofficial refusal of a login: retrying may lock the account.
            Class::TransientNegative if row.code.number() == 430 => Repeat::Useless,
            Class::TransientNegative => Repeat::CanHelp,
            Class::PermanentNegative => Repeat::Useless,
            Class::Protected | Class::Unknown => Repeat::Depends,
        };
        assert_eq!(row.repeat, expected, "{}", row.code);
        assert_eq!(row.client_retries, row.repeat.can_help(), "{}", row.code);
        assert_eq!(row.code.is_retried(), row.client_retries, "{}", row.code);
    }
}

#[test]
fn an_unknown_code_is_retried_by_its_first_digit() {
    assert!(ReplyCode::known(499).is_retried());
    assert!(!ReplyCode::known(599).is_retried());
    assert!(!ReplyCode::known(299).is_retried());
}

#[test]
fn a_reservation_code_says_that_ftp_never_meets_it() {
    let qos = SOCKET_CODES.iter().filter(|row| row.name.starts_with("WSA_QOS"));
    let all_say_so = qos.clone().all(|row| row.met.starts_with("Never with FTP"));
    assert_eq!((qos.count(), all_say_so), (27, true));
}

/// 10058 once said both "connect again and resume" and that trying again is of no use.
#[test]
fn advice_to_do_it_again_and_whether_that_can_help_agree() {
    let phrases = ["connect again", "connect anew", "log in again", "try again", "and resume"];
    let sockets = SOCKET_CODES.iter().map(|row| (row.name, row.advice, row.repeat));
    let programs = told().filter_map(|row| match row.says {
        Says::This { advice, repeat, .. } => Some((row.phrase, advice, repeat)),
        Says::Code(_) => None,
    });
    let mut told = 0;
    for (name, advice, repeat) in sockets.chain(programs) {
        let advised = phrases.iter().any(|phrase| advice.to_ascii_lowercase().contains(phrase));
        assert!(!advised || repeat.can_help(), "{name}: {advice}");
        told += usize::from(advised);
    }
    assert!(told > 20, "the phrases are those of the tables: {told}");
}
