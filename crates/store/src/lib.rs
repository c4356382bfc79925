//! Where files live. [`Storage`] is what the server needs of a place for files, [`LocalStorage`] is a
//! folder of this machine. Calls may block; the server makes them off its async workers.

#![forbid(unsafe_code)]

mod error;
mod local;
mod path;
mod storage;

pub use error::Error;
pub use local::LocalStorage;
pub use path::VirtualPath;
pub use storage::{
    Capabilities, Committed, Detail, Entry, Kept, Kind, Listing, Metadata, ReadFile, Storage,
    WriteFile, WriteMode,
};
