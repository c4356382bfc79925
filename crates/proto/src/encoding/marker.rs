//! [`Marker`]: a restart marker, the sender's name for a position in the file (RFC 959 §3.5).

use std::fmt;

/// A restart marker: printable characters without spaces. Only its sender knows what it means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Marker(String);

impl Marker {
    /// The longest marker, in bytes. A decimal offset takes 20.
    pub const LONGEST: usize = 255;

    /// The marker, if it is valid: bytes from 33 to 126, at least one, at most [`Self::LONGEST`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let fits = !bytes.is_empty() && bytes.len() <= Self::LONGEST;
        if !fits || !bytes.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        Some(Self(bytes.iter().copied().map(char::from).collect()))
    }

    /// The marker that our own encoder writes: the offset in the file, in decimal.
    pub fn at(offset: u64) -> Self {
        Self(offset.to_string())
    }

    /// The offset, if this marker has the form of [`Marker::at`].
    pub fn offset(&self) -> Option<u64> {
        crate::address::parse_number(self.as_bytes())
    }

    /// The marker as REST and reply 110 carry it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 959 §3.5: printable, and no space.
    #[test]
    fn only_printable_characters_make_a_marker() {
        assert_eq!(Marker::new(b"!ab~").expect("a marker").as_str(), "!ab~");
        for bad in [&b""[..], b"a b", b"a\r", b"\x7f", b"\xe4", &[b'1'; 256]] {
            assert_eq!(Marker::new(bad), None, "{bad:?}");
        }
        assert_eq!(Marker::at(u64::MAX).offset(), Some(u64::MAX));
        assert_eq!(Marker::new(b"12a").expect("a marker").offset(), None);
    }
}
