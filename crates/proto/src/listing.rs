//! [`ListWriter`]: writes the lines that LIST, NLST, MLSD and MLST send (RFC 959 §4.1.3, RFC 3659
//! §7). It appends to the caller's buffer without allocating for each entry, so that a directory of
//! a million entries streams through. Reading listings is in `listing_parse`.

use std::io::Write as _;

use crate::time::Timestamp;

/// What a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a socket, a FIFO.
    Other,
}

/// One entry, as the storage describes it.
#[derive(Clone, Copy, Debug)]
pub struct ListEntry<'a> {
    /// The name, or for MLST the pathname, as raw bytes.
    pub name: &'a [u8],
    /// What the entry is.
    pub kind: EntryKind,
    /// Length in bytes.
    pub len: u64,
    /// Modification time.
    pub modified: Timestamp,
    /// Permission bits, the lower twelve.
    pub mode: u32,
    /// Number of hard links.
    pub links: u64,
    /// Device and inode; equal for two names of the same file.
    pub unique: (u64, u64),
    /// The target of a symbolic link.
    pub target: Option<&'a [u8]>,
    /// What the account may do with the entry: the fact `perm`.
    pub perm: Perm,
}

/// What an account may do with an entry: one bit for each letter of RFC 3659 §7.5.5. Which of these
/// letters the fact `perm` contains depends on the kind of entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Perm(u16);

impl Perm {
    /// The letters, in the order they are sent.
    const LETTERS: &[u8; 10] = b"acdeflmprw";

    /// The permissions that these letters stand for; unknown letters are ignored.
    pub const fn of(letters: &[u8]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < letters.len() {
            let mut place = 0;
            while place < Self::LETTERS.len() {
                if Self::LETTERS[place] == letters[at] {
                    bits |= 1 << place;
                }
                place += 1;
            }
            at += 1;
        }
        Self(bits)
    }

    /// Adds the permissions of these letters if the condition holds.
    #[must_use]
    pub const fn and(self, condition: bool, letters: &[u8]) -> Self {
        if condition { Self(self.0 | Self::of(letters).0) } else { self }
    }

    fn push(self, kind: EntryKind, out: &mut Vec<u8>) {
        let meant = self.0
            & Self::of(match kind {
                EntryKind::Directory => b"cdeflmp".as_slice(),
                EntryKind::File | EntryKind::Symlink => b"adfrw",
                EntryKind::Other => b"df",
            })
            .0;
        let letters = (0..).zip(Self::LETTERS).filter(|(place, _)| meant & (1 << place) != 0);
        out.extend(letters.map(|(_, letter)| *letter));
    }
}

/// The facts that MLST and MLSD can send (RFC 3659 §7.5), in the order they are sent.
pub const FACTS: [&str; 6] = ["type", "size", "modify", "perm", "unique", "UNIX.mode"];

/// A choice among [`FACTS`], as OPTS MLST sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactSet(u8);

impl Default for FactSet {
    fn default() -> Self {
        Self(0b11_1111)
    }
}

impl FactSet {
    /// The known facts among `names`; unknown ones are ignored (RFC 3659 §7.9).
    pub fn choose(names: &[u8]) -> Self {
        let mut set = 0;
        for name in names.split(|&byte| byte == b';') {
            if let Some(index) = FACTS.iter().position(|f| f.as_bytes().eq_ignore_ascii_case(name))
            {
                set |= 1 << index;
            }
        }
        Self(set)
    }

    fn has(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }

    /// The chosen facts, each followed by `;`, as the reply to OPTS MLST lists them.
    pub fn names(self) -> String {
        let chosen = FACTS.iter().enumerate().filter(|(index, _)| self.has(*index));
        chosen.map(|(_, name)| format!("{name};")).collect()
    }

    /// The FEAT line: all facts, with the chosen ones marked (RFC 3659 §7.8).
    pub fn feature(self) -> String {
        let mark = |index| if self.has(index) { "*" } else { "" };
        let facts = FACTS.iter().enumerate().map(|(index, name)| format!("{name}{};", mark(index)));
        format!("MLST {}", facts.collect::<String>())
    }
}

