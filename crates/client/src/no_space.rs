//! Failures for lack of storage space, which any other file would meet as well: a full disk or an
//! exhausted quota. The transfer of a tree ends at the first one.

use std::io::ErrorKind;

use packetboat_codes::Fault;
use packetboat_proto::server::fault_in;
use packetboat_proto::verbs::Verb;

use crate::error::{Cause, Error};

/// The verbs that use storage on the server.
const STORING: [Verb; 3] = [Verb::Stor, Verb::Appe, Verb::Mkd];

impl Error {
    /// Whether storage space has run out: on a local disk, on the server (452), or in this user's
    /// allocation there (552; RFC 959 §4.2.2).
    pub fn is_out_of_room(&self) -> bool {
        if let Cause::Local(error) = self.cause() {
            return matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        }
        let stores = self.verb().is_some_and(|verb| STORING.contains(&verb));
        stores
            && matches!(self.reply_number(), Some(452 | 552))
            && !self.reply().is_some_and(|reply| is_about_one_file(&reply.text()))
    }
}

/// Whether the words are about a file that exceeds the size limit; a smaller file may still be accepted.
fn is_about_one_file(text: &str) -> bool {
    let words = text.to_lowercase();
    fault_in(text) == Some(Fault::FileTooLarge)
        || words.contains("too large")
        || words.contains("too big")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use packetboat_codes::ReplyCode;
    use packetboat_proto::client::Request;
    use packetboat_proto::reply::Reply;

    use super::*;
    use crate::error::Phase;

    #[test]
    fn a_full_disk_is_full_for_every_file_and_a_long_file_is_long_by_itself() {
        for (verb, number, text, all) in [
            (Verb::Stor, 452, "f: the server's storage is full", true),
            (Verb::Stor, 552, "f: the storage quota is used up; delete files to make room.", true),
            (Verb::Appe, 552, "Disk full - please upload later", true),
            (Verb::Mkd, 552, "Quota exceeded", true),
            (Verb::Stor, 552, "Transfer aborted. File too large", false),
            (
                Verb::Stor,
                552,
                "f: die Datei ist größer, als der Speicher erlaubt; senden Sie sie in kleineren Teilen.",
                false,
            ),
            (Verb::Hash, 552, "f: your account has no right to do this", false),
            (Verb::Stor, 550, "No space left on device", false),
        ] {
            let reply = Reply::new(ReplyCode::known(number), text);
            let error = Error::refused(Phase::Transfer, &Request::bare(verb), reply);
            assert_eq!(error.is_out_of_room(), all, "{number} {text}");
        }
        for (kind, all) in [
            (ErrorKind::StorageFull, true),
            (ErrorKind::QuotaExceeded, true),
            (ErrorKind::FileTooLarge, false),
            (ErrorKind::PermissionDenied, false),
        ] {
            assert_eq!(Error::local(Path::new("f"), kind.into()).is_out_of_room(), all, "{kind}");
        }
    }
}
