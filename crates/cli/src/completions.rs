//! `packetboat completions`: prints shell completions, generated from the definition of the command
//! line.

use std::io::{self, Write};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

/// The arguments of `packetboat completions`.
#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints the completions.
pub(crate) fn run(args: &CompletionsArgs, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&script(args.shell))?;
    out.flush()
}

fn script(shell: Shell) -> Vec<u8> {
    // The generator panics on a write error, which cannot happen when writing to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::Cli::command(), "packetboat", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_completes_every_subcommand() {
        let cli = crate::Cli::command();
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let mut out = Vec::new();
            run(&CompletionsArgs { shell }, &mut out).expect("memory takes it");
            let script = String::from_utf8(out).expect("a script is text");
            for command in cli.get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {command}");
            }
            assert!(script.contains("serve"), "{shell}");
        }
    }
}
