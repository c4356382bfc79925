//! 1yz: the command is under way.

use super::{Answer, Scenario, furnished, row};

pub(super) const ROWS: &[Scenario] = &[
    row(
        150,
        "download begins",
        "A file is asked for, and its data connection is about to be used.",
        ["\"/f\"", "(10 bytes) follows"],
        || begun("RETR f"),
    ),
    row(
        150,
        "upload begins",
        "A file is offered under a name that the client chose.",
        ["\"/new\"", "Send"],
        || begun("STOR new"),
    ),
    row(
        150,
        "listing begins",
        "The names in a directory are asked for.",
        ["\"/d\"", "Listing"],
        || begun("LIST d"),
    ),
    row(
        150,
        "the server chooses the name",
        "STOU: the name that was chosen stands in the form of RFC 1123 §4.1.2.9.",
        ["FILE: ", "/f"],
        || begun("STOU f"),
    ),
];

fn begun(line: &str) -> Answer {
    let server = furnished();
    let mut d = server.login();
    let data = d.epsv();
    let reply = d.ask(line);
    drop(data);
    Ok(reply)
}
