//! 3yz: the server expects another command.

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
        "The reply is the same as for a user who exists (RFC 2577 §7).",
        ["nobody", "PASS"],
        || ask_before_login(&["USER nobody"]),
    ),
    row(
        332,
        "account wanted",
        "The password is right, and account information is needed to log in.",
        ["an account is also required", "with ACCT"],
        || {
            let server = wants_account("login");
            let password = format!("PASS {PASSWORD}");
            last(&mut server.connect(), &["USER alice", &password])
        },
    ),
    row(
        332,
        "code wanted",
        "The password is right, and a one-time code is needed to log in.",
        ["one-time code", "send ACCT"],
        || {
            let keeper = Keeper::new();
            keeper.add(&["anna"]);
            keeper.user(&["totp", "anna", "on"]).ok();
            let server = keeper.serve();
            last(&mut server.connect(), &["USER anna", &format!("PASS {KEPT_PASSWORD}")])
        },
    ),
    row(350, "rename begun", "RNFR of an existing file.", ["\"/f\"", "send RNTO"], || {
        ask(&["RNFR f"])
    }),
    row(350, "restart set", "REST with an offset.", ["byte 5", "send RETR"], || ask(&["REST 5"])),
];
