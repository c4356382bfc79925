//! Handlers of the verbs that use a data connection, and of ABOR (RFC 959 §4.1.3). The driver moves
//! the data.

use super::action::{Action, Coding, TransferRequest, TransferStart, TransferSummary};
use super::answer::TransferFailed;
use super::data_connection::DataSetup;
use super::failure::TransferFailure;
use super::files;
use super::session::{Session, Work};
use super::task::ByteRange;
use super::texts::{self, Quoted, Sentence, Text};
use crate::command::Command;
use crate::encoding::{FileStructure, Format, Marker, RepresentationType, TransmissionMode};
use crate::listing::ListForm;
use crate::pathname::{Pathname, PathnameError};
use crate::verbs::Verb;

pub(super) fn handle(session: &mut Session, command: &Command) {
    if command.verb() == Verb::Abor {
        return abor(session, command);
    }
    // REST applies to this command only, whatever its outcome (RFC 3659 §5).
    let offset = std::mem::take(&mut session.parameters.restart);
    let range = session.extra.range.take();
    let at_least = session.parameters.at_least.take();
    // RFC 4217 §10.2: the protection level is checked now, not when the data connection was set up.
    if let Some(text) = session.lacks_private_data() {
        let name = command.verb().name();
        return session.answer(command, 521, text.with(&[&name]));
    }
    if session.parameters.data == DataSetup::None {
        let name = command.verb().name();
        return session.answer(command, 425, texts::DATA_CONNECTION_FIRST.with(&[&name]));
    }
    if let Some((code, text)) = refusal(session, command.verb(), offset, range) {
        let parameters = &session.parameters;
        let (kind, structure, mode) =
            (parameters.type_name(), parameters.structure_name(), parameters.mode_name());
        return session.answer(command, code, text.with(&[&kind, &structure, &mode]));
    }
    match request(session, command, (offset, at_least), range) {
        Ok(request) => {
            // STAT shows the argument even if there is no log.
            let (argument, aborted) = (command.loggable_argument(), session.holds(Verb::Abor));
            session.work =
                Work::Transfer { verb: command.verb(), argument, running: false, aborted };
            session.act(Action::PrepareTransfer(request));
        }
        Err(error) => files::bad_pathname(session, command, error),
    }
}

/// The refusal of a transfer that is impossible with the current TYPE, STRU, MODE, REST and RANG.
fn refusal(
    session: &Session,
    verb: Verb,
    offset: u64,
    range: Option<ByteRange>,
) -> Option<(u16, &'static Text)> {
    let format = session.parameters.format;
    match verb {
        // draft-bryan-ftp-range-09 allows a server to accept ranges for RETR only.
        Verb::Stor | Verb::Stou | Verb::Appe if range.is_some() => {
            Some((554, &texts::RANG_NOT_STORED))
        }
        Verb::Retr if range.is_some() && !format.is_verbatim() => {
            Some((554, &texts::RANGE_WITHOUT_PLACE))
        }
        Verb::Stou if offset > 0 => Some((554, &texts::STOU_FROM_START)),
        // A listing has no offset; clients send REST before a listing to find out whether REST is
        // supported.
        _ if is_listing(verb) => None,
        // RFC 1123 §4.1.3.4.
        _ if offset > 0 && !has_offsets(format) => Some((554, &texts::OFFSET_WITHOUT_PLACE)),
        Verb::Appe if offset == 0 && format.structure == FileStructure::Page => {
            Some((555, &texts::PAGES_NOT_APPENDED))
        }
        _ => None,
    }
}

/// Whether REST can name a position in this format. An offset into text, records or pages does not
/// correspond to a position in the stored file, unless it is a marker of MODE B or C.
fn has_offsets(format: Format) -> bool {
    match format.mode {
        TransmissionMode::Block | TransmissionMode::Compressed => {
            format.structure != FileStructure::Page
        }
        TransmissionMode::Stream | TransmissionMode::Deflate => {
            format.representation == RepresentationType::Image
                && format.structure == FileStructure::File
        }
    }
}

fn request(
    session: &Session,
    command: &Command,
    (offset, at_least): (u64, Option<u64>),
    range: Option<ByteRange>,
) -> Result<TransferRequest, PathnameError> {
    let coding = Coding { at_least, ..session.parameters.coding() };
    let path = || command.pathname();
    Ok(match command.verb() {
        Verb::Retr => {
            let ByteRange { start, end } = range.unwrap_or(ByteRange { start: offset, end: None });
            TransferRequest::Retrieve { path: path()?, offset: start, end, coding }
        }
        Verb::Stor => TransferRequest::Store { path: path()?, offset, coding },
        // RFC 959 has no offset for APPE, but many clients send one that equals the length of the file.
        Verb::Appe if offset > 0 => TransferRequest::Store { path: path()?, offset, coding },
        Verb::Appe => TransferRequest::Append { path: path()?, coding },
        Verb::Stou => TransferRequest::StoreUnique { hint: command.pathname().ok(), coding },
        verb => TransferRequest::List {
            path: if verb == Verb::Mlsd { command.pathname().ok() } else { list_path(command) },
            form: match verb {
                Verb::Nlst => ListForm::Names,
                Verb::Mlsd => ListForm::Facts(session.parameters.facts),
                _ => ListForm::Long,
            },
            coding: session.parameters.listing_coding(),
        },
    })
}

