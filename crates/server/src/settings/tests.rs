//! Tests of the table and of reading settings.

use std::collections::HashSet;

use super::*;

fn read(text: &str) -> Result<Settings, Vec<String>> {
    let mut reader = Reader::new();
    reader.file(Path::new("/etc/p.toml"), text);
    reader.finish().map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn row(key: &str) -> &'static Row<Settings> {
    rows().find(|row| row.key == key).expect("a row")
}

#[test]
fn keys_and_flags_are_there_once_and_beneath_their_section() {
    let (mut keys, mut flags) = (HashSet::new(), HashSet::new());
    for section in SECTIONS {
        assert!(keys.insert(section.name.to_owned()), "{}", section.name);
        let Rows::Once(rows) = section.rows else { continue };
        for row in rows {
            assert!(row.key.starts_with(&format!("{}.", section.name)), "{}", row.key);
            assert!(keys.insert(row.key.to_owned()), "{}", row.key);
            let kebab = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
            };
            assert!(row.key.bytes().all(kebab), "{}", row.key);
        }
    }
    for row in rows().chain(SHORT) {
        assert!(row.flag.is_none_or(|flag| flags.insert(flag.name)), "{}", row.key);
    }
}

#[test]
fn every_row_says_what_it_does_in_sentences() {
    let docs = rows().map(|row| row.doc).chain(SECTIONS.iter().map(|section| section.doc));
    for doc in docs {
        assert!(doc.ends_with('.') && !doc.contains("  "), "{doc}");
    }
}

/// Error messages suggest these examples, and the reference promises them.
#[test]
fn every_bound_and_every_example_of_a_time_is_read_by_its_row() {
    let mut rows_seen = 0;
    for row in rows() {
        let Shape::Time(range, _) = &row.shape else { continue };
        rows_seen += 1;
        let (from, to) = (spelling::show_time(*range.start()), spelling::show_time(*range.end()));
        let allowed = row.shape.allowed();
        let (_, examples) = allowed.split_once("such as ").expect("examples");
        let examples = examples.split(", ").flat_map(|some| some.split(" or "));
        for text in examples.chain([from.as_str(), to.as_str()]) {
            let read = row.shape.read(&mut Settings::default(), text, Path::new(""));
            assert_eq!(read, Ok(()), "{}: {text}", row.key);
        }
        let example = row.shape.example();
        let read =
            row.shape.read(&mut Settings::default(), example.trim_matches('"'), Path::new(""));
        assert_eq!(read, Ok(()), "{}: {example}", row.key);
    }
    assert!(rows_seen > 10, "{rows_seen}");
}

#[test]
fn a_root_that_is_set_stands_over_the_folder_of_the_command_line() {
    let mut reader = Reader::new();
    reader.file(Path::new("/etc/p.toml"), "[server]\nroot = \"/of-file\"\n");
    reader.folder(Path::new("/folder"));
    let root = |reader: &Reader| reader.clone().finish().expect("it is right").root;
    assert_eq!(root(&reader).as_deref(), Some(Path::new("/folder")));
    reader.set("server.root=/set");
    assert_eq!(root(&reader).as_deref(), Some(Path::new("/set")));
}

#[test]
fn the_defaults_of_the_table_are_those_of_the_program() {
    let read = read("").expect("nothing is right");
    let of_program = Settings { in_force: read.in_force.clone(), ..Settings::default() };
    assert_eq!(format!("{read:?}"), format!("{of_program:?}"));
}

#[test]
fn the_file_of_defaults_can_be_read_and_changes_nothing() {
    let text = defaults();
    let read = read(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let plain = Settings { in_force: read.in_force.clone(), ..Settings::default() };
    assert_eq!(format!("{read:?}"), format!("{plain:?}"));
    // The lines that are commented out are valid as well.
    let all = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest,
        _ => line,
    });
    let all: String = all.flat_map(|line| [line, "\n"]).collect();
    let mut reader = Reader::new();
    reader.file(Path::new("p.toml"), &all);
    assert_eq!(
        reader.finish().map(drop).map_err(|problems| format!("{problems:?}\n{all}")),
        Ok(())
    );
}

