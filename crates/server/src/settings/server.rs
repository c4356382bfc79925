//! `[server]`: the folder that is served, the greeting and language of replies, and worker threads.

use packetboat_proto::server::Language;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};
use crate::WhoShown;

pub(super) const SECTION: Section = Section {
    name: "server",
    doc: "What the server serves, and how it talks to clients.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "server.root",
        Shape::Path(|settings, path| settings.root = Some(path)),
        "The folder to serve. FOLDER on the command line overrides it.",
    ),
    Setting::new(
        "server.greeting",
        Shape::Text(GREETING, |settings, text| greeting(text, &mut settings.greeting)),
        "The text of the 220 greeting, in place of the program's name.",
    ),
    Setting::new(
        "server.language",
        Shape::Choice(LANGUAGES),
        "Language of replies until a client chooses another one with LANG.",
    )
    .default("en")
    .flag("language"),
    Setting::new(
        "server.who",
        Shape::Choice(WHO),
        "Which sessions SITE WHO lists, with their addresses, to accounts that may write. Other \
         accounts only see how many sessions there are.",
    )
    .default("own")
    .when(When::AtOnce),
    Setting::new(
        "server.bind-workers",
        Shape::Flag(|settings, on| settings.server.bind_workers = on),
        "Bind each worker thread to its own processors, which speeds up small files. Turn it off \
         if other programs are bound to the same processors.",
    )
    .default("true")
    .when(When::Restart),
];

const WHO: &[Word<Settings>] = &[
    Word {
        word: "own",
        doc: "sessions of the same account",
        put: |to| to.server.who = WhoShown::Own,
    },
    Word { word: "all", doc: "all sessions", put: |to| to.server.who = WhoShown::All },
    Word {
        word: "count",
        doc: "no sessions, only how many there are",
        put: |to| to.server.who = WhoShown::Count,
    },
];

const LANGUAGES: &[Word<Settings>] = &[
    Word { word: "en", doc: "English", put: |to| to.server.session.language = Language::En },
    Word { word: "de", doc: "German", put: |to| to.server.session.language = Language::De },
    Word { word: "fr", doc: "French", put: |to| to.server.session.language = Language::Fr },
];

pub(super) const GREETING: Form =
    Form { what: "a line of text", place: "TEXT", example: "Welcome to our archive" };

/// Accepts a greeting: one line of text that can follow 220.
pub(super) fn greeting(text: &str, into: &mut Option<String>) -> Result<(), String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("give one line of text without control characters".to_owned());
    }
    *into = Some(text.to_owned());
    Ok(())
}
