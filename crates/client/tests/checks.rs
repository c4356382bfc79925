//! Hashes, comparing both ends, and preserving times and permissions.

mod fake;

use std::path::Path;
use std::sync::{Arc, Mutex};

use fake::{Fake, accept, client};
use packetboat_client::{
    Check, Client, Download, Event, Failure, Finding, Observer, Phase, Upload, WRONG_SUFFIX,
    part_path,
};
use packetboat_proto::client::HashAlgorithm;
use packetboat_proto::verbs::Verb;
use tokio::io::AsyncReadExt;

/// SHA-1 and MD5 of "abc".
const SHA_1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
const MD5: &str = "900150983CD24FB0D6963F7D28E17F72";

fn download(directory: &Path) -> Download {
    Download { remote: b"f".to_vec(), local: directory.join("f"), resume: false, known: None }
}

#[tokio::test]
async fn the_best_hash_is_asked_for_once_selected() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        control.answer("FEAT", "211-Have\r\n HASH SHA-1;MD5*\r\n211 End").await;
        control.answer("OPTS HASH SHA-1", "200 SHA-1").await;
        for _ in 0..2 {
            control.answer("HASH f", &format!("213 SHA-1 0-2 {SHA_1} f")).await;
        }
        control.answer("OPTS HASH MD5", "200 MD5").await;
        control.answer("HASH f", &format!("213 MD5 0-2 {MD5} f")).await;
    });
    for _ in 0..2 {
        let hash = client.hash(b"f", None).await.expect("a hash");
        assert_eq!((hash.algorithm, hash.hex.as_str()), (HashAlgorithm::Sha1, SHA_1));
        assert_eq!(hash.told_by, Verb::Hash);
    }
    let hash = client.hash(b"f", Some(HashAlgorithm::Md5)).await.expect("a hash");
    assert_eq!(hash.hex, MD5.to_lowercase());
    server.await.expect("the script");
}

#[tokio::test]
async fn older_verbs_stand_in_for_hash() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        control.answer("FEAT", "211-Have\r\n XCRC\r\n XMD5\r\n211 End").await;
        control.answer("XMD5 \"a b\"", &format!("250 {MD5}")).await;
        control.answer("XCRC f", "250 352441C2").await;
        control.answer("XSHA256 f", "502 no").await;
    });
    let hash = client.hash(b"a b", None).await.expect("a hash");
    assert_eq!((hash.told_by, hash.hex), (Verb::Xmd5, MD5.to_lowercase()));
    let hash = client.hash(b"f", Some(HashAlgorithm::Crc32)).await.expect("a hash");
    assert_eq!((hash.told_by, hash.hex.as_str()), (Verb::Xcrc, "352441c2"));
    let error = client.hash(b"f", Some(HashAlgorithm::Sha256)).await.expect_err("none");
    assert_eq!(error.reply_number(), Some(502));
    server.await.expect("the script");
}

/// If FEAT lists no hash and the server knows none, the client asks once per session.
#[tokio::test]
async fn a_server_without_hashes_is_not_asked_for_each_file() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        control.answer("FEAT", "211 none").await;
        for verb in ["XSHA256", "XSHA512", "XSHA1", "XSHA", "XMD5", "XCRC"] {
            control.answer(&format!("{verb} f"), "500 what?").await;
        }
        control.answer("QUIT", "221 bye").await;
    });
    for path in [b"f", b"g"] {
        let error = client.hash(path, None).await.expect_err("none");
        assert_eq!(error.reply_number(), Some(500));
    }
    client.quit().await;
    server.await.expect("the script");
}

/// Fetches "abc" from a server with these replies to XMD5 and to the second SIZE.
async fn fetch_verified(
    directory: &Path,
    hash: String,
    size: Option<usize>,
) -> Result<Option<Check>, packetboat_client::Error> {
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.verify = true;
    let mut client = client(options);
    let server = fake.play(async move |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.give_abc().await;
        control.answer("FEAT", "211-Have\r\n XMD5\r\n211 End").await;
        control.answer("XMD5 f", &hash).await;
        if let Some(size) = size {
            control.answer("SIZE f", &format!("213 {size}")).await;
        }
        control.answer("QUIT", "221 bye").await;
    });
    let result = client.get(&download(directory)).await.map(|done| done.check);
    client.quit().await;
    server.await.expect("the script");
    result
}

