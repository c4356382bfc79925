//! The table of terms. To give accounts and groups a further setting: add a field to [`Terms`](super::Terms) and
//! a row here. Database, options, `show`, JSON and what a group gives its members follow from the row.

use super::{Effective, TlsNeed, limits};
use crate::{NamePattern, Network, PathRule, PathRules, Rights, Root, Window, Windows, day};

/// One thing that an account or a group may have a value for.
pub struct TermRow {
    /// Its name: in the database, in `show`, and of the option.
    pub key: &'static str,
    /// The shape of a value, for the help.
    pub shape: &'static str,
    /// What it is, for the help.
    pub help: &'static str,
    /// Whose values count.
    pub combine: Combine,
    /// What holds where nobody has a value.
    pub default: &'static str,
    /// Reads the lines of a value, puts what they say in its place, and gives the lines back as they are kept.
    /// The first line is there; more only where the row takes many.
    pub(super) apply: Apply,
}

/// See [`TermRow::apply`].
pub(super) type Apply = fn(&mut Effective, &[String]) -> Result<Vec<String>, String>;

/// Whose values count where several have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// The account's own, else that of its first group that has one. A value is one line.
    One,
    /// The same, where a value is a list.
    Many,
    /// The lists of all are joined, the account's own first; of lines with the same words before the `=`, the
    /// first counts.
    Joined,
}

impl TermRow {
    /// Whether a value is a list of lines.
    pub fn takes_many(&self) -> bool {
        self.combine != Combine::One
    }

    /// The lines as they are kept, if they are a value.
    pub fn read(&self, lines: &[String]) -> Result<Vec<String>, String> {
        match lines {
            [] => Err("give a value".to_owned()),
            [_, _, ..] if !self.takes_many() => Err("give one value".to_owned()),
            _ => (self.apply)(&mut Effective::default(), lines),
        }
    }
}

/// The row of a key.
pub fn find(key: &str) -> Option<&'static TermRow> {
    TERMS.iter().find(|row| row.key == key)
}

