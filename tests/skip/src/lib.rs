//! How a test says that it was passed over, since this machine lacks what it takes: on standard error, and in the file
//! that `cargo xtask test` makes its summary of. On CI only what was declared to lack may be passed over.

#![forbid(unsafe_code)]

use std::env;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// The environment variable that names the file which gets a line for each test that was passed over.
pub const FILE: &str = "PACKETBOAT_TESTS_PASSED_OVER";

/// The environment variable that declares what a machine lacks, its words parted by commas. What is declared
/// is passed over on CI too; everything else that is missing there fails.
pub const LACKS: &str = "PACKETBOAT_TESTS_LACK";

/// Says that a test was passed over, why, and in one word what the machine lacks.
///
/// # Panics
/// On CI (the environment variable CI is `true`), if the word was not declared; if the file cannot be written.
pub fn skip(lacks: &str, why: &str) {
    say_skipped(why);
    let declared = env::var(LACKS).unwrap_or_default();
    let is_ci = env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(
        may_skip(lacks, &declared, is_ci),
        "CI must not skip: {why} (declare `{lacks}` in {LACKS} if that is to be so)"
    );
}

/// The same for what CI may lack without a word.
///
/// # Panics
/// If the file cannot be written.
pub fn say_skipped(why: &str) {
    let line = line(why);
    // By hand, since what `println!` prints is hidden when a test passes. Nobody may be there to read it.
    let _ = write!(io::stderr(), "skipped: {line}");
    if let Some(file) = env::var_os(FILE) {
        append(Path::new(&file), &line).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    }
}

fn may_skip(lacks: &str, declared: &str, is_ci: bool) -> bool {
    !is_ci || declared.split(',').any(|word| word.trim() == lacks)
}

/// Whatever the reason says, it stays one line.
fn line(why: &str) -> String {
    format!("{}\n", why.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// In one write, so that the lines of tests that run at once stay whole.
fn append(file: &Path, line: &str) -> io::Result<()> {
    File::options().create(true).append(true).open(file)?.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_ci_only_what_was_declared_is_passed_over() {
        assert!(may_skip("root", "", false));
        assert!(!may_skip("root", "", true));
        assert!(!may_skip("root", "mount, pam", true));
        assert!(may_skip("root", "mount, root", true));
    }

    #[test]
    fn each_test_that_is_passed_over_is_one_more_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("passed-over");
        for why in ["no disk:\n  not\tallowed\n", "no root"] {
            append(&file, &line(why)).expect("a file");
        }
        let text = std::fs::read_to_string(file).expect("a file");
        assert_eq!(text, "no disk: not allowed\nno root\n");
    }
}
