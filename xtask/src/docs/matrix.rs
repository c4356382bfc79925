//! Writes docs/reference/matrix.md: what a real server answers to every verb in every state, as
//! recorded by a test.

use std::fs;
use std::path::Path;

use super::head;

/// The table that the test tests/tests/matrix.rs checks the server against.
const TABLE: &str = "tests/data/matrix.txt";

/// The page.
pub(super) fn page(root: &Path) -> Result<String, String> {
    let table = fs::read_to_string(root.join(TABLE))
        .map_err(|error| format!("cannot read {TABLE}: {error}"))?;
    let intro = "The test `tests/tests/matrix.rs` sends every verb to a real server in every state of a session, with good, bad \
                 and missing arguments. Each reply must be listed for the verb in [verbs.md](verbs.md), and be allowed by RFC \
                 959 §5.4 or by a documented deviation. This table shows what the server answers.\n\n";
    Ok(format!("{}{intro}```text\n{}```\n", head("Verbs by state"), table))
}
