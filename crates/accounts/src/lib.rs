//! The accounts of the server: their secrets, their rights and the terms under which they may be
//! used.
//!
//! Every source of accounts implements [`Backend`]. Accounts in [`Memory`] are given at the start
//! and live as long as the process; their secrets are hashes under a key that is never stored.
//! Accounts in the [`Database`] are permanent, so their secrets are slow password hashes. PAM and
//! hooks are in crates of their own. [`Accounts`] asks the sources in order.

#![forbid(unsafe_code)]

mod account;
mod accounts;
mod ban;
mod certificate;
mod database;
mod day;
mod file_names;
mod glob;
mod hash;
pub mod import;
mod name;
mod network;
mod paths;
mod record;
mod rights;
mod root;
mod secret;
pub mod size;
pub mod terms;
mod totp;
mod windows;

pub use account::{Account, Attempt, CodeCheck, InformationFor, Refusal, Secured};
pub use accounts::{Accounts, Backend, Entered, Memory, Source};
pub use ban::Ban;
pub use certificate::{CertificateRule, CertificateUse, ClientCertificate, Fingerprint};
pub use database::{
    Database, DatabaseError, Holder, Mark, OpenedCount, Run, Stored, StoredCount, Tally,
};
pub use file_names::{NamePattern, NameRefusal};
pub use hash::{Cost, HashError, PasswordHash};
pub use name::{AccountName, NameError};
pub use network::Network;
pub use paths::{PathRule, PathRules};
pub use record::{GroupRecord, Record};
pub use rights::{Right, Rights};
pub use root::{Root, RootError, RootPlace};
pub use secret::{Secret, SecretError, generate_password};
pub use terms::{Effective, Limits, Own, Terms, TlsNeed};
pub use totp::{SecondFactor, TotpSecret};
pub use windows::{Window, Windows};
