//! Listings: MLSD where the server has it, LIST where not. What of one is not understood is told, and nothing is
//! concluded from what it does not show.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use packetboat_proto::client::Request;
use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::{
    Place, RemoteEntry, is_no_entry, parse_facts, parse_list_line,
};
use packetboat_proto::pattern::matches;
use packetboat_proto::reply::Reply;
use packetboat_proto::server::{fault_in, moved_in};
use packetboat_proto::time::Timestamp;
use packetboat_proto::verbs::Verb;

use crate::claim::Claim;
use crate::client::{Client, with_retry};
use crate::connection::{Connection, path_request};
use crate::error::{Cause, Error};
use crate::local;
use crate::observer::Event;
use crate::place::Home;

/// So much is shown of a line that is not understood.
const SHOWN: usize = 200;

/// What a listing told.
#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<RemoteEntry>,
    /// How many lines are in no form that is known.
    unread: u64,
    /// The first of them.
    first: Vec<u8>,
    /// What the server said, where it sent less than there is.
    cut_short: Option<Reply>,
}

impl Listing {
    /// Whether there is more than the entries.
    pub(crate) fn is_left_out(&self) -> bool {
        self.unread > 0 || self.cut_short.is_some()
    }

    /// Whether the server says that there is more than it has sent.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.cut_short.is_some()
    }

    pub(crate) fn is_surely_empty(&self) -> bool {
        self.entries.is_empty() && !self.is_left_out()
    }

    /// A name that comes twice counts once: two transfers into one file would harm each other.
    fn read(
        (bytes, reply): &(Vec<u8>, Reply),
        parse: impl Fn(&[u8]) -> Option<RemoteEntry>,
    ) -> Self {
        let is_cut = says_cut_short(&reply.text());
        let mut listing = Self { cut_short: is_cut.then(|| reply.clone()), ..Self::default() };
        let mut seen = HashSet::new();
        for line in bytes.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match parse(line).filter(|_| !line.contains(&0)) {
                Some(entry) => {
                    if entry.place == Place::Inside && seen.insert(entry.name.clone()) {
                        listing.entries.push(entry);
                    }
                }
                None if is_no_entry(line) => {}
                None => {
                    if listing.unread == 0 {
                        listing.first = line[..line.len().min(SHOWN)].to_vec();
                    }
                    listing.unread += 1;
                }
            }
        }
        listing
    }
}

/// Whether a server says that it has shown no more than so many files, as Pure-FTPd does: `Output truncated to 2000
/// matches`. In the name of a directory that it quotes, the word says nothing.
fn says_cut_short(text: &str) -> bool {
    if moved_in(Verb::List, text).is_some() {
        return false;
    }
    let outside_of_quotes = text.split('"').step_by(2);
    let mut words = outside_of_quotes.flat_map(str::split_ascii_whitespace);
    words.any(|word| {
        word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '/')
            .eq_ignore_ascii_case("truncated")
    })
}

/// What a client left out of the listings that it read.
#[derive(Default)]
pub(crate) struct LeftOut {
    /// Something of the last one.
    pub(crate) in_last: bool,
    count: u64,
    /// The directories of which it was told.
    told: HashSet<Vec<u8>>,
}

impl Client {
    /// The entries of a directory, without the directory itself and the one above. An empty path is the
    /// directory after login.
    pub async fn list(&mut self, path: &[u8]) -> Result<Vec<RemoteEntry>, Error> {
        self.prepare_for(path).await?;
        let result = with_retry!(self, connection => list_once(connection, path).await);
        // RFC 3659 §7.2.1: MLSD takes no file, which is 501, or 550 by some servers. It is its own only entry, as with `ls`.
        if let Err(error) = &result
            && matches!(error.reply_number(), Some(501 | 550))
            && error.verb() == Some(Verb::Mlsd)
            && let Ok(file) = self.stat(path).await
            && file.kind != EntryKind::Directory
        {
            let name = last_name(path).to_vec();
            self.left_out.in_last = false;
            return Ok(vec![RemoteEntry { name, ..file }]);
        }
        let listing = self.told_apart(path, result).await?;
        Ok(self.take_entries(path, listing))
    }

