//! Entries out of listings that servers send: the facts of MLSD and MLST (RFC 3659 §7.2), and for servers
//! without them the lines of LIST as Unix and DOS print them. Names are raw bytes and not to be trusted:
//! who makes local files of them asks [`RemoteEntry::safe_name`] first.

use crate::address::parse_number;
use crate::listing::EntryKind;
use crate::time::Timestamp;

/// How an entry stands to the directory that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is in the directory.
    Inside,
    /// It is the directory itself (`cdir`).
    Current,
    /// It is a directory above (`pdir`).
    Parent,
}

/// One entry as a server describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteEntry {
    /// The name, or for MLST the pathname, as raw bytes.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// How it stands to the listed directory.
    pub place: Place,
    /// Length in bytes, if told.
    pub size: Option<u64>,
    /// Time of last modification, if told.
    pub modified: Option<Timestamp>,
    /// Whether that time is exact and in UTC; LIST leaves seconds and time zone open.
    pub modified_exact: bool,
    /// Permission bits, if told.
    pub mode: Option<u32>,
    /// What tells two names of one file (RFC 3659 §7.5.2), if told.
    pub unique: Option<Vec<u8>>,
    /// Where a symbolic link points, if told.
    pub target: Option<Vec<u8>>,
}

impl RemoteEntry {
    /// An entry of which nothing but name and kind is known.
    pub fn named(name: &[u8], kind: EntryKind) -> Self {
        Self {
            name: name.to_vec(),
            kind,
            place: Place::Inside,
            size: None,
            modified: None,
            modified_exact: false,
            mode: None,
            unique: None,
            target: None,
        }
    }

    /// The name, if it is a single name that stays inside the directory it is made in: not empty, not
    /// `.` or `..`, without `/` and NUL.
    pub fn safe_name(&self) -> Option<&[u8]> {
        let name = self.name.as_slice();
        let unsafe_byte = |byte: &u8| matches!(byte, b'/' | 0);
        let harmless = !matches!(name, b"" | b"." | b"..") && !name.iter().any(unsafe_byte);
        harmless.then_some(name)
    }
}

/// Reads one line of MLSD or MLST, without its line end: `fact=value;...` SP name (RFC 3659 §7.2).
/// Unknown facts are passed over. `None` for what is no such line.
pub fn parse_facts(line: &[u8]) -> Option<RemoteEntry> {
    let space = line.iter().position(|&byte| byte == b' ')?;
    let (facts, name) = (&line[..space], &line[space + 1..]);
    if name.is_empty() || (!facts.is_empty() && !facts.ends_with(b";")) {
        return None;
    }
    let mut entry = RemoteEntry::named(name, EntryKind::Other);
    for fact in facts.split(|&byte| byte == b';').filter(|fact| !fact.is_empty()) {
        let equals = fact.iter().position(|&byte| byte == b'=')?;
        let value = &fact[equals + 1..];
        match fact[..equals].to_ascii_lowercase().as_slice() {
            b"type" => read_type(&mut entry, value),
            b"size" => entry.size = parse_number(value),
            b"modify" => {
                entry.modified = Timestamp::parse(value);
                entry.modified_exact = entry.modified.is_some();
            }
            b"unique" => entry.unique = Some(value.to_vec()),
            b"unix.mode" => entry.mode = parse_octal(value),
            _ => {}
        }
    }
    Some(entry)
}

/// RFC 3659 §7.5.1; the name of the operating system and what it says are open. A link is written
/// `OS.unix=slink:target`, or `OS.unix=symlink` by some.
fn read_type(entry: &mut RemoteEntry, value: &[u8]) {
    let lower = value.to_ascii_lowercase();
    (entry.kind, entry.place) = match lower.as_slice() {
        b"file" => (EntryKind::File, Place::Inside),
        b"dir" => (EntryKind::Directory, Place::Inside),
        b"cdir" => (EntryKind::Directory, Place::Current),
        b"pdir" => (EntryKind::Directory, Place::Parent),
        other if other.starts_with(b"os.unix=slink") || other.starts_with(b"os.unix=symlink") => {
            let colon = value.iter().position(|&byte| byte == b':');
            entry.target = colon.map(|colon| value[colon + 1..].to_vec());
            (EntryKind::Symlink, Place::Inside)
        }
        _ => (EntryKind::Other, Place::Inside),
    };
}

/// Reads one line of LIST, without its line end, as `ls -l` or DOS prints it. Times are taken as UTC;
/// `now` gives the year where the line leaves it out. `None` for what is no entry, as `total 8`.
pub fn parse_list_line(line: &[u8], now: Timestamp) -> Option<RemoteEntry> {
    let mut entry = parse_unix(line, now).or_else(|| parse_dos(line))?;
    entry.place = match entry.name.as_slice() {
        b"." => Place::Current,
        b".." => Place::Parent,
        _ => Place::Inside,
    };
    Some(entry)
}

/// `-rw-r--r-- 1 owner group 1234 Nov 24 01:47 name`. Owners may hold spaces and the group may be
/// missing, so the date is looked for: a length, a month, a day, and an hour or a year.
fn parse_unix(line: &[u8], now: Timestamp) -> Option<RemoteEntry> {
    let kind = match line.first()? {
        b'-' => EntryKind::File,
        b'd' => EntryKind::Directory,
        b'l' => EntryKind::Symlink,
        b'b' | b'c' | b'p' | b's' => EntryKind::Other,
        _ => return None,
    };
    let words: Vec<Word<'_>> = words(line).take(14).collect();
    let mode = parse_mode(words.first()?.text)?;
    let (date_at, date) = (2..words.len())
        .find_map(|at| Some((at, find_date(&words[at..], now)?)))
        .filter(|(at, _)| parse_number::<u64>(words[at - 1].text).is_some())?;
    // Exactly one space parts the date and the name; more belong to the name.
    let name =
        line.get(words[date_at + date.words - 1].end + 1..).filter(|name| !name.is_empty())?;
    let (name, target) = match (kind, memchr::memmem::find(name, b" -> ")) {
        (EntryKind::Symlink, Some(arrow)) => (&name[..arrow], Some(name[arrow + 4..].to_vec())),
        _ => (name, None),
    };
    let mut entry = RemoteEntry::named(name, kind);
    entry.mode = Some(mode);
    entry.modified = Some(date.time);
    entry.target = target;
    if kind == EntryKind::File {
        entry.size = parse_number(words[date_at - 1].text);
    }
    Some(entry)
}

