//! The same job for each of other people's clients: list, download, upload, resume, rename and
//! delete, with names that need quoting.

use packetboat_tests::job::{
    NAMES, check, check_files, check_resumed, check_tree, content, encoded, fill, server,
};
use packetboat_tests::program::Output;
use packetboat_tests::{PASSWORD, Run, Server, USER, peer};

/// The output's lines as names.
fn lines(output: &Output) -> Vec<String> {
    let mut lines: Vec<String> = output.stdout.lines().map(|line| line.trim().to_owned()).collect();
    lines.sort();
    lines
}

fn expected_names(suffix: &str) -> Vec<String> {
    let inner = format!("inner{suffix}");
    let mut names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    names.push(inner);
    names.sort();
    names
}

#[test]
fn curl_in_every_mode() {
    let Some(curl) = peer("curl") else { return };
    let modes: [&[&str]; 4] = [
        &[],
        &["--disable-epsv"],
        &["--ftp-port", "127.0.0.1"],
        &["--ftp-port", "127.0.0.1", "--disable-eprt"],
    ];
    for mode in modes {
        let server = server();
        let run = |arguments: &[&str]| curl.run(&[&["-sS"], mode, arguments].concat());
        let listed = run(&["--list-only", &server.url("down/")]).ok();
        assert_eq!(lines(&listed), expected_names(""), "{mode:?}");
        run(&[&server.url("down/")]).ok();
        for name in NAMES {
            let (from, to) = (format!("down/{}", encoded(name)), format!("up/{}", encoded(name)));
            run(&["-o", name, &server.url(&from)]).ok();
            run(&["-T", name, &server.url(&to)]).ok();
        }
        check_files(curl.home());
        check_files(&server.path("up"));
        let script = ["-Q", "RNFR victim", "-Q", "RNTO other name"];
        run(&[&script, [server.url("").as_str()].as_slice()].concat()).ok();
        assert_eq!(server.read("other name"), b"to be renamed and deleted");
        run(&["-Q", "DELE other name", &server.url("")]).ok();
        assert!(!server.path("other name").exists());
    }
}

#[test]
fn curl_resumes_and_tells_what_fails() {
    let Some(curl) = peer("curl") else { return };
    let server = server();
    let large = content("large.bin");
    curl.write("large.bin", &large[..1_000_000]);
    curl.run(&["-sS", "-C", "-", "-o", "large.bin", &server.url("down/large.bin")]).ok();
    check(&curl.home().join("large.bin"), &large);
    check_resumed(&server, "RETR");
    curl.run(&["-sS", "-C", "-", "-T", "large.bin", &server.url("up/part")]).ok();
    check(&server.path("up/part"), &large);
    check_resumed(&server, "APPE");
    curl.run(&["-sS", "--ftp-create-dirs", "-T", "large.bin", &server.url("a/b/c")]).ok();
    check(&server.path("a/b/c"), &large);
    // curl's exit codes for: remote file not found, login denied, upload failed.
    assert_eq!(curl.run(&["-sS", &server.url("none")]).code(), Some(78));
    let stranger = format!("ftp://{USER}:wrong@{}/", server.address());
    assert_eq!(curl.run(&["-sS", &stranger]).code(), Some(67));
    assert_eq!(curl.run(&["-sS", "-T", "large.bin", &server.url("down/inner")]).code(), Some(25));
}

fn lftp(lftp: &Run, server: &Server, commands: &str) -> Output {
    let script = format!(
        "set cmd:fail-exit true\nset net:timeout 60\nset net:max-retries 1\nset ftp:charset UTF-8\n\
         set file:charset UTF-8\nset ftp:ssl-allow no\n\
         set ftp:use-mode-z no\nopen -u \"{USER},{PASSWORD}\" ftp://{}\n{commands}\n",
        server.address()
    );
    lftp.write("script", script);
    let output = lftp.run(&["-f", "script"]);
    std::fs::remove_file(lftp.home().join("script")).expect("the script");
    output
}