#[test]
fn everything_that_is_wrong_is_told_with_its_line() {
    let told = read(
        "[server]\nroot = 5\nlanguage = \"it\"\n[limits]\nidle_timeout = \"5m\"\nlogin-timeout = 60\n\
         stall-timeout = \"2d\"\nsessions = \"many\"\n[limit]\n[[listen]]\ntls = \"maybe\"\n[listeners]\n",
    );
    let told = told.expect_err("nothing of it is right");
    let expected = [
        "/etc/p.toml:2: server.root: 5 is of the wrong type; give the path of a file or folder, \
         in quotes",
        "/etc/p.toml:3: server.language: \"it\" is not valid; give en, de or fr",
        "/etc/p.toml:5: limits.idle_timeout: there is no such setting; did you mean limits.idle-timeout?",
        "/etc/p.toml:6: limits.login-timeout: 60 has no unit; give a length of time from 1s to 1d, such as 90s, \
         5m or 1h: \"60s\"",
        "/etc/p.toml:7: limits.stall-timeout: \"2d\" is not valid; give a length of time from 1s to 1d, such \
         as 90s, 5m or 1h",
        "/etc/p.toml:8: limits.sessions: \"many\" is text; give a number from 1 to 100000000, without quotes",
        "/etc/p.toml:9: limit: there is no such section; did you mean limits?",
        "/etc/p.toml:10: listen[1].address: this setting is required; give an address and a port, \
         such as 127.0.0.1:2121",
        "/etc/p.toml:11: listen[1].tls: \"maybe\" is not valid; give \
         explicit, implicit or off",
        "/etc/p.toml:12: listeners: there is no such section; did you mean listen?",
    ];
    assert_eq!(told, expected);
}

/// What is below a wrong heading is not a second mistake.
#[test]
fn a_wrong_heading_is_told_once() {
    let told = read(
        "[sever]\nroot = \"x\"\n[listen]\naddress = \"127.0.0.1:21\"\n[limits]\nidle = 5\nrate-up = \"2MB\"\n",
    );
    let told = told.expect_err("nothing of it is right");
    assert!(
        told[0].starts_with("/etc/p.toml:1: sever: there is no such section; did you mean server?")
    );
    assert!(told[1].starts_with("/etc/p.toml:3: "), "{told:?}");
    assert!(told[2].ends_with("did you mean limits.idle-timeout?"), "{told:?}");
    assert!(
        told[3].contains("limits.rate-up: \"2MB\" is not valid; /s is missing: 2MB/s is a rate"),
        "{told:?}"
    );
    assert_eq!(told.len(), 4);
}

