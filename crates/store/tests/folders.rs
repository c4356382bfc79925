//! Several folders in one tree, and trees in which no link is followed.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use packetboat_codes::Fault;
use packetboat_store::{
    Detail, Existing, Folders, Group, LocalStorage, Progress, Result, Storage, Times, VirtualPath,
    WriteMode,
};

/// A base and a folder `shared`, side by side on the disk.
struct Ground {
    keep: tempfile::TempDir,
    tree: Folders,
}

impl Ground {
    fn new() -> Self {
        let keep = tempfile::tempdir().expect("a folder");
        let open = |name: &str| {
            let folder = keep.path().join(name);
            std::fs::create_dir(&folder).expect("a folder");
            Arc::new(LocalStorage::open(&folder).expect("a root")) as Arc<dyn Storage>
        };
        let tree = Folders::new(open("base"), [(b"shared".to_vec(), open("other"))]);
        Self { tree: tree.expect("a tree"), keep }
    }

    fn disk(&self, name: &str) -> PathBuf {
        self.keep.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.disk(name), content).expect("a file");
    }
}

fn path(text: &str) -> VirtualPath {
    VirtualPath::root().join(text.as_bytes()).expect("a path")
}

fn fault<T>(result: Result<T>) -> Fault {
    result.map(drop).expect_err("the call should have failed").fault()
}

