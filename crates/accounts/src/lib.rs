//! Who may do what on the server: accounts, their secrets and their rights.
//!
//! The accounts here live as long as the process. Nothing is written to a disk, so a secret is kept as a
//! keyed hash under a key that dies with the process: a slow password hash guards stored files, and
//! there are none.

#![forbid(unsafe_code)]

mod account;
mod secret;

pub use account::{Account, Accounts, InformationFor, Refusal, Right, Rights};
pub use secret::{Secret, SecretError, generate_password};
