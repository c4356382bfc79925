//! Quotas: [`QuotaStorage`] wraps a storage so that every change goes through it and no verb can be
//! forgotten. A [`Meter`], shared by all sessions of an account, counts what the account has
//! stored; a [`Book`] keeps that count permanently.
//!
//! Bytes are counted before they are written, so all sessions together never store more than the
//! quota allows. A file that will replace another one may use that file's bytes: only the final
//! state has to fit. If such an upload is interrupted and its part does not fit beside the old
//! file, the part is not kept. Bytes are file lengths, as reported by SIZE. Files are directory
//! entries: files, directories, links and parts.

mod meter;
mod storage;
#[cfg(test)]
mod tests;
mod write;

pub use meter::{Allowance, Book, Measured, Meter};
pub use storage::QuotaStorage;
