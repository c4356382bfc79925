//! Writes docs/reference/retry.md: how the client reacts to each reply.

use std::fmt::Write as _;

use packetboat_codes::ReplyCode;
use packetboat_proto::client::{POLICY, PolicyRow, policy};

use super::{cell, head};

/// The page.
pub(super) fn page() -> String {
    let mut page = head("How the client reacts to replies");
    page.push_str(
        "After each reply, the client follows the first row that matches the reply's code and the verb. `--retries` sets \
         how often an operation is retried. `--retry 450=10/5` sets the number of retries and the first pause (in seconds) \
         for one code, and `--retry 4xx=0` for a class of codes. The section `[retry]` of the [configuration \
         file](../guide/client.md) sets the same permanently. The first pause is one second, multiplied by the factor in \
         the last column; each later pause is twice as long as the one before. The last rows apply to codes without a row \
         of their own, by the first digit alone (RFC 1123 §4.1.2.11).\n\n\
         | code | verbs | the client | retries | first pause |\n|--:|--|--|--|--:|\n",
    );
    for row in POLICY {
        let code = format!("[{0}](codes.md#code-{0})", row.code);
        let pause = match row.patience {
            _ if !row.reaction.repeats() => String::new(),
            0 => "none".to_owned(),
            times => format!("×{times}"),
        };
        line(&mut page, &code, row, &pause);
    }
    for class in 1..=5 {
        // No row has the last code of a class, so this finds the row for the class.
        let row = policy(ReplyCode::known(class * 100 + 99), None);
        line(&mut page, &format!("other {class}yz"), row, "");
    }
    page
}

fn line(page: &mut String, code: &str, row: &PolicyRow, pause: &str) {
    let repeats = if row.reaction.repeats() { "yes" } else { "no" };
    // Writing to a string cannot fail.
    let _ =
        writeln!(page, "| {code} | {} | {} | {repeats} | {pause} |", verbs(row), cell(row.does));
}

fn verbs(row: &PolicyRow) -> String {
    match row.verbs {
        [] => "any other".to_owned(),
        verbs => verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>().join(", "),
    }
}
