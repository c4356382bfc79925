//! packetboat-codes(7) and packetboat-verbs(7): the tables of codes and verbs as manual pages.

use packetboat_codes::{CODES, CodeRow, Repeat};
use packetboat_proto::verbs::{VERBS, VerbRow, senders};
use roff::{Roff, bold, roman};

/// packetboat-codes(7).
pub(super) fn codes() -> String {
    let mut page =
        page("packetboat-codes", "7", "reply codes of FTP, what they mean and what to do");
    page.control("SH", ["DESCRIPTION"]).text([roman(
        "Every reply code that an FTP server may send, and those found in old lists. \
         packetboat code NUMBER prints a single one.",
    )]);
    page.control("SH", ["CODES"]);
    for row in CODES {
        code(&mut page, row);
    }
    see_also(&mut page, "packetboat-code(1), packetboat-verbs(7)")
}

/// packetboat-verbs(7).
pub(super) fn verbs() -> String {
    let mut page =
        page("packetboat-verbs", "7", "verbs of FTP, when they are allowed and what they answer");
    page.control("SH", ["DESCRIPTION"]).text([roman(
        "Every verb that the server knows. Verbs that are not built get the reply 502. Besides the replies \
         listed, any verb may get 421 when the server has to close the connection.",
    )]);
    page.control("SH", ["VERBS"]);
    for row in VERBS {
        verb(&mut page, row);
    }
    see_also(&mut page, "packetboat-serve(1), packetboat-codes(7)")
}

pub(super) fn page(name: &str, section: &str, about: &str) -> Roff {
    let mut page = Roff::new();
    page.control("TH", [name, section, super::DATE, super::SOURCE, super::MANUAL]);
    page.control("SH", ["NAME"]).text([roman(format!("{name} - {about}"))]);
    page
}

pub(super) fn see_also(page: &mut Roff, pages: &str) -> String {
    page.control("SH", ["SEE ALSO"]).text([roman(pages)]);
    page.render()
}

/// A paragraph under a tag of its own.
pub(super) fn entry(page: &mut Roff, tag: &str, rest: &str, lines: &[String]) {
    page.control("TP", []).text([bold(tag), roman(rest)]);
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            page.control("br", []);
        }
        page.text([roman(line.as_str())]);
    }
}

fn code(page: &mut Roff, row: &CodeRow) {
    let mut lines = vec![row.meaning.to_owned(), format!("Sent: {}", row.sent)];
    lines.push(format!("What to do: {}", row.advice));
    match row.repeat {
        Repeat::NotNeeded => {}
        repeat => {
            let again = if repeat.can_help() { "can help" } else { "does not help on its own" };
            lines.push(format!("Sending the same again: {again}."));
        }
    }
    lines.extend(row.notes.map(|notes| format!("Note: {notes}")));
    let verbs: Vec<&str> = senders(row.code).map(|row| row.name).collect();
    if row.code.number() != 421 && !verbs.is_empty() {
        lines.push(format!("Verbs: {}.", verbs.join(", ")));
    }
    let remark = row.status.remark().map(|remark| format!(" ({remark})")).unwrap_or_default();
    lines.push(format!("Source: {}.", row.source));
    entry(page, &row.code.to_string(), &format!(" {}{remark}", row.name), &lines);
}

fn verb(page: &mut Roff, row: &VerbRow) {
    let mut lines = vec![row.help.to_owned()];
    if !row.built {
        lines.push("Not built: the server answers 502.".to_owned());
    }
    if !row.aliases.is_empty() {
        lines.push(format!("Also called {}.", row.aliases.join(", ")));
    }
    let (allowed, during) = (row.allowed.words(), row.during_transfer.words());
    lines.push(format!("Allowed {allowed}; during a transfer it {during}."));
    for (heading, codes) in row.replies.groups() {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        lines.push(format!("Replies, {heading}: {}.", codes.join(", ")));
    }
    lines.extend(row.deviations().map(|deviation| {
        let codes = [deviation.added, deviation.dropped].concat();
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        format!("Different from RFC 959 §5.4, {}: {}", codes.join(", "), deviation.reason)
    }));
    lines.push(format!("Source: {}.", row.source));
    entry(page, &row.usage(), "", &lines);
}
