//! The client's advice after a refusal: it names the true reason, says what this user can do, and
//! says each thing once.

use std::os::unix::fs::symlink;

use packetboat_tests::Server;
use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::faults::as_nobody;
use packetboat_tests::program::{Output, client_in, json_lines};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The text after `What to do:`.
#[track_caller]
fn advice(output: &Output) -> &str {
    let advice = output.stderr.split_once("What to do: ");
    let (_, advice) = advice.unwrap_or_else(|| panic!("{output:?}"));
    advice.trim_end()
}

#[test]
fn advice_does_not_contradict_the_reply() {
    let server = Server::start();
    std::fs::create_dir(server.path("there")).expect("a folder");
    let home = folder();
    std::fs::write(home.path().join("f"), "x").expect("a file");
    let put = client_in(home.path(), &["put", "f", &server.url("no/such/f")]);
    assert!(
        put.stderr.contains("553 ")
            && put.stderr.contains("What to do: Create its directory first"),
        "{put:?}"
    );
    let mkdir = client_in(home.path(), &["mkdir", &server.url("there")]);
    assert!(mkdir.stderr.contains("there is nothing to do"), "{mkdir:?}");
    assert!(!mkdir.stderr.contains("was not found"), "{mkdir:?}");
    let told = &json_lines(&client_in(home.path(), &["mkdir", "--json", &server.url("there")]))[0];
    assert!(told["advice"].as_str().expect("advice").contains("there is nothing to do"), "{told}");
}

/// The client does not repeat what the reply already says, and its advice is no broader than what
/// is known.
#[test]
fn a_reply_that_says_what_is_wrong_is_not_explained_at_large() {
    let server = Server::start();
    std::fs::create_dir(server.path("there")).expect("a folder");
    let home = folder();
    for (path, advice) in [("none", "List the parent directory"), ("there", "get -r")] {
        let output = client_in(home.path(), &["get", &server.url(path)]);
        assert!(output.stderr.contains(advice), "{output:?}");
        assert!(!output.stderr.contains("Meaning:"), "{output:?}");
        assert!(!output.stderr.contains("If the text does not say"), "{output:?}");
        assert_eq!(output.stderr.lines().count(), 3, "{output:?}");
    }
}

/// None of these failures is about permissions, so the advice is not to ask for one or to log in as
/// somebody else.
#[test]
fn what_no_permission_opens_is_not_told_as_forbidden() {
    let (server, home, outside) = (Server::start(), folder(), folder());
    std::fs::write(outside.path().join("f"), "x").expect("a file");
    std::fs::write(home.path().join("f"), "x").expect("a file");
    server.write("f", "x");
    std::fs::create_dir(server.path("d")).expect("a folder");
    symlink(outside.path(), server.path("far")).expect("a link");
    symlink("loop", server.path("loop")).expect("a link");
    let url = |path: &str| server.url(path);
    let (inside, out) = ("Choose a path inside", "Choose a new name inside");
    for (line, words) in [
        (&["get", &url("far/f"), "-o", "-"][..], inside),
        (&["ls", &url("far")], inside),
        (&["put", "f", &url("far/f")], inside),
        (&["mkdir", &url("far/d")], inside),
        (&["rm", &url("far/f")], inside),
        (&["mv", &url("f"), "/far/f"], out),
        (&["get", &url("loop"), "-o", "-"], "Give the path that the link points to"),
        (&["put", "f", &url(".x.part-packetboat")], "Choose another name"),
        (&["mkdir", &url(".x.part-packetboat")], "Choose another name"),
        (&["mv", &url("f"), "/.x.part-packetboat"], "Choose another name"),
        (&["mv", &url("d"), "/d/e"], "Choose another path"),
    ] {
        let output = client_in(home.path(), line);
        assert!(advice(&output).starts_with(words), "{line:?}: {output:?}");
        assert!(!output.stderr.contains("permission"), "{line:?}: {output:?}");
        assert!(!output.stderr.contains("The server shows"), "{line:?}: {output:?}");
    }
    let told = &json_lines(&client_in(home.path(), &["rm", "--json", &url("far/f")]))[0];
    assert!(told["advice"].as_str().expect("advice").starts_with(inside), "{told}");
}

/// Other servers do not reserve these names.
#[test]
fn the_names_of_our_parts_are_told_where_our_server_has_refused_one() {
    let server = Server::start();
    let home = folder();
    std::fs::write(home.path().join("f"), "x").expect("a file");
    let output = client_in(home.path(), &["put", "f", &server.url(".x.part-packetboat")]);
    assert!(advice(&output).contains(".NAME.part-packetboat are reserved"), "{output:?}");
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0).answering("SIZE", "550 no such file");
        control.serve_until("STOR");
        control.send("553 File name not allowed");
        while !matches!(control.line().as_str(), "" | "QUIT") {
            control.send("502 no");
        }
    });
    let output = client_in(home.path(), &["put", "f", &fake.url("x")]);
    fake.finish();
    assert!(output.stderr.contains("553 File name not allowed"), "{output:?}");
    assert!(!output.stderr.contains("part-packetboat"), "{output:?}");
}

/// The reply refers to the administrator, so the advice does not do so again, and does not suggest
/// another user.
#[test]
fn a_folder_that_the_server_may_not_write_sends_to_the_administrator_once() {
    let (server, _keeps) = match as_nobody() {
        Ok(server) => server,
        Err(missing) => return missing.skip("a_folder_that_the_server_may_not_write"),
    };
    let home = folder();
    std::fs::write(home.path().join("f"), "x").expect("a file");
    let output = client_in(home.path(), &["put", "f", &server.url("new")]);
    assert!(output.stderr.contains("the server's operating system denies access"), "{output:?}");
    assert_eq!(output.stderr.matches("administrator").count(), 1, "{output:?}");
    assert!(advice(&output).starts_with("Logging in as another user does not help"), "{output:?}");
    assert!(!output.stderr.contains("--user"), "{output:?}");
}
