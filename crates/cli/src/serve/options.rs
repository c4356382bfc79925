//! The options of `packetboat serve` that change settings. They are generated from the table of
//! settings, and share its words and defaults with the settings file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint, value_parser};
use packetboat_server::settings::{
    Origin, Problem, Reader, SECTIONS, SHORT, Setting, Settings, Shape, rows,
};

/// The settings given on the command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServeOptions {
    /// The settings file.
    pub(crate) file: Option<PathBuf>,
    folder: Option<PathBuf>,
    /// The options given, by name, with their values.
    options: Vec<(&'static str, Vec<String>)>,
    set: Vec<String>,
}

impl ServeOptions {
    /// Reads the file, if there is one, and applies the options over it.
    pub(crate) fn read(&self) -> Result<Reader, Problem> {
        let mut reader = Reader::new();
        if let Some(path) = &self.file {
            reader.file(path, &read_file(path)?);
        }
        for (name, values) in &self.options {
            if let Some(row) = with_options().find(|row| option(row) == Some(name)) {
                reader.flag(row, values.clone());
            }
        }
        if let Some(folder) = &self.folder {
            reader.folder(folder);
        }
        for assignment in &self.set {
            reader.set(assignment);
        }
        Ok(reader)
    }
}

/// The most bytes a settings file may have.
const LONGEST: u64 = 4 << 20;

/// The text of a settings file.
pub(crate) fn read_file(path: &Path) -> Result<String, Problem> {
    let failed = |why: &str| {
        let text = format!("cannot read {}: {why}; choose a settings file", path.display());
        Problem::new(Origin::Default, "", text).of_files()
    };
    read_at_most(path, LONGEST).map_err(|error| failed(&error.to_string()))
}

/// The text of a file of at most this length. Some files never end.
fn read_at_most(path: &Path, longest: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::other(format!("it is longer than {longest} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Every setting that has an option.
fn with_options() -> impl Iterator<Item = &'static Setting> {
    rows().chain(SHORT).filter(|row| row.flag.is_some())
}

fn option(row: &Setting) -> Option<&'static str> {
    row.flag.map(|flag| flag.name)
}

impl Args for ServeOptions {
    fn augment_args(command: Command) -> Command {
        let folder = Arg::new("folder")
            .value_name("FOLDER")
            .value_hint(ValueHint::DirPath)
            .value_parser(value_parser!(PathBuf))
            .help("The folder to serve, unless the --config file names it");
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .value_parser(value_parser!(PathBuf))
            .help(
                "Read the settings from this file. Options override it. `packetboat config defaults` prints an example",
            );
        let set =
            Arg::new("set").long("set").value_name("KEY=VALUE").action(ArgAction::Append).help(
                "Set any setting of the file, such as limits.idle-timeout=1m. Can be repeated",
            );
        with_options().map(arg).fold(command.arg(folder).arg(file).arg(set), Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ServeOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.folder = matches.get_one::<PathBuf>("folder").cloned();
        self.file = matches.get_one::<PathBuf>("config").cloned();
        self.set = matches.get_many::<String>("set").unwrap_or_default().cloned().collect();
        for row in with_options() {
            let Some(flag) = row.flag else { continue };
            let values = match flag.means {
                Some(means) if matches.get_flag(flag.name) => vec![means.to_owned()],
                Some(_) => continue,
                None => {
                    matches.get_many::<String>(flag.name).unwrap_or_default().cloned().collect()
                }
            };
            if !values.is_empty() {
                self.options.push((flag.name, values));
            }
        }
        Ok(())
    }
}

/// The option for a setting.
fn arg(row: &'static Setting) -> Arg {
    let name = option(row).unwrap_or(row.key);
    let arg = Arg::new(name).long(name).help(help(row)).help_heading(heading(row));
    if row.flag.is_some_and(|flag| flag.means.is_some()) {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.value_name(row.shape.place());
    match &row.shape {
        Shape::Choice(words) => {
            let word = |word: &packetboat_server::settings::Word<Settings>| {
                PossibleValue::new(word.word).help(word.doc)
            };
            arg.value_parser(PossibleValuesParser::new(words.iter().map(word)))
        }
        Shape::List(..) => arg.action(ArgAction::Append).value_parser(parser(row)),
        Shape::Path(_) => arg.value_hint(ValueHint::AnyPath).value_parser(parser(row)),
        _ => arg.value_parser(parser(row)),
    }
}

/// Accepts the text if the setting can read it.
fn parser(row: &'static Setting) -> ValueParser {
    ValueParser::new(move |text: &str| {
        let read = row.shape.read(&mut Settings::default(), text, Path::new(""));
        read.map(|()| text.to_owned())
    })
}

fn help(row: &Setting) -> String {
    let doc = row.doc.strip_suffix('.').unwrap_or(row.doc);
    match row.default {
        _ if row.flag.is_some_and(|flag| flag.means == Some("false")) => {
            format!("{doc}; this option turns it off")
        }
        Some(default) if row.flag.is_some_and(|flag| flag.means.is_none()) => {
            format!("{doc} [default: {default}]")
        }
        _ => doc.to_owned(),
    }
}

/// The heading in the help that an option belongs under.
fn heading(row: &Setting) -> &'static str {
    let section = row.key.split('.').next().unwrap_or_default();
    match section {
        "listen" => "Addresses",
        "tls" => "TLS",
        "host" | "mount" | "server" => "What is served",
        "accounts" => "Accounts",
        "limits" => "Limits",
        "data" => "Data connections",
        _ => {
            SECTIONS.iter().find(|known| known.name == section).map_or("Others", |known| known.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(words: &[&str]) -> Result<ServeOptions, clap::Error> {
        let command = ServeOptions::augment_args(Command::new("serve").no_binary_name(true));
        ServeOptions::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    /// The file used to be read until memory ran out.
    #[test]
    fn a_file_that_never_ends_is_refused() {
        let problem = read_file(Path::new("/dev/zero")).expect_err("endless");
        assert!(problem.text.contains("longer than 4194304 bytes"), "{}", problem.text);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings");
        std::fs::write(&path, "gr\u{fc}n").expect("a file");
        assert_eq!(read_at_most(&path, 5).expect("it fits"), "gr\u{fc}n");
        assert!(read_at_most(&path, 4).is_err());
    }

    #[test]
    fn options_go_where_their_rows_say() {
        let given =
            given(&["/srv", "--idle-timeout", "90", "--no-anonymous", "--set", "limits.queue=3"]);
        let settings = given.expect("options").read().expect("no file").finish().expect("right");
        assert_eq!(settings.root.as_deref(), Some(Path::new("/srv")));
        assert_eq!(settings.server.session.idle_timeout.as_secs(), 90);
        assert!(!settings.accounts.anonymous);
        assert_eq!(settings.server.queue, 3);
    }

    #[test]
    fn what_a_row_cannot_read_is_refused_by_its_option() {
        for wrong in [["--idle-timeout", "5 minutes"], ["--listen", "here"], ["--tls", "maybe"]] {
            assert!(given(&wrong).is_err(), "{wrong:?}");
        }
    }
}