fn is_listing(verb: Verb) -> bool {
    matches!(verb, Verb::List | Verb::Nlst | Verb::Mlsd)
}

/// The pathname after any options of `ls`, such as `-la`. Clients send such options; they are ignored.
pub(super) fn list_path(command: &Command) -> Option<Pathname> {
    let mut rest = command.argument();
    while let [b'-', after @ ..] = rest {
        let end = after.iter().position(|&byte| byte == b' ').map_or(rest.len(), |space| space + 2);
        rest = &rest[end..];
    }
    Pathname::new(rest).ok()
}

/// The file or directory is open: answer 125 if the data connection is open, too, else 150, and
/// start the transfer. A passive port that the client has already connected to still gets 150,
/// because 125 confuses clients there.
pub(super) fn ready(session: &mut Session, start: &TransferStart) {
    let Work::Transfer { verb, running, aborted, .. } = &mut session.work else { return };
    let (verb, aborted) = (*verb, *aborted);
    *running = true;
    let data = std::mem::take(&mut session.parameters.data);
    let code = if data == DataSetup::Kept { 125 } else { 150 };
    let path = Quoted(&start.path);
    let verb_of = Some(verb);
    match (verb, start.size) {
        // RFC 1123 §4.1.2.9: the name, in this form.
        (Verb::Stou, _) => {
            let name = [b"FILE: ", start.path.as_slice()].concat();
            session.reply(verb_of, "", code, Sentence::Verbatim(&name));
        }
        (_, Some(size)) => {
            session.reply(verb_of, "", code, texts::FILE_FOLLOWS_SIZED.with(&[&path, &size]));
        }
        (Verb::Retr, None) => session.reply(verb_of, "", code, texts::FILE_FOLLOWS.with(&[&path])),
        (verb, None) if is_listing(verb) => {
            session.reply(verb_of, "", code, texts::LISTING_FOLLOWS.with(&[&path]));
        }
        (_, None) => session.reply(verb_of, "", code, texts::SEND_NOW.with(&[&path])),
    }
    session.act(Action::RunTransfer(data, session.security.data));
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
            let room = session.extra.room;
            let stopped_by = session.stopped_by;
            let failed = TransferFailed { verb, failure: &failure, room, stopped_by };
            session.reply(Some(verb), &argument, failed.code(), Sentence::Composed(&failed));
        }
    }
    session.close_if_due();
}

fn success(session: &mut Session, verb: Verb, argument: &str, summary: &TransferSummary) {
    let path = Quoted(&summary.path);
    // RFC 959 §4.2.2: 226 closes the data connection, 250 does not.
    let code = if summary.connection_kept { 250 } else { 226 };
    if summary.connection_kept {
        session.parameters.data = DataSetup::Kept;
    }
    session.reply(Some(verb), argument, code, done(verb).with(&[&path, &summary.bytes]));
}

/// The text for a successful transfer: the file, and the number of bytes moved over the data
/// connection. The client reads the number back with `moved_in`, so the text must start with the
/// file.
pub(super) fn done(verb: Verb) -> &'static Text {
    match verb {
        Verb::Retr => &texts::SENT,
        Verb::Stor | Verb::Stou => &texts::STORED,
        Verb::Appe => &texts::APPENDED,
        _ => &texts::LISTED,
    }
}

/// RFC 1123 §4.1.3.4: the client's name for the position, then ours, which the client gives to REST.
pub(super) fn marker_stored(session: &mut Session, marker: &Marker, offset: u64) {
    let Work::Transfer { verb, running: true, .. } = session.work else { return };
    let text = format!("MARK {marker} = {offset}");
    session.reply(Some(verb), "", 110, Sentence::Verbatim(text.as_bytes()));
}

/// ABOR arrived while a transfer or task is being prepared or running; the reply to ABOR follows
/// that of the work.
pub(super) fn abort(session: &mut Session) {
    let (running, aborted) = match &mut session.work {
        Work::Transfer { running, aborted, .. } => (*running, aborted),
        Work::Task { aborted, .. } => (true, aborted),
        _ => return,
    };
    let first = !std::mem::replace(aborted, true);
    if first && running {
        session.act(Action::AbortTransfer);
    }
}

/// The reply to ABOR itself. After a stopped transfer, it follows the 426 of that transfer;
/// otherwise ABOR closes a data connection that was set up but not used (RFC 959 §4.1.3: 226). A
/// connection kept from an earlier transfer stays: 225.
fn abor(session: &mut Session, command: &Command) {
    if session.parameters.data == DataSetup::Kept {
        return session.answer(command, 225, &texts::NOTHING_TRANSFERRED_OPEN);
    }
    session.parameters.data = DataSetup::None;
    session.act(Action::DropData);
    session.answer(command, 226, &texts::NOTHING_TRANSFERRED);
}
