//! The yardsticks for downloads: servers without a protocol. A client sends a path and a line end;
//! the server answers with the whole file, using blocking sendfile calls and a thread per
//! connection. The way of calling sendfile changes the processor time by up to a factor of five, so
//! there are two of them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::Result;
use crate::flow;

const PIECE: usize = 48 << 10;

/// How the loop calls sendfile.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// A socket with default options, and as much per call as the kernel takes.
    Plain,
    /// Like Packetboat: with TCP_NODELAY, and in pieces smaller than the largest segment (64 KiB).
    /// While an earlier segment is on its way, TCP gathers several of them, so the receiver is
    /// woken less often.
    Pieces,
}

/// Serves until the process is ended.
pub(crate) fn serve(addr: &str, way: Way) -> Result<()> {
    for connection in TcpListener::bind(addr)?.incoming() {
        let connection = connection?;
        thread::spawn(move || {
            if let Err(error) = answer(&connection, way) {
                eprintln!("sendfile: {error}");
            }
        });
    }
    Ok(())
}

fn answer(connection: &TcpStream, way: Way) -> Result<()> {
    let mut path = String::new();
    if BufReader::new(connection).read_line(&mut path)? == 0 {
        // This is the bench, checking whether the server listens.
        return Ok(());
    }
    let file = File::open(path.trim_end())?;
    let length = file.metadata()?.len();
    match way {
        Way::Plain => flow::send_file(connection, &file, length),
        Way::Pieces => {
            connection.set_nodelay(true)?;
            flow::send_file_in_pieces(connection, &file, length, PIECE)
        }
    }
}
