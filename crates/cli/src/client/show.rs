//! What a person sees while the client works: the dialogue, progress bars, failures as they happen. With
//! `--json` the same as objects, one a line.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use packetboat_client::{Direction, Event, Observer, Plan, TransferId};
use packetboat_codes::Class;
use packetboat_proto::reply::Reply;
use packetboat_proto::text::visible;
use packetboat_proto::url::FtpUrl;

use super::alike::Alike;
use super::args::Common;
use super::bars::TICK;
use super::begun::Begun;
use super::{bars, report, text};

/// A file shorter than this has no bar of its own: it is done before it could be read.
const WORTH_A_BAR: u64 = 1024 * 1024;

/// One transfer that is shown.
struct Bar {
    bar: ProgressBar,
    /// Whether the server is waited for once all has been sent.
    is_awaited: bool,
}

/// Shows events on standard error, or as JSON on standard output.
pub(crate) struct Show {
    /// Whether output is JSON.
    pub(crate) json: bool,
    /// Whether what would be done is only shown.
    dry_run: bool,
    verbose: bool,
    quiet: bool,
    command: &'static str,
    bars: MultiProgress,
    total: ProgressBar,
    running: Mutex<HashMap<TransferId, Bar>>,
    /// What is waited for, counting; until the next thing happens.
    pauses: Mutex<Vec<ProgressBar>>,
    /// The address that is worked on.
    place: Mutex<Option<FtpUrl>>,
    /// What was told of the files of a tree.
    alike: Mutex<Alike>,
    /// What an interruption leaves.
    pub(crate) begun: Begun,
    /// Why standard output took no more.
    output_failed: OnceLock<std::io::Error>,
}

