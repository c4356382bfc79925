//! The server's log: one line for each event on standard error, for people or as JSON. A thread of its
//! own writes, so that a log nobody reads cannot hold up a session; what does not fit is counted and
//! said.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use packetboat_proto::text::visible;
use packetboat_proto::time::Timestamp;
use packetboat_server::{CloseCause, Event, EventKind, Sink};
use serde_json::{Map, Value, json};

/// After it wrote, the writer rests this long: to wake it for every line would cost a busy server more
/// than all else about its log.
const REST: Duration = Duration::from_millis(20);
/// Lines that may wait to be written.
const WAITING: usize = 16 << 10;

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogForm {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
    /// No log.
    Off,
}

/// A log that is being written.
pub(super) struct Log {
    form: LogForm,
    sender: SyncSender<String>,
    lost: Arc<AtomicU64>,
    writer: JoinHandle<()>,
}

impl Log {
    /// Starts the writer.
    pub(super) fn start(form: LogForm) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&lost);
        let writer = std::thread::spawn(move || write_lines(&receiver, &counter, form));
        Self { form, sender, lost, writer }
    }

    /// What takes the server's events.
    pub(super) fn sink(&self) -> Box<Sink> {
        let (form, sender, lost) = (self.form, self.sender.clone(), Arc::clone(&self.lost));
        Box::new(move |event| {
            let line = match form {
                LogForm::Off => return,
                LogForm::Human => human(event, now()),
                LogForm::Json => json_line(event, now()),
            };
            // The writer lives as long as there are senders.
            if let Err(TrySendError::Full(_)) = sender.try_send(line) {
                lost.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Waits until all is written. Every sink has to be gone by then.
    pub(super) fn finish(self) {
        drop(self.sender);
        // A writer that panicked has nothing more to write.
        let _ = self.writer.join();
    }
}

fn write_lines(receiver: &Receiver<String>, lost: &AtomicU64, form: LogForm) {
    let mut out = io::stderr().lock();
    while let Ok(line) = receiver.recv() {
        let mut text = line;
        // What has gathered meanwhile is written in one go.
        while text.len() < 64 << 10 {
            let Ok(more) = receiver.try_recv() else { break };
            text.push_str(&more);
        }
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            text.push_str(&lost_line(lost, form));
        }
        // A log that cannot be written has nowhere to say so.
        let _ = out.write_all(text.as_bytes());
        std::thread::sleep(REST);
    }
}

fn lost_line(lost: u64, form: LogForm) -> String {
    match form {
        LogForm::Json => {
            format!("{}\n", json!({"time": now().to_string(), "event": "lost", "lines": lost}))
        }
        _ => format!(
            "{} {lost} lines of the log were lost: it is not read fast enough\n",
            now().human()
        ),
    }
}

/// Seconds and milliseconds since 1970.
#[derive(Clone, Copy)]
struct Clock {
    seconds: i64,
    millis: u32,
}

fn now() -> Clock {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    Clock { seconds, millis: since.subsec_millis() }
}

impl Clock {
    fn human(self) -> String {
        let c = Timestamp(self.seconds).calendar();
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        )
    }
}

/// RFC 3339, UTC.
impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.human().replace(' ', "T");
        write!(f, "{text}.{:03}Z", self.millis)
    }
}

fn human(event: &Event, at: Clock) -> String {
    let mut line = match event.session {
        0 => format!("{} ", at.human()),
        session => format!("{} #{session} ", at.human()),
    };
    // Writing to a String cannot fail.
    let _ = match &event.kind {
        EventKind::Opened { peer, local } => writeln!(line, "opened from {peer} on {local}"),
        EventKind::Replied { verb, argument, code, failure, duration, bytes } => {
            let _ = write!(line, "{code}");
            if let Some(verb) = verb {
                let _ = write!(line, " {}", verb.name());
            }
            if !argument.is_empty() {
                let _ = write!(line, " {argument}");
            }
            if let Some(bytes) = bytes {
                let _ = write!(line, " {bytes} bytes");
            }
            let _ = write!(line, " {:.3} s", duration.as_secs_f64());
            if let Some(failure) = failure {
                let _ = write!(line, ": {}", visible(failure.as_bytes()));
            }
            writeln!(line)
        }
        EventKind::Login { user, remark } => {
            let (user, remark) = (visible(user.as_bytes()), visible(remark.as_bytes()));
            writeln!(line, "login of {user}: {remark}")
        }
        EventKind::Secured { version } => writeln!(line, "under TLS, {version}"),
        EventKind::NotSecured { error } => {
            writeln!(line, "TLS failed: {}", visible(error.as_bytes()))
        }
        EventKind::StrangerRefused { stranger } => {
            writeln!(line, "refused a data connection from {stranger}, which is not the client")
        }
        EventKind::Server { text, .. } => {
            writeln!(line, "the server {}", visible(text.as_bytes()))
        }
        EventKind::Proxied { proxy } => writeln!(line, "came through the proxy {proxy}"),
        EventKind::ProxyRefused { peer, error } => {
            writeln!(
                line,
                "refused a connection from the proxy {peer}: {}",
                visible(error.as_bytes())
            )
        }
        EventKind::Closed { cause, duration, user } => {
            let user =
                user.as_ref().map_or_else(|| "nobody".into(), |user| visible(user.as_bytes()));
            let seconds = duration.as_secs_f64();
            writeln!(line, "closed {} after {seconds:.3} s, user {user}", cause_text(*cause))
        }
        _ => writeln!(line, "{:?}", event.kind),
    };
    line
}

