//! The reply codes of FTP, one file per class. Rows are in the order of their numbers.

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

/// Every reply code in the order of its number: those of the RFCs and drafts, and as history the
/// ones that a person may still meet in old lists and on odd servers.
pub static CODES: &[CodeRow] = &TABLE;

impl ReplyCode {
    /// What the catalogue knows about the code.
    pub fn row(self) -> Option<&'static CodeRow> {
        let at = CODES.binary_search_by_key(&self, |row| row.code).ok()?;
        CODES.get(at)
    }

    /// Whether the client repeats the command by itself after this reply. A code that is not in the
    /// catalogue is judged by its first digit (RFC 1123 §4.1.2.11).
    pub fn is_retried(self) -> bool {
        match self.row() {
            Some(row) => row.client_retries,
            None => self.class() == Class::TransientNegative,
        }
    }
}
