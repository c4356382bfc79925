//! Tests of the complete answers of `packetboat code` to logs of other programs: what is found,
//! what is counted, and what is said about the rest.

use super::Desk;
use super::tests::{PLAIN, ask, ask_on, explain, objects};

/// The first line of the answer to a log of one line.
fn head(line: &str) -> String {
    // A second line makes it a log rather than a question.
    let (exit, out, err) = explain(&format!("{line}\nthe end\n"));
    assert_eq!((exit, err.as_str()), (0, ""), "{line}");
    out.lines().next().expect(line).to_owned()
}

#[test]
fn lines_of_dotnet_java_python_go_and_other_clients_are_understood() {
    for (line, code) in [
        (
            "System.Net.WebException: The remote server returned an error: (530) Not logged in.",
            "530 ",
        ),
        (
            "Der Remoteserver hat einen Fehler zur\u{fc}ckgegeben: (550) Datei nicht verf\u{fc}gbar",
            "550 ",
        ),
        ("FtpControlStream#5 - Received response [550 File not found]", "550 "),
        (
            "SocketException (0x80004005): No connection could be made because the target machine actively refused it 127.0.0.1:21",
            "10061 ",
        ),
        (
            "System.IO.IOException: An existing connection was forcibly closed by the remote host",
            "10054 ",
        ),
        (
            "A connection attempt failed because the connected party did not properly respond after a period of time",
            "10060 ",
        ),
        ("System.Net.Sockets.SocketException: No such host is known", "11001 "),
        (
            "org.apache.commons.net.ftp.FTPConnectionClosedException: FTP response 421 received.  Server closed connection.",
            "421 ",
        ),
        ("java.net.SocketTimeoutException: Read timed out", "10060 "),
        ("java.net.SocketTimeoutException: connect timed out", "10060 "),
        ("java.net.SocketException: Connection reset", "10054 "),
        ("java.net.ConnectException: Connection refused (Connection refused)", "10061 "),
        ("ConnectionRefusedError: [Errno 111] Verbindungsaufbau abgelehnt", "10061 "),
        ("OSError: (errno: 110)", "10060 "),
        ("ftplib.error_perm: 550 No such file or directory.", "550 "),
        ("dial tcp 192.0.2.1:21: connect: connection refused", "10061 "),
        ("dial tcp 192.0.2.1:21: i/o timeout", "10060 "),
        (
            "Fehler:\tZeit\u{fc}berschreitung der Verbindung nach 20 Sekunden Inaktivit\u{e4}t",
            "10060 ",
        ),
        (
            "Fehler:\tZeit\u{fffd}berschreitung der Verbindung nach 20 Sekunden Inaktivit\u{fffd}t",
            "10060 ",
        ),
        ("Timeout detected. (control connection)", "10060 "),
        ("Lost connection.", "10101 "),
        ("Network error: Connection to \"ftp.example.org\" timed out.", "10060 "),
        ("Error: Connection closed by server", "10101 "),
        ("InternetOpenUrl failed with error 12029", "10061 "),
        (
            " ---> System.Net.Sockets.SocketException (0x80004005): An established connection was aborted by the software in \
             your host machine",
            "10053 ",
        ),
        (
            "The underlying connection was closed: The server committed a protocol violation.",
            ".NET: ",
        ),
        ("Exception from HRESULT: 0x8007274D, an error of sockets", "10061 "),
        ("The error code is 0x80072EFD", "10061 "),
        ("Error: GnuTLS error -15: An unexpected TLS packet was received.", "GnuTLS -15 "),
        (
            "Fatal error: gnutls_record_recv: The TLS connection was non-properly terminated.",
            "TLS: ",
        ),
        (
            "curl: (18) transfer closed with 5 bytes remaining to read",
            "curl 18 CURLE_PARTIAL_FILE, ",
        ),
        ("SSH-2.0-OpenSSH_9.6", "SSH SFTP, "),
        (
            "Fehler:\tVerbindungsversuch fehlgeschlagen mit \"ECONNREFUSED - Verbindung durch Server verweigert\".",
            "10061 ",
        ),
        ("Fehler:\tGnuTLS-Fehler -15: Ein unerwartetes TLS-Paket wurde empfangen.", "GnuTLS -15 "),
        (
            "Win32Exception (0x80090322): Der Zielprinzipalname ist falsch",
            "TLS: Certificate for another name",
        ),
        (
            "System.ComponentModel.Win32Exception (0x80090325)",
            "SSPI 0x80090325 SEC_E_UNTRUSTED_ROOT, ",
        ),
        (
            "System.ComponentModel.Win32Exception: -2146893018",
            "SSPI 0x80090326 SEC_E_ILLEGAL_MESSAGE, ",
        ),
        (
            "curl: (35) schannel: next InitializeSecurityContext failed: SEC_E_UNTRUSTED_ROOT (0x80090325) - The \
             certificate chain was issued by an authority that is not trusted.",
            "TLS: Certificate not trusted",
        ),
        (
            "AuthenticationException: A call to SSPI failed, see inner exception.",
            ".NET: TLS not set up",
        ),
        ("sun.net.ftp.FtpLoginException: Invalid username/password", "530 "),
        (
            "org.apache.commons.net.io.CopyStreamException: IOException caught while copying.",
            "Commons Net CopyStreamException, ",
        ),
        (
            "java.io.IOException: Host attempting data connection 192.0.2.1 is not same as server 198.51.100.7",
            "Commons Net: Data connection from another address",
        ),
        (
            "org.apache.commons.net.MalformedServerReplyException: Could not parse response code.",
            "Commons Net MalformedServerReplyException, ",
        ),
        (
            "ls: Fatal error: connect: Die Wartezeit f\u{fc}r die Verbindung ist abgelaufen",
            "10060 ",
        ),
        ("curl: (64) Requested SSL level failed", "curl 64 CURLE_USE_SSL_FAILED, "),
        ("Error: The server's certificate is unknown.", "TLS: Certificate not trusted"),
        ("curl: (8) Got a 421 ftp-server response when 220 was expected", "421 "),
    ] {
        let head = head(line);
        assert!(head.starts_with(code), "{line}: {head}");
    }
}

