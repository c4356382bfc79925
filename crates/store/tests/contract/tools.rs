//! Helpers shared by the contract's cases.

use packetboat_codes::Fault;
use packetboat_store::{Detail, Error, Storage, VirtualPath, WriteFile, WriteMode};

pub(crate) fn path(bytes: impl AsRef<[u8]>) -> VirtualPath {
    VirtualPath::root().join(bytes.as_ref()).expect("a path")
}

/// The fault of an operation that must fail.
pub(crate) fn fault<T>(result: Result<T, Error>) -> Fault {
    match result {
        Ok(_) => panic!("it worked"),
        Err(error) => error.fault(),
    }
}

pub(crate) fn open(storage: &dyn Storage, name: &str, mode: WriteMode) -> Box<dyn WriteFile> {
    storage.open_write(&path(name), mode).expect("it opens for writing")
}

/// Writes a whole file.
pub(crate) fn put(storage: &dyn Storage, name: &str, data: &[u8]) {
    finish(open(storage, name, WriteMode::Create), data);
}

/// Writes and commits.
pub(crate) fn finish(mut file: Box<dyn WriteFile>, data: &[u8]) -> u64 {
    file.write(data).expect("written");
    file.commit().expect("committed").len
}

/// Writes and ends the upload unfinished. Returns the length that was kept.
pub(crate) fn break_off(mut file: Box<dyn WriteFile>, data: &[u8]) -> u64 {
    file.write(data).expect("written");
    file.keep_part().expect("kept").len
}

pub(crate) fn get(storage: &dyn Storage, name: &str) -> Vec<u8> {
    let file = storage.open_read(&path(name)).expect("it opens for reading");
    let mut data = vec![0; usize::try_from(file.len()).expect("fits") + 1];
    let mut filled = 0;
    loop {
        match file.read_at(filled as u64, &mut data[filled..]).expect("read") {
            0 => break,
            count => filled += count,
        }
    }
    data.truncate(filled);
    data
}

/// The names in a directory, sorted.
pub(crate) fn names(storage: &dyn Storage, name: &str) -> Vec<String> {
    let mut listing = storage.list(&path(name), Detail::Names).expect("listed");
    let mut names = Vec::new();
    while let Some(entry) = listing.next().expect("the next entry") {
        names.push(String::from_utf8_lossy(entry.name).into_owned());
    }
    names.sort();
    names
}
