//! A path in the tree that a server shows: absolute, without `.`, `..` and empty parts. The storage's own
//! checks do not rely on it: the kernel keeps every look-up beneath the root.

use std::fmt;

use packetboat_codes::Fault;

use crate::error::Error;

/// The longest name of one part, as the common file systems have it.
const NAME_LIMIT: usize = 255;
/// The longest path, as the common systems have it.
const PATH_LIMIT: usize = 4096;

/// An absolute path, `/` or `/part/part`. Parts are any bytes but NUL, CR, LF and `/`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VirtualPath(Vec<u8>);

impl VirtualPath {
    /// The top of the tree.
    pub fn root() -> Self {
        Self(b"/".to_vec())
    }

    /// The path that an argument means, seen from here. `..` at the top stays at the top, as in any
    /// directory tree.
    pub fn join(&self, argument: &[u8]) -> Result<Self, Error> {
        if argument.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            return Err(Fault::NameNotAllowed.into());
        }
        let mut path = if argument.first() == Some(&b'/') { Self::root() } else { self.clone() };
        for part in argument.split(|&byte| byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => path = path.parent().unwrap_or_else(Self::root),
                _ if part.len() > NAME_LIMIT => return Err(Fault::NameNotAllowed.into()),
                _ => path.push(part),
            }
        }
        if path.0.len() > PATH_LIMIT { Err(Fault::NameNotAllowed.into()) } else { Ok(path) }
    }

    /// The path without its last part; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        // Every path but the root has a slash before its last part.
        let slash = self.0.iter().rposition(|&byte| byte == b'/')?;
        Some(if slash == 0 { Self::root() } else { Self(self.0[..slash].to_vec()) })
    }

    /// The last part; `None` for the root.
    pub fn file_name(&self) -> Option<&[u8]> {
        let slash = self.0.iter().rposition(|&byte| byte == b'/')?;
        Some(&self.0[slash + 1..]).filter(|name| !name.is_empty())
    }

    /// Whether this is the top of the tree.
    pub fn is_root(&self) -> bool {
        self.0 == b"/"
    }

    /// The bytes, beginning with `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as seen from the root: `part/part`, or `.` for the root.
    pub(crate) fn relative(&self) -> &[u8] {
        if self.is_root() { b"." } else { &self.0[1..] }
    }

    fn push(&mut self, part: &[u8]) {
        if !self.is_root() {
            self.0.push(b'/');
        }
        self.0.extend_from_slice(part);
    }
}

impl fmt::Display for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(from: &str, argument: &str) -> String {
        let from = VirtualPath::root().join(from.as_bytes()).expect("a path");
        from.join(argument.as_bytes()).expect("a path").to_string()
    }

    #[test]
    fn arguments_are_seen_from_the_directory() {
        assert_eq!(join("/a/b", "c"), "/a/b/c");
        assert_eq!(join("/a/b", "/c//d/"), "/c/d");
        assert_eq!(join("/a/b", "../../../../etc/passwd"), "/etc/passwd");
        assert_eq!(join("/a/b", "./x/../."), "/a/b");
        assert_eq!(join("/", "..."), "/...");
        let path = VirtualPath::root().join(b"a/b").expect("a path");
        assert_eq!(path.file_name(), Some(b"b".as_slice()));
        assert_eq!(VirtualPath::root().file_name(), None);
        assert_eq!(VirtualPath::root().parent(), None);
    }

    #[test]
    fn what_no_storage_can_hold_is_refused() {
        let root = VirtualPath::root();
        for bad in [b"a\0b".to_vec(), b"a\nb".to_vec(), b"a\r".to_vec(), vec![b'x'; 256]] {
            assert_eq!(root.join(&bad).expect_err("refused").fault(), Fault::NameNotAllowed);
        }
        let deep = b"abcdefg/".repeat(600);
        assert_eq!(root.join(&deep).expect_err("refused").fault(), Fault::NameNotAllowed);
        assert!(root.join(&[b'x'; 255]).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_but_plain_parts_is_left(argument in proptest::collection::vec(
            prop_oneof![Just(b'/'), Just(b'.'), 1_u8..], 0..60)) {
            if let Ok(path) = VirtualPath::root().join(&argument) {
                prop_assert_eq!(path.0[0], b'/');
                let parts: Vec<&[u8]> = path.relative().split(|&b| b == b'/').collect();
                prop_assert!(path.is_root() || parts.iter().all(|p| !matches!(*p, b"" | b"." | b"..")));
                // Joined again, it is the same.
                prop_assert_eq!(&VirtualPath::root().join(&path.0).expect("a path"), &path);
            }
        }
    }
}
