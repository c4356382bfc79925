//! `get` and `put`: single files and whole trees, with one summary at the end.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use packetboat_client::{
    Cause, Checked, Choice, Client, Download, Error, Options, Transferred, Tree, TreeReport,
    Upload, check_beside, get_tree, local_name, make_folder, put_tree, remote_path_for,
};
use packetboat_proto::listing::EntryKind;
use packetboat_proto::text::visible;
use packetboat_proto::url::{FtpUrl, TypeCode};
use serde_json::json;

use super::args::{ChoiceArgs, GetArgs, PutArgs};
use super::files::{file_path, is_open, urls};
use super::target::{UsageError, parse_url};
use super::{Job, advice, grouping, report, text};
use crate::exit::Exit;

/// What was transferred in this run.
#[derive(Default)]
pub(super) struct Sum {
    moved: text::Moved,
    /// The number of single files that were already complete, each of which has been reported.
    complete: u64,
    checked: Checked,
}

impl Job {
    pub(super) async fn get(&mut self, args: &GetArgs) -> Result<(), UsageError> {
        check_choice(&args.choice, args.recursive)?;
        if args.output.as_deref() == Some(Path::new("-")) {
            return self.get_to_stdout(args).await;
        }
        let several =
            args.urls.len() > 1 || urls(&args.urls)?.iter().any(|url| url.pattern().is_some());
        check_output(args, several)?;
        let urls = self.expand_all(&args.urls).await?;
        let began = Instant::now();
        let mut sum = Sum::default();
        let targets = urls.iter().map(|url| local_target(args, url, several, args.recursive));
        let targets = targets.collect::<Result<HashSet<_>, _>>()?;
        let mut taken = HashMap::new();
        for url in &urls {
            let recursive = args.recursive && !self.is_plain_file(url).await?;
            let target = local_target(args, url, several, recursive)?;
            let free = free_of_others(&taken, &target, &url.to_string(), &target);
            let free = free.and_then(|()| check_beside(&target, &targets));
            if self.note(&url.to_string(), free).is_none() {
                continue;
            }
            self.make_folder(args, &target)?;
            let (done, place) = (self.done, target.clone());
            if recursive {
                self.get_directory(args, url, target, &mut sum).await?;
            } else if url.type_code() == Some(TypeCode::Directory) {
                self.get_names(url, &target, &mut sum).await?;
            } else {
                self.get_file(args, url, target, &mut sum).await?;
            }
            if self.done > done {
                taken.insert(place, url.to_string());
            }
        }
        self.summary(&sum, began);
        Ok(())
    }

    /// What a tree transfer starts with: its options and its first session.
    fn begin_tree(&mut self, url: &FtpUrl) -> Result<(Arc<Options>, Client), UsageError> {
        let options = self.tree_options(url)?;
        self.show.show_total("files", url);
        Ok((options, self.take_client(url)?))
    }

    async fn get_directory(
        &mut self,
        args: &GetArgs,
        url: &FtpUrl,
        target: PathBuf,
        sum: &mut Sum,
    ) -> Result<(), UsageError> {
        let jobs = self.jobs(url, args.jobs);
        let tree =
            Tree { choice: args.choice.choice(), ..tree(url.path(), target, jobs, args.resume) };
        let (options, first) = self.begin_tree(url)?;
        let report = get_tree(options, self.show.clone(), &tree, first).await;
        self.settle_tree(&url.to_string(), report, sum, json!({}));
        Ok(())
    }

    async fn get_file(
        &mut self,
        args: &GetArgs,
        url: &FtpUrl,
        target: PathBuf,
        sum: &mut Sum,
    ) -> Result<(), UsageError> {
        let download = Download {
            remote: file_path(url)?.to_vec(),
            local: target,
            resume: args.resume,
            known: None,
        };
        let started = Instant::now();
        let result = self.client(url)?.get(&download).await;
        let open = result.as_ref().is_err_and(is_open);
        self.settle_file(url, &download.local, result, started, sum);
        if open {
            self.hint_at_recursion(url).await?;
        }
        Ok(())
    }

