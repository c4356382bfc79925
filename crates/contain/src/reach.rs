//! [`Reach`]: the parts of the file system that the process may access, enforced with Landlock.

use std::path::{Path, PathBuf};

use crate::{ContainError, Settled, Switch, check_alone};

/// The access allowed beneath a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// List and read.
    Read,
    /// Everything an FTP server does: also create, write, rename and remove files, directories and
    /// links.
    Write,
    /// Read and run programs.
    Run,
}

/// The paths that the process may access. A path includes everything beneath it, now or later.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    rules: Vec<(PathBuf, Access)>,
    /// The system's paths, kept apart because they are not served.
    system: Vec<(PathBuf, Access)>,
    /// Whether everything outside the system's folders is allowed.
    is_wide: bool,
}

/// Folders of the libraries that name lookups load when they are first needed.
const LIBRARIES: &[&str] =
    &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"];

/// Files that name lookups, local time, trusted certificates and TLS read.
const SYSTEM: &[&str] = &[
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/var/lib/ca-certificates",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/netconfig",
    "/run/NetworkManager",
    "/run/nscd",
    "/var/run/nscd",
    "/proc/self",
    "/dev/urandom",
    "/dev/random",
];

/// The same in /etc, file by file when running as root: all of /etc would be too much, because no
/// permission keeps root from the rest.
const OF_ETC: &[&str] = &[
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/passwd",
    "/etc/group",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted",
    "/etc/ca-certificates",
];

/// Variables that name other trusted certificates than the system's, for every TLS library.
const VARIABLES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The top-level folders that belong to the system and contain no files to be served.
const NOT_SERVED: &[&str] = &[
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "root", "run", "sbin",
    "sys", "usr",
];

/// The most folders that a message names; more are only counted. Most servers have fewer: the
/// served folders, a few logs, the database, certificates, programs.
const MOST_TOLD: usize = 8;

/// The real path to allow for a path with links: for a folder the folder, for a file the folder
/// that contains it, because renewing a file replaces it with another one of the same name. At the
/// top of the file system the folder would be too much, so it is the file alone.
fn beyond_links(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    let is_wide = |folder: &Path| folder.components().count() <= 2;
    match real.parent() {
        Some(folder) if real.is_file() && !is_wide(folder) => Some(folder.to_owned()),
        _ => Some(real),
    }
}

impl Reach {
    /// What every server needs from the system, for name lookups and for verifying certificates.
    pub fn system() -> Self {
        let mut reach = Self::default();
        let as_root = rustix::process::geteuid().is_root();
        let etc = if as_root { OF_ETC } else { &["/etc"] };
        for path in LIBRARIES.iter().chain(SYSTEM).chain(etc) {
            reach.system.push((path.into(), Access::Read));
        }
        let named = VARIABLES.iter().filter_map(std::env::var_os).map(PathBuf::from);
        let known: Vec<PathBuf> = OF_ETC.iter().map(PathBuf::from).chain(named).collect();
        let led_to = known.iter().filter_map(|path| beyond_links(path));
        reach.system.extend(led_to.map(|place| (place, Access::Read)));
        reach.system.push(("/dev/null".into(), Access::Write));
        reach
    }

    /// Allows access beneath a path, and to where the path's links lead.
    pub fn allow(&mut self, path: &Path, access: Access) {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if !self.rules.contains(&(real.clone(), access)) {
            self.rules.push((real, access));
        }
    }

    /// Allows reading a file even after another one has replaced it, and therefore everything in
    /// its folder. If the file is a link, also the folder of its target.
    pub fn allow_file(&mut self, file: &Path) {
        let folder = |path: &Path| path.parent().map(Path::to_owned);
        let real = file.canonicalize().ok();
        for folder in [folder(file), real.as_deref().and_then(folder)].into_iter().flatten() {
            let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
            self.allow(&folder, Access::Read);
        }
    }

    /// Allows all top-level folders that do not belong to the system, for a server whose accounts
    /// may be given any folder while it runs.
    pub fn allow_all_but_the_system(&mut self) {
        self.is_wide = true;
        let entries = std::fs::read_dir("/").into_iter().flatten().flatten();
        for entry in entries {
            let served = entry.file_type().is_ok_and(|kind| kind.is_dir())
                && !NOT_SERVED.iter().any(|name| entry.file_name() == *name);
            if served {
                self.allow(&entry.path(), Access::Write);
            }
        }
    }

    /// Allows running the programs in a folder, and loading what they need.
    pub fn allow_programs(&mut self, folder: &Path) {
        self.allow(folder, Access::Run);
        self.system.extend(LIBRARIES.iter().map(|path| (path.into(), Access::Run)));
    }

