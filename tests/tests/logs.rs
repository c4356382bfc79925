//! The transfer log in wu-ftpd's format, and the audit log: completed, aborted and refused actions,
//! each with its code.

use std::io::{Read as _, Write as _};

use packetboat_tests::program::{client, run_with_input};
use packetboat_tests::{Server, Setup, USER, wait_for};
use serde_json::Value;

fn server() -> Server {
    let files = vec![("--xferlog", "xferlog"), ("--audit-log", "audit"), ("--log-file", "general")];
    Server::with(Setup { files, ..Setup::default() })
}

/// The words of each line of the transfer log, once it has this many lines.
fn xferlog(server: &Server, lines: usize) -> Vec<Vec<String>> {
    wait_for("the transfer log", || {
        let text = std::fs::read_to_string(server.further("xferlog")).expect("the log");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        let found: Vec<Vec<String>> = text.lines().map(words).collect();
        (found.len() >= lines && text.ends_with('\n')).then_some(found)
    })
}

/// The objects of this kind in the audit log, once there are this many.
fn audit(server: &Server, event: &str, count: usize) -> Vec<Value> {
    wait_for("the audit log", || {
        let text = std::fs::read_to_string(server.further("audit")).expect("the log");
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let objects = whole.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let found: Vec<Value> = objects.filter(|object| object["event"] == event).collect();
        (found.len() >= count).then_some(found)
    })
}

#[test]
fn complete_and_broken_transfers_are_told_apart() {
    let server = server();
    let mut d = server.login();
    d.store("STOR a file.bin", &[7; 5000]).code(226);
    d.expect("TYPE A", 200);
    assert_eq!(d.fetch("RETR a file.bin").len(), 5000);
    d.expect("DELE a file.bin", 250);
    let unused = d.epsv();
    d.expect("RETR a file.bin", 550);
    drop(unused);
    // A download that is aborted.
    let endless = std::fs::File::create(server.path("endless")).expect("a file");
    endless.set_len(1 << 36).expect("a sparse file");
    d.expect("TYPE I", 200);
    let mut data = d.epsv();
    d.expect("RETR endless", 150);
    data.read_exact(&mut [0; 1000]).expect("data");
    d.expect("ABOR", 426);
    d.reply().code(226);
    // An upload whose client disappears.
    let mut data = d.epsv();
    d.expect("STOR half", 150);
    data.write_all(&[1; 3000]).expect("data");
    wait_for("the bytes", || d.ask("STAT").text().contains("3000 bytes so far").then_some(()));
    packetboat_tests::dialogue::reset(data);
    d.reset();

    let lines = xferlog(&server, 5);
    // From the client's address to the status; between them are the transfer type, the flag and the
    // direction.
    let told: Vec<String> = lines.iter().map(|words| words[6..].join(" ")).collect();
    let end = |code| format!("r {USER} ftp{code} 0 *");
    assert_eq!(told[0], format!("127.0.0.1 5000 /a_file.bin b _ i {} c", end("-226")));
    assert_eq!(told[1], format!("127.0.0.1 5000 /a_file.bin a _ o {} c", end("-226")));
    assert_eq!(told[2], format!("127.0.0.1 0 /a_file.bin b _ d {} c", end("-250")));
    assert!(told[3].ends_with(&format!("/endless b _ o {} i", end("-426"))), "{}", told[3]);
    // It is not determined which of the two connections ends first, and so whether a reply could be
    // sent.
    let ends = ["", "-426"].map(|code| format!("127.0.0.1 3000 /half b _ i {} i", end(code)));
    assert!(ends.contains(&told[4]), "{}", told[4]);
    assert_eq!(lines.len(), 5, "a refusal is not a transfer: {lines:?}");

    let downloads = audit(&server, "download", 3);
    assert_eq!((&downloads[0]["code"], &downloads[0]["complete"]), (&226.into(), &true.into()));
    assert_eq!((&downloads[1]["code"], &downloads[1]["bytes"]), (&550.into(), &Value::Null));
    assert_eq!((&downloads[2]["code"], &downloads[2]["complete"]), (&426.into(), &false.into()));
    let uploads = audit(&server, "upload", 2);
    assert_eq!((&uploads[0]["code"], &uploads[0]["complete"]), (&226.into(), &true.into()));
    assert_eq!((&uploads[1]["complete"], &uploads[1]["bytes"]), (&false.into(), &3000.into()));
    let (code, failure) = (&uploads[1]["code"], &uploads[1]["failure"]);
    assert!(*code == Value::Null || *code == 426, "{code}");
    assert_eq!(
        code.is_null(),
        failure.is_null(),
        "{code} without a text, or a text without a code"
    );
}

