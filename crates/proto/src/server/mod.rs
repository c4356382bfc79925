//! The server side of a session, without I/O. Bytes from the client, [`Event`]s from the driver and
//! the time go in; bytes for the client and [`Action`]s for the driver come out. Only this module
//! decides which command is allowed when, in which order replies are sent, and what each reply
//! says. The driver, in `packetboat-server`, owns the sockets and files.

mod action;
mod answer;
mod change;
mod config;
mod data_connection;
mod failure;
mod files;
mod hash;
mod info;
mod login;
mod parameters;
mod parties;
mod quota;
mod replies;
mod reply_parse;
mod security;
mod session;
mod site;
mod start;
mod task;
mod texts;
mod transfer;
pub(crate) mod words;
mod work;

pub use action::{
    AccountNeed, Action, Coding, Event, Failure, HostAnswer, LoginRefusal, MountAnswer, Note,
    Outcome, Passive, Request, Secret, StatusOf, TransferRequest, TransferStart, TransferSummary,
    Wait, WaitReason,
};
pub use answer::{Stage, failure_code};
pub use config::{Goodbye, SessionConfig};
pub use data_connection::DataSetup;
pub use failure::{ConnectionLost, NotOpened, TransferCause, TransferFailure};
pub use quota::{Quota, Room};
pub use reply_parse::{
    Return, RoomTold, fault_in, lacks_folder_in, moved_in, return_in, room_in, wants_tls_in,
};
pub use security::{Protection, Tls, TlsDemands, TlsFailure, Unprotected};
pub use session::Session;
pub use task::{Algorithm, ByteRange, Hashed, SessionUser, Sessions, SetFacts, Task};
pub use texts::Language;

#[cfg(test)]
mod coding_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_access;
#[cfg(test)]
mod tests_of_extensions;
#[cfg(test)]
mod tests_of_guards;
#[cfg(test)]
mod tests_of_replies;
#[cfg(test)]
mod tests_of_security;
