//! `[accounts]`: who may log in.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use packetboat_accounts::Source;
use packetboat_accounts::terms::Own;
use packetboat_proto::anonymous::is_anonymous;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// Who may log in.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Whether guests may read.
    pub anonymous: bool,
    /// The accounts that last.
    pub database: Option<PathBuf>,
    /// An account that lives as long as the server.
    pub user: Option<String>,
    /// Whether that account may change anything.
    pub user_writes: bool,
    /// For what that account has to name its account information.
    pub user_information: Option<InformationWanted>,
    /// Who is asked, one after the other.
    pub sources: Vec<Source>,
    /// How the accounts of the system log in.
    pub pam: PamSettings,
    /// The program or service that decides on logins.
    pub hook: Option<String>,
    /// Who vouches for that service.
    pub hook_ca: Option<PathBuf>,
    /// How long it may take.
    pub hook_timeout: Duration,
}

/// How the accounts of the system log in.
#[derive(Clone, Debug)]
pub struct PamSettings {
    /// The service; without one, PAM is not asked.
    pub service: Option<String>,
    /// A folder of services other than the system's.
    pub folder: Option<PathBuf>,
    /// What the accounts get: keys and values as of `packetboat user set`.
    pub terms: Own,
    /// How long PAM may take.
    pub timeout: Duration,
}

/// For what account information (ACCT) is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InformationWanted {
    /// To log in.
    Login,
    /// To store.
    Store,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            anonymous: true,
            database: None,
            user: None,
            user_writes: false,
            user_information: None,
            sources: vec![Source::Database, Source::Pam, Source::Hook],
            pam: PamSettings {
                service: None,
                folder: None,
                terms: Own::default(),
                timeout: Duration::from_secs(15),
            },
            hook: None,
            hook_ca: None,
            hook_timeout: Duration::from_secs(5),
        }
    }
}

pub(super) const SECTION: Section =
    Section { name: "accounts", doc: "Who may log in.", rows: Rows::Once(ROWS) };

