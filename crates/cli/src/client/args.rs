//! What the client's subcommands take.

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
    /// Make one directory like another, in either direction: move what is missing, differs in length or is
    /// older there, or with --checksum has another hash.
    #[command(after_help = examples::MIRROR)]
    Mirror(MirrorArgs),
    /// Make remote directories.
    #[command(after_help = examples::MKDIR)]
    Mkdir(MkdirArgs),
    /// Remove empty remote directories.
    #[command(after_help = examples::SILENT)]
    Rmdir(UrlsArgs),
    /// Rename a remote file or directory.
    #[command(after_help = examples::MV)]
    Mv(MvArgs),
    /// Show what the server tells of files and directories.
    Stat(UrlsArgs),
    /// Show hashes of remote files, as the server tells them.
    #[command(after_help = examples::HASH)]
    Hash(HashArgs),
}

/// What `get` and `put` take besides: checks, and what of a file is kept.
#[derive(Args, Clone, Default)]
pub(crate) struct TransferArgs {
    /// Compare the two ends afterwards: by hash, or by length where the server tells none. Text (--ascii, --ebcdic) is
    /// changed on the way and not compared, which is said.
    #[arg(long, help_heading = "Transfer")]
    pub(crate) verify: bool,
    /// Keep permissions too, and with `put` the time (MFMT, MFF, SITE CHMOD).
    #[arg(short, long, help_heading = "Transfer")]
    pub(crate) preserve: bool,
    /// Give a downloaded file the time of the download, not the one it has on the server.
    #[arg(long, conflicts_with = "preserve", help_heading = "Transfer")]
    pub(crate) no_times: bool,
    /// Transfer as text (TYPE A): line ends become those of the other side; ;type=a in the address does
    /// the same.
    #[arg(long, conflicts_with = "ebcdic", help_heading = "Transfer")]
    pub(crate) ascii: bool,
    /// Transfer as text in EBCDIC (TYPE E).
    #[arg(long, help_heading = "Transfer")]
    pub(crate) ebcdic: bool,
    /// The EBCDIC code page that the server uses.
    #[arg(long, value_name = "NAME", default_value_t, help_heading = "Transfer")]
    pub(crate) code_page: CodePage,
    /// Transfer lines as records (STRU R).
    #[arg(long, conflicts_with = "page", help_heading = "Transfer")]
    pub(crate) record: bool,
    /// Transfer in pages (STRU P).
    #[arg(long, conflicts_with_all = ["ascii", "ebcdic"], help_heading = "Transfer")]
    pub(crate) page: bool,
    /// How data is wrapped: block and compressed keep one data connection for several files and write
    /// restart markers.
    #[arg(long, value_enum, default_value_t, help_heading = "Transfer")]
    pub(crate) mode: Mode,
}

/// Which entries of a directory `get`, `put` and `mirror` move.
#[derive(Args, Clone, Default)]
pub(crate) struct ChoiceArgs {
    /// Of directories take only the files whose names fit, such as '*.txt'; repeat it for several.
    #[arg(long, value_name = "PATTERN", help_heading = "Transfer")]
    pub(crate) include: Vec<String>,
    /// Of directories leave out the files and whole directories whose names fit; repeat it for several.
    #[arg(long, value_name = "PATTERN", help_heading = "Transfer")]
    pub(crate) exclude: Vec<String>,
}

impl ChoiceArgs {
    /// The same for the client.
    pub(crate) fn choice(&self) -> Choice {
        let bytes = |patterns: &[String]| patterns.iter().map(|one| one.clone().into()).collect();
        Choice { include: bytes(&self.include), exclude: bytes(&self.exclude) }
    }
}

/// MODE, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// As it is (MODE S).
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
    /// What these options say of TYPE, STRU and MODE. The `;type=` of an address has the last word.
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
    /// Which files, as ftp://user@host:port/path.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// sha-256, sha-512, sha-1, md5 or crc32 [default: the best the server has].
    #[arg(short, long, value_name = "NAME")]
    pub(crate) algorithm: Option<HashAlgorithm>,
    /// Fetch each file and hash it here, instead of asking the server.
    #[arg(long)]
    pub(crate) download: bool,
    /// Name the algorithm in each line, as `sha256sum --tag` does; `sha256sum -c` reads both forms.
    #[arg(long)]
    pub(crate) tag: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every subcommand of the client takes.
