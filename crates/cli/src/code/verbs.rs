//! Questions about verbs: by name (`STOR`), with an argument (`TYPE A`), or by a client command
//! that becomes a verb on the wire (`put`).

use packetboat_codes::all;
use packetboat_proto::verbs::{SiteVerb, Verb, VerbRow};

/// Verbs whose replies are wanted.
pub(super) struct Verbs {
    pub(super) rows: Vec<&'static VerbRow>,
    /// A remark to print first: how the question became these verbs.
    pub(super) remark: Option<String>,
}

/// A client command.
struct CommandRow {
    /// Its names, in upper or lower case.
    names: &'static [&'static str],
    /// Names that only count in capitals. In lower case they are words to search for.
    words: &'static [&'static str],
    /// The verbs it becomes on the wire. The one that does the work comes last.
    verbs: &'static [Verb],
}

const fn row(
    names: &'static [&'static str],
    words: &'static [&'static str],
    verbs: &'static [Verb],
) -> CommandRow {
    CommandRow { names, words, verbs }
}

/// Commands of clients in use, under the names that several of them share.
static COMMANDS: &[CommandRow] = &[
    row(&["get", "recv"], &["download"], &[Verb::Retr]),
    row(&["mget", "pget"], &[], &[Verb::Mlsd, Verb::List, Verb::Nlst, Verb::Retr]),
    row(&["reget"], &[], &[Verb::Rest, Verb::Retr]),
    row(&["cat"], &[], &[Verb::Retr]),
    row(&["put"], &["send", "upload"], &[Verb::Stor]),
    row(&["mput"], &[], &[Verb::Stor]),
    row(&["reput"], &[], &[Verb::Size, Verb::Rest, Verb::Stor]),
    row(&[], &["append"], &[Verb::Appe]),
    row(
        &["mirror"],
        &["synchronize", "sync"],
        &[Verb::Mlsd, Verb::List, Verb::Retr, Verb::Stor, Verb::Mkd, Verb::Dele],
    ),
    row(&["ls", "dir", "mdir", "mls", "nlist"], &[], &[Verb::Mlsd, Verb::List, Verb::Nlst]),
    row(&["cd", "chdir"], &[], &[Verb::Cwd]),
    row(&["mkdir", "md"], &[], &[Verb::Mkd]),
    row(&["rmdir", "rd"], &[], &[Verb::Rmd]),
    row(&["rm", "del", "mdelete", "mrm"], &["delete"], &[Verb::Dele]),
    row(&["mv", "ren"], &["rename"], &[Verb::Rnfr, Verb::Rnto]),
    row(&["chmod"], &[], &[Verb::Site]),
    row(&["modtime"], &[], &[Verb::Mdtm]),
    row(&["bin"], &["ascii", "binary", "image"], &[Verb::Type]),
    row(&[], &["passive", "epsv4", "epsv6"], &[Verb::Epsv, Verb::Pasv]),
    row(&["sendport"], &["active"], &[Verb::Eprt, Verb::Port]),
    row(&["bye"], &["close", "disconnect", "exit"], &[Verb::Quit]),
    row(&[], &["open", "connect", "login"], &[Verb::User, Verb::Pass]),
];

/// The verbs asked about, if the question is a verb, several verbs, or a client command.
pub(super) fn asked(what: &[String]) -> Option<Verbs> {
    match what {
        [one] if one.contains(' ') => None,
        [one] => {
            by_name(one).map(|row| Verbs { rows: vec![row], remark: None }).or_else(|| command(one))
        }
        // The following words may be an argument of these verbs.
        [first, ..] if ["HELP", "OPTS", "SITE"].contains(&first.as_str()) => None,
        several => {
            let rows: Option<Vec<_>> = several.iter().map(|one| in_capitals(one)).collect();
            rows.filter(|rows| !rows.is_empty()).map(|rows| Verbs { rows, remark: None })
        }
    }
}

