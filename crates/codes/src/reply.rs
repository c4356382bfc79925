//! [`ReplyCode`], the three digits of a reply on the wire, whether or not the catalogue knows them,
//! and its [`Class`].

use core::fmt;

/// A reply code as received or sent. A code that is not in the catalogue is kept unchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// The meaning of a reply's first digit (RFC 959 §4.2; class 6: RFC 2228 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 1yz: the command has started, another reply follows.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: accepted, the server waits for another command.
    Intermediate,
    /// 4yz: not done, the same command may succeed later.
    TransientNegative,
    /// 5yz: not done, the same command will fail again.
    PermanentNegative,
    /// 6yz: a reply wrapped by a security mechanism.
    Protected,
    /// 0yz, 7yz and above: no class that an RFC defines.
    Unknown,
}

impl Class {
    /// The keyword used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Preliminary => "preliminary",
            Self::Completion => "completion",
            Self::Intermediate => "intermediate",
            Self::TransientNegative => "transient-negative",
            Self::PermanentNegative => "permanent-negative",
            Self::Protected => "protected",
            Self::Unknown => "unknown",
        }
    }
}

impl ReplyCode {
    /// The code for a number of up to three digits; `None` above 999. Smaller numbers are shown
    /// with leading zeros.
    pub const fn new(number: u16) -> Option<Self> {
        if number <= 999 { Some(Self(number)) } else { None }
    }

    /// A code written in Packetboat's source. In a constant, a number outside 100 to 699 is a build
    /// error.
    pub const fn known(number: u16) -> Self {
        assert!(number >= 100 && number <= 699, "a reply code has three digits, the first 1 to 6");
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The class, from the first digit.
    pub const fn class(self) -> Class {
        match self.0 / 100 {
            1 => Class::Preliminary,
            2 => Class::Completion,
            3 => Class::Intermediate,
            4 => Class::TransientNegative,
            5 => Class::PermanentNegative,
            6 => Class::Protected,
            _ => Class::Unknown,
        }
    }

    /// Whether another reply to the same command follows.
    pub const fn is_preliminary(self) -> bool {
        matches!(self.class(), Class::Preliminary)
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

impl fmt::Debug for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplyCode({:03})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn an_unknown_code_survives() {
        let code = ReplyCode::new(799).expect("three digits");
        assert_eq!((code.number(), code.class()), (799, Class::Unknown));
        assert_eq!(ReplyCode::new(42).expect("three digits").to_string(), "042");
        assert_eq!(ReplyCode::new(1000), None);
    }
}
