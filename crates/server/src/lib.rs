//! The FTP server: drives the protocol over sockets.
