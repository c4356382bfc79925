//! Verbs beyond RFC 959 on real files: hashes, ranges, facts, joins, copies, whole trees, SITE; and
//! parts of interrupted uploads, which stay invisible.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::process::Command;

use packetboat_tests::dialogue::all;
use packetboat_tests::program::run;
use packetboat_tests::{Dialogue, Server, noise};

/// So large that no machine can hash it while a test runs; as a hole it takes no space.
const ENDLESS: u64 = 1 << 40;

fn endless(server: &Server, name: &str) {
    let file = std::fs::File::create(server.path(name)).expect("a file");
    file.set_len(ENDLESS).expect("a file system with holes");
}

/// The first word that a system program prints for a file.
fn told_by(program: &str, server: &Server, name: &str) -> String {
    let output = run(Command::new(program).arg(server.path(name)));
    output.stdout.split(' ').next().expect("a word").to_owned()
}

fn anonymous(server: &Server) -> Dialogue {
    let mut d = server.connect();
    d.expect("USER anonymous", 331);
    d.expect("PASS a@b", 230);
    d.expect("TYPE I", 200);
    d
}

#[test]
fn hashes_are_those_of_the_systems_own_programs() {
    let server = Server::start();
    server.write("a b", noise(3_000_000));
    server.write("nothing", "");
    let mut d = server.login();
    for (name, program) in [
        ("SHA-256", "sha256sum"),
        ("SHA-1", "sha1sum"),
        ("SHA-512", "sha512sum"),
        ("MD5", "md5sum"),
    ] {
        d.expect(format!("OPTS HASH {name}"), 200);
        let value = told_by(program, &server, "a b");
        let said = d.expect("HASH a b", 213).text();
        assert_eq!(said, format!("{name} 0-2999999 {value} a b"));
        let verb = format!("X{}", name.replace('-', ""));
        assert_eq!(d.expect(format!("{verb} a b"), 250).text(), value.to_uppercase());
    }
    let value = told_by("md5sum", &server, "a b");
    assert_eq!(d.expect("MD5 a b", 251).text(), format!("a b {value}"));
    let empty = told_by("md5sum", &server, "nothing");
    let said = d.expect("MMD5 a b,nothing", 252).text();
    assert_eq!(said, format!("a b {value}, nothing {empty}"));
    // The check value of CRC-32, as a whole file and as a range of a longer one.
    server.write("digits", "xx123456789yy");
    assert_eq!(d.expect("XCRC \"digits\" 2 11", 250).text(), "CBF43926");
    d.expect("OPTS HASH CRC32", 200);
    d.expect("RANG 2 10", 350);
    assert_eq!(d.expect("HASH digits", 213).text(), "CRC32 2-10 cbf43926 digits");
    d.expect("HASH digits", 213).says("CRC32 0-12 ");
    d.expect("XCRC \"digits\" 13", 250);
    d.expect("XCRC \"digits\" 14", 550).says("starts past the end");
    std::fs::create_dir(server.path("d")).expect("a directory");
    d.expect("HASH d", 553);
    d.expect("HASH none", 550);
    d.expect("XCRC d", 550);
    d.expect("MD5 d", 504);
    server.check_health();
}

#[test]
fn a_range_of_a_file_is_sent() {
    let server = Server::start();
    let content = noise(500_000);
    server.write("f", &content);
    let mut d = server.login();
    for (first, last) in [(0, 0), (1_000, 300_000), (499_999, 600_000)] {
        d.expect(format!("RANG {first} {last}"), 350);
        let end = content.len().min(last + 1);
        assert!(d.fetch("RETR f") == content[first..end], "{first} to {last}");
    }
    assert!(d.fetch("RETR f") == content, "the range applies only once");
    d.expect("RANG 500001 500002", 350);
    d.epsv_address();
    d.expect("RETR f", 554);
}

#[test]
fn long_work_holds_nobody_up_and_can_be_stopped() {
    let server = Server::start();
    endless(&server, "endless");
    let mut d = server.login();
    let mut others: Vec<_> = (0..20).map(|_| server.login()).collect();
    d.send("HASH endless");
    for other in &mut others {
        other.send("XSHA512 endless");
    }
    // More requests than are processed at the same time, and every session is still served.
    let mut free = server.login();
    server.write("small", "content");
    assert_eq!(free.fetch("RETR small"), b"content");
    free.expect("MKD d", 257);
    d.expect("STAT", 211).says("HASH endless is running, ").says(" bytes so far.");
    d.expect("NOOP", 200).says("HASH endless is running, ");
    d.send("ABOR");
    d.reply().code(451).says("it was stopped before it finished");
    d.reply().code(226);
    // A request that waits for its turn can be stopped as well.
    for other in &mut others {
        other.send("ABOR");
    }
    for other in &mut others {
        other.reply().code(451);
        other.reply().code(226);
    }
    d.expect("HASH small", 213);
    server.check_health();
}