/// A verb with its argument, such as `TYPE A`. What follows a verb in capitals is not a word to
/// search for.
pub(super) fn with_argument(text: &str) -> Option<Verbs> {
    let (verb, argument) = text.trim().split_once(' ')?;
    let row = in_capitals(verb)?;
    let of_site = || {
        let name = argument.split_whitespace().next()?;
        let site = SiteVerb::parse(name.as_bytes())?;
        Some(format!("SITE {} {}\n{}", site.name, site.argument, site.help).replace(" \n", "\n"))
    };
    let remark = if row.verb == Verb::Site { of_site() } else { None };
    Some(Verbs { rows: vec![row], remark })
}

fn in_capitals(text: &str) -> Option<&'static VerbRow> {
    let capitals = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    Some(Verb::parse(text.as_bytes()).filter(|_| capitals)?.row())
}

/// The verb with this name. If it is not in capitals, it is only a verb if it is not a word in the
/// catalogue: `port` is searched for, `stor` is STOR.
fn by_name(text: &str) -> Option<&'static VerbRow> {
    let row = Verb::parse(text.as_bytes())?.row();
    (in_capitals(text).is_some() || !is_word(&text.to_ascii_lowercase())).then_some(row)
}

fn is_word(text: &str) -> bool {
    let occurs =
        |within: &str| within.split(|c: char| !c.is_alphanumeric()).any(|word| word == text);
    all().any(|entry| {
        let notes = entry.notes().unwrap_or_default();
        let texts = [entry.meaning(), entry.when(), entry.advice(), notes];
        texts.into_iter().chain(entry.names()).any(occurs)
    })
}

