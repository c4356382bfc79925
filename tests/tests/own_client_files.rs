//! `packetboat get` and `put` with our own server: every form that a file can have on the wire, and
//! what is kept and compared of it.

use std::time::{Duration, UNIX_EPOCH};

use packetboat_tests::job::{check, content, server};
use packetboat_tests::noise;
use packetboat_tests::program::client_in;

const TEXT: &[u8] = b"one\ntwo\n\nthe end\n";

#[test]
fn every_mode_and_structure_brings_the_same_bytes() {
    let server = server();
    server.write("down/text", TEXT);
    let home = tempfile::tempdir().expect("a folder");
    for mode in ["stream", "block", "compressed", "deflate"] {
        for form in [&[][..], &["--record"], &["--page"], &["--ascii"], &["--ebcdic", "--record"]] {
            let options = [&["--mode", mode], form].concat();
            let (from, to) = (server.url("down/text"), server.url("up/text"));
            client_in(home.path(), &[&["get", &from, "-o", "text"], &options[..]].concat()).ok();
            check(&home.path().join("text"), TEXT);
            client_in(home.path(), &[&["put", "text", &to], &options[..]].concat()).ok();
            check(&server.path("up/text"), TEXT);
        }
        let url = server.url("down/large.bin");
        let output = client_in(home.path(), &["get", "--mode", mode, "--verify", &url]).ok();
        // HASH is sent in MODE S, whatever mode the file was transferred in.
        assert!(output.stderr.contains("1 by hash"), "{mode}: {}", output.stderr);
        check(&home.path().join("large.bin"), &content("large.bin"));
    }
    server.check_health();
}

#[test]
fn text_that_is_changed_on_the_way_is_said_not_to_be_compared() {
    let (server, home) = (server(), tempfile::tempdir().expect("a folder"));
    server.write("down/text", TEXT);
    for form in ["--ascii", "--ebcdic"] {
        let get = ["get", form, "--verify", &server.url("down/text")];
        let put = ["put", form, "--verify", "text", &server.url("up/text")];
        for words in [&get[..], &put] {
            let said = client_in(home.path(), words).ok().stderr;
            assert!(said.contains("1 not at all, because text was converted"), "{words:?}: {said}");
        }
        check(&server.path("up/text"), TEXT);
    }
}

/// Listings after an EBCDIC transfer used to arrive in EBCDIC as well, and nothing was found in
/// them.
#[test]
fn a_tree_in_ebcdic_is_listed_in_ascii() {
    let (server, home) = (server(), tempfile::tempdir().expect("a folder"));
    std::fs::create_dir_all(server.path("a/inner")).expect("a folder");
    server.write("a/inner/f", TEXT);
    // With so many files to fetch, the directories have to wait.
    for number in 0..1100 {
        server.write(&format!("a/{number}"), "x");
    }
    let url = server.url("a");
    client_in(home.path(), &["get", "-r", "-j", "1", "--ebcdic", "-o", "t", &url]).ok();
    check(&home.path().join("t/inner/f"), TEXT);
}

/// RFC 959 §3.1.2.3: pages that are not sent are holes. They used to be sent as zeros.
#[test]
fn a_hole_is_left_out_of_an_upload_in_pages() {
    use std::io::{Seek as _, SeekFrom, Write as _};
    use std::os::unix::fs::MetadataExt as _;
    let (server, home) = (server(), tempfile::tempdir().expect("a folder"));
    let mut sparse = std::fs::File::create(home.path().join("sparse")).expect("a file");
    for offset in [0, 4 << 20] {
        sparse.seek(SeekFrom::Start(offset)).expect("a place");
        sparse.write_all(b"here").expect("some bytes");
    }
    sparse.set_len(8 << 20).expect("a hole at its end");
    let source = sparse.metadata().expect("metadata");
    let url = server.url("up/sparse");
    client_in(home.path(), &["put", "sparse", &url, "--page"]).ok();
    check(&server.path("up/sparse"), &std::fs::read(home.path().join("sparse")).expect("it"));
    let copy = std::fs::metadata(server.path("up/sparse")).expect("metadata");
    // Only if the file system supports holes.
    if source.blocks() < 1000 {
        assert!(copy.blocks() < 1000, "{} blocks", copy.blocks());
    }
}

