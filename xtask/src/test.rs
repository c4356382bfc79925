//! `cargo xtask test`: runs every check that a change must pass. The tests run last, so that their
//! output is right above the summary.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use packetboat_tests::wine;

use crate::steps::{self, Outcome, Steps};
use crate::{deny, docs, functions, fuzz, imports, readme, sizes};

/// The file in which tests record what they skipped.
const PASSED_OVER: &str = "target/tests-passed-over";

/// Runs all steps and prints the summary.
pub(crate) fn run(root: &Path) -> ExitCode {
    let mut steps = Steps::default();
    steps.step("formatting", || format(root, &["--check"]));
    steps.step("file sizes", || sizes::check(root));
    steps.step("function sizes", || functions::check(root));
    steps.step("imports", || imports::check(root));
    steps.step("lints", || lint(root));
    match wine::missing_to_build() {
        None => steps.step("lints for Windows", || lint_for_windows(root)),
        Some(why) => steps.skip(format!("lints for Windows: {why}")),
    }
    steps.step("fuzz targets", || fuzz::check(root));
    match deny::is_missing(root) {
        None => steps.step("licences", || deny::check(root)),
        Some(why) => steps.skip(format!("licences: {why}")),
    }
    steps.step("documentation", || {
        let arguments = ["doc", "--workspace", "--no-deps"];
        steps::cargo(root, &arguments, &[("RUSTDOCFLAGS", "-D warnings")])
    });
    steps.step("reference", || docs::check(root));
    // The end-to-end tests run this build.
    steps.step("program", || steps::cargo(root, &["build", "--package", "packetboat"], &[]));
    steps.step("README", || readme::check(root));
    let mut counts = Counts::default();
    steps.step("tests", || tests(root, &mut counts));
    for what in counts.ignored.into_iter().chain(counts.skipped) {
        steps.skip(what);
    }
    steps.finish()
}

/// The totals over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    /// Tests marked as ignored, with the reasons they give.
    ignored: Vec<String>,
    /// Reasons why tests skipped something that this machine lacks.
    skipped: Vec<String>,
}

/// Runs the tests, passing their output through.
fn tests(root: &Path, counts: &mut Counts) -> Outcome {
    let arguments = ["test", "--workspace", "--no-fail-fast"];
    let file = root.join(PASSED_OVER);
    std::fs::create_dir_all(root.join("target"))
        .and_then(|()| std::fs::write(&file, ""))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    let variable = (packetboat_skip::FILE, file.as_os_str());
    let result = steps::cargo_lines(root, &arguments, variable, |line| counts.read(line));
    let said = std::fs::read_to_string(&file);
    counts.skipped = skipped(&said.map_err(|error| format!("{}: {error}", file.display()))?);
    let Counts { passed, failed, ignored, .. } = counts;
    let said = format!("{passed} passed, {failed} failed, {} ignored", ignored.len());
    match result {
        Ok(_) if *passed == 0 => Err("no tests were run".into()),
        Ok(_) => Ok(said),
        Err(why) => Err(format!("{said}; {why}")),
    }
}

impl Counts {
    fn read(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            let before = |word: &str| {
                let number = result.split(word).next()?.trim_end().rsplit(' ').next()?;
                number.parse::<u64>().ok()
            };
            self.passed += before("passed;").unwrap_or(0);
            self.failed += before("failed;").unwrap_or(0);
        } else if let Some((name, why)) = line.split_once(" ... ignored") {
            let name = name.trim_start_matches("test ");
            self.ignored.push(format!("test {name}{why}"));
        }
    }
}

/// Formats the code of the workspace and the fuzz targets, or with `--check` only checks it.
pub(crate) fn format(root: &Path, how: &[&str]) -> Outcome {
    let workspace = steps::cargo(root, &[&["fmt", "--all"], how].concat(), &[]);
    let targets = ["fmt", "--manifest-path", fuzz::MANIFEST];
    let targets = steps::cargo(root, &[&targets, how].concat(), &[]);
    workspace.and_then(|said| Ok(format!("{said}; {}", targets?)))
}

/// Runs Clippy and treats warnings as errors.
pub(crate) fn lint(root: &Path) -> Outcome {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    steps::cargo(root, &arguments, &[])
}

/// The same for the Windows build.
fn lint_for_windows(root: &Path) -> Outcome {
    let arguments =
        ["clippy", "--package", "packetboat", "--target", wine::TARGET, "--", "-D", "warnings"];
    steps::cargo(root, &arguments, &[])
}

/// The reasons that tests gave for skipping something, each with the number of times it was given.
fn skipped(said: &str) -> Vec<String> {
    let mut reasons = BTreeMap::<&str, u64>::new();
    for why in said.lines() {
        *reasons.entry(why).or_default() += 1;
    }
    let times = |(why, count)| match count {
        1 => format!("test: {why}"),
        _ => format!("{count} tests: {why}"),
    };
    reasons.into_iter().map(times).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_test_programs_are_added_up() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test reads ... ok",
            "test fills_a_disk ... ignored, needs a disk of its own",
            "test result: ok. 37 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.06s",
            "test result: FAILED. 6 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.08s",
        ] {
            counts.read(line);
        }
        let ignored = vec!["test fills_a_disk, needs a disk of its own".to_owned()];
        assert_eq!(counts, Counts { passed: 43, failed: 2, ignored, ..Counts::default() });
    }

    #[test]
    fn each_reason_for_skipping_is_listed_once_with_its_count() {
        let said = "only root can become another user\npebble is not installed\n\
                    only root can become another user\n";
        let told = ["2 tests: only root can become another user", "test: pebble is not installed"];
        assert_eq!(skipped(said), told);
    }
}
