//! The folder of what the server makes for itself: its own certificate, and what an authority gave it. A server that
//! is started as root and becomes another user keeps it where that user gets to, and makes it that user's.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown, lchown};
use std::path::{Path, PathBuf};

use packetboat_server::settings::Settings;

use super::contain;
use crate::refused::Refused;

/// Where root's own home would be, which nobody else may enter.
const OF_SYSTEM: &str = "/var/lib";

/// The folder. It depends on nothing that changes while the server runs, so that a reload finds what the start made.
pub(super) fn folder(settings: &Settings) -> Option<PathBuf> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_system = || settings.contain.user.is_some().then(|| OF_SYSTEM.into());
    let of_home = || Some(absolute("HOME")?.join(".local/state"));
    let state = absolute("XDG_STATE_HOME").or_else(of_system).or_else(of_home);
    state.map(|state| state.join("packetboat"))
}

/// Who the server is about to become, while it is still root: what it makes is to be theirs.
pub(super) fn heir(settings: &Settings) -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    // That there is no such user was told before.
    let identity = contain::identity(&settings.contain).ok().flatten();
    identity.map(|identity| identity.numbers())
}

/// Whether what the settings name is opened by the heir alone: root may not have the rights that the heir has, where some were
/// taken from it or the files lie on another machine. Who opens it tells what is in the way.
pub(super) fn is_for_heir(settings: &Settings) -> bool {
    heir(settings).is_some()
}

/// Makes the folder, and gives it with these files of it to the heir.
pub(super) fn make(settings: &Settings, folder: &Path, files: &[&Path]) -> io::Result<()> {
    let heir = heir(settings);
    if let (Some(_), Some(parent)) = (heir, folder.parent()) {
        // These are to be passed through by others.
        std::fs::create_dir_all(parent)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let Some((uid, gid)) = heir else { return Ok(()) };
    // What stands in a folder of somebody else may be a link that was put there to be given away.
    if std::fs::symlink_metadata(folder)?.uid() != 0 {
        return Ok(());
    }
    for file in files.iter().filter(|file| file.symlink_metadata().is_ok()) {
        lchown(file, Some(uid), Some(gid))?;
    }
    chown(folder, Some(uid), Some(gid))
}

/// Why the folder, with these files in it, would be of no use to this user. What root has made at the start of a server that
/// becomes another user is that user's, and need only be got to.
pub(super) fn refused(settings: &Settings, folder: &Path, files: &[&Path]) -> Option<Refused> {
    let given = settings.contain.user.is_some();
    match folder.metadata() {
        Ok(found) if !(given && found.uid() == 0) => {
            let whole = !files.is_empty() && files.iter().all(|file| file.exists());
            match whole {
                true => files.iter().find_map(|file| Refused::read(file)),
                false => Refused::fill(folder),
            }
        }
        Err(_) if !given => Refused::keep(folder),
        _ => Refused::reach(folder),
    }
}