fn names(storage: &dyn Storage, at: &str) -> Vec<String> {
    let mut listing = storage.list(&path(at), Detail::Full).expect("a listing");
    let mut names = Vec::new();
    while let Some(entry) = listing.next().expect("an entry") {
        assert!(entry.metadata.is_some());
        names.push(String::from_utf8_lossy(entry.name).into_owned());
    }
    names.sort();
    names
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Nobody can mistake what the base has under that name for the folder's contents, or put anything
/// there.
#[test]
fn an_unavailable_folder_affects_nothing_else() {
    let keep = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(keep.path().join("away")).expect("a folder");
    std::fs::write(keep.path().join("away/f"), "hidden").expect("a file");
    std::fs::write(keep.path().join("g"), "seen").expect("a file");
    let base = Arc::new(LocalStorage::open(keep.path()).expect("a root"));
    let tree = Folders::with_absent(base, [], [b"away".to_vec()]).expect("a tree");
    assert_eq!(names(&tree, ""), ["g"]);
    assert_eq!(tree.tree_len(&path(""), &Progress::default()).expect("a length"), 4);
    assert_eq!(fault(tree.stat(&path("away"))), Fault::NotFound);
    assert_eq!(fault(tree.open_read(&path("away/f"))), Fault::NotFound);
    assert_eq!(fault(tree.open_write(&path("away/new"), WriteMode::Create)), Fault::NotFound);
    assert_eq!(fault(tree.make_directory(&path("away"))), Fault::AlreadyExists);
    assert_eq!(fault(tree.rename(&path("away/f"), &path("f"), Existing::Keep)), Fault::NotFound);
    assert_eq!(fault(tree.rename(&path("g"), &path("away"), Existing::Replace)), Fault::Root);
    assert!(tree.open_read(&path("g")).is_ok() && exists(&keep.path().join("away/f")));
}

#[test]
fn a_folder_is_seen_in_the_root_and_hides_what_has_its_name() {
    let ground = Ground::new();
    ground.write("base/a", "12345");
    std::fs::create_dir(ground.disk("base/shared")).expect("a hidden directory");
    ground.write("base/shared/hidden", "123");
    ground.write("other/x", "1234567");
    assert_eq!(names(&ground.tree, "/"), ["a", "shared"]);
    assert_eq!(names(&ground.tree, "/shared"), ["x"]);
    assert_eq!(ground.tree.open_read(&path("/shared/x")).expect("a file").len(), 7);
    assert_eq!(ground.tree.tree_len(&path("/"), &Progress::default()).expect("a sum"), 12);
    assert_eq!(fault(ground.tree.stat(&path("/shared/hidden"))), Fault::NotFound);
    assert_eq!(fault(ground.tree.stat(&path("/sharedx"))), Fault::NotFound);
}

#[test]
fn uploads_into_a_folder_have_their_path_in_the_whole_tree() {
    let ground = Ground::new();
    let mut file = ground.tree.open_write(&path("/shared/new"), WriteMode::Create).expect("a file");
    assert_eq!(file.path(), &path("/shared/new"));
    file.write(b"data").expect("written");
    assert_eq!(file.commit().expect("a file").path, path("/shared/new"));
    assert_eq!(std::fs::read(ground.disk("other/new")).expect("the file"), b"data");
    let unique = ground.tree.open_write(&path("/shared"), WriteMode::Unique).expect("a file");
    assert!(unique.path().as_bytes().starts_with(b"/shared/"));
}

#[test]
fn the_names_of_folders_stay() {
    let ground = Ground::new();
    ground.write("base/a", "x");
    let tree = &ground.tree;
    let shared = path("/shared");
    assert_eq!(fault(tree.rename(&shared, &path("/other"), Existing::Keep)), Fault::Root);
    assert_eq!(fault(tree.rename(&path("/a"), &shared, Existing::Replace)), Fault::Root);
    assert_eq!(fault(tree.remove_directory(&shared)), Fault::Root);
    assert_eq!(fault(tree.remove_tree(&shared, &Progress::default())), Fault::Root);
    assert_eq!(fault(tree.remove_file(&shared)), Fault::IsADirectory);
    assert_eq!(fault(tree.make_directory(&shared)), Fault::AlreadyExists);
    assert_eq!(fault(tree.open_write(&shared, WriteMode::Create)), Fault::IsADirectory);
    assert!(exists(&ground.disk("other")));
}

/// The folder is shared, so nobody may lock the others out of it.
#[test]
fn the_permissions_of_a_folder_cannot_be_changed_from_within() {
    let ground = Ground::new();
    let tree = &ground.tree;
    let mode = || std::fs::metadata(ground.disk("other")).expect("a folder").permissions().mode();
    let before = mode();
    symlink(".", ground.disk("other/top")).expect("a link");
    std::fs::create_dir(ground.disk("other/d")).expect("a folder");
    for name in ["/", "/shared", "/shared/top", "/shared/d/.."] {
        assert_eq!(fault(tree.set_mode(&path(name), 0)), Fault::Root, "{name}");
        assert_eq!(fault(tree.set_group(&path(name), &Group::Number(0))), Fault::Root, "{name}");
    }
    assert_eq!(mode(), before);
    tree.set_mode(&path("/shared/d"), 0o700).expect("set");
    // Changing times locks nobody out.
    tree.set_times(&path("/shared"), &Times::default()).expect("set");
}

#[test]
fn copies_cross_and_renames_and_links_do_not() {
    let ground = Ground::new();
    ground.write("base/a", "private");
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(ground.disk("base/a"), mode).expect("a mode");
    let (from, to) = (path("/a"), path("/shared/b"));
    let tree = &ground.tree;
    assert_eq!(fault(tree.rename(&from, &to, Existing::Keep)), Fault::CrossDevice);
    assert_eq!(fault(tree.make_link(&from, &to)), Fault::CrossDevice);
    assert!(!exists(&ground.disk("other/b")));
    let copied = tree.copy(&from, &to, Existing::Keep, &Progress::default()).expect("a copy");
    assert_eq!((copied.path, copied.len), (to.clone(), 7));
    let copy = std::fs::metadata(ground.disk("other/b")).expect("the copy");
    assert_eq!(copy.permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fault(tree.copy(&from, &to, Existing::Keep, &Progress::default())),
        Fault::AlreadyExists
    );
    let stopped = Progress::default();
    stopped.stop();
    assert_eq!(
        fault(tree.copy(&from, &path("/shared/c"), Existing::Keep, &stopped)),
        Fault::Stopped
    );
    assert_eq!(std::fs::read_dir(ground.disk("other")).expect("the folder").count(), 1);
}

#[test]
fn neither_dots_nor_links_lead_from_one_into_another() {
    let ground = Ground::new();
    ground.write("base/a", "x");
    ground.write("other/x", "x");
    symlink("../base/a", ground.disk("other/up")).expect("a link");
    symlink(ground.disk("base"), ground.disk("other/far")).expect("a link");
    symlink("../other", ground.disk("base/over")).expect("a link");
    let outside = |at: &str| fault(ground.tree.open_read(&path(at)));
    assert_eq!(outside("/shared/up"), Fault::OutsideRoot);
    assert_eq!(outside("/shared/far/a"), Fault::OutsideRoot);
    assert_eq!(outside("/over/x"), Fault::OutsideRoot);
    // For the client, /shared/.. is the root.
    assert_eq!(path("/shared/../a"), path("/a"));
}

#[test]
fn a_view_without_links_follows_none() {
    let ground = Ground::new();
    std::fs::create_dir(ground.disk("base/d")).expect("a directory");
    ground.write("base/d/f", "x");
    symlink("d", ground.disk("base/to-d")).expect("a link");
    symlink("d/f", ground.disk("base/to-f")).expect("a link");
    symlink("nowhere", ground.disk("base/broken")).expect("a link");
    let strict = ground.tree.without_links().expect("a view");
    assert_eq!(strict.open_read(&path("/d/f")).expect("a file").len(), 1);
    assert_eq!(names(&*strict, "/d"), ["f"]);
    for at in ["/to-d", "/to-d/f", "/to-f", "/broken"] {
        let at = path(at);
        assert_eq!(fault(strict.stat(&at)), Fault::LinkNotFollowed, "{at}");
        assert_eq!(fault(strict.open_read(&at)), Fault::LinkNotFollowed, "{at}");
        assert_eq!(
            fault(strict.open_write(&at, WriteMode::Create)),
            Fault::LinkNotFollowed,
            "{at}"
        );
        assert_eq!(fault(strict.set_mode(&at, 0o777)), Fault::LinkNotFollowed, "{at}");
    }
    assert_eq!(fault(strict.list(&path("/to-d"), Detail::Names)), Fault::LinkNotFollowed);
    assert_eq!(fault(strict.make_directory(&path("/to-d/new"))), Fault::LinkNotFollowed);
    assert_eq!(fault(strict.remove_file(&path("/to-d/f"))), Fault::LinkNotFollowed);
    assert_eq!(fault(strict.list(&path("/d/f/x"), Detail::Names)), Fault::NotADirectory);
    assert_eq!(fault(strict.make_link(&path("/d"), &path("/new"))), Fault::Unsupported);
    strict.stat_link(&path("/to-d")).expect("the link itself");
    strict.rename(&path("/to-d"), &path("/moved"), Existing::Keep).expect("the link itself");
    strict.remove_file(&path("/moved")).expect("the link itself");
    assert!(exists(&ground.disk("base/d/f")));
}
