//! The client's subcommands. `Job` runs one of them: it opens the sessions, reports results and
//! failures, and determines the exit code. The FTP client itself is in `packetboat-client`.

mod advice;
mod args;
mod bars;
pub(crate) mod config;
mod examples;
mod files;
mod grouping;
mod hash;
mod leftovers;
mod listing;
mod mirror;
mod netrc;
mod remove;
mod report;
mod show;
mod target;
mod text;
mod tls;
mod transfers;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use packetboat_client::{Client, Error, Failure, Interrupt, Observer, Options};
use packetboat_proto::listing_parse::RemoteEntry;
use packetboat_proto::url::FtpUrl;
use packetboat_proto::verbs::Verb;
use serde_json::Value;

pub(crate) use args::ClientCommand;
use args::{Common, TransferArgs};
use config::Config;
use show::Show;
use target::{NoOptions, PasswordSource, UsageError, Warn};

use crate::exit::Exit;

/// How long stopped transfers may take to say goodbye to their server.
const FAREWELL: Duration = Duration::from_secs(3);

/// How long a stopped copy may take to notice.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Signals within this time count as one: `timeout`, like anything that ends a process group, sends
/// one signal to the program and another to its group.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// Runs one subcommand to its end, or to Ctrl-C or SIGTERM.
pub(crate) fn run(command: ClientCommand) -> ExitCode {
    // One thread drives the sessions, which keeps small files fast; long copies have their own threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("packetboat: cannot start the runtime: {error}");
            return Exit::LOCAL_FILE.into();
        }
    };
    let name = command.name();
    let config = match command.common().config.read() {
        Ok(config) => config,
        Err(UsageError(text)) => {
            match command.common().json {
                true => failure_as_json(Some(name), Exit::Usage, &text),
                false => eprintln!("packetboat {name}: {text}"),
            }
            return Exit::Usage.into();
        }
    };
    let mut job = Job::new(name, &command, config);
    let interrupt = job.interrupt.clone();
    let exit = runtime.block_on(async {
        tokio::select! {
            result = job.run(&command) => job.ended(result),
            () = interrupted(&interrupt) => Exit::Interrupted,
        }
    });
    job.show.clear();
    job.show.tell_rest();
    if exit == Exit::Interrupted {
        job.tell_interruption(&command);
    }
    runtime.shutdown_timeout(LAST_MOMENT);
    exit.into()
}

/// Completes after Ctrl-C or SIGTERM, once the server has been told to stop. A second signal ends
/// the wait.
async fn interrupted(interrupt: &Interrupt) {
    stopped().await;
    let first = Instant::now();
    interrupt.raise();
    tokio::select! {
        () = interrupt.settled() => {}
        () = stopped_again(stopped, || first.elapsed()) => {}
        () = tokio::time::sleep(FAREWELL) => {}
    }
}

/// Completes at a signal that is not just the first one repeated. `since` returns how long ago the
/// first one was.
async fn stopped_again(mut signal: impl AsyncFnMut(), since: impl Fn() -> Duration) {
    loop {
        signal().await;
        if since() >= SAME_SIGNAL {
            return;
        }
    }
}

/// Completes at Ctrl-C or SIGTERM. If a signal cannot be caught, it ends the program anyway.
async fn stopped() {
    let ctrl_c = async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => {}
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = ctrl_c => {}
        () = terminated() => {}
    }
}

/// Completes at SIGTERM.
#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

/// Completes at Ctrl-Break, which ends a process group, and when the console is closed.
#[cfg(windows)]
async fn terminated() {
    use tokio::signal::windows::{ctrl_break, ctrl_close};
    match (ctrl_break(), ctrl_close()) {
        (Ok(mut break_key), Ok(mut close)) => tokio::select! {
            _ = break_key.recv() => {}
            _ = close.recv() => {}
        },
        _ => std::future::pending().await,
    }
}

/// Reports a failure on this side, not the server's, as one line of JSON.
pub(crate) fn failure_as_json(command: Option<&str>, exit: Exit, message: &str) {
    failure_with(command, exit, message, Value::Null);
}

/// Reports such a failure with the additional fields in `more`.
pub(crate) fn failure_with(command: Option<&str>, exit: Exit, message: &str, more: Value) {
    let mut object = serde_json::json!({
        "event": "error", "command": command, "failure": exit.row().name, "message": message,
        "retryable": exit == Exit::Interrupted,
    });
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    // Nothing can be reported if standard output is closed.
    let _ = writeln!(std::io::stdout(), "{}", crate::json::line(&object));
}

