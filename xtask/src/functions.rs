//! Checks the length of functions. Functions over the limit fail the check and should be split.
//! Tests are exempt, because they tell a story. Since all files are formatted with rustfmt, a
//! function ends at the first closing brace with the indentation of its `fn`.

use std::fs;
use std::path::Path;

use crate::sizes;
use crate::steps::Outcome;

/// The longest body that passes, in lines.
const LONGEST: usize = 60;

/// A function and the number of lines between its braces.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    /// Its first line, counted from 1.
    line: usize,
    lines: usize,
}

/// Measures the functions of all Rust files under the root, except in tests.
pub(crate) fn check(root: &Path) -> Outcome {
    let files = sizes::files(root).map_err(|error| format!("the tree cannot be read: {error}"))?;
    let (mut count, mut most, mut failing) = (0, 0, Vec::new());
    for path in files.iter().filter(|path| !is_test(path.strip_prefix(root).unwrap_or(path))) {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        for function in functions(&text) {
            (count, most) = (count + 1, most.max(function.lines));
            if function.lines > LONGEST {
                let (path, Function { name, line, lines }) = (path.display(), function);
                failing.push(format!("{path}:{line}: {name} has {lines} lines"));
            }
        }
    }
    match failing.is_empty() {
        true => Ok(format!("{count} functions, the longest of {most} lines")),
        false => {
            Err(format!("split functions of more than {LONGEST} lines: {}", failing.join("; ")))
        }
    }
}

/// Whether a file contains only tests or helpers for tests.
fn is_test(path: &Path) -> bool {
    let of_tests = |part: &std::ffi::OsStr| part.to_string_lossy().starts_with("tests");
    path.components().any(|part| of_tests(part.as_os_str()))
}

/// The functions above the tests of a file.
fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let of_tests = |at: &usize| {
        let is_module = lines.get(at + 1).is_some_and(|next| next.trim_start().starts_with("mod "));
        lines[*at].trim() == "#[cfg(test)]" && is_module && lines[at + 1].ends_with('{')
    };
    let end = (0..lines.len()).find(of_tests).unwrap_or(lines.len());
    let mut found = Vec::new();
    for (at, line) in lines[..end].iter().enumerate() {
        let Some(name) = name_of(line) else { continue };
        let depth = line.len() - line.trim_start().len();
        let is_end = |line: &&str| {
            line.len() - line.trim_start().len() == depth
                && matches!(line.trim_end(), l if l.ends_with('}') || l.ends_with(';'))
        };
        // A function without a body, or with its body on one line, has no end to find.
        let Some(whole) = lines[at..end].iter().position(is_end) else { continue };
        let body = lines[at..=at + whole].iter().position(|line| line.trim_end().ends_with('{'));
        let lines = body.map_or(0, |body| whole.saturating_sub(body + 1));
        found.push(Function { name: name.to_owned(), line: at + 1, lines });
    }
    found
}

/// The name of the function that starts on this line.
fn name_of(line: &str) -> Option<&str> {
    let mut words = line.trim_start();
    for before in ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "unsafe "] {
        words = words.strip_prefix(before).unwrap_or(words);
    }
    let name = words.strip_prefix("fn ")?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_counted_and_tests_are_not() {
        let text = "trait T {\n    fn none(&self) -> u8;\n    fn short(&self) {}\n}\n\
                    impl A {\n    pub(super) async fn long(\n        self,\n    ) -> u8 {\n        if x {\n            1\n        } else {\n            2\n        }\n    }\n}\n\
                    const fn one() {\n    x();\n}\n\
                    #[cfg(test)]\nmod tests {\n    fn test() {\n        x();\n    }\n}\n";
        let found = functions(text);
        let found: Vec<_> =
            found.iter().map(|one| (one.name.as_str(), one.line, one.lines)).collect();
        assert_eq!(found, [("none", 2, 0), ("short", 3, 0), ("long", 6, 5), ("one", 16, 1)]);
    }

    #[test]
    fn the_files_of_tests_are_left_out() {
        for path in [
            "tests/src/lib.rs",
            "crates/a/tests/b.rs",
            "crates/a/src/tests.rs",
            "crates/a/src/tests_of_b.rs",
        ] {
            assert!(is_test(Path::new(path)), "{path}");
        }
        assert!(!is_test(Path::new("crates/a/src/lib.rs")));
    }
}
