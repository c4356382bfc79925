//! Finds and opens what a transfer needs, before the 150 reply. Blocks on the disk.

use std::sync::Arc;

use packetboat_accounts::Right;
use packetboat_codes::Fault;
use packetboat_proto::encoding::{Decoder, Encoder, FileStructure, Format, Settings};
use packetboat_proto::listing::{ListForm, ListWriter};
use packetboat_proto::pathname::Pathname;
use packetboat_proto::pattern;
use packetboat_proto::server::{Coding, Failure, TransferRequest, TransferStart};
use packetboat_store::{Detail, Error, Kind, VirtualPath, WriteMode};
use tokio::net::TcpStream;

use crate::files::{View, at, now};
use crate::handle::Handle;
use crate::markers::Markers;
use crate::pump::{
    DecodedPump, EncodedPump, End, Ending, ListPump, ListSource, ReceivePump, SendFilePump, Source,
};
use crate::transfer::{Prepared, Work};

type Result<T> = std::result::Result<T, Failure>;

/// What every transfer of a session gets.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The control connection, which shows whether the client is still there.
    pub control: Arc<TcpStream>,
    /// Code page and marker interval. The level of MODE Z comes with each request.
    pub settings: Settings,
}

impl Surroundings {
    fn settings(&self, coding: Coding) -> Settings {
        Settings { deflate_level: coding.deflate_level, ..self.settings }
    }

    fn encoder(&self, coding: Coding) -> std::result::Result<Encoder, Error> {
        Encoder::new(coding.format, &self.settings(coding)).map_err(|_| Fault::Unsupported.into())
    }

    fn decoder(&self, coding: Coding) -> std::result::Result<Decoder, Error> {
        Decoder::new(coding.format, &self.settings(coding)).map_err(|_| Fault::Unsupported.into())
    }
}

impl View {
    /// Opens what a transfer needs. Blocks on the disk.
    pub(crate) fn prepare(
        &self,
        request: &TransferRequest,
        around: &Surroundings,
    ) -> Result<(Prepared, TransferStart)> {
        match request {
            TransferRequest::Retrieve { path, offset, end, coding } => {
                self.prepare_retrieve(path, *offset, *end, *coding, around)
            }
            TransferRequest::Store { path, offset, coding } => {
                let path = self.resolve(Some(path))?;
                let mode = self.store_mode(&path, *offset)?;
                self.prepare_store(path, mode, *coding, around)
            }
            TransferRequest::Append { path, coding } => {
                let path = self.resolve(Some(path))?;
                let mode = self.append_mode(&path)?;
                self.prepare_store(path, mode, *coding, around)
            }
            TransferRequest::StoreUnique { hint, coding } => {
                let path = self.resolve(hint.as_ref())?;
                self.require(Right::Write, &path)?;
                self.prepare_store(path, WriteMode::Unique, *coding, around)
            }
            TransferRequest::List { path, form, coding } => {
                self.prepare_list(path.as_ref(), *form, *coding, around)
            }
        }
    }

    fn prepare_retrieve(
        &self,
        path: &Pathname,
        offset: u64,
        end: Option<u64>,
        coding: Coding,
        around: &Surroundings,
    ) -> Result<(Prepared, TransferStart)> {
        let path = self.resolve(Some(path))?;
        self.require(Right::Read, &path)?;
        let fail = |error: Error| at(&error, &path);
        let file = self.storage.open_read(&path).map_err(fail)?;
        let len = file.len();
        if offset > len {
            let path = path.as_bytes().to_vec();
            return Err(Failure { fault: Fault::BadOffset, path, length: Some(len), detail: None });
        }
        let end = end.map_or(len, |end| end.min(len));
        let (work, size) = if coding.format.is_verbatim() {
            (Work::Send(Box::new(SendFilePump::new(file, offset, end))), Some(end - offset))
        } else {
            let encoder = around.encoder(coding).map_err(fail)?;
            let holes = coding.format.structure == FileStructure::Page;
            let source = Source::file(file, offset, holes);
            // How many bytes the encoding adds is not known yet.
            (Work::SendEncoded(Box::new(EncodedPump::new(source, encoder))), None)
        };
        Ok(Prepared::new(&path, Arc::default(), work, coding.format, size))
    }