impl Show {
    /// What the options ask for; bars only on a terminal.
    pub(crate) fn new(command: &'static str, common: &Common, dry_run: bool) -> Self {
        // What `cat` prints on a terminal needs the rows that bars would be drawn on.
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
            begun: Begun::default(),
            output_failed: OnceLock::new(),
        }
    }

    /// Shows one bar over all files of a tree.
    pub(crate) fn show_total(&self, what: &'static str, url: &FtpUrl) {
        self.set_place(url);
        // What is added is drawn at once.
        self.total.set_style(bars::style("{spinner} {msg}: {pos}  {elapsed}"));
        self.total.set_message(what);
        self.bars.add(self.total.clone());
        if !self.bars.is_hidden() {
            self.total.enable_steady_tick(TICK);
        }
    }

    /// Says which server the paths are on.
    pub(crate) fn set_place(&self, url: &FtpUrl) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(url.clone());
    }

    /// The address of a path there.
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

    /// Prints a line of what went well, but to those who want to hear of failures alone.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Prints an object as one line on standard output.
    pub(crate) fn object(&self, object: &serde_json::Value) {
        self.print(format!("{object}\n").as_bytes());
    }

    /// Prints a result on standard output. A failure is kept for the end.
    pub(crate) fn print(&self, bytes: &[u8]) {
        self.bars.suspend(|| {
            let mut out = std::io::stdout().lock();
            self.printed(out.write_all(bytes).and_then(|()| out.flush()));
        });
    }

    /// Takes note of how printing went.
    pub(crate) fn printed(&self, result: std::io::Result<()>) {
        match result {
            // A closed pipe: the reader has seen enough.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                // The first failure is the one to tell.
                let _ = self.output_failed.set(error);
            }
            _ => {}
        }
    }

    /// Why standard output took no more, if it did not take all.
    pub(crate) fn output_failure(&self) -> Option<&std::io::Error> {
        self.output_failed.get()
    }

    /// Tells a failure.
    pub(crate) fn failure(&self, subject: &str, error: &packetboat_client::Error) {
        if self.json {
            self.object(&report::json(self.command, subject, error));
        } else {
            let width = crate::tell::width_of_stderr();
            self.line(&report::text(self.command, subject, error, width));
        }
    }

    /// Tells a failure in a tree, unless the same was told of others before.
    fn failure_in_tree(&self, path: &[u8], error: &packetboat_client::Error) {
        if self.tells_each() || self.alike().tells_failure(error) {
            self.failure(&self.address_of(path), error);
        }
    }

    /// Whether each file of a tree is told.
    fn tells_each(&self) -> bool {
        self.json || self.verbose
    }

    fn alike(&self) -> std::sync::MutexGuard<'_, Alike> {
        self.alike.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how many files of a tree met what was told of others.
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

    /// Adds to a failure what helps.
    pub(crate) fn hint(&self, text: &str) {
        if self.json {
            self.object(&serde_json::json!({
                "event": "hint", "command": self.command, "message": text,
            }));
        } else {
            self.line(&format!("  Hint: {text}"));
        }
    }

    /// Says what the user should know, and is no failure.
    pub(crate) fn warn(&self, text: &str) {
        match self.json {
            true => self.hint(text),
            false => self.note(&format!("packetboat {}: {text}", self.command)),
        }
    }

    /// Takes the bars away.
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

    fn start(
        &self,
        id: TransferId,
        direction: Direction,
        remote: &[u8],
        size: Option<u64>,
        offset: u64,
    ) {
        let short = size.filter(|size| *size < WORTH_A_BAR);
        // A tree has a line that counts already.
        if self.bars.is_hidden() || (short.is_some() && !self.total.is_hidden()) {
            return;
        }
        let arrow = if direction == Direction::Get { "<" } else { ">" };
        let name = format!("{arrow} {}", visible(remote));
        // On a terminal of its own it would draw a line that nobody takes away.
        let bar = ProgressBar::with_draw_target(size, ProgressDrawTarget::hidden());
        bar.set_style(match (size, short) {
            (_, Some(short)) => bars::late(format!("{name} {}", text::size(short))),
            (Some(_), None) => {
                bars::style("{wide_msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta} left")
            }
            (None, None) => bars::style("{msg} {bytes} {bytes_per_sec}"),
        });
        bar.set_message(name);
        bar.set_position(offset);
        bar.reset_eta();
        let bar = self.bars.add(bar);
        if short.is_some() {
            bar.enable_steady_tick(TICK);
        }
        let is_awaited = direction == Direction::Put && size.is_some() && short.is_none();
        self.lock().insert(id, Bar { bar, is_awaited });
    }

    /// Counts on a terminal, down to the end of a pause or up where that is not known.
    fn pause(&self, what: &'static str, length: Option<Duration>) {
        if self.bars.is_hidden() {
            return;
        }
        let bar =
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_message(what);
        bar.set_style(bars::counting(length));
        let bar = self.bars.add(bar);
        bar.enable_steady_tick(TICK);
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner).push(bar);
    }

    fn end_pauses(&self) {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.drain(..).for_each(|bar| bar.finish_and_clear());
    }

    fn waiting(&self, reply: &Reply, delay: Duration) {
        if self.json {
            self.object(&serde_json::json!({
                "event": "waiting", "command": self.command,
                "code": reply.code().number(), "text": reply.text(), "seconds": delay.as_secs(),
            }));
            return;
        }
        let minutes = delay.as_secs() / 60;
        let how_long = match minutes {
            0 => "it does not say for how long".to_owned(),
            1 => "it announces 1 minute".to_owned(),
            _ => format!("it announces {minutes} minutes"),
        };
        let code = reply.code();
        self.line(&format!("the server is not ready yet ({code}): {how_long}; waiting"));
        self.pause("waiting for", None);
    }

    fn retrying(
        &self,
        error: &packetboat_client::Error,
        path: Option<&[u8]>,
        (attempt, of): (u32, u32),
        pause: f32,
    ) {
        if self.json {
            let subject = self.address_of(path.unwrap_or_default());
            let mut object = report::json(self.command, &subject, error);
            object["event"] = "retry".into();
            (object["attempt"], object["of"]) = (attempt.into(), of.into());
            object["pause"] = pause.into();
            self.object(&object);
        } else {
            let why = report::reason(error);
            let why = why.trim_end_matches('.');
            self.line(&format!("{why}; attempt {attempt} of {of} in {pause:.1} s"));
            self.pause("next attempt in", Some(Duration::from_secs_f32(pause)));
        }
    }

    fn fewer_sessions(&self, error: &packetboat_client::Error) {
        if self.json {
            let mut object = report::json(self.command, &self.address_of(b""), error);
            object["event"] = "fewer-sessions".into();
            self.object(&object);
        } else {
            let why = report::reason(error);
            let why = why.trim_end_matches('.');
            self.line(&format!(
                "no further connection: {why}; those that are open go on, and -j sets how many are tried"
            ));
        }
    }

    fn not_resumed(&self, part: &std::path::Path, reason: &str) {
        if self.json {
            self.object(&serde_json::json!({
                "event": "not-resumed", "command": self.command,
                "path": part.to_string_lossy(), "reason": reason,
            }));
        } else {
            let part = visible(part.as_os_str().as_encoded_bytes());
            self.line(&format!("{part} is not used, {reason}: the file comes from its start"));
        }
    }

    fn skipped(&self, path: &[u8], reason: &str) {
        if self.json {
            self.object(&serde_json::json!({
                "event": "skipped", "command": self.command,
                "path": String::from_utf8_lossy(path), "reason": reason,
            }));
        } else {
            self.line(&format!("{}: skipped, {reason}", visible(path)));
        }
    }

    fn planned(&self, plan: Plan, path: &[u8]) {
        if !self.dry_run {
            return;
        }
        if self.json {
            self.object(&serde_json::json!({
                "event": "would", "command": self.command, "action": plan.word(),
                "path": String::from_utf8_lossy(path),
            }));
        } else {
            self.print(format!("{} {}\n", plan.word(), visible(path)).as_bytes());
        }
    }

    fn removed(&self, path: &[u8], is_directory: bool) {
        self.total.inc(1);
        if self.json {
            self.object(&serde_json::json!({
                "event": if self.dry_run { "would-remove" } else { "removed" },
                "command": self.command, "path": String::from_utf8_lossy(path),
                "kind": if is_directory { "directory" } else { "file" },
            }));
        } else if self.dry_run {
            let slash = if is_directory { "/" } else { "" };
            self.print(format!("{}{slash}\n", visible(path)).as_bytes());
        }
    }

    fn not_kept(&self, path: &[u8], what: &str, error: Option<&packetboat_client::Error>) {
        let reply = error.and_then(packetboat_client::Error::reply);
        if self.json {
            self.object(&serde_json::json!({
                "event": "not-kept", "command": self.command,
                "path": String::from_utf8_lossy(path), "what": what,
                "code": reply.map(|reply| reply.code().number()),
                "text": reply.map(|reply| reply.text()),
            }));
            return;
        }
        if !self.tells_each() && !self.alike().tells_not_kept(what, error) {
            return;
        }
        let why = match reply {
            Some(reply) => format!("{} {}", reply.code(), visible(reply.text().as_bytes())),
            None => "the server has no command for it".to_owned(),
        };
        self.line(&format!("{}: stored, but its {what} could not be kept: {why}", visible(path)));
    }

    fn reply(&self, session: u64, reply: &Reply) {
        let style = class_style(reply.code().class());
        let last = reply.lines().len() - 1;
        for (index, line) in reply.lines().iter().enumerate() {
            let mark = if index == last { ' ' } else { '-' };
            let code = reply.code();
            self.line(&format!("{session} < {style}{code}{style:#}{mark}{}", visible(line)));
        }
    }
}

