//! Situations under TLS, with codes of several classes.

use rustls::version::TLS13;

use super::{Answer, Scenario, ask, ask_before_login, last, row};
use crate::certificates::Authority;
use crate::keeper::Keeper;
use crate::tls::{TlsServer, config};
use crate::{Dialogue, PASSWORD, USER};

pub(super) const ROWS: &[Scenario] = &[
    row(234, "TLS begins", "AUTH TLS on a server with a certificate.", ["TLS", "now"], || {
        ask_in_clear(&[], &["AUTH TLS"])
    }),
    row(200, "data protected", "PROT P after PBSZ 0.", ["data connections", "under TLS"], || {
        ask_under_tls(&["PBSZ 0", "PROT P"])
    }),
    row(
        200,
        "control connection in clear text",
        "CCC after login, where it is allowed.",
        ["control connection continues in the clear", "data connections follow PROT"],
        || {
            let server = TlsServer::with(CCC_ALLOWED);
            let mut d = under_tls(&server);
            d.login(USER, PASSWORD);
            last(&mut d, &["CCC"])
        },
    ),
    row(
        232,
        "certificate instead of password",
        "USER from a client that has shown the account's certificate.",
        ["anna is logged in by certificate", "no password"],
        || by_certificate(|d, _| Ok(d.ask("USER anna"))),
    ),
    row(
        331,
        "somebody else's certificate",
        "USER from a client that has shown another account's certificate.",
        ["bert", "PASS"],
        || by_certificate(|d, _| Ok(d.ask("USER bert"))),
    ),
    row(
        421,
        "data sent right after AUTH",
        "A clear-text command arrives in one piece with AUTH.",
        ["followed AUTH", "send nothing until you have received 234"],
        || ask_in_clear(&[], &["AUTH TLS\r\nUSER alice"]),
    ),
    row(
        421,
        "no TLS after AUTH",
        "The client does not start TLS in time.",
        ["Nothing arrived", "after AUTH"],
        || {
            let server = TlsServer::with(&["--set", "guards.handshake-timeout=1s"]);
            let mut d = server.server.connect();
            d.expect("AUTH TLS", 234);
            Ok(d.reply())
        },
    ),
    row(
        431,
        "no certificate",
        "AUTH TLS on a server without one.",
        ["certificate", "none"],
        || ask_before_login(&["AUTH TLS"]),
    ),
    row(503, "PBSZ before AUTH", "PBSZ without TLS.", ["PBSZ", "send AUTH TLS first"], || {
        ask(&["PBSZ 0"])
    }),
    row(
        503,
        "PROT before PBSZ",
        "PROT as the first command under TLS.",
        ["PROT", "PBSZ 0"],
        || ask_under_tls(&["PROT P"]),
    ),
    row(
        504,
        "mechanism unknown",
        "AUTH with a mechanism other than TLS.",
        ["GSSAPI", "send AUTH TLS"],
        || ask_before_login(&["AUTH GSSAPI"]),
    ),
    row(
        504,
        "protection unknown",
        "PROT with a letter that RFC 2228 does not define.",
        ["C or P", "PROT P"],
        || ask_under_tls(&["PBSZ 0", "PROT X"]),
    ),
    row(
        521,
        "clear-text data where TLS is required",
        "LIST without PROT P.",
        ["LIST", "send PBSZ 0 and PROT P"],
        || ask_where_required(&["LIST"]),
    ),
    row(
        522,
        "session not resumed",
        "A data connection starts a TLS session of its own, where that is not allowed.",
        ["did not resume", "turn on session resumption"],
        not_resumed,
    ),
    row(
        530,
        "clear-text login where TLS is required",
        "USER without AUTH.",
        ["over TLS only", "explicit TLS"],
        || ask_in_clear(&["--tls", "require"], &["USER alice"]),
    ),
    row(533, "no TLS to end", "CCC without TLS.", ["CCC", "send AUTH TLS"], || {
        ask_before_login(&["CCC"])
    }),
    row(
        534,
        "CCC refused",
        "CCC under TLS.",
        ["control connection stays under TLS", "without CCC"],
        || ask_under_tls(&["CCC"]),
    ),
    row(
        534,
        "CCC before login",
        "CCC before login, where CCC is allowed.",
        ["CCC comes after the login", "log in first"],
        || last(&mut under_tls(&TlsServer::with(CCC_ALLOWED)), &["CCC"]),
    ),
    row(
        534,
        "PROT C refused",
        "PROT C where TLS is required.",
        ["under TLS only", "send PROT P"],
        || ask_where_required(&["PBSZ 0", "PROT C"]),
    ),
    row(
        535,
        "data connection of another client",
        "A data connection without the client certificate of the control connection.",
        ["does not show the client certificate", "set the client"],
        || by_certificate(other_certificate),
    ),
    row(
        536,
        "protection level without use",
        "PROT S under TLS.",
        ["PROT S", "send PROT P"],
        || ask_under_tls(&["PBSZ 0", "PROT S"]),
    ),
    row(537, "wrapped command", "MIC under TLS.", ["MIC", "send the command as it is"], || {
        ask_under_tls(&["MIC AAAA"])
    }),
];