fn command(text: &str) -> Option<Verbs> {
    let is = |name: &&&str| name.eq_ignore_ascii_case(text);
    let capitals = text.bytes().all(|byte| !byte.is_ascii_lowercase());
    let row = COMMANDS.iter().find(|row| {
        row.names.iter().any(|name| is(&name))
            || (capitals && row.words.iter().any(|word| is(&word)))
    })?;
    let rows: Vec<_> = row.verbs.iter().map(|verb| verb.row()).collect();
    let names: Vec<_> = rows.iter().map(|row| row.name).collect();
    let became = match &*names {
        [one] => format!("the verb {one}"),
        [first, .., last] if names.len() == 2 => format!("the verbs {first} and {last}"),
        several => format!("some of the verbs {}", several.join(", ")),
    };
    let remark = format!("{text} is a client command; on the wire it becomes {became}.");
    Some(Verbs { rows, remark: Some(remark) })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PLAIN, ask, ask_on, explain, objects};
    use super::*;

    #[test]
    fn a_verb_is_explained_in_small_letters_and_with_its_argument() {
        let (exit, stor, err) = ask(&["STOR"]);
        assert_eq!((exit, err.as_str()), (0, ""));
        assert!(stor.starts_with("STOR, RFC 959") && stor.contains("552  Quota"), "{stor}");
        assert_eq!(ask(&["stor"]).1, stor);
        assert_eq!(ask(&["STOR file.txt"]).1, stor);
        for (asked, verb) in [
            ("TYPE A", "TYPE"),
            ("AUTH TLS", "AUTH"),
            ("OPTS MLST", "OPTS"),
            ("PORT 127,0,0,1,4,5", "PORT"),
        ] {
            let expected = ask(&[verb]).1;
            assert!(expected.starts_with(verb), "{expected}");
            assert_eq!(ask(&[asked]).1, expected, "{asked}");
            let words: Vec<&str> = asked.split(' ').collect();
            assert_eq!(ask(&words).1, expected, "{words:?}");
        }
        let (_, chmod, _) = ask(&["SITE CHMOD"]);
        let told = "SITE CHMOD octal-mode pathname\nSets the permission bits of a file or directory.\n\nSITE, ";
        assert!(chmod.starts_with(told), "{chmod}");
        // Words of the catalogue are searched for, and names take precedence.
        assert!(!ask(&["port"]).1.starts_with("PORT"));
        assert!(ask(&["HOST not found"]).1.starts_with("11001 "));
        let (_, both, _) = ask(&["RETR", "STOR"]);
        assert!(both.starts_with("RETR, ") && both.contains("\nSTOR, "), "{both}");
    }

    #[test]
    fn a_command_of_clients_is_told_with_its_verbs() {
        for (asked, verbs) in [
            ("put", "the verb STOR."),
            ("GET", "the verb RETR."),
            ("Rename", ""),
            ("REN", "the verbs RNFR and RNTO."),
            ("mirror", "some of the verbs MLSD, LIST, RETR, STOR, MKD, DELE."),
            ("SEND", "the verb STOR."),
        ] {
            let (exit, out, err) = ask(&[asked]);
            assert_eq!((exit, err.as_str()), (0, ""), "{asked}");
            let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
            let told = format!("{asked} is a client command; on the wire it becomes {verbs}");
            assert_eq!(out.starts_with(&told), !verbs.is_empty(), "{asked}: {out}");
        }
        let (_, put, _) = ask(&["put"]);
        assert!(put.contains("STOR, RFC 959") && put.contains("552  Quota exceeded"), "{put}");
        let (_, json, _) = ask_on(PLAIN, &["put"], true, None);
        let codes: Vec<_> = objects(&json).iter().map(|object| object["code"].clone()).collect();
        assert!(codes.contains(&552.into()) && codes.contains(&421.into()), "{codes:?}");
        // A question from standard input gets the same answer.
        assert_eq!(explain("put\n").1, put);
    }

    /// The words of other servers are explained as theirs, with or without the code.
    #[test]
    fn the_usual_sentences_of_other_servers_are_explained() {
        for (line, server, words) in [
            ("451 Error during read from data connection", "Pure-FTPd", "broke"),
            (
                "452 Error during write to file: No space left on device",
                "Pure-FTPd",
                "disk is full",
            ),
            ("552 Quota exceeded: [a.bin] won't be saved", "Pure-FTPd", "pure-quotacheck"),
            ("552 Disk full - please upload later", "Pure-FTPd", "MaxDiskUsage"),
            ("553 Rename/move failure: Permission denied", "Pure-FTPd", "new name"),
            ("421 Too many authentication failures", "Pure-FTPd", "wrong passwords"),
            ("530 Login authentication failed", "Pure-FTPd", "password is wrong"),
            ("421 Timeout - try typing a little faster next time", "Pure-FTPd", "NOOP"),
            ("451 Failure writing to local file.", "vsftpd", "disk is full"),
            ("426 Failure reading network stream.", "vsftpd", "strict_ssl_read_eof"),
            ("550 Failed to open file.", "vsftpd", "does not exist"),
            ("425 Use PORT or PASV first.", "vsftpd", "EPSV"),
            (
                "426 Transfer aborted. Data connection closed",
                "ProFTPD",
                "before the file was complete",
            ),
            (
                "421 No transfer timeout (600 seconds): closing control connection",
                "ProFTPD",
                "TimeoutNoTransfer",
            ),
            (
                "552 STOR denied: quota exceeded: used 10.00 of 10.00 upload Mb",
                "ProFTPD",
                "ftpquota",
            ),
            (
                "530 Sorry, the maximum number of clients (3) for this user are already connected.",
                "ProFTPD",
                "may help",
            ),
            ("550 Couldn't open the file", "FileZilla Server", "has it open"),
            (
                "426 Connection closed; transfer aborted.",
                "FileZilla Server, IIS",
                "before the file was complete",
            ),
            ("550 The system cannot find the file specified. ", "IIS", "no file or folder"),
            (
                "550 The process cannot access the file because it is being used by another process. ",
                "IIS",
                "may help",
            ),
            ("530 User cannot log in.", "IIS", "authorization"),
            ("451 STOR: Input/output error", "several servers", "system log"),
        ] {
            let (exit, out, _) = ask(&[line]);
            assert_eq!(exit, 0, "{line}");
            assert!(out.contains(&format!("  from    {server}\n")), "{line}: {out}");
            let told = out.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(told.contains(words), "{words:?} of {line} is not in {out}");
        }
        let (exit, out, _) = ask(&["Error during read from data connection"]);
        assert_eq!(exit, 0);
        assert!(out.starts_with("451 ") && out.contains("  from    Pure-FTPd\n"), "{out}");
    }

    #[test]
    fn each_name_of_a_command_is_there_once_and_no_verb() {
        let names: Vec<_> =
            COMMANDS.iter().flat_map(|row| [row.names, row.words].concat()).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name}");
            assert!(Verb::parse(name.as_bytes()).is_none(), "{name}");
            assert_eq!(name.to_ascii_lowercase(), **name);
        }
    }
}
