//! Deeds: what a command does to files, or tries to. A deed is remembered when the session machine asks for it
//! and told with the reply it got, or without one where the client was gone before; transfer and audit logs are
//! read off it.

use std::net::IpAddr;
use std::time::Duration;

use packetboat_codes::{Class, ReplyCode};
use packetboat_proto::encoding::RepresentationType;
use packetboat_proto::pathname::Pathname;
use packetboat_proto::server::{Coding, Request, Task, TransferRequest};
use packetboat_store::VirtualPath;

use crate::connection::{Connection, Finished};
use crate::event::EventKind;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeedKind {
    /// RETR.
    Download,
    /// STOR, STOU and APPE.
    Upload,
    /// DELE.
    Delete,
    /// RNTO; the other path is the new name.
    Rename,
    /// MKD.
    MakeDirectory,
    /// RMD.
    RemoveDirectory,
    /// RMDA.
    RemoveTree,
    /// SITE CPTO; the other path is the copy.
    Copy,
    /// COMB; the other paths are the parts.
    Combine,
    /// SITE SYMLINK; the other path is the target.
    Link,
    /// MFMT, MFF, SITE CHMOD and their like.
    Attributes,
}

/// A deed that is over.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What it was.
    pub kind: DeedKind,
    /// Who did it: the name of the login.
    pub user: String,
    /// Whether that was anonymous.
    pub anonymous: bool,
    /// From where.
    pub peer: IpAddr,
    /// The virtual host whose path it is; none for the main site.
    pub host: Option<String>,
    /// The full path, as the session sees it.
    pub path: Vec<u8>,
    /// Other full paths that belong to it.
    pub others: Vec<Vec<u8>>,
    /// Whether it was done, and wholly.
    pub complete: bool,
    /// The code of the reply; none where the client was gone.
    pub code: Option<ReplyCode>,
    /// The text of a reply that tells of a failure, in English.
    pub failure: Option<String>,
    /// For transfers that began: how many bytes were moved.
    pub bytes: Option<u64>,
    /// For transfers: whether text was changed on the way (TYPE A and E).
    pub text: bool,
    /// From the command to its end.
    pub duration: Duration,
}

/// A deed that is under way.
pub(crate) struct Intended {
    kind: DeedKind,
    path: Vec<u8>,
    others: Vec<Vec<u8>>,
    text: bool,
    /// Whether it was done, once that is known.
    done: Option<bool>,
    bytes: Option<u64>,
}

impl Intended {
    fn new(directory: &VirtualPath, kind: DeedKind, path: &Pathname, others: &[&Pathname]) -> Self {
        let full = |path: &Pathname| match directory.join(path.as_bytes()) {
            Ok(full) => full.as_bytes().to_vec(),
            // A path that cannot be is told as it was sent.
            Err(_) => path.as_bytes().to_vec(),
        };
        let others = others.iter().map(|path| full(path)).collect();
        Self { kind, path: full(path), others, text: false, done: None, bytes: None }
    }

    /// Of a request that changes something.
    pub(crate) fn of_request(directory: &VirtualPath, request: &Request) -> Option<Self> {
        let new = |kind, path| Some(Self::new(directory, kind, path, &[]));
        match request {
            Request::MakeDirectory(path) => new(DeedKind::MakeDirectory, path),
            Request::RemoveDirectory(path) => new(DeedKind::RemoveDirectory, path),
            Request::DeleteFile(path) => new(DeedKind::Delete, path),
            Request::SetFacts { path, .. } | Request::ChangeMode { path, .. } => {
                new(DeedKind::Attributes, path)
            }
            Request::Rename { from, to } => {
                Some(Self::new(directory, DeedKind::Rename, from, &[to]))
            }
            Request::MakeLink { target, link } => {
                Some(Self::new(directory, DeedKind::Link, link, &[target]))
            }
            _ => None,
        }
    }

    /// Of work that changes something.
    pub(crate) fn of_task(directory: &VirtualPath, task: &Task) -> Option<Self> {
        let new = |kind, path, others: &[&Pathname]| Some(Self::new(directory, kind, path, others));
        match task {
            Task::RemoveTree(path) => new(DeedKind::RemoveTree, path, &[]),
            Task::Copy { from, to } => new(DeedKind::Copy, from, &[to]),
            Task::Combine { target, parts } => {
                new(DeedKind::Combine, target, &parts.iter().collect::<Vec<_>>())
            }
            Task::Hash { .. } | Task::TreeSize(_) => None,
        }
    }