/// The general log measures a listing from LIST on, not from commands sent meanwhile.
#[test]
fn a_listing_takes_its_own_time() {
    let server = Server::start();
    let mut d = server.login();
    let address = d.epsv_address();
    d.expect("LIST", 150);
    let begun = std::time::Instant::now();
    while begun.elapsed() < std::time::Duration::from_millis(30) {
        d.expect("STAT", 211);
    }
    let least_listed = begun.elapsed().as_secs_f64();
    packetboat_tests::dialogue::all(std::net::TcpStream::connect(address).expect("the listing"));
    d.reply().code(226);
    let listed = wait_for("the end of LIST", || {
        let log = server.log();
        let line = log.lines().find(|line| line.contains(" 226 LIST "))?;
        line.strip_suffix(" s")?.rsplit(' ').next()?.parse::<f64>().ok()
    });
    // The log has millisecond resolution.
    assert!(
        listed + 0.001 >= least_listed,
        "{listed} s were logged, but it took at least {least_listed} s"
    );
}

/// Each direction, completed and aborted, with code and text. For a refusal, the log gives the
/// reason in English, whatever the client's language.
#[test]
fn the_audit_log_says_why_something_was_not_done() {
    let server = server();
    let mut d = server.login();
    d.expect("TYPE I", 200);
    d.expect("LANG de", 200);
    let mut data = d.epsv();
    d.expect("STOR half", 150);
    let begun = std::time::Instant::now();
    data.write_all(&[1; 2000]).expect("data");
    wait_for("the bytes", || d.ask("STAT").text().contains("2000").then_some(()));
    // The time counts from the command itself, not from a later STAT or ABOR.
    let least = begun.elapsed().as_secs_f64();
    d.expect("ABOR", 426);
    d.reply().code(226);
    drop(data);
    d.store("STOR whole", &[1; 10]).code(226);
    assert_eq!(d.fetch("RETR whole").len(), 10);
    let unused = d.epsv();
    d.expect("RETR missing", 550);
    drop(unused);
    d.expect("DELE missing", 550).says("es gibt keine Datei");
    d.expect("RNFR whole", 350);
    d.expect("RNTO missing/whole", 553);
    d.expect("MKD whole", 550);
    d.expect("RMD whole", 550);

    let uploads = audit(&server, "upload", 2);
    let why = |object: &Value| object["failure"].as_str().unwrap_or_default().to_owned();
    assert_eq!((&uploads[0]["code"], &uploads[0]["complete"]), (&426.into(), &false.into()));
    assert!(why(&uploads[0]).contains("stopped after 2000 bytes"), "{}", uploads[0]);
    let seconds = uploads[0]["seconds"].as_f64().expect("a number");
    assert!(seconds >= least, "{seconds} s were logged for an upload that took at least {least} s");
    assert_eq!((&uploads[1]["complete"], &uploads[1]["failure"]), (&true.into(), &Value::Null));
    let downloads = audit(&server, "download", 2);
    assert_eq!((&downloads[0]["code"], &downloads[0]["failure"]), (&226.into(), &Value::Null));
    for (event, code, words) in [
        ("delete", 550, "no such file"),
        ("rename", 553, "does not exist"),
        ("make directory", 550, "already"),
        ("remove directory", 550, "not a directory"),
    ] {
        let told = &audit(&server, event, 1)[0];
        assert_eq!((&told["code"], &told["complete"]), (&code.into(), &false.into()), "{told}");
        assert!(why(told).contains(words), "{words:?} is not in {told}");
    }
    assert!(why(&downloads[1]).contains("no such file"), "{}", downloads[1]);
    let transfers = xferlog(&server, 3);
    let ends = |words: &Vec<String>| [11, 14, 17].map(|place| words[place].clone());
    let told: Vec<_> = transfers.iter().map(ends).collect();
    assert_eq!(told, [["i", "ftp-426", "i"], ["i", "ftp-226", "c"], ["o", "ftp-226", "c"]]);
}

