//! `[reload]`: when the server rereads its configuration file.

use std::time::Duration;

use super::row::{Shape, When};
use super::spelling::SECOND;
use super::{Rows, Section, Setting};

/// When the server rereads its configuration file.
#[derive(Clone, Debug)]
pub struct ReloadSettings {
    /// Whether to reread the file when it has changed, in addition to SIGHUP.
    pub watch: bool,
    /// How often to check the file for changes.
    pub interval: Duration,
}

impl Default for ReloadSettings {
    fn default() -> Self {
        Self { watch: false, interval: Duration::from_secs(5) }
    }
}

pub(super) const SECTION: Section = Section {
    name: "reload",
    doc: "When the server rereads this file. SIGHUP always makes it do so.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "reload.watch",
        Shape::Flag(|settings, on| settings.reload.watch = on),
        "Reread this file when it, or a certificate that it names, has changed.",
    )
    .default("false")
    .when(When::AtOnce),
    Setting::new(
        "reload.interval",
        Shape::Time(SECOND..=Duration::from_secs(3600), |settings, time| {
            settings.reload.interval = time;
        }),
        "How often reload.watch checks for changes.",
    )
    .default("5s")
    .when(When::AtOnce),
];
