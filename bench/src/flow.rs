//! Moves bytes at the lowest cost for the load generator, so that the server is what is measured:
//! downloads are discarded inside the kernel, and uploads are sent from the page cache.

use std::cell::RefCell;
use std::fs::File;
use std::net::TcpStream;

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use crate::Result;

/// How much is discarded per call.
const CHUNK: usize = 1 << 20;

thread_local! {
    /// A buffer that recv is told of but, with MSG_TRUNC, never writes to.
    static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// Reads to the end and counts the bytes. With MSG_TRUNC, TCP drops them without copying; see
/// tcp(7).
pub(crate) fn discard(stream: &TcpStream) -> Result<u64> {
    let mut total = 0;
    loop {
        match discard_up_to(stream, CHUNK)? {
            Some(0) => return Ok(total),
            Some(count) => total += count as u64,
            None => return Err("the data connection was silent for too long".into()),
        }
    }
}

/// Discards at most `limit` bytes. `None` if no data is available now, 0 at the end.
pub(crate) fn discard_up_to(stream: &TcpStream, limit: usize) -> Result<Option<usize>> {
    ROOM.with_borrow_mut(|room| {
        let limit = limit.min(room.len());
        let room = room.get_mut(..limit).unwrap_or(&mut []);
        loop {
            match recv(stream, &mut *room, RecvFlags::TRUNC) {
                Ok((_, count)) => return Ok(Some(count)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(None),
                Err(error) => return Err(format!("receiving: {error}").into()),
            }
        }
    })
}

/// Sends the first `length` bytes of `file` with sendfile.
pub(crate) fn send_file(stream: &TcpStream, file: &File, length: u64) -> Result<()> {
    send_file_in_pieces(stream, file, length, 1 << 30)
}

/// Like [`send_file`], with at most `piece` bytes per call.
pub(crate) fn send_file_in_pieces(
    stream: &TcpStream,
    file: &File,
    length: u64,
    piece: usize,
) -> Result<()> {
    let mut offset = 0;
    while offset < length {
        let left = usize::try_from(length - offset).unwrap_or(usize::MAX).min(piece);
        match rustix::fs::sendfile(stream, file, Some(&mut offset), left) {
            Ok(0) => return Err("the file to upload is shorter than it should be".into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(format!("sending: {error}").into()),
        }
    }
    Ok(())
}