#[test]
fn changes_and_logins_are_audited_with_full_paths() {
    let server = server();
    let mut d = server.login();
    d.expect("MKD in", 257);
    d.expect("CWD in", 250);
    d.store("STOU", b"unique").code(226);
    d.store("STOR a", b"x").code(226);
    d.expect("RNFR a", 350);
    d.expect("RNTO ../b", 250);
    d.expect("NOOP", 200);
    d.expect("SITE CHMOD 600 /b", 200);
    d.expect("DELE missing", 550);
    let mut guest = server.connect();
    guest.login("anonymous", "me@example.com");
    guest.expect("DELE b", 550);
    let mut stranger = server.connect();
    stranger.expect(format!("USER {USER}"), 331);
    stranger.expect("PASS wrong", 530);
    d.expect("QUIT", 221);

    let unique = &audit(&server, "upload", 2)[0];
    assert!(unique["path"].as_str().is_some_and(|path| path.starts_with("/in/")), "{unique}");
    let rename = &audit(&server, "rename", 1)[0];
    assert_eq!((&rename["path"], &rename["others"][0]), (&"/in/a".into(), &"/b".into()));
    assert_eq!((&rename["code"], &rename["user"]), (&250.into(), &USER.into()));
    let attributes = &audit(&server, "attributes", 1)[0];
    assert_eq!((&attributes["path"], &attributes["complete"]), (&"/b".into(), &true.into()));
    let deletions = audit(&server, "delete", 2);
    assert_eq!(
        (&deletions[0]["path"], &deletions[0]["code"]),
        (&"/in/missing".into(), &550.into())
    );
    assert_eq!(
        (&deletions[1]["anonymous"], &deletions[1]["complete"]),
        (&true.into(), &false.into())
    );
    assert_eq!(audit(&server, "make directory", 1)[0]["path"], "/in");
    let entered = audit(&server, "logged in", 2);
    assert_eq!((&entered[0]["user"], &entered[0]["peer"]), (&USER.into(), &"127.0.0.1".into()));
    let refused = &audit(&server, "login", 1)[0];
    assert!(refused["remark"].as_str().is_some_and(|why| why.contains("password is wrong")));
    assert_eq!(refused["peer"], "127.0.0.1");
    let closed = &audit(&server, "closed", 1)[0];
    assert_eq!((&closed["user"], &closed["peer"]), (&USER.into(), &"127.0.0.1".into()));
    // The general log is where it was configured, and contains only paths that appear in commands.
    let general = std::fs::read_to_string(server.further("general")).expect("the log");
    assert!(general.contains("257 MKD in") && !general.contains("Deed"), "{general}");
    assert_eq!(server.log(), "");
}