    /// Of a transfer that is not a listing.
    pub(crate) fn of_transfer(directory: &VirtualPath, request: &TransferRequest) -> Option<Self> {
        let here = Pathname::new(b".".to_vec()).ok();
        let (kind, path, coding) = match request {
            TransferRequest::Retrieve { path, coding, .. } => (DeedKind::Download, path, coding),
            TransferRequest::Store { path, coding, .. }
            | TransferRequest::Append { path, coding } => (DeedKind::Upload, path, coding),
            TransferRequest::StoreUnique { hint, coding } => {
                (DeedKind::Upload, hint.as_ref().or(here.as_ref())?, coding)
            }
            TransferRequest::List { .. } => return None,
        };
        Some(Self { text: is_text(*coding), ..Self::new(directory, kind, path, &[]) })
    }

    /// It is over, whatever will be said of it. A transfer may have gone to another name than was asked for
    /// (STOU).
    pub(crate) fn ended(&mut self, finished: &Finished) {
        match finished {
            Finished::Transferred((result, _)) => {
                let (path, bytes) = match result {
                    Ok(summary) => (&summary.path, summary.bytes),
                    Err(failure) => (&failure.path, failure.bytes),
                };
                self.path.clone_from(path);
                (self.done, self.bytes) = (Some(result.is_ok()), Some(bytes));
            }
            Finished::Performed((result, _)) => self.done = Some(result.is_ok()),
            _ => {}
        }
    }
}

fn is_text(coding: Coding) -> bool {
    coding.format.representation != RepresentationType::Image
}

impl Connection {
    /// Remembers what the command that came last is about to do.
    pub(crate) fn intend(&mut self, deed: Option<Intended>) {
        self.deed = deed;
        self.deed_at = self.command_at;
    }

    pub(crate) fn deed_ended(&mut self, finished: &Finished) {
        if let Some(deed) = &mut self.deed {
            deed.ended(finished);
        }
    }

    /// Tells of one that nobody waits for any more: a transfer as far as it has come.
    pub(crate) fn deed_dropped(&mut self) {
        if let (Some(deed), Some(transfer)) = (&mut self.deed, &self.transfer) {
            deed.bytes = deed.bytes.or(Some(transfer.moved()));
        }
        self.tell_deed(None);
    }

    /// Tells of the deed that this reply belongs to; without one, nobody is there any more to be told.
    pub(crate) fn tell_deed(&mut self, reply: Option<(ReplyCode, Option<String>)>) {
        let Some(intended) = self.deed.take() else { return };
        let duration = self.shared.now().since(self.deed_at);
        let Intended { kind, path, others, text, done, bytes } = intended;
        let (code, failure) = reply.map_or((None, None), |(code, failure)| (Some(code), failure));
        // What is done is done, even if nobody could be told any more.
        let complete = match code {
            Some(code) => code.class() == Class::Completion,
            None => done.unwrap_or(false),
        };
        let user = self.account.as_ref().map(|account| account.name()).unwrap_or_default();
        self.emit(EventKind::Deed(Box::new(Deed {
            kind,
            user: String::from_utf8_lossy(user).into_owned(),
            anonymous: self.account.as_ref().is_some_and(|account| account.is_anonymous()),
            peer: self.peer.ip().to_canonical(),
            host: self.site.name.clone(),
            path,
            others,
            complete,
            code,
            failure,
            bytes,
            text,
            duration,
        })));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pathname(text: &str) -> Pathname {
        Pathname::new(text.as_bytes().to_vec()).expect("a pathname")
    }

    #[test]
    fn paths_are_told_in_full() {
        let directory = VirtualPath::root().join(b"in").expect("a path");
        let request = Request::Rename { from: pathname("a"), to: pathname("/b/../c") };
        let rename = Intended::of_request(&directory, &request).expect("a deed");
        assert_eq!((rename.kind, rename.path), (DeedKind::Rename, b"/in/a".to_vec()));
        assert_eq!(rename.others, [b"/c".to_vec()]);
        assert!(Intended::of_request(&directory, &Request::Modified(pathname("a"))).is_none());
        let task = Task::TreeSize(None);
        assert!(Intended::of_task(&directory, &task).is_none());
    }
}