#[tokio::test]
async fn a_download_is_compared_by_hash_or_else_by_length() {
    let directory = tempfile::tempdir().expect("a directory");
    let check = fetch_verified(directory.path(), format!("250 {MD5}"), None).await;
    assert_eq!(check.expect("the same"), Some(Check::Hash(HashAlgorithm::Md5)));
    let check = fetch_verified(directory.path(), "502 no".into(), Some(3)).await;
    assert_eq!(check.expect("the same"), Some(Check::Size));
}

/// The reply of some servers to SIZE of anything that has no length.
const VAGUE: &str = "550 Could not get file size.";

/// The error after a complete transfer whose comparison the server refuses with this reply to XMD5
/// and SIZE.
async fn compared(uploads: bool, said: &'static str, directory: &Path) -> packetboat_client::Error {
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.verify = true;
    let mut client = client(options);
    let server = fake.play(async move |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        if uploads {
            control.answer("TYPE I", "200 ok").await;
            let data = control.extended_passive().await;
            control.answer("STOR f", "150 go").await;
            let mut stream = accept(&data).await;
            stream.read_to_end(&mut Vec::new()).await.expect("the file");
            control.send("226 stored\r\n").await;
        } else {
            control.give_abc().await;
        }
        control.answer("FEAT", "211-Have\r\n XMD5\r\n211 End").await;
        control.answer("XMD5 f", said).await;
        control.answer("SIZE f", said).await;
        // The reply leaves the reason open, so the client looks at the listing.
        if said == VAGUE {
            let data = control.extended_passive().await;
            control.deliver(&data, "LIST", b"").await;
        }
    });
    let local = directory.join("f");
    let result = if uploads {
        std::fs::write(&local, "abc").expect("a file");
        client.put(&Upload { local, remote: b"f".to_vec(), resume: false }).await
    } else {
        client.get(&download(directory)).await
    };
    server.await.expect("the script");
    result.expect_err("not compared")
}

/// Neither is mistaken for a server that reports no hashes and lengths at all.
#[tokio::test]
async fn what_is_gone_or_may_not_be_read_is_told_as_not_compared() {
    for (uploads, said, finding) in [
        (true, "550 f: No such file or directory", Finding::Absent),
        (true, "550 f: Permission denied", Finding::Forbidden),
        (true, VAGUE, Finding::Absent),
        (false, "550 f: No such file or directory", Finding::Absent),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let error = compared(uploads, said, directory.path()).await;
        assert_eq!(error.failure(), Failure::Unchecked, "{said}: {error}");
        assert_eq!((error.phase(), error.reply_number()), (Phase::Verify, Some(550)), "{error}");
        assert_eq!(error.settled(), Some(finding), "{error}");
        assert!(!error.is_retryable(), "{error}");
        // The file has arrived all the same.
        assert_eq!(std::fs::read(directory.path().join("f")).expect("the file"), b"abc");
        assert!(!part_path(&directory.path().join("f")).exists());
    }
}

#[tokio::test]
async fn a_wrong_download_does_not_get_the_name() {
    let directory = tempfile::tempdir().expect("a directory");
    let wrong = MD5.replace('9', "8");
    for (hash, size) in [(format!("250 {wrong}"), None), ("502 no".to_owned(), Some(4))] {
        let error = fetch_verified(directory.path(), hash, size).await.expect_err("different");
        assert_eq!(error.failure(), Failure::Different);
        let path = directory.path().join("f");
        assert!(!path.exists() && !part_path(&path).exists());
        let aside = directory.path().join(format!("f{WRONG_SUFFIX}"));
        assert_eq!(error.path(), Some(aside.as_path()));
        assert_eq!(std::fs::read(&aside).expect("the bytes"), b"abc");
        std::fs::remove_file(&aside).expect("a file");
    }
}

