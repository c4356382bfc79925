//! Log formats in which a reply is not written as it was sent: those of servers, and those of curl,
//! .NET and Java. Each format is a row of `FORMS`.

use packetboat_codes::{Class, ReplyCode, SocketCode, told_by_number, told_in_text};
use packetboat_proto::verbs::Verb;
use serde_json::Value;

use super::log::{Find, at_session, code_at, errno_in};
use super::programs;

/// A log format.
struct Form {
    /// A line in this format, for readers of the table and for the tests.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests read it"))]
    example: &'static str,
    /// Finds what a line reports; `None` if the line has another format.
    read: fn(&str) -> Option<Find>,
    /// Whether this is a server's log, with many sessions.
    of_server: bool,
}

const fn form(example: &'static str, read: fn(&str) -> Option<Find>) -> Form {
    Form { example, read, of_server: false }
}

const fn of_server(example: &'static str, read: fn(&str) -> Option<Find>) -> Form {
    Form { example, read, of_server: true }
}

/// The formats. Each is recognized by a single line.
static FORMS: &[Form] = &[
    // packetboat serve --log json, its audit log, and the client's --json
    of_server(
        r#"{"event":"replied","verb":"RETR","argument":"a","code":550,"failure":"a: it is not there."}"#,
        json,
    ),
    // packetboat serve
    of_server("2026-11-24 02:41:59 #12 550 RETR a 0.001 s: a: it is not there.", own),
    // packetboat serve --xferlog
    of_server(
        "Fri Nov 27 00:22:48 2026 0 192.0.2.7 4096 /in/f.bin b _ i r anna ftp-552 0 * i",
        xferlog,
    ),
    // vsftpd with log_ftp_protocol
    of_server(
        r#"Fri Nov 27 03:00:00 2026 [pid 3] [anna] FTP response: Client "::1", "550 Failed to open file.""#,
        vsftpd,
    ),
    // ProFTPD's ExtendedLog: %h %l %u %t "%r" %s %b
    of_server(
        r#"::1 UNKNOWN anna [27/Nov/2026:03:00:00 +0000] "STOR big.iso" 552 1048576"#,
        extended,
    ),
    form("curl: (9) Server denied you to change to the given directory", curl),
    // curl -v
    form("* server did not report OK, got 451", curl_got),
    // FileZilla
    form("Error:\tGnuTLS error -110 in gnutls_record_recv", gnutls),
    // .NET's FtpWebRequest, and with it PowerShell, in any language
    form(
        "The remote server returned an error: (550) File unavailable (e.g., file not found, no access).",
        net,
    ),
    // .NET's trace
    form(
        "System.Net Information: 0 : FtpControlStream#5 - Received response [530 Not logged in]",
        net_trace,
    ),
    // commons-net
    form(
        "FTPConnectionClosedException: FTP response 421 received.  Server closed connection.",
        commons_net,
    ),
];

/// What a line in one of the formats reports, and whether it is from a server's log.
pub(super) fn find_in(line: &str) -> Option<(Find, bool)> {
    FORMS.iter().find_map(|form| Some(((form.read)(line)?, form.of_server)))
}

fn reply(code: ReplyCode, text: &str) -> Find {
    Find::Reply(code, vec![text.to_owned()])
}

/// A word that is a reply code.
fn code_of(word: &str) -> Option<ReplyCode> {
    let (code, _, rest) = code_at(word)?;
    rest.is_empty().then_some(code)
}

/// The JSON object in a line, after whatever a journal puts in front of it.
pub(super) fn object_in(line: &str) -> Option<&str> {
    let start = if line.starts_with("{\"") { 0 } else { line.find(" {\"")? + 1 };
    Some(line[start..].trim_end())
}

fn json(line: &str) -> Option<Find> {
    let object: Value = serde_json::from_str(object_in(line.trim())?).ok()?;
    let number = u16::try_from(object.get("code")?.as_u64()?).ok()?;
    let text = ["failure", "text"].into_iter().find_map(|key| object.get(key)?.as_str());
    // In errors of our client, `failure` is the kind, and `text` is the reply.
    let text = if object["event"] == "error" { object["text"].as_str() } else { text };
    Some(reply(ReplyCode::new(number)?, text.unwrap_or_default()))
}

/// `DATE TIME #SESSION CODE VERB ARGUMENT BYTES bytes SECONDS s: TEXT`. Everything after the code
/// may be missing except the seconds.
fn own(line: &str) -> Option<Find> {
    let (_, behind) = at_session(line)?;
    let mut words = behind.split(' ').peekable();
    let code = code_of(words.next()?)?;
    while let Some(word) = words.next() {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = word.split_once('.').is_some_and(|(seconds, millis)| {
            digits(seconds) && millis.len() == 3 && digits(millis)
        });
        match words.peek() {
            Some(&"s") if is_number => return words.nth(1).is_none().then(|| reply(code, "")),
            Some(&"s:") if is_number => {
                let text: Vec<_> = words.skip(1).collect();
                return Some(reply(code, &text.join(" ")));
            }
            _ => {}
        }
    }
    None
}

