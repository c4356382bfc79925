//! docs/reference/retry.md: which replies the client repeats a command after.

use std::fmt::Write as _;

use packetboat_codes::{CODES, Class, CodeRow};

use super::{cell, codes::again, head};

/// The page.
pub(super) fn page() -> String {
    let mut page = head("What the client repeats");
    page.push_str(
        "After a reply that says `not now`, `packetboat get`, `put` and the others repeat the command after a pause, up \
         to the number of times that `--retries` allows. A code that is in no list is judged by its first digit alone \
         (RFC 1123 §4.1.2.11): 4yz is repeated, 5yz never. A connection that is lost or silent is repeated as well, unless \
         the server had refused before.\n\n\
         | code | name | the client repeats | the same again |\n|--:|--|--|--|\n",
    );
    let failures = |row: &&CodeRow| {
        matches!(row.code.class(), Class::TransientNegative | Class::PermanentNegative)
    };
    for row in CODES.iter().filter(failures) {
        let repeats = if row.client_retries { "yes" } else { "no" };
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "| [{0}](codes.md#code-{0}) | {1} | {repeats} | {2} |",
            row.code,
            cell(row.name),
            again(row.repeat),
        );
    }
    page
}
