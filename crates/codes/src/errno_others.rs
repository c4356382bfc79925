//! Names of Linux errno numbers that neither sockets nor files of an FTP server report, for users
//! who see only the number. They are not in the catalogue.

use crate::errno::Platform;

/// The numbers that the architectures of [`Platform::Linux`] share.
static LINUX: &[(u8, &str)] = &[
    (3, "ESRCH"),
    (6, "ENXIO"),
    (7, "E2BIG"),
    (8, "ENOEXEC"),
    (10, "ECHILD"),
    (15, "ENOTBLK"),
    (25, "ENOTTY"),
    (29, "ESPIPE"),
    (33, "EDOM"),
    (34, "ERANGE"),
    (35, "EDEADLK"),
    (37, "ENOLCK"),
    (38, "ENOSYS"),
    (42, "ENOMSG"),
    (43, "EIDRM"),
    (61, "ENODATA"),
    (62, "ETIME"),
    (67, "ENOLINK"),
    (71, "EPROTO"),
    (74, "EBADMSG"),
    (75, "EOVERFLOW"),
    (77, "EBADFD"),
    (84, "EILSEQ"),
    (117, "EUCLEAN"),
    (121, "EREMOTEIO"),
    (123, "ENOMEDIUM"),
    (124, "EMEDIUMTYPE"),
    (126, "ENOKEY"),
    (127, "EKEYEXPIRED"),
    (128, "EKEYREVOKED"),
    (129, "EKEYREJECTED"),
    (130, "EOWNERDEAD"),
    (131, "ENOTRECOVERABLE"),
];

/// The name of an errno number that is neither a socket error nor a file error.
pub fn other_errno_name(platform: Platform, raw: i32) -> Option<&'static str> {
    let known = matches!(platform, Platform::Linux | Platform::Android);
    let raw = u8::try_from(raw).ok().filter(|_| known)?;
    LINUX.iter().find(|(number, _)| *number == raw).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::errno_name;
    use crate::file_errors::file_error_by_number;

    #[test]
    fn none_of_them_is_known_otherwise() {
        for (number, name) in LINUX {
            assert_eq!(errno_name(Platform::Linux, i32::from(*number)), None, "{name}");
            assert_eq!(file_error_by_number(u16::from(*number)), None, "{name}");
            assert_eq!(other_errno_name(Platform::Linux, i32::from(*number)), Some(*name));
        }
        assert!(LINUX.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(other_errno_name(Platform::MacOs, 35), None);
    }
}
