//! [`Steps`]: runs checks one after the other and prints a summary. A failed step does not stop the
//! following ones, so one run reports everything that is wrong.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// The result of a step: one line if it passed, or the reason why it failed.
pub(crate) type Outcome = Result<String, String>;

/// The steps run so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(&'static str, Outcome)>,
    skipped: Vec<String>,
}

impl Steps {
    /// Runs a step and records its result.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Outcome) {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = work();
        let seconds = started.elapsed().as_secs();
        match &outcome {
            Ok(said) => println!("{said} ({seconds} s)"),
            Err(why) => println!("FAILED: {why} ({seconds} s)"),
        }
        self.done.push((name, outcome));
    }

    /// Records something that was skipped.
    pub(crate) fn skip(&mut self, what: String) {
        self.skipped.push(what);
    }

    /// Prints what passed, failed and was skipped.
    pub(crate) fn finish(self) -> ExitCode {
        println!("\n== Summary");
        for (name, outcome) in &self.done {
            match outcome {
                Ok(_) => println!("passed   {name}"),
                Err(why) => println!("FAILED   {name}: {why}"),
            }
        }
        for what in &self.skipped {
            println!("skipped  {what}");
        }
        let failed = self.failed();
        match failed {
            0 => println!("All {} steps passed.", self.done.len()),
            _ => println!("{failed} of {} steps failed.", self.done.len()),
        }
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn failed(&self) -> usize {
        self.done.iter().filter(|(_, outcome)| outcome.is_err()).count()
    }
}

/// Runs cargo in the workspace, with its output visible.
pub(crate) fn cargo(root: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let shown = format!("cargo {}", arguments.join(" "));
    println!("$ {shown}");
    let status = cargo_command(root, arguments).envs(variables.iter().copied()).status();
    let status = status.map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if status.success() { Ok(shown) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// Like [`cargo`], with one environment variable; also passes each line of standard output to
/// `see`.
pub(crate) fn cargo_lines(
    root: &Path,
    arguments: &[&str],
    (name, value): (&str, &OsStr),
    mut see: impl FnMut(&str),
) -> Outcome {
    let shown = format!("cargo {}", arguments.join(" "));
    println!("$ {shown}");
    let broken = |error| format!("cannot run `{shown}`: {error}");
    let mut command = cargo_command(root, arguments);
    let mut child = command.env(name, value).stdout(Stdio::piped()).spawn().map_err(broken)?;
    let output = child.stdout.take().map(BufReader::new);
    for line in output.into_iter().flat_map(|output| output.split(b'\n')) {
        let line = line.map_err(broken)?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        see(&line);
    }
    let status = child.wait().map_err(broken)?;
    if status.success() { Ok(shown) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// Runs cargo and returns its output.
pub(crate) fn cargo_output(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let shown = format!("cargo {}", arguments.join(" "));
    let output = cargo_command(root, arguments).output();
    let output = output.map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("`{shown}` failed: {}: {}", output.status, said.trim()))
    }
}

fn cargo_command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_stops_no_other_and_is_counted() {
        let mut steps = Steps::default();
        steps.step("first", || Err("broken".into()));
        steps.step("second", || Ok("fine".into()));
        assert_eq!(steps.done.len(), 2);
        assert_eq!(steps.failed(), 1);
    }

    #[test]
    fn a_command_that_fails_says_which_and_why() {
        let root = crate::root();
        let why = cargo_output(&root, &["no-such-command"]).expect_err("there is no such command");
        assert!(
            why.contains("`cargo no-such-command`") && why.contains("no-such-command"),
            "{why}"
        );
        let mut lines = Vec::new();
        let said =
            cargo_lines(&root, &["--version"], ("CARGO_TERM_COLOR", "never".as_ref()), |line| {
                lines.push(line.to_owned())
            });
        assert!(said.is_ok() && lines.len() == 1 && lines[0].starts_with("cargo"), "{lines:?}");
        assert!(cargo_output(&root, &["--version"]).is_ok_and(|said| said.starts_with(b"cargo")));
    }
}
