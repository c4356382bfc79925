//! The yardsticks of downloads: a server that speaks no protocol. A client sends a path and a line end; the
//! server answers with the whole file in blocking sendfile calls, one thread per connection. How that is done makes a
//! difference of up to five times the processor time, so there are two.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::Result;
use crate::flow;

const PIECE: usize = 48 << 10;

/// How the loop sends.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// A socket as it comes, and all that a call takes.
    Plain,
    /// As Packetboat does: TCP_NODELAY, and pieces below the largest segment (64 KiB), of which TCP gathers several while
    /// an earlier segment is on its way. So fewer of them wake the receiver.
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
        // The bench looks whether the server listens.
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
