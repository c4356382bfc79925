//! Reads [`RemoteEntry`]s from the listings that servers send: the facts of MLSD and MLST (RFC 3659
//! §7.2), or LIST lines in the forms of Unix and DOS for servers without MLSD. Names are raw,
//! untrusted bytes: call [`RemoteEntry::safe_name`] before you create a local file from one.

use crate::address::parse_number;
use crate::listing::EntryKind;
use crate::listing_words::month;
use crate::time::Timestamp;

pub use crate::listing_words::is_no_entry;

/// How an entry relates to the listed directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The entry is in the directory.
    Inside,
    /// The entry is the directory itself (`cdir`).
    Current,
    /// The entry is a parent directory (`pdir`).
    Parent,
}

/// One directory entry, as a server describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteEntry {
    /// The name, or for MLST the pathname, as raw bytes.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// How the entry relates to the listed directory.
    pub place: Place,
    /// Length in bytes, if known.
    pub size: Option<u64>,
    /// Modification time, if known.
    pub modified: Option<Timestamp>,
    /// Whether the modification time is exact and in UTC. LIST gives neither seconds nor a time zone.
    pub modified_exact: bool,
    /// Permission bits, if known.
    pub mode: Option<u32>,
    /// The `unique` fact, which is equal for two names of the same file (RFC 3659 §7.5.2), if known.
    pub unique: Option<Vec<u8>>,
    /// The target of a symbolic link, if known.
    pub target: Option<Vec<u8>>,
}

impl RemoteEntry {
    /// An entry of which only the name and the kind are known.
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

    /// The name, if it is a single name that cannot lead out of the directory it is created in: not
    /// empty, not `.` or `..`, without `/` and NUL.
    pub fn safe_name(&self) -> Option<&[u8]> {
        let name = self.name.as_slice();
        let unsafe_byte = |byte: &u8| matches!(byte, b'/' | 0);
        let harmless = !matches!(name, b"" | b"." | b"..") && !name.iter().any(unsafe_byte);
        harmless.then_some(name)
    }
}

/// Reads one line of MLSD or MLST, without its line ending: `fact=value;...` SP name (RFC 3659
/// §7.2). Unknown facts are ignored. Returns `None` if the line has another form.
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
            b"size" => entry.size = parse_length(value),
            b"modify" => {
                entry.modified = Timestamp::parse(value);
                entry.modified_exact = entry.modified.is_some();
            }
            b"unique" => entry.unique = Some(value.to_vec()),
            b"unix.mode" => entry.mode = parse_octal(value),
            _ => {}
        }
    }
    // Some servers give the directory itself and its parent the type `dir`.
    if (entry.kind, entry.place) == (EntryKind::Directory, Place::Inside) {
        entry.place = place_of(name);
    }
    Some(entry)
}

fn place_of(name: &[u8]) -> Place {
    match name {
        b"." => Place::Current,
        b".." => Place::Parent,
        _ => Place::Inside,
    }
}

/// A length in bytes; some servers write a comma between groups of three digits. `None` for a
/// length that no file system can have, such as one from a 32-bit counter that overflowed.
fn parse_length(text: &[u8]) -> Option<u64> {
    let digits: Vec<u8> = text.iter().copied().filter(|&byte| byte != b',').collect();
    parse_number(&digits).filter(|length| i64::try_from(*length).is_ok())
}

/// Whether a word can be the length that `ls` prints: digits, with a minus sign if the server's
/// counter overflowed.
fn is_length(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    let are_digits = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let mut thousands = digits.split(|&byte| byte == b',');
    thousands.next().is_some_and(are_digits)
        && thousands.all(|three| three.len() == 3 && are_digits(three))
}

/// RFC 3659 §7.5.1, which leaves `OS.name=type` open. A link is `OS.unix=slink:target`; some
/// servers write `OS.unix=symlink`.
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

