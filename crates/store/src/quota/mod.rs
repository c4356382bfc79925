//! Storage within a quota: a decorator through which every change goes, so that no verb is forgotten. What an
//! account has stored is a [`Meter`], which all its sessions share; where the count lasts is a [`Book`].
//!
//! A byte is counted before it is written, so sessions together never store more than the quota allows. What
//! takes the place of a file may use that file's bytes: it is the end that has to fit. An upload that broke and does
//! not fit beside the file it was to replace is not kept. Bytes are lengths of files, as SIZE tells them; files are
//! entries of directories: files, directories, links, and what broken uploads have left.

mod meter;
mod storage;
#[cfg(test)]
mod tests;
mod write;

pub use meter::{Allowance, Book, Measured, Meter};
pub use storage::QuotaStorage;
