//! `packetboat user totp`: manages the second factor of an account, and prints it as a QR code for
//! an authenticator app.

use std::io::{self, IsTerminal as _, Write as _};

use clap::{Args, ValueEnum};
use packetboat_accounts::{AccountName, Database, InformationFor, SecondFactor, TotpSecret};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::{Value, json};

use super::show::Show;
use super::{Result, failed, lost, not_written};
use crate::exit::Exit;

/// The arguments of `packetboat user totp`.
#[derive(Args)]
pub(super) struct TotpArgs {
    /// The account.
    name: AccountName,

    /// What to do
    #[arg(value_enum, default_value_t = What::Show)]
    what: What,

    /// What a code is required for
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = WantedFor::Login)]
    to: WantedFor,

    /// Also accept the code appended to the password, for clients without ACCT.
    #[arg(long)]
    totp_append: bool,

    /// What the app shows beside the account name [default: the issuer it was created with, else
    /// Packetboat].
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
}

/// What to do with a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Create a new second factor; codes of the old one become invalid.
    On,
    /// Remove it.
    Off,
    /// Show its secret again, for another device.
    Show,
}

/// What a code is required for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WantedFor {
    /// To log in (332).
    Login,
    /// To store (532).
    Store,
}

/// Creates, shows or removes the second factor.
pub(super) fn run(database: &Database, args: &TotpArgs, show: &Show) -> Result<Exit> {
    let name = &args.name;
    match args.what {
        What::Off => {
            database.set_second_factor(name, None).map_err(failed)?;
            show.done("has no second factor", name, json!({})).map_err(not_written)
        }
        What::On => {
            let secret = TotpSecret::generate();
            let secret = secret.map_err(|error| (Exit::LOCAL_FILE, error.to_string()))?;
            let wanted_for = match args.to {
                WantedFor::Login => InformationFor::Login,
                WantedFor::Store => InformationFor::Storing,
            };
            let issuer = args.issuer.clone().unwrap_or_else(|| "Packetboat".to_owned());
            let append = args.totp_append;
            let factor = SecondFactor { secret, wanted_for, append, issuer, wrong: 0 };
            database.set_second_factor(name, Some(&factor)).map_err(failed)?;
            tell(args, &factor, show).map_err(lost)
        }
        What::Show => {
            database.find(name).map_err(failed)?;
            match database.second_factor(name).map_err(failed)? {
                Some(factor) => tell(args, &factor, show).map_err(lost),
                None => Err((
                    Exit::Unknown,
                    format!("{name} has no second factor; give it one with `user totp {name} on`"),
                )),
            }
        }
    }
}

fn tell(args: &TotpArgs, factor: &SecondFactor, show: &Show) -> io::Result<Exit> {
    let uri = factor.secret.uri(args.issuer.as_ref().unwrap_or(&factor.issuer), args.name.as_str());
    let mut out = io::stdout().lock();
    if show.json {
        let mut object = object(factor);
        object["event"] = "result".into();
        object["command"] = "user".into();
        object["name"] = args.name.as_str().into();
        object["uri"] = uri.into();
        writeln!(out, "{}", crate::json::line(&object))?;
        return Ok(Exit::Ok);
    }
    writeln!(out, "{}: a one-time code is required {}", args.name, words(factor))?;
    writeln!(out, "  {uri}")?;
    if io::stdout().is_terminal()
        && let Ok(code) = QrCode::new(&uri)
    {
        // Draw light on dark: most terminals are dark, and scanners need a light margin.
        let mut drawn = code.render::<Dense1x2>();
        let drawn = drawn.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        writeln!(out, "{drawn}")?;
    }
    writeln!(
        out,
        "  Scan or enter it in an authenticator app. Keep it secret: anyone who has it can generate codes."
    )?;
    Ok(Exit::Ok)
}

/// One line about the second factor, without the secret.
pub(super) fn words(factor: &SecondFactor) -> String {
    let when = match factor.wanted_for {
        InformationFor::Login => "to log in",
        InformationFor::Storing => "to store",
    };
    let append = if factor.append {
        ", sent with ACCT or appended to the password"
    } else {
        ", sent with ACCT"
    };
    let wrong = match factor.wrong {
        0 => String::new(),
        count => format!("; {count} wrong in a row"),
    };
    format!("{when}{append}{wrong}")
}

/// The second factor as JSON, without the secret.
pub(super) fn object(factor: &SecondFactor) -> Value {
    let when = match factor.wanted_for {
        InformationFor::Login => "login",
        InformationFor::Storing => "store",
    };
    json!({"wanted_for": when, "append": factor.append, "wrong": factor.wrong})
}
