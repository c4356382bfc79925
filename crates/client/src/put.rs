//! Uploads: [`Client::put`] sends a file and resumes it with REST and STOR, or with APPE;
//! [`Client::put_stream`] sends a stream, which cannot be read twice. What an earlier attempt left
//! on the server is in [`crate::upload_resume`].

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use packetboat_proto::encoding::{FileStructure, Marker, RepresentationType};
use packetboat_proto::verbs::Verb;

use crate::client::{Client, is_refusal};
use crate::codec::Coding;
use crate::connection::{Connection, path_request};
use crate::copy::Meter;
use crate::error::{Anew, Error};
use crate::failure::Failure;
use crate::get::Transferred;
use crate::local;
use crate::observer::{Direction, Event};
use crate::restart::RestartPoint;
use crate::source::{Source, Stream};
use crate::upload_resume::{Progress, kept_of};

/// One file to send.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file to send.
    pub local: PathBuf,
    /// The path on the server.
    pub remote: Vec<u8>,
    /// Whether to resume what an earlier run has sent of it.
    pub resume: bool,
}

impl Client {
    /// Sends one file.
    pub async fn put(&mut self, upload: &Upload) -> Result<Transferred, Error> {
        // Local errors are found before the client connects.
        let metadata = match std::fs::metadata(&upload.local) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => {
                let what = "it is not a regular file; to send its content, redirect it to `packetboat put -`";
                return Err(Error::mismatch(&upload.local, what));
            }
            Err(error) => return Err(Error::local(&upload.local, error)),
        };
        File::open(&upload.local).map_err(|error| Error::local(&upload.local, error))?;
        self.prepare_for(&upload.remote).await?;
        let mut size = metadata.len();
        let mut progress = Progress::of(&metadata);
        let (mut attempt, mut ways) = (0, 0);
        let result = loop {
            match self.put_once(upload, size, &mut progress).await {
                Ok(transferred) => break Ok(transferred),
                Err(error) if ways < 3 && self.may_go_another_way(&error) => ways += 1,
                Err(error) => {
                    progress.kept = kept_of(&error).filter(|kept| *kept <= size);
                    if let Err(error) = self.recover(error, &mut attempt).await {
                        break Err(error);
                    }
                }
            }
            size = match progress.look_again(upload) {
                Ok(size) => size,
                Err(error) => break Err(error),
            };
        };
        if let Some(meter) = progress.meter {
            self.observer.event(Event::Ended { id: meter.id });
        }
        let result = self.told_whether_it_goes_on(result);
        let mut transferred = self.told_apart(&upload.remote, result).await?;
        let mut unchecked = Ok(());
        if self.options.verify {
            match self.verify(&upload.remote, &upload.local).await {
                Err(error) if error.failure() == Failure::Unchecked => unchecked = Err(error),
                check => transferred.check = Some(check?),
            }
        }
        if self.options.preserve {
            self.preserve(&upload.remote, &metadata).await?;
        }
        unchecked.map(|()| transferred)
    }

    /// Sends everything that a reader returns as one file, and returns the number of bytes. Once
    /// something has been read, the upload is not repeated, since the reader cannot be rewound.
    pub async fn put_stream(
        &mut self,
        path: &[u8],
        reader: Box<dyn Read + Send>,
    ) -> Result<u64, Error> {
        self.prepare_for(path).await?;
        let stream = Stream::new(reader);
        let meter = self.start(Direction::Put, path, None, 0);
        let (mut attempt, mut ways) = (0, 0);
        let result = loop {
            let error = match self.put_stream_once(path, stream.clone(), &meter).await {
                Ok(bytes) => break Ok(bytes),
                Err(error) => error,
            };
            if ways < 3 && self.may_go_another_way(&error) && stream.is_fresh() {
                ways += 1;
                continue;
            }
            if !stream.is_fresh() {
                self.forget(&error);
                break Err(match error.is_retryable() {
                    true => error.beginning_anew(Anew::Read),
                    false => error,
                });
            }
            if let Err(error) = self.recover(error, &mut attempt).await {
                break Err(error);
            }
        };
        self.observer.event(Event::Ended { id: meter.id });
        self.told_apart(path, result).await
    }

    async fn put_stream_once(
        &mut self,
        path: &[u8],
        stream: Stream,
        meter: &Meter,
    ) -> Result<u64, Error> {
        let coding = self.coding();
        let request = path_request(Verb::Stor, path)?;
        let connection = self.connection().await?;
        let source = Source::Stream(stream);
        match coding.format.is_verbatim() {
            true => connection.store(&request, 0, source, meter).await,
            false => {
                connection.store_encoded(&request, source, coding, None, &mut None, meter).await
            }
        }
    }

    async fn put_once(
        &mut self,
        upload: &Upload,
        size: u64,
        progress: &mut Progress,
    ) -> Result<Transferred, Error> {
        let offset = self.put_offset(upload, size, progress).await?;
        // Without byte offsets, the end mark may still be missing on the server.
        let all_there = offset == size && (offset > 0 || progress.is_empty_there);
        if all_there && self.has_offsets() && self.has_its_name(upload, progress).await? {
            return Ok(Transferred { offset, complete: true, ..Transferred::default() });
        }
        let started = || self.start(Direction::Put, &upload.remote, Some(size), offset);
        let meter = progress.meter.get_or_insert_with(started).clone();
        let before = meter.moved();
        let coding = self.coding();
        let connection = self.connection().await?;
        let (point, appends) = (&mut progress.point, progress.appends);
        let sent = match coding.format.is_verbatim() {
            true => store_verbatim(connection, upload, (offset, appends), &meter).await,
            false => {
                store_encoded(connection, upload, coding, (offset, appends, point), &meter).await
            }
        };
        progress.reached = progress.reached.max(offset + (meter.moved() - before));
        let bytes = sent?;
        if offset > 0 && self.has_offsets() {
            self.check_whole(upload, (offset, size)).await?;
        }
        Ok(Transferred { bytes, offset, ..Transferred::default() })
    }

    /// The offset at which to begin sending.
    async fn put_offset(
        &mut self,
        upload: &Upload,
        size: u64,
        progress: &mut Progress,
    ) -> Result<u64, Error> {
        // A restart point from a server cannot be trusted to be in range.
        let format = self.format;
        progress.point.take_if(|point| point.offset > size || !format.can_start_at(point.offset));
        let offset = match (&progress.point, progress.kept) {
            (Some(point), _) => point.offset,
            (None, _) if !self.has_offsets() => 0,
            (None, Some(kept)) => kept,
            (None, None) if upload.resume => {
                self.left_by_earlier_run(upload, size, progress).await?
            }
            (None, None) if format.is_verbatim() => self.left_of(upload, size, progress).await?,
            (None, None) => 0,
        };
        if offset <= size {
            return Ok(offset);
        }
        if !upload.resume {
            return Ok(0);
        }
        let what = format!(
            "the remote file has {offset} bytes and this one only {size}, so there is nothing to resume; \
             run the command without -c to replace the remote file"
        );
        Err(Error::not_resumed(&upload.local, what))
    }

    /// Whether bytes have the same offsets on the server as in the local file.
    fn has_offsets(&self) -> bool {
        self.format.representation == RepresentationType::Image
            && self.format.structure == FileStructure::File
    }

    /// After a resumed upload, the remote file must have the length of the local one.
    async fn check_whole(
        &mut self,
        upload: &Upload,
        (offset, size): (u64, u64),
    ) -> Result<(), Error> {
        match self.remote_length(&upload.remote).await {
            // The server has confirmed the upload; without a length there is nothing to compare.
            Ok(None | Some(0)) | Err(_) => Ok(()),
            Ok(Some(length)) if length == size => Ok(()),
            // The upload was cut short again.
            Ok(Some(length)) if (offset..size).contains(&length) => {
                Err(Error::shortened(size, length))
            }
            Ok(Some(length)) => Err(Error::mismatch(
                &upload.local,
                format!(
                    "after resuming, the remote file has {length} bytes, but this one has {size}; send it \
                     again without -c"
                ),
            )),
        }
    }

    /// The length of a remote file; `None` if the server does not report it.
    pub(crate) async fn remote_length(&mut self, path: &[u8]) -> Result<Option<u64>, Error> {
        match self.connection().await?.size(path).await {
            Err(error) if is_refusal(&error) => Ok(None),
            size => size,
        }
    }
}

