//! docs/reference/retry.md: what the client does by itself after each reply.

use std::fmt::Write as _;

use packetboat_codes::ReplyCode;
use packetboat_proto::client::{POLICY, PolicyRow, policy};

use super::{cell, head};

/// The page.
pub(super) fn page() -> String {
    let mut page = head("What the client does by itself");
    page.push_str(
        "After each reply the client does what the first row says that fits its code and its verb. `--retries` sets how \
         often an operation is begun again, `--retry 450=10/5` how often and after what first pause (in seconds) for one \
         code, `--retry 4xx=0` for a class; the section `[retry]` of the [configuration file](../guide/client.md) says the \
         same for good. The first pause is a \
         second, or so many times that as the last column says; each later one is twice as long. The last rows hold for codes \
         that have none, by their first digit alone (RFC 1123 §4.1.2.11).\n\n\
         | code | verbs | the client | repeats | first pause |\n|--:|--|--|--|--:|\n",
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
        // No row has the last code of a class, so its first digit decides.
        let row = policy(ReplyCode::known(class * 100 + 99), None);
        line(&mut page, &format!("other {class}yz"), row, "");
    }
    page
}

fn line(page: &mut String, code: &str, row: &PolicyRow, pause: &str) {
    let repeats = if row.reaction.repeats() { "yes" } else { "no" };
    // Writing to a string does not fail.
    let _ =
        writeln!(page, "| {code} | {} | {} | {repeats} | {pause} |", verbs(row), cell(row.does));
}

fn verbs(row: &PolicyRow) -> String {
    match row.verbs {
        [] => "any other".to_owned(),
        verbs => verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>().join(", "),
    }
}
