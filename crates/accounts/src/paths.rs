//! [`PathRules`]: rights for parts of an account's tree. A rule names a path and applies to
//! everything beneath it. Its components may contain `*` and `?`, and `**` stands for any number of
//! directories, including none. Paths are normalised and then compared component by component,
//! never as strings.
//!
//! Of the rules that match a path or one of its parent directories, the one that matches deepest
//! wins; of several at the same depth, the one with the most components without wildcards; of
//! those, the first.

use std::fmt;

use crate::{Rights, glob};

/// The most components of a rule, so that a set of [`Places`] fits into one number.
const MOST_PARTS: usize = 60;
/// The most rules of an account.
const MOST_RULES: usize = 256;

/// The rules of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathRules(Vec<PathRule>);

/// The rights at and beneath a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRule {
    parts: Vec<Part>,
    rights: Rights,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`.
    AnyDepth,
    Name(Vec<u8>),
    Pattern(Vec<u8>),
}

/// A set of positions in a rule, one bit for each component; the bit after the last one means that
/// the whole rule has matched.
type Places = u64;

impl PathRules {
    /// Rejects more rules than an account may have.
    pub fn new(rules: Vec<PathRule>) -> Result<Self, String> {
        match rules.len() {
            ..=MOST_RULES => Ok(Self(rules)),
            count => Err(format!("{count} rules are too many; give at most {MOST_RULES}")),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rules.
    pub fn iter(&self) -> impl Iterator<Item = &PathRule> {
        self.0.iter()
    }

    /// The rights at a path; `without` are the rights where no rule matches.
    pub fn rights_at(&self, path: &[u8], without: Rights) -> Rights {
        best(self.0.iter(), &names(path).collect::<Vec<_>>()).unwrap_or(without)
    }

    /// The rights from the rules that name exactly this path and not `other`; all rights if there
    /// are none. For a file whose rights are otherwise those of another path.
    pub fn rights_by_name(&self, path: &[u8], other: &[u8]) -> Rights {
        let (path, other): (Vec<_>, Vec<_>) = (names(path).collect(), names(other).collect());
        let alone = self.0.iter().filter(|rule| rule.names(&path) && !rule.names(&other));
        best(alone, &path).unwrap_or(Rights::ALL)
    }

    /// The rights for an entry of a directory whose name is unknown: only those that every rule
    /// that could name it grants. `may_be` says whether the entry could have the name of a rule
    /// without wildcards.
    pub fn least_rights_in(
        &self,
        directory: &[u8],
        without: Rights,
        may_be: impl Fn(&[u8]) -> bool,
    ) -> Rights {
        let there = self.rights_at(directory, without);
        let naming = self.0.iter().filter(|rule| match rule.last_in(directory) {
            Some(Part::Name(name)) => may_be(name),
            last => last.is_some(),
        });
        naming.fold(there, |least, rule| least.common(rule.rights))
    }

    /// Whether a rule could apply to something beneath the path and not to the path itself.
    pub fn may_differ_beneath(&self, path: &[u8]) -> bool {
        self.0.iter().any(|rule| rule.beneath(path) != 0)
    }

    /// Whether every rule has the same effect beneath both paths, so that moving a tree from one to
    /// the other subjects no part of it to other rules.
    pub fn same_beneath(&self, one: &[u8], other: &[u8]) -> bool {
        self.0.iter().all(|rule| rule.beneath(one) == rule.beneath(other))
    }
}

impl PathRule {
    /// Reads a path and rights, such as `/incoming=drop-box`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let example = "give a path and rights, such as /incoming=drop-box or /**/secret=none";
        let Some((path, rights)) = text.rsplit_once('=') else {
            return Err(format!("{text:?} has no \"=\"; {example}"));
        };
        if !path.starts_with('/') {
            return Err(format!("{path:?} does not begin with a slash; {example}"));
        }
        if path.contains(char::is_control) || path.split('/').any(|name| matches!(name, "." | ".."))
        {
            return Err(format!("{path:?} is not a valid path; {example}"));
        }
        let mut parts: Vec<Part> = Vec::new();
        for name in names(path.as_bytes()) {
            let part = Part::of(name);
            if part != Part::AnyDepth || parts.last() != Some(&Part::AnyDepth) {
                parts.push(part);
            }
        }
        // A rule applies to everything beneath it anyway.
        while parts.last() == Some(&Part::AnyDepth) {
            parts.pop();
        }
        if parts.len() > MOST_PARTS {
            return Err(format!("{path:?} is too deep; give at most {MOST_PARTS} names"));
        }
        Ok(Self { parts, rights: Rights::parse(rights)? })
    }

    /// How deep the rule matches: the number of components of the deepest directory in the path, or
    /// of the path itself, that the rule names.
    fn depth(&self, names: &[&[u8]]) -> Option<usize> {
        let mut places = self.open(1);
        let mut deepest = self.has_matched(places).then_some(0);
        for (count, name) in (1..).zip(names) {
            places = self.step(places, name);
            if self.has_matched(places) {
                deepest = Some(count);
            }
        }
        deepest
    }

    /// Whether the rule matches the path itself, not only a parent directory.
    fn names(&self, path: &[&[u8]]) -> bool {
        self.depth(path) == Some(path.len())
    }

    /// The last component of the rule, if the rule can name an entry of the directory.
    fn last_in(&self, directory: &[u8]) -> Option<&Part> {
        let last = self.parts.len().checked_sub(1)?;
        (self.beneath(directory) & (1 << last) != 0).then(|| &self.parts[last])
    }

    /// The positions in the rule where matching continues for paths beneath this one.
    fn beneath(&self, path: &[u8]) -> Places {
        let places = names(path).fold(self.open(1), |places, name| self.step(places, name));
        places & !(1 << self.parts.len())
    }

    fn step(&self, places: Places, name: &[u8]) -> Places {
        let mut next = 0;
        for (place, part) in
            self.parts.iter().enumerate().filter(|(place, _)| places & (1 << place) != 0)
        {
            match part {
                Part::AnyDepth => next |= 1 << place,
                part if part.matches(name) => next |= 1 << (place + 1),
                _ => {}
            }
        }
        self.open(next)
    }

    /// Skips over `**`, which may stand for no directory at all.
    fn open(&self, mut places: Places) -> Places {
        for (place, part) in self.parts.iter().enumerate() {
            if *part == Part::AnyDepth && places & (1 << place) != 0 {
                places |= 1 << (place + 1);
            }
        }
        places
    }

    fn has_matched(&self, places: Places) -> bool {
        places & (1 << self.parts.len()) != 0
    }

    fn plain_names(&self) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Name(_))).count()
    }
}

impl Part {
    fn of(name: &[u8]) -> Self {
        match name {
            b"**" => Self::AnyDepth,
            name if name.contains(&b'*') || name.contains(&b'?') => Self::Pattern(name.to_vec()),
            name => Self::Name(name.to_vec()),
        }
    }

    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::AnyDepth => true,
            Self::Name(wanted) => wanted == name,
            Self::Pattern(pattern) => glob::matches(pattern, name, b'*', b'?'),
        }
    }
}

/// The rights of the winning rule for a path.
fn best<'a>(rules: impl Iterator<Item = &'a PathRule>, path: &[&[u8]]) -> Option<Rights> {
    let mut best: Option<((usize, usize), Rights)> = None;
    for rule in rules {
        let Some(depth) = rule.depth(path) else { continue };
        let rank = (depth, rule.plain_names());
        if best.is_none_or(|(highest, _)| rank > highest) {
            best = Some((rank, rule.rights));
        }
    }
    best.map(|(_, rights)| rights)
}

fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|name| !name.is_empty())
}

/// In the form that [`PathRule::parse`] reads.
impl fmt::Display for PathRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts.is_empty() {
            f.write_str("/")?;
        }
        for part in &self.parts {
            match part {
                Part::AnyDepth => f.write_str("/**")?,
                Part::Name(name) | Part::Pattern(name) => {
                    write!(f, "/{}", String::from_utf8_lossy(name))?;
                }
            }
        }
        write!(f, "={}", self.rights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> PathRules {
        let rules = texts.iter().map(|text| PathRule::parse(text).expect("a rule"));
        PathRules::new(rules.collect()).expect("rules")
    }

    fn at(rules: &PathRules, path: &str) -> String {
        rules.rights_at(path.as_bytes(), Rights::ALL).to_string()
    }

    #[test]
    fn the_rule_that_reaches_deepest_counts() {
        let rules = rules(&[
            "/pub=read-only",
            "/pub/in=drop-box",
            "/**/secret=none",
            "/pub/secret/open=list",
            "/home/*=none",
            "/home/anna=all",
            "/home/a*=read",
        ]);
        for (path, rights) in [
            ("/", "all"),
            ("/other/x", "all"),
            ("/pub", "read-only"),
            ("/pub/x/y", "read-only"),
            // Whole components are compared, not string prefixes.
            ("/public", "all"),
            ("/pub/in", "drop-box"),
            ("/pub/in/a/b", "drop-box"),
            ("/pub/in2", "read-only"),
            ("/secret", "none"),
            ("/a/b/secret/c", "none"),
            ("/pub/secret", "none"),
            ("/pub/secret/open", "list"),
            ("/pub/secret/open/x", "list"),
            ("/pub/in/secret", "none"),
            ("/home", "all"),
            ("/home/bert", "none"),
            ("/home/anna/x", "all"),
            // Same depth, same number of plain names: the first rule wins.
            ("/home/albert", "none"),
        ] {
            assert_eq!(at(&rules, path), rights, "{path}");
        }
    }

    #[test]
    fn any_depth_at_the_end_is_the_directory_itself() {
        let all = rules(&["/**=none", "/pub/**=read-only"]);
        assert_eq!((at(&all, "/x").as_str(), at(&all, "/pub/x").as_str()), ("none", "read-only"));
        assert_eq!(
            all.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["/=none", "/pub=read-only"]
        );
        let text = "/**/*.tmp=delete";
        assert_eq!(PathRule::parse(text).map(|rule| rule.to_string()).as_deref(), Ok(text));
    }

    #[test]
    fn trees_that_move_stay_under_the_same_rules() {
        let floating = rules(&["/**/secret=none"]);
        assert!(floating.same_beneath(b"/a", b"/b/c") && floating.may_differ_beneath(b"/a"));
        let fixed = rules(&["/pub/secret=none"]);
        assert!(!fixed.same_beneath(b"/pub", b"/x") && !fixed.same_beneath(b"/x", b"/pub"));
        assert!(fixed.same_beneath(b"/x", b"/y") && fixed.same_beneath(b"/pub/secret", b"/x"));
        assert!(fixed.may_differ_beneath(b"/") && !fixed.may_differ_beneath(b"/pub/secret"));
        let two = rules(&["/**/a/b=none"]);
        assert!(!two.same_beneath(b"/x/a", b"/x/c") && two.same_beneath(b"/x/a", b"/y/a"));
    }

    #[test]
    fn rules_for_one_of_two_names_and_for_a_name_that_is_not_known() {
        let rules = rules(&[
            "/in=drop-box",
            "/in/*.db=none",
            "/in/list=list",
            "/in/*.part=read,delete",
            "/**/a/*=read",
            "/in/deep/x*=none",
        ]);
        let by_name = |path: &[u8], other: &[u8]| rules.rights_by_name(path, other).to_string();
        assert_eq!(by_name(b"/in/.x.part", b"/in/x"), "read,delete");
        // Rules that match both names, or the directory, are left out.
        assert_eq!(by_name(b"/a/.x.part", b"/a/x"), "all");
        assert_eq!(by_name(b"/in/.x", b"/in/x"), "all");
        let least = |directory: &[u8], may_be: bool| {
            rules.least_rights_in(directory, Rights::ALL, |_| may_be).to_string()
        };
        assert_eq!((least(b"/in", true), least(b"/in", false)), ("none".into(), "none".into()));
        assert_eq!((least(b"/a", false), least(b"/other", true)), ("read".into(), "all".into()));
        assert_eq!(least(b"/in/deep/down", true), "drop-box");
        let plain = PathRules::new(vec![PathRule::parse("/in/secret=none").expect("a rule")]);
        let plain = plain.expect("rules");
        let least = |name: &'static [u8]| {
            plain.least_rights_in(b"/in", Rights::ALL, |rule| rule == name).to_string()
        };
        assert_eq!((least(b"secret"), least(b"other")), ("none".into(), "all".into()));
    }

    #[test]
    fn what_is_no_rule() {
        for bad in ["", "/a", "a=all", "/a=fly", "/../a=all", "/a/./b=all", "/a\nb=all", "=all"] {
            assert!(PathRule::parse(bad).is_err(), "{bad:?}");
        }
        assert!(PathRule::parse(&format!("{}=all", "/x".repeat(61))).is_err());
        assert!(PathRule::parse("/a=b=none").is_ok_and(|rule| rule.to_string() == "/a=b=none"));
    }
}
