//! Reads values from the text of replies: 227, 229, 257, 213, 120, 110 and FEAT. The functions
//! accept many forms, since servers differ in everything that the RFCs leave open.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use crate::address::parse_number;
use crate::encoding::Marker;
use crate::reply::Reply;
use crate::time::Timestamp;
use crate::verbs::PART_FEATURE;

/// The address in a 227 reply. Some servers send no parentheses, so the address starts at the first
/// digit of the text (RFC 1123 §4.1.2.6).
pub fn parse_passive(reply: &Reply) -> Option<SocketAddrV4> {
    let text = last_line(reply);
    let start = text.iter().position(u8::is_ascii_digit)?;
    let mut numbers = [0_u8; 6];
    let mut rest = &text[start..];
    for (index, number) in numbers.iter_mut().enumerate() {
        if index > 0 {
            rest = rest.trim_ascii_start().strip_prefix(b",")?.trim_ascii_start();
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        *number = parse_number(&rest[..digits])?;
        rest = &rest[digits..];
    }
    let [a, b, c, d, high, low] = numbers;
    let port = u16::from_be_bytes([high, low]);
    (port != 0).then(|| SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port))
}

/// The port in a 229 reply, `(<d><d><d>port<d>)` with any delimiter (RFC 2428 §3).
pub fn parse_extended_passive(reply: &Reply) -> Option<u16> {
    let text = last_line(reply);
    let open = text.iter().rposition(|&byte| byte == b'(')?;
    let inner = &text[open + 1..];
    let (&delimiter, inner) = inner.split_first()?;
    let inner = inner.strip_prefix(&[delimiter, delimiter])?;
    let end = inner.iter().position(|&byte| byte == delimiter)?;
    parse_number(&inner[..end]).filter(|port| *port != 0)
}

/// The pathname in a 257 reply: in quotes, with each quote inside doubled (RFC 959, Appendix II).
/// Some old servers send no quotes; then the pathname is the first word.
pub fn parse_path(reply: &Reply) -> Option<Vec<u8>> {
    let text = last_line(reply);
    let Some(open) = text.iter().position(|&byte| byte == b'"') else {
        let word = text.split(|&byte| byte == b' ').next()?;
        return (!word.is_empty()).then(|| word.to_vec());
    };
    let mut path = Vec::new();
    let mut rest = text[open + 1..].iter().peekable();
    while let Some(&byte) = rest.next() {
        if byte == b'"' && rest.next_if_eq(&&b'"').is_none() {
            return Some(path);
        }
        path.push(byte);
    }
    None
}

/// The number of bytes in a 213 reply to SIZE (RFC 3659 §4.1).
pub fn parse_size(reply: &Reply) -> Option<u64> {
    parse_number(last_line(reply).trim_ascii())
}

/// The time in a 213 reply to MDTM (RFC 3659 §3.1).
pub fn parse_modified(reply: &Reply) -> Option<Timestamp> {
    Timestamp::parse(last_line(reply).trim_ascii())
}

/// The delay that a 120 reply announces, in whole minutes (RFC 959 §4.2).
pub fn parse_delay(reply: &Reply) -> Option<Duration> {
    let text = reply.text();
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|n| !n.is_empty());
    let minutes: u64 = numbers.next().filter(|_| reply.code().number() == 120)?.parse().ok()?;
    Some(Duration::from_secs(minutes.saturating_mul(60)))
}

/// The two markers in a 110 reply, `MARK ssss = rrrr`: the sender's and the receiver's name for the
/// same position (RFC 1123 §4.1.3.4).
pub fn parse_marker_pair(reply: &Reply) -> Option<(Marker, Marker)> {
    if reply.code().number() != 110 {
        return None;
    }
    let text = reply.text();
    let mut words = text.split_ascii_whitespace();
    let pair = (words.next()?, words.next()?, words.next()?, words.next()?, words.next());
    let (mark, sent, "=", received, None) = pair else { return None };
    let fits = mark.eq_ignore_ascii_case("MARK");
    fits.then_some((Marker::new(sent.as_bytes())?, Marker::new(received.as_bytes())?))
}

/// The features that a server lists in its reply to FEAT (RFC 2389 §3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    lines: Vec<String>,
}

impl Features {
    /// Reads a 211 reply; any other reply gives no features. The first and the last line are not
    /// features.
    pub fn parse(reply: &Reply) -> Self {
        let lines = match reply.lines() {
            [_, features @ .., _] if reply.code().number() == 211 => features,
            _ => &[],
        };
        let text = |line: &Vec<u8>| String::from_utf8_lossy(line.trim_ascii()).into_owned();
        Self { lines: lines.iter().map(text).filter(|line| !line.is_empty()).collect() }
    }

    /// Whether a feature is listed, by its first word, case-insensitive.
    pub fn has(&self, name: &str) -> bool {
        self.parameters(name).is_some()
    }

    /// The text after the first word of a feature: `STREAM` for `REST STREAM`.
    pub fn parameters(&self, name: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            word.eq_ignore_ascii_case(name).then_some(rest)
        })
    }

    /// The path under which the server keeps the part of a broken upload to `path` while an older
    /// file has that name. `None` if the server does not say so.
    pub fn part_of(&self, path: &[u8]) -> Option<Vec<u8>> {
        /// The server shortens longer names, which file systems do not accept.
        const LONGEST: usize = 255;
        let (before, after) = self.parameters(PART_FEATURE)?.split_once('*')?;
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let (directory, name) = path.split_at(start);
        let part = [before.as_bytes(), name, after.as_bytes()].concat();
        let fits = !name.is_empty() && part.len() <= LONGEST && !part.contains(&b'/');
        fits.then(|| [directory, &part].concat())
    }

    /// The lines as the server sent them, without the leading space.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// The last line of a reply, which has the value even if the server puts other lines before it.
