//! Getting out of the root: by the way a path is written, by a common prefix of names, and by the
//! name of an account.

use packetboat_tests::{Dialogue, Server, Setup};

use crate::{Ground, PASSWORD, SECRET, check_trap, login, trap};

/// Every verb that takes a path, with `%` in its place.
const VERBS: &[&str] = &[
    "CWD %",
    "XCWD %",
    "RETR %",
    "STOR %",
    "APPE %",
    "DELE %",
    "RMD %",
    "XRMD %",
    "RMDA %",
    "MKD %",
    "XMKD %",
    "LIST %",
    "NLST %",
    "MLSD %",
    "MLST %",
    "STAT %",
    "SIZE %",
    "MDTM %",
    "RNFR %",
    "HASH %",
    "XCRC %",
    "XSHA256 %",
    "MD5 %",
    "MMD5 %",
    "DSIZ %",
    "MFMT 20200101000000 %",
    "MFF UNIX.mode=0600; %",
    "SMNT %",
    "AVBL %",
    "SITE CPFR %",
    "SITE CHMOD 600 %",
    "SITE CHGRP 0 %",
    "SITE UTIME 20200102030405 %",
    "SITE MKDIR %",
    "SITE RMDIR %",
    "SITE SYMLINK % link",
    "COMB \"new\" \"%\"",
    "COMB \"%\" \"f\"",
];

/// The ways in which `..` has been written or encoded to get past a check.
fn ways_up() -> Vec<Vec<u8>> {
    let mut ways: Vec<Vec<u8>> = [
        "..",
        "...",
        "....",
        ".. ",
        " ..",
        "../.",
        "./..",
        "..//",
        "/./..",
        "/../",
        ".../...",
        "%2e%2e",
        "%2E%2E%2F",
        "%252e%252e",
        "..%2f",
        "..%5c",
        "..\\",
        "\\..",
        ".\\..\\",
        "\\..\\/..",
        "..;",
        "..\t",
        "@/..@/",
        "%c0%ae%c0%ae",
        "%u002e%u002e",
        "~",
        "~root",
        "~root/..",
        "-/..",
        "x/../..",
        "/x/../..",
        "d/..\\..",
        "d/../d/../..",
        "\u{2025}",
        "\u{ff0e}\u{ff0e}",
        "\u{2024}\u{2024}",
        "..\u{2215}",
        "`cd ..`",
    ]
    .iter()
    .map(|way| way.as_bytes().to_vec())
    .collect();
    // UTF-8 that encodes a dot or a slash in more bytes than necessary.
    ways.push(b"\xc0\xae\xc0\xae".to_vec());
    ways.push(b"\xe0\x80\xae\xe0\x80\xae".to_vec());
    ways.push(b"\xf0\x80\x80\xae\xf0\x80\x80\xae".to_vec());
    ways.push(b"..\xc0\xaf..".to_vec());
    ways.push(b"..\xc1\x9c..".to_vec());
    ways.push(b"..\xff".to_vec());
    ways
}

/// Sends a command, and reads whatever arrives over the data connection.
fn ask(d: &mut Dialogue, line: &[u8]) -> (u16, Vec<u8>) {
    let data = d.epsv();
    let first = d.ask(line);
    let mut said = first.text().into_bytes();
    if first.code != 150 {
        return (first.code, said);
    }
    if !line.starts_with(b"STO") && !line.starts_with(b"APPE") {
        said.extend(packetboat_tests::dialogue::all(data));
    } else {
        drop(data);
    }
    let last = d.reply();
    said.extend(last.text().into_bytes());
    (last.code, said)
}

/// Old and new: `CWD ...`, `GET ..\\..\\`, `%2e%2e/`, `LIST /./../`, RETR with a NUL, and `CWD
/// ~root` (CVE-1999-0082).
#[test]
fn no_way_to_write_a_path_leads_out_of_the_root() {
    let folder = tempfile::tempdir().expect("a folder");
    let beside = folder.path().join("beside");
    trap(&beside);
    std::fs::write(folder.path().join("secret"), SECRET).expect("a file");
    let inside = folder.path().join("served");
    std::fs::create_dir_all(inside.join("d")).expect("a folder");
    let server = Server::with(Setup { folder: Some(inside), ..Setup::default() });
    let mut d = server.login();
    for way in ways_up() {
        for end in ["/secret", "/beside/secret", "\\beside\\secret", "", "/beside", "/beside/new"] {
            for place in ["", "/", "d/"] {
                let path = [place.as_bytes(), &way, end.as_bytes()].concat();
                server.write("f", "x");
                for verb in VERBS {
                    // Commands that would delete the root's own content belong to another test.
                    let (before, after) = verb.split_once('%').expect("a place");
                    let line = [before.as_bytes(), &path, after.as_bytes()].concat();
                    let is_data = ["RETR", "LIST", "NLST", "MLSD", "STOR", "APPE"]
                        .iter()
                        .any(|known| verb.starts_with(known));
                    let said = if is_data {
                        ask(&mut d, &line).1
                    } else {
                        d.ask(&line).text().into_bytes()
                    };
                    let said = String::from_utf8_lossy(&said).into_owned();
                    assert!(!said.contains(SECRET), "{}", String::from_utf8_lossy(&line));
                    d.send("CWD /");
                    d.reply().code(250);
                }
            }
        }
    }
    check_trap(&beside);
    assert_eq!(std::fs::read(folder.path().join("secret")).expect("the file"), SECRET.as_bytes());
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["beside", "secret", "served"], "something was created beside the root");
    server.check_health();
}

