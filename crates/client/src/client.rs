//! [`Client`], the client of one server: it connects when necessary, and repeats operations whose
//! failure may be temporary. The larger operations are in modules of their own, such as
//! [`crate::get`], [`crate::put`] and [`crate::list`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use packetboat_codes::Class;
use packetboat_proto::client::Features;
use packetboat_proto::encoding::Format;
use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::{RemoteEntry, parse_facts};
use packetboat_proto::reply::Reply;
use packetboat_proto::time::Timestamp;
use packetboat_proto::verbs::Verb;

use crate::codec::Coding;
use crate::connection::{Connection, path_request};
use crate::copy::Meter;
use crate::diagnose::split;
use crate::error::{Cause, Error, Phase};
use crate::finding::Finding;
use crate::list::{LeftOut, list_once};
use crate::observer::{Direction, Event, Observer, TransferId};
use crate::options::Options;
use crate::retry::with_jitter;
use crate::tls::Tls;

/// The client of one server. It has at most one session, which the first operation opens.
pub struct Client {
    pub(crate) options: Arc<Options>,
    pub(crate) observer: Arc<dyn Observer>,
    /// How files are encoded on the data connection.
    pub(crate) format: Format,
    connection: Option<Connection>,
    /// Whether there ever was a session. If not, a failed connection is only retried if the user
    /// asked for that.
    was_connected: bool,
    /// The path of the current operation.
    pub(crate) path: Option<Vec<u8>>,
    /// What was missing from listings.
    pub(crate) left_out: LeftOut,
}

/// Runs an operation on a session, and repeats it while its failure may be temporary.
macro_rules! with_retry {
    ($client:ident, $connection:ident => $operation:expr) => {{
        let mut attempt = 0;
        loop {
            let result = match $client.connection().await {
                Ok($connection) => $operation,
                Err(error) => Err(error),
            };
            match result {
                Ok(value) => break Ok(value),
                Err(error) => {
                    if let Err(error) = $client.recover(error, &mut attempt).await {
                        break Err(error);
                    }
                }
            }
        }
    }};
}
pub(crate) use with_retry;

impl Client {
    /// Creates a client, which connects later.
    pub fn new(options: Arc<Options>, observer: Arc<dyn Observer>) -> Self {
        let format = options.format;
        Self {
            options,
            observer,
            format,
            connection: None,
            was_connected: false,
            path: None,
            left_out: LeftOut::default(),
        }
    }

    /// Sets how files are encoded on the data connection from now on, in place of the format in the
    /// options.
    pub fn set_format(&mut self, format: Format) {
        self.format = format;
    }

    pub(crate) fn coding(&self) -> Coding {
        Coding { format: self.format, settings: self.options.encoding }
    }

    /// Connects and logs in now, instead of with the first operation.
    pub async fn connect(&mut self) -> Result<(), Error> {
        self.path = None;
        with_retry!(self, _connection => Ok(()))
    }

    /// The features of the server, from FEAT.
    pub async fn features(&mut self) -> Result<Features, Error> {
        self.path = None;
        with_retry!(self, connection => connection.features().await.cloned())
    }

    /// The login directory.
    pub async fn home(&mut self) -> Result<Vec<u8>, Error> {
        self.path = None;
        with_retry!(self, connection => connection.told_home().await)
    }

    /// Deletes a file.
    pub async fn delete(&mut self, path: &[u8]) -> Result<Option<Reply>, Error> {
        self.command(Verb::Dele, path).await
    }

    /// Removes an empty directory.
    pub async fn remove_directory(&mut self, path: &[u8]) -> Result<Option<Reply>, Error> {
        self.command(Verb::Rmd, path).await
    }

    /// Creates a directory.
    pub async fn make_directory(&mut self, path: &[u8]) -> Result<Option<Reply>, Error> {
        self.command(Verb::Mkd, path).await
    }

