//! Verbs that use the data connection, and ABOR (RFC 959 §4.1.3).

use super::action::{Action, TransferFailure, TransferRequest, TransferStart, TransferSummary};
use super::answer::TransferFailed;
use super::files;
use super::parameters::{DataSetup, RepresentationType};
use super::session::{Session, Work};
use super::texts::{self, Quoted, Sentence};
use crate::command::Command;
use crate::listing::ListForm;
use crate::pathname::{Pathname, PathnameError};
use crate::verbs::Verb;

pub(super) fn handle(session: &mut Session, command: &Command) {
    if command.verb() == Verb::Abor {
        return abor(session, command);
    }
    // Whatever becomes of this command, REST counted for it alone (RFC 3659 §5).
    let offset = std::mem::take(&mut session.parameters.restart);
    if session.parameters.data == DataSetup::None {
        let name = command.verb().name();
        return session.answer(command, 425, texts::DATA_CONNECTION_FIRST.with(&[&name]));
    }
    if offset > 0 && session.parameters.representation == RepresentationType::Ascii {
        // An offset into text with CRLF line ends says nothing about the file's own bytes.
        let code = if is_listing(command.verb()) { 501 } else { 554 };
        return session.answer(command, code, &texts::OFFSET_IN_ASCII);
    }
    match request(session, command, offset) {
        Ok(request) => {
            let argument = session.loggable(command);
            session.work =
                Work::Transfer { verb: command.verb(), argument, running: false, aborted: false };
            session.act(Action::PrepareTransfer(request));
        }
        Err(error) => files::bad_pathname(session, command, error),
    }
}

fn request(
    session: &Session,
    command: &Command,
    offset: u64,
) -> Result<TransferRequest, PathnameError> {
    let representation = session.parameters.representation;
    let path = || command.pathname();
    Ok(match command.verb() {
        Verb::Retr => TransferRequest::Retrieve { path: path()?, offset, representation },
        Verb::Stor => TransferRequest::Store { path: path()?, offset, representation },
        // RFC 959 has no offset for APPE; many clients send one that equals the file's length.
        Verb::Appe if offset > 0 => {
            TransferRequest::Store { path: path()?, offset, representation }
        }
        Verb::Appe => TransferRequest::Append { path: path()?, representation },
        Verb::Stou => {
            TransferRequest::StoreUnique { hint: command.pathname().ok(), representation }
        }
        Verb::Nlst => TransferRequest::List { path: list_path(command), form: ListForm::Names },
        Verb::Mlsd => TransferRequest::List {
            path: command.pathname().ok(),
            form: ListForm::Facts(session.parameters.facts),
        },
        _ => TransferRequest::List { path: list_path(command), form: ListForm::Long },
    })
}

fn is_listing(verb: Verb) -> bool {
    matches!(verb, Verb::List | Verb::Nlst | Verb::Mlsd)
}

/// The pathname behind options of `ls` that clients send, such as `-la`; the options change nothing.
fn list_path(command: &Command) -> Option<Pathname> {
    let mut rest = command.argument();
    while let [b'-', after @ ..] = rest {
        let end = after.iter().position(|&byte| byte == b' ').map_or(rest.len(), |space| space + 2);
        rest = &rest[end..];
    }
    Pathname::new(rest).ok()
}

/// What the transfer needs is open: 150, and go.
pub(super) fn ready(session: &mut Session, start: &TransferStart) {
    let Work::Transfer { verb, running, aborted, .. } = &mut session.work else { return };
    let (verb, aborted) = (*verb, *aborted);
    *running = true;
    let data = std::mem::take(&mut session.parameters.data);
    let path = Quoted(&start.path);
    let verb_of = Some(verb);
    match (verb, start.size) {
        // RFC 1123 §4.1.2.9: the name, in this form.
        (Verb::Stou, _) => {
            let name = [b"FILE: ", start.path.as_slice()].concat();
            session.reply(verb_of, "", 150, Sentence::Verbatim(&name));
        }
        (_, Some(size)) => {
            session.reply(verb_of, "", 150, texts::FILE_FOLLOWS_SIZED.with(&[&path, &size]));
        }
        (Verb::Retr, None) => session.reply(verb_of, "", 150, texts::FILE_FOLLOWS.with(&[&path])),
        (verb, None) if is_listing(verb) => {
            session.reply(verb_of, "", 150, texts::LISTING_FOLLOWS.with(&[&path]));
        }
        (_, None) => session.reply(verb_of, "", 150, texts::SEND_NOW.with(&[&path])),
    }
    session.act(Action::RunTransfer(data));
    if aborted {
        session.act(Action::AbortTransfer);
    }
}

/// The transfer is over.
pub(super) fn ended(session: &mut Session, result: Result<TransferSummary, TransferFailure>) {
    let Some((verb, argument)) = session.finish_work() else { return };
    match result {
        Ok(summary) => success(session, verb, &argument, &summary),
        Err(failure) => {
            let failed = TransferFailed { verb, failure: &failure };
            session.reply(Some(verb), &argument, failed.code(), Sentence::Composed(&failed));
        }
    }
    session.close_if_due();
}

fn success(session: &mut Session, verb: Verb, argument: &str, summary: &TransferSummary) {
    let done = match verb {
        Verb::Retr => &texts::SENT,
        Verb::Stor | Verb::Stou => &texts::STORED,
        Verb::Appe => &texts::APPENDED,
        _ => &texts::LISTED,
    };
    let path = Quoted(&summary.path);
    session.reply(Some(verb), argument, 226, done.with(&[&path, &summary.bytes]));
}

/// ABOR came while a transfer is prepared or runs; its own reply waits for the transfer's.
pub(super) fn abort(session: &mut Session) {
    let Work::Transfer { running, aborted, .. } = &mut session.work else { return };
    let first = !std::mem::replace(aborted, true);
    if first && *running {
        session.act(Action::AbortTransfer);
    }
}

/// ABOR's own reply. After a stopped transfer it follows that one's 426; otherwise it closes a data
/// connection that was agreed on and never used (RFC 959 §4.1.3: 226).
fn abor(session: &mut Session, command: &Command) {
    session.parameters.data = DataSetup::None;
    session.act(Action::DropData);
    session.answer(command, 226, &texts::NOTHING_TRANSFERRED);
}
