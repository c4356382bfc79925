//! The command-line arguments of the client's subcommands, and what follows directly from them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use packetboat_client::{Choice, RetryRule, VERBATIM};
use packetboat_proto::client::HashAlgorithm;
use packetboat_proto::encoding::{
    CodePage, FileStructure, Format, RepresentationType, TransmissionMode,
};
use packetboat_proto::url::TypeCode;

use super::examples;
use super::target::UsageError;

/// The subcommands of the client.
#[derive(Subcommand)]
pub(crate) enum ClientCommand {
    /// Download files, or with -r whole directories.
    #[command(after_help = examples::GET)]
    Get(GetArgs),
    /// Upload files, or with -r whole directories.
    #[command(after_help = examples::PUT)]
    Put(PutArgs),
    /// List a directory.
    #[command(after_help = examples::LS)]
    Ls(LsArgs),
    /// Print remote files.
    Cat(UrlsArgs),
    /// Delete remote files, or with -r whole directories.
    #[command(after_help = examples::RM)]
    Rm(RmArgs),
    /// Make one directory match another, in either direction: transfer what is missing, has another
    /// length or is older in the target, or with --checksum has another hash.
    #[command(after_help = examples::MIRROR)]
    Mirror(MirrorArgs),
    /// Create remote directories.
    #[command(after_help = examples::MKDIR)]
    Mkdir(MkdirArgs),
    /// Remove empty remote directories.
    #[command(after_help = examples::SILENT)]
    Rmdir(UrlsArgs),
    /// Rename a remote file or directory.
    #[command(after_help = examples::MV)]
    Mv(MvArgs),
    /// Show what the server reports about files and directories.
    Stat(UrlsArgs),
    /// Show hashes of remote files, as the server reports them.
    #[command(after_help = examples::HASH)]
    Hash(HashArgs),
}

/// Options of `get` and `put` on the form of the data, what is kept of a file, and checking it
/// afterwards.
#[derive(Args, Clone, Default)]
pub(crate) struct TransferArgs {
    /// Compare both ends afterwards: by hash, or by length if the server has no hashes. Text
    /// (--ascii, --ebcdic) is converted on the way and cannot be compared; the summary says so.
    #[arg(long, help_heading = "Transfer")]
    pub(crate) verify: bool,
    /// Also keep permissions, and with `put` the modification time (MFMT, MFF, SITE CHMOD).
    #[arg(short, long, help_heading = "Transfer")]
    pub(crate) preserve: bool,
    /// Give a downloaded file the time of the download instead of its time on the server.
    #[arg(long, conflicts_with = "preserve", help_heading = "Transfer")]
    pub(crate) no_times: bool,
    /// Transfer as text (TYPE A), converting line ends to those of the receiving side. The same as
    /// ;type=a in the address.
    #[arg(long, conflicts_with = "ebcdic", help_heading = "Transfer")]
    pub(crate) ascii: bool,
    /// Transfer as text in EBCDIC (TYPE E).
    #[arg(long, help_heading = "Transfer")]
    pub(crate) ebcdic: bool,
    /// The EBCDIC code page that the server uses.
    #[arg(long, value_name = "NAME", default_value_t, help_heading = "Transfer")]
    pub(crate) code_page: CodePage,
    /// Transfer each line as a record (STRU R).
    #[arg(long, conflicts_with = "page", help_heading = "Transfer")]
    pub(crate) record: bool,
    /// Transfer in pages (STRU P).
    #[arg(long, conflicts_with_all = ["ascii", "ebcdic"], help_heading = "Transfer")]
    pub(crate) page: bool,
    /// The transmission mode. Block and compressed use one data connection for several files and
    /// write restart markers.
    #[arg(long, value_enum, default_value_t, help_heading = "Transfer")]
    pub(crate) mode: Mode,
}

/// Which entries of a directory `get`, `put` and `mirror` transfer.
#[derive(Args, Clone, Default)]
pub(crate) struct ChoiceArgs {
    /// From directories, take only files whose names match, such as '*.txt'. Can be repeated.
    #[arg(long, value_name = "PATTERN", help_heading = "Transfer")]
    pub(crate) include: Vec<String>,
    /// From directories, leave out files and whole directories whose names match. Can be repeated.
    #[arg(long, value_name = "PATTERN", help_heading = "Transfer")]
    pub(crate) exclude: Vec<String>,
}

impl ChoiceArgs {
    /// The patterns as the client takes them.
    pub(crate) fn choice(&self) -> Choice {
        let bytes = |patterns: &[String]| patterns.iter().map(|one| one.clone().into()).collect();
        Choice { include: bytes(&self.include), exclude: bytes(&self.exclude) }
    }
}

/// The transmission modes, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// The bytes as they are (MODE S).
    #[default]
    Stream,
    /// In blocks (MODE B).
    Block,
    /// In blocks, with runs of one byte shortened (MODE C).
    Compressed,
    /// As one zlib stream (MODE Z).
    Deflate,
}