    /// Creates a directory and its missing parents.
    pub async fn make_directories(&mut self, path: &[u8]) -> Result<(), Error> {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let refusal = match self.command(Verb::Mkd, path).await {
            Ok(_) => return Ok(()),
            Err(error) if is_refusal(&error) => error,
            Err(error) => return Err(error),
        };
        // RFC 959 uses one code for "already exists" and "the directory above is missing", so ask
        // the server.
        if with_retry!(self, connection => connection.is_directory(path).await)? {
            return Ok(());
        }
        match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) if slash > 0 => {
                Box::pin(self.make_directories(&path[..slash])).await?;
                self.command(Verb::Mkd, path).await.map(drop)
            }
            _ => Err(refusal),
        }
    }

    /// What the server reports about one file or directory: with MLST, or with SIZE, MDTM and CWD
    /// if it has no MLST. The name in the result is the path as given.
    pub async fn stat(&mut self, path: &[u8]) -> Result<RemoteEntry, Error> {
        self.prepare_for(path).await?;
        with_retry!(self, connection => stat_once(connection, path).await)
    }

    /// Whether a path is a directory that can be entered.
    pub async fn is_directory(&mut self, path: &[u8]) -> Result<bool, Error> {
        self.prepare_for(path).await?;
        with_retry!(self, connection => connection.is_directory(path).await)
    }

    /// Fails with the server's reason if a path is not a directory that can be entered.
    pub async fn require_directory(&mut self, path: &[u8]) -> Result<(), Error> {
        self.prepare_for(path).await?;
        let refusal = with_retry!(self, connection => connection.refusal_to_enter(path).await)?;
        self.told_apart(path, refusal.map_or(Ok(()), Err)).await
    }

    /// Ends the session with QUIT.
    pub async fn quit(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }

    /// Sends a verb with a path and returns the reply, if it is positive. The result is `Ok(None)`
    /// if the connection was lost before the reply and the repeated verb is refused because the
    /// first one has already taken effect.
    async fn command(&mut self, verb: Verb, path: &[u8]) -> Result<Option<Reply>, Error> {
        self.prepare_for(path).await?;
        let mut lost = false;
        let result = with_retry!(self, connection => {
            let result = connection.command_on(verb, path).await;
            lost |= result.as_ref().is_err_and(|error| error.is_lost() && error.reply().is_none());
            result
        });
        let result = self.told_apart(path, result).await;
        let found = result.as_ref().err().filter(|error| lost && is_refusal(error));
        let is_done = match (verb, found.and_then(Error::settled)) {
            (Verb::Dele | Verb::Rmd, Some(finding)) => finding == Finding::Absent,
            (Verb::Mkd, Some(Finding::Exists)) => {
                with_retry!(self, connection => connection.is_directory(path).await)?
            }
            _ => false,
        };
        if is_done { Ok(None) } else { result.map(Some) }
    }

    /// Begins an operation on a path. For a path with non-ASCII characters, FEAT is asked first,
    /// which turns on UTF-8.
    pub(crate) async fn prepare_for(&mut self, path: &[u8]) -> Result<(), Error> {
        self.path = Some(path.to_vec());
        if path.is_ascii() {
            return Ok(());
        }
        with_retry!(self, connection => connection.features().await.map(drop))
    }

    pub(crate) async fn connection(&mut self) -> Result<&mut Connection, Error> {
        self.connection.take_if(|connection| !connection.is_usable());
        match &mut self.connection {
            Some(connection) => Ok(connection),
            empty => {
                let connection = Connection::open(&self.options, &self.observer).await?;
                self.was_connected = true;
                Ok(empty.insert(connection))
            }
        }
    }

    /// The session, if there is one that can carry another command.
    pub(crate) fn open_connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut().filter(|connection| connection.is_usable())
    }

    /// Whether the data connection could not be made (425), but the session is open for another
    /// attempt without a pause.
    pub(crate) fn may_go_another_way(&mut self, error: &Error) -> bool {
        error.reply_number() == Some(425) && self.open_connection().is_some()
    }

    pub(crate) fn was_connected(&self) -> bool {
        self.was_connected
    }

    /// Handles a failure: returns the error if it is final, or waits until the next attempt is due.
    pub(crate) async fn recover(&mut self, error: Error, attempt: &mut u32) -> Result<(), Error> {
        let usable = self.connection.as_ref().is_some_and(Connection::is_usable);
        if !usable || error.ends_session() {
            self.connection = None;
        }
        // A port that sends no greeting will hardly send one the next time; it probably expects
        // TLS. Likewise, a port that does not answer the TLS handshake will not do so the next
        // time.
        let first_word = match self.options.tls {
            Tls::Implicit => Phase::Tls,
            _ => Phase::Greeting,
        };
        let unreachable = matches!(error.phase(), Phase::Connect | Phase::Resolve)
            || (error.phase() == first_word && matches!(error.cause(), Cause::TimedOut(_)));
        let retry = &self.options.retry;
        let (retries, first_pause) = match unreachable && !self.was_connected {
            true => retry.plan_first(&error, now()),
            false => retry.plan(&error, now()),
        };
        if *attempt >= retries {
            return Err(error);
        }
        *attempt += 1;
        let pause = with_jitter(retry.pause(first_pause, *attempt));
        let of = retries;
        let path = self.path.as_deref();
        self.observer.event(Event::Retrying { error: &error, path, attempt: *attempt, of, pause });
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Drops the session if the failure has ended it.
    pub(crate) fn forget(&mut self, error: &Error) {
        if error.ends_session() {
            self.connection = None;
        }
    }

    /// Announces a new transfer to the observer.
    pub(crate) fn start(
        &self,
        direction: Direction,
        remote: &[u8],
        size: Option<u64>,
        offset: u64,
    ) -> Meter {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let id = TransferId(NEXT_ID.fetch_add(1, Ordering::Relaxed));
        self.observer.event(Event::Started { id, direction, remote, size, offset });
        Meter { id, observer: Arc::clone(&self.observer), moved: Arc::default() }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Whether the server refused permanently.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error.cause(), Cause::Refused) && !error.is_retryable()
}

