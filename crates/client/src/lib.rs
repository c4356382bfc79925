//! The FTP client: drives the protocol over sockets.
