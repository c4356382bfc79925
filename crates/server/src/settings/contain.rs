//! `[contain]`: what the process may do once it listens.

use std::path::PathBuf;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// What the process may do once it listens.
#[derive(Clone, Debug, Default)]
pub struct ContainSettings {
    /// The user that root becomes.
    pub user: Option<String>,
    /// The group, if not those of the user.
    pub group: Option<String>,
    /// What is taken from the permissions of new files and directories.
    pub umask: Option<u32>,
    /// Whether Landlock limits what it reaches.
    pub landlock: Limited,
    /// What it may reach beyond what the configuration names.
    pub paths: Vec<PathBuf>,
    /// Whether seccomp refuses system calls.
    pub seccomp: Limited,
}

/// Whether a limit is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limited {
    /// No.
    Off,
    /// Where the system can do it.
    #[default]
    On,
    /// The server does not start without it.
    Required,
}

pub(super) const SECTION: Section = Section {
    name: "contain",
    doc: "What the process may do once it listens: a hole in it is worth no more than that.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "contain.user",
        Shape::Text(USER, |settings, text| {
            settings.contain.user = Some(name(text)?);
            Ok(())
        }),
        "Started as root, become this user once the server listens, and keep no capability. Whatever is \
         served, the database and the certificate have to be this user's to use.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.group",
        Shape::Text(GROUP, |settings, text| {
            settings.contain.group = Some(name(text)?);
            Ok(())
        }),
        "Together with contain.user, be in this group and no other, rather than in the user's own.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.umask",
        Shape::Text(UMASK, |settings, text| {
            let mask = u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777);
            settings.contain.umask = Some(mask.ok_or("give permission bits from 000 to 777")?);
            Ok(())
        }),
        "Take these permission bits from new files and directories; without it, as whoever starts the server \
         has it.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.landlock",
        Shape::Choice(LANDLOCK),
        "Let the kernel (Linux 5.19 or later) limit what the process reaches in the file system to what it \
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
        "Folders that may be reached beyond those that are named elsewhere, which have to exist: where roots of \
         accounts are or will be. Without any, a server with a database, a hook or PAM may reach all but the system's own \
         folders, since an account may be given any root.",
    )
    .when(When::Restart),
    Setting::new(
        "contain.seccomp",
        Shape::Choice(SECCOMP),
        "Let the kernel refuse system calls that no server makes, such as mount and ptrace.",
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
const ON: &str = "where the kernel can do it; what became of it is said at the start";
const REQUIRED: &str = "the server does not start without it";
