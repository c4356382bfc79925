//! [`Language`]: the languages of the server's replies, and their tags.

/// A language in which every reply is available.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
}

impl Language {
    /// Every language, in the order of the enumeration.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Fr];

    /// The language tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// The language for a tag, case-insensitive. A more specific tag, such as `de-AT`, finds the
    /// language it starts with (lookup of RFC 4647 §3.4).
    pub fn parse(tag: &[u8]) -> Option<Self> {
        let primary = tag.split(|&byte| byte == b'-').next()?;
        Self::ALL.into_iter().find(|known| primary.eq_ignore_ascii_case(known.tag().as_bytes()))
    }

    /// Whether this has the form of a language tag: subtags of one to eight letters or digits,
    /// separated by hyphens, the first one of letters only (RFC 5646 §2.1).
    pub fn is_tag(tag: &[u8]) -> bool {
        let mut subtags = tag.split(|&byte| byte == b'-');
        let fits = |subtag: &[u8]| (1..=8).contains(&subtag.len());
        subtags.next().is_some_and(|first| fits(first) && first.iter().all(u8::is_ascii_alphabetic))
            && subtags.all(|next| fits(next) && next.iter().all(u8::is_ascii_alphanumeric))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_in_any_case_and_with_regions() {
        for (index, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(language as usize, index);
            assert_eq!(Language::parse(language.tag().as_bytes()), Some(language));
        }
        assert_eq!(Language::parse(b"DE"), Some(Language::De));
        assert_eq!(Language::parse(b"de-AT"), Some(Language::De));
        assert_eq!(Language::parse(b"fr-Latn-CA"), Some(Language::Fr));
        assert_eq!(Language::parse(b"deu"), None);
        assert_eq!(Language::parse(b""), None);
    }

    #[test]
    fn a_tag_has_short_subtags_of_letters_and_digits() {
        assert!(
            Language::is_tag(b"ja") && Language::is_tag(b"de-1996") && Language::is_tag(b"x-a")
        );
        for no_tag in [b"".as_slice(), b"-de", b"de-", b"d e", b"d_e", b"1a", b"muchtoolong"] {
            assert!(!Language::is_tag(no_tag), "{no_tag:?}");
        }
    }
}
