//! [`Finding`]: why a server refused to work on a path. RFC 959 uses 550 both for missing files and
//! for missing permissions; the client tells them apart by the words of the reply, or else by
//! asking the server (`diagnose`).

use packetboat_codes::Fault;
use packetboat_proto::listing::EntryKind;
use packetboat_proto::server::fault_in;
use packetboat_proto::verbs::Verb;

use crate::failure::Failure;

/// What is known about a path on which the server refused a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The path does not exist.
    Absent,
    /// The path exists and the command suits it, so the permission is missing.
    Forbidden,
    /// The path is a directory where a file is needed.
    Directory,
    /// The path is a file where a directory is needed.
    NoDirectory,
    /// The directory has entries.
    NotEmpty,
    /// The directory shows no entries, yet cannot be removed.
    SeemsEmpty,
    /// Something with that name already exists.
    Exists,
    /// The directory in which to create the path does not exist.
    NoParent,
    /// The directory above exists, so the permission to create something in it is missing.
    ParentForbids,
    /// The operating system denies the server access to the path.
    SystemForbids,
    /// The path lies outside what the server shares.
    Outside,
    /// The path is a link that the server does not follow, or leads through one.
    Link,
    /// The server does not allow such a name.
    Name,
    /// The place is read-only for everyone.
    ReadOnly,
    /// The account may not change anything at this time.
    ReadOnlyNow,
    /// The new name is in a place to which the server cannot move the file.
    Elsewhere,
    /// The operation is impossible on this path, whatever the permissions.
    Impossible,
    /// The path is a device, a socket or the like.
    NoFile,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Self; 18] = [
        Self::Absent,
        Self::Forbidden,
        Self::Directory,
        Self::NoDirectory,
        Self::NotEmpty,
        Self::SeemsEmpty,
        Self::Exists,
        Self::NoParent,
        Self::ParentForbids,
        Self::SystemForbids,
        Self::Outside,
        Self::Link,
        Self::Name,
        Self::ReadOnly,
        Self::ReadOnlyNow,
        Self::Elsewhere,
        Self::Impossible,
        Self::NoFile,
    ];

    /// The word used in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Forbidden => "forbidden",
            Self::Directory => "is-directory",
            Self::NoDirectory => "no-directory",
            Self::NotEmpty => "not-empty",
            Self::SeemsEmpty => "seems-empty",
            Self::Exists => "exists",
            Self::NoParent => "no-parent",
            Self::ParentForbids => "parent-forbids",
            Self::SystemForbids => "system-forbids",
            Self::Outside => "outside",
            Self::Link => "link",
            Self::Name => "name",
            Self::ReadOnly => "read-only",
            Self::ReadOnlyNow => "read-only-now",
            Self::Elsewhere => "elsewhere",
            Self::Impossible => "impossible",
            Self::NoFile => "no-file",
        }
    }

    /// A sentence for people; "it" is the path that the message has named.
    pub fn text(self) -> &'static str {
        match self {
            Self::Absent => "it does not exist.",
            Self::Forbidden => "it exists, so this user probably lacks the permission for this.",
            Self::Directory => "it is a directory, not a file.",
            Self::NoDirectory => "it is a file, not a directory.",
            Self::NotEmpty => "the directory is not empty.",
            Self::SeemsEmpty => "its listing shows nothing more, yet the server cannot remove it.",
            Self::Exists => "something with that name already exists.",
            Self::NoParent => "the directory to create it in does not exist.",
            Self::ParentForbids => {
                "its directory exists, so this user probably lacks the permission to create anything in it."
            }
            Self::SystemForbids => "the operating system denies the server itself access to it.",
            Self::Outside => "it lies outside the folder that the server shares.",
            Self::Link => {
                "it is a symbolic link that the server does not follow, or leads through one."
            }
            Self::Name => "the server does not allow such a name.",
            Self::ReadOnly => "it is in a place that is read-only for everyone.",
            Self::ReadOnlyNow => "this user may not change anything at this time.",
            Self::Elsewhere => "the new name is in a place to which the server cannot move it.",
            Self::Impossible => "this cannot be done with this path, whatever the permissions.",
            Self::NoFile => "it is neither a file nor a directory.",
        }
    }

    /// The kind of failure that follows from it.
    pub(crate) fn failure(self) -> Failure {
        match self {
            Self::Absent | Self::NoParent => Failure::NotFound,
            Self::Forbidden
            | Self::ParentForbids
            | Self::SystemForbids
            | Self::Outside
            | Self::Link
            | Self::ReadOnly
            | Self::ReadOnlyNow => Failure::Permission,
            Self::Directory
            | Self::NoDirectory
            | Self::NotEmpty
            | Self::SeemsEmpty
            | Self::Exists
            | Self::Name
            | Self::Elsewhere
            | Self::Impossible
            | Self::NoFile => Failure::Refused,
        }
    }

    /// What it means for a refused verb that the path exists and is of this kind.
    pub(crate) fn of_present(verb: Verb, kind: EntryKind) -> Self {
        let directory = kind == EntryKind::Directory;
        match verb {
            Verb::Mkd => Self::Exists,
            Verb::Retr | Verb::Stor | Verb::Appe | Verb::Dele | Verb::Hash if directory => {
                Self::Directory
            }
            Verb::Cwd | Verb::Rmd | Verb::Mlsd if kind == EntryKind::File => Self::NoDirectory,
            Verb::Retr | Verb::Stor | Verb::Appe if kind == EntryKind::Other => Self::NoFile,
            _ => Self::Forbidden,
        }
    }
}