impl TransferArgs {
    /// TYPE, STRU and MODE according to these options. The `;type=` of an address overrides --ascii
    /// and --ebcdic.
    pub(crate) fn format(&self, code: Option<TypeCode>) -> Format {
        let representation = match code {
            Some(TypeCode::Ascii) => RepresentationType::Ascii,
            Some(TypeCode::Image | TypeCode::Directory) => RepresentationType::Image,
            None if self.ascii => RepresentationType::Ascii,
            None if self.ebcdic => RepresentationType::Ebcdic,
            None => RepresentationType::Image,
        };
        let structure = match (self.record, self.page) {
            (true, _) => FileStructure::Record,
            (_, true) => FileStructure::Page,
            _ => FileStructure::File,
        };
        let mode = match self.mode {
            Mode::Stream => TransmissionMode::Stream,
            Mode::Block => TransmissionMode::Block,
            Mode::Compressed => TransmissionMode::Compressed,
            Mode::Deflate => TransmissionMode::Deflate,
        };
        Format { representation, structure, mode, ..VERBATIM }
    }
}

/// Arguments of `hash`.
#[derive(Args)]
pub(crate) struct HashArgs {
    /// The files, as ftp://user@host:port/path.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// sha-256, sha-512, sha-1, md5 or crc32 [default: the best that the server offers].
    #[arg(short, long, value_name = "NAME")]
    pub(crate) algorithm: Option<HashAlgorithm>,
    /// Fetch each file and hash it locally instead of asking the server.
    #[arg(long)]
    pub(crate) download: bool,
    /// Name the algorithm on each line, as `sha256sum --tag` does. `sha256sum -c` reads both forms.
    #[arg(long)]
    pub(crate) tag: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of every client subcommand.
#[derive(Args, Clone)]
pub(crate) struct Common {
    /// Log in as this user; the password comes from PACKETBOAT_PASSWORD, ~/.netrc or a prompt.
    #[arg(long, value_name = "NAME", help_heading = "Session")]
    pub(crate) user: Option<String>,
    /// The account, for servers that ask for one (332, 532). It may also come from
    /// PACKETBOAT_ACCOUNT or ~/.netrc.
    #[arg(long, value_name = "NAME", help_heading = "Session")]
    pub(crate) account: Option<String>,
    /// Ask for this virtual host (HOST). With TLS, the certificate must be for this name.
    #[arg(long = "host", value_name = "NAME", help_heading = "Session")]
    pub(crate) virtual_host: Option<String>,
    /// Mount this file system after login (SMNT), for servers that offer several.
    #[arg(long, value_name = "NAME", help_heading = "Session")]
    pub(crate) mount: Option<String>,
    #[command(flatten)]
    pub(crate) tls: super::tls::TlsArgs,
    /// Let the server open the data connections (PORT, EPRT).
    #[arg(long, help_heading = "Session")]
    pub(crate) active: bool,
    /// Use the address in the reply to PASV even if it differs from the server's.
    #[arg(long, help_heading = "Session")]
    pub(crate) trust_pasv_address: bool,
    /// Give up on a connection, a reply or stalled data after this time: seconds, or a value such
    /// as 500ms or 5m [default: 30s and 60s].
    #[arg(long, value_name = "TIME", value_parser = crate::duration::parse, help_heading = "Session")]
    pub(crate) timeout: Option<Duration>,
    /// Retry operations that may succeed later up to N times [default: 3; a failing first
    /// connection is not retried].
    #[arg(long, value_name = "N", help_heading = "Session")]
    pub(crate) retries: Option<u32>,
    /// For this code, retry up to N times, with PAUSE as the first pause (seconds, or 500ms, 2m,
    /// 1h). For example 450=10/5, 4xx=0, 120=0, STOR,APPE:452=3/60, ECONNREFUSED=5.
    #[arg(long, value_name = "[VERB:]CODE=N[/PAUSE]", help_heading = "Session")]
    pub(crate) retry: Vec<RetryRule>,
    #[command(flatten)]
    pub(crate) config: super::config::ConfigArgs,
    /// Show the dialogue with the server.
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Show no progress and no summary, only failures.
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print results and errors as JSON, one object per line.
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Arguments of `get`.
#[derive(Args)]
pub(crate) struct GetArgs {
    /// What to download, as ftp://user@host:port/path; a * in the last part matches anything.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// Where to: a file, an existing directory, a directory to create (ending in /), or - for
    /// standard output.
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Download directories with everything in them.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Use this many connections for a directory, or fewer if the server allows fewer [default: 4].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Continue an earlier download from its part, or from a shorter local file that is not older
    /// than the remote one.
    #[arg(short = 'c', long = "continue")]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `put`.
#[derive(Args)]
#[command(override_usage = "packetboat put [OPTIONS] <FILE>... <URL>")]
pub(crate) struct PutArgs {
    /// The files to upload (- for standard input), and last the address: a path, or a directory if
    /// it ends in /. Several files need a directory.
    // One list, because options may appear anywhere in it.
    #[arg(required = true, value_name = "FILE|URL")]
    places: Vec<PathBuf>,
    /// Upload directories with everything in them.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Use this many connections for a directory, or fewer if the server allows fewer [default: 4].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Continue after what the server already has.
    #[arg(short = 'c', long = "continue")]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `mirror`.
#[derive(Args)]
pub(crate) struct MirrorArgs {
    /// The directory to copy from: an address or a local folder.
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// The directory to make match SOURCE: a local folder or an address.
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
    /// Delete files and directories in TARGET that SOURCE does not have.
    #[arg(long)]
    pub(crate) delete: bool,
    /// Delete nothing if more than N files and directories would be deleted, counting everything inside
    /// directories.
    #[arg(long, value_name = "N", requires = "delete")]
    pub(crate) max_delete: Option<u64>,
    /// Decide by hash instead of time for files of the same length. The server must offer hashes.
    #[arg(long)]
    pub(crate) checksum: bool,
    /// Print what would be done without doing it.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Use this many connections, or fewer if the server allows fewer [default: 4].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    /// Compare both ends of each transferred file: by hash, or by length if the server has no
    /// hashes.
    #[arg(long, help_heading = "Transfer")]
    pub(crate) verify: bool,
    /// Also keep permissions, and for uploads the modification time (MFMT, MFF, SITE CHMOD).
    #[arg(short, long, help_heading = "Transfer")]
    pub(crate) preserve: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `ls`.
#[derive(Args)]
pub(crate) struct LsArgs {
    /// The directory, as ftp://user@host:port/path; a * in the last part selects matching entries.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Show the type, size and time of each entry.
    #[arg(short, long)]
    pub(crate) long: bool,
    /// Append / to the names of directories and @ to those of links, as is done on a terminal.
    #[arg(short = 'F', long)]
    pub(crate) classify: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of the subcommands that take only addresses.
#[derive(Args)]
pub(crate) struct UrlsArgs {
    /// The files or directories, as ftp://user@host:port/path.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `rm`.
#[derive(Args)]
pub(crate) struct RmArgs {
    /// What to delete, as ftp://user@host:port/path; a * in the last part matches anything.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// Delete directories with everything in them. Links are deleted, not followed.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Ignore files that do not exist.
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Print what would be deleted without deleting it.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `mkdir`.
#[derive(Args)]
pub(crate) struct MkdirArgs {
    /// The directories, as ftp://user@host:port/path.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// Create parent directories as needed, and do not complain about existing ones.
    #[arg(short, long)]
    pub(crate) parents: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `mv`.
#[derive(Args)]
pub(crate) struct MvArgs {
    /// What to rename, as ftp://user@host:port/path.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// The new path on the same server. If it ends in /, the file keeps its name and moves into
    /// that directory.
    #[arg(value_name = "NEWPATH")]
    pub(crate) new_path: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl PutArgs {
    /// Splits the list into the files and the address they go to.
    pub(crate) fn files_and_url(&self) -> Result<(&[PathBuf], &str), UsageError> {
        let wrong = |why: &str| UsageError(format!("{why}: put takes files and then an address"));
        match self.places.split_last() {
            None | Some((_, [])) => Err(wrong("the file or the address is missing")),
            Some((url, files)) => match url.to_str() {
                Some(url) => Ok((files, url)),
                None => Err(wrong("the address is not valid UTF-8")),
            },
        }
    }
}

impl ClientCommand {
    /// The options shared by every subcommand.
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Get(args) => &args.common,
            Self::Put(args) => &args.common,
            Self::Ls(args) => &args.common,
            Self::Cat(args) | Self::Rmdir(args) | Self::Stat(args) => &args.common,
            Self::Rm(args) => &args.common,
            Self::Mirror(args) => &args.common,
            Self::Mkdir(args) => &args.common,
            Self::Hash(args) => &args.common,
            Self::Mv(args) => &args.common,
        }
    }

    /// Whether repeating this command with -c can continue from a partly transferred file.
    pub(crate) fn can_resume(&self) -> bool {
        let streams = match self {
            Self::Get(args) => args.output.as_deref() == Some(Path::new("-")),
            Self::Put(args) => args.places.iter().any(|place| place == Path::new("-")),
            _ => return false,
        };
        // A converted text has the same length on both sides only by chance.
        let format = self.transfer().format(None);
        let is_verbatim = format.representation == RepresentationType::Image
            && format.structure == FileStructure::File;
        is_verbatim && !streams
    }

    /// Whether the command transfers whole directories.
    pub(crate) fn moves_trees(&self) -> bool {
        match self {
            Self::Get(args) => args.recursive,
            Self::Put(args) => args.recursive,
            _ => false,
        }
    }

    /// The transfer options of the command; the defaults where it has none.
    pub(crate) fn transfer(&self) -> TransferArgs {
        match self {
            Self::Get(args) => args.transfer.clone(),
            Self::Put(args) => args.transfer.clone(),
            Self::Mirror(args) => TransferArgs {
                verify: args.verify,
                preserve: args.preserve,
                ..TransferArgs::default()
            },
            _ => TransferArgs::default(),
        }
    }
}