/// Reads one line of LIST, without its line ending, in the form of `ls -l` or DOS. Times are read
/// as UTC; `now` supplies the year where the line has none. Returns `None` for a line that is not
/// an entry, such as `total 8`, and for an entry in an unknown form; [`is_no_entry`] tells the two
/// apart.
pub fn parse_list_line(line: &[u8], now: Timestamp) -> Option<RemoteEntry> {
    let mut entry =
        parse_unix(line, now).or_else(|| parse_dos(line)).or_else(|| parse_easy(line))?;
    entry.place = place_of(&entry.name);
    Some(entry)
}

/// `-rw-r--r-- 1 owner group 1234 Nov 24 01:47 name`. Owners may contain spaces and the group may
/// be missing, so this searches for the date: a length, a month, a day, and a time of day or a
/// year.
fn parse_unix(line: &[u8], now: Timestamp) -> Option<RemoteEntry> {
    let kind = match line.first()? {
        b'-' => EntryKind::File,
        b'd' => EntryKind::Directory,
        b'l' => EntryKind::Symlink,
        b'b' | b'c' | b'p' | b's' => EntryKind::Other,
        _ => return None,
    };
    let words: Vec<Word<'_>> = words(line).take(14).collect();
    let mode = match &words[..] {
        // NetWare has other rights: `d [R----F--] owner 512 Nov 24 01:47 name`.
        [kind, rights, ..] if kind.text.len() == 1 && rights.text.starts_with(b"[") => None,
        words => Some(parse_mode(words.first()?.text)?),
    };
    // Mode, links, owner and length come before the date; some servers leave out two of them. An
    // owner may have the name of a month, so the usual positions of a date are tried first.
    let (date_at, date) = (4..words.len())
        .chain(2..words.len().min(4))
        .filter(|at| is_length(words[at - 1].text))
        .find_map(|at| Some((at, find_date(&words[at..], now)?)))?;
    // Exactly one space separates the date and the name; further spaces belong to the name.
    let name =
        line.get(words[date_at + date.words - 1].end + 1..).filter(|name| !name.is_empty())?;
    let (name, target) = match (kind, memchr::memmem::find(name, b" -> ")) {
        (EntryKind::Symlink, Some(arrow)) => (&name[..arrow], Some(name[arrow + 4..].to_vec())),
        _ => (name, None),
    };
    let mut entry = RemoteEntry::named(name, kind);
    entry.mode = mode;
    entry.modified = date.time;
    entry.target = target;
    if kind == EntryKind::File {
        entry.size = parse_length(words[date_at - 1].text);
    }
    Some(entry)
}

/// `+i8388621.48594,m825718503,r,s280,` TAB `name`: the "easily parsed LIST format" of publicfile
/// and similar servers.
fn parse_easy(line: &[u8]) -> Option<RemoteEntry> {
    let tab = line.iter().position(|&byte| byte == b'\t')?;
    let (facts, name) = (line[..tab].strip_prefix(b"+")?, &line[tab + 1..]);
    if name.is_empty() {
        return None;
    }
    let mut entry = RemoteEntry::named(name, EntryKind::Other);
    for fact in facts.split(|&byte| byte == b',') {
        match fact {
            b"/" => entry.kind = EntryKind::Directory,
            b"r" => entry.kind = EntryKind::File,
            [b's', length @ ..] => entry.size = parse_length(length),
            [b'm', seconds @ ..] => entry.modified = parse_number(seconds).map(Timestamp),
            _ => {}
        }
    }
    entry.modified_exact = entry.modified.is_some();
    Some(entry)
}

