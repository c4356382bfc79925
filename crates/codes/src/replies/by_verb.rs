//! Meaning and advice for a reply code after one particular verb, where they can be more specific
//! than the code's own row: the general advice for 550 would tell a user whose MKD failed to look
//! for a missing file.

use crate::row::{CodeRow, VerbRow};

/// Ordered by code. For each code, a verb is in at most one row.
static ROWS: &[VerbRow] = &[
    VerbRow {
        code: 500,
        verbs: &["HASH", "XCRC", "XMD5", "XSHA", "XSHA1", "XSHA256", "XSHA512", "MD5"],
        meaning: "The server does not hash files, or not with this algorithm or command.",
        advice: "Let `packetboat hash --download` fetch the file and hash it here.",
    },
    VerbRow {
        code: 500,
        verbs: &["MODE", "STRU", "TYPE"],
        meaning: "The server does not support this type, structure or mode of transfer.",
        advice: "Leave out the option that asks for it (--mode, --record, --page, --ebcdic): every \
            server has MODE S, STRU F and TYPE A and I.",
    },
    VerbRow {
        code: 501,
        verbs: &["MODE", "STRU", "TYPE"],
        meaning: "The server does not support this type, structure or mode of transfer.",
        advice: "Leave out the option that asks for it (--mode, --record, --page, --ebcdic): every \
            server has MODE S, STRU F and TYPE A and I.",
    },
    VerbRow {
        code: 504,
        verbs: &["MODE", "STRU", "TYPE"],
        meaning: "The server does not support this type, structure or mode of transfer.",
        advice: "Leave out the option that asks for it (--mode, --record, --page, --ebcdic): every \
            server has MODE S, STRU F and TYPE A and I.",
    },
    VerbRow {
        code: 504,
        verbs: &["HOST"],
        meaning: "The server has no virtual host with this name.",
        advice: "Check the name given with --host (or virtual-host in the configuration); without \
            it, the server shows its default host.",
    },
    VerbRow {
        code: 530,
        verbs: &["USER", "PASS", "ACCT"],
        meaning: "The login failed: the user name or password is wrong, or the account is not \
            allowed to log in.",
        advice: "Check the name and password and, on shared hosting, the form of the name (often \
            user@domain). If the server requires TLS, use it. Repeating the same password may get \
            your address banned.",
    },
    VerbRow {
        code: 550,
        verbs: &["RETR"],
        meaning: "There is no such file, the name is a directory, or you have no permission to \
            read it.",
        advice: "If the text does not say which: list the parent directory and compare spelling \
            and upper and lower case. If the name is a directory, list it or download it with \
            everything in it. If it is a file, you lack the permission: ask the administrator.",
    },
    VerbRow {
        code: 550,
        verbs: &["STOR", "STOU", "APPE"],
        meaning: "The file cannot be stored here: you have no permission to write, the directory \
            does not exist, or something else has the name.",
        advice: "If the text does not say which: check that the directory exists, and create it \
            first if it does not; if it exists, ask the administrator for permission to write.",
    },
    VerbRow {
        code: 550,
        verbs: &["MKD", "XMKD"],
        meaning: "The directory was not created: the name exists already, the parent directory is \
            missing, or you have no permission.",
        advice: "If the text does not say which: list the parent directory. If the name is there, \
            nothing needs creating; if the parent is missing, create that first; otherwise ask the \
            administrator for permission.",
    },
    VerbRow {
        code: 550,
        verbs: &["RMD", "XRMD"],
        meaning: "The directory was not removed: it is not empty, is not a directory, does not \
            exist, or you have no permission.",
        advice: "If the text does not say which: list the directory, including hidden names, and \
            delete its contents first. If it is empty, ask the administrator for permission.",
    },
    VerbRow {
        code: 550,
        verbs: &["DELE"],
        meaning: "The file was not deleted: it does not exist, is a directory, or you have no \
            permission.",
        advice: "If the text does not say which: list the directory and compare the name; remove a \
            directory with RMD. If the name is a file, ask the administrator for permission.",
    },
    VerbRow {
        code: 550,
        verbs: &["RNTO"],
        meaning: "The rename failed: the new name is taken, its directory is missing, or you have \
            no permission.",
        advice: "If the text does not say which: list the directory of the new name. Create it if \
            it is missing, choose another name if this one is taken, otherwise ask the \
            administrator.",
    },
    VerbRow {
        code: 550,
        verbs: &["CWD", "XCWD", "LIST", "NLST", "MLSD"],
        meaning: "There is no such directory, the name is a file, or you have no permission to \
            enter it.",
        advice: "If the text does not say which: list the parent directory and compare spelling \
            and upper and lower case. If the name is there and is a directory, ask the \
            administrator for permission.",
    },
    VerbRow {
        code: 552,
        verbs: &["STOR", "STOU", "APPE", "MKD", "XMKD"],
        meaning: "Your quota, or the space allocated to you, is used up.",
        advice: "Delete some of your files or ask for a larger quota. What an unfinished upload \
            left behind counts too, even if no listing shows it: `packetboat rm` with the address \
            of that upload deletes it.",
    },
    VerbRow {
        code: 553,
        verbs: &["STOR", "STOU", "APPE", "RNTO"],
        meaning: "The file cannot have this name: its directory is missing, a directory already \
            has the name, the existing file must not be replaced, or the name itself is not \
            allowed.",
        advice: "If the text does not say which: check that the directory exists, and create it \
            first if it does not. If it exists, choose another name; if every name is refused, you \
            have no permission to write there.",
    },
    VerbRow {
        code: 553,
        verbs: &["MKD", "XMKD"],
        meaning: "The directory cannot have this name: the parent directory is missing, the name \
            is taken, or it is not allowed.",
        advice: "If the text does not say which: list the parent directory, create it first if it \
            is missing, and choose another name if this one is taken or refused.",
    },
    VerbRow {
        code: 553,
        verbs: &["HASH"],
        meaning: "The name cannot be hashed: it is a directory or not a regular file.",
        advice: "Name a file; list the directory to see which files it contains.",
    },
    VerbRow {
        code: 556,
        verbs: &["HASH"],
        meaning: "The server refuses to hash a file this large.",
        advice: "Ask for the hash of a range with RANG, or let `packetboat hash --download` fetch \
            the file and hash it here.",
    },
];

impl CodeRow {
    /// The meaning and advice for the code after `verb`.
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
        assert!(row.after("STOR").1.contains("create it first"));
        assert_eq!(row.after("QUIT"), (row.meaning, row.advice));
        let row = ReplyCode::known(550).row().expect("a row");
        assert!(row.after("MKD").0.contains("exists already"));
    }
}
