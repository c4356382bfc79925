//! `[accounts]`: who may log in.

use std::path::PathBuf;

use packetboat_proto::url::is_anonymous;

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
];

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
