//! What `packetboat user` reports about accounts: invalid values, missing things, an account's
//! properties, and the database they are in.

use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::program::{run, run_with_input};
use packetboat_tests::{Server, Setup, wait_for};

/// "correct horse".
const MD5: &str = "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80";

/// An invalid value that starts with a minus must be reported as a value of its setting, not as an
/// unknown option.
#[test]
fn a_value_with_a_minus_is_no_option() {
    let keeper = Keeper::new();
    for (words, why) in [
        (["--quota", "-5"], "give a size, such as 500MiB or 10GiB, or unlimited"),
        (["--quota-files", "-5"], "give a number, such as 10000, or unlimited"),
        (["--rate-up", "-1KiB/s"], "give a rate of at least 1KiB/s"),
        (["--sessions", "-1"], "give a number from 1 up, or any"),
        (["--quota", "--json"], "give a size"),
    ] {
        for line in [vec!["add", "anna"], vec!["set", "anna"]] {
            let refused = keeper.user(&[line.as_slice(), &words].concat());
            assert_eq!(refused.code(), Some(2), "{refused:?}");
            // With --json, the error is an object.
            let said = format!("{}{}", refused.stdout, refused.stderr);
            assert!(said.contains(why) && !said.contains("tip:"), "{refused:?}");
        }
    }
}

/// Otherwise a misspelt name would create an empty database beside the intended one.
#[test]
fn only_what_adds_makes_a_database() {
    let keeps = tempfile::tempdir().expect("a folder");
    let path = |name: &str| keeps.path().join(name);
    let program = |words: &[&str], database: &str| {
        let mut command = packetboat_tests::program::client(words);
        run_with_input(command.env("PACKETBOAT_DATABASE", path(database)), KEPT_PASSWORD.as_bytes())
    };
    let refuses = |words: &[&str], database: &str, why: &str| {
        let output = program(words, database);
        assert_eq!((output.code(), output.stdout.as_str()), (Some(8), ""), "{output:?}");
        assert!(output.stderr.contains(why), "{why:?} is not in {output:?}");
        assert!(output.stderr.contains("choose another file with --database"), "{output:?}");
        assert_eq!(std::fs::read_dir(keeps.path()).expect("the folder").count(), 0, "{words:?}");
    };
    let absent =
        format!("no database {}; create it with `packetboat user add`", path("x.db").display());
    for words in [
        &["user", "list"][..],
        &["user", "show", "anna"],
        &["user", "passwd", "anna"],
        &["user", "set", "anna", "--rights", "all"],
        &["user", "lock", "anna"],
        &["user", "rm", "anna"],
        &["user", "recount", "anna"],
        &["user", "cost"],
        &["group", "list"],
        &["group", "rm", "staff"],
        &["ban", "list"],
        &["ban", "add", "127.0.0.7"],
        &["ban", "lift", "127.0.0.7"],
    ] {
        refuses(words, "x.db", &absent);
    }
    // A folder that the user has named is not created.
    let absent = format!("the folder {} does not exist; create it", path("nope").display());
    refuses(&["user", "add", "anna"], "nope/x.db", &absent);
    refuses(&["group", "add", "staff"], "nope/x.db", &absent);
    program(&["user", "add", "anna"], "users.db").ok();
    program(&["group", "add", "staff"], "groups.db").ok();
    assert!(program(&["user", "list"], "users.db").ok().stdout.contains("anna"));
    // The default folder is created.
    if !rustix::process::geteuid().is_root() {
        let mut add = packetboat_tests::program::client(&["user", "add", "anna"]);
        add.env_remove("PACKETBOAT_DATABASE").env("XDG_STATE_HOME", path("state"));
        run_with_input(&mut add, KEPT_PASSWORD.as_bytes()).ok();
        assert!(path("state/packetboat/accounts.db").is_file());
    }
}

/// Scripts set variables even if they have no value for them.
#[test]
fn an_empty_variable_counts_as_none() {
    let keeper = Keeper::new();
    run_with_input(&mut keeper.command(&["add", "anna"]), KEPT_PASSWORD.as_bytes()).ok();
    for subcommand in ["user", "group", "ban"] {
        let mut list = keeper.program(&[subcommand, "list", "--json", "--database"]);
        list.arg(keeper.database());
        let output = run(list.env("PACKETBOAT_DATABASE", "")).ok();
        assert_eq!(output.stdout.contains("anna"), subcommand == "user", "{output:?}");
    }
    // An empty argument is still a mistake.
    let refused = run(keeper.command(&["list", "--database", ""]).env("PACKETBOAT_DATABASE", ""));
    assert_eq!(refused.code(), Some(2), "{refused:?}");
}