/// Records what could not be preserved.
#[derive(Default)]
struct Lost(Mutex<Vec<&'static str>>);

impl Observer for Lost {
    fn event(&self, event: Event<'_>) {
        if let Event::NotKept { what, .. } = event {
            self.0.lock().expect("notes").push(what);
        }
    }
}

/// Uploads a file with `preserve`; `dialogue` has the commands for time and permissions, and the
/// replies.
async fn put_preserved(
    features: &'static str,
    dialogue: Vec<(String, String)>,
) -> Vec<&'static str> {
    let directory = tempfile::tempdir().expect("a directory");
    let local = directory.path().join("f");
    std::fs::write(&local, b"abc").expect("a file");
    let file = std::fs::File::options().append(true).open(&local).expect("a file");
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_577_934_245);
    file.set_modified(time).expect("a time");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o640)).expect("a mode");
    }
    let fake = Fake::new().await;
    let lost = Arc::new(Lost::default());
    let mut options = fake.options();
    options.preserve = true;
    let mut client = Client::new(Arc::new(options), lost.clone());
    let server = fake.play(async move |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        let data = control.extended_passive().await;
        control.answer("STOR f", "150 go").await;
        let mut stream = accept(&data).await;
        stream.read_to_end(&mut Vec::new()).await.expect("the file");
        control.send("226 done\r\n").await;
        control.answer("FEAT", features).await;
        for (command, reply) in dialogue {
            control.answer(&command, &reply).await;
        }
        control.answer("QUIT", "221 bye").await;
    });
    let upload = Upload { local, remote: b"f".to_vec(), resume: false };
    client.put(&upload).await.expect("an upload");
    client.quit().await;
    server.await.expect("the script");
    std::mem::take(&mut *lost.0.lock().expect("notes"))
}

#[cfg(unix)]
#[tokio::test]
async fn an_upload_keeps_its_time_and_its_permissions() {
    let pair = |command: &str, reply: &str| (command.to_owned(), reply.to_owned());
    let lost = put_preserved(
        "211-Have\r\n MFMT\r\n MFF modify;UNIX.mode;\r\n211 End",
        vec![
            pair("MFMT 20200102030405 f", "213 Modify=20200102030405; f"),
            pair("MFF UNIX.mode=0640; f", "213 UNIX.mode=0640; f"),
        ],
    );
    assert!(lost.await.is_empty());
    let chmod = vec![pair("SITE CHMOD 640 f", "200 ok")];
    assert_eq!(put_preserved("211 none", chmod).await, ["time"]);
    let refused = vec![pair("SITE CHMOD 640 f", "550 not yours")];
    assert_eq!(put_preserved("211 none", refused).await, ["time", "permissions"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_download_keeps_permissions_when_asked_and_its_time_unless_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.preserve = true;
    let mut keeps = client(options.clone());
    (options.preserve, options.times) = (false, false);
    let mut forgets = client(options);
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("FEAT", "211-Have\r\n MLST size*;\r\n211 End").await;
        let facts = "type=file;size=3;modify=20200102030405;UNIX.mode=0755;";
        control.answer("MLST f", &format!("250-Is\r\n {facts} f\r\n250 End")).await;
        control.answer("TYPE I", "200 ok").await;
        let data = control.extended_passive().await;
        control.deliver(&data, "RETR f", b"abc").await;
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", 3).await;
        let data = control.extended_passive().await;
        control.deliver(&data, "RETR f", b"abc").await;
    });
    let modified = || {
        let metadata = std::fs::metadata(directory.path().join("f")).expect("a file");
        let time = metadata.modified().expect("a time");
        let seconds = time.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        (seconds == 1_577_934_245, metadata.permissions().mode() & 0o777)
    };
    keeps.get(&download(directory.path())).await.expect("a download");
    assert_eq!(modified(), (true, 0o755));
    forgets.get(&download(directory.path())).await.expect("a download");
    assert!(!modified().0);
    server.await.expect("the script");
}