/// xferlog(5) has eighteen words and no place for a code. Packetboat appends it to the name of the
/// service.
fn xferlog(line: &str) -> Option<Find> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [.., "i" | "o" | "d", "a" | "r" | "g", _, service, _, _, "c" | "i"] = *words else {
        return None;
    };
    let code = service.strip_prefix("ftp-").filter(|_| words.len() == 18)?;
    Some(reply(code_of(code)?, ""))
}

fn vsftpd(line: &str) -> Option<Find> {
    let (_, rest) = line.split_once(" FTP response: Client \"")?;
    let (_, said) = rest.split_once("\", \"")?;
    let (code, _, text) = code_at(said.strip_suffix('"').unwrap_or(said))?;
    Some(reply(code, text))
}

fn extended(line: &str) -> Option<Find> {
    let (_, request) = line.split_once('"')?;
    let (request, rest) = request.rsplit_once("\" ")?;
    let verb = request.split(' ').next()?;
    Verb::parse(verb.as_bytes())?;
    let mut words = rest.split_whitespace();
    let code = code_of(words.next()?)?;
    let counts = |word: &str| word == "-" || word.bytes().all(|b| b.is_ascii_digit());
    words.next().is_none_or(counts).then(|| reply(code, ""))
}

/// `curl: (NUMBER) WORDS`. The words usually end with the number of the reply, or begin with
/// `Got a` and the number.
fn curl(line: &str) -> Option<Find> {
    let (number, words) = line.trim().strip_prefix("curl: (")?.split_once(") ")?;
    let number: u16 = number.parse().ok()?;
    let got = words.strip_prefix("Got a ").and_then(|rest| rest.split(' ').next());
    let told = got.or(words.rsplit(' ').next()).and_then(code_of);
    if let Some(code) = told.filter(|code| code.row().is_some()) {
        return Some(reply(code, words));
    }
    // The system's own words say which socket error it was, those of the TLS library what failed.
    if let Some(code) = SocketCode::in_text(words).or_else(|| errno_in(words)) {
        return Some(Find::Socket(code, line.to_owned()));
    }
    let row = told_in_text(words).or_else(|| told_by_number("curl", number.into()))?;
    Some(programs::find(row, line, words))
}

fn curl_got(line: &str) -> Option<Find> {
    let (_, number) = line.split_once("server did not report OK, got ")?;
    Some(reply(code_of(number.trim())?, ""))
}

/// `GnuTLS error NUMBER`, in any language.
fn gnutls(line: &str) -> Option<Find> {
    let (_, rest) = line.split_once("GnuTLS")?;
    let mut near = rest.split([' ', ':', ',']).filter(|word| !word.is_empty()).take(3);
    let number = near.find_map(|word| word.parse().ok().filter(|number: &i32| *number < 0))?;
    Some(programs::find(told_by_number("GnuTLS", number)?, line, line))
}

/// The beginnings of HTTP reason phrases, which .NET reports in the same format.
const HTTP: &[&str] = &[
    "Internal Server Error",
    "Interner Serverfehler",
    "Not Implemented",
    "Bad Gateway",
    "Server Unavailable",
    "Service Unavailable",
    "Server nicht verf",
    "Gateway Timeout",
];

/// `SENTENCE: (NUMBER) WORDS`.
fn net(line: &str) -> Option<Find> {
    line.match_indices(": (").find_map(|(at, _)| {
        let (number, text) = line[at + 3..].split_once(')')?;
        let code =
            code_of(number).filter(|code| code.row().is_some_and(|row| row.status.is_ftp()))?;
        let refused = matches!(code.class(), Class::TransientNegative | Class::PermanentNegative);
        let text = text.trim().trim_end_matches('"');
        let web = HTTP.iter().any(|reason| text.starts_with(reason));
        (refused && !web).then(|| reply(code, text))
    })
}

fn net_trace(line: &str) -> Option<Find> {
    let (_, said) = line.split_once("Received response [")?;
    let (code, _, text) = code_at(said.trim_end().trim_end_matches(']'))?;
    Some(reply(code, text))
}

fn commons_net(line: &str) -> Option<Find> {
    let (_, said) = line.split_once("FTP response ")?;
    let (number, rest) = said.split_once(' ')?;
    rest.starts_with("received").then_some(())?;
    Some(reply(code_of(number)?, rest.trim_start_matches("received.").trim()))
}

