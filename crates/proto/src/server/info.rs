//! Handlers of SYST, STAT without a pathname, HELP, FEAT, OPTS and NOOP, and the replies to lines
//! that are not commands (RFC 959 §4.1.3, RFC 2389).

use super::action::{Action, Request};
use super::data_connection::DataSetup;
use super::hash;
use super::parameters;
use super::parties::lang_feature;
use super::quota::Quota;
use super::session::{Session, Work};
use super::texts::{self, Sentence};
use super::{site, words};
use crate::command::{Command, CommandError, printable};
use crate::listing::FactSet;
use crate::reply::Reply;
use crate::verbs::{LENGTH_FEATURE, PART_FEATURE, VERBS, Verb};
use packetboat_codes::ReplyCode;

/// Features that belong to no verb: names are UTF-8 (RFC 2640), the path rules of RFC 3659 §6
/// apply, and OPTS STOR LENGTH.
const OTHER_FEATURES: [&str; 3] = ["TVFS", "UTF8", LENGTH_FEATURE];

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        // Listings have the form of `ls -l`; the first word comes from IANA's list.
        Verb::Syst => session.answer(command, 215, Sentence::Verbatim(b"UNIX Type: L8")),
        Verb::Noop if matches!(session.work, Work::Task { .. }) => {
            ask_progress(session, Verb::Noop)
        }
        Verb::Noop => session.answer(command, 200, &texts::ALIVE),
        Verb::Feat => feat(session, command),
        Verb::Opts => opts(session, command),
        Verb::Help => help(session, command),
        _ => stat(session, command),
    }
}

/// RFC 2389 §3.2: one feature per line, after exactly one space.
fn feat(session: &mut Session, command: &Command) {
    let mut features: Vec<String> = VERBS
        .iter()
        .filter(|row| row.built && !matches!(row.verb, Verb::Mlst | Verb::Lang | Verb::Hash))
        .filter(|row| session.offers(row.verb))
        .filter_map(|row| row.feature.map(str::to_owned))
        .chain(OTHER_FEATURES.map(str::to_owned))
        .chain([session.parameters.facts.feature(), lang_feature(session.language)])
        .chain([hash::feature(session)])
        .chain(session.config.part_names.map(|names| format!("{PART_FEATURE} {names}")))
        .collect();
    features.sort();
    let lines = std::iter::once(session.line(&texts::FEATURES_HEAD))
        .chain(features.into_iter().map(|feature| format!(" {feature}").into_bytes()))
        // The RFC prescribes the text of the last line.
        .chain([b"End".to_vec()]);
    let reply = Reply::multiline(ReplyCode::known(211), lines);
    session.answer_lines(command, &reply);
}

fn opts(session: &mut Session, command: &Command) {
    let argument = command.argument();
    let mut words = argument.splitn(2, |&byte| byte == b' ');
    let name = words.next().unwrap_or_default().to_ascii_uppercase();
    let options = words.next().unwrap_or_default();
    match (name.as_slice(), options.to_ascii_uppercase().as_slice()) {
        // RFC 3659 §7.9.
        (b"MLST", _) => {
            session.parameters.facts = FactSet::choose(options);
            let text = format!("MLST OPTS {}", session.parameters.facts.names());
            session.answer(command, 200, Sentence::Verbatim(text.trim_end().as_bytes()));
        }
        (b"HASH", _) => hash::options(session, command, options),
        // Clients send these, although RFC 2640 has no such option.
        (b"UTF8" | b"UTF-8", b"ON" | b"" | b"NLST") => {
            session.answer(command, 200, &texts::UTF8_ALWAYS);
        }
        (b"UTF8" | b"UTF-8", b"OFF") => {
            session.answer(command, 501, &texts::UTF8_NOT_OFF);
        }
        // "MODE Z" is two words (draft-preston-ftpext-deflate §3.2).
        (b"MODE", options) => parameters::mode_options(session, command, options),
        (b"STOR", options) => parameters::store_options(session, command, options),
        (known, _) if Verb::parse(known).is_some_and(|verb| verb.row().built) => {
            let known = String::from_utf8_lossy(known).into_owned();
            session.answer(command, 501, texts::NO_OPTIONS.with(&[&known]));
        }
        _ => session.answer(command, 501, &texts::OPTS_UNKNOWN),
    }
}

fn help(session: &mut Session, command: &Command) {
    let (word, rest) = words::first(command.argument().trim_ascii());
    if word.is_empty() {
        let names: Vec<&str> = VERBS.iter().filter(|row| row.built).map(|row| row.name).collect();
        let lines = std::iter::once(session.line(&texts::VERBS_HEAD))
            .chain(names.chunks(12).map(|names| format!(" {}", names.join(" ")).into_bytes()))
            .chain([session.line(&texts::VERBS_END)]);
        let reply = Reply::multiline(ReplyCode::known(214), lines);
        return session.answer_lines(command, &reply);
    }
    match Verb::parse(word).map(Verb::row) {
        // RFC 959 §4.1.3: HELP SITE lists the SITE commands, also before the login.
        Some(row) if row.verb == Verb::Site => site::help(session, command, rest),
        Some(row) if row.built => {
            let (usage, help) = (row.usage(), texts::HelpLine(row.help));
            let source = texts::Source(row.source);
            session.answer(command, 214, texts::VERB_HELP.with(&[&usage, &help, &source]));
        }
        Some(row) => {
            session.answer(command, 504, texts::NOT_BUILT.with(&[&row.name]));
        }
        None => session.answer(command, 504, texts::UNKNOWN_VERB.with(&[&printable(word)])),
    }
}

