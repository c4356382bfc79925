//! What a code means after one verb, where that is less than all it can mean, and what to do then. A
//! general advice would send those who make a directory to look for one that is missing.

use crate::row::{CodeRow, VerbRow};

/// In the order of code and verb. A verb stands in one row of a code at most.
static ROWS: &[VerbRow] = &[
    VerbRow {
        code: 500,
        verbs: &["HASH", "XCRC", "XMD5", "XSHA", "XSHA1", "XSHA256", "XSHA512", "MD5"],
        meaning: "The server does not hash files, or not in this way.",
        advice: "Let `packetboat hash --download` fetch the file and hash it here.",
    },
    VerbRow {
        code: 500,
        verbs: &["MODE", "STRU", "TYPE"],
        meaning: "The server cannot transfer files in this way.",
        advice: "Leave the option out that asks for it (--mode, --record, --page, --ebcdic): every server \
            has MODE S, STRU F and TYPE A and I.",
    },
    VerbRow {
        code: 501,
        verbs: &["MODE", "STRU", "TYPE"],
        meaning: "The server cannot transfer files in this way.",
        advice: "Leave the option out that asks for it (--mode, --record, --page, --ebcdic): every server \
            has MODE S, STRU F and TYPE A and I.",
    },
    VerbRow {
        code: 504,
        verbs: &["MODE", "STRU", "TYPE"],
        meaning: "The server cannot transfer files in this way.",
        advice: "Leave the option out that asks for it (--mode, --record, --page, --ebcdic): every server \
            has MODE S, STRU F and TYPE A and I.",
    },
    VerbRow {
        code: 504,
        verbs: &["HOST"],
        meaning: "The server has no host of this name.",
        advice: "Check the name that --host (or virtual-host in the configuration) gives; without it the \
            server shows what it has for everybody.",
    },
    VerbRow {
        code: 530,
        verbs: &["USER", "PASS", "ACCT"],
        meaning: "The login failed: user or password is wrong, or the account may not log in.",
        advice: "Check name and password and, on shared hosting, the form of the name (often \
            user@domain); where the server insists on TLS, use it. Repeating the same password may \
            get your address banned.",
    },
    VerbRow {
        code: 550,
        verbs: &["RETR"],
        meaning: "There is no such file, it is a directory, or you have no permission to read it.",
        advice: "If the text does not say which: list the directory above and compare spelling and \
            upper and lower case. A directory is listed, or fetched with everything in it. If the \
            name is there and is a file, the permission is missing: ask the administrator.",
    },
    VerbRow {
        code: 550,
        verbs: &["STOR", "STOU", "APPE"],
        meaning: "The file cannot be stored here: the permission to write is missing, or the \
            directory is, or something else has the name.",
        advice: "If the text does not say which: see whether the directory is there, and make it \
            first if not; if it is, ask the administrator for the permission to write.",
    },
    VerbRow {
        code: 550,
        verbs: &["MKD", "XMKD"],
        meaning: "The directory was not made: the name exists already, the directory above is \
            missing, or you have no permission.",
        advice: "If the text does not say which: list the directory above. If the name is there, \
            there is nothing to make; if the directory above is missing, make that first; else ask \
            the administrator for the permission.",
    },
    VerbRow {
        code: 550,
        verbs: &["RMD", "XRMD"],
        meaning: "The directory was not removed: it is not empty, is no directory, is not there, or \
            you have no permission.",
        advice: "If the text does not say which: list it, hidden names too, and delete what is in it \
            first. If it is empty, ask the administrator for the permission.",
    },
    VerbRow {
        code: 550,
        verbs: &["DELE"],
        meaning: "The file was not deleted: it is not there, is a directory, or you have no \
            permission.",
        advice: "If the text does not say which: list the directory and compare the name; a \
            directory is removed with RMD. If it is a file of that name, ask the administrator for \
            the permission.",
    },
    VerbRow {
        code: 550,
        verbs: &["RNTO"],
        meaning: "The new name was not given: it is taken, its directory is missing, or you have no \
            permission.",
        advice: "If the text does not say which: list the directory of the new name. Make it if it \
            is missing, choose another name if this one is taken, else ask the administrator.",
    },
    VerbRow {
        code: 550,
        verbs: &["CWD", "XCWD", "LIST", "NLST", "MLSD"],
        meaning: "There is no such directory, it is a file, or you have no permission to enter it.",
        advice: "If the text does not say which: list the directory above and compare spelling and \
            upper and lower case. If the name is there and is a directory, ask the administrator \
            for the permission.",
    },
    VerbRow {
        code: 552,
        verbs: &["STOR", "STOU", "APPE", "MKD", "XMKD"],
        meaning: "Your quota is used up, or the space that was set aside for you.",
        advice: "Delete files of yours or ask for a larger quota. What a broken upload has left counts too and may \
            be in no listing: `packetboat rm` with the address of that upload deletes it.",
    },
    VerbRow {
        code: 553,
        verbs: &["STOR", "STOU", "APPE", "RNTO"],
        meaning: "The file cannot have this name: its directory is missing, a directory has the name \
            already, what is there must not be replaced, or the name itself is not allowed.",
        advice: "If the text does not say which: see whether the directory is there, and make it \
            first if not. If it is, choose another name; if every name is refused, you have no \
            permission to write there.",
    },
    VerbRow {
        code: 553,
        verbs: &["MKD", "XMKD"],
        meaning: "The directory cannot have this name: the directory above is missing, the name is \
            taken, or it is not allowed.",
        advice: "If the text does not say which: list the directory above, make it first if it is \
            missing, and choose another name if this one is taken or refused.",
    },
    VerbRow {
        code: 553,
        verbs: &["HASH"],
        meaning: "This has no hash: it is a directory, or no plain file.",
        advice: "Name a file; list the directory to see what is in it.",
    },
    VerbRow {
        code: 556,
        verbs: &["HASH"],
        meaning: "The server refuses to hash so much.",
        advice: "Ask for the hash of a part with RANG, or let `packetboat hash --download` fetch the file \
            and hash it here.",
    },
];

impl CodeRow {
    /// What the code says after a verb, and what to do then.
    pub fn after(&self, verb: &str) -> (&'static str, &'static str) {
        let fits = |row: &&VerbRow| row.code == self.code.number() && row.verbs.contains(&verb);
        match ROWS.iter().find(fits) {
            Some(row) => (row.meaning, row.advice),
            None => (self.meaning, self.advice),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::ReplyCode;

    #[test]
    fn a_verb_has_one_row_of_a_code_and_the_code_is_in_the_catalogue() {
        for (at, row) in ROWS.iter().enumerate() {
            assert!(ReplyCode::known(row.code).row().is_some(), "{}", row.code);
            for verb in row.verbs {
                let same = |other: &VerbRow| other.code == row.code && other.verbs.contains(verb);
                assert!(!ROWS[at + 1..].iter().any(same), "{} {verb}", row.code);
            }
        }
    }

    #[test]
    fn advice_fits_the_verb() {
        let row = ReplyCode::known(553).row().expect("a row");
        assert!(row.after("STOR").1.contains("make it first"));
        assert_eq!(row.after("QUIT"), (row.meaning, row.advice));
        let row = ReplyCode::known(550).row().expect("a row");
        assert!(row.after("MKD").0.contains("exists already"));
    }
}