/// Everything that an account or a group may have a value for.
pub static TERMS: &[TermRow] = &[
    TermRow {
        key: "rights",
        shape: "RIGHTS",
        help: "What it may do: list, read, write, overwrite, append, delete, rename, mkdir, rmdir, \
               attributes, or all, read-only, drop-box, none, with commas between them.",
        combine: Combine::One,
        default: "read-only",
        apply: |effective, lines| {
            effective.rights = Rights::parse(&lines[0])?;
            Ok(vec![effective.rights.to_string()])
        },
    },
    TermRow {
        key: "root",
        shape: "FOLDER|none",
        help: "A root folder of its own, which has to exist; %u stands for the account's name. \"none\": what \
               the server serves.",
        combine: Combine::One,
        default: "none",
        apply: |effective, lines| {
            let root = or_word("none", &lines[0], |text| {
                Root::parse(text).map_err(|error| error.to_string())
            })?;
            let kept = root.as_ref().map_or("none", Root::as_str).to_owned();
            effective.terms.root = root;
            Ok(vec![kept])
        },
    },
    TermRow {
        key: "expires",
        shape: "DATE|never",
        help: "The last day on which it may be used, as 2027-01-31 (UTC), or \"never\".",
        combine: Combine::One,
        default: "never",
        apply: |effective, lines| {
            effective.terms.expires = or_word("never", &lines[0], |text| {
                day::end(text).ok_or_else(|| "give a day such as 2027-01-31, or never".to_owned())
            })?;
            Ok(vec![lines[0].clone()])
        },
    },
    TermRow {
        key: "sessions",
        shape: "COUNT|any",
        help: "Sessions that an account may have at once, or \"any\".",
        combine: Combine::One,
        default: "any",
        apply: |effective, lines| {
            effective.terms.sessions = or_word("any", &lines[0], |text| match text.parse() {
                Ok(count) if count > 0 => Ok(count),
                _ => Err("give a number from 1 on, or any".to_owned()),
            })?;
            Ok(vec![lines[0].clone()])
        },
    },
    TermRow {
        key: "network",
        shape: "NETWORK|any",
        help: "Where it may log in from, such as 192.0.2.0/24; repeat it for several. \"any\": from \
               everywhere.",
        combine: Combine::Many,
        default: "any",
        apply: |effective, lines| {
            let networks = list("any", lines, Network::parse)?;
            let kept = kept("any", &networks);
            effective.terms.networks = networks;
            Ok(kept)
        },
    },
    TermRow {
        key: "refuse-network",
        shape: "NETWORK|none",
        help: "Where it may not log in from, whatever --network says; repeat it for several.",
        combine: Combine::Many,
        default: "none",
        apply: |effective, lines| {
            let networks = list("none", lines, Network::parse)?;
            let kept = kept("none", &networks);
            effective.terms.refused_networks = networks;
            Ok(kept)
        },
    },
    limits::QUOTA,
    limits::QUOTA_FILES,
    limits::RATE_UP,
    limits::RATE_DOWN,
    TermRow {
        key: "hours",
        shape: "TIME|any",
        help: "When it may be used, in UTC, such as \"mon-fri 08:00-18:00\"; repeat it for several. \"any\": \
               always.",
        combine: Combine::Many,
        default: "any",
        apply: |effective, lines| {
            let windows = list("any", lines, Window::parse)?;
            let kept = kept("any", &windows);
            effective.terms.hours = Windows::new(windows);
            Ok(kept)
        },
    },
    TermRow {
        key: "read-only",
        shape: "TIME|never",
        help: "When nothing may be changed, in UTC, such as \"sat,sun\" or \"22:00-06:00\"; repeat it for \
               several.",
        combine: Combine::Many,
        default: "never",
        apply: |effective, lines| {
            let windows = list("never", lines, Window::parse)?;
            let kept = kept("never", &windows);
            effective.terms.read_only = Windows::new(windows);
            Ok(kept)
        },
    },
    TermRow {
        key: "path",
        shape: "PATH=RIGHTS|none",
        help: "What it may do at a path of its tree and beneath, such as /incoming=drop-box or \
               /**/secret=none; repeat it for several. The rule that reaches deepest counts. Paths of groups \
               are added to its own.",
        combine: Combine::Joined,
        default: "none",
        apply: |effective, lines| {
            let rules = list("none", lines, PathRule::parse)?;
            let kept = kept("none", &rules);
            effective.terms.paths = PathRules::new(rules)?;
            Ok(kept)
        },
    },
    TermRow {
        key: "folder",
        shape: "NAME=FOLDER|none",
        help: "A folder of this machine that it sees under this name in its root; %u stands for the account's \
               name. Repeat it for several. Folders of groups are added to its own.",
        combine: Combine::Joined,
        default: "none",
        apply: |effective, lines| {
            let folders = list("none", lines, folder)?;
            let texts: Vec<String> =
                folders.iter().map(|(name, root)| format!("{name}={}", root.as_str())).collect();
            effective.terms.folders = folders;
            Ok(kept("none", &texts))
        },
    },
    TermRow {
        key: "allow-name",
        shape: "PATTERN|any",
        help: "Names it may give to files and directories, such as *.pdf, or */ for directories; upper and \
               lower case are the same. Repeat it for several; no others are allowed then.",
        combine: Combine::Many,
        default: "any",
        apply: |effective, lines| {
            let patterns = list("any", lines, NamePattern::parse)?;
            let kept = kept("any", &patterns);
            effective.terms.allowed_names = patterns;
            Ok(kept)
        },
    },
    TermRow {
        key: "refuse-name",
        shape: "PATTERN|none",
        help: "Names it may not give to files and directories, such as *.exe; repeat it for several.",
        combine: Combine::Many,
        default: "none",
        apply: |effective, lines| {
            let patterns = list("none", lines, NamePattern::parse)?;
            let kept = kept("none", &patterns);
            effective.terms.refused_names = patterns;
            Ok(kept)
        },
    },
    TermRow {
        key: "tls",
        shape: "any|login|required",
        help: "What has to be under TLS: \"login\" the control connection, \"required\" data too, \"any\" \
               what the server demands of all.",
        combine: Combine::One,
        default: "any",
        apply: |effective, lines| {
            effective.terms.tls = match lines[0].as_str() {
                "any" => TlsNeed::None,
                "login" => TlsNeed::Login,
                "required" => TlsNeed::All,
                other => return Err(format!("{other:?} is unknown; give any, login or required")),
            };
            Ok(vec![lines[0].clone()])
        },
    },
];

/// A name in the root and a folder of this machine.
fn folder(text: &str) -> Result<(String, Root), String> {
    let example = "give a name and a folder, such as archive=/srv/archive";
    let (name, folder) =
        text.split_once('=').ok_or_else(|| format!("{text:?} has no \"=\"; {example}"))?;
    let bad = matches!(name, "" | "." | "..") || name.len() > 255;
    if bad || name.contains(|letter: char| letter == '/' || letter.is_control()) {
        return Err(format!("{name:?} is no name of a folder; {example}"));
    }
    Ok((name.to_owned(), Root::parse(folder).map_err(|error| error.to_string())?))
}

/// A value, or nothing for the word that stands for none.
pub(super) fn or_word<T>(
    word: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if text == word { Ok(None) } else { parse(text).map(Some) }
}

/// The values of a list; none for the word that stands alone for none.
pub(super) fn list<T>(
    word: &str,
    lines: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    match lines {
        [only] if only == word => Ok(Vec::new()),
        lines if lines.iter().any(|line| line == word) => {
            Err(format!("{word:?} stands alone; give it, or values"))
        }
        lines => lines.iter().map(|line| parse(line)).collect(),
    }
}

/// A list as it is kept.
pub(super) fn kept<T: ToString>(word: &str, list: &[T]) -> Vec<String> {
    match list {
        [] => vec![word.to_owned()],
        list => list.iter().map(ToString::to_string).collect(),
    }
}
