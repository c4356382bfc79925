//! The arguments of `packetboat user`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use packetboat_accounts::import::Format;
use packetboat_accounts::{AccountName, Cost};

use super::Absent;
use super::recount::RecountArgs;
use super::terms::{GroupsArg, TermArgs};
use super::whose::Whose;

/// The arguments of `packetboat user`.
#[derive(Args)]
pub(crate) struct UserArgs {
    /// The file of accounts; what adds to it makes it if need be [default: packetboat/accounts.db in
    /// $XDG_STATE_HOME or ~/.local/state, for root /var/lib/packetboat/accounts.db]
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
        #[arg(value_parser = AccountName::parse)]
        name: AccountName,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        groups: GroupsArg,
        #[command(flatten)]
        terms: TermArgs,
        #[command(flatten)]
        acct: AcctArgs,
    },
    /// Change an account's password.
    Passwd {
        /// Whose password.
        name: AccountName,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Change an account's groups, rights and terms; what is not named stays.
    Set {
        /// Which account.
        name: AccountName,
        #[command(flatten)]
        groups: GroupsArg,
        #[command(flatten)]
        terms: TermArgs,
        #[command(flatten)]
        acct: AcctArgs,
    },
    /// List the accounts.
    List,
    /// Show all that is known of an account except its password, and where each value comes from.
    Show {
        /// Which account; pam:NAME or hook:NAME for what one of theirs has stored.
        name: Whose,
    },
    /// Remove accounts. Their files stay.
    Rm {
        /// Which accounts.
        #[arg(required = true)]
        names: Vec<AccountName>,
    },
    /// Keep an account out. Its open sessions are ended within two seconds.
    Lock {
        /// Which account.
        name: AccountName,
    },
    /// Let a locked account in again.
    Unlock {
        /// Which account.
        name: AccountName,
    },
    /// Add accounts from an htpasswd, shadow, pure-ftpd or ProFTPD file: all of its lines that can be, together. What a
    /// line says counts before the options.
    ///
    /// Hashes of yescrypt ($y$), bcrypt, SHA crypt ($5$, $6$), MD5 crypt ($1$, $apr1$), {SHA} and argon2 are
    /// taken, and become argon2id at the next good login. Lines with others (scrypt, gost-yescrypt, DES crypt) are
    /// named and passed over; `user add` gives such an account a new password.
    Import {
        /// The file; - for standard input.
        file: PathBuf,
        /// Its form [default: told by its fields]
        #[arg(long, value_enum)]
        format: Option<FormatArg>,
        /// Take the times of day of a pure-ftpd file for UTC. It means them in its machine's own time, so without
        /// this their lines are passed over.
        #[arg(long)]
        times_are_utc: bool,
        #[command(flatten)]
        known: super::import::KnownArgs,
        #[command(flatten)]
        groups: GroupsArg,
        #[command(flatten)]
        terms: TermArgs,
    },
    /// Count what accounts have stored, from the disk: after files were changed past the server.
    ///
    /// A server counts by itself, also after a crash.
    Recount(RecountArgs),
    /// Give an account a second factor, show it, or take it away: one-time codes of an app (TOTP, RFC 6238),
    /// which a client gives by ACCT.
    Totp(super::totp::TotpArgs),
    /// Say which client certificates (TLS) are an account's; without options, show it.
    Cert(super::cert::CertArgs),
    /// Show or set what a new password hash costs. Hashes that are there follow at the next login.
    Cost {
        /// KiB of memory, passes and lanes of argon2id, such as m=19456,t=2,p=1.
        #[arg(value_parser = Cost::parse)]
        cost: Option<Cost>,
    },
}

impl UserCommand {
    /// Whether it has to find a database.
    pub(super) fn absent(&self) -> Absent {
        match self {
            Self::Add { .. } | Self::Import { .. } | Self::Cost { cost: Some(_) } => Absent::Made,
            _ => Absent::Refused,
        }
    }
}

/// Where a password comes from. It is never an argument: those can be seen by every user of the machine.
#[derive(Args)]
pub(super) struct PasswordArgs {
    /// Make the password up and print it. Else it is the first line of standard input, or that of the environment
    /// variable PACKETBOAT_PASSWORD, or is asked for on a terminal.
    #[arg(long)]
    pub(super) generate: bool,
}

/// Whether account information (ACCT) is wanted.
#[derive(Args)]
pub(super) struct AcctArgs {
    /// Whether it has to give account information (ACCT), and for what. The information is taken from the
    /// environment variable PACKETBOAT_ACCOUNT, asked for, or made up.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(super) acct: Option<AcctArg>,
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
    /// The AuthUserFile of ProFTPD: name, hash and home count, the home as root folder.
    #[value(name = "proftpd")]
    ProFtpd,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Htpasswd => Self::Htpasswd,
            FormatArg::Shadow => Self::Shadow,
            FormatArg::PureFtpd => Self::PureFtpd,
            FormatArg::ProFtpd => Self::ProFtpd,
        }
    }
}
