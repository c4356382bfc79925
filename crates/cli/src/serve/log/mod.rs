//! The server's logs: the general log on standard error or in a file, as text or JSON, with one
//! line per event, and on request a log of transfers and one for auditors.

mod audit;
mod object;
mod output;
mod xferlog;

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use packetboat_proto::text::visible;
use packetboat_proto::time::Timestamp;
use packetboat_server::settings::{LogForm, Problem, Settings};
use packetboat_server::{CloseCause, Event, EventKind, Sink};

use self::object::{Object, push_number};
use self::output::{Lines, LostLine, Output, Tell};
use super::named;

/// The step name of a server that starts serving.
const STARTED: &str = "started";

/// The open logs.
pub(super) struct Log {
    form: LogForm,
    general: Output,
    xferlog: Option<Output>,
    audit: Option<Output>,
}

impl Log {
    /// Opens the files. If one cannot be opened, the error names it and says what to do.
    pub(super) fn open(settings: &Settings) -> Result<Self, Problem> {
        let (form, files) = (settings.log, &settings.log_files);
        let open = |path: &PathBuf, key: &str, lost: LostLine, tell: Tell| {
            Output::file(path, lost, tell).map_err(|error| {
                let shown = path.display();
                let text = named::cannot_be_written(path).unwrap_or_else(|| {
                    format!("cannot open the log {shown}: {error}; choose a writable file")
                });
                settings.problem(key, text).of_files()
            })
        };
        let lost = if form == LogForm::Json { lost_json } else { lost_human };
        let general = match &files.general {
            Some(path) if form != LogForm::Off => {
                open(path, "log.file", lost, Box::new(on_stderr))?
            }
            _ => Output::stderr(lost),
        };
        // The format has no line for lost lines, and programs that count lines must not count one.
        let nothing: LostLine = |_| String::new();
        let tell = || on_general(form, general.lines());
        let xferlog = files.xferlog.as_ref();
        let xferlog = xferlog.map(|path| open(path, "log.xferlog", nothing, tell()));
        let audit = files.audit.as_ref().map(|path| open(path, "log.audit", lost_json, tell()));
        let (xferlog, audit) = (xferlog.transpose()?, audit.transpose()?);
        Ok(Self { form, general, xferlog, audit })
    }

    /// Starts the writer threads.
    pub(super) fn begin(self) -> Self {
        let Self { form, general, xferlog, audit } = self;
        let (xferlog, audit) = (xferlog.map(Output::begin), audit.map(Output::begin));
        Self { form, general: general.begin(), xferlog, audit }
    }

    /// The function that receives the server's events.
    pub(super) fn sink(&self) -> Box<Sink> {
        let (form, general) = (self.form, self.general.lines());
        let xferlog = self.xferlog.as_ref().map(Output::lines);
        let audit = self.audit.as_ref().map(Output::lines);
        Box::new(move |event| {
            let at = now();
            let line = xferlog.as_ref().and_then(|_| xferlog::line(event, at.seconds));
            if let (Some(xferlog), Some(line)) = (&xferlog, line) {
                xferlog.push(&line);
            }
            let line = audit.as_ref().and_then(|_| audit::line(event, at));
            if let (Some(audit), Some(line)) = (&audit, line) {
                audit.push(&line);
            }
            if let Some(line) = general_line(form, event, at) {
                general.push(&line);
            }
        })
    }

    /// Writes the first line of a run. Several runs may share a file, and each numbers its sessions
    /// from 1.
    pub(super) fn tell_start(&self, addresses: &[SocketAddr]) {
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        let (version, process) = (env!("CARGO_PKG_VERSION"), std::process::id());
        let on = addresses.join(", ");
        let text = format!("starts: Packetboat {version}, process {process}, on {on}");
        self.tell(STARTED, text);
    }

    /// Logs a step in the life of the server itself.
    pub(super) fn tell(&self, step: &'static str, text: String) {
        self.sink()(&Event { session: 0, kind: EventKind::Server { step, text } });
    }

