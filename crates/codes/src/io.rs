//! The socket code of a `std::io::Error`.

use std::io::{Error, ErrorKind};
use std::string::ToString;

use crate::errno::Platform;
use crate::sockets::SocketCode;

impl SocketCode {
    /// The socket code for an error from a socket call or a lookup: by its system number if that is
    /// known, else by its kind, else by the text of a failed lookup. `None` if the error has
    /// nothing to do with sockets.
    ///
    /// The unexpected end of a stream (`UnexpectedEof`) is 10101, the graceful close.
    pub fn from_io_error(error: &Error) -> Option<Self> {
        let raw = error.raw_os_error();
        let by_number = raw.and_then(|raw| Self::from_os_error(Platform::current(), raw));
        by_number
            .or_else(|| Self::from_kind(error.kind()))
            .or_else(|| Self::from_lookup_text(&error.to_string()))
    }

    /// By kind alone, for systems without a table and for errors that a library created.
    fn from_kind(kind: ErrorKind) -> Option<Self> {
        let number = match kind {
            ErrorKind::OutOfMemory => 8,
            ErrorKind::Interrupted => 10004,
            ErrorKind::PermissionDenied => 10013,
            ErrorKind::WouldBlock => 10035,
            ErrorKind::AddrInUse => 10048,
            ErrorKind::AddrNotAvailable => 10049,
            ErrorKind::NetworkDown => 10050,
            ErrorKind::NetworkUnreachable => 10051,
            ErrorKind::ConnectionAborted => 10053,
            ErrorKind::ConnectionReset => 10054,
            ErrorKind::NotConnected => 10057,
            ErrorKind::BrokenPipe => 10058,
            ErrorKind::TimedOut => 10060,
            ErrorKind::ConnectionRefused => 10061,
            ErrorKind::HostUnreachable => 10065,
            ErrorKind::UnexpectedEof => 10101,
            _ => return None,
        };
        Some(Self::new(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};
    use std::net::{SocketAddr, TcpListener, TcpStream};

    fn number(error: &Error) -> Option<u16> {
        SocketCode::from_io_error(error).map(SocketCode::number)
    }

    #[test]
    fn real_failures_have_their_codes() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let error = TcpListener::bind(address).expect_err("the port is taken");
        assert_eq!(number(&error), Some(10048));

        // A bound port without a listener: no other socket can listen there in the meantime.
        let held = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        held.bind(&any.into()).expect("a free port");
        let address = held.local_addr().expect("its address").as_socket().expect("of IPv4");
        let error = TcpStream::connect(address).expect_err("nobody listens there");
        assert_eq!(number(&error), Some(10061));
    }

    #[test]
    fn a_kind_without_a_number_has_its_code() {
        assert_eq!(number(&ErrorKind::UnexpectedEof.into()), Some(10101));
        assert_eq!(number(&ErrorKind::BrokenPipe.into()), Some(10058));
        assert_eq!(number(&ErrorKind::TimedOut.into()), Some(10060));
        assert_eq!(number(&ErrorKind::NotFound.into()), None);
    }

    #[test]
    fn a_failed_lookup_is_known_by_its_text() {
        let text = "failed to lookup address information: Name or service not known";
        assert_eq!(number(&Error::other(text)), Some(11001));
        assert_eq!(number(&Error::other("the moon is full")), None);
    }
}
