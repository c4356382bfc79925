//! Checks that a transfer is complete. In MODE S without TLS the end of the data connection marks
//! the end of the file (RFC 959 §3.4.1), and anything in between, such as a proxy, may have closed
//! it early. A Packetboat server says how many bytes it has seen; other servers are asked for SIZE.

use std::path::Path;

use packetboat_proto::client::{Request, parse_size};
use packetboat_proto::encoding::{FileStructure, Format, RepresentationType};
use packetboat_proto::reply::Reply;
use packetboat_proto::server::moved_in;
use packetboat_proto::verbs::{LENGTH_FEATURE, Verb};

use crate::client::Client;
use crate::connection::Connection;
use crate::copy::Copied;
use crate::error::{Anew, Error, Phase};
use crate::source::Source;

/// After an upload of at least this length, a server that does not say how much has arrived is
/// asked for SIZE. A smaller file fits into the buffers of both systems, and in a tree the command
/// would take as long as the file.
const WORTH_ASKING: u64 = 64 << 10;

const NOT_WHERE_ASKED: &str = "the server did not resume at the requested offset, so the data cannot be used; fetch the file \
                               again without --mode deflate";

/// Whether the verb sends a file to the server.
pub(crate) fn stores(verb: Verb) -> bool {
    matches!(verb, Verb::Stor | Verb::Appe | Verb::Stou)
}

/// Whether a transfer in this format is resumed at a byte offset. MODE B and C use restart markers
/// instead.
pub(crate) fn goes_by_offset(format: Format) -> bool {
    format.representation == RepresentationType::Image
        && format.structure == FileStructure::File
        && !format.keeps_connection()
}

/// Fails if a received file does not have its length on the server. The lengths of text and of
/// paged files cannot be compared: text is converted, and pages leave out holes.
pub(crate) fn check_length(
    part: &Path,
    format: Format,
    size: Option<u64>,
    offset: u64,
    length: u64,
) -> Result<(), Error> {
    let comparable = format.representation == RepresentationType::Image
        && format.structure == FileStructure::File;
    match size.filter(|_| comparable) {
        Some(size) if length < size => Err(Error::truncated(size, length)),
        // No standard defines whether an offset in MODE Z counts bytes before or after compression.
        Some(size) if length > size && offset > 0 && !format.is_verbatim() => {
            Err(Error::mismatch(part, NOT_WHERE_ASKED))
        }
        _ => Ok(()),
    }
}

impl Client {
    /// Marks the error of a broken transfer as one that has to start over, if its format cannot be
    /// resumed.
    pub(crate) fn told_whether_it_goes_on<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let goes_on = goes_by_offset(self.format) || self.format.keeps_connection();
        result.map_err(|error| match error.phase() {
            Phase::Transfer if error.is_retryable() && !goes_on => error.beginning_anew(Anew::Form),
            _ => error,
        })
    }
}

impl Connection {
    /// The command that tells a supporting server how many bytes an upload will send, so that it
    /// does not mistake an early end of the data connection for the end of the file. It travels in
    /// one packet with STOR or APPE, not with PASV or PORT: firewalls that inspect FTP look for
    /// those only at the start of a packet.
    pub(crate) async fn announcement(&mut self, source: &Source) -> Result<Option<Request>, Error> {
        if self.private_data {
            return Ok(None);
        }
        let Some(left) = source.length_left()? else { return Ok(None) };
        let is_worth_it = left >= WORTH_ASKING || self.features.is_some();
        if !is_worth_it || left == 0 || !self.features().await?.has(LENGTH_FEATURE) {
            return Ok(None);
        }
        Ok(Some(Request::with_text(Verb::Opts, format!("STOR LENGTH {left}"))))
    }

    /// Compares the number of bytes that moved here with the number that a Packetboat server
    /// reports. Numbers in the replies of other servers are ignored.
    pub(crate) fn compare_ends(
        &mut self,
        request: &Request,
        copied: &Copied,
        reply: &Reply,
    ) -> Result<(), Error> {
        let is_upload = stores(request.verb());
        // The close_notify at the end of an upload only helps if the server checks it, and ProFTPD
        // and Pure-FTPd do not.
        let marked = self.in_use.marks_end() || self.private_data && !is_upload;
        let there = moved_in(request.verb(), &reply.text()).filter(|_| !marked);
        self.is_surely_whole = marked || there.is_some();
        let here = copied.on_wire;
        match there {
            Some(there) if is_upload && there < here => Err(Error::shortened(here, there)),
            Some(there) if !is_upload && here < there => Err(Error::truncated(there, here)),
            _ => Ok(()),
        }
    }

    /// Asks for the length of an upload that began at offset 0, if nothing else shows that it has
    /// arrived completely. A greater length is no error, since somebody may have appended. Nor is a
    /// refusal: the file may have been moved since, or this user may not ask.
    pub(crate) async fn check_stored(&mut self, request: &Request, sent: u64) -> Result<(), Error> {
        if self.is_surely_whole || sent < WORTH_ASKING {
            return Ok(());
        }
        // If the question fails, the server's confirmation of the upload still stands.
        let stored = match self.exchange(&request.with_verb(Verb::Size)).await {
            Ok(reply) if reply.code().number() == 213 => parse_size(&reply),
            _ => None,
        };
        match stored {
            Some(stored) if stored < sent => {
                let error = Error::shortened(sent, stored).during(request);
                Err(error.at(self.control.peer_name()))
            }
            _ => Ok(()),
        }
    }
}
