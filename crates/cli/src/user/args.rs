//! The arguments of `packetboat user`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use packetboat_accounts::import::Format;
use packetboat_accounts::{AccountName, Cost};

use super::Absent;
use super::holder::CountHolder;
use super::recount::RecountArgs;
use super::terms::{GroupsArg, TermArgs};

/// The arguments of `packetboat user`.
#[derive(Args)]
pub(crate) struct UserArgs {
    /// The accounts file; subcommands that add accounts create it if needed [default:
    /// packetboat/accounts.db in $XDG_STATE_HOME or ~/.local/state, for root
    /// /var/lib/packetboat/accounts.db]
    #[arg(long, value_name = "FILE", global = true, env = "PACKETBOAT_DATABASE")]
    pub(super) database: Option<PathBuf>,

    /// Print one JSON object per line for each account.
    #[arg(long, global = true)]
    pub(super) json: bool,

    #[command(subcommand)]
    pub(super) command: UserCommand,
}

/// The subcommands of `packetboat user`.
#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add an account. Its password is asked for, read from standard input, or generated.
    Add {
        /// The login name.
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
        /// The account.
        name: AccountName,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Change an account's groups, rights and other settings. Options you leave out keep their
    /// values.
    Set {
        /// The account.
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
    /// Show everything known about an account except its password, and where each value comes from.
    Show {
        /// The account; pam:NAME or hook:NAME shows what an account of PAM or of a hook has stored.
        name: CountHolder,
    },
    /// Remove accounts. Their files stay.
    Rm {
        /// The accounts.
        #[arg(required = true)]
        names: Vec<AccountName>,
    },
    /// Lock an account out. Its open sessions end within two seconds.
    Lock {
        /// The account.
        name: AccountName,
    },
    /// Unlock an account.
    Unlock {
        /// The account.
        name: AccountName,
    },
    /// Import accounts from an htpasswd, shadow, pure-ftpd or ProFTPD file. All usable lines are
    /// added together. Values in a line take precedence over options.
    ///
    /// Hashes of yescrypt ($y$), bcrypt, SHA crypt ($5$, $6$), MD5 crypt ($1$, $apr1$), {SHA} and
    /// argon2 are accepted, and become argon2id at the next successful login. Lines with other
    /// hashes (scrypt, gost-yescrypt, DES crypt) are reported and skipped; use `user add` to give
    /// such an account a new password.
    Import {
        /// The file, or - for standard input.
        file: PathBuf,
        /// The format of the file [default: detected from its fields]
        #[arg(long, value_enum)]
        format: Option<FormatArg>,
        /// Read the times of day in a pure-ftpd file as UTC. They are in the local time of its
        /// machine, so without this option lines with times are skipped.
        #[arg(long)]
        times_are_utc: bool,
        #[command(flatten)]
        known: super::import::KnownArgs,
        #[command(flatten)]
        groups: GroupsArg,
        #[command(flatten)]
        terms: TermArgs,
    },
    /// Count from the disk what accounts have stored. Use it after changing files without the
    /// server.
    ///
    /// The server keeps the counts up to date itself, even after a crash.
    Recount(RecountArgs),
    /// Add, show or remove an account's second factor: one-time codes from an app (TOTP, RFC 6238),
    /// which clients send with ACCT.
    Totp(super::totp::TotpArgs),
    /// Set which TLS client certificates belong to an account, or show them if no option is given.
    Cert(super::cert::CertArgs),
    /// Show or set the cost of new password hashes. Existing hashes follow at the next login.
    Cost {
        /// Memory in KiB, passes and lanes of argon2id, such as m=19456,t=2,p=1.
        #[arg(value_parser = Cost::parse)]
        cost: Option<Cost>,
    },
}

impl UserCommand {
    /// Whether the database has to exist, or may be created.
    pub(super) fn absent(&self) -> Absent {
        match self {
            Self::Add { .. } | Self::Import { .. } | Self::Cost { cost: Some(_) } => Absent::Made,
            _ => Absent::Refused,
        }
    }
}

/// The source of a password. Passwords are never arguments: any user of the machine can see those.
#[derive(Args)]
pub(super) struct PasswordArgs {
    /// Generate the password and print it. Otherwise it is the first line of standard input or the
    /// value of PACKETBOAT_PASSWORD, or is asked for on a terminal.
    #[arg(long)]
    pub(super) generate: bool,
}

/// Whether account information (ACCT) is required.
#[derive(Args)]
pub(super) struct AcctArgs {
    /// Whether the account has to send account information (ACCT), and for what. It is taken from
    /// PACKETBOAT_ACCOUNT, asked for, or generated.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(super) acct: Option<AcctArg>,
}

/// When account information is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AcctArg {
    /// To log in.
    Login,
    /// To store.
    Store,
    /// Never.
    None,
}

/// The format of a file to import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    /// Apache's htpasswd.
    Htpasswd,
    /// shadow(5).
    Shadow,
    /// pureftpd.passwd.
    PureFtpd,
    /// The AuthUserFile of ProFTPD: uses the name, the hash, and the home as root folder.
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