#[test]
fn a_session_that_was_not_resumed_is_no_matter_of_ports() {
    for line in [
        "425 Unable to build data connection: TLS session of data connection not resumed.",
        "450 TLS session of data connection has not resumed or the session does not match the control connection",
        "522 SSL connection failed: session reuse required: see require_ssl_reuse option in vsftpd.conf man page",
        "client did not reuse SSL session, rejecting data connection (see the NoSessionReuseRequired TLSOptions parameter)",
    ] {
        let (_, out, _) = explain(&format!("{line}\nthe end\n"));
        assert!(out.contains("resume") && !out.contains("PassivePorts"), "{out}");
        assert!(!out.contains("ProFTPD\n"), "{out}");
        // The cause does not go away by itself, whatever the code says.
        assert!(out.contains("  again   no use"), "{out}");
    }
    let (_, out, _) = ask(&["TLS session of data connection not resumed"]);
    assert!(out.starts_with("425 ") && out.contains("from    FileZilla Server"), "{out}");
}

#[test]
fn a_program_s_number_is_explained_or_leads_to_its_code() {
    for what in [&["curl", "35"][..], &["curl: (35)"], &["CURLE_SSL_CONNECT_ERROR"]] {
        let (exit, out, err) = ask(what);
        assert_eq!((exit, err.as_str()), (0, ""), "{what:?}");
        assert!(
            out.starts_with("curl 35 CURLE_SSL_CONNECT_ERROR, TLS not set up\n  means "),
            "{out}"
        );
    }
    let (exit, out, _) = ask(&["12029"]);
    let first = "WinINet 12029 ERROR_INTERNET_CANNOT_CONNECT, No connection to the server: 10061 in the catalogue.\n10061 ";
    assert!(exit == 0 && out.starts_with(first), "{out}");
    let (exit, out, _) = ask(&["550", "curl", "18"]);
    assert!(exit == 0 && out.starts_with("550 ") && out.contains("\n\ncurl 18 CURLE_"), "{out}");
    // A negated errno as well as a GnuTLS number.
    let (exit, out, _) = ask(&["-110"]);
    assert!(exit == 0 && out.contains("\n10060 ") && out.contains("\n\nGnuTLS -110 "), "{out}");
    let (exit, out, err) = ask(&["-15"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.starts_with("GnuTLS -15 GNUTLS_E_UNEXPECTED_PACKET"), "{out}");
    for what in ["sftp", "ssh", "SFTP"] {
        assert!(ask(&[what]).1.starts_with("SSH SFTP, A protocol other than FTP\n"));
    }
    let (_, out, _) = ask_on(PLAIN, &["curl 35", "curl 7"], true, None);
    let objects = objects(&out);
    assert_eq!((&objects[0]["kind"], &objects[0]["code"]), (&"program".into(), &35.into()));
    assert_eq!((&objects[1]["kind"], &objects[1]["code"]), (&"socket".into(), &10061.into()));
}

/// It used to be found as an argument, but not through a pipe.
#[test]
fn one_line_that_is_no_log_is_a_question() {
    for what in [
        "10060",
        "12029",
        "-5",
        "-15",
        "EAI_AGAIN",
        "timed out",
        "curl 35",
        "errno 28",
        "4xx",
        "0x274D",
    ] {
        let first = |(exit, out, err): (u8, String, String)| {
            (exit, out.lines().next().map(str::to_owned), err)
        };
        assert_eq!(first(explain(&format!("{what}\n"))), first(ask(&[what])), "{what}");
    }
    let (exit, out, _) = explain("550\n10060\n10061\n");
    let heads: Vec<_> =
        out.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!((exit, heads.len()), (0, 3), "{out}");
    assert_eq!(explain("zebrazebra\n").0, 1);
}

#[test]
fn a_log_of_utf_16_with_returns_shows_none() {
    let text = "\u{feff}Antwort: 550 Gr\u{f6}\u{df}e.txt fehlt\r\nFehler: 10061\r\n";
    let log: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (exit, out, err) = ask_on(PLAIN, &[], false, Some(&log));
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.contains("  | Gr\u{f6}\u{df}e.txt fehlt\n") && !out.contains("\\r"), "{out}");
}