pub(crate) async fn stat_once(
    connection: &mut Connection,
    path: &[u8],
) -> Result<RemoteEntry, Error> {
    if connection.features().await?.has("MLST") {
        let request = path_request(Verb::Mlst, path)?;
        let reply = connection.exchange(&request).await?;
        if reply.code().class() == Class::Completion {
            return entry_of(&reply, path).ok_or_else(|| {
                let what = "the reply to MLST contains no facts";
                Error::protocol(Phase::Command, what).during(&request).with_reply(reply)
            });
        }
        if !matches!(reply.code().number(), 500 | 502) {
            return Err(connection.refused(&request, reply));
        }
    }
    let kind = |kind, size, modified| RemoteEntry {
        size,
        modified,
        modified_exact: modified.is_some(),
        ..RemoteEntry::named(path, kind)
    };
    match connection.size(path).await {
        Ok(size) if size.is_some() => {
            let modified = connection.modified(path).await?;
            Ok(kind(EntryKind::File, size, modified))
        }
        Ok(_) if !connection.is_directory(path).await? => {
            let listed = listed(connection, path).await?;
            Ok(listed.unwrap_or_else(|| kind(EntryKind::Other, None, None)))
        }
        Err(error) if !is_refusal(&error) => Err(error),
        Err(error) if !connection.is_directory(path).await? => match error.settled() {
            // SIZE itself is not allowed; the file may still be listed.
            Some(Finding::Forbidden) => listed(connection, path).await?.ok_or(error),
            _ => Err(error),
        },
        Ok(_) | Err(_) => Ok(kind(EntryKind::Directory, None, None)),
    }
}

/// What the listing of the directory above says about a path, for a server that has no other answer.
async fn listed(connection: &mut Connection, path: &[u8]) -> Result<Option<RemoteEntry>, Error> {
    let (parent, name) = split(path);
    let listing = match list_once(connection, parent).await {
        Err(error) if is_refusal(&error) => return Ok(None),
        listing => listing?,
    };
    let found = listing.entries.into_iter().find(|entry| entry.name == name);
    Ok(found.map(|entry| RemoteEntry { name: path.to_vec(), ..entry }))
}

/// Parses the middle line of the reply to MLST, which has one leading space (RFC 3659 §7.2).
pub(crate) fn entry_of(reply: &Reply, path: &[u8]) -> Option<RemoteEntry> {
    let [_, middle @ .., _] = reply.lines() else { return None };
    let facts = |line: &Vec<u8>| parse_facts(line.strip_prefix(b" ").unwrap_or(line));
    let entry = middle.iter().find_map(facts)?;
    Some(RemoteEntry { name: path.to_vec(), ..entry })
}
