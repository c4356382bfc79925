//! The served folder. It is created once and kept for later runs; files of the right size are
//! reused.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, openat};

use crate::context::{Context, KIB, MIB};
use crate::{Result, server};

/// The user ID for the peers' anonymous sessions, which nobody else on the machine has.
const FTP_ID: u32 = 64_021;

/// The number of 4 KiB files to download.
pub(crate) const SMALL_FILES: usize = 1_000;
pub(crate) const SMALL_SIZE: u64 = 4 * KIB;

/// Creates the working folder and everything that the loads need.
pub(crate) fn prepare(context: &Context) -> Result<()> {
    // Servers append to the logs, so remove those of the last run.
    if context.logs().exists() {
        fs::remove_dir_all(context.logs())?;
    }
    for dir in [context.logs(), context.configs(), context.served()] {
        fs::create_dir_all(dir)?;
    }
    clear(context)?;
    server::write_accounts(&context.accounts(), &context.served(), FTP_ID)?;
    let sizes = &context.sizes;
    for mib in [sizes.big, sizes.shared, sizes.upload] {
        big_file(&context.served().join(Context::big_file(mib)), mib)?;
    }
    text(context)?;
    folder(&context.served().join("small"), |dir| {
        let bytes = noise(SMALL_SIZE);
        (0..SMALL_FILES).try_for_each(|n| fs::write(dir.join(small_name(n)), &bytes))
    })?;
    folder(&context.served().join(context.listed()), |dir| empty_files(dir, sizes.entries))?;
    folder(&context.served().join(context.tree()), |dir| tree(dir, sizes.tree))
}

/// Creates the folder with very many entries. It is created only when a line needs it.
pub(crate) fn prepare_long_list(context: &Context) -> Result<()> {
    folder(&context.served().join(context.long_listed()), |dir| {
        empty_files(dir, context.sizes.many_entries)
    })
}

/// How long memory is held before a measurement; the kernel's page_reporting waits two seconds.
const HELD: Duration = Duration::from_millis(2_500);

/// The text file that is sent in other forms.
pub(crate) const TEXT: &str = "text.txt";
/// The length of a line: 60 bytes and a line end. The words vary little, like those of real text.
const LINE_LENGTH: u64 = 61;

/// The length of the text and its number of lines.
pub(crate) fn text_numbers(context: &Context) -> (u64, u64) {
    let lines = context.sizes.upload * MIB / LINE_LENGTH;
    (lines * LINE_LENGTH, lines)
}

fn text(context: &Context) -> Result<()> {
    let path = context.served().join(TEXT);
    let (length, lines) = text_numbers(context);
    if fs::metadata(&path).is_ok_and(|found| found.len() == length) {
        return Ok(());
    }
    let mut file = io::BufWriter::new(File::create(path)?);
    for number in 0..lines {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(file, "{number:012} the quick brown fox jumps over dog {:012x}", mixed >> 16)?;
    }
    Ok(file.flush()?)
}

pub(crate) fn small_name(number: usize) -> String {
    format!("small-{number:05}.dat")
}

/// The part of every listed name that occurs nowhere else in a listing.
pub(crate) const ENTRY_MARK: &str = "entry-";

/// Creates an empty folder to store into and returns its path below the served folder.
///
/// Each measurement gets a new folder, and stored files stay until the run ends: ext4 avoids inodes
/// deleted within the last minute, and searching for others costs more than a small upload.
pub(crate) fn fresh_uploads(context: &Context) -> Result<String> {
    let name = format!("upload/{}", context.number());
    let folder = context.served().join(&name);
    fs::create_dir_all(&folder)?;
    chown(&folder, Some(FTP_ID), Some(FTP_ID))?;
    settle(context)?;
    Ok(name)
}

/// Creates an empty folder to fetch into, a new one each time for the same reason.
pub(crate) fn fresh_fetched(context: &Context) -> Result<PathBuf> {
    let folder = context.fetched().join(context.number().to_string());
    fs::create_dir_all(&folder)?;
    settle(context)?;
    Ok(folder)
}

/// Removes what was stored and fetched.
pub(crate) fn clear(context: &Context) -> Result<()> {
    for folder in [context.uploads(), context.fetched()] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    Ok(())
}

/// Waits until the disk has nothing left to write, so that no measurement pays for the one before
/// it, and makes memory ready for what will be written. A virtual machine returns pages that have
/// been free for two seconds to its host (free page reporting), and pays for each when it is used
/// again: depending on the moment, a write took three times as long. So pages are touched, held
/// while others are returned, and freed just before the measurement.
fn settle(context: &Context) -> Result<()> {
    rustix::fs::syncfs(File::open(&context.dir)?)?;
    let mib = context.sizes.big.max(context.sizes.upload);
    let bytes = usize::try_from(mib * MIB * 5 / 4)?;
    let touched = std::hint::black_box(vec![1_u8; bytes]);
    std::thread::sleep(HELD);
    drop(touched);
    Ok(())
}

/// The number of files below `dir`, and their total size.
pub(crate) fn count(dir: &Path) -> io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            let below = count(&entry.path())?;
            (files, bytes) = (files + below.0, bytes + below.1);
        } else {
            (files, bytes) = (files + 1, bytes + metadata.size());
        }
    }
    Ok((files, bytes))
}

/// Reads a file once, so that every server finds it in memory.
pub(crate) fn warm(path: &Path) -> io::Result<()> {
    io::copy(&mut File::open(path)?, &mut io::sink())?;
    Ok(())
}

/// Creates a folder under a temporary name first, so that an existing folder is always complete.
fn folder(path: &Path, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let part = path.with_extension("part");
    if part.exists() {
        fs::remove_dir_all(&part)?;
    }
    fs::create_dir(&part)?;
    fill(&part)?;
    fs::rename(part, path)?;
    Ok(())
}

fn big_file(path: &Path, mib: u64) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == mib * MIB) {
        return Ok(());
    }
    let block = noise(MIB);
    let mut file = File::create(path)?;
    (0..mib).try_for_each(|_| file.write_all(&block))
}

/// Random-looking bytes, the same in every run (a linear congruential generator).
fn noise(length: u64) -> Vec<u8> {
    let mut state = 1_u64;
    let step = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(step).collect()
}

/// Uses mknod, which creates a file without opening it, several times faster than open and close.
fn empty_files(dir: &Path, count: usize) -> io::Result<()> {
    let dir = openat(CWD, dir, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty())?;
    for number in 0..count {
        let name = format!("{ENTRY_MARK}{number:07}.dat");
        mknodat(&dir, name, FileType::RegularFile, Mode::from_raw_mode(0o644), 0)?;
    }
    Ok(())
}

/// Creates files of less than 100 bytes, a hundred to a folder.
fn tree(dir: &Path, count: usize) -> io::Result<()> {
    for number in 0..count {
        let folder = dir.join(format!("folder-{:03}", number / 100));
        if number % 100 == 0 {
            fs::create_dir(&folder)?;
        }
        let text = format!("file {number} ").repeat(1 + number % 7);
        fs::write(folder.join(format!("file-{number:05}.txt")), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_of_the_tree_reaches_100_bytes() {
        assert!("file 99999 ".repeat(7).len() < 100);
    }

    #[test]
    fn noise_repeats_itself_between_runs_only() {
        assert_eq!(noise(64), noise(64));
        assert_ne!(noise(64)[..32], noise(64)[32..]);
    }
}