/// RFC 959 §3.2: one data connection for several files.
#[test]
fn a_data_connection_in_block_mode_serves_several_files() {
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let urls: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|name| {
            server.write(&format!("down/{name}"), name.repeat(3000));
            server.url(&format!("down/{name}"))
        })
        .collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let arguments = [&["get", "-v", "--mode", "block", "-o", "./"], &urls[..]].concat();
    let output = client_in(home.path(), &arguments).ok();
    assert_eq!(output.stderr.matches("> EPSV").count(), 1, "{}", output.stderr);
    assert_eq!(output.stderr.matches("< 125").count(), 2, "{}", output.stderr);
    for name in ["a", "b", "c"] {
        check(&home.path().join(name), name.repeat(3000).as_bytes());
    }
}

#[test]
fn trees_go_in_block_mode_too() {
    let server = server();
    std::fs::create_dir_all(server.path("down/tree/inner")).expect("a folder");
    for number in 0..20 {
        server.write(&format!("down/tree/inner/f{number}"), format!("file {number}"));
    }
    let home = tempfile::tempdir().expect("a folder");
    let (from, to) = (server.url("down/tree"), server.url("up/tree"));
    client_in(home.path(), &["get", "-r", "--mode", "block", &from, "-o", "tree"]).ok();
    client_in(home.path(), &["put", "-r", "--mode", "block", "tree", &to]).ok();
    for number in 0..20 {
        let file = server.path("up/tree").join(format!("inner/f{number}"));
        check(&file, format!("file {number}").as_bytes());
    }
    server.check_health();
}

/// RFC 1738 §3.2.2: the URL gives the type of transfer.
#[test]
fn an_address_says_how_it_is_transferred() {
    let server = server();
    std::fs::create_dir(server.path("down/only")).expect("a folder");
    server.write("down/only/text", TEXT);
    let home = tempfile::tempdir().expect("a folder");
    let url = |code: &str| format!("{};type={code}", server.url("down/only/text"));
    let output = client_in(home.path(), &["get", "-v", &url("a"), "-o", "a"]).ok();
    assert!(output.stderr.contains("> TYPE A"), "{}", output.stderr);
    check(&home.path().join("a"), TEXT);
    client_in(home.path(), &["get", &url("i"), "-o", "i"]).ok();
    check(&home.path().join("i"), TEXT);
    let directory = format!("{};type=d", server.url("down/only/"));
    let output = client_in(home.path(), &["cat", &directory]).ok();
    assert!(output.stdout.trim_end().ends_with("text"), "{}", output.stdout);
    client_in(home.path(), &["get", &directory, "-o", "names"]).ok();
    let names = std::fs::read_to_string(home.path().join("names")).expect("names");
    assert_eq!(names, output.stdout);
    let output = client_in(home.path(), &["put", "a", &directory]);
    assert_eq!(output.code(), Some(2), "{output:?}");
}

