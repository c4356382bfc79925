use super::*;
use crate::{InformationFor, Network, Rights, Root, Terms};
use std::os::unix::fs::PermissionsExt as _;

fn cheap() -> Cost {
    Cost::parse("m=8,t=1,p=1").expect("a cost")
}

fn record(name: &str) -> Record {
    let password = PasswordHash::new(b"pw", &cheap()).expect("a hash");
    Record::new(AccountName::parse(name).expect("a name"), password, Rights::READ_ONLY)
}

fn database() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::open(&folder.path().join("new/accounts.db")).expect("a database");
    database.set_cost(&cheap()).expect("a cost");
    (folder, database)
}

#[test]
fn the_file_is_its_owners_alone() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let mode =
        |path: &Path| std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!(mode(database.path()), 0o600);
    let folder = database.path().parent().expect("a folder");
    assert_eq!(mode(folder), 0o700);
    // What SQLite puts beside it while it is open, too.
    let _open = file::connect(database.path()).expect("a connection");
    database.add([&record("bert")]).expect("an account");
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn an_account_comes_back_as_it_was() {
    let (_folder, database) = database();
    let mut anna = record("anna");
    anna.rights = Rights::parse("list,append").expect("rights");
    anna.terms = Terms {
        root: Some(Root::parse("/srv/%u").expect("a root")),
        expires: Some(1_800_000_000),
        locked: true,
        sessions: Some(3),
        networks: ["192.0.2.0/24", "::1"]
            .map(|text| Network::parse(text).expect("a network"))
            .into(),
    };
    anna.information = Some((anna.password.clone(), InformationFor::Storing));
    let bert = record("bert");
    database.add([&anna, &bert]).expect("accounts");
    assert_eq!(database.find(&anna.name).expect("anna"), anna);
    assert_eq!(database.find(&bert.name).expect("bert"), bert);
    let changed =
        database.edit(&anna.name, |anna| anna.terms = Terms::default()).expect("a change");
    assert_eq!(changed.terms, Terms::default());
    assert_eq!(database.find(&anna.name).expect("anna"), changed);
    let mut names = Vec::new();
    let shown = database.for_each(|record| {
        names.push(record.name.to_string());
        Ok::<(), ()>(())
    });
    assert_eq!(shown.expect("a list"), Ok(()));
    assert_eq!(names, ["anna", "bert"]);
}

#[test]
fn several_are_added_or_removed_together_or_not_at_all() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let added = database.add([&record("bert"), &record("anna")]);
    assert!(added.is_err_and(|error| error.to_string().contains("anna already")));
    assert_eq!(database.count().expect("a count"), 1);
    let names = ["anna", "bert"].map(|name| AccountName::parse(name).expect("a name"));
    assert!(
        database.remove(&names).is_err_and(|error| error.to_string().contains("no account bert"))
    );
    assert_eq!(database.count().expect("a count"), 1);
    database.remove(&names[..1]).expect("a removal");
    assert_eq!(database.count().expect("a count"), 0);
    assert!(database.edit(&names[0], |_| ()).is_err());
}

#[test]
fn many_processes_may_make_it_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accounts.db");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let database = Database::open(path).expect("a database");
                database.add([&record(&format!("user{number}"))]).expect("an account");
            });
        }
    });
    assert_eq!(Database::open(&path).and_then(|database| database.count()).expect("a count"), 8);
}

#[test]
fn files_of_others_and_of_newer_versions_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str, words: &str| {
        let error = Database::open(&folder.path().join(name)).expect_err(name).to_string();
        assert!(error.contains(words) && error.contains(name), "{error}");
    };
    std::fs::write(folder.path().join("text"), "x".repeat(5000)).expect("a file");
    refused("text", "no database");
    let other = Connection::open(folder.path().join("other")).expect("a database");
    other.execute_batch("CREATE TABLE t (a)").expect("a table");
    refused("other", "another program");
    let newer = Database::open(&folder.path().join("newer")).expect("a database");
    let open = Connection::open(newer.path()).expect("a connection");
    open.pragma_update(None, "user_version", 99).expect("a version");
    refused("newer", "newer Packetboat");
}

#[test]
fn an_imported_hash_becomes_argon2id_at_the_next_good_login() {
    let (_folder, database) = database();
    let mut anna = record("anna");
    // "correct horse".
    anna.password = PasswordHash::parse("$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80").expect("a hash");
    database.add([&anna]).expect("an account");
    let from = "192.0.2.1".parse().expect("an address");
    let login = |password: &[u8]| {
        database
            .authenticate(&Attempt { user: b"anna", password, from, at: 0 })
            .map(|entered| entered.remark)
    };
    assert_eq!(login(b"wrong"), Err(Refusal::WrongPassword));
    assert_eq!(database.find(&anna.name).expect("anna").password, anna.password);
    assert_eq!(login(b"correct horse"), Ok(None));
    let anew = database.find(&anna.name).expect("anna").password;
    assert_eq!(anew.kind(), "argon2");
    assert_eq!(login(b"correct horse"), Ok(None));
    assert_eq!(database.find(&anna.name).expect("anna").password, anew, "one is enough");
    database.set_cost(&Cost::parse("m=16,t=1,p=1").expect("a cost")).expect("a cost");
    assert_eq!(login(b"correct horse"), Ok(None));
    assert_ne!(database.find(&anna.name).expect("anna").password, anew, "the cost has changed");
}

