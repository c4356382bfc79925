//! Writes docs/reference/codes.md, which describes every reply code.

use std::fmt::Write as _;

use packetboat_codes::{CODES, Class, CodeRow, Repeat, Says, told};
use packetboat_proto::verbs::senders;
use packetboat_tests::scenarios::{NOT_YET, all};

use super::{cell, head};

/// The page.
pub(super) fn page() -> String {
    let mut page = head("Reply codes");
    page.push_str(
        "All reply codes that an FTP server may send, and those that appear only in old lists. `packetboat code NUMBER` \
         prints the same in a terminal. [verbs.md](verbs.md) lists the verbs that lead to a code, and \
         [retry.md](retry.md) says how the client reacts to it.\n",
    );
    for (class, title) in CLASSES {
        section(&mut page, *class, title);
    }
    programs(&mut page);
    page
}

const CLASSES: &[(Class, &str)] = &[
    (Class::Preliminary, "1yz: started, another reply follows"),
    (Class::Completion, "2yz: done"),
    (Class::Intermediate, "3yz: accepted, the server expects another command"),
    (Class::TransientNegative, "4yz: failed, the same command may succeed later"),
    (Class::PermanentNegative, "5yz: failed, the same command will fail again"),
    (Class::Protected, "6yz: a protected reply"),
];

fn section(page: &mut String, class: Class, title: &str) {
    let rows = || CODES.iter().filter(|row| row.code.class() == class);
    // Writing to a string cannot fail.
    let _ = writeln!(page, "\n## {title}\n\n| code | name | status |\n|--:|--|--|");
    for row in rows() {
        let standing = row.status.remark().unwrap_or("in use");
        let _ = writeln!(page, "| {} | {} | {} |", link(row), cell(row.name), cell(standing));
    }
    for row in rows() {
        entry(page, row);
    }
}

/// Failures for which programs have numbers or words of their own.
fn programs(page: &mut String) {
    page.push_str(
        "\n## Failures with codes of their own in other programs\n\n`packetboat code` knows these too, both by themselves \
         (`packetboat code curl 35`, `packetboat code -15`) and in a log. It explains those without an FTP code in full. \
         TLS failures are recognised by the messages of OpenSSL, GnuTLS, .NET, Java and Go.\n\n| program | number | name \
         | meaning | code |\n|--|--:|--|--|--:|\n",
    );
    for row in told() {
        let number = row.shown_number().map(|number| number.to_string()).unwrap_or_default();
        let name = if row.name.is_empty() { String::new() } else { format!("`{}`", row.name) };
        let code = match row.says {
            Says::This { .. } => String::new(),
            Says::Code(code) if CODES.iter().any(|row| row.code.number() == code) => {
                format!("[{code}](#code-{code})")
            }
            Says::Code(code) => code.to_string(),
        };
        let phrase = cell(row.phrase);
        let _ = writeln!(page, "| {} | {number} | {name} | {phrase} | {code} |", row.program);
    }
}

fn link(row: &CodeRow) -> String {
    format!("[{0}](#code-{0})", row.code)
}

fn entry(page: &mut String, row: &CodeRow) {
    let _ = writeln!(page, "\n### <a id=\"code-{0}\"></a>{0} {1}\n", row.code, row.name);
    let _ = writeln!(page, "{}\n", row.meaning);
    let mut item = |name: &str, text: &str| {
        let _ = writeln!(page, "- {name}: {text}");
    };
    item("Sent", row.sent);
    item("What to do", row.advice);
    if row.repeat != Repeat::NotNeeded {
        item("Repeating the command", again(row.repeat));
        item("Client retries automatically", if row.client_retries { "yes" } else { "no" });
    }
    if let Some(notes) = row.notes {
        item("Note", notes);
    }
    let verbs: Vec<&str> = senders(row.code).map(|row| row.name).collect();
    match (row.code.number(), &verbs[..]) {
        (421, _) => item("Verbs", "any"),
        (_, []) => {}
        (_, verbs) => item("Verbs", &verbs.join(", ")),
    }
    if let Some(why) = row.status.never_sent_because() {
        item("Never sent by this server", why);
    }
    if let Some((_, why)) = NOT_YET.iter().find(|(code, _)| *code == row.code.number()) {
        item("Not sent by this server yet", why);
    }
    item("Source", row.source);
    situations(page, row);
}

/// The situations that the tests create on a real server.
fn situations(page: &mut String, row: &CodeRow) {
    let mut scenarios = all().filter(|scenario| scenario.code == row.code.number()).peekable();
    if scenarios.peek().is_some() {
        page.push_str("\nTested on a real server:\n\n");
    }
    for scenario in scenarios {
        let _ = writeln!(page, "- {}: {}", scenario.name, scenario.happens);
    }
}

/// Whether sending the same command again can help.
fn again(repeat: Repeat) -> &'static str {
    match repeat {
        Repeat::NotNeeded => "not needed",
        Repeat::CanHelp => "can help",
        Repeat::Useless => "useless until something has changed",
        Repeat::Depends => "depends on the cause",
    }
}