#[test]
fn of_many_lines_of_one_cause_a_few_are_shown_and_the_rest_is_counted() {
    let mut log: String = (0..5_000).map(|n| format!("550 No such file {n}\n")).collect();
    log += "530 Login incorrect.\n226 Done\n";
    let (exit, out, _) = explain(&log);
    assert_eq!(exit, 0);
    assert!(out.lines().count() < 60, "{}", out.lines().count());
    assert!(out.contains("  | No such file 4\n") && !out.contains("No such file 5\n"), "{out}");
    assert!(out.contains("\n  550 File unavailable, 4995 more\n"), "{out}");
    assert!(out.contains("530 ") && out.contains("226 "), "{out}");
    assert_eq!(out.matches("  means ").count(), 3, "{out}");
    // A program gets each of them.
    let (_, out, _) = ask_on(PLAIN, &[], true, Some(log.as_bytes()));
    assert_eq!(out.lines().count(), 5_002);
}

/// The same code for another reason is another cause.
#[test]
fn a_cause_that_comes_late_is_shown_whatever_came_before() {
    let mut log: String = (0..20).map(|n| format!("500 What {n}?\n")).collect();
    log += "500 OOPS: child died\n";
    let (_, out, _) = explain(&log);
    assert!(out.contains("from    vsftpd"), "{out}");
    assert!(out.contains("\n  500 ") && out.contains(", 15 more\n"), "{out}");
}

#[test]
fn errors_that_are_not_understood_are_counted() {
    let log = "220 Hello\nError: the moon is full\n---> STOR error\nError: File transfer failed\n\
               Fehler: noch einer\nError: three\nError: four\n";
    let (exit, out, _) = explain(log);
    assert_eq!(exit, 0);
    let rest = "\n4 lines report an error but were not understood:\n  | Error: the moon is full\n  | Fehler: noch einer\n  \
                | Error: three\n";
    assert!(out.ends_with(rest), "{out}");
    let (_, out, _) = ask_on(PLAIN, &[], true, Some(log.as_bytes()));
    let last = objects(&out).pop().expect("an object");
    assert_eq!((&last["kind"], &last["count"]), (&"not-understood".into(), &4.into()));
    // If there is nothing else, it is reported, too.
    let (exit, out, err) = explain("Error: the moon is full\nhello\n");
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(
        err.contains(
            "; 1 line reports an error but was not understood, the first: Error: the moon"
        ),
        "{err}"
    );
    assert!(!explain("220 Hello\n226 Done\n").1.contains("understood"));
}

