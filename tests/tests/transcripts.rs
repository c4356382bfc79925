//! Dialogues by hand, reply by reply: the codes of RFC 959, 2389, 2428 and 3659, and texts that
//! name the thing.

use std::io::Write as _;

use packetboat_tests::dialogue::all;
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, accept, noise};

#[test]
fn logins_and_refusals() {
    let server = Server::start();
    let mut d = server.connect();
    d.expect("RETR x", 530).says("RETR needs a login; send USER and PASS first.");
    d.expect("PASS x", 503).says("send USER first");
    d.expect(format!("USER {USER}"), 331).says(USER);
    d.expect("CWD /", 530);
    d.expect("PASS wrong", 530).says("User or password is wrong");
    d.expect(format!("PASS {PASSWORD}"), 503).says("send USER first");
    // The reply for an unknown name is the same.
    d.expect("USER nobody-of-that-name", 331).says("Send the password of");
    d.expect("PASS wrong", 530).says("User or password is wrong");
    d.login(USER, PASSWORD);
    d.expect("USER bob", 503).says(&format!("{USER} is already logged in"));
    d.expect("PASS again", 503);
    d.expect("QUIT", 221);
    assert!(d.next_reply().is_none());
    server.wait_for_log("closed by");
    assert!(!server.log().contains(PASSWORD) && !server.log().contains("PASS wrong"));
}

#[test]
fn anonymous_reads_and_nothing_else() {
    let server = Server::start();
    server.write("a.txt", "public");
    let mut d = server.connect();
    d.expect("USER anonymous", 331).says("e-mail");
    d.expect("PASS me@example.org", 230);
    d.expect("TYPE I", 200);
    assert_eq!(d.fetch("RETR a.txt"), b"public");
    d.epsv_address();
    d.expect("STOR b.txt", 550).says("\"/b.txt\": your account has no right to do this");
    d.expect("DELE a.txt", 550).says("\"/a.txt\"");
    d.expect("MKD d", 550);
    d.expect("RNFR a.txt", 550);
    d.expect("RNTO b.txt", 503);
    assert_eq!(server.names(), ["a.txt"]);
}

#[test]
fn five_wrong_passwords_end_the_session() {
    let server = Server::start();
    let mut d = server.connect();
    for _ in 0..4 {
        d.expect(format!("USER {USER}"), 331);
        d.expect("PASS guess", 530);
    }
    d.expect(format!("USER {USER}"), 331);
    d.expect("PASS guess", 421).says("5 logins were refused");
    assert!(d.next_reply().is_none());
}

#[test]
fn what_the_server_tells_of_itself() {
    let server = Server::start();
    let mut d = server.connect();
    let feat = d.expect("FEAT", 211);
    let features: Vec<String> =
        feat.lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let inner = &features[1..features.len() - 1];
    // RFC 2389 §3.2: exactly one space before each feature.
    assert!(inner.iter().all(|line| line.starts_with(' ') && !line.starts_with("  ")), "{inner:?}");
    for feature in [" EPRT", " EPSV", " MDTM", " REST STREAM", " SIZE", " TVFS", " UTF8"] {
        assert!(inner.iter().any(|line| line == feature), "{feature} in {inner:?}");
    }
    assert!(inner.iter().any(|line| line.starts_with(" MLST ") && line.contains("size*;")));
    d.expect("SYST", 215).says("UNIX Type: L8");
    d.expect("HELP", 214).says("RETR");
    d.expect("HELP retr", 214).says("RETR");
    // RFC 959 §4.1.3 names HELP SITE as the way to learn the SITE commands, and HELP works before
    // login.
    d.expect("HELP SITE", 214).says("SITE CHMOD octal-mode pathname").says("SITE WHO");
    d.expect("HELP SITE CHMOD", 214).says("SITE CHMOD octal-mode pathname: Sets");
    d.expect("HELP APSV", 504).says("APSV is not implemented here");
    d.expect("HELP XYZZY", 504).says("XYZZY is not a command; HELP lists");
    d.expect("NOOP", 200);
    d.expect("STAT", 530);
    d.expect("OPTS UTF8 ON", 200);
    d.expect("OPTS MLST size;type;", 200).says("MLST OPTS");
    d.expect("OPTS RETR x", 501);
    d.login(USER, PASSWORD);
    d.expect("STAT", 211).says(&format!("Logged in as {USER}")).says("127.0.0.1");
    d.expect("SITE HELP", 214).says("SITE CHMOD");
    d.expect("SITE HELP utime", 214).says("SITE UTIME YYYYMMDDhhmm[ss] pathname");
    d.expect("SITE HELP XYZZY", 504).says("SITE XYZZY");
    d.expect("SITE XYZZY", 504).says("SITE XYZZY").says("SITE HELP");
}

