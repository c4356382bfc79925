//! What a listing did not show. In clear it may have been cut off at the end of a line, which nothing tells, and whoever
//! deletes what is not in it asks for each such thing by name first.

use std::collections::HashSet;

use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;

use crate::client::{Client, is_refusal};
use crate::error::Error;
use crate::superfluous::Superfluous;

/// What is to go, and what is not, each with the reason.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) gone: Vec<Superfluous>,
    pub(crate) spared: Vec<(Vec<u8>, Error)>,
}

impl Client {
    /// Whether something shows that the listing that has just come is whole.
    pub(crate) fn listing_is_whole(&mut self) -> bool {
        self.open_connection().is_some_and(|connection| connection.is_surely_whole)
    }

    /// Judges what is here and was not in the listing of a directory.
    pub(crate) async fn judge_unlisted(
        &mut self,
        directory: &[u8],
        entries: &[RemoteEntry],
        found: Vec<Superfluous>,
    ) -> Judged {
        // A server that does not tell upper and lower case apart has what is here by another spelling.
        let spelling = |name: &[u8]| String::from_utf8_lossy(name).to_lowercase();
        let listed: HashSet<_> = entries.iter().map(|entry| spelling(&entry.name)).collect();
        let mut judged = Judged::default();
        for one in found {
            let name = one.remote.rsplit(|byte| *byte == b'/').next().unwrap_or(&one.remote);
            if listed.contains(&spelling(name)) {
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
            // It answers neither MLST nor SIZE: another listing that does not show it has to do.
            Ok(found) if found.kind == EntryKind::Other && found.size.is_none() => {
                let entries = self.list(directory).await?;
                Ok(self.left_out.in_last || entries.iter().any(|entry| entry.name == name))
            }
            Ok(_) => Ok(true),
            Err(error) if is_refusal(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
