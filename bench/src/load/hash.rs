//! HASH of a large file, compared with a bare loop. The loop runs in this process within the same
//! minute, reads the same file and hashes it with the same library: it shows the least that a hash
//! can cost.

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::transfer::throughput;
use super::{Sample, timed};
use crate::context::{Context, MIB};
use crate::server::Running;
use crate::{Result, data};

/// The note by which the target is judged.
pub(crate) const OF_LIBRARY: &str = "× the bare loop";
/// How much the server reads at a time.
const PIECE: usize = 256 << 10;

pub(crate) fn sha256(context: &Context, server: &Running) -> Result<Sample> {
    let path = big_file(context)?;
    let alone = alone(&path, |piece, state: &mut Sha256| state.update(piece))?;
    hash(context, server, "SHA-256", alone)
}

pub(crate) fn crc32(context: &Context, server: &Running) -> Result<Sample> {
    let path = big_file(context)?;
    let alone = alone(&path, |piece, state: &mut crc32fast::Hasher| state.update(piece))?;
    hash(context, server, "CRC32", alone)
}

fn big_file(context: &Context) -> Result<PathBuf> {
    let path = context.served().join(Context::big_file(context.sizes.big));
    data::warm(&path)?;
    Ok(path)
}

fn hash(context: &Context, server: &Running, algorithm: &str, alone: f64) -> Result<Sample> {
    let name = Context::big_file(context.sizes.big);
    let mut control = server.reader()?;
    control.command(&format!("OPTS HASH {algorithm}"), &[200])?;
    let bytes = context.sizes.big * MIB;
    let measured = timed(server, vec![control], |mut control| {
        let reply = control.command(&format!("HASH {name}"), &[213])?;
        control.quit()?;
        if reply.text.starts_with(&format!("{algorithm} 0-{} ", bytes - 1)) {
            return Ok(bytes);
        }
        Err(format!("unexpected reply to HASH: {}", reply.text).into())
    })?;
    let mut sample = throughput(&measured);
    sample.notes.push((OF_LIBRARY, measured.rate() / alone));
    Ok(sample)
}

/// Bytes per second of the bare loop.
fn alone<S: Default>(path: &Path, update: impl Fn(&[u8], &mut S)) -> Result<f64> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    let (mut state, mut bytes) = (S::default(), 0);
    let begin = Instant::now();
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => {
                update(&piece[..count], &mut state);
                bytes += count;
            }
        }
    }
    black_box(&mut state);
    Ok(bytes as f64 / begin.elapsed().as_secs_f64())
}
