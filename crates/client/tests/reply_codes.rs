//! What the client does on single reply codes: wait, reconnect, send the account, or find out the
//! reason.

mod fake;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake::{Fake, accept, client};
use packetboat_client::{
    Account, Cause, Client, Error, Event, Failure, Finding, Observer, Phase, Upload,
};
use tokio::io::AsyncReadExt;

/// Records the events that are worth telling the user.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn event(&self, event: Event<'_>) {
        let note = match event {
            Event::Waiting { reply, delay } => format!("{} {}", reply.code(), delay.as_secs()),
            Event::Retrying { error, attempt, of, .. } => {
                format!("{:?} {attempt}/{of}", error.reply_number())
            }
            _ => return,
        };
        self.0.lock().expect("notes").push(note);
    }
}

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("notes"))
    }
}

/// RFC 959 §5.4: a greeting of 120 is followed by 220.
#[tokio::test]
async fn an_announced_delay_is_shown_and_waited_out() {
    let fake = Fake::new().await;
    let notes = Arc::new(Notes::default());
    let mut client = Client::new(Arc::new(fake.options()), notes.clone());
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.send("120 Ready in 5 minutes\r\n").await;
        control.greet_and_log_in().await;
    });
    client.connect().await.expect("a session");
    assert_eq!(notes.take(), ["120 300"]);
    server.await.expect("the script");
}

#[tokio::test]
async fn a_delay_beyond_patience_is_not_waited_out() {
    for (longest, rule) in [(60, "450=1"), (3600, "120=0")] {
        let fake = Fake::new().await;
        let mut options = fake.options();
        options.longest_delay = Duration::from_secs(longest);
        options.retry.rules.push(rule.parse().expect("a rule"));
        let server = fake.play(async |fake| {
            let mut control = fake.accept().await;
            control.send("120 Ready in 5 minutes\r\n").await;
            assert_eq!(control.next().await, "");
        });
        let mut client = client(options);
        let error = client.connect().await.expect_err("too long");
        assert_eq!((error.phase(), error.reply_number()), (Phase::Greeting, Some(120)));
        assert_eq!(error.failure(), Failure::Transient);
        server.await.expect("the script");
    }
}

/// 421 ends the session; the operation continues in a new one.
#[tokio::test]
async fn a_closed_session_is_opened_again() {
    let fake = Fake::new().await;
    let notes = Arc::new(Notes::default());
    let mut client = Client::new(Arc::new(fake.options()), notes.clone());
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("DELE a", "421 going down").await;
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("DELE a", "250 gone").await;
    });
    client.delete(b"a").await.expect("gone");
    assert_eq!(notes.take(), ["Some(421) 1/2"]);
    server.await.expect("the script");
}

/// RFC 2577 §5: after wrong passwords a server sends 421; the password is not sent again.
#[tokio::test]
async fn a_password_is_not_repeated_after_421() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.send("220 fake\r\n").await;
        control.answer("USER anonymous", "331 password").await;
        control.answer("PASS anonymous@", "421 too many failures").await;
        assert_eq!(control.next().await, "");
    });
    let error = client.connect().await.expect_err("no way in");
    assert_eq!((error.reply_number(), error.is_retryable()), (Some(421), false));
    server.await.expect("the script");
}

/// A rule changes how often an operation is repeated after a code, even one that is usually final.
#[tokio::test]
async fn rules_for_single_codes_are_followed() {
    let fake = Fake::new().await;
    let mut options = fake.options();
    for rule in ["450=4/0", "451=0", "550=1/0"] {
        options.retry.rules.push(rule.parse().expect("a rule"));
    }
    let mut client = client(options);
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        for _ in 0..4 {
            control.answer("DELE a", "450 busy").await;
        }
        control.answer("DELE a", "250 gone").await;
        control.answer("DELE b", "451 broken").await;
        control.answer("DELE c", "550 not there yet").await;
        control.answer("DELE c", "250 gone").await;
    });
    client.delete(b"a").await.expect("gone");
    assert_eq!(client.delete(b"b").await.expect_err("no").reply_number(), Some(451));
    client.delete(b"c").await.expect("gone");
    server.await.expect("the script");
}

