//! `[server]`: what is served, and in which words.

use packetboat_proto::server::Language;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};
use crate::WhoShown;

pub(super) const SECTION: Section =
    Section { name: "server", doc: "What is served, and in which words.", rows: Rows::Once(ROWS) };

const ROWS: &[Setting] = &[
    Setting::new(
        "server.root",
        Shape::Path(|settings, path| settings.root = Some(path)),
        "The folder to serve; FOLDER on the command line overrides it.",
    ),
    Setting::new(
        "server.greeting",
        Shape::Text(GREETING, |settings, text| greeting(text, &mut settings.greeting)),
        "What 220 says to clients instead of the name of the program.",
    ),
    Setting::new(
        "server.language",
        Shape::Choice(LANGUAGES),
        "The language of replies until a client chooses one with LANG.",
    )
    .default("en")
    .flag("language"),
    Setting::new(
        "server.who",
        Shape::Choice(WHO),
        "Which sessions SITE WHO names to accounts that may write, with the addresses they come from; others learn \
         how many there are.",
    )
    .default("own")
    .when(When::AtOnce),
    Setting::new(
        "server.bind-workers",
        Shape::Flag(|settings, on| settings.server.bind_workers = on),
        "Each thread that speaks to clients keeps to processors of its own, which makes small files faster; \
         turn it off where other programs are bound to the same processors.",
    )
    .default("true")
    .when(When::Restart),
];

const WHO: &[Word<Settings>] = &[
    Word { word: "own", doc: "those of the same account", put: |to| to.server.who = WhoShown::Own },
    Word { word: "all", doc: "those of everybody", put: |to| to.server.who = WhoShown::All },
    Word { word: "count", doc: "none, only how many", put: |to| to.server.who = WhoShown::Count },
];

const LANGUAGES: &[Word<Settings>] = &[
    Word { word: "en", doc: "English", put: |to| to.server.session.language = Language::En },
    Word { word: "de", doc: "German", put: |to| to.server.session.language = Language::De },
    Word { word: "fr", doc: "French", put: |to| to.server.session.language = Language::Fr },
];

pub(super) const GREETING: Form =
    Form { what: "a line of text", place: "TEXT", example: "Welcome to our archive." };

/// One line of text that can stand behind 220.
pub(super) fn greeting(text: &str, into: &mut Option<String>) -> Result<(), String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("give one line of text without control characters".to_owned());
    }
    *into = Some(text.to_owned());
    Ok(())
}
