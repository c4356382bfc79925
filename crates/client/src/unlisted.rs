//! Entries that a listing did not show. Without TLS a listing may have been cut off unnoticed at
//! the end of a line, so before a mirror deletes a local file that is not listed, it asks the
//! server about the file by name.

use std::collections::HashSet;

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;

use crate::client::{Client, is_refusal};
use crate::error::Error;
use crate::finding::Finding;
use crate::mirror_delete::Superfluous;
use crate::names::without_case;

/// The entries to delete, and those to keep, each with the reason.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) gone: Vec<Superfluous>,
    pub(crate) spared: Vec<(Vec<u8>, Error)>,
}

impl Client {
    /// Whether the last listing is known to be complete.
    pub(crate) fn listing_is_whole(&mut self) -> bool {
        self.open_connection().is_some_and(|connection| connection.is_surely_whole)
    }

    /// Decides about local entries that were not in the listing of their directory.
    pub(crate) async fn judge_unlisted(
        &mut self,
        directory: &[u8],
        entries: &[RemoteEntry],
        found: Vec<Superfluous>,
    ) -> Judged {
        // On a server that ignores case, asking for a name would find an entry that is listed in
        // another spelling.
        let listed: HashSet<_> = entries.iter().map(|entry| without_case(&entry.name)).collect();
        let mut judged = Judged::default();
        for one in found {
            let name = one.remote.rsplit(|byte| *byte == b'/').next().unwrap_or(&one.remote);
            if listed.contains(&without_case(name)) {
                judged.gone.push(one);
                continue;
            }
            match self.has_unlisted(directory, name, &one.remote).await {
                Ok(false) => judged.gone.push(one),
                Ok(true) => judged.spared.push((one.remote, Error::unlisted())),
                Err(error) => judged.spared.push((one.remote, error)),
            }
        }
        judged
    }

    async fn has_unlisted(
        &mut self,
        directory: &[u8],
        name: &[u8],
        path: &[u8],
    ) -> Result<bool, Error> {
        match self.stat(path).await {
            // The server answers neither MLST nor SIZE, so a second listing has to do.
            Ok(found) if found.kind == EntryKind::Other && found.size.is_none() => {
                let entries = self.list(directory).await?;
                Ok(self.left_out.in_last || entries.iter().any(|entry| entry.name == name))
            }
            Ok(_) => Ok(true),
            Err(error) if says_absent(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether a refusal says that the path does not exist. A bare 550 does (RFC 959 §4.2.2: file
/// unavailable, for example not found). A 550 that gives another reason does not, nor does any
/// other code.
fn says_absent(error: &Error) -> bool {
    let finding = error.settled();
    is_refusal(error)
        && (finding == Some(Finding::Absent)
            || finding.is_none() && error.reply_number() == Some(550))
}

#[cfg(test)]
mod tests {
    use packetboat_codes::ReplyCode;
    use packetboat_proto::reply::Reply;
    use packetboat_proto::verbs::Verb;

    use super::*;
    use crate::connection::path_request;
    use crate::phase::Phase;

    #[test]
    fn only_what_says_that_it_is_not_there_is_taken_for_that() {
        for (number, text, absent) in [
            (550, "No such file or directory", true),
            (550, "Could not get file size.", true),
            (550, "access.log: not a plain file.", true),
            (550, "/logs/access.log: not a plain file.", true),
            (550, "access.log: Permission denied", false),
            (550, "Permission denied", false),
            (530, "Please log in", false),
            (553, "Name not allowed", false),
            (501, "Invalid argument", false),
            (450, "No such file just now", false),
        ] {
            let reply = Reply::new(ReplyCode::known(number), text);
            let request = path_request(Verb::Size, b"/logs/access.log").expect("a path");
            let error = Error::refused(Phase::Command, &request, reply);
            assert_eq!(says_absent(&error), absent, "{number} {text}");
        }
    }

    #[test]
    fn a_forbidden_file_whose_name_is_a_word_of_the_reply_is_not_taken_for_gone() {
        for path in [&b"/logs/permitted"[..], b"/logs/not", b"permitted"] {
            let reply = Reply::new(ReplyCode::known(550), "Operation not permitted");
            let request = path_request(Verb::Size, path).expect("a path");
            assert!(!says_absent(&Error::refused(Phase::Command, &request, reply)));
        }
    }
}
