//! `[log]`: what is written of what happens.

use std::path::PathBuf;

use super::row::{Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
    /// No log.
    Off,
}

/// Logs that are files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFiles {
    /// The general log, if not standard error.
    pub general: Option<PathBuf>,
    /// The transfers, in wu-ftpd's format.
    pub xferlog: Option<PathBuf>,
    /// Logins and what is done to files, as JSON.
    pub audit: Option<PathBuf>,
}

pub(super) const SECTION: Section =
    Section { name: "log", doc: "What is written of what happens.", rows: Rows::Once(ROWS) };

const ROWS: &[Setting] = &[
    Setting::new(
        "log.form",
        Shape::Choice(FORMS),
        "How events are written, one line each.",
    )
    .default("human")
    .when(When::Restart)
    .flag("log"),
    Setting::new(
        "log.file",
        Shape::Path(|settings, path| settings.log_files.general = Some(path)),
        "Write the log to the end of this file rather than to standard error.",
    )
    .when(When::Restart)
    .flag("log-file"),
    Setting::new(
        "log.xferlog",
        Shape::Path(|settings, path| {
            settings.log_files.xferlog = Some(path);
            settings.server.session.notes = true;
        }),
        "Write a line for each transfer to the end of this file, in the format of wu-ftpd; times are UTC.",
    )
    .when(When::Restart)
    .flag("xferlog"),
    Setting::new(
        "log.audit",
        Shape::Path(|settings, path| {
            settings.log_files.audit = Some(path);
            settings.server.session.notes = true;
        }),
        "Write who came in and what was done to files to the end of this file, as JSON.",
    )
    .when(When::Restart)
    .flag("audit-log"),
];

const FORMS: &[Word<Settings>] = &[
    Word {
        word: "human",
        doc: "lines for people",
        put: |settings| choose(settings, LogForm::Human),
    },
    Word {
        word: "json",
        doc: "one JSON object a line",
        put: |settings| choose(settings, LogForm::Json),
    },
    Word { word: "off", doc: "no log", put: |settings| choose(settings, LogForm::Off) },
];

fn choose(settings: &mut Settings, form: LogForm) {
    settings.log = form;
    // Where no log is written, nobody would read the notes.
    let files = &settings.log_files;
    let others = files.xferlog.is_some() || files.audit.is_some();
    settings.server.session.notes = others || form != LogForm::Off;
}
