//! The folder of what the server creates for itself: its self-signed certificate, and what an ACME
//! authority issued. A server started as root that becomes another user keeps the folder where that
//! user can reach it, and gives it to that user.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown, lchown};
use std::path::{Path, PathBuf};

use packetboat_server::settings::Settings;

use super::contain;
use crate::permission_denied::Refused;

/// Replaces root's home directory, which nobody else may enter.
const OF_SYSTEM: &str = "/var/lib";

/// The state folder. It depends on nothing that changes while the server runs, so that a reload
/// finds what the start created.
pub(super) fn folder(settings: &Settings) -> Option<PathBuf> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_system = || settings.contain.user.is_some().then(|| OF_SYSTEM.into());
    let of_home = || Some(absolute("HOME")?.join(".local/state"));
    let state = absolute("XDG_STATE_HOME").or_else(of_system).or_else(of_home);
    state.map(|state| state.join("packetboat"))
}

/// The user and group the server is about to become, while it is still root. What the server
/// creates should belong to them.
pub(super) fn heir(settings: &Settings) -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    // An earlier check has reported a user that does not exist.
    let identity = contain::identity(&settings.contain).ok().flatten();
    identity.map(|identity| identity.numbers())
}

/// Whether only the heir opens the files in the settings. Root may have fewer rights than the heir,
/// if capabilities were removed or the files are on a network file system. Whoever opens a file
/// reports what is in the way.
pub(super) fn is_for_heir(settings: &Settings) -> bool {
    heir(settings).is_some()
}

/// Creates the folder, and gives it and these files in it to the heir.
pub(super) fn make(settings: &Settings, folder: &Path, files: &[&Path]) -> io::Result<()> {
    let heir = heir(settings);
    if let (Some(_), Some(parent)) = (heir, folder.parent()) {
        // Others have to be able to pass through the parents.
        std::fs::create_dir_all(parent)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let Some((uid, gid)) = heir else { return Ok(()) };
    // A file in someone else's folder may be a link planted to be given away.
    if std::fs::symlink_metadata(folder)?.uid() != 0 {
        return Ok(());
    }
    for file in files.iter().filter(|file| file.symlink_metadata().is_ok()) {
        lchown(file, Some(uid), Some(gid))?;
    }
    chown(folder, Some(uid), Some(gid))
}

/// Why the folder, with these files in it, is of no use to this user. If the server becomes another
/// user, root gives the folder to that user at the start, so it only has to be reachable.
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
