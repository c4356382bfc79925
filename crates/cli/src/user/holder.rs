//! The holders of a count: accounts of the database, given by name, and accounts that PAM or a hook
//! authenticates, given as `pam:anna` or `hook:anna`. The database knows nothing of the latter but
//! the count.

use std::io::{self, Write as _};

use packetboat_accounts::{AccountName, Database, Holder, StoredCount, size};
use serde_json::{Value, json};

use super::show::{COUNTED_ON, Show, amount, amounts, stored};
use super::{Result, failed, not_written, read_or_not};
use crate::exit::Exit;

/// The holder of a count.
#[derive(Clone)]
pub(super) enum CountHolder {
    Here(AccountName),
    Elsewhere(Holder),
}

impl std::str::FromStr for CountHolder {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match Holder::parse_elsewhere(text) {
            Some(holder) => Ok(Self::Elsewhere(holder)),
            None => text
                .parse()
                .map(Self::Here)
                .map_err(|error: packetboat_accounts::NameError| error.to_string()),
        }
    }
}

/// Prints what an account of PAM or a hook has stored.
pub(super) fn show(database: &Database, holder: &Holder, show: &Show) -> Result<Exit> {
    let count = database.stored(holder).map_err(failed)?.ok_or_else(|| not_counted(holder))?;
    let mut out = io::stdout().lock();
    let written = if show.json {
        writeln!(out, "{}", crate::json::line(&object(holder, count)))
    } else {
        let now = if count.in_use { COUNTED_ON } else { "" };
        let amounts = amounts(&count.stored, None, None);
        writeln!(out, "name   {holder}\nstored {amounts}{now}")
    };
    written.map_err(not_written)?;
    Ok(Exit::Ok)
}

/// The same as JSON.
pub(super) fn object(holder: &Holder, count: StoredCount) -> Value {
    json!({"event": "account", "command": "user", "name": holder.to_string(), "stored": stored(Some(count))})
}

/// The same as cells of the list. The account's rights and limits are not known here.
pub(super) fn cells(holder: &Holder, count: StoredCount) -> [String; 3] {
    let StoredCount { stored, .. } = count;
    let amounts =
        format!("-  {}  {}", size::show_rounded(stored.bytes), amount(stored.files, None, "file"));
    [holder.to_string(), "not kept here".to_owned(), amounts]
}

/// Drops the count, since the account's root is not known here. The server counts again at the next
/// login, or right away if the account is logged in.
pub(super) fn recount(database: &Database, holder: &Holder, show: &Show) -> Result<()> {
    if !database.forget_count(holder).map_err(failed)? {
        return Err(not_counted(holder));
    }
    let done = "the count was dropped; the server counts again at the next login or change";
    read_or_not(show.done(done, holder, json!({})))?;
    Ok(())
}

fn not_counted(holder: &Holder) -> super::Failed {
    let why = "it has no quota, or has not logged in with one yet";
    (Exit::Unknown, format!("there is no count for {holder}: {why}; check the name"))
}
