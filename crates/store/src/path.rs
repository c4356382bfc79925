//! [`VirtualPath`]: a path in the tree that the server presents. Paths are resolved without asking
//! any file system, so `..` means what the client sees. They contain only bytes that a command or a
//! listing can carry.

use std::fmt::{self, Write as _};

use packetboat_codes::Fault;

use crate::Result;

/// The longest name of a file or directory; nearly all file systems have this limit.
const LONGEST_NAME: usize = 255;
/// The longest path.
const LONGEST_PATH: usize = 4096;

/// An absolute, normalised path: `/`, or a `/` before each of its names. No name is empty, `.` or
/// `..`, is longer than 255 bytes, or contains NUL, CR, LF or `/`. The whole path has at most 4096
/// bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualPath(Vec<u8>);

impl VirtualPath {
    /// The root, `/`.
    pub fn root() -> Self {
        Self(b"/".to_vec())
    }

    /// Resolves `argument`, as sent by a client, relative to this directory. An argument with a
    /// leading `/` starts at the root. Empty names and `.` are skipped; `..` goes up and stops at
    /// the root.
    pub fn join(&self, argument: &[u8]) -> Result<Self> {
        if argument.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            return Err(Fault::NameNotAllowed.into());
        }
        let from = if argument.starts_with(b"/") { b"/".as_slice() } else { self.as_bytes() };
        let mut path = Self(Vec::with_capacity(from.len() + argument.len() + 1));
        path.0.extend_from_slice(from);
        for name in argument.split(|&byte| byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => path.pop(),
                _ if name.len() > LONGEST_NAME => return Err(Fault::NameNotAllowed.into()),
                _ => path.push(name),
            }
        }
        if path.0.len() > LONGEST_PATH {
            return Err(Fault::NameNotAllowed.into());
        }
        Ok(path)
    }

    /// The parent directory, or `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let mut parent = self.clone();
        parent.pop();
        (!self.is_root()).then_some(parent)
    }

    /// The last name, or `None` for the root.
    pub fn file_name(&self) -> Option<&[u8]> {
        self.components().next_back()
    }

    /// The names, starting at the root.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/').filter(|name| !name.is_empty())
    }

    /// The path as bytes, such as `/a/b`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0 == b"/"
    }

    fn push(&mut self, name: &[u8]) {
        if !self.is_root() {
            self.0.push(b'/');
        }
        self.0.extend_from_slice(name);
    }

    fn pop(&mut self) {
        let slash = self.0.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        self.0.truncate(slash.max(1));
    }
}

/// Displays the path in messages without loss: invalid UTF-8, control characters and backslashes
/// are escaped.
impl fmt::Display for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\\' => f.write_str("\\\\")?,
                    _ if character.is_control() => write!(f, "{}", character.escape_unicode())?,
                    _ => f.write_char(character)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02X}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VirtualPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(from: &str, argument: &[u8]) -> String {
        let from = VirtualPath::root().join(from.as_bytes()).expect("the start is a path");
        from.join(argument).map_or_else(|error| format!("{:?}", error.fault()), |p| p.to_string())
    }

    #[test]
    fn arguments_are_resolved_as_clients_mean_them() {
        assert_eq!(join("/a/b", b"c"), "/a/b/c");
        assert_eq!(join("/a/b", b"/c"), "/c");
        assert_eq!(join("/a/b", b"../c/./d//e/"), "/a/c/d/e");
        assert_eq!(join("/a", b"../../../.."), "/");
        assert_eq!(join("/a", b"/../../etc/passwd"), "/etc/passwd");
        assert_eq!(join("/a", b""), "/a");
        assert_eq!(join("/", b"..."), "/...");
        assert_eq!(join("/", b"a b\\c"), "/a b\\\\c");
        assert_eq!(join("/", b"caf\xc3\xa9 \xff\x1b"), "/café \\xFF\\u{1b}");
    }

    #[test]
    fn bytes_that_ftp_cannot_carry_and_names_too_long_are_refused() {
        for argument in [b"a\nb".as_slice(), b"a\r", b"\0", b"x/\n/.."] {
            assert_eq!(join("/", argument), "NameNotAllowed");
        }
        assert_eq!(join("/", &[b'n'; 256]), "NameNotAllowed");
        assert_eq!(join("/", &[b'n'; 255]).len(), 256);
        let long = b"/n".repeat(LONGEST_PATH / 2);
        assert_eq!(join("/", &long).len(), LONGEST_PATH);
        assert_eq!(join("/n", &[&long[1..], b"/n"].concat()), "NameNotAllowed");
    }

    #[test]
    fn parents_end_at_the_root() {
        let path = VirtualPath::root().join(b"a/b").expect("a path");
        assert_eq!(path.file_name(), Some(b"b".as_slice()));
        let parent = path.parent().expect("has one");
        assert_eq!(parent.as_bytes(), b"/a");
        let root = parent.parent().expect("has one");
        assert!(root.is_root());
        assert_eq!((root.parent(), root.file_name()), (None, None));
    }

    /// Arguments rich in interesting pieces: dots, slashes, odd bytes.
    fn argument() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"/".to_vec()),
            Just(b"..".to_vec()),
            Just(b".".to_vec()),
            Just(b"name".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_path_never_escapes_and_is_normal(arguments in proptest::collection::vec(argument(), 1..5)) {
            let mut path = VirtualPath::root();
            for argument in &arguments {
                if let Ok(next) = path.join(argument) {
                    path = next;
                }
            }
            prop_assert!(path.as_bytes().starts_with(b"/"));
            for name in path.components() {
                prop_assert!(!matches!(name, b"" | b"." | b".."));
                prop_assert!(!name.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n' | b'/')));
            }
            prop_assert_eq!(path.is_root(), path.components().next().is_none());
            prop_assert!(path.is_root() || !path.as_bytes().ends_with(b"/"));
        }

        #[test]
        fn a_path_joined_again_stays_the_same(start in argument(), argument in argument()) {
            let root = VirtualPath::root();
            let (Ok(start), Ok(path)) = (root.join(&start), root.join(&argument)) else { return Ok(()) };
            prop_assert_eq!(&start.join(path.as_bytes())?, &path);
            prop_assert_eq!(&path.join(b"")?, &path);
            let rebuilt = path.components().try_fold(root, |p, name| p.join(name))?;
            prop_assert_eq!(&rebuilt, &path);
            if let (Some(parent), Some(name)) = (path.parent(), path.file_name()) {
                prop_assert_eq!(&parent.join(name)?, &path);
                prop_assert_eq!(&path.join(b"..")?, &parent);
            }
        }
    }
}
