//! Keeps the table of exit codes in README.md identical to what the program prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{self, Outcome};

const START: &str = "<!-- exit codes: written by `cargo xtask readme` -->\n";
const END: &str = "<!-- end of exit codes -->";

/// The path of the program's debug build.
pub(crate) fn program(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |dir| root.join(dir));
    target.join("debug").join(format!("packetboat{}", std::env::consts::EXE_SUFFIX))
}

/// Checks the README against the built program.
pub(crate) fn check(root: &Path) -> Outcome {
    let (text, new) = both(root)?;
    if text == new {
        Ok("the exit codes match the program".into())
    } else {
        Err("the exit codes in README.md differ from the program's; run `cargo xtask readme`"
            .into())
    }
}

/// Builds the program and writes its exit codes to the README.
pub(crate) fn write(root: &Path) -> Outcome {
    steps::cargo(root, &["build", "--package", "packetboat"], &[])?;
    let (_, new) = both(root)?;
    fs::write(root.join("README.md"), new).map_err(|error| format!("README.md: {error}"))?;
    Ok("wrote the program's exit codes to README.md".into())
}

/// The README as it is and as it should be.
fn both(root: &Path) -> Result<(String, String), String> {
    let text = fs::read_to_string(root.join("README.md"))
        .map_err(|error| format!("README.md cannot be read: {error}"))?;
    let program = program(root);
    let output = Command::new(&program).arg("--help").output();
    let output = output.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let help = String::from_utf8_lossy(&output.stdout);
    let rows = rows(&help)?;
    let new = replace(&text, &table(&rows))?;
    Ok((text, new))
}

/// Parses the rows `NUMBER NAME TEXT` at the end of the help.
fn rows(help: &str) -> Result<Vec<[&str; 3]>, String> {
    let (_, part) = help.split_once("Exit codes:").ok_or("--help prints no exit codes")?;
    let lines = part.lines().map(str::trim).filter(|line| !line.is_empty());
    let rows: Option<Vec<_>> = lines.map(row).collect();
    match rows {
        Some(rows) if !rows.is_empty() => Ok(rows),
        _ => Err("the exit codes in --help are not rows of a number, a name and a text".into()),
    }
}

fn row(line: &str) -> Option<[&str; 3]> {
    let (number, rest) = line.split_once(' ')?;
    let (name, text) = rest.trim_start().split_once(' ')?;
    number.parse::<u8>().ok()?;
    Some([number, name, text.trim_start()])
}

fn table(rows: &[[&str; 3]]) -> String {
    let lines = rows.iter().map(|[number, name, text]| format!("| {number} | {name} | {text} |\n"));
    std::iter::once("| code | name | meaning |\n|--:|--|--|\n".to_owned()).chain(lines).collect()
}

fn replace(text: &str, table: &str) -> Result<String, String> {
    let missing = || format!("README.md lacks the lines `{}` and `{END}`", START.trim_end());
    let (before, rest) = text.split_once(START).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{START}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "Usage: x\n\nExit codes:\n   0  ok    Done.\n 130  stop  By Ctrl-C.\n";

    #[test]
    fn rows_of_help_become_a_table_between_the_markers() {
        let table = table(&rows(HELP).expect("rows"));
        let old = format!("before\n{START}| 7 | gone | Old. |\n{END}\nafter\n");
        let new = replace(&old, &table).expect("both markers");
        assert!(new.starts_with("before\n") && new.ends_with("\nafter\n"));
        assert!(new.contains("| 0 | ok | Done. |\n| 130 | stop | By Ctrl-C. |\n"), "{new}");
        assert!(!new.contains("gone"));
        assert_eq!(replace(&new, &table).as_deref(), Ok(new.as_str()));
    }

    #[test]
    fn help_without_rows_and_a_readme_without_markers_are_errors() {
        assert!(rows("Usage: x\n").is_err());
        assert!(rows("Exit codes:\n").is_err());
        assert!(rows("Exit codes:\n  zero ok Done.\n").is_err());
        assert!(replace("no markers", "").is_err());
    }
}