#[test]
fn a_nul_or_a_line_end_does_not_cut_a_path_short() {
    let server = Server::start();
    server.write("f", "x");
    let mut d = server.login();
    for verb in VERBS {
        for path in [&b"f\0.txt"[..], b"f\0", b"\0", b"f\r.txt"] {
            let (before, after) = verb.split_once('%').expect("a place");
            let line = [before.as_bytes(), path, after.as_bytes()].concat();
            d.expect(&line, 501);
        }
    }
    // RFC 2640 §2.2 and Telnet write a CR as CR NUL; not even that gets into a name.
    d.expect(b"DELE f\r\0", 501);
    assert_eq!(server.names(), ["f"]);
}

/// A check of the first letters only would let `/srv/ab` pass for `/srv/a`.
#[test]
fn a_root_is_no_prefix_of_its_neighbours() {
    let ground = Ground::new();
    for name in ["a", "ab", "a b", "a.old"] {
        trap(&ground.beside(name));
    }
    std::fs::write(ground.beside("a/mine"), "mine").expect("a file");
    ground.add(&["anna", "--rights", "all", "--root", &ground.text("a")]).ok();
    let server = ground.serve(Setup::default());
    // A link in the root to a path that has the root's path as its prefix.
    for (link, target) in [("one", "../ab"), ("two", "../a b/secret")] {
        std::os::unix::fs::symlink(target, ground.beside("a").join(link)).expect("a link");
    }
    std::os::unix::fs::symlink(ground.beside("ab"), ground.beside("a/three")).expect("a link");
    let mut d = login(&server, "anna");
    let absolute = ground.text("ab");
    for path in ["../ab", "/../ab", "../ab/", "../a b", "one", "three", &*absolute] {
        d.expect(format!("CWD {path}"), 550);
        d.expect(format!("SIZE {path}/secret"), 550);
        d.expect(format!("DELE {path}/secret"), 550);
        d.expect(format!("RNFR {path}/secret"), 550);
    }
    d.expect("SIZE two", 550);
    d.expect("RNFR mine", 350);
    let reply = d.ask("RNTO one/mine");
    assert!([550, 553].contains(&reply.code), "{}", reply.text());
    d.expect("SITE CPFR mine", 350);
    let reply = d.ask("SITE CPTO three/mine");
    assert!([550, 553].contains(&reply.code), "{}", reply.text());
    for name in ["ab", "a b", "a.old"] {
        check_trap(&ground.beside(name));
    }
}

/// Rules are compared name by name, so neither a longer name nor another spelling of the path gets
/// past one.
#[test]
fn a_rule_holds_however_its_path_is_written() {
    let ground = Ground::new();
    let server = ground.serve(Setup::default());
    ground.add(&["anna", "--rights", "all", "--path", "/private=none"]).ok();
    std::fs::create_dir_all(server.path("private/sub")).expect("a directory");
    std::fs::create_dir_all(server.path("privateer")).expect("a directory");
    std::fs::create_dir_all(server.path("d")).expect("a directory");
    server.write("private/secret", SECRET);
    server.write("privateer/mine", "mine");
    let mut d = login(&server, "anna");
    // CVE-2015-1419: a name that is denied, requested in another spelling.
    for path in [
        "private/secret",
        "/private/secret",
        "//private//secret",
        "./private/./secret",
        "d/../private/secret",
        "/../private/secret",
        "private/sub/../secret",
        "privateer/../private/secret",
        "/private/secret/",
        "private/secret/.",
    ] {
        for verb in VERBS {
            let line = verb.replace('%', path);
            if *verb == "SMNT %" {
                // Without mounts this does nothing, whatever it names.
                continue;
            }
            server.write("f", "x");
            let needs_data = ["RETR", "STOR", "APPE", "LIST", "NLST", "MLSD"];
            let _data = needs_data.iter().any(|known| verb.starts_with(known)).then(|| d.epsv());
            let reply = d.ask(&line);
            assert!(reply.code >= 500, "{line}: {} {}", reply.code, reply.text());
            assert!(!reply.text().contains(SECRET), "{line}");
        }
    }
    assert_eq!(server.read("private/secret"), SECRET.as_bytes());
    assert_eq!(d.fetch("RETR privateer/mine"), b"mine");
    for line in [
        "<LIST",
        "<NLST *",
        "<NLST private*",
        "<MLSD",
        "STAT /",
        "<LIST -aR",
        "<NLST /private*/../private/*",
    ] {
        let said = match line.strip_prefix('<') {
            Some(line) => String::from_utf8(ask(&mut d, line.as_bytes()).1).expect("text"),
            None => d.ask(line).text(),
        };
        let names = said.replace("privateer", "");
        assert!(!names.contains("secret") && !names.contains("private\r"), "{line}: {said}");
    }
}

