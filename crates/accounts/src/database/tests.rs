//! Tests of the database alone: what it keeps, who may read it, concurrent processes, and files of
//! older versions.

use super::*;
use crate::{GroupRecord, InformationFor, Own, Source};
use std::os::unix::fs::PermissionsExt as _;

fn cheap() -> Cost {
    Cost::parse("m=8,t=1,p=1").expect("a cost")
}

fn record(name: &str) -> Record {
    let password = PasswordHash::new(b"pw", &cheap()).expect("a hash");
    Record::new(AccountName::parse(name).expect("a name"), password)
}

fn own(values: &[(&str, &str)]) -> Own {
    values.iter().fold(Own::default(), |own, (key, value)| own.with(key, value).expect("a value"))
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
    // Also the files that SQLite keeps next to it while it is open.
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
    anna.locked = true;
    anna.own = own(&[
        ("rights", "list,append"),
        ("root", "/srv/%u"),
        ("expires", "2027-01-31"),
        ("sessions", "3"),
    ]);
    let networks = ["192.0.2.0/24", "::1"].map(str::to_owned);
    anna.own.set("network", &networks).expect("networks");
    anna.information = Some((anna.password.clone(), InformationFor::Storing));
    let bert = record("bert");
    database.add([&anna, &bert]).expect("accounts");
    assert_eq!(database.find(&anna.name).expect("anna"), anna);
    assert_eq!(database.find(&bert.name).expect("bert"), bert);
    let changed = database.edit(&anna.name, |anna| anna.own = Own::default()).expect("a change");
    assert!(changed.own.is_empty());
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
    assert!(added.is_err_and(|error| error.to_string().contains("already an account anna")));
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

/// A new database gets its name when it is complete, and leaves no other files.
#[test]
fn a_database_that_is_cut_to_nothing_is_not_taken_for_a_new_one() {
    let (_folder, database) = database();
    let names = || -> Vec<_> {
        let folder = database.path().parent().expect("a folder");
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name()).collect()
    };
    assert_eq!(names(), [database.path().file_name().expect("a name")]);
    database.add([&record("anna")]).expect("an account");
    std::fs::write(database.path(), "").expect("cut");
    let error = database.count().expect_err("no database").to_string();
    assert!(error.contains("is empty"), "{error}");
}

#[test]
fn files_of_others_and_of_newer_versions_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str, words: &str| {
        let error = Database::open(&folder.path().join(name)).expect_err(name).to_string();
        assert!(error.contains(words) && error.contains(name), "{error}");
    };
    std::fs::write(folder.path().join("empty"), "").expect("a file");
    refused("empty", "restore it from a backup, or remove it");
    let empty = Database::check(&folder.path().join("empty")).expect_err("empty").to_string();
    assert!(empty.contains("is empty"), "{empty}");
    std::fs::write(folder.path().join("text"), "x".repeat(5000)).expect("a file");
    refused("text", "not a database");
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
            .authenticate(&Attempt { user: b"anna", password, from, at: 0, secured: None })
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
    connection
        .execute("INSERT INTO terms VALUES ('account', 'anna', 'rights', 'fly')", [])
        .expect("a change");
    let from = "192.0.2.1".parse().expect("an address");
    let attempt = Attempt { user: b"anna", password: b"pw", from, at: 0, secured: None };
    let refusal = database.authenticate(&attempt).expect_err("not understood");
    assert!(matches!(&refusal, Refusal::Unavailable(why) if why.contains("fly")), "{refusal}");
    // A missing file is not silently created again.
    std::fs::remove_file(database.path()).expect("the file");
    assert!(matches!(database.authenticate(&attempt), Err(Refusal::Unavailable(_))));
    assert!(!database.path().exists());
}

