//! `hash`: what the server tells of a file's contents, or with `--download` what they are.

use packetboat_proto::client::HashAlgorithm;
use packetboat_proto::text::visible;
use serde_json::json;

use super::Job;
use super::args::HashArgs;
use super::files::file_path;
use super::target::UsageError;

impl Job {
    /// One line for each file, as `sha256sum` and its like print and check them.
    pub(super) async fn hash(&mut self, args: &HashArgs) -> Result<(), UsageError> {
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
                    "the server has no such hash: --download fetches the file and hashes it here",
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
                let line = format!("{}  {}\n", hash.hex, visible(path));
                self.show.print(line.as_bytes());
            }
        }
        Ok(())
    }
}