    /// Creates the folder in `-o`, if a download goes into it.
    fn make_folder(&mut self, args: &GetArgs, target: &Path) -> Result<(), UsageError> {
        let Some(folder) = args.output.as_deref().filter(|output| *output != target) else {
            return Ok(());
        };
        make_folder(folder).map_err(|error| {
            self.stopped_by = Exit::LOCAL_FILE;
            let shown = visible(folder.as_os_str().as_encoded_bytes());
            let why = match error.cause() {
                Cause::Local(io) => format!("{}; choose another folder", advice::local_reason(io)),
                _ => report::headline(&error),
            };
            UsageError(format!("cannot create the folder -o {shown}: {why}"))
        })
    }

    /// The number of connections for a directory.
    pub(super) fn jobs(&self, url: &FtpUrl, asked: Option<u16>) -> u16 {
        asked.or(self.config.of(url.host()).jobs).unwrap_or(4)
    }

    /// `-r` with a file downloads the file. Anything else is found out by listing.
    async fn is_plain_file(&mut self, url: &FtpUrl) -> Result<bool, UsageError> {
        if url.names_a_directory() {
            return Ok(false);
        }
        let kind = self.client(url)?.stat(url.path()).await.map(|entry| entry.kind);
        Ok(matches!(kind, Ok(EntryKind::File)))
    }

    /// `-o -`: writes one file after another to standard output.
    async fn get_to_stdout(&mut self, args: &GetArgs) -> Result<(), UsageError> {
        let conflict = [
            (args.recursive, "-r", "a directory is not a single stream"),
            (args.resume, "-c", "there is nothing to continue from"),
            (
                args.transfer.verify,
                "--verify",
                "there is no file to compare; pipe it to a hash instead",
            ),
            (self.show.json, "--json", "the objects would be mixed with the data"),
        ];
        if let Some((_, option, why)) = conflict.into_iter().find(|(given, ..)| *given) {
            return Err(UsageError(format!("-o - cannot be combined with {option}: {why}")));
        }
        for url in self.expand_all(&args.urls).await? {
            if !self.cat_one(&url).await? {
                break;
            }
        }
        Ok(())
    }

    /// Writes the names in a directory to a file.
    async fn get_names(
        &mut self,
        url: &FtpUrl,
        target: &Path,
        sum: &mut Sum,
    ) -> Result<(), UsageError> {
        let started = Instant::now();
        let result = self.client(url)?.get_names(url.path(), target).await;
        let result = result.map(|bytes| Transferred { bytes, ..Transferred::default() });
        self.settle_file(url, target, result, started, sum);
        Ok(())
    }

    /// Whether the address is a directory. If the question fails, that adds nothing to the failure
    /// already reported.
    pub(super) async fn is_directory(&mut self, url: &FtpUrl) -> Result<bool, UsageError> {
        Ok(self.client(url)?.is_directory(url.path()).await.unwrap_or(false))
    }

    /// People often forget the `/` at the end of a directory.
    async fn hint_at_recursion(&mut self, url: &FtpUrl) -> Result<(), UsageError> {
        if self.is_directory(url).await? {
            self.show.hint("it is a directory: use get -r to download it with everything in it");
        }
        Ok(())
    }

    pub(super) async fn put(&mut self, args: &PutArgs) -> Result<(), UsageError> {
        check_choice(&args.choice, args.recursive)?;
        let (files, url) = args.files_and_url()?;
        let url = parse_url(url)?;
        if url.type_code() == Some(TypeCode::Directory) {
            return Err(UsageError(format!(
                "{url}: ;type=d only lists a directory; remove it to upload"
            )));
        }
        let into_directory = url.names_a_directory() || files.len() > 1;
        let began = Instant::now();
        let mut sum = Sum::default();
        let mut taken = HashMap::new();
        for file in files {
            if file == Path::new("-") {
                self.put_stdin(args, (files, &url), &mut sum).await?;
                continue;
            }
            let remote = match into_directory {
                true => remote_path_for(url.path(), file),
                false => Some(url.path().to_vec()),
            };
            let remote = match (file.is_dir(), remote) {
                (true, _) if !args.recursive => {
                    let text = format!("{} is a directory; add -r to upload it", file.display());
                    return Err(UsageError(text));
                }
                // A directory without a name (`.`, `a/.`): its contents go directly into the remote
                // directory.
                (true, remote) => remote.unwrap_or_else(|| url.path().to_vec()),
                (false, Some(remote)) => remote,
                (false, None) => {
                    return Err(UsageError(format!("{} does not name a file", file.display())));
                }
            };
            let target = url.with_path(remote.clone());
            let free = free_of_others(&taken, &remote, file, file);
            if self.note(&target.to_string(), free).is_none() {
                continue;
            }
            let done = self.done;
            match file.is_dir() {
                true => self.put_directory(args, file, &target, &mut sum).await?,
                false => self.put_file(args, file, &target, &mut sum).await?,
            }
            if self.done > done {
                taken.insert(remote, file.clone());
            }
        }
        self.summary(&sum, began);
        Ok(())
    }

