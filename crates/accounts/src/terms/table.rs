//! The table of terms. To add a setting for accounts and groups, add a field to
//! [`Terms`](super::Terms) and a row here. Database, options, `show`, JSON and inheritance from
//! groups follow from the row.

use super::{Effective, TlsNeed, limits};
use crate::{NamePattern, Network, PathRule, PathRules, Rights, Root, Window, Windows, day};

/// A setting that accounts and groups can have a value for.
pub struct TermRow {
    /// Its name in the database, in `show`, and as an option.
    pub key: &'static str,
    /// The placeholder for a value in the help.
    pub shape: &'static str,
    /// The description for the help.
    pub help: &'static str,
    /// How values of accounts and groups combine.
    pub combine: Combine,
    /// The default.
    pub default: &'static str,
    /// Parses the lines of a value, stores the result in `Effective`, and returns the lines in
    /// normalised form. There is at least one line, and more only if the row accepts a list.
    pub(super) apply: Apply,
}

/// See [`TermRow::apply`].
pub(super) type Apply = fn(&mut Effective, &[String]) -> Result<Vec<String>, String>;

/// How the values of an account and its groups combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// The account's own value, or else that of its first group with one. A value is one line.
    One,
    /// Like [`Combine::One`], but a value is a list.
    Many,
    /// All lists are joined, the account's own first; of several lines with the same text before
    /// the `=`, the first one wins.
    Joined,
}

impl TermRow {
    /// Whether a value is a list of lines.
    pub fn takes_many(&self) -> bool {
        self.combine != Combine::One
    }

    /// Checks the lines of a value and returns them in normalised form.
    pub fn read(&self, lines: &[String]) -> Result<Vec<String>, String> {
        match lines {
            [] => Err("give a value".to_owned()),
            [_, _, ..] if !self.takes_many() => Err("give one value".to_owned()),
            _ => (self.apply)(&mut Effective::default(), lines),
        }
    }
}

/// The row with this key.
pub fn find(key: &str) -> Option<&'static TermRow> {
    TERMS.iter().find(|row| row.key == key)
}

/// Every setting that accounts and groups can have a value for.
pub static TERMS: &[TermRow] = &[
    TermRow {
        key: "rights",
        shape: "RIGHTS",
        help: "What it may do: list, read, write, overwrite, append, delete, rename, mkdir, rmdir, \
            attributes, or all, read-only, drop-box, none, separated by commas.",
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
        help: "Its own root folder, which must exist; %u stands for the account's name. \"none\": \
            the folder that the server serves.",
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
        help: "The last day on which it may be used, such as 2027-01-31 (UTC), or \"never\".",
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
        help: "How many sessions an account may have at the same time, or \"any\".",
        combine: Combine::One,
        default: "any",
        apply: |effective, lines| {
            effective.terms.sessions = or_word("any", &lines[0], |text| match text.parse() {
                Ok(count) if count > 0 => Ok(count),
                _ => Err("give a number from 1 up, or any".to_owned()),
            })?;
            Ok(vec![lines[0].clone()])
        },
    },
    TermRow {
        key: "network",
        shape: "NETWORK|any",
        help: "Where it may log in from, such as 192.0.2.0/24; repeat the option for several. \
            \"any\": from anywhere.",
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
        help: "Where it may not log in from, whatever --network says; repeat the option for \
            several.",
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
        help: "When it may be used, in UTC, such as \"mon-fri 08:00-18:00\"; repeat the option for \
            several. \"any\": always.",
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
        help: "When it may change nothing, in UTC, such as \"sat,sun\" or \"22:00-06:00\"; repeat \
            the option for several.",
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
        help: "What it may do at and below a path of its tree, such as /incoming=drop-box or \
            /**/secret=none; repeat the option for several. The rule that matches deepest applies. \
            Rules of groups are added to its own.",
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
        help: "A folder of this machine that it sees under this name in its root; %u stands for \
            the account's name. Repeat the option for several. Folders of groups are added to its \
            own.",
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
        help: "Names it may use for files and directories, such as *.pdf, or */ for directories; \
            case is ignored. Repeat the option for several; all other names are refused.",
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
        help: "Names it may not use for files and directories, such as *.exe; repeat the option \
            for several.",
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
        help: "What must use TLS: \"login\" the control connection, \"required\" data connections \
            too, \"any\" what the server requires for everyone.",
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
        return Err(format!("{name:?} is not a valid folder name; {example}"));
    }
    Ok((name.to_owned(), Root::parse(folder).map_err(|error| error.to_string())?))
}

/// Parses a value; `None` for the keyword that means no value.
pub(super) fn or_word<T>(
    word: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if text == word { Ok(None) } else { parse(text).map(Some) }
}

/// Parses the values of a list; empty for the keyword that means no value.
pub(super) fn list<T>(
    word: &str,
    lines: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    match lines {
        [only] if only == word => Ok(Vec::new()),
        lines if lines.iter().any(|line| line == word) => {
            Err(format!("{word:?} cannot be combined with values; give either it or values"))
        }
        lines => lines.iter().map(|line| parse(line)).collect(),
    }
}

/// A list in normalised form.
pub(super) fn kept<T: ToString>(word: &str, list: &[T]) -> Vec<String> {
    match list {
        [] => vec![word.to_owned()],
        list => list.iter().map(ToString::to_string).collect(),
    }
}
