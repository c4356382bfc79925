//! Each reply code is answered in the situation it is meant for, or its row or a list says why not.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use packetboat_codes::{CODES, ReplyCode};
use packetboat_tests::scenarios::{NOT_YET, Scenario, all};

/// How many scenarios run in parallel; most of them just wait.
const AT_ONCE: usize = 6;

/// Runs a scenario; the error says what is wrong with the reply.
fn outcome(scenario: &Scenario) -> Result<(), String> {
    let Scenario { code, name, happens, says, how } = scenario;
    let titled = |why: String| format!("{code} {name} ({happens}): {why}");
    let reply = match catch_unwind(how) {
        Ok(Ok(reply)) => reply,
        Ok(Err(missing)) => {
            return catch_unwind(|| missing.skip(&format!("scenario {code} {name}")))
                .map_err(|_| titled(missing.why));
        }
        Err(panic) => return Err(titled(said(&*panic))),
    };
    let text = reply.text();
    if reply.code != *code {
        return Err(titled(format!("answered {} {text}", reply.code)));
    }
    match says.iter().find(|words| !text.contains(**words)) {
        Some(words) => Err(titled(format!("{words:?} is not in {text:?}"))),
        None => Ok(()),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it panicked".to_owned())
}

#[test]
fn every_scenario_is_answered_with_its_code_the_thing_and_the_reason() {
    let scenarios: Vec<&Scenario> = all().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(outcome(scenario).err());
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), scenarios.len(), wrong.join("\n"));
}

#[test]
fn every_code_that_a_server_sends_has_a_scenario_or_a_reason() {
    let shown: BTreeSet<u16> = all().map(|scenario| scenario.code).collect();
    let not_yet: BTreeMap<u16, &str> = NOT_YET.iter().copied().collect();
    assert_eq!(not_yet.len(), NOT_YET.len(), "a code appears twice in NOT_YET");
    let mut wrong = Vec::new();
    for row in CODES {
        let code = row.code.number();
        match (row.status.never_sent_because(), shown.contains(&code), not_yet.get(&code)) {
            (None, true, None) | (None, false, Some(_)) | (Some(_), false, None) => {}
            (None, false, None) => wrong.push(format!("{code} {} has no scenario", row.name)),
            (None, true, Some(_)) => wrong.push(format!("{code} has a scenario; NOT_YET is over")),
            (Some(why), ..) => wrong.push(format!("{code} is never sent ({why}), but is listed")),
        }
    }
    for code in shown.iter().chain(not_yet.keys()) {
        if ReplyCode::known(*code).row().is_none() {
            wrong.push(format!("{code} is not in the catalogue"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_in_order() {
    let mut names = BTreeSet::new();
    for scenario in all() {
        let Scenario { code, name, happens, says, .. } = scenario;
        assert!(names.insert((code, name)), "{code} {name} appears twice");
        assert!(happens.ends_with('.'), "{code} {name}: {happens}");
        // A refusal names the thing and the reason; a success may be only a number.
        assert!(!says[0].is_empty() && (*code < 400 || !says[1].is_empty()), "{code} {name}");
    }
    let codes: Vec<u16> = names.iter().map(|(code, _)| **code).collect();
    assert!(codes.is_sorted());
    for (code, why) in NOT_YET {
        assert!(!why.is_empty(), "{code}");
    }
}