/// `11-24-25  01:47AM       <DIR>          name`, as IIS prints it. The year has two or four digits.
fn parse_dos(line: &[u8]) -> Option<RemoteEntry> {
    let words: Vec<Word<'_>> = words(line).take(4).collect();
    let [date, time, size, name] = &words[..] else { return None };
    let modified = dos_time(date.text, time.text)?;
    // Lengths end at column 38. The name starts one space later, and may itself start with a space.
    let start = if line.len() > 39 && size.end == 38 { 39 } else { name.start };
    let kind = match size.text.to_ascii_uppercase().as_slice() {
        b"<DIR>" => EntryKind::Directory,
        b"<JUNCTION>" | b"<SYMLINKD>" | b"<SYMLINK>" => EntryKind::Symlink,
        _ => EntryKind::File,
    };
    let start = if kind == EntryKind::File { start } else { name.start };
    let mut entry = RemoteEntry::named(&line[start..], kind);
    if kind == EntryKind::File {
        entry.size = parse_length(size.text);
        return is_length(size.text).then_some(RemoteEntry { modified: Some(modified), ..entry });
    }
    // `name [C:\target]`
    if let (EntryKind::Symlink, Some(inner)) = (kind, entry.name.strip_suffix(b"]"))
        && let Some(bracket) = memchr::memmem::find(inner, b" [")
    {
        entry.target = Some(inner[bracket + 2..].to_vec());
        entry.name.truncate(bracket);
    }
    entry.modified = Some(modified);
    Some(entry)
}

struct Word<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

/// The words of a line and their positions.
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
    /// `None` if the calendar has no such day; the line is an entry all the same.
    time: Option<Timestamp>,
    words: usize,
}

/// `Nov 24 01:47`, `Nov 24 2025`, `24. Nov 01:47` or `2025-11-24 01:47`, with months in several
/// languages.
fn find_date(words: &[Word<'_>], now: Timestamp) -> Option<Date> {
    let text = |index: usize| words.get(index).map(|word| word.text);
    let (first, second) = (text(0)?, text(1)?);
    if let [year @ .., b'-', m1, m2, b'-', d1, d2] = first {
        let (month, day) = (parse_number(&[*m1, *m2])?, parse_day(&[*d1, *d2])?);
        let (hour, minute) = hour_and_minute(second)?;
        let time = timestamp(parse_number(year)?, month, day, hour, minute);
        // `ls --full-time` prints the time zone after the seconds.
        let zone = second.len() > "01:47".len() && text(2).is_some_and(is_zone);
        return Some(Date { time, words: if zone { 3 } else { 2 } });
    }
    let last = text(2)?;
    let (month, day) = match month(first) {
        Some(month) => (month, parse_day(second)?),
        // The number before a month may also be a length; then a day follows the month.
        None if last.len() >= 4 => {
            let day = first.strip_suffix(b".").unwrap_or(first);
            (month(second)?, parse_day(day)?)
        }
        None => return None,
    };
    let time = match hour_and_minute(last) {
        Some((hour, minute)) => {
            let year = now.calendar().year;
            // A time of day means within the last half year. Allow one day into the future for
            // clocks and time zones, also across the end of a year.
            let years = [year + 1, year, year - 1].into_iter();
            let mut times = years.filter_map(|year| timestamp(year, month, day, hour, minute));
            times.find(|time| time.0 <= now.0 + 86_400)
        }
        None => timestamp(parse_number::<u16>(last)?.into(), month, day, 0, 0),
    };
    Some(Date { time, words: 3 })
}

/// A day of the month.
fn parse_day(text: &[u8]) -> Option<u8> {
    parse_number(text).filter(|day| (1..=31).contains(day))
}

/// `+0100`
fn is_zone(text: &[u8]) -> bool {
    matches!(text, [b'+' | b'-', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}

fn hour_and_minute(text: &[u8]) -> Option<(u8, u8)> {
    let colon = text.iter().position(|&byte| byte == b':')?;
    // The seconds of `ls --full-time` are dropped.
    let minute = text[colon + 1..].get(..2)?;
    Some((parse_number(&text[..colon])?, parse_number(minute)?))
}

fn dos_time(date: &[u8], time: &[u8]) -> Option<Timestamp> {
    let numbers: Option<Vec<i64>> =
        date.split(|byte| matches!(byte, b'-' | b'/')).map(parse_number).collect();
    let (year, month, day) = match numbers?[..] {
        [year, month, day] if year > 31 => (year, month, day),
        // As in POSIX, 69 to 99 are 1969 to 1999: a time that its time zone moves before 1970 is
        // not in 2069.
        [month, day, year] if year < 69 => (year + 2000, month, day),
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

/// `drwxr-xr-x`, perhaps with `s` and `t`, and followed by a mark for access control lists.
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
