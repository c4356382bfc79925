//! Tests with data that is much larger in the file than on the wire: a step stays short in either
//! direction.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use packetboat_proto::encoding::{
    Decoder, Encoder, Format, RepresentationType, Settings, TransmissionMode,
};
use packetboat_store::{LocalStorage, Storage as _, VirtualPath, WriteMode};

use super::{DecodedPump, EncodedPump, End, STEP, Source};
use crate::lane::{Pump, Step};
use crate::markers::Markers;
use crate::wire::DataConnection;

const LENGTH: usize = 16 * STEP;

fn pair() -> (DataConnection, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("one")).expect("a connection");
    let (server, _) = listener.accept().expect("a connection");
    (DataConnection::new(server, None), client)
}

fn form(mode: TransmissionMode) -> Format {
    Format { representation: RepresentationType::Image, mode, ..Format::default() }
}

fn storage(folder: &tempfile::TempDir) -> LocalStorage {
    LocalStorage::open(folder.path()).expect("a folder")
}

fn path(name: &str) -> VirtualPath {
    VirtualPath::root().join(name.as_bytes()).expect("a name")
}

/// How many steps the pump takes without waiting for the socket.
fn steps(pump: &mut impl Pump, connection: &mut DataConnection) -> usize {
    let (mut count, mut moved) = (1, 0);
    loop {
        match pump.step(&mut connection.wire(u64::MAX), &mut moved).expect("data") {
            Step::Done => return count,
            Step::More => count += 1,
            Step::Again => std::thread::yield_now(),
        }
    }
}

#[test]
fn a_file_that_shrinks_on_the_wire_is_sent_in_short_steps() {
    let folder = tempfile::tempdir().expect("a folder");
    let zeros = File::create(folder.path().join("zeros")).expect("a file");
    zeros.set_len(LENGTH as u64).expect("a length");
    let file = storage(&folder).open_read(&path("zeros")).expect("the file");
    let encoder = Encoder::new(form(TransmissionMode::Deflate), &Settings::default());
    let source = Source::file(file, 0, false);
    let mut pump = EncodedPump::new(source, encoder.expect("sound"));
    let (mut server, mut client) = pair();
    let reader = std::thread::spawn(move || std::io::copy(&mut client, &mut std::io::sink()));
    assert!(steps(&mut pump, &mut server) >= LENGTH / STEP);
    drop(server);
    let sent = reader.join().expect("a reader").expect("data");
    assert!(sent < STEP as u64);
}

#[test]
fn a_few_bytes_that_stand_for_very_many_are_stored_in_short_steps() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = storage(&folder).open_write(&path("f"), WriteMode::Create).expect("a file");
    let (format, settings) = (form(TransmissionMode::Deflate), Settings::default());
    let mut wire = Vec::new();
    let mut encoder = Encoder::new(format, &settings).expect("sound");
    encoder.encode(&vec![0; LENGTH], &mut wire);
    encoder.finish(&mut wire);
    let (mut server, mut client) = pair();
    std::io::Write::write_all(&mut client, &wire).expect("room in the socket");
    drop(client);
    let decoder = Decoder::new(format, &settings).expect("sound");
    let mut pump = DecodedPump::new(file, decoder, End::Mark, Arc::new(Markers::default()));
    assert!(steps(&mut pump, &mut server) >= LENGTH / STEP);
    let stored = folder.path().join("f").metadata().expect("the file");
    assert_eq!(stored.len(), LENGTH as u64);
}