#[test]
fn a_row_that_is_not_understood_lets_nobody_in() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let connection = file::connect(database.path()).expect("a connection");
    connection.execute("UPDATE accounts SET rights = 'fly'", []).expect("a change");
    let from = "192.0.2.1".parse().expect("an address");
    let attempt = Attempt { user: b"anna", password: b"pw", from, at: 0 };
    let refusal = database.authenticate(&attempt).expect_err("not understood");
    assert!(matches!(&refusal, Refusal::Unavailable(why) if why.contains("fly")), "{refusal}");
    // A file that is gone is not made anew behind the administrator's back.
    std::fs::remove_file(database.path()).expect("the file");
    assert!(matches!(database.authenticate(&attempt), Err(Refusal::Unavailable(_))));
    assert!(!database.path().exists());
}

#[test]
fn limits_are_kept_beside_the_account_and_go_with_it() {
    let (_folder, database) = database();
    let anna = record("anna");
    assert!(database.edit_limits(&anna.name, |_| ()).is_err(), "there is no such account");
    database.add([&anna]).expect("an account");
    assert_eq!(database.limits("anna").expect("limits"), Limits::default());
    let set = database.edit_limits(&anna.name, |limits| {
        limits.quota_bytes = Limit::To(1 << 40);
        limits.rate_up = Limit::Unlimited;
    });
    let set = set.expect("limits");
    assert_eq!(database.limits("anna").expect("limits"), set);
    assert!(set.has_quota());
    let group = Limits { rate_up: Limit::To(5), rate_down: Limit::To(6), ..Limits::default() };
    let both = set.or(group);
    assert_eq!((both.rate_up.get(), both.rate_down.get()), (None, Some(6)));
    database.remove(&[anna.name.clone()]).expect("a removal");
    database.add([&anna]).expect("an account");
    assert_eq!(database.limits("anna").expect("limits"), Limits::default());
}

#[test]
fn a_count_is_trusted_unless_another_run_has_left_its_mark() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let (run, later) = (Run::new(), Run::new());
    let stored = |bytes, files| Stored { bytes, files };
    assert_eq!(database.stored("anna").expect("asked"), None);
    let opened = database.open_count("anna", &run).expect("opened");
    assert_eq!(opened.stored, None);
    let epoch = database.counted("anna", stored(10, 1), &run).expect("counted");
    let tally = |bytes, epoch, closes| {
        [Tally { name: "anna".into(), stored: stored(bytes, 2), epoch, closes }]
    };
    assert_eq!(database.write_counts(&tally(20, epoch, false), &run).expect("kept"), [true]);
    assert_eq!(database.open_count("anna", &run).expect("opened").stored, Some(stored(20, 2)));
    assert!(database.stored("anna").expect("asked").is_some_and(|count| count.in_use));
    // It crashed: the next run counts.
    assert!(!database.is_counted("anna", &later).expect("asked"));
    assert_eq!(database.open_count("anna", &later).expect("opened").stored, None);
    let anew = database.counted("anna", stored(30, 3), &later).expect("counted");
    // It lives after all: what it has is of an older epoch, and its mark comes back.
    assert_eq!(database.write_counts(&tally(21, epoch, true), &run).expect("kept"), [false]);
    assert!(!database.is_counted("anna", &later).expect("asked"));
    database.counted("anna", stored(31, 3), &run).expect("counted");
    assert_eq!(database.write_counts(&tally(1, anew, true), &later).expect("kept"), [false]);
    let epoch = database.counted("anna", stored(30, 3), &later).expect("counted");
    assert_eq!(database.write_counts(&tally(30, epoch, true), &later).expect("kept"), [true]);
    let count = database.stored("anna").expect("asked").expect("a count");
    assert_eq!(count, StoredCount { stored: stored(30, 2), in_use: false });
    assert!(database.is_counted("anna", &Run::new()).expect("asked"));
}

#[test]
fn a_recount_leaves_the_marks_of_servers_that_live() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let connection = file::connect(database.path()).expect("a connection");
    let sql = "INSERT INTO usage_open VALUES ('anna', '4194305-dead')";
    connection.execute(sql, []).expect("a mark");
    let count = database.recounted("anna", Stored { bytes: 1, files: 1 }).expect("counted");
    assert!(!count.in_use, "no process has such a number");
    database.open_count("anna", &Run::new()).expect("opened");
    let count = database.recounted("anna", Stored { bytes: 2, files: 1 }).expect("counted");
    assert!(count.in_use, "this process lives");
}
