//! Writes docs/reference/settings.md, which describes every setting of the server.

use std::fmt::Write as _;

use packetboat_server::settings::{Fact, Rows, SECTIONS, facts};

use super::{cell, head};

/// The page.
pub(super) fn page() -> String {
    let mut page = head("Settings");
    page.push_str(
        "All settings of the server, as they appear in the file given to `packetboat serve --config FILE`. `packetboat \
         config defaults` prints such a file, and `packetboat config check FILE` reports what is wrong with one. You can \
         also set each of them on the command line: `--set limits.idle-timeout=1m`. Where the table names an option of \
         `packetboat serve`, that option overrides the file.\n",
    );
    let facts = facts();
    for section in SECTIONS {
        let brackets = match section.rows {
            Rows::Once(_) => format!("[{}]", section.name),
            _ => format!("[[{}]]", section.name),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "\n## {brackets}\n\n{}\n", section.doc);
        page.push_str(
            "| setting | default | what it does | takes effect | option |\n|--|--|--|--|--|\n",
        );
        for fact in facts.iter().filter(|fact| fact.section == section.name) {
            row(&mut page, fact);
        }
    }
    page
}

fn row(page: &mut String, fact: &Fact) {
    let default = match &fact.default {
        Some(default) => format!("`{default}`"),
        None if fact.required => "required".to_owned(),
        None => "not set".to_owned(),
    };
    let allowed = match fact.words.as_slice() {
        [] => format!("{}.", fact.allowed.trim_end_matches('.')),
        words => {
            let words: Vec<String> =
                words.iter().map(|(word, doc)| format!("`\"{word}\"`: {doc}")).collect();
            format!("{}.", words.join("; "))
        }
    };
    let flag = fact.flag.map(|flag| format!("`--{flag}`")).unwrap_or_default();
    let _ = writeln!(
        page,
        "| `{}` | {default} | {} Value: {} | {} | {flag} |",
        fact.key,
        cell(fact.doc),
        cell(&allowed),
        fact.when.words(),
    );
}
