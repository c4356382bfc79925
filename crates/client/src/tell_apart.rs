//! What is behind a 550 whose words do not say: missing or forbidden. MLST tells, or else a listing of the
//! directory that the thing should be in.

use packetboat_codes::Class;
use packetboat_proto::listing::EntryKind;
use packetboat_proto::verbs::Verb;

use crate::client::{Client, entry_of};
use crate::connection::{Connection, path_request};
use crate::error::Error;
use crate::finding::{Finding, makes};
use crate::list::list_once;

/// What is there under a path.
pub(crate) enum Presence {
    There(EntryKind),
    Absent,
    /// The directory that it should be in cannot be listed.
    Unknown,
}

impl Client {
    /// Adds to a refusal of a command on a path what asking the server brings. A question that fails adds
    /// nothing: the refusal is what the user has to know.
    pub(crate) async fn told_apart<T>(
        &mut self,
        path: &[u8],
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        match result {
            Err(error) if error.leaves_open() => Err(self.with_what_is_there(path, error).await),
            result => result,
        }
    }

    /// The same, whatever the command and the code.
    pub(crate) async fn with_what_is_there(&mut self, path: &[u8], error: Error) -> Error {
        let Some(verb) = error.verb() else { return error };
        let Some(connection) = self.open_connection() else { return error };
        match find(connection, verb, path).await {
            Ok(Some(finding)) => error.with_finding(finding),
            Ok(None) | Err(_) => error,
        }
    }
}

async fn find(
    connection: &mut Connection,
    verb: Verb,
    path: &[u8],
) -> Result<Option<Finding>, Error> {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let finding = match presence(connection, verb, path).await? {
        Presence::There(EntryKind::Directory) if verb == Verb::Rmd => {
            match list_once(connection, path).await?.is_surely_empty() {
                true => Finding::SeemsEmpty,
                false => Finding::NotEmpty,
            }
        }
        Presence::There(kind) => Finding::of_present(verb, kind),
        Presence::Absent if !makes(verb) => Finding::Absent,
        Presence::Absent => Finding::ParentForbids,
        Presence::Unknown if connection.is_directory(split(path).0).await? => return Ok(None),
        Presence::Unknown if makes(verb) => Finding::NoParent,
        Presence::Unknown => Finding::Absent,
    };
    // MLST knows nothing of the directory above.
    let parent = split(path).0;
    if finding == Finding::ParentForbids && !connection.is_directory(parent).await? {
        return Ok(Some(Finding::NoParent));
    }
    Ok(Some(finding))
}

pub(crate) async fn presence(
    connection: &mut Connection,
    verb: Verb,
    path: &[u8],
) -> Result<Presence, Error> {
    let mut missing = false;
    if connection.features().await?.has("MLST") {
        let reply = connection.exchange(&path_request(Verb::Mlst, path)?).await?;
        match (reply.code().number(), reply.code().class()) {
            (_, Class::Completion) => {
                let kind = entry_of(&reply, path).map_or(EntryKind::Other, |entry| entry.kind);
                return Ok(Presence::There(kind));
            }
            (550, _) if makes(verb) => return Ok(Presence::Absent),
            // A link that leads nowhere, or out of what is served, has no facts and stands in its directory.
            (550, _) => missing = true,
            _ => {}
        }
    }
    let (parent, name) = split(path);
    let unseen = if missing { Presence::Absent } else { Presence::Unknown };
    let Ok(listing) = list_once(connection, parent).await else { return Ok(unseen) };
    let left_out = listing.is_left_out();
    let found = listing.entries.into_iter().find(|entry| entry.name == name);
    Ok(match found {
        Some(entry) => Presence::There(entry.kind),
        None if left_out => unseen,
        None => Presence::Absent,
    })
}

/// The directory and the name in it. The directory after login is the empty path.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(0) => (b"/", &path[1..]),
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}