#[test]
fn mistakes_of_syntax_hide_no_others() {
    let told = read("[limits]\nsessions = \nqueue = \"x\"\n").expect_err("mistakes");
    assert!(
        told[0].starts_with("/etc/p.toml:2: limits.sessions: this is not valid TOML: "),
        "{told:?}"
    );
    assert!(told[1].starts_with("/etc/p.toml:3: limits.queue: "), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[test]
fn what_is_there_twice_is_told_with_the_first_and_hides_nothing() {
    let told = read(
        "[limits]\nsessions = 1\nsessions = 2\n[data]\n[limits] # again\nqueue = \"x\"\nquue = 1\nsessions = 3\n\
         [[listen]]\naddress = \"127.0.0.1:2121\"\naddress = \"127.0.0.1:2122\"\n",
    );
    let expected = [
        "/etc/p.toml:3: limits.sessions: already set on line 2; remove one of the two",
        "/etc/p.toml:5: limits: this section already began on line 1; move these settings there, \
         and remove this heading",
        "/etc/p.toml:6: limits.queue: \"x\" is text; give a number from 0 to 100000000, without quotes",
        "/etc/p.toml:7: limits.quue: there is no such setting; did you mean limits.queue?",
        "/etc/p.toml:8: limits.sessions: already set on line 2; remove one of the two",
        "/etc/p.toml:11: listen.address: set twice; remove one of the two",
    ];
    assert_eq!(told.expect_err("mistakes"), expected);
}

#[test]
fn what_stands_beneath_an_array_in_single_brackets_is_looked_at() {
    let told = read(
        "[[mount]]\nname = \"a\"\nroot = \"/\"\n[mount]\nname = \"b\"\nroot = 5\n[listen]\nadress = \"x\"\n",
    );
    let expected = [
        "/etc/p.toml:4: mount: this section can be repeated: write [[mount]], in double brackets",
        "/etc/p.toml:6: mount[1].root: 5 is of the wrong type; give the path of a file or folder, in quotes",
        "/etc/p.toml:7: listen: this section can be repeated: write [[listen]], in double brackets",
        "/etc/p.toml:7: listen[1].address: this setting is required; give an address and a port, \
         such as 127.0.0.1:2121",
        "/etc/p.toml:8: listen[1].adress: there is no such setting; did you mean address?",
    ];
    assert_eq!(told.expect_err("mistakes"), expected);
}

#[test]
fn the_command_line_goes_over_the_file_and_the_file_over_the_defaults() {
    let mut reader = Reader::new();
    reader.file(
        Path::new("/etc/p.toml"),
        "[limits]\nidle-timeout = \"1m\"\nlogin-timeout = \"2m\"\nsessions = \
         7\n[[listen]]\naddress = \"127.0.0.1:21\"\n",
    );
    reader.flag(row("limits.login-timeout"), vec!["3m".into()]);
    reader.flag(&SHORT[0], vec!["127.0.0.1:22".into(), "[::1]:22".into()]);
    reader.set("limits.sessions=8");
    let settings = reader.finish().expect("all is right");
    assert_eq!(settings.server.session.idle_timeout.as_secs(), 60);
    assert_eq!(settings.server.session.login_timeout.as_secs(), 180);
    assert_eq!(settings.server.sessions, 8);
    let listens: Vec<_> = settings.listen.iter().filter_map(|one| one.address).collect();
    assert_eq!(format!("{listens:?}"), "[127.0.0.1:22, [::1]:22]");
    let from = |key| settings.origin(key).to_string();
    assert_eq!(from("limits.idle-timeout"), "/etc/p.toml:2");
    assert_eq!(from("limits.login-timeout"), "--login-timeout");
    assert_eq!(from("limits.sessions"), "--set");
    assert_eq!(from("limits.queue"), "default");
}

#[test]
fn set_takes_what_the_file_takes() {
    let mut reader = Reader::new();
    for text in [
        "server.greeting=Hello = there",
        "server.root=\"/srv/ftp\"",
        "listen=[{address = \"127.0.0.1:1\", tls = \"implicit\"}]",
        "limits.idle-timeout = 1h",
    ] {
        reader.set(text);
    }
    let settings = reader.finish().expect("all is right");
    assert_eq!(settings.greeting.as_deref(), Some("Hello = there"));
    assert_eq!(settings.root.as_deref(), Some(Path::new("/srv/ftp")));
    assert_eq!(settings.listen[0].tls, ListenTls::Implicit);
    assert_eq!(settings.server.session.idle_timeout.as_secs(), 3600);
    let mut reader = Reader::new();
    reader.set("nothing");
    reader.set("limits.queue=x");
    assert_eq!(reader.finish().expect_err("two mistakes").len(), 2);
}

#[test]
fn paths_begin_at_the_folder_of_the_file() {
    let settings = read("[server]\nroot = \"ftp\"\n[tls]\nkey = \"/k.pem\"\n").expect("paths");
    assert_eq!(settings.root.as_deref(), Some(Path::new("/etc/ftp")));
    assert_eq!(settings.tls.key.as_deref(), Some(Path::new("/k.pem")));
}

#[test]
fn what_waits_for_a_restart_stays_and_is_named() {
    let reader = |text: &str| {
        let mut reader = Reader::new();
        reader.file(Path::new("p.toml"), text);
        reader
    };
    let running = reader("[log]\nform = \"json\"\n");
    let (settings, waits) = reader("[limits]\nidle-timeout = \"1m\"\n[log]\nform = \"off\"\n")
        .finish_beside(&running)
        .expect("both are right");
    assert_eq!(settings.log, LogForm::Json);
    assert_eq!(settings.server.session.idle_timeout.as_secs(), 60);
    assert_eq!(waits, ["log.form"]);
}
