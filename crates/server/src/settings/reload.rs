//! `[reload]`: when the file is read anew.

use std::time::Duration;

use super::row::{Shape, When};
use super::spelling::SECOND;
use super::{Rows, Section, Setting};

/// When the file is read anew.
#[derive(Clone, Debug)]
pub struct ReloadSettings {
    /// Whether it is read when it has changed, besides on SIGHUP.
    pub watch: bool,
    /// How often it is looked at.
    pub interval: Duration,
}

impl Default for ReloadSettings {
    fn default() -> Self {
        Self { watch: false, interval: Duration::from_secs(5) }
    }
}

pub(super) const SECTION: Section = Section {
    name: "reload",
    doc: "When this file is read anew. SIGHUP always has it read.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "reload.watch",
        Shape::Flag(|settings, on| settings.reload.watch = on),
        "Read the file anew when it, or a certificate it names, has changed.",
    )
    .default("false")
    .when(When::AtOnce),
    Setting::new(
        "reload.interval",
        Shape::Time(SECOND..=Duration::from_secs(3600), |settings, time| {
            settings.reload.interval = time;
        }),
        "How often reload.watch looks whether they have changed.",
    )
    .default("5s")
    .when(When::AtOnce),
];
