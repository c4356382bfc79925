//! `rm` and `rmdir`: delete remote files, trees and empty directories.

use packetboat_client::{Error, Failure, Removed};
use packetboat_proto::reply::Reply;
use packetboat_proto::url::FtpUrl;
use serde_json::json;

use super::Job;
use super::args::{RmArgs, UrlsArgs};
use super::files::{is_open, named_path};
use super::target::UsageError;
use crate::exit::Exit;

impl Job {
    pub(super) async fn rm(&mut self, args: &RmArgs) -> Result<(), UsageError> {
        let urls = super::files::urls(&args.urls)?;
        for url in &urls {
            check(url)?;
        }
        for url in urls {
            for url in self.expand(url).await?.unwrap_or_default() {
                match args.recursive || args.dry_run {
                    true => self.remove_tree(&url, args).await?,
                    false => {
                        let result = self.client(&url)?.delete(named_path(&url)?).await;
                        let open = result.as_ref().is_err_and(is_open);
                        self.settle_removal(&url, unless_forced(result, args.force));
                        if open && self.is_directory(&url).await? {
                            self.show.hint(
                                "it is a directory: use rm -r to delete it with everything in it",
                            );
                        }
                    }
                }
            }
        }
        Ok(())
    }

    async fn remove_tree(&mut self, url: &FtpUrl, args: &RmArgs) -> Result<(), UsageError> {
        if !args.recursive && self.is_directory(url).await? {
            self.show.line(&format!("{url} is a directory; add -r to delete it"));
            self.failed.get_or_insert(Exit::Failed(Failure::Refused));
            return Ok(());
        }
        match args.dry_run {
            true => self.show.set_place(url),
            false => self.show.show_total("deleted", url),
        }
        let path = named_path(url)?;
        let client = self.client(url)?;
        let removed = client.remove_tree(path, args.dry_run, args.force).await;
        let is_left_out = client.take_left_out() > 0;
        self.skipped |= is_left_out;
        self.settle_tree_removal(url, &removed, args.dry_run);
        Ok(())
    }

    fn settle_tree_removal(&mut self, url: &FtpUrl, removed: &Removed, dry_run: bool) {
        self.show.clear();
        self.show.tell_rest();
        let Removed { files, directories, failures, .. } = removed;
        self.done += files + directories + u64::from(failures.is_empty());
        if let Some(first) = failures.first() {
            self.failed.get_or_insert(Exit::from(&first.error));
        }
        let told = self.told_json(json!({
            "url": url.to_string(), "files": files, "directories": directories,
            "failed": failures.len(), "dry_run": dry_run,
        }));
        if !told && !dry_run && *directories > 0 {
            let left = match failures.len() {
                0 => String::new(),
                count => format!("; {count} could not be deleted"),
            };
            let file = if *files == 1 { "file" } else { "files" };
            let directory = if *directories == 1 { "directory" } else { "directories" };
            self.show.note(&format!(
                "{url}: deleted {files} {file} and {directories} {directory}{left}"
            ));
        }
    }

    pub(super) async fn rmdir(&mut self, args: &UrlsArgs) -> Result<(), UsageError> {
        for url in self.expand_all(&args.urls).await? {
            let result = self.client(&url)?.remove_directory(named_path(&url)?).await;
            self.settle_removal(&url, result);
        }
        Ok(())
    }

    fn settle_removal(&mut self, url: &FtpUrl, result: Result<Option<Reply>, Error>) {
        let Some(reply) = self.settle(&url.to_string(), result) else { return };
        self.told_json(json!({
            "url": url.to_string(),
            "code": reply.as_ref().map(|reply| reply.code().number()),
            "text": reply.as_ref().map(|reply| reply.text()),
        }));
    }
}

/// With --force, a missing file counts as deleted.
fn unless_forced(
    result: Result<Option<Reply>, Error>,
    force: bool,
) -> Result<Option<Reply>, Error> {
    match result {
        Err(error) if force && error.failure() == Failure::NotFound => Ok(None),
        result => result,
    }
}

/// Refuses to delete the login directory, its parents, or everything.
fn check(url: &FtpUrl) -> Result<(), UsageError> {
    let path = url.path();
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let all = path.split(|&byte| byte == b'/').all(|part| matches!(part, b"" | b"." | b".."));
    let last = path.rsplit(|&byte| byte == b'/').next();
    if all || matches!(last, Some(b"." | b"..")) {
        return Err(UsageError(format!(
            "{url} is the login directory or one of its parents, which rm does not delete; give the path to \
             delete, or use * for everything in the directory"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_deletes_everything_by_mistake() {
        for (text, allowed) in [
            ("ftp://h/a", true),
            ("ftp://h/a/", true),
            ("ftp://h//a", true),
            ("ftp://h/*", true),
            ("ftp://h/", false),
            ("ftp://h//", false),
            ("ftp://h/%2F", false),
            ("ftp://h/.", false),
            ("ftp://h/./..", false),
            ("ftp://h/a/..", false),
            ("ftp://h/%2F%2F.", false),
        ] {
            let url = FtpUrl::parse(text).expect(text);
            assert_eq!(check(&url).is_ok(), allowed, "{text}");
        }
    }
}