/// Words that servers use, and what they mean: for a path that should exist, and for one that the
/// command creates. The first matching row counts.
static WORDS: &[(&[&str], Finding, Finding)] = &[
    (
        &["no such", "not found", "not exist", "n't exist", "cannot find"],
        Finding::Absent,
        Finding::NoParent,
    ),
    (
        &["permission", "denied", "not permitted", "not allowed", "read-only", "access"],
        Finding::Forbidden,
        Finding::ParentForbids,
    ),
    (&["not empty"], Finding::NotEmpty, Finding::NotEmpty),
    (&["exists", "overwrite"], Finding::Exists, Finding::Exists),
    (&["is a directory"], Finding::Directory, Finding::Directory),
    (&["not a directory"], Finding::NoDirectory, Finding::NoDirectory),
    // Servers say "not a regular file" of directories too, so that is not listed here.
    (&["neither a plain"], Finding::NoFile, Finding::NoFile),
];

/// Words with which servers reject a name as such.
static NO_NAME: [&str; 4] =
    ["name not allowed", "prohibited file name", "illegal file name", "invalid file name"];

impl Finding {
    /// What the words of a refusal say: those of a Packetboat server in any language, or the usual
    /// words of others.
    pub(crate) fn by_words(verb: Verb, text: &str, path: &str) -> Option<Self> {
        match fault_in(text) {
            Some(fault) => Self::of_fault(verb, fault),
            None => Self::by_usual_words(verb, &without_name(text, path)),
        }
    }

    /// Whether the words can only be about the path on the server: those of a Packetboat server, or
    /// those of an operating system.
    pub(crate) fn is_said_plainly(text: &str) -> bool {
        let lower = text.to_lowercase();
        let of_systems = ["permission denied", "not permitted", "no such file", "read-only"];
        fault_in(text).is_some() || of_systems.iter().any(|words| lower.contains(words))
    }

    fn of_fault(verb: Verb, fault: Fault) -> Option<Self> {
        Some(match fault {
            Fault::NotFound if makes(verb) => Self::NoParent,
            Fault::NotFound => Self::Absent,
            Fault::ParentNotFound => Self::NoParent,
            Fault::AlreadyExists => Self::Exists,
            Fault::IsADirectory => Self::Directory,
            Fault::NotADirectory => Self::NoDirectory,
            Fault::DirectoryNotEmpty => Self::NotEmpty,
            Fault::NotARegularFile => Self::NoFile,
            Fault::PermissionDenied => Self::SystemForbids,
            Fault::OutsideRoot => Self::Outside,
            Fault::LinkNotFollowed | Fault::LinkLoop => Self::Link,
            Fault::NameNotAllowed
            | Fault::NameReserved
            | Fault::NameRefused
            | Fault::NameNotAmongAllowed => Self::Name,
            Fault::ReadOnlyStorage => Self::ReadOnly,
            Fault::ReadOnlyTime => Self::ReadOnlyNow,
            Fault::CrossDevice => Self::Elsewhere,
            Fault::IntoItself | Fault::Root | Fault::TooDeep => Self::Impossible,
            Fault::RightMissing if makes(verb) => Self::ParentForbids,
            Fault::RightMissing => Self::Forbidden,
            // The other faults are not about the path.
            _ => return None,
        })
    }

