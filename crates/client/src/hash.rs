//! Remote hashes (`Client::hash`), and the comparison of both ends after a transfer: by hash if the
//! server offers one, by length otherwise. Hashes of local files are computed in [`crate::digest`].

use std::fmt;
use std::path::Path;

use packetboat_codes::Class;
use packetboat_proto::client::{HashAlgorithm, Request, offered_hashes, parse_hash};
use packetboat_proto::encoding::{FileStructure, RepresentationType};
use packetboat_proto::verbs::Verb;

use crate::client::{Client, is_refusal, with_retry};
use crate::connection::{Connection, path_request};
use crate::digest::{self, DigestWriter};
use crate::encoded::VERBATIM;
use crate::error::{Error, Phase};

/// The hash of a remote file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteHash {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// The hash in lower-case hexadecimal digits.
    pub hex: String,
    /// Where it comes from: HASH, the algorithm's own verb, or RETR if the file was fetched to
    /// compute it.
    pub told_by: Verb,
}

/// How the two ends of a transfer were compared and found equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The hashes are equal.
    Hash(HashAlgorithm),
    /// The lengths are equal; the server reports no hash.
    Size,
    /// Not compared: the server reports neither hash nor length.
    Nothing,
    /// Not compared: the transfer converted text, so the two ends differ as they should.
    Converted,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(algorithm) => f.write_str(algorithm.name()),
            Self::Size => f.write_str("size"),
            Self::Nothing | Self::Converted => f.write_str("nothing"),
        }
    }
}

/// How many files were compared, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// By hash.
    pub by_hash: u64,
    /// The algorithm, if hashes were compared.
    pub algorithm: Option<HashAlgorithm>,
    /// By length only.
    pub by_size: u64,
    /// Not at all.
    pub not: u64,
    /// Not at all, because the transfer converted text.
    pub converted: u64,
}

impl Checked {
    /// Counts one file.
    pub fn count(&mut self, check: Option<Check>) {
        match check {
            Some(Check::Hash(algorithm)) => {
                self.by_hash += 1;
                self.algorithm = Some(algorithm);
            }
            Some(Check::Size) => self.by_size += 1,
            Some(Check::Nothing) => self.not += 1,
            Some(Check::Converted) => self.converted += 1,
            None => {}
        }
    }

    /// Adds the counts of another one.
    pub fn add(&mut self, other: Self) {
        self.by_hash += other.by_hash;
        self.algorithm = other.algorithm.or(self.algorithm);
        self.by_size += other.by_size;
        self.not += other.not;
        self.converted += other.converted;
    }
}

impl Client {
    /// The hash of a remote file as the server reports it, by the given algorithm or the best one
    /// that it offers.
    pub async fn hash(
        &mut self,
        path: &[u8],
        algorithm: Option<HashAlgorithm>,
    ) -> Result<RemoteHash, Error> {
        self.prepare_for(path).await?;
        let result = with_retry!(self, connection => connection.hash(path, algorithm).await);
        self.told_apart(path, result).await
    }

    /// The hash of a remote file, computed while downloading it. The data is discarded.
    pub async fn hash_by_download(
        &mut self,
        path: &[u8],
        algorithm: HashAlgorithm,
    ) -> Result<RemoteHash, Error> {
        let writer = DigestWriter::new(algorithm);
        self.cat(path, Box::new(writer.clone())).await?;
        Ok(RemoteHash { algorithm, hex: writer.finish(algorithm), told_by: Verb::Retr })
    }

    /// Compares a local file with a remote one.
    pub(crate) async fn verify(&mut self, remote: &[u8], local: &Path) -> Result<Check, Error> {
        let format = self.format;
        if format.representation != RepresentationType::Image
            || format.structure == FileStructure::Record
        {
            return Ok(Check::Converted);
        }
        let hash = with_retry!(self, connection => connection.hash(remote, None).await);
        let hash = match hash {
            Ok(hash) => hash,
            Err(error) if is_refusal(&error) => {
                return self.verify_size(remote, local, error).await;
            }
            Err(error) => return Err(error),
        };
        let algorithm = hash.algorithm;
        let here = hash_here(local, algorithm, u64::MAX).await?;
        if here == hash.hex {
            return Ok(Check::Hash(algorithm));
        }
        let what = format!(
            "its {algorithm} hash is {here} here, but {} on the server; transfer it again",
            hash.hex
        );
        Err(Error::different(local, what))
    }

