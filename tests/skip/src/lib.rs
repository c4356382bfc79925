//! Lets a test report that it was skipped because this machine lacks something: on standard error,
//! and in the file from which `cargo xtask test` makes its summary. On CI, a test may be skipped
//! only if what it lacks was declared.

#![forbid(unsafe_code)]

use std::env;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// The environment variable with the path of the file that gets a line for each skipped test.
pub const FILE: &str = "PACKETBOAT_TESTS_PASSED_OVER";

/// The environment variable that declares what a machine lacks, as words separated by commas. On
/// CI, tests that lack something else fail.
pub const LACKS: &str = "PACKETBOAT_TESTS_LACK";

/// Reports that a test was skipped and why. `lacks` is one word for what the machine lacks.
///
/// # Panics
///
/// On CI (if the environment variable CI is `true`), if the word was not declared; also if the file
/// cannot be written.
pub fn skip(lacks: &str, why: &str) {
    say_skipped(why);
    let declared = env::var(LACKS).unwrap_or_default();
    let is_ci = env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(
        may_skip(lacks, &declared, is_ci),
        "CI must not skip: {why} (declare `{lacks}` in {LACKS} to allow it)"
    );
}

/// Reports a skipped test without needing a declaration on CI.
///
/// # Panics
///
/// If the file cannot be written.
pub fn say_skipped(why: &str) {
    let line = line(why);
    // Not with `println!`, whose output is hidden when a test passes. A failure to print is
    // ignored.
    let _ = write!(io::stderr(), "skipped: {line}");
    if let Some(file) = env::var_os(FILE) {
        append(Path::new(&file), &line).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    }
}

fn may_skip(lacks: &str, declared: &str, is_ci: bool) -> bool {
    !is_ci || declared.split(',').any(|word| word.trim() == lacks)
}

/// Reduces the reason to a single line.
fn line(why: &str) -> String {
    format!("{}\n", why.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Appends in one write, so that the lines of parallel tests stay whole.
fn append(file: &Path, line: &str) -> io::Result<()> {
    File::options().create(true).append(true).open(file)?.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_ci_only_what_was_declared_is_skipped() {
        assert!(may_skip("root", "", false));
        assert!(!may_skip("root", "", true));
        assert!(!may_skip("root", "mount, pam", true));
        assert!(may_skip("root", "mount, root", true));
    }

    #[test]
    fn each_skipped_test_adds_one_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("passed-over");
        for why in ["no disk:\n  not\tallowed\n", "no root"] {
            append(&file, &line(why)).expect("a file");
        }
        let text = std::fs::read_to_string(file).expect("a file");
        assert_eq!(text, "no disk: not allowed\nno root\n");
    }
}