    /// Whether everything outside the system's folders is allowed.
    pub fn is_wide(&self) -> bool {
        self.is_wide
    }

    /// Whether a path may be served: it is allowed, or nothing is restricted.
    pub fn covers(&self, path: &Path) -> bool {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.rules.iter().any(|(allowed, _)| real.starts_with(allowed))
    }

    /// Whether this access is allowed at a path, including the system's paths.
    pub fn allows(&self, path: &Path, access: Access) -> bool {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let enough = |given| given == access || given == Access::Write && access == Access::Read;
        let mut rules = self.rules.iter().chain(&self.system);
        rules.any(|(allowed, given)| real.starts_with(allowed) && enough(*given))
    }

    /// The folders, for people, without duplicates.
    fn told(&self) -> String {
        let mut names = Vec::new();
        for (path, _) in &self.rules {
            let name = path.display().to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let more = names.len().saturating_sub(MOST_TOLD);
        names.truncate(MOST_TOLD);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{rest}", names.join(", "))
    }

    /// Applies the restriction permanently, for this thread and those it starts.
    ///
    /// # Errors If the restriction is required and cannot be applied.
    pub fn confine(&self, switch: Switch) -> Settled {
        switch.settle(|| {
            check_alone()?;
            let layer = self.restrict()?;
            let told = match self.is_wide {
                true => "everything except the system's own folders".to_owned(),
                false => format!("only {}", self.told()),
            };
            Ok(format!("reaches {told} ({layer})"))
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn restrict(&self) -> Result<String, ContainError> {
        Err(ContainError::new("this system has no Landlock"))
    }

    #[cfg(target_os = "linux")]
    fn restrict(&self) -> Result<String, ContainError> {
        linux::restrict(self.system.iter().chain(&self.rules))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use landlock::{
        ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, LandlockStatus,
        RestrictSelfError, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError,
        RulesetStatus, Scope, path_beneath_rules,
    };

    use super::{Access, PathBuf};
    use crate::ContainError;

    /// The newest tested version of Landlock. Later ones restrict more, including things that name
    /// lookups need.
    const KNOWN: ABI = ABI::V6;

    fn rights(access: Access) -> BitFlags<AccessFs> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        match access {
            Access::Read => read,
            Access::Run => read | AccessFs::Execute,
            Access::Write => {
                let never = AccessFs::Execute
                    | AccessFs::MakeChar
                    | AccessFs::MakeBlock
                    | AccessFs::MakeSock
                    | AccessFs::MakeFifo
                    | AccessFs::IoctlDev;
                AccessFs::from_all(KNOWN) & !never
            }
        }
    }

    /// Whether this kernel's Landlock knows an access right.
    fn knows(right: AccessFs) -> bool {
        let strict = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        strict.handle_access(right).is_ok()
    }

    /// The first version of Landlock, in Linux 5.13 to 5.18, never allows moving a file to another
    /// folder, whatever the rules: the second version added a right for that.
    fn forbids_moves(knows: impl Fn(AccessFs) -> bool) -> bool {
        knows(AccessFs::MakeReg) && !knows(AccessFs::Refer)
    }

    pub(super) fn restrict<'a>(
        mut rules: impl Iterator<Item = &'a (PathBuf, Access)>,
    ) -> Result<String, ContainError> {
        if forbids_moves(knows) {
            return Err(ContainError::new(
                "with this kernel's Landlock no file could be moved to another folder; Linux 5.19 \
                    or later allows it",
            ));
        }
        let failed = |error: RulesetError| ContainError::new(error.to_string());
        let ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(KNOWN))
            .and_then(|ruleset| ruleset.scope(Scope::from_all(KNOWN)))
            .and_then(Ruleset::create)
            .map_err(failed)?;
        let ruleset = rules
            .try_fold(ruleset, |ruleset, (path, access)| {
                // A missing path cannot be allowed, and need not be.
                ruleset.add_rules(path_beneath_rules([path], rights(*access)))
            })
            .map_err(failed)?;
        let status = match ruleset.restrict_self() {
            Ok(status) => status,
            Err(error) if is_too_deep(&error) => {
                return Ok("inherited from the servers that it has replaced".into());
            }
            Err(error) => return Err(failed(error)),
        };
        let why = match status.landlock {
            LandlockStatus::NotEnabled => "it is switched off in this kernel",
            LandlockStatus::NotImplemented => "this kernel has none",
            LandlockStatus::Available { .. } => "this kernel refuses it",
        };
        match status.ruleset {
            RulesetStatus::FullyEnforced => Ok("all of it".into()),
            RulesetStatus::PartiallyEnforced => {
                Ok("as far as this older kernel supports it".into())
            }
            RulesetStatus::NotEnforced => Err(ContainError::new(why)),
        }
    }

    /// Landlock can be applied at most sixteen times; after that the inherited restrictions must
    /// suffice.
    fn is_too_deep(error: &RulesetError) -> bool {
        let RulesetError::RestrictSelf(RestrictSelfError::RestrictSelfCall { source, .. }) = error
        else {
            return false;
        };
        source.raw_os_error() == Some(rustix::io::Errno::TOOBIG.raw_os_error())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_landlock_that_would_forbid_moves_is_none() {
            let of = |abi| forbids_moves(|right| AccessFs::from_all(abi).contains(right));
            assert!(of(ABI::V1));
            assert!(!of(ABI::V2) && !of(KNOWN));
            // If there is no Landlock at all, applying it reports why.
            assert!(!of(ABI::Unsupported));
        }

        #[test]
        fn what_a_kernel_knows_is_told_right_by_right() {
            // Each version of Landlock includes everything of the previous ones.
            assert!(!knows(AccessFs::Refer) || knows(AccessFs::MakeReg));
            let status = Ruleset::default().handle_access(AccessFs::Refer);
            assert!(status.is_ok(), "without that level nothing is refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_covered_is_what_was_allowed_and_what_is_beneath() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).expect("a folder");
        std::os::unix::fs::symlink("/etc", folder.path().join("out")).expect("a link");
        let mut reach = Reach::system();
        reach.allow(folder.path(), Access::Write);
        assert!(reach.covers(&inner) && reach.covers(&inner.join("not there yet")));
        assert!(!reach.covers(Path::new("/etc")) && !reach.covers(&folder.path().join("out")));
    }

    #[test]
    fn the_folders_of_a_usual_server_are_all_named_and_each_once() {
        let reach = |folders: &[&str]| {
            let rules = folders.iter().map(|name| (name.into(), Access::Write)).collect();
            Reach { rules, ..Reach::default() }
        };
        let eight = ["/a", "/b", "/a", "/c", "/d", "/e", "/f", "/g", "/h", "/b"];
        assert_eq!(reach(&eight).told(), "/a, /b, /c, /d, /e, /f, /g, /h");
        let ten = [&eight[..], &["/i", "/j"]].concat();
        assert_eq!(reach(&ten).told(), "/a, /b, /c, /d, /e, /f, /g, /h and 2 more");
    }

    #[test]
    fn what_may_be_read_may_not_be_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut reach = Reach::default();
        reach.allow(folder.path(), Access::Read);
        assert!(reach.allows(&folder.path().join("x"), Access::Read));
        assert!(!reach.allows(folder.path(), Access::Write));
        reach.allow(folder.path(), Access::Write);
        assert!(reach.allows(folder.path(), Access::Write));
        assert!(reach.allows(folder.path(), Access::Read));
    }

    #[test]
    fn the_folder_of_a_linked_certificate_is_allowed_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for name in ["live", "archive"] {
            std::fs::create_dir(path(name)).expect("a folder");
        }
        std::fs::write(path("archive/cert1.pem"), "").expect("a file");
        std::os::unix::fs::symlink("../archive/cert1.pem", path("live/cert.pem")).expect("a link");
        let mut reach = Reach::default();
        reach.allow_file(&path("live/cert.pem"));
        assert!(reach.covers(&path("live")) && reach.covers(&path("archive/cert2.pem")));
    }

    #[test]
    fn what_is_known_by_a_link_is_reached_where_it_leads() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let real = |name: &str| path(name).canonicalize().expect("it is there");
        std::fs::create_dir(path("extracted")).expect("a folder");
        std::fs::write(path("extracted/bundle.pem"), "").expect("a file");
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, path(name));
        link("extracted/bundle.pem", "bundle.crt").expect("a link");
        link("extracted", "certs").expect("a link");
        assert_eq!(beyond_links(&path("bundle.crt")), Some(real("extracted")));
        assert_eq!(beyond_links(&path("certs")), Some(real("extracted")));
        assert_eq!(beyond_links(&path("none")), None);
        // The folder of this one is closed to root's server, but for what is named.
        assert_eq!(beyond_links(Path::new("/etc/passwd")), Some("/etc/passwd".into()));
    }

    #[test]
    fn all_but_the_system_leaves_the_system_out() {
        let mut reach = Reach::default();
        reach.allow_all_but_the_system();
        assert!(!reach.covers(Path::new("/etc/shadow")) && !reach.covers(Path::new("/root")));
        assert!(reach.covers(Path::new("/tmp")));
    }
}
