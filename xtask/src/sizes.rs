//! Checks the length of source files: over 500 lines a file is listed, over 800 it must be split.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::steps::Outcome;

/// Longer files are listed.
const LISTED: usize = 500;
/// Longer files fail the check.
const FAILS: usize = 800;

/// Counts the lines of all Rust files under the root.
pub(crate) fn check(root: &Path) -> Outcome {
    let files = files(root).map_err(|error| format!("the tree cannot be read: {error}"))?;
    let mut counted = Vec::new();
    for path in &files {
        let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let lines = text.iter().filter(|&&byte| byte == b'\n').count();
        counted.push((path.strip_prefix(root).unwrap_or(path).display().to_string(), lines));
    }
    judge(&counted)
}

/// All Rust files under the root.
pub(crate) fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    Ok(files)
}

fn judge(counted: &[(String, usize)]) -> Outcome {
    let over = |limit: usize| {
        let long = counted.iter().filter(move |(_, lines)| *lines > limit);
        long.map(|(path, lines)| format!("{path} has {lines} lines")).collect::<Vec<_>>()
    };
    let failing = over(FAILS);
    if !failing.is_empty() {
        return Err(format!("split files of more than {FAILS} lines: {}", failing.join("; ")));
    }
    for long in over(LISTED) {
        println!("over {LISTED} lines: {long}");
    }
    let most = counted.iter().map(|(_, lines)| *lines).max().unwrap_or(0);
    Ok(format!("{} files, the longest of {most} lines", counted.len()))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Links are not followed: their targets are found directly, or are not part of the tree.
        let kind = entry.file_type()?;
        if kind.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&entry.path(), files)?;
        } else if kind.is_file() && name.ends_with(".rs") {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_last_length_that_passes() {
        let file = |lines| [("a.rs".to_owned(), lines)];
        assert!(judge(&file(FAILS)).is_ok());
        let why = judge(&file(FAILS + 1)).expect_err("too long");
        assert!(why.contains("a.rs has 801 lines"), "{why}");
    }

    #[test]
    fn this_file_is_found_and_build_output_is_not() {
        let files = files(&crate::root()).expect("the tree can be read");
        assert!(files.iter().any(|path| path.ends_with("xtask/src/sizes.rs")));
        assert!(
            !files.iter().any(|path| path.components().any(|part| part.as_os_str() == "target"))
        );
    }
}
