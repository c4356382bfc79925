//! The settings of a server: one table of rows, a file for each section, from which come the reading of the
//! configuration file and of the command line, the defaults, the help, and the reference. Nothing states a
//! fact about a setting in a second place.

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

/// Some settings under one heading.
pub struct Section {
    /// The name of its table in the file.
    pub name: &'static str,
    /// What its settings are about, in a sentence.
    pub doc: &'static str,
    /// Its settings.
    pub rows: Rows,
}

/// The rows of a section.
pub enum Rows {
    /// A table: each setting at most once.
    Once(&'static [Row<Settings>]),
    /// An array of tables, `[[listen]]`.
    Listen(&'static [Row<Listener>]),
    /// An array of tables, `[[host]]`.
    Host(&'static [Row<Host>]),
    /// An array of tables, `[[mount]]`.
    Mount(&'static [Row<Mount>]),
}

/// A setting that is not in an array.
pub type Setting = Row<Settings>;

/// Every section, in the order in which they are shown.
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

/// Options of the command line that stand for an entry of an array each. Given once, they take the place of
/// the whole array of the file.
pub static SHORT: &[Row<Settings>] =
    &[listen::FLAG, listen::FLAG_TLS, sites::HOST_FLAG, sites::MOUNT_FLAG];

/// Every setting that is not in an array.
pub fn rows() -> impl Iterator<Item = &'static Row<Settings>> {
    SECTIONS.iter().flat_map(|section| match section.rows {
        Rows::Once(rows) => rows,
        _ => &[],
    })
}

/// All settings, each right in itself.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What the server itself is told.
    pub server: ServerConfig,
    /// The folder to serve.
    pub root: Option<PathBuf>,
    /// What 220 says.
    pub greeting: Option<String>,
    /// Where it listens; empty for the default.
    pub listen: Vec<Listener>,
    /// TLS.
    pub tls: TlsSettings,
    /// A certificate from an authority.
    pub acme: AcmeSettings,
    /// Who may log in.
    pub accounts: AccountSettings,
    /// The IPv4 address or name that clients are told for passive data connections.
    pub passive_address: Option<String>,
    /// What clients of some networks are told instead.
    pub nat: Vec<NatSetting>,
    /// The form of the log.
    pub log: LogForm,
    /// The logs that are files.
    pub log_files: LogFiles,
    /// When the file is read anew.
    pub reload: ReloadSettings,
    /// Whether the server starts another one to take its place, when it is asked to.
    pub upgrade: bool,
    /// What the process may do once it listens.
    pub contain: ContainSettings,
    /// The virtual hosts.
    pub hosts: Vec<Host>,
    /// What SMNT mounts.
    pub mounts: Vec<Mount>,
    /// Every setting as it was given, in the order of the table.
    in_force: Vec<InForce>,
}

impl Settings {
    /// Every setting with its value and where that is from.
    pub fn in_force(&self) -> &[InForce] {
        &self.in_force
    }

    /// Where a setting was given.
    pub fn origin(&self, key: &str) -> Origin {
        let found = self.in_force.iter().find(|setting| setting.key == key);
        found.map_or(Origin::Default, |setting| setting.origin.clone())
    }

    /// A problem with a setting that is right in itself, at the place where it was given.
    pub fn problem(&self, key: &str, text: impl Into<String>) -> Problem {
        Problem::new(self.origin(key), key, text)
    }
}

/// A path from the folder of the file that names it on.
fn base_of(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}