#[test]
fn a_count_is_trusted_unless_another_run_has_left_its_mark() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let anna = Holder::new(Source::Database, "anna");
    let (run, later) = (Run::new(), Run::new());
    let stored = |bytes, files| Stored { bytes, files };
    assert_eq!(database.stored(&anna).expect("asked"), None);
    let opened = database.open_count(&anna, &run).expect("opened");
    assert_eq!(opened.stored, None);
    let epoch = database.counted(&anna, stored(10, 1), &run).expect("counted");
    let tally = |bytes, epoch, closes| {
        [Tally { holder: anna.clone(), stored: stored(bytes, 2), epoch, closes }]
    };
    assert_eq!(database.write_counts(&tally(20, epoch, false), &run).expect("kept"), [true]);
    assert_eq!(database.open_count(&anna, &run).expect("opened").stored, Some(stored(20, 2)));
    assert!(database.stored(&anna).expect("asked").is_some_and(|count| count.in_use));
    // It crashed, so the next run must recount.
    assert!(database.reliable_count(&anna, &later).expect("asked").is_none());
    assert_eq!(database.open_count(&anna, &later).expect("opened").stored, None);
    let anew = database.counted(&anna, stored(30, 3), &later).expect("counted");
    // It is alive after all: its count is of an older epoch, and its mark comes back.
    assert_eq!(database.write_counts(&tally(21, epoch, true), &run).expect("kept"), [false]);
    assert!(database.reliable_count(&anna, &later).expect("asked").is_none());
    database.counted(&anna, stored(31, 3), &run).expect("counted");
    assert_eq!(database.write_counts(&tally(1, anew, true), &later).expect("kept"), [false]);
    let epoch = database.counted(&anna, stored(30, 3), &later).expect("counted");
    assert_eq!(database.write_counts(&tally(30, epoch, true), &later).expect("kept"), [true]);
    let count = database.stored(&anna).expect("asked").expect("a count");
    assert_eq!(count, StoredCount { stored: stored(30, 2), in_use: false });
    database.forget_count(&anna).expect("forgotten");
    assert_eq!(database.stored(&anna).expect("asked"), None);
    database.counted(&anna, stored(30, 2), &later).expect("counted");
    assert_eq!(database.write_counts(&tally(1, epoch, true), &later).expect("kept"), [false]);
    let epoch = database.counted(&anna, stored(30, 2), &later).expect("counted");
    assert_eq!(database.write_counts(&tally(30, epoch, true), &later).expect("kept"), [true]);
    assert!(database.reliable_count(&anna, &Run::new()).expect("asked").is_some());
}

#[test]
fn a_recount_leaves_the_marks_of_servers_that_live() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let anna = Holder::new(Source::Database, "anna");
    let connection = file::connect(database.path()).expect("a connection");
    let sql = "INSERT INTO usage_open VALUES ('anna', '4194305-dead')";
    connection.execute(sql, []).expect("a mark");
    let count = database.recounted(&anna, Stored { bytes: 1, files: 1 }).expect("counted");
    assert!(!count.in_use, "no process has such a number");
    database.open_count(&anna, &Run::new()).expect("opened");
    let count = database.recounted(&anna, Stored { bytes: 2, files: 1 }).expect("counted");
    assert!(count.in_use, "this process lives");
}

/// Removing an account of the database removes its count, but not that of another source's account
/// with the same name.
#[test]
fn accounts_of_others_have_counts_of_their_own() {
    let (_folder, database) = database();
    database.add([&record("anna")]).expect("an account");
    let [here, of_hook, of_pam] =
        [Source::Database, Source::Hook, Source::Pam].map(|source| Holder::new(source, "anna"));
    let run = Run::new();
    let stored = |bytes| Stored { bytes, files: 1 };
    for (bytes, holder) in [(1, &here), (2, &of_hook), (3, &of_pam)] {
        database.open_count(holder, &run).expect("opened");
        database.counted(holder, stored(bytes), &run).expect("counted");
    }
    let count = |holder| database.stored(holder).expect("asked");
    let in_use = |bytes| Some(StoredCount { stored: stored(bytes), in_use: true });
    assert_eq!([&here, &of_hook, &of_pam].map(count), [in_use(1), in_use(2), in_use(3)]);
    assert!(database.reliable_count(&of_hook, &Run::new()).expect("asked").is_none());
    database.remove(&[AccountName::parse("anna").expect("a name")]).expect("a removal");
    assert_eq!([&here, &of_hook, &of_pam].map(count), [None, in_use(2), in_use(3)]);
    // A server that still counts for it leaves nothing behind for the next account of that name.
    database.counted(&here, stored(9), &run).expect("asked");
    database.add([&record("anna")]).expect("an account");
    assert_eq!(count(&here), None);
    assert!(database.forget_count(&of_hook).expect("forgotten"));
    assert_eq!(count(&of_hook), None);
}

#[test]
fn counts_of_an_older_form_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.db");
    let old = Connection::open(&path).expect("a database");
    file::prepare_as(&old, 5).expect("the fifth form");
    let fill = "INSERT INTO accounts (name, password) VALUES ('anna', 'x');
                INSERT INTO usage VALUES ('anna', 7, 2, 1);
                INSERT INTO usage_open VALUES ('anna', '4194305-dead');";
    old.execute_batch(fill).expect("an account that a crash has left in use");
    drop(old);
    let database = Database::open(&path).expect("a database");
    let count = database.stored(&Holder::new(Source::Database, "anna")).expect("asked");
    let stored = Stored { bytes: 7, files: 2 };
    assert_eq!(count, Some(StoredCount { stored, in_use: true }));
}

