//! Layout of error messages: the command and the problem on the first line, then a labelled line
//! for each piece of advice, wrapped to the width of the terminal. When piped, each stays one line.

use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;

use crate::exit::Exit;

/// Indentation of a labelled line, and of its continuation lines.
const INDENT: &str = "  ";
const FURTHER: &str = "    ";

/// The narrowest and widest text: longer lines are hard to read.
const NARROWEST: usize = 40;
const WIDEST: usize = 100;

/// Limits a terminal's width to one in which text is readable.
pub(crate) fn readable(columns: usize) -> usize {
    columns.clamp(NARROWEST, WIDEST)
}

/// The width of standard error. `None` if it is not a terminal, so that programs get whole lines.
pub(crate) fn width_of_stderr() -> Option<usize> {
    let terminal = std::io::stderr().is_terminal();
    let size = terminal.then(|| terminal_size::terminal_size_of(std::io::stderr())).flatten();
    size.map(|(width, _)| readable(usize::from(width.0)))
}

/// A labelled line to put beneath a message, with a line break in front.
pub(crate) fn labelled(label: &str, text: &str, width: Option<usize>) -> String {
    let text = format!("{label}: {text}");
    let Some(width) = width else { return format!("\n{INDENT}{text}") };
    let lines = wrap(&text, width.saturating_sub(FURTHER.len()));
    let indent = |number| if number == 0 { INDENT } else { FURTHER };
    lines.iter().enumerate().map(|(at, line)| format!("\n{}{line}", indent(at))).collect()
}

/// Wraps text to lines of at most `width` characters. A longer word gets a line of its own.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines
}

/// Reports a wrong command line as found by clap. Help and version output is printed as clap has
/// it.
pub(crate) fn misused(error: &clap::Error, definition: &clap::Command) -> ExitCode {
    use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand as NothingGiven;
    if !error.use_stderr() || error.kind() == NothingGiven {
        error.exit()
    }
    let words: Vec<_> = std::env::args_os().skip(1).take_while(|word| word != "--").collect();
    let words: Vec<_> = words.iter().filter_map(|word| word.to_str()).collect();
    let command = path(definition, &words);
    let told = Told::of(&error.render().to_string(), &command);
    if words.contains(&"--json") {
        let name = command.strip_prefix("packetboat ");
        let more = serde_json::json!({ "advice": told.advice, "usage": told.usage });
        crate::client::failure_with(name, Exit::Usage, &told.message, more);
    } else {
        let width = width_of_stderr();
        let mut text = format!("{command}: {}", told.message);
        if let Some(usage) = &told.usage {
            text += &labelled("Usage", usage, width);
        }
        text += &labelled("What to do", &told.advice, width);
        // Nothing can be reported if standard error is closed.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
    Exit::Usage.into()
}

/// The full name of the subcommand on a command line, such as `packetboat user add`.
fn path(definition: &clap::Command, words: &[&str]) -> String {
    let mut path = definition.get_name().to_owned();
    let mut command = definition;
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        let Some(found) = command.find_subcommand(word) else { break };
        path = format!("{path} {}", found.get_name());
        command = found;
    }
    path
}

/// The parts of an error message from clap.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    message: String,
    usage: Option<String>,
    advice: String,
}

impl Told {
    /// Splits clap's text: the error, then after empty lines tips, the usage and a pointer to
    /// --help.
    fn of(text: &str, command: &str) -> Self {
        let (mut message, mut tips, mut usage) = (Vec::new(), Vec::new(), None);
        let mut in_usage = false;
        for line in text.lines().map(str::trim) {
            if let Some(first) = line.strip_prefix("Usage: ") {
                (usage, in_usage) = (Some(first.to_owned()), true);
            } else if let Some(tip) = line.strip_prefix("tip: ") {
                tips.push(tip.to_owned());
            } else if line.is_empty() || line.starts_with("For more information") {
                in_usage = false;
            } else if in_usage {
                usage = usage.map(|usage| format!("{usage} or {line}"));
            } else {
                message.push(line.strip_prefix("error: ").unwrap_or(line));
            }
        }
        let found = tips.len();
        tips.retain(|tip| is_meant(tip, &message.join(" ")));
        // Without its tip, the usage is wrong: it includes the suggested argument.
        usage = usage.filter(|_| tips.len() == found);
        tips.push(format!("`{command} --help` explains what it takes"));
        Self { message: message.join(" "), usage, advice: format!("{}.", tips.join("; ")) }
    }
}

/// Whether a tip from clap helps. Clap also suggests names that nobody mistypes, such as --version
/// for --verify. Similar values are left out because the message already lists all values.
fn is_meant(tip: &str, message: &str) -> bool {
    let quoted = |text: &'_ str| text.split('\'').nth(1).map(str::to_owned);
    if tip.starts_with("a similar value exists") {
        return false;
    }
    match (tip.starts_with("a similar argument exists"), quoted(message), quoted(tip)) {
        (true, Some(typed), Some(similar)) => {
            let (typed, similar) = (typed.trim_matches('-'), similar.trim_matches('-'));
            let wrong = strsim::damerau_levenshtein(typed, similar);
            similar.starts_with(typed) || wrong * 3 <= typed.len()
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clap_says_is_taken_apart() {
        let text = "error: unexpected argument '--jsno' found\n\n  tip: a similar argument exists: '--json'\n\n\
            Usage: packetboat get <URL>...\n\nFor more information, try '--help'.\n";
        let told = Told::of(text, "packetboat get");
        assert_eq!(told.message, "unexpected argument '--jsno' found");
        assert_eq!(told.usage.as_deref(), Some("packetboat get <URL>..."));
        assert_eq!(
            told.advice,
            "a similar argument exists: '--json'; `packetboat get --help` explains what it takes."
        );
        let text = "error: unexpected argument '--verify' found\n\n  tip: a similar argument exists: '--version'\n\n\
            Usage: packetboat hash --version <URL>...\n";
        let told = Told::of(text, "packetboat hash");
        assert_eq!((told.usage, told.message.contains("--verify")), (None, true));
        assert_eq!(told.advice, "`packetboat hash --help` explains what it takes.");
        let text = "error: invalid value 'tcsh' for '<SHELL>'\n  [possible values: bash, zsh]\n\n\
            tip: a similar value exists: 'zsh'\n";
        let told = Told::of(text, "packetboat completions");
        assert!(!told.advice.contains("similar") && told.message.contains("bash"), "{told:?}");
        let text = "error: the following required arguments were not provided:\n  <URL>...\n";
        let told = Told::of(text, "packetboat get");
        assert_eq!(told.message, "the following required arguments were not provided: <URL>...");
        assert_eq!(told.usage, None);
    }

    #[test]
    fn the_subcommand_is_named_whole() {
        let definition = <crate::Cli as clap::CommandFactory>::command();
        for (words, expected) in [
            (&["user", "--json", "add", "x"][..], "packetboat user add"),
            (&["--json", "get", "user"], "packetboat get"),
            (&["gte", "get"], "packetboat"),
        ] {
            assert_eq!(path(&definition, words), expected);
        }
    }

    #[test]
    fn a_labelled_line_is_broken_on_a_terminal_only() {
        let text = "one two three four five six seven eight";
        assert_eq!(labelled("Do", text, None), format!("\n  Do: {text}"));
        let broken = labelled("Do", text, Some(24));
        assert_eq!(broken, "\n  Do: one two three\n    four five six seven\n    eight");
        assert!(broken.lines().all(|line| line.len() <= 24));
    }
}