/// The warning about a missing folder comes when the administrator can still create it, before the
/// login fails.
#[test]
fn folders_that_are_not_there_are_warned_of() {
    let keeper = Keeper::new();
    let homes = keeper.path("homes");
    std::fs::create_dir(&homes).expect("a folder");
    let root = format!("{}/%u", homes.display());
    let add = |words: &[&str]| {
        run_with_input(keeper.command(&["add"]).args(words), KEPT_PASSWORD.as_bytes()).ok().stdout
    };
    let said = add(&["anna", "--root", &root]);
    let missing = homes.join("anna");
    assert!(said.contains(&format!("its root {} exists;", missing.display())), "{said}");
    let folder = format!("pool={}/pool", homes.display());
    let told = keeper.json(&["set", "anna", "--folder", &folder]);
    let warning = told["warning"].as_str().unwrap_or_default();
    assert!(
        warning.contains("homes/anna exists; ")
            && warning.contains("homes/pool; create what is missing"),
        "{told}"
    );
    for name in ["anna", "pool", "bert"] {
        std::fs::create_dir(homes.join(name)).expect("a folder");
    }
    assert!(keeper.json(&["set", "anna", "--sessions", "2"])["warning"].is_null());
    assert!(!add(&["bert", "--root", &root]).contains("warning"));
    assert!(
        !add(&["carl"]).contains("warning"),
        "an account without a root sees what the server serves"
    );
    let line = format!("dora:{MD5}:1:1::{}/dora::::::::::::\n", homes.display());
    let said = run_with_input(&mut keeper.command(&["import", "-"]), line.as_bytes()).ok().stdout;
    assert!(said.contains("dora: imported") && said.contains("homes/dora exists;"), "{said}");
}

#[test]
fn each_setting_stands_once_in_json_and_what_is_not_counted_is_said() {
    let keeper = Keeper::new();
    keeper.add(&["anna", "--sessions", "3", "--network", "192.0.2.0/24"]);
    for object in [keeper.json(&["show", "anna"]), keeper.json(&["list"])] {
        for doubled in ["rights", "root", "sessions", "networks", "last_day"] {
            assert!(object.get(doubled).is_none(), "{object}");
        }
        assert_eq!(object["terms"]["sessions"][0]["value"], "3");
        assert_eq!(object["terms"]["network"][0]["value"], "192.0.2.0/24");
    }
    let shown = keeper.user(&["show", "anna"]).ok().stdout;
    let has = |words: &str| shown.lines().any(|line| line.ends_with(words));
    assert!(has("not counted because the account has no quota"), "{shown}");
}

/// Names of any length keep the columns aligned, and there are no trailing spaces.
#[test]
fn lists_stand_in_columns() {
    let keeper = Keeper::new();
    for name in ["anna", "a-name-of-twenty-five-letters"] {
        keeper.add(&[name, "--root", "/srv", "--rights", "read-only"]);
    }
    let listed = keeper.user(&["list"]).ok().stdout;
    let places: Vec<_> = listed.lines().map(|line| line.find("/srv")).collect();
    assert!(places.len() == 2 && places[0].is_some() && places[0] == places[1], "{listed}");
    // An account without a root has a word in that column.
    keeper.add(&["carl", "--rights", "read-only", "--expires", "2030-01-31"]);
    let listed = keeper.user(&["list"]).ok().stdout;
    let words = |line: &str| {
        line.split("  ").filter(|word| !word.is_empty()).map(str::trim).nth(2).map(str::to_owned)
    };
    let places: Vec<_> = listed.lines().filter_map(words).collect();
    assert_eq!(places, ["/srv", "/srv", "-"], "{listed}");
    keeper.run(&["group", "add", "partners"]).ok();
    keeper.user(&["set", "anna", "--group", "partners"]).ok();
    assert_eq!(keeper.run(&["group", "list"]).ok().stdout, "partners  1 member\n");
}

/// If standard input has no password, the user may have meant to give it in another way.
#[test]
fn a_missing_password_is_told_with_every_way_to_give_one() {
    let keeper = Keeper::new();
    let refused = run_with_input(&mut keeper.command(&["add", "anna"]), b"");
    assert_eq!(refused.code(), Some(2), "{refused:?}");
    for words in ["standard input is empty", "PACKETBOAT_PASSWORD is not set", "--generate"] {
        assert!(refused.stderr.contains(words), "{words:?} is not in {}", refused.stderr);
    }
}

