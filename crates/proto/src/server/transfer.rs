//! Verbs that use the data connection, and ABOR (RFC 959 §4.1.3).

use super::action::{Action, TransferFailure, TransferRequest, TransferStart, TransferSummary};
use super::answer::{self, quoted};
use super::parameters::{DataSetup, RepresentationType};
use super::session::{Session, Work};
use crate::command::Command;
use crate::listing::ListForm;
use crate::pathname::Pathname;
use crate::reply::Reply;
use crate::verbs::Verb;
use packetboat_codes::ReplyCode;

pub(super) fn handle(session: &mut Session, command: &Command) {
    if command.verb() == Verb::Abor {
        return abor(session, command);
    }
    // Whatever becomes of this command, REST counted for it alone (RFC 3659 §5).
    let offset = std::mem::take(&mut session.parameters.restart);
    if session.parameters.data == DataSetup::None {
        let name = command.verb().name();
        let text = format!("{name} needs a data connection; send EPSV, PASV, EPRT or PORT first.");
        return session.answer_plain(command, 425, text);
    }
    match request(session, command, offset) {
        Ok(request) => {
            let argument = session.loggable(command);
            session.work =
                Work::Transfer { verb: command.verb(), argument, running: false, aborted: false };
            session.act(Action::PrepareTransfer(request));
        }
        Err((code, text)) => session.answer_plain(command, code, text),
    }
}

type Refusal = (u16, String);

fn request(session: &Session, command: &Command, offset: u64) -> Result<TransferRequest, Refusal> {
    let representation = session.parameters.representation;
    let path = || {
        command
            .pathname()
            .map_err(|error| (501, format!("{error}; send {}.", command.verb().row().usage())))
    };
    if offset > 0 && representation == RepresentationType::Ascii {
        // An offset into text with CRLF line ends says nothing about the file's own bytes.
        let text = "A byte offset cannot be found in TYPE A; send TYPE I, then REST again.";
        return Err((if is_listing(command.verb()) { 501 } else { 554 }, text.to_owned()));
    }
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
    let text = match (verb, start.size) {
        // RFC 1123 §4.1.2.9: the name, in this form.
        (Verb::Stou, _) => [b"FILE: ", start.path.as_slice()].concat(),
        (_, Some(size)) => {
            [quoted(&start.path).as_slice(), format!(" ({size} bytes) follows.").as_bytes()]
                .concat()
        }
        (verb, None) if is_listing(verb) => {
            [b"Listing of ", quoted(&start.path).as_slice(), b" follows."].concat()
        }
        (_, None) => [b"Send ", quoted(&start.path).as_slice(), b" now."].concat(),
    };
    session.reply_plain(Some(verb), "", Reply::new(ReplyCode::known(150), text));
    session.act(Action::RunTransfer(data));
    if aborted {
        session.act(Action::AbortTransfer);
    }
}

/// The transfer is over.
pub(super) fn ended(session: &mut Session, result: Result<TransferSummary, TransferFailure>) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let reply = match result {
        Ok(summary) => success(verb, &summary),
        Err(failure) => answer::transfer_failed(verb, &failure),
    };
    session.reply_plain(Some(verb), &argument, reply);
    session.close_if_due();
}

fn success(verb: Verb, summary: &TransferSummary) -> Reply {
    let done = match verb {
        Verb::Retr => "sent",
        Verb::Stor | Verb::Stou => "stored",
        Verb::Appe => "appended to",
        _ => "listed",
    };
    let text = format!(" {done}, {} bytes.", summary.bytes);
    Reply::new(ReplyCode::known(226), [quoted(&summary.path), text.into_bytes()].concat())
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
    session.answer_plain(
        command,
        226,
        "Nothing is being transferred now; the data connection is closed.",
    );
}