impl ClientCommand {
    fn name(&self) -> &'static str {
        match self {
            Self::Get(_) => "get",
            Self::Put(_) => "put",
            Self::Ls(_) => "ls",
            Self::Cat(_) => "cat",
            Self::Rm(_) => "rm",
            Self::Mirror(_) => "mirror",
            Self::Mkdir(_) => "mkdir",
            Self::Rmdir(_) => "rmdir",
            Self::Mv(_) => "mv",
            Self::Stat(_) => "stat",
            Self::Hash(_) => "hash",
        }
    }
}

/// One run of a subcommand: its sessions, and the results so far.
struct Job {
    name: &'static str,
    common: Common,
    transfer: TransferArgs,
    config: Config,
    show: Arc<Show>,
    clients: Vec<(FtpUrl, Arc<Options>, Client)>,
    /// Each server, as errors name it, and where the password for it comes from.
    passwords: Vec<(String, PasswordSource)>,
    done: u64,
    failed: Option<Exit>,
    /// The exit code for a mistake that stops everything.
    stopped_by: Exit,
    /// Whether anything in a tree was skipped.
    skipped: bool,
    interrupt: Interrupt,
}

impl Job {
    fn new(name: &'static str, command: &ClientCommand, config: Config) -> Self {
        let common = command.common().clone();
        let dry_run = match command {
            ClientCommand::Rm(args) => args.dry_run,
            ClientCommand::Mirror(args) => args.dry_run,
            _ => false,
        };
        let show = Arc::new(Show::new(name, &common, dry_run));
        Self {
            name,
            common,
            transfer: command.transfer(),
            config,
            show,
            clients: Vec::new(),
            passwords: Vec::new(),
            done: 0,
            failed: None,
            stopped_by: Exit::Usage,
            skipped: false,
            interrupt: Interrupt::default(),
        }
    }

    async fn run(&mut self, command: &ClientCommand) -> Result<(), UsageError> {
        match command {
            ClientCommand::Get(args) => self.get(args).await?,
            ClientCommand::Put(args) => self.put(args).await?,
            ClientCommand::Ls(args) => self.ls(args).await?,
            ClientCommand::Cat(args) => self.cat(args).await?,
            ClientCommand::Rm(args) => self.rm(args).await?,
            ClientCommand::Rmdir(args) => self.rmdir(args).await?,
            ClientCommand::Mirror(args) => self.mirror(args).await?,
            ClientCommand::Mkdir(args) => self.mkdir(args).await?,
            ClientCommand::Mv(args) => self.mv(args).await?,
            ClientCommand::Stat(args) => self.stat(args).await?,
            ClientCommand::Hash(args) => self.hash(args).await?,
        }
        for (.., client) in &mut self.clients {
            client.quit().await;
        }
        Ok(())
    }

    /// The options for an address. They are determined once per server and user, because that may
    /// involve asking for a password.
    fn options(&mut self, url: &FtpUrl) -> Result<Arc<Options>, UsageError> {
        if let Some((_, options, _)) = self.clients.iter().find(|(known, ..)| serves(known, url)) {
            return Ok(Arc::clone(options));
        }
        let show = Arc::clone(&self.show);
        let warn: Warn = Arc::new(move |text| show.warn(text));
        let options = target::options(url, &self.common, &self.transfer, &self.config, &warn);
        let (mut options, source) = options.map_err(|error| match error {
            NoOptions::Usage(error) => error,
            NoOptions::Interrupted => {
                self.stopped_by = Exit::Interrupted;
                UsageError("interrupted while asking for the password".to_owned())
            }
            NoOptions::Password(text) => {
                self.stopped_by = Exit::Failed(Failure::Login);
                UsageError(text)
            }
        })?;
        options.interrupt = self.interrupt.clone();
        self.passwords.push((options.peer(), source));
        let options = Arc::new(options);
        let observer: Arc<dyn Observer> = self.show.clone();
        let client = Client::new(Arc::clone(&options), observer);
        self.clients.push((url.clone(), Arc::clone(&options), client));
        Ok(options)
    }

    /// The options for a tree at an address.
    fn tree_options(&mut self, url: &FtpUrl) -> Result<Arc<Options>, UsageError> {
        let mut options = Options::clone(&*self.options(url)?);
        options.format = self.transfer.format(url.type_code());
        Ok(Arc::new(options))
    }

    /// The client for an address.
    fn client(&mut self, url: &FtpUrl) -> Result<&mut Client, UsageError> {
        self.options(url)?;
        self.show.set_place(url);
        let format = self.transfer.format(url.type_code());
        let found = self.clients.iter_mut().find(|(known, ..)| serves(known, url));
        let (.., client) = found.ok_or_else(|| UsageError(format!("{url}: no session")))?;
        client.set_format(format);
        Ok(client)
    }

    /// Takes the client with its open session, for a tree to use. A new one takes its place.
    fn take_client(&mut self, url: &FtpUrl) -> Result<Client, UsageError> {
        let options = self.options(url)?;
        let observer: Arc<dyn Observer> = self.show.clone();
        let fresh = Client::new(options, observer);
        Ok(std::mem::replace(self.client(url)?, fresh))
    }

