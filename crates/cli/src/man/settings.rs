//! packetboat.toml(5): the server's settings as a manual page.

use packetboat_server::settings::{Fact, Rows, SECTIONS, facts};
use roff::{Roff, roman};

use super::tables::{entry, page, see_also};

/// packetboat.toml(5).
pub(super) fn settings() -> String {
    let mut page = page("packetboat.toml", "5", "settings of the FTP server");
    page.control("SH", ["DESCRIPTION"]).text([roman(
        "The file that packetboat serve --config FILE reads, in TOML. Every setting has a default; unknown settings are \
         refused. packetboat config defaults prints a file with all settings, packetboat config check FILE checks a \
         file. SIGHUP makes the server reread its file.",
    )]);
    let facts = facts();
    for section in SECTIONS {
        let brackets = match section.rows {
            Rows::Once(_) => format!("[{}]", section.name),
            _ => format!("[[{}]]", section.name),
        };
        page.control("SH", [brackets.as_str()]).text([roman(section.doc)]);
        for fact in facts.iter().filter(|fact| fact.section == section.name) {
            setting(&mut page, fact);
        }
    }
    see_also(&mut page, "packetboat-serve(1), packetboat-config(1)")
}

fn setting(page: &mut Roff, fact: &Fact) {
    let default = match &fact.default {
        Some(default) => format!(" = {default}"),
        None if fact.required => " (required)".to_owned(),
        None => " (not set)".to_owned(),
    };
    let mut lines = vec![fact.doc.to_owned(), format!("Value: {}.", fact.allowed)];
    lines.extend(fact.words.iter().map(|(word, doc)| format!("{word}: {doc}.")));
    lines.push(fact.when.sentence().to_owned());
    lines.extend(fact.flag.map(|flag| format!("On the command line: --{flag}.")));
    entry(page, &fact.key, &default, &lines);
}