/// The columns of a log in the W3C format, as IIS writes it. Its `#Fields:` line names them.
#[derive(Default)]
pub(super) struct Columns {
    status: Option<usize>,
    windows: Option<usize>,
}

impl Columns {
    /// Reads the names of the columns, if the line contains them.
    pub(super) fn are_named_in(&mut self, line: &str) -> bool {
        let Some(names) = line.strip_prefix("#Fields:") else { return false };
        let place = |wanted: &str| names.split_whitespace().position(|name| name == wanted);
        *self = Self { status: place("sc-status"), windows: place("sc-win32-status") };
        true
    }

    /// What a line with these columns reports.
    pub(super) fn find_in(&self, line: &str) -> Option<Find> {
        let words: Vec<&str> = line.split(' ').collect();
        let code = code_of(words.get(self.status?)?)?;
        let windows = self.windows.and_then(|place| words.get(place)).copied();
        let windows = windows.filter(|word| !matches!(*word, "0" | "-"));
        let text = windows.map(|number| format!("Windows error {number}")).unwrap_or_default();
        Some(reply(code, &text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::tests::scan;
    use super::*;

    fn is(code: u16, text: &str) -> Vec<Find> {
        vec![reply(ReplyCode::known(code), text)]
    }

    fn failure(name: &str, line: &str) -> Vec<Find> {
        vec![Find::Told(packetboat_codes::told_by_name(name).expect(name), line.to_owned())]
    }

    #[test]
    fn every_form_is_read_by_its_own_row_alone() {
        let told = [
            is(550, "a: it is not there."),
            is(550, "a: it is not there."),
            is(552, ""),
            is(550, "Failed to open file."),
            is(552, ""),
            is(550, "Server denied you to change to the given directory"),
            is(451, ""),
            failure(
                "GNUTLS_E_PREMATURE_TERMINATION",
                "Error: GnuTLS error -110 in gnutls_record_recv",
            ),
            is(550, "File unavailable (e.g., file not found, no access)."),
            is(530, "Not logged in"),
            is(421, "Server closed connection."),
        ];
        for (at, (form, told)) in FORMS.iter().zip(&told).enumerate() {
            assert_eq!(&scan(form.example), told, "{}", form.example);
            let read = |other: &&Form| (other.read)(form.example).is_some();
            let first = FORMS.iter().position(|other| read(&other));
            assert_eq!((first, FORMS.iter().filter(read).count()), (Some(at), 1));
        }
        assert_eq!(told.len(), FORMS.len());
    }

    #[test]
    fn our_own_lines_are_read_whatever_is_missing_in_them() {
        assert_eq!(scan("2026-11-24 02:41:59 #12 226 RETR a b 500 bytes 0.020 s"), is(226, ""));
        assert_eq!(scan("2026-11-24 02:41:59 #12 220 0.000 s"), is(220, ""));
        let times = "2026-11-24 02:41:59 #1 550 RETR 1.5 s 0.001 s: 1.5 s: no";
        assert_eq!(scan(times), is(550, "1.5 s: no"));
        let error = r#"{"event":"error","failure":"refused","code":552,"text":"Full."}"#;
        assert_eq!(scan(error), is(552, "Full."));
        assert_eq!(scan(r#"{"event":"opened","peer":"192.0.2.1:550"}"#), []);
    }

    /// Logs from a journal used to get no explanation at all.
    #[test]
    fn our_own_lines_are_read_behind_what_a_journal_puts_before_them() {
        for before in [
            "",
            "Nov 24 02:41:59 host packetboat[77]: ",
            "Nov  4 02:41:59 host packetboat[77]: ",
            "2026-11-24T02:41:59+0000 host packetboat[77]: ",
            "2026-11-24T02:41:59.123456789Z ",
            "packetboat-1  | ",
        ] {
            let own = "2026-11-24 02:41:59 #12 550 RETR a  b 0.001 s: a  b: it is not there.";
            assert_eq!(scan(&format!("{before}{own}")), is(550, "a  b: it is not there."));
            let well = "2026-11-24 02:41:59 #12 226 RETR a b 500 bytes 0.020 s";
            assert_eq!(scan(&format!("{before}{well}")), is(226, ""));
            let object = r#"{"event":"replied","code":550,"failure":"a {\"b\": no."}"#;
            assert_eq!(scan(&format!("{before}{object}")), is(550, "a {\"b\": no."));
        }
        assert_eq!(scan("#12 550 RETR a 0.001 s: no"), is(550, "no"));
    }

    #[test]
    fn iis_is_read_by_the_names_of_its_columns() {
        let log = "#Software: Microsoft Internet Information Services 10.0\n\
                   #Fields: date time c-ip cs-username s-port cs-method cs-uri-stem sc-status sc-win32-status\n\
                   2026-11-27 03:00:00 192.0.2.7 anna 21 STOR big.iso 550 5\n\
                   2026-11-27 03:00:01 192.0.2.7 - 21 ControlChannelClosed - - 0\n\
                   2026-11-27 03:00:02 192.0.2.7 anna 21 RETR 452 226 0";
        assert_eq!(scan(log), [is(550, "Windows error 5"), is(226, "")].concat());
    }

    #[test]
    fn curl_tells_the_reply_or_its_own_number_stands_for_it() {
        assert_eq!(scan("curl: (67) Access denied: 530"), is(530, "Access denied: 530"));
        assert_eq!(scan("curl: (25) Failed FTP upload: 553"), is(553, "Failed FTP upload: 553"));
        let greeted = "Got a 421 ftp-server response when 220 was expected";
        assert_eq!(scan(&format!("curl: (8) {greeted}")), is(421, greeted));
        let socket = |line: &str| match scan(line).as_slice() {
            [Find::Socket(code, _)] => code.number(),
            other => panic!("{other:?}"),
        };
        assert_eq!(socket("curl: (7) Failed to connect to h port 21: Connection timed out"), 10060);
        assert_eq!(
            socket("curl: (7) Failed to connect to h port 21 after 0 ms: Could not connect"),
            10061
        );
        assert_eq!(socket("curl: (28) Operation too slow"), 10060);
        assert_eq!(socket("curl: (35) Recv failure: Connection reset by peer"), 10054);
        assert_eq!(socket("curl: (52) Empty reply from server"), 10101);
        assert_eq!(socket("curl: (55) Send failure: Broken pipe"), 10058);
        assert_eq!(socket("curl: (56) response reading failed (errno: 110)"), 10060);
        for (line, name) in [
            ("curl: (1) Unsupported protocol: sftp", "CURLE_UNSUPPORTED_PROTOCOL"),
            ("curl: (3) URL malformed", "CURLE_URL_MALFORMAT"),
            (
                "curl: (12) Accept timeout occurred while waiting server connect",
                "CURLE_FTP_ACCEPT_TIMEOUT",
            ),
            ("curl: (13) Bad PASV/EPSV response: 500", "CURLE_FTP_WEIRD_PASV_REPLY"),
            ("curl: (18) transfer closed with 5 bytes remaining to read", "CURLE_PARTIAL_FILE"),
            ("curl: (30) Failed to do PORT", "CURLE_FTP_PORT_FAILED"),
            ("curl: (35) schannel: next InitializeSecurityContext", "CURLE_SSL_CONNECT_ERROR"),
            (
                "curl: (60) More details here: https://curl.se/docs/sslcerts.html",
                "CURLE_PEER_FAILED_VERIFICATION",
            ),
        ] {
            match &*scan(line) {
                [Find::Told(row, _)] => assert_eq!(row.name, name, "{line}"),
                // The reply in the line says more.
                [Find::Reply(code, _)] => {
                    assert_eq!((code.number(), name), (500, "CURLE_FTP_WEIRD_PASV_REPLY"))
                }
                other => panic!("{line}: {other:?}"),
            }
        }
        let expired = scan("curl: (60) SSL certificate problem: certificate has expired");
        assert!(
            matches!(&*expired, [Find::Told(row, _)] if row.phrase == "Certificate expired or not \
                yet valid")
        );
        // A number that nobody knows is counted as one.
        assert!(matches!(&*scan("curl: (99) Unrecoverable error"), [Find::NotUnderstood(_)]));
    }

    #[test]
    fn what_dotnet_says_of_ftp_is_told_from_what_it_says_of_http() {
        let quoted = "Exception calling \"UploadFile\" with \"2\" argument(s): \"The remote server returned an error: \
                      (530) Not logged in.\"";
        assert_eq!(scan(quoted), is(530, "Not logged in."));
        let german = "Der Remoteserver hat einen Fehler zur\u{fc}ckgegeben: (550) Datei nicht verf\u{fc}gbar";
        assert_eq!(scan(german), is(550, "Datei nicht verf\u{fc}gbar"));
        for line in
            ["(500) Internal Server Error.", "(404) Not Found.", "(503) Server Unavailable."]
        {
            let line = format!("The remote server returned an error: {line}");
            assert!(matches!(&*scan(&line), [Find::NotUnderstood(_)]), "{line}");
        }
        let status = scan("StatusCode : ActionNotTakenFileUnavailable");
        assert_eq!(status, is(550, "StatusCode : ActionNotTakenFileUnavailable"));
        assert_eq!(scan("StatusCode : ClosingData"), []);
    }
}