fn last_line(reply: &Reply) -> &[u8] {
    reply.lines().last().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_codes::ReplyCode;
    use proptest::prelude::*;

    fn reply(number: u16, text: &str) -> Reply {
        Reply::new(ReplyCode::known(number), text)
    }

    /// RFC 1123 §4.1.2.6: RFC 959 left the format of 227 open, and every one of these forms is in use.
    #[test]
    fn every_form_of_227() {
        let expected = Some("10.0.0.7:2345".parse().expect("an address"));
        for text in [
            "Entering Passive Mode (10,0,0,7,9,41).",
            "Entering Passive Mode (10,0,0,7,9,41",
            "Passive mode 10,0,0,7,9,41",
            "=10,0,0,7,9,41",
            "ok 10, 0, 0, 7, 9, 41",
        ] {
            assert_eq!(parse_passive(&reply(227, text)), expected, "{text}");
        }
        for text in ["", "none", "10,0,0,7,9", "256,0,0,1,1,1", "10,0,0,7,0,0", "1.2.3.4.5.6"] {
            assert_eq!(parse_passive(&reply(227, text)), None, "{text}");
        }
    }

    #[test]
    fn forms_of_229() {
        for text in ["Entering Extended Passive Mode (|||6446|)", "ok (!!!6446!)", "(x) (|||6446|"]
        {
            assert_eq!(parse_extended_passive(&reply(229, text)), Some(6446), "{text}");
        }
        for text in ["", "(", "(|", "(||6446|)", "(|||66000|)", "(|||0|)", "(|||12", "6446"] {
            assert_eq!(parse_extended_passive(&reply(229, text)), None, "{text}");
        }
    }

    #[test]
    fn forms_of_257() {
        let path = |text: &str| parse_path(&reply(257, text));
        assert_eq!(path("\"/a \"\"b\"\"\" is current"), Some(b"/a \"b\"".to_vec()));
        assert_eq!(path("\"/\""), Some(b"/".to_vec()));
        assert_eq!(path("/home is current"), Some(b"/home".to_vec()));
        assert_eq!(path("\"/open"), None);
        assert_eq!(path(""), None);
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(parse_size(&reply(213, " 18446744073709551615")), Some(u64::MAX));
        assert_eq!(parse_size(&reply(213, "-1")), None);
        assert_eq!(parse_modified(&reply(213, "19700101000010")), Some(Timestamp(10)));
        assert_eq!(parse_modified(&reply(213, "1970")), None);
    }

    #[test]
    fn pairs_of_markers() {
        let pair = |code, text: &str| {
            let (sent, received) = parse_marker_pair(&reply(code, text))?;
            Some(format!("{sent}/{received}"))
        };
        assert_eq!(pair(110, "MARK 4096 = r!1").as_deref(), Some("4096/r!1"));
        for text in ["MARK a = ", "MARK a b", "MARK a=b", "a = b", "MARK a = b c"] {
            assert_eq!(pair(110, text), None, "{text}");
        }
        assert_eq!(pair(150, "MARK a = b"), None);
    }

    #[test]
    fn delays_in_minutes() {
        let delay = |code, text: &str| parse_delay(&reply(code, text)).map(|delay| delay.as_secs());
        assert_eq!(delay(120, "Service ready in 007 minutes."), Some(420));
        assert_eq!(
            (delay(120, "soon"), delay(220, "7"), delay(120, "9999999999999999999999")),
            (None, None, None)
        );
        assert_eq!(delay(120, "18446744073709551615"), Some(u64::MAX));
    }

    #[test]
    fn features_are_found_by_their_first_word() {
        let lines =
            ["Extensions supported:", " MLST size*;modify*;", " rest STREAM", " UTF8", "End"];
        let features = Features::parse(&Reply::multiline(ReplyCode::known(211), lines));
        assert_eq!(features.parameters("REST"), Some("STREAM"));
        assert_eq!(
            (features.has("utf8"), features.has("MLS"), features.lines().len()),
            (true, false, 3)
        );
        // RFC 2389 §3.2: a reply of one line means that there are no features.
        assert_eq!(Features::parse(&reply(211, "No features")), Features::default());
        assert_eq!(Features::parse(&reply(502, "What?")), Features::default());
    }

    #[test]
    fn a_part_is_found_where_the_server_tells_its_name() {
        let features = |line| {
            let lines = ["Features:", line, "End"];
            Features::parse(&Reply::multiline(ReplyCode::known(211), lines))
        };
        let told = features(" X-PART .*.part");
        assert_eq!(told.part_of(b"/a/b c").as_deref(), Some(&b"/a/.b c.part"[..]));
        assert_eq!(told.part_of(b"f").as_deref(), Some(&b".f.part"[..]));
        assert!(told.part_of(&[b'n'; 249]).is_some());
        for (line, path) in [
            (" X-PART .*.part", &b"a/"[..]),
            (" X-PART .*.part", &[b'n'; 250]),
            (" X-PART ../*", b"f"),
            (" X-PART", b"f"),
            (" SIZE", b"f"),
        ] {
            assert_eq!(features(line).part_of(path), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let reply = Reply::new(ReplyCode::known(227), text);
            let _ = (parse_passive(&reply), parse_extended_passive(&reply), parse_path(&reply));
            let _ = (parse_size(&reply), parse_modified(&reply), Features::parse(&reply));
        }

        #[test]
        fn quoted_paths_survive_a_round_trip(path in "[ -~]{1,30}") {
            let text = format!("\"{}\" created", path.replace('"', "\"\""));
            prop_assert_eq!(parse_path(&reply(257, &text)), Some(path.into_bytes()));
        }
    }
}
