//! Handlers of the verbs about the two sides themselves: LANG (reply language), CLNT and CSID
//! (names of client and server), and ALGS (gateways in between) (RFC 2640 §4, RFC 6384 §11).

use super::session::Session;
use super::texts::{self, Language, Sentence};
use crate::command::Command;
use crate::verbs::Verb;

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Lang => lang(session, command),
        Verb::Csid => csid(session, command),
        Verb::Algs => algs(session, command),
        // The log shows the name as the argument of CLNT.
        _ => session.answer(command, 200, &texts::CLIENT_NOTED),
    }
}

/// RFC 2640 §4.1: a tag chooses the language; without a tag, LANG restores the initial one. The
/// reply is in the new language.
fn lang(session: &mut Session, command: &Command) {
    let tag = command.argument();
    let chosen = match tag {
        b"" => Some(session.config.language),
        tag => Language::parse(tag),
    };
    match chosen.filter(|_| tag.is_empty() || Language::is_tag(tag)) {
        Some(language) => {
            session.language = language;
            session.answer(command, 200, &texts::LANGUAGE_CHOSEN);
        }
        None if Language::is_tag(tag) => {
            let all = Language::ALL.map(|language| language.tag().to_ascii_uppercase()).join(", ");
            session.answer(command, 504, texts::LANGUAGE_UNKNOWN.with(&[&tag, &all]));
        }
        None => {
            let example = session.config.language.tag().to_ascii_uppercase();
            session.answer(command, 501, texts::LANGUAGE_SYNTAX.with(&[&example]));
        }
    }
}

/// The FEAT line, with a star after the current language (RFC 2640 §4.3).
pub(super) fn lang_feature(current: Language) -> String {
    let tags = Language::ALL.map(|language| {
        let star = if language == current { "*" } else { "" };
        language.tag().to_ascii_uppercase() + star
    });
    format!("LANG {}", tags.join(";"))
}

/// draft-peterson-streamlined §6: answers with the facts about this server, whatever facts the
/// client sent.
fn csid(session: &mut Session, command: &Command) {
    let facts =
        concat!("Name=Packetboat; Version=", env!("CARGO_PKG_VERSION"), "; CaseSensitive=1;");
    session.answer(command, 200, Sentence::Verbatim(facts.as_bytes()));
}

/// A gateway answers ALGS itself; the server has nothing to do, with or without a gateway.
fn algs(session: &mut Session, command: &Command) {
    let known = [b"STATUS64".as_slice(), b"ENABLE64", b"DISABLE64"];
    if known.iter().any(|word| command.argument().eq_ignore_ascii_case(word)) {
        session.answer(command, 202, &texts::ALGS_NO_GATEWAY);
    } else {
        session.answer(command, 504, &texts::ALGS_UNKNOWN);
    }
}
