//! `[log]`: what is written of what happens.

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

pub(super) const SECTION: Section =
    Section { name: "log", doc: "What is written of what happens.", rows: Rows::Once(ROWS) };

const ROWS: &[Setting] = &[Setting::new(
    "log.form",
    Shape::Choice(FORMS),
    "How events are written to standard error, one line each.",
)
.default("human")
.when(When::Restart)
.flag("log")];

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
    // Nobody would read the notes.
    settings.server.session.notes = form != LogForm::Off;
}