#[derive(Args, Clone)]
pub(crate) struct Common {
    /// Log in as this user; the password comes from PACKETBOAT_PASSWORD, ~/.netrc or a prompt.
    #[arg(long, value_name = "NAME", help_heading = "Session")]
    pub(crate) user: Option<String>,
    /// The account for a server that asks for one (332, 532); PACKETBOAT_ACCOUNT and ~/.netrc do as well.
    #[arg(long, value_name = "NAME", help_heading = "Session")]
    pub(crate) account: Option<String>,
    /// Ask for this virtual host (HOST); under TLS the certificate has to be of this name.
    #[arg(long = "host", value_name = "NAME", help_heading = "Session")]
    pub(crate) virtual_host: Option<String>,
    /// Mount this after the login (SMNT), where a server offers several trees.
    #[arg(long, value_name = "NAME", help_heading = "Session")]
    pub(crate) mount: Option<String>,
    #[command(flatten)]
    pub(crate) tls: super::tls::TlsArgs,
    /// Let the server make the data connections (PORT, EPRT).
    #[arg(long, help_heading = "Session")]
    pub(crate) active: bool,
    /// Use the address in the reply to PASV, even if it is not the server's own.
    #[arg(long, help_heading = "Session")]
    pub(crate) trust_pasv_address: bool,
    /// Give up a connection, a reply or stalled data after this time: seconds, or such as 500ms, 5m
    /// [default: 30s and 60s].
    #[arg(long, value_name = "TIME", value_parser = crate::duration::parse, help_heading = "Session")]
    pub(crate) timeout: Option<Duration>,
    /// Repeat what may succeed later this many times [default: 3, and a first connection that fails never].
    #[arg(long, value_name = "N", help_heading = "Session")]
    pub(crate) retries: Option<u32>,
    /// For one code: repeat this many times, the first pause being PAUSE (seconds, or 500ms, 2m, 1h); 450=10/5,
    /// 4xx=0, 120=0, STOR,APPE:452=3/60, ECONNREFUSED=5.
    #[arg(long, value_name = "[VERB:]CODE=N[/PAUSE]", help_heading = "Session")]
    pub(crate) retry: Vec<RetryRule>,
    #[command(flatten)]
    pub(crate) config: super::config::ConfigArgs,
    /// Show the dialogue with the server.
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Show no progress and no summary, only what fails.
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print results and errors as JSON, one object a line.
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Arguments of `get`.
#[derive(Args)]
pub(crate) struct GetArgs {
    /// What to download, as ftp://user@host:port/path; a * in the last part stands for anything.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// Where to: a file, a directory that exists, one that is made (with / at its end), or - for standard
    /// output.
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Download directories with everything in them.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Use this many connections for a directory, fewer where the server takes fewer [default: 4].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Continue behind what an earlier download left: its part, or a shorter file that is not older
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
    /// What to upload, - for standard input, and last where to: a path, or with / at its end a directory;
    /// several files go into a directory.
    // One list, since options may stand anywhere in it.
    #[arg(required = true, value_name = "FILE|URL")]
    places: Vec<PathBuf>,
    /// Upload directories with everything in them.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Use this many connections for a directory, fewer where the server takes fewer [default: 4].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Continue behind what the server has already.
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
    /// The directory to go by: an address or a folder of this machine.
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// The directory to be made like it: a folder of this machine or an address.
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
    /// Delete from the target what the source does not have.
    #[arg(long)]
    pub(crate) delete: bool,
    /// Delete nothing if it would be more than this many files and directories, those in them counted.
    #[arg(long, value_name = "N", requires = "delete")]
    pub(crate) max_delete: Option<u64>,
    /// Of two files of the same length let the hash decide, which the server has to tell, and not the time.
    #[arg(long)]
    pub(crate) checksum: bool,
    /// Print what would be done, and do nothing.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Use this many connections, fewer where the server takes fewer [default: 4].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    /// Compare the two ends of each file that moved: by hash, or by length where the server tells none.
    #[arg(long, help_heading = "Transfer")]
    pub(crate) verify: bool,
    /// Keep permissions too, and of uploads the time (MFMT, MFF, SITE CHMOD).
    #[arg(short, long, help_heading = "Transfer")]
    pub(crate) preserve: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `ls`.
#[derive(Args)]
pub(crate) struct LsArgs {
    /// The directory, as ftp://user@host:port/path; a * in the last part picks entries.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Show kind, size and time of each entry.
    #[arg(short, long)]
    pub(crate) long: bool,
    /// Put a / behind the names of directories and an @ behind those of links, as on a terminal.
    #[arg(short = 'F', long)]
    pub(crate) classify: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of the subcommands that take addresses and nothing else.
#[derive(Args)]
pub(crate) struct UrlsArgs {
    /// Which files or directories, as ftp://user@host:port/path.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `rm`.
#[derive(Args)]
pub(crate) struct RmArgs {
    /// What to delete, as ftp://user@host:port/path; a * in the last part stands for anything.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// Delete directories with everything in them; links are deleted, not followed.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Do not mind what is not there.
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Print what would be deleted, and delete nothing.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Arguments of `mkdir`.
#[derive(Args)]
pub(crate) struct MkdirArgs {
    /// Which directories, as ftp://user@host:port/path.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<String>,
    /// Make the directories above as well, and do not mind if one is there.
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
    /// The new path on the same server; with a / behind a directory, into it under the same name.
    #[arg(value_name = "NEWPATH")]
    pub(crate) new_path: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl PutArgs {
    /// The files, and where they go.
    pub(crate) fn files_and_url(&self) -> Result<(&[PathBuf], &str), UsageError> {
        let wrong = |why: &str| UsageError(format!("{why}: put takes files and then an address"));
        match self.places.split_last() {
            None | Some((_, [])) => Err(wrong("what to upload, or where to, is missing")),
            Some((url, files)) => match url.to_str() {
                Some(url) => Ok((files, url)),
                None => Err(wrong("the address is no text")),
            },
        }
    }
}

impl ClientCommand {
    /// What every subcommand takes.
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

    /// Whether the same command with -c goes on from what is kept of a file.
    pub(crate) fn can_resume(&self) -> bool {
        let streams = match self {
            Self::Get(args) => args.output.as_deref() == Some(Path::new("-")),
            Self::Put(args) => args.places.iter().any(|place| place == Path::new("-")),
            _ => return false,
        };
        // Text is as long here as there by chance only.
        let format = self.transfer().format(None);
        let is_verbatim = format.representation == RepresentationType::Image
            && format.structure == FileStructure::File;
        is_verbatim && !streams
    }

    /// Whether it moves whole directories.
    pub(crate) fn moves_trees(&self) -> bool {
        match self {
            Self::Get(args) => args.recursive,
            Self::Put(args) => args.recursive,
            _ => false,
        }
    }

    /// How files are transferred.
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