/// With a root of `/srv/%u`, an account named `..` would see all of `/srv`.
#[test]
fn no_account_has_a_name_that_climbs() {
    let ground = Ground::new();
    trap(&ground.beside("secret-home"));
    ground.add(&["anna"]).ok();
    let long = "x".repeat(300);
    for name in [
        "..",
        ".",
        "",
        "../anna",
        "anna/..",
        "/etc",
        "a/b",
        "a\\b",
        "..\\..",
        "a:b",
        "a\nb",
        "a\rb",
        "a\tb",
        "\u{1b}[2J",
        " anna",
        "anna ",
        "-x",
        "anonymous",
        "FTP",
        "\u{85}",
        &long,
    ] {
        let output = ground.add(&["--", name]);
        assert!(!output.status.success(), "{name:?} was added");
        let output = ground.run(&["group", "add", "--", name]);
        let is_group = ["anonymous", "FTP"].contains(&name);
        assert!(is_group || !output.status.success(), "{name:?} was added as a group");
    }
    // The same through import.
    let hash = "$2y$05$abcdefghijklmnopqrstuuYv3Iq1uQJq1qk1v1c4mY1W5m3aZ1l2K";
    let lines: String = ["..", ".", "", "../x", "a/b", "a\\b", " c", "\u{7f}"]
        .iter()
        .map(|name| format!("{name}:{hash}\n"))
        .collect();
    std::fs::write(ground.beside("htpasswd"), lines).expect("a file");
    // The exit code is another test's concern; here only the resulting accounts count.
    let _ = ground.run(&["user", "import", &ground.text("htpasswd")]);
    let names = ground.names();
    assert_eq!(names.lines().count(), 1, "{names}");
    assert!(names.contains("\"anna\""), "{names}");
}

#[test]
fn a_pattern_of_roots_gives_each_name_its_own_folder_and_no_other() {
    let ground = Ground::new();
    trap(&ground.beside("out"));
    let pattern = ground.text("homes/%u");
    std::fs::create_dir_all(ground.beside("homes")).expect("a folder");
    let names =
        ["anna", "%u", "..x", "x..", "%2e%2e", "$HOME", "*", "~", "an na", "\u{ff0e}\u{ff0e}"];
    for name in names {
        ground.add(&[name, "--rights", "all", "--root", &pattern]).ok();
        std::fs::create_dir(ground.beside("homes").join(name)).expect("a home");
    }
    // A home that is a link to somewhere else is not accepted.
    std::os::unix::fs::symlink("../out", ground.beside("homes/link")).expect("a link");
    ground.add(&["link", "--rights", "all", "--root", &pattern]).ok();
    let server = ground.serve(Setup::default());
    for name in names {
        let mut d = login(&server, name);
        d.store("STOR mine", name.as_bytes()).code(226);
        let mine = ground.beside("homes").join(name).join("mine");
        assert_eq!(std::fs::read(mine).expect("the file"), name.as_bytes());
        d.expect("SIZE ../out/secret", 550);
    }
    let mut d = server.connect();
    d.expect("USER link", 331);
    // The password is right, but there is no folder for the account.
    d.expect(format!("PASS {PASSWORD}"), 530).says("the folder of your account");
    for name in
        ["..", ".", "/", "../out", "homes/anna", "anna/../../out", "anna/", "", "anna\\..\\.."]
    {
        d = server.connect();
        let reply = d.ask(format!("USER {name}"));
        assert!([331, 501].contains(&reply.code), "{}", reply.text());
        let reply = d.ask(format!("PASS {PASSWORD}"));
        assert!([530, 503].contains(&reply.code), "{name:?}: {}", reply.text());
    }
    check_trap(&ground.beside("out"));
}