    /// Waits until everything is written. Every sink has to be gone by then.
    pub(super) fn finish(self) {
        // The general log comes last, because the others report to it.
        for output in [self.xferlog, self.audit, Some(self.general)].into_iter().flatten() {
            output.finish();
        }
    }
}

/// The line for the general log, if the event has one.
fn general_line(form: LogForm, event: &Event, at: Clock) -> Option<String> {
    match form {
        _ if matches!(event.kind, EventKind::Deed(_)) => None,
        LogForm::Off => None,
        LogForm::Human => Some(human(event, at)),
        LogForm::Json => Some(json_line(event, at)),
    }
}

/// Reports on another log in the general log, or on standard error if there is none.
fn on_general(form: LogForm, general: Lines) -> Tell {
    Box::new(move |text| {
        let kind = EventKind::Server { step: "log", text: text.clone() };
        match general_line(form, &Event { session: 0, kind }, now()) {
            Some(line) => general.push(&line),
            None => on_stderr(text),
        }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the type of Tell takes an owned string")]
fn on_stderr(text: String) {
    // Nothing can be reported if standard error is closed.
    let _ = writeln!(io::stderr(), "packetboat serve: the server {text}");
}

fn lost_json(lost: u64) -> String {
    let mut object = Object::new(now());
    object.text("event", "lost");
    object.number("lines", lost);
    object.finish()
}

fn lost_human(lost: u64) -> String {
    format!(
        "{} {lost} lines of this log were lost: it could not be written, or not fast enough\n",
        now().human()
    )
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
        let mut text = String::with_capacity(19);
        self.write_second(&mut text, ' ');
        text
    }

    fn rfc3339(self) -> String {
        let mut text = String::with_capacity(24);
        self.write_rfc3339(&mut text);
        text
    }

    /// Appends the time as RFC 3339 in UTC, with milliseconds.
    fn write_rfc3339(self, line: &mut String) {
        self.write_second(line, 'T');
        line.push('.');
        push_number(line, self.millis.into(), 3);
        line.push('Z');
    }

    fn write_second(self, line: &mut String, between: char) {
        let c = Timestamp(self.seconds).calendar();
        push_number(line, u64::try_from(c.year).unwrap_or_default(), 4);
        let parts =
            [('-', c.month), ('-', c.day), (between, c.hour), (':', c.minute), (':', c.second)];
        for (before, part) in parts {
            line.push(before);
            push_number(line, part.into(), 2);
        }
    }
}

/// Shows an IPv4 client on a dual-stack socket as IPv4, so that an address has one spelling in all
/// logs.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Makes text from others safe for a terminal.
fn shown(text: &str) -> String {
    visible(text.as_bytes())
}

fn human(event: &Event, at: Clock) -> String {
    let mut line = match event.session {
        0 => format!("{} ", at.human()),
        session => format!("{} #{session} ", at.human()),
    };
    // Writing to a String cannot fail.
    let _ = write_sentence(&mut line, &event.kind);
    line.push('\n');
    line
}

fn write_sentence(line: &mut String, kind: &EventKind) -> fmt::Result {
    match kind {
        EventKind::Opened { peer, local } => {
            write!(line, "opened from {} on {}", plain(*peer), plain(*local))
        }
        EventKind::Replied { verb, argument, code, failure, duration, bytes } => {
            write!(line, "{code}")?;
            if let Some(verb) = verb {
                write!(line, " {}", verb.name())?;
            }
            if !argument.is_empty() {
                write!(line, " {argument}")?;
            }
            if let Some(bytes) = bytes {
                write!(line, " {bytes} bytes")?;
            }
            write!(line, " {:.3} s", duration.as_secs_f64())?;
            failure.as_ref().map_or(Ok(()), |failure| write!(line, ": {}", shown(failure)))
        }
        EventKind::Login { user, remark, .. } => {
            write!(line, "login of {}: {}", shown(user), shown(remark))
        }
        EventKind::LoggedIn { user, host, by, tls, .. } => {
            line.push_str(&login_words(user, host.as_deref(), by, *tls));
            Ok(())
        }
        EventKind::Secured { version } => write!(line, "under TLS, {version}"),
        EventKind::NotSecured { error } => write!(line, "TLS failed: {}", shown(error)),
        EventKind::StrangerRefused { stranger } => {
            let stranger = plain(*stranger);
            write!(line, "refused a data connection from {stranger}, which is not the client")
        }
        EventKind::Server { text, .. } => write!(line, "the server {}", shown(text)),
        EventKind::PartRemoved { tree, path, bytes, modified } => write!(
            line,
            "removed what an upload to {} in {} had left: {bytes} bytes, last written to at {}",
            visible(path),
            shown(tree),
            Timestamp(*modified).utc()
        ),
        EventKind::TurnedAway { peer, why, .. } => {
            write!(line, "turned {} away: {why}", plain(*peer))
        }
        EventKind::Banned { ban } => {
            let until = ban.until.map(|until| format!(" until {}", Timestamp(until).utc()));
            write!(line, "banned {}{}: {}", ban.network, until.unwrap_or_default(), ban.reason)
        }
        EventKind::BanLifted { network } => write!(line, "the ban of {network} was lifted"),
        EventKind::Proxied { proxy } => write!(line, "came through the proxy {proxy}"),
        EventKind::ProxyRefused { peer, error } => {
            write!(line, "refused a connection from the proxy {peer}: {}", shown(error))
        }
        EventKind::Closed { cause, duration, user, .. } => {
            let (cause, seconds) = (cause_text(*cause), duration.as_secs_f64());
            let user = user.as_ref().map(|user| format!("user {}", shown(user)));
            let user = user.as_deref().unwrap_or("not logged in");
            write!(line, "closed {cause} after {seconds:.3} s, {user}")
        }
        _ => write!(line, "{kind:?}"),
    }
}

fn login_words(user: &str, host: Option<&str>, by: &str, tls: bool) -> String {
    let host = host.map(|host| format!(" on {host}")).unwrap_or_default();
    let tls = if tls { ", under TLS" } else { "" };
    let by = if by == "anonymous" { String::new() } else { format!(" by {by}") };
    format!("{} is logged in{by}{host}{tls}", shown(user))
}

/// A time inside an event, as RFC 3339.
fn moment(seconds: i64) -> String {
    Clock { seconds, millis: 0 }.rfc3339()
}

fn json_line(event: &Event, at: Clock) -> String {
    let mut object = Object::new(at);
    if event.session != 0 {
        object.number("session", event.session);
    }
    write_fields(&mut object, &event.kind);
    object.finish()
}

fn write_fields(object: &mut Object, kind: &EventKind) {
    let address = |address: &SocketAddr| plain(*address).to_string();
    match kind {
        EventKind::Opened { peer, local } => {
            object.event("opened", &[("peer", &address(peer)), ("local", &address(local))]);
        }
        EventKind::Replied { verb, argument, code, failure, duration, bytes } => {
            object.event("replied", &[]);
            object.optional_text("verb", verb.map(|verb| verb.name()));
            object.text("argument", argument);
            object.number("code", code.number().into());
            object.optional_text("failure", failure.as_deref());
            object.optional_number("bytes", *bytes);
            object.seconds("seconds", *duration);
        }
        EventKind::Login { user, peer, remark } => {
            let peer = peer.to_string();
            object.event("login", &[("user", user), ("peer", &peer), ("remark", remark)]);
        }
        EventKind::LoggedIn { user, peer, host, by, tls } => {
            object.event("logged in", &[("user", user), ("peer", &peer.to_string())]);
            write_login(object, host.as_deref(), by, *tls);
        }
        EventKind::Secured { version } => object.event("secured", &[("version", version)]),
        EventKind::NotSecured { error } => object.event("not secured", &[("error", error)]),
        EventKind::StrangerRefused { stranger } => {
            object.event("stranger refused", &[("peer", &address(stranger))]);
        }
        EventKind::Server { step, text } => {
            object.event("server", &[("step", step), ("text", text)]);
        }
        EventKind::PartRemoved { tree, path, bytes, modified } => {
            object.event("part removed", &[("tree", tree), ("path", &visible(path))]);
            object.number("bytes", *bytes);
            object.text("modified", &moment(*modified));
        }
        EventKind::TurnedAway { peer, local, why } => {
            let (peer, local) = (address(peer), address(local));
            object.event("turned away", &[("peer", &peer), ("local", &local), ("why", why)]);
        }
        EventKind::Banned { ban } => {
            object.event("banned", &[("network", &ban.network.to_string())]);
            object.optional_text("until", ban.until.map(moment).as_deref());
            object.text("why", &ban.reason);
        }
        EventKind::BanLifted { network } => {
            object.event("ban lifted", &[("network", &network.to_string())]);
        }
        EventKind::Proxied { proxy } => object.event("proxied", &[("proxy", &proxy.to_string())]),
        EventKind::ProxyRefused { peer, error } => {
            object.event("proxy refused", &[("peer", &peer.to_string()), ("error", error)]);
        }
        EventKind::Closed { cause, duration, user, peer } => {
            object.event("closed", &[("cause", cause_text(*cause))]);
            object.seconds("seconds", *duration);
            object.optional_text("user", user.as_deref());
            object.text("peer", &peer.to_string());
        }
        kind => object.event(&format!("{kind:?}"), &[]),
    }
}

fn write_login(object: &mut Object, host: Option<&str>, by: &str, tls: bool) {
    object.optional_text("host", host);
    object.text("by", by);
    object.truth("tls", tls);
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
    use serde_json::{Value, json};
    use std::time::Duration;

    use packetboat_codes::ReplyCode;
    use packetboat_proto::text::is_unfit;
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

    fn logged_in(user: &str, host: Option<&str>) -> EventKind {
        EventKind::LoggedIn {
            user: user.into(),
            peer: [192, 0, 2, 7].into(),
            host: host.map(str::to_owned),
            by: "certificate",
            tls: true,
        }
    }

    /// Accounts with the same name may belong to different people on two hosts.
    #[test]
    fn a_login_tells_the_host_and_how_it_was_proved() {
        let event = Event { session: 7, kind: logged_in("anna", Some("b.test")) };
        let line = human(&event, AT);
        assert!(line.ends_with("#7 anna is logged in by certificate on b.test, under TLS\n"));
        let value: Value = serde_json::from_str(&json_line(&event, AT)).expect("JSON");
        assert_eq!((&value["host"], &value["by"]), (&json!("b.test"), &json!("certificate")));
        assert_eq!(value["tls"], true);
    }

    const AT: Clock = Clock { seconds: 951_827_696, millis: 5 };

    #[test]
    fn an_ipv4_client_of_a_socket_for_both_families_is_shown_as_ipv4() {
        let [peer, local] = ["[::ffff:192.0.2.7]:4000", "[::ffff:192.0.2.1]:21"];
        let (peer, local) = (peer.parse().unwrap(), local.parse().unwrap());
        let event = Event { session: 1, kind: EventKind::Opened { peer, local } };
        assert!(human(&event, AT).ends_with("opened from 192.0.2.7:4000 on 192.0.2.1:21\n"));
        let line: Value = serde_json::from_str(&json_line(&event, AT)).unwrap();
        assert_eq!(
            (&line["peer"], &line["local"]),
            (&json!("192.0.2.7:4000"), &json!("192.0.2.1:21"))
        );
    }

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

    /// JSON logs used to contain DEL, C1 controls and bidirectional marks as they were.
    #[test]
    fn no_letter_in_a_json_log_steers_a_terminal() {
        let user = "a\u{7f}\u{85}\u{9b}31m\u{2028}\u{202e}\u{2066}\u{feff}\u{1b}z\u{e9}";
        let kind = logged_in(user, None);
        let line = json_line(&Event { session: 7, kind }, AT);
        let bad = |letter: &char| is_unfit(*letter) && *letter != '\n';
        assert_eq!(line.chars().find(bad), None, "{line:?}");
        assert!(line.contains("\\u007f") && line.contains("\\u009b") && line.contains("\\u202e"));
        // A JSON reader gets the name unchanged, and ordinary letters stay as they are.
        let value: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["user"], user);
        assert!(line.contains("z\u{e9}"), "{line}");
    }
}
