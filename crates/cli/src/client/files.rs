//! `cat`, `mkdir` and `mv`, and checks of addresses that have to name something.

use std::io::ErrorKind;

use packetboat_client::{Cause, Error, join_remote};
use packetboat_proto::url::{FtpUrl, TypeCode};
use serde_json::json;

use super::Job;
use super::args::{MkdirArgs, MvArgs, UrlsArgs};
use super::target::{UsageError, parse_url};

impl Job {
    pub(super) async fn cat(&mut self, args: &UrlsArgs) -> Result<(), UsageError> {
        for url in self.expand_all(&args.urls).await? {
            if url.type_code() == Some(TypeCode::Directory) {
                let result = self.client(&url)?.names(url.path()).await;
                if let Some(names) = self.settle(&url.to_string(), result) {
                    self.print_names(&names);
                }
                continue;
            }
            if !self.cat_one(&url).await? {
                break;
            }
        }
        Ok(())
    }

    /// Writes one file to standard output. Returns false once the reader closes the pipe
    /// (`| head`), which is not a failure.
    pub(super) async fn cat_one(&mut self, url: &FtpUrl) -> Result<bool, UsageError> {
        let path = file_path(url)?;
        let writer = Box::new(std::io::stdout());
        let result = self.client(url)?.cat(path, writer).await;
        let closed = |error: &Error| matches!(error.cause(), Cause::Local(io) if io.kind() == ErrorKind::BrokenPipe);
        if result.as_ref().is_err_and(closed) {
            return Ok(false);
        }
        self.settle(&url.to_string(), result);
        Ok(true)
    }

    pub(super) async fn mkdir(&mut self, args: &MkdirArgs) -> Result<(), UsageError> {
        for url in urls(&args.urls)? {
            let path = named_path(&url)?;
            let client = self.client(&url)?;
            let result = match args.parents {
                true => client.make_directories(path).await,
                false => client.make_directory(path).await.map(drop),
            };
            if self.settle(&url.to_string(), result).is_some() {
                self.told_json(json!({ "url": url.to_string() }));
            }
        }
        Ok(())
    }

    pub(super) async fn mv(&mut self, args: &MvArgs) -> Result<(), UsageError> {
        let url = parse_url(&args.url)?;
        if url.pattern().is_some() {
            return Err(UsageError(format!(
                "{url}: mv renames one file or directory; write %2A for a * in a name"
            )));
        }
        let from = named_path(&url)?;
        if args.new_path.is_empty() {
            return Err(UsageError(format!("{url}: the new name is empty; give a path")));
        }
        // People paste an address where a path is expected.
        let to = match args.new_path.contains("://") {
            true => {
                let target = parse_url(&args.new_path)?;
                let place =
                    |url: &FtpUrl| (url.scheme(), url.host().to_owned(), url.effective_port());
                if place(&target) != place(&url) {
                    let text = "both names must be on the same server, with the same scheme; use get and put between \
                                servers";
                    return Err(UsageError(text.to_owned()));
                }
                target.path().to_vec()
            }
            false => args.new_path.clone().into_bytes(),
        };
        let Some(to) = self.place_for(&url, from, to).await? else { return Ok(()) };
        let result = self.client(&url)?.rename(from, &to).await;
        if let Some(reply) = self.settle(&url.to_string(), result) {
            let to = String::from_utf8_lossy(&to);
            self.told_json(
                json!({ "url": url.to_string(), "to": to, "code": reply.map(|reply| reply.code().number()) }),
            );
        }
        Ok(())
    }

    /// The complete new path. If `to` ends in `/`, the file or directory moves into that directory
    /// and keeps its name. A directory may also be renamed to a new name with a `/` at the end, a
    /// file may not. Returns `None` after reporting a failure.
    async fn place_for(
        &mut self,
        url: &FtpUrl,
        from: &[u8],
        to: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, UsageError> {
        if !to.ends_with(b"/") {
            return Ok(Some(to));
        }
        let name = from.rsplit(|byte| *byte == b'/').next().unwrap_or(from);
        let client = self.client(url)?;
        let place = match client.require_directory(&to).await {
            Ok(()) => Ok(join_remote(&to, name)),
            Err(error) if error.reply().is_none() => Err(error),
            Err(error) => match client.is_directory(from).await {
                Ok(true) => Ok(to),
                _ => Err(error),
            },
        };
        Ok(self.settle(&url.to_string(), place))
    }
}

/// Whether a 550 left the reason open, even after asking the server.
pub(super) fn is_open(error: &Error) -> bool {
    error.reply_number() == Some(550) && error.settled().is_none()
}

/// Parses all addresses before anything is done with the first one.
pub(super) fn urls(texts: &[String]) -> Result<Vec<FtpUrl>, UsageError> {
    texts.iter().map(|text| parse_url(text)).collect()
}

/// The path of an address that has to name something, without a `/` at the end.
pub(super) fn named_path(url: &FtpUrl) -> Result<&[u8], UsageError> {
    let path = url.path();
    match path.strip_suffix(b"/").unwrap_or(path) {
        b"" => Err(UsageError(format!("{url} does not name a file or directory; add a path"))),
        path => Ok(path),
    }
}

/// The path of an address that has to name a file.
pub(super) fn file_path(url: &FtpUrl) -> Result<&[u8], UsageError> {
    if url.names_a_directory() {
        return Err(UsageError(format!("{url} names a directory; add the name of a file")));
    }
    match url.type_code() {
        Some(TypeCode::Directory) => {
            Err(UsageError(format!("{url}: ;type=d asks for a list of names, not for a file")))
        }
        _ => Ok(url.path()),
    }
}