    async fn put_directory(
        &mut self,
        args: &PutArgs,
        directory: &Path,
        target: &FtpUrl,
        sum: &mut Sum,
    ) -> Result<(), UsageError> {
        let jobs = self.jobs(target, args.jobs);
        let local = directory.components().collect();
        let tree =
            Tree { choice: args.choice.choice(), ..tree(target.path(), local, jobs, args.resume) };
        let (options, first) = self.begin_tree(target)?;
        let report = put_tree(options, self.show.clone(), &tree, first).await;
        self.settle_tree(&directory.display().to_string(), report, sum, json!({}));
        Ok(())
    }

    async fn put_file(
        &mut self,
        args: &PutArgs,
        file: &Path,
        target: &FtpUrl,
        sum: &mut Sum,
    ) -> Result<(), UsageError> {
        let remote = target.path().to_vec();
        let upload = Upload { local: file.to_owned(), remote, resume: args.resume };
        let started = Instant::now();
        let result = self.client(target)?.put(&upload).await;
        self.settle_file(target, file, result, started, sum);
        Ok(())
    }

    /// `-`: uploads standard input to the file that the address names.
    async fn put_stdin(
        &mut self,
        args: &PutArgs,
        (files, url): (&[PathBuf], &FtpUrl),
        sum: &mut Sum,
    ) -> Result<(), UsageError> {
        let conflict = [
            (files.len() > 1, "more files", "the address can only name one file"),
            (args.resume, "-c", "what was sent cannot be read again"),
            (args.transfer.verify, "--verify", "what was sent cannot be read again"),
            (args.transfer.preserve, "--preserve", "standard input has no time and no permissions"),
        ];
        if let Some((_, other, why)) = conflict.into_iter().find(|(given, ..)| *given) {
            return Err(UsageError(format!(
                "- (standard input) cannot be combined with {other}: {why}; write ./- for a file named -"
            )));
        }
        let path = file_path(url)?;
        let started = Instant::now();
        let result = self.client(url)?.put_stream(path, Box::new(std::io::stdin())).await;
        let result = result.map(|bytes| Transferred { bytes, ..Transferred::default() });
        self.settle_file(url, Path::new("-"), result, started, sum);
        Ok(())
    }

    fn settle_file(
        &mut self,
        url: &FtpUrl,
        local: &Path,
        result: Result<Transferred, Error>,
        started: Instant,
        sum: &mut Sum,
    ) {
        let subject = url.to_string();
        let Some(done) = self.settle(&subject, result) else { return };
        sum.checked.count(done.check);
        if done.complete {
            sum.complete += 1;
            let length = done.offset;
            if !self.show.json {
                self.show
                    .note(&format!("{subject}: already complete, {length} bytes on both sides"));
            }
        } else {
            sum.moved.files += 1;
            sum.moved.bytes += done.bytes;
            sum.moved.resumed += u64::from(done.offset > 0);
            sum.moved.offset += done.offset;
        }
        self.told_json(json!({
            "url": subject,
            "local": local.to_string_lossy(),
            "bytes": done.bytes,
            "offset": done.offset,
            "checked": done.check.map(|check| check.to_string()),
            "seconds": started.elapsed().as_secs_f64(),
        }));
    }

