//! Storage backends: where the server's files live, behind the one trait [`Storage`]. A backend is
//! addressed by [`VirtualPath`]s, which know nothing of the host's own paths, and reports failures
//! as an [`Error`] that carries a [`Fault`](packetboat_codes::Fault). Choosing the FTP reply for a
//! fault is not this crate's job. All operations block, so callers keep them off their async
//! workers.

#![forbid(unsafe_code)]

mod copy;
mod error;
mod folders;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod latency;
#[cfg(unix)]
mod local;
mod path;
mod progress;
mod quota;
mod storage;

pub use error::{Error, Result};
pub use folders::Folders;
pub use latency::serves;
#[cfg(unix)]
pub use local::{LocalStorage, PART_NAMES, PartName};
pub use path::VirtualPath;
pub use progress::Progress;
pub use quota::{Allowance, Book, Measured, Meter, QuotaStorage};
pub use storage::{
    Capabilities, Committed, Detail, Entry, Existing, Group, Kept, Kind, Listing, Metadata, Opened,
    ReadFile, SMALL_FILE, Storage, Sweep, Time, Times, Usage, WriteFile, WriteMode,
};
