//! The password of the account that `--user` adds: from the environment, asked for, or made up.

use std::io::{self, IsTerminal as _};

use packetboat_accounts::generate_password;

/// The environment variable it is taken from. Arguments can be seen by every user of the machine.
const VARIABLE: &str = "PACKETBOAT_PASSWORD";

/// A password and where it is from.
pub(super) struct Password {
    pub text: String,
    pub origin: Origin,
}

/// Where a password is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Environment,
    Asked,
    Generated,
}

/// Finds the password of a user.
pub(super) fn find(user: &str) -> Result<Password, String> {
    match std::env::var(VARIABLE) {
        Ok(text) if text.is_empty() => {
            return Err(format!(
                "{VARIABLE} is empty; set it to the password of {user}, or unset it to have one made up"
            ));
        }
        Ok(text) => return Ok(Password { text, origin: Origin::Environment }),
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(format!("{VARIABLE} is not UTF-8; set it to a password that is"));
        }
        Err(std::env::VarError::NotPresent) => {}
    }
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        let question = format!("Password for {user} (empty: one is made up): ");
        let text = rpassword::prompt_password(question).map_err(|error| {
            format!("the password cannot be asked for: {error}; set {VARIABLE}")
        })?;
        if !text.is_empty() {
            return Ok(Password { text, origin: Origin::Asked });
        }
    }
    let text = generate_password().map_err(|error| error.to_string())?;
    Ok(Password { text, origin: Origin::Generated })
}