#[test]
fn a_transfer_can_be_compared_and_a_file_hashed() {
    let server = server();
    server.write("down/abc", "abc");
    let home = tempfile::tempdir().expect("a folder");
    let url = server.url("down/abc");
    let output = client_in(home.path(), &["get", "--verify", &url]).ok();
    assert!(output.stderr.contains("Compared with the server: 1 by hash"), "{}", output.stderr);
    let output = client_in(home.path(), &["put", "--verify", "abc", &server.url("up/abc")]).ok();
    assert!(output.stderr.contains("Compared with the server: 1 by hash"), "{}", output.stderr);
    // The well-known hash of "abc" (FIPS 180).
    let output = client_in(home.path(), &["hash", "--download", "-a", "sha1", &url]).ok();
    let hash = "a9993e364706816aba3e25717850c26c9cd0d89d";
    assert_eq!(output.stdout, format!("{hash}  down/abc\n"));
    assert_eq!(output.stderr, "SHA-1, computed from the download\n");
    let output = client_in(home.path(), &["hash", "--tag", "-a", "sha1", &url]).ok();
    assert_eq!(output.stdout, format!("SHA1 (down/abc) = {hash}\n"));
    assert_eq!(output.stderr, "SHA-1, as reported by the server (HASH)\n");
    let quiet = client_in(home.path(), &["hash", "-q", &url]).ok();
    assert_eq!(quiet.stderr, "");
    for algorithm in ["sha-256", "sha-512", "sha-1", "md5", "crc32"] {
        let told = client_in(home.path(), &["hash", "-a", algorithm, &url]).ok();
        let fetched = client_in(home.path(), &["hash", "--download", "-a", algorithm, &url]).ok();
        assert_eq!(told.stdout, fetched.stdout);
    }
    let output = client_in(home.path(), &["hash", "-a", "nonsense", &url]);
    assert_eq!(output.code(), Some(2), "{output:?}");
}

#[cfg(unix)]
#[test]
fn times_and_permissions_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = server();
    server.write("down/dated", "x");
    let time = UNIX_EPOCH + Duration::from_secs(1_577_934_245);
    let file = std::fs::File::options().append(true).open(server.path("down/dated"));
    let file = file.expect("a file");
    file.set_modified(time).expect("a time");
    file.set_permissions(std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let home = tempfile::tempdir().expect("a folder");
    let get = |options: &[&str]| {
        client_in(home.path(), &[&["get", &server.url("down/dated")], options].concat()).ok();
        let metadata = std::fs::metadata(home.path().join("dated")).expect("a file");
        let mode = metadata.permissions().mode() & 0o777;
        (metadata.modified().expect("a time") == time, mode == 0o755)
    };
    assert_eq!(get(&[]), (true, false));
    assert!(!get(&["--no-times"]).0);
    assert_eq!(get(&["--preserve"]), (true, true));
    client_in(home.path(), &["put", "--preserve", "dated", &server.url("up/dated")]).ok();
    let metadata = std::fs::metadata(server.path("up/dated")).expect("a file");
    assert_eq!(metadata.modified().expect("a time"), time);
    assert_eq!(metadata.permissions().mode() & 0o777, 0o755);
}

/// A private file stays private when a download replaces it.
#[cfg(unix)]
#[test]
fn a_download_keeps_the_permissions_of_the_file_that_it_replaces() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = server();
    let home = tempfile::tempdir().expect("a folder");
    let local = home.path().join("f");
    for (mode, content) in [(0o600, noise(100)), (0o640, noise(200_000)), (0o444, noise(50))] {
        server.write("down/f", &content);
        std::fs::write(&local, "old").expect("a file");
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&local, permissions).expect("a mode");
        client_in(home.path(), &["get", &server.url("down/f")]).ok();
        let found = std::fs::metadata(&local).expect("a file").permissions().mode() & 0o777;
        assert_eq!((found, std::fs::read(&local).expect("there") == content), (mode, true));
        std::fs::remove_file(&local).expect("ours");
    }
}

/// When an upload is retried, the file with that name need not be its own beginning.
#[test]
fn a_repeated_upload_does_not_go_on_behind_a_file_of_somebody_else() {
    let server = server();
    let mut other = server.login();
    let mut data = other.epsv();
    other.expect("STOR up/shared", 150);
    std::io::Write::write_all(&mut data, b"of somebody else").expect("data");
    let home = tempfile::tempdir().expect("a folder");
    let ours = "ours, and longer than the other one".repeat(1000);
    std::fs::write(home.path().join("shared"), &ours).expect("a file");
    let url = server.url("up/shared");
    let putting = std::thread::spawn(move || client_in(home.path(), &["put", "shared", &url]));
    // The name stays in use until the client has been told so; after that, the other file is
    // complete.
    server.wait_for_log(" 450 STOR up/shared");
    drop(data);
    other.reply().code(226);
    putting.join().expect("the client").ok();
    assert!(server.read("up/shared") == ours.as_bytes());
}
