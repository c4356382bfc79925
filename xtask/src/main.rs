//! The project's own checks. `cargo xtask test` runs them all; the other commands run single checks
//! while you work.

#![forbid(unsafe_code)]

mod deny;
mod docs;
mod functions;
mod fuzz;
mod imports;
mod readme;
mod sizes;
mod steps;
mod test;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <COMMAND>

  test             Run every check: formatting, sizes of files and functions, imports, lints, fuzz
                   targets, licences (if cargo-deny is installed), documentation, reference,
                   README, tests.
  fmt              Format the code.
  lint             Run Clippy and treat warnings as errors.
  check-sizes      Check the length of files and functions.
  check-imports    Check the dependencies between our crates against the table.
  docs             Write the reference under docs/reference from the tables in the code.
  readme           Write the program's exit codes into README.md.
  fuzz [SECONDS]   Run every fuzz target for this many seconds (default: 30).
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let result = match words.as_slice() {
        ["test"] => return test::run(&root),
        ["fmt"] => test::format(&root, &[]),
        ["lint"] => test::lint(&root),
        ["check-sizes"] => sizes::check(&root).and_then(|told| {
            println!("{told}");
            functions::check(&root)
        }),
        ["check-imports"] => imports::check(&root),
        ["docs"] => docs::write(&root),
        ["readme"] => readme::write(&root),
        ["fuzz"] => fuzz::run(&root, fuzz::SECONDS),
        ["fuzz", seconds] => match seconds.parse() {
            Ok(seconds) => fuzz::run(&root, seconds),
            Err(_) => Err(format!("`{seconds}` is not a number of seconds.")),
        },
        [] | ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("`{}` is not a command.\n\n{HELP}", words.join(" "))),
    };
    match result {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace root, independent of the current directory.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
