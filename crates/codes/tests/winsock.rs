//! The table of Winsock codes, held against windows-sys (a wrong name is a build error, a wrong
//! number a failed test) and against the facts collected in `data/winsock.tsv`.

use packetboat_codes::{
    Platform, SOCKET_CODES, SocketCode, by_name, errno_number, told, told_by_name,
};
use windows_sys::Win32::Foundation;
use windows_sys::Win32::Networking::{WinInet, WinSock};

macro_rules! constants {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), WinSock::$name)),*]
    };
}

const CONSTANTS: &[(&str, i32)] = constants![
    WSA_INVALID_HANDLE,
    WSA_NOT_ENOUGH_MEMORY,
    WSA_INVALID_PARAMETER,
    WSA_OPERATION_ABORTED,
    WSA_IO_INCOMPLETE,
    WSA_IO_PENDING,
    WSAEINTR,
    WSAEBADF,
    WSAEACCES,
    WSAEFAULT,
    WSAEINVAL,
    WSAEMFILE,
    WSAEWOULDBLOCK,
    WSAEINPROGRESS,
    WSAEALREADY,
    WSAENOTSOCK,
    WSAEDESTADDRREQ,
    WSAEMSGSIZE,
    WSAEPROTOTYPE,
    WSAENOPROTOOPT,
    WSAEPROTONOSUPPORT,
    WSAESOCKTNOSUPPORT,
    WSAEOPNOTSUPP,
    WSAEPFNOSUPPORT,
    WSAEAFNOSUPPORT,
    WSAEADDRINUSE,
    WSAEADDRNOTAVAIL,
    WSAENETDOWN,
    WSAENETUNREACH,
    WSAENETRESET,
    WSAECONNABORTED,
    WSAECONNRESET,
    WSAENOBUFS,
    WSAEISCONN,
    WSAENOTCONN,
    WSAESHUTDOWN,
    WSAETOOMANYREFS,
    WSAETIMEDOUT,
    WSAECONNREFUSED,
    WSAELOOP,
    WSAENAMETOOLONG,
    WSAEHOSTDOWN,
    WSAEHOSTUNREACH,
    WSAENOTEMPTY,
    WSAEPROCLIM,
    WSAEUSERS,
    WSAEDQUOT,
    WSAESTALE,
    WSAEREMOTE,
    WSASYSNOTREADY,
    WSAVERNOTSUPPORTED,
    WSANOTINITIALISED,
    WSAEDISCON,
    WSAENOMORE,
    WSAECANCELLED,
    WSAEINVALIDPROCTABLE,
    WSAEINVALIDPROVIDER,
    WSAEPROVIDERFAILEDINIT,
    WSASYSCALLFAILURE,
    WSASERVICE_NOT_FOUND,
    WSATYPE_NOT_FOUND,
    WSA_E_NO_MORE,
    WSA_E_CANCELLED,
    WSAEREFUSED,
    WSAHOST_NOT_FOUND,
    WSATRY_AGAIN,
    WSANO_RECOVERY,
    WSANO_DATA,
    WSA_QOS_RECEIVERS,
    WSA_QOS_SENDERS,
    WSA_QOS_NO_SENDERS,
    WSA_QOS_NO_RECEIVERS,
    WSA_QOS_REQUEST_CONFIRMED,
    WSA_QOS_ADMISSION_FAILURE,
    WSA_QOS_POLICY_FAILURE,
    WSA_QOS_BAD_STYLE,
    WSA_QOS_BAD_OBJECT,
    WSA_QOS_TRAFFIC_CTRL_ERROR,
    WSA_QOS_GENERIC_ERROR,
    WSA_QOS_ESERVICETYPE,
    WSA_QOS_EFLOWSPEC,
    WSA_QOS_EPROVSPECBUF,
    WSA_QOS_EFILTERSTYLE,
    WSA_QOS_EFILTERTYPE,
    WSA_QOS_EFILTERCOUNT,
    WSA_QOS_EOBJLENGTH,
    WSA_QOS_EFLOWCOUNT,
    WSA_QOS_EUNKOWNPSOBJ,
    WSA_QOS_EPOLICYOBJ,
    WSA_QOS_EFLOWDESC,
    WSA_QOS_EPSFLOWSPEC,
    WSA_QOS_EPSFILTERSPEC,
    WSA_QOS_ESDMODEOBJ,
    WSA_QOS_ESHAPERATEOBJ,
    WSA_QOS_RESERVED_PETYPE,
    WSA_SECURE_HOST_NOT_FOUND,
    WSA_IPSEC_NAME_POLICY_ERROR,
];

#[test]
fn every_number_and_name_is_windows_own() {
    assert_eq!(CONSTANTS.len(), 97);
    assert_eq!(SOCKET_CODES.len(), 97);
    for (name, number) in CONSTANTS {
        let row = SOCKET_CODES.iter().find(|row| row.name == *name).expect(name);
        assert_eq!(i32::from(row.code.number()), *number, "{name}");
        assert_eq!(row.code.row(), Some(row), "{name} is found by its number");
        assert_eq!(SocketCode::from_os_error(Platform::Windows, *number), Some(row.code));
    }
}

