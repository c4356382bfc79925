//! The yardstick for small files: a server that implements only what the load generator asks for.
//! It has a thread for each session, blocks wherever it can, checks nothing and keeps no log. An
//! upload either has no name until it is complete, as with Packetboat, or grows under its own name,
//! as with the other servers. A download is one read and one write, and its 150 and 226 are one
//! packet.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::{AtFlags, Mode, OFlags, linkat, openat};

use crate::Result;

/// The permissions of the stored files.
const PERMISSIONS: Mode = Mode::from_raw_mode(0o644);

/// How a file gets its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Others see it only once it is complete.
    Whole,
    /// Others see it growing.
    Growing,
}

/// Serves a folder until the process is ended.
pub(crate) fn serve(addr: &str, root: &Path, way: Way) -> Result<()> {
    for connection in TcpListener::bind(addr)?.incoming() {
        let (connection, root) = (connection?, root.to_owned());
        thread::spawn(move || {
            if let Err(error) = Session::new(&connection, root, way).and_then(Session::run) {
                eprintln!("bare loop: {error}");
            }
        });
    }
    Ok(())
}

struct Session<'a> {
    control: &'a TcpStream,
    data: TcpListener,
    root: PathBuf,
    folder: File,
    way: Way,
    bytes: Vec<u8>,
}

impl<'a> Session<'a> {
    fn new(control: &'a TcpStream, root: PathBuf, way: Way) -> Result<Self> {
        control.set_nodelay(true)?;
        let data = TcpListener::bind((control.local_addr()?.ip(), 0))?;
        let folder = File::open(&root)?;
        Ok(Self { control, data, root, folder, way, bytes: Vec::new() })
    }

    fn run(mut self) -> Result<()> {
        let mut lines = BufReader::new(self.control);
        self.say("220 Ready")?;
        loop {
            let mut line = String::new();
            // This is the bench, checking whether the server listens.
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
            let answer = self.answer(verb, argument)?;
            self.say(&answer)?;
        }
    }

    fn answer(&mut self, verb: &str, argument: &str) -> Result<String> {
        let answer = match verb {
            "USER" => "331 Password",
            "PASS" => "230 In",
            "TYPE" => "200 Type",
            "EPSV" => return Ok(format!("229 There (|||{}|)", self.data.local_addr()?.port())),
            "CWD" => {
                self.folder = File::open(self.root.join(argument))?;
                "250 There"
            }
            "STOR" => {
                self.store(argument)?;
                "226 Stored"
            }
            "RETR" => {
                self.retrieve(argument)?;
                "150 Sent\r\n226 Sent"
            }
            "QUIT" => "221 Bye",
            _ => "502 Not here",
        };
        Ok(answer.into())
    }

    fn store(&mut self, name: &str) -> Result<()> {
        let (begun, flags) = match self.way {
            Way::Whole => (".", OFlags::TMPFILE),
            Way::Growing => (name, OFlags::CREATE | OFlags::EXCL),
        };
        let flags = flags | OFlags::WRONLY | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.folder, begun, flags, PERMISSIONS)?);
        self.say("150 Send")?;
        let (mut connection, _) = self.data.accept()?;
        self.bytes.clear();
        connection.read_to_end(&mut self.bytes)?;
        file.write_all(&self.bytes)?;
        if self.way == Way::Whole {
            linkat(&file, "", &self.folder, name, AtFlags::EMPTY_PATH)?;
        }
        Ok(())
    }

    fn retrieve(&mut self, name: &str) -> Result<()> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.folder, name, flags, Mode::empty())?);
        let length = usize::try_from(file.metadata()?.len())?;
        let (mut connection, _) = self.data.accept()?;
        self.bytes.resize(length, 0);
        file.read_exact(&mut self.bytes)?;
        Ok(connection.write_all(&self.bytes)?)
    }

    /// Writes the reply in one call: two calls would send two packets.
    fn say(&self, reply: &str) -> Result<()> {
        let mut control = self.control;
        Ok(control.write_all(format!("{reply}\r\n").as_bytes())?)
    }
}
