//! Questions about errno numbers: bare, as `errno 28`, or as `os error 111`. Systems number some
//! errors differently, and a number does not show which system it comes from, so it is looked up
//! for each.

use packetboat_codes::{
    Entry, FileError, Platform, SocketCode, by_number, errno_name, file_error_by_number,
    other_errno_name,
};

use super::{exit_codes, programs};

/// The systems whose numbers are looked up, the most common in logs first.
const SYSTEMS: [(Platform, &str); 2] = [(Platform::Linux, "Linux"), (Platform::MacOs, "macOS")];

/// The number in `errno 28`, `errno=28`, `os error 111` or `(os error 111)`.
pub(super) fn number(text: &str) -> Option<u16> {
    let text = text
        .trim()
        .trim_start_matches(['(', '['])
        .trim_end_matches([')', ']'])
        .to_ascii_lowercase();
    let rest = text.strip_prefix("errno").or_else(|| text.strip_prefix("os error"))?;
    rest.trim_start_matches([' ', ':', '=', '#']).parse().ok()
}

/// Joins arguments such as `errno 28`, `os error 111`, `curl 35` and `exit 11` that came as several
/// words.
pub(super) fn joined(what: &[String]) -> Vec<String> {
    let mut whole = Vec::with_capacity(what.len());
    let mut rest = what;
    while let Some(first) = rest.first() {
        let words = |count: usize| rest.get(..count).map(|words| words.join(" "));
        let named = [4, 3, 2].into_iter().find_map(|count| {
            let is_one = |words: &String| {
                number(words).is_some()
                    || programs::numbered(words).is_some()
                    || exit_codes::asked(words).is_some()
            };
            words(count).filter(is_one).map(|words| (count, words))
        });
        let (count, word) = named.unwrap_or_else(|| (1, first.clone()));
        whole.push(word);
        rest = &rest[count..];
    }
    whole
}

/// The meaning of a number on one or more systems.
struct Meaning {
    name: &'static str,
    on: String,
    kind: Kind,
}

enum Kind {
    Socket(SocketCode),
    File(&'static FileError),
    /// Neither a connection error nor a file error.
    Other,
}

fn meanings(number: u16) -> Vec<Meaning> {
    let mut found: Vec<Meaning> = Vec::new();
    for (platform, on) in SYSTEMS {
        let Some((name, kind)) = meaning(platform, number) else { continue };
        match found.iter_mut().find(|other| other.name == name) {
            Some(other) => other.on = format!("{} and {on}", other.on),
            None => found.push(Meaning { name, on: on.to_owned(), kind }),
        }
    }
    found
}

fn meaning(platform: Platform, number: u16) -> Option<(&'static str, Kind)> {
    let raw = i32::from(number);
    if let Some(code) = SocketCode::from_os_error(platform, raw) {
        return Some((errno_name(platform, raw)?, Kind::Socket(code)));
    }
    if let Some(error) = file_error_by_number(number) {
        return Some((error.name, Kind::File(error)));
    }
    Some((other_errno_name(platform, raw)?, Kind::Other))
}

/// The catalogue's entries for an errno number.
pub(super) fn entries(number: u16) -> Vec<Entry> {
    let entries = meanings(number).into_iter().flat_map(|meaning| match meaning.kind {
        Kind::Socket(code) => vec![code.number()],
        Kind::File(error) => error.replies.to_vec(),
        Kind::Other => Vec::new(),
    });
    entries.filter_map(by_number).collect()
}

/// For a number explained as an errno, says which one it is, and on which system.
pub(super) fn remarks(number: u16) -> Vec<String> {
    let remark = |Meaning { name, on, kind }: Meaning| match kind {
        Kind::Socket(code) => {
            format!("{number} is errno {name} on {on}, {} in the catalogue.", code.number())
        }
        Kind::File(error) => of_file(error),
        Kind::Other => {
            format!("{number} is errno {name} on {on}, which is not a connection error.")
        }
    };
    meanings(number).into_iter().map(remark).collect()
}

/// For a number explained as something else, says what it means as an errno, if that is a
/// connection error.
pub(super) fn besides(number: u16) -> Vec<String> {
    let besides = |Meaning { name, on, kind }: Meaning| match kind {
        Kind::Socket(code) => Some(format!(
            "As an errno, {number} is {name} on {on}, {} in the catalogue.",
            code.number()
        )),
        Kind::File(_) | Kind::Other => None,
    };
    meanings(number).into_iter().filter_map(besides).collect()
}

/// What to say about a file system error.
pub(super) fn of_file(FileError { name, number, phrase, replies }: &FileError) -> String {
    let replies: Vec<_> = replies.iter().map(u16::to_string).collect();
    let replies = replies.join(" or ");
    format!("{name} (errno {number}): {phrase}. An FTP server reports it with {replies}.")
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    #[test]
    fn the_forms_of_errno_are_read() {
        for text in [
            "errno 28",
            "ERRNO 28",
            "errno=28",
            "errno: 28",
            "os error 28",
            "(os error 28)",
            "[Errno 28]",
        ] {
            assert_eq!(number(text), Some(28), "{text}");
        }
        for text in ["28", "errno", "errno x", "error 28", "os error 28 and more", "errno 99999999"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn words_that_are_one_number_are_one_argument() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(joined(&words("errno 28 550")), ["errno 28", "550"]);
        assert_eq!(joined(&words("550 os error 111")), ["550", "os error 111"]);
        assert_eq!(joined(&words("550 (os error 111)")), ["550", "(os error 111)"]);
        assert_eq!(joined(&words("os error")), ["os", "error"]);
        assert_eq!(
            joined(&words("curl 35 GnuTLS error -15 550")),
            ["curl 35", "GnuTLS error -15", "550"]
        );
    }

    #[test]
    fn a_number_is_told_of_each_system_that_has_it() {
        let numbers = |number| entries(number).into_iter().map(Entry::number).collect::<Vec<_>>();
        assert_eq!(
            (numbers(111), numbers(54), numbers(13)),
            (vec![10061], vec![10054], vec![10013])
        );
        assert_eq!(numbers(40), [10062, 10040]);
        assert_eq!(numbers(28), [452, 552]);
        assert_eq!(numbers(33), [0; 0]);
        assert_eq!(remarks(13), ["13 is errno EACCES on Linux and macOS, 10013 in the catalogue."]);
        assert_eq!(
            remarks(61),
            [
                "61 is errno ENODATA on Linux, which is not a connection error.",
                "61 is errno ECONNREFUSED on macOS, 10061 in the catalogue.",
            ]
        );
    }

    /// Programs also print bare errno numbers, some of which are reply codes.
    #[test]
    fn a_number_of_a_reply_that_is_an_errno_too_says_so() {
        let (exit, out, _) = ask(&["110"]);
        assert_eq!(exit, 0);
        let last = "\n\nAs an errno, 110 is ETIMEDOUT on Linux, 10060 in the catalogue.\n";
        assert!(out.starts_with("110 Restart") && out.ends_with(last), "{out}");
        for number in ["120", "550", "8", "10060"] {
            assert!(!ask(&[number]).1.contains("As an errno"), "{number}");
        }
    }
}