    /// The entries of a listing. What it leaves out is told, once of each directory.
    pub(crate) fn take_entries(&mut self, path: &[u8], listing: Listing) -> Vec<RemoteEntry> {
        let Listing { entries, unread, first, cut_short } = listing;
        let is_left_out = unread > 0 || cut_short.is_some();
        self.left_out.in_last = is_left_out;
        if !is_left_out {
            return entries;
        }
        if let Some(connection) = self.open_connection() {
            connection.is_surely_whole = false;
        }
        if self.left_out.told.insert(path.to_vec()) {
            self.left_out.count += unread + u64::from(cut_short.is_some());
            let cut_short = cut_short.as_ref();
            self.observer.event(Event::LeftOut { path, lines: unread, first: &first, cut_short });
        }
        entries
    }

    /// How much of listings was left out since this was asked last: lines that were not understood, and what a server
    /// did not send.
    pub fn take_left_out(&mut self) -> u64 {
        std::mem::take(&mut self.left_out.count)
    }

    /// As [`Self::list`], for who acts on what is missing: a file is an error, not its own only entry.
    pub(crate) async fn list_directory(&mut self, path: &[u8]) -> Result<Vec<RemoteEntry>, Error> {
        let entries = self.list(path).await?;
        let name = last_name(path);
        let looks_like_a_file = entries.len() == 1 && entries[0].name.ends_with(name);
        // One look more, and only where it may be a file: LIST shows one as a directory that holds it.
        if looks_like_a_file && !self.is_directory(path).await? {
            return Err(Error::no_match("it is a file, no folder; `packetboat get` fetches it"));
        }
        Ok(entries)
    }
}

impl Client {
    /// The entries of a directory whose names match a pattern (see `proto::pattern`), in the order of their
    /// names; none is an error.
    pub async fn list_matching(
        &mut self,
        directory: &[u8],
        pattern: &[u8],
    ) -> Result<Vec<RemoteEntry>, Error> {
        let directory = without_slash(directory);
        let mut entries = self.list(directory).await?;
        entries.retain(|entry| matches(pattern, &entry.name));
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        if entries.is_empty() {
            return Err(Error::no_match(
                "nothing there has a name that fits; for a name that holds a * write %2A",
            ));
        }
        Ok(entries)
    }

    /// The names in a directory, a line each as the server sends them (NLST), as `;type=d` in an address
    /// wants it (RFC 1738 §3.2.2).
    pub async fn names(&mut self, path: &[u8]) -> Result<Vec<u8>, Error> {
        self.prepare_for(path).await?;
        let request = path_request(Verb::Nlst, path.strip_suffix(b"/").unwrap_or(path))?;
        let result = with_retry!(self, connection => {
            match connection.list_bytes(&request).await {
                Err(error) => if_empty(connection, path, error).await.map(|()| Vec::new()),
                listed => listed.map(|(bytes, _)| bytes),
            }
        });
        self.told_apart(path, result).await
    }

    /// The same into a file of this machine; how many bytes they are.
    pub async fn get_names(&mut self, path: &[u8], file: &Path) -> Result<u64, Error> {
        let (file, _) = local::target(file)?;
        let names = self.names(path).await?;
        let part = local::part_path(&file);
        let claim = Claim::new(&part)?;
        let written = claim.open_at(0).and_then(|mut part| part.write_all(&names));
        written.map_err(|error| Error::local(&part, error))?;
        claim.complete(&file)?;
        Ok(names.len() as u64)
    }
}

