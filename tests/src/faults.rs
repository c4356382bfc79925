//! Servers in trouble: a small disk, a user without permissions, a limit on file sizes. Each
//! trouble is set up together with the server, and nothing is left of it when the server has ended.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{packetboat, run};
use crate::server::{Server, Setup};
use crate::skip;

/// Why this machine cannot produce a situation.
#[derive(Debug)]
pub struct Missing {
    /// What is missing: a word that [`packetboat_skip::LACKS`] may contain.
    pub what: &'static str,
    /// The reason, as a sentence.
    pub why: String,
}

impl Missing {
    /// Reports that something was skipped.
    ///
    /// # Panics
    ///
    /// As [`skip`].
    pub fn skip(&self, name: &str) {
        skip(self.what, &format!("{name}: {}", self.why));
    }
}

/// Starts a server whose folder is a small file system mounted with these options. Only the server
/// sees the mount, so files must be stored through the server.
///
/// # Errors
///
/// If this user may not mount file systems.
pub fn on_a_small_disk(options: &str) -> Result<Server, Missing> {
    let unshare = ["unshare", "--mount", "--map-root-user"];
    // Root needs no user namespace, and containers often forbid them.
    let root = rustix::process::geteuid().is_root();
    let words = if root { &unshare[..2] } else { &unshare[..] };
    let mount = format!("mount -t tmpfs -o {options} tmpfs");
    let folder = tempfile::tempdir().expect("a folder");
    let mut probe = Command::new(words[0]);
    probe.args(&words[1..]).args(["sh", "-c", &format!("{mount} \"$0\"")]).arg(folder.path());
    let probe = run(&mut probe);
    if !probe.status.success() {
        let why = probe.stderr.trim().to_owned();
        let why = format!("cannot mount a small disk: {why}");
        return Err(Missing { what: "mount", why });
    }
    // The program becomes `$0`, `serve` is `$1` and the folder is `$2`.
    let shell = format!("{mount} \"$2\" && exec \"$0\" \"$@\"");
    let mut wrapper: Vec<String> = words.iter().map(|&word| word.into()).collect();
    wrapper.extend(["sh".into(), "-c".into(), shell]);
    Ok(Server::with(Setup { wrapper, ..Setup::default() }))
}

/// Starts a server that may write at most 512 blocks to a file, which are 256 KiB in some shells
/// and 512 KiB in others.
pub fn with_a_file_limit() -> Server {
    let wrapper = ["sh", "-c", "ulimit -f 512; exec \"$0\" \"$@\""].map(str::to_owned).to_vec();
    Server::with(Setup { wrapper, ..Setup::default() })
}

/// The user and group ID of nobody, as whom the server runs if the tests run as root.
const NOBODY: &str = "65534";

/// The files in the folder of [`as_nobody`].
pub const FILES: [(&str, u32); 2] = [("secret", 0o600), ("public", 0o644)];

/// Starts a server as nobody, with a folder that belongs to root: the files [`FILES`], each with
/// the content `content`, and a directory `closed`. The folder is removed when the second value is
/// dropped.
///
/// # Errors
///
/// If the tests do not run as root.
pub fn as_nobody() -> Result<(Server, TempDir), Missing> {
    let setpriv = [
        "setpriv",
        &format!("--reuid={NOBODY}"),
        &format!("--regid={NOBODY}"),
        "--clear-groups",
        "--inh-caps=-all",
    ];
    if !run(Command::new(setpriv[0]).args(&setpriv[1..]).arg("true")).status.success() {
        let why = "cannot run the server as another user, because the tests do not run as root";
        return Err(Missing { what: "root", why: why.into() });
    }
    let folder = tempfile::tempdir().expect("a folder");
    // The program must be in a place where everyone can run it.
    let program = folder.path().join("packetboat");
    // Copy it with another process. A file that this process has open for writing is inherited by
    // children until they exec, and a program that is open for writing cannot be run.
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
    // The argument that follows, the path of the program, becomes `$0`; the copy is run instead.
    let mut wrapper: Vec<String> = setpriv.map(str::to_owned).to_vec();
    let shell = format!("exec {} \"$@\"", program.display());
    wrapper.extend(["sh".into(), "-c".into(), shell]);
    let server = Server::with(Setup { folder: Some(served), wrapper, ..Setup::default() });
    Ok((server, folder))
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}
