//! Six Win32 numbers that Winsock calls hand through under names of their own.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(6),
        name: "WSA_INVALID_HANDLE",
        phrase: "Event handle not valid",
        errno: &["EBADF"],
        meaning: "A Windows event object was used that does not exist or is closed.",
        met: "Only in programs that use overlapped sockets: a fault in the client's or server's \
            own code, at any point of a session.",
        advice: "Update the program or report it to its maker; there is nothing to set on the \
            network.",
        repeat: Repeat::Useless,
        notes: Some("The same number as Windows' ERROR_INVALID_HANDLE."),
    },
    SocketRow {
        code: SocketCode::new(8),
        name: "WSA_NOT_ENOUGH_MEMORY",
        phrase: "Not enough memory",
        errno: &["ENOMEM"],
        meaning: "Windows could not get memory for a socket operation.",
        met: "Anywhere under memory pressure, also while a host name is looked up (EAI_MEMORY).",
        advice: "Free memory or run fewer transfers at once, then try again; if a single program \
            grows without end, restart and report it.",
        repeat: Repeat::CanHelp,
        notes: Some(
            "The same number as Windows' ERROR_NOT_ENOUGH_MEMORY. A lack of socket buffers is \
                10055.",
        ),
    },
    SocketRow {
        code: SocketCode::new(87),
        name: "WSA_INVALID_PARAMETER",
        phrase: "Parameter not valid",
        errno: &["EINVAL"],
        meaning: "A socket call that builds on a Windows function was given a value which that \
            function does not take.",
        met: "Inside the program, in overlapped or event calls; no server can cause it.",
        advice: "Update the program or report it with what you did; look for a broken network \
            driver or security suite if others run into it as well.",
        repeat: Repeat::Useless,
        notes: Some(
            "The same number as Windows' ERROR_INVALID_PARAMETER; most socket calls say 10022 \
                for this.",
        ),
    },
    SocketRow {
        code: SocketCode::new(995),
        name: "WSA_OPERATION_ABORTED",
        phrase: "Overlapped operation called off",
        errno: &["ECANCELED"],
        meaning: "A pending send, receive or connect ended because its socket was closed or its \
            thread gave up.",
        met: "When a program closes the data or control connection while it still waits on it, \
            for instance after Cancel or its own timeout.",
        advice: "Nothing, if you cancelled; else raise the program's timeout and try again.",
        repeat: Repeat::CanHelp,
        notes: Some("Rust reports it as TimedOut on Windows."),
    },
    SocketRow {
        code: SocketCode::new(996),
        name: "WSA_IO_INCOMPLETE",
        phrase: "Overlapped operation not finished yet",
        errno: &[],
        meaning: "A status, not a failure: the result of a pending operation was asked for \
            before it was there.",
        met: "Inside programs that poll overlapped operations; a person should never see it.",
        advice: "Wait; if a program shows it as an error, that is a fault in the program.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(997),
        name: "WSA_IO_PENDING",
        phrase: "Overlapped operation begun",
        errno: &[],
        meaning: "A status, not a failure: the operation was started and its result comes later.",
        met: "Inside programs that use overlapped sockets, at each send and receive.",
        advice: "Wait for the result; a program that stops at this has a fault, report it.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
];
