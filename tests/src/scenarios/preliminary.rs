//! 1yz: the command has been started.

use std::io::Write as _;

use super::{Answer, Scenario, block, furnished, kept_open, row, with};
use crate::Dialogue;

pub(super) const ROWS: &[Scenario] = &[
    row(
        110,
        "restart marker",
        "A marker arrives in an upload in MODE B (RFC 959 §3.5, RFC 1123 §4.1.3.4).",
        ["MARK half = 6", ""],
        marker,
    ),
    row(
        120,
        "server full, waiting",
        "One session more than --max-sessions allows, with a queue to wait in.",
        ["All places are taken", "number 1 in the queue"],
        || {
            let server = with(&["--max-sessions", "1", "--queue", "1"]);
            let _served = server.connect();
            Ok(Dialogue::connect_silently(server.address()).reply())
        },
    ),
    row(
        120,
        "maintenance",
        "A client connects during an announced maintenance.",
        ["under maintenance", "5 minutes"],
        || {
            let server = with(&["--maintenance", "5"]);
            Ok(Dialogue::connect_silently(server.address()).reply())
        },
    ),
    row(
        125,
        "data connection still open",
        "A second download in MODE B, over the connection of the first.",
        ["\"/f\"", "follows"],
        || {
            let (_server, mut d, _data) = kept_open();
            Ok(d.ask("RETR f"))
        },
    ),
    row(
        150,
        "download begins",
        "The client asks for a file, and the data connection is about to be used.",
        ["\"/f\"", "(10 bytes) follows"],
        || begun("RETR f"),
    ),
    row(
        150,
        "upload begins",
        "The client sends a file under a name of its choice.",
        ["\"/new\"", "Send"],
        || begun("STOR new"),
    ),
    row(
        150,
        "listing begins",
        "The client asks for the names in a directory.",
        ["\"/d\"", "Listing"],
        || begun("LIST d"),
    ),
    row(
        150,
        "the server chooses the name",
        "STOU: the reply contains the chosen name in the form of RFC 1123 §4.1.2.9.",
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

fn marker() -> Answer {
    let server = furnished();
    let mut d = server.login();
    d.expect("MODE B", 200);
    let mut data = d.epsv();
    d.expect("STOR g", 150);
    data.write_all(&block(0, b"hello ")).expect("data");
    data.write_all(&block(16, b"half")).expect("data");
    Ok(d.reply())
}