    /// Compares by length if the server reports no hash.
    async fn verify_size(
        &mut self,
        remote: &[u8],
        local: &Path,
        no_hash: Error,
    ) -> Result<Check, Error> {
        let size = with_retry!(self, connection => connection.size(remote).await);
        let there = match size {
            Ok(Some(size)) => size,
            Ok(None) if !is_about_the_file(&no_hash) => return Ok(Check::Nothing),
            Ok(None) => return self.unchecked(remote, no_hash).await,
            Err(error) if is_refusal(&error) => return self.unchecked(remote, error).await,
            Err(error) => return Err(error),
        };
        let here = std::fs::metadata(local).map_err(|error| Error::local(local, error))?.len();
        match here == there {
            true => Ok(Check::Size),
            false => {
                let what = format!(
                    "it has {here} bytes here, but {there} on the server; transfer it again"
                );
                Err(Error::different(local, what))
            }
        }
    }
}

impl Client {
    /// The error for a comparison that the server refused for this file, which may be gone.
    async fn unchecked(&mut self, remote: &[u8], refusal: Error) -> Result<Check, Error> {
        let refusal = match refusal.settled() {
            Some(_) => refusal,
            None => self.with_what_is_there(remote, refusal).await,
        };
        Err(refusal.unchecked())
    }
}

/// Whether the server refused the file rather than the command.
fn is_about_the_file(refusal: &Error) -> bool {
    refusal.reply_number() == Some(550)
}

/// The hash of the first bytes of a local file, computed on a blocking thread.
pub(crate) async fn hash_here(
    path: &Path,
    algorithm: HashAlgorithm,
    length: u64,
) -> Result<String, Error> {
    let file = path.to_owned();
    let reading = move || digest::of_start(&file, algorithm, length);
    let read = tokio::task::spawn_blocking(reading).await.map_err(std::io::Error::other);
    read.and_then(|hash| hash).map_err(|error| Error::local(path, error))
}

/// One way to ask for a hash.
enum Question {
    /// HASH, preceded by OPTS if another algorithm is in use.
    Hash { selected: bool },
    /// XSHA256 and the like.
    OwnVerb,
}

impl Connection {
    pub(crate) async fn hash(
        &mut self,
        path: &[u8],
        wanted: Option<HashAlgorithm>,
    ) -> Result<RemoteHash, Error> {
        // The draft requires TYPE I, STRU F and MODE S, so that the hash is that of the bytes of
        // the file.
        self.set_format(VERBATIM).await?;
        if let (Some(reply), None) = (&self.no_hash, wanted) {
            return Err(self.refused(&Request::bare(Verb::Hash), reply.clone()));
        }
        let mut last = None;
        for (algorithm, question) in self.questions(wanted).await? {
            let result = match question {
                Question::Hash { selected } => self.ask_hash(path, algorithm, selected).await,
                Question::OwnVerb => self.ask_own(path, algorithm).await,
            };
            match result {
                // Not supported after all; try the next one.
                Err(error) if matches!(error.reply_number(), Some(500 | 502 | 504)) => {
                    last = Some(error);
                }
                result => return result,
            }
        }
        // Remembered, since asking for each file of a tree could take longer than the files themselves.
        let reply = last.as_ref().and_then(Error::reply).filter(|_| wanted.is_none());
        self.no_hash = reply.cloned().or(self.no_hash.take());
        let what = "the server offers no hash that this client supports";
        Err(last.unwrap_or_else(|| Error::protocol(Phase::Command, what)))
    }

    /// The hash of a remote file if FEAT lists a way to ask for it; `None` if it lists none, or if
    /// the server refuses or sends no hash. A server that sends no hash is not asked again.
    pub(crate) async fn listed_hash(&mut self, path: &[u8]) -> Result<Option<RemoteHash>, Error> {
        if self.no_hash.is_some() || self.tells_no_hash || self.listed(None).await?.is_empty() {
            return Ok(None);
        }
        let hash = self.hash(path, None).await;
        self.told_or_none(hash)
    }

    /// The hash of the first `length` bytes of a file, at least one, by RANG and HASH
    /// (draft-bryan-ftp-range-09, draft-bryan-ftpext-hash-03), with the same meaning of `None`.
    pub(crate) async fn listed_hash_of_start(
        &mut self,
        path: &[u8],
        length: u64,
    ) -> Result<Option<RemoteHash>, Error> {
        let features = self.features().await?;
        let offered = if features.has("RANG") { offered_hashes(features) } else { Vec::new() };
        let known = |algorithm| offered.iter().find(|(other, _)| *other == algorithm).copied();
        let Some((algorithm, selected)) = HashAlgorithm::all().find_map(known) else {
            return Ok(None);
        };
        if self.no_hash.is_some() || self.tells_no_hash {
            return Ok(None);
        }
        let hash = self.hash_of_start(path, length, (algorithm, selected)).await;
        self.told_or_none(hash)
    }