/// What a path ends in, with or without a `/` behind it.
fn last_name(path: &[u8]) -> &[u8] {
    without_slash(path).rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// A directory without a `/` at its end; the root keeps its own.
pub(crate) fn without_slash(path: &[u8]) -> &[u8] {
    match path {
        b"/" => path,
        _ => path.strip_suffix(b"/").unwrap_or(path),
    }
}

pub(crate) async fn list_once(connection: &mut Connection, path: &[u8]) -> Result<Listing, Error> {
    if connection.features().await?.has("MLST") {
        let request = path_request(Verb::Mlsd, path)?;
        match connection.list_bytes(&request).await {
            // Listed as a feature and yet unknown: LIST is left.
            Err(error) if matches!(error.reply_number(), Some(500 | 502)) => {}
            Err(error) => {
                return if_empty(connection, path, error).await.map(|()| Listing::default());
            }
            Ok(listed) => {
                let listing = Listing::read(&listed, parse_facts);
                // Answered, but not in facts.
                if !listing.entries.is_empty() || listing.unread == 0 {
                    return Ok(listing);
                }
            }
        }
    }
    list_by_list(connection, path).await
}

/// The same as LIST tells it, which shows links as such on every server.
pub(crate) async fn list_by_list(
    connection: &mut Connection,
    path: &[u8],
) -> Result<Listing, Error> {
    // vsftpd keeps names with a dot in front out of LIST. Its FEAT has TVFS and no MLST, as no other server's has.
    let features = connection.features().await?;
    let option: &[u8] = if features.has("TVFS") && !features.has("MLST") { b"-a" } else { b"" };
    list_with(connection, option, path).await
}

/// The same with names that have a dot in front, by servers that take the option of `ls` for it.
pub(crate) async fn list_all_by_list(
    connection: &mut Connection,
    path: &[u8],
) -> Result<Listing, Error> {
    list_with(connection, b"-a", path).await
}

async fn list_with(
    connection: &mut Connection,
    option: &[u8],
    path: &[u8],
) -> Result<Listing, Error> {
    let listed = match long_listing(connection, option, path).await {
        Err(error) => {
            return if_empty(connection, path, error).await.map(|()| Listing::default());
        }
        Ok(listed) => listed,
    };
    // Many servers keep names with a dot in front out of LIST.
    connection.is_surely_whole = false;
    // No clock in `proto`: LIST leaves out the year of young files.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let now = Timestamp(now.try_into().unwrap_or(i64::MAX));
    Ok(Listing::read(&listed, |line| parse_list_line(line, now)))
}

/// LIST without an argument, inside the directory: many servers pass the argument to something like `ls`,
/// to which spaces, `-` and `*` mean more than a name. Where the way back is not known it is named all the same.
async fn long_listing(
    connection: &mut Connection,
    option: &[u8],
    path: &[u8],
) -> Result<(Vec<u8>, Reply), Error> {
    let list = match option {
        b"" => Request::bare(Verb::List),
        option => path_request(Verb::List, option)?,
    };
    if path.is_empty() {
        return connection.list_bytes(&list).await;
    }
    let named = match option {
        b"" => path_request(Verb::List, path)?,
        option => path_request(Verb::List, &[option, path].join(&b' '))?,
    };
    let Home::At(home) = connection.home().await? else {
        return connection.list_bytes(&named).await;
    };
    match connection.command_on(Verb::Cwd, path).await {
        Ok(_) => {}
        // A plain file can be listed by its name.
        Err(error) if error.reply_number() == Some(550) => {
            let listed = connection.list_bytes(&named).await?;
            return if listed.0.is_empty() { Err(error) } else { Ok(listed) };
        }
        Err(error) => return Err(error),
    }
    let listed = connection.list_bytes(&list).await;
    if connection.is_usable() {
        connection.command_on(Verb::Cwd, &home).await?;
    }
    listed
}

/// The words that servers have for a directory in which nothing is.
const EMPTY: [&str; 8] = [
    "no files",
    "no file ",
    "no such file",
    "not found",
    "no match",
    "nothing",
    "empty",
    "no entries",
];

/// Old servers refuse to list a directory in which nothing is, as if it were not there.
/// One that can be entered is empty; anything else gives the refusal back.
async fn if_empty(connection: &mut Connection, path: &[u8], error: Error) -> Result<(), Error> {
    let says_empty = error.reply().is_some_and(|reply| {
        let text = reply.text().to_lowercase();
        matches!(reply.code().number(), 450 | 550)
            && fault_in(&reply.text()).is_none()
            && EMPTY.iter().any(|words| text.contains(words))
    });
    let lists = matches!(error.verb(), Some(Verb::List | Verb::Nlst | Verb::Mlsd));
    let is_refused = matches!(error.cause(), Cause::Refused);
    if !(says_empty && lists && is_refused && connection.is_usable()) {
        return Err(error);
    }
    match connection.is_directory(without_slash(path)).await {
        Ok(true) => {
            // Nothing shows that this was said of all of it.
            connection.is_surely_whole = false;
            Ok(())
        }
        Ok(false) | Err(_) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory called `truncated` was never whole.
    #[test]
    fn a_listing_is_cut_short_by_what_a_server_says_and_not_by_a_name() {
        for said in [
            "Options: -a -l\nOutput truncated to 2000 matches",
            "Listing is TRUNCATED.",
            "2000 matches (truncated)",
            "truncated",
        ] {
            assert!(says_cut_short(said), "{said}");
        }
        for said in [
            "\"/truncated\" listed, 88 bytes.",
            "\"/my truncated logs\" listed, 88 bytes.",
            "\"/a\"\" truncated \"\"b\" aufgelistet, 88 Bytes.",
            "Directory \"/truncated to 5\" sent",
            "/srv/truncated sent",
            "/truncated/: 5 matches",
            "truncated-logs: 5 matches",
        ] {
            assert!(!says_cut_short(said), "{said}");
        }
    }
}
