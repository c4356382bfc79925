//! [`Deed`]: what a command does to files, or tries to. [`Intended`] remembers it when the session
//! machine asks for it; it is reported with the command's reply, or without one if the client is
//! gone by then. The transfer and audit logs are written from deeds.

use std::net::IpAddr;
use std::time::Duration;

use packetboat_codes::{Class, ReplyCode};
use packetboat_proto::encoding::RepresentationType;
use packetboat_proto::pathname::Pathname;
use packetboat_proto::server::{Coding, Request, Task, TransferRequest};
use packetboat_store::VirtualPath;

use crate::connection::{Connection, Finished};
use crate::event::EventKind;

/// The kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeedKind {
    /// RETR.
    Download,
    /// STOR, STOU and APPE.
    Upload,
    /// DELE.
    Delete,
    /// RNTO; `others` has the new name.
    Rename,
    /// MKD.
    MakeDirectory,
    /// RMD.
    RemoveDirectory,
    /// RMDA.
    RemoveTree,
    /// SITE CPTO; `others` has the copy.
    Copy,
    /// COMB; `others` has the parts.
    Combine,
    /// SITE SYMLINK; `others` has the target.
    Link,
    /// MFMT, MFF, SITE CHMOD and similar commands.
    Attributes,
}

/// A deed that has ended.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The kind of operation.
    pub kind: DeedKind,
    /// The name that logged in.
    pub user: String,
    /// Whether that login was anonymous.
    pub anonymous: bool,
    /// The client's address.
    pub peer: IpAddr,
    /// The virtual host that the path belongs to; `None` for the main site.
    pub host: Option<String>,
    /// The full path, as the session sees it.
    pub path: Vec<u8>,
    /// Other full paths involved.
    pub others: Vec<Vec<u8>>,
    /// Whether it succeeded completely.
    pub complete: bool,
    /// The code of the reply; `None` if the client was gone.
    pub code: Option<ReplyCode>,
    /// The English text of the reply, if it reports a failure.
    pub failure: Option<String>,
    /// For transfers that started: how many bytes were moved.
    pub bytes: Option<u64>,
    /// For transfers: whether text was converted (TYPE A and E).
    pub text: bool,
    /// The time from the command to its end.
    pub duration: Duration,
}

/// A deed that has not ended yet.
pub(crate) struct Intended {
    kind: DeedKind,
    path: Vec<u8>,
    others: Vec<Vec<u8>>,
    text: bool,
    /// Whether it succeeded, once that is known.
    done: Option<bool>,
    bytes: Option<u64>,
}

impl Intended {
    fn new(directory: &VirtualPath, kind: DeedKind, path: &Pathname, others: &[&Pathname]) -> Self {
        let full = |path: &Pathname| match directory.join(path.as_bytes()) {
            Ok(full) => full.as_bytes().to_vec(),
            // An invalid path is logged as it was sent.
            Err(_) => path.as_bytes().to_vec(),
        };
        let others = others.iter().map(|path| full(path)).collect();
        Self { kind, path: full(path), others, text: false, done: None, bytes: None }
    }

    /// The deed of a request, if the request changes something.
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

    /// The deed of a task, if the task changes something.
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

    /// The deed of a transfer, unless it is a listing.
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

    /// Records the result, whatever the reply will be. A transfer may have used another name than
    /// the one asked for (STOU).
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
    /// Remembers what the last command is about to do.
    pub(crate) fn intend(&mut self, deed: Option<Intended>) {
        self.deed = deed;
        self.deed_at = self.command_at;
    }

    pub(crate) fn deed_ended(&mut self, finished: &Finished) {
        if let Some(deed) = &mut self.deed {
            deed.ended(finished);
        }
    }

    /// Reports a deed that nobody waits for any more; a transfer with the bytes moved so far.
    pub(crate) fn deed_dropped(&mut self) {
        if let (Some(deed), Some(transfer)) = (&mut self.deed, &self.transfer) {
            deed.bytes = deed.bytes.or(Some(transfer.moved()));
        }
        self.tell_deed(None);
    }

    /// Reports the deed that this reply belongs to. `None`: the client is gone.
    pub(crate) fn tell_deed(&mut self, reply: Option<(ReplyCode, Option<String>)>) {
        let Some(intended) = self.deed.take() else { return };
        let duration = self.shared.now().since(self.deed_at);
        let Intended { kind, path, others, text, done, bytes } = intended;
        let (code, failure) = reply.map_or((None, None), |(code, failure)| (Some(code), failure));
        // A deed that succeeded is complete even if the client never learned of it.
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