/// One line of the facts: number, name, errno names, Linux' errno number.
fn facts() -> Vec<(u16, &'static str, Vec<&'static str>, Option<i32>)> {
    let lines = include_str!("data/winsock.tsv").lines().skip(1);
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let errno = fields[3].split(" / ").filter(|name| name.starts_with('E')).collect();
            (fields[0].parse().expect(line), fields[1], errno, fields[4].parse().ok())
        })
        .collect()
}

#[test]
fn every_fact_is_in_the_table() {
    let facts = facts();
    assert_eq!(facts.len(), 97);
    for (number, name, errno, linux) in facts {
        let row = SocketCode::new(number).row().expect(name);
        assert_eq!(row.name, name);
        for errno in &errno {
            assert!(row.errno.contains(errno), "{name} stands for {errno}");
            let on_linux = errno_number(Platform::Linux, errno);
            assert_eq!(on_linux, linux, "{errno} on Linux");
            assert!(by_name(errno).any(|entry| entry.number() == number), "{errno}");
        }
        // The tables have one errno name more than the facts: EPIPE.
        let more: Vec<_> = row.errno.iter().filter(|name| !errno.contains(name)).collect();
        assert!(more.is_empty() || more == [&"EPIPE"], "{name}: {more:?}");
    }
}

#[test]
fn the_bsd_numbers_are_winsocks_less_10000() {
    // 10004 to 10071 come from 4.3BSD; ENOTSUP, split on macOS, is the only exception.
    for row in SOCKET_CODES.iter().filter(|row| (10004..=10071).contains(&row.code.number())) {
        let number = i32::from(row.code.number()) - 10000;
        for platform in [Platform::MacOs, Platform::FreeBsd, Platform::NetBsd, Platform::OpenBsd] {
            assert_eq!(SocketCode::from_os_error(platform, number), Some(row.code), "{}", row.name);
        }
    }
}

#[test]
fn win32_numbers_stand_for_the_codes_of_their_meaning() {
    for (raw, meant) in [
        (Foundation::ERROR_NETNAME_DELETED, WinSock::WSAECONNRESET),
        (Foundation::ERROR_SEM_TIMEOUT, WinSock::WSAETIMEDOUT),
        (Foundation::ERROR_CONNECTION_REFUSED, WinSock::WSAECONNREFUSED),
        (Foundation::ERROR_NETWORK_UNREACHABLE, WinSock::WSAENETUNREACH),
        (Foundation::ERROR_HOST_UNREACHABLE, WinSock::WSAEHOSTUNREACH),
        (Foundation::ERROR_CONNECTION_ABORTED, WinSock::WSAECONNABORTED),
    ] {
        let raw = i32::try_from(raw).expect("a small number");
        let code = SocketCode::from_os_error(Platform::Windows, raw).expect("a socket code");
        assert_eq!(i32::from(code.number()), meant, "{raw}");
    }
    let file_not_found = i32::try_from(Foundation::ERROR_FILE_NOT_FOUND).expect("2");
    assert_eq!(SocketCode::from_os_error(Platform::Windows, file_not_found), None);
}

#[test]
fn every_number_of_wininet_is_windows_own() {
    macro_rules! constants {
        ($($name:ident),* $(,)?) => {
            &[$((stringify!($name), WinInet::$name)),*]
        };
    }
    let constants: &[(&str, u32)] = constants![
        ERROR_INTERNET_TIMEOUT,
        ERROR_INTERNET_EXTENDED_ERROR,
        ERROR_INTERNET_INVALID_URL,
        ERROR_INTERNET_NAME_NOT_RESOLVED,
        ERROR_INTERNET_INCORRECT_USER_NAME,
        ERROR_INTERNET_INCORRECT_PASSWORD,
        ERROR_INTERNET_LOGIN_FAILURE,
        ERROR_INTERNET_OPERATION_CANCELLED,
        ERROR_INTERNET_CANNOT_CONNECT,
        ERROR_INTERNET_CONNECTION_ABORTED,
        ERROR_INTERNET_CONNECTION_RESET,
        ERROR_INTERNET_SEC_CERT_DATE_INVALID,
        ERROR_INTERNET_SEC_CERT_CN_INVALID,
        ERROR_INTERNET_INVALID_CA,
        ERROR_FTP_TRANSFER_IN_PROGRESS,
        ERROR_FTP_DROPPED,
        ERROR_FTP_NO_PASSIVE_MODE,
    ];
    for (name, number) in constants {
        let row = told_by_name(name).expect(name);
        assert_eq!(row.number.map(i64::from), Some(i64::from(*number)), "{name}");
    }
    assert_eq!(told().filter(|row| row.program == "WinINet").count(), constants.len());
}
