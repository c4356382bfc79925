//! `[accounts]`: who may log in, and which sources (database, PAM, hook) decide.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use packetboat_accounts::Source;
use packetboat_accounts::terms::Own;
use packetboat_proto::anonymous::is_anonymous;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// The account settings as read.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Whether guests may read.
    pub anonymous: bool,
    /// The database of accounts.
    pub database: Option<PathBuf>,
    /// A single account that exists while the server runs.
    pub user: Option<String>,
    /// Whether that account may write.
    pub user_writes: bool,
    /// When that account must send account information (ACCT).
    pub user_information: Option<InformationWanted>,
    /// The sources to ask about a login, in order.
    pub sources: Vec<Source>,
    /// How system accounts log in.
    pub pam: PamSettings,
    /// The program or service that decides on logins.
    pub hook: Option<String>,
    /// The authorities for the hook's HTTPS service, in PEM.
    pub hook_ca: Option<PathBuf>,
    /// How long the hook may take.
    pub hook_timeout: Duration,
}

/// How system accounts log in.
#[derive(Clone, Debug)]
pub struct PamSettings {
    /// The PAM service; without one, PAM is not used.
    pub service: Option<String>,
    /// A folder of PAM services to use instead of the system's.
    pub folder: Option<PathBuf>,
    /// The terms of these accounts, with the keys and values of `packetboat user set`.
    pub terms: Own,
    /// How long PAM may take.
    pub timeout: Duration,
}

/// When account information (ACCT) is required.
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
        "Whether guests may log in as anonymous, without a password, and read.",
    )
    .default("true")
    .switch("no-anonymous", "false"),
    Setting::new(
        "accounts.database",
        Shape::Path(|settings, path| settings.accounts.database = Some(path)),
        "The database of accounts that `packetboat user` manages; the server creates it if it \
         does not exist. Changes to an account take effect at once, in open sessions too.",
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
        "Add an account with this name. Its password is read from the environment variable \
         PACKETBOAT_PASSWORD, or asked for on a terminal, or else generated and printed.",
    )
    .when(When::Restart)
    .flag("user"),
    Setting::new(
        "accounts.user-writes",
        Shape::Flag(|settings, on| settings.accounts.user_writes = on),
        "Let the account of accounts.user store, rename and delete files.",
    )
    .default("false")
    .switch("write", "true"),
    Setting::new(
        "accounts.user-information",
        Shape::Choice(WANTED),
        "Also require account information (ACCT) from the account of accounts.user. It is read \
         from the environment variable PACKETBOAT_ACCOUNT, or asked for on a terminal, or else \
         generated and printed.",
    )
    .when(When::Restart)
    .flag("acct"),
    Setting::new(
        "accounts.sources",
        Shape::Text(SOURCES, |settings, text| {
            let words = text.split(',').map(str::trim);
            let known = words.map(|word| {
                let source = Source::parse(word).filter(|source| *source != Source::Memory);
                source
                    .ok_or_else(|| format!("{word:?} is not a source; give database, pam or hook"))
            });
            settings.accounts.sources = known.collect::<Result<_, _>>()?;
            Ok(())
        }),
        "Which sources to ask about a login, in this order; the first one that knows the user \
         decides. The name in accounts.user is reserved for that account.",
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
        "Let system accounts log in through this PAM service. Their files are accessed with the \
         server's permissions, not with their own.",
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
        "What system accounts may do, and on which terms, with the keys and values of `packetboat \
         user set`. Without it, they may read what the server serves.",
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
        "Let a program (an absolute path) or an HTTP service (https://) decide about logins.",
    )
    .when(When::Restart)
    .flag("hook"),
    Setting::new(
        "accounts.hook-ca",
        Shape::Path(|settings, path| settings.accounts.hook_ca = Some(path)),
        "Certificate authorities, in PEM, to trust for the hook's HTTPS service in place of the \
         system's.",
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
        "How many logins may wait for PAM or the hook at the same time; further logins wait their \
         turn.",
    )
    .when(When::Restart)
    .default("16"),
];

const SOURCES: Form = Form {
    what: "a list of database, pam and hook, separated by commas",
    place: "WORDS",
    example: "database,pam",
};
const SERVICE: Form = Form { what: "a PAM service", place: "NAME", example: "packetboat" };
const TERM: Form = Form { what: "a term", place: "KEY=VALUE", example: "root=/home/%u" };
const HOOK: Form = Form {
    what: "the path of a program or a URL",
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
        doc: "to store files",
        put: |settings| settings.accounts.user_information = Some(InformationWanted::Store),
    },
];
