//! Shows the client's events as they happen: as lines and bars, or as objects with --json.

use std::sync::PoisonError;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};
use packetboat_client::{Direction, Event, Observer, Plan, TransferId};
use packetboat_proto::reply::Reply;
use packetboat_proto::text::visible;

use super::super::bars::{self, TICK};
use super::super::{report, text};
use super::{Bar, Show, WORTH_A_BAR, class_style};

impl Show {
    fn start(
        &self,
        id: TransferId,
        direction: Direction,
        remote: &[u8],
        size: Option<u64>,
        offset: u64,
    ) {
        let short = size.filter(|size| *size < WORTH_A_BAR);
        // A tree has its own line that counts.
        if self.bars.is_hidden() || (short.is_some() && !self.total.is_hidden()) {
            return;
        }
        let arrow = if direction == Direction::Get { "<" } else { ">" };
        let name = format!("{arrow} {}", visible(remote));
        // Until it is added, the bar must not draw on the terminal: nothing would remove that line.
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

    /// Shows a counter, down to the end of a pause or up if the end is unknown.
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

    pub(super) fn end_pauses(&self) {
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
            0 => "it does not say how long that will take".to_owned(),
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
            // A reply to a command mostly names the file already; a broken connection never does.
            let path = path.map(visible).filter(|path| !why.contains(path.as_str()));
            let subject = path.map(|path| format!("{path}: ")).unwrap_or_default();
            self.line(&format!("{subject}{why}; attempt {attempt} of {of} in {pause:.1} s"));
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
                "no further connection: {why}; the open ones continue; -j sets how many are tried"
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
            self.line(&format!(
                "{part} is not used, {reason}: the file is transferred from the beginning"
            ));
        }
    }

    fn uncompared(&self, path: &std::path::Path, length: u64) {
        if self.json {
            self.object(&serde_json::json!({
                "event": "uncompared", "command": self.command,
                "path": path.to_string_lossy(), "bytes": length,
            }));
        } else {
            let path = visible(path.as_os_str().as_encoded_bytes());
            self.line(&format!(
                "{path}: the {length} existing bytes are taken as its beginning, although the server has no hash to compare \
                 them with; without -c the whole file is sent again"
            ));
        }
    }

    fn left_out(&self, path: &[u8], lines: u64, first: &[u8], cut_short: Option<&Reply>) {
        let subject = self.address_of(path);
        if self.json {
            self.object(&serde_json::json!({
                "event": "left-out", "command": self.command, "subject": subject,
                "lines": lines, "first": (lines > 0).then(|| String::from_utf8_lossy(first)),
                "code": cut_short.map(|reply| reply.code().number()),
                "text": cut_short.map(Reply::text),
            }));
            return;
        }
        let command = self.command;
        if let Some(reply) = cut_short {
            let said = visible(reply.text().replace('\n', " ").as_bytes());
            self.line(&format!(
                "packetboat {command}: {subject}: the server has not listed everything: {} {said}",
                reply.code()
            ));
        }
        if lines > 0 {
            let were =
                if lines == 1 { "1 line of the listing was" } else { "lines of the listing were" };
            let count = if lines == 1 { String::new() } else { format!("{lines} ") };
            self.line(&format!(
                "packetboat {command}: {subject}: {count}{were} not understood and left out; the \
                 first: {:?}",
                visible(first)
            ));
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
            None => "the server has no command for that".to_owned(),
        };
        self.line(&format!("{}: stored, but its {what} could not be kept: {why}", visible(path)));
    }

    /// Shows the dialogue, with --verbose.
    fn said(&self, event: &Event<'_>) {
        if !self.verbose {
            return;
        }
        match event {
            Event::Connecting(address) => self.line(&format!("* connecting to {address}")),
            Event::Command(session, request) => {
                self.line(&format!("{} > {}", session.0, visible(request.to_string().as_bytes())));
            }
            Event::Reply(session, reply) => self.reply(session.0, reply),
            _ => {}
        }
    }

    fn progressed(&self, id: TransferId, bytes: u64) {
        match self.lock().get(&id) {
            Some(Bar { bar, is_awaited: true }) => bars::count_sent(bar, bytes),
            Some(Bar { bar, .. }) => bar.inc(bytes),
            None => {}
        }
    }

    fn file_done(&self, remote: &[u8], result: Result<u64, &packetboat_client::Error>) {
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
        // With several sessions, another one may end a counter early; the line above it still says
        // how long the wait is.
        if matches!(event, Event::Connecting(_) | Event::Command(..) | Event::Reply(..)) {
            self.end_pauses();
        }
        self.begun.watch(&event);
        match event {
            Event::Connecting(_) | Event::Command(..) | Event::Reply(..) => self.said(&event),
            Event::Started { id, direction, remote, size, offset } => {
                self.start(id, direction, remote, size, offset);
            }
            Event::Progress { id, bytes } if !self.bars.is_hidden() => self.progressed(id, bytes),
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
                self.line("the sender marks the data that follows as suspect: it may be damaged");
            }
            Event::FewerSessions { error } => self.fewer_sessions(error),
            Event::NotResumed { part, reason } => self.not_resumed(part, reason),
            Event::Uncompared { path, length } => self.uncompared(path, length),
            Event::NotTried { path, is_directory } => self.not_tried(path, is_directory),
            Event::LeftOut { path, lines, first, cut_short } => {
                self.left_out(path, lines, first, cut_short);
            }
            Event::Skipped { path, reason } => self.skipped(path, reason),
            Event::NotKept { path, what, error } => self.not_kept(path, what, error),
            Event::Planned { plan, path } => self.planned(plan, path),
            Event::Removed { path, is_directory } => self.removed(path, is_directory),
            Event::FileDone { remote, result } => self.file_done(remote, result),
            _ => {}
        }
    }
}
