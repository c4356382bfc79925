//! The transfer log in the format of wu-ftpd's xferlog(5), which log analysers read: one line per
//! transfer, as words separated by spaces, so anything that could break a line is replaced. The
//! format has no place for a reply code. It is appended to the service name, which can be any word,
//! so that the number of words stays what log analysers expect.
//!
//! ```text
//! Thu Sep 2 09:52:00 2026 1 192.0.2.7 4096 /in/file.bin b _ i r anna ftp-226 0 * c
//! ```

use std::net::IpAddr;

use packetboat_proto::text::visible;
use packetboat_proto::time::Timestamp;
use packetboat_server::{Deed, DeedKind, Event, EventKind};

/// The line of an event, if it has one.
pub(super) fn line(event: &Event, seconds: i64) -> Option<String> {
    let EventKind::Deed(deed) = &event.kind else { return None };
    let direction = match deed.kind {
        DeedKind::Download => 'o',
        DeedKind::Upload => 'i',
        DeedKind::Delete => 'd',
        _ => return None,
    };
    // An operation refused before any byte moved is not a transfer. Deletions have no bytes.
    let bytes = match (deed.bytes, deed.kind) {
        (Some(bytes), _) => bytes,
        (None, DeedKind::Delete) if deed.complete => 0,
        _ => return None,
    };
    Some(format!("{} {}\n", time(seconds), words(deed, bytes, direction)))
}

fn words(deed: &Deed, bytes: u64, direction: char) -> String {
    let transfer_time = deed.duration.as_secs_f64().round();
    let peer: IpAddr = deed.peer;
    let kind = if deed.text { 'a' } else { 'b' };
    let access = if deed.anonymous { 'a' } else { 'r' };
    let complete = if deed.complete { 'c' } else { 'i' };
    let (path, user) = (word(&deed.path), word(deed.user.as_bytes()));
    // There is no code if the client was already gone.
    let service = deed.code.map_or_else(|| "ftp".to_owned(), |code| format!("ftp-{code}"));
    format!(
        "{transfer_time} {peer} {bytes} {path} {kind} _ {direction} {access} {user} {service} 0 * {complete}"
    )
}

/// The text as one word of visible characters.
fn word(bytes: &[u8]) -> String {
    let text = visible(bytes);
    let text: String = text.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
    if text.is_empty() { "_".to_owned() } else { text }
}

/// The time as asctime(3) writes it, in UTC, with the day of the month padded to two places.
fn time(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let c = Timestamp(seconds).calendar();
    // 1970 began on a Thursday; the remainder is 0 to 6.
    let day = usize::try_from(seconds.div_euclid(86_400).rem_euclid(7)).unwrap_or_default();
    let month = usize::from(c.month).saturating_sub(1) % 12;
    format!(
        "{} {} {:>2} {:02}:{:02}:{:02} {:04}",
        DAYS[day], MONTHS[month], c.day, c.hour, c.minute, c.second, c.year
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use packetboat_codes::ReplyCode;

    fn event(change: impl FnOnce(&mut Deed)) -> Event {
        let mut deed = Deed {
            kind: DeedKind::Upload,
            user: "anna".into(),
            anonymous: false,
            peer: [192, 0, 2, 7].into(),
            host: None,
            path: b"/in/a file\n.bin".to_vec(),
            others: Vec::new(),
            complete: true,
            code: Some(ReplyCode::known(226)),
            failure: None,
            bytes: Some(4096),
            text: false,
            duration: Duration::from_millis(1400),
        };
        change(&mut deed);
        Event { session: 1, kind: EventKind::Deed(Box::new(deed)) }
    }

    #[test]
    fn a_transfer_is_a_line_of_eighteen_words() {
        // 2000-02-29 was a Tuesday.
        let line = line(&event(|_| ()), 951_827_696).expect("a line");
        assert_eq!(
            line,
            "Tue Feb 29 12:34:56 2000 1 192.0.2.7 4096 /in/a_file\\u{a}.bin b _ i r anna ftp-226 0 * c\n"
        );
        assert_eq!(line.split_whitespace().count(), 18);
        assert!(time(0).starts_with("Thu Jan  1 00:00:00 1970"));
    }

    #[test]
    fn what_broke_off_is_incomplete_and_what_never_began_is_no_transfer() {
        let broken = event(|deed| {
            (deed.complete, deed.code, deed.kind) = (false, None, DeedKind::Download);
            (deed.anonymous, deed.user, deed.text) = (true, String::new(), true);
        });
        assert!(line(&broken, 0).is_some_and(|line| line.ends_with(" a _ o a _ ftp 0 * i\n")));
        let full = event(|deed| (deed.complete, deed.code) = (false, Some(ReplyCode::known(552))));
        assert!(line(&full, 0).is_some_and(|line| line.ends_with(" i r anna ftp-552 0 * i\n")));
        assert!(line(&event(|deed| deed.bytes = None), 0).is_none());
        let delete = |complete| {
            event(|deed| {
                (deed.kind, deed.bytes, deed.complete) = (DeedKind::Delete, None, complete)
            })
        };
        assert!(line(&delete(true), 0).is_some_and(|line| line.contains(" d r ")));
        assert!(line(&delete(false), 0).is_none());
    }
}