/// Makes the server allow CCC in some situations.
const CCC_ALLOWED: &[&str] = &["--set", "tls.ccc=allow"];

/// The reply to the last of some commands under TLS, before login.
fn ask_under_tls(lines: &[&str]) -> Answer {
    let server = TlsServer::with(&[]);
    last(&mut under_tls(&server), lines)
}

/// Like [`ask_under_tls`], after login and EPSV, on a server that requires TLS.
fn ask_where_required(lines: &[&str]) -> Answer {
    let server = TlsServer::with(&["--tls", "require"]);
    let mut d = under_tls(&server);
    d.login(USER, PASSWORD);
    d.epsv_address();
    last(&mut d, lines)
}

/// The reply to the last of some commands in clear text on a server that offers TLS.
fn ask_in_clear(arguments: &[&'static str], lines: &[&str]) -> Answer {
    let server = TlsServer::with(arguments);
    last(&mut server.server.connect(), lines)
}

fn under_tls(server: &TlsServer) -> Dialogue {
    let mut d = server.server.connect();
    d.expect("AUTH TLS", 234);
    d.over_tls(&config(&[&TLS13]))
}

/// A client that does not resume TLS sessions, on a server that requires it.
fn not_resumed() -> Answer {
    use std::io::Write as _;
    let server = TlsServer::with(&["--tls-require-reuse"]);
    server.server.write("f", "0123456789");
    let mut d = under_tls(&server);
    d.login(USER, PASSWORD);
    d.expect("PBSZ 0", 200);
    d.expect("PROT P", 200);
    let data = d.epsv();
    d.expect("RETR f", 150);
    // The server hangs up as soon as it notices.
    let _ = crate::tls::over(data, &config(&[&TLS13])).flush();
    Ok(d.reply())
}

/// A session under TLS of a client that has shown the certificate of the account `anna`.
fn by_certificate(how: fn(&mut Dialogue, &TlsServer) -> Answer) -> Answer {
    let (authority, keeper) = (Authority::new(), Keeper::new());
    keeper.add(&["anna"]);
    keeper.add(&["bert"]);
    let shown = authority.vouch_for("Anna", &[]);
    keeper.user(&["cert", "anna", "--add", shown.certificate_text()]).ok();
    let arguments = [keeper.arguments(), vec!["--client-ca", authority.file()]].concat();
    let server = TlsServer::with(&arguments);
    let mut d = server.server.connect();
    d.expect("AUTH TLS", 234);
    how(&mut d.over_tls(&shown.config(&[&TLS13])), &server)
}

fn other_certificate(d: &mut Dialogue, server: &TlsServer) -> Answer {
    use std::io::Write as _;
    server.server.write("f", "0123456789");
    d.expect("USER anna", 232);
    d.expect("PBSZ 0", 200);
    d.expect("PROT P", 200);
    let data = d.epsv();
    d.expect("RETR f", 150);
    // The server hangs up as soon as it notices.
    let _ = crate::tls::over(data, &config(&[&TLS13])).flush();
    Ok(d.reply())
}