    fn prepare_store(
        &self,
        path: VirtualPath,
        mode: WriteMode,
        coding: Coding,
        around: &Surroundings,
    ) -> Result<(Prepared, TransferStart)> {
        let fail = |error: Error| at(&error, &path);
        self.require_announced_room(&path, mode)?;
        let file =
            self.storage.open_write(&path, mode).map_err(|error| self.held(&error, &path))?;
        let final_path = file.path().clone();
        if mode == WriteMode::Unique
            && let Err(failure) = self.require_unique(&final_path)
        {
            // The refusal is what matters to the client; losing an empty part does not matter.
            let _ = file.discard();
            return Err(failure);
        }
        let format = coding.format;
        if mode == WriteMode::Append && format.structure == FileStructure::Record {
            self.require_whole_records(&final_path)?;
        }
        let may_delete = self.rights(&final_path).has(Right::Delete);
        let handle = Arc::new(Handle::default());
        let ending = Ending::new(Arc::clone(&around.control), Arc::clone(&handle), coding.at_least);
        if format.is_verbatim() {
            let work = Work::Receive(Box::new(ReceivePump::new(file, ending)));
            let (mut prepared, start) = Prepared::new(&final_path, handle, work, format, None);
            prepared.may_delete = may_delete;
            return Ok((prepared, start));
        }
        let end = if format.marks_end() { End::Mark } else { End::Connection(ending) };
        let markers = Arc::new(Markers::default());
        let decoder = around.decoder(coding).map_err(fail)?;
        let pump = DecodedPump::new(file, decoder, end, Arc::clone(&markers));
        let work = Work::ReceiveDecoded(Box::new(pump));
        let (mut prepared, start) = Prepared::new(&final_path, handle, work, format, None);
        (prepared.markers, prepared.may_delete) = (Some(markers), may_delete);
        Ok((prepared, start))
    }

    /// The failure of a file that cannot be written. The client itself may still hold it, through
    /// an earlier session that was lost silently; then it helps to know for how long.
    fn held(&self, error: &Error, path: &VirtualPath) -> Failure {
        let held = error.fault() == Fault::Busy;
        let seconds = self.live.config.stall_timeout.as_secs_f32();
        let detail = held.then(|| seconds.to_string());
        Failure { detail, ..at(error, path) }
    }

    /// Requires room for what ALLO announced, less the file that will be replaced.
    fn require_announced_room(&self, path: &VirtualPath, mode: WriteMode) -> Result<()> {
        use Fault::{NoSpace, QuotaExceeded, QuotaInDoubt, WouldWait};
        let Some(bytes) = self.announced else { return Ok(()) };
        let replaced = match mode {
            WriteMode::Create => self.storage.stat(path).map_or(0, |found| found.len),
            _ => 0,
        };
        match self.require_room(bytes.saturating_sub(replaced), path) {
            Err(full)
                if matches!(full.fault, NoSpace | QuotaExceeded | QuotaInDoubt | WouldWait) =>
            {
                Err(full)
            }
            // Opening the file will report anything else that is wrong with the path.
            _ => Ok(()),
        }
    }

    /// Requires that the account may use the name that STOU found.
    fn require_unique(&self, path: &VirtualPath) -> Result<()> {
        self.require(Right::Write, path)?;
        self.require_name(path, false)
    }

