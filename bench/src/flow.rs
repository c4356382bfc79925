//! Moving bytes at the least cost to the load generator: downloads are thrown away inside the
//! kernel and uploads are sent from the page cache, so that the server is what is measured.

use std::cell::RefCell;
use std::fs::File;
use std::net::TcpStream;

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use crate::Result;

/// How much is thrown away per call.
const CHUNK: usize = 1 << 20;

thread_local! {
    /// Room that recv is told of but, with MSG_TRUNC, never writes to.
    static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// Reads to the end and counts. MSG_TRUNC has TCP drop the bytes uncopied, see tcp(7).
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

/// Throws away at most `limit` bytes; `None` if nothing is there now, 0 at the end.
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

/// The same with no more than `piece` bytes a call.
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
