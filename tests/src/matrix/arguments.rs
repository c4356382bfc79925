//! The arguments that each verb is tried with: first valid ones, then invalid ones. The folder
//! contains the file `f` (ten bytes) and the empty directory `d`. The system never assigns port
//! 1801, so nobody listens there.

use packetboat_proto::verbs::{Argument, VerbRow};

use crate::{PASSWORD, USER};

/// Arguments for verbs whose shape does not say enough.
const BY_VERB: &[(&str, &[&str])] = &[
    ("USER", &[USER, "nobody"]),
    ("PASS", &[PASSWORD, "wrong"]),
    ("ACCT", &["account", "wrong"]),
    ("CWD", &["d", "none", "f"]),
    ("SMNT", &["d"]),
    ("PORT", &["127,0,0,1,7,9", "192,0,2,1,7,9", "127,0,0,1,0,25", "1,2,3"]),
    ("EPRT", &["|1|127.0.0.1|1801|", "|1|192.0.2.1|1801|", "|3|x|1801|", "|1|x|"]),
    ("EPSV", &["1", "2", "ALL", "x"]),
    ("TYPE", &["A", "I", "L 8", "E", "A T", "L 36", "X"]),
    ("STRU", &["F", "R", "P", "X"]),
    ("MODE", &["S", "B", "C", "Z", "X"]),
    ("STOR", &["new", "f", "d", "no/new"]),
    ("STOU", &["new", "no/new"]),
    ("APPE", &["f", "new", "d", "no/new"]),
    ("ALLO", &["10", "10 R 5", "18446744073709551615", "lots"]),
    ("REST", &["5", "11", "soon"]),
    ("RNTO", &["g", "d", "no/g"]),
    ("RMD", &["d", "none", "f"]),
    ("MKD", &["new", "d", "no/new"]),
    (
        "SITE",
        &[
            "HELP",
            "CHMOD 600 f",
            "CHMOD 600 none",
            "CHMOD x f",
            "CPFR f",
            "CPTO g",
            "MKDIR e",
            "WHO",
            "XYZZY",
        ],
    ),
    ("STAT", &["f", "d", "none"]),
    ("HELP", &["RETR", "SITE", "XYZZY"]),
    ("OPTS", &["UTF8 ON", "UTF8 OFF", "MLST size;", "RETR x", "XYZZY"]),
    ("MLSD", &["d", "f", "none"]),
    ("AUTH", &["TLS", "GSSAPI", "XYZZY"]),
    ("PBSZ", &["0", "x"]),
    ("PROT", &["P", "C", "S", "X"]),
    ("LANG", &["en", "tlh"]),
    ("HOST", &["localhost", "example.org", "localhost:21"]),
    ("LPRT", &["4,4,127,0,0,1,2,7,9", "4,4,192,0,2,1,2,7,9", "9,1,1,1,1", "4,4,1"]),
    ("ALGS", &["STATUS64", "XYZZY"]),
    ("RANG", &["2 5", "1 0", "5 2", "x"]),
    ("MFMT", &["20200102030405 f", "20200102030405 none", "20201302030405 f", "f"]),
    ("MFCT", &["20200102030405 f", "20200102030405 none", "20201302030405 f", "f"]),
    ("MFF", &["Modify=20200102030405; f", "Modify=20200102030405; none", "Shoe=42; f", "f"]),
    ("AVBL", &["d", "f", "none"]),
    ("DSIZ", &["d", "f", "none"]),
    ("RMDA", &["d", "f", "none"]),
    ("THMB", &["JPEG 10 10 f", "XYZZY 10 10 f", "JPEG 10 10 none", "f"]),
    ("CSID", &["Name=matrix; Version=1;", "x"]),
    ("MMD5", &["f", "f, f", "none", "d"]),
    ("XCRC", &["f", "\"f\" 2 5", "none", "d"]),
    ("XMD5", &["f", "none", "d"]),
    ("XSHA1", &["f", "none", "d"]),
    ("XSHA256", &["f", "none", "d"]),
    ("XSHA512", &["f", "none", "d"]),
    ("MD5", &["f", "none", "d"]),
    ("HASH", &["f", "none", "d"]),
    ("COMB", &["\"new\" \"f\"", "new f", "new none"]),
    ("PRET", &["RETR f", "RETR none", "STOR new", "XYZZY"]),
    ("SSCN", &["OFF", "ON", "x"]),
];

/// Arguments by shape.
const BY_SHAPE: &[(&str, &[&str])] = &[
    ("pathname", &["f", "none"]),
    ("base64", &["AAAA", "!"]),
    ("identifier", &["x"]),
    ("text", &["x"]),
];

/// The arguments to try a verb with. A verb without arguments is tried with one too many.
///
/// # Panics
///
/// If this module has no arguments for the verb.
pub fn arguments(row: &VerbRow) -> &'static [&'static str] {
    let of = |table: &'static [(&str, &'static [&'static str])], key: &str| {
        table.iter().find(|(name, _)| *name == key).map(|(_, arguments)| *arguments)
    };
    let by_shape = || match row.argument {
        Argument::Nothing => Some(&["surplus"] as &[&str]),
        Argument::Optional(shape) | Argument::Required(shape) => of(BY_SHAPE, shape),
    };
    of(BY_VERB, row.name).or_else(by_shape).unwrap_or_else(|| {
        panic!("give {} arguments in tests/src/matrix/arguments.rs", row.usage())
    })
}
