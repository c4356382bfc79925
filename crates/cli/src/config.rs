//! `packetboat config`: checks and prints the server's settings without starting the server.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use packetboat_server::settings::{self, InForce, Origin, Problem, Reader, Settings};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::serve::{self, ServeOptions};

/// The arguments of `packetboat config`.
#[derive(Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,

    /// Print JSON, one object per line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check a settings file, including all the folders and certificates it names. Nothing is
    /// created or started.
    #[command(
        after_help = "Exits with 0 if all is well, with 2 if settings are wrong, with 8 if files they name are."
    )]
    Check {
        /// The settings file.
        file: PathBuf,
    },
    /// Print the settings `packetboat serve` would use with these arguments, and where each comes
    /// from.
    Show(Box<ServeOptions>),
    /// Print a settings file with every setting at its default and a description of each.
    Defaults,
}

/// Runs a subcommand.
pub(crate) fn run(args: ConfigArgs) -> ExitCode {
    let json = args.json;
    let printed = match args.command {
        ConfigCommand::Check { file } => {
            let read = || {
                let mut reader = Reader::new();
                reader.file(&file, &serve::read_file(&file)?);
                Ok(reader)
            };
            match serve::check_as_both(read) {
                Ok(settings) => right(&file, &settings, json),
                Err(problems) => return wrong(&problems, json),
            }
        }
        ConfigCommand::Show(given) => {
            let read = given.read().map_err(|problem| vec![problem]).and_then(Reader::finish);
            match read {
                Ok(settings) => show(&settings, json),
                Err(problems) => return wrong(&problems, json),
            }
        }
        ConfigCommand::Defaults => defaults(json),
    };
    crate::printed(printed.map(|()| Exit::Ok.row().number))
}

fn right(file: &Path, settings: &Settings, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let remark = serve::exposed(file, settings);
    let file = file.display().to_string();
    if json {
        let mut object = json!({ "file": file, "right": true, "problems": [] });
        if let Some(remark) = remark {
            object["remark"] = remark.into();
        }
        return line(&mut out, "result", object);
    }
    writeln!(out, "{file} is valid.")?;
    if let Some(remark) = remark {
        writeln!(out, "{remark}.")?;
    }
    match &settings.root {
        Some(_) => Ok(()),
        None => writeln!(out, "It names no folder to serve. Give one to `packetboat serve`."),
    }
}

fn wrong(problems: &[Problem], json: bool) -> ExitCode {
    let (exit, message) = serve::ended(problems);
    if !json {
        // Nothing can be reported if standard error is closed.
        let _ = writeln!(io::stderr(), "packetboat config: {message}");
        return exit.into();
    }
    let problem = |problem: &Problem| {
        let (file, line) = place(&problem.origin);
        json!({ "file": file, "line": line, "from": problem.origin.to_string(), "key": problem.key,
                "text": problem.text })
    };
    let problems: Vec<Value> = problems.iter().map(problem).collect();
    let object = json!({ "right": false, "failure": exit.row().name, "message": message,
                         "retryable": false, "problems": problems });
    let written = line(&mut io::stdout().lock(), "error", object);
    crate::printed(written.map(|()| exit.row().number))
}

/// Writes one object on its own line, labelled with the event and the command as all subcommands
/// do.
fn line(out: &mut impl Write, event: &str, mut object: Value) -> io::Result<()> {
    object["event"] = event.into();
    object["command"] = "config".into();
    writeln!(out, "{}", crate::json::line(&object))
}

fn place(origin: &Origin) -> (Option<String>, Option<usize>) {
    match origin {
        Origin::File(file, line) => (Some(file.display().to_string()), Some(*line)),
        _ => (None, None),
    }
}

fn show(settings: &Settings, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        for setting in settings.in_force() {
            let from = setting.origin.to_string();
            let object = json!({ "key": setting.key, "value": setting.value, "from": from });
            line(&mut out, "setting", object)?;
        }
        return out.flush();
    }
    let text = |setting: &InForce| match &setting.value {
        Some(value) => format!("{} = {value}", setting.key),
        None => format!("#{}", setting.key),
    };
    // Longer lines do not widen the column.
    const COLUMN: usize = 60;
    let width = settings.in_force().iter().map(|setting| text(setting).len());
    let width = width.filter(|width| *width <= COLUMN).max().unwrap_or_default();
    for setting in settings.in_force() {
        writeln!(out, "{:width$}  # {}", text(setting), setting.origin)?;
    }
    out.flush()
}

fn defaults(json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if !json {
        out.write_all(settings::defaults().as_bytes())?;
        return out.flush();
    }
    for fact in settings::facts() {
        let object = json!({
            "key": fact.key, "kind": fact.kind, "allowed": fact.allowed, "default": fact.default,
            "does": fact.doc, "change-counts": fact.when.words(), "option": fact.flag,
            "required": fact.required,
        });
        line(&mut out, "setting", object)?;
    }
    out.flush()
}
