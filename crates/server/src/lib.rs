//! The FTP server: drives the session machine of `packetboat-proto` over tokio. Sockets, timers, files
//! and threads are here; which reply is sent is not: the session machine decides that.

#![forbid(unsafe_code)]

mod config;
mod connection;
mod data;
mod event;
mod files;
mod lane;
mod pump;
mod server;
mod transfer;
mod worker;

pub use config::{PassivePorts, ServerConfig};
pub use event::{CloseCause, Event, EventKind, Sink};
pub use server::{Server, ServerError};
