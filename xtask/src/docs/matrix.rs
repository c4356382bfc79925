//! docs/reference/matrix.md: what every verb is answered in every state, as a test found it on a real server.

use std::fs;
use std::path::Path;

use super::head;

/// The table that the test tests/tests/matrix.rs holds the server against.
const TABLE: &str = "tests/data/matrix.txt";

/// The page.
pub(super) fn page(root: &Path) -> Result<String, String> {
    let table = fs::read_to_string(root.join(TABLE))
        .map_err(|error| format!("{TABLE} cannot be read: {error}"))?;
    let intro = "The test `tests/tests/matrix.rs` sends every verb, with arguments good, bad and missing, to a real server in \
                 every state of a session. Each reply has to be in the verb's row ([verbs.md](verbs.md)) and in RFC 959 §5.4 \
                 or a named deviation. This is what the server answers.\n\n";
    Ok(format!("{}{intro}```text\n{}```\n", head("Verbs by state"), table))
}
