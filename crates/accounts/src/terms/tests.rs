//! Tests which value applies: the account's own, its groups', or the default.

use super::*;
use crate::AccountName;

fn own(values: &[(&str, &[&str])]) -> Own {
    let mut own = Own::default();
    for (key, lines) in values {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        own.set(key, &lines).expect("a value");
    }
    own
}

fn group(name: &str, values: &[(&str, &[&str])]) -> (AccountName, Own) {
    (AccountName::parse(name).expect("a name"), own(values))
}

/// The lines of a key with their origins.
fn of(settled: &[Settled], key: &str) -> Vec<String> {
    let found = settled.iter().find(|settled| settled.key == key).expect("the key");
    found.lines.iter().map(|(line, source)| format!("{line} ({source})")).collect()
}

#[test]
fn an_own_value_wins_over_the_first_group_and_that_over_the_next() {
    let groups = [
        group("editors", &[("rights", &["all"]), ("sessions", &["2"])]),
        group("staff", &[("sessions", &["9"]), ("root", &["/srv/%u"])]),
    ];
    let (effective, settled) =
        settle(&own(&[("rights", &["list"]), ("network", &["any"])]), &groups).expect("terms");
    assert_eq!(effective.rights, Rights::NONE.with(crate::Right::List));
    assert_eq!(effective.terms.sessions, Some(2));
    assert_eq!(of(&settled, "rights"), ["list (its own)"]);
    assert_eq!(of(&settled, "sessions"), ["2 (group editors)"]);
    assert_eq!(of(&settled, "root"), ["/srv/%u (group staff)"]);
    assert_eq!(of(&settled, "network"), ["any (its own)"]);
    assert_eq!(of(&settled, "expires"), ["never (default)"]);
}

#[test]
fn a_value_of_its_own_may_be_that_there_is_none() {
    let groups = [group("staff", &[("sessions", &["2"]), ("network", &["192.0.2.0/24"])])];
    let any = own(&[("sessions", &["any"]), ("network", &["any"])]);
    let (effective, _) = settle(&any, &groups).expect("terms");
    assert_eq!(effective.terms, Terms::default());
    let mut mine = any;
    mine.unset("sessions");
    assert_eq!(settle(&mine, &groups).expect("terms").0.terms.sessions, Some(2));
}

#[test]
fn nobodys_values_are_the_defaults_of_the_table() {
    let (effective, settled) = settle(&Own::default(), &[]).expect("terms");
    assert_eq!(effective, Effective::default());
    for row in TERMS {
        let mut written = Effective::default();
        let default = [row.default.to_owned()];
        assert_eq!((row.apply)(&mut written, &default), Ok(default.to_vec()), "{}", row.key);
        assert_eq!(written, Effective::default(), "{}", row.key);
        assert_eq!(of(&settled, row.key), [format!("{} (default)", row.default)]);
    }
}

#[test]
fn what_is_no_value_says_what_is() {
    let wrong = |key: &str, lines: &[&str]| {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        Own::default().set(key, &lines).expect_err("no value")
    };
    assert!(wrong("wings", &["2"]).contains("wings"));
    assert!(wrong("sessions", &["0"]).contains("number from 1"));
    assert!(wrong("sessions", &["1", "2"]).contains("one value"));
    assert!(wrong("network", &["any", "::1"]).contains("cannot be combined"));
    assert!(wrong("expires", &["tomorrow"]).contains("2027-01-31"));
    assert!(wrong("rights", &[]).contains("give a value"));
}

#[test]
fn limits_are_taken_from_the_first_that_has_one() {
    let groups = [group("staff", &[("quota", &["10240MiB"]), ("rate-up", &["2MiB/s"])])];
    let mine = own(&[("quota-files", &["100"]), ("rate-up", &["unlimited"])]);
    let (effective, settled) = settle(&mine, &groups).expect("terms");
    let limits =
        Limits { quota_bytes: Some(10 << 30), quota_files: Some(100), ..Limits::default() };
    assert_eq!(effective.terms.limits, limits);
    assert!(limits.has_quota() && !Limits::default().has_quota());
    assert_eq!(of(&settled, "quota"), ["10GiB (group staff)"]);
    assert_eq!(of(&settled, "rate-up"), ["unlimited (its own)"]);
    for (key, bad) in
        [("quota", "10"), ("quota", "much"), ("rate-up", "2MiB"), ("rate-down", "1/s")]
    {
        assert_eq!(Own::default().with(key, bad).is_err(), bad != "10", "{key} {bad}");
    }
}
