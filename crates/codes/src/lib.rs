//! The catalogue of codes. For every FTP reply code ([`CODES`]) and Winsock code ([`SOCKET_CODES`])
//! it says what the code means, who sends it when, and what to do about it. It also knows the
//! failures that other programs report in their own way ([`told`]) and the reply texts of common
//! servers ([`KNOWN_TEXTS`]), and defines [`Fault`]. Server, client and `packetboat code` take
//! their facts about codes from here only. The crate does no I/O, allocates nothing and has no
//! dependencies.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "std"))]
extern crate std;

mod errno;
mod errno_others;
mod fault;
mod file_errors;
mod gai;
#[cfg(any(test, feature = "std"))]
mod io;
mod known_texts;
mod lookup;
mod nearest;
mod programs;
mod replies;
mod reply;
mod row;
mod search;
mod sockets;
mod table;
mod texts;

pub use errno::{Platform, errno_name, errno_number};
pub use errno_others::other_errno_name;
pub use fault::Fault;
pub use file_errors::{FILE_ERRORS, FileError, file_error_by_name, file_error_by_number};
pub use gai::{gai_value_without_code, gai_without_code};
pub use known_texts::{
    KNOWN_TEXTS, KnownText, OUR_TEXTS, PACKETBOAT, VSFTPD_TEXTS, WRONG_PASSWORD, known_text,
    known_text_of_any,
};
pub use lookup::{Entry, Pattern, all, by_name, by_number, by_pattern};
pub use nearest::nearest;
pub use programs::{
    DATA_PORT_REFUSED, DATA_PORT_SILENT, DATA_PORT_SILENT_PRIVATE, Says, Told, consequence_in_text,
    told, told_by_name, told_by_number, told_in_text,
};
pub use replies::CODES;
pub use reply::{Class, ReplyCode};
pub use row::{CodeRow, Repeat, SocketRow, Status};
pub use search::{Ranked, search};
pub use sockets::{SOCKET_CODES, SocketCode};
