//! The arguments of `packetboat user`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use packetboat_accounts::import::Format;
use packetboat_accounts::{AccountName, Cost, Network, Record, Rights, Root};
use packetboat_proto::time::Timestamp;

/// The arguments of `packetboat user`.
#[derive(Args)]
pub(crate) struct UserArgs {
    /// The file of accounts; it is made if need be [default: packetboat/accounts.db in $XDG_STATE_HOME or
    /// ~/.local/state, for root /var/lib/packetboat/accounts.db]
    #[arg(long, value_name = "FILE", global = true, env = "PACKETBOAT_DATABASE")]
    pub(super) database: Option<PathBuf>,

    /// Answer with one JSON object on a line for each account.
    #[arg(long, global = true)]
    pub(super) json: bool,

    #[command(subcommand)]
    pub(super) command: UserCommand,
}

/// What is done to accounts.
#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add an account. Its password is asked for, or read from standard input, or made up.
    Add {
        /// The name it logs in by.
        name: AccountName,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        terms: TermArgs,
    },
    /// Change an account's password.
    Passwd {
        /// Whose password.
        name: AccountName,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Change an account's rights and terms; what is not named stays.
    Set {
        /// Which account.
        name: AccountName,
        #[command(flatten)]
        terms: TermArgs,
    },
    /// List the accounts.
    List,
    /// Show all that is known of an account, except its password.
    Show {
        /// Which account.
        name: AccountName,
    },
    /// Remove accounts. Their files stay.
    Rm {
        /// Which accounts.
        #[arg(required = true)]
        names: Vec<AccountName>,
    },
    /// Keep an account out from its next login on. Sessions that are open go on.
    Lock {
        /// Which account.
        name: AccountName,
    },
    /// Let a locked account in again.
    Unlock {
        /// Which account.
        name: AccountName,
    },
    /// Add accounts from an htpasswd, shadow or pure-ftpd file: all of its lines that can be, together.
    ///
    /// Hashes of bcrypt, SHA crypt ($5$, $6$), MD5 crypt ($1$, $apr1$), {SHA} and argon2 are taken, and become
    /// argon2id at the next good login. Others (yescrypt, scrypt, DES crypt) cannot be checked; such lines are
    /// named and passed over.
    Import {
        /// The file; - for standard input.
        file: PathBuf,
        /// Its form [default: told by the number of its fields]
        #[arg(long, value_enum)]
        format: Option<FormatArg>,
        /// Rights of the accounts: list, read, write, overwrite, append, delete, rename, mkdir, rmdir, attributes,
        /// or all, read-only, drop-box, none, with commas between them.
        #[arg(long, value_name = "RIGHTS", value_parser = Rights::parse, default_value = "read-only")]
        rights: Rights,
    },
    /// Show or set what a new password hash costs. Hashes that are there follow at the next login.
    Cost {
        /// KiB of memory, passes and lanes of argon2id, such as m=19456,t=2,p=1.
        #[arg(value_parser = Cost::parse)]
        cost: Option<Cost>,
    },
}

/// Where a password comes from. It is never an argument: those can be seen by every user of the machine.
#[derive(Args)]
pub(super) struct PasswordArgs {
    /// Make the password up and print it. Else it is asked for on a terminal, or is the first line of standard
    /// input.
    #[arg(long)]
    pub(super) generate: bool,
}

/// Rights and terms of an account.
#[derive(Args)]
pub(super) struct TermArgs {
    /// What it may do: list, read, write, overwrite, append, delete, rename, mkdir, rmdir, attributes, or all,
    /// read-only, drop-box, none, with commas between them [default for a new account: read-only]
    #[arg(long, value_name = "RIGHTS", value_parser = Rights::parse)]
    pub(super) rights: Option<Rights>,

    /// A root folder of its own; %u stands for the name. "none": what the server serves.
    #[arg(long, value_name = "FOLDER|none", value_parser = parse_root)]
    root: Option<Setting<Root>>,

    /// The last day on which it may log in, as 2027-01-31 (UTC), or "never".
    #[arg(long, value_name = "DATE|never", value_parser = parse_expiry)]
    expires: Option<Setting<i64>>,

    /// Sessions that it may have at once, or "any".
    #[arg(long, value_name = "COUNT|any", value_parser = parse_sessions)]
    sessions: Option<Setting<u32>>,

