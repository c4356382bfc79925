//! The part of the file system that the process may reach, by Landlock.

use std::path::{Path, PathBuf};

use crate::{ContainError, Settled, Switch, check_alone};

/// What may be done beneath a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// List and read.
    Read,
    /// All that an FTP server does: make, write, rename and remove files, directories and links too.
    Write,
    /// Read and start programs.
    Run,
}

/// What the process may reach, and nothing else. A path stands for all that is beneath it, also for what
/// comes to be there later.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    rules: Vec<(PathBuf, Access)>,
    /// Kept apart: who asks what is served does not mean these.
    system: Vec<(PathBuf, Access)>,
    /// Everything was allowed that is not the system's.
    is_wide: bool,
}

/// Where the libraries are that name look-ups load when they are first needed.
const LIBRARIES: &[&str] =
    &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"];

/// What name look-ups, times, certificates of authorities and TLS read.
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

/// The same in /etc, where all of that is too much: to root no permission closes the rest.
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

/// What names other certificates of authorities than the system's, for all that speaks TLS.
const VARIABLES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The top of the file system that is the system's own, where no files to be served are.
const NOT_SERVED: &[&str] = &[
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "root", "run", "sbin",
    "sys", "usr",
];

/// More folders than these are counted, not named. Usual servers have fewer: what is served, a few logs, the database,
/// certificates, programs.
const MOST_TOLD: usize = 8;

/// Where a file or folder really is, whose own place a rule names: for a folder that, for a file the folder it is in, since what
/// renews it gives its name to another file. At the top of the file system that would be too much, and it is the file alone.
fn beyond_links(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    let is_wide = |folder: &Path| folder.components().count() <= 2;
    match real.parent() {
        Some(folder) if real.is_file() && !is_wide(folder) => Some(folder.to_owned()),
        _ => Some(real),
    }
}

impl Reach {
    /// What every server needs of the system, to look up names and to check certificates.
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

    /// Allows what is beneath a path, and where its links lead.
    pub fn allow(&mut self, path: &Path, access: Access) {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if !self.rules.contains(&(real.clone(), access)) {
            self.rules.push((real, access));
        }
    }

    /// Allows to read a file, also when another takes its name: so all in its folder. Where it is a link, the
    /// folder of what it leads to as well.
    pub fn allow_file(&mut self, file: &Path) {
        let folder = |path: &Path| path.parent().map(Path::to_owned);
        let real = file.canonicalize().ok();
        for folder in [folder(file), real.as_deref().and_then(folder)].into_iter().flatten() {
            let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
            self.allow(&folder, Access::Read);
        }
    }

    /// Allows everything at the top of the file system that is not the system's own: for a server whose
    /// accounts may be given any folder while it runs.
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

    /// Allows to start the programs in a folder, and what they load.
    pub fn allow_programs(&mut self, folder: &Path) {
        self.allow(folder, Access::Run);
        self.system.extend(LIBRARIES.iter().map(|path| (path.into(), Access::Run)));
    }

    /// Whether everything was allowed that is not the system's.
    pub fn is_wide(&self) -> bool {
        self.is_wide
    }

    /// Whether what is at a path may be served: where it is allowed, or nothing is limited.
    pub fn covers(&self, path: &Path) -> bool {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.rules.iter().any(|(allowed, _)| real.starts_with(allowed))
    }

    /// Whether this may be done at a path, also where it is the system's.
    pub fn allows(&self, path: &Path, access: Access) -> bool {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let enough = |given| given == access || given == Access::Write && access == Access::Read;
        let mut rules = self.rules.iter().chain(&self.system);
        rules.any(|(allowed, given)| real.starts_with(allowed) && enough(*given))
    }

    /// The folders, for people, each once.
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

    /// Puts it in force for good, for this thread and those it starts.
    ///
    /// # Errors
    /// If it is required and cannot be had.
    pub fn confine(&self, switch: Switch) -> Settled {
        switch.settle(|| {
            check_alone()?;
            let layer = self.restrict()?;
            let told = match self.is_wide {
                true => "all but the system's own folders".to_owned(),
                false => format!("nothing but {}", self.told()),
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

    /// The newest that was tried. Later ones forbid more, some of which look-ups of names need.
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

    /// Whether this kernel knows a right, as far as it has Landlock at all.
    fn knows(right: AccessFs) -> bool {
        let strict = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        strict.handle_access(right).is_ok()
    }

    /// The first Landlock, of Linux 5.13 to 5.18, lets nobody move a file to another folder, whatever the rules are: the right to
    /// do so came with the second.
    fn forbids_moves(knows: impl Fn(AccessFs) -> bool) -> bool {
        knows(AccessFs::MakeReg) && !knows(AccessFs::Refer)
    }

    pub(super) fn restrict<'a>(
        mut rules: impl Iterator<Item = &'a (PathBuf, Access)>,
    ) -> Result<String, ContainError> {
        if forbids_moves(knows) {
            return Err(ContainError::new(
                "with the Landlock of this kernel no file could be moved to another folder; that of Linux 5.19 allows it",
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
                // What is not there cannot be allowed, and need not.
                ruleset.add_rules(path_beneath_rules([path], rights(*access)))
            })
            .map_err(failed)?;
        let status = match ruleset.restrict_self() {
            Ok(status) => status,
            Err(error) if is_too_deep(&error) => {
                return Ok("as the servers before this one were, which handed over to it".into());
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
            RulesetStatus::PartiallyEnforced => Ok("as far as this older kernel can".into()),
            RulesetStatus::NotEnforced => Err(ContainError::new(why)),
        }
    }

    /// A process can be limited sixteen times over; then what it inherited has to do.
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
            // Why there is none at all is told by who tries.
            assert!(!of(ABI::Unsupported));
        }

        #[test]
        fn what_a_kernel_knows_is_told_right_by_right() {
            // Each Landlock has all that the ones before it had.
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