/// The times of day of Pure-FTPd become hours if they are known to be in UTC; otherwise a message
/// says what to do.
#[test]
fn times_of_day_of_pure_ftpd_are_imported_as_hours() {
    let keeper = Keeper::new();
    let line = format!("anna:{MD5}:1:1::/::::::::::::0900-1700\n");
    let import = |words: &[&str]| {
        run_with_input(keeper.command(&["import", "-"]).args(words), line.as_bytes())
    };
    let passed_over = import(&[]);
    assert_eq!(passed_over.code(), Some(11), "{passed_over:?}");
    let told =
        passed_over.stderr.contains("line 1") && passed_over.stderr.contains("--times-are-utc");
    assert!(told, "{passed_over:?}");
    import(&["--times-are-utc"]).ok();
    assert_eq!(keeper.json(&["show", "anna"])["terms"]["hours"][0]["value"], "09:00-17:00");
}

#[test]
fn a_file_that_is_no_database_is_refused_at_the_start() {
    let keeper = Keeper::new();
    let file = keeper.path("text").display().to_string();
    std::fs::write(&file, "x".repeat(5000)).expect("a file");
    let folder = keeper.path("state").display().to_string();
    let serve = ["serve", &folder, "--listen", "127.0.0.1:0", "--database", &file];
    for words in [&serve[..], &["user", "list", "--database", &file]] {
        let output = keeper.run(words);
        assert_eq!(output.code(), Some(8), "{output:?}");
        assert!(output.stderr.contains("it is not a database"), "{output:?}");
    }
    assert_eq!(std::fs::read(&file).expect("the file").len(), 5000);
}

/// For each imported account, the output tells what the file does not say and what is unusual.
#[test]
fn an_import_tells_rights_homes_that_are_everything_and_who_is_locked() {
    let keeper = Keeper::new();
    let lines = format!(
        "anna:{MD5}:1:1:Anna:/:/bin/false\nbert:*:2:2::/tmp:/bin/sh\ncarl:!:3:3::/tmp:/bin/sh\n\
         dora:!{MD5}:4:4::/tmp:/bin/sh\n"
    );
    let import = |options: &[&str], lines: &str| {
        run_with_input(&mut keeper.command(&[&["import", "-"], options].concat()), lines.as_bytes())
    };
    let told = import(&[], &lines);
    assert_eq!(told.code(), Some(11), "{told:?}");
    for words in [
        "anna: imported\n  rights: read-only\n  warning: its root is /",
        "dora: imported\n  rights: read-only\n",
    ] {
        assert!(told.stdout.contains(words), "{words:?} is not in {told:?}");
    }
    assert!(told.stdout.contains("`packetboat user set NAME --rights all`"), "{told:?}");
    for words in [
        "line 2 of - was skipped: bert is locked: * in place of the password",
        "line 3 of - was skipped: carl is locked: ! in place of the password",
    ] {
        assert!(told.stderr.contains(words), "{words:?} is not in {told:?}");
    }
    // With explicit rights there is nothing more to report, nor about homes that are ordinary
    // folders.
    let told =
        import(&["--replace", "--rights", "all"], &format!("anna:{MD5}:1:1::/usr:/bin/false\n"));
    assert_eq!(told.ok().stdout, "anna: replaced\n  rights: all\n");
    let told = import(&["--json", "--replace"], &format!("anna:{MD5}:1:1::/:/bin/false\n")).ok();
    let object: serde_json::Value = serde_json::from_str(&told.stdout).expect("an object");
    assert_eq!((&object["done"], &object["rights"]), (&"replaced".into(), &"read-only".into()));
    assert!(object["warning"].as_str().is_some_and(|text| text.starts_with("its root is /")));
    // A file without hashes may be the system's own.
    let told = import(&[], "root:*:0:0::/root:/bin/sh\n");
    assert!(
        told.stderr.contains("a system's passwd(5)") && told.stderr.contains("--format proftpd"),
        "{told:?}"
    );
    let told = import(&["--format", "proftpd"], "erna:*:0:0::/root:/bin/sh\n");
    assert!(told.stderr.contains("erna is locked"), "{told:?}");
}

