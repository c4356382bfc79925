//! Whether all of a transfer has arrived. In MODE S without TLS the end of the data connection is the end of the file
//! (RFC 959 §3.4.1), and whatever lies between the two ends, such as a proxy, may have made it early. Our own server says
//! how many bytes it has seen; of others, SIZE tells what they have stored.

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

/// A server that does not say how much has arrived is asked after an upload of so many bytes or more. A smaller file fits
/// into what both systems hold on the way, and in a tree the command would take as long as the file.
const WORTH_ASKING: u64 = 64 << 10;

const NOT_WHERE_ASKED: &str = "what came does not go on where it was asked to, so it cannot be used; fetch it again, \
                               without --mode deflate";

/// Whether the verb sends a file to the server.
pub(crate) fn stores(verb: Verb) -> bool {
    matches!(verb, Verb::Stor | Verb::Appe | Verb::Stou)
}

/// Whether a transfer can go on behind so many bytes of the file: MODE B and C have markers for that instead.
pub(crate) fn goes_by_offset(format: Format) -> bool {
    format.representation == RepresentationType::Image
        && format.structure == FileStructure::File
        && !format.keeps_connection()
}

/// Fails where a file that goes on behind an offset has come to a length that it does not have on the server. Text is shorter
/// or longer here, and pages leave holes out.
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
        // No standard says which bytes an offset counts in MODE Z.
        Some(size) if length > size && offset > 0 && !format.is_verbatim() => {
            Err(Error::mismatch(part, NOT_WHERE_ASKED))
        }
        _ => Ok(()),
    }
}

impl Client {
    /// Says of a transfer that broke whether another one can go on behind what has moved.
    pub(crate) fn told_whether_it_goes_on<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let goes_on = goes_by_offset(self.format) || self.format.keeps_connection();
        result.map_err(|error| match error.phase() {
            Phase::Transfer if error.is_retryable() && !goes_on => error.beginning_anew(Anew::Form),
            _ => error,
        })
    }
}

impl Connection {
    /// What tells a server that takes it how many bytes of a file are left to send, so that it takes no early end of the
    /// data connection for the end of the file. It goes with the command of the upload: firewalls that look for addresses
    /// in commands and replies find them at the start of a packet alone.
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

    /// Compares what went over the data connection here with what our own server says of its end. What others say counts
    /// for nothing.
    pub(crate) fn compare_ends(
        &mut self,
        request: &Request,
        copied: &Copied,
        reply: &Reply,
    ) -> Result<(), Error> {
        let is_upload = stores(request.verb());
        // The mark that TLS sets at the end of an upload shows only a server that asks for it that all has come, and
        // ProFTPD and Pure-FTPd do not.
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

    /// Asks for the length of what was stored from its start, where nothing else shows that all of it has arrived. More
    /// than was sent is no alarm: somebody may have appended. A refusal is none either: others may have taken the file
    /// away by now, or this user may not ask.
    pub(crate) async fn check_stored(&mut self, request: &Request, sent: u64) -> Result<(), Error> {
        if self.is_surely_whole || sent < WORTH_ASKING {
            return Ok(());
        }
        // Whatever becomes of the question, the server has said that the upload is done.
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
