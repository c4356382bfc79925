//! The FTP reply codes, one file per class, each sorted by number.

mod by_verb;
mod completion;
mod intermediate;
mod permanent;
mod preliminary;
mod protected;
mod transient;

use crate::reply::{Class, ReplyCode};
use crate::row::CodeRow;

const PARTS: [&[CodeRow]; 6] = [
    preliminary::ROWS,
    completion::ROWS,
    intermediate::ROWS,
    transient::ROWS,
    permanent::ROWS,
    protected::ROWS,
];

/// The number of rows.
pub(crate) const COUNT: usize = crate::table::total(&PARTS);

static TABLE: [CodeRow; COUNT] = crate::table::join(&PARTS);

/// Every reply code, sorted by number: the codes of RFCs and drafts, and the historic and vendor
/// codes that still turn up in old lists and on odd servers.
pub static CODES: &[CodeRow] = &TABLE;

impl ReplyCode {
    /// The catalogue's row for the code.
    pub fn row(self) -> Option<&'static CodeRow> {
        let at = CODES.binary_search_by_key(&self, |row| row.code).ok()?;
        CODES.get(at)
    }

    /// Whether the client retries the command by itself after this reply. For a code that is not in
    /// the catalogue, the first digit decides (RFC 1123 §4.1.2.11).
    pub fn is_retried(self) -> bool {
        match self.row() {
            Some(row) => row.client_retries,
            None => self.class() == Class::TransientNegative,
        }
    }
}
