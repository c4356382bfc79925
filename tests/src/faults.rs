//! Machines that do not do what is asked: a small disk, a user without rights, a limit on files. Each is a
//! way to start the server, so that nothing is left of it when the server has ended.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{packetboat, run};
use crate::server::{Server, Setup};
use crate::skip;

/// Why this machine cannot show a situation.
#[derive(Debug)]
pub struct Missing {
    /// What it lacks, in a word that [`packetboat_skip::LACKS`] may name.
    pub what: &'static str,
    /// Why, in a sentence.
    pub why: String,
}

impl Missing {
    /// Says that something was passed over.
    ///
    /// # Panics
    /// As [`skip`].
    pub fn skip(&self, name: &str) {
        skip(self.what, &format!("{name}: {}", self.why));
    }
}

/// A server whose folder is a small file system of its own, with the options of mount's. It is mounted where
/// only the server sees it, so what is wanted in there has to be stored through the server.
///
/// # Errors
/// Where this user may not mount.
pub fn on_a_small_disk(options: &str) -> Result<Server, Missing> {
    let unshare = ["unshare", "--mount", "--map-root-user"];
    // Root needs no namespace of users, and containers often forbid one.
    let root = rustix::process::geteuid().is_root();
    let words = if root { &unshare[..2] } else { &unshare[..] };
    let mount = format!("mount -t tmpfs -o {options} tmpfs");
    let folder = tempfile::tempdir().expect("a folder");
    let mut probe = Command::new(words[0]);
    probe.args(&words[1..]).args(["sh", "-c", &format!("{mount} \"$0\"")]).arg(folder.path());
    let probe = run(&mut probe);
    if !probe.status.success() {
        let why = probe.stderr.trim().to_owned();
        let why = format!("a small disk cannot be mounted: {why}");
        return Err(Missing { what: "mount", why });
    }
    // The program becomes `$0`, `serve` is `$1` and the folder `$2`.
    let shell = format!("{mount} \"$2\" && exec \"$0\" \"$@\"");
    let mut wrapper: Vec<String> = words.iter().map(|&word| word.into()).collect();
    wrapper.extend(["sh".into(), "-c".into(), shell]);
    Ok(Server::with(Setup { wrapper, ..Setup::default() }))
}

/// A server that may write no more than 512 blocks of one file, 256 KiB in some shells and 512 in others.
pub fn with_a_file_limit() -> Server {
    let wrapper = ["sh", "-c", "ulimit -f 512; exec \"$0\" \"$@\""].map(str::to_owned).to_vec();
    Server::with(Setup { wrapper, ..Setup::default() })
}

/// The ids of nobody, as which the server is run where the tests run as root.
const NOBODY: &str = "65534";

/// What lies in the folder of [`as_nobody`].
pub const FILES: [(&str, u32); 2] = [("secret", 0o600), ("public", 0o644)];

/// A server that runs as nobody, over a folder of root's: the files of [`FILES`], each holding `content`, and
/// a directory `closed`. The folder is gone when the second value is dropped.
///
/// # Errors
/// Where the tests do not run as root.
pub fn as_nobody() -> Result<(Server, TempDir), Missing> {
    let setpriv = [
        "setpriv",
        &format!("--reuid={NOBODY}"),
        &format!("--regid={NOBODY}"),
        "--clear-groups",
        "--inh-caps=-all",
    ];
    if !run(Command::new(setpriv[0]).args(&setpriv[1..]).arg("true")).status.success() {
        let why = "the server cannot be run as another user: the tests do not run as root";
        return Err(Missing { what: "root", why: why.into() });
    }
    let folder = tempfile::tempdir().expect("a folder");
    // The program has to be where anybody can run it.
    let program = folder.path().join("packetboat");
    // By another process: what this one has open for writing its children hold too, as long as they are not
    // yet what they are to be, and a program that is open for writing cannot be run.
    run(Command::new("cp").arg(packetboat()).arg(&program)).ok();
    let served = folder.path().join("served");
    std::fs::create_dir(&served).expect("a folder");
    chmod(folder.path(), 0o755);
    chmod(&served, 0o755);
    for (name, mode) in FILES {
        std::fs::write(served.join(name), "content").expect("a file");
        chmod(&served.join(name), mode);
    }
    std::fs::create_dir(served.join("closed")).expect("a folder");
    chmod(&served.join("closed"), 0o700);
    // What follows, the path of the program, becomes `$0`; the copy is run in its place.
    let mut wrapper: Vec<String> = setpriv.map(str::to_owned).to_vec();
    let shell = format!("exec {} \"$@\"", program.display());
    wrapper.extend(["sh".into(), "-c".into(), shell]);
    let server = Server::with(Setup { folder: Some(served), wrapper, ..Setup::default() });
    Ok((server, folder))
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}