#[test]
fn what_passes_by_itself_is_said_to_whatever_the_code_promises() {
    for line in [
        "530 Too many users are logged in",
        "550 \"/f\": your account may change nothing until 2026-11-27 20:00:00 UTC; try again then.",
    ] {
        let (_, out, _) = ask(&[line]);
        assert!(out.contains("  again   trying again may help."), "{out}");
    }
    let denied = "550 \"/f\": the server's operating system denies access; ask the administrator to change its permissions.";
    let (_, out, _) = ask(&[denied]);
    assert!(out.contains("every account") && out.contains("  again   no use"), "{out}");
}

/// A line that only says that something has failed is shown if there is nothing else, and left out
/// beside its cause.
#[test]
fn a_consequence_is_told_where_its_cause_is_not() {
    for line in [
        "Error: Critical file transfer error",
        "Fehler:\tKritischer Datei\u{fc}bertragungsfehler",
        "Fehler:\tKritischer Datei\u{fffd}bertragungsfehler nach \u{fffd}bertragung von 5 Bytes",
    ] {
        assert_eq!(head(line), "client: The transfer was abandoned");
        assert!(ask(&[line]).1.starts_with("client: The transfer was abandoned\n"), "{line}");
        let (_, out, _) = explain(&format!("Antwort: 550 x: Permission denied\n{line}\n"));
        assert!(out.starts_with("550 ") && !out.contains("given up"), "{out}");
        let (_, out, _) = explain(&format!("{line}\nAntwort: 550 x: Permission denied\n"));
        assert!(out.starts_with("550 ") && !out.contains("given up"), "{out}");
    }
    let (_, out, _) = ask_on(PLAIN, &["Critical file transfer error"], true, None);
    assert_eq!(objects(&out)[0]["phrase"], "The transfer was abandoned");
}

/// The name of a file is not an error, whatever it says.
#[test]
fn a_command_in_a_log_is_no_error() {
    for arrow in ["->", "--->", ">", "> 2026-11-27 10:00:00.123", "Befehl:", "10:00:01 Command:"] {
        let log = format!("226 Done\n{arrow} STOR an Exception, ECONNREFUSED 0x80090325\n");
        let (_, out, _) = explain(&log);
        assert!(out.starts_with("226 ") && out.matches("\n\n").count() == 0, "{out}");
        assert!(!out.contains("understood"), "{out}");
    }
    let (_, out, _) = explain("226 Done\n ---> System.IO.IOException: who knows\n");
    assert!(out.contains("1 line reports an error but was not understood"), "{out}");
}

