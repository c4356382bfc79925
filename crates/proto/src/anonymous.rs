//! The user names of anonymous FTP (RFC 1635). No account may have one of these names.

/// Whether a user name is one of those that stand for anonymous FTP and need no real password (RFC
/// 1635 §4.1, §5.2.2).
pub fn is_anonymous(user: &[u8]) -> bool {
    user.eq_ignore_ascii_case(b"anonymous") || user.eq_ignore_ascii_case(b"ftp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_anonymous_ftp_in_any_case() {
        for name in ["anonymous", "ftp", "FTP", "Anonymous"] {
            assert!(is_anonymous(name.as_bytes()), "{name}");
        }
        assert!(!is_anonymous(b"") && !is_anonymous(b"ftp2") && !is_anonymous(b"anna"));
    }
}