/// Sends a file byte for byte. An upload is resumed with REST and STOR, or with APPE if `appends`
/// is set or the server has no REST.
async fn store_verbatim(
    connection: &mut Connection,
    upload: &Upload,
    (offset, appends): (u64, bool),
    meter: &Meter,
) -> Result<u64, Error> {
    let source = Source::File { path: upload.local.clone(), offset };
    let appends = offset > 0 && (appends || !connection.features().await?.has("REST"));
    let verb = if appends { Verb::Appe } else { Verb::Stor };
    let restart = if appends { 0 } else { offset };
    let request = path_request(verb, &upload.remote)?;
    match connection.store(&request, restart, source.clone(), meter).await {
        Err(error) if restart > 0 && is_refusal(&error) && error.verb() == Some(Verb::Rest) => {
            // Some servers list REST but support it for downloads only.
            let request = path_request(Verb::Appe, &upload.remote)?;
            connection.store(&request, 0, source, meter).await
        }
        result => result,
    }
}

/// Sends a file through an encoder, starting at the server's last pair of restart markers, or else
/// after the bytes that it already has.
async fn store_encoded(
    connection: &mut Connection,
    upload: &Upload,
    coding: Coding,
    (offset, appends, point): (u64, bool, &mut Option<RestartPoint>),
    meter: &Meter,
) -> Result<u64, Error> {
    let stor = path_request(Verb::Stor, &upload.remote)?;
    let appends = offset > 0
        && point.is_none()
        && (appends || connection.features().await?.parameters("REST").is_none());
    let marker = match point {
        Some(point) => Some(point.marker.clone()),
        None => (offset > 0 && !appends).then(|| Marker::at(offset)),
    };
    let request = if appends { path_request(Verb::Appe, &upload.remote)? } else { stor };
    let source = |offset| Source::File { path: upload.local.clone(), offset };
    let resumes = marker.is_some();
    match connection.store_encoded(&request, source(offset), coding, marker, point, meter).await {
        Err(error) if resumes && is_refusal(&error) && error.verb() == Some(Verb::Rest) => {
            *point = None;
            connection.store_encoded(&request, source(0), coding, None, point, meter).await
        }
        result => result,
    }
}

