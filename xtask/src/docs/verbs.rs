//! Writes docs/reference/verbs.md, which describes every verb.

use std::fmt::Write as _;

use packetboat_codes::ReplyCode;
use packetboat_proto::verbs::{Deviation, SITE_VERBS, VERBS, VerbRow};

use super::{cell, head};

/// The page.
pub(super) fn page() -> String {
    let mut page = head("Verbs");
    page.push_str(
        "All verbs that the server knows. It answers 502 to verbs that are not built. In a session, HELP prints the \
         syntax. [matrix.md](matrix.md) shows the reply to each verb in each state, and [codes.md](codes.md) explains \
         the codes. In addition to the replies listed, the server may answer any verb with 421 when it has to close \
         the connection.\n\n\
         | verb | syntax | allowed | built | FEAT |\n|--|--|--|--|--|\n",
    );
    for row in VERBS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| [{0}](#{1}) | `{2}` | {3} | {4} | {5} |",
            row.name,
            row.name.to_ascii_lowercase(),
            cell(&row.usage()),
            row.allowed.words(),
            if row.built { "yes" } else { "no" },
            cell(row.feature.unwrap_or("")),
        );
    }
    for row in VERBS {
        entry(&mut page, row);
    }
    page
}

fn entry(page: &mut String, row: &VerbRow) {
    let _ = writeln!(page, "\n## {}\n\n{}\n", row.name, row.help);
    let mut item = |name: &str, text: &str| {
        let _ = writeln!(page, "- {name}: {text}");
    };
    item("Syntax", &format!("`{}`", row.usage()));
    if !row.aliases.is_empty() {
        item("Aliases", &row.aliases.join(", "));
    }
    item("Allowed", row.allowed.words());
    item("During a transfer", row.during_transfer.words());
    if let Some(feature) = row.feature {
        item("FEAT", &format!("`{feature}`"));
    }
    if !row.built {
        item("Not built", "the server answers 502");
    }
    item("Source", row.source);
    replies(page, row);
    if row.name == "SITE" {
        site(page);
    }
    for deviation in row.deviations() {
        let _ = writeln!(page, "\nCompared with RFC 959 §5.4, {}", difference(deviation));
    }
}

fn replies(page: &mut String, row: &VerbRow) {
    let _ = writeln!(page, "\n| reply | meaning | when |\n|--:|--|--|");
    for (heading, codes) in row.replies.groups() {
        for &code in codes {
            let name = ReplyCode::known(code).row().map_or("", |row| row.name);
            let _ =
                writeln!(page, "| [{code}](codes.md#code-{code}) | {} | {heading} |", cell(name));
        }
    }
}

fn site(page: &mut String) {
    let _ = writeln!(page, "\n| SITE command | what it does |\n|--|--|");
    for row in SITE_VERBS {
        let syntax = format!("SITE {} {}", row.name, row.argument);
        let _ = writeln!(page, "| `{}` | {} |", cell(syntax.trim_end()), cell(row.help));
    }
}

/// Describes a deviation, for example `added: 421. Any command ...`.
fn difference(deviation: &Deviation) -> String {
    let list = |codes: &[u16]| codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let parts = [("added", deviation.added), ("not sent", deviation.dropped)];
    let parts = parts.iter().filter(|(_, codes)| !codes.is_empty());
    let parts: Vec<String> =
        parts.map(|(name, codes)| format!("{name}: {}", list(codes))).collect();
    format!("{}. {}", parts.join("; "), deviation.reason)
}