#[test]
fn verbs_not_built_and_words_that_are_no_verbs() {
    let server = Server::start();
    let mut d = server.login();
    for verb in ["APSV", "LOCK", "SPDT x"] {
        let reply = d.expect(verb, 502);
        let name = verb.split(' ').next().expect("a name").to_owned();
        reply.says(&format!("{name} is not implemented here"));
    }
    d.expect("XYZZY plugh", 500).says("XYZZY is not a command");
    d.expect("", 500).says("no command");
    d.expect("noop", 200);
}

#[test]
fn parameters() {
    let server = Server::start();
    let mut d = server.login();
    for taken in
        ["TYPE A", "TYPE A N", "TYPE E", "TYPE I", "TYPE L 8", "type i", "STRU P", "STRU F"]
    {
        d.expect(taken, 200);
    }
    for mode in ["MODE B", "MODE C", "MODE Z", "MODE S"] {
        d.expect(mode, 200);
    }
    d.expect("TYPE L 36", 504).says("8 bits");
    for unknown in ["TYPE X", "TYPE U", "TYPE A X", "STRU X", "MODE X"] {
        d.expect(unknown, 504).says("send one of these");
    }
    for wrong in ["TYPE", "STRU", "MODE", "TYPE L", "TYPE 8", "TYPE I N", "MODE SS", "TYPE L many"]
    {
        d.expect(wrong, 501);
    }
    d.expect("ALLO 1000", 200);
    d.expect("ALLO 1000 R 80", 200);
    d.expect("ALLO lots", 501);
    d.expect(format!("ALLO {}", u64::MAX), 452).says("bytes are free");
}

#[test]
fn directories_and_names() {
    let server = Server::start();
    let mut d = server.login();
    d.expect("PWD", 257).says("\"/\" is the working directory");
    d.expect("MKD a \"quoted\" one", 257).says("\"/a \"\"quoted\"\" one\" created");
    d.expect("CWD a \"quoted\" one", 250).says("\"/a \"\"quoted\"\" one\"");
    d.expect("XPWD", 257).says("\"/a \"\"quoted\"\" one\"");
    d.expect("XMKD inner", 257).says("/inner\"");
    d.expect("XCWD inner", 250);
    d.expect("XCUP", 250).says("\"/a \"\"quoted\"\" one\"");
    d.expect("CDUP", 250).says("\"/\"");
    d.expect("RMD a \"quoted\" one", 550).says("not empty");
    d.expect("XRMD a \"quoted\" one/inner", 250).says("removed");
    d.expect("RMD a \"quoted\" one", 250);
    d.expect("CWD nowhere", 550).says("\"/nowhere\": no such file or directory");
    server.write("f", "content");
    d.expect("CWD f", 550).says("not a directory");
    d.expect("MKD f", 550).says("already exists");
    d.expect("MKD no/such", 553);
    d.expect("RMD f", 550).says("not a directory");
    d.expect("RNFR nothing", 550).says("\"/nothing\"");
    d.expect("RNTO g", 503).says("RNFR first");
    d.expect("RNFR f", 350).says("send RNTO");
    d.expect("RNTO g", 250).says("\"/g\" is the new name");
    d.expect("RNFR g", 350);
    d.expect("NOOP", 200);
    d.expect("RNTO h", 503);
    d.expect("DELE f", 550);
    d.expect("DELE g", 250).says("\"/g\" deleted");
    assert!(server.names().is_empty());
}

