//! The server's session machine fed with arbitrary bytes, split arbitrarily. The input also decides
//! whether the driver grants or fails each request.

#![no_main]

use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use packetboat_codes::Fault;
use packetboat_proto::reply_reader::ReplyReader;
use packetboat_proto::server::{
    AccountNeed, Action, Event, Failure, Hashed, HostAnswer, LoginRefusal, MountAnswer, Outcome,
    Request, Session, SessionConfig, Sessions, StatusOf, Task, Tls, TlsFailure, TransferCause,
    TransferFailure, TransferStart, TransferSummary,
};
use packetboat_proto::time::{Instant, Timestamp};

fuzz_target!(|data: &[u8]| run(data));

fn run(data: &[u8]) {
    let local = ([192, 0, 2, 1], 21).into();
    let peer = ([192, 0, 2, 9], 40_000).into();
    let mut now = Instant::default();
    let config = SessionConfig { tls: Tls::Offered, ..SessionConfig::default() };
    let mut session = Session::new(Arc::new(config), local, peer, now);
    let mut replies = ReplyReader::new();
    // The first byte of a piece decides what the driver does; the second is the length of the
    // piece.
    let mut rest = data;
    while let [choice, length, tail @ ..] = rest {
        let (piece, tail) = tail.split_at(tail.len().min(usize::from(*length)));
        session.handle_bytes(piece, now);
        let mut closing = false;
        while let Some(action) = session.poll_action() {
            closing |= action == Action::Close;
            if let Some(event) = answer(&action, *choice) {
                session.handle_event(event, now);
            }
        }
        read(&mut replies, &session.take_output());
        if closing {
            return;
        }
        now = now.after(Duration::from_secs(u64::from(*choice & 3)));
        if session.deadline().is_some_and(|deadline| deadline <= now) {
            session.handle_timeout(now);
        }
        rest = tail;
    }
}

/// Checks that everything the session sends is valid FTP.
fn read(replies: &mut ReplyReader, output: &[u8]) {
    // Replies to Telnet options may appear between FTP replies; output that contains them is not
    // checked.
    if output.contains(&0xff) {
        return;
    }
    replies.push(output);
    while let Some(reply) = replies.next_reply() {
        assert!(reply.is_ok(), "{reply:?}");
    }
}

fn answer(action: &Action, choice: u8) -> Option<Event> {
    let fails = choice & 4 != 0;
    let failure =
        Failure { fault: Fault::NotFound, path: b"/a".to_vec(), length: None, detail: None };
    Some(match action {
        Action::Authenticate { .. } if fails => {
            Event::Authenticated(Err(LoginRefusal::WrongPassword))
        }
        Action::Authenticate { .. } => Event::Authenticated(Ok(match choice >> 4 & 3 {
            1 => AccountNeed::Login,
            2 => AccountNeed::Storing,
            _ => AccountNeed::None,
        })),
        Action::Identify { .. } if fails => Event::Identified(Err(LoginRefusal::WrongPassword)),
        Action::Identify { .. } => Event::Identified(Ok(match choice >> 4 & 3 {
            1 => Some(AccountNeed::CodeToLogIn),
            2 => Some(AccountNeed::CodeToStore),
            3 => Some(AccountNeed::None),
            _ => None,
        })),
        Action::CheckAccount(_) => {
            Event::AccountChecked(if fails { Err(LoginRefusal::WrongPassword) } else { Ok(()) })
        }
        Action::Reinitialize if fails => return None,
        Action::Reinitialize => Event::Ready,
        Action::ChooseHost(name) if fails => Event::HostAnswered(HostAnswer::Unknown(name.clone())),
        Action::ChooseHost(name) => {
            Event::HostAnswered(HostAnswer::Chosen { name: name.clone(), greeting: None })
        }
        Action::Mount(_) if fails => Event::Mounted(MountAnswer::NothingToMount),
        Action::Mount(path) => Event::Mounted(MountAnswer::Mounted(path.as_bytes().to_vec())),
        Action::ListenPassive(_)
        | Action::Perform(_)
        | Action::Work(_)
        | Action::PrepareTransfer(_)
            if fails =>
        {
            Event::Failed(failure)
        }
        Action::Work(_) if choice & 8 != 0 => return None,
        Action::Work(task) => Event::Done(result(task)),
        Action::ListenPassive(_) => Event::PassiveListening(([192, 0, 2, 1], 50_000).into()),
        Action::Perform(request) => Event::Done(outcome(request)),
        Action::PrepareTransfer(_) => {
            Event::TransferReady(TransferStart { path: b"/a".to_vec(), size: Some(1) })
        }
        Action::RunTransfer(..) if choice & 8 != 0 => return None,
        Action::RunTransfer(..) if fails => Event::TransferEnded(Err(ended_badly())),
        Action::RunTransfer(..) => Event::TransferEnded(Ok(TransferSummary {
            path: b"/a".to_vec(),
            bytes: 1,
            connection_kept: false,
        })),
        Action::StartTls if fails => Event::TlsFailed(TlsFailure::Broken),
        Action::ClearControl => Event::ControlCleared,
        Action::StartTls => Event::TlsStarted { server_name: None, certificate: choice & 2 != 0 },
        Action::AbortTransfer => Event::TransferEnded(Err(ended_badly())),
        Action::ReportProgress => Event::Progress(1),
        Action::DropData | Action::EndTls | Action::Note(_) | Action::Close => return None,
    })
}

fn ended_badly() -> TransferFailure {
    TransferFailure { cause: TransferCause::Aborted, path: b"/a".to_vec(), bytes: 1, kept: Some(1) }
}

fn outcome(request: &Request) -> Outcome {
    match request {
        Request::Size(_) => Outcome::Size(1),
        Request::Modified(_) => Outcome::Modified(Timestamp(0)),
        Request::Facts { .. } => Outcome::Facts(b"type=file; /a".to_vec()),
        Request::Status(_) => Outcome::Status {
            path: b"/a".to_vec(),
            of: StatusOf::Directory,
            lines: vec![b"a".to_vec()],
            cut: false,
        },
        Request::Allocate(_) => Outcome::Room(u64::MAX),
        Request::FreeSpace(_) => Outcome::Size(1),
        Request::SetFacts { path, facts } => {
            Outcome::FactsSet { path: path.clone(), full: b"/a".to_vec(), facts: facts.clone() }
        }
        Request::Who => Outcome::Sessions(Sessions { count: 1, users: None }),
        _ => Outcome::Path(b"/a\"b".to_vec()),
    }
}

fn result(task: &Task) -> Outcome {
    match task {
        Task::Hash { paths, .. } => Outcome::Hashed(
            paths
                .iter()
                .map(|path| Hashed { path: path.clone(), start: 0, end: 1, digest: vec![1; 20] })
                .collect(),
        ),
        Task::TreeSize(_) => Outcome::Size(1),
        Task::RemoveTree(_) | Task::Combine { .. } | Task::Copy { .. } => {
            Outcome::Path(b"/a".to_vec())
        }
    }
}
