//! Passwords and account information for stored accounts: read from the terminal, from standard
//! input or from the environment, or generated.

use std::io::{self, BufRead as _, IsTerminal as _};

use packetboat_accounts::{AccountName, generate_password};

use super::{Failed, Result};
use crate::exit::Exit;

/// A longer line is a mistake, not a password.
const LONGEST: u64 = 4096;
/// The environment variable for a password.
const PASSWORD: &str = "PACKETBOAT_PASSWORD";
/// The environment variable for account information.
const ACCOUNT: &str = "PACKETBOAT_ACCOUNT";

/// A secret.
pub(super) struct Found {
    pub text: String,
    /// Whether it was generated, and has to be printed.
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
    let usage = |why: &str| {
        (Exit::Usage, format!("{why}; give the password for {name}, or use --generate"))
    };
    read.map_err(|error| usage(&format!("cannot read standard input: {error}")))?;
    let text = line.trim_end_matches(['\r', '\n']).to_owned();
    match text.len() as u64 {
        // Typed or piped input takes precedence.
        0 => set_password().ok_or_else(|| {
            let why =
                "the first line of standard input is empty, and PACKETBOAT_PASSWORD is not set";
            (
                Exit::Usage,
                format!("{why}; give the password for {name} in one of them, or use --generate"),
            )
        }),
        LONGEST.. => Err(usage("the first line of standard input is too long")),
        _ => Ok(Found { text, generated: false }),
    }
}

/// The password from the environment, as `serve` and the client read it.
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
            Err((Exit::Usage, format!("{ACCOUNT} is not valid UTF-8; set it to UTF-8 text")))
        }
        Err(std::env::VarError::NotPresent) if io::stdin().is_terminal() => {
            asked(name, "account information")
        }
        Err(std::env::VarError::NotPresent) => made_up(),
    }
}

/// Asks twice, since the input is not echoed.
fn asked(name: &AccountName, thing: &str) -> Result<Found> {
    let ask = |question: String| {
        let cannot =
            |error| (Exit::Usage, format!("cannot ask for the {thing}: {error}; use --generate"));
        rpassword::prompt_password(question).map_err(cannot)
    };
    let text = ask(format!("New {thing} for {name} (leave empty to generate one): "))?;
    if text.is_empty() {
        return made_up();
    }
    if ask("Repeat it: ".to_owned())? != text {
        return Err((
            Exit::Usage,
            "the two entries differ; nothing was changed; try again".to_owned(),
        ));
    }
    Ok(Found { text, generated: false })
}

fn made_up() -> Result<Found> {
    let failed = |error: packetboat_accounts::SecretError| -> Failed {
        (Exit::LOCAL_FILE, error.to_string())
    };
    Ok(Found { text: generate_password().map_err(failed)?, generated: true })
}
