//! [`DEVIATIONS`]: where a row of the verb table differs from RFC 959 §5.4, and why. A test
//! compares the rows with the RFC's table and this list, so every difference is listed here.

use super::Verb::{self, *};

/// One reason why one or more verbs send a code that §5.4 does not list, or never send one that it lists.
#[derive(Debug)]
pub struct Deviation {
    /// The verbs it applies to.
    pub verbs: &'static [Verb],
    /// Codes that we may send although the table does not list them.
    pub added: &'static [u16],
    /// Codes of the table that we never send.
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
        reason: "CDUP is answered like CWD; the 200 in §5.4 is a misprint (RFC 959 erratum 4869, verified).",
    },
    added(
        &[Quit, Site],
        &[421],
        "Any command may be answered 421 when the server must close the connection (RFC 959 §4.2).",
    ),
    added(
        &[Acct, Site],
        &[502],
        "A verb or SITE command that is known but not implemented is answered 502 (RFC 959 §4.2).",
    ),
    added(
        &[User],
        &[232, 336],
        "A security exchange may complete the login or issue a challenge (RFC 2228 §3).",
    ),
    added(&[User], &[503], "After login, another USER requires REIN first (RFC 959 §4.1.1)."),
    added(&[Pwd], &[530], "There is a working directory only after login (RFC 959 §4.1.1)."),
    added(
        &[Rein, Quit, Noop],
        &[501],
        "An unexpected argument is a syntax error in parameters (RFC 959 §4.2).",
    ),
    added(&[Port], &[504], "A bounce to a low port or to another host is refused (RFC 2577 §3)."),
    added(
        &[Port, Pasv],
        &[503],
        "After EPSV ALL, any other way to set up a data connection is out of sequence (RFC 2428 §4).",
    ),
    added(&[Pasv], &[425], "The passive port range may have no free port."),
    added(
        &[Pasv],
        &[522],
        "PASV cannot carry an IPv6 address; 522 with (2) sends the client to EPSV (RFC 2428 §2).",
    ),
    added(
        &[Retr, Stor, Stou, Appe, List, Nlst],
        &[521, 522, 534],
        "The data connection lacks the protection it must have, or its negotiation failed (RFC 4217 §10.2, RFC 2228 §6).",
    ),
    added(
        &[Retr, Stor, Stou, Appe, List, Nlst],
        &[535],
        "The data connection may belong to someone else (RFC 2228 §5.1 and §8.2).",
    ),
    added(
        &[Retr, Stor, Stou, Appe],
        &[554, 555],
        "A transfer after REST reports a restart point that cannot be used (RFC 1123 §4.1.3.4).",
    ),
    added(
        &[Stor, Stou],
        &[550],
        "A missing right is answered 550, as in the scenario of RFC 959 §7; 553 is about the name.",
    ),
    added(
        &[List, Nlst],
        &[550],
        "Waiting does not make a missing path appear, so 450 would mislead (RFC 959 §4.2).",
    ),
    added(&[Stat], &[550], "As with LIST, a missing path is a permanent failure (RFC 959 §4.2)."),
    added(
        &[Cwd, Cdup, Rnto, Rmd, Mkd],
        &[450],
        "A file or directory in use is a transient failure, as with DELE (RFC 959 App. II).",
    ),
    added(
        &[Cwd, Cdup, Rnfr, Rnto, Dele, Rmd, Mkd, Site, Stat],
        &[451],
        "A read or write error of the disk is a local error, as in a transfer (RFC 959 §4.2).",
    ),
    added(
        &[Rnto, Mkd],
        &[452, 552],
        "Creating a name can fail on a full disk or a used-up quota, as storing can (RFC 959 App. II).",
    ),
    added(
        &[Rnto],
        &[550],
        "The right to rename, or the file named by RNFR, may be gone when RNTO arrives.",
    ),
    added(&[Mkd], &[553], "The storage may be unable to hold the name (RFC 959 App. II)."),
    added(
        &[Allo],
        &[452, 552],
        "ALLO is checked against free space and quota before the data arrives (RFC 959 §4.1.3).",
    ),
    added(
        &[Allo],
        &[550],
        "Free space is of no use to an account that may not store; 501 would blame the number.",
    ),
    added(&[Site], &[532], "SITE CPTO stores a file, so it may require an account, as STOR does."),
    added(
        &[Site],
        &[211, 214, 250, 350, 450, 452, 503, 504, 550, 552, 553],
        "SITE HELP returns help, SITE WHO a status, and SITE CPFR and CPTO are RNFR and RNTO for copies; these commands \
         fail as other file commands do (practice of wu-ftpd and ProFTPD).",
    ),
    added(
        &[Help],
        &[504],
        "HELP with a word that is not a verb names a parameter that is not implemented.",
    ),
];
