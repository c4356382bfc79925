//! The settings of a server, as one table of rows with a file per section. Reading the
//! configuration file and the command line, the defaults, the help and the reference all derive
//! from these rows; no fact about a setting is stated anywhere else.

mod accounts;
mod acme;
mod arrays;
mod contain;
mod data;
mod document;
mod facts;
mod guards;
mod limits;
mod listen;
mod log;
mod problem;
mod reader;
mod reload;
mod row;
mod server;
mod show;
mod sites;
pub mod spelling;
mod stop;
#[cfg(test)]
mod tests;
mod tls;

use std::path::{Path, PathBuf};

use crate::config::ServerConfig;

pub use accounts::{AccountSettings, InformationWanted, PamSettings};
pub use acme::{AcmeSettings, Proof};
pub use contain::{ContainSettings, Limited};
pub use facts::{Fact, facts};
pub use guards::NatSetting;
pub use listen::{ListenTls, Listener};
pub use log::{LogFiles, LogForm};
pub use problem::{Blame, Origin, Problem, Unread, sort};
pub use reader::Reader;
pub use reload::ReloadSettings;
pub use row::{Flag, Form, Read, Row, Shape, When, Word};
pub use show::{InForce, defaults};
pub use sites::{Host, Mount};
pub use tls::{ClientsWanted, TlsSettings, Whether};

/// The settings under one heading.
pub struct Section {
    /// The name of its table in the configuration file.
    pub name: &'static str,
    /// What its settings are about, in sentences.
    pub doc: &'static str,
    /// Its settings.
    pub rows: Rows,
}

/// The rows of a section.
pub enum Rows {
    /// A table, in which each setting stands at most once.
    Once(&'static [Row<Settings>]),
    /// An array of tables, `[[listen]]`.
    Listen(&'static [Row<Listener>]),
    /// An array of tables, `[[host]]`.
    Host(&'static [Row<Host>]),
    /// An array of tables, `[[mount]]`.
    Mount(&'static [Row<Mount>]),
}

/// The row of a setting that is not in an array.
pub type Setting = Row<Settings>;

/// Every section, in the order of the reference.
pub static SECTIONS: &[Section] = &[
    server::SECTION,
    listen::SECTION,
    tls::SECTION,
    acme::SECTION,
    accounts::SECTION,
    limits::SECTION,
    guards::SECTION,
    guards::PROXY,
    data::SECTION,
    log::SECTION,
    reload::SECTION,
    stop::SECTION,
    contain::SECTION,
    sites::HOST,
    sites::MOUNT,
];

/// Options of the command line that each stand for one entry of an array. If one is given, the
/// options replace the whole array of the file.
pub static SHORT: &[Row<Settings>] =
    &[listen::FLAG, listen::FLAG_TLS, sites::HOST_FLAG, sites::MOUNT_FLAG];

/// Every setting that is not in an array.
pub fn rows() -> impl Iterator<Item = &'static Row<Settings>> {
    SECTIONS.iter().flat_map(|section| match section.rows {
        Rows::Once(rows) => rows,
        _ => &[],
    })
}

/// All settings. Each is valid in itself; whether they fit together is not checked here.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What [`crate::Server`] itself takes.
    pub server: ServerConfig,
    /// The folder to serve.
    pub root: Option<PathBuf>,
    /// The 220 greeting.
    pub greeting: Option<String>,
    /// Where the server listens; empty for the default addresses.
    pub listen: Vec<Listener>,
    /// TLS.
    pub tls: TlsSettings,
    /// A certificate from an authority.
    pub acme: AcmeSettings,
    /// Who may log in.
    pub accounts: AccountSettings,
    /// The IPv4 address or name that clients are told for passive data connections.
    pub passive_address: Option<String>,
    /// What clients of some networks are told instead of `passive_address`.
    pub nat: Vec<NatSetting>,
    /// The format of the general log.
    pub log: LogForm,
    /// Logs that are written to files.
    pub log_files: LogFiles,
    /// When the configuration file is reread.
    pub reload: ReloadSettings,
    /// Whether SIGUSR2 makes the server start its own replacement.
    pub upgrade: bool,
    /// What the process may do once it listens.
    pub contain: ContainSettings,
    /// The virtual hosts.
    pub hosts: Vec<Host>,
    /// What SMNT mounts.
    pub mounts: Vec<Mount>,
    /// Every setting with its value and origin, in the order of the table.
    in_force: Vec<InForce>,
}

impl Settings {
    /// Every setting with its value and origin.
    pub fn in_force(&self) -> &[InForce] {
        &self.in_force
    }

    /// Where a setting was given.
    pub fn origin(&self, key: &str) -> Origin {
        let found = self.in_force.iter().find(|setting| setting.key == key);
        found.map_or(Origin::Default, |setting| setting.origin.clone())
    }

    /// A problem with a setting that is valid in itself, located where it was given.
    pub fn problem(&self, key: &str, text: impl Into<String>) -> Problem {
        Problem::new(self.origin(key), key, text)
    }
}

/// The folder that relative paths in a configuration file start from.
fn base_of(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}