    /// RFC 1123 §4.1.3.4, 555: records cannot be appended to one that has no end.
    fn require_whole_records(&self, path: &VirtualPath) -> Result<()> {
        let fail = |error: Error| at(&error, path);
        let file = match self.storage.open_read(path) {
            // In this case APPE continues the part of an unfinished upload.
            Err(error) if error.fault() == Fault::NotFound => self.storage.open_part(path),
            file => file.map(Some),
        };
        let mut last = [b'\n'];
        if let Some(file) = file.map_err(fail)?.filter(|file| !file.is_empty()) {
            file.read_at(file.len() - 1, &mut last).map_err(fail)?;
        }
        if last == [b'\n'] { Ok(()) } else { Err(at(&Fault::FormMismatch.into(), path)) }
    }

    fn prepare_list(
        &self,
        argument: Option<&Pathname>,
        form: ListForm,
        coding: Coding,
        around: &Surroundings,
    ) -> Result<(Prepared, TransferStart)> {
        let path = self.resolve(argument)?;
        self.require(Right::List, &path)?;
        let given = argument.map_or(b"".as_slice(), |argument| argument.as_bytes());
        let facts = matches!(form, ListForm::Facts(_));
        let (source, prefix) = match self.storage.stat(&path) {
            Ok(metadata) if metadata.kind == Kind::Directory => {
                (self.directory_source(&path, form, None)?, directory_prefix(given, form))
            }
            Ok(_) if facts => return Err(at(&Fault::NotADirectory.into(), &path)),
            Ok(metadata) => {
                let (name, perm) = (given.to_vec(), self.perm(&path, metadata.kind));
                (ListSource::File { name, metadata, perm }, Vec::new())
            }
            // RFC 3659 §7.1: MLSD takes names as they are, without patterns.
            Err(error) => match split_pattern(&path).filter(|_| !facts) {
                Some((directory, pattern)) if error.fault() == Fault::NotFound => {
                    (self.listed_source(&directory, form, pattern)?, pattern_prefix(given, form))
                }
                _ => return Err(at(&error, &path)),
            },
        };
        let writer = ListWriter::new(form, now());
        let pump = Box::new(ListPump::new(source, writer, prefix));
        // The lines are already in the form of TYPE A.
        let work = if coding.format == Format::default() {
            Work::List(pump)
        } else {
            let encoder = around.encoder(coding).map_err(|error| at(&error, &path))?;
            Work::SendEncoded(Box::new(EncodedPump::new(Source::list(pump), encoder)))
        };
        Ok(Prepared::new(&path, Arc::default(), work, coding.format, None))
    }

    /// Lists a directory for a pattern, which requires the right to list it.
    fn listed_source(
        &self,
        directory: &VirtualPath,
        form: ListForm,
        pattern: Vec<u8>,
    ) -> Result<ListSource> {
        self.require(Right::List, directory)?;
        self.directory_source(directory, form, Some(pattern))
    }

    fn directory_source(
        &self,
        path: &VirtualPath,
        form: ListForm,
        pattern: Option<Vec<u8>>,
    ) -> Result<ListSource> {
        let detail = if form == ListForm::Names { Detail::Names } else { Detail::Full };
        let listing = self.storage.list(path, detail).map_err(|error| at(&error, path))?;
        Ok(ListSource::Directory { listing, pattern, judge: self.judge(path) })
    }
}

/// RFC 1123 §4.1.2.7: a name in NLST's answer must be usable in a command, so the directory that
/// was asked for is put in front of it.
fn directory_prefix(given: &[u8], form: ListForm) -> Vec<u8> {
    match given {
        _ if form != ListForm::Names => Vec::new(),
        b"" | b"." => Vec::new(),
        [.., b'/'] => given.to_vec(),
        _ => [given, b"/"].concat(),
    }
}

fn pattern_prefix(given: &[u8], form: ListForm) -> Vec<u8> {
    let directory = given.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    if form == ListForm::Names { given[..directory].to_vec() } else { Vec::new() }
}

/// Splits off the last part of the path if it is a pattern.
fn split_pattern(path: &VirtualPath) -> Option<(VirtualPath, Vec<u8>)> {
    let name = path.file_name().filter(|name| pattern::is_pattern(name))?;
    Some((path.parent()?, name.to_vec()))
}