    /// Adds up a tree. Its failures were reported as they happened.
    pub(super) fn settle_tree(
        &mut self,
        subject: &str,
        report: TreeReport,
        sum: &mut Sum,
        more: serde_json::Value,
    ) {
        self.done += report.files;
        sum.moved.files += report.files;
        sum.moved.bytes += report.bytes;
        sum.moved.resumed += report.resumed;
        sum.moved.offset += report.offset;
        sum.moved.complete += report.complete;
        sum.checked.add(report.checked);
        if let Some(first) = report.failures.first() {
            self.failed.get_or_insert(Exit::from(&first.error));
        }
        self.skipped |= report.skipped > 0;
        self.show.tell_rest();
        if let Some(text) = grouping::not_tried(&report, self.name).filter(|_| !self.show.json) {
            self.show.line(&format!("packetboat {}: {text}", self.name));
        }
        let kept = report.failures.iter().filter(|failure| failure.error.is_not_resumed()).count();
        if kept > 0 {
            self.show.hint(&advice::not_resumed(kept));
        }
        let mut object = json!({
            "subject": subject,
            "files": report.files,
            "bytes": report.bytes,
            "resumed": report.resumed,
            "complete": report.complete,
            "checked": {
                "hash": report.checked.by_hash,
                "size": report.checked.by_size,
                "nothing": report.checked.not + report.checked.converted,
            },
            "skipped": report.skipped,
            "failed": report.failures.len(),
            "not_tried": report.untried_files + report.untried_directories,
        });
        if let (Some(object), serde_json::Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        self.told_json(object);
    }

    pub(super) fn summary(&self, sum: &Sum, began: Instant) {
        self.show.clear();
        let nothing_else = self.failed.is_some() || sum.complete > 0;
        if !self.show.json && (sum.moved.files > 0 || sum.complete > 0 || !nothing_else) {
            if sum.moved.files > 0 || !nothing_else {
                self.show.note(&text::summary(&sum.moved, began.elapsed()));
            }
            if let Some(checks) = text::checks(&sum.checked) {
                self.show.note(&checks);
            }
        }
    }
}

pub(super) fn tree(remote: &[u8], local: PathBuf, jobs: u16, resume: bool) -> Tree {
    let remote = match remote {
        b"/" => remote,
        _ => remote.strip_suffix(b"/").unwrap_or(remote),
    };
    Tree {
        remote: remote.to_vec(),
        local,
        sessions: usize::from(jobs),
        resume,
        choice: Choice::default(),
    }
}

/// Refuses a target that another file or directory of this run has been written to, and which would
/// be lost silently. The same source may appear twice.
fn free_of_others<To: Hash + Eq, From: PartialEq>(
    taken: &HashMap<To, From>,
    target: &To,
    source: &From,
    local: &Path,
) -> Result<(), Error> {
    match taken.get(target) {
        Some(first) if first != source => Err(Error::replaces_other(local)),
        _ => Ok(()),
    }
}

/// Patterns select entries of a directory, so they need `-r`.
fn check_choice(choice: &ChoiceArgs, recursive: bool) -> Result<(), UsageError> {
    match recursive || choice.choice() == Choice::default() {
        true => Ok(()),
        false => {
            let text = "--include and --exclude select entries of a directory; add -r";
            Err(UsageError(text.to_owned()))
        }
    }
}

/// Several files need a folder: an existing one, or one to create, which ends in `/`.
fn check_output(args: &GetArgs, several: bool) -> Result<(), UsageError> {
    match &args.output {
        Some(output)
            if several && !args.recursive && !output.is_dir() && !ends_in_slash(output) =>
        {
            let shown = visible(output.as_os_str().as_encoded_bytes());
            Err(UsageError(format!(
                "-o {shown} is not a folder, and several files need one; add a / to the end to create it"
            )))
        }
        _ => Ok(()),
    }
}

fn ends_in_slash(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// The local path of a download. A tree uses `-o` itself, or its own name in the working directory.
/// The login directory has no name and uses the host's.
fn local_target(
    args: &GetArgs,
    url: &FtpUrl,
    several: bool,
    recursive: bool,
) -> Result<PathBuf, UsageError> {
    if !recursive && url.type_code() != Some(TypeCode::Directory) {
        file_path(url).map_err(|UsageError(text)| {
            UsageError(format!("{text}, or -r for everything in it"))
        })?;
    }
    let path = url.path().strip_suffix(b"/").unwrap_or(url.path());
    let name = path.rsplit(|&byte| byte == b'/').next().filter(|name| !name.is_empty());
    let name = || {
        local_name(name.unwrap_or(url.host().as_bytes())).map_err(|_| {
            UsageError(format!(
                "{url}: its last part cannot be a local file name; choose one with -o"
            ))
        })
    };
    Ok(match &args.output {
        None => PathBuf::from(name()?),
        Some(output) => {
            let directory = several || (!recursive && (ends_in_slash(output) || output.is_dir()));
            if directory { output.join(name()?) } else { output.clone() }
        }
    })
}
