//! The Windows socket error codes. Packetboat reports every socket failure with these numbers, on
//! every system, because they are what users of FTP clients see and search for.

mod calls;
mod conn;
mod provider;
mod qos;
mod resolver;
mod win32;

use core::fmt;

use crate::row::SocketRow;

/// A Winsock error number. A number that the catalogue does not know survives unchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketCode(u16);

// The resolver's rows surround the QoS block.
const RESOLVER: (&[SocketRow], &[SocketRow]) = resolver::ROWS.split_at(4);

const PARTS: [&[SocketRow]; 7] =
    [win32::ROWS, calls::ROWS, conn::ROWS, provider::ROWS, RESOLVER.0, qos::ROWS, RESOLVER.1];

/// The number of rows.
pub(crate) const COUNT: usize = crate::table::total(&PARTS);

static TABLE: [SocketRow; COUNT] = crate::table::join(&PARTS);

/// Every Winsock code, sorted by number.
pub static SOCKET_CODES: &[SocketRow] = &TABLE;

impl SocketCode {
    /// The code with this number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The catalogue's row for the code.
    pub fn row(self) -> Option<&'static SocketRow> {
        let at = SOCKET_CODES.binary_search_by_key(&self, |row| row.code).ok()?;
        SOCKET_CODES.get(at)
    }

    /// Whether trying again unchanged may succeed. False for a code that is not in the catalogue.
    pub fn is_transient(self) -> bool {
        self.row().is_some_and(|row| row.repeat.can_help())
    }
}

/// `10061 WSAECONNREFUSED (ECONNREFUSED)`: the parenthesis only where an errno name exists, and
/// only the number for a code that is not in the catalogue.
impl fmt::Display for SocketCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let Some(row) = self.row() else { return Ok(()) };
        write!(f, " {}", row.name)?;
        match row.errno.first() {
            Some(errno) => write!(f, " ({errno})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SocketCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SocketCode({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_code_names_itself() {
        let refused = SocketCode::new(10061).to_string();
        assert_eq!(refused, "10061 WSAECONNREFUSED (ECONNREFUSED)");
        assert_eq!(SocketCode::new(11001).to_string(), "11001 WSAHOST_NOT_FOUND");
        assert_eq!(SocketCode::new(10000).to_string(), "10000");
    }

    #[test]
    fn only_a_known_code_can_be_transient() {
        assert!(SocketCode::new(10060).is_transient());
        assert!(!SocketCode::new(11001).is_transient());
        assert!(!SocketCode::new(12345).is_transient());
    }
}