    /// Where it may log in from, such as 192.0.2.0/24; repeat it for several. "any": from everywhere.
    #[arg(long, value_name = "NETWORK|any", value_parser = parse_network)]
    network: Vec<Setting<Network>>,

    /// Whether it has to give account information (ACCT), and for what. The information is taken from the
    /// environment variable PACKETBOAT_ACCOUNT, asked for, or made up.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(super) acct: Option<AcctArg>,
}

/// What becomes of a setting that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting<T> {
    /// It falls away.
    Clear,
    /// It becomes this.
    To(T),
}

/// When account information is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AcctArg {
    /// To log in.
    Login,
    /// To store.
    Store,
    /// Never.
    None,
}

/// The form of a file to import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    /// Apache's htpasswd.
    Htpasswd,
    /// shadow(5).
    Shadow,
    /// pureftpd.passwd.
    PureFtpd,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Htpasswd => Self::Htpasswd,
            FormatArg::Shadow => Self::Shadow,
            FormatArg::PureFtpd => Self::PureFtpd,
        }
    }
}

impl<T: Clone> Setting<T> {
    fn apply(setting: Option<&Self>, to: &mut Option<T>) {
        match setting {
            None => {}
            Some(Self::Clear) => *to = None,
            Some(Self::To(value)) => *to = Some(value.clone()),
        }
    }
}

impl TermArgs {
    /// Whether nothing is to be changed.
    pub(super) fn is_empty(&self) -> bool {
        let none = self.rights.is_none() && self.root.is_none() && self.expires.is_none();
        none && self.sessions.is_none() && self.network.is_empty() && self.acct.is_none()
    }

    /// Puts everything but the account information in its place.
    pub(super) fn apply(&self, record: &mut Record) {
        record.rights = self.rights.unwrap_or(record.rights);
        Setting::apply(self.root.as_ref(), &mut record.terms.root);
        Setting::apply(self.expires.as_ref(), &mut record.terms.expires);
        Setting::apply(self.sessions.as_ref(), &mut record.terms.sessions);
        if !self.network.is_empty() {
            let networks = self.network.iter().filter_map(|network| match network {
                Setting::Clear => None,
                Setting::To(network) => Some(*network),
            });
            record.terms.networks = networks.collect();
        }
    }
}

fn parse_root(text: &str) -> Result<Setting<Root>, String> {
    match text {
        "none" => Ok(Setting::Clear),
        text => Root::parse(text).map(Setting::To).map_err(|error| error.to_string()),
    }
}

/// The end of a day, UTC.
fn parse_expiry(text: &str) -> Result<Setting<i64>, String> {
    if text == "never" {
        return Ok(Setting::Clear);
    }
    let digits = text.replace('-', "");
    let day = Timestamp::parse(format!("{digits}000000").as_bytes());
    // The digits alone would let 20-27-0131 pass.
    let fits = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    match day.filter(|_| fits && digits.len() == 8) {
        Some(Timestamp(day)) => Ok(Setting::To(day + 86_400)),
        None => Err("give a day such as 2027-01-31, or never".to_owned()),
    }
}

fn parse_sessions(text: &str) -> Result<Setting<u32>, String> {
    match text {
        "any" => Ok(Setting::Clear),
        text => match text.parse() {
            Ok(count) if count > 0 => Ok(Setting::To(count)),
            _ => Err("give a number from 1 on, or any".to_owned()),
        },
    }
}

fn parse_network(text: &str) -> Result<Setting<Network>, String> {
    if text == "any" { Ok(Setting::Clear) } else { Network::parse(text).map(Setting::To) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_may_be_used_to_the_end_of_its_last_day() {
        assert_eq!(parse_expiry("1970-01-01"), Ok(Setting::To(86_400)));
        assert_eq!(parse_expiry("never"), Ok(Setting::Clear));
        for bad in ["", "2027", "2027-13-01", "2027-02-29", "20-27-0131", "2027-01-31x", "20270131"]
        {
            assert!(parse_expiry(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn counts_of_sessions() {
        assert_eq!(parse_sessions("3"), Ok(Setting::To(3)));
        assert_eq!(parse_sessions("any"), Ok(Setting::Clear));
        assert!(parse_sessions("0").is_err() && parse_sessions("-1").is_err());
    }
}