#[test]
fn a_client_that_goes_takes_its_work_along() {
    let server = Server::start();
    endless(&server, "endless");
    for number in 0..40 {
        let mut d = server.login();
        d.send("XMD5 endless");
        d.expect("NOOP", 200);
        // Some clients crash, others just close the connection.
        if number % 2 == 0 { d.reset() } else { drop(d) }
    }
    // If the sixteen requests went on for ever, this one would never get its turn.
    server.write("f", "x");
    server.login().expect("XMD5 f", 250);
    server.check_health();
}

#[test]
fn facts_are_set() {
    let server = Server::start();
    server.write("a b", "x");
    let mut d = server.login();
    d.expect("MFMT 20010203040506 a b", 213).says("Modify=20010203040506; a b");
    d.expect("MDTM a b", 213).says("20010203040506");
    d.expect("MFF Modify=19991231235959;UNIX.mode=0600; a b", 213)
        .says("Modify=19991231235959;UNIX.mode=0600; a b");
    let metadata = std::fs::metadata(server.path("a b")).expect("the file");
    assert_eq!((metadata.mtime(), metadata.mode() & 0o777), (946_684_799, 0o600));
    d.expect("MFCT 20010203040506 a b", 504);
    d.expect("MFMT 20010203040506 none", 550);
    d.expect("SITE UTIME 200102030405 a b", 200);
    let metadata = std::fs::metadata(server.path("a b")).expect("the file");
    assert_eq!((metadata.mtime(), metadata.atime()), (981_173_100, 981_173_100));
    d.expect(format!("SITE CHGRP {} a b", metadata.gid()), 200);
    d.expect("SITE CHGRP no-such-group a b", 550).says("has no such group");
    d.expect("SITE CHMOD 640 a b", 200);
    assert_eq!(std::fs::metadata(server.path("a b")).expect("the file").mode() & 0o777, 0o640);
    let free: u64 = d.expect("AVBL", 213).text().parse().expect("a number");
    assert!(free > 0);
    d.expect("AVBL a b", 550);
}

#[test]
fn parts_are_joined_and_deleted_only_then() {
    let server = Server::start();
    let content = noise(700_000);
    server.write("p 1", &content[..300_000]);
    server.write("p2", &content[300_000..]);
    let mut d = server.login();
    // Nothing is lost until everything has been joined.
    d.expect("COMB \"t\" \"p 1\" \"p2\" \"missing\"", 550).says("missing");
    assert_eq!(server.names(), ["p 1", "p2"]);
    d.expect("COMB \"t\" \"p 1\" \"p2\"", 250);
    assert!(server.read("t") == content);
    assert_eq!(server.names(), ["t"]);
    // Joining to an existing file; a failed attempt leaves it as it was.
    server.write("more", "and more");
    d.expect("COMB t more missing", 550);
    assert!(server.read("t") == content && server.read("more") == b"and more");
    d.expect("COMB t more", 250);
    assert_eq!(server.read("t").len(), 700_008);
    std::fs::hard_link(server.path("t"), server.path("same")).expect("a link");
    d.expect("COMB t same", 501).says("the same file under two names");
    assert_eq!(server.names(), ["same", "t"]);
    std::fs::create_dir(server.path("d")).expect("a directory");
    d.expect("COMB d t", 550);
    d.expect("COMB t d", 550);
    d.expect("COMB none/t t", 553);
    assert_eq!(server.read("t").len(), 700_008);
}

#[test]
fn trees_are_measured_and_removed_with_their_links() {
    let server = Server::start();
    std::fs::create_dir_all(server.path("t/a/b")).expect("directories");
    server.write("t/a/f", noise(1_000));
    server.write("t/g", "1234");
    server.write("outside", "kept");
    symlink("../outside", server.path("t/link")).expect("a link");
    symlink("..", server.path("t/a/up")).expect("a link");
    let mut d = server.login();
    assert_eq!(d.expect("DSIZ t", 213).text(), "1004");
    assert_eq!(d.expect("DSIZ", 213).text(), "1008");
    d.expect("DSIZ outside", 550);
    d.expect("RMD t", 550);
    d.expect("RMDA outside", 550);
    d.expect("RMDA t/link", 550);
    d.expect("RMDA /", 550);
    d.expect("RMDA t", 250);
    assert_eq!(server.names(), ["outside"]);
    assert_eq!(server.read("outside"), b"kept");
}

#[test]
fn what_can_be_neither_moved_nor_removed_is_told_so() {
    let server = Server::start();
    let mut d = server.login();
    d.expect("MKD d", 257);
    for line in ["RMD /", "RMDA /", "RNFR /"] {
        d.expect(line, 550).says("\"/\": it is the root of what is shared");
    }
    d.expect("RNFR d", 350);
    d.expect("RNTO /", 550).says("the root of what is shared");
    d.expect("RNFR d", 350);
    d.expect("RNTO d/e", 553).says("cannot be moved into itself");
}