/// RFC 959 §4.2: 202 is a success; PASS may be superfluous.
#[tokio::test]
async fn a_superfluous_command_is_a_success() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.send("220 fake\r\n").await;
        control.answer("USER anonymous", "331 password").await;
        control.answer("PASS anonymous@", "202 superfluous").await;
        control.answer("DELE a", "202 as you like").await;
    });
    client.delete(b"a").await.expect("a success");
    server.await.expect("the script");
}

/// RFC 959 §4.1.1: a login may require an account, after USER or after PASS.
#[tokio::test]
async fn a_login_that_wants_an_account_gets_it() {
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.account = Account::known("acme");
    let mut client = client(options);
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.send("220 fake\r\n").await;
        control.answer("USER anonymous", "331 password").await;
        control.answer("PASS anonymous@", "332 account").await;
        control.answer("ACCT acme", "230 in").await;
        control.answer("DELE a", "421 bye").await;
        let mut control = fake.accept().await;
        control.send("220 fake\r\n").await;
        control.answer("USER anonymous", "332 account").await;
        control.answer("ACCT acme", "202 in already").await;
        control.answer("DELE a", "250 gone").await;
    });
    client.delete(b"a").await.expect("gone");
    server.await.expect("the script");
}

#[tokio::test]
async fn without_an_account_the_login_fails() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.send("220 fake\r\n").await;
        control.answer("USER anonymous", "332 account").await;
        assert_eq!(control.next().await, "");
    });
    let error = client.connect().await.expect_err("no account");
    assert_eq!((error.failure(), error.reply_number()), (Failure::Login, Some(332)));
    server.await.expect("the script");
}

/// RFC 959 §4.1.1: the server discards the command that it answers with 532, so it is sent again.
#[tokio::test]
async fn storing_and_renaming_begin_again_with_an_account() {
    let directory = tempfile::tempdir().expect("a directory");
    let local = directory.path().join("f");
    std::fs::write(&local, b"abc").expect("a file");
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.account = Account::asked(|| Some(b"acme".to_vec()));
    let mut client = client(options);
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        let data = control.extended_passive().await;
        control.answer("STOR f", "532 who pays?").await;
        drop(data);
        control.answer("ACCT acme", "230 thanks").await;
        let data = control.extended_passive().await;
        control.answer("STOR f", "125 go").await;
        let mut stream = accept(&data).await;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("the file");
        assert_eq!(bytes, b"abc");
        control.send("250 done\r\n").await;
        control.answer("RNFR f", "350 go on").await;
        control.answer("RNTO g", "532 who pays?").await;
        control.answer("ACCT acme", "202 known").await;
        control.answer("RNFR f", "350 go on").await;
        control.answer("RNTO g", "250 done").await;
    });
    let upload = Upload { local, remote: b"f".to_vec(), resume: false };
    assert_eq!(client.put(&upload).await.expect("an upload").bytes, 3);
    client.rename(b"f", b"g").await.expect("renamed");
    server.await.expect("the script");
}

fn found(error: &Error) -> (Option<Finding>, Failure) {
    (error.finding(), error.failure())
}

