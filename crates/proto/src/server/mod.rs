//! The server's side of a session, without I/O. Bytes from the client, outcomes from the driver and the
//! time go in; bytes for the client and [`Action`]s for the driver come out. Which command is allowed
//! when, in which order replies leave, and what each reply says is decided here and nowhere else.

mod action;
mod answer;
mod files;
mod info;
mod login;
mod parameters;
mod replies;
mod session;
mod texts;
mod transfer;

pub use action::{
    Action, ConnectionLost, Event, Failure, LoginRefusal, NotOpened, Note, Outcome, Passive,
    Request, Secret, StatusOf, TransferCause, TransferFailure, TransferRequest, TransferStart,
    TransferSummary,
};
pub use answer::{Stage, failure_code};
pub use parameters::{DataSetup, RepresentationType};
pub use session::{Goodbye, Session, SessionConfig};
pub use texts::Language;

#[cfg(test)]
mod tests;
