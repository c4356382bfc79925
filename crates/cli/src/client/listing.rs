//! `ls` and `stat`: list directories and show what the server reports about a path.

use std::io::{IsTerminal, Write};

use packetboat_client::join_remote;
use packetboat_proto::listing::EntryKind;
use packetboat_proto::listing_parse::RemoteEntry;
use packetboat_proto::text::visible;
use packetboat_proto::time::Timestamp;
use packetboat_proto::url::FtpUrl;
use serde_json::{Value, json};

use super::Job;
use super::args::{LsArgs, UrlsArgs};
use super::target::{UsageError, parse_url};

impl Job {
    pub(super) async fn ls(&mut self, args: &LsArgs) -> Result<(), UsageError> {
        let url = parse_url(&args.url)?;
        let client = self.client(&url)?;
        let result = match url.pattern() {
            Some(pattern) => client.list_matching(url.directory(), pattern).await,
            None => client.list(url.path()).await,
        };
        let Some(mut entries) = self.settle(&url.to_string(), result) else { return Ok(()) };
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        // Listing a file yields the file itself, but so may listing a directory that contains an
        // entry of its own name.
        let of_itself = matches!(&entries[..], [one] if url.pattern().is_none()
            && url.file_name() == Some(&one.name));
        let is_itself = self.show.json && of_itself && !self.is_directory(&url).await?;
        let terminal = std::io::stdout().is_terminal();
        let style = Style { raw: !terminal, marked: terminal || args.classify };
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let written = entries.iter().try_for_each(|entry| match (self.show.json, args.long) {
            (true, _) => {
                let mut object = entry_json(entry);
                object["url"] = match is_itself {
                    true => url.to_string().into(),
                    false => address(&url, entry).to_string().into(),
                };
                writeln!(out, "{}", crate::json::line(&self.as_result(object)))
            }
            (false, true) => {
                write!(out, "{} ", long(entry))?;
                write_name(&mut out, entry, style)
            }
            (false, false) => write_name(&mut out, entry, style),
        });
        let written = written.and_then(|()| out.flush());
        drop(out);
        self.show.printed(written);
        Ok(())
    }

    /// Prints names as NLST sends them: raw for programs, escaped for a terminal.
    pub(super) fn print_names(&mut self, names: &[u8]) {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let written = match std::io::stdout().is_terminal() {
            false => out.write_all(names),
            true => names
                .split_inclusive(|&byte| byte == b'\n')
                .try_for_each(|name| writeln!(out, "{}", visible(name.trim_ascii_end()))),
        };
        let written = written.and_then(|()| out.flush());
        drop(out);
        self.show.printed(written);
    }

    pub(super) async fn stat(&mut self, args: &UrlsArgs) -> Result<(), UsageError> {
        for url in self.expand_all(&args.urls).await? {
            // The login directory has no name, but a dot works on every server in use.
            let path = if url.path().is_empty() { b"." } else { url.path() };
            let result = self.client(&url)?.stat(path).await;
            let Some(entry) = self.settle(&url.to_string(), result) else { continue };
            let mut object = entry_json(&entry);
            object["url"] = url.to_string().into();
            if !self.told_json(object) {
                let mode = entry.mode.map(|mode| format!("\n  mode      {mode:04o}"));
                let text = format!(
                    "{url}\n  kind      {}\n  size      {}\n  modified  {}{}\n",
                    kind_name(entry.kind),
                    entry.size.map_or_else(|| "-".to_owned(), |size| size.to_string()),
                    time(&entry),
                    mode.unwrap_or_default(),
                );
                self.show.print(text.as_bytes());
            }
        }
        Ok(())
    }
}

/// The address of an entry in the listed directory.
fn address(listed: &FtpUrl, entry: &RemoteEntry) -> FtpUrl {
    let directory = if listed.pattern().is_some() { listed.directory() } else { listed.path() };
    listed.with_path(join_remote(directory, &entry.name))
}

/// How names are printed.
#[derive(Clone, Copy)]
struct Style {
    /// As they are, for programs; otherwise escaped for a terminal.
    raw: bool,
    /// With a mark for the type after each name.
    marked: bool,
}

/// Prints one name on a line.
fn write_name(out: &mut impl Write, entry: &RemoteEntry, style: Style) -> std::io::Result<()> {
    match style.raw {
        true => out.write_all(&entry.name)?,
        false => out.write_all(visible(&entry.name).as_bytes())?,
    }
    let mark = match entry.kind {
        EntryKind::Directory if style.marked => "/",
        EntryKind::Symlink if style.marked => "@",
        _ => "",
    };
    writeln!(out, "{mark}")
}

fn long(entry: &RemoteEntry) -> String {
    let letter = match entry.kind {
        EntryKind::File => '-',
        EntryKind::Directory => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::Other => '?',
    };
    let mode = entry.mode.map_or_else(|| "----".to_owned(), |mode| format!("{mode:04o}"));
    let size = entry.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
    format!("{letter} {mode} {size:>14} {:<20}", time(entry))
}

/// `2025-11-24 01:47:12Z`; without seconds and zone if the server left them open.
fn time(entry: &RemoteEntry) -> String {
    let Some(modified) = entry.modified else { return "-".to_owned() };
    let at = modified.calendar();
    let date =
        format!("{:04}-{:02}-{:02} {:02}:{:02}", at.year, at.month, at.day, at.hour, at.minute);
    match entry.modified_exact {
        true => format!("{date}:{:02}Z", at.second),
        false => date,
    }
}

/// `2025-11-24T01:47:12Z` (RFC 3339 §5.6).
fn rfc3339(time: Timestamp) -> String {
    let at = time.calendar();
    let date = format!("{:04}-{:02}-{:02}", at.year, at.month, at.day);
    format!("{date}T{:02}:{:02}:{:02}Z", at.hour, at.minute, at.second)
}

fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Directory => "directory",
        EntryKind::Symlink => "link",
        EntryKind::Other => "other",
    }
}

/// An entry as JSON. `modified_exact` is false if the listing left seconds and zone open.
fn entry_json(entry: &RemoteEntry) -> Value {
    json!({
        "name": String::from_utf8_lossy(&entry.name),
        "kind": kind_name(entry.kind),
        "size": entry.size,
        "modified": entry.modified.map(rfc3339),
        "modified_exact": entry.modified.map(|_| entry.modified_exact),
        "mode": entry.mode.map(|mode| format!("{mode:04o}")),
        "target": entry.target.as_deref().map(String::from_utf8_lossy),
    })
}