#[test]
fn a_verb_brings_its_replies() {
    let (exit, out, err) = ask(&["SIZE"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.starts_with("SIZE, RFC 3659 \u{a7}4\n  does    "), "{out}");
    assert!(out.contains("\n  213  File status\n") && out.contains("\n  550  "), "{out}");
    assert!(!out.contains("10040"), "{out}");
    // By an older name, and for programs.
    assert!(ask(&["XMKD"]).1.starts_with("MKD, "));
    let (_, out, _) = ask_on(PLAIN, &["CDUP"], true, None);
    let codes: Vec<_> = objects(&out).iter().map(|object| object["code"].as_u64()).collect();
    assert!(codes.contains(&Some(421)) && codes.contains(&Some(550)), "{out}");
    for row in packetboat_proto::verbs::VERBS {
        assert!(ask(&[row.name]).1.starts_with(&format!("{}, ", row.name)), "{}", row.name);
    }
    // In lower case it is a word.
    assert!(ask(&["host"]).1.contains("11001"));
}

#[test]
fn a_passive_port_that_does_not_answer_is_told_as_that() {
    let log = "Response:\t227 Entering Passive Mode (192,168,1,5,200,10).\nCommand:\tMLSD\n\
               Error:\tConnection timed out after 20 seconds of inactivity\n\
               Error:\tFailed to retrieve directory listing\n";
    let (_, out, _) = explain(log);
    assert!(
        out.contains("\ndata connection: The passive port did not answer, at a private address\n"),
        "{out}"
    );
    assert!(
        out.contains("NAT") && !out.contains("10060") && !out.contains("not understood"),
        "{out}"
    );
}

/// Each session in a server's log has the same successes, so they are counted after the failures.
#[test]
fn what_went_well_in_the_log_of_a_server_is_a_line_for_each_code() {
    let well = r#"{"time":"2026-11-27T18:31:16.914Z","session":1,"event":"replied","verb":"EPSV","code":229,"failure":null}
{"time":"2026-11-27T18:31:16.915Z","session":1,"event":"replied","verb":"RETR","code":226,"failure":null}
"#;
    let failed = r#"{"time":"2026-11-27T18:31:16.916Z","session":1,"event":"replied","verb":"RETR","code":550,"failure":"no"}
"#;
    let log = format!("{well}{failed}{well}{failed}{well}");
    let (exit, out, err) = explain(&log);
    assert_eq!((exit, err.as_str()), (0, ""));
    let tail = "\n\nWhat went well:\n  229 Extended passive mode, 3 times\n  226 Transfer complete, 3 times\n";
    assert!(out.starts_with("550 File unavailable, 2 times\n"), "{out}");
    assert!(out.ends_with(tail) && !out.contains("blocked by a firewall"), "{out}");
    let (_, out, _) = explain(well);
    assert_eq!(
        out,
        "What went well:\n  229 Extended passive mode, once\n  226 Transfer complete, once\n"
    );
    // A single success is a question about its meaning, and a client's session is shown in order.
    let (_, out, _) = explain("2026-11-24 02:41:59 #12 226 RETR a 500 bytes 0.020 s\n#\n");
    assert!(out.starts_with("226 Transfer complete\n  means"), "{out}");
    let (_, out, _) = explain("229 ok (|||1|)\n226 done\n229 ok (|||2|)\n");
    assert!(out.starts_with("229 Extended passive mode\n  | ok") && !out.contains("went"), "{out}");
}

#[test]
fn our_own_transfer_log_and_what_the_log_says_of_certificates_are_understood() {
    let line =
        |end: &str| format!("Fri Nov 27 00:22:48 2026 0 192.0.2.7 4096 /f b _ i r anna {end}\n");
    let log = line("ftp-226 0 * c") + &line("ftp-552 0 * i") + &line("ftp 0 * i");
    let (exit, out, _) = explain(&log);
    assert!(exit == 0 && out.starts_with("552 "), "{out}");
    assert!(out.ends_with("What went well:\n  226 Transfer complete, once\n"), "{out}");
    let why = "the certificate of the other side is refused: its authority has revoked it";
    for line in [
        format!("2026-11-27 18:30:39 #1 TLS failed: {why}"),
        format!("Nov 27 18:30:39 host packetboat[77]: #1 TLS failed: {why}"),
        format!(
            r#"{{"time":"2026-11-27T18:30:39Z","session":1,"event":"not secured","error":"{why}"}}"#
        ),
    ] {
        assert_eq!(head(&line), "TLS: Client certificate refused", "{line}");
    }
}

/// This used to be reported as a failure to write the answer.
#[test]
fn a_log_that_cannot_be_read_is_told_as_that_behind_what_came() {
    struct Broken(std::io::Cursor<&'static [u8]>);
    impl std::io::Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(std::io::Error::other("the tape has torn")),
                read => Ok(read),
            }
        }
    }
    for (log, told) in [("", ""), ("550 No such file\n", "550 File unavailable")] {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut input = std::io::BufReader::new(Broken(std::io::Cursor::new(log.as_bytes())));
        let (json, yours) = (false, Default::default());
        let mut desk = Desk { out: &mut out, err: &mut err, screen: PLAIN, json, yours };
        let exit = desk.answer(&[], Some(&mut input)).expect("a vector takes everything");
        let (out, err) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
        assert_eq!((exit, err.lines().count()), (8, 1), "{err}");
        assert!(out.starts_with(told) && out.is_empty() == told.is_empty(), "{out}");
        assert!(err.contains("cannot read the log: the tape has torn"), "{err}");
    }
}