/// Joins a remote directory and a name. An empty directory stands for the login directory.
pub fn join_remote(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = directory.to_vec();
    if !path.is_empty() && !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// The remote path for a local file that is sent into a remote directory; `None` for `.`, `..` and
/// paths that end in `/.`, which have no name but stand for their content.
pub fn remote_path_for(directory: &[u8], local: &Path) -> Option<Vec<u8>> {
    // `Path::file_name` ignores a trailing `/.` and would return the component before it.
    let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
    let mut parts = local.as_os_str().as_encoded_bytes().rsplit(is_separator);
    let last = parts.find(|part| !part.is_empty());
    local
        .file_name()
        .filter(|_| last != Some(b"."))
        .map(|name| join_remote(directory, &local::to_bytes(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_what_is_in_it_has_no_name() {
        let path = |local: &str| remote_path_for(b"to", Path::new(local));
        for local in [".", "./", "..", "../", "a/.", "a/./", "a//.//", "a/..", "/", "/."] {
            assert_eq!(path(local), None, "{local}");
        }
        for local in ["a", "a/", "./a", "../a/", "b/./a", "/b/a"] {
            assert_eq!(path(local).as_deref(), Some(&b"to/a"[..]), "{local}");
        }
        assert_eq!(path("a/...").as_deref(), Some(&b"to/..."[..]));
    }
}