#[test]
fn facts_of_files() {
    let server = Server::start();
    server.write("f", "seven b");
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(951_827_696);
    let file = std::fs::File::options().write(true).open(server.path("f")).expect("a file");
    file.set_modified(time).expect("its time");
    std::fs::create_dir(server.path("d")).expect("a directory");
    let mut d = server.login();
    d.expect("SIZE f", 213).says("7");
    d.expect("SIZE d", 550).says("is a directory");
    d.expect("SIZE none", 550);
    assert_eq!(d.expect("MDTM f", 213).text(), "20000229123456");
    let facts = d.expect("MLST f", 250);
    let line = String::from_utf8_lossy(&facts.lines[1]).to_lowercase();
    assert!(line.starts_with(' ') && line.ends_with("; /f"), "{line}");
    assert!(line.contains("type=file;") && line.contains("size=7;"), "{line}");
    assert!(line.contains("modify=20000229123456;"), "{line}");
    d.expect("MLST none", 550);
    let listing = String::from_utf8(d.fetch("MLSD")).expect("text").to_lowercase();
    assert_eq!(listing.matches("\r\n").count(), listing.matches('\n').count());
    assert!(listing.contains("type=dir;") && listing.contains("; d\r\n"), "{listing}");
    assert!(listing.contains("size=7;") && listing.contains("; f\r\n"), "{listing}");
    d.epsv_address();
    d.expect("MLSD f", 501).says("not a directory");
    d.expect("TYPE A", 200);
    d.expect("SIZE f", 550).says("TYPE I");
    d.expect("STAT f", 213).says("\"/f\"").says("7");
    d.expect("STAT /", 212).says(" f");
    d.expect("STAT none", 550);
    d.expect("SITE CHMOD 600 f", 200).says("\"/f\" changed");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = server.path("f").metadata().expect("the file").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    d.expect("SITE CHMOD 4755 f", 501);
    d.expect("SITE CHMOD 999 f", 501);
}

#[test]
fn listings() {
    let server = Server::start();
    for name in ["b.txt", "a.txt", "c.bin"] {
        server.write(name, "x");
    }
    let mut d = server.login();
    let names = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).expect("text");
        let mut names: Vec<String> = text.split_terminator("\r\n").map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(names(d.fetch("NLST")), ["a.txt", "b.txt", "c.bin"]);
    assert_eq!(names(d.fetch("NLST *.txt")), ["a.txt", "b.txt"]);
    assert_eq!(names(d.fetch("NLST -a")), ["a.txt", "b.txt", "c.bin"]);
    for line in ["LIST", "LIST -la", "LIST -la /", "LIST /"] {
        let lines = names(d.fetch(line));
        assert_eq!(lines.len(), 3, "{line}: {lines:?}");
        assert!(lines.iter().all(|line| line.starts_with("-rw")), "{lines:?}");
    }
    assert_eq!(names(d.fetch("LIST a.txt")).len(), 1);
    d.epsv_address();
    d.expect("LIST none", 550).says("\"/none\"");
    // The refused command did not use up the data connection.
    let listing = d.ask("ABOR").code(226);
    assert!(listing.text().contains("closed"));
    d.expect("LIST", 425).says("LIST needs a data connection; send EPSV");
}

#[test]
fn downloads_from_an_offset() {
    let server = Server::start();
    let content = noise(100_000);
    server.write("f", &content);
    let mut d = server.login();
    assert_eq!(d.fetch("RETR f"), content);
    d.expect("REST 99990", 350).says("99990");
    assert_eq!(d.fetch("RETR f"), content[99_990..]);
    // REST applies to one transfer (RFC 3659 §5).
    assert_eq!(d.fetch("RETR f"), content);
    d.expect("REST 100000", 350);
    assert_eq!(d.fetch("RETR f"), b"");
    d.expect("REST 100001", 350);
    d.epsv_address();
    d.expect("RETR f", 554).says("\"/f\"").says("restart at 100000 or less");
    d.expect("REST soon", 501);
    d.expect("RETR none", 550).says("\"/none\": no such file");
    d.expect("RETR", 501);
}

#[test]
fn text_has_the_line_ends_of_each_side() {
    let server = Server::start();
    server.write("unix", "one\ntwo\n");
    let mut d = server.login();
    d.expect("TYPE A", 200);
    assert_eq!(d.fetch("RETR unix"), b"one\r\ntwo\r\n");
    d.store("STOR sent", b"three\r\nfour\r\n").code(226);
    assert_eq!(server.read("sent"), b"three\nfour\n");
}

#[test]
fn uploads_of_every_verb() {
    let server = Server::start();
    let mut d = server.login();
    d.store("STOR f", b"hello").code(226).says("\"/f\" stored, 5 bytes");
    d.store("APPE f", b" world").code(226).says("appended");
    assert_eq!(server.read("f"), b"hello world");
    d.expect("REST 6", 350);
    d.store("STOR f", b"there").code(226);
    assert_eq!(server.read("f"), b"hello there");
    d.store("STOR f", b"").code(226);
    assert_eq!(server.read("f"), b"");
    d.expect("REST 9", 350);
    d.epsv_address();
    d.expect("STOR f", 554).says("restart at 0");
    d.expect("STOR no/such/f", 553).says("MKD");
    for hint in ["STOU", "STOU f"] {
        let mut data = d.epsv();
        // RFC 1123 §4.1.2.9.
        let text = d.expect(hint, 150).text();
        let name = text.strip_prefix("FILE: /").expect("the name").to_owned();
        data.write_all(b"unique").expect("data");
        drop(data);
        d.reply().code(226).says(&name);
        assert_ne!(name, "f");
        assert_eq!(server.read(&name), b"unique");
    }
}

