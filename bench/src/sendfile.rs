//! The yardstick: a server that speaks no protocol. A client sends a path and a line end; the
//! server answers with the whole file in blocking sendfile calls, one thread per connection.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::Result;
use crate::flow;

/// Serves until the process is ended.
pub(crate) fn serve(addr: &str) -> Result<()> {
    for connection in TcpListener::bind(addr)?.incoming() {
        let connection = connection?;
        thread::spawn(move || {
            if let Err(error) = answer(&connection) {
                eprintln!("sendfile: {error}");
            }
        });
    }
    Ok(())
}

fn answer(connection: &TcpStream) -> Result<()> {
    let mut path = String::new();
    if BufReader::new(connection).read_line(&mut path)? == 0 {
        // The bench looks whether the server listens.
        return Ok(());
    }
    let file = File::open(path.trim_end())?;
    flow::send_file(connection, &file, file.metadata()?.len())
}
