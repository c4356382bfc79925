//! Tests the mapping of errno and getaddrinfo numbers of every system, on any machine.

use packetboat_codes::{
    Platform, SOCKET_CODES, SocketCode, errno_name, errno_number, gai_without_code,
};

const UNIX: [Platform; 6] = [
    Platform::Linux,
    Platform::Android,
    Platform::MacOs,
    Platform::FreeBsd,
    Platform::NetBsd,
    Platform::OpenBsd,
];

fn errno(platform: Platform, raw: i32) -> Option<u16> {
    SocketCode::from_os_error(platform, raw).map(SocketCode::number)
}

fn gai(platform: Platform, value: i32) -> Option<u16> {
    SocketCode::from_gai(platform, value).map(SocketCode::number)
}

#[test]
fn the_same_name_is_the_same_code_on_every_system() {
    for name in SOCKET_CODES.iter().flat_map(|row| row.errno) {
        let meant = SocketCode::from_errno_name(name).expect(name);
        for platform in UNIX {
            let Some(raw) = errno_number(platform, name) else {
                assert_eq!((*name, platform_is_linux(platform)), ("EPROCLIM", true));
                continue;
            };
            assert_eq!(errno(platform, raw), Some(meant.number()), "{name} on {platform:?}");
        }
    }
}

fn platform_is_linux(platform: Platform) -> bool {
    matches!(platform, Platform::Linux | Platform::Android)
}

#[test]
fn a_code_that_an_errno_leads_to_names_that_errno() {
    for platform in UNIX {
        for raw in 1..=255 {
            let (Some(code), Some(name)) =
                (SocketCode::from_os_error(platform, raw), errno_name(platform, raw))
            else {
                assert_eq!(errno(platform, raw), None);
                continue;
            };
            let row = code.row().expect(name);
            // ENOTSUP is EOPNOTSUPP's other name and the only one that the row leaves out.
            assert!(row.errno.contains(&name) || name == "ENOTSUP", "{raw} {name} {platform:?}");
        }
    }
}

#[test]
fn refusals_timeouts_and_broken_pipes_by_number() {
    assert_eq!(errno(Platform::Linux, 111), Some(10061));
    assert_eq!(errno(Platform::MacOs, 61), Some(10061));
    assert_eq!(errno(Platform::Windows, 10061), Some(10061));
    assert_eq!(errno(Platform::Linux, 110), Some(10060));
    assert_eq!(errno(Platform::FreeBsd, 60), Some(10060));
    assert_eq!(errno(Platform::Linux, 11), Some(10035));
    assert_eq!(errno(Platform::MacOs, 35), Some(10035));
    // 35 is EDEADLK on Linux, 11 is EDEADLK on the BSDs.
    assert_eq!((errno(Platform::Linux, 35), errno(Platform::MacOs, 11)), (None, None));
    for platform in UNIX {
        assert_eq!(errno(platform, 32), Some(10058), "EPIPE on {platform:?}");
    }
}

#[test]
fn the_numbers_in_which_the_bsds_differ() {
    let canceled = UNIX.map(|platform| errno_number(platform, "ECANCELED"));
    assert_eq!(canceled, [125, 125, 89, 85, 87, 88].map(Some));
    let notsup = UNIX.map(|platform| errno_number(platform, "ENOTSUP"));
    assert_eq!(notsup, [95, 95, 45, 45, 86, 91].map(Some));
    assert_eq!(errno(Platform::MacOs, 102), Some(10045));
}

#[test]
fn a_file_error_is_no_socket_code() {
    // ENOENT, EIO, EEXIST, ENOTDIR, EISDIR, ENOSPC, EROFS: the same numbers everywhere.
    for raw in [2, 5, 17, 20, 21, 28, 30] {
        for platform in UNIX {
            assert_eq!(errno(platform, raw), None, "{raw} on {platform:?}");
        }
    }
}

#[test]
fn nothing_is_guessed_from_a_number_out_of_range() {
    let systems = UNIX.into_iter().chain([Platform::Windows, Platform::Other]);
    for platform in systems {
        for raw in [i32::MIN, -1, 0, 1_000_000, i32::MAX] {
            assert_eq!(errno(platform, raw), None, "{raw} on {platform:?}");
        }
    }
    assert_eq!(errno(Platform::Other, 111), None);
}

#[test]
fn getaddrinfo_values_of_each_system() {
    // EAI_AGAIN, BADFLAGS, FAIL, FAMILY, MEMORY, NODATA, NONAME, SERVICE, SOCKTYPE.
    let codes = [11002, 10022, 11003, 10047, 8, 11004, 11001, 10109, 10044].map(Some);
    let upwards = [2, 3, 4, 5, 6, 7, 8, 9, 10];
    let downwards = [-3, -1, -4, -6, -10, -5, -2, -8, -7];
    for platform in [Platform::MacOs, Platform::FreeBsd, Platform::NetBsd, Platform::Android] {
        assert_eq!(upwards.map(|value| gai(platform, value)), codes, "{platform:?}");
        assert_eq!(gai(platform, 11), None, "EAI_SYSTEM on {platform:?}");
    }
    for platform in [Platform::Linux, Platform::OpenBsd] {
        assert_eq!(downwards.map(|value| gai(platform, value)), codes, "{platform:?}");
        assert_eq!(gai(platform, -11), None, "EAI_SYSTEM on {platform:?}");
    }
    assert_eq!(gai(Platform::Windows, 11001), Some(11001));
    for platform in UNIX {
        assert_eq!(gai(platform, 0), None, "success on {platform:?}");
    }
}

#[test]
fn getaddrinfo_names() {
    let code = |name| SocketCode::from_gai_name(name).map(SocketCode::number);
    assert_eq!(code("EAI_AGAIN"), Some(11002));
    assert_eq!(code("eai_noname"), Some(11001));
    assert_eq!(code("EAI_NODATA"), Some(11004));
    assert_eq!(code("EAI_NOSECURENAME"), Some(11032));
    assert_eq!(code("EAI_IPSECPOLICY"), Some(11033));
    assert_eq!(code("EAI_SYSTEM"), None);
    assert!(gai_without_code("EAI_SYSTEM").is_some_and(|reason| reason.contains("errno")));
    assert_eq!(gai_without_code("EAI_AGAIN"), None);
    let names: Vec<_> = SocketCode::new(11004).gai_names().collect();
    assert_eq!(names, ["EAI_NODATA", "EAI_ADDRFAMILY"]);
}

#[test]
fn the_texts_of_failed_lookups() {
    let code = |reason: &str| {
        let text = format!("failed to lookup address information: {reason}");
        SocketCode::from_lookup_text(&text).map(SocketCode::number)
    };
    // glibc, musl, macOS, FreeBSD.
    assert_eq!(code("Name or service not known"), Some(11001));
    assert_eq!(code("Name does not resolve"), Some(11001));
    assert_eq!(code("nodename nor servname provided, or not known"), Some(11001));
    assert_eq!(code("Temporary failure in name resolution"), Some(11002));
    assert_eq!(code("Try again"), Some(11002));
    assert_eq!(code("Non-recoverable failure in name resolution"), Some(11003));
    assert_eq!(code("No address associated with hostname"), Some(11004));
    assert_eq!(code("System error"), None);
    // Only after the standard library's prefix: a server's reply must not be mistaken for a failed
    // lookup.
    assert_eq!(SocketCode::from_lookup_text("Try again"), None);
}