#[test]
fn lftp_mirrors_both_ways_and_resumes() {
    let Some(client) = peer("lftp") else { return };
    let server = server();
    let large = content("large.bin");
    fill(&client.home().join("local"));
    client.write("part", &large[..1_000_000]);
    assert_eq!(lines(&lftp(&client, &server, "cls -1 down/").ok()), {
        let mut names = expected_names("/");
        names.iter_mut().for_each(|name| *name = format!("down/{name}"));
        names
    });
    let commands = "mirror down copy\nmirror -R local up/tree\nget -c down/large.bin -o part\n\
                    put -c local/large.bin -o up/part\nmv victim \"other name\"\n";
    lftp(&client, &server, commands).ok();
    check_tree(&client.home().join("copy"));
    check_tree(&server.path("up/tree"));
    check(&client.home().join("part"), &large);
    check(&server.path("up/part"), &large);
    check_resumed(&server, "RETR");
    check_resumed(&server, "STOR");
    assert_eq!(server.read("other name"), b"to be renamed and deleted");
    lftp(&client, &server, "rm \"other name\"\nrm -r up/tree\nmkdir -p a/b\nchmod 600 up/part")
        .ok();
    assert!(!server.path("other name").exists() && !server.path("up/tree").exists());
    assert!(server.path("a/b").is_dir());
    let active = "set ftp:passive-mode off\nmirror down active\n";
    lftp(&client, &server, active).ok();
    check_tree(&client.home().join("active"));
    assert!(!lftp(&client, &server, "get none").status.success());
}

#[test]
fn tnftp_line_by_line() {
    let Some(client) = peer("tnftp") else { return };
    let server = server();
    let large = content("large.bin");
    client.write("part", &large[..1_000_000]);
    let quoted = |name: &str| name.replace('"', "\\\"").replace(' ', "\\ ");
    for passive in ["on", "off"] {
        let mut script = format!(
            "open {} {}\nuser {USER} \"{PASSWORD}\"\nbinary\npassive {passive}\nls down\ncd down\n",
            server.address().ip(),
            server.address().port()
        );
        for name in NAMES {
            script += &format!("get {0} {0}\n", quoted(name));
        }
        script += "cd ../up\n";
        for name in NAMES {
            script += &format!("put {0} {0}\n", quoted(name));
        }
        script += "cd ..\nreget down/large.bin part\nrename victim \"other name\"\n";
        script += "size \"other name\"\nmodtime \"other name\"\nrename \"other name\" victim\n";
        script += "mkdir made\nrmdir made\nquit\n";
        let output = client.run_with_input(&["-i", "-n", "-v"], &script).ok();
        for words in ["226 \"/down/large.bin\" sent", "250 \"/other name\"", "\"/made\" removed"] {
            assert!(output.stdout.contains(words), "{words}: {output:?}");
        }
        check_files(client.home());
        check_files(&server.path("up"));
        check(&client.home().join("part"), &large);
        for name in NAMES {
            std::fs::remove_file(client.home().join(name)).expect("the file");
            std::fs::remove_file(server.path("up").join(name)).expect("the file");
        }
    }
    check_resumed(&server, "RETR");
}

#[test]
fn ncftp_gets_puts_and_lists() {
    let Some(client) = peer("ncftpget") else { return };
    let server = server();
    let large = content("large.bin");
    let port = server.address().port().to_string();
    let session = ["-u", USER, "-p", PASSWORD, "-P", &port];
    let ncftp = |name: &str, arguments: &[&str]| {
        client.run_as(name, &[&session, arguments].concat(), "").ok()
    };
    let url = format!("ftp://127.0.0.1:{port}/down/");
    let listed = ncftp("ncftpls", &["-1", &url]);
    let names = lines(&listed);
    assert!(NAMES.iter().all(|name| names.iter().any(|line| line == name)), "{names:?}");
    let remote = NAMES.map(|name| format!("/down/{name}"));
    let remote: Vec<&str> = remote.iter().map(String::as_str).collect();
    ncftp("ncftpget", &[&["-V", "127.0.0.1", "."], remote.as_slice()].concat());
    check_files(client.home());
    ncftp("ncftpput", &[&["-V", "127.0.0.1", "/up"], NAMES.as_slice()].concat());
    check_files(&server.path("up"));
    ncftp("ncftpget", &["-V", "-R", "-T", "127.0.0.1", ".", "/down"]);
    check_tree(&client.home().join("down"));
    ncftp("ncftpput", &["-V", "-R", "127.0.0.1", "/up", "down"]);
    check_tree(&server.path("up/down"));
    client.write("large.bin", &large[..1_000_000]);
    ncftp("ncftpget", &["-V", "-z", "127.0.0.1", ".", "/down/large.bin"]);
    check(&client.home().join("large.bin"), &large);
    check_resumed(&server, "RETR");
}

