//! The reply code as it stands on the wire: any three digits, known to the catalogue or not.

use core::fmt;

/// A reply code as received or sent. A code that the catalogue does not know survives unchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// What the first digit of a reply says (RFC 959 §4.2; class 6: RFC 2228 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 1yz: started, another reply follows.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: accepted, the next command is awaited.
    Intermediate,
    /// 4yz: not done, the same command may succeed later.
    TransientNegative,
    /// 5yz: not done, the same command will fail again.
    PermanentNegative,
    /// 6yz: a reply wrapped by the security exchange.
    Protected,
    /// 0yz, 7yz and above: no class that an RFC defines.
    Unknown,
}

impl Class {
    /// One word for machines, as it stands in JSON.
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
    /// The code for a number of three digits; `None` above 999. Leading zeros count as digits.
    pub const fn new(number: u16) -> Option<Self> {
        if number <= 999 { Some(Self(number)) } else { None }
    }

    /// A code written down in this project's own source, where a wrong number is a build error.
    pub const fn known(number: u16) -> Self {
        assert!(number >= 100 && number <= 699, "a reply code has three digits, the first 1 to 6");
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The class the first digit gives.
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

    /// Whether more replies follow to the same command.
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
