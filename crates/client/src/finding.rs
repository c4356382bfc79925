//! What is the matter with a thing that a server refused to work on. RFC 959 gives 550 to what is missing and to
//! what is forbidden alike: the server's words tell them apart, or else what asking it brings.

use packetboat_codes::Fault;
use packetboat_proto::listing::EntryKind;
use packetboat_proto::server::fault_in;
use packetboat_proto::verbs::Verb;

use crate::failure::Failure;

/// What the server told of a path after it had refused a command on it with 550.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// It is not there.
    Absent,
    /// It is there, and the command fits it: so it is not permitted.
    Forbidden,
    /// It is a directory where a file is meant.
    Directory,
    /// It is a file where a directory is meant.
    NoDirectory,
    /// The directory has entries.
    NotEmpty,
    /// The directory shows no entries, and cannot be removed.
    SeemsEmpty,
    /// Something of that name is there already.
    Exists,
    /// The directory that it should be made in is not there.
    NoParent,
    /// That directory is there: so making something in it is not permitted.
    ParentForbids,
    /// The system of the server keeps the server itself off it.
    SystemForbids,
    /// The path leaves what the server shares.
    Outside,
    /// It is a link, or lies behind one, that the server does not follow.
    Link,
    /// The server takes no such name.
    Name,
    /// Nobody can change anything there.
    ReadOnly,
    /// The account may change nothing at this time.
    ReadOnlyNow,
    /// The new name lies where a rename does not reach.
    Elsewhere,
    /// It cannot be done with this path, whoever asks.
    Impossible,
    /// It is a device, a socket or the like.
    NoFile,
}

impl Finding {
    /// Every one.
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

    /// One word for machines, as it stands in JSON.
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

    /// The same as a sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::Absent => "it is not there.",
            Self::Forbidden => "it is there, so this user probably has no permission for this.",
            Self::Directory => "it is a directory, not a file.",
            Self::NoDirectory => "it is a file, not a directory.",
            Self::NotEmpty => "the directory is not empty.",
            Self::SeemsEmpty => {
                "its listing shows nothing more, and it cannot be removed all the same."
            }
            Self::Exists => "something of that name is there already.",
            Self::NoParent => "the directory that it should be made in is not there.",
            Self::ParentForbids => {
                "its directory is there, so this user probably has no permission to make something in it."
            }
            Self::SystemForbids => "the system of the server keeps the server itself off it.",
            Self::Outside => "it leads out of the folder that the server shares.",
            Self::Link => "it is a link, or lies behind one, that is not followed.",
            Self::Name => "the server takes no such name.",
            Self::ReadOnly => "it lies where nobody can change anything.",
            Self::ReadOnlyNow => "this user may change nothing at this time.",
            Self::Elsewhere => "the new name lies where a rename does not reach.",
            Self::Impossible => "it cannot be done with this path, whoever asks.",
            Self::NoFile => "it is neither a file nor a directory.",
        }
    }

    /// The kind of failure that it is.
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

    /// What it means for a verb that something of this kind is there.
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

/// The usual words of servers, and what they say: of a thing that should be there, and of one
/// that the command makes. The first row that fits counts.
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
    // "Not a regular file" is said of directories too.
    (&["neither a plain"], Finding::NoFile, Finding::NoFile),
];

/// What servers say of a name that they take for nothing.
static NO_NAME: [&str; 4] =
    ["name not allowed", "prohibited file name", "illegal file name", "invalid file name"];

impl Finding {
    /// What a refusal of a command on a path says in words: those of our own server, in whatever language, or the usual ones.
    pub(crate) fn by_words(verb: Verb, text: &str, path: &str) -> Option<Self> {
        match fault_in(text) {
            Some(fault) => Self::of_fault(verb, fault),
            None => Self::by_usual_words(verb, &without_name(text, path)),
        }
    }

    /// Whether words can be about nothing but the thing on the server: those of our own, or those that systems have.
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
            // It is about the length.
            _ => return None,
        })
    }

    fn by_usual_words(verb: Verb, text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        // RFC 959's own words for 553 and those of others, which are about the name and not about a right.
        if NO_NAME.iter().any(|words| text.contains(words)) {
            return Some(Self::Name);
        }
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let (_, there, made) = WORDS.iter().find(|(words, ..)| says(words))?;
        Some(if makes(verb) { *made } else { *there })
    }
}

/// What a reply says, without the path that it names or the last part of that: `access.log: not a plain file` denies
/// nothing.
fn without_name(text: &str, path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let ends_word = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
    let mut rest = text.to_owned();
    for name in [path, last].into_iter().filter(|name| !name.is_empty()) {
        let places = rest.match_indices(name).filter(|(at, _)| {
            ends_word(rest[..*at].chars().next_back())
                && ends_word(rest[at + name.len()..].chars().next())
        });
        let mut places: Vec<_> = places.map(|(at, _)| at).collect();
        while let Some(at) = places.pop() {
            rest.replace_range(at..at + name.len(), "");
        }
    }
    rest
}

/// Whether the verb makes something that need not be there.
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
}
