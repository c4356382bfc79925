//! [`Limits`]: the quotas and rates of an account, and their rows in the table of terms.

use super::Effective;
use super::table::{Combine, TermRow, or_word};
use crate::size;

/// How much an account may store, and how fast it may transfer; `None` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that it may store.
    pub quota_bytes: Option<u64>,
    /// The most files, directories and links that it may store.
    pub quota_files: Option<u64>,
    /// Bytes per second from its clients, for all its sessions together.
    pub rate_up: Option<u64>,
    /// Bytes per second to its clients, for all its sessions together.
    pub rate_down: Option<u64>,
}

impl Limits {
    /// Whether its stored files must be counted.
    pub fn has_quota(&self) -> bool {
        self.quota_bytes.is_some() || self.quota_files.is_some()
    }
}

/// No limit.
const UNLIMITED: &str = "unlimited";
/// The slowest rate: with less, clients think that the server is dead.
const SLOWEST: u64 = 1 << 10;

pub(super) const QUOTA: TermRow = TermRow {
    key: "quota",
    shape: "SIZE|unlimited",
    help: "How much each account may store in its root folder, such as 10GiB.",
    combine: Combine::One,
    default: UNLIMITED,
    apply: |effective, lines| {
        let put = |effective: &mut Effective, bytes| effective.terms.limits.quota_bytes = bytes;
        read(effective, &lines[0], parse_size, put, size::show)
    },
};

pub(super) const QUOTA_FILES: TermRow = TermRow {
    key: "quota-files",
    shape: "COUNT|unlimited",
    help: "How many files, directories and links there may be in its root folder.",
    combine: Combine::One,
    default: UNLIMITED,
    apply: |effective, lines| {
        let put = |effective: &mut Effective, files| effective.terms.limits.quota_files = files;
        let parse = |text: &str| {
            text.parse().map_err(|_| "give a number, such as 10000, or unlimited".to_owned())
        };
        read(effective, &lines[0], parse, put, |files| files.to_string())
    },
};

pub(super) const RATE_UP: TermRow = TermRow {
    key: "rate-up",
    shape: "RATE|unlimited",
    help: "How fast its clients may upload, for all sessions of an account together, such as \
        2MiB/s.",
    combine: Combine::One,
    default: UNLIMITED,
    apply: |effective, lines| {
        let put = |effective: &mut Effective, rate| effective.terms.limits.rate_up = rate;
        read(effective, &lines[0], parse_rate, put, show_rate)
    },
};

pub(super) const RATE_DOWN: TermRow = TermRow {
    key: "rate-down",
    shape: "RATE|unlimited",
    help: "How fast its clients may download, for all sessions of an account together, such as \
        2MiB/s.",
    combine: Combine::One,
    default: UNLIMITED,
    apply: |effective, lines| {
        let put = |effective: &mut Effective, rate| effective.terms.limits.rate_down = rate;
        read(effective, &lines[0], parse_rate, put, show_rate)
    },
};

fn read(
    effective: &mut Effective,
    text: &str,
    parse: impl FnOnce(&str) -> Result<u64, String>,
    put: impl FnOnce(&mut Effective, Option<u64>),
    show: impl FnOnce(u64) -> String,
) -> Result<Vec<String>, String> {
    let limit = or_word(UNLIMITED, text, parse)?;
    put(effective, limit);
    Ok(vec![limit.map_or_else(|| UNLIMITED.to_owned(), show)])
}

fn parse_size(text: &str) -> Result<u64, String> {
    let size = size::parse(text);
    size.ok_or_else(|| "give a size, such as 500MiB or 10GiB, or unlimited".to_owned())
}

fn parse_rate(text: &str) -> Result<u64, String> {
    let rate = size::parse_rate(text).filter(|rate| *rate >= SLOWEST);
    rate.ok_or_else(|| "give a rate of at least 1KiB/s, such as 2MiB/s, or unlimited".to_owned())
}

fn show_rate(rate: u64) -> String {
    format!("{}/s", size::show(rate))
}
