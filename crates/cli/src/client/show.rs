//! What the user sees while the client works: the dialogue, progress bars, and failures as they
//! happen; with `--json` the same as objects, one per line.

mod events;

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use packetboat_client::TransferId;
use packetboat_codes::Class;
use packetboat_proto::text::visible;
use packetboat_proto::url::FtpUrl;

use super::args::Common;
use super::bars::TICK;
use super::grouping::FailureGroups;
use super::leftovers::InterruptedWork;
use super::{bars, report};

/// Shorter files have no bar: they are done before anyone could read it.
const WORTH_A_BAR: u64 = 1024 * 1024;

/// One transfer on display.
struct Bar {
    bar: ProgressBar,
    /// Whether the display waits for the server once everything has been sent.
    is_awaited: bool,
}

/// Shows events on standard error, or as JSON on standard output.
pub(crate) struct Show {
    /// Whether output is JSON.
    pub(crate) json: bool,
    /// Whether the run only shows what would be done.
    dry_run: bool,
    verbose: bool,
    quiet: bool,
    command: &'static str,
    bars: MultiProgress,
    total: ProgressBar,
    running: Mutex<HashMap<TransferId, Bar>>,
    /// Counters for waits, shown until something happens.
    pauses: Mutex<Vec<ProgressBar>>,
    /// The address in use.
    place: Mutex<Option<FtpUrl>>,
    /// The failures of a tree reported so far.
    alike: Mutex<FailureGroups>,
    /// What an interruption would leave behind.
    pub(crate) begun: InterruptedWork,
    /// The first error on standard output.
    output_failed: OnceLock<std::io::Error>,
}

impl Show {
    /// Sets up the display according to the options. Bars are only shown on a terminal.
    pub(crate) fn new(command: &'static str, common: &Common, dry_run: bool) -> Self {
        // `cat` on a terminal needs the lines where bars would be drawn.
        let taken = command == "cat" && std::io::stdout().is_terminal();
        let terminal = std::io::stderr().is_terminal() && !common.json && !common.quiet && !taken;
        let target = match terminal {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Self {
            json: common.json,
            dry_run,
            verbose: common.verbose,
            quiet: common.quiet,
            command,
            bars: MultiProgress::with_draw_target(target),
            total: ProgressBar::hidden(),
            running: Mutex::new(HashMap::new()),
            pauses: Mutex::default(),
            place: Mutex::default(),
            alike: Mutex::default(),
            begun: InterruptedWork::default(),
            output_failed: OnceLock::new(),
        }
    }

    /// Shows one bar for all files of a tree.
    pub(crate) fn show_total(&self, what: &'static str, url: &FtpUrl) {
        self.set_place(url);
        // A bar is drawn as soon as it is added.
        self.total.set_style(bars::style("{spinner} {msg}: {pos}  {elapsed}"));
        self.total.set_message(what);
        self.bars.add(self.total.clone());
        if !self.bars.is_hidden() {
            self.total.enable_steady_tick(TICK);
        }
    }

    /// Sets the server that paths refer to.
    pub(crate) fn set_place(&self, url: &FtpUrl) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(url.clone());
    }

    /// The address of a path on that server.
    fn address_of(&self, path: &[u8]) -> String {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        match &*place {
            Some(url) => url.with_path(path.to_vec()).to_string(),
            None => visible(path),
        }
    }

    /// Prints a line for a person on standard error, above the bars.
    pub(crate) fn line(&self, text: &str) {
        self.bars.suspend(|| anstream::eprintln!("{text}"));
    }

    /// Prints a line about a success, except with --quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Prints an object as one line on standard output.
    pub(crate) fn object(&self, object: &serde_json::Value) {
        self.print(format!("{}\n", crate::json::line(object)).as_bytes());
    }

    /// Prints a result on standard output. A failure is kept for the end.
    pub(crate) fn print(&self, bytes: &[u8]) {
        self.bars.suspend(|| {
            let mut out = std::io::stdout().lock();
            self.printed(out.write_all(bytes).and_then(|()| out.flush()));
        });
    }

    /// Records a failure to print.
    pub(crate) fn printed(&self, result: std::io::Result<()>) {
        match result {
            // The reader closed the pipe, having seen enough.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                // Only the first failure is reported.
                let _ = self.output_failed.set(error);
            }
            _ => {}
        }
    }

    /// The first error on standard output, if there was one.
    pub(crate) fn output_failure(&self) -> Option<&std::io::Error> {
        self.output_failed.get()
    }

    /// Reports a failure.
    pub(crate) fn failure(&self, subject: &str, error: &packetboat_client::Error) {
        if self.json {
            self.object(&report::json(self.command, subject, error));
        } else {
            let width = crate::layout::width_of_stderr();
            self.line(&report::text(self.command, subject, error, width));
        }
    }

    /// Reports a failure in a tree, unless enough of the same kind were reported before.
    fn failure_in_tree(&self, path: &[u8], error: &packetboat_client::Error) {
        if self.tells_each() || self.alike().tells_failure(error) {
            self.failure(&self.address_of(path), error);
        }
    }

    /// Whether each file of a tree is reported.
    fn tells_each(&self) -> bool {
        self.json || self.verbose
    }

    fn alike(&self) -> std::sync::MutexGuard<'_, FailureGroups> {
        self.alike.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports how many files of a tree met the same failure as others.
    pub(crate) fn tell_rest(&self) {
        let rest = self.alike().rest();
        rest.iter().for_each(|line| self.line(line));
    }

    fn not_tried(&self, path: &[u8], is_directory: bool) {
        if self.json {
            self.object(&serde_json::json!({
                "event": "not-tried", "command": self.command,
                "path": String::from_utf8_lossy(path),
                "kind": if is_directory { "directory" } else { "file" },
            }));
        }
    }

    /// Adds a hint to a failure.
    pub(crate) fn hint(&self, text: &str) {
        if self.json {
            self.object(&serde_json::json!({
                "event": "hint", "command": self.command, "message": text,
            }));
        } else {
            self.line(&format!("  Hint: {text}"));
        }
    }

    /// Warns the user of something that is not a failure.
    pub(crate) fn warn(&self, text: &str) {
        match self.json {
            true => self.hint(text),
            false => self.note(&format!("packetboat {}: {text}", self.command)),
        }
    }

    /// Removes the bars.
    pub(crate) fn clear(&self) {
        self.end_pauses();
        self.total.finish_and_clear();
        for (_, Bar { bar, .. }) in self.lock().drain() {
            bar.finish_and_clear();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TransferId, Bar>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The colour for codes of a class.
pub(crate) fn class_style(class: Class) -> Style {
    let color = match class {
        Class::Preliminary => AnsiColor::Cyan,
        Class::Completion => AnsiColor::Green,
        Class::Intermediate => AnsiColor::Blue,
        Class::TransientNegative => AnsiColor::Yellow,
        Class::PermanentNegative => AnsiColor::Red,
        Class::Protected | Class::Unknown => AnsiColor::Magenta,
    };
    color.on_default().bold()
}