impl Observer for Show {
    fn event(&self, event: Event<'_>) {
        // With several sessions another one may cut a count short; the line above it still says how long.
        if matches!(event, Event::Connecting(_) | Event::Command(..) | Event::Reply(..)) {
            self.end_pauses();
        }
        self.begun.watch(&event);
        match event {
            Event::Connecting(address) if self.verbose => {
                self.line(&format!("* connecting to {address}"))
            }
            Event::Command(session, request) if self.verbose => {
                self.line(&format!("{} > {}", session.0, visible(request.to_string().as_bytes())));
            }
            Event::Reply(session, reply) if self.verbose => self.reply(session.0, reply),
            Event::Started { id, direction, remote, size, offset } => {
                self.start(id, direction, remote, size, offset);
            }
            Event::Progress { id, bytes } if !self.bars.is_hidden() => match self.lock().get(&id) {
                Some(Bar { bar, is_awaited: true }) => bars::count_sent(bar, bytes),
                Some(Bar { bar, .. }) => bar.inc(bytes),
                None => {}
            },
            Event::Ended { id } => {
                if let Some(Bar { bar, .. }) = self.lock().remove(&id) {
                    bar.finish_and_clear();
                }
            }
            Event::Waiting { reply, delay } => self.waiting(reply, delay),
            Event::Retrying { error, path, attempt, of, pause } => {
                self.retrying(error, path, (attempt, of), pause.as_secs_f32());
            }
            Event::Suspect { .. } if !self.json => {
                self.line("the sender doubts the data that follows: it may be damaged");
            }
            Event::FewerSessions { error } => self.fewer_sessions(error),
            Event::NotResumed { part, reason } => self.not_resumed(part, reason),
            Event::NotTried { path, is_directory } => self.not_tried(path, is_directory),
            Event::Skipped { path, reason } => self.skipped(path, reason),
            Event::NotKept { path, what, error } => self.not_kept(path, what, error),
            Event::Planned { plan, path } => self.planned(plan, path),
            Event::Removed { path, is_directory } => self.removed(path, is_directory),
            Event::FileDone { remote, result } => {
                self.total.inc(1);
                match result {
                    Err(error) => self.failure_in_tree(remote, error),
                    Ok(bytes) if self.json => {
                        self.object(&serde_json::json!({
                            "event": "file", "command": self.command,
                            "path": String::from_utf8_lossy(remote), "bytes": bytes,
                        }));
                    }
                    Ok(_) => {}
                }
            }
            _ => {}
        }
    }
}

/// The colour of a code by its class.
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
