//! `mirror`: makes one directory match another, in either direction.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use packetboat_client::{Mirror, Observer, Tree, mirror_get, mirror_put};
use packetboat_proto::text::visible;
use packetboat_proto::url::FtpUrl;
use serde_json::json;

use super::Job;
use super::args::MirrorArgs;
use super::target::{UsageError, parse_url};
use super::text;
use super::transfers::{Sum, tree};

impl Job {
    pub(super) async fn mirror(&mut self, args: &MirrorArgs) -> Result<(), UsageError> {
        let Sides { url, local, gets } = Sides::of(args)?;
        let jobs = self.jobs(&url, args.jobs);
        let mirror = Mirror {
            tree: Tree { choice: args.choice.choice(), ..tree(url.path(), local, jobs, false) },
            checksum: args.checksum,
            delete: args.delete,
            max_delete: args.max_delete,
            only_show: args.dry_run,
        };
        let options = self.tree_options(&url)?;
        let observer: Arc<dyn Observer> = self.show.clone();
        let began = Instant::now();
        match args.dry_run {
            true => self.show.set_place(&url),
            false => self.show.show_total("files", &url),
        }
        let report = match gets {
            true => mirror_get(options, observer, &mirror).await,
            false => mirror_put(options, observer, &mirror).await,
        };
        let (unchanged, deleted) = (report.unchanged, report.deleted);
        self.done += unchanged + deleted;
        let mut sum = Sum::default();
        let counts = json!({
            "unchanged": unchanged, "deleted": deleted, "spared": report.spared, "dry_run": args.dry_run,
        });
        self.skipped |= report.spared > 0;
        self.settle_tree(&url.to_string(), report.moved, &mut sum, counts);
        if !args.dry_run {
            self.summary(&sum, began);
            if !self.show.json && (self.failed.is_none() || self.done > 0) {
                self.show.note(&text::same_and_deleted(unchanged, deleted));
            }
        }
        if report.spared > 0 && !self.show.json {
            self.show.line(&text::spared(report.spared, args.max_delete.unwrap_or_default()));
        }
        Ok(())
    }
}

/// The two directories, remote and local.
struct Sides {
    url: FtpUrl,
    local: PathBuf,
    /// Whether the local directory is the one to change.
    gets: bool,
}

impl Sides {
    fn of(args: &MirrorArgs) -> Result<Self, UsageError> {
        let is_address = |text: &str| text.contains("://");
        let gets = is_address(&args.source);
        let (url, local) = match (gets, is_address(&args.target)) {
            (true, false) => (&args.source, &args.target),
            (false, true) => (&args.target, &args.source),
            _ => {
                let text = "mirror needs one address and one local folder";
                return Err(UsageError(text.to_owned()));
            }
        };
        let (url, local) = (parse_url(url)?, PathBuf::from(local));
        if url.pattern().is_some() {
            return Err(UsageError(format!("{url} is a pattern; give a single directory")));
        }
        if !gets && !local.is_dir() {
            let shown = visible(local.as_os_str().as_encoded_bytes());
            return Err(UsageError(format!(
                "{shown} is not a folder; give an existing folder to copy from"
            )));
        }
        Ok(Self { url, local, gets })
    }
}