#[test]
fn groups_give_what_an_account_has_not_of_its_own() {
    let (_folder, database) = database();
    let name = |text: &str| AccountName::parse(text).expect("a name");
    let mut staff = GroupRecord::new(name("staff"));
    staff.own = own(&[("sessions", "2"), ("rights", "all")]);
    database.add_group(&staff).expect("a group");
    assert!(database.add_group(&staff).is_err_and(|error| error.to_string().contains("already")));
    let mut anna = record("anna");
    anna.groups = vec![name("nobody")];
    assert!(
        database.add([&anna]).is_err_and(|error| error.to_string().contains("no group nobody"))
    );
    anna.groups = vec![name("staff")];
    anna.own = own(&[("rights", "list")]);
    database.add([&anna]).expect("an account");
    let account = database.account(b"anna").expect("a database").expect("anna");
    assert_eq!(
        (account.rights().to_string().as_str(), account.terms().sessions),
        ("list", Some(2))
    );
    assert!(
        database
            .remove_groups(&[name("staff")])
            .is_err_and(|error| error.to_string().contains("anna"))
    );
    database.remove(&[name("anna")]).expect("a removal");
    assert_eq!(database.members(&name("staff")).expect("members"), []);
    database.remove_groups(&[name("staff")]).expect("a removal");
    // A new account of the same name starts from nothing.
    database.add_group(&GroupRecord::new(name("staff"))).expect("a group");
    assert!(database.find_group(&name("staff")).expect("a group").own.is_empty());
    database.add([&record("anna")]).expect("an account");
    assert!(database.find(&name("anna")).expect("anna").own.is_empty());
}

#[test]
fn the_revision_grows_with_what_sessions_have_to_learn_of_and_with_nothing_else() {
    let (_folder, database) = database();
    let name = |text: &str| AccountName::parse(text).expect("a name");
    let mut last = database.revision().expect("a number");
    let mut grows = |what: &str, grown: bool| {
        let now = database.revision().expect("a number");
        assert_eq!(now > last, grown, "{what}");
        last = now;
    };
    database.add_group(&GroupRecord::new(name("staff"))).expect("a group");
    grows("an empty group", false);
    database.add([&record("anna")]).expect("an account");
    grows("an account", true);
    let edit = |edit: fn(&mut Record)| database.edit(&name("anna"), edit).expect("a change");
    edit(|anna| anna.locked = true);
    grows("a lock", true);
    edit(|anna| anna.groups = vec![AccountName::parse("staff").expect("a name")]);
    grows("a membership", true);
    let widen = |group: &mut GroupRecord| group.own.set("rights", &["all".to_owned()]);
    database.edit_group(&name("staff"), widen).expect("a database").expect("a change");
    grows("a group's value", true);
    let anna = database.find(&name("anna")).expect("anna");
    database.rehash(&anna, b"pw", &cheap()).expect("a hash");
    grows("a better hash", false);
    database.remove(&[name("anna")]).expect("a removal");
    grows("a removal", true);
}

#[test]
fn a_file_of_the_first_form_keeps_its_accounts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.db");
    let old = Connection::open(&path).expect("a database");
    file::prepare_as(&old, 1).expect("the first form");
    old.execute(
        "INSERT INTO accounts (name, password, rights, root, expires, sessions, networks)
         VALUES ('anna', ?1, 'all', '/srv/%u', 1801440000, 3, '192.0.2.0/24 ::1/128')",
        [record("anna").password.expose()],
    )
    .expect("an account");
    drop(old);
    let database = Database::open(&path).expect("a database");
    let anna = database.find(&AccountName::parse("anna").expect("a name")).expect("anna");
    let mut wanted = own(&[
        ("rights", "all"),
        ("root", "/srv/%u"),
        ("expires", "2027-01-31"),
        ("sessions", "3"),
    ]);
    let networks = ["192.0.2.0/24", "::1/128"].map(str::to_owned);
    wanted.set("network", &networks).expect("networks");
    assert_eq!(anna.own, wanted);
}

/// An import had stored such a name; after that, no account and no group's members could be listed.
#[test]
fn an_account_whose_name_would_be_refused_now_is_listed_and_can_be_removed() {
    let (_folder, database) = database();
    let name = |text: &str| AccountName::stored(text).expect("a name");
    database.add_group(&GroupRecord::new(name("staff"))).expect("a group");
    let mut marked = record("anna");
    marked.name = name("\u{feff}anna");
    marked.groups = vec![name("staff")];
    database.add([&record("bert"), &marked]).expect("accounts");
    let mut listed = Vec::new();
    let shown = database.for_each(|found| {
        listed.push(found.name.clone());
        Ok::<_, ()>(())
    });
    shown.expect("a database").expect("no end");
    assert_eq!(listed, [name("bert"), marked.name.clone()]);
    assert_eq!(database.members(&name("staff")).expect("members"), [marked.name.clone()]);
    database.remove(std::slice::from_ref(&marked.name)).expect("a removal");
    assert!(database.find(&marked.name).is_err());
}
