//! 3yz: the next command is awaited.

use super::{Scenario, ask, ask_before_login, last, row, wants_account};
use crate::PASSWORD;
use crate::keeper::{KEPT_PASSWORD, Keeper};

pub(super) const ROWS: &[Scenario] = &[
    row(331, "password wanted", "A user is named.", ["alice", "PASS"], || {
        ask_before_login(&["USER alice"])
    }),
    row(
        331,
        "unknown user",
        "A user who does not exist is answered as one who does (RFC 2577 §7).",
        ["nobody", "PASS"],
        || ask_before_login(&["USER nobody"]),
    ),
    row(
        332,
        "account wanted",
        "The password is right, and account information is wanted to log in.",
        ["an account is needed", "send ACCT"],
        || {
            let server = wants_account("login");
            let password = format!("PASS {PASSWORD}");
            last(&mut server.connect(), &["USER alice", &password])
        },
    ),
    row(
        332,
        "code wanted",
        "The password is right, and a one-time code is wanted to log in.",
        ["one-time code", "send ACCT"],
        || {
            let keeper = Keeper::new();
            keeper.add(&["anna"]);
            keeper.user(&["totp", "anna", "on"]).ok();
            let server = keeper.serve();
            last(&mut server.connect(), &["USER anna", &format!("PASS {KEPT_PASSWORD}")])
        },
    ),
    row(350, "rename begun", "RNFR of a file that is there.", ["\"/f\"", "send RNTO"], || {
        ask(&["RNFR f"])
    }),
    row(350, "restart set", "REST with an offset.", ["byte 5", "send RETR"], || ask(&["REST 5"])),
];
