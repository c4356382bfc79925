//! Where files live: storage backends behind one trait. A backend is asked with a [`VirtualPath`], which
//! knows nothing of the machine's own paths, and answers with an [`Error`] that carries a
//! [`Fault`](packetboat_codes::Fault); which reply becomes of it is not decided here. Everything blocks: the
//! caller keeps it off its async workers.

#![forbid(unsafe_code)]

#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod calm;
mod copy;
mod error;
mod folders;
#[cfg(unix)]
mod local;
mod path;
mod progress;
mod quota;
mod storage;

pub use calm::serves;
pub use error::{Error, Result};
pub use folders::Folders;
#[cfg(unix)]
pub use local::{LocalStorage, PART_NAMES, PartName};
pub use path::VirtualPath;
pub use progress::Progress;
pub use quota::{Allowance, Book, Measured, Meter, QuotaStorage};
pub use storage::{
    Capabilities, Committed, Detail, Entry, Existing, Group, Kept, Kind, Listing, Metadata, Opened,
    ReadFile, SMALL_FILE, Storage, Sweep, Time, Times, Usage, WriteFile, WriteMode,
};
