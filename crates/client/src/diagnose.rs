//! Finds out what a 550 means if its words leave that open: whether the path is missing or
//! forbidden. The client asks with MLST, or else lists the directory above. The result is a
//! [`Finding`].

use packetboat_codes::Class;
use packetboat_proto::listing::EntryKind;
use packetboat_proto::verbs::Verb;

use crate::client::{Client, entry_of};
use crate::connection::{Connection, path_request};
use crate::error::Error;
use crate::finding::{Finding, makes};
use crate::list::list_once;

/// Whether a path exists.
pub(crate) enum Presence {
    There(EntryKind),
    Absent,
    /// The directory above cannot be listed.
    Unknown,
}

impl Client {
    /// If a refusal leaves its reason open, asks the server and adds the finding. If asking fails,
    /// the refusal is returned unchanged: it is what the user has to know.
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

    /// The same for any command and any code.
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
    // With MLST, an absent path says nothing about the directory above.
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
            // A dangling link, or one that leads out of what is served, is in its directory
            // although MLST refuses it.
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

/// Splits a path into directory and name. An empty directory stands for the login directory.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(0) => (b"/", &path[1..]),
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}
