//! Where a row differs from the table of RFC 959 §5.4, and why. A test holds rows, RFC and this list
//! against each other, so no difference goes unnamed.

use super::Verb::{self, *};

/// One reason, for one or more verbs, to send what §5.4 does not list or not to send what it does.
#[derive(Debug)]
pub struct Deviation {
    /// The verbs it applies to.
    pub verbs: &'static [Verb],
    /// Codes we may send beyond the table.
    pub added: &'static [u16],
    /// Codes of the table we never send.
    pub dropped: &'static [u16],
    /// Why, with the source.
    pub reason: &'static str,
}

const fn added(verbs: &'static [Verb], codes: &'static [u16], reason: &'static str) -> Deviation {
    Deviation { verbs, added: codes, dropped: &[], reason }
}

/// Every deviation from RFC 959 §5.4.
pub static DEVIATIONS: &[Deviation] = &[
    Deviation {
        verbs: &[Cdup],
        added: &[250],
        dropped: &[200],
        reason: "CDUP is answered as CWD; §5.4 misprints 200 (RFC 959 erratum 4869, verified).",
    },
    added(
        &[Quit, Site],
        &[421],
        "Any command may be answered 421 when the server must close (RFC 959 §4.2).",
    ),
    added(
        &[Acct, Site],
        &[502],
        "A verb, or a SITE command, that is known and not built says so (RFC 959 §4.2).",
    ),
    added(&[User], &[232, 336], "A security exchange may log in or challenge (RFC 2228 §3)."),
    added(&[User], &[503], "A second USER after login needs REIN first (RFC 959 §4.1.1)."),
    added(&[Pwd], &[530], "A working directory exists only after login (RFC 959 §4.1.1)."),
    added(
        &[Rein, Quit, Noop],
        &[501],
        "A surplus argument is a syntax error in parameters (RFC 959 §4.2).",
    ),
    added(&[Port], &[504], "A bounce to a low port or another host is refused (RFC 2577 §3)."),
    added(
        &[Port, Pasv],
        &[503],
        "After EPSV ALL other ways to set up data come out of sequence (RFC 2428 §4).",
    ),
    added(&[Pasv], &[425], "There may be no port left in the passive range."),
    added(
        &[Pasv],
        &[522],
        "PASV cannot name an IPv6 address; 522 with (2) sends the client to EPSV (RFC 2428 §2).",
    ),
    added(
        &[Retr, Stor, Stou, Appe, List, Nlst],
        &[521, 522, 534],
        "The data connection must be protected, or its negotiation failed (RFC 4217 §10.2, RFC 2228 §6).",
    ),
    added(
        &[Retr, Stor, Stou, Appe, List, Nlst],
        &[535],
        "The data connection may be somebody else's (RFC 2228 §5.1 and §8.2).",
    ),
    added(
        &[Retr, Stor, Stou, Appe],
        &[554, 555],
        "The transfer after REST reports an unusable restart (RFC 1123 §4.1.3.4).",
    ),
    added(
        &[Stor, Stou],
        &[550],
        "A refused right is 550 as in the scenario of RFC 959 §7; 553 is about the name.",
    ),
    added(
        &[List, Nlst],
        &[550],
        "A path that does not exist will not come to be by waiting, so 450 would mislead (RFC 959 §4.2).",
    ),
    added(&[Stat], &[550], "As LIST: a missing path is a permanent failure (RFC 959 §4.2)."),
    added(
        &[Cwd, Cdup, Rnto, Rmd, Mkd],
        &[450],
        "A file or directory in use is a transient failure, as for DELE (RFC 959 App. II).",
    ),
    added(
        &[Cwd, Cdup, Rnfr, Rnto, Dele, Rmd, Mkd, Site, Stat],
        &[451],
        "A disk that fails to read or write is a local error, as in a transfer (RFC 959 §4.2).",
    ),
    added(
        &[Rnto, Mkd],
        &[452, 552],
        "Making a name can meet a full disk or a used-up quota, as storing does (RFC 959 App. II).",
    ),
    added(&[Rnto], &[550], "The right to rename, or the file named by RNFR, may be gone by then."),
    added(&[Mkd], &[553], "The name may be one the storage cannot hold (RFC 959 App. II)."),
    added(
        &[Allo],
        &[452, 552],
        "ALLO is checked against free space and quota before the data comes (RFC 959 §4.1.3).",
    ),
    added(
        &[Allo],
        &[550],
        "Room is of no use to an account that may not store; 501 would blame the number.",
    ),
    added(&[Site], &[532], "SITE CPTO stores a file, so it may want an account as STOR does."),
    added(
        &[Site],
        &[211, 214, 250, 350, 450, 452, 503, 504, 550, 552, 553],
        "SITE HELP helps, SITE WHO tells a status, SITE CPFR and CPTO are RNFR and RNTO for copies; they fail \
         as other file commands do (practice of wu-ftpd and ProFTPD).",
    ),
    added(&[Help], &[504], "HELP for a word that is no verb names a parameter not implemented."),
];