/// The audit log alone shows who was banned, for how long, and who has changed that.
#[test]
fn bans_and_those_turned_away_are_audited() {
    let keeps = tempfile::tempdir().expect("a folder");
    let database = keeps.path().join("accounts.db");
    let ban = |words: &[&str]| {
        let mut command = std::process::Command::new(packetboat_tests::program::packetboat());
        command.arg("ban").args(words).env("PACKETBOAT_DATABASE", &database);
        packetboat_tests::program::run(&mut command).ok()
    };
    let path: &'static str = Box::leak(database.display().to_string().into_boxed_str());
    let guards = ["--set", "guards.trusted=none", "--set", "guards.failures=1"];
    let arguments = [&["--database", path], &guards[..]].concat();
    let files = vec![("--audit-log", "audit")];
    let server = Server::with(Setup { files, arguments, ..Setup::default() });
    let mut stranger = server.connect();
    stranger.expect(format!("USER {USER}"), 331);
    stranger.send("PASS wrong");
    let banned = &audit(&server, "banned", 1)[0];
    assert_eq!(
        (&banned["network"], &banned["why"]),
        (&"127.0.0.1/32".into(), &"1 refused logins".into())
    );
    packetboat_tests::Dialogue::connect_silently(server.address()).reply().code(421);
    let away = &audit(&server, "turned away", 1)[0];
    assert!(away["peer"].as_str().is_some_and(|peer| peer.starts_with("127.0.0.1:")), "{away}");
    wait_for("the ban in the database", || {
        ban(&["list"]).stdout.contains("127.0.0.1/32").then_some(())
    });
    ban(&["lift", "127.0.0.1"]);
    assert_eq!(audit(&server, "ban lifted", 1)[0]["network"], "127.0.0.1/32");
    ban(&["add", "192.0.2.0/24", "--reason", "by hand"]);
    let banned = &audit(&server, "banned", 2)[1];
    assert_eq!((&banned["network"], &banned["why"]), (&"192.0.2.0/24".into(), &"by hand".into()));
    let told = ban(&["add", "0.0.0.0/0"]).stderr;
    assert!(told.contains("every address of its family"), "{told}");
    // The server exempts nobody, so a ban of its own machine applies.
    assert_eq!(ban(&["add", "127.0.0.1"]).stderr, "");
}

#[test]
fn a_log_that_was_moved_away_is_made_anew() {
    let server = server();
    let mut d = server.login();
    d.store("STOR one", b"1").code(226);
    xferlog(&server, 1);
    std::fs::rename(server.further("xferlog"), server.further("xferlog.1")).expect("a move");
    // The server checks once per second whether the file still exists.
    wait_for("a new log", || {
        d.store("STOR two", b"2").code(226);
        server.further("xferlog").exists().then_some(())
    });
    assert!(xferlog(&server, 1)[0].contains(&"/two".to_owned()));
}

#[test]
fn a_log_that_cannot_be_opened_is_said_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missing/xferlog");
    let folder = folder.path().join("served");
    std::fs::create_dir(&folder).expect("a folder");
    let folder = folder.to_str().expect("UTF-8");
    let arguments = ["serve", folder, "--xferlog", path.to_str().expect("UTF-8")];
    let output = packetboat_tests::program::run(&mut packetboat_tests::program::client(&arguments));
    assert_eq!(output.code(), Some(8));
    assert!(output.stderr.contains("missing/xferlog"), "{output:?}");
}

/// In our own log, the code is followed by the verb and not by the text sent to the client.
#[test]
fn our_own_logs_can_be_explained() {
    for form in ["human", "json"] {
        let arguments = vec!["--log", form];
        let server = Server::with(Setup { arguments, ..Setup::default() });
        let mut d = server.login();
        d.expect("DELE 226", 550);
        d.expect("QUIT", 221);
        server.wait_for_log("by QUIT");
        let explained =
            run_with_input(&mut client(&["code", "--json"]), server.log().as_bytes()).ok();
        let objects = explained.stdout.lines().map(|line| serde_json::from_str(line).expect(line));
        let told: Vec<Value> = objects.collect();
        let codes: Vec<_> = told.iter().map(|object| object["code"].as_u64()).collect();
        // Failures come first, then successes, once for each code.
        assert_eq!(codes, [550, 220, 331, 230, 200, 221].map(Some), "{form}: {explained:?}");
        assert!(told[0].to_string().contains("no such file"), "{form}: {}", told[0]);
        assert!(!told[0].to_string().contains("DELE 226"), "{form}: {}", told[0]);
    }
}
