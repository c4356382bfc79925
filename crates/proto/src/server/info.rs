//! SYST, STAT, HELP, FEAT, OPTS, NOOP, and lines that are no command (RFC 959 §4.1.3, RFC 2389).

use super::action::Action;
use super::parameters::{DataSetup, RepresentationType};
use super::session::{Session, Work};
use crate::command::{Command, CommandError};
use crate::listing::FactSet;
use crate::reply::Reply;
use crate::verbs::{VERBS, Verb};
use packetboat_codes::ReplyCode;

/// Features that no verb stands for: names are UTF-8 (RFC 2640), and the path rules of RFC 3659 §6 hold.
const OTHER_FEATURES: [&str; 2] = ["TVFS", "UTF8"];

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        // Listings look like those of `ls -l`; the first word is from IANA's list.
        Verb::Syst => session.answer_plain(command, 215, "UNIX Type: L8"),
        Verb::Noop => session.answer_plain(command, 200, "The session is alive."),
        Verb::Feat => feat(session, command),
        Verb::Opts => opts(session, command),
        Verb::Help => help(session, command),
        _ => stat(session, command),
    }
}

/// RFC 2389 §3.2: one feature a line, behind exactly one space.
fn feat(session: &mut Session, command: &Command) {
    let mut features: Vec<String> = VERBS
        .iter()
        .filter(|row| row.built && row.verb != Verb::Mlst)
        .filter_map(|row| row.feature.map(str::to_owned))
        .chain(OTHER_FEATURES.map(str::to_owned))
        .chain([session.parameters.facts.feature()])
        .collect();
    features.sort();
    let lines = std::iter::once(String::from("Features beyond RFC 959:"))
        .chain(features.into_iter().map(|feature| format!(" {feature}")))
        .chain([String::from("End")]);
    session.answer_lines_of(command, Reply::multiline(ReplyCode::known(211), lines));
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
            session.answer_plain(command, 200, text.trim_end());
        }
        // What clients send, though RFC 2640 has no such option.
        (b"UTF8" | b"UTF-8", b"ON" | b"" | b"NLST") => {
            session.answer_plain(command, 200, "Names are UTF-8, always.");
        }
        (b"UTF8" | b"UTF-8", b"OFF") => {
            session.answer_plain(
                command,
                501,
                "Names are UTF-8, always; do without OPTS UTF8 OFF.",
            );
        }
        (known, _) if Verb::parse(known).is_some_and(|verb| verb.row().built) => {
            let known = String::from_utf8_lossy(known).into_owned();
            session.answer_plain(
                command,
                501,
                format!("{known} has no options here; send it without."),
            );
        }
        _ => session.answer_plain(command, 501, "OPTS knows MLST and UTF8; send one of these."),
    }
}

fn help(session: &mut Session, command: &Command) {
    let word = command.argument().trim_ascii();
    if word.is_empty() {
        let names: Vec<&str> = VERBS.iter().filter(|row| row.built).map(|row| row.name).collect();
        let lines = std::iter::once(String::from("Verbs of this server:"))
            .chain(names.chunks(12).map(|names| format!(" {}", names.join(" "))))
            .chain([String::from("HELP and a verb explains it.")]);
        return session.answer_lines_of(command, Reply::multiline(ReplyCode::known(214), lines));
    }
    match Verb::parse(word).map(Verb::row) {
        Some(row) if row.built => {
            let text = format!("{}: {} ({})", row.usage(), row.help, row.source);
            session.answer_plain(command, 214, text);
        }
        Some(row) => {
            let text = format!("{} is not implemented here; HELP lists what is.", row.name);
            session.answer_plain(command, 504, text);
        }
        None => {
            session.answer_plain(command, 504, "That is no verb; HELP lists those of this server.")
        }
    }
}

/// STAT without a pathname: at once, also during a transfer (RFC 959 §4.1.3).
fn stat(session: &mut Session, command: &Command) {
    if matches!(session.work, Work::Transfer { running: true, .. }) {
        session.act(Action::ReportProgress);
    } else {
        let reply = status(session, None);
        session.answer_lines_of(command, reply);
    }
}

/// The driver said how far the transfer is.
pub(super) fn progress(session: &mut Session, bytes: u64) {
    let reply = status(session, Some(bytes));
    session.reply_plain(Some(Verb::Stat), "", reply);
}

fn status(session: &Session, moved: Option<u64>) -> Reply {
    let user = match session.user() {
        Some(user) => format!(" Logged in as {}.", String::from_utf8_lossy(user)),
        None => String::from(" Not logged in."),
    };
    let representation = match session.parameters.representation {
        RepresentationType::Ascii => "A N",
        RepresentationType::Image => "I",
    };
    let data = match session.parameters.data {
        _ if moved.is_some() => String::from("in use"),
        DataSetup::None => String::from("none agreed on"),
        DataSetup::Passive => String::from("passive, waiting for you"),
        DataSetup::Active(address) => format!("active, to {address}"),
    };
    let mut lines = vec![
        String::from("Status of this session:"),
        format!(" Connected from {}.", session.peer),
        user,
        format!(" TYPE {representation}, STRU F, MODE S; data connection: {data}."),
    ];
    if let (Work::Transfer { verb, argument, .. }, Some(moved)) = (&session.work, moved) {
        lines.push(format!(" {} {argument} is running, {moved} bytes so far.", verb.name()));
    }
    lines.push(String::from("End of status."));
    Reply::multiline(ReplyCode::known(211), lines)
}

/// A line that is no command.
pub(super) fn bad_line(session: &mut Session, error: &CommandError) {
    let (verb, code, text) = match error {
        CommandError::TooLong => {
            let limit = session.config.line_limit;
            let text = format!("The line is too long; commands have at most {limit} bytes.");
            (None, 500, text)
        }
        CommandError::Empty => {
            (None, 500, String::from("The line holds no command; HELP lists the verbs."))
        }
        CommandError::UnknownVerb(word) => {
            (None, 500, format!("{word} is not a command; HELP lists those of this server."))
        }
        CommandError::LineBreak => {
            (None, 501, String::from("NUL or CR stands in the line; send it without."))
        }
        CommandError::ArgumentMissing(verb) => {
            let text = format!("{} needs an argument; send {}.", verb.name(), verb.row().usage());
            (Some(*verb), 501, text)
        }
        CommandError::ArgumentSurplus(verb) => {
            let text = format!("{} takes no argument; send it alone.", verb.name());
            (Some(*verb), 501, text)
        }
    };
    session.reply_plain(verb, "", Reply::new(ReplyCode::known(code), text));
}
