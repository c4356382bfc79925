//! `[contain]`: what the process may do once it listens: user, group, umask, Landlock and seccomp.

use std::path::PathBuf;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// The containment settings as read.
#[derive(Clone, Debug, Default)]
pub struct ContainSettings {
    /// The user to switch to from root.
    pub user: Option<String>,
    /// The group, instead of the user's own groups.
    pub group: Option<String>,
    /// The umask for new files and directories.
    pub umask: Option<u32>,
    /// Whether Landlock restricts the file system.
    pub landlock: Limited,
    /// Folders to allow in addition to those that the configuration names.
    pub paths: Vec<PathBuf>,
    /// Whether seccomp refuses system calls.
    pub seccomp: Limited,
}

/// Whether to apply a restriction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limited {
    /// No.
    Off,
    /// If the kernel supports it.
    #[default]
    On,
    /// The server does not start without it.
    Required,
}

pub(super) const SECTION: Section = Section {
    name: "contain",
    doc: "What the process may do once it listens, to limit the damage if it is compromised.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "contain.user",
        Shape::Text(USER, |settings, text| {
            settings.contain.user = Some(name(text)?);
            Ok(())
        }),
        "If started as root, switch to this user once the server listens, and drop all \
         capabilities. This user must be able to access whatever is served, the database and the \
         certificate.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.group",
        Shape::Text(GROUP, |settings, text| {
            settings.contain.group = Some(name(text)?);
            Ok(())
        }),
        "With contain.user, use only this group instead of the user's own groups.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.umask",
        Shape::Text(UMASK, |settings, text| {
            let mask = u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777);
            settings.contain.umask = Some(mask.ok_or("give permission bits from 000 to 777")?);
            Ok(())
        }),
        "Remove these permission bits from new files and directories. Without it, the umask of \
         whoever starts the server applies.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.landlock",
        Shape::Choice(LANDLOCK),
        "Let the kernel (Linux 5.19 or later) restrict file system access to what the server \
         serves and needs.",
    )
    .default("on")
    .when(When::Restart),
    Setting::new(
        "contain.paths",
        Shape::List(FOLDER, |settings, text| {
            if !text.starts_with('/') {
                return Err("give a full path, such as /srv/ftp".to_owned());
            }
            settings.contain.paths.push(text.into());
            Ok(())
        }),
        "Existing folders that the process may access in addition to those named elsewhere, such \
         as where roots of accounts are or will be. Without it, a server with a database, a hook \
         or PAM may access everything but the system's own folders, since an account may be given \
         any root.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.seccomp",
        Shape::Choice(SECCOMP),
        "Let the kernel refuse system calls that no FTP server makes, such as mount and ptrace.",
    )
    .default("on")
    .when(When::Restart),
];

const USER: Form = Form { what: "the name of a user", place: "USER", example: "packetboat" };
const GROUP: Form = Form { what: "the name of a group", place: "GROUP", example: "ftp" };
const UMASK: Form = Form { what: "permission bits in octal", place: "BITS", example: "027" };
const FOLDER: Form = Form { what: "a full path", place: "FOLDER", example: "/srv/ftp" };

fn name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains('\0') {
        return Err("give a name, or leave it out".to_owned());
    }
    Ok(text.to_owned())
}

const LANDLOCK: &[Word<Settings>] = &[
    Word { word: "off", doc: OFF, put: |settings| settings.contain.landlock = Limited::Off },
    Word { word: "on", doc: ON, put: |settings| settings.contain.landlock = Limited::On },
    Word {
        word: "required",
        doc: REQUIRED,
        put: |settings| settings.contain.landlock = Limited::Required,
    },
];

const SECCOMP: &[Word<Settings>] = &[
    Word { word: "off", doc: OFF, put: |settings| settings.contain.seccomp = Limited::Off },
    Word { word: "on", doc: ON, put: |settings| settings.contain.seccomp = Limited::On },
    Word {
        word: "required",
        doc: REQUIRED,
        put: |settings| settings.contain.seccomp = Limited::Required,
    },
];

const OFF: &str = "never";
const ON: &str = "if the kernel supports it; the result is reported at startup";
const REQUIRED: &str = "the server does not start without it";