/// An account that can see the database can read everybody's password hashes and second factors.
#[test]
fn a_root_that_shows_the_database_is_warned_of() {
    let keeper = Keeper::new();
    let add = |words: &[&str]| {
        run_with_input(keeper.command(&["add"]).args(words), KEPT_PASSWORD.as_bytes()).ok().stdout
    };
    std::fs::create_dir(keeper.path("home")).expect("a folder");
    let above = keeper.path("").display().to_string();
    let beside = keeper.path("home").display().to_string();
    let told = "so this account can reach the data of all accounts; keep the database elsewhere";
    assert!(add(&["anna", "--root", &above]).contains(told));
    assert!(add(&["carl", "--root", &beside, "--folder", &format!("all={above}")]).contains(told));
    assert!(!add(&["bert", "--root", &beside]).contains("warning"));
    // A group, a hook or PAM may assign such a root, too.
    let server = Server::with(Setup { arguments: keeper.arguments(), ..Setup::default() });
    for name in ["bert", "anna", "carl"] {
        server.connect().login(name, KEPT_PASSWORD);
    }
    server.wait_for_log("login of carl: the account can read the database ");
    server.wait_for_log("login of anna: the account can read the database ");
    assert!(!server.log().contains("login of bert: it can"), "{}", server.log());
}

/// `packetboat user list | head`: it is no failure if the reader has read enough, and all work is
/// still done.
#[test]
fn a_reader_that_had_enough_is_no_failure() {
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        writer
    };
    let keeper = Keeper::new();
    ["anna", "bert", "carl"].iter().for_each(|name| keeper.add(&[name]));
    for words in [
        &["user", "list"][..],
        &["user", "show", "anna"],
        &["user", "list", "--json"],
        &["group", "list"],
        &["ban", "add", "192.0.2.1"],
        &["ban", "list"],
        &["user", "rm", "anna", "bert"],
    ] {
        let status = keeper.program(words).stdout(closed()).status().expect("packetboat");
        assert!(status.success(), "{words:?}: {status}");
    }
    let left = keeper.user(&["list"]).ok().stdout;
    assert!(left.contains("carl") && !left.contains("anna") && !left.contains("bert"), "{left}");
    // A generated password that nobody has read is lost.
    let passwd = ["user", "passwd", "carl", "--generate"];
    let status = keeper.program(&passwd).stdout(closed()).status().expect("packetboat");
    assert_eq!(status.code(), Some(8));
    let file = keeper.path("passwords");
    std::fs::write(&file, "one:x\ntwo:x\n").expect("a file");
    let mut import = keeper.program(&["user", "import"]);
    let status = import.arg(&file).stderr(closed()).status().expect("packetboat");
    assert_eq!(status.code(), Some(11));
}

/// It used to say that nobody was banned, and to forget how often the address had been banned.
#[test]
fn to_lift_a_ban_that_is_over_forgets_nothing() {
    let keeper = Keeper::new();
    keeper.run(&["ban", "add", "192.0.2.1", "--for", "1s"]).ok();
    wait_for("its end", || keeper.run(&["ban", "list"]).ok().stdout.is_empty().then_some(()));
    assert_eq!(keeper.run(&["ban", "lift", "192.0.2.1"]).code(), Some(1));
    let all = keeper.run(&["ban", "list", "--all"]).ok().stdout;
    assert!(all.contains("192.0.2.1/32") && all.contains("expired "), "{all}");
    // Lifting a ban removes everything known about the address.
    keeper.run(&["ban", "add", "192.0.2.0/24"]).ok();
    keeper.run(&["ban", "lift", "192.0.2.1"]).ok();
    assert_eq!(keeper.run(&["ban", "list", "--all"]).ok().stdout, "");
}

/// Earlier imports created accounts with such names, which only SQLite's tools could remove.
#[test]
fn a_name_with_a_character_that_is_not_seen_can_be_removed_and_not_added() {
    use packetboat_accounts::{AccountName, Database, PasswordHash, Record};
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("a.db");
    let marked = "\u{feff}anna";
    let name = AccountName::stored(marked).expect("a name");
    let hash = PasswordHash::parse(MD5).expect("a hash");
    let database = Database::open(&file).expect("a database");
    database.add([&Record::new(name, hash)]).expect("an account");
    drop(database);
    let program = |words: &[&str]| {
        let mut command = packetboat_tests::program::client(words);
        run_with_input(command.env("PACKETBOAT_DATABASE", &file), b"")
    };
    assert!(program(&["user", "list"]).ok().stdout.contains("anna"));
    program(&["user", "rm", marked]).ok();
    for words in [["user", "add", marked, "--generate"].as_slice(), &["group", "add", marked]] {
        let refused = program(words);
        assert_eq!(refused.code(), Some(2), "{refused:?}");
        assert!(refused.stderr.contains("an invisible character"), "{refused:?}");
    }
    assert!(!program(&["user", "list"]).ok().stdout.contains("anna"));
}