fn json_line(event: &Event, at: Clock) -> String {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("time", at.to_string().into());
    if event.session != 0 {
        put("session", event.session.into());
    }
    match &event.kind {
        EventKind::Opened { peer, local } => {
            put("event", "opened".into());
            put("peer", peer.to_string().into());
            put("local", local.to_string().into());
        }
        EventKind::Replied { verb, argument, code, failure, duration, bytes } => {
            put("event", "replied".into());
            put("verb", verb.map(|verb| verb.name()).into());
            put("argument", argument.as_str().into());
            put("code", code.number().into());
            put("failure", failure.as_deref().into());
            put("bytes", (*bytes).into());
            put("seconds", duration.as_secs_f64().into());
        }
        EventKind::Login { user, remark } => {
            put("event", "login".into());
            put("user", user.as_str().into());
            put("remark", remark.as_str().into());
        }
        EventKind::Secured { version } => {
            put("event", "secured".into());
            put("version", version.as_str().into());
        }
        EventKind::NotSecured { error } => {
            put("event", "not secured".into());
            put("error", error.as_str().into());
        }
        EventKind::StrangerRefused { stranger } => {
            put("event", "stranger refused".into());
            put("peer", stranger.to_string().into());
        }
        EventKind::Server { step, text } => {
            put("event", "server".into());
            put("step", (*step).into());
            put("text", text.as_str().into());
        }
        EventKind::Proxied { proxy } => {
            put("event", "proxied".into());
            put("proxy", proxy.to_string().into());
        }
        EventKind::ProxyRefused { peer, error } => {
            put("event", "proxy refused".into());
            put("peer", peer.to_string().into());
            put("error", error.as_str().into());
        }
        EventKind::Closed { cause, duration, user } => {
            put("event", "closed".into());
            put("cause", cause_text(*cause).into());
            put("seconds", duration.as_secs_f64().into());
            put("user", user.as_deref().into());
        }
        kind => {
            put("event", format!("{kind:?}").into());
        }
    }
    format!("{}\n", Value::Object(object))
}

fn cause_text(cause: CloseCause) -> &'static str {
    match cause {
        CloseCause::Quit => "by QUIT",
        CloseCause::Server => "by the server",
        CloseCause::Client => "by the client",
        CloseCause::Broken => "by a broken connection",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_codes::ReplyCode;
    use packetboat_proto::verbs::Verb;

    fn replied() -> Event {
        Event {
            session: 7,
            kind: EventKind::Replied {
                verb: Some(Verb::Retr),
                // As the session machine gives it.
                argument: visible(b"a\x1b[2J\nb"),
                code: ReplyCode::known(550),
                failure: Some("\"/a\": no such file".to_owned()),
                duration: Duration::from_millis(2),
                bytes: None,
            },
        }
    }

    const AT: Clock = Clock { seconds: 951_827_696, millis: 5 };

    #[test]
    fn a_line_for_people_stays_one_line() {
        assert_eq!(
            human(&replied(), AT),
            "2000-02-29 12:34:56 #7 550 RETR a\\u{1b}[2J\\u{a}b 0.002 s: \"/a\": no such file\n"
        );
    }

    #[test]
    fn a_json_line_can_be_read_back() {
        let line = json_line(&replied(), AT);
        assert_eq!(line.lines().count(), 1);
        let value: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["time"], "2000-02-29T12:34:56.005Z");
        assert_eq!((&value["code"], &value["verb"]), (&json!(550), &json!("RETR")));
        assert_eq!(value["argument"], "a\\u{1b}[2J\\u{a}b");
    }
}