/// STAT without a pathname is answered immediately, even during a transfer (RFC 959 §4.1.3).
fn stat(session: &mut Session, command: &Command) {
    if matches!(session.work, Work::Transfer { running: true, .. } | Work::Task { .. }) {
        ask_progress(session, Verb::Stat);
    } else if session.extra.room.quota.is_some() {
        // Other sessions of the account change its usage, so ask the driver.
        session.ask(command, Action::Perform(Request::Quota));
    } else {
        let reply = status(session, None);
        session.answer_lines(command, &reply);
    }
}

/// The driver has reported the account's quota.
pub(super) fn with_quota(session: &mut Session, quota: Option<Quota>) {
    session.extra.room.quota = quota;
    let reply = status(session, None);
    session.reply_lines(Some(Verb::Stat), "", &reply);
}

fn ask_progress(session: &mut Session, verb: Verb) {
    session.extra.told.push_back(verb);
    session.act(Action::ReportProgress);
}

/// The driver has reported the progress of the transfer or task.
pub(super) fn progress(session: &mut Session, done: u64) {
    match session.extra.told.pop_front() {
        Some(Verb::Noop) => {
            let text = running(session, done).unwrap_or_else(|| session.line(&texts::ALIVE));
            session.reply(Some(Verb::Noop), "", 200, Sentence::Verbatim(&text));
        }
        _ => {
            let reply = status(session, Some(done));
            session.reply_lines(Some(Verb::Stat), "", &reply);
        }
    }
}

/// The line about the running transfer or task and its progress.
fn running(session: &Session, done: u64) -> Option<Vec<u8>> {
    let (verb, argument) = match &session.work {
        Work::Transfer { verb, argument, .. } | Work::Task { verb, argument, .. } => {
            (verb, argument)
        }
        _ => return None,
    };
    let text = match verb {
        Verb::Rmda | Verb::Dsiz => &texts::RUNNING_ENTRIES,
        _ => &texts::RUNNING,
    };
    Some(session.line(text.with(&[&verb.name(), argument, &done])))
}

fn status(session: &Session, moved: Option<u64>) -> Reply {
    let indented = |sentence: Sentence<'_>| [b" ", session.line(sentence).as_slice()].concat();
    let user = match session.user() {
        Some(user) => indented(texts::USER_IS.with(&[&user])),
        None => indented((&texts::NO_USER).into()),
    };
    let parameters = &session.parameters;
    let (representation, structure, mode) =
        (parameters.type_name(), parameters.structure_name(), parameters.mode_name());
    let data = match parameters.data {
        _ if moved.is_some() && matches!(session.work, Work::Transfer { .. }) => {
            session.line(&texts::DATA_IN_USE)
        }
        DataSetup::None => session.line(&texts::DATA_NONE),
        DataSetup::Kept => session.line(&texts::DATA_KEPT),
        DataSetup::Passive => session.line(&texts::DATA_PASSIVE),
        DataSetup::Active(address) => session.line(texts::DATA_ACTIVE.with(&[&address])),
    };
    let mut lines = vec![
        session.line(&texts::SESSION_HEAD),
        indented(texts::CONNECTED_FROM.with(&[&session.peer])),
        indented(Sentence::Composed(&session.security)),
        user,
        indented(texts::PARAMETERS_ARE.with(&[&representation, &structure, &mode, &data])),
    ];
    if let Some(quota) = &session.extra.room.quota {
        lines.push(indented(texts::QUOTA_IS.with(&[quota])));
    }
    if let Some(line) = moved.and_then(|moved| running(session, moved)) {
        lines.push([b" ", line.as_slice()].concat());
    }
    lines.push(session.line(&texts::STATUS_END));
    Reply::multiline(ReplyCode::known(211), lines)
}

/// Replies to a line that is not a command.
pub(super) fn bad_line(session: &mut Session, error: &CommandError) {
    match error {
        CommandError::TooLong => {
            let limit = session.config.line_limit;
            session.reply(None, "", 500, texts::LINE_TOO_LONG.with(&[&limit]));
        }
        CommandError::Empty => session.reply(None, "", 500, &texts::LINE_EMPTY),
        CommandError::UnknownVerb(word) => {
            session.reply(None, "", 500, texts::UNKNOWN_VERB.with(&[word]));
        }
        // These close the session before this point.
        CommandError::Http | CommandError::Proxy => {}
        CommandError::LineBreak => session.reply(None, "", 501, &texts::LINE_BREAK),
        CommandError::ArgumentMissing(verb) => {
            let (name, usage) = (verb.name(), verb.row().usage());
            session.reply(Some(*verb), "", 501, texts::ARGUMENT_MISSING.with(&[&name, &usage]));
        }
        CommandError::ArgumentSurplus(verb) => {
            session.reply(Some(*verb), "", 501, texts::ARGUMENT_SURPLUS.with(&[&verb.name()]));
        }
    }
}