    async fn hash_of_start(
        &mut self,
        path: &[u8],
        length: u64,
        (algorithm, selected): (HashAlgorithm, bool),
    ) -> Result<RemoteHash, Error> {
        self.set_format(VERBATIM).await?;
        self.select_hash(algorithm, selected).await?;
        let last = length.saturating_sub(1);
        let range = Request::with_text(Verb::Rang, format_args!("0 {last}"));
        self.command(&range).await?;
        let hash = self.read_hash(&path_request(Verb::Hash, path)?, algorithm).await;
        // Resets the range, so that it does not apply to the next transfer.
        if self.is_usable() {
            self.command(&Request::with_text(Verb::Rang, "1 0")).await?;
        }
        hash
    }

    /// The hash, or `None` if the server answered without one.
    fn told_or_none(
        &mut self,
        hash: Result<RemoteHash, Error>,
    ) -> Result<Option<RemoteHash>, Error> {
        match hash {
            Ok(hash) => Ok(Some(hash)),
            Err(error) if is_refusal(&error) => Ok(None),
            // A positive reply that contains no hash.
            Err(error) if error.reply_number().is_some_and(|number| number / 100 == 2) => {
                self.tells_no_hash = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The ways to ask that FEAT lists; if it lists none, all verbs are tried.
    async fn questions(
        &mut self,
        wanted: Option<HashAlgorithm>,
    ) -> Result<Vec<(HashAlgorithm, Question)>, Error> {
        let mut questions = self.listed(wanted).await?;
        if questions.is_empty() {
            let fits = |algorithm: &HashAlgorithm| wanted.is_none_or(|wanted| wanted == *algorithm);
            let all = HashAlgorithm::all().filter(fits);
            questions.extend(all.map(|algorithm| (algorithm, Question::OwnVerb)));
        }
        Ok(questions)
    }

    /// The ways to ask that FEAT lists, HASH first.
    async fn listed(
        &mut self,
        wanted: Option<HashAlgorithm>,
    ) -> Result<Vec<(HashAlgorithm, Question)>, Error> {
        let features = self.features().await?;
        let offered = offered_hashes(features);
        let fits = |algorithm: &HashAlgorithm| wanted.is_none_or(|wanted| wanted == *algorithm);
        let mut questions = Vec::new();
        for algorithm in HashAlgorithm::all().filter(fits) {
            if let Some((_, selected)) = offered.iter().find(|(known, _)| *known == algorithm) {
                questions.push((algorithm, Question::Hash { selected: *selected }));
            }
        }
        let listed = |algorithm: &HashAlgorithm| {
            let row = algorithm.verb().row();
            features.has(row.name) || row.aliases.iter().any(|name| features.has(name))
        };
        let own = HashAlgorithm::all().filter(fits);
        questions.extend(own.filter(listed).map(|algorithm| (algorithm, Question::OwnVerb)));
        Ok(questions)
    }

    async fn ask_hash(
        &mut self,
        path: &[u8],
        algorithm: HashAlgorithm,
        selected: bool,
    ) -> Result<RemoteHash, Error> {
        self.select_hash(algorithm, selected).await?;
        self.read_hash(&path_request(Verb::Hash, path)?, algorithm).await
    }

    /// Makes HASH use an algorithm. `selected` says that the server uses it by default.
    async fn select_hash(&mut self, algorithm: HashAlgorithm, selected: bool) -> Result<(), Error> {
        let in_use = self.hash_in_use.map_or(selected, |in_use| in_use == algorithm);
        if !in_use {
            let select = Request::with_text(Verb::Opts, format_args!("HASH {algorithm}"));
            self.command(&select).await?;
            self.hash_in_use = Some(algorithm);
        }
        Ok(())
    }

    async fn ask_own(
        &mut self,
        path: &[u8],
        algorithm: HashAlgorithm,
    ) -> Result<RemoteHash, Error> {
        // A range may follow the name, so a name with spaces is quoted.
        let request = match path.contains(&b' ') {
            true => path_request(algorithm.verb(), &[b"\"", path, b"\""].concat())?,
            false => path_request(algorithm.verb(), path)?,
        };
        self.read_hash(&request, algorithm).await
    }

    async fn read_hash(
        &mut self,
        request: &Request,
        algorithm: HashAlgorithm,
    ) -> Result<RemoteHash, Error> {
        let reply = self.exchange(request).await?;
        if reply.code().class() != Class::Completion {
            return Err(self.refused(request, reply));
        }
        match parse_hash(&reply, algorithm, request) {
            Some(hex) => Ok(RemoteHash { algorithm, hex, told_by: request.verb() }),
            None => {
                let what =
                    format!("the reply to {} contains no {algorithm}", request.verb().name());
                Err(Error::protocol(Phase::Command, what).during(request).with_reply(reply))
            }
        }
    }
}
