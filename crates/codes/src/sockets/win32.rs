//! Six Win32 error numbers that Winsock calls return under names of their own.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(6),
        name: "WSA_INVALID_HANDLE",
        phrase: "Event handle not valid",
        errno: &["EBADF"],
        meaning: "The program used a Windows event object that does not exist or is closed.",
        met: "Only in programs that use overlapped sockets: a bug in the client's or server's own \
            code, at any point of a session.",
        advice: "Update the program or report the error to its author; no network setting makes a \
            difference.",
        repeat: Repeat::Useless,
        notes: Some("The same number as Windows' ERROR_INVALID_HANDLE."),
    },
    SocketRow {
        code: SocketCode::new(8),
        name: "WSA_NOT_ENOUGH_MEMORY",
        phrase: "Not enough memory",
        errno: &["ENOMEM"],
        meaning: "Windows could not allocate memory for a socket operation.",
        met: "Anywhere under memory pressure, also while a host name is looked up (EAI_MEMORY).",
        advice: "Free memory or run fewer transfers in parallel, then try again; if one program's \
            memory use keeps growing, restart it and report the error.",
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
        meaning: "A socket call passed a value that the Windows function behind it does not \
            accept.",
        met: "Inside the program, in overlapped or event calls; no server can cause it.",
        advice: "Update the program, or report the error together with what you did; if other \
            programs have it too, look for a broken network driver or security suite.",
        repeat: Repeat::Useless,
        notes: Some(
            "The same number as Windows' ERROR_INVALID_PARAMETER; most socket calls report 10022 \
                instead.",
        ),
    },
    SocketRow {
        code: SocketCode::new(995),
        name: "WSA_OPERATION_ABORTED",
        phrase: "Overlapped operation cancelled",
        errno: &["ECANCELED"],
        meaning: "A pending send, receive or connect ended because its socket was closed or its \
            thread exited.",
        met: "When a program closes the data or control connection while an operation on it is \
            pending, for example after Cancel or its own timeout.",
        advice: "Nothing to do if you cancelled; otherwise raise the program's timeout and try \
            again.",
        repeat: Repeat::CanHelp,
        notes: Some("Rust reports it as TimedOut on Windows."),
    },
    SocketRow {
        code: SocketCode::new(996),
        name: "WSA_IO_INCOMPLETE",
        phrase: "Overlapped operation not finished yet",
        errno: &[],
        meaning: "A status, not a failure: the program asked for the result of a pending operation \
            before it was available.",
        met: "Inside programs that poll overlapped operations; users should never see it.",
        advice: "Wait; a program that shows this as an error has a bug.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(997),
        name: "WSA_IO_PENDING",
        phrase: "Overlapped operation started",
        errno: &[],
        meaning: "A status, not a failure: the operation has started and its result will come \
            later.",
        met: "Inside programs that use overlapped sockets, at every send and receive.",
        advice: "Wait for the result; a program that stops at this has a bug: report it.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
];
