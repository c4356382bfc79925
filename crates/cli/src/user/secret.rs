//! Passwords and account information of stored accounts: asked for, read from standard input, or made up.

use std::io::{self, BufRead as _, IsTerminal as _};

use packetboat_accounts::{AccountName, generate_password};

use super::{Failed, Result};
use crate::exit::Exit;

/// A longer line is no password but a mistake.
const LONGEST: u64 = 4096;
/// What a password may be taken from.
const PASSWORD: &str = "PACKETBOAT_PASSWORD";
/// What account information may be taken from.
const ACCOUNT: &str = "PACKETBOAT_ACCOUNT";

/// A secret.
pub(super) struct Found {
    pub text: String,
    /// Whether it was made up, and has to be told.
    pub generated: bool,
}

/// The password of an account.
pub(super) fn password(name: &AccountName, generate: bool) -> Result<Found> {
    if generate {
        return made_up();
    }
    if io::stdin().is_terminal() {
        return set_password().map_or_else(|| asked(name, "password"), Ok);
    }
    let mut line = String::new();
    let read = io::Read::take(io::stdin().lock(), LONGEST).read_line(&mut line);
    let usage =
        |why: &str| (Exit::Usage, format!("{why}; give the password of {name}, or --generate"));
    read.map_err(|error| usage(&format!("standard input cannot be read: {error}")))?;
    let text = line.trim_end_matches(['\r', '\n']).to_owned();
    match text.len() as u64 {
        // What is typed or piped comes first.
        0 => set_password().ok_or_else(|| {
            let why =
                "the first line of standard input is empty, and PACKETBOAT_PASSWORD is not set";
            (
                Exit::Usage,
                format!("{why}; give the password of {name} in one of them, or --generate"),
            )
        }),
        LONGEST.. => Err(usage("the first line of standard input is too long")),
        _ => Ok(Found { text, generated: false }),
    }
}

/// That of the environment, as for `serve` and the client.
fn set_password() -> Option<Found> {
    let text = std::env::var(PASSWORD).ok().filter(|text| !text.is_empty())?;
    Some(Found { text, generated: false })
}

/// The account information of an account.
pub(super) fn account_information(name: &AccountName) -> Result<Found> {
    match std::env::var(ACCOUNT) {
        Ok(text) if !text.is_empty() => Ok(Found { text, generated: false }),
        Ok(_) => Err((Exit::Usage, format!("{ACCOUNT} is empty; set it, or unset it"))),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err((Exit::Usage, format!("{ACCOUNT} is not UTF-8; set it to text that is")))
        }
        Err(std::env::VarError::NotPresent) if io::stdin().is_terminal() => {
            asked(name, "account information")
        }
        Err(std::env::VarError::NotPresent) => made_up(),
    }
}

/// Twice, since it is not seen.
fn asked(name: &AccountName, thing: &str) -> Result<Found> {
    let ask = |question: String| {
        let cannot = |error| {
            (Exit::Usage, format!("the {thing} cannot be asked for: {error}; use --generate"))
        };
        rpassword::prompt_password(question).map_err(cannot)
    };
    let text = ask(format!("The {thing} of {name} (empty: one is made up): "))?;
    if text.is_empty() {
        return made_up();
    }
    if ask("The same again: ".to_owned())? != text {
        return Err((Exit::Usage, "the two differ; nothing was changed, try again".to_owned()));
    }
    Ok(Found { text, generated: false })
}

fn made_up() -> Result<Found> {
    let failed = |error: packetboat_accounts::SecretError| -> Failed {
        (Exit::LOCAL_FILE, error.to_string())
    };
    Ok(Found { text: generate_password().map_err(failed)?, generated: true })
}