const ROWS: &[Setting] = &[
    Setting::new(
        "accounts.anonymous",
        Shape::Flag(|settings, on| settings.accounts.anonymous = on),
        "Whether guests may read without a password, as anonymous.",
    )
    .default("true")
    .switch("no-anonymous", "false"),
    Setting::new(
        "accounts.database",
        Shape::Path(|settings, path| settings.accounts.database = Some(path)),
        "Let the accounts of this file in as well, which `packetboat user` manages; it is made if need be. \
         What changes there counts at once, in open sessions too.",
    )
    .flag("database"),
    Setting::new(
        "accounts.user",
        Shape::Text(NAME, |settings, text| {
            if text.is_empty() || is_anonymous(text.as_bytes()) {
                return Err(format!("{text:?} cannot have a password; choose another name"));
            }
            settings.accounts.user = Some(text.to_owned());
            Ok(())
        }),
        "Add an account of this name. Its password is taken from the environment variable \
         PACKETBOAT_PASSWORD, asked for on a terminal, or made up and printed.",
    )
    .when(When::Restart)
    .flag("user"),
    Setting::new(
        "accounts.user-writes",
        Shape::Flag(|settings, on| settings.accounts.user_writes = on),
        "Let the account of accounts.user store, rename and delete.",
    )
    .default("false")
    .switch("write", "true"),
    Setting::new(
        "accounts.user-information",
        Shape::Choice(WANTED),
        "Ask the account of accounts.user for account information too (ACCT). It is taken from the \
         environment variable PACKETBOAT_ACCOUNT, asked for on a terminal, or made up and printed.",
    )
    .when(When::Restart)
    .flag("acct"),
    Setting::new(
        "accounts.sources",
        Shape::Text(SOURCES, |settings, text| {
            let words = text.split(',').map(str::trim);
            let known = words.map(|word| {
                let source = Source::parse(word).filter(|source| *source != Source::Memory);
                source.ok_or_else(|| format!("{word:?} is none; give words of database, pam, hook"))
            });
            settings.accounts.sources = known.collect::<Result<_, _>>()?;
            Ok(())
        }),
        "Who is asked of a login, one after the other: the first that knows the user decides. The account of \
         accounts.user has its name to itself.",
    )
    .default("database,pam,hook"),
    Setting::new(
        "accounts.pam-service",
        Shape::Text(SERVICE, |settings, text| {
            if text.is_empty() || text.contains(['/', '\0']) {
                return Err("give the name of a file in /etc/pam.d".to_owned());
            }
            settings.accounts.pam.service = Some(text.to_owned());
            Ok(())
        }),
        "Let the accounts of the system in, by this PAM service. Their files are used with the rights of the \
         server, not with theirs.",
    )
    .when(When::Restart)
    .flag("pam-service"),
    Setting::new(
        "accounts.pam-folder",
        Shape::Path(|settings, path| settings.accounts.pam.folder = Some(path)),
        "Look for the PAM service in this folder instead of /etc/pam.d.",
    ),
    Setting::new(
        "accounts.pam-terms",
        Shape::List(TERM, |settings, text| {
            let (key, value) = text.split_once('=').ok_or("give KEY=VALUE")?;
            let terms = &mut settings.accounts.pam.terms;
            let mut lines = terms.get(key).map(<[String]>::to_vec).unwrap_or_default();
            lines.push(value.to_owned());
            terms.set(key, &lines)
        }),
        "What the accounts of the system may do, and on which terms; keys and values are those of `packetboat \
         user set`. Without any, they may read what the server serves.",
    ),
    Setting::new(
        "accounts.pam-timeout",
        Shape::Time(TIMEOUT, |settings, time| settings.accounts.pam.timeout = time),
        "How long PAM may take to decide.",
    )
    .default("15s"),
    Setting::new(
        "accounts.hook",
        Shape::Text(HOOK, |settings, text| {
            settings.accounts.hook = Some(text.to_owned());
            Ok(())
        }),
        "Let a program (an absolute path) or an HTTP service (https://) decide on logins.",
    )
    .when(When::Restart)
    .flag("hook"),
    Setting::new(
        "accounts.hook-ca",
        Shape::Path(|settings, path| settings.accounts.hook_ca = Some(path)),
        "The certificate authorities, in PEM, that vouch for the hook's service, in place of the system's.",
    ),
    Setting::new(
        "accounts.hook-timeout",
        Shape::Time(TIMEOUT, |settings, time| settings.accounts.hook_timeout = time),
        "How long the hook may take to decide.",
    )
    .default("5s"),
    Setting::new(
        "accounts.logins-elsewhere",
        Shape::Count(1..=64, |settings, count| {
            settings.server.logins_elsewhere = usize::try_from(count).unwrap_or(64);
        }),
        "So many logins may ask PAM or the hook at once; more wait.",
    )
    .when(When::Restart)
    .default("16"),
];

const SOURCES: Form = Form {
    what: "words of database, pam, hook with commas between them",
    place: "WORDS",
    example: "database,pam",
};
const SERVICE: Form = Form { what: "a PAM service", place: "NAME", example: "packetboat" };
const TERM: Form = Form { what: "a term", place: "KEY=VALUE", example: "root=/home/%u" };
const HOOK: Form = Form {
    what: "the path of a program, or an address",
    place: "PROGRAM|URL",
    example: "/usr/local/lib/packetboat/login",
};
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(120);

const NAME: Form = Form { what: "a name", place: "NAME", example: "alice" };

const WANTED: &[Word<Settings>] = &[
    Word {
        word: "login",
        doc: "to log in",
        put: |settings| settings.accounts.user_information = Some(InformationWanted::Login),
    },
    Word {
        word: "store",
        doc: "to store",
        put: |settings| settings.accounts.user_information = Some(InformationWanted::Store),
    },
];
