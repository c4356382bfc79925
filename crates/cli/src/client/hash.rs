//! `hash`: prints hashes of remote files as the server reports them, or with `--download` as
//! computed here.

use packetboat_client::RemoteHash;
use packetboat_proto::client::HashAlgorithm;
use packetboat_proto::text::visible;
use packetboat_proto::verbs::Verb;
use serde_json::json;

use super::Job;
use super::args::HashArgs;
use super::files::file_path;
use super::target::UsageError;

impl Job {
    /// Prints one line per file, in the format that `sha256sum` and its relatives print and check.
    /// A note names the algorithm.
    pub(super) async fn hash(&mut self, args: &HashArgs) -> Result<(), UsageError> {
        let mut used = Vec::new();
        for url in self.expand_all(&args.urls).await? {
            let path = file_path(&url)?;
            let client = self.client(&url)?;
            let result = match args.download {
                true => {
                    let algorithm = args.algorithm.unwrap_or(HashAlgorithm::Sha256);
                    client.hash_by_download(path, algorithm).await
                }
                false => client.hash(path, args.algorithm).await,
            };
            let unknown =
                result.as_ref().is_err_and(|error| matches!(error.reply_number(), Some(502 | 504)));
            let settled = self.settle(&url.to_string(), result);
            if unknown {
                self.show.hint(
                    "the server does not offer this hash: use --download to fetch the file and hash it here",
                );
            }
            let Some(hash) = settled else { continue };
            let told = self.told_json(json!({
                "url": url.to_string(),
                "algorithm": hash.algorithm.name(),
                "hash": hash.hex,
                "told_by": hash.told_by.name(),
            }));
            if !told {
                self.show.print(line(&hash, path, args.tag).as_bytes());
                let kind = (hash.algorithm, hash.told_by);
                used.extend((!used.contains(&kind)).then_some(kind));
            }
        }
        for (algorithm, told_by) in used {
            self.show.note(&source(algorithm, told_by));
        }
        Ok(())
    }
}

/// `HEX  NAME`, or with the algorithm `SHA256 (NAME) = HEX`.
fn line(hash: &RemoteHash, path: &[u8], tag: bool) -> String {
    let (hex, path) = (&hash.hex, visible(path));
    match tag {
        true => format!("{} ({path}) = {hex}\n", hash.algorithm.name().replace('-', "")),
        false => format!("{hex}  {path}\n"),
    }
}

/// The algorithm, and where the hash comes from.
fn source(algorithm: HashAlgorithm, told_by: Verb) -> String {
    match told_by {
        Verb::Retr => format!("{algorithm}, computed from the download"),
        verb => format!("{algorithm}, as reported by the server ({})", verb.name()),
    }
}
