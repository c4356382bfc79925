//! The password and account information of the account that `--user` adds: taken from the
//! environment, asked for, or generated.

use std::io::{self, IsTerminal as _};

use packetboat_accounts::generate_password;

/// The environment variables for the secrets. Arguments would be visible to every user of the
/// machine.
pub(super) const PASSWORD: &str = "PACKETBOAT_PASSWORD";
pub(super) const ACCOUNT: &str = "PACKETBOAT_ACCOUNT";

/// A secret and where it came from.
pub(super) struct Password {
    pub text: String,
    pub origin: Origin,
}

/// Where a secret came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Environment,
    Asked,
    Generated,
}

/// Finds the password of a user.
pub(super) fn find(user: &str) -> Result<Password, String> {
    find_in(PASSWORD, user, "password")
}

/// Finds the account information of a user, for `--acct`.
pub(super) fn find_account(user: &str) -> Result<Password, String> {
    find_in(ACCOUNT, user, "account information")
}

fn find_in(variable: &str, user: &str, thing: &str) -> Result<Password, String> {
    match std::env::var(variable) {
        Ok(text) if text.is_empty() => {
            return Err(format!(
                "{variable} is empty; set it to the {thing} of {user}, or unset it to have one generated"
            ));
        }
        Ok(text) => return Ok(Password { text, origin: Origin::Environment }),
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(format!("{variable} is not valid UTF-8; set it to UTF-8 text"));
        }
        Err(std::env::VarError::NotPresent) => {}
    }
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        let question = format!("Enter the {thing} for {user} (leave empty to generate one): ");
        let text = rpassword::prompt_password(question)
            .map_err(|error| format!("cannot ask for the {thing}: {error}; set {variable}"))?;
        if !text.is_empty() {
            return Ok(Password { text, origin: Origin::Asked });
        }
    }
    let text = generate_password().map_err(|error| error.to_string())?;
    Ok(Password { text, origin: Origin::Generated })
}
