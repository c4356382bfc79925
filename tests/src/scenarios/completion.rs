//! 2yz: the command is done.

use std::io::Write as _;

use crate::{PASSWORD, Server, Setup, USER};

use super::{
    Answer, Scenario, ask, ask_before_login, ask_with_data, block, furnished, kept_open, last, row,
    wants_account,
};

pub(super) const ROWS: &[Scenario] = &[
    row(200, "still there", "NOOP in a quiet session.", ["session", "alive"], || ask(&["NOOP"])),
    row(200, "parameter set", "The representation type is changed.", ["Type is", "A"], || {
        ask(&["TYPE A"])
    }),
    row(
        200,
        "address taken",
        "The client names one of its own ports for the data.",
        ["EPRT", "127.0.0.1:4000"],
        || ask(&["EPRT |1|127.0.0.1|4000|"]),
    ),
    row(
        200,
        "room for the file",
        "ALLO for a size that fits on the disk.",
        ["enough space", "go ahead"],
        || ask(&["ALLO 10"]),
    ),
    row(
        200,
        "language chosen",
        "LANG with a language that the server speaks.",
        ["fran", ""],
        || ask_before_login(&["LANG fr"]),
    ),
    row(
        202,
        "nothing to mount",
        "SMNT where no other file system is offered.",
        ["nothing to mount", ""],
        || ask(&["SMNT d"]),
    ),
    row(
        202,
        "no account needed",
        "ACCT without having been asked for an account.",
        ["account", ""],
        || ask(&["ACCT x"]),
    ),
    row(
        202,
        "no gateway",
        "ALGS, which is meant for gateways (RFC 6384).",
        ["gateway", ""],
        || ask(&["ALGS STATUS64"]),
    ),
    row(
        211,
        "state of the session",
        "STAT without a name.",
        ["Status of this session", "Logged in as alice"],
        || ask(&["STAT"]),
    ),
    row(211, "features", "FEAT, before the login.", ["Features", "REST STREAM"], || {
        ask_before_login(&["FEAT"])
    }),
    row(
        212,
        "state of a directory",
        "STAT with the name of a directory.",
        ["\"/d\"", "Contents"],
        || ask(&["STAT d"]),
    ),
    row(213, "state of a file", "STAT with the name of a file.", ["\"/f\"", "Status"], || {
        ask(&["STAT f"])
    }),
    row(213, "size", "SIZE of a file in TYPE I.", ["10", ""], || ask(&["SIZE f"])),
    row(213, "time", "MDTM of a file.", ["20", ""], || ask(&["MDTM f"])),
    row(214, "help", "HELP without an argument.", ["Verbs of this server", "RETR"], || {
        ask(&["HELP"])
    }),
    row(214, "help on a verb", "HELP with a verb.", ["RETR", "Sends a file"], || {
        ask(&["HELP RETR"])
    }),
    row(215, "system", "SYST.", ["UNIX", "L8"], || ask(&["SYST"])),
    row(220, "greeting", "A client connects.", ["Packetboat", "ready"], || {
        Ok(crate::Dialogue::connect_silently(furnished().address()).reply())
    }),
    row(
        220,
        "session reset",
        "REIN in a session that is logged in.",
        ["Packetboat", "ready"],
        || ask(&["REIN"]),
    ),
    row(220, "host chosen", "HOST with one of the server's names.", ["localhost", ""], || {
        ask_before_login(&["HOST localhost"])
    }),
    row(221, "end", "QUIT.", ["Goodbye", ""], || ask(&["QUIT"])),
    row(
        225,
        "data connection kept",
        "ABOR without a transfer, while the data connection of the last one is still open.",
        ["No transfer is running", "stays open"],
        || {
            let (_server, mut d, _data) = kept_open();
            Ok(d.ask("ABOR"))
        },
    ),
    row(
        226,
        "download complete",
        "All bytes of a file have been sent.",
        ["\"/f\"", "sent, 10 bytes"],
        || fetched("RETR f"),
    ),
    row(
        226,
        "upload complete",
        "The client closes the data connection at the end of its file.",
        ["\"/g\"", "stored, 3 bytes"],
        || Ok(furnished().login().store("STOR g", b"abc")),
    ),
    row(
        226,
        "listing complete",
        "All names of a directory have been sent.",
        ["\"/\"", "listed"],
        || fetched("NLST"),
    ),
    row(227, "passive port", "PASV over IPv4.", ["Passive Mode", "(127,0,0,1,"], || ask(&["PASV"])),
    row(228, "long passive port", "LPSV.", ["4,4,127,0,0,1,2,", ""], || ask(&["LPSV"])),
    row(229, "extended passive port", "EPSV.", ["Passive Mode", "(|||"], || ask(&["EPSV"])),
    row(230, "logged in", "The right password.", [USER, "logged in"], || {
        ask_before_login(&["USER alice", &format!("PASS {PASSWORD}")])
    }),
    row(
        230,
        "logged in with an account",
        "The right account information, where it is needed to log in.",
        [USER, "logged in"],
        || {
            let server = wants_account("login");
            let password = format!("PASS {PASSWORD}");
            last(&mut server.connect(), &["USER alice", &password, "ACCT cost centre 7"])
        },
    ),
    row(
        250,
        "file system mounted",
        "SMNT with a name that --mount gave.",
        ["\"extra\"", "is mounted"],
        || {
            let folders = vec![("--mount", "extra")];
            Ok(Server::with(Setup { folders, ..Setup::default() }).login().ask("SMNT extra"))
        },
    ),
    row(
        250,
        "directory changed",
        "CWD to an existing directory.",
        ["\"/d\"", "working directory"],
        || ask(&["CWD d"]),
    ),
    row(250, "file deleted", "DELE of a file.", ["\"/f\"", "deleted"], || ask(&["DELE f"])),
    row(250, "file renamed", "RNTO after RNFR.", ["\"/g\"", "new name"], || {
        ask(&["RNFR f", "RNTO g"])
    }),
    row(
        250,
        "upload complete, connection kept",
        "The end of an upload in MODE B is marked in the data (RFC 959 §3.3).",
        ["\"/g\"", "stored, 8 bytes"],
        || {
            let server = furnished();
            let mut d = server.login();
            d.expect("MODE B", 200);
            let mut data = d.epsv();
            d.expect("STOR g", 150);
            data.write_all(&block(64, b"hello")).expect("data");
            Ok(d.reply())
        },
    ),
    row(250, "facts of a file", "MLST.", ["/f", "size=10;"], || ask(&["MLST f"])),
    row(250, "parts joined", "COMB of two parts into a new file.", ["\"/whole\"", ""], || {
        ask(&["COMB \"whole\" \"f\""])
    }),
    row(
        251,
        "MD5 of a file",
        "MD5 with the name of a file (draft-twine-ftpmd5).",
        ["f", "781e5e245d69b566979b86e28d23f2c7"],
        || ask(&["MD5 f"]),
    ),
    row(
        252,
        "MD5 of several files",
        "MMD5 with two names.",
        ["f", "781e5e245d69b566979b86e28d23f2c7"],
        || ask(&["MMD5 f, f"]),
    ),
    row(257, "directory made", "MKD.", ["\"/new\"", "created"], || ask(&["MKD new"])),
    row(
        257,
        "name with quotes",
        "Quotes in a name are doubled.",
        ["\"/a\"\"b\"", "created"],
        || ask(&["MKD a\"b"]),
    ),
    row(
        226,
        "nothing to abort",
        "ABOR without a transfer closes the agreed data connection.",
        ["data connection", "closed"],
        || ask_with_data(&["ABOR"]),
    ),
];

/// The reply at the end of a download or listing.
fn fetched(line: &str) -> Answer {
    let server = furnished();
    let mut d = server.login();
    let data = d.epsv();
    d.expect(line, 150);
    crate::dialogue::all(data);
    Ok(d.reply())
}