#[test]
fn wget_fetches_a_tree() {
    let Some(client) = peer("wget") else { return };
    let server = server();
    let large = content("large.bin");
    let session = ["-q", "--tries=1", "--timeout=60", "--user", USER, "--password", PASSWORD];
    let url = |path: &str| format!("ftp://{}/{path}", server.address());
    let wget = |arguments: &[&str]| client.run(&[&session, arguments].concat());
    let tree = ["-r", "-nH", "--restrict-file-names=nocontrol"];
    wget(&[tree.as_slice(), &[&url("down/")]].concat()).ok();
    check_tree(&client.home().join("down"));
    wget(&[tree.as_slice(), &["--no-passive-ftp", "-P", "active", &url("down/")]].concat()).ok();
    check_tree(&client.home().join("active/down"));
    client.write("large.bin", &large[..1_000_000]);
    wget(&["-c", &url("down/large.bin")]).ok();
    check(&client.home().join("large.bin"), &large);
    check_resumed(&server, "RETR");
    assert!(!wget(&[&url("none")]).status.success());
}

#[test]
fn rclone_copies_and_checks() {
    let Some(client) = peer("rclone") else { return };
    let server = server();
    let obscured = client.run(&["obscure", PASSWORD]).ok().stdout.trim().to_owned();
    let remote = |path: &str| {
        let (ip, port) = (server.address().ip(), server.address().port());
        format!(":ftp,host={ip},port={port},user={USER},pass={obscured}:{path}")
    };
    let rclone = |arguments: &[&str]| client.run(&[&["--retries=1"], arguments].concat()).ok();
    assert_eq!(lines(&rclone(&["lsf", &remote("down")])), expected_names("/"));
    rclone(&["copy", &remote("down"), "copy"]);
    check_tree(&client.home().join("copy"));
    rclone(&["copy", "copy", &remote("up/tree")]);
    check_tree(&server.path("up/tree"));
    rclone(&["check", "--download", "copy", &remote("up/tree")]);
    rclone(&["moveto", &remote("victim"), &remote("other name")]);
    assert_eq!(server.read("other name"), b"to be renamed and deleted");
    rclone(&["deletefile", &remote("other name")]);
    assert!(!server.path("other name").exists());
    rclone(&["purge", &remote("up/tree")]);
    assert!(!server.path("up/tree").exists());
}

/// The whole job with Python's library; a failed step makes the script fail.
const FTPLIB: &str = r#"
import ftplib, io, sys
host, port, user, password = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
ftp = ftplib.FTP(timeout=60)
ftp.encoding = "utf-8"
ftp.connect(host, port)
ftp.login(user, password)
for passive in (True, False):
    ftp.set_pasv(passive)
    names = [name for name, facts in ftp.mlsd("down") if facts["type"] == "file"]
    assert sorted(names) == sorted(n[5:] for n in ftp.nlst("down") if n != "down/inner"), names
    for name in names:
        got = io.BytesIO()
        ftp.retrbinary("RETR down/" + name, got.write)
        assert ftp.size("down/" + name) == len(got.getvalue())
        ftp.storbinary("STOR up/" + name, io.BytesIO(got.getvalue()))
large = io.BytesIO()
ftp.retrbinary("RETR down/large.bin", large.write)
tail = io.BytesIO()
ftp.retrbinary("RETR down/large.bin", tail.write, rest=1000000)
assert tail.getvalue() == large.getvalue()[1000000:]
tail.seek(0)
ftp.storbinary("STOR up/part", tail, rest=1000000)
text = []
ftp.storlines("STOR text", io.BytesIO(b"one\r\ntwo\r\n"))
ftp.retrlines("RETR text", text.append)
assert text == ["one", "two"], text
ftp.dir()
ftp.rename("victim", "other name")
ftp.delete("other name")
assert ftp.mkd('a "b" c') == '/a "b" c'
ftp.cwd('a "b" c')
assert ftp.pwd() == '/a "b" c'
ftp.cwd("..")
ftp.rmd('a "b" c')
data = ftp.transfercmd("RETR down/large.bin")
ftp.abort()
data.close()
try:
    ftp.voidresp()
except ftplib.all_errors:
    pass
try:
    ftp.delete("none")
    sys.exit("deleted what is not there")
except ftplib.error_perm as error:
    assert str(error).startswith("550 "), error
ftp.quit()
"#;

#[test]
fn pythons_ftplib() {
    let Some(python) = peer("python3") else { return };
    let server = server();
    let (ip, port) = (server.address().ip().to_string(), server.address().port().to_string());
    python.run(&["-c", FTPLIB, &ip, &port, USER, PASSWORD]).ok();
    check_files(&server.path("up"));
    check(&server.path("up/part"), &content("large.bin"));
    assert_eq!(server.read("text"), b"one\ntwo\n");
    assert!(!server.path("victim").exists());
}
