//! Who owns stored files and who may read them, where the settings say so.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use packetboat_tests::{Server, Setup, has_root};

use crate::{open_to_all, status};

/// What is created, with its permission bits.
const MADE: [(&str, u32, u32); 2] = [("f", 0o640, 0o604), ("d", 0o750, 0o705)];

#[test]
fn the_umask_takes_its_bits_from_what_is_made() {
    for (setting, place) in [("contain.umask=027", 0), ("contain.umask=072", 1)] {
        let arguments = vec!["--set", setting];
        // A umask that differs from that of whoever runs the tests.
        let wrapper = ["sh", "-c", "umask 077; exec \"$0\" \"$@\""].map(str::to_owned).into();
        let server = Server::with(Setup { arguments, wrapper, ..Setup::default() });
        let mut d = server.login();
        d.store("STOR f", b"content").code(226);
        d.expect("MKD d", 257);
        for (name, first, second) in MADE {
            let mode = server.path(name).metadata().expect("what was made").permissions().mode();
            assert_eq!(mode & 0o777, [first, second][place], "{setting}: {name} has {mode:o}");
        }
    }
}

#[test]
fn the_group_is_that_of_the_process_and_of_what_it_makes() {
    if !has_root("become another user") {
        return;
    }
    // Any group except the user's own.
    let groups = std::fs::read_to_string("/etc/group").expect("the groups");
    let mut groups = groups.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let group = groups.find(|words| words[0] == "daemon").expect("a group");
    let keeps = tempfile::tempdir().expect("a folder");
    open_to_all(keeps.path());
    let folder = keeps.path().join("served");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).expect("permissions");
    let server = Server::with(Setup {
        folder: Some(folder.clone()),
        arguments: vec!["--set", "contain.user=nobody", "--set", "contain.group=daemon"],
        ..Setup::default()
    });
    let gid = group[2];
    assert_eq!(status(&server, "Uid"), "65534 65534 65534 65534");
    assert_eq!(status(&server, "Gid"), [gid; 4].join(" "));
    // The process belongs to no other group.
    assert!(status(&server, "Groups").split(' ').all(|group| group == gid || group.is_empty()));
    server.login().store("STOR mine", b"content").code(226);
    let made = folder.join("mine").metadata().expect("a file");
    assert_eq!((made.uid(), made.gid().to_string().as_str()), (65_534, gid));
}
