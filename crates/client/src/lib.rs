//! The FTP client: it runs the session machine of `packetboat_proto::client` over sockets.
//! [`Client`] is the client of one server; [`get_tree`] and [`put_tree`] transfer whole trees over
//! several sessions, and [`mirror_get`] and [`mirror_put`] synchronise them. This crate neither
//! prints nor reads configuration files: it takes [`Options`], reports progress as [`Event`]s to an
//! [`Observer`], and returns results or an [`Error`], which keeps the server's reply.
//!
//! ```no_run
//! # async fn example() -> Result<(), packetboat_client::Error> {
//! use std::sync::Arc;
//! use packetboat_client::{Client, Download, Options, Silent};
//!
//! let mut client = Client::new(Arc::new(Options::new("localhost", 2121)), Arc::new(Silent));
//! let download = Download {
//!     remote: b"pub/readme".to_vec(),
//!     local: "readme".into(),
//!     resume: false,
//!     known: None,
//! };
//! let done = client.get(&download).await?;
//! println!("{} bytes", done.bytes);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod account;
mod cat;
mod choice;
mod claim;
mod client;
mod codec;
mod completeness;
mod connection;
mod control;
mod copy;
mod data;
mod diagnose;
mod digest;
mod encoded;
mod error;
mod failure;
mod finding;
mod get;
mod hash;
mod interrupt;
mod list;
mod local;
mod mirror;
mod mirror_delete;
mod names;
mod no_space;
mod observer;
mod options;
mod phase;
mod preserve;
mod put;
mod read_listing;
mod remove;
mod rename;
mod restart;
mod retry;
mod source;
#[cfg(target_os = "linux")]
mod splice;
mod tls;
mod tree;
mod trust;
mod unlisted;
mod upload_resume;
mod wire;
mod working_directory;

pub use account::Account;
pub use choice::Choice;
pub use client::Client;
pub use encoded::VERBATIM;
pub use error::{Anew, Cause, Error, Phase, Unconfirmed, Unknown};
pub use failure::{Failure, Lack};
pub use finding::Finding;
pub use get::{Download, Known, Transferred};
pub use hash::{Check, Checked, RemoteHash};
pub use interrupt::Interrupt;
pub use local::{PART_SUFFIX, WRONG_SUFFIX, make_folder, part_path};
pub use mirror::{Mirror, MirrorReport, mirror_get, mirror_put};
pub use names::{check_beside, local_name};
pub use observer::{Direction, Event, Observer, Plan, SessionId, Silent, TransferId};
pub use options::{Login, Options};
pub use put::{Upload, join_remote, remote_path_for};
pub use remove::Removed;
pub use retry::{Retry, RetryRule, RetryRuleError};
pub use tls::{Identity, Tls, TlsWish, Trust};
pub use tree::{Tree, TreeFailure, TreeReport, get_tree, put_tree};
pub use upload_resume::kept_by;