#[test]
fn site_copies_links_and_directories() {
    let server = Server::start();
    let content = noise(400_000);
    server.write("f", &content);
    endless(&server, "sparse");
    let mut d = server.login();
    d.expect("SITE CPFR f", 350);
    d.expect("SITE CPTO g h", 250);
    assert!(server.read("g h") == content);
    // A copy of a hole is quick, and takes no space.
    d.expect("SITE CPFR sparse", 350);
    d.expect("SITE CPTO too", 250);
    let copy = std::fs::metadata(server.path("too")).expect("the copy");
    assert!(copy.len() == ENDLESS && copy.blocks() < 1 << 10, "{} blocks", copy.blocks());
    d.expect("SITE CPFR none", 550);
    d.expect("SITE CPTO x", 503);
    d.expect("SITE MKDIR d e", 200);
    d.expect("SITE CPFR d e", 550);
    d.expect("SITE CPFR f", 350);
    d.expect("SITE CPTO d e", 550);
    d.expect("SITE SYMLINK f \"d e/l\"", 200);
    let says = std::fs::read_link(server.path("d e/l")).expect("a link");
    assert_eq!(says.to_str(), Some("../f"));
    assert!(d.fetch("RETR d e/l") == content);
    symlink("/etc", server.path("far")).expect("a link");
    d.expect("SITE SYMLINK far/passwd l", 550).says("passwd\": it leads outside");
    d.expect("SITE SYMLINK /etc/passwd l", 550);
    d.expect("SITE RMDIR d e", 550);
    d.expect("DELE d e/l", 250);
    d.expect("SITE RMDIR d e", 200);
    d.expect("SITE HELP", 214).says("SITE CPTO pathname");
    assert_eq!(server.names(), ["f", "far", "g h", "sparse", "too"]);
}

#[test]
fn who_may_only_read_changes_nothing_and_learns_of_nobody() {
    let server = Server::start();
    server.write("f", "x");
    server.write("g", "y");
    std::fs::create_dir(server.path("d")).expect("a directory");
    let mut own = server.login();
    let mut d = anonymous(&server);
    d.expect("HASH f", 213);
    d.expect("DSIZ", 213);
    for line in [
        "MFMT 20010203040506 f",
        "MFF UNIX.mode=0600; f",
        "RMDA d",
        "COMB g f",
        "COMB new f",
        "SITE CHMOD 600 f",
        "SITE CHGRP 1 f",
        "SITE UTIME 200102030405 f",
        "SITE SYMLINK f l",
        "SITE MKDIR e",
        "SITE RMDIR d",
    ] {
        d.expect(line, 550).says("your account has no right");
    }
    d.expect("SITE CPFR f", 350);
    d.expect("SITE CPTO h", 550);
    let said = d.expect("SITE WHO", 211).text();
    assert_eq!(said, "Sessions on this server: 2.");
    let said = own.expect("SITE WHO", 211).text();
    assert!(said.contains("(127.0.0.1)") && !said.contains("anonymous"), "{said}");
    assert_eq!(server.names(), ["d", "f", "g"]);
}

/// Clients that downloaded a whole directory used to take the part of an interrupted upload for a
/// file.
#[test]
fn parts_of_broken_uploads_are_seen_by_nobody() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a directory");
    server.write("d/f", "x");
    server.write("d/.up.part-packetboat", "half");
    for mut d in [server.login(), anonymous(&server)] {
        for line in ["LIST d", "NLST d", "MLSD d", "LIST d/*", "NLST d/.*"] {
            let listing = String::from_utf8(d.fetch(line)).expect("text");
            assert!(!listing.contains("part-packetboat"), "{line}: {listing}");
        }
        let status = d.expect("STAT d", 212).text();
        assert!(status.contains(" f") && !status.contains("part-packetboat"), "{status}");
        assert_eq!(d.expect("DSIZ d", 213).text(), "1");
    }
    let mut d = server.login();
    assert_eq!(d.expect("SIZE d/up", 213).text(), "4");
    // Users who may store files can verify a part; for others it does not exist.
    assert_eq!(d.expect("XCRC d/up", 250).text(), "FB5A4121");
    anonymous(&server).expect("XCRC d/up", 550);
    d.expect("RMD d", 550);
    d.expect("DELE d/f", 250);
    // The directory holds nothing visible.
    d.expect("RMD d", 250);
    server.write(".up.part-packetboat", "half");
    d.expect("DELE up", 250);
    d.expect("DELE up", 550);
    assert!(server.names().is_empty());
    // A part that is being written is left alone.
    d.expect("MKD e", 257);
    let data = d.epsv();
    d.expect("STOR e/up", 150);
    let mut other = server.login();
    other.expect("DELE e/up", 450);
    other.expect("RMD e", 450);
    other.expect("RMDA e", 450).says("in use by another session");
    d.send("ABOR");
    d.reply().code(426);
    d.reply().code(226);
    assert!(all(data).is_empty());
    other.expect("RMD e", 250);
}