/// `11-24-25  01:47AM       <DIR>          name`, as IIS prints it; the year with two or four digits.
fn parse_dos(line: &[u8]) -> Option<RemoteEntry> {
    let words: Vec<Word<'_>> = words(line).take(4).collect();
    let [date, time, size, name] = &words[..] else { return None };
    let modified = dos_time(date.text, time.text)?;
    // Lengths end at column 38; a name begins one space after, and may itself begin with a space.
    let start = if line.len() > 39 && size.end == 38 { 39 } else { name.start };
    let directory = size.text.eq_ignore_ascii_case(b"<DIR>");
    let start = if directory { name.start } else { start };
    let kind = if directory { EntryKind::Directory } else { EntryKind::File };
    let mut entry = RemoteEntry::named(&line[start..], kind);
    if !directory {
        let digits: Vec<u8> = size.text.iter().copied().filter(|&byte| byte != b',').collect();
        entry.size = Some(parse_number(&digits)?);
    }
    entry.modified = Some(modified);
    Some(entry)
}

struct Word<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

/// The words of a line with where they stand.
fn words(line: &[u8]) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + line[at..].iter().position(|&byte| byte != b' ')?;
        let length = line[start..].iter().position(|&byte| byte == b' ');
        let end = length.map_or(line.len(), |length| start + length);
        at = end;
        Some(Word { text: &line[start..end], start, end })
    })
}

struct Date {
    time: Timestamp,
    words: usize,
}

/// `Nov 24 01:47`, `Nov 24 2025` or `2025-11-24 01:47`.
fn find_date(words: &[Word<'_>], now: Timestamp) -> Option<Date> {
    let text = |index: usize| words.get(index).map(|word| word.text);
    let first = text(0)?;
    if let [year @ .., b'-', m1, m2, b'-', d1, d2] = first {
        let (month, day) = (parse_number(&[*m1, *m2])?, parse_number(&[*d1, *d2])?);
        let (hour, minute) = hour_and_minute(text(1)?)?;
        let time = timestamp(parse_number(year)?, month, day, hour, minute)?;
        return Some(Date { time, words: 2 });
    }
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(first))? as u8 + 1;
    let day = parse_number(text(1)?)?;
    let last = text(2)?;
    let time = match hour_and_minute(last) {
        Some((hour, minute)) => {
            let year = now.calendar().year;
            // A time of day means the last half year; a day's grace for clocks and time zones.
            let this_year = timestamp(year, month, day, hour, minute);
            match this_year.filter(|time| time.0 <= now.0 + 86_400) {
                Some(time) => time,
                None => timestamp(year - 1, month, day, hour, minute)?,
            }
        }
        None => timestamp(parse_number::<u16>(last)?.into(), month, day, 0, 0)?,
    };
    Some(Date { time, words: 3 })
}

const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

fn hour_and_minute(text: &[u8]) -> Option<(u8, u8)> {
    let colon = text.iter().position(|&byte| byte == b':')?;
    // Seconds, where `ls --full-time` prints them, are dropped.
    let minute = text[colon + 1..].get(..2)?;
    Some((parse_number(&text[..colon])?, parse_number(minute)?))
}

fn dos_time(date: &[u8], time: &[u8]) -> Option<Timestamp> {
    let numbers: Option<Vec<i64>> = date.split(|&byte| byte == b'-').map(parse_number).collect();
    let (year, month, day) = match numbers?[..] {
        [year, month, day] if year > 31 => (year, month, day),
        [month, day, year] if year < 70 => (year + 2000, month, day),
        [month, day, year] if year < 100 => (year + 1900, month, day),
        [month, day, year] => (year, month, day),
        _ => return None,
    };
    let (mut hour, minute) = hour_and_minute(time)?;
    match &time.to_ascii_uppercase()[time.len().saturating_sub(2)..] {
        b"AM" if hour == 12 => hour = 0,
        b"PM" if hour < 12 => hour += 12,
        _ => {}
    }
    timestamp(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?, hour, minute)
}

fn timestamp(year: i64, month: u8, day: u8, hour: u8, minute: u8) -> Option<Timestamp> {
    Timestamp::parse(format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}00").as_bytes())
}

/// `drwxr-xr-x`, perhaps with `s`, `t` and a mark for access lists behind.
fn parse_mode(text: &[u8]) -> Option<u32> {
    let letters = text.get(1..10)?;
    let mut mode = 0;
    for (index, letter) in letters.iter().enumerate() {
        let (bit, special) = (0o400 >> index, 0o4000 >> (index / 3));
        mode |= match letter {
            b'r' | b'w' | b'x' => bit,
            b's' | b't' => bit | special,
            b'S' | b'T' => special,
            b'-' | b'l' | b'L' => 0,
            _ => return None,
        };
    }
    Some(mode)
}

fn parse_octal(text: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(text).ok()?, 8).ok().filter(|mode| *mode <= 0o7777)
}

#[cfg(test)]
#[path = "listing_parse_tests.rs"]
mod tests;
