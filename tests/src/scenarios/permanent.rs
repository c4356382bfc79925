//! 5yz: failed, and the same command will fail again.

use std::io::Write as _;
use std::os::unix::fs::symlink;

use super::{
    Answer, Scenario, ask, ask_before_login, ask_with_data, furnished, last, row, wants_account,
    with,
};
use crate::faults::{as_nobody, on_a_small_disk, with_a_file_limit};
use crate::{Server, Setup, USER, noise};

pub(super) const ROWS: &[Scenario] = &[
    row(
        500,
        "no such verb",
        "A word that is not an FTP verb.",
        ["XYZZY", "is not a command; HELP"],
        || ask(&["XYZZY plugh"]),
    ),
    row(
        500,
        "line too long",
        "A command line beyond the limit.",
        ["line is too long", "have at most"],
        || ask(&[&format!("CWD {}", "x".repeat(10_000))]),
    ),
    row(500, "empty line", "An empty line.", ["line", "no command; HELP"], || ask(&[""])),
    row(
        501,
        "argument missing",
        "RETR without a name.",
        ["RETR", "needs an argument; send RETR"],
        || ask_with_data(&["RETR"]),
    ),
    row(501, "surplus argument", "PWD with an argument.", ["PWD", "takes no argument"], || {
        ask(&["PWD now"])
    }),
    row(
        501,
        "address malformed",
        "PORT with three numbers.",
        ["address is malformed", "send PORT h1"],
        || ask(&["PORT 1,2,3"]),
    ),
    row(
        501,
        "byte that no line may contain",
        "NUL in a name.",
        ["NUL or CR", "send it without"],
        || ask(&["CWD a\0b"]),
    ),
    row(
        501,
        "facts of a file as a directory",
        "MLSD of a file (RFC 3659 §7.2.1).",
        ["\"/f\"", "not a directory"],
        || ask_with_data(&["MLSD f"]),
    ),
    row(
        502,
        "verb known, not built",
        "LOCK, which an expired draft proposed.",
        ["LOCK", "not implemented here; HELP"],
        || ask(&["LOCK"]),
    ),
    row(
        503,
        "password without a user",
        "PASS before USER.",
        ["No user has been named", "send USER first"],
        || ask_before_login(&["PASS x"]),
    ),
    row(
        503,
        "second login",
        "USER in a session that is logged in.",
        ["alice", "already logged in"],
        || ask(&["USER bob"]),
    ),
    row(
        503,
        "new name without the old one",
        "RNTO without RNFR.",
        ["No file to rename", "send RNFR first"],
        || ask(&["RNTO g"]),
    ),
    row(
        503,
        "PASV after EPSV ALL",
        "The client uses PASV after EPSV ALL (RFC 2428 §4).",
        ["PASV", "after EPSV ALL"],
        || ask(&["EPSV ALL", "PASV"]),
    ),
    row(
        504,
        "data to a third host",
        "PORT with an address that is not the client's (RFC 2577 §3).",
        ["192.0.2.1", "is not your address"],
        || ask(&["PORT 192,0,2,1,80,80"]),
    ),
    row(
        504,
        "data to a low port",
        "PORT with a port below 1024 (RFC 2577 §3).",
        ["Port 25", "below 1024"],
        || ask(&["PORT 127,0,0,1,0,25"]),
    ),
    row(
        504,
        "SITE command unknown",
        "SITE with a word that is not one of its commands.",
        ["SITE", "not a command of this server; SITE HELP"],
        || ask(&["SITE XYZZY"]),
    ),
    row(
        501,
        "impossible date",
        "MFMT with a thirteenth month.",
        ["MFMT", "takes a valid time"],
        || ask(&["MFMT 20201302030405 f"]),
    ),
    row(
        504,
        "language unknown",
        "LANG with a language that the server does not speak.",
        ["tlh", "is not a language of this server; send LANG with one of"],
        || ask_before_login(&["LANG tlh"]),
    ),
    row(
        504,
        "host unknown",
        "HOST with a name that is not one of the server's (RFC 7151).",
        ["example.org", "is not a host of this server"],
        || ask_before_login(&["HOST example.org"]),
    ),
    row(504, "size of a byte", "TYPE L 36.", ["8 bits", "use TYPE L 8"], || ask(&["TYPE L 36"])),
    row(
        521,
        "address family unknown",
        "LPRT with a family other than IPv4 and IPv6 (RFC 1639 §3).",
        ["address families", "(4,6)"],
        || ask(&["LPRT 9,1,1,1,1"]),
    ),
    row(
        522,
        "network protocol unknown",
        "EPRT with a family other than IPv4 and IPv6.",
        ["Network protocol", "(1,2)"],
        || ask(&["EPRT |3|x|4000|"]),
    ),
    row(
        522,
        "network protocol of another family",
        "EPSV 2 on an IPv4 connection.",
        ["Network protocol", "(1)"],
        || ask(&["EPSV 2"]),
    ),
    row(
        530,
        "wrong password",
        "PASS with a wrong password.",
        ["User or password", "is wrong"],
        || ask_before_login(&[&format!("USER {USER}"), "PASS wrong"]),
    ),
    row(530, "before login", "RETR before USER and PASS.", ["RETR", "needs a login"], || {
        ask_before_login(&["RETR f"])
    }),
    row(530, "wrong account", "ACCT with the wrong information.", ["account", "is wrong"], || {
        let server = wants_account("store");
        last(&mut server.login(), &["ACCT cost centre 8"])
    }),
    row(
        532,
        "account wanted to store",
        "STOR before the account information that storing needs.",
        ["STOR", "with ACCT"],
        || {
            let server = wants_account("store");
            last(&mut server.login(), &["STOR new"])
        },
    ),
    row(
        532,
        "account wanted to join parts",
        "COMB before the account information that storing needs.",
        ["COMB", "with ACCT"],
        || {
            let server = wants_account("store");
            last(&mut server.login(), &["COMB a b"])
        },
    ),
    row(
        550,
        "no such file system",
        "SMNT with a name that --mount did not give.",
        ["\"elsewhere\"", "not a file system of this server"],
        || {
            let folders = vec![("--mount", "extra")];
            Ok(Server::with(Setup { folders, ..Setup::default() }).login().ask("SMNT elsewhere"))
        },
    ),
    row(
        550,
        "no such file",
        "RETR of a name that does not exist.",
        ["\"/none\"", "no such file"],
        || ask_with_data(&["RETR none"]),
    ),
    row(
        550,
        "listing of a missing name",
        "LIST of a name that does not exist.",
        ["\"/none\"", "no such"],
        || ask_with_data(&["LIST none"]),
    ),
    row(
        550,
        "directory as a file",
        "RETR of a directory.",
        ["\"/d\"", "it is a directory"],
        || ask_with_data(&["RETR d"]),
    ),
    row(550, "file as a directory", "CWD to a file.", ["\"/f\"", "not a directory"], || {
        ask(&["CWD f"])
    }),
    row(
        550,
        "directory not empty",
        "RMD of a directory with something in it.",
        ["\"/d\"", "not empty"],
        || ask(&["MKD d/e", "RMD d"]),
    ),
    row(550, "name taken", "MKD of a name that exists.", ["\"/d\"", "already exists"], || {
        ask(&["MKD d"])
    }),
    row(
        550,
        "permission missing",
        "STOR by an account that may only read.",
        ["\"/new\"", "your account has no right"],
        anonymous_stores,
    ),
    row(
        550,
        "forbidden by the system",
        "RETR of a file that the server's user may not read.",
        ["\"/secret\"", "operating system denies access"],
        || of_nobody("RETR secret"),
    ),
    row(
        550,
        "forbidden by the system, store",
        "STOR into a folder where the server's user may not write.",
        ["\"/new\"", "operating system denies access"],
        || of_nobody("STOR new"),
    ),
    row(
        550,
        "way out of the folder",
        "CWD through a link that leads out of the shared folder.",
        ["\"/far\"", "outside the shared folder"],
        || linked("/", "CWD far"),
    ),
    row(550, "loop of links", "RETR of a link to itself.", ["\"/far\"", "form a loop"], || {
        linked("far", "RETR far")
    }),
    row(
        550,
        "storage read-only",
        "STOR to a file system that is mounted read-only.",
        ["\"/new\"", "storage is read-only"],
        read_only,
    ),
    row(
        551,
        "page type unknown",
        "A page of type 9 in an upload in STRU P.",
        ["\"/new\"", "page has type 9"],
        || stored(&["STRU P"], "STOR new", &[4, 0, 1, 9, b'x']),
    ),
    row(
        552,
        "file too large",
        "An upload exceeds the file size limit of the server's process.",
        ["\"/large\"", "larger than the storage allows"],
        too_large,
    ),
    row(
        553,
        "directory missing",
        "STOR into a directory that does not exist.",
        ["\"/no/such\"", "directory it should be in does not exist"],
        || ask_with_data(&["STOR no/such"]),
    ),
    row(
        553,
        "name too long",
        "STOR under a name that no file system accepts.",
        ["xxx", "cannot hold such a name"],
        || ask_with_data(&[&format!("STOR {}", "x".repeat(300))]),
    ),
    row(
        553,
        "name of a part",
        "STOR under a name that is reserved for interrupted uploads.",
        [".f.part-packetboat", "reserves such names for unfinished uploads"],
        || ask_with_data(&["STOR .f.part-packetboat"]),
    ),
    row(
        553,
        "directory in the way",
        "RNTO onto a directory.",
        ["\"/d\"", "already exists"],
        || ask(&["RNFR f", "RNTO d"]),
    ),
    row(
        554,
        "restart after the end",
        "REST with more bytes than the file has, then RETR.",
        ["\"/f\"", "restart at 10 or less"],
        || ask_with_data(&["REST 11", "RETR f"]),
    ),
    row(
        554,
        "restart in text",
        "REST, then RETR in TYPE A.",
        ["no byte offsets in TYPE A", "send TYPE I"],
        || ask_with_data(&["TYPE A", "REST 5", "RETR f"]),
    ),
    row(
        555,
        "pages appended",
        "APPE in STRU P, where each page has its place in the file.",
        ["Pages", "cannot be appended"],
        || ask_with_data(&["STRU P", "APPE f"]),
    ),
    row(
        556,
        "file too large to hash",
        "HASH of a file larger than --hash-limit allows.",
        ["\"/f\"", "more than this server is set to do in one request"],
        || {
            let server = with(&["--hash-limit", "5"]);
            server.write("f", "0123456789");
            last(&mut server.login(), &["HASH f"])
        },
    ),
    row(
        555,
        "record appended to an incomplete line",
        "APPE in STRU R to a file whose last line has no line end (RFC 1123 §4.1.3.4).",
        ["\"/f\"", "complete record"],
        || ask_with_data(&["STRU R", "APPE f"]),
    ),
];

