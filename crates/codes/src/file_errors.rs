//! File and disk errors, which have no Winsock number: their errno names and numbers, and the reply
//! codes that an FTP server sends for them.

/// A file system error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileError {
    /// Its POSIX name.
    pub name: &'static str,
    /// A short description.
    pub phrase: &'static str,
    /// The reply codes that a server sends for it.
    pub replies: &'static [u16],
    /// Its number, the same on Linux, macOS and the BSDs.
    pub number: u16,
}

const fn row(
    name: &'static str,
    number: u16,
    phrase: &'static str,
    replies: &'static [u16],
) -> FileError {
    FileError { name, phrase, replies, number }
}

/// Every row, sorted by number.
pub static FILE_ERRORS: &[FileError] = &[
    row("EPERM", 1, "operation not permitted", &[550]),
    row("ENOENT", 2, "no such file or directory", &[550]),
    row("EIO", 5, "input/output error of the disk", &[451]),
    row("EBUSY", 16, "file or device in use", &[450]),
    row("EEXIST", 17, "the name already exists", &[550]),
    row("EXDEV", 18, "the two names are on different file systems", &[550]),
    row("ENODEV", 19, "no such device", &[550]),
    row("ENOTDIR", 20, "a component of the path is not a directory", &[550]),
    row("EISDIR", 21, "it is a directory", &[550]),
    row("ENFILE", 23, "too many open files in the whole system", &[451]),
    row("ETXTBSY", 26, "the program is running", &[450]),
    row("EFBIG", 27, "the file would be too large", &[552]),
    row("ENOSPC", 28, "no space left on the disk", &[452, 552]),
    row("EROFS", 30, "the file system is read-only", &[550]),
    row("EMLINK", 31, "too many links", &[550]),
];

/// The row with that name, in upper or lower case.
pub fn file_error_by_name(name: &str) -> Option<&'static FileError> {
    FILE_ERRORS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// The row with that number.
pub fn file_error_by_number(number: u16) -> Option<&'static FileError> {
    FILE_ERRORS.iter().find(|row| row.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::ReplyCode;

    #[test]
    fn every_row_has_replies_of_the_catalogue_and_no_socket_code() {
        for row in FILE_ERRORS {
            assert!(!row.replies.is_empty());
            for code in row.replies {
                assert!(ReplyCode::known(*code).row().is_some(), "{} {code}", row.name);
            }
            assert_eq!(crate::SocketCode::from_errno_name(row.name), None, "{}", row.name);
            assert_eq!(file_error_by_number(row.number), Some(row));
            assert_eq!(file_error_by_name(row.name), Some(row));
            // No number has two meanings.
            assert_eq!(crate::by_number(row.number), None, "{}", row.name);
        }
        assert!(FILE_ERRORS.windows(2).all(|pair| pair[0].number < pair[1].number));
    }
}