/// The form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// LIST: a line as `ls -l` prints it.
    Long,
    /// NLST: the name only, with a prefix that makes it usable in a command.
    Names,
    /// MLSD: facts, for programs to read.
    Facts(FactSet),
}

/// Writes entries as lines. Caches the last modification time it wrote, since neighbouring entries
/// often have the same.
#[derive(Debug)]
pub struct ListWriter {
    form: ListForm,
    now: Timestamp,
    cached_at: Option<Timestamp>,
    cached: Vec<u8>,
}

impl ListWriter {
    /// A writer for one form. `now` decides whether LIST shows the time of day or the year.
    pub fn new(form: ListForm, now: Timestamp) -> Self {
        Self { form, now, cached_at: None, cached: Vec::with_capacity(16) }
    }

    /// Appends one line with CRLF.
    pub fn write(&mut self, entry: &ListEntry<'_>, out: &mut Vec<u8>) {
        match self.form {
            ListForm::Long => self.write_long(entry, out),
            ListForm::Names => out.extend_from_slice(entry.name),
            ListForm::Facts(facts) => self.write_facts(entry, facts, out),
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends `fact=value;...` SP name, without a line ending (RFC 3659 §7.2).
    pub fn write_facts(&mut self, entry: &ListEntry<'_>, facts: FactSet, out: &mut Vec<u8>) {
        if facts.has(0) {
            out.extend_from_slice(b"type=");
            push_type(entry, out);
            out.push(b';');
        }
        if facts.has(1) && entry.kind == EntryKind::File {
            out.extend_from_slice(b"size=");
            push_decimal(entry.len, 0, out);
            out.push(b';');
        }
        if facts.has(2) {
            out.extend_from_slice(b"modify=");
            self.push_time(entry.modified, out);
            out.push(b';');
        }
        if facts.has(3) {
            out.extend_from_slice(b"perm=");
            entry.perm.push(entry.kind, out);
            out.push(b';');
        }
        if facts.has(4) {
            out.extend_from_slice(b"unique=");
            push_hex(entry.unique.0, out);
            out.push(b'g');
            push_hex(entry.unique.1, out);
            out.push(b';');
        }
        if facts.has(5) {
            let digit = |shift: u32| b'0' + ((entry.mode >> shift) & 7) as u8;
            out.extend_from_slice(b"UNIX.mode=");
            out.extend_from_slice(&[digit(9), digit(6), digit(3), digit(0), b';']);
        }
        out.push(b' ');
        out.extend_from_slice(entry.name);
    }

    fn write_long(&mut self, entry: &ListEntry<'_>, out: &mut Vec<u8>) {
        out.push(match entry.kind {
            EntryKind::File => b'-',
            EntryKind::Directory => b'd',
            EntryKind::Symlink => b'l',
            EntryKind::Other => b's',
        });
        for (index, letter) in b"rwxrwxrwx".iter().enumerate() {
            let set = entry.mode & (0o400 >> index) != 0;
            out.push(if set { *letter } else { b'-' });
        }
        push_decimal(entry.links, 5, out);
        // Owners are not disclosed: every file is shown as owned by `ftp`.
        out.extend_from_slice(b" ftp      ftp      ");
        push_decimal(entry.len, 12, out);
        out.push(b' ');
        self.push_time(entry.modified, out);
        out.push(b' ');
        out.extend_from_slice(entry.name);
        if let (EntryKind::Symlink, Some(target)) = (entry.kind, entry.target) {
            out.extend_from_slice(b" -> ");
            // A link target may contain bytes that a line cannot.
            out.extend(
                target.iter().map(|&b| if matches!(b, b'\r' | b'\n' | 0) { b'?' } else { b }),
            );
        }
    }

    fn push_time(&mut self, time: Timestamp, out: &mut Vec<u8>) {
        if self.cached_at != Some(time) {
            self.cached.clear();
            // Writing to a Vec cannot fail.
            let _ = match self.form {
                ListForm::Long => write!(self.cached, "{}", time.list_style(self.now)),
                ListForm::Names | ListForm::Facts(_) => write!(self.cached, "{time}"),
            };
            self.cached_at = Some(time);
        }
        out.extend_from_slice(&self.cached);
    }
}

fn push_type(entry: &ListEntry<'_>, out: &mut Vec<u8>) {
    match entry.kind {
        EntryKind::File => out.extend_from_slice(b"file"),
        EntryKind::Directory => out.extend_from_slice(b"dir"),
        EntryKind::Symlink => {
            out.extend_from_slice(b"OS.unix=slink");
            if let Some(target) = entry.target.filter(|target| is_fact_value(target)) {
                out.push(b':');
                out.extend_from_slice(target);
            }
        }
        EntryKind::Other => out.extend_from_slice(b"OS.unix=special"),
    }
}

/// A fact's value ends at `;`, and the facts at the first space (RFC 3659 §7.2).
fn is_fact_value(target: &[u8]) -> bool {
    !target.is_empty() && target.iter().all(|byte| !matches!(byte, b';' | 0..=b' ' | 0x7F))
}

/// Appends a number, padded with spaces on the left to `width`.
fn push_decimal(mut number: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b' '; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let start = start.min(digits.len().saturating_sub(width));
    out.extend_from_slice(&digits[start..]);
}

fn push_hex(number: u64, out: &mut Vec<u8>) {
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(number >> (4 * place)) as usize & 15]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: EntryKind) -> ListEntry<'static> {
        ListEntry {
            name: b"a b",
            kind,
            len: 1234,
            modified: Timestamp(1_699_999_000),
            mode: 0o644,
            links: 1,
            unique: (0x10, 0xAB),
            target: Some(b"../x y"),
            perm: Perm::of(b"elr"),
        }
    }

    fn line(form: ListForm, entry: &ListEntry<'_>) -> String {
        let mut out = Vec::new();
        ListWriter::new(form, Timestamp(1_700_000_000)).write(entry, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn each_form_of_a_file() {
        let file = entry(EntryKind::File);
        assert_eq!(
            line(ListForm::Long, &file),
            "-rw-r--r--    1 ftp      ftp              1234 Nov 14 21:56 a b\r\n"
        );
        assert_eq!(line(ListForm::Names, &file), "a b\r\n");
        assert_eq!(
            line(ListForm::Facts(FactSet::default()), &file),
            "type=file;size=1234;modify=20231114215640;perm=r;unique=10gab;UNIX.mode=0644; a b\r\n"
        );
    }

    #[test]
    fn links_are_shown_as_links() {
        let link = entry(EntryKind::Symlink);
        assert!(line(ListForm::Long, &link).ends_with("a b -> ../x y\r\n"));
        // A target with a space would end the facts early, so it is left out.
        let facts = line(ListForm::Facts(FactSet::choose(b"type")), &link);
        assert_eq!(facts, "type=OS.unix=slink; a b\r\n");
    }

    #[test]
    fn facts_are_chosen_by_name_in_any_case_and_unknown_ones_ignored() {
        let set = FactSet::choose(b"Size;nonsense;TYPE");
        assert_eq!(set.names(), "type;size;");
        assert_eq!(set.feature(), "MLST type*;size*;modify;perm;unique;UNIX.mode;");
        assert_eq!(FactSet::choose(b"").names(), "");
    }

    #[test]
    fn numbers_are_padded_and_never_cut() {
        for (number, width, text) in
            [(0, 0, "0"), (7, 3, "  7"), (1234, 2, "1234"), (u64::MAX, 12, "18446744073709551615")]
        {
            let mut out = Vec::new();
            push_decimal(number, width, &mut out);
            assert_eq!(String::from_utf8(out).expect("ASCII"), text);
        }
        let mut out = Vec::new();
        push_hex(0, &mut out);
        push_hex(u64::MAX, &mut out);
        assert_eq!(out, b"0ffffffffffffffff");
    }
}