/// RFC 959 §4.2.2 has one code for missing files and for missing permissions.
#[tokio::test]
async fn mlst_tells_what_550_means() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("DELE d/a", "550 failed").await;
        control.answer("FEAT", "211-Have\r\n MLST type*;\r\n211 End").await;
        control.answer("MLST d/a", "550 failed").await;
        // A link that leads out of what is served is listed in its directory, but MLST refuses it.
        let data = control.extended_passive().await;
        control.deliver(&data, "MLSD d", b"type=file; b\r\n").await;
        control.answer("DELE d/b", "550 failed").await;
        control.answer("MLST d/b", "250-Is\r\n type=file; d/b\r\n250 End").await;
        control.answer("DELE c", "550 failed").await;
        control.answer("MLST c", "250-Is\r\n type=dir; c\r\n250 End").await;
        control.answer("MKD x/y", "550 failed").await;
        control.answer("MLST x/y", "550 failed").await;
        control.answer("PWD", "257 \"/\"").await;
        control.answer("CWD x", "550 failed").await;
        // Here the words of the reply are enough.
        control.answer("DELE e", "550 Permission denied").await;
        control.answer("QUIT", "221 bye").await;
    });
    let error = client.delete(b"d/a").await.expect_err("absent");
    assert_eq!(found(&error), (Some(Finding::Absent), Failure::NotFound));
    let error = client.delete(b"d/b").await.expect_err("forbidden");
    assert_eq!(found(&error), (Some(Finding::Forbidden), Failure::Permission));
    let error = client.delete(b"c").await.expect_err("a directory");
    assert_eq!(found(&error), (Some(Finding::Directory), Failure::Refused));
    let error = client.make_directory(b"x/y").await.expect_err("no parent");
    assert_eq!(found(&error), (Some(Finding::NoParent), Failure::NotFound));
    let error = client.delete(b"e").await.expect_err("forbidden");
    assert_eq!(found(&error), (None, Failure::Permission));
    client.quit().await;
    server.await.expect("the script");
}

#[tokio::test]
async fn without_mlst_a_listing_tells_what_550_means() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        for (number, name) in ["there", "not-there"].into_iter().enumerate() {
            control.answer(&format!("DELE {name}"), "550 failed").await;
            if number == 0 {
                control.answer("FEAT", "500 what?").await;
            }
            let data = control.extended_passive().await;
            let lines = b"-rw-r--r-- 1 u g 5 Nov 24 2020 there\r\n";
            control.deliver(&data, "LIST", lines).await;
        }
        control.answer("QUIT", "221 bye").await;
    });
    let error = client.delete(b"there").await.expect_err("forbidden");
    assert_eq!(found(&error), (Some(Finding::Forbidden), Failure::Permission));
    let error = client.delete(b"not-there").await.expect_err("absent");
    assert_eq!(found(&error), (Some(Finding::Absent), Failure::NotFound));
    client.quit().await;
    server.await.expect("the script");
}

/// Sends more than all buffers hold to a server that reads none of it and sends this reply, or none.
async fn sent_to_one_that_reads_nothing(said: Option<&'static str>) -> Error {
    let directory = tempfile::tempdir().expect("a directory");
    let local = directory.path().join("f");
    std::fs::File::create(&local).and_then(|file| file.set_len(64 << 20)).expect("a file");
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.retry.retries = 0;
    options.reply_timeout = Duration::from_secs(3);
    let mut client = client(options);
    let server = fake.play(async move |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        control.answer("SIZE f", "550 none").await;
        control.answer("FEAT", "502 none").await;
        let data = control.extended_passive().await;
        control.answer("STOR f", "150 go").await;
        let stream = accept(&data).await;
        if let Some(said) = said {
            control.send(&format!("{said}\r\n")).await;
        }
        assert_eq!(control.next().await, "", "the client goes");
        drop(stream);
    });
    let upload = Upload { local, remote: b"f".to_vec(), resume: false };
    let error = client.put(&upload).await.expect_err("stalled");
    drop(client);
    server.await.expect("the script");
    error
}

#[tokio::test]
async fn a_stalled_upload_is_told_with_the_servers_reason_if_it_gave_one() {
    let silent = sent_to_one_that_reads_nothing(None).await;
    let words = sent_to_one_that_reads_nothing(Some("452 full")).await;
    for error in [&silent, &words] {
        assert!(matches!(error.cause(), Cause::TimedOut(_)), "{error}");
        assert!(error.leaves_unknown().is_none(), "not all was sent: {error}");
    }
    assert_eq!((silent.reply_number(), words.reply_number()), (None, Some(452)));
}