#[test]
fn data_connections_of_every_kind() {
    let server = Server::start();
    let content = noise(70_000);
    server.write("f", &content);
    let mut d = server.login();
    let data = d.pasv();
    d.expect("RETR f", 150).says("(70000 bytes)");
    assert_eq!(all(data), content);
    d.reply().code(226).says("70000 bytes");
    for verb in ["PORT", "EPRT"] {
        let listener = d.active(verb);
        d.expect("RETR f", 150);
        let data = accept(&listener);
        assert_eq!(data.peer_addr().expect("an address").ip(), server.address().ip());
        assert_eq!(all(data), content);
        d.reply().code(226);
    }
    d.expect("EPSV 1", 229);
    d.expect("EPSV 2", 522).says("(1)");
    d.expect("EPSV x", 501);
    d.expect("EPRT |3|127.0.0.1|4000|", 522).says("(1,2)");
    d.expect("EPRT |1|127.0.0.1|70000|", 501);
    d.expect("PORT 1,2,3", 501);
    d.expect("PORT 127,0,0,1,0,300", 501);
    // RFC 2577 §3: no bounce, no port below 1024.
    d.expect("PORT 192,0,2,1,80,80", 504).says("192.0.2.1 is not your address");
    d.expect("EPRT |1|192.0.2.1|4000|", 504);
    d.expect("PORT 127,0,0,1,0,25", 504).says("below 1024");
    d.expect("EPSV ALL", 200);
    for verb in ["PASV", "PORT 127,0,0,1,80,80", "EPRT |1|127.0.0.1|4000|"] {
        d.expect(verb, 503).says("EPSV ALL");
    }
    assert_eq!(d.fetch("RETR f"), content);
}

#[test]
fn over_ipv6() {
    if !packetboat_tests::has_ipv6() {
        return;
    }
    let server = Server::with(Setup { listen: Some("[::1]:0"), ..Setup::default() });
    server.write("f", "over six");
    let mut d: Dialogue = server.login();
    assert_eq!(d.fetch("RETR f"), b"over six");
    d.expect("EPSV 2", 229);
    d.expect("EPSV 1", 522).says("(2)");
    d.expect("PASV", 522).says("EPSV");
    let listener = d.active("EPRT");
    d.expect("RETR f", 150);
    assert_eq!(all(accept(&listener)), b"over six");
    d.reply().code(226);
    d.expect("EPRT |2|2001:db8::1|4000|", 504);
    d.expect("STAT", 211).says("::1");
}

/// On a socket for both families, a client that uses IPv4 is treated as an IPv4 client throughout.
#[test]
fn over_ipv4_to_all_addresses() {
    if !packetboat_tests::has_ipv6() {
        return;
    }
    let server = Server::with(Setup { listen: Some("[::]:0"), ..Setup::default() });
    server.write("f", "over four");
    let port = server.address().port();
    let mut d = Dialogue::connect(([127, 0, 0, 1], port).into());
    d.login(USER, PASSWORD);
    d.expect("PASV", 227).says("(127,0,0,1,");
    d.expect("EPSV 2", 522).says("(1)");
    d.expect("EPSV 1", 229);
    assert_eq!(d.fetch("RETR f"), b"over four");
    for verb in ["PORT", "EPRT"] {
        let listener = d.active(verb);
        d.expect("RETR f", 150);
        assert_eq!(all(accept(&listener)), b"over four");
        d.reply().code(226);
    }
    let told = d.expect("STAT", 211).text();
    assert!(told.contains("127.0.0.1") && !told.contains("::ffff"), "{told}");
    server.wait_for_log("opened from 127.0.0.1");
    assert!(!server.log().contains("::ffff"), "{}", server.log());
    // IPv6 clients connect to the same socket.
    Dialogue::connect((std::net::Ipv6Addr::LOCALHOST, port).into()).login(USER, PASSWORD);
}
