//! The words in LIST output: month names in several languages, and the header and footer lines that
//! are not entries.

/// Month names, indexed by month number minus one, as `ls` and old servers abbreviate them:
/// English, German, French, Spanish, Italian, Portuguese, Dutch. Without accents.
const MONTHS: [&[&str]; 12] = [
    &["jan", "janv", "ene", "gen"],
    &["feb", "fev", "fevr"],
    &["mar", "mars", "mrz", "maerz", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mag", "mei"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aou", "aout", "ago"],
    &["sep", "sept", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "dez", "dic"],
];

/// The number of a month, by its short name in UTF-8 or ISO 8859-1, with or without a final dot.
pub(crate) fn month(name: &[u8]) -> Option<u8> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    if name.len() > 8 {
        return None;
    }
    let plain = match std::str::from_utf8(name) {
        Ok(text) => text.chars().map(without_accent).collect::<String>(),
        // ISO 8859-1 is the first 256 characters of Unicode.
        Err(_) => name.iter().map(|byte| without_accent(char::from(*byte))).collect(),
    };
    let index = MONTHS.iter().position(|names| names.contains(&plain.as_str()))?;
    u8::try_from(index + 1).ok()
}

fn without_accent(letter: char) -> char {
    match letter {
        'ä' | 'Ä' => 'a',
        'é' | 'É' => 'e',
        'û' | 'Û' => 'u',
        other => other.to_ascii_lowercase(),
    }
}

/// The word with which `ls` begins the line above the entries that gives the total of blocks, in
/// several languages.
const TOTAL: [&str; 12] = [
    "total",
    "insgesamt",
    "gesamt",
    "totale",
    "totaal",
    "totalt",
    "razem",
    "celkem",
    "итого",
    "всего",
    "合計",
    "总用量",
];

/// Whether a line of LIST is known not to be an entry: an empty line, the total that `ls` prints
/// above the entries, or one of the lines that VMS and DOS print above and below them.
pub fn is_no_entry(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let words: Vec<&str> = text.split_ascii_whitespace().take(3).collect();
    let counts = |word: &str| word.starts_with(|first: char| first.is_ascii_digit());
    match words[..] {
        [] => true,
        [total, sum] if counts(sum) => {
            let total = total.trim_end_matches(':').to_lowercase();
            TOTAL.contains(&total.as_str())
        }
        // `Directory DISK:[JOE]`, `Total of 3 files, 12/24 blocks`, `Grand total of ...`
        ["Directory", place] => place.contains('['),
        ["Total", "of", sum] => counts(sum),
        ["Grand", "total", _] => true,
        // `Volume in drive C is X`, `Directory of C:\`, `2 File(s)`, `2 Dir(s)`
        ["Volume", "in", _] | ["Volume", "Serial", _] | ["Directory", "of", _] => true,
        [sum, what, ..] => counts(sum) && matches!(what, "File(s)" | "Dir(s)"),
        [_] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_go_by_their_names_in_other_languages() {
        for (name, number) in [
            ("Mär".as_bytes(), 3),
            (b"M\xe4r", 3),
            (b"Mrz", 3),
            (b"MAI", 5),
            (b"Okt", 10),
            (b"Dez", 12),
            ("févr.".as_bytes(), 2),
            ("août".as_bytes(), 8),
            (b"ao\xfbt", 8),
            ("Déc.".as_bytes(), 12),
            (b"d\xe9c.", 12),
            (b"juil.", 7),
            (b"ene", 1),
            (b"dic", 12),
            (b"gen", 1),
            (b"set", 9),
            (b"ott", 10),
        ] {
            assert_eq!(month(name), Some(number), "{name:?}");
        }
        for name in [&b""[..], b".", b"m", b"month", b"january-february", b"12"] {
            assert_eq!(month(name), None, "{name:?}");
        }
    }

    #[test]
    fn what_stands_around_the_entries_is_no_entry() {
        for line in [
            "",
            "  ",
            "total 12",
            "total 4.0K",
            "insgesamt 12",
            "Итого 8",
            "Total: 3",
            "Directory DISK$USERS:[JOE]",
            "Total of 3 files, 12/24 blocks",
            "Grand total of 1 directory, 3 files.",
            " Volume in drive C is DATA",
            " Directory of C:\\pub",
            "      2 File(s)         12 bytes",
        ] {
            assert!(is_no_entry(line.as_bytes()), "{line:?}");
        }
        for line in [
            "README 12",
            "total",
            "Directory x",
            "12 monkeys",
            "-rw-r--r-- 1 a b 5 Xyz 14 21:56 x",
            "ls: cannot open directory: Permission denied",
            "README.TXT;1      4/8  12-NOV-2021 10:20:30",
        ] {
            assert!(!is_no_entry(line.as_bytes()), "{line:?}");
        }
    }
}