    fn by_usual_words(verb: Verb, text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        // RFC 959's wording of 553 and similar ones, which are about the name and not about a
        // permission.
        if NO_NAME.iter().any(|words| text.contains(words)) {
            return Some(Self::Name);
        }
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let (_, there, made) = WORDS.iter().find(|(words, ..)| says(words))?;
        Some(if makes(verb) { *made } else { *there })
    }
}

/// The text of a reply without the path that it names, or the last component of that path: the word
/// "access" in `access.log: not a plain file` says nothing about permissions. A name that may as
/// well be words of the server, such as `permitted`, is only removed where it must be the name: in
/// quotes, or at the start of a line before a colon.
fn without_name(text: &str, path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let mut rest = text.to_owned();
    for name in [path, last].into_iter().filter(|name| !name.is_empty()) {
        let anywhere = is_no_word(name);
        let places = rest.match_indices(name).filter(|(at, _)| {
            let (before, after) = (&rest[..*at], &rest[at + name.len()..]);
            stands_as_name(before, after) || anywhere && stands_alone(before, after)
        });
        let mut places: Vec<_> = places.map(|(at, _)| at).collect();
        while let Some(at) = places.pop() {
            rest.replace_range(at..at + name.len(), "");
        }
    }
    rest
}

/// Whether a name cannot be a word of a sentence: it has a slash, an underscore, or an extension.
fn is_no_word(name: &str) -> bool {
    let has_extension = || {
        let mut parts = name.rsplitn(2, '.');
        let extension = parts.next().unwrap_or_default();
        parts.next().is_some() && extension.starts_with(char::is_alphanumeric)
    };
    name.contains(['/', '_']) || has_extension()
}

/// Whether what stands between two texts is marked as a name: by quotes, or as what the rest of the
/// line is about.
fn stands_as_name(before: &str, after: &str) -> bool {
    let quotes = ['"', '\'', '`', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{201e}'];
    let in_quotes = before.ends_with(quotes) && after.starts_with(quotes);
    in_quotes || (before.is_empty() || before.ends_with('\n')) && after.starts_with(':')
}

/// Whether no letter or digit adjoins what stands between two texts.
fn stands_alone(before: &str, after: &str) -> bool {
    !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
}

/// Whether the verb creates its path, which therefore need not exist.
pub(crate) fn makes(verb: Verb) -> bool {
    matches!(verb, Verb::Stor | Verb::Appe | Verb::Mkd | Verb::Rnto)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_servers_are_understood() {
        for (verb, text, finding) in [
            (Verb::Retr, "x: No such file or directory", Some(Finding::Absent)),
            (Verb::Stor, "x: No such file or directory", Some(Finding::NoParent)),
            (Verb::Retr, "x: not a regular file", None),
            (Verb::Mkd, "x: File exists", Some(Finding::Exists)),
            (Verb::Mkd, "Access is denied.", Some(Finding::ParentForbids)),
            (Verb::Rmd, "x: Directory not empty", Some(Finding::NotEmpty)),
            (Verb::Retr, "it is a directory; name a file", Some(Finding::Directory)),
            (Verb::Cwd, "x: Not a directory", Some(Finding::NoDirectory)),
            (Verb::Retr, "Failed to open file.", None),
            (Verb::Stor, "Requested action not taken. File name not allowed.", Some(Finding::Name)),
            (Verb::Stor, "Prohibited file name: a\\b", Some(Finding::Name)),
            (Verb::Stor, "Anonymous users may not overwrite existing files", Some(Finding::Exists)),
        ] {
            assert_eq!(Finding::by_words(verb, text, "x"), finding, "{verb:?} {text}");
        }
    }

    #[test]
    fn a_name_that_is_a_word_of_the_reply_does_not_take_its_meaning() {
        let forbidden = Some(Finding::Forbidden);
        for (text, path, finding) in [
            ("Operation not permitted", "permitted", forbidden),
            ("Operation not permitted", "/d/not", forbidden),
            ("No access", "access", forbidden),
            ("Permission denied.", "Permission denied", forbidden),
            ("permitted: Operation not permitted", "permitted", forbidden),
            ("Can't open permitted: Operation not permitted", "permitted", forbidden),
            ("denied: not a plain file", "/d/denied", None),
            ("\"denied\" is no plain file", "/d/denied", None),
            ("\u{201c}denied\u{201d} is no plain file", "denied", None),
            ("Cannot use access.log, it is no plain file", "access.log", None),
            ("/access/x is no plain file", "/access/x", None),
        ] {
            assert_eq!(Finding::by_words(Verb::Size, text, path), finding, "{text} ({path})");
        }
    }
}
