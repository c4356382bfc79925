//! The `Display`, `Debug` and `std::error::Error` implementations of [`Error`]: one line with
//! everything known, for logs and for generic error handling. `packetboat` builds its messages to
//! people itself.

use std::fmt;

use super::{Cause, Error};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = &*self.0;
        match &detail.cause {
            Cause::Refused => f.write_str("the server refused")?,
            Cause::Unchecked => f.write_str("the server refused to let the file be compared")?,
            Cause::Socket(error) => write!(f, "{error}")?,
            Cause::TimedOut(after) => write!(f, "no answer for {} s", after.as_secs_f32())?,
            Cause::Closed => f.write_str("the server closed the connection")?,
            Cause::Tls(what)
            | Cause::Protocol(what)
            | Cause::Mismatch(what)
            | Cause::NoMatch(what)
            | Cause::Different(what) => f.write_str(what)?,
            Cause::Truncated { expected, received } => {
                write!(f, "the transfer ended at {received} of {expected} bytes")?;
            }
            Cause::Shortened { sent, stored } => {
                write!(f, "the server stored {stored} of the {sent} bytes that were sent")?;
            }
            Cause::Changed => f.write_str("the file changed on the server in the meantime")?,
            Cause::ListingCut(what) => f.write_str(what)?,
            Cause::Unlisted => {
                f.write_str("it exists on the server, though no listing shows it")?
            }
            Cause::UnsafeName(name) => {
                write!(
                    f,
                    "the server sent the file name {name:?}, which could lead out of the target directory"
                )?;
            }
            Cause::Local(error) => write!(f, "{error}")?,
            Cause::IllegalName(error) => write!(f, "{error}")?,
        }
        if let Some(path) = &detail.path {
            write!(f, ": {}", path.display())?;
        }
        write!(f, " (phase: {}", detail.phase)?;
        if let Some(peer) = &detail.peer {
            write!(f, ", peer: {peer}")?;
        }
        if let Some(command) = &detail.command {
            write!(f, ", command: {}", command.line)?;
        }
        if let Some(socket) = detail.socket {
            write!(f, ", socket: {socket}")?;
        }
        if let Some(reply) = &detail.reply {
            write!(f, ", reply: {} {}", reply.code(), reply.text())?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Socket(error) | Cause::Local(error) => Some(error),
            _ => None,
        }
    }
}
