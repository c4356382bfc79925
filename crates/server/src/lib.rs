//! The FTP server: drives the session machine of `packetboat-proto` over tokio. Sockets, timers, files
//! and threads are here; which reply is sent is not: the session machine decides that.

#![forbid(unsafe_code)]

mod change;
mod config;
mod connection;
mod data;
mod event;
mod files;
mod hash;
mod lane;
mod pump;
mod server;
mod task;
mod transfer;
mod who;

pub use config::{PassivePorts, ServerConfig};
pub use event::{CloseCause, Event, EventKind, Sink};
pub use server::{Server, ServerError};