    /// Counts one result, and reports a failure.
    fn settle<T>(&mut self, subject: &str, result: Result<T, Error>) -> Option<T> {
        let value = self.note(subject, result);
        self.done += u64::from(value.is_some());
        value
    }

    /// Reports a failure of an intermediate step, without counting a success.
    fn note<T>(&mut self, subject: &str, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.show.failure(subject, &error);
                if let Some(hint) = self.password_hint(&error) {
                    self.show.hint(&hint);
                }
                self.failed.get_or_insert(Exit::from(&error));
                None
            }
        }
    }

    /// Says where a refused password came from, if that is not obvious.
    fn password_hint(&self, error: &Error) -> Option<String> {
        let refused = error.verb() == Some(Verb::Pass) && error.reply_number() == Some(530);
        let peer = error.peer().filter(|_| refused)?;
        let (_, source) = self.passwords.iter().rfind(|(known, _)| known == peer)?;
        target::refused_hint(*source)
    }

    /// Prints a result if the output is JSON, and returns whether it is.
    fn told_json(&self, object: Value) -> bool {
        if self.show.json {
            self.show.object(&self.as_result(object));
        }
        self.show.json
    }

    /// The addresses that an address stands for: itself, or everything that matches if its last
    /// part is a pattern. `None` if that failed, which has been reported.
    async fn expand(&mut self, url: FtpUrl) -> Result<Option<Vec<FtpUrl>>, UsageError> {
        let Some(pattern) = url.pattern() else { return Ok(Some(vec![url])) };
        let client = self.client(&url)?;
        let found = client.list_matching(url.directory(), pattern).await;
        let is_left_out = client.take_left_out() > 0;
        self.skipped |= is_left_out;
        let Some(entries) = self.note(&url.to_string(), found) else { return Ok(None) };
        let path = |entry: &RemoteEntry| [url.directory(), &entry.name].concat();
        Ok(Some(entries.iter().map(|entry| url.with_path(path(entry))).collect()))
    }

    /// Expands all addresses on the command line.
    async fn expand_all(&mut self, texts: &[String]) -> Result<Vec<FtpUrl>, UsageError> {
        let mut all = Vec::new();
        for url in files::urls(texts)? {
            all.extend(self.expand(url).await?.unwrap_or_default());
        }
        Ok(all)
    }

    /// Adds the fields that every result has.
    fn as_result(&self, mut object: Value) -> Value {
        object["event"] = "result".into();
        object["command"] = self.name.into();
        object
    }

    /// The exit code of a run that was not interrupted. A mistake that stopped it is reported.
    fn ended(&self, result: Result<(), UsageError>) -> Exit {
        let Err(UsageError(text)) = result else { return self.exit() };
        match self.show.json {
            // Reported later, like any other Ctrl-C.
            _ if self.stopped_by == Exit::Interrupted => {}
            true => failure_as_json(Some(self.name), self.stopped_by, &text),
            false => self.show.line(&format!("packetboat {}: {text}", self.name)),
        }
        self.stopped_by
    }

    fn tell_interruption(&self, command: &ClientCommand) {
        let text = self.show.begun.interrupted(command.can_resume(), command.moves_trees());
        match self.show.json {
            true => failure_as_json(Some(self.name), Exit::Interrupted, &text),
            false => self.show.line(&text),
        }
    }

    fn exit(&self) -> Exit {
        if let Some(error) = self.show.output_failure() {
            let hint = "free some space, or send the output elsewhere";
            self.show.line(&format!(
                "packetboat {}: cannot write the output: {error}; {hint}",
                self.name
            ));
            return Exit::LOCAL_FILE;
        }
        match (self.failed, self.done) {
            (None, _) if self.skipped => Exit::Partial,
            (None, _) => Exit::Ok,
            (Some(exit), 0) => exit,
            (Some(_), _) => Exit::Partial,
        }
    }
}

/// Whether the session for one address can be used for another: it needs the same server, user and
/// scheme, and must not give another password.
fn serves(one: &FtpUrl, other: &FtpUrl) -> bool {
    let place = |url: &FtpUrl| (url.scheme(), url.effective_port());
    place(one) == place(other)
        && (one.user(), one.host()) == (other.user(), other.host())
        && (other.password().is_none() || other.password() == one.password())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_second_signal_of_the_same_moment_does_not_cut_the_farewell_short() {
        let times = [1, 100, 499, 500, 501].map(Duration::from_millis);
        let heard = Cell::new(0);
        let signal = async || heard.set(heard.get() + 1);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(stopped_again(signal, || times[heard.get() - 1]));
        assert_eq!(heard.get(), 4);
    }
}
