//! Directory listings: MLSD if the server has it, LIST otherwise, and NLST for names. Lines that
//! cannot be parsed and entries that the server withholds are reported ([`LeftOut`]), so that
//! nobody concludes that something is missing because an incomplete listing does not show it.

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
use crate::working_directory::Home;

/// How much to show of a line that could not be parsed.
const SHOWN: usize = 200;

/// A parsed listing.
#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<RemoteEntry>,
    /// How many lines could not be parsed.
    unread: u64,
    /// The first of those lines.
    first: Vec<u8>,
    /// The reply with which the server said that the listing is truncated.
    cut_short: Option<Reply>,
}

impl Listing {
    /// Whether the directory contains, or may contain, more than the entries.
    pub(crate) fn is_left_out(&self) -> bool {
        self.unread > 0 || self.cut_short.is_some()
    }

    /// Whether the server said that the listing is truncated.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.cut_short.is_some()
    }

    pub(crate) fn is_surely_empty(&self) -> bool {
        self.entries.is_empty() && !self.is_left_out()
    }

    /// Parses a listing. A name that appears twice counts once: two transfers into one file would
    /// damage it.
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

/// Whether a reply says that the listing is truncated, as Pure-FTPd does: `Output truncated to 2000
/// matches`. The word does not count inside quotes, where it may be part of a directory name.
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

/// Counts what was missing from the listings that a client has read.
#[derive(Default)]
pub(crate) struct LeftOut {
    /// Whether the last listing was incomplete.
    pub(crate) in_last: bool,
    count: u64,
    /// The directories already reported to the observer.
    told: HashSet<Vec<u8>>,
}

impl Client {
    /// The entries of a directory, without `.` and `..`. An empty path stands for the login directory.
    pub async fn list(&mut self, path: &[u8]) -> Result<Vec<RemoteEntry>, Error> {
        self.prepare_for(path).await?;
        let result = with_retry!(self, connection => list_once(connection, path).await);
        // RFC 3659 §7.2.1: MLSD of a file is refused with 501, by some servers with 550. As with
        // `ls`, a file is listed as its own only entry.
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

    /// The entries of a listing. If it is incomplete, the observer is told, once for each directory.
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

    /// How much was missing from listings since the last call: lines that could not be parsed, and
    /// truncated listings.
    pub fn take_left_out(&mut self) -> u64 {
        std::mem::take(&mut self.left_out.count)
    }

    /// Like [`Self::list`], for callers that act on missing entries: a file is an error instead of
    /// its own only entry.
    pub(crate) async fn list_directory(&mut self, path: &[u8]) -> Result<Vec<RemoteEntry>, Error> {
        let entries = self.list(path).await?;
        let name = last_name(path);
        let looks_like_a_file = entries.len() == 1 && entries[0].name.ends_with(name);
        // LIST of a file looks like a directory that contains just that file, so ask in that case only.
        if looks_like_a_file && !self.is_directory(path).await? {
            return Err(Error::no_match(
                "it is a file, not a folder; fetch it with `packetboat get`",
            ));
        }
        Ok(entries)
    }
}

impl Client {
    /// The entries of a directory whose names match a pattern (see `packetboat_proto::pattern`),
    /// sorted by name. If none matches, that is an error.
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
                "no name there matches the pattern; for a literal * in a name, write %2A",
            ));
        }
        Ok(entries)
    }

    /// The names in a directory, one per line as the server sends them (NLST). This is what
    /// `;type=d` in a URL requests (RFC 1738 §3.2.2).
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

    /// Writes the names in a directory into a local file, and returns the number of bytes.
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

/// The last component of a path, with or without a trailing `/`.
fn last_name(path: &[u8]) -> &[u8] {
    without_slash(path).rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// A path without its trailing `/`, except for the root.
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
            // FEAT lists it, but the server does not know it: fall back to LIST.
            Err(error) if matches!(error.reply_number(), Some(500 | 502)) => {}
            Err(error) => {
                return if_empty(connection, path, error).await.map(|()| Listing::default());
            }
            Ok(listed) => {
                let listing = Listing::read(&listed, parse_facts);
                // If there were lines but no facts, fall back to LIST.
                if !listing.entries.is_empty() || listing.unread == 0 {
                    return Ok(listing);
                }
            }
        }
    }
    list_by_list(connection, path).await
}

/// Lists by LIST, which shows links as links on every server.
pub(crate) async fn list_by_list(
    connection: &mut Connection,
    path: &[u8],
) -> Result<Listing, Error> {
    // vsftpd leaves names that begin with a dot out of LIST. It is the only server whose FEAT has
    // TVFS but not MLST.
    let features = connection.features().await?;
    let option: &[u8] = if features.has("TVFS") && !features.has("MLST") { b"-a" } else { b"" };
    list_with(connection, option, path).await
}

/// Lists by LIST with the option `-a`, which makes some servers include names that begin with a dot.
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
    // Many servers leave names that begin with a dot out of LIST.
    connection.is_surely_whole = false;
    // LIST leaves out the year of recent files, and the parser has no clock.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let now = Timestamp(now.try_into().unwrap_or(i64::MAX));
    Ok(Listing::read(&listed, |line| parse_list_line(line, now)))
}

/// Changes into the directory and sends LIST without an argument: many servers pass an argument to
/// something like `ls`, which gives spaces, `-` and `*` a meaning. If the login directory is
/// unknown, there is no way back from CWD, so the path is given as an argument after all.
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
        // The path may be a file, which can be listed by its name.
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

/// Words with which servers describe an empty directory.
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

/// Old servers refuse to list an empty directory, as if it did not exist. If the words of the
/// refusal suggest that and the directory can be entered, it is empty; otherwise the refusal is
/// returned.
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
            // The refusal does not prove that the directory is empty.
            connection.is_surely_whole = false;
            Ok(())
        }
        Ok(false) | Err(_) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The listing of a directory called `truncated` used to be reported as incomplete.
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
