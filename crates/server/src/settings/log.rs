//! `[log]`: the general log, the xferlog and the audit log.

use std::path::PathBuf;

use super::row::{Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// The format of the general log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogForm {
    /// Readable lines.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
    /// No log.
    Off,
}

/// Logs that are written to files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFiles {
    /// The general log; standard error if unset.
    pub general: Option<PathBuf>,
    /// One line per transfer, in wu-ftpd's format.
    pub xferlog: Option<PathBuf>,
    /// Logins and operations on files, as JSON.
    pub audit: Option<PathBuf>,
}

pub(super) const SECTION: Section =
    Section { name: "log", doc: "What the server logs, and where.", rows: Rows::Once(ROWS) };

const ROWS: &[Setting] = &[
    Setting::new("log.form", Shape::Choice(FORMS), "How events are logged, one line each.")
        .default("human")
        .when(When::Restart)
        .flag("log"),
    Setting::new(
        "log.file",
        Shape::Path(|settings, path| settings.log_files.general = Some(path)),
        "Append the log to this file instead of writing it to standard error.",
    )
    .when(When::Restart)
    .flag("log-file"),
    Setting::new(
        "log.xferlog",
        Shape::Path(|settings, path| {
            settings.log_files.xferlog = Some(path);
            settings.server.session.notes = true;
        }),
        "Append a line for each transfer to this file, in wu-ftpd's xferlog format. Times are in \
         UTC.",
    )
    .when(When::Restart)
    .flag("xferlog"),
    Setting::new(
        "log.audit",
        Shape::Path(|settings, path| {
            settings.log_files.audit = Some(path);
            settings.server.session.notes = true;
        }),
        "Append who logged in and what they did to files to this file, as JSON.",
    )
    .when(When::Restart)
    .flag("audit-log"),
];

const FORMS: &[Word<Settings>] = &[
    Word { word: "human", doc: "readable lines", put: |settings| choose(settings, LogForm::Human) },
    Word {
        word: "json",
        doc: "one JSON object per line",
        put: |settings| choose(settings, LogForm::Json),
    },
    Word { word: "off", doc: "no log", put: |settings| choose(settings, LogForm::Off) },
];

fn choose(settings: &mut Settings, form: LogForm) {
    settings.log = form;
    // Without any log, nobody would read the notes of the session machine.
    let files = &settings.log_files;
    let others = files.xferlog.is_some() || files.audit.is_some();
    settings.server.session.notes = others || form != LogForm::Off;
}