/// The last reply to an upload.
fn stored(before: &[&str], line: &str, bytes: &[u8]) -> Answer {
    let server = furnished();
    let mut d = server.login();
    for line in before {
        d.expect(line, 200);
    }
    Ok(d.store(line, bytes))
}

fn anonymous_stores() -> Answer {
    let server = furnished();
    let mut d = server.connect();
    d.login("anonymous", "me@example.org");
    d.epsv_address();
    Ok(d.ask("STOR new"))
}

fn of_nobody(line: &str) -> Answer {
    let (server, _folder) = as_nobody()?;
    let mut d = server.login();
    d.epsv_address();
    Ok(d.ask(line))
}

fn linked(to: &str, line: &str) -> Answer {
    let server = furnished();
    symlink(to, server.path("far")).expect("a link");
    let mut d = server.login();
    d.epsv_address();
    last(&mut d, &[line])
}

fn read_only() -> Answer {
    let server = on_a_small_disk("ro,size=1m")?;
    let mut d = server.login();
    d.epsv_address();
    Ok(d.ask("STOR new"))
}

fn too_large() -> Answer {
    let server = with_a_file_limit();
    let mut d = server.login();
    let mut data = d.epsv();
    d.expect("STOR large", 150);
    // The server stops reading at the limit.
    let _ = data.write_all(&noise(4 << 20));
    drop(data);
    Ok(d.reply())
}
